"""The journal of a run in progress: what was ordered, which files are closed, and which snapshots there are.

It is kept in the staged directory, rewritten atomically after each step, and removed when the run is complete. It ends with a seal, as
a manifest does, and holds the hash of each closed file and the seal of each snapshot. A resumed run checks them and relies on
nothing else.
"""

from __future__ import annotations

import os
import stat
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field

from stepdown.atomic import JOURNAL, write_text
from stepdown.errors import CorruptError, UsageError, asking, lacking
from stepdown.records import Day, FileName, Record, RecordError, Sha256, Whole, parse, plain_file, typed
from stepdown.results import hashes, manifest_seal
from stepdown.results.layout import SMALL, YEARLY
from stepdown.results.manifest import FileFacts, InflowFacts, Origin

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["JOURNAL", "PARTS", "Journal", "Kept", "Order", "files_of_year", "refuse_what_is_not_ours"]

PARTS = "parts"
"""Folder, in the staged directory, of the years of the small tables."""

FORMAT = 3


def files_of_year(year: int) -> dict[str, str]:
    """Return the files that are closed with a financial year, each with its table; those of user columns come besides."""
    names = {f"{table}/{year}.arrow": table for table in YEARLY}
    return names | {f"{PARTS}/{table}-{year}.arrow": table for table in SMALL}


@dataclass(frozen=True)
class Order:
    """The arguments of a run: enough to start it again.

    Attributes
    ----------
    stepdown, code
        Version, and digest of engine and package.
    plan
        SHA-256 of the plan.
    seed, replicate, check, overwrite
        As they were given to `stepdown.run`.
    inflow, record_inflow
        Files of recorded inflow, if any.
    snapshot, snapshot_seal
        Snapshot that the run goes on from, if any, and the seal that it had.
    snapshot_at
        Days on which a snapshot is to be left, as YYYY-MM-DD.
    """

    stepdown: str
    code: str
    plan: str
    seed: int
    replicate: int
    check: bool
    overwrite: bool
    inflow: str | None = None
    record_inflow: str | None = None
    snapshot: str | None = None
    snapshot_seal: str | None = None
    snapshot_at: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Kept:
    """A snapshot that is kept for a resume.

    Attributes
    ----------
    file
        Its name in the staged directory.
    date
        The day that comes next.
    since
        First day whose rows are inside: on 1 April this tells the state before the year was drained from the one after.
    files
        Names of the files that were closed before it.
    seconds
        Wall time of the run up to it, over all sessions [s].
    seal
        Hash of its last block, which all others go into: this snapshot and no other.
    """

    file: str
    date: str
    since: str
    files: list[str]
    seconds: float
    seal: str


class _OrderSaid(Record, extra="forbid"):
    """An order, as a journal holds it."""

    stepdown: str
    code: Sha256
    plan: Sha256
    seed: Whole
    replicate: Whole
    check: bool
    overwrite: bool
    inflow: str | None
    record_inflow: str | None
    snapshot: str | None
    snapshot_seal: Sha256 | None
    snapshot_at: list[Day]


class _KeptSaid(Record, extra="forbid"):
    """A snapshot, as a journal holds it."""

    file: FileName
    date: Day
    since: Day
    files: list[FileName]
    seconds: Annotated[float, Field(ge=0)]
    seal: Sha256


class _FactsSaid(Record, extra="forbid"):
    """Where a run came from, as a journal holds it."""

    inflow: InflowFacts | None = None
    origin: Origin | None = Field(default=None, alias="from")


class _Said(Record, extra="forbid"):
    """A journal."""

    format: int
    order: _OrderSaid
    files: dict[FileName, FileFacts]
    kept: list[_KeptSaid]
    resumed: list[Day]
    facts: _FactsSaid
    sha256: Sha256


@dataclass
class Journal:
    """The progress of a run so far.

    Attributes
    ----------
    folder
        The staged directory.
    files
        What is known of each closed file: table, rows, bytes, SHA-256.
    kept
        Snapshots, the latest last.
    resumed
        Days from which the run was resumed.
    facts
        What the manifest will say of where the run came from.
    """

    folder: Path
    order: Order
    files: dict[str, dict[str, Any]] = field(default_factory=dict)
    kept: list[Kept] = field(default_factory=list)
    resumed: list[str] = field(default_factory=list)
    facts: dict[str, Any] = field(default_factory=dict)

    def write(self) -> None:
        """Write the journal atomically."""
        said = {"format": FORMAT, **asdict(self)}
        del said["folder"]
        write_text(self.folder / JOURNAL, manifest_seal.sealed(said))

    @classmethod
    def read(cls, folder: Path) -> Journal:
        """Read the journal of a staged directory.

        Raises
        ------
        CorruptError
            There is none, its seal is broken, or it does not say what a journal says.
        ResourceError
            The machine lacks what it takes to read it.
        """
        path = folder / JOURNAL
        try:
            data = plain_file(path)
            said = parse(data)
            if (broken := manifest_seal.fault(data)) is not None:
                fault = broken
            elif said.get("format") != FORMAT:
                fault = "it is of another version"
            else:
                typed(_Said, said)
                order, kept = Order(**said["order"]), [Kept(**one) for one in said["kept"]]
                return cls(folder, order, said["files"], kept, said["resumed"], said["facts"])
        except RecordError as error:
            fault = str(error)
        except OSError as error:
            if (lack := lacking(error)) is not None:
                raise lack from None
            fault = f"{error.strerror}"
        message = (
            f"{path}: it can't be read, so that the run can't be resumed ({fault}); the same stepdown run with {asking('overwrite', True)} begins "
            f"anew, and what was lived stays in {folder} until then"
        )
        raise CorruptError(message)

    def fault(self, names: list[str]) -> str | None:
        """Return the first of some closed files that is missing or changed, or nothing.

        Raises
        ------
        ResourceError
            The machine lacks what it takes to look.
        """
        for name in names:
            try:
                if name not in self.files or hashes.fault(self.folder, name, self.files[name]) is not None:
                    return name
            except OSError as error:
                if (lack := lacking(error)) is not None:
                    raise lack from None
                return name
        return None


def refuse_what_is_not_ours(folder: Path) -> None:
    """Refuse a staged directory with anything in it that the user of this process didn't make, or that leads elsewhere.

    Who writes a journal says what is read and written by those who resume it.

    Raises
    ------
    UsageError
        It, or something in it, belongs to somebody else, or is neither a folder nor a plain file.
    """
    user = os.geteuid()
    paths = [folder]
    for at, folders, files in os.walk(folder, followlinks=False):
        paths += [folder.joinpath(at, name) for name in (*folders, *files)]
    for path in paths:
        try:
            facts = path.lstat()
        except FileNotFoundError:
            continue
        if not (stat.S_ISDIR(facts.st_mode) or stat.S_ISREG(facts.st_mode)):
            message = f"{path}: it is neither a folder nor a plain file, so that the run is not resumed; take it away"
            raise UsageError(message)
        if facts.st_uid != user:
            message = (
                f"{path}: it belongs to user {facts.st_uid}, you are {user}: what its journal says would be done in your name; "
                "allowed: your own runs (if you trust it, resume a copy of your own)"
            )
            raise UsageError(message)

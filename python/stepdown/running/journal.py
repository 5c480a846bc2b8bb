"""The journal of a run in progress: what was ordered, which files are closed, and which snapshots there are.

It is kept in the staged directory, rewritten atomically after each step, and removed when the run is complete. For each closed file
it holds the hash. A resumed run checks these hashes and relies on nothing else.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from stepdown.atomic import JOURNAL, write_text
from stepdown.errors import CorruptError
from stepdown.results.run import digest

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["JOURNAL", "PARTS", "Journal", "Kept", "Order"]

PARTS = "parts"
"""Folder, in the staged directory, of the years of the small tables."""

FORMAT = 2


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
    snapshot
        Snapshot that the run goes on from, if any.
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
    """

    file: str
    date: str
    since: str
    files: list[str]
    seconds: float


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
        write_text(self.folder / JOURNAL, json.dumps(said, indent=1) + "\n")

    @classmethod
    def read(cls, folder: Path) -> Journal:
        """Read the journal of a staged directory.

        Raises
        ------
        CorruptError
            There is none, or it can't be understood.
        """
        path = folder / JOURNAL
        try:
            said = json.loads(path.read_text(encoding="utf-8"))
            if said.pop("format") != FORMAT:
                message = f"{path}: it is of another version; run anew with --overwrite"
                raise CorruptError(message)
            order, kept = Order(**said.pop("order")), [Kept(**one) for one in said.pop("kept")]
            return cls(folder, order, kept=kept, **said)
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            message = f"{path}: it can't be read, so that the run can't be resumed; run anew with --overwrite"
            raise CorruptError(message) from None

    def fault(self, names: list[str]) -> str | None:
        """Return the first of some closed files that is missing or changed, or nothing."""
        for name in names:
            path = self.folder / name
            if name not in self.files or not path.is_file() or digest(path) != self.files[name]["sha256"]:
                return name
        return None

"""The manifest of a run, as typed keys: what was run, by which code, and what each file holds."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field, model_validator

from stepdown import _core, provenance
from stepdown.atomic import refuse_name
from stepdown.errors import CorruptError, lacking, printable
from stepdown.records import Day, FileName, Record, RecordError, Sha256, Whole, parse, plain_file, short, typed
from stepdown.results import manifest_seal
from stepdown.results.layout import OWN, SCENARIO, files_of_export, files_of_run

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

__all__ = ["FORMAT", "MANIFEST", "FileFacts", "Manifest", "checked", "misstated", "read", "years"]

FORMAT = 1
"""Version of the folder's format."""

MANIFEST = "manifest.json"
"""Written last: a folder that has one is whole."""

Seconds = Annotated[float, Field(ge=0)]


class Digest(Record):
    """A digest of something."""

    sha256: Sha256


class FileFacts(Record):
    """What is known of a file: its table, rows, bytes and SHA-256."""

    table: str | None = Field(max_length=40)
    rows: Whole | None
    bytes: Whole
    sha256: Sha256


class ScenarioFacts(Digest):
    """Which scenario was run."""

    name: str
    title: str


class Origin(Record):
    """The snapshot from which the run was continued."""

    date: Day
    plan: Digest


class InflowFacts(Digest):
    """The recorded inflow that the run read or made."""

    recorded: bool


class AgentFacts(Record):
    """An overriding agent: name, kind, agents, package, digest of its code, and who gave it."""

    agent: str
    sha256: str | None
    given_by: str


class RuleFacts(Record):
    """An active rule, and what it cost."""

    rule: str
    form: str
    cases: Whole
    seconds: Seconds
    safe_for_paired_comparison: bool
    draws_from: str | None


class Counts(Record):
    """What a run counted."""

    started: Whole
    person_days: Whole


class Timings(Record):
    """Wall time [s]."""

    total: Seconds


class Manifest(Record):
    """The manifest of a run or of an export."""

    format: int
    stepdown: str = Field(max_length=100)
    code: Digest
    scenario: ScenarioFacts
    evidence: Digest
    plan: Digest
    seed: Whole
    replicate: Whole
    draw: Whole | None
    settling: Day
    start: Day
    end: Day
    inflow: InflowFacts | None
    origin: Origin | None = Field(alias="from")
    resumed: list[Day]
    agents: list[AgentFacts]
    own: dict[str, Any]
    rules: list[RuleFacts]
    files: dict[FileName, FileFacts]
    counts: Counts
    threads: Whole
    timings: Timings
    person_days_per_second: Seconds
    peak_memory: Whole
    versions: dict[str, str] = Field(default_factory=dict)
    rounding: Whole | None = None

    @model_validator(mode="after")
    def _in_order(self) -> Manifest:
        if not self.settling <= self.start < self.end:
            message = "allowed: settling, start and end in this order"
            raise ValueError(message)
        return self


def years(said: Mapping[str, Any]) -> range:
    """Return the financial years that are reported, each named by its 1 April."""
    start, end = (date.fromisoformat(said[key]) for key in ("start", "end"))
    return range(start.year, end.year + (end > date(end.year, 4, 1)))


def misstated(said: Mapping[str, Any]) -> str | None:
    """Return what is wrong with the files that a manifest names, as a sentence; nothing if they are those of such a run or export.

    A run always has the same files, and each of them is of one table.
    """
    files, reported = said["files"], years(said)
    own = [table for table in OWN if table.removeprefix("own_") in said["own"]]
    span = f"of {said['start']} to {said['end']}"
    if "rounding" in said:
        what, wanted = f"an export {span}", files_of_export(reported, own, rounded=said["rounding"] is not None)
    else:
        what, wanted = f"a run {span}", files_of_run(reported, own)
    # What a run goes on from may have had no user columns yet.
    since = said["from"]["date"] if said["from"] is not None else said["start"]
    early = {
        name for name in wanted if name.startswith(OWN) and f"{int(name.rpartition('/')[2][:4]) + 1}-04-01" <= since
    }
    for name, table in wanted.items():
        if name not in files:
            if name not in early:
                return f"files: {name} is missing; allowed: every file that {what} has"
        elif files[name]["table"] != table or (files[name]["rows"] is None) != (table is None):
            rows = "no rows" if table is None else "its rows"
            return f"files.{name}: table {short(files[name]['table'])}, rows {files[name]['rows']}; allowed: {table}, and {rows}"
    if strange := sorted(set(files) - set(wanted)):
        return f"files: {strange[0]}; allowed: the files that {what} has, and no other"
    if SCENARIO in files and said["scenario"]["sha256"] != files[SCENARIO]["sha256"]:
        return (
            f"scenario.sha256: {said['scenario']['sha256']}; allowed: that of {SCENARIO}, {files[SCENARIO]['sha256']}"
        )
    return None


def of_another_version(said: Mapping[str, Any]) -> str:
    """Return what is to be added to a sentence on what can't be read, if another version has written it; else nothing."""
    code = said.get("code")
    theirs = (said.get("stepdown"), code.get("sha256") if isinstance(code, dict) else None)
    ours = (_core.version(), provenance.digest())
    if theirs == ours:
        return ""
    by, other = (
        f"stepdown {printable(str(version), 40)} (code {printable(str(digest), 80)[:12]})"
        for version, digest in (theirs, ours)
    )
    return f"; it was written by {by}, and this is {other}: read it with that version, or run it again with this one"


def checked(data: bytes) -> dict[str, Any]:
    """Return what the bytes of a manifest say, if its seal is whole and each key has its type.

    Raises
    ------
    RecordError
        It is not so; the sentence says what is wrong.
    """
    said = parse(data)
    if broken := manifest_seal.fault(data):
        raise RecordError(broken)
    if said.get("format") != FORMAT:
        message = f"its format is {short(said.get('format'))}; this version reads {FORMAT}{of_another_version(said)}"
        raise RecordError(message)
    try:
        typed(Manifest, said)
    except RecordError as error:
        message = f"{error}{of_another_version(said)}"
        raise RecordError(message) from None
    if (wrong := misstated(said)) is not None:
        message = f"{wrong}{of_another_version(said)}"
        raise RecordError(message)
    return said


def read(folder: Path) -> dict[str, Any]:
    """Return the manifest of a folder.

    Raises
    ------
    CorruptError
        The folder is missing or has none, its seal is broken, or it does not say what a manifest says.
    ResourceError
        The machine lacks what it takes to read it.
    """
    refuse_name(folder)
    path = folder / MANIFEST
    try:
        return checked(plain_file(path))
    except OSError as error:
        if (lack := lacking(error)) is not None:
            raise lack from None
        message = f"{folder}: it is not the folder of a run: {MANIFEST} can't be read ({error.strerror})"
    except RecordError as error:
        message = f"{path}: {error}"
    raise CorruptError(message)

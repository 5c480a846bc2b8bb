"""Checkpoints: when a run takes snapshots, which it keeps, and how it continues from one.

The engine writes and reads the files (``docs/snapshots.md`` describes them). A run takes one at intervals of wall time and when it
is asked to stop, and keeps the last two in its staged directory. On the days that the user asks for it also leaves a snapshot beside
its folder, with the closed years inside, so that another run can continue from it.
"""

from __future__ import annotations

import itertools
import json
import os
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stepdown import _core
from stepdown.atomic import SNAPSHOTS, kind_of_file, refuse_file, write_text, written
from stepdown.errors import CorruptError, ScenarioError
from stepdown.records import FileName, Record, RecordError, parse, plain_file, typed
from stepdown.results.hashes import fault
from stepdown.results.manifest import FileFacts
from stepdown.results.run import OWN
from stepdown.running.journal import JOURNAL, Kept, files_of_year
from stepdown.scenario import day, financial_year, on, year_start

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date

    from stepdown.model import SecureCareModel
    from stepdown.running.journal import Journal, Order
    from stepdown.running.writer import Writer
    from stepdown.scenario import Scenario

__all__ = ["EVERY", "Keeper", "SnapshotRequests", "adopt", "head", "seal_of"]

EVERY = 600.0
"""Wall time between two snapshots [s]."""

MOST = 2
"""Snapshots that are kept for a resume."""

SEAL = 32
"""Bytes of the last block's hash, which stand at the end."""

CARRIED = "files.json"
"""Name, in a snapshot, of what is known of the files that it carries."""


def head(path: Path | str) -> _core.Head:
    """Return the head of a snapshot: version, source digest, seed, replicate, day and rows.

    Raises
    ------
    CorruptError
        It is no snapshot, damaged, or of another version.
    """
    if (kind := kind_of_file(Path(path))) not in (None, "file"):
        message = f"{path}: it is a {kind}; allowed: the file of a snapshot"
        raise CorruptError(message)
    return _core.snapshot_head(path)


def seal_of(path: Path | str) -> str:
    """Return the seal of a snapshot: the hash of its last block, which the hashes of all blocks before go into.

    It is read, not computed: the engine holds the blocks against it when it reads the snapshot.
    """
    with open(path, "rb") as file:  # noqa: PTH123 - a path may be a text
        file.seek(0, os.SEEK_END)
        file.seek(max(file.tell() - SEAL, 0))
        return file.read().hex()


class SnapshotRequests:
    """Snapshots that the user asked for, by day; each is written beside the run as ``NAME-YYYY-MM-DD.snapshot``.

    Parameters
    ----------
    target
        Where the run will stand.
    scenario
        What is run.
    days
        On which mornings.
    overwrite
        Whether a snapshot that is there already is replaced.
    resumed
        Whether the run goes on: what it left before is there, and is written again.

    Raises
    ------
    ScenarioError
        A day is not one of the run.
    OutputExistsError
        A snapshot is there already, and overwriting was not asked for.
    """

    def __init__(
        self, target: Path, scenario: Scenario, days: Iterable[date], *, overwrite: bool, resumed: bool = False
    ) -> None:
        self.paths: dict[int, Path] = {}
        self._overwrite = overwrite
        for when in sorted(days):
            path = target.absolute().with_name(f"{target.name}-{when}.snapshot")
            if not scenario.first <= day(when) < scenario.end:
                message = f"snapshot_at: {when}; allowed: days from {on(scenario.first)} to {on(scenario.end - 1)}"
                raise ScenarioError(message)
            refuse_file(path, overwrite=overwrite or resumed)
            self.paths[day(when)] = path

    def next(self, today: int) -> int | None:
        """Return the next day on which a snapshot was asked for, today included."""
        return min((when for when in self.paths if when >= today), default=None)

    def place(self, path: Path, model: SecureCareModel, order: Order) -> tuple[Path, bool]:
        """Return where a snapshot can be written, and whether it replaces what is there.

        What has come to its place since the run began stays, unless it is the same snapshot, which this run left before it was
        stopped: another one is written beside it.
        """
        if self._overwrite or not os.path.lexists(path) or _same(path, model, order):
            return path, self._overwrite or os.path.lexists(path)
        names = (path.with_name(f"{path.stem}-{number}{path.suffix}") for number in itertools.count(2))
        return next(name for name in names if not os.path.lexists(name)), False


def _same(path: Path, model: SecureCareModel, order: Order) -> bool:
    """Return whether a file is a snapshot of this run on its day."""
    try:
        found = head(path)
    except (CorruptError, OSError):
        return False
    return (found["plan"], found["seed"], found["replicate"], found["date"]) == (
        model.plan.digest,
        order.seed,
        order.replicate,
        str(model.date),
    )


class Keeper:
    """Takes the snapshots of a run.

    Parameters
    ----------
    journal
        The run's journal.
    writer
        Who writes the years; a snapshot waits for it, so that no row is in neither.
    requests
        Snapshots that were asked for.
    every
        Wall time between two snapshots [s]; none are taken by time, if not given.
    began
        When the run began, by `time.perf_counter`, earlier sessions included [s].
    """

    def __init__(
        self, journal: Journal, writer: Writer, requests: SnapshotRequests, *, every: float | None, began: float
    ) -> None:
        self._journal = journal
        self._writer = writer
        self._requests = requests
        self._every = every
        self._began = began
        self._last = time.perf_counter()
        self.seconds = 0.0

    def due(self) -> bool:
        """Return whether a snapshot is due by wall time."""
        return self._every is not None and time.perf_counter() - self._last >= self._every

    def keep(self, model: SecureCareModel) -> None:
        """Take a snapshot for a resume, and keep the last two."""
        began = time.perf_counter()
        self._writer.wait()
        folder = self._journal.folder / SNAPSHOTS
        folder.mkdir(exist_ok=True)
        # A name stands for one state: on 1 April there is one before the year is drained, and one after. A process that dies
        # before the journal is written must not leave the one under the name of the other.
        since = str(on(model.core.since))
        name = f"{SNAPSHOTS}/{model.date}-since-{since}.snapshot"
        model.snapshot(self._journal.folder / name)
        others = [kept for kept in self._journal.kept if kept.file != name]
        closed, seal = sorted(self._journal.files), seal_of(self._journal.folder / name)
        others.append(Kept(name, str(model.date), since, closed, time.perf_counter() - self._began, seal))
        self._journal.kept = others[-MOST:]
        self._journal.write()
        for old in others[:-MOST]:
            (self._journal.folder / old.file).unlink(missing_ok=True)
        self._last = time.perf_counter()
        self.seconds += self._last - began

    def leave(self, model: SecureCareModel) -> None:
        """Write the snapshot that was asked for today, if any, with the closed years inside."""
        path = self._requests.paths.pop(model.day, None)
        if path is None:
            return
        began = time.perf_counter()
        self._writer.wait()
        folder = self._journal.folder
        carried = {name: facts for name, facts in self._journal.files.items() if name.endswith(".arrow")}
        write_text(folder / CARRIED, json.dumps(carried) + "\n")
        try:
            place, replaces = self._requests.place(path, model, self._journal.order)
            with written(place, overwrite=replaces) as aside:
                model.snapshot(aside, files=[(name, folder / name) for name in (CARRIED, *sorted(carried))])
        finally:
            (folder / CARRIED).unlink()
        self.seconds += time.perf_counter() - began


class _Carried(Record):
    """What a snapshot says of the files that it carries."""

    files: dict[FileName, FileFacts]


def adopt(journal: Journal, path: Path, core: _core.Simulation) -> None:
    """Enter the closed years that a snapshot carried into the journal of the staged directory.

    Raises
    ------
    CorruptError
        They are not the years that the snapshot follows on.
    """
    folder = journal.folder
    carried: dict[str, Any] = {}
    if (folder / CARRIED).is_file():
        try:
            carried = parse(plain_file(folder / CARRIED))
            typed(_Carried, {"files": carried})
        except RecordError as error:
            message = f"{path}: it does not say which files it carries: {error}"
            raise CorruptError(message) from None
        (folder / CARRIED).unlink()
    there = {str(f.relative_to(folder)) for f in folder.rglob("*") if f.is_file()} - {JOURNAL, "scenario.toml"}
    strange = there != set(carried) or any(fault(folder, name, facts) is not None for name, facts in carried.items())
    year = financial_year(core.since)
    closed = range(financial_year(core.start), year)
    wanted = {name for year in closed for name in files_of_year(year)}
    # Rows that are not in a file are those of one financial year, from its first day on.
    strange |= core.since != year_start(year) or (core.day > core.since and financial_year(core.day - 1) != year)
    of_own = {f"{table}/{year}.arrow" for table in OWN for year in closed}
    if strange or not wanted <= set(carried) <= wanted | of_own:
        message = (
            f"{path}: it does not carry the years before its day; allowed: a snapshot that a run was asked for, or one taken "
            "before the first reported day"
        )
        raise CorruptError(message)
    journal.files |= carried

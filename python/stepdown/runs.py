"""One run, from a scenario to a folder that is there whole or not at all.

The engine lives the days; at the end of each financial year what it logged is taken, and written by a second thread while
the next year is lived: no more than two years of rows are ever in memory. A journal in the folder aside says what is closed;
with it and a snapshot, a run that was stopped or killed is resumed.
"""

from __future__ import annotations

import os
import resource
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stepdown import _core, code, evidence, plan, settled
from stepdown import inflow as recorded
from stepdown.errors import (
    CorruptError,
    Interrupted,
    InvariantError,
    RequeueError,
    RuleError,
    ScenarioError,
    UsageError,
)
from stepdown.failure import Failure
from stepdown.folder import Aside, write_text
from stepdown.journal import JOURNAL, PARTS, Journal, Kept, Order
from stepdown.model import SecureCareModel
from stepdown.people import own
from stepdown.progress import Reporter, Silent
from stepdown.results.indicators import compute
from stepdown.results.run import FORMAT, MANIFEST, Results
from stepdown.results.seal import sealed
from stepdown.scenario import Scenario, financial_year, load, on, year_start
from stepdown.snapshots import EVERY, Asked, Keeper, adopt, head
from stepdown.standins import standing_of
from stepdown.stopping import Stop
from stepdown.writer import Writer, tidy

if TYPE_CHECKING:
    from collections.abc import Iterable

    from stepdown.agents import StandIn
    from stepdown.standins import Agent, Standing

__all__ = ["resume", "run"]

SLICE = 30
"""Days lived between two looks at the clock [d]."""


def available_threads() -> int:
    """Return how many threads this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def peak_memory() -> int:
    """Return the most memory that this process has held [bytes]."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


class _Inflow:
    """Where the inflow of a run comes from: everyone, a record, or a record that is made first."""

    def __init__(self, given: Path | str | None, record: Path | str | None, *, overwrite: bool) -> None:
        if given is not None and record is not None:
            message = "record_inflow: the run reads a record already; allowed: inflow or record_inflow"
            raise UsageError(message)
        if record is not None:
            recorded.refuse_what_is_there(Path(record), overwrite=overwrite)
        self._known = recorded.read(given) if given is not None else None
        self._record = record
        self._overwrite = overwrite
        self._seconds = 0.0

    def of(
        self, scenario: Scenario, seed: int, replicate: int, threads: int, progress: Reporter
    ) -> _core.Inflow | None:
        """Return the record that the run lives from, if it does; make it first if that was asked for."""
        if self._record is not None:
            began = time.perf_counter()
            self._known = recorded.record(
                scenario,
                seed=seed,
                replicate=replicate,
                threads=threads,
                progress=lambda day: progress.update("recording", day - scenario.first, scenario.end - scenario.first),
            )
            recorded.write(self._known, self._record, overwrite=self._overwrite)
            self._seconds = time.perf_counter() - began
        return self._known

    def described(self) -> dict[str, Any] | None:
        """Say in the manifest which record it was; nothing if everyone lived."""
        if self._known is None:
            return None
        return {"recorded": self._record is not None, "sha256": recorded.digest(self._known)}

    def timings(self) -> dict[str, float]:
        """Return how long recording took, if it was done [s]."""
        return {"inflow": self._seconds} if self._record is not None else {}


@dataclass
class _Sitting:
    """One process at work on a run, from where it begins or goes on to the end or to the next stop."""

    aside: Aside
    journal: Journal
    scenario: Scenario
    standing: Standing
    threads: int
    inflow: _Inflow
    asked: Asked
    progress: Reporter
    stop: Stop
    every: float | None = EVERY
    settled_cache: bool = False
    before: float = 0.0

    def fill(self, kept: Kept | None = None) -> None:
        """Live the run, from a snapshot that was kept if one is given, and write everything of its folder."""
        began = time.perf_counter() - self.before
        with self.progress, ThreadPoolExecutor(1, thread_name_prefix="writer") as pool:
            self.note_order()
            self.progress.update("starting", 0, self.scenario.end - self.scenario.first)
            writer = Writer(self.journal, pool)
            model = self._model(kept)
            writer.text("scenario.toml", self.scenario.to_toml())
            keeper = Keeper(self.journal, writer, self.asked, every=self.every, began=began)
            self.journal.write()
            self._live(model, writer, keeper)
            counts, timings = model.core.counts(), model.core.timings()
            del model.core  # Mesa keeps every model: give the engine's memory back before the indicators want theirs
            writer.small()
            lived = time.perf_counter() - began
            manifest = self._manifest(model)
            days = self.scenario.end - self.scenario.first
            self.progress.update("indicators", days, days)
            writer.parquet("indicators", compute(Results(self.journal.folder, manifest=manifest)))
            seconds = time.perf_counter() - began
            spent = {
                "write": writer.seconds,
                "snapshots": keeper.seconds,
                "indicators": seconds - lived,
                "total": seconds,
            }
            files = {name: facts for name, facts in self.journal.files.items() if not name.startswith(PARTS)}
            manifest |= {
                "files": dict(sorted(files.items())),
                "counts": counts,
                "threads": self.threads,
                "timings": timings | spent | self.inflow.timings(),
                "person_days_per_second": counts["person_days"] / seconds,
                "peak_memory": peak_memory(),
            }
            write_text(self.journal.folder / MANIFEST, sealed(manifest))
            tidy(self.journal.folder)

    def note_order(self) -> None:
        """Write down what was ordered: from then on the run can be begun again."""
        write_text(self.journal.folder / "scenario.toml", self.scenario.to_toml())
        self.journal.write()

    def _model(self, kept: Kept | None) -> SecureCareModel:
        """Make the model: from a snapshot, from a settled world that is found, or from the start."""
        order = self.journal.order
        common: dict[str, Any] = {"threads": self.threads, "check": order.check, "standing": self.standing}
        while kept is not None:
            try:
                model = SecureCareModel(self.scenario, snapshot=self.journal.folder / kept.file, **common)
            except CorruptError as fault:
                self.progress.note(f"{fault}; going back")
                self.journal.kept.remove(kept)
                kept = _latest(self.journal, self.progress)
                if kept is None:
                    self.inflow = _Inflow(order.inflow, order.record_inflow, overwrite=True)
            else:
                self.journal.resumed.append(kept.date)
                return model
        if order.snapshot is not None:
            given = Path(order.snapshot)
            model = SecureCareModel(self.scenario, snapshot=given, carried=self.journal.folder, **common)
            adopt(self.journal, given, model.core)
            found = head(given)
            self.journal.facts["from"] = {"date": found["date"], "plan": {"sha256": found["plan"]}}
            return model
        if self._shares():
            world = settled.find(plan.compile(self.scenario, self.standing).json, self.scenario.start, order)
            if world.exists():
                try:
                    model = SecureCareModel(self.scenario, snapshot=world, **common)
                    settled.use(world)
                except CorruptError as fault:
                    self.progress.note(f"{fault}; it is made again")
                    world.unlink(missing_ok=True)
                else:
                    return model
        known = self.inflow.of(self.scenario, order.seed, order.replicate, self.threads, self.progress)
        self.journal.facts["inflow"] = self.inflow.described()
        return SecureCareModel(self.scenario, inflow=known, seed=order.seed, replicate=order.replicate, **common)

    def _shares(self) -> bool:
        """Whether the settling period may be shared: asked for, and lived by the plan alone."""
        order = self.journal.order
        return self.settled_cache and not self.standing.given and order.inflow is None and order.record_inflow is None

    def _live(self, model: SecureCareModel, writer: Writer, keeper: Keeper) -> None:
        """Live the days of a run, handing over each year as it closes."""
        core, order = model.core, self.journal.order
        said = False

        def enough() -> bool:
            nonlocal said
            if self.stop and not said:
                said = True
                self.progress.note("stopping: the day is lived to its end, then a snapshot is written")
            return bool(self.stop) or keeper.due()

        def live(until: int, what: str) -> None:
            while True:
                keeper.leave(model)
                if enough():
                    keeper.keep(model)
                if self.stop:
                    raise RequeueError if self.stop.requeues else KeyboardInterrupt
                if core.day >= until:
                    return
                self.progress.update(what, core.day - core.first, core.end - core.first)
                wanted = self.asked.next(core.day)
                next_stop = until if wanted is None else min(until, wanted)
                model.run_for(min(SLICE, next_stop - core.day), enough=enough)

        self.stop.wait(waits=True)
        settling = core.day < core.start
        live(core.start, "settling")
        if settling and self._shares():
            world = settled.find(model.plan.json, core.start, order)
            if not settled.store(world, model):
                self.progress.note(f"{settled.place()}: no room for the settled world; it is not kept")
        while core.since < core.end:
            year = financial_year(core.since)
            live(min(year_start(year + 1), core.end), f"{year}/{(year + 1) % 100:02d}")
            writer.wait()
            self.journal.files |= own.keep(model, writer.folder, year)
            writer.year(year, core.drain())
        self.stop.wait(waits=False)

    def left(self) -> str:
        """Say what is left for a resume."""
        kept = self.journal.kept
        from_ = f"goes on from {kept[-1].date}" if kept else "begins again"
        return f"stepdown resume {self.aside.target} {from_}"

    def _manifest(self, model: SecureCareModel) -> dict[str, Any]:
        """Return what the manifest says of where the data is from."""
        scenario, order = self.scenario, self.journal.order
        return {
            "format": FORMAT,
            "stepdown": order.stepdown,
            "code": {"sha256": order.code},
            "scenario": {
                "name": scenario.name,
                "title": scenario.title,
                "sha256": self.journal.files["scenario.toml"]["sha256"],
            },
            "evidence": {"sha256": evidence.load().digest},
            "plan": {"sha256": order.plan},
            "seed": order.seed,
            "replicate": order.replicate,
            "settling": on(scenario.first).isoformat(),
            "start": on(scenario.start).isoformat(),
            "end": on(scenario.end).isoformat(),
            "inflow": self.journal.facts.get("inflow"),
            "from": self.journal.facts.get("from"),
            "resumed": self.journal.resumed,
            "agents": [given.record() for given in self.standing.given],
            "own": own.described(model),
            "rules": [asked.record() for asked in self.standing.rules],
        }


def run(
    scenario: Scenario | Path | str,
    *,
    seed: int = 1,
    replicate: int = 0,
    threads: int | None = None,
    out: Path | str | None = None,
    check: bool = False,
    overwrite: bool = False,
    progress: Reporter | None = None,
    inflow: Path | str | None = None,
    record_inflow: Path | str | None = None,
    agents: Iterable[Agent | StandIn] = (),
    allow_code: bool = False,
    snapshot: Path | str | None = None,
    snapshot_every: float | None = EVERY,
    snapshot_at: Iterable[date] = (),
    settled_cache: bool = False,
) -> Results:
    """Run a scenario and write its folder, whole or not at all.

    Parameters
    ----------
    scenario
        A scenario, or the name or path of one.
    seed
        Seed of every draw, from 0 to 2⁶⁴ − 1.
    replicate
        Replicate under that seed.
    threads
        Threads for the population; results don't depend on it. All that the process may use, if not given.
    out
        Folder to write; ``runs/NAME`` after the scenario, if not given.
    check
        Check the invariants at the close of every day.
    overwrite
        Whether an earlier run at `out` is replaced.
    progress
        Who is told how far the run has come; nobody, if not given.
    inflow
        File of a recorded inflow: the same bytes, without walking the population (see `stepdown.inflow`).
    record_inflow
        File to write the run's inflow to, for other runs of the same people.
    agents
        Subclasses of agents that stand in for those of their kind, or for some of them (`for_`).
    allow_code
        Whether the scenario may name code that no installed package offers.
    snapshot
        File of a snapshot to go on from: the same bytes as the whole run. Its seed and replicate are taken, and the scenario may
        part from the one that was lived from the snapshot's day on, not before.
    snapshot_every
        Wall time between two snapshots that are kept for `resume` [s]; none are taken by time, if `None`.
    snapshot_at
        Days on whose morning a snapshot is left beside the folder, as ``NAME-YYYY-MM-DD.snapshot``, for other runs to go on from.
    settled_cache
        Whether the settling period is shared with other runs (see `stepdown.settled`).

    Returns
    -------
    Results
        The folder, opened.

    Raises
    ------
    ScenarioError
        The scenario is not valid, or parts from a snapshot before its day.
    OutputExistsError
        There is something at `out`, and overwriting was not asked for.
    Interrupted
        The user stopped the run; a snapshot is kept for `resume`, once days have been lived.
    RequeueError
        SIGTERM or SIGUSR1 stopped the run; `resume` goes on with it.
    StorageError
        The disk is full, or the folder can't be written.
    InvariantError
        An invariant broke; nothing is left behind.
    RuleError
        A rule broke its contract; what happened is left in ``NAME.failed`` beside the folder.
    """
    for name, value in (("seed", seed), ("replicate", replicate)):
        if not 0 <= value < 1 << 64:
            message = f"{name}: {value}; allowed: whole numbers from 0 to 18446744073709551615"
            raise UsageError(message)
    if threads is not None and threads < 1:
        message = f"threads: {threads}; allowed: whole numbers from 1"
        raise UsageError(message)
    source = _Inflow(inflow, record_inflow, overwrite=overwrite)
    if not isinstance(scenario, Scenario):
        scenario = load(scenario)
    if snapshot is not None:
        if inflow is not None or record_inflow is not None:
            message = "inflow: a snapshot has its own people; allowed: snapshot or inflow"
            raise UsageError(message)
        seed, replicate = _key_of(snapshot, seed, replicate)
    target = Path(out) if out is not None else Path("runs") / scenario.name
    standing, days = standing_of(scenario, agents, allow_code=allow_code), sorted(snapshot_at)
    order = Order(
        stepdown=_core.version(),
        code=code.digest(),
        plan=plan.compile(scenario, standing).digest,
        seed=seed,
        replicate=replicate,
        check=check,
        overwrite=overwrite,
        inflow=None if inflow is None else str(Path(inflow).absolute()),
        record_inflow=None if record_inflow is None else str(Path(record_inflow).absolute()),
        snapshot=None if snapshot is None else str(Path(snapshot).absolute()),
        snapshot_at=[str(when) for when in days],
    )
    asked = Asked(target, scenario, days, overwrite=overwrite)
    with Stop() as stop, Aside(target, overwrite=overwrite) as aside:
        sitting = _Sitting(
            aside,
            Journal(aside.path, order),
            scenario,
            standing,
            threads or available_threads(),
            source,
            asked,
            progress or Silent(),
            stop,
            every=snapshot_every,
            settled_cache=settled_cache,
        )
        _sit(sitting, None)
    return Results(target)


def _key_of(snapshot: Path | str, seed: int, replicate: int) -> tuple[int, int]:
    """Return seed and replicate of a snapshot; refuse others, unless they are those that nobody has chosen."""
    found = head(snapshot)
    known = (found["seed"], found["replicate"])
    for name, given, default, its in zip(("seed", "replicate"), (seed, replicate), (1, 0), known, strict=True):
        if given not in (default, its):
            message = f"{name}: {given}; allowed: that of the snapshot, {its}"
            raise UsageError(message)
    return known


def _sit(sitting: _Sitting, kept: Kept | None) -> None:
    """Fill the folder; say what is left if that is not possible."""
    aside, order, target = sitting.aside, sitting.journal.order, sitting.aside.target
    failed = Failure(target)
    try:
        sitting.fill(kept)
    except RuleError as error:
        aside.keep = False
        failed.write(error, sitting.scenario, sitting.standing, {"seed": order.seed, "replicate": order.replicate})
        raise
    except (InvariantError, ScenarioError):
        aside.keep = False
        raise
    except KeyboardInterrupt:
        aside.keep = bool(sitting.journal.kept)
        left = sitting.left() if aside.keep else f"nothing was left at {target}"
        message = f"interrupted; {left}"
        raise Interrupted(message) from None
    except RequeueError:
        if not sitting.journal.kept:
            # Nothing to go on from yet: what was ordered is kept, so that it begins again.
            sitting.note_order()
        aside.keep = True
        message = f"stopped; {sitting.left()}"
        raise RequeueError(message) from None
    except BaseException:
        aside.keep = bool(sitting.journal.kept)
        raise
    failed.forget()


def resume(
    folder: Path | str,
    *,
    threads: int | None = None,
    progress: Reporter | None = None,
    agents: Iterable[Agent | StandIn] = (),
    allow_code: bool = False,
    snapshot_every: float | None = EVERY,
) -> Results:
    """Finish a run that was stopped or killed: the same bytes as if it had not been.

    It goes on from the latest snapshot that is whole and whose closed files have the hashes that the journal says; files that
    were closed later are written again. Without one, it begins again.

    Parameters
    ----------
    folder
        Where the run was to stand; not the folder aside.
    threads
        Threads for the population; results don't depend on it.
    progress
        Who is told how far the run has come; nobody, if not given.
    agents, allow_code
        As they were given to `run`.
    snapshot_every
        Wall time between two snapshots [s].

    Raises
    ------
    UsageError
        There is nothing to be resumed, or it was begun with other code, evidence or agents.
    CorruptError
        The journal can't be read.

    Examples
    --------
    >>> resume("runs/baseline")  # doctest: +SKIP
    Results('runs/baseline')
    """
    target = Path(folder)
    partial = Aside(target).path
    if not partial.is_dir():
        if (target / MANIFEST).is_file():
            Aside(target).settle()
            return Results(target)
        message = f"{target}: there is nothing to resume; allowed: where an interrupted run was to stand"
        raise UsageError(message)
    # A folder that is whole but for its name had its journal taken away already: only an overwriting run finds a run there.
    overwrite = (partial / MANIFEST).is_file() or Journal.read(partial).order.overwrite
    with Stop() as stop, Aside(target, overwrite=overwrite, resume=True) as aside:
        aside.keep = True
        if (aside.path / MANIFEST).is_file():
            # It was whole when it died: only the names were still to be changed.
            tidy(aside.path)
        else:
            journal = Journal.read(aside.path)
            scenario, standing = _ordered(journal, agents, allow_code=allow_code)
            progress = progress or Silent()
            kept = _latest(journal, progress)
            order = journal.order
            again = kept is None
            sitting = _Sitting(
                aside,
                journal,
                scenario,
                standing,
                threads or available_threads(),
                _Inflow(order.inflow if again else None, order.record_inflow if again else None, overwrite=True),
                Asked(target, scenario, map(date.fromisoformat, order.snapshot_at), overwrite=True),
                progress,
                stop,
                every=snapshot_every,
                before=kept.seconds if kept is not None else 0.0,
            )
            aside.keep = bool(journal.kept)
            _sit(sitting, kept)
    return Results(target)


def _ordered(journal: Journal, agents: Iterable[Agent | StandIn], *, allow_code: bool) -> tuple[Scenario, Standing]:
    """Return what was ordered, if this code, this evidence and these agents would run it as it was begun."""
    folder, order = journal.folder, journal.order
    if order.code != code.digest():
        message = (
            f"{folder}: the run was begun by other code (stepdown {order.stepdown}), and would not be the same; "
            "go on with that one, or run anew with --overwrite"
        )
        raise UsageError(message)
    scenario = load(folder / "scenario.toml")
    standing = standing_of(scenario, agents, allow_code=allow_code)
    if plan.compile(scenario, standing).digest != order.plan:
        message = (
            f"{folder}: scenario, evidence or agents are not those with which the run was begun; "
            "give the same, or run anew with --overwrite"
        )
        raise UsageError(message)
    return scenario, standing


def _latest(journal: Journal, progress: Reporter) -> Kept | None:
    """Find the latest snapshot to go on from, and take away whatever came after it."""
    found = None
    for kept in reversed(journal.kept):
        try:
            head(journal.folder / kept.file)
        except (CorruptError, OSError) as fault:
            progress.note(f"{fault}; going back")
            continue
        if (name := journal.fault(kept.files)) is not None:
            progress.note(f"{journal.folder / name}: it is not as it was closed; going back")
            continue
        found = kept
        break
    journal.kept = journal.kept[: journal.kept.index(found) + 1] if found is not None else []
    closed = found.files if found is not None else []
    journal.files = {name: journal.files[name] for name in closed}
    keep = {*closed, JOURNAL, "scenario.toml", *(kept.file for kept in journal.kept)}
    for path in journal.folder.rglob("*"):
        if path.is_file() and str(path.relative_to(journal.folder)) not in keep:
            path.unlink()
    progress.note(f"going on from {found.date}" if found is not None else "no snapshot to go on from: beginning again")
    return found

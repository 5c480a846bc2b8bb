"""Starts and resumes runs: from a scenario to a folder that is complete or absent.

The engine simulates the days. At the end of each financial year its log is taken and written by a second thread while the next year
is simulated, so that no more than two years of rows are in memory. A journal in the staged directory lists the closed files; with
it and a snapshot, a run that was stopped or killed can be resumed.
"""

from __future__ import annotations

import os
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stepdown import _core, memory, plan, provenance
from stepdown.atomic import SNAPSHOTS, StagedDir
from stepdown.decisions.overrides import overrides_of
from stepdown.errors import CorruptError, OutputExistsError, UsageError, asking
from stepdown.numbers import MOST, real, whole
from stepdown.progress import Reporter, Silent
from stepdown.results.run import MANIFEST, Results
from stepdown.running.checkpoints import EVERY, SnapshotRequests, head, seal_of
from stepdown.running.inflow import InflowSource
from stepdown.running.journal import JOURNAL, Journal, Order, refuse_what_is_not_ours
from stepdown.running.session import RunSession, execute, latest
from stepdown.running.signals import Stop
from stepdown.running.writer import tidy
from stepdown.scenario import Scenario, load

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from stepdown.agents import StandIn
    from stepdown.decisions.overrides import Agent, AgentOverrides

__all__ = ["resume", "run"]


SCHEDULERS = ("SLURM_CPUS_PER_TASK", "NSLOTS", "PBS_NCPUS")
"""Environment variables in which Slurm, Grid Engine and PBS say how many processors a task has."""


def available_threads() -> int:
    """Return how many threads this process may use: processors that it may run on, or fewer if a scheduler has granted fewer."""
    here = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    granted = [int(found) for name in SCHEDULERS if (found := os.environ.get(name, "")).isdecimal() and int(found) > 0]
    return min([here, *granted])


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
    burn_in_cache: bool = False,
    source: Path | str | None = None,
    or_resume: bool = False,
) -> Results:
    """Run a scenario and write its folder, completely or not at all.

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
        Receives reports of progress; none are made, if not given.
    inflow
        File of a recorded inflow: the same bytes, without walking the population (see `stepdown.inflow`).
    record_inflow
        File to write the run's inflow to, for other runs of the same people.
    agents
        Subclasses that override the agents of their kind, or some of them (`for_`).
    allow_code
        Whether the scenario may name code that no installed package offers.
    snapshot
        File of a snapshot to continue from, to the same bytes as the whole run. Its seed and replicate are taken, and the scenario
        may differ from the one that was simulated only from the snapshot's day on.
    snapshot_every
        Wall time between two snapshots that are kept for `resume` [s]; none are taken by time, if `None`.
    snapshot_at
        Days on whose morning a snapshot is written beside the folder, as ``NAME-YYYY-MM-DD.snapshot``, for other runs to start from.
    burn_in_cache
        Whether the burn-in is shared with other runs (see `stepdown.running.burn_in_cache`).
    source
        Name or path that a loaded scenario is from, so that what is wrong with it is told with its file and line.
    or_resume
        Whether this run is continued if it was started there, and left as it is if it is complete: the same call can then be made
        again, whatever ended the previous one. Another run at `out` is refused.

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
    LimitError
        The run takes more memory than there is.
    Interrupted
        The user stopped the run; a snapshot is kept for `resume`, once days have been lived.
    RequeueError
        A scheduler's signal (SIGTERM, SIGUSR1, SIGUSR2, SIGXCPU) or SIGHUP stopped the run; `resume` goes on with it.
    StorageError
        The disk is full, or the folder can't be written.
    InvariantError
        An invariant broke; what was written is kept in ``.NAME.partial``.
    RuleError
        A rule broke its contract; what happened is left in ``NAME.failed`` beside the folder.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     results = run(load("baseline", population=0.0005, years=1), seed=7, out=Path(folder) / "run")
    ...     table = results.indicator("occupancy", group="tier")
    >>> sorted(set(table["level"].to_pylist()))
    ['low secure', 'medium secure']
    """
    seed, replicate = whole("seed", seed, 0, MOST), whole("replicate", replicate, 0, MOST)
    threads = None if threads is None else whole("threads", threads, 1)
    snapshot_every = None if snapshot_every is None else real("snapshot_every", snapshot_every, 0)
    source = source if isinstance(scenario, Scenario) else scenario
    if or_resume and overwrite:
        message = "resume: a run that is continued is not replaced; allowed: to resume, or to overwrite"
        raise UsageError(message)
    if not isinstance(scenario, Scenario):
        scenario = load(scenario)
    if snapshot is not None:
        if inflow is not None or record_inflow is not None:
            message = "inflow: a snapshot has its own people; allowed: snapshot or inflow"
            raise UsageError(message)
        seed, replicate = _key_of(snapshot, seed, replicate)
    target = Path(out) if out is not None else Path("runs") / scenario.name
    agent_overrides, days = overrides_of(scenario, agents, allow_code=allow_code), _days(snapshot_at)
    order = Order(
        stepdown=_core.version(),
        code=provenance.digest(),
        plan=plan.compile(scenario, agent_overrides, source=source).digest,
        seed=seed,
        replicate=replicate,
        check=check,
        overwrite=overwrite,
        inflow=_absolute(inflow),
        record_inflow=_absolute(record_inflow),
        snapshot=_absolute(snapshot),
        snapshot_seal=None if snapshot is None else seal_of(snapshot),
        snapshot_at=[str(when) for when in days],
    )
    if or_resume and _is_begun(target, order, progress or Silent()):
        return resume(
            target,
            threads=threads,
            progress=progress,
            agents=agents,
            allow_code=allow_code,
            snapshot_every=snapshot_every,
            record_inflow=record_inflow,
            inflow=inflow,
            snapshot=snapshot,
        )
    memory.refuse(scenario.population, scenario.calendar.years, growth=scenario.growth, recorded=inflow is not None)
    if record_inflow is not None and _inside(Path(record_inflow), target):
        message = f"record_inflow: {record_inflow} lies in the folder of the run; choose a place outside it"
        raise OutputExistsError(message)
    people = InflowSource(inflow, record_inflow, overwrite=overwrite, resumed=or_resume)
    requests = SnapshotRequests(target, scenario, days, overwrite=overwrite, resumed=or_resume)
    with Stop() as stop, _staged(target, overwrite=overwrite) as staged:
        session = RunSession(
            staged,
            Journal(staged.path, order),
            scenario,
            agent_overrides,
            threads or available_threads(),
            people,
            requests,
            progress or Silent(),
            stop,
            every=snapshot_every,
            burn_in_cache=burn_in_cache,
        )
        execute(session, None)
    return Results(target)


def _days(given: Iterable[date]) -> list[date]:
    """Return days in order.

    Raises
    ------
    UsageError
        There is something else than dates.
    """
    found: list[Any] = [given] if isinstance(given, date | str) else list(given)
    for when in found:
        if not isinstance(when, date) or isinstance(when, datetime):
            message = f"snapshot_at: {when!r}; allowed: dates, as datetime.date has them"
            raise UsageError(message)
    return sorted(found)


def _is_begun(target: Path, order: Order, progress: Reporter) -> bool:
    """Return whether a run was begun or is whole at a place, and refuse another one than was ordered.

    Raises
    ------
    OutputExistsError
        It is another run; the first difference is named.
    """
    partial = StagedDir(target).path
    ours = {"code": order.code, "plan": order.plan, "seed": order.seed, "replicate": order.replicate}
    snapshots = any((partial / SNAPSHOTS).glob("*.snapshot"))
    if (snapshots or os.path.lexists(partial / JOURNAL)) and not (partial / MANIFEST).is_file():
        try:
            begun = Journal.read(partial).order
        except CorruptError as error:
            if snapshots:
                raise
            # Nothing was lived that could be gone on with, and the caller says what is to be run.
            progress.note(f"{error}: beginning again")
            return False
        if begun.code != order.code:
            return True  # `resume` says so
        ways = ("inflow", "record_inflow", "snapshot", "snapshot_at")
        ours |= {name: getattr(order, name) for name in ways}
        found = {name: getattr(begun, name) for name in ours}
    elif wholes := [folder for folder in (partial, target) if (folder / MANIFEST).is_file()]:
        said = Results(wholes[0]).manifest
        found = {"code": said["code"]["sha256"], "plan": said["plan"]["sha256"]}
        found |= {name: said[name] for name in ("seed", "replicate")}
    else:
        return False
    for name, value in ours.items():
        if found[name] != value:
            message = (
                f"{target}: the run there is another one ({name}: {found[name]}, and {value} is asked for); "
                f"choose another folder, or give {asking('overwrite', True)} to replace it"
            )
            raise OutputExistsError(message)
    return True


@contextmanager
def _staged(target: Path, *, overwrite: bool, resume: bool = False) -> Iterator[StagedDir]:
    """Stage a run's folder. If its place is taken meanwhile, the finished run waits for a resume that replaces nothing."""
    staged = StagedDir(target, overwrite=overwrite, resume=resume, lasting=True)
    try:
        with staged:
            yield staged
    except OutputExistsError:
        if staged.keep and (staged.path / JOURNAL).is_file():
            journal = Journal.read(staged.path)
            journal.order = replace(journal.order, overwrite=False)
            journal.write()
        raise


def _inside(path: Path, folder: Path) -> bool:
    """Return whether a path is a folder's own, or lies inside it, links followed."""
    return Path(os.path.realpath(path)).is_relative_to(os.path.realpath(folder))


def _absolute(path: Path | str | None) -> str | None:
    return None if path is None else str(Path(path).absolute())


def _key_of(snapshot: Path | str, seed: int, replicate: int) -> tuple[int, int]:
    """Return seed and replicate of a snapshot; refuse values that differ from it, unless they are the defaults."""
    found = head(snapshot)
    known = (found["seed"], found["replicate"])
    for name, given, default, its in zip(("seed", "replicate"), (seed, replicate), (1, 0), known, strict=True):
        if given not in (default, its):
            message = f"{name}: {given}; allowed: that of the snapshot, {its}"
            raise UsageError(message)
    return known


def resume(
    folder: Path | str,
    *,
    threads: int | None = None,
    progress: Reporter | None = None,
    agents: Iterable[Agent | StandIn] = (),
    allow_code: bool = False,
    snapshot_every: float | None = EVERY,
    record_inflow: Path | str | None = None,
    inflow: Path | str | None = None,
    snapshot: Path | str | None = None,
) -> Results:
    """Finish a run that was stopped or killed, to the same bytes as if it had not been interrupted.

    It continues from the latest intact snapshot whose closed files still have the hashes in the journal; files that were closed
    later are written again. Without such a snapshot it starts again from the beginning.

    Parameters
    ----------
    folder
        Where the run was to stand; not the staged directory.
    threads
        Threads for the population; results don't depend on it.
    progress
        Receives reports of progress; none are made, if not given.
    agents, allow_code
        As they were given to `run`.
    snapshot_every
        Wall time between two snapshots [s].
    record_inflow
        File to which the run writes its inflow, as it was given to `run`: a run that begins again writes nowhere but where its
        caller says.
    inflow, snapshot
        Files from which the run came, as they were given to `run`: a run that begins again reads nothing but what its caller names.

    Raises
    ------
    UsageError
        There is nothing to be resumed, it was begun with other code, evidence or agents, or it belongs to somebody else; or its
        journal names a file outside of its folder that it is to read or write, and the caller doesn't.
    CorruptError
        The journal can't be read, or is not as it was written.
    LimitError
        The run takes more memory than there is.

    Examples
    --------
    >>> resume("runs/baseline")  # doctest: +SKIP
    Results('runs/baseline')
    """
    threads = None if threads is None else whole("threads", threads, 1)
    snapshot_every = None if snapshot_every is None else real("snapshot_every", snapshot_every, 0)
    target = Path(folder)
    partial = StagedDir(target).path
    if not partial.is_dir():
        if (target / MANIFEST).is_file():
            StagedDir(target).settle()
            whole_run = Results(target)
            whole_run.check()
            return whole_run
        message = f"{target}: there is nothing to resume; allowed: where an interrupted run was to stand"
        raise UsageError(message)
    refuse_what_is_not_ours(partial)
    finished = (partial / MANIFEST).is_file()
    # A finished run, the order of which is unknown, replaces nothing.
    overwrite = False if finished and not (partial / JOURNAL).is_file() else Journal.read(partial).order.overwrite
    with Stop() as stop, _staged(target, overwrite=overwrite, resume=True) as staged:
        staged.keep = True
        if (staged.path / MANIFEST).is_file():
            # It was whole when it died: only the names were still to be changed.
            Results(staged.path).check()
            tidy(staged.path)
        else:
            journal = Journal.read(staged.path)
            scenario, agent_overrides = _ordered(journal, agents, allow_code=allow_code)
            memory.refuse(
                scenario.population,
                scenario.calendar.years,
                growth=scenario.growth,
                recorded=journal.order.inflow is not None,
            )
            progress = progress or Silent()
            kept = latest(journal, scenario, progress)
            order = journal.order
            again = kept is None

            def refuse_unnamed() -> None:
                for name, given in (("record_inflow", record_inflow), ("inflow", inflow), ("snapshot", snapshot)):
                    _named(target, name, getattr(order, name), given)

            if again:
                refuse_unnamed()
            session = RunSession(
                staged,
                journal,
                scenario,
                agent_overrides,
                threads or available_threads(),
                InflowSource(
                    order.inflow if again else None,
                    order.record_inflow if again else None,
                    overwrite=order.overwrite,
                    resumed=True,
                ),
                SnapshotRequests(
                    target,
                    scenario,
                    map(date.fromisoformat, order.snapshot_at),
                    overwrite=order.overwrite,
                    resumed=True,
                ),
                progress,
                stop,
                every=snapshot_every,
                before=kept.seconds if kept is not None else 0.0,
                found=True,
                refuse_unnamed=refuse_unnamed,
            )
            execute(session, kept)
    return Results(target)


USES = {
    "record_inflow": ("writes its inflow to", "record-inflow"),
    "inflow": ("lives from the recorded inflow", "inflow"),
    "snapshot": ("goes on from the snapshot", "from"),
}
"""What a run does with a file outside of its folder, and the option that names it."""


def _named(target: Path, name: str, ordered: str | None, given: Path | str | None) -> None:
    """Refuse to use a file that only a journal names: whoever made the folder would say what is read and written in the caller's name.

    Raises
    ------
    UsageError
        The caller named none, or another one.
    """
    if ordered is None or _absolute(given) == ordered:
        return
    found = "" if given is None else f", and not {given}"
    does, option = USES[name]
    message = (
        f"{target}: its journal says that the run {does} {ordered}{found}, outside of its folder; "
        f"allowed: stepdown resume {target} --{option} {ordered}, if you want that file, or run anew with {asking('overwrite', True)}"
    )
    raise UsageError(message)


def _ordered(
    journal: Journal, agents: Iterable[Agent | StandIn], *, allow_code: bool
) -> tuple[Scenario, AgentOverrides]:
    """Return scenario and agent overrides of a journal, if code, evidence and agents are still those of its start."""
    folder, order = journal.folder, journal.order
    if order.code != provenance.digest():
        message = (
            f"{folder}: the run was begun by other code (stepdown {order.stepdown}), and would not be the same; "
            f"go on with that one, or run anew with {asking('overwrite', True)}"
        )
        raise UsageError(message)
    scenario = load(folder / "scenario.toml")
    agent_overrides = overrides_of(scenario, agents, allow_code=allow_code)
    if plan.compile(scenario, agent_overrides).digest != order.plan:
        message = (
            f"{folder}: scenario, evidence or agents are not those with which the run was begun; "
            f"give the same, or run anew with {asking('overwrite', True)}"
        )
        raise UsageError(message)
    return scenario, agent_overrides

"""Runs one calibration from its configuration file to a folder of results, and resumes one that was stopped.

Finished runs are stored under a digest of everything that they depend on. The same command therefore reuses every run that is
still valid, and no other.
"""

from __future__ import annotations

import shutil
import time
from pathlib import Path

from filelock import FileLock, Timeout

from stepdown import inflow, plan
from stepdown.atomic import kind_of_file, refuse_inside_a_run
from stepdown.calibration import report
from stepdown.calibration.config import Loaded, load_config
from stepdown.calibration.matching import fit
from stepdown.calibration.run_store import RunStore
from stepdown.calibration.workers import Workers
from stepdown.errors import Interrupted, OutputExistsError, RequeueError, ScenarioError, UsageError
from stepdown.numbers import whole
from stepdown.progress import Reporter, Silent
from stepdown.running.signals import Stop

__all__ = ["calibrate"]

ROWS = "rows.jsonl"
"""Finished runs, a line each."""

RECORDS = "inflow"
"""Folder of the recorded inflow, while it is needed."""

LOCK = ".lock"
"""File whose lock the process holds that writes the folder."""

KNOWN = {ROWS, LOCK}
"""Either is in every folder that a calibration has begun."""

FEW = 0.0005
"""Share of England with which free parameters are tried on recorded inflow."""


def calibrate(
    config: Path | str, *, out: Path | str | None = None, workers: int = 1, progress: Reporter | None = None
) -> Path:
    """Fit the free parameters of a config to its targets; return the folder of what was found.

    Parameters
    ----------
    config
        File of the calibration.
    out
        Folder of the results; ``runs/calibration-NAME`` after the file, if not given. What was run there before is used again.
    workers
        Processes that run points, each with one thread. The answer doesn't depend on it.
    progress
        Who is told how far it has come; nobody, if not given.

    Raises
    ------
    ScenarioError
        The config can't be used as written; or a free parameter changes whom the pathway meets.
    UsageError
        `workers` is no whole number above 0.
    OutputExistsError
        Another calibration is writing there.
    Interrupted, RequeueError
        It was stopped; the same call goes on.
    """
    workers = whole("workers", workers, 1)
    loaded = load_config(config)
    refuse_upstream(loaded)
    folder = Path(out) if out is not None else Path("runs") / f"calibration-{Path(config).stem}"
    if (kind := kind_of_file(folder)) not in (None, "folder"):
        message = f"{folder}: it is a {kind}; choose another folder"
        raise OutputExistsError(message)
    refuse_inside_a_run(folder / ROWS)
    if folder.is_dir() and not KNOWN & (names := {path.name for path in folder.iterdir()}) and names:
        message = f"{folder}: it is there already, and is not the folder of a calibration; choose another folder"
        raise OutputExistsError(message)
    folder.mkdir(parents=True, exist_ok=True)
    progress = progress or Silent()
    lock = FileLock(folder / LOCK)
    try:
        with lock.acquire(blocking=False), Stop(), progress:
            _into(folder, loaded, workers, progress)
    except Timeout:
        message = f"{folder}: another calibration is writing it now; choose another folder, or wait"
        raise OutputExistsError(message) from None
    except KeyboardInterrupt:
        message = f"interrupted; what was run is kept in {folder}: the same command goes on"
        raise Interrupted(message) from None
    except RequeueError:
        message = f"stopped; what was run is kept in {folder}: the same command goes on"
        raise RequeueError(message) from None
    return folder


def _into(folder: Path, loaded: Loaded, workers: int, progress: Reporter) -> None:
    """Make the runs that are still to be made, and write what was found."""
    began = time.perf_counter()
    problem = loaded.problem(folder / RECORDS)
    rows = RunStore(folder / ROWS)
    try:
        before = len(rows)
        with Workers(problem.simulate, workers) as processes:
            found = fit(problem, rows, processes, progress)
        shutil.rmtree(folder / RECORDS, ignore_errors=True)
        report.write(folder, loaded, problem, found, made=len(rows) - before, seconds=time.perf_counter() - began)
    finally:
        rows.close()


def refuse_upstream(loaded: Loaded) -> None:
    """Refuse free parameters that change whom the pathway meets: runs on one record couldn't tell what they do.

    Raises
    ------
    ScenarioError
        Which parameter, and what of the population it changes.
    """
    few = loaded.scenario.model_copy(update={"population": min(FEW, loaded.scenario.population)})
    known = inflow.record(few)
    for free in loaded.free:
        now = few.parameters.get(free.id, free.prior.middle)
        other = free.prior.low if free.prior.low != now else free.prior.high
        moved = few.model_copy(update={"parameters": few.parameters | {free.id: other}})
        try:
            known.check(plan.compile(moved).json, seed=1, replicate=0)
        except UsageError as fault:
            message = f"{loaded.label}: free: {free.id} can't be fitted on recorded inflow: {fault}"
            raise ScenarioError(message) from None

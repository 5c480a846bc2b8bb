"""What a plan will take: time, memory and disk from a short probe, and how many replicates its variances suggest."""

from __future__ import annotations

import math
import shutil
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from stepdown import memory
from stepdown.errors import LimitError, asking
from stepdown.experiments.config import Arm, Experiment
from stepdown.experiments.plan import Costs, draw_up
from stepdown.experiments.task import do, recorded
from stepdown.results.uncertainty import variance_components

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from stepdown.experiments.plan import Plan

__all__ = ["Forecast", "forecast", "probe", "refuse_large", "suggested"]

TASKS, HOURS, DISK = 5_000, 48.0, 0.5
"""What a plan may take unless more is allowed: tasks, hours of one processor, and part of the disk that is free."""

SHORT, LONG = 1, 2
"""Years that the two runs of a probe report."""

YEAR = 365.25
"""Days in a year [d]."""


def probe(experiment: Experiment, *, folder: Path | None = None) -> Costs:
    """Run the base for one year and for two, without burn-in, and return what a task of an experiment will take.

    Time and bytes are straight lines in the days that are lived, or in the years that are reported. A probe takes a few seconds of a
    small share of England, and half a minute of all of it.

    Parameters
    ----------
    experiment
        The experiment.
    folder
        Where to run; by default, the system's temporary folder.
    """
    base = experiment.base
    calendar = base.scenario.calendar
    took: list[tuple[float, int, float, int, int]] = []
    shared = experiment.keys.inflow == "shared" and len(experiment.arms) > 1
    for years in (SHORT, LONG):
        short = calendar.model_copy(update={"years": years, "settle_days": 0})
        scenario = base.scenario.model_copy(update={"calendar": short, "levers": type(base.scenario.levers)()})
        # Two arms, so that their inflow is recorded once and shared, as it will be.
        arms = tuple(Arm(f"probe-{k}", scenario.model_copy(update={"name": f"probe-{k}"})) for k in range(1 + shared))
        keys = experiment.keys.model_copy(
            update={"replicates": 1, "base_replicates": None, "draws": 0, "package": None}
        )
        with tempfile.TemporaryDirectory(prefix="stepdown-probe-", dir=folder) as place:
            took.append(_one(Experiment("probe", keys, arms), Path(place) / "probe"))
    lived = calendar.years + calendar.settle_days / YEAR

    def line(points: tuple[float, ...], at: float) -> float:
        one, two = points
        return max(one + (two - one) / (LONG - SHORT) * (at - SHORT), one * min(1.0, at / SHORT))

    seconds, disk, recording, size, peak = zip(*took, strict=True)
    estimated = memory.estimate(base.scenario.population, calendar.years, growth=base.scenario.growth)
    return Costs(
        seconds=line(seconds, lived),
        recording=line(recording, lived),
        memory=max(estimated, *peak),
        disk=int(line(disk, calendar.years)),
        inflow_bytes=int(line(size, lived)),
    )


def _one(experiment: Experiment, folder: Path) -> tuple[float, int, float, int, int]:
    """Return the seconds and bytes of one task, the seconds and bytes of recording its inflow, and its peak memory."""
    made = draw_up(experiment, folder)
    (group,) = made.groups
    task, recording, size = group[0], 0.0, 0
    if task.inflow is not None:
        began = time.perf_counter()
        size = recorded(made, task).stat().st_size
        recording = time.perf_counter() - began
    do(made, task)
    commit = made.commit_of(task.id)
    assert commit is not None, "nothing else does the tasks of a probe"
    return commit.seconds, sum(facts["bytes"] for facts in commit.files.values()), recording, size, commit.peak_memory


@dataclass(frozen=True)
class Forecast:
    """What is left of a plan will take.

    Attributes
    ----------
    tasks, records
        Tasks, and recorded inflows that they live from.
    hours
        Time of one processor [h].
    elapsed
        Time with so many processes [h].
    workers
        Processes.
    memory
        Most memory of all of them together [bytes].
    disk
        What is left at the end [bytes].
    """

    tasks: int
    records: int
    hours: float
    elapsed: float
    workers: int
    memory: int
    disk: int


def forecast(made: Plan, workers: int) -> Forecast | None:
    """Return what is left of a plan will take; nothing before it was probed."""
    costs = made.facts.costs
    if costs is None:
        return None
    left = made.left()
    tasks = [task for group in left for task in group]
    records = {task.inflow for task in tasks if task.inflow is not None}
    hours = (costs.seconds * len(tasks) + costs.recording * len(records)) / 3600
    workers = max(1, min(workers, len(tasks)))
    disk = costs.disk * len(tasks) + costs.inflow_bytes * min(workers, len(records))
    return Forecast(len(tasks), len(records), hours, hours / workers, workers, costs.memory * workers, disk)


def refuse_large(made: Plan, expected: Forecast | None) -> None:
    """Refuse a plan that takes more than is usual, so that a slip of the pen doesn't fill a disk or a week.

    Raises
    ------
    LimitError
        It does; the sentence says what, and how it is allowed all the same.
    """
    free = shutil.disk_usage(made.folder).free
    found = []
    if len(made.tasks) > TASKS:
        found.append(f"{len(made.tasks):,} tasks (more than {TASKS:,})")
    if expected is not None and expected.hours > HOURS:
        found.append(f"{expected.hours:,.0f} processor hours (more than {HOURS:.0f})")
    if expected is not None and expected.disk > DISK * free:
        found.append(
            f"{expected.disk / 2**30:.1f} GiB of disk (more than half of the {free / 2**30:.1f} that are free)"
        )
    if found:
        how = asking("allow_large", True)
        message = f"{made.folder}: the plan takes {' and '.join(found)}; allowed: less of it, or {how}"
        raise LimitError(message)


def suggested(values: NDArray[np.float64], draws: NDArray[np.int64]) -> tuple[float, float, int] | None:
    """Return the standard deviations of chance and of the parameters, and the replicates of each draw that they suggest.

    For a fixed number of runs, so many replicates of each draw tell the spread that is due to the parameters best:
    n* = 1 + ω²/σ², with the variance ω² between replicates of one draw and σ² between draws (O'Hagan, Stevenson and Madan 2007).

    Parameters
    ----------
    values
        An outcome in each run.
    draws
        The draw of each run.

    Returns
    -------
    tuple or None
        ω, σ and n*; None if there aren't two draws of which one has two runs. Where draws differ no more than chance explains,
        σ is 0, and n* as great as can be told from so many runs.

    Examples
    --------
    >>> import numpy as np
    >>> values, draws = np.array([0.0, 2.0, 10.0, 12.0]), np.array([0, 0, 1, 1])
    >>> [round(float(x), 2) for x in suggested(values, draws)]
    [1.41, 7.0, 2.0]
    """
    found = variance_components(values[None, :], draws)
    chance, parameters = float(found["monte_carlo"][0]), float(found["parameters"][0])
    if math.isnan(chance) or math.isnan(parameters):
        return None
    if parameters == 0:
        return chance, 0.0, len(values)
    return chance, parameters, math.ceil(1 + (chance / parameters) ** 2 - 1e-9)

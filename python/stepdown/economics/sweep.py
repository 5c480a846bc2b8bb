"""Costs by payer and QALYs of a sweep, discounted, as arrays of draws × replicates × arms; and the parameters of its draws."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import pyarrow.compute as pc
import pyarrow.dataset as ds
import pyarrow.parquet as pq

from stepdown import evidence, plan
from stepdown.decisions.overrides import overrides_of
from stepdown.economics.cost_effectiveness import net_benefit
from stepdown.errors import UsageError
from stepdown.evidence.draws import drawn
from stepdown.evidence.economics import conventions
from stepdown.experiments.compare import others, refuse_incomplete
from stepdown.results.common_health import common_health
from stepdown.results.indicators import ENGLAND
from stepdown.results.run import reading
from stepdown.vocabulary import words
from stepdown.words import known

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pyarrow as pa
    from numpy.typing import NDArray

    from stepdown.experiments.plan import Plan, Task
    from stepdown.experiments.result_set import ResultSet
    from stepdown.results.run import Results

    Numbers = NDArray[np.float64]

__all__ = ["HEALTH", "PERSPECTIVES", "CostsAndEffects", "costs_and_effects", "costs_of", "parameters_of"]

PERSPECTIVES = {
    "health": ("collaborative", "NHS England", "aftercare"),
    "public": ("collaborative", "NHS England", "aftercare", "justice"),
    "society": ("collaborative", "NHS England", "aftercare", "justice", "society"),
}
"""Whose costs count: health and social care, with justice, or with what crime costs those who suffer it."""

HEALTH = ("people", "spells", "ledger")
"""Tables that health over one population is made from."""

_EPOCH = date(1900, 1, 1)


@dataclass(frozen=True)
class CostsAndEffects:
    """What the arms of a sweep cost and give.

    Attributes
    ----------
    arms
        Names of the scenarios, the base first.
    draws
        Numbers of the draws.
    payers
        Discounted costs by kind of payer [£], each draws × replicates × arms; NaN where a replicate is missing.
    effects
        Discounted QALYs, draws × replicates × arms.
    perspective
        Whose costs count, a key of `PERSPECTIVES`.
    common
        Whether QALYs are those of one population in all arms, or of those on the pathway only.
    """

    arms: tuple[str, ...]
    draws: tuple[int, ...]
    payers: Mapping[str, Numbers]
    effects: Numbers
    perspective: str
    common: bool

    @property
    def costs(self) -> Numbers:
        """Discounted costs of the perspective [£], draws × replicates × arms."""
        total: Numbers = np.sum([self.payers[payer] for payer in PERSPECTIVES[self.perspective]], axis=0)
        return total

    def net_benefit(self, threshold: float) -> Numbers:
        """Return net monetary benefit [£], draws × replicates × arms."""
        return net_benefit(self.costs, self.effects, threshold)


def costs_and_effects(
    results: ResultSet,
    arms: Sequence[str] | None = None,
    *,
    perspective: str = "health",
    discount: float | None = None,
    incomplete: bool = False,
) -> CostsAndEffects:
    """Read costs by payer and QALYs of a sweep.

    Parameters
    ----------
    results
        The sweep.
    arms
        Scenarios beside the base; by default, all.
    perspective
        Whose costs count, a key of `PERSPECTIVES`.
    discount
        Yearly rate at which costs and QALYs after the first year count less [1/a]; by default that of the evidence.
    incomplete
        Whether replicates are left out that aren't done in all arms.

    Returns
    -------
    CostsAndEffects
        Of all England, over the reported years. QALYs are those of everyone who meets the pathway in any arm, where the sweep keeps the
        tables `HEALTH` (or whole runs); else those of people while they are on the pathway.

    Raises
    ------
    UsageError
        A name is not known, tasks are missing, or nothing is done in all arms.
    CorruptError
        A file is missing or changed.

    Examples
    --------
    >>> found = costs_and_effects(ResultSet("sweeps/two"), perspective="public")  # doctest: +SKIP
    """
    made = results.plan
    known("perspective", perspective, PERSPECTIVES)
    names = [made.base, *others(made, arms)]
    refuse_incomplete(made, names, incomplete=incomplete)
    rate = conventions()["economics.discount"] if discount is None else discount
    runs: dict[tuple[int, int], dict[str, Task]] = {}
    for task in results.tasks(names):
        runs.setdefault((task.draw, task.replicate), {})[task.arm] = task
    whole = {key: of for key, of in sorted(runs.items()) if len(of) == len(names)}
    if not whole:
        message = f"{made.folder}: no draw and replicate is done in all of {', '.join(names)}; allowed: one at least"
        raise UsageError(message)
    draws = sorted({draw for draw, _ in whole})
    most = max(sum(draw == one for draw, _ in whole) for one in draws)
    shape = (len(draws), most, len(names))
    payers = {payer: np.full(shape, np.nan) for payer in words("payer kind")}
    effects = np.full(shape, np.nan)
    common = set(HEALTH) <= set(made.tables())
    first = made.scenario(made.base, 0).calendar.start.year
    taken = dict.fromkeys(draws, 0)
    money = _by_run(results, [task for of in whole.values() for task in of.values()], first, rate)
    for (draw, replicate), of in whole.items():
        at = draws.index(draw), taken[draw]
        taken[draw] += 1
        health = _common(results, [of[name] for name in names], draw, first, rate) if common else None
        for k, name in enumerate(names):
            spent, gained = money[name, draw, replicate]
            for payer in payers:
                payers[payer][*at, k] = spent.get(payer, 0.0)
            effects[*at, k] = gained if health is None else health[k]
    return CostsAndEffects(tuple(names), tuple(draws), payers, effects, perspective, common)


def costs_of(
    results: ResultSet, arm: str, *, perspective: str = "health", discount: float | None = None
) -> dict[tuple[int, int], float]:
    """Return the discounted costs of a scenario [£] in each draw and replicate that is done.

    Parameters
    ----------
    results
        The sweep.
    arm
        The scenario.
    perspective, discount
        As `costs_and_effects`.
    """
    known("perspective", perspective, PERSPECTIVES)
    tasks = results.tasks([arm])
    if not tasks:
        return {}
    rate = conventions()["economics.discount"] if discount is None else discount
    first = results.plan.scenario(results.plan.base, 0).calendar.start.year
    return {
        (draw, replicate): sum(spent.get(payer, 0.0) for payer in PERSPECTIVES[perspective])
        for (_, draw, replicate), (spent, _) in _by_run(results, tasks, first, rate).items()
    }


def _by_run(
    results: ResultSet, tasks: Sequence[Task], first: int, rate: float
) -> dict[tuple[str, int, int], tuple[dict[str, float], float]]:
    """Return discounted money by kind of payer, and QALYs, of each run."""
    table = results.dataset("indicators", tasks).to_table(
        columns=["scenario", "draw", "replicate", "year", "indicator", "level", "value"],
        filter=(ds.field("area") == ENGLAND)
        & (
            ((ds.field("indicator") == "spending") & (ds.field("group") == "payer kind"))
            | ((ds.field("indicator") == "qalys") & (ds.field("group") == "all"))
        ),
    )
    found: dict[tuple[str, int, int], tuple[dict[str, float], float]] = {}
    for row in table.to_pylist():
        key = row["scenario"], row["draw"], row["replicate"]
        spent, gained = found.get(key, ({}, 0.0))
        value = row["value"] / (1 + rate) ** (row["year"] - first)
        if row["indicator"] == "qalys":
            gained += value
        else:
            spent[row["level"]] = spent.get(row["level"], 0.0) + value
        found[key] = spent, gained
    return found


class _Kept:
    """The tables that a sweep keeps of a task, as `common_health` reads those of a run."""

    def __init__(self, results: ResultSet, task: Task) -> None:
        self._results, self._task = results, task
        scenario = results.plan.scenario(task.arm, 0)
        start = scenario.calendar.start
        end = date(start.year + scenario.calendar.years, start.month, start.day)
        self.path = results.plan.folder / "results" / task.partition
        self.start_day, self.end_day = (start - _EPOCH).days, (end - _EPOCH).days
        self.first_year, self.last_year = start.year, end.year - 1
        self.share = scenario.population
        self.manifest: dict[str, Any] = {"seed": task.seed, "replicate": task.replicate, "draw": task.draw}

    def table(self, name: str, *, columns: Sequence[str]) -> pa.Table:
        """Read some columns of a table."""
        (file,) = self._results.files(name, [self._task])
        with reading(file):
            return pq.read_table(file, columns=list(columns), partitioning=None)


def _common(results: ResultSet, tasks: Sequence[Task], draw: int, first: int, rate: float) -> Numbers:
    """Return discounted QALYs of the population that is the same in some runs, of each run."""
    runs = [_Kept(results, task) for task in tasks]
    table = common_health(cast("list[Results]", runs), utility=drawn(evidence.load(), draw).value("utility.home"))
    found = np.zeros(len(runs))
    for k, run in enumerate(runs):
        mine = table.filter(pc.equal(table["run"], str(run.path)))
        years, qalys = mine["year"].to_numpy(), mine["qalys"].to_numpy()
        found[k] = float((qalys / (1 + rate) ** (years - first)).sum())
    return found


def parameters_of(made: Plan, draws: Sequence[int]) -> tuple[tuple[str, ...], Numbers]:
    """Return the ids of the parameters that draws vary, and their values, draws × parameters.

    Raises
    ------
    UsageError
        The draws are others now, as the evidence is; or the plan has only the best values.
    """
    if not made.facts.draws:
        message = f"{made.folder}: it has the best values only; allowed: draws = 100, say, in the experiment"
        raise UsageError(message)
    for draw in (draws[0], draws[-1]):
        scenario = made.scenario(made.base, draw)
        if plan.compile(scenario, overrides_of(scenario)).digest != made.arms[made.base].plans[str(draw)]:
            message = (
                f"{made.folder}: draw {draw} of the parameters isn't what it was when its tasks were planned; "
                "allowed: the same evidence, or a new plan in another folder"
            )
            raise UsageError(message)
    best = evidence.load()
    ids = tuple(p.id for p in best.parameters.values() if p.distribution != "fixed")
    values = np.array([[one.value(id) for id in ids] for one in (drawn(best, draw) for draw in draws)])
    varied = np.ptp(values, axis=0) > 0
    return tuple(id for id, moves in zip(ids, varied, strict=True) if moves), values[:, varied]

"""Compares the scenarios of a sweep under common random numbers: paired differences with intervals, and a package taken apart."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds

from stepdown.errors import UsageError, asking
from stepdown.evidence import institutions
from stepdown.experiments.costs import suggested
from stepdown.experiments.plan import OutcomeFacts
from stepdown.experiments.result_set import ResultSet
from stepdown.experiments.statistics import Precision, adjusted, differences, precision, shapley
from stepdown.results.indicators import ENGLAND, GROUPS, INDICATORS
from stepdown.results.pairs import described
from stepdown.words import known

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from numpy.typing import NDArray

    from stepdown.experiments.plan import Plan, Task

__all__ = [
    "SCHEMA",
    "WATERFALL",
    "compare",
    "gains",
    "looked_at",
    "most_changed",
    "others",
    "outcome_values",
    "precisions",
    "refuse_incomplete",
    "suggestions",
    "waterfall",
]

ALPHA = 0.05
"""Part of intervals that may miss."""

FIRST_LOOKED_AT = (
    "prisoners_waiting",
    "wait_clinical_mean",
    "admissions",
    "ready",
    "occupancy",
    "discharges",
    "readmitted_1_year",
    "grave_offences",
    "spending",
    "qalys",
)
"""Indicators that are looked at where an experiment names no outcomes."""

AT_ONCE = 3_000_000
"""Rows of indicators that are in memory at once, some [rows]."""

_CELL = ("area", "group", "level", "year")

SCHEMA = described(
    ("scenario", pa.string(), False, "Scenario that is compared with the base."),
    ("indicator", pa.string(), False, "What is measured."),
    ("area", pa.string(), False, "Area, or 'England'."),
    ("group", pa.string(), False, "By what people, beds or money are told apart."),
    ("level", pa.string(), False, "Which of the group."),
    ("year", pa.int32(), True, "Financial year, named by its 1 April; missing for the mean of all reported years."),
    ("base", pa.float64(), False, "Mean in the base, over the pairs."),
    ("mean", pa.float64(), False, "Mean in the scenario."),
    ("difference", pa.float64(), False, "Mean paired difference: the scenario less the base."),
    ("error", pa.float64(), True, "Its standard error; missing for a single pair."),
    ("low", pa.float64(), True, "Lower limit of the 95% interval of the difference."),
    ("high", pa.float64(), True, "Upper limit."),
    ("pairs", pa.int32(), False, "Pairs of runs in which it is known."),
    ("draws", pa.int32(), False, "Draws of the parameters among them."),
    ("differ", pa.int32(), False, "Pairs in which there is a difference at all; with few of them the interval is too narrow."),
    ("of", pa.int32(), False, "Pairs that the plan has."),
    ("gain", pa.float64(), True, "Variance of the difference of as many unpaired runs, over that of the paired; missing where nothing differs."),
    ("control", pa.int32(), True, "Runs of the base that served as a control variate; missing where none did."),
)  # fmt: skip
"""Columns of a comparison."""

WATERFALL = described(
    ("indicator", pa.string(), False, "What is measured, and where."),
    ("step", pa.string(), False, "'base', a part of the package, or 'package'."),
    ("value", pa.float64(), False, "The outcome in the base and under the package; what a part adds to it, averaged over all orders."),
    ("low", pa.float64(), True, "Lower limit of the 95% interval; missing for a single pair."),
    ("high", pa.float64(), True, "Upper limit."),
    ("alone", pa.float64(), True, "What the part does alone."),
    ("last", pa.float64(), True, "What it adds to all the others."),
    ("pairs", pa.int32(), False, "Pairs of runs."),
    ("of", pa.int32(), False, "Pairs that the plan has."),
)  # fmt: skip
"""Columns of a waterfall."""


def looked_at(made: Plan) -> list[OutcomeFacts]:
    """Return the outcomes of an experiment, or those that are looked at where it names none."""
    if made.facts.outcomes:
        return made.facts.outcomes
    return [
        OutcomeFacts(indicator=name, area=ENGLAND, group="all", level="all", half_width=None)
        for name in FIRST_LOOKED_AT
    ]


def refuse_incomplete(made: Plan, arms: Iterable[str], *, incomplete: bool) -> None:
    """Refuse to compare scenarios of which tasks are missing, unless that is asked for.

    Raises
    ------
    UsageError
        Tasks are missing; the sentence says of which.
    """
    if incomplete:
        return
    complete = made.completeness()
    for arm in arms:
        have, of = complete[arm]
        if have < of:
            message = (
                f"{made.folder}: {have} of {of} tasks of {arm} are done; allowed: all of them (stepdown sweep resume {made.folder}), "
                f"or {asking('incomplete', True)} to compare what is there"
            )
            raise UsageError(message)


def others(made: Plan, arms: Sequence[str] | None) -> list[str]:
    """Return the scenarios that are compared with the base.

    Raises
    ------
    UsageError
        One isn't of the sweep, or there is only the base.
    """
    for arm in arms or ():
        known("scenario", arm, [name for name in made.arms if name != made.base], f" beside the base in {made.folder}")
    found = list(arms) if arms else [name for name in made.arms if name != made.base]
    if not found:
        message = f"{made.folder}: there is nothing to compare {made.base} with; allowed: an experiment of two scenarios or more"
        raise UsageError(message)
    return found


def compare(
    results: ResultSet,
    arms: Sequence[str] | None = None,
    *,
    indicators: Sequence[str] | None = None,
    area: str | None = None,
    group: str | None = None,
    level: str | None = None,
    years: bool = False,
    incomplete: bool = False,
) -> Iterator[pa.Table]:
    """Yield the paired differences of scenarios from the base, a table for each indicator and scenario.

    Parameters
    ----------
    results
        The sweep.
    arms
        Which scenarios; by default, all but the base.
    indicators
        Which indicators; by default, all.
    area, group, level
        Only these cells.
    years
        Whether each year has rows of its own, too, besides the mean of all reported years.
    incomplete
        Whether scenarios of which tasks are missing are compared by the pairs that are there.

    Raises
    ------
    UsageError
        A name is not known, or tasks are missing.

    Examples
    --------
    >>> tables = compare(ResultSet("sweeps/bradley"), indicators=["occupancy"], group="tier")  # doctest: +SKIP
    """
    made = results.plan
    compared = others(made, arms)
    refuse_incomplete(made, [made.base, *compared], incomplete=incomplete)
    all_of_them = {indicator.name: indicator for indicator in INDICATORS}
    asked = list(all_of_them) if indicators is None else list(indicators)
    for name in asked:
        known("indicator", name, all_of_them)
        if group is not None and indicators is not None:
            known("group", group, all_of_them[name].groups, f" for {name}")
    if group is not None:
        known("group", group, GROUPS)
    if area is not None:
        known("area", area, [ENGLAND, *(place.name for place in institutions.load().areas)])
    where = _where(area=area, group=group, level=level)
    parts = {arm: _Part(results, arm) for arm in (made.base, *compared)}
    at_once = max(1, len(all_of_them) * AT_ONCE // max(1, sum(part.rows for part in parts.values())))
    for at, name in enumerate(asked):
        if at % at_once == 0:
            for part in parts.values():
                part.read(asked[at : at + at_once], where)
        before = _Values(parts[made.base], name)
        for arm in compared:
            after = _Values(parts[arm], name)
            yield _table(made, arm, name, before, after, years=years)


def _where(**cells: str | None) -> ds.Expression | None:
    found = None
    for key, only in cells.items():
        if only is not None:
            this = ds.field(key) == only
            found = this if found is None else found & this
    return found


class _Part:
    """The indicators of one scenario: its tasks that are done, and their files, which are held against their hashes once."""

    def __init__(self, results: ResultSet, arm: str) -> None:
        self.tasks: list[Task] = results.tasks([arm])
        self._data = results.dataset("indicators", self.tasks) if self.tasks else None
        self.rows = self._data.count_rows() if self._data is not None else 0
        self._read: dict[str, pa.Table] = {}

    def read(self, names: Sequence[str], where: ds.Expression | None) -> None:
        """Read some indicators, and forget others: each pass goes through all files."""
        self._read = {}
        if self._data is None:
            return
        only = pc.is_in(ds.field("indicator"), pa.array(list(names)))
        rows = self._data.to_table(
            columns=[*_CELL, "draw", "replicate", "value", "indicator"], filter=only if where is None else only & where
        )
        for name in names:
            self._read[name] = rows.filter(pc.equal(rows["indicator"], name)).drop_columns(["indicator"])

    def of(self, name: str) -> pa.Table | None:
        """Return the rows of an indicator that has been read; nothing if no task is done."""
        return self._read.get(name)


class _Values:
    """One indicator in a scenario: a row for each cell, a column for each task."""

    def __init__(self, part: _Part, name: str) -> None:
        self.tasks = part.tasks
        self.at = {(task.draw, task.replicate): k for k, task in enumerate(self.tasks)}
        self.cells: dict[tuple[str, str, str, int], int] = {}
        self.values: NDArray[np.float64] = np.empty((0, len(self.tasks)))
        if (rows := part.of(name)) is None:
            return
        cells = rows.group_by(list(_CELL), use_threads=False).aggregate([])
        cells = cells.append_column("cell", pa.array(np.arange(cells.num_rows)))
        placed = rows.join(cells, keys=list(_CELL), use_threads=False)
        self.values = np.full((cells.num_rows, len(self.tasks)), np.nan)
        draw, replicate = (placed[key].to_numpy() for key in ("draw", "replicate"))
        most = max(task.replicate for task in self.tasks) + 1
        order = np.array([task.draw * most + task.replicate for task in self.tasks])
        sorted_ = np.argsort(order)
        column = sorted_[np.searchsorted(order[sorted_], draw * most + replicate)]
        self.values[placed["cell"].to_numpy(), column] = placed["value"].to_numpy()
        keys = zip(*(cells[key].to_pylist() for key in _CELL), strict=True)
        self.cells = {key: k for k, key in enumerate(keys)}

    def of(self, cells: Sequence[tuple[str, str, str, int]], pairs: Sequence[tuple[int, int]]) -> NDArray[np.float64]:
        """Return the values of some cells in some draws and replicates; NaN where they aren't known."""
        found = np.full((len(cells), len(pairs)), np.nan)
        rows = [(k, self.cells[cell]) for k, cell in enumerate(cells) if cell in self.cells]
        columns = [(k, self.at[pair]) for k, pair in enumerate(pairs) if pair in self.at]
        if rows and columns:
            (to, at), (into, of) = zip(*rows, strict=True), zip(*columns, strict=True)
            found[np.ix_(to, into)] = self.values[np.ix_(at, of)]
        return found


def _table(made: Plan, arm: str, name: str, before: _Values, after: _Values, *, years: bool) -> pa.Table:
    """Return the comparison of one indicator in one scenario with the base."""
    pairs = [pair for pair in after.at if pair in before.at]
    cells = sorted({*before.cells, *after.cells}, key=lambda cell: (cell[1], cell[2], cell[0], cell[3]))
    one, other = before.of(cells, pairs), after.of(cells, pairs)
    whole = [
        (key, list(part)) for key, part in itertools.groupby(range(len(cells)), key=lambda k: cells[k][:3])
    ]  # cells of one area, group and level in all years
    known_in = ~(np.isnan(one) | np.isnan(other))
    means = [_over_years(np.where(known_in, values, np.nan), [part for _, part in whole]) for values in (one, other)]
    blocks: list[tuple[tuple[str, str, str], int | None, int]] = [(key, None, k) for k, (key, _) in enumerate(whole)]
    stacked = means
    if years:
        blocks += [(cell[:3], cell[3], len(whole) + k) for k, cell in enumerate(cells)]
        stacked = [np.vstack([mean, values]) for mean, values in zip(means, (one, other), strict=True)]
    found = differences(stacked[0], stacked[1], np.array([draw for draw, _ in pairs], int), alpha=ALPHA)
    control = _controlled(made, before, cells, whole, stacked, pairs, found)
    rows = []
    of = made.completeness()[arm][1]
    for (area, group, level), year, k in blocks:
        if not found.pairs[k]:
            continue
        error, low, high, middle = found.error[k], found.low[k], found.high[k], found.difference[k]
        by = control.get(k)
        if by is not None:
            (middle, error, low, high), runs = by
        rows.append(
            {
                "scenario": arm,
                "indicator": name,
                "area": area,
                "group": group,
                "level": level,
                "year": year,
                "base": found.base[k],
                "mean": found.mean[k],
                "difference": middle,
                "error": error,
                "low": low,
                "high": high,
                "pairs": int(found.pairs[k]),
                "draws": int(found.draws[k]),
                "differ": int(found.differ[k]),
                "of": of,
                "gain": found.gain[k],
                "control": None if by is None else runs,
            }
        )
    columns = {
        field.name: pa.array([row[field.name] for row in rows], field.type, from_pandas=True) for field in SCHEMA
    }
    return pa.table(columns, schema=SCHEMA)


def _over_years(values: NDArray[np.float64], parts: Sequence[list[int]]) -> NDArray[np.float64]:
    """Return means over the rows of each part, of those that are known."""
    found = np.full((len(parts), values.shape[1]), np.nan)
    for k, part in enumerate(parts):
        there = ~np.isnan(values[part])
        count = there.sum(axis=0)
        total = np.where(there, values[part], 0.0).sum(axis=0)
        found[k] = np.divide(total, count, where=count > 0, out=np.full(values.shape[1], np.nan))
    return found


def _controlled(
    made: Plan,
    before: _Values,
    cells: Sequence[tuple[str, str, str, int]],
    whole: Sequence[tuple[tuple[str, str, str], list[int]]],
    stacked: Sequence[NDArray[np.float64]],
    pairs: Sequence[tuple[int, int]],
    plain: Any,
) -> dict[int, tuple[tuple[float, ...], int]]:
    """Return the differences, by row, that further runs of the base make more precise: mean, error and interval, and those runs."""
    more = list(before.at)
    if made.facts.draws or len(more) <= len(pairs):
        return {}
    values = before.of(cells, more)
    means = _over_years(values, [part for _, part in whole])
    all_runs = np.vstack([means, values]) if len(stacked[0]) > len(whole) else means
    found = {}
    for k in range(len(stacked[0])):
        one, other, runs = stacked[0][k], stacked[1][k], all_runs[k]
        if np.isnan(one).any() or np.isnan(other).any() or np.isnan(runs).any() or not plain.error[k] > 0:
            continue
        by = adjusted(other - one, one, runs, alpha=ALPHA)
        if by is not None:
            found[k] = by, len(runs)
    return found


def outcome_values(results: ResultSet, arm: str, outcome: OutcomeFacts) -> dict[tuple[int, int], float]:
    """Return an outcome, the mean of its cell over the years, in each draw and replicate of a scenario that is done."""
    where = _where(area=outcome.area, group=outcome.group, level=outcome.level)
    part = _Part(results, arm)
    part.read([outcome.indicator], where)
    found = _Values(part, outcome.indicator)
    if not found.cells:
        return {}
    means = _over_years(found.values, [list(range(len(found.cells)))])[0]
    return {pair: float(means[k]) for pair, k in found.at.items() if not np.isnan(means[k])}


def suggestions(made: Plan) -> list[dict[str, Any]]:
    """Return for each outcome how many replicates of each draw its variances in the base suggest, from what is done.

    Returns
    -------
    list
        Rows with ``outcome``, ``chance`` and ``parameters`` (standard deviations), ``replicates``, ``runs``.
    """
    results = ResultSet(made)
    rows = []
    for outcome in looked_at(made):
        values = outcome_values(results, made.base, outcome)
        found = suggested(np.array([*values.values()]), np.array([draw for draw, _ in values])) if values else None
        chance, parameters, replicates = (None, None, None) if found is None else found
        rows.append(
            {
                "outcome": outcome.name,
                "chance": chance,
                "parameters": parameters,
                "replicates": replicates,
                "runs": len(values),
            }
        )
    return rows


def precisions(made: Plan) -> list[tuple[str, OutcomeFacts, Precision]]:
    """Return how precise each outcome with a half-width is in each scenario; the level of the intervals is split over all of them.

    Differences are taken of replicates in their order, each the mean of its draws, up to the first that isn't done everywhere.
    """
    results = ResultSet(made)
    wanted = [outcome for outcome in made.facts.outcomes if outcome.half_width is not None]
    compared = [arm for arm in made.arms if arm != made.base]
    alpha = ALPHA / max(1, len(wanted) * len(compared))
    found = []
    for outcome in wanted:
        before = outcome_values(results, made.base, outcome)
        for arm in compared:
            after = outcome_values(results, arm, outcome)
            series = []
            for replicate in itertools.count():
                pairs = [(draw, replicate) for draw in made.draws]
                if not all(pair in before and pair in after for pair in pairs):
                    break
                series.append(float(np.mean([after[pair] - before[pair] for pair in pairs])))
            found.append((arm, outcome, precision(np.array(series), float(outcome.half_width or 0.0), alpha=alpha)))
    return found


def waterfall(
    results: ResultSet, outcomes: Sequence[OutcomeFacts] | None = None, *, incomplete: bool = False
) -> pa.Table:
    """Take the effect of a package apart by its parts: Shapley values over nested paired runs, with intervals.

    Parameters
    ----------
    results
        A sweep with a package.
    outcomes
        Which outcomes; by default, those of the experiment.
    incomplete
        Whether pairs of which all combinations are done suffice.

    Returns
    -------
    pyarrow.Table
        The base, each part and the package, for each outcome; the columns are `WATERFALL`. Base and parts add up to the package.

    Raises
    ------
    UsageError
        The sweep has no package, or tasks are missing.
    """
    made = results.plan
    parts = made.facts.parts
    if not parts:
        message = f"{made.folder}: it has no package that could be taken apart; allowed: an experiment with [package]"
        raise UsageError(message)
    arms = {frozenset(arm.values): name for name, arm in made.arms.items() if name.startswith("with-")}
    arms = {frozenset(): made.base} | {chosen: name for chosen, name in arms.items() if chosen <= set(parts)}
    refuse_incomplete(made, arms.values(), incomplete=incomplete)
    of = made.completeness()[arms[frozenset(parts)]][1]
    rows: list[dict[str, Any]] = []
    for outcome in looked_at(made) if outcomes is None else outcomes:
        there = {chosen: outcome_values(results, arm, outcome) for chosen, arm in arms.items()}
        pairs = sorted(set.intersection(*(set(values) for values in there.values())))
        if not pairs:
            continue
        values = {chosen: np.array([found[pair] for pair in pairs]) for chosen, found in there.items()}
        rows += _steps(outcome.name, values, parts, np.array([draw for draw, _ in pairs]), of)
    return pa.Table.from_pylist(rows, schema=WATERFALL)


def _steps(
    name: str,
    values: dict[frozenset[str], NDArray[np.float64]],
    parts: Sequence[str],
    draws: NDArray[np.int64],
    of: int,
) -> list[dict[str, Any]]:
    """Return the rows of one outcome."""
    none, all_ = frozenset[str](), frozenset(parts)
    steps = {"base": values[none], **shapley(values, parts), "package": values[all_]}
    stacked = np.array(list(steps.values()))
    found = differences(np.zeros_like(stacked), stacked, draws, alpha=ALPHA)
    rows = []
    for k, step in enumerate(steps):
        part = step in parts and 0 < k < len(steps) - 1
        low, high = float(found.low[k]), float(found.high[k])
        rows.append(
            {
                "indicator": name,
                "step": step,
                "value": float(found.difference[k]),
                "low": None if np.isnan(low) else low,
                "high": None if np.isnan(high) else high,
                "alone": float((values[frozenset([step])] - values[none]).mean()) if part else None,
                "last": float((values[all_] - values[all_ - {step}]).mean()) if part else None,
                "pairs": len(draws),
                "of": of,
            }
        )
    return rows


def most_changed(table: pa.Table, number: int) -> pa.Table:
    """Return the rows whose difference is largest against its error, the largest first; rows without an error are left out."""
    error = table["error"].to_numpy(zero_copy_only=False)
    size = np.abs(table["difference"].to_numpy(zero_copy_only=False))
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.where(error > 0, size / error, np.nan)
    order = np.argsort(np.where(np.isnan(ratio), np.inf, -ratio), kind="stable")[
        : min(number, int((~np.isnan(ratio)).sum()))
    ]
    return table.take(pa.array(order))


def gains(table: pa.Table) -> float | None:
    """Return the median gain from pairing over the rows of a comparison; nothing if there is none."""
    values = pc.drop_null(table["gain"])
    return None if not len(values) else float(np.median(values.to_numpy()))

"""What a report is made from, whichever way it was given: indicators by scenario and run, and the folders of runs where they are kept."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.dataset as ds

from stepdown.errors import UsageError
from stepdown.experiments.compare import refuse_incomplete
from stepdown.experiments.config import RUN
from stepdown.experiments.histories import refuse_others
from stepdown.experiments.plan import PLAN
from stepdown.experiments.result_set import ResultSet
from stepdown.experiments.statistics import Difference, differences
from stepdown.results.indicators import ENGLAND, INDICATORS
from stepdown.results.run import Results

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    Numbers = NDArray[np.float64]

__all__ = ["Answer", "Cell", "Key", "opened"]

Key = tuple[int, int, int]
"""Seed, draw and replicate: the same people live in runs that share them."""

Cell = tuple[str, str, int]
"""Area, level and year."""

UNITS = {indicator.name: indicator.unit for indicator in INDICATORS}
"""Unit of each indicator."""


@dataclass
class Answer:
    """Scenarios and what came of them.

    Attributes
    ----------
    title
        What the report is about.
    arms
        Names of the scenarios, the base first.
    runs
        Folders of runs by scenario, where they are kept.
    keys
        Runs of each scenario that are done, kept or not.
    results
        The result set of an experiment; nothing where runs were given.
    """

    title: str
    arms: tuple[str, ...]
    runs: dict[str, dict[Key, Results]]
    keys: dict[str, list[Key]]
    results: ResultSet | None = None
    _read: dict[tuple[str, str], dict[str, dict[Cell, dict[Key, float]]]] = field(default_factory=dict)

    @property
    def base(self) -> str:
        """The scenario that the others are compared with."""
        return self.arms[0]

    @property
    def others(self) -> tuple[str, ...]:
        """All scenarios but the base."""
        return self.arms[1:]

    @property
    def draws(self) -> int:
        """Number of draws of the parameters."""
        return len({draw for keys in self.keys.values() for _, draw, _ in keys})

    def values(self, indicator: str, group: str = "all") -> dict[str, dict[Cell, dict[Key, float]]]:
        """Return an indicator by scenario, cell and run, as far as it is known."""
        if (indicator, group) not in self._read:
            where = (ds.field("indicator") == indicator) & (ds.field("group") == group)
            found: dict[str, dict[Cell, dict[Key, float]]] = {arm: defaultdict(dict) for arm in self.arms}
            columns = ["area", "level", "year", "value"]
            if self.results is not None:
                table = self.results.dataset("indicators").to_table(
                    columns=["scenario", "draw", "replicate", *columns], filter=where
                )
                seed = self.results.plan.facts.seed
                for arm, draw, replicate, area, level, year, value in _rows(table):
                    if arm in found:
                        found[arm][area, level, year][seed + draw, draw, replicate] = value
            else:
                for arm, of in self.runs.items():
                    for key, run in of.items():
                        for area, level, year, value in _rows(run.table("indicators", columns=columns, where=where)):
                            found[arm][area, level, year][key] = value
            self._read[indicator, group] = found
        return self._read[indicator, group]

    def cells(self, indicator: str, group: str = "all") -> list[tuple[str, str]]:
        """Return the areas and levels in which an indicator is known in the base."""
        return sorted({(area, level) for area, level, _ in self.values(indicator, group)[self.base]})

    def years(self, indicator: str, group: str = "all") -> list[int]:
        """Return the years in which an indicator is known in the base."""
        return sorted({year for _, _, year in self.values(indicator, group)[self.base]})

    def over_years(
        self, arm: str, indicator: str, group: str = "all", area: str = ENGLAND, level: str = "all"
    ) -> dict[Key, float]:
        """Return the mean over the years of a cell in each run of a scenario."""
        found: dict[Key, list[float]] = defaultdict(list)
        values = self.values(indicator, group)[arm]
        for year in self.years(indicator, group):
            for key, value in values.get((area, level, year), {}).items():
                found[key].append(value)
        return {key: float(np.mean(of)) for key, of in found.items()}

    def differences(
        self, arm: str, indicator: str, group: str = "all", cells: Sequence[tuple[str, str]] = ((ENGLAND, "all"),)
    ) -> Difference:
        """Return the paired differences of a scenario from the base in some areas and levels, of means over the years known in both."""
        keys = self.pairs(arm)
        values = self.values(indicator, group)
        years = self.years(indicator, group)
        before, after = (np.full((len(cells), len(keys)), np.nan) for _ in range(2))
        for k, (area, level) in enumerate(cells):
            for j, key in enumerate(keys):
                both = [
                    (
                        values[self.base].get((area, level, year), {}).get(key),
                        values[arm].get((area, level, year), {}).get(key),
                    )
                    for year in years
                ]
                known = [(x, y) for x, y in both if x is not None and y is not None]
                if known:
                    before[k, j], after[k, j] = np.mean(known, axis=0)
        return differences(before, after, np.array([draw for _, draw, _ in keys], np.int64))

    def pairs(self, arm: str) -> list[Key]:
        """Return the runs of a scenario whose people live in the base, too."""
        there = set(self.keys[self.base])
        return sorted(key for key in self.keys[arm] if key in there)

    def kept(self, arm: str) -> list[tuple[Results, Results]]:
        """Return the folders of the base and a scenario in which the same people live, as far as they are kept."""
        mine, theirs = self.runs.get(arm, {}), self.runs.get(self.base, {})
        return [(theirs[key], mine[key]) for key in sorted(mine) if key in theirs]


def _rows(table: pa.Table) -> list[tuple[Any, ...]]:
    columns = [column.cast(pa.string()) if pa.types.is_dictionary(column.type) else column for column in table.columns]
    return list(zip(*(column.to_pylist() for column in columns), strict=True))


def opened(paths: Sequence[Path], *, base: str | None = None, incomplete: bool = False) -> Answer:
    """Open what a report is asked of: one run, several runs, or the folder of an experiment.

    Parameters
    ----------
    paths
        A run; runs of several scenarios, with the same people or with several seeds; or a sweep.
    base
        The scenario that the others are compared with; by default the first.
    incomplete
        Whether a sweep of which tasks are missing is reported on by what is there.

    Raises
    ------
    UsageError
        Runs don't belong together, no scenario has the name of the base, or tasks are missing.
    CorruptError
        A folder is no run and no sweep, or a file of it is missing or changed.
    """
    if len(paths) == 1 and (paths[0] / PLAN).is_file():
        return _of_sweep(ResultSet(paths[0]), base, incomplete=incomplete)
    if sweep := next((path for path in paths if (path / PLAN).is_file()), None):
        message = f"{sweep}: it is a sweep, and {len(paths)} folders were given; allowed: one sweep, or runs"
        raise UsageError(message)
    return _of_runs([Results(path) for path in paths], base)


def _of_sweep(results: ResultSet, base: str | None, *, incomplete: bool) -> Answer:
    plan = results.plan
    refuse_incomplete(plan, plan.arms, incomplete=incomplete)
    arms = _ordered(list(plan.arms), base)
    keys: dict[str, list[Key]] = {arm: [] for arm in arms}
    runs: dict[str, dict[Key, Results]] = {arm: {} for arm in arms}
    for task in results.tasks():
        key = (task.seed, task.draw, task.replicate)
        keys[task.arm].append(key)
        if RUN in plan.facts.keep:
            runs[task.arm][key] = results.run(task)
    return Answer(plan.facts.title or plan.folder.name, arms, runs, keys, results)


def _of_runs(runs: Sequence[Results], base: str | None) -> Answer:
    named = _named(runs)
    found: dict[str, dict[Key, Results]] = {}
    for name, run in named:
        run.check()
        key = (run.manifest["seed"], run.manifest["draw"], run.manifest["replicate"])
        if (same := found.setdefault(name, {}).get(key)) is not None:
            message = f"{run.path}: it is a run of the same scenario, seed, draw and replicate as {same.path}; allowed: each once"
            raise UsageError(message)
        found[name][key] = run
    arms = _ordered(list(found), base)
    for arm in arms[1:]:
        if not set(found[arm]) & set(found[arms[0]]):
            refuse_others(next(iter(found[arms[0]].values())), next(iter(found[arm].values())))
            message = f"{next(iter(found[arm].values())).path}: it has another draw than every run of {arms[0]}; allowed: the same draw"
            raise UsageError(message)
        for one, other in ((found[arms[0]][key], run) for key, run in found[arm].items() if key in found[arms[0]]):
            refuse_others(one, other)
    titles = [str(next(iter(found[arm].values())).manifest["scenario"].get("title") or arm) for arm in arms]
    title = titles[0] if len(arms) == 1 else f"{', '.join(arms[1:])} against {arms[0]}"
    return Answer(title, arms, found, {arm: sorted(found[arm]) for arm in arms})


def _named(runs: Sequence[Results]) -> list[tuple[str, Results]]:
    """Return runs with the names of their scenarios; with that of the folder, too, where scenarios of one name differ."""
    versions: Mapping[str, set[str]] = defaultdict(set)
    for run in runs:
        versions[run.manifest["scenario"]["name"]].add(run.manifest["scenario"]["sha256"])
    named = []
    for run in runs:
        name = str(run.manifest["scenario"]["name"])
        named.append((name if len(versions[name]) == 1 else f"{name} ({run.path.name})", run))
    return named


def _ordered(arms: Sequence[str], base: str | None) -> tuple[str, ...]:
    if base is None:
        return tuple(arms)
    if base not in arms:
        message = f"--base {base}: no scenario has that name; allowed: {', '.join(arms)}"
        raise UsageError(message)
    return (base, *(arm for arm in arms if arm != base))

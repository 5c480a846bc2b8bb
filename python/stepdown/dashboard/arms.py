"""What the dashboard shows: the yearly indicators of scenarios, each with one run or several, and the life of one person."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds

from stepdown.errors import UsageError
from stepdown.experiments.config import RUN
from stepdown.experiments.result_set import ResultSet
from stepdown.results import Results
from stepdown.results.indicators import ENGLAND, INDICATORS

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

__all__ = ["FIRST", "Arm", "life", "people", "read", "spread", "unit"]

FIRST = (
    "ready",
    "discharges",
    "prisoners_waiting",
    "wait_clinical_mean",
    "stay_secure_mean",
    "placed_out_of_area",
    "spending",
    "qalys",
)
"""Indicators that are shown first."""

PEOPLE = 25
"""People that are offered for a look [people]."""

UNITS = {i.name: i.unit for i in INDICATORS}


@dataclass(frozen=True)
class Arm:
    """A scenario: its indicators over runs, and one of its runs, of which people can be looked at.

    Attributes
    ----------
    name
        Name of the scenario, or of the folder where several have it.
    table
        Columns ``year``, ``area``, ``indicator``, ``value`` and ``run``, of everybody, without rows where nothing is known.
    runs
        Number of runs.
    run
        A run whose people can be looked at, if one is kept.
    share
        Share of England that is simulated.
    """

    name: str
    table: pa.Table
    runs: int
    run: Results | None
    share: float

    def values(self, indicator: str, area: str, year: int | None = None) -> dict[int, list[float]]:
        """Return the values of each run by year."""
        where = (pc.field("indicator") == indicator) & (pc.field("area") == area)
        if year is not None:
            where &= pc.field("year") == year
        found: dict[int, list[float]] = {}
        for row in self.table.filter(where).to_pylist():
            found.setdefault(row["year"], []).append(row["value"])
        return dict(sorted(found.items()))


def unit(indicator: str) -> str:
    """Return the unit of an indicator.

    Examples
    --------
    >>> unit("spending")
    '£'
    """
    return UNITS[indicator]


def spread(values: Sequence[float]) -> tuple[float, float, float]:
    """Return the mean of runs, and the 5th and 95th percentile among them; of one run its value, thrice.

    Examples
    --------
    >>> spread([2.0])
    (2.0, 2.0, 2.0)
    """
    low, high = np.quantile(values, [0.05, 0.95])
    return float(np.mean(values)), float(low), float(high)


COLUMNS = ["year", "area", "indicator", "value"]
EVERYBODY = (ds.field("group") == "all") & ds.field("value").is_valid()


def _plain(table: pa.Table, runs: pa.Array) -> pa.Table:
    """Return rows of indicators with a number of their run, words as strings."""
    columns = {name: table[name] for name in COLUMNS}
    for name in ("area", "indicator"):
        columns[name] = pc.cast(columns[name], pa.string())
    return pa.table({**columns, "run": runs})


def _of_run(folder: Path) -> Arm:
    run = Results(folder)
    table = run.dataset("indicators").to_table(filter=EVERYBODY, columns=COLUMNS)
    name = str(run.manifest.get("scenario") if isinstance(run.manifest.get("scenario"), str) else folder.name)
    return Arm(name, _plain(table, pa.nulls(len(table), pa.int64()).fill_null(0)), 1, run, float(run.manifest["share"]))


def _of_sweep(folder: Path) -> Iterable[Arm]:
    found = ResultSet(folder)
    kept = RUN in found.plan.facts.keep
    for name in found.plan.arms:
        tasks = found.tasks([name])
        if not tasks:
            continue
        table = found.dataset("indicators", tasks).to_table(filter=EVERYBODY, columns=[*COLUMNS, "draw", "replicate"])
        runs = pc.add(pc.multiply(table["draw"], 1_000_000), table["replicate"])
        run = found.run(tasks[0]) if kept else None
        share = float(found.plan.scenario(name, tasks[0].draw).population)
        yield Arm(name, _plain(table, runs), len(tasks), run, share)


def read(folders: Sequence[Path]) -> list[Arm]:
    """Read runs and result sets, each scenario once; where two have one name, the folder's is put before it.

    Raises
    ------
    UsageError
        There is nothing to show.
    CorruptError
        A folder is neither that of a run nor of a sweep, or its files are not those that were written.
    """
    arms: list[Arm] = []
    for folder in folders:
        found = list(_of_sweep(folder)) if (folder / "plan.json").exists() else [_of_run(folder)]
        arms += [
            arm if all(arm.name != other.name for other in arms)
            else Arm(f"{folder.name}: {arm.name}", arm.table, arm.runs, arm.run, arm.share)
            for arm in found
        ]  # fmt: skip
    if not arms:
        message = f"{', '.join(map(str, folders))}: no task is done yet; stepdown sweep run"
        raise UsageError(message)
    return arms


def areas(arms: Iterable[Arm]) -> list[str]:
    """Return all areas, England first."""
    names = {name for arm in arms for name in pc.unique(arm.table["area"]).to_pylist()}
    return [ENGLAND, *sorted(names - {ENGLAND})]


def indicators(arms: Iterable[Arm]) -> list[str]:
    """Return the indicators that are there, those that are looked at first at the head."""
    names = {name for arm in arms for name in pc.unique(arm.table["indicator"]).to_pylist()}
    return [*(name for name in FIRST if name in names), *sorted(names - set(FIRST))]


def years(arms: Iterable[Arm]) -> list[int]:
    """Return the financial years that are there."""
    return sorted({year for arm in arms for year in pc.unique(arm.table["year"]).to_pylist()})


def people(run: Results, area: str) -> list[int]:
    """Return people with a long delay at the end of a stay, longest first: of an area, or of England."""
    where = (
        (ds.field("ready_days") > 0) if area == ENGLAND else (ds.field("ready_days") > 0) & (ds.field("area") == area)
    )
    table = run.table("spells", columns=["person", "ready_days"], where=where)
    order = pc.sort_indices(table, sort_keys=[("ready_days", "descending"), ("person", "ascending")])
    return list(dict.fromkeys(table["person"].take(order.slice(0, 4 * PEOPLE)).to_pylist()))[:PEOPLE]


def life(run: Results, person: int) -> list[dict[str, Any]]:
    """Return the spells of a person in order: place, legal status, days, days ready and how each ended."""
    columns = ["place", "legal", "start", "end", "ending", "ready_days", "unit"]
    rows = run.table("spells", columns=columns, where=ds.field("person") == person).to_pylist()
    return sorted(rows, key=lambda row: (row["start"], row["end"]))

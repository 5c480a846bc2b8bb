"""Compares a run with published series, year by year: the published value, the model's, and whether it lies within the range.

The series are rows of ``evidence/tables/series.csv``. A row that was an input to a world, or was fitted in it, is marked as input
there and is a check elsewhere; the table says which.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from typing import TYPE_CHECKING

import pyarrow.compute as pc

from stepdown.errors import EvidenceError
from stepdown.estimands import ESTIMANDS, History, estimate
from stepdown.evidence.loader import FOLDER, check_source, nearest, number, read_rows, read_sources
from stepdown.evidence.world import worlds
from stepdown.results.indicators import ENGLAND, GROUPS, INDICATORS

if TYPE_CHECKING:
    from pathlib import Path

    from stepdown.results.run import Results

__all__ = ["Compared", "Published", "compare", "load", "model_value"]

COLUMNS = (
    *("series", "on", "indicator", "group", "level", "value", "unit", "low", "high"),
    *("input_of", "source", "confidence", "note"),
)
_ESTIMAND = "estimand"
"""What stands in the column `group` of a figure that is held against an estimand, not an indicator."""
_STOCKS = ("population", "population_ill", "prison_population")
"""Indicators that are taken at the end of a year; all others are of the whole year."""


@dataclass(frozen=True, slots=True)
class Published:
    """A published figure.

    Attributes
    ----------
    series
        Which series it belongs to.
    day, whole_year
        The day it holds for; or the first day of the financial year that it holds for.
    indicator, group, levels
        What of a run it is held against: an indicator of a group, where several levels are added up; or an estimand.
    value, low, high, unit
        The figure, and between which values the model agrees with it.
    input_of
        Worlds that were given the figure, or fitted to it.
    source, confidence, note
        Where it is from.
    """

    series: str
    day: date
    whole_year: bool
    indicator: str
    group: str
    levels: tuple[str, ...]
    value: float
    low: float
    high: float
    unit: str
    input_of: tuple[str, ...]
    source: str
    confidence: str
    note: str

    @property
    def on(self) -> str:
        """What it holds for, as it is written: a day, or a financial year."""
        return f"{self.day.year}/{(self.day.year + 1) % 100:02}" if self.whole_year else self.day.isoformat()

    @property
    def year(self) -> int:
        """Financial year that the day lies in, named by its 1 April."""
        return self.day.year if self.day.month >= 4 else self.day.year - 1


@dataclass(frozen=True, slots=True)
class Compared:
    """A published figure and what a run has for it; `role` is ``input`` or ``check``."""

    published: Published
    model: float
    role: str

    @property
    def inside(self) -> bool:
        """Whether the model agrees with the figure."""
        return self.published.low <= self.model <= self.published.high


def _on(text: str, where: str) -> tuple[date, bool]:
    """Read a day (``2015-04-01``), or a financial year (``2015/16``)."""
    year, _, rest = text.partition("/")
    try:
        if rest:
            first = date(int(year), 4, 1)
            if rest == f"{(first.year + 1) % 100:02}":
                return first, True
        else:
            return date.fromisoformat(text), False
    except ValueError:
        pass
    raise EvidenceError(f"{where}: on: {text!r}; allowed: a day (2015-04-01), or a financial year (2015/16)")


@cache
def load(folder: Path = FOLDER) -> tuple[Published, ...]:
    """Read the published series.

    Raises
    ------
    EvidenceError
        If a row can't be used.

    Examples
    --------
    >>> load()[0].series
    'population'
    """
    sources, indicators = read_sources(folder), {i.name: i.unit for i in INDICATORS}
    estimands = {e.id: e.unit for e in ESTIMANDS.values()}
    found = []
    for line, row in read_rows(folder / "tables" / "series.csv", COLUMNS):
        where = f"tables/series.csv:{line}"
        check_source(row["source"], row["note"], sources, where)
        if row["group"] not in (*GROUPS, _ESTIMAND):
            raise EvidenceError(f"{where}: group: {row['group']!r}; allowed: {', '.join(GROUPS)}, or {_ESTIMAND}")
        known = estimands if row["group"] == _ESTIMAND else indicators
        if row["indicator"] not in known:
            what = f"{row['indicator']!r} is not known{nearest(row['indicator'], known)}"
            raise EvidenceError(f"{where}: indicator: {what}")
        unit = known[row["indicator"]]
        if row["unit"] != unit:
            raise EvidenceError(f"{where}: unit: {row['unit']!r}; allowed: {unit}, that of the indicator")
        inputs = tuple(row["input_of"].split()) if row["input_of"] else ()
        for world in inputs:
            if world not in worlds(folder):
                raise EvidenceError(f"{where}: input_of: {world!r}; allowed: {', '.join(worlds(folder))}")
        day, whole_year = _on(row["on"], where)
        value, low, high = (number(row[key], f"{where}: {key}") for key in ("value", "low", "high"))
        if not low <= value <= high:
            raise EvidenceError(f"{where}: value: {value:g} lies outside {low:g} to {high:g}")
        found.append(
            Published(
                series=row["series"],
                day=day,
                whole_year=whole_year,
                indicator=row["indicator"],
                group=row["group"],
                levels=tuple(row["level"].split("|")),
                value=value,
                low=low,
                high=high,
                unit=unit,
                input_of=inputs,
                source=row["source"],
                confidence=row["confidence"],
                note=row["note"],
            )
        )
    return tuple(found)


def compare(run: Results, *, folder: Path = FOLDER) -> tuple[list[Compared], list[Published]]:
    """Compare the published series with a run; return the comparisons, and the figures outside the run's years.

    A figure of a financial year is compared with that year, one of a day with the mean of the year that it lies in, or,
    where the indicator is of the end of a year, with what lies between two ends; an estimand is estimated over the year.

    Examples
    --------
    >>> compared, outside = compare(Results("runs/world-2013"))  # doctest: +SKIP
    """
    scenario = run.scenario
    world = scenario.get("world", next(iter(worlds(folder))))
    table = run.table("indicators")
    table = table.filter(pc.equal(table["area"], ENGLAND))
    keys = ("year", "indicator", "group", "level", "value")
    columns = [table[name].to_pylist() for name in keys]
    values = {key[:4]: key[4] for key in zip(*columns, strict=True)}
    history = History(run)
    inside, outside = [], []
    for published in load(folder):
        model = _estimated(published, history) if published.group == _ESTIMAND else model_value(published, values)
        if model is None:
            outside.append(published)
        else:
            inside.append(Compared(published, model, "input" if world in published.input_of else "check"))
    return inside, outside


def _estimated(published: Published, history: History) -> float | None:
    """Return what a run has for a figure that an estimand is held against, or nothing where it has none."""
    if not history.run.first_year <= published.year <= history.run.last_year:
        return None
    found = estimate(history, [published.indicator], first_year=published.year, years=1)[published.indicator]
    return found.value if found.known else None


def model_value(published: Published, values: dict[tuple[int, str, str, str], float]) -> float | None:
    """Return what a run has for a figure, or nothing where it has none."""

    def of(year: int) -> float | None:
        parts = [values.get((year, published.indicator, published.group, level)) for level in published.levels]
        return sum(part for part in parts if part is not None) if any(part is not None for part in parts) else None

    year = published.year
    if published.indicator not in _STOCKS:
        return of(year)
    # The end of a year is the morning of the next 1 April.
    before, after = of(year - 1), of(year)
    if published.day == date(year, 4, 1) and not published.whole_year:
        return before
    if published.day + timedelta(1) == date(year + 1, 4, 1):
        return after
    if before is None or after is None:
        return None
    part = (published.day - date(year, 4, 1)) / (date(year + 1, 4, 1) - date(year, 4, 1))
    return before + part * (after - before)

"""Indicators: yearly figures of a run by area and group.

Each indicator is a row of ``indicators.csv``, which names the table of facts, the measure that is summed and the denominator. Sums
are taken in a fixed order, so that the same run gives the same bytes.

A total has a row in every cell of year, area and level, also where it is 0, so that a mean over rows is a mean over cells. A share or
a mean has a row where there is something to take it of. Totals are brought to all of England where the run is of a sample.
"""

from __future__ import annotations

import csv
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from stepdown.errors import InvariantError
from stepdown.evidence import institutions
from stepdown.evidence.staffing import SETTINGS
from stepdown.results.facts import FACTS, LIVED_IN, FactTables
from stepdown.results.layout import SCHEMA
from stepdown.vocabulary import ETHNICITIES, HOSPITAL, LEGAL, SECURE, SEXES, TIERS, words

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from stepdown.results.run import Results

__all__ = ["ENGLAND", "GROUPS", "INDICATORS", "SCHEMA", "UNSCALED", "Grid", "Indicator", "compute", "levels"]

ENGLAND = "England"
"""What stands in the column `area` for the whole country."""

GROUPS = {
    "all": "Everybody.",
    "tier": "Tier or kind of ward.",
    "sex": "Sex.",
    "ethnicity": "Ethnic group.",
    "diagnosis": "Primary diagnosis.",
    "legal status": "Legal status: on admission, on each day in a bed, or on leaving.",
    "place": "Where people are: at home, in supported accommodation, in prison, in each tier and ward, or absent.",
    "setting": "Where staff work: wards by tier and kind, supported accommodation, community teams.",
    "commissioner": "Commissioner of the beds.",
    "payer kind": "Kind of payer.",
    "spend": "What money was spent on.",
}
"""By what people, beds and money are told apart."""

_GROUPS = {
    "people": ("all", "tier", "sex", "ethnicity", "diagnosis", "legal status"),
    "personal": ("all", "sex", "ethnicity", "diagnosis"),
    "places": ("place",),
    "beds": ("all", "tier", "sex", "commissioner"),
    "units": ("all", "tier", "commissioner"),
    "areas": ("all",),
    "money": ("all", "payer kind", "spend"),
    "care": ("all", "payer kind"),
    "residents": ("all", "sex"),
    "staff": ("all", "setting"),
    "lives": ("all", "sex", "place"),
    "everybody": ("all",),
}


UNSCALED = ("share", "d")
"""Units that don't grow with the share of England that is simulated; a total in any other is brought to all of England."""


@cache
def levels(group: str, facts: str) -> tuple[str, ...]:
    """Return the levels of a group in which the indicators of one kind of facts are counted, whether anything happened there or not.

    Parameters
    ----------
    group
        A key of `GROUPS`.
    facts
        A key of `stepdown.results.facts.FACTS`.

    Examples
    --------
    >>> levels("tier", "discharges")
    ('high secure', 'medium secure', 'low secure')
    """
    if group == "tier":
        return {"residence": HOSPITAL, "discharges": SECURE}.get(facts, TIERS)
    if group == "commissioner":
        return tuple(commissioner.name for commissioner in institutions.load().commissioners)
    return {
        "all": ("all",),
        "sex": SEXES,
        "ethnicity": ETHNICITIES,
        "diagnosis": words("diagnosis"),
        "legal status": LEGAL,
        "payer kind": words("payer kind"),
        "spend": words("spend"),
        "place": LIVED_IN,
        "setting": SETTINGS,
    }[group]


@dataclass(frozen=True, slots=True)
class Indicator:
    """One indicator.

    Attributes
    ----------
    name
        As in the column `indicator`.
    unit
        Unit of the value; ``share`` is between 0 and 1.
    facts
        Which table of facts, a key of `stepdown.results.facts.FACTS`.
    measure
        Column of the facts that is added up.
    over
        Column of the facts that the sum is divided by; ``rows`` for the rows where the measure is known; empty for a total.
    groups
        By what it is told apart, keys of `GROUPS`.
    what
        What it means, one line.
    """

    name: str
    unit: str
    facts: str
    measure: str
    over: str
    groups: tuple[str, ...]
    what: str


def _read() -> tuple[Indicator, ...]:
    text = (files("stepdown.results") / "indicators.csv").read_text(encoding="utf-8")
    rows = csv.DictReader(text.splitlines())
    return tuple(
        Indicator(r["indicator"], r["unit"], r["facts"], r["measure"], r["over"], _GROUPS[r["groups"]], r["what"])
        for r in rows
    )


INDICATORS = _read()
"""Every indicator, in the order of the list."""


def _added(table: pa.Table, columns: Iterable[tuple[str, str]], keys: list[str]) -> pa.Table:
    """Add up columns by keys, in the order of the rows."""
    return table.group_by(keys, use_threads=False).aggregate(list(columns))


def _sums(facts: pa.Table, indicators: list[Indicator], keys: list[str]) -> pa.Table:
    """Add up what the indicators need, by the keys."""
    columns = {i.measure for i in indicators} | {i.over for i in indicators if i.over not in ("", "rows")}
    return _added(facts, [(name, how) for name in sorted(columns) for how in ("sum", "count")], keys)


def _whole(sums: pa.Table, keys: list[str]) -> pa.Table:
    """Add up the sums of areas to those of the whole country."""
    names = [name for name in sums.column_names if name not in (*keys, "area")]
    total = _added(sums, [(name, "sum") for name in names], keys)
    return total.rename_columns({f"{name}_sum": name for name in names})


@dataclass(frozen=True)
class Grid:
    """The cells of one kind of facts by one group, in England or in its areas, and where the rows of their sums lie among them."""

    indicators: Sequence[Indicator]
    group: str
    years: Sequence[int]
    areas: Sequence[str]
    levels: Sequence[str]
    share: float

    def rows(self, sums: pa.Table) -> Iterator[pa.Table]:
        """Yield the rows of each indicator, from the sums by year, area and level."""
        size = len(self.years) * len(self.areas) * len(self.levels)
        at = self._at(sums)
        year, area, level = np.unravel_index(np.arange(size), (len(self.years), len(self.areas), len(self.levels)))
        keys = {
            "year": pa.array(np.array(self.years, np.int32)[year]),
            "area": pa.array(self.areas, pa.string()).take(pa.array(area)),
            "group": pa.repeat(self.group, size),
            "level": pa.array(self.levels, pa.string()).take(pa.array(level)),
        }
        for indicator in self.indicators:
            value, denominator = np.zeros(size), np.zeros(size)
            value[at] = _floats(sums[f"{indicator.measure}_sum"])
            if indicator.over:
                over = f"{indicator.measure}_count" if indicator.over == "rows" else f"{indicator.over}_sum"
                denominator[at] = _floats(sums[over])
                known = denominator != 0
                value = np.divide(value, denominator, where=known, out=np.zeros(size))
            elif indicator.unit not in UNSCALED:
                value = value / self.share
            columns = {
                **keys,
                "indicator": pa.repeat(indicator.name, size),
                "value": pa.array(value),
                "denominator": pa.array(denominator) if indicator.over else pa.nulls(size, pa.float64()),
            }
            table = pa.table(columns).cast(SCHEMA)
            yield table.filter(pa.array(known)) if indicator.over else table

    def _at(self, sums: pa.Table) -> np.ndarray:
        """Return the cell of each row of the sums."""
        cell = np.zeros(sums.num_rows, np.int64)
        for key, allowed in (("year", self.years), ("area", self.areas), (self.group, self.levels)):
            there = pa.array(allowed, pa.int32() if key == "year" else pa.string())
            at = np.zeros(sums.num_rows, np.int64)
            if key in sums.column_names:
                rows = pc.index_in(sums[key].cast(there.type), there)
                if rows.null_count:
                    strange = sums[key].filter(pc.is_null(rows))[0].as_py()
                    message = f"indicators: {key}: {strange!r} is counted; allowed: {', '.join(map(str, allowed))}"
                    raise InvariantError(message)
                at = rows.to_numpy().astype(np.int64)
            cell = cell * len(allowed) + at
        return cell


def _floats(column: pa.ChunkedArray) -> np.ndarray:
    """Return numbers; 0 for what is missing, the sum of nothing."""
    return np.asarray(pc.fill_null(column.cast(pa.float64()), 0.0).to_numpy())


def _parts(name: str, world: FactTables) -> Iterator[pa.Table]:
    """Return the rows of the indicators that are made from one kind of facts."""
    mine = [i for i in INDICATORS if i.facts == name]
    facts = FACTS[name](world)
    keys = [k for k in ("year", "area", *GROUPS) if k in facts.column_names]
    for key in keys:
        if pa.types.is_dictionary(facts[key].type):
            facts = facts.set_column(facts.column_names.index(key), key, facts[key].cast(pa.string()))
    areas = tuple(area.name for area in institutions.load().areas)
    for group in GROUPS:
        asked = [i for i in mine if group in i.groups]
        if not asked:
            continue
        by = ["year"] if group == "all" else ["year", group]
        if "area" in keys:
            sums = _sums(facts, asked, [*by, "area"])
            parts = [(areas, sums), ((ENGLAND,), _whole(sums, by))]
        else:
            parts = [((ENGLAND,), _sums(facts, asked, by))]
        for where, sums in parts:
            grid = Grid(asked, group, world.years, where, levels(group, name), world.run.share)
            yield from grid.rows(sums)


def compute(run: Results) -> pa.Table:
    """Return every indicator of a run: year × area × group × level × indicator, with value and denominator.

    A total has no denominator, and a row in every cell: 0 where it never happened.
    """
    world = FactTables(run)
    # Several kinds of facts stand on these: make them once, before threads would each make their own.
    _ = world.people, world.spells, world.changes
    with ThreadPoolExecutor(pa.cpu_count()) as pool:
        # The most work first; the rows are sorted afterwards, whoever made them.
        order = sorted(FACTS, key=lambda name: name != "events")
        parts = pool.map(lambda name: list(_parts(name, world)), order)
        table = pa.concat_tables([part for some in parts for part in some])
    keys = ["indicator", "group", "level", "area", "year"]
    return table.take(pc.sort_indices(table, sort_keys=[(key, "ascending") for key in keys])).combine_chunks()

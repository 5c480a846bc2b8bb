"""Indicators: yearly figures of a run by area and group.

Each indicator is a row of ``indicators.csv``, which names the table of facts, the measure that is summed and the denominator. Sums
are taken in a fixed order, so that the same run gives the same bytes.
"""

from __future__ import annotations

import csv
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from importlib.resources import files
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from stepdown.results.facts import FACTS, FactTables
from stepdown.results.layout import SCHEMA

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from stepdown.results.run import Results

__all__ = ["ENGLAND", "GROUPS", "INDICATORS", "SCHEMA", "Indicator", "compute"]

ENGLAND = "England"
"""What stands in the column `area` for the whole country."""

GROUPS = {
    "all": "Everybody.",
    "tier": "Tier or kind of ward.",
    "sex": "Sex.",
    "ethnicity": "Ethnic group.",
    "diagnosis": "Primary diagnosis.",
    "legal status": "Legal status at the start of the spell.",
    "commissioner": "Commissioner of the beds.",
    "payer kind": "Kind of payer.",
    "spend": "What money was spent on.",
}
"""By what people, beds and money are told apart."""

_GROUPS = {
    "people": ("all", "tier", "sex", "ethnicity", "diagnosis", "legal status"),
    "personal": ("all", "sex", "ethnicity", "diagnosis"),
    "beds": ("all", "tier", "sex", "commissioner"),
    "money": ("all", "payer kind", "spend"),
    "care": ("all", "payer kind"),
    "residents": ("all", "sex"),
    "everybody": ("all",),
}


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


def _rows(sums: pa.Table, indicator: Indicator, group: str, area: str | None) -> pa.Table:
    """Return the rows of one indicator from the sums by year, area and group."""
    value = sums[f"{indicator.measure}_sum"].cast(pa.float64())
    denominator = pa.nulls(sums.num_rows, pa.float64())
    if indicator.over:
        name = f"{indicator.measure}_count" if indicator.over == "rows" else f"{indicator.over}_sum"
        denominator = sums[name].cast(pa.float64())
        value = pc.divide(value, denominator)
    columns = {
        "year": sums["year"].cast(pa.int32()),
        "area": pa.repeat(area, sums.num_rows) if area else sums["area"],
        "group": pa.repeat(group, sums.num_rows),
        "level": pa.repeat("all", sums.num_rows) if group == "all" else sums[group],
        "indicator": pa.repeat(indicator.name, sums.num_rows),
        "value": value,
        "denominator": denominator,
    }
    known = pc.is_finite(value) if indicator.over else pc.is_valid(value)
    return pa.table(columns).filter(pc.fill_null(known, fill_value=False)).cast(SCHEMA)


def _parts(name: str, world: FactTables) -> Iterator[pa.Table]:
    """Return the rows of the indicators that are made from one kind of facts."""
    mine = [i for i in INDICATORS if i.facts == name]
    facts = FACTS[name](world)
    keys = [k for k in ("year", "area", *GROUPS) if k in facts.column_names]
    for key in keys:
        if pa.types.is_dictionary(facts[key].type):
            facts = facts.set_column(facts.column_names.index(key), key, facts[key].cast(pa.string()))
    for group in GROUPS:
        asked = [i for i in mine if group in i.groups]
        if not asked:
            continue
        by = ["year"] if group == "all" else ["year", group]
        if "area" in keys:
            sums = _sums(facts, asked, [*by, "area"])
            yield from (_rows(sums, indicator, group, None) for indicator in asked)
            sums = _whole(sums, by)
        else:
            sums = _sums(facts, asked, by)
        yield from (_rows(sums, indicator, group, ENGLAND) for indicator in asked)


def compute(run: Results) -> pa.Table:
    """Return every indicator of a run: year × area × group × level × indicator, with value and denominator.

    A total has no denominator. What never happened has no row.
    """
    world = FactTables(run)
    # Several kinds of facts stand on these: make them once, before threads would each make their own.
    _ = world.people, world.spells
    with ThreadPoolExecutor(pa.cpu_count()) as pool:
        # The most work first; the rows are sorted afterwards, whoever made them.
        order = sorted(FACTS, key=lambda name: name != "events")
        parts = pool.map(lambda name: list(_parts(name, world)), order)
        table = pa.concat_tables([part for some in parts for part in some])
    keys = ["indicator", "group", "level", "area", "year"]
    return table.take(pc.sort_indices(table, sort_keys=[(key, "ascending") for key in keys])).combine_chunks()

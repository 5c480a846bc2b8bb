"""Which tables and files a run has, and what their columns hold, in words: so that what is otherwise is refused before it is used."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import pyarrow as pa

from stepdown import _core

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = [
    "OWN",
    "PERSONAL",
    "SCENARIO",
    "SCHEMA",
    "TABLES",
    "YEARLY",
    "files_of_export",
    "files_of_run",
    "gap",
    "layout",
    "misfit",
]

SCENARIO = "scenario.toml"
"""What was run, with everything that it inherits."""

YEARLY = ("events", "spells", "people", "daily", "areas")
"""Tables with one Arrow file for each financial year."""

SMALL = (
    "ledger",
    "accounts",
    "contracts",
    "goals",
    "gaming",
    "wards",
    "programmes",
    "budgets",
    "refusals",
    "orders",
    "population",
    "wellbeing",
)
"""Tables of which a run has one file."""

TABLES = (*YEARLY, *SMALL, "indicators")
"""Tables of a run."""

OWN = ("own_patients", "own_agents")
"""Tables with one Arrow file for each financial year, in a run whose agents have columns or attributes of their own."""

PERSONAL = ("events", "spells", "people", "own_patients")
"""Tables with a row per event, stay or person: no rounding makes them safe, so they are left out where it is asked for."""


def files_of_run(years: Iterable[int], own: Iterable[str] = ()) -> dict[str, str | None]:
    """Return the files that a run of some financial years has, each with its table; a text has none.

    Examples
    --------
    >>> [name for name in files_of_run([2024]) if "/" not in name][1:5]
    ['ledger.parquet', 'accounts.parquet', 'contracts.parquet', 'goals.parquet']
    """
    years = list(years)
    yearly: dict[str, str | None] = {f"{table}/{year}.arrow": table for table in (*YEARLY, *own) for year in years}
    return {SCENARIO: None} | yearly | {f"{table}.parquet": table for table in TABLES if table not in YEARLY}


def files_of_export(years: Iterable[int], own: Iterable[str] = (), *, rounded: bool = False) -> dict[str, str | None]:
    """Return the files that an export of such a run has, each with its table.

    Examples
    --------
    >>> list(files_of_export([2024], rounded=True))[:2]
    ['daily/2024.parquet', 'areas/2024.parquet']
    """
    return {
        f"{name.removesuffix('.arrow').removesuffix('.parquet')}.parquet": table
        for name, table in files_of_run(years, own).items()
        if table is not None and not (rounded and table in PERSONAL)
    }


SCHEMA = pa.schema(
    [
        pa.field(name, kind, nullable=name == "denominator", metadata={"description": what, "unit": unit})
        for name, kind, unit, what in (
            ("year", pa.int32(), "financial year", "Financial year, named by its 1 April."),
            ("area", pa.string(), "word", "Area, or 'England'."),
            ("group", pa.string(), "word", "By what people, beds or money are told apart."),
            ("level", pa.string(), "word", "Which of the group; 'all' in the group 'all'."),
            ("indicator", pa.string(), "word", "What is measured."),
            ("value", pa.float64(), "of the indicator", "The measure."),
            ("denominator", pa.float64(), "of the indicator", "Over how much it was taken; missing for a total."),
        )
    ]
)
"""Columns of the table of indicators."""

_LAYOUTS = (
    ("unsigned whole number", pa.types.is_unsigned_integer),
    ("whole number", pa.types.is_signed_integer),
    ("number", pa.types.is_floating),
    ("date", pa.types.is_date),
    ("flag", pa.types.is_boolean),
    ("word", pa.types.is_string),
)


def layout(kind: pa.DataType) -> str:
    """Return what a column holds: word, whole number, number, date or flag; its type, if none of them."""
    if pa.types.is_dictionary(kind):
        kind = kind.value_type
    return next((word for word, holds in _LAYOUTS if holds(kind)), str(kind))


@cache
def _columns() -> dict[str, dict[str, tuple[str, bool]]]:
    """Return what each column of each table holds, and whether it may be missing, as the schema says."""
    words = {"dictionary<": "word", "utf8": "word", "int": "whole number", "float": "number"}
    words |= {"date": "date", "bool": "flag"}
    return {
        table["table"]: {
            column["name"]: (
                next(word for start, word in words.items() if column["type"].startswith(start)),
                column["nullable"],
            )
            for column in table["columns"]
        }
        for table in _core.schema()
    } | {"indicators": {field.name: (layout(field.type), field.nullable) for field in SCHEMA}}


def misfit(table: str, found: pa.Schema) -> str | None:
    """Return the first column of the schema that a table lacks, or has with other things in it, as a sentence; nothing if it fits.

    A table that the schema doesn't know, one with user columns, may be as it is.

    Examples
    --------
    >>> misfit("indicators", SCHEMA.remove(1))
    'column area is missing; allowed: word, as stepdown schema says'
    """
    for column, (wanted, _) in _columns().get(table, {}).items():
        there = layout(found.field(column).type) if found.names.count(column) == 1 else "missing"
        if there != wanted:
            return f"column {column} is {there}; allowed: {wanted}, as stepdown schema says"
    return None


def gap(table: str, rows: pa.Table) -> str | None:
    """Return the first column with missing values that may have none, as a sentence; nothing if there is none.

    Examples
    --------
    >>> gap("indicators", pa.table({"year": pa.array([2024, None]), "denominator": pa.array([None, 1.0])}))
    'column year has 1 missing value; allowed: none, as stepdown schema says'
    """
    for column, (_, may_be_missing) in _columns().get(table, {}).items():
        if may_be_missing or column not in rows.column_names:
            continue
        if count := _missing(rows[column]):
            plural = "" if count == 1 else "s"
            return f"column {column} has {count} missing value{plural}; allowed: none, as stepdown schema says"
    return None


def _missing(column: pa.ChunkedArray) -> int:
    """Return how many values are missing, also where a dictionary has a word that is missing."""
    if not pa.types.is_dictionary(column.type) or not any(chunk.dictionary.null_count for chunk in column.chunks):
        return int(column.null_count)
    return int(column.cast(column.type.value_type).null_count)

"""What the columns of each table hold, in words: so that a table with other things in it is refused before it is used."""

from __future__ import annotations

from functools import cache

import pyarrow as pa

from stepdown import _core

__all__ = ["SCHEMA", "columns_of", "layout"]

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
    ("whole number", pa.types.is_integer),
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
def columns_of() -> dict[str, dict[str, str]]:
    """Return what each column of each table holds, as the schema says."""
    words = {"dictionary<": "word", "utf8": "word", "uint": "whole number", "int": "whole number", "float": "number"}
    words |= {"date": "date", "bool": "flag"}
    return {
        table["table"]: {
            column["name"]: next(word for start, word in words.items() if column["type"].startswith(start))
            for column in table["columns"]
        }
        for table in _core.schema()
    } | {"indicators": {field.name: layout(field.type) for field in SCHEMA}}

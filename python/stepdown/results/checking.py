"""What invariants have in common: columns as numbers, the first row that is wrong, days and sums."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from stepdown.results.facts import EPOCH, first_day

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from stepdown.results.run import Results

__all__ = ["Breaches", "first_row", "iso_day", "span_of", "sums_by", "whole_numbers", "years_of"]

Breaches = Iterator[tuple[str, str]]
"""Files, and what was found in them."""


def whole_numbers(table: pa.Table, name: str) -> NDArray[np.int64]:
    """Return a column of whole numbers or of days since 1970."""
    column = table[name]
    if pa.types.is_date32(column.type):
        column = column.cast(pa.int32())
    return np.asarray(column.to_numpy(), dtype=np.int64)


def first_row(wrong: NDArray[np.bool_]) -> int | None:
    """Return the first row that is wrong."""
    return int(np.argmax(wrong)) if wrong.any() else None


def iso_day(days: int) -> str:
    """Return a day [d since 1970] as YYYY-MM-DD."""
    return str(np.datetime64(int(days), "D"))


def span_of(run: Results, year: int) -> tuple[int, int]:
    """Return the first day of a reported year and the day after its last [d since 1970]."""
    return max(first_day(year), run.start_day - EPOCH), min(first_day(year + 1), run.end_day - EPOCH)


def years_of(run: Results) -> range:
    """Return the reported years."""
    return range(run.first_year, run.last_year + 1)


def sums_by(table: pa.Table, keys: Sequence[str], what: str = "pence") -> dict[tuple[Any, ...], int]:
    """Return pence, or what else, by keys, without what comes to nothing."""
    words = {key: table[key].cast(pa.string()) for key in keys if pa.types.is_dictionary(table[key].type)}
    plain = pa.table({key: words.get(key, table[key]) for key in keys} | {"sum of": table[what]})
    rows = plain.group_by(list(keys), use_threads=False).aggregate([("sum of", "sum")]).to_pylist()
    return {tuple(row[key] for key in keys): row["sum of_sum"] for row in rows if row["sum of_sum"]}

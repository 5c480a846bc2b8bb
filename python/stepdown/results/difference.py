"""Finds the first difference between two runs: file, row and column, with both values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from stepdown.errors import CorruptError
from stepdown.results.run import OWN, TABLES, digest, read_file

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["Difference", "differing", "parting", "same_values"]

ALL = (*TABLES, *OWN)

SHOWN = 80
"""Longest line of text that a sentence shows [characters]."""


@dataclass(frozen=True)
class Difference:
    """The first difference between two files.

    Attributes
    ----------
    file
        Name of the file.
    row
        First row that differs, counted from 0; of a text, the line; missing where the rows are equal or can't be compared.
    column
        First column that differs in that row, if there is one.
    found
        What the one run has there.
    again
        What the other run has there.
    """

    file: str
    row: int | None
    column: str | None
    found: Any
    again: Any

    def __str__(self) -> str:
        place = "" if self.row is None else f", row {self.row}"
        place += f", {self.column}" if self.column else ""
        return f"{self.file}{place}: the run has {self.found}; run again it has {self.again}"


def _order(name: str) -> tuple[str, int, str]:
    """Return the order in which to look: texts, then year by year in the order of the tables, then what is made from them."""
    table, _, year = name.removesuffix(".parquet").partition("/")
    number = ALL.index(table) if table in ALL else -1
    return ("" if number < 0 else year or "~", number, name)


def differing(one: Path, other: Path, names: set[str]) -> list[str]:
    """Return which of the files differ in their bytes or are there only once, in the order of time."""

    def bytes_of(path: Path) -> str | None:
        return digest(path) if path.is_file() else None

    return [name for name in sorted(names, key=_order) if bytes_of(one / name) != bytes_of(other / name)]


def parting(one: Path, other: Path, name: str) -> Difference:
    """Return the first difference between two files of the same name whose bytes differ."""
    for folder, found, again in ((one, "no such file", "one"), (other, "a file", "none")):
        if not (folder / name).is_file():
            return Difference(name, None, None, found, again)
    if name.endswith((".arrow", ".parquet")):
        try:
            return _tables(name, read_file(one / name), read_file(other / name))
        except CorruptError as error:
            said = str(error).removeprefix(f"{one / name}: ")
            return Difference(name, None, None, f"a file that can't be read ({said})", "one that can")
    return _texts(name, (one / name).read_bytes(), (other / name).read_bytes())


def same_values(one: Path, other: Path, name: str) -> str | None:
    """Say why two Parquet files with other bytes hold the same, or nothing if they don't, or aren't Parquet.

    The bytes of Parquet files are pyarrow's, and differ from one version of it to the next: the name of the writer at least. Values,
    types, missing values and what is said of each column must be the same.
    """
    if not name.endswith(".parquet") or not (one / name).is_file() or not (other / name).is_file():
        return None
    found, again = read_file(one / name), read_file(other / name)
    if not found.schema.equals(again.schema, check_metadata=True) or not _equal(found, again):
        return None
    writers = [str(pq.read_metadata(folder / name).created_by) for folder in (one, other)]
    if writers[0] == writers[1]:
        return f"{name}: other bytes with the same values: {writers[0]} wrote both, built or set in other ways"
    return f"{name}: other bytes with the same values: {writers[0]} wrote the one, {writers[1]} the other"


def _equal(one: pa.Table, other: pa.Table) -> bool:
    """Return whether two tables of one schema have the same rows; numbers that aren't equal those that aren't."""
    if one.num_rows != other.num_rows:
        return False
    pairs = zip(one.columns, other.columns, strict=True)
    return all(_first_apart(column, again) is None for column, again in pairs)


def _tables(name: str, one: pa.Table, other: pa.Table) -> Difference:
    if one.column_names != other.column_names:
        return Difference(name, None, None, f"columns {', '.join(one.column_names)}", ", ".join(other.column_names))
    common = min(one.num_rows, other.num_rows)
    first = common
    column = None
    for label in one.column_names:
        row = _first_apart(one[label].slice(0, first), other[label].slice(0, first))
        if row is not None:
            first, column = row, label
    if column is not None:
        return Difference(name, first, column, one[column][first].as_py(), other[column][first].as_py())
    if one.num_rows != other.num_rows:
        return Difference(name, common, None, f"{one.num_rows} rows", f"{other.num_rows} rows")
    return Difference(name, None, None, "the same rows in other bytes", "its own")


def _first_apart(one: pa.ChunkedArray, other: pa.ChunkedArray) -> int | None:
    """Return the first row in which two columns differ; missing equals missing."""
    if pa.types.is_dictionary(one.type):
        one = one.cast(one.type.value_type)
    if pa.types.is_dictionary(other.type):
        other = other.cast(other.type.value_type)
    if one.type != other.type:
        return 0 if len(one) else None
    missing = pc.and_(pc.is_null(one), pc.is_null(other))
    if pa.types.is_floating(one.type):
        missing = pc.or_(missing, pc.fill_null(pc.and_kleene(pc.is_nan(one), pc.is_nan(other)), fill_value=False))
    same = pc.fill_null(pc.or_kleene(pc.equal(one, other), missing), fill_value=False)
    row = pc.index(same, value=pa.scalar(False)).as_py()
    return None if row < 0 else row


def _texts(name: str, one: bytes, other: bytes) -> Difference:
    lines = one.decode("utf-8", "backslashreplace").splitlines(), other.decode("utf-8", "backslashreplace").splitlines()
    for row, (found, again) in enumerate(zip(*lines, strict=False)):
        if found != again:
            return Difference(name, row, None, repr(found[:SHOWN]), repr(again[:SHOWN]))
    return Difference(name, min(map(len, lines)), None, f"{len(lines[0])} lines", f"{len(lines[1])} lines")

"""Conventions of health economics: the discount rate and what a QALY is worth, from ``tables/economics.csv``.

Nothing in a run depends on them, and draws don't vary them: they are chosen, not found out.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from stepdown.errors import EvidenceError
from stepdown.evidence.loader import FOLDER, check_source, number, read_rows, read_sources

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

__all__ = ["conventions"]

IDS = {"economics.discount": "1/a", "economics.threshold": "£/QALY", "economics.threshold_greatest": "£/QALY"}
"""What must be there, with its unit."""

COLUMNS = ("id", "value", "unit", "low", "high", "source", "confidence", "name", "note")


@cache
def conventions(folder: Path = FOLDER) -> Mapping[str, float]:
    """Return the conventions by id, in the units of `IDS`.

    Raises
    ------
    EvidenceError
        One is missing, strange, or beyond its range.

    Examples
    --------
    >>> conventions()["economics.discount"]
    0.035
    """
    sources = read_sources(folder)
    found: dict[str, float] = {}
    for line, row in read_rows(folder / "tables" / "economics.csv", COLUMNS):
        where = f"tables/economics.csv:{line}"
        if IDS.get(row["id"]) != row["unit"] or row["id"] in found:
            said = ", ".join(f"{id} in {unit}" for id, unit in IDS.items())
            raise EvidenceError(f"{where}: {row['id']} in {row['unit']}; allowed: each once of {said}")
        low, value, high = (number(row[column], f"{where}: {column}") for column in ("low", "value", "high"))
        if not 0.0 <= low <= value <= high:
            raise EvidenceError(
                f"{where}: value: {value:g} with the range {low:g} to {high:g}; allowed: within the range"
            )
        check_source(row["source"], row["note"], sources, where)
        found[row["id"]] = value
    if lacking := [id for id in IDS if id not in found]:
        raise EvidenceError(f"tables/economics.csv: {lacking[0]} is missing")
    return found

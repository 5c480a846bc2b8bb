"""Staff who are needed for a bed, a place or a person on a team's list, by profession: ``tables/staffing.csv`` and ``vacancies.csv``.

They are full-time posts. Nothing in a run depends on them: they turn the people of a run into the staff that they need.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from stepdown.errors import EvidenceError
from stepdown.evidence.loader import FOLDER, check_source, number, read_rows, read_sources

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

__all__ = ["ROLES", "SETTINGS", "TEAMS", "staffing", "vacancies"]

ROLES = ("psychiatrist", "nurse", "support worker", "psychologist", "occupational therapist", "social worker")
"""Professions; nurses are registered, support workers are not."""

WARDS = (
    "high secure",
    "medium secure",
    "low secure",
    "PICU",
    "acute ward",
    "open rehabilitation",
    "locked rehabilitation",
    "supported accommodation",
)
"""Settings that are places where people live."""

TEAMS = ("forensic team", "mainstream team")
"""Settings that follow people up."""

SETTINGS = (*WARDS, *TEAMS)
"""Settings in which staff work."""


def _rows(name: str, value: str, keys: tuple[str, ...], folder: Path) -> Iterator[tuple[str, dict[str, str], float]]:
    """Yield the rows of a table: where it is, what it says, and its value, which lies in its range."""
    sources = read_sources(folder)
    columns = (*keys, value, "low", "high", "source", "confidence", "note")
    for line, row in read_rows(folder / "tables" / f"{name}.csv", columns):
        where = f"tables/{name}.csv:{line}"
        low, at, high = (number(row[column], f"{where}: {column}") for column in ("low", value, "high"))
        if not 0.0 <= low <= at <= high:
            raise EvidenceError(
                f"{where}: {value}: {row[value]} with the range {row['low']} to {row['high']}; allowed: 0 or more, within the range"
            )
        check_source(row["source"], row["note"], sources, where)
        yield where, row, at


@cache
def staffing(folder: Path = FOLDER) -> Mapping[str, Mapping[str, float]]:
    """Return full-time staff for one person in a setting, by setting and role [WTE].

    Examples
    --------
    >>> round(sum(staffing()["medium secure"].values()), 2)
    1.98
    """
    found: dict[str, dict[str, float]] = {setting: {} for setting in SETTINGS}
    for where, row, at in _rows("staffing", "staff", ("setting", "role"), folder):
        if row["setting"] not in found or row["role"] not in ROLES or row["role"] in found[row["setting"]]:
            raise EvidenceError(
                f"{where}: {row['setting']}, {row['role']}; allowed: each once of {', '.join(SETTINGS)} and {', '.join(ROLES)}"
            )
        found[row["setting"]][row["role"]] = at
    lacking = [f"{setting}, {role}" for setting in SETTINGS for role in ROLES if role not in found[setting]]
    if lacking:
        raise EvidenceError(f"tables/staffing.csv: {lacking[0]} is missing")
    return found


@cache
def vacancies(folder: Path = FOLDER) -> Mapping[str, float]:
    """Return the share of posts that are vacant in England, by role, for the roles of which it is published.

    Examples
    --------
    >>> vacancies()["nurse"]
    0.2
    """
    found = {}
    for where, row, at in _rows("vacancies", "vacant", ("role",), folder):
        if row["role"] not in ROLES or at > 1.0:
            raise EvidenceError(
                f"{where}: {row['role']}: {row['vacant']}; allowed: a share up to 1 of {', '.join(ROLES)}"
            )
        found[row["role"]] = at
    return found

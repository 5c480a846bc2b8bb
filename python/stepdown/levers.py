"""Levers: what a scenario may change, from which day, how fast and where.

`evidence/tables/levers.csv` lists them. The target of a lever is an attribute of a kind of agent (`commissioner.limit`), a level of
the population in a financial year (`population.arrests`), or `lever` for a value that choices and hazards read under its own name,
neutral at 0.
"""

import math
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from stepdown.errors import EvidenceError
from stepdown.evidence.loader import FOLDER, number, read_rows, read_units, unit_of
from stepdown.numbers import comma

HOW = ("set", "scale", "add")
REACH = ("", "collaboratives")


@dataclass(frozen=True, slots=True)
class Lever:
    """A lever.

    Attributes
    ----------
    name
        Key in a scenario, under ``levers``.
    target
        ``kind.attribute`` of agents, ``population.level``, or ``lever``.
    how
        ``set`` the value itself; ``scale`` a factor on what is there; ``add`` a total, shared out in proportion.
    unit, low, high
        Unit and bounds of the value.
    words
        For codes: the words that stand for 0, 1, ...
    reach
        Whom a step without areas reaches: ``collaboratives``, or everybody where it is empty.
    meaning
        One line.
    binds
        What limits its effect, where that was measured on all of England; else empty.
    """

    name: str
    target: str
    how: str
    unit: str
    low: float
    high: float
    words: tuple[str, ...]
    reach: str
    meaning: str
    binds: str

    @property
    def engine(self) -> bool:
        """Whether choices and hazards read it under its own name."""
        return self.target == "lever"

    @property
    def level(self) -> str | None:
        """Level of the population that it scales, if it does."""
        kind, _, level = self.target.partition(".")
        return level if kind == "population" else None

    def read(self, value: float | str) -> float:
        """Return a value as a number, within the lever's bounds.

        Raises
        ------
        ValueError
            If the value is no number, not one of the words, or out of bounds.
        """
        if isinstance(value, str):
            if value in self.words:
                return float(self.words.index(value))
            allowed = ", ".join(self.words) if self.words else f"a number [{self.unit}]"
            message = f"{value!r}; allowed: {allowed}{comma(value)}"
            raise ValueError(message)
        if not (math.isfinite(value) and self.low <= value <= self.high):
            message = f"{value:g}; allowed: {self.low:g} to {self.high:g} [{self.unit}]"
            raise ValueError(message)
        if self.unit in ("flag", "code") and value != int(value):
            message = f"{value:g}; allowed: whole numbers from {self.low:g} to {self.high:g}"
            raise ValueError(message)
        return float(value)


@cache
def load(folder: Path = FOLDER) -> dict[str, Lever]:
    """Read the levers by name.

    Raises
    ------
    EvidenceError
        If a row can't be used.
    """
    units = read_units(folder)
    levers: dict[str, Lever] = {}
    columns = ("name", "target", "how", "unit", "low", "high", "words", "reach", "meaning", "binds")
    for line, row in read_rows(folder / "tables" / "levers.csv", columns):
        where = f"tables/levers.csv:{line}"
        if row["how"] not in HOW:
            message = f"{where}: how: {row['how']!r}; allowed: {', '.join(HOW)}"
            raise EvidenceError(message)
        if row["reach"] not in REACH:
            message = f"{where}: reach: {row['reach']!r}; allowed: nothing, or {REACH[1]}"
            raise EvidenceError(message)
        if unit_of(row["unit"], units) is None:
            message = f"{where}: unit: {row['unit']!r} is not declared in dimensions.csv"
            raise EvidenceError(message)
        if row["name"] in levers:
            message = f"{where}: name: {row['name']} is declared twice"
            raise EvidenceError(message)
        levers[row["name"]] = Lever(
            name=row["name"],
            target=row["target"],
            how=row["how"],
            unit=row["unit"],
            low=number(row["low"], f"{where}: low"),
            high=number(row["high"], f"{where}: high"),
            words=tuple(row["words"].split("|")) if row["words"] else (),
            reach=row["reach"],
            meaning=row["meaning"],
            binds=row["binds"],
        )
    return levers

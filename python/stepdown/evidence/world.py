"""The worlds in which a run can start: the evidence for one year, and what differed in another.

The evidence describes one world. A folder ``worlds/NAME`` says how another differs: its ``parameters.csv`` replaces or scales
values, and each table in its ``tables/`` replaces the table of that name. Everything else is inherited.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import cache
from pathlib import Path

from stepdown.errors import EvidenceError
from stepdown.evidence.loader import (
    CONFIDENCES,
    FOLDER,
    Evidence,
    Parameter,
    check_source,
    nearest,
    number,
    read_rows,
    unit_of,
)
from stepdown.evidence.loader import load as load_evidence

HOW = ("set", "scale")
COLUMNS = ("id", "how", "value", "low", "high", "source", "confidence", "note")
REPLACED = ("ethnicity", "fertility", "illness_areas", "life_table", "migration", "population", "sentences", "years")
"""Tables that a world may have of its own: those of the population."""


@dataclass(frozen=True, slots=True)
class World:
    """A world that a run can start in.

    Attributes
    ----------
    name
        As in the key `world` of a scenario.
    day
        The day that its people, prisoners and patients are those of.
    title, note
        What it is.
    """

    name: str
    day: date
    title: str
    note: str


@cache
def worlds(folder: Path = FOLDER) -> dict[str, World]:
    """Read the worlds by name; the first is that of the evidence itself.

    Raises
    ------
    EvidenceError
        If a row can't be used.

    Examples
    --------
    >>> list(worlds())
    ['2024', '2013']
    """
    found: dict[str, World] = {}
    for line, row in read_rows(folder / "worlds" / "worlds.csv", ("name", "day", "title", "note")):
        try:
            day = date.fromisoformat(row["day"])
        except ValueError:
            raise EvidenceError(f"worlds/worlds.csv:{line}: day: {row['day']!r} is not a date (YYYY-MM-DD)") from None
        if row["name"] in found:
            raise EvidenceError(f"worlds/worlds.csv:{line}: name: {row['name']} is declared twice")
        found[row["name"]] = World(row["name"], day, row["title"], row["note"])
    return found


def table(name: str, world: str, folder: Path = FOLDER) -> Path:
    """Return where a table of the population is, in a world."""
    own = folder / "worlds" / world / "tables" / f"{name}.csv"
    return own if own.is_file() else folder / "tables" / f"{name}.csv"


def over(evidence: Evidence, world: str, folder: Path = FOLDER) -> Evidence:
    """Return evidence as it is in a world: its figures in the place of those that were there, its factors on them.

    So a draw of the evidence varies what a world inherits, and what it scales; its own figures stay.

    Raises
    ------
    EvidenceError
        If there is no such world, or a row of it can't be used.
    """
    known = worlds(folder)
    if world not in known:
        raise EvidenceError(f"world: {world!r} is not known; allowed: {', '.join(known)}{nearest(world, known)}")
    own = folder / "worlds" / world
    for path in sorted((own / "tables").glob("*.csv")):
        if path.stem not in REPLACED:
            raise EvidenceError(
                f"worlds/{world}/tables/{path.name}: a world has no such table; allowed: {', '.join(REPLACED)}"
            )
    if not (own / "parameters.csv").is_file():
        return evidence
    changed: dict[str, Parameter] = {}
    for line, row in read_rows(own / "parameters.csv", COLUMNS):
        where = f"worlds/{world}/parameters.csv:{line}"
        parameter = _parameter(row, evidence, where)
        if parameter.id in changed:
            raise EvidenceError(f"{where}: id: {parameter.id} is already at line {changed[parameter.id].line}")
        changed[parameter.id] = replace(parameter, file=f"worlds/{world}/parameters.csv", line=line)
    return replace(evidence, parameters={**evidence.parameters, **changed})


@cache
def load(world: str, folder: Path = FOLDER) -> Evidence:
    """Read the evidence of a world.

    Raises
    ------
    EvidenceError
        If there is no such world, or a row of it can't be used.

    Examples
    --------
    >>> load("2013").value("institution.beds.medium")
    3500.0
    """
    loaded = load_evidence() if folder == FOLDER else load_evidence(folder)  # one reading of the project's own
    return over(loaded, world, folder)


def _parameter(row: Mapping[str, str], evidence: Evidence, where: str) -> Parameter:
    """Return a parameter as it is in a world."""
    id = row["id"]
    if id not in evidence.parameters:
        raise EvidenceError(f"{where}: id: {id!r} is not known{nearest(id, evidence.parameters)}")
    where = f"{where}: {id}"
    base = evidence[id]
    if row["how"] not in HOW:
        raise EvidenceError(f"{where}: how: {row['how']!r}; allowed: {', '.join(HOW)}")
    if row["confidence"] not in CONFIDENCES:
        raise EvidenceError(f"{where}: confidence: {row['confidence']!r}; allowed: {', '.join(CONFIDENCES)}")
    check_source(row["source"], row["note"], evidence.sources, where)
    value, low, high = (number(row[key], f"{where}: {key}") for key in ("value", "low", "high"))
    if not low <= value <= high:
        raise EvidenceError(f"{where}: value: {value:g} lies outside its range {low:g} to {high:g}")
    if row["how"] == "scale":
        ends = sorted((base.value * low, base.value * high))
        value, low, high = base.value * value, ends[0], ends[1]
    unit = unit_of(base.unit, evidence.units)
    assert unit is not None, "units are checked when parameters are read"
    if low < unit.low or high > unit.high:
        raise EvidenceError(
            f"{where}: range {low:g} to {high:g} is impossible in {unit.symbol}; allowed: {unit.low:g} to {unit.high:g}"
        )
    shape = "fixed" if low == high else "uniform" if base.distribution == "fixed" else base.distribution
    return replace(
        base,
        value=value,
        low=low,
        high=high,
        distribution=shape,
        source=row["source"],
        confidence=row["confidence"],
        note=row["note"],
    )

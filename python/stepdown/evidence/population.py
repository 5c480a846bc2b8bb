"""Compiles the population's tables: who lives where at the start, and the rates at which lives change by age and sex."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from stepdown.errors import EvidenceError
from stepdown.evidence.loader import FOLDER, nearest, number, read_rows

AGES = 101
"""Ages 0 to 99, and 100 and over."""

SEXES = ("male", "female")
ETHNICITIES = ("white", "asian", "black", "mixed", "other")
OFFENCES = ("murder", "violence", "sexual", "robbery", "theft", "arson", "drugs", "weapons", "public order", "other")


def _steps(path: Path, key: tuple[str, ...], values: Sequence[str]) -> dict[tuple[str, ...], list[list[float]]]:
    """Read rates by age range into one list by single age for each value, for each key; ages outside are 0."""
    found: dict[tuple[str, ...], list[list[float]]] = {}
    for line, row in read_rows(path, (*key, "age_from", "age_to", *values)):
        ages = range(int(row["age_from"]), int(row["age_to"]) + 1)
        lists = found.setdefault(tuple(row[k] for k in key), [[0.0] * AGES for _ in values])
        for rates, value in zip(lists, values, strict=True):
            for age in ages:
                rates[age] = number(row[value], f"tables/{path.name}:{line}: {value}")
    return found


def _by_area(path: Path, areas: Sequence[str], found: dict[str, Any]) -> list[Any]:
    """Return the rows in the order of `areas`, or name the area that the file lacks."""
    for area in areas:
        if area not in found:
            raise EvidenceError(f"tables/{path.name}: the area {area!r} is missing{nearest(area, found)}")
    return [found[area] for area in areas]


def population_plan(areas: Sequence[str], *, folder: Path = FOLDER) -> dict[str, Any]:
    """Compile the tables of the population.

    Parameters
    ----------
    areas
        Names of the areas, in the order of the plan.
    folder
        Where the evidence is.

    Returns
    -------
    dict
        The part ``population`` of the plan: lists by area, sex and single age (0 to 100), hazards per person-year.

    Raises
    ------
    EvidenceError
        If a table is missing, lacks an area, or holds something that is not a number.
    """
    tables = folder / "tables"

    path = tables / "population.csv"
    ages = [str(age) for age in range(AGES)]
    persons: dict[str, list[list[int]]] = {}
    for line, row in read_rows(path, ("area", "sex", *ages)):
        counts = [int(number(row[age], f"tables/population.csv:{line}: {age}")) for age in ages]
        persons.setdefault(row["area"], [[], []])[SEXES.index(row["sex"])] = counts
    residents = _by_area(path, areas, persons)

    mortality: list[list[float]] = [[], []]
    for line, row in read_rows(tables / "life_table.csv", ("sex", "age", "mortality", "expectation")):
        mortality[SEXES.index(row["sex"])].append(number(row["mortality"], f"tables/life_table.csv:{line}: mortality"))

    fertility = _steps(tables / "fertility.csv", (), ("births_per_woman_year",))[()][0]
    arrivals, departures, moves = _migration(tables / "migration.csv")

    path = tables / "ethnicity.csv"
    mixes: dict[str, list[float]] = {}
    for line, row in read_rows(path, ("area", "region", *ETHNICITIES)):
        mixes[row["area"]] = [number(row[e], f"tables/ethnicity.csv:{line}: {e}") for e in ETHNICITIES]
    ethnicity = _by_area(path, areas, mixes)
    arriving = _by_area(path, ["arrivals"], mixes)[0]

    path = tables / "illness_areas.csv"
    registers: dict[str, float] = {}
    for line, row in read_rows(path, ("area", "register", "adults")):
        where = f"tables/illness_areas.csv:{line}"
        registers[row["area"]] = number(row["register"], where) / number(row["adults"], where)

    incidence = _steps(tables / "illness_incidence.csv", ("sex",), ("incidence",))
    arrests = _steps(tables / "arrests.csv", ("sex",), ("arrests_per_person_year",))
    offences, crown = _offences(tables / "offences.csv")

    bands = []
    columns = ("band", "from_days", "to_days", "long", "male", "female")
    for line, row in read_rows(tables / "sentences.csv", columns):
        values = [number(row[c], f"tables/sentences.csv:{line}: {c}") for c in columns[1:]]
        shares = values[3:]
        bands.append({"from": values[0], "to": values[1], "long": bool(values[2]), "share": shares})

    return {
        "persons": residents,
        "mortality": mortality,
        "fertility": fertility,
        "arrivals": arrivals,
        "arrival_ethnicity": arriving,
        "departures": departures,
        "moves": moves,
        "ethnicity": ethnicity,
        "register": _by_area(path, areas, registers),
        "incidence": [incidence[(sex,)][0] for sex in SEXES],
        "arrests": [arrests[(sex,)][0] for sex in SEXES],
        "offences": offences,
        "crown": crown,
        "sentences": bands,
    }


def _migration(path: Path) -> tuple[list[float], list[float], list[float]]:
    """Return shares of arrivals and departures by single age (the share of a range is spread evenly), and hazards of moving."""
    arrivals, departures, moves = [0.0] * AGES, [0.0] * AGES, [0.0] * AGES
    columns = ("age_from", "age_to", "arrivals", "departures", "move_rate")
    for line, row in read_rows(path, columns):
        low, high, arriving, leaving, moving = (number(row[c], f"tables/{path.name}:{line}: {c}") for c in columns)
        for age in range(int(low), int(high) + 1):
            arrivals[age] = arriving / (high - low + 1)
            departures[age] = leaving / (high - low + 1)
            moves[age] = moving
    return arrivals, departures, moves


def _offences(path: Path) -> tuple[list[list[list[float]]], list[float]]:
    """Return shares of offences by sex, age group (10-17, 18-20, 21 and over) and offence; and shares tried at the Crown Court."""
    groups = ("10_17", "18_20", "21")
    columns = tuple(f"{sex}_{group}" for sex in SEXES for group in groups)
    shares = {column: [0.0] * len(OFFENCES) for column in columns}
    crown = [0.0] * len(OFFENCES)
    for line, row in read_rows(path, ("offence", *columns, "crown")):
        if row["offence"] not in OFFENCES:
            raise EvidenceError(
                f"tables/{path.name}:{line}: the offence {row['offence']!r} is not known; allowed: {', '.join(OFFENCES)}"
            )
        index = OFFENCES.index(row["offence"])
        for column in columns:
            shares[column][index] = number(row[column], f"tables/{path.name}:{line}: {column}")
        crown[index] = number(row["crown"], f"tables/{path.name}:{line}: crown")
    return [[shares[f"{sex}_{group}"] for group in groups] for sex in SEXES], crown

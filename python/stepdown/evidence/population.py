"""Compiles the tables of the population: who lives where at the start, and rates of life events by age and sex."""

import math
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

from stepdown.errors import EvidenceError
from stepdown.evidence.loader import FOLDER, check_source, nearest, number, read_rows, read_sources, read_units, unit_of
from stepdown.evidence.world import table
from stepdown.vocabulary import ETHNICITIES, SEXES, words

AGES = 101
"""Ages 0 to 99, and 100 and over."""

QUANTITIES = ("immigration", "emigration", "fertility", "arrests", "custody", "sentences")
"""What may differ from year to year."""
OFFENCES = words("offence")[1:]
"""Every group of offences; the engine's first word is for none."""


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


def _in_order(path: Path, what: str, names: Sequence[str], found: dict[str, Any]) -> list[Any]:
    """Return the rows in the order of `names`, or say which the file lacks."""
    for name in names:
        if name not in found:
            raise EvidenceError(f"tables/{path.name}: the {what} {name!r} is missing{nearest(name, found)}")
    return [found[name] for name in names]


def _by_area(path: Path, areas: Sequence[str], found: dict[str, Any]) -> list[Any]:
    """Return the rows in the order of `areas`, or name the area that the file lacks."""
    return _in_order(path, "area", areas, found)


def population_plan(areas: Sequence[str], *, folder: Path = FOLDER, world: str = "2024") -> dict[str, Any]:
    """Compile the tables of the population.

    Parameters
    ----------
    areas
        Names of the areas, in the order of the plan.
    folder
        Where the evidence is.
    world
        The world that the run starts in.

    Returns
    -------
    dict
        The part ``population`` of the plan: lists by area, sex and single age (0 to 100), hazards per person-year.

    Raises
    ------
    EvidenceError
        If a table is missing, lacks an area, or holds something that is not a number.
    """

    def of(name: str) -> Path:
        return table(name, world, folder)

    arrivals, departures, moves = _migration(of("migration"))
    mixes = _mixes(of("ethnicity"))
    incidence = _steps(of("illness_incidence"), ("sex",), ("incidence",))
    arrests = _steps(of("arrests"), ("sex",), ("arrests_per_person_year",))
    offences, crown, grave = _offences(of("offences"))
    bands = _sentences(of("sentences"))
    plan: dict[str, Any] = {
        "persons": _by_area(of("population"), areas, _persons(of("population"))),
        "mortality": _mortality(of("life_table")),
        "fertility": _steps(of("fertility"), (), ("births_per_woman_year",))[()][0],
        "arrivals": arrivals,
        "arrival_ethnicity": _by_area(of("ethnicity"), ["arrivals"], mixes)[0],
        "departures": departures,
        "moves": moves,
        "ethnicity": _by_area(of("ethnicity"), areas, mixes),
        "register": _by_area(of("illness_areas"), areas, _registers(of("illness_areas"))),
        "incidence": [incidence[(sex,)][0] for sex in SEXES],
        "arrests": [arrests[(sex,)][0] for sex in SEXES],
        "offences": offences,
        "crown": crown,
        "grave": grave,
        "sentences": bands,
        "lengths": _lengths(of("sentence_lengths"), bands),
    }
    if years := _years(of("years"), folder):
        plan["years"] = years
    return plan


def _persons(path: Path) -> dict[str, list[list[int]]]:
    """Return the residents of each area by sex and single age [persons]."""
    ages = [str(age) for age in range(AGES)]
    persons: dict[str, list[list[int]]] = {}
    for line, row in read_rows(path, ("area", "sex", *ages)):
        counts = [int(number(row[age], f"tables/population.csv:{line}: {age}")) for age in ages]
        persons.setdefault(row["area"], [[], []])[SEXES.index(row["sex"])] = counts
    return persons


def _mortality(path: Path) -> list[list[float]]:
    """Return the mortality of each sex by single age [1/a]."""
    mortality: list[list[float]] = [[], []]
    for line, row in read_rows(path, ("sex", "age", "mortality", "expectation")):
        mortality[SEXES.index(row["sex"])].append(number(row["mortality"], f"tables/life_table.csv:{line}: mortality"))
    return mortality


def _mixes(path: Path) -> dict[str, list[float]]:
    """Return the ethnic mix of each area, and of those who arrive [shares]."""
    return {
        row["area"]: [number(row[e], f"tables/ethnicity.csv:{line}: {e}") for e in ETHNICITIES]
        for line, row in read_rows(path, ("area", "region", *ETHNICITIES))
    }


def _registers(path: Path) -> dict[str, float]:
    """Return the share of adults on each area's register of severe mental illness."""
    registers: dict[str, float] = {}
    for line, row in read_rows(path, ("area", "register", "adults")):
        where = f"tables/illness_areas.csv:{line}"
        registers[row["area"]] = number(row["register"], where) / number(row["adults"], where)
    return registers


def _sentences(path: Path) -> list[dict[str, Any]]:
    """Return the bands of sentence length [d], and the share of each by sex."""
    bands = []
    columns = ("band", "from_days", "to_days", "long", "life", "late", "male", "female")
    for line, row in read_rows(path, columns):
        values = [number(row[c], f"tables/sentences.csv:{line}: {c}") for c in columns[1:]]
        band = {
            "from": values[0],
            "to": values[1],
            "long": bool(values[2]),
            "life": bool(values[3]),
            "late": bool(values[4]),
        }
        bands.append({**band, "share": values[5:]})
    return bands


def _lengths(path: Path, bands: Sequence[dict[str, Any]]) -> list[list[float]]:
    """Return the share of each band by offence: lognormal lengths of the mean and spread in the table, cut at the bands."""
    found: dict[str, list[float]] = {}
    ends = [band["from"] for band in bands if not band["life"]]
    for line, row in read_rows(path, ("offence", "mean_days", "spread", "life")):
        mean, spread, life = (
            number(row[c], f"tables/{path.name}:{line}: {c}") for c in ("mean_days", "spread", "life")
        )
        if life < 1 and mean > 0:
            middle = math.log(mean) - spread**2 / 2
            below = [
                0.0,
                *(0.5 * (1 + math.erf((math.log(end) - middle) / spread / math.sqrt(2))) for end in ends[1:]),
                1.0,
            ]
        else:
            below = [0.0] * (len(ends) + 1)
        shares = [(1 - life) * (b - a) for a, b in pairwise(below)]
        found[row["offence"]] = [life if band["life"] else shares[k] for k, band in enumerate(bands)]
    return _in_order(path, "offence", OFFENCES, found)


def _years(path: Path, folder: Path) -> list[dict[str, float]]:
    """Return what differs from year to year, relative to the first row of each quantity; nothing if there is no table."""
    if not path.is_file():
        return []
    sources, units = read_sources(folder), read_units(folder)
    found: dict[str, dict[int, float]] = {quantity: {} for quantity in QUANTITIES}
    for line, row in read_rows(path, ("quantity", "year", "value", "unit", "source", "confidence", "note")):
        where = f"tables/{path.name}:{line}"
        if row["quantity"] not in found:
            raise EvidenceError(f"{where}: quantity: {row['quantity']!r}; allowed: {', '.join(QUANTITIES)}")
        if unit_of(row["unit"], units) is None:
            raise EvidenceError(f"{where}: unit: {row['unit']!r} is not declared in dimensions.csv")
        check_source(row["source"], row["note"], sources, where)
        levels, year = found[row["quantity"]], int(number(row["year"], f"{where}: year"))
        value = number(row["value"], f"{where}: value")
        if levels and year <= max(levels):
            raise EvidenceError(f"{where}: year: {year} is not after {max(levels)}")
        if value <= 0:
            raise EvidenceError(f"{where}: value: {value:g}; allowed: above 0")
        levels[year] = value
    rows, now = [], dict.fromkeys(QUANTITIES, 1.0)
    for year in sorted({year for levels in found.values() for year in levels}):
        for quantity, levels in found.items():
            if year in levels:
                now[quantity] = levels[year] / next(iter(levels.values()))
        rows.append({"year": year, **now})
    return rows


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


def _offences(path: Path) -> tuple[list[list[list[float]]], list[float], list[float]]:
    """Return shares of offences by sex, age group (10-17, 18-20, 21 and over) and offence.

    With them come the share of each offence that is tried at the Crown Court, and of those cases the share that is grave.
    """
    groups = ("10_17", "18_20", "21")
    columns = tuple(f"{sex}_{group}" for sex in SEXES for group in groups)
    shares = {column: [0.0] * len(OFFENCES) for column in columns}
    crown, grave = [0.0] * len(OFFENCES), [0.0] * len(OFFENCES)
    for line, row in read_rows(path, ("offence", *columns, "crown", "grave")):
        if row["offence"] not in OFFENCES:
            raise EvidenceError(
                f"tables/{path.name}:{line}: the offence {row['offence']!r} is not known; allowed: {', '.join(OFFENCES)}"
            )
        index = OFFENCES.index(row["offence"])
        for column in columns:
            shares[column][index] = number(row[column], f"tables/{path.name}:{line}: {column}")
        crown[index] = number(row["crown"], f"tables/{path.name}:{line}: crown")
        grave[index] = number(row["grave"], f"tables/{path.name}:{line}: grave")
    return [[shares[f"{sex}_{group}"] for group in groups] for sex in SEXES], crown, grave

"""Compiles the institutions: areas, commissioners, units with their beds, and the attributes of every agent.

National totals are parameters; the tables say how each is divided (`tables/agents.csv`). Changing one parameter therefore changes
a total and leaves its division as it is.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from stepdown.errors import EvidenceError
from stepdown.evidence.loader import FOLDER, Evidence, check_source, nearest, number, read_rows, read_sources
from stepdown.vocabulary import SECURE, SEXES

SECTORS = ("NHS", "independent")
RULES = ("each", "population", "ill", "whole", "beds", "places", "some")
ONE_PER_REGION = ("court_liaison", "criminal_court")
ONE_PER_COMMISSIONER = ("assessment_team", "commissioner")
ONE_PER_UNIT = ("responsible_clinician",)
ONE_IN_ALL = {"tribunal": "First-tier Tribunal", "ministry": "Ministry of Justice"}


@dataclass(frozen=True, slots=True)
class Area:
    """An area: one of the 42 integrated care boards. Region and collaborative are indices; residents [persons].

    `ill` are those on the register of severe mental illness [persons]. The trust runs the PICU, acute and rehabilitation wards of the area.
    """

    name: str
    region: int
    collaborative: int
    trust: str
    population: float
    ill: float


@dataclass(frozen=True, slots=True)
class Commissioner:
    """A provider collaborative, or NHS England (the last). Medium and low secure places [beds]."""

    name: str
    places: float


@dataclass(frozen=True, slots=True)
class SecureUnit:
    """Beds of one tier and sex on one site. Commissioner and area are indices; beds and ward [beds].

    The provider is the organisation that runs them, a trust or a company: several sites can be one provider's.
    """

    name: str
    site: str
    provider: str
    commissioner: int
    area: int
    tier: str
    sex: str
    sector: str
    beds: int
    ward: int


@dataclass(frozen=True)
class Institutions:
    """All institutions, in the order of their tables: the order of every index."""

    regions: tuple[str, ...]
    areas: tuple[Area, ...]
    commissioners: tuple[Commissioner, ...]
    units: tuple[SecureUnit, ...]
    agents: tuple[dict[str, str], ...]


def _index(names: Sequence[str], name: str, where: str) -> int:
    try:
        return names.index(name)
    except ValueError:
        raise EvidenceError(f"{where}: {name!r} is not known{nearest(name, names)}") from None


def _one_of(allowed: Sequence[str], found: str, where: str) -> str:
    if found not in allowed:
        raise EvidenceError(f"{where}: {found!r}; allowed: {', '.join(allowed)}{nearest(found, allowed)}")
    return found


def _beds(text: str, where: str) -> int:
    value = number(text, where)
    if value != int(value) or value < 1:
        raise EvidenceError(f"{where}: {text} is not a number of beds; allowed: whole numbers from 1")
    return int(value)


@cache
def load(folder: Path = FOLDER) -> Institutions:
    """Read the tables of institutions.

    Raises
    ------
    EvidenceError
        If a row names something that doesn't exist, or a number is no number.
    """
    tables, sources = folder / "tables", read_sources(folder)
    commissioners = _commissioners(tables, sources)
    payers = [c.name for c in commissioners]

    register = {
        row["area"]: number(row["register"], f"tables/illness_areas.csv:{line}: register")
        for line, row in read_rows(tables / "illness_areas.csv", ("area", "register", "adults"))
    }
    area_rows = list(read_rows(tables / "areas.csv", ("name", "region", "collaborative", "trust", "population")))
    regions = tuple(dict.fromkeys(row["region"] for _, row in area_rows))
    areas = tuple(
        Area(
            row["name"],
            regions.index(row["region"]),
            _index(payers, row["collaborative"], f"tables/areas.csv:{line}: collaborative"),
            row["trust"],
            number(row["population"], f"tables/areas.csv:{line}: population"),
            register[_one_of(tuple(register), row["name"], f"tables/areas.csv:{line}: name")],
        )
        for line, row in area_rows
    )
    units = _units(tables, sources, payers, [a.name for a in areas])
    agents = []
    for line, row in read_rows(tables / "agents.csv", ("kind", "attribute", "rows", "rule", "parameter")):
        _one_of(RULES, row["rule"], f"tables/agents.csv:{line}: rule")
        agents.append(row)
    return Institutions(regions, areas, tuple(commissioners), tuple(units), tuple(agents))


def _commissioners(tables: Path, sources: Mapping[str, str]) -> list[Commissioner]:
    """Read the commissioners, in the order of the plan."""
    columns = ("name", "region", "lead", "places", "low", "high", "source", "confidence", "note")
    commissioners = []
    for line, row in read_rows(tables / "commissioners.csv", columns):
        where = f"tables/commissioners.csv:{line}"
        check_source(row["source"], row["note"], sources, where)
        places = number(row["places"], f"{where}: places") if row["places"] else 0.0
        commissioners.append(Commissioner(row["name"], places))
    return commissioners


def _units(
    tables: Path, sources: Mapping[str, str], payers: Sequence[str], area_names: Sequence[str]
) -> list[SecureUnit]:
    """Read the secure units, with their commissioner and area as indices."""
    units = []
    for line, row in read_rows(
        tables / "units.csv",
        (
            "name",
            "site",
            "provider",
            "commissioner",
            "area",
            "tier",
            "sex",
            "sector",
            "beds",
            "ward",
            "source",
            "confidence",
        ),
    ):
        where = f"tables/units.csv:{line}"
        check_source(row["source"], row["site"], sources, where)
        units.append(
            SecureUnit(
                row["name"],
                row["site"],
                row["provider"],
                _index(payers, row["commissioner"], f"{where}: commissioner"),
                _index(area_names, row["area"], f"{where}: area"),
                _one_of(SECURE, row["tier"], f"{where}: tier"),
                _one_of(SEXES, row["sex"], f"{where}: sex"),
                _one_of(SECTORS, row["sector"], f"{where}: sector"),
                _beds(row["beds"], f"{where}: beds"),
                _beds(row["ward"], f"{where}: ward"),
            )
        )
    return units


def agent_names(kind: str, institutions: Institutions) -> list[str]:
    """Return the names of the agents of a kind, in order of index."""
    if kind in ONE_IN_ALL:
        return [ONE_IN_ALL[kind]]
    if kind in ONE_PER_REGION:
        return list(institutions.regions)
    if kind in ONE_PER_COMMISSIONER:
        return [c.name for c in institutions.commissioners]
    if kind in ONE_PER_UNIT:
        return [u.name for u in institutions.units]
    return [a.name for a in institutions.areas]


def apportion(total: int, weights: Sequence[float]) -> list[int]:
    """Divide a whole number in proportion to weights, by largest remainder; the first of equals gets more.

    Examples
    --------
    >>> apportion(10, [1.0, 1.0, 1.0])
    [4, 3, 3]
    """
    scale = total / math.fsum(weights)
    parts = [math.floor(scale * w) for w in weights]
    order = sorted(range(len(weights)), key=lambda i: (parts[i] - scale * weights[i], i))
    for i in order[: total - sum(parts)]:
        parts[i] += 1
    return parts


def divide(rule: str, value: float, kind: str, institutions: Institutions) -> list[float]:
    """Return a parameter as one number per agent of a kind.

    Parameters
    ----------
    rule
        ``each`` the value itself; ``population`` in proportion to residents; ``ill`` to those with severe mental illness;
        ``whole`` to residents, undivided things;
        ``beds`` in proportion to commissioned secure beds; ``places`` to medium and low secure places;
        ``some`` a flag for that share of rows, spread evenly.
    """
    count = len(agent_names(kind, institutions))
    if rule == "each":
        return [value] * count
    if rule == "some":
        return [float(math.floor((i + 1) * value) - math.floor(i * value)) for i in range(count)]
    if rule in ("population", "whole"):
        weights = [a.population for a in institutions.areas]
    elif rule == "ill":
        weights = [a.ill for a in institutions.areas]
    elif rule == "beds":
        weights = [float(sum(u.beds for u in institutions.units if u.commissioner == i)) for i in range(count)]
    else:
        weights = [c.places for c in institutions.commissioners]
    if len(weights) != count:
        raise EvidenceError(f"tables/agents.csv: {kind}: the rule {rule} does not fit its {count} agents")
    if rule == "whole":
        return [float(part) for part in apportion(round(value), weights)]
    total = math.fsum(weights)
    return [value * w / total for w in weights]


def agents(kind: str, evidence: Evidence, institutions: Institutions) -> dict[str, list[float]]:
    """Return the attributes of all agents of a kind, as columns in the order of ``tables/agents.csv``."""
    names = agent_names(kind, institutions)
    columns: dict[str, list[float]] = {}
    for row in institutions.agents:
        if row["kind"] != kind:
            continue
        values = divide(row["rule"], evidence.value(row["parameter"]), kind, institutions)
        if row["rows"] == "*":
            columns[row["attribute"]] = values
        else:
            at = _index(names, row["rows"], f"tables/agents.csv: {kind}.{row['attribute']}: rows")
            columns[row["attribute"]][at] = values[at]
    return columns


def kinds(institutions: Institutions) -> list[str]:
    """Return the kinds of agents, in the order of ``tables/agents.csv``."""
    return list(dict.fromkeys(row["kind"] for row in institutions.agents))


def beds(evidence: Evidence, institutions: Institutions) -> list[int]:
    """Return the open beds of each unit: the table's, in proportion to those of the tier that have staff.

    Those are the commissioned beds (`institution.beds.*`) less what is shut for want of staff (`institution.open.*`).
    """
    result = [unit.beds for unit in institutions.units]
    for tier in SECURE:
        name = tier.split()[0]
        total = round(evidence.value(f"institution.beds.{name}") * evidence.value(f"institution.open.{name}"))
        at = [i for i, unit in enumerate(institutions.units) if unit.tier == tier]
        for i, part in zip(at, apportion(total, [institutions.units[i].beds for i in at]), strict=True):
            result[i] = part
    return result


def plan(evidence: Evidence, institutions: Institutions) -> dict[str, Any]:
    """Return the sections ``regions``, ``areas``, ``commissioners``, ``units`` and ``agents`` of a plan."""
    sections: dict[str, Any] = {
        "regions": list(institutions.regions),
        "areas": [
            {"name": a.name, "region": a.region, "collaborative": a.collaborative, "trust": a.trust}
            for a in institutions.areas
        ],
        "commissioners": [c.name for c in institutions.commissioners],
        "units": [
            {
                "name": u.name,
                "provider": u.provider,
                "commissioner": u.commissioner,
                "area": u.area,
                "tier": u.tier,
                "sex": u.sex,
                "sector": u.sector,
                "beds": count,
                "ward": u.ward,
            }
            for u, count in zip(institutions.units, beds(evidence, institutions), strict=True)
        ],
        "agents": {},
    }
    for kind in kinds(institutions):
        columns = agents(kind, evidence, institutions)
        sections["agents"][kind] = {
            "columns": list(columns),
            "names": agent_names(kind, institutions),
            "values": [list(row) for row in zip(*columns.values(), strict=True)],
        }
    return sections

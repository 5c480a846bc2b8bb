"""The texts of `stepdown explain` about what a run's files hold: indicators, columns by their bare names, words of a kind, groups, places."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from stepdown import _core
from stepdown.cli import explain_observations
from stepdown.evidence import institutions
from stepdown.results.indicators import ENGLAND, GROUPS, INDICATORS

if TYPE_CHECKING:
    from collections.abc import Mapping


@cache
def indicators() -> Mapping[str, dict[str, Any]]:
    """Return what each indicator is, by its name.

    Examples
    --------
    >>> indicators()["occupancy"]["unit"]
    'share'
    """
    return {
        indicator.name: {
            "indicator": indicator.name,
            "what": indicator.what,
            "unit": indicator.unit,
            "divided by": indicator.over,
            "told apart by": ", ".join(indicator.groups),
            "file": "indicators.parquet, from the tables of the run",
            "shown by": f"stepdown indicators RUN --indicator {indicator.name}",
        }
        for indicator in INDICATORS
    }


def full_indicators() -> dict[str, dict[str, Any]]:
    """Return the indicators by their full names, as nothing else is called: ``indicators.occupancy``."""
    return {f"indicators.{name}": row for name, row in indicators().items()}


@cache
def columns() -> Mapping[str, list[dict[str, Any]]]:
    """Return the columns of a run's tables and of people in a model by their bare names: one row for each table that has one.

    Examples
    --------
    >>> [row["column"] for row in columns()["born"]]
    ['people.born', 'caseload.born', 'population.born']
    """
    found: dict[str, list[dict[str, Any]]] = {}
    for name, row in explain_observations.columns().items():
        found.setdefault(name.partition(".")[2], []).append(row)
    return found


def vocabularies() -> dict[str, list[dict[str, Any]]]:
    """Return the words of each kind, with what they mean."""
    return {
        kind: [{"word": word, "means": meaning} for _, word, meaning in words] for kind, words in _core.codes().items()
    }


def groups() -> dict[str, dict[str, Any]]:
    """Return the groups by which indicators are told apart."""
    return {
        group: {
            "group": group,
            "what": what,
            "indicators": ", ".join(indicator.name for indicator in INDICATORS if group in indicator.groups),
        }
        for group, what in GROUPS.items()
    }


def areas() -> list[dict[str, Any]]:
    """Return the areas, one row each: their region, collaborative and residents [people].

    Examples
    --------
    >>> len(areas()), sorted(areas()[0])
    (42, ['area', 'collaborative', 'people', 'region', 'trust'])
    """
    known = institutions.load()
    return [
        {
            "area": area.name,
            "region": known.regions[area.region],
            "collaborative": known.commissioners[area.collaborative].name,
            "people": round(area.population),
            "trust": area.trust,
        }
        for area in known.areas
    ]


def units() -> list[dict[str, Any]]:
    """Return the secure units, one row each: site, tier, sex, beds, area, provider and commissioner.

    Examples
    --------
    >>> sorted({row["tier"] for row in units()})
    ['high secure', 'low secure', 'medium secure']
    """
    known = institutions.load()
    return [
        {
            "unit": unit.name,
            "site": unit.site,
            "tier": unit.tier,
            "sex": unit.sex,
            "beds": unit.beds,
            "area": known.areas[unit.area].name,
            "provider": unit.provider,
            "commissioner": known.commissioners[unit.commissioner].name,
        }
        for unit in known.units
    ]


@cache
def places() -> Mapping[str, dict[str, Any]]:
    """Return the country, its regions, collaboratives, areas and secure units, by name; what is called alike, on one page."""
    known = institutions.load()
    found: dict[str, dict[str, Any]] = {ENGLAND: {"place": ENGLAND, "country": f"{len(known.areas)} areas"}}

    def note(name: str, kind: str, what: str) -> None:
        found.setdefault(name, {"place": name})[kind] = what

    for index, region in enumerate(known.regions):
        note(region, "region", f"areas: {'; '.join(area.name for area in known.areas if area.region == index)}")
    for index, commissioner in enumerate(known.commissioners):
        areas = "; ".join(area.name for area in known.areas if area.collaborative == index)
        note(commissioner.name, "commissioner", f"areas: {areas}" if areas else "of high secure care and of prisons")
    for area in known.areas:
        payer, region = known.commissioners[area.collaborative].name, known.regions[area.region]
        people = f"{area.population:,.0f} people; region {region}; collaborative {payer}; wards of {area.trust}"
        note(area.name, "area", people)
    for unit in known.units:
        where = f"{unit.site}, in {known.areas[unit.area].name}"
        paid = f"{unit.beds} beds, {unit.tier}, {unit.sex}; {where}; run by {unit.provider}; for {known.commissioners[unit.commissioner].name}"
        note(unit.name, "unit", paid)
    return found

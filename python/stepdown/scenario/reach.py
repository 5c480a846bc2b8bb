"""The reach of a lever: names of areas, collaboratives, regions, sites and units."""

from stepdown.evidence import institutions
from stepdown.evidence.loader import nearest
from stepdown.scenario.model import BedStep

NATIONAL = "NHS England"
"""Commissioner of high secure care: among the areas of a lever on commissioners it stands for itself."""


def places_by_name(places: institutions.Institutions) -> dict[str, list[int]]:
    """Return the areas, as indices, that each name of an area, collaborative or region stands for."""
    found: dict[str, list[int]] = {}
    for index, region in enumerate(places.regions):
        found[region] = [i for i, a in enumerate(places.areas) if a.region == index]
    for index, commissioner in enumerate(places.commissioners[:-1]):
        found[commissioner.name] = [i for i, a in enumerate(places.areas) if a.collaborative == index]
    for index, area in enumerate(places.areas):
        found.setdefault(area.name, [index])
    return found


def reached(kind: str, places: institutions.Institutions) -> dict[str, list[int]]:
    """Return what each name among the areas of a lever on a kind of agent stands for; NHS England, a commissioner, for -1."""
    known = places_by_name(places)
    return known | {NATIONAL: [-1]} if kind in institutions.ONE_PER_COMMISSIONER else known


def matching_units(step: BedStep, tier: str, places: institutions.Institutions) -> list[int]:
    """Return the units, as indices, to which a bed programme applies.

    Raises
    ------
    ValueError
        If a name is not known, or no unit matches; the message begins with the key.
    """
    commissioners = [c.name for c in places.commissioners]
    if step.collaborative is not None and step.collaborative not in commissioners:
        message = f"collaborative: {step.collaborative!r} is not known{nearest(step.collaborative, commissioners)}"
        raise ValueError(message)
    named = {name for u in places.units for name in (u.name, u.site)}
    if step.unit is not None and step.unit not in named:
        message = f"unit: {step.unit!r} is not known{nearest(step.unit, named)}"
        raise ValueError(message)
    found = [
        i
        for i, u in enumerate(places.units)
        if u.tier == f"{tier} secure"
        and (step.sex is None or u.sex == step.sex)
        and (step.unit is None or step.unit in (u.name, u.site))
        and (step.collaborative is None or commissioners[u.commissioner] == step.collaborative)
    ]
    if not found:
        message = f"{'unit' if step.unit else 'collaborative'}: no {tier} secure unit matches"
        raise ValueError(message)
    if sum(places.units[i].beds for i in found) + step.beds < 0:
        message = (
            f"beds: {step.beds}; allowed: at least {-sum(places.units[i].beds for i in found)}, the beds that there are"
        )
        raise ValueError(message)
    return found

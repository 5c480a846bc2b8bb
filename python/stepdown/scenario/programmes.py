"""Programmes: what a scenario may say of them, and the lines that they are compiled into, one for each thing that one buys."""

import math
from collections.abc import Iterator
from typing import Any

from stepdown.evidence import Evidence
from stepdown.evidence.institutions import Institutions
from stepdown.evidence.loader import nearest
from stepdown.scenario.files import Path_, short
from stepdown.scenario.model import HORIZON, Programme, Scenario, on, year_start
from stepdown.scenario.reach import places_by_name
from stepdown.vocabulary import ORDERS, words

PUBLIC = "public funds"
SHARING = {"need": "need", "bidding": "bidding", "everywhere": "weight"}
"""How a word of `where` shares places among areas."""
MOST = 100
"""Most lines of all programmes of a scenario."""
PRICES = {
    "supported places": "money.supported",
    "forensic teams": "money.forensic",
    "mainstream teams": "money.mainstream",
    "rehabilitation beds": "money.rehab",
    "medium secure wards": "money.medium",
    "low secure wards": "money.low",
    "in-reach posts": "money.programme.post_day",
    "assessment posts": "money.programme.post_day",
}
"""The price of a day of what can be bought, by id."""


PLACES_AND_TEAMS = ("supported places", "forensic teams", "mainstream teams", "rehabilitation beds")
"""What can also be bought with what wards release, and by commissioners beside programmes."""


def faults(scenario: Scenario, places: Institutions) -> Iterator[tuple[Path_, str]]:
    """Yield what the shape of programmes can't show: the key of each fault, what was found and what is allowed."""
    names: set[str] = set()
    lines, released = 0, 0.0
    for k, programme in enumerate(scenario.programmes):
        at: Path_ = ("programmes", k)
        if programme.name in names or programme.name == ORDERS:
            which = "an earlier one" if programme.name in names else "what commissioners order"
            yield (*at, "name"), f"{short(programme.name)} is the name of {which}; allowed: a name of its own"
        names.add(programme.name)
        released += programme.from_wards or 0.0
        if programme.from_wards is not None and released > 1.0 + 1e-9:
            yield (
                (*at, "from_wards"),
                f"with it, the shares of all programmes add up to {released:g}; allowed: at most 1",
            )
        lines += len(programme.buys)
        if lines > MOST:
            yield at, f"with it, {lines} things are bought; allowed: at most {MOST} in all programmes"
        yield from (((*at, key), what) for key, what in _faults(programme, scenario, places))


def _faults(programme: Programme, scenario: Scenario, places: Institutions) -> Iterator[tuple[str, str]]:
    """Yield what is wrong with one programme, by key."""
    if not programme.name.isprintable() or not programme.name.strip():
        yield "name", f"{short(programme.name)}; allowed: a name that can be printed on a line"
    known = words("bought")
    for thing in programme.buys:
        if thing not in known:
            yield "buys", f"{short(thing)} is not known; allowed: {', '.join(known)}{nearest(thing, known)}"
        elif programme.from_wards is not None and thing not in PLACES_AND_TEAMS:
            yield "buys", f"{thing} with `from_wards`; allowed with it: {', '.join(PLACES_AND_TEAMS)}"
    if not math.isclose(total := math.fsum(programme.buys.values()), 1.0, abs_tol=1e-6):
        yield "buys", f"the shares add up to {total:g}; allowed: 1"
    first = scenario.calendar.start.year
    for year in programme.years:
        if not first <= year < HORIZON.year:
            yield "pounds", f"{year}; allowed: {first}, the first year that is reported, to {HORIZON.year - 1}"
    if programme.pounds is not None and not any(programme.pounds.values()):
        yield "pounds", "0 in every year; allowed: money in one of them"
    payers = _payers(places)
    if programme.payer is not None and programme.payer not in (PUBLIC, *payers):
        hint = nearest(programme.payer, [PUBLIC, *payers]) or f"; allowed: {', '.join([PUBLIC, *payers])}"
        yield "payer", f"{short(programme.payer)} is not known{hint}"
    where, areas = programme.where, places_by_name(places)
    if isinstance(where, str):
        if where in areas:
            yield "where", f"{short(where)}; allowed: places as a list, as in [{short(where)}]"
        elif where not in SHARING:
            hint = f"; allowed: {', '.join(SHARING)}, or a list of areas, collaboratives and regions"
            yield "where", f"{short(where)} is not known{hint}{nearest(where, SHARING)}"
    elif where is not None:
        if not where:
            yield "where", "empty; allowed: at least one area, or a word"
        for name in where:
            if name not in areas:
                hint = nearest(name, areas) or f"; allowed: {', '.join(areas)}"
                yield "where", f"{short(name)} is not known{hint}"


def _payers(places: Institutions) -> list[str]:
    """Return the names by which a payer can be called: commissioners, then areas."""
    return [c.name for c in places.commissioners] + [area.name for area in places.areas]


def money(programme: Programme, scenario: Scenario) -> dict[int, float]:
    """Return the money of a programme in each year of a run and the one after it, a recurrent sum in every later one [£]."""
    given = programme.years
    start, last = scenario.calendar.start.year, max(given, default=0)
    years = range(start, start + scenario.calendar.years + 1)
    found = {year: given.get(last if programme.recurrent and year > last else year, 0.0) for year in years}
    return {year: pounds for year, pounds in found.items() if pounds}


def orders(scenario: Scenario, places: Institutions) -> list[dict[str, Any]]:
    """Return the lines of what commissioners order: one for each thing that can be bought, without money of its own."""
    line = {
        "name": ORDERS,
        "day": year_start(scenario.calendar.start.year),
        "payer": None,
        "pounds": [],
        "from_wards": None,
        "sharing": "weight",
        "weights": [0.0] * len(places.areas),
        "cash": False,
        "carried": False,
        "ordered": True,
    }
    return [line | {"buys": thing} for thing in PLACES_AND_TEAMS]


def lines(scenario: Scenario, places: Institutions) -> list[dict[str, Any]]:
    """Return the lines of all programmes in order of their first day: one for each thing that a programme buys."""
    found = []
    for programme in scenario.programmes:
        where = programme.where or "need"
        known = places_by_name(places)
        chosen = range(len(places.areas)) if isinstance(where, str) else {k for name in where for k in known[name]}
        years = money(programme, scenario)
        given = [year for year, pounds in programme.years.items() if pounds]
        first = min(given, default=scenario.calendar.start.year)
        payer = programme.payer if programme.payer != PUBLIC else None
        for thing, share in programme.buys.items():
            found.append(
                {
                    "name": programme.name,
                    "day": year_start(first),
                    "buys": thing,
                    "payer": _payers(places).index(payer) if payer else None,
                    "pounds": [{"year": year, "pounds": pounds * share} for year, pounds in years.items()],
                    "from_wards": {"share": programme.from_wards * share, "days": programme.speed_days or 0}
                    if programme.from_wards is not None
                    else None,
                    "sharing": SHARING[where] if isinstance(where, str) else "weight",
                    "weights": [area.population if k in chosen else 0.0 for k, area in enumerate(places.areas)],
                    "cash": programme.inflation == "cash",
                    "carried": programme.unspent == "carried",
                }
            )
    return sorted(found, key=lambda line: line["day"])


def idle(scenario: Scenario, loaded: Evidence) -> Iterator[str]:
    """Yield a sentence about each programme that buys nothing in the run of a scenario."""
    for k, programme in enumerate(scenario.programmes):
        if programme.pounds is None:
            continue
        ends = on(scenario.end)
        years = {year: pounds for year, pounds in money(programme, scenario).items() if year < ends.year}
        if not years:
            begins = min(year for year, pounds in programme.years.items() if pounds)
            yield f"programmes[{k}] does nothing: its first money is that of {begins}, and the run ends on {ends}"
            continue
        most = max(years.values()) * scenario.population
        costs = {thing: loaded.value(PRICES[thing]) * 366 for thing in programme.buys}
        if all(most * share < costs[thing] for thing, share in programme.buys.items()):
            yield (
                f"programmes[{k}] does nothing: {most:,.0f} pounds a year, its money in a sample of {scenario.population:g} of "
                f"England, pay for no whole place; allowed: a greater population"
            )

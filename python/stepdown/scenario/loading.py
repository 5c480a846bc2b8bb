"""Loads a scenario: reads it with its ancestors, merges them, and checks what the schema alone cannot."""

from collections.abc import Iterator
from copy import deepcopy
from dataclasses import replace
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from stepdown import levers
from stepdown.errors import LimitError, ScenarioError
from stepdown.evidence import institutions, world
from stepdown.evidence.loader import nearest
from stepdown.numbers import plain
from stepdown.scenario.faults import blame, fault_paths, refusal, together
from stepdown.scenario.files import Document, Path_, merge, read_chain, short
from stepdown.scenario.model import HORIZON, TIERS, BedStep, Calendar, Scenario, Step, on
from stepdown.scenario.programmes import faults as programme_faults
from stepdown.scenario.reach import NATIONAL, matching_units, reached


def load(name_or_path: str | Path, **overrides: object) -> Scenario:
    """Load a scenario by name or path, resolved and checked.

    Parameters
    ----------
    name_or_path
        A name (``"baseline"``) or the path of a TOML file.
    **overrides
        Keys of a scenario (``population=0.01``), of its calendar (``years=5``), or levers (``transfer_limit=14``).

    Raises
    ------
    ScenarioError
        If anything can't be understood: file, key, what was found, what is allowed, line.

    Examples
    --------
    >>> load("baseline", population=0.01, years=5).calendar.years
    5
    """
    chain = read_chain(name_or_path)
    data = merge(chain)
    calendar_keys, lever_keys = list(Calendar.model_fields), [*levers.load(), "beds"]
    try:
        scenario = Scenario.model_validate(data)
    except ValidationError as error:
        raise together([refusal(error, chain, data), *_others(error, chain, data)]) from None
    if overrides:
        for key, given in overrides.items():
            value = plain(given)
            if key in calendar_keys:
                data["calendar"] = data["calendar"] | {key: value}
            elif key in lever_keys:
                single = isinstance(value, int | float | str) and value != "off"
                data["levers"] = data.get("levers", {}) | {key: {"value": value} if single else value}
            elif key in Scenario.model_fields:
                data[key] = value
            else:
                known = [*Scenario.model_fields, *calendar_keys, *lever_keys]
                message = f"override {key} is not known{nearest(key, known)}; allowed: keys of a scenario, its calendar or its levers"
                raise ScenarioError(message)
        try:
            scenario = Scenario.model_validate(data)
        except ValidationError as error:
            raise refusal(error, chain, data, "override") from None
    _within_the_calendar(scenario, chain)
    if faults := list(_faults(scenario, chain)):
        raise together(faults)
    return scenario


def _others(error: ValidationError, chain: list[Document], data: dict[str, Any]) -> list[ScenarioError]:
    """Return what else is wrong with a file of which some keys have no shape: without these, as far as it is then a scenario."""
    rest = deepcopy(chain[0].data)
    for path in fault_paths(error, data):
        whole, *inner = map(str, path[:2])
        if inner and whole in ("levers", "parameters", "calendar") and isinstance(rest.get(whole), dict):
            rest[whole].pop(inner[0], None)
        else:
            rest.pop(whole, None)
    for key in ("title", "why"):
        rest.setdefault(key, key)
    try:
        scenario = Scenario.model_validate(merge([replace(chain[0], data=rest), *chain[1:]]))
    except ValidationError:
        return []
    return list(_faults(scenario, chain))


def _within_the_calendar(scenario: Scenario, chain: list[Document]) -> None:
    """Refuse a run that passes the last day of the calendar."""
    calendar = scenario.calendar
    if (most := HORIZON.year - calendar.start.year) < calendar.years:
        what = f"{calendar.years} years from {calendar.start} pass the last day {HORIZON}"
        allowed = f"at most {most} years, or an earlier start" if most else "an earlier start"
        raise LimitError(f"{chain[0].label}: calendar.years: {what}; allowed: {allowed}")


def _faults(scenario: Scenario, chain: list[Document]) -> Iterator[ScenarioError]:
    """Yield what the shape alone can't show: unknown parameters and names, levers out of bounds, days out of reach."""
    if scenario.world not in world.worlds():
        known = ", ".join(world.worlds())
        what = f"{scenario.world!r} is not known; allowed: {known}{nearest(scenario.world, world.worlds())}"
        yield blame(chain, ("world",), what)
        return
    loaded = world.load(scenario.world)
    for id, value in scenario.parameters.items():
        try:
            loaded.with_values({id: value})
        except ValueError as error:
            what = str(error).removeprefix("parameters: ").removeprefix(f"{id}: ").removeprefix(f"{id} is ")
            yield blame(chain, ("parameters", id), what)
    yield from _early_days(scenario, chain)
    places = institutions.load()
    for lever in levers.load().values():
        yield from _faults_of(lever, scenario, places, chain)
    for where, what in programme_faults(scenario, places):
        yield blame(chain, where, what)
    for tier in TIERS:
        steps = scenario.bed_steps(tier)
        for index, bed in enumerate(steps):
            try:
                matching_units(bed, tier, places)
            except ValueError as error:
                key, _, what = str(error).partition(": ")
                yield blame(chain, ("levers", "beds", tier, index, key), what)


def _faults_of(
    lever: levers.Lever, scenario: Scenario, places: institutions.Institutions, chain: list[Document]
) -> Iterator[ScenarioError]:
    """Yield what is wrong with the steps of a lever."""
    kind = lever.target.split(".")[0]
    known_places = reached(kind, places)
    all_known = True
    for index, step in enumerate(scenario.steps(lever.name)):
        path: Path_ = ("levers", lever.name, index)
        try:
            lever.read(step.value)
        except ValueError as error:
            yield blame(chain, (*path, "value"), str(error))
        if lever.unit == "code" and step.ramp_days:
            what = f"{step.ramp_days}; allowed: 0, as a ramp from one {lever.name} to another would pass through those between them"
            yield blame(chain, (*path, "ramp_days"), what)
        if lever.level is not None:
            yield from _faults_of_level(step, path, chain)
        if step.areas is not None and kind in institutions.ONE_IN_ALL:
            yield blame(chain, (*path, "areas"), f"there is one {kind} for all England; allowed: no areas")
            continue
        for area in step.areas or []:
            if area not in known_places:
                all_known = False
                hint = nearest(area, known_places) or f"; allowed: {', '.join(known_places)}"
                yield blame(chain, (*path, "areas"), f"{short(area)} is not known{hint}")
    if all_known:
        yield from _set_twice(scenario, lever, known_places, chain)


def _set_twice(
    scenario: Scenario, lever: levers.Lever, places: dict[str, list[int]], chain: list[Document]
) -> Iterator[ScenarioError]:
    """Yield two values that a day sets for one area, as only one could hold."""
    if lever.how != "set":
        return
    names = [name for name in places if not (lever.reach == "collaboratives" and name == NATIONAL)]
    everywhere = {index for name in names for index in places[name]}
    reached: dict[object, set[int]] = {}
    for k, step in enumerate(scenario.steps(lever.name)):
        here = everywhere if step.areas is None else {index for area in step.areas for index in places[area]}
        seen = reached.setdefault(step.from_, set())
        if seen & here:
            when = f"on {step.from_}" if step.from_ else "from the start"
            what = (
                f"an earlier step sets the value {when} already, for the same areas; allowed: one for each day and area"
            )
            yield blame(chain, ("levers", lever.name, k, "from"), what)
        seen |= here


def _early_days(scenario: Scenario, chain: list[Document]) -> Iterator[ScenarioError]:
    """Yield each lever that would have to act before the first day that is simulated."""
    first = on(scenario.first)
    steps: list[tuple[Path_, Step | BedStep]] = [
        (("levers", name, k), step) for name in levers.load() for k, step in enumerate(scenario.steps(name))
    ]
    steps += [(("levers", "beds", tier, k), bed) for tier in TIERS for k, bed in enumerate(scenario.bed_steps(tier))]
    for path, step in steps:
        if step.from_ is not None and step.from_ < first:
            other = ", or none for what is in force from the start" if isinstance(step, Step) else ""
            what = f"{step.from_} is before the first day, {first}, with which the burn-in begins; allowed: a day from {first} on{other}"
            yield blame(chain, (*path, "from"), what)


def _faults_of_level(step: Step, path: Path_, chain: list[Document]) -> Iterator[ScenarioError]:
    """Yield what a lever on the population can't do: it acts a financial year at a time, everywhere."""
    for key, when in (("from", step.from_), ("until", step.until)):
        if when is not None and (when.month, when.day) != (4, 1):
            yield blame(chain, (*path, key), f"{when}; allowed: a 1 April, as the population lives by financial years")
    if step.areas is not None:
        yield blame(chain, (*path, "areas"), "it acts on all of the population; allowed: no areas")

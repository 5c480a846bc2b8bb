"""Loads a scenario: reads it with its ancestors, merges them, and checks what the schema alone cannot."""

from pathlib import Path

from pydantic import ValidationError

from stepdown import levers
from stepdown.errors import LimitError, ScenarioError
from stepdown.evidence import institutions, world
from stepdown.evidence.loader import nearest
from stepdown.numbers import plain
from stepdown.scenario.faults import blame, sentence
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
        raise sentence(error, chain, data) from None
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
            raise sentence(error, chain, data, "override") from None
    _check(scenario, chain)
    return scenario


def _check(scenario: Scenario, chain: list[Document]) -> None:
    """Refuse what the shape alone can't show: unknown parameters and names, levers out of bounds, days out of reach."""
    calendar = scenario.calendar
    if (most := HORIZON.year - calendar.start.year) < calendar.years:
        what = f"{calendar.years} years from {calendar.start} pass the last day {HORIZON}"
        allowed = f"at most {most} years, or an earlier start" if most else "an earlier start"
        raise LimitError(f"{chain[0].label}: calendar.years: {what}; allowed: {allowed}")
    if scenario.world not in world.worlds():
        known = ", ".join(world.worlds())
        what = f"{scenario.world!r} is not known; allowed: {known}{nearest(scenario.world, world.worlds())}"
        raise blame(chain, ("world",), what)
    loaded = world.load(scenario.world)
    for id, value in scenario.parameters.items():
        try:
            loaded.with_values({id: value})
        except ValueError as error:
            what = str(error).removeprefix("parameters: ").removeprefix(f"{id}: ").removeprefix(f"{id} is ")
            raise blame(chain, ("parameters", id), what) from None
    _check_days(scenario, chain)
    places = institutions.load()
    for lever in levers.load().values():
        kind = lever.target.split(".")[0]
        known_places = reached(kind, places)
        for index, step in enumerate(scenario.steps(lever.name)):
            path: Path_ = ("levers", lever.name, index)
            try:
                lever.read(step.value)
            except ValueError as error:
                raise blame(chain, (*path, "value"), str(error)) from None
            if lever.unit == "code" and step.ramp_days:
                what = f"{step.ramp_days}; allowed: 0, as a ramp from one {lever.name} to another would pass through those between them"
                raise blame(chain, (*path, "ramp_days"), what)
            if lever.level is not None:
                _check_level(step, path, chain)
            if step.areas is not None and kind in institutions.ONE_IN_ALL:
                raise blame(chain, (*path, "areas"), f"there is one {kind} for all England; allowed: no areas")
            for area in step.areas or []:
                if area not in known_places:
                    hint = nearest(area, known_places) or f"; allowed: {', '.join(known_places)}"
                    raise blame(chain, (*path, "areas"), f"{short(area)} is not known{hint}")
        _check_once(scenario, lever, known_places, chain)
    for where, what in programme_faults(scenario, places):
        raise blame(chain, where, what)
    for tier in TIERS:
        steps = scenario.bed_steps(tier)
        for index, bed in enumerate(steps):
            try:
                matching_units(bed, tier, places)
            except ValueError as error:
                key, _, what = str(error).partition(": ")
                raise blame(chain, ("levers", "beds", tier, index, key), what) from None


def _check_once(scenario: Scenario, lever: levers.Lever, places: dict[str, list[int]], chain: list[Document]) -> None:
    """Refuse two values that a day sets for one area, as only one could hold."""
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
            raise blame(chain, ("levers", lever.name, k, "from"), what)
        seen |= here


def _check_days(scenario: Scenario, chain: list[Document]) -> None:
    """Refuse a lever that would have to act before the first day that is simulated."""
    first = on(scenario.first)
    steps: list[tuple[Path_, Step | BedStep]] = [
        (("levers", name, k), step) for name in levers.load() for k, step in enumerate(scenario.steps(name))
    ]
    steps += [(("levers", "beds", tier, k), bed) for tier in TIERS for k, bed in enumerate(scenario.bed_steps(tier))]
    for path, step in steps:
        if step.from_ is not None and step.from_ < first:
            other = ", or none for what is in force from the start" if isinstance(step, Step) else ""
            what = f"{step.from_} is before the first day, {first}, with which the burn-in begins; allowed: a day from {first} on{other}"
            raise blame(chain, (*path, "from"), what)


def _check_level(step: Step, path: Path_, chain: list[Document]) -> None:
    """Refuse what a lever on the population can't do: it acts a financial year at a time, everywhere."""
    for key, when in (("from", step.from_), ("until", step.until)):
        if when is not None and (when.month, when.day) != (4, 1):
            raise blame(chain, (*path, key), f"{when}; allowed: a 1 April, as the population lives by financial years")
    if step.areas is not None:
        raise blame(chain, (*path, "areas"), "it acts on all of the population; allowed: no areas")

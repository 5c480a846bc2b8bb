"""Compiles a scenario and the evidence into the plan: one document with everything that the engine reads.

The plan is canonical JSON: the same scenario and evidence give the same bytes, and hence the same digest.
"""

import hashlib
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from itertools import accumulate, pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stepdown import levers
from stepdown.decisions import language
from stepdown.errors import ScenarioError, UsageError, asking
from stepdown.evidence import Evidence, institutions
from stepdown.evidence.institutions import Institutions, apportion
from stepdown.evidence.population import QUANTITIES, population_plan
from stepdown.levers import Lever
from stepdown.scenario import (
    HORIZON,
    NATIONAL,
    TIERS,
    Scenario,
    Step,
    day,
    financial_year,
    matching_units,
    on,
    places_by_name,
    programmes,
)
from stepdown.scenario.faults import blame
from stepdown.scenario.files import Path_, read_chain, refuse

if TYPE_CHECKING:
    from stepdown.decisions.overrides import AgentOverrides

HIGHEST = 100.0
"""Highest level of the population that the engine takes."""

GOAL_WEIGHTS = tuple(f"money.goal.{goal}.weight" for goal in ("stay", "wait", "readmission", "recovery", "feedback"))
"""Weights of the goals among which the income at risk is divided, by id."""

YEAR = 365.25
"""Days in a year [d]."""
FORMAT = 1
"""Version of the plan's layout, which the engine checks."""


@dataclass(frozen=True)
class Plan:
    """A compiled plan.

    Attributes
    ----------
    json
        The document, as canonical bytes.
    """

    json: bytes

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the document."""
        return hashlib.sha256(self.json).hexdigest()

    @cached_property
    def data(self) -> dict[str, Any]:
        """The document, parsed. Don't change it."""
        parsed: dict[str, Any] = json.loads(self.json)
        return parsed


def canonical(data: Mapping[str, Any]) -> bytes:
    """Return a document as canonical JSON: sorted keys, no spaces, UTF-8."""
    text = json.dumps(data, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return text.encode()


class ImpossibleError(ScenarioError):
    """Steps that are valid one by one, but can't be done together.

    Attributes
    ----------
    path
        Key of the step that is at fault.
    what
        What is wrong with it.
    """

    def __init__(self, scenario: Scenario, path: Path_, what: str) -> None:
        super().__init__(str(refuse(scenario.name, path[:2], what, None)))
        self.path, self.what = path, what


def compile(
    scenario: Scenario, agent_overrides: "AgentOverrides | None" = None, *, source: str | Path | None = None
) -> Plan:
    """Compile a scenario with the project's evidence and the agent overrides.

    Parameters
    ----------
    scenario
        What is compiled.
    agent_overrides
        Agents that replace declared ones.
    source
        Name or path that the scenario was loaded from, so that what is wrong is told with its file and line.

    Raises
    ------
    ScenarioError
        If what the scenario asks for can't be done, such as closing more beds than there are.
    EvidenceError
        If an evidence table can't be used.

    Examples
    --------
    >>> from stepdown.scenario import load
    >>> compile(load("baseline")).data["calendar"]["start"]
    45381
    """
    if source is not None:
        try:
            return compile(scenario, agent_overrides)
        except ImpossibleError as error:
            raise blame(read_chain(source), error.path, error.what) from None
    loaded = scenario.evidence()
    places = institutions.load()
    data: dict[str, Any] = {
        "format": FORMAT,
        "name": scenario.name,
        "calendar": {"first": scenario.first, "start": scenario.start, "end": scenario.end},
        "mode": {
            "exact": scenario.exact,
            "capacity": scenario.capacity,
            "fraction": scenario.population,
            "demography": scenario.demography,
        },
        "parameters": loaded.nested(),
        "population": _population(scenario, places),
        **institutions.plan(loaded, places),
        "choices": language.choices_plan(loaded),
        "levers": _levers(scenario, places),
        "beds": _beds(scenario, loaded, places),
        "changes": _changes(scenario, loaded, places),
        "programmes": [*programmes.orders(scenario, places), *programmes.lines(scenario, places)],
    }
    if agent_overrides is None:
        return Plan(canonical(data))
    agent_overrides.into(data)
    return with_user_attributes(Plan(canonical(data)), agent_overrides.attributes)


def without_effect(scenario: Scenario, compiled: Plan) -> list[str]:
    """Return a sentence about each lever step that changes nothing in the run of a scenario.

    It lies after the last day or ends before the first, its value is what is there already, or what it adds rounds to nothing in a
    sample of England.

    Examples
    --------
    >>> from stepdown.scenario import load
    >>> late = load("baseline", years=1, population=0.01, transfer_limit={"value": 14, "from": "2030-04-01"})
    >>> print(without_effect(late, compile(late))[0])
    levers.transfer_limit[0] does nothing: it begins on 2030-04-01, and the run ends on 2025-04-01
    """
    found = []
    for lever in levers.load().values():
        for k, step in enumerate(scenario.steps(lever.name)):
            why = _outside(scenario, step.from_, step.until) or _idle(scenario, lever, step)
            if why is not None:
                found.append(f"levers.{lever.name}[{k}] does nothing: {why}")
    changes = _scaled_changes(compiled, scenario)
    for tier in TIERS:
        for k, bed in enumerate(scenario.bed_steps(tier)):
            why = _outside(scenario, bed.from_, None)
            units = set(matching_units(bed, tier, institutions.load()))
            if bed.beds == 0:
                why = why or "it opens and closes no beds"
            elif why is None and not any(unit in units for unit in changes.get(day(bed.from_), ())):
                why = (
                    f"{bed.beds:+} beds round to none in a sample of {scenario.population:g} of England; "
                    f"allowed: a greater {asking('population')}"
                )
            if why is not None:
                found.append(f"levers.beds.{tier}[{k}] does nothing: {why}")
    return [*found, *programmes.idle(scenario, scenario.evidence())]


def _outside(scenario: Scenario, begins: date | None, ends: date | None) -> str | None:
    """Return why a step that lies outside the days of a run does nothing."""
    if begins is not None and day(begins) >= scenario.end:
        return f"it begins on {begins}, and the run ends on {on(scenario.end)}"
    if ends is not None and day(ends) <= scenario.first:
        return f"it ends on {ends}, and the run begins on {on(scenario.first)}"
    return None


def _idle(scenario: Scenario, lever: Lever, step: Step) -> str | None:
    """Return why the value of a step does nothing: it is neutral, what is there already, or rounds to nothing."""
    value = lever.read(step.value)
    if lever.engine or lever.how == "add":
        if value == 0.0:
            return f"its value is {step.value}, as without it"
    elif lever.how == "scale" and value == 1.0:
        return f"its value is {step.value}, as without it"
    if lever.name == "cquin" and value != 0.0 and not any(scenario.evidence().value(id) for id in GOAL_WEIGHTS):
        return f"no goal has a weight; allowed: a weight above 0 of one of {', '.join(GOAL_WEIGHTS)}"
    if lever.engine or lever.level is not None:
        return None
    places = institutions.load()
    kind, attribute = lever.target.split(".")
    base = institutions.agents(kind, scenario.evidence(), places)[attribute]
    changed = _with(lever, step, base, base, _rows(lever, step, places))
    if len(scenario.steps(lever.name)) == 1 and changed == list(base):
        return f"its value is {step.value}, as without it"
    if lever.how == "add" and rounded(changed, scenario.population) == rounded(base, scenario.population):
        return (
            f"{value:+g} {lever.unit} round to none in a sample of {scenario.population:g} of England; "
            f"allowed: a greater {asking('population')}"
        )
    return None


def rounded(counts: Sequence[float], share: float) -> list[int]:
    """Return counts scaled to a share as the engine scales pools: by cumulative rounding, so that the sum is right.

    Examples
    --------
    >>> rounded([1.0, 1.0, 1.0, 1.0], 0.5)
    [1, 0, 1, 0]
    """
    sums = [math.floor(total * share + 0.5) for total in accumulate(counts, initial=0.0)]
    return [after - before for before, after in pairwise(sums)]


def _scaled_changes(compiled: Plan, scenario: Scenario) -> dict[int, set[int]]:
    """Return the units whose beds change on each day of the run, as the engine scales the programmes to a sample."""
    rows = compiled.data["beds"]
    found: dict[int, set[int]] = {}
    for row, change in zip(rows, rounded([row["change"] for row in rows], scenario.population), strict=True):
        if change:
            found.setdefault(row["day"], set()).add(row["unit"])
    return found


def with_user_attributes(plan: Plan, own: Mapping[str, Mapping[str, float]]) -> Plan:
    """Return a plan with user attributes: by kind of agent, the default of each.

    Raises
    ------
    UsageError
        If an attribute of the name is there already.
    """
    if not own:
        return plan
    agents = {kind: dict(table) for kind, table in plan.data["agents"].items()}
    for kind, defaults in own.items():
        table = agents[kind]
        for name in defaults:
            if name in table["columns"]:
                raise UsageError(f"{kind}.{name}: an attribute of this name is the engine's; allowed: another name")
        more = [float(value) for value in defaults.values()]
        table["columns"] = [*table["columns"], *defaults]
        table["values"] = [[*row, *more] for row in table["values"]]
    return Plan(canonical(plan.data | {"agents": agents}))


def _population(scenario: Scenario, places: Institutions) -> dict[str, Any]:
    """Return the tables of the population; what differs from year to year is the world's, as levers scale it."""
    tables = population_plan([area.name for area in places.areas], world=scenario.world)
    steps = [(lever.level, lever, step) for lever in levers.load().values() for step in scenario.steps(lever.name)]
    steps_of = [(level, lever, step) for level, lever, step in steps if level is not None]
    scaling = [(level, lever.read(step.value), step) for level, lever, step in steps_of]
    if not scaling:
        return tables
    of_world = {row["year"]: row for row in tables.get("years", [])}
    years = set(of_world)
    for _, _, step in scaling:
        begins, ends = _years(scenario, step)
        years |= {begins, *range(begins, begins + math.ceil(step.ramp_days / YEAR) + 1)}
        years |= {ends} if step.until else set()
    rows, now = [], dict.fromkeys(QUANTITIES, 1.0)
    for year in sorted(years):
        now = {quantity: of_world.get(year, now)[quantity] for quantity in QUANTITIES}
        levels = dict(now)
        for level, factor, step in scaling:
            levels[level] *= 1.0 + (factor - 1.0) * _strength(year, step, _years(scenario, step))
        if high := {quantity for quantity, value in levels.items() if value > HIGHEST}:
            at = max(k for k, (level, _, step) in enumerate(scaling) if level in high and step.value != 0)
            _, lever, step = steps_of[at]
            what = f"with the other steps, {levels[str(scaling[at][0])]:g} times as many in {year}; allowed: at most {HIGHEST:g}"
            raise ImpossibleError(scenario, ("levers", lever.name, scenario.steps(lever.name).index(step)), what)
        rows.append({"year": year, **levels})
    return tables | {"years": rows}


def _years(scenario: Scenario, step: Step) -> tuple[int, int]:
    """Return the financial year in which a step begins, and that before which it ends."""
    begins = financial_year(day(step.from_) if step.from_ else scenario.first)
    return begins, financial_year(day(step.until)) if step.until else HORIZON.year


def _strength(year: int, step: Step, span: tuple[int, int]) -> float:
    """Return how much of a step is in force in a financial year: on a ramp, as on the day in its middle."""
    if not span[0] <= year < span[1]:
        return 0.0
    return min(1.0, (year - span[0] + 0.5) * YEAR / step.ramp_days) if step.ramp_days else 1.0


def _chosen(step: Step, places: Institutions) -> list[int] | None:
    """Return the areas of a step, as sorted indices; nothing for all."""
    if step.areas is None:
        return None
    known = places_by_name(places)
    return sorted({index for name in step.areas if name != NATIONAL for index in known[name]})


def _levers(scenario: Scenario, places: Institutions) -> dict[str, list[dict[str, Any]]]:
    """Return the levers that choices and hazards read, each with its steps; neutral ones have none."""
    return {
        lever.name: [
            {
                "from": day(step.from_) if step.from_ else scenario.first,
                "until": day(step.until) if step.until else None,
                "ramp": step.ramp_days,
                "value": lever.read(step.value),
                "areas": _chosen(step, places),
            }
            for step in scenario.steps(lever.name)
        ]
        for lever in levers.load().values()
        if lever.engine
    }


def wards_of(beds: int, size: int) -> list[int]:
    """Return the beds of a unit's wards, as the engine divides it: as many as come nearest to the size, as equal as can be.

    Examples
    --------
    >>> wards_of(52, 15)
    [18, 17, 17]
    """
    count = max(1, math.floor(beds / max(size, 1) + 0.5))
    return [part for part in (beds // count + (k < beds % count) for k in range(count)) if part > 0]


def _by_ward(
    total: int, units: Sequence[int], wards: Mapping[int, list[int]], size: Mapping[int, int]
) -> dict[int, int]:
    """Return the beds that each unit opens (above 0) or closes: whole wards, spread over the units in proportion to their beds.

    What is left of a closing, less than a ward of any, is beds of the unit with the most; of an opening, of the first unit with the
    most. The wards that are left are noted in `wards`.
    """
    shares = apportion(abs(total), [max(sum(wards[unit]), 0) or 1 for unit in units])
    changes = dict.fromkeys(units, 0)
    carried = 0
    for unit, share in zip(units, shares, strict=True):
        carried += share
        if total > 0:
            while size[unit] <= carried:
                wards[unit].append(size[unit])
                changes[unit] += size[unit]
                carried -= size[unit]
        else:
            while wards[unit] and wards[unit][-1] <= carried:
                ward = wards[unit].pop()
                changes[unit] -= ward
                carried -= ward
    most = max(units, key=lambda unit: (sum(wards[unit]), -unit))
    if carried and total > 0:
        wards[most].append(carried)
        changes[most] += carried
    for unit in sorted(units, key=lambda unit: (-sum(wards[unit]), unit)):
        while carried and total < 0 and wards[unit]:
            part = min(carried, wards[unit][-1])
            wards[unit][-1] -= part
            if not wards[unit][-1]:
                wards[unit].pop()
            changes[unit] -= part
            carried -= part
    if carried and total < 0:
        changes[most] -= carried
    return changes


def _beds(scenario: Scenario, loaded: Evidence, places: Institutions) -> list[dict[str, int]]:
    """Return the openings and closings of beds by unit, in order of day."""
    at_start = institutions.beds(loaded, places)
    wards = {k: wards_of(beds, places.units[k].ward) for k, beds in enumerate(at_start)}
    size = {k: places.units[k].ward for k in wards}
    steps = [(tier, k, step) for tier in TIERS for k, step in enumerate(scenario.bed_steps(tier))]
    changes = []
    for tier, index, step in sorted(steps, key=lambda found: found[2].from_):
        units = matching_units(step, tier, places)
        if step.beds < 0:
            there = sum(sum(wards[unit]) for unit in units)
            if there + step.beds < 0:
                what = f"{step.beds}; allowed: at least {-there}, the beds that are left on {step.from_}"
                raise ImpossibleError(scenario, ("levers", "beds", tier, index, "beds"), what)
        parts = _by_ward(step.beds, units, wards, size)
        changes += [{"day": day(step.from_), "unit": unit, "change": part} for unit, part in parts.items() if part]
    changes.sort(key=lambda change: (change["day"], change["unit"]))
    return changes


def _rows(lever: Lever, step: Step, places: Institutions) -> list[int]:
    """Return the agents whose attribute a step of a lever changes, as indices; NHS England is the last commissioner."""
    kind = lever.target.split(".")[0]
    chosen = _chosen(step, places)
    everybody = list(range(len(institutions.agent_names(kind, places))))
    if chosen is None:
        return everybody[:-1] if lever.reach == "collaboratives" else everybody
    if kind in institutions.ONE_PER_REGION:
        return sorted({places.areas[area].region for area in chosen})
    if kind in institutions.ONE_PER_COMMISSIONER:
        national = everybody[-1:] if NATIONAL in (step.areas or ()) else []
        return sorted({places.areas[area].collaborative for area in chosen}) + national
    if kind in institutions.ONE_PER_UNIT:
        return [index for index, unit in enumerate(places.units) if unit.area in chosen]
    return chosen


def _with(lever: Lever, step: Step, values: Sequence[float], base: Sequence[float], rows: Sequence[int]) -> list[float]:
    """Return attributes as a step changes them."""
    result, amount = list(values), lever.read(step.value)
    if lever.how == "add":
        parts = apportion(abs(round(amount)), [base[row] for row in rows])
        for row, part in zip(rows, parts, strict=True):
            result[row] = max(0.0, result[row] + (part if amount > 0 else -part))
    else:
        for row in rows:
            result[row] = amount if lever.how == "set" else result[row] * amount
    return result


def _changes(scenario: Scenario, loaded: Evidence, places: Institutions) -> list[dict[str, Any]]:
    """Return the changes of agents' attributes: on a day, towards a value, over a ramp."""
    by_target: dict[str, list[tuple[Lever, Step]]] = {}
    for lever in levers.load().values():
        if not lever.engine and lever.level is None:
            by_target.setdefault(lever.target, []).extend((lever, step) for step in scenario.steps(lever.name))
    changes: list[dict[str, Any]] = []
    for target, steps in by_target.items():
        kind, attribute = target.split(".")
        base = institutions.agents(kind, loaded, places)[attribute]
        begin = [day(step.from_) if step.from_ else scenario.first for _, step in steps]
        until = [day(step.until) if step.until else scenario.end for _, step in steps]
        now, busy = base, [scenario.first] * len(base)
        for today in sorted({*begin, *until} - {scenario.end}):
            values, ramps, by = base, [0] * len(base), [0] * len(base)
            for at, ((lever, step), first, last) in enumerate(zip(steps, begin, until, strict=True)):
                rows = _rows(lever, step, places)
                if first <= today < last:
                    values = _with(lever, step, values, base, rows)
                if today in (first, last):
                    for row in rows:
                        ramps[row] = step.ramp_days if today == first else 0
                        by[row] = at
            for row, (old, value) in enumerate(zip(now, values, strict=True)):
                if value == old:
                    continue
                if today < busy[row]:
                    lever, step = steps[by[row]]
                    who = institutions.agent_names(kind, places)[row]
                    what = f"a step begins or ends while another still ramps, on {on(today)}, for {who}"
                    raise ImpossibleError(
                        scenario, ("levers", lever.name, scenario.steps(lever.name).index(step)), what
                    )
                busy[row] = today + ramps[row]
                changes.append(
                    {
                        "day": today,
                        "ramp": ramps[row],
                        "kind": kind,
                        "attribute": attribute,
                        "agent": row,
                        "value": value,
                    }
                )
            now = values
    changes.sort(key=lambda change: (change["day"], change["kind"], change["attribute"], change["agent"]))
    return changes

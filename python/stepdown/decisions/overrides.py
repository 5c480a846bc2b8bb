"""Agent overrides: resolves which subclasses replace which institutions or patients, and what the engine must know of them.

`overrides_of` resolves those of a scenario and a call, and `resolve` those of any list of classes. The result, `AgentOverrides`,
gives the class of every agent, the rules that Python must answer, and the choices that differ from the declared ones.
"""

from __future__ import annotations

import inspect
import time
import traceback
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from types import FunctionType
from typing import TYPE_CHECKING, Any

from stepdown.agents import KINDS, Collaborative, Commissioner, Institution, NationalCommissioner, Patient, StandIn
from stepdown.agents.choices import Choice
from stepdown.decisions import entry_points, language
from stepdown.decisions.rng_guard import drawn_in, writes
from stepdown.decisions.rules import (
    ALWAYS,
    OF_BEDS,
    Array,
    Case,
    Cases,
    ContractError,
    Day,
    Layout,
    OneDay,
    Queue,
    Rule,
    codes,
    numbers,
)
from stepdown.errors import RuleError, StepdownError, UsageError
from stepdown.evidence import institutions
from stepdown.evidence.loader import nearest

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from stepdown import _core
    from stepdown.evidence import Evidence
    from stepdown.evidence.institutions import Institutions
    from stepdown.scenario import Scenario

__all__ = ["AgentOverrides", "Answering", "overrides_of", "resolve"]

Agent = type[Institution] | type[Patient]

_OWN = Path(__file__).parent
_EPOCH = date(1900, 1, 1)


class _Me:
    """The agents' class as a rule sees it: read-only."""

    __slots__ = ("_agent",)

    def __init__(self, agent: Agent) -> None:
        object.__setattr__(self, "_agent", agent)

    def __getattr__(self, name: str) -> Any:
        found = getattr(object.__getattribute__(self, "_agent"), name)
        return found.decide.__get__(self) if isinstance(found, Rule) else found

    def __setattr__(self, name: str, value: object) -> None:
        raise ContractError(
            f"sets cls.{name}: state that is not declared, which a snapshot would lose; "
            "allowed: attributes of the agents, user columns"
        )


@dataclass
class ActiveRule:
    """A rule in use: its class, the agents for whom it decides, and its cost so far."""

    agent: Agent
    rule: Rule
    decision: str
    layout: Layout
    agents: list[int] = field(default_factory=list)
    calls: int = 0
    cases: int = 0
    seconds: float = 0.0
    draws: str | None = None

    @property
    def name(self) -> str:
        """Name of the rule as error messages give it."""
        return f"{self.agent.__qualname__.rpartition('.<locals>.')[2]}.{self.rule.name}"

    def answer(self, batch: _core.Batch) -> Array:
        """Return the rule's answers for a batch."""
        me = _Me(self.agent)
        if self.rule.form == "batch":
            cases = Cases(batch, self.layout)
            said = self.rule.decide(me, cases, Day(batch, self.layout, cases))
        else:
            queue = Queue(batch, self.layout)
            said = [self.rule.decide(me, Case(queue, row), OneDay(queue, row)) for row in range(len(batch))]
        return numbers(said, batch) if self.layout.places else codes(said, batch)

    def plan(self) -> dict[str, Any]:
        """Return the rule as a plan holds it."""
        return {
            "decision": self.decision,
            "name": self.name,
            "sha256": entry_points.code_of(self.agent).sha256,
            "agents": self.agents,
            "reads": list(self.layout.reads),
        }

    def record(self) -> dict[str, Any]:
        """Return what a manifest says of the rule."""
        return {
            "rule": self.name,
            "decision": self.decision,
            "form": self.rule.form,
            "agents": len(self.agents),
            "calls": self.calls,
            "cases": self.cases,
            "seconds": self.seconds,
            "safe_for_paired_comparison": self.draws is None,
            "draws_from": self.draws,
        }


class Answering:
    """Answers the engine's questions by the rules of a plan.

    Errors leave as `RuleError`, with the name of the rule, the day, and where in its code.
    """

    def __init__(self, rules: Sequence[ActiveRule]) -> None:
        self.rules = rules

    def __call__(self, batch: _core.Batch) -> Array:
        """Return the answers of a rule for a batch of cases."""
        active = self.rules[batch.rule]
        began = time.perf_counter()
        try:
            said = active.answer(batch)
        except ContractError as breach:
            raise self._error(active, batch, breach, str(breach)) from None
        except ValueError as error:
            what = "writes to a column; allowed: reading it" if "read-only" in str(error) else _named(error)
            raise self._error(active, batch, error, what) from error
        except (Exception, SystemExit) as error:
            raise self._error(active, batch, error, _named(error)) from error
        active.seconds += time.perf_counter() - began
        active.calls += 1
        active.cases += len(batch)
        return said

    def suspect(self, generator: str) -> None:
        """Record that a generator has moved, which only a rule can have caused."""
        for active in self.rules:
            if active.calls and active.draws is None:
                active.draws = generator

    @staticmethod
    def _error(active: ActiveRule, batch: _core.Batch, error: BaseException, what: str) -> RuleError:
        day = _EPOCH + timedelta(days=batch.day)
        frames = [f for f in traceback.extract_tb(error.__traceback__) if not Path(f.filename).is_relative_to(_OWN)]
        code = active.rule.decide.__code__
        at = next((f for f in reversed(frames) if f.filename == code.co_filename), None)
        where = f" ({Path(at.filename).name}:{at.lineno}: {at.line})" if at else ""
        return RuleError(f"rule {active.name} on {day}: {what}{where}")


def _named(error: BaseException) -> str:
    said = str(error)
    return f"{type(error).__name__}: {said}" if said and not isinstance(error, StepdownError) else said or repr(error)


@dataclass(frozen=True)
class Override:
    """An override as it was given: the class, the number of agents that it overrides, and who gave it."""

    agent: Agent
    agents: int
    by: str

    def record(self) -> dict[str, Any]:
        """Return the entry of the override in a manifest."""
        found = entry_points.code_of(self.agent)
        return {
            "agent": f"{self.agent.__module__}:{self.agent.__qualname__}",
            "kind": self.agent.kind,
            "agents": self.agents,
            "package": found.package,
            "version": found.version,
            "sha256": found.sha256,
            "given_by": self.by,
        }


@dataclass(frozen=True)
class AgentOverrides:
    """Resolved agent overrides: the class of each agent by kind, and what the plan holds of them.

    Attributes
    ----------
    classes
        Kind to the class of each of its agents; for patients, of each home area.
    rules
        Rules, in the order of the plan.
    variants
        Decision to the choices that some agents have in place of the declared one.
    given
        The overrides as they were given.
    """

    classes: Mapping[str, Sequence[Agent]]
    rules: tuple[ActiveRule, ...]
    variants: Mapping[str, list[dict[str, Any]]]
    given: tuple[Override, ...]

    @property
    def handle(self) -> type[Patient]:
        """The class of the patients' handles."""
        own = [given.agent for given in self.given if issubclass(given.agent, Patient)]
        return own[-1] if own else Patient

    @property
    def attributes(self) -> dict[str, dict[str, float]]:
        """User attributes: kind to the default of each."""
        own: dict[str, dict[str, float]] = {}
        for given in self.given:
            if issubclass(given.agent, Institution):
                for name, declared in given.agent.user_attributes().items():
                    if declared.default is not None:
                        own.setdefault(given.agent.kind, {})[name] = declared.default
        return own

    def into(self, plan: dict[str, Any]) -> None:
        """Add variants and rules to a plan."""
        for decision, variants in self.variants.items():
            plan["choices"][decision]["variants"] = variants
        if rules := [*(rule.plan() for rule in self.rules), *self._commissioning()]:
            plan["rules"] = rules

    def _commissioning(self) -> list[dict[str, Any]]:
        """Return the commissioners with a method of their own, as a plan holds them, so that a snapshot demands the same ones."""
        agents: dict[Agent, list[int]] = {}
        for index, agent in enumerate(self.classes[Commissioner.kind]):
            if issubclass(agent, Commissioner) and agent.commissioning is not Commissioner.commissioning:
                agents.setdefault(agent, []).append(index)
        return [
            {
                "decision": "commissioning",
                "name": f"{agent.__qualname__.rpartition('.<locals>.')[2]}.commissioning",
                "sha256": entry_points.code_of(agent).sha256,
                "agents": rows,
                "reads": [],
            }
            for agent, rows in agents.items()
        ]


def overrides_of(
    scenario: Scenario, agents: Iterable[Agent | StandIn] = (), *, allow_code: bool = False
) -> AgentOverrides:
    """Return the agent overrides of a run: those that the scenario names, then those that the caller gives.

    Raises
    ------
    ScenarioError
        The scenario names agents that aren't there.
    UsageError, RuleError
        As `resolve`.
    """
    named: list[tuple[Agent | StandIn, str]] = []
    for use in scenario.rules.use:
        where = use.model_dump(exclude={"agent"}, exclude_none=True)
        named.append((StandIn(entry_points.find(use.agent, allow_code=allow_code), where), use.agent))
    given = [(agent, "call") for agent in agents]
    return resolve([*named, *given], scenario.evidence())


def resolve(given: Iterable[tuple[Agent | StandIn, str]], values: Evidence) -> AgentOverrides:
    """Resolve a list of overrides to the class of each agent.

    Parameters
    ----------
    given
        Subclasses, or what their `for_` returns, each with the name of its giver. Of two for one agent, the later counts.

    Raises
    ------
    UsageError
        A class that is no agent's, or a `for_` that matches nobody.
    RuleError
        A rule that can't be asked.
    """
    places = institutions.load()
    kinds: dict[str, Agent] = {**KINDS, Patient.kind: Patient}
    chosen_by = [(one if isinstance(one, StandIn) else StandIn(one, {}), by) for one, by in given]
    for chosen, _ in chosen_by:
        check(chosen.agent)
    patients: list[type[Patient]] = [
        Patient,
        *(chosen.agent for chosen, _ in chosen_by if issubclass(chosen.agent, Patient)),
    ]
    user_columns = {f"own.{name}": found.unit for name, found in patients[-1].columns().items()}
    classes, records = _placed(chosen_by, kinds, places)
    rules: dict[tuple[Agent, str], ActiveRule] = {}
    variants: dict[str, list[dict[str, Any]]] = {}
    for kind, base in kinds.items():
        for name, declared in _choices(base).items():
            for index, agent in enumerate(classes[kind]):
                found = inspect.getattr_static(agent, name)
                if isinstance(found, Rule):
                    active = rules.get((agent, name))
                    if active is None:
                        layout = _layout(agent, found, declared, user_columns)
                        active = rules[agent, name] = ActiveRule(agent, found, declared.scores, layout)
                        active.draws = drawn_in(found.decide)
                    active.agents.append(index)
            if own := _deviating(classes[kind], name, declared):
                variants[declared.scores] = [
                    language.variant(using, declared, values) | {"agents": rows} for using, rows in own
                ]
    return AgentOverrides(classes, tuple(rules.values()), variants, tuple(records))


def _placed(
    chosen_by: Iterable[tuple[StandIn, str]], kinds: Mapping[str, Agent], places: Institutions
) -> tuple[dict[str, list[Agent]], list[Override]]:
    """Return the class of each agent by kind, and a record of each override.

    Raises
    ------
    UsageError
        An override that matches nobody.
    """
    classes: dict[str, list[Agent]] = {
        kind: [_default(base, index, len(names)) for index in range(len(names))]
        for kind, base in kinds.items()
        for names in [institutions.agent_names(kind, places)]
    }
    records = []
    for chosen, by in chosen_by:
        kind = chosen.agent.kind
        rows = [
            index
            for index in _matching(chosen, places)
            if _fits(chosen.agent, _default(kinds[kind], index, len(classes[kind])))
        ]
        if not rows:
            raise UsageError(f"agents: {chosen.agent.__name__} overrides no agent; allowed: places that exist")
        for index in rows:
            classes[kind][index] = chosen.agent
        records.append(Override(chosen.agent, len(rows), by))
    return classes, records


def _deviating(classes: Sequence[Agent], name: str, declared: Choice) -> list[tuple[Choice, list[int]]]:
    """Return the choices that some agents have in place of the declared one, each with those agents as indices."""
    own: list[tuple[Choice, list[int]]] = []
    for index, agent in enumerate(classes):
        if (using := _choice(agent, name)) != declared:
            rows = next((rows for other, rows in own if other == using), None)
            if rows is None:
                own.append((using, [index]))
            else:
                rows.append(index)
    return own


def check(agent: object) -> None:
    """Refuse what can't override an agent.

    Raises
    ------
    UsageError, RuleError
        Says which class and name, what was found and what is allowed.
    """
    names = ", ".join(kind.__name__ for kind in (*KINDS.values(), Patient))
    if not isinstance(agent, type) or not issubclass(agent, Institution | Patient):
        raise UsageError(f"agents: {agent!r} is not a class of agents; allowed: subclasses of {names}")
    if getattr(agent, "kind", None) not in (*KINDS, Patient.kind):
        raise UsageError(f"agents: {agent.__name__} is of no kind; allowed: subclasses of {names}")
    decisions = _choices(agent)
    for name in decisions:
        found = inspect.getattr_static(agent, name)
        if isinstance(found, Rule):
            if (state := writes(_function(found))) is not None:
                raise RuleError(
                    f"rule {agent.__name__}.{name}: sets {state}, a variable outside of it: state that is not declared; "
                    "allowed: attributes of the agents, user columns"
                )
        elif not isinstance(found, Choice):
            raise UsageError(
                f"agents: {agent.__name__}.{name} replaces a decision by something that is no rule; "
                "allowed: a method with @rule(reads=...), or another Choice with but(...)"
            )
    for owner in agent.__mro__:
        for name, found in vars(owner).items():
            if isinstance(found, Rule) and name not in decisions:
                allowed = ", ".join(decisions) or "none, it decides nothing"
                raise RuleError(
                    f"rule {agent.__name__}.{name}: not a decision of {agent.kind}{nearest(name, decisions)}; allowed: {allowed}"
                )


def _function(rule: Rule) -> FunctionType:
    assert isinstance(rule.decide, FunctionType)  # a rule is made of nothing else
    return rule.decide


def _choices(agent: Agent) -> dict[str, Choice]:
    """Return the decisions that an agent's class has from its kind, by name of the attribute."""
    found: dict[str, Choice] = {}
    for owner in reversed(agent.__mro__):
        for name, value in vars(owner).items():
            if isinstance(value, Choice):
                found.setdefault(name, value)
    return found


def _choice(agent: Agent, name: str) -> Choice:
    """Return the choice by which a class decides, or which its rule replaces."""
    found = next(vars(owner)[name] for owner in agent.__mro__ if isinstance(vars(owner).get(name), Choice))
    assert isinstance(found, Choice)
    return found


def _layout(agent: Agent, rule: Rule, declared: Choice, own: Mapping[str, str]) -> Layout:
    """Return the layout of a rule's columns; refuse columns that don't exist."""
    places = declared.scores == "placement"
    known = dict(language.references(agent.kind)) | dict(own)
    known |= (
        {f"agent.{name}": found.unit for name, found in agent.attributes().items()}
        if issubclass(agent, Institution)
        else {}
    )
    known |= {f"case.{name}": "" for name in (ALWAYS | OF_BEDS if places else ALWAYS)}
    if declared.scores not in ("placement", "discharge"):
        known = {name: unit for name, unit in known.items() if not name.startswith("option.")}
    for column in rule.reads:
        if column not in known:
            near = nearest(column, known).replace("case.", "")
            raise RuleError(
                f"rule {agent.__name__}.{rule.name}: reads {column.removeprefix('case.')}: not a column{near}; allowed: columns of stepdown explain {declared.scores}"
            )
    always = {f"case.{name}" for name in ALWAYS | OF_BEDS}
    return Layout(declared.scores, declared.options, [c for c in rule.reads if c not in always], known)


def _default(base: Agent, index: int, count: int) -> Agent:
    """Return the class of an agent that is not overridden."""
    if base is Commissioner:
        return NationalCommissioner if index == count - 1 else Collaborative
    return base


def _fits(own: Agent, default: Agent) -> bool:
    """Return whether a class can override an agent of another class."""
    special = (Collaborative, NationalCommissioner)
    return issubclass(own, default) or (own.kind == default.kind and not issubclass(own, special))


def _facts(kind: str, places: Institutions) -> list[dict[str, set[str]]]:
    """Return the names by which each agent of a kind can be picked."""

    def of_area(index: int) -> dict[str, set[str]]:
        area = places.areas[index]
        return {
            "area": {area.name},
            "commissioner": {places.commissioners[area.collaborative].name},
            "region": {places.regions[area.region]},
        }

    def of_areas(chosen: Iterable[int]) -> dict[str, set[str]]:
        merged: dict[str, set[str]] = {"area": set(), "commissioner": set(), "region": set()}
        for index in chosen:
            for key, values in of_area(index).items():
                merged[key] |= values
        return merged

    areas = range(len(places.areas))
    if kind in institutions.ONE_IN_ALL:
        return [{}]
    if kind in institutions.ONE_PER_REGION:
        return [
            of_areas(i for i in areas if places.areas[i].region == k) | {"region": {r}}
            for k, r in enumerate(places.regions)
        ]
    if kind in institutions.ONE_PER_COMMISSIONER:
        return [
            of_areas(i for i in areas if places.areas[i].collaborative == k) | {"commissioner": {c.name}}
            for k, c in enumerate(places.commissioners)
        ]
    if kind in institutions.ONE_PER_UNIT:
        return [
            of_area(u.area)
            | {"commissioner": {places.commissioners[u.commissioner].name}, "unit": {u.name, u.site}, "tier": {u.tier}}
            for u in places.units
        ]
    return [of_area(i) for i in areas]


def _matching(chosen: StandIn, places: Institutions) -> list[int]:
    """Return the agents that an override is for, as indices within their kind."""
    facts = _facts(chosen.agent.kind, places)
    for key, value in chosen.where.items():
        allowed = sorted({name for fact in facts for name in fact.get(key, ())})
        if value not in allowed:
            keys = sorted({key for fact in facts for key in fact})
            if key not in keys:
                can = ", ".join(keys) or "nothing, there is one in all England"
                raise UsageError(
                    f"{chosen.agent.__name__}.for_({key}={value!r}): a {chosen.agent.kind} has no {key}; allowed: {can}"
                )
            raise UsageError(
                f"{chosen.agent.__name__}.for_({key}={value!r}): not known{nearest(value, allowed)}; allowed: {', '.join(allowed)}"
            )
    return [i for i, fact in enumerate(facts) if all(value in fact[key] for key, value in chosen.where.items())]

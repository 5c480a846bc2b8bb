"""The texts of `stepdown explain` about the model: the day, a decision, one person's decision, a lever, a parameter."""

import re
import shlex
import textwrap
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from stepdown import _core, evidence, levers, plan
from stepdown.cli import explain_data, explain_estimands, explain_observations, output, parameters, synonyms
from stepdown.decisions import language
from stepdown.errors import UsageError
from stepdown.evidence.loader import nearest
from stepdown.results.schema import schema
from stepdown.scenario import EPOCH, Programme, Scenario, day, load

PARAMETER = ("id", "value", "unit", "range", "name")
"""What a list of parameters shows."""
WIDTH = 110
"""Letters in a line of a story."""

WORD = "a word of the data"

Found = tuple[Any, str]
"""What is said of a topic: as data, and as text."""


@dataclass(frozen=True)
class Topics:
    """Topics of one sort: their names, and what is said of one."""

    sort: str
    names: Callable[[], Iterable[str]]
    say: Callable[[str], Found]

    def __contains__(self, topic: str) -> bool:
        return topic in set(self.names())


def model(topic: str, scenario: Scenario, *, as_json: bool) -> None:
    """Explain how the model works: the order of the day, a decision, an observation, a number, a word of the data."""
    sorts = _sorts(scenario)
    found = [topics for topics in sorts if topic in topics]
    meant = [name for name in synonyms.meant(topic) if name != topic]
    also = []
    if not found and meant:
        also = [f"{topic!r} is explained as {meant[0]}"]
        topic, *meant = meant
        found = [topics for topics in sorts if topic in topics]
    if not found:
        known = [name for topics in sorts for name in topics.names()]
        hint = nearest(topic, known) or _inside(topic, known)
        raise UsageError(f"{topic!r} is not known{hint}{_namespace(topic)}; stepdown explain topics lists what is")
    told, text = found[0].say(topic)
    also += [f"see stepdown explain {shlex.quote(name)}" for name in meant]
    also += [f"{topic} is also {other.sort.replace('NAME', topic)}" for other in found[1:] if other.sort != WORD]
    if also:
        output.warn(f"{'; '.join(also)}")
    output.data_json(told) if as_json else output.data(text)


def _namespace(topic: str) -> str:
    """Return what may stand before a dot, where nothing is known by what stands there."""
    group = topic.partition(".")[0]
    known = [*explain_observations.SEEN, *explain_observations.agents(), *_tables(), "caseload"]
    if "." not in topic or group in known or any(id.startswith(f"{group}.") for id in evidence.load().parameters):
        return ""
    return (
        f"; before a dot stands case or option (what a decision sees), a kind of agent, a table, caseload, population, "
        f"or how the ids of parameters begin; {group!r} is none of these"
    )


def _inside(topic: str, known: Iterable[str]) -> str:
    """Return a hint that names what contains the topic, or is contained in it, as a word."""
    said = set(re.split(r"[\s._:/-]+", topic.lower())) - {""}
    found = [name for name in known if said & set(re.split(r"[\s._:/-]+", name.lower()))][:SUGGESTED]
    return f"; did you mean {', '.join(found)}?" if found else ""


def _sorts(scenario: Scenario) -> tuple[Topics, ...]:
    """Return every sort of topic; of two that know a topic, the first says it."""
    loaded = evidence.load()
    seen, told = explain_observations, explain_data
    branches = {".".join(id.split(".")[:n]): None for id in loaded.parameters for n in range(1, id.count(".") + 1)}

    def of(rows: Callable[[], Mapping[str, Mapping[str, Any]]]) -> Callable[[str], Found]:
        return lambda topic: _one(rows()[topic])

    return (
        Topics("a list", lambda: LISTS, lambda topic: _list(topic, scenario)),
        Topics("a lever", levers.load, lambda topic: _one(_lever(levers.load()[topic]))),
        Topics("a decision", language.decisions, _described),
        Topics("a decision", lambda: ["commissioning"], lambda _: (_commissioning(), _by_hand(_commissioning()))),
        Topics("a parameter", lambda: loaded.parameters, lambda topic: _one(parameters.rows([topic], scenario)[0])),
        Topics(
            "how ids of parameters begin (stepdown explain parameters)",
            lambda: branches,
            lambda topic: _parameters(topic, scenario),
        ),
        Topics("an estimand or a target", explain_estimands.known, explain_estimands.told),
        Topics("an observation", seen.observations, of(seen.observations)),
        Topics("an attribute of an agent", seen.attributes, of(seen.attributes)),
        Topics("an observation of what is asked", _short, of(_short)),
        Topics("an agent (stepdown explain agents)", seen.agents, of(seen.agents)),
        Topics("an agent (stepdown explain agents)", _classes, of(_classes)),
        Topics("a group of names", lambda: seen.SEEN, _group),
        Topics("a table of a run (stepdown schema)", _tables, _group),
        Topics("a column", seen.columns, of(seen.columns)),
        Topics("a phase of the day (stepdown explain day)", _phases, of(_phases)),
        Topics(WORD, seen.words, of(seen.words)),
        Topics("an indicator (stepdown explain indicators.NAME)", told.indicators, of(told.indicators)),
        Topics("an indicator", told.full_indicators, of(told.full_indicators)),
        Topics(
            "a column (stepdown explain TABLE.NAME)",
            told.columns,
            lambda topic: _rows(told.columns()[topic], ("column", "type", "unit", "what")),
        ),
        Topics(
            "a kind of words", told.vocabularies, lambda topic: _rows(told.vocabularies()[topic], ("word", "means"))
        ),
        Topics("a group of indicators", told.groups, of(told.groups)),
        Topics("a place", told.places, of(told.places)),
    )


def _one(row: Mapping[str, Any]) -> Found:
    return row, output.pairs(row)


def _rows(rows: Sequence[Mapping[str, Any]], keys: Sequence[str]) -> Found:
    return rows, output.columns(rows, keys)


def _list(topic: str, scenario: Scenario) -> Found:
    """Say one of the lists."""
    if topic == "day":
        told = [phase | {"decisions": ", ".join(phase["decisions"])} for phase in language.phases()]
        return _rows(told, ("phase", "name", "does", "decisions", "file", "function"))
    if topic == "parameters":
        return _rows(parameters.rows(evidence.load().parameters, scenario), PARAMETER)
    if topic == "levers":
        return _rows([_lever(lever) for lever in levers.load().values()], ("lever", "unit", "low", "high", "meaning"))
    if topic == "programmes":
        fields = Programme.model_fields.items()
        return _rows([{"key": key, "means": field.description} for key, field in fields], ("key", "means"))
    if topic == "agents":
        return _rows([*explain_observations.agents().values()], ("agent", "class", "decides", "what"))
    if topic in ("areas", "units"):
        rows = explain_data.areas() if topic == "areas" else explain_data.units()
        return _rows(rows, tuple(rows[0]))
    if topic == "indicators":
        return _rows([*explain_data.indicators().values()], ("indicator", "unit", "told apart by", "what"))
    if topic == "tables":
        return _rows([*_tables().values()], ("table", "files", "what"))
    if topic == "decisions":
        told = [
            {"decision": name, "agent": agent, "phase": ", ".join(choice.phases), "asked of": choice.asked_of}
            for name, (_, agent, choice) in language.decisions().items()
        ]
        last = {
            "decision": "commissioning",
            "agent": "Commissioner",
            "phase": "",
            "asked of": _commissioning()["asked of"],
        }
        return _rows([*told, last], ("decision", "agent", "phase", "asked of"))
    return _rows([{"topic": name, "says": what} for name, what in LISTS.items()] + OTHERS, ("topic", "says"))


LISTS = {
    "topics": "this list",
    "day": "the order of the day: its phases, the decisions asked in each, and its file in the engine",
    "decisions": "every decision: who makes it, of whom it is asked, in which phase",
    "agents": "who decides, with which attributes",
    "levers": "what a scenario may change",
    "programmes": "money for places and teams: what a scenario may say of it, key by key",
    "parameters": "every number, with its source",
    "tables": "the tables of a run",
    "indicators": "the published measures of a run, with units, and by what each is told apart",
    "areas": "the 42 areas, with region, collaborative and people",
    "units": "the secure units, with tier, sex, beds, area and provider",
}
"""Lists that can be asked for here."""
OTHERS = [
    {
        "topic": "estimands, targets",
        "says": "figures with a definition, and the published values that they are held against",
    },
    {"topic": "a name in one of these", "says": "that decision, agent, lever, parameter, table, estimand or target"},
    {"topic": "how ids begin (relapse)", "says": "the parameters or estimands whose ids begin so"},
    {
        "topic": "case, option",
        "says": "what a decision sees of a person, and of what is on offer; case.reading is one of them",
    },
    {"topic": "KIND.NAME", "says": "an attribute of an agent, such as responsible_clinician.threshold"},
    {
        "topic": "TABLE.COLUMN",
        "says": "a column of a run's table or of people in a model, such as spells.unit or caseload.place",
    },
    {
        "topic": "a column by itself (receptions)",
        "says": "what it means in each table that has it",
    },
    {
        "topic": "an indicator (occupancy)",
        "says": "what it counts, its unit, and by what it is told apart; indicators lists them",
    },
    {
        "topic": "a place (London)",
        "says": "which areas a region or collaborative has; who pays and who runs the wards of an area; the beds of a unit",
    },
    {
        "topic": "a word of the data (s47/49)",
        "says": "what it means: a place, a legal status, a stage, a reason, an event",
    },
]
SUGGESTED = 5
"""Most names in a hint."""


def _described(topic: str) -> Found:
    described = language.describe(topic, evidence.load())
    return described, decision_page(described)


def _parameters(topic: str, scenario: Scenario) -> Found:
    ids = [id for id in evidence.load().parameters if id.startswith(f"{topic}.")]
    return _rows(parameters.rows(ids, scenario), PARAMETER)


def _group(topic: str) -> Found:
    rows = [*explain_observations.under(topic)]
    if topic == "indicators":
        rows += [row | {"type": "indicator"} for row in explain_data.indicators().values()]
    return rows, output.columns(
        [{"name": next(iter(row.values()))} | row for row in rows], ("name", "type", "unit", "what")
    )


def _short() -> dict[str, dict[str, Any]]:
    """Return observations of a person and attributes by their bare names, and attributes as a score names them."""
    found: dict[str, dict[str, Any]] = {}
    for name, row in explain_observations.attributes().items():
        found.setdefault(f"agent.{name.partition('.')[2]}", row)
    found |= {f"lever.{lever.name}": _lever(lever) for lever in levers.load().values()}
    return found | {name.partition(".")[2]: row for name, row in explain_observations.observations().items()}


def _classes() -> dict[str, dict[str, Any]]:
    return {row["class"]: row for row in explain_observations.agents().values()}


def _tables() -> dict[str, dict[str, Any]]:
    return {
        table["table"]: {"table": table["table"], "files": table["files"], "what": table["description"]}
        for table in schema()["tables"]
    } | {
        "caseload": {
            "table": "caseload",
            "files": "model.caseload, in Python",
            "what": "Everybody on the caseload, as columns.",
        },
    }


def _phases() -> dict[str, dict[str, Any]]:
    return {phase["name"]: phase | {"decisions": ", ".join(phase["decisions"])} for phase in language.phases()}


def decision(
    topic: str,
    person: int,
    when: date,
    scenario: str | Path,
    overrides: Mapping[str, object],
    *,
    seed: int,
    replicate: int,
    threads: int,
    as_json: bool,
) -> None:
    """Explain a person's decision on a day: run the scenario up to it, and show inputs, scores, draws, answer."""
    if topic not in language.decisions():
        raise UsageError(f"{topic!r} is not a decision; allowed with --person: {', '.join(language.decisions())}")
    traces = _traces(scenario, overrides, topic, person, when, seed=seed, replicate=replicate, threads=threads)
    output.data_json(traces) if as_json else output.data("\n\n".join(_trace(trace) for trace in traces))


def _lever(lever: levers.Lever) -> dict[str, Any]:
    return {
        "lever": lever.name,
        "meaning": lever.meaning,
        "what binds": lever.binds or "not measured",
        "unit": lever.unit,
        "low": f"{lever.low:g}",
        "high": f"{lever.high:g}",
        "words": ", ".join(lever.words),
        "acts on": "choices and hazards" if lever.engine else f"{lever.target} ({lever.how})",
        "decisions": ", ".join(d for d in language.decisions() if lever.name in language.described_by(d)[0]),
    }


def _commissioning() -> dict[str, Any]:
    return {
        "decision": "commissioning",
        "decided by": "Commissioner, in Python: Commissioner.commissioning in python/stepdown/agents/commissioner.py",
        "asked of": "the figures of the quarter that has ended",
        "when": "between two days, when a quarter has ended; what it changes acts from the next day on",
        "answers": [{"option": label, "does": meaning} for _, label, meaning in _core.answers()["commissioning"]],
        "baseline": "closes a ward that stands empty, buys places and teams that patients lack, opens a ward or buys a bed outside "
        "the contract for a queue: where its contract releases the money, or some is left over; the table `orders` says why",
    }


def _by_hand(described: Mapping[str, Any]) -> str:
    """Return a decision that is made in Python as a page."""
    facts = {name: value for name, value in described.items() if name != "answers"}
    return f"{output.pairs(facts)}\n\n{output.columns(described['answers'], ('option', 'does'))}"


def decision_page(described: Mapping[str, Any]) -> str:
    """Return a decision as a page: its place in the day and in law, its answers, and then the scores."""
    lines = _story(described)
    wins = "the greatest score + Gumbel wins; an option without rows scores 0"
    if described["decision"] == "placement":
        wins = "the free bed with the greatest score is taken, none below 0; nothing is drawn"
    lines += ["", "where it is, and can be changed", *_where(described), "", f"scores: {wins}"]
    groups = [(option["option"], option["rows"]) for option in described["options"]]
    if described["delay"]:
        groups.append(("delay [ln d]", described["delay"]))
    for name, rows in groups:
        lines += ["", name]
        if rows:
            table = output.columns(
                [row | {"value": f"{row['value']:g}"} for row in rows], ("term", "value", "unit", "parameter", "source")
            )
            lines += [f"  {line}" for line in table.splitlines()]
    return "\n".join(lines)


def _story(described: Mapping[str, Any]) -> list[str]:
    """Return when the decision is made, by whom, of whom, what the law allows, and what each answer does."""
    lines = [f"{described['decision']}: decided by {described['agent']}", *_named("asked of", described["asked_of"])]
    for phase in described["phases"]:
        lines += _named("when", f"phase {phase['phase']} of the day, {phase['name']} ({phase['does']})")
    lines += _named("before", _neighbours(described["before"], begins=described["begins"]))
    lines += _named("after", _neighbours(described["after"], then=described["then"]))
    lines += _named("law", described["law"])
    table = output.columns(described["options"], ("option", "allowed", "does"))
    return [*lines, *table.splitlines()]


def _neighbours(decisions: Mapping[str, str], *, begins: str = "", then: str = "") -> str:
    """Return the decisions before or after another, each with who comes, and what happens without a decision."""
    named = ", ".join(f"{name} ({who})" for name, who in decisions.items())
    return "; ".join(part for part in (begins, named, then) if part)


def _where(described: Mapping[str, Any]) -> list[str]:
    """Return the files in which the decision can be read and changed."""
    engine: Mapping[str, Sequence[str]] = described["engine"]
    lines: list[str] = []
    for file in dict.fromkeys(language.engine_file(name) for name in (*engine["allowed by"], *engine["done by"])):
        says, does = ([n.partition("::")[2] for n in engine[key] if language.engine_file(n) == file] for key in engine)
        lines += _named(
            "" if lines else "engine",
            f"{file}: what may be answered in {', '.join(says)}; what follows in {', '.join(does)}",
        )
    own = f"{described['agent']}.{described['decision']}"
    return [
        *lines,
        *_named(
            "python", f"{described['python']}: {own}; a subclass has another choice or a rule there: docs/rules.md"
        ),
        *_named("scores", f"{described['file']}: the terms of each option"),
        *_named("numbers", f"{', '.join(described['parameters'])}: the coefficients; or [parameters] in a scenario"),
        *_named(
            "levers", f"{', '.join(described['levers'])}: under [levers] in a scenario" if described["levers"] else ""
        ),
        *_named(
            "agents",
            f"{', '.join(described['attributes'])}: set on the agents in a run" if described["attributes"] else "",
        ),
    ]


def _named(name: str, text: str) -> list[str]:
    """Return a text under a name, in lines that fit a terminal."""
    found = textwrap.wrap(text, WIDTH)
    return [f"  {name if number == 0 else '':<10}{line}" for number, line in enumerate(found)]


def _input(reference: str, value: float | None) -> str:
    """Return an input of a decision as text, codes by their names."""
    if value is None:
        return "null"
    words = _core.vocabulary(reference)
    return words[int(value)] if words else f"{value + 0.0:g}"


def _trace(trace: Mapping[str, Any]) -> str:
    lines = [f"{trace['decision']} on {trace['day']}, by {trace['agent']}: {trace['answer']}", "", "inputs"]
    lines += [f"  {name} = {_input(name, value)}" for name, value in trace["inputs"].items()]
    options = [
        {
            "option": name,
            "score": f"{score:.4f}",
            "draw": f"{trace['draws'][name]:.6f}",
            "probability": f"{trace['probabilities'][name]:.4f}",
            "allowed": "yes" if name in trace["allowed"] else "no",
        }
        for name, score in trace["scores"].items()
    ]
    table = output.columns(options, ("option", "score", "draw", "probability", "allowed"))
    return "\n".join([*lines, "", *table.splitlines()])


def _traces(
    name: str | Path,
    overrides: Mapping[str, object],
    decision: str,
    person: int,
    when: date,
    *,
    seed: int,
    replicate: int,
    threads: int,
) -> list[dict[str, Any]]:
    loaded = load(name, **overrides)
    if not loaded.first <= day(when) < loaded.end:
        raise UsageError(
            f"--day: {when} is not a day of {loaded.name}, which runs for {loaded.calendar.years} years from {loaded.calendar.start}"
        )
    simulation = _core.Simulation(
        plan.compile(loaded).json, seed=seed, replicate=replicate, threads=threads, check=False
    )
    simulation.trace(person)
    simulation.run_until(day(when) + 1)
    traces = [trace for trace in simulation.traces() if trace["decision"] == decision]
    found = [trace | {"day": str(when)} for trace in traces if trace["day"] == day(when)]
    if not found:
        days = sorted({str(date.fromordinal(EPOCH.toordinal() + trace["day"])) for trace in traces})
        asked = f"asked on {', '.join(days[-5:])}" if days else "never asked up to then"
        raise UsageError(f"person {person} was not asked for {decision} on {when}; {asked}")
    return found

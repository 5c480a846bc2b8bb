"""The texts of `stepdown explain` about the model: the day, a decision, one person's decision, a lever, a parameter."""

import textwrap
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

from stepdown import _core, evidence, levers, plan
from stepdown.cli import explain_estimands, output, parameters
from stepdown.decisions import language
from stepdown.errors import UsageError
from stepdown.evidence.loader import nearest
from stepdown.scenario import EPOCH, Scenario, day, load

PARAMETER = ("id", "value", "unit", "range", "name")
"""What a list of parameters shows."""
WIDTH = 110
"""Letters in a line of a story."""


def model(topic: str, scenario: Scenario, *, as_json: bool) -> None:
    """Explain how the model works: the order of the day, a decision, a lever, a number and what it is in a scenario."""
    loaded = evidence.load()
    if topic == "day":
        phases = [
            {"phase": number, "name": name, "does": does} for number, (name, does) in enumerate(_core.phases(), 1)
        ]
        output.data_json(phases) if as_json else output.data(output.columns(phases, ("phase", "name", "does")))
    elif topic == "parameters":
        found = parameters.rows(loaded.parameters, scenario)
        output.data_json(found) if as_json else output.data(output.columns(found, PARAMETER))
    elif topic == "levers":
        rows = [_lever(lever) for lever in levers.load().values()]
        output.data_json(rows) if as_json else output.data(
            output.columns(rows, ("lever", "unit", "low", "high", "meaning"))
        )
    elif topic in levers.load():
        row = _lever(levers.load()[topic])
        output.data_json(row) if as_json else output.data(output.pairs(row))
    elif topic in language.decisions():
        described = language.describe(topic, loaded)
        output.data_json(described) if as_json else output.data(decision_page(described))
    elif topic in loaded.parameters:
        (row,) = parameters.rows([topic], scenario)
        output.data_json(row) if as_json else output.data(output.pairs(row))
    elif topic == "commissioning":
        row = _commissioning()
        output.data_json(row) if as_json else output.data(_by_hand(row))
    elif branch := [id for id in loaded.parameters if id.startswith(f"{topic}.")]:
        found = parameters.rows(branch, scenario)
        output.data_json(found) if as_json else output.data(output.columns(found, PARAMETER))
    elif topic in explain_estimands.known():
        explain_estimands.explain(topic, as_json=as_json)
    else:
        decisions = [*language.decisions(), "commissioning"]
        known = [
            "day",
            "levers",
            "parameters",
            *decisions,
            *levers.load(),
            *loaded.parameters,
            *explain_estimands.known(),
        ]
        raise UsageError(
            f"{topic!r} is not known{nearest(topic, known)}; allowed: day, levers, a lever, parameters, the id of one "
            f"or how several begin (relapse), estimands, targets, the id of one, or a decision ({', '.join(decisions)})"
        )


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
        "unit": lever.unit,
        "low": f"{lever.low:g}",
        "high": f"{lever.high:g}",
        "words": ", ".join(lever.words),
        "acts on": "choices and hazards" if lever.engine else f"{lever.target} ({lever.how})",
    }


def _commissioning() -> dict[str, Any]:
    return {
        "decision": "commissioning",
        "decided by": "Commissioner, in Python: Commissioner.commissioning in agents/commissioner.py",
        "asked of": "the figures of the quarter that has ended",
        "when": "between two days, when a quarter has ended; what it changes acts from the next day on",
        "answers": [{"option": label, "does": meaning} for _, label, meaning in _core.answers()["commissioning"]],
        "baseline": "keeps what there is; a subclass opens or closes beds, and sets attributes",
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
    lines += ["", f"scores: {described['file']}; {wins}"]
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
        does = phase["does"].removeprefix(f"{phase['name']}: ")
        lines += _named("when", f"phase {phase['phase']} of the day, {phase['name']} ({does})")
        lines += _named("", f"it comes after {phase['before']} and before {phase['after']}")
    lines += _named("law", described["law"])
    table = output.columns(described["options"], ("option", "allowed", "does"))
    return [*lines, "", *table.splitlines()]


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

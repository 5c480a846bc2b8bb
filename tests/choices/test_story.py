"""What a decision says of itself: when it is asked in the day, and when each of its answers is open."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from stepdown import SecureCareModel, _core, load
from stepdown.agents import KINDS, Collaborative, Patient
from stepdown.agents.choices import Choice
from stepdown.cli import explain_model
from stepdown.decisions import language
from stepdown.decisions.rules import rule
from stepdown.evidence import load as load_evidence

ROOT = Path(__file__).parents[2]
EVIDENCE = load_evidence()
DECISIONS = list(language.decisions())
PHASES = [name for name, *_ in _core.phases()]


@pytest.mark.parametrize("decision", DECISIONS)
def test_a_decision_says_when_each_answer_is_open(decision: str) -> None:
    _, _, declared = language.decisions()[decision]
    assert list(declared.allowed) == list(declared.options)
    assert all(declared.allowed.values())
    assert declared.law.endswith(".")
    assert declared.phases and set(declared.phases) <= set(PHASES)


@pytest.mark.parametrize("decision", DECISIONS)
def test_twenty_lines_tell_when_who_and_of_whom_and_what_each_answer_does(decision: str) -> None:
    told = language.describe(decision, EVIDENCE)
    lines = explain_model.decision_page(told).splitlines()
    start = "\n".join(lines[:20])
    assert told["agent"] in start and told["asked_of"] in start
    for phase in told["phases"]:
        assert f"phase {phase['phase']} of the day, {phase['name']}" in start
    story = " ".join(start.split())
    for decision, who in (*told["before"].items(), *told["after"].items()):
        assert f"{decision} ({who})" in story
    assert told["begins"] in story and told["then"] in story
    for option in told["options"]:
        row = next(line for line in lines[:20] if line.startswith(f"{option['option']}  "))
        assert option["allowed"] in row and row.endswith(option["does"])
    assert any(line.startswith("scores: ") for line in lines)


@pytest.mark.parametrize("decision", DECISIONS)
def test_a_decision_has_something_before_it_and_something_after_it(decision: str) -> None:
    _, _, declared = language.decisions()[decision]
    assert set(declared.leads_to) <= set(DECISIONS) - {decision}
    assert declared.leads_to or declared.then
    assert language.before(decision) or declared.begins


@pytest.mark.parametrize("decision", DECISIONS)
def test_a_decision_names_its_functions_and_files_in_the_engine_and_in_python(decision: str) -> None:
    told = language.describe(decision, EVIDENCE)
    allowed, done = told["engine"].values()
    assert allowed and done
    phases = {phase["file"] for phase in told["phases"]}
    assert {language.engine_file(name) for name in (*allowed, *done)} == phases
    for function in (*allowed, *done):
        text = (ROOT / language.engine_file(function)).read_text(encoding="utf-8").split("#[cfg(test)]")[0]
        assert re.search(rf"^(pub(\(crate\))? )?fn {function.partition('::')[2]}\(", text, re.MULTILINE), function
    for file in (told["python"], told["file"], *told["parameters"]):
        assert (ROOT / file).is_file()
    assert f"class {told['agent']}(" in (ROOT / told["python"]).read_text(encoding="utf-8")
    page = explain_model.decision_page(told)
    assert all(file in page for file in (*phases, told["python"], told["file"], *told["parameters"]))


def test_decisions_are_asked_in_the_phases_that_they_name() -> None:
    asked: dict[Any, list[str]] = {}

    def noted(decision: str) -> Any:
        def decide(cls: Any, cases: Any, day: Any) -> Any:
            del cls
            asked.setdefault(day.date, []).append(decision)
            scores = day.scores(cases)
            return scores if decision == "placement" else day.choose(scores)

        return rule(reads=())(decide)

    agents = []
    for kind in (*KINDS.values(), Patient):
        own = {name: noted(found.scores) for name, found in vars(kind).items() if isinstance(found, Choice)}
        base = Collaborative if kind.__name__ == "Commissioner" else kind
        if own:
            agents.append(type(f"Noted{kind.__name__}", (base,), own))
    scenario = load("baseline", population=0.01, years=1, settle_days=0, employment_support=1.0, clustering=1.0)
    SecureCareModel(scenario, seed=9, agents=agents).run_model()
    assert {decision for day in asked.values() for decision in day} == set(DECISIONS)
    named = {decision: declared.phases for decision, (_, _, declared) in language.decisions().items()}
    for day in asked.values():
        phase = 0
        for decision in day:
            later = [number for number, name in enumerate(PHASES) if name in named[decision] and number >= phase]
            assert later, f"{decision} is asked after phase {PHASES[phase]}"
            phase = later[0]

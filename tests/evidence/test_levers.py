"""Levers and attributes: what a scenario can turn is there, and something listens."""

import re

import pytest

from stepdown import _core, evidence, levers
from stepdown.agents import KINDS
from stepdown.decisions import language
from stepdown.evidence import institutions
from stepdown.evidence.population import QUANTITIES

LEVERS = list(levers.load().values())


@pytest.mark.parametrize("kind", list(KINDS))
def test_an_agent_declares_what_the_tables_give_it(kind: str) -> None:
    table = institutions.load().agents
    given = {row["attribute"]: row["parameter"] for row in table if row["kind"] == kind and row["rows"] == "*"}
    assert {name: declared.evidence for name, declared in KINDS[kind].attributes().items()} == given


@pytest.mark.parametrize(
    "lever", [lever for lever in LEVERS if not (lever.engine or lever.level)], ids=lambda lever: lever.name
)
def test_a_lever_on_attributes_names_one_that_agents_declare(lever: levers.Lever) -> None:
    kind, attribute = lever.target.split(".")
    declared = KINDS[kind].attributes()[attribute]
    base = institutions.agents(kind, evidence.load(), institutions.load())[attribute]
    if lever.how == "set":
        assert declared.unit == lever.unit
        assert all(lever.low <= value <= lever.high for value in base)
    if lever.how == "scale":
        assert lever.unit == "ratio"


@pytest.mark.parametrize("lever", [lever for lever in LEVERS if lever.engine], ids=lambda lever: lever.name)
def test_something_reads_a_lever_that_has_no_attribute(lever: levers.Lever) -> None:
    terms = " ".join(row.term for name in language.decisions() for row in language.read(name, evidence.load()).scores)
    assert re.search(rf"\blever\.{lever.name}\b", terms) or lever.name in dict(_core.levers())


@pytest.mark.parametrize("name", list(dict(_core.levers())))
def test_a_lever_that_the_engine_reads_is_one_that_a_scenario_can_turn(name: str) -> None:
    lever = levers.load()[name]
    assert lever.engine
    assert dict(_core.levers())[name] == f"{lever.meaning}."


def test_every_level_of_the_population_has_a_lever_that_scales_it() -> None:
    scaling = {lever.level: lever for lever in LEVERS if lever.level}
    assert set(scaling) == set(QUANTITIES)
    assert all(
        lever.how == "scale" and lever.unit == "ratio" and lever.low <= 1 <= lever.high for lever in scaling.values()
    )


def test_a_neutral_lever_is_within_its_bounds() -> None:
    assert all(lever.low <= 0 <= lever.high for lever in LEVERS if lever.engine)

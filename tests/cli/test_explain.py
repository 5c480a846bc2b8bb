"""`stepdown explain`: whatever has a name in the model is explained, or the nearest name is given."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from stepdown import _core, levers
from stepdown.agents import KINDS
from stepdown.cli import explain_model, explain_observations, invoke, synonyms
from stepdown.decisions import language
from stepdown.evidence import institutions
from stepdown.results.indicators import ENGLAND, INDICATORS
from stepdown.results.schema import schema
from stepdown.scenario import load, places_by_name

ROOT = Path(__file__).parents[2]
BASELINE = load("baseline")


def told(capsys: pytest.CaptureFixture[str], topic: str) -> Any:
    """Explain a topic as JSON."""
    assert invoke(["explain", topic, "--json"]) == 0, capsys.readouterr().err
    return json.loads(capsys.readouterr().out)


def refused(capsys: pytest.CaptureFixture[str], topic: str) -> str:
    """Ask for a topic that isn't known; return what is said."""
    assert invoke(["explain", topic]) == 2
    return capsys.readouterr().err


def names() -> list[str]:
    """Everything that decisions can see, every attribute, column, kind of agent, table, phase and word."""
    seen = explain_observations
    return [
        *seen.observations(),
        *seen.attributes(),
        *(f"lever.{name}" for name in levers.load()),
        *seen.columns(),
        *KINDS,
        *(table["table"] for table in schema()["tables"]),
        *(phase["name"] for phase in language.phases()),
        *seen.words(),
        *(indicator.name for indicator in INDICATORS),
        *(column["name"] for table in schema()["tables"] for column in table["columns"]),
        *schema()["vocabularies"],
        *schema()["groups"],
        ENGLAND,
        *places_by_name(institutions.load()),
        *(unit.name for unit in institutions.load().units),
    ]


def test_everything_that_has_a_name_is_explained() -> None:
    sorts = explain_model._sorts(BASELINE)
    for name in names():
        found = next((topics for topics in sorts if name in topics), None)
        assert found is not None, name
        _, text = found.say(name)
        assert text.strip() and not re.search(r"\bNone\b(?!\.)", text), name


def test_an_observation_says_what_it_is_its_type_and_unit_and_who_reads_it(capsys: pytest.CaptureFixture[str]) -> None:
    place = told(capsys, "case.place")
    assert place["type"] == "code" and "medium secure" in place["words"] and "unit" not in set(place.values())
    assert place["what"].startswith("Where the person is.")
    reading = told(capsys, "case.reading")
    assert (reading["type"], reading["unit"]) == ("number", "SD")
    assert "hearing" in reading["read by"] and reading["can be null"].startswith("yes")
    assert told(capsys, "reading") == reading
    assert told(capsys, "option.price")["unit"] == "k£/wk"


def test_who_reads_an_observation_is_whose_scores_name_it() -> None:
    for reference, decisions in explain_observations.readers().items():
        for decision in decisions:
            text = (ROOT / f"python/stepdown/evidence/choices/{decision}.csv").read_text(encoding="utf-8")
            assert reference in text, (reference, decision)


@pytest.mark.parametrize("name", ["case.place", "case.reading", "case.forensic_team", "option.free"])
def test_what_is_said_of_an_observation_in_scores_and_rules_is_true(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    row = told(capsys, name)
    assert language.parse(row["in a score"], "commissioner")
    assert row["in a rule"].startswith("@rule(reads=(")
    for file in row["engine"].split(", "):
        assert (ROOT / file.split(" ")[0]).is_file()


def test_an_attribute_of_an_agent_names_its_parameter_levers_and_readers(capsys: pytest.CaptureFixture[str]) -> None:
    threshold = told(capsys, "responsible_clinician.threshold")
    assert threshold["parameter"] == "institution.responsible_clinician.threshold"
    assert "review" in threshold["read by"]
    assert told(capsys, "agent.threshold") == threshold
    assert told(capsys, "commissioner.limit")["levers"] == "transfer_limit"
    assert told(capsys, "Tribunal")["decides"] == "hearing"


def test_the_day_names_the_decisions_and_the_file_of_each_phase(capsys: pytest.CaptureFixture[str]) -> None:
    phases = told(capsys, "day")
    assert {name for phase in phases for name in phase["decisions"].split(", ") if name} == set(language.decisions())
    for phase in phases:
        assert f"pub fn {phase['function']}(" in (ROOT / phase["file"]).read_text(encoding="utf-8")


def test_a_status_says_what_follows_when_it_ends(capsys: pytest.CaptureFixture[str]) -> None:
    assert "notional s37" in told(capsys, "s47/49")["legal status"]
    assert "spells.legal" in told(capsys, "s47/49")["columns"]


def test_an_indicator_says_what_it_is_also_where_its_name_means_something_else_first(
    capsys: pytest.CaptureFixture[str],
) -> None:
    row = told(capsys, "occupancy")
    assert (row["unit"], row["divided by"]) == ("share", "bed_days") and "tier" in row["told apart by"]
    assert invoke(["explain", "transfers"]) == 0
    assert "transfers is also an indicator (stepdown explain indicators.transfers)" in capsys.readouterr().err
    assert told(capsys, "indicators.transfers")["indicator"] == "transfers"


def test_a_column_by_itself_is_explained_in_each_table_that_has_it(capsys: pytest.CaptureFixture[str]) -> None:
    assert [row["column"] for row in told(capsys, "unit")][:2] == ["events.unit", "spells.unit"]
    assert {row["word"] for row in told(capsys, "legal status")} >= {"s37", "s47/49"}


def test_a_name_of_several_places_is_explained_with_all_of_them(capsys: pytest.CaptureFixture[str]) -> None:
    south_west = told(capsys, "South West")
    assert "Dorset" in south_west["region"] and "Dorset" not in south_west["commissioner"]


def test_a_requirement_is_that_of_treatment(capsys: pytest.CaptureFixture[str]) -> None:
    assert told(capsys, "requirement")["word"] == "mental health treatment requirement"


@pytest.mark.parametrize(("name", "meant"), synonyms.SYNONYMS.items())
def test_a_former_or_everyday_name_leads_to_what_it_means(
    name: str, meant: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    sorts = explain_model._sorts(BASELINE)
    for topic in meant:
        assert any(topic in topics for topics in sorts), topic
    code = invoke(["explain", name.title()]) if name.title() != name else invoke(["explain", name])
    said = capsys.readouterr().err
    assert code == 0
    assert all(topic in said for topic in meant if topic != name), said


@pytest.mark.parametrize(
    ("topic", "nearest"),
    [
        ("dischrage", "discharge"),
        ("case.plase", "case.place"),
        ("responsible_clinician.treshold", "responsible_clinician.threshold"),
        ("transfer_limits", "transfer_limit"),
        ("spells.legl", "spells.legal"),
        ("s37/4", "s37/41"),
        ("matchin", "matching"),
    ],
)
def test_a_misspelt_name_of_any_sort_names_the_nearest(
    topic: str, nearest: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert f"did you mean {nearest}?" in refused(capsys, topic)


@pytest.mark.parametrize("topic", ["nonsense", "nonsense.nonsense", "xyzzy", "q" * 5000])
def test_a_name_that_is_near_to_none_gets_no_hint(topic: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert "did you mean" not in refused(capsys, topic)


def test_a_hint_stands_before_the_page() -> None:
    said = subprocess.run(
        [sys.executable, "-m", "stepdown", "explain", "tribunal"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        text=True, check=True,
    ).stdout  # fmt: skip
    assert said.startswith("stepdown: see stepdown explain hearing; ")


ENGINE_READS = set(re.findall(r"\b[a-z_]+::[a-z_]+\b", "".join(
    path.read_text(encoding="utf-8") for path in (ROOT / "rust/core/src").rglob("*.rs") if path.name != "agents.rs"
)))  # fmt: skip


def test_whatever_acts_on_a_decision_is_on_its_page(capsys: pytest.CaptureFixture[str]) -> None:
    pages = {decision: told(capsys, decision) for decision in language.decisions()}
    shown = {
        name if "." in name else f"{page['kind']}.{name}" for page in pages.values() for name in page["attributes"]
    }
    for name in explain_observations.attributes():
        assert (name in shown) or name.replace(".", "::") not in ENGINE_READS, f"{name} acts on no decision"
    levers_shown = {name for page in pages.values() for name in page["levers"]}
    assert {name for name, lever in levers.load().items() if lever.level is None} | {"beds"} == levers_shown
    for page in pages.values():
        for name in page["attributes"]:
            full = name if "." in name else f"{page['kind']}.{name}"
            assert full in explain_observations.attributes()
            assert page["decision"] in told(capsys, full)["acts on"]
        for name in page["levers"]:
            assert name == "beds" or page["decision"] in told(capsys, name)["decisions"]


def test_levers_that_act_through_places_teams_and_money_are_on_the_page_of_a_discharge(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert {"aftercare_budget", "pooled_budgets", "supported_places", "forensic_teams", "mainstream_teams"} <= set(
        told(capsys, "discharge")["levers"]
    )
    assert "aftercare_budget" in (invoke(["explain", "discharge"]), capsys.readouterr().out)[1]


def test_a_name_of_no_group_says_what_can_be_explained(capsys: pytest.CaptureFixture[str]) -> None:
    said = refused(capsys, "xunit.beds")
    assert "before a dot stands case or option" in said and "'xunit' is none of these" in said
    assert "stepdown explain topics" in said
    topics = [row["topic"] for row in told(capsys, "topics")]
    assert {"day", "decisions", "agents", "levers", "parameters", "tables"} <= set(topics)


def test_every_list_can_be_asked_for(capsys: pytest.CaptureFixture[str]) -> None:
    for topic in explain_model.LISTS:
        assert told(capsys, topic), topic
    assert {row["decision"] for row in told(capsys, "decisions")} == set(_core.options())

"""Scenarios: a difference from a parent, resolved, and refused in one sentence where they can't be understood."""

import json
from datetime import date
from pathlib import Path

import pytest

from stepdown import scenario
from stepdown.errors import LimitError, ScenarioError

HEAD = 'title = "t"\nwhy = "w"\nextends = "baseline"\n'


def write(folder: Path, text: str, name: str = "x.toml") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize("name", scenario.names())
def test_a_resolved_scenario_read_again_is_the_same(tmp_path: Path, name: str) -> None:
    loaded = scenario.load(name)
    assert scenario.load(write(tmp_path, loaded.to_toml())) == loaded


def test_the_constant_world_differs_from_the_baseline_in_its_demography_alone() -> None:
    baseline, constant = scenario.load("baseline").model_dump(), scenario.load("constant").model_dump()
    assert {key for key in baseline if baseline[key] != constant[key]} == {"title", "why", "name", "demography"}


def test_a_child_replaces_a_lever_whole_and_keeps_the_others(tmp_path: Path) -> None:
    write(
        tmp_path,
        HEAD + "[levers.transfer_limit]\nvalue = 14\nfrom = 2025-04-01\n[levers.supported_places]\nvalue = 100\n",
        "parent.toml",
    )
    text = HEAD.replace("baseline", "parent") + "[levers.transfer_limit]\nvalue = 28\n"
    child = scenario.load(write(tmp_path, text))
    assert [(s.value, s.from_) for s in child.steps("transfer_limit")] == [(28.0, None)]
    assert [s.value for s in child.steps("supported_places")] == [100.0]


def test_a_lever_that_is_off_is_no_lever(tmp_path: Path) -> None:
    write(tmp_path, HEAD + "[levers.transfer_limit]\nvalue = 14\n", "parent.toml")
    text = HEAD.replace("baseline", "parent") + '[levers]\ntransfer_limit = "off"\n'
    assert scenario.load(write(tmp_path, text)).levers == scenario.load("baseline").levers


def test_a_title_and_a_question_are_never_inherited(tmp_path: Path) -> None:
    with pytest.raises(ScenarioError, match=r"x\.toml: why: missing"):
        scenario.load(write(tmp_path, 'title = "t"\nextends = "baseline"\n'))


def test_parameters_are_named_by_id_quoted_or_not(tmp_path: Path) -> None:
    quoted = scenario.load(write(tmp_path, HEAD + '[parameters]\n"institution.ministry.minimum" = 2\n'))
    nested = scenario.load(write(tmp_path, HEAD + "[parameters]\ninstitution.ministry.minimum = 2\n"))
    assert quoted == nested
    assert quoted.parameters == {"institution.ministry.minimum": 2.0}


def test_overrides_name_keys_calendar_or_levers() -> None:
    loaded = scenario.load("baseline", population=0.01, years=5, start=date(2025, 4, 1), transfer_limit=14)
    assert (loaded.population, loaded.calendar.years, loaded.calendar.start.year) == (0.01, 5, 2025)
    assert [s.value for s in loaded.steps("transfer_limit")] == [14.0]
    with pytest.raises(ScenarioError, match="override yers is not known; did you mean years"):
        scenario.load("baseline", yers=5)
    with pytest.raises(ScenarioError, match="override: population: 7; allowed: at most 1"):
        scenario.load("baseline", population=7)


def test_the_days_are_counted_as_the_engine_counts_them() -> None:
    loaded = scenario.load("baseline")
    assert (loaded.first, loaded.start, loaded.end) == (45381 - 1096, 45381, 52686)


def test_a_run_ends_before_the_calendar_does() -> None:
    with pytest.raises(LimitError, match="pass the last day 2079-04-01"):
        scenario.load("baseline", years=90)


def test_an_error_of_a_parent_names_the_parent(tmp_path: Path) -> None:
    write(tmp_path, HEAD + "[calendar]\nyears = 0\n", "parent.toml")
    with pytest.raises(ScenarioError, match=r"parent\.toml: calendar\.years: 0; allowed: at least 1, line 5"):
        scenario.load(write(tmp_path, HEAD.replace("baseline", "parent")))


def test_scenarios_that_extend_each_other_are_refused(tmp_path: Path) -> None:
    write(tmp_path, HEAD.replace("baseline", "b"), "a.toml")
    write(tmp_path, HEAD.replace("baseline", "a"), "b.toml")
    with pytest.raises(ScenarioError, match=r"b\.toml: extends: 'a' leads back to .*a\.toml, line 3"):
        scenario.load(tmp_path / "a.toml")


def test_the_schema_knows_every_lever_and_parameter() -> None:
    schema = json.loads(json.dumps(scenario.json_schema()))
    assert schema["additionalProperties"] is False
    assert set(schema["properties"]) == {"extends", *scenario.Scenario.model_fields}
    assert "transfer_limit" in schema["$defs"]["Levers"]["properties"]
    assert "institution.commissioner.limit" in schema["properties"]["parameters"]["properties"]

"""The command line: data to stdout, the rest to stderr, JSON where it is asked for."""

import json
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest

from stepdown import _core, evidence, levers, scenario
from stepdown.cli import app, invoke
from stepdown.decisions import language
from stepdown.errors import StepdownError
from stepdown.results import Results

COMMANDS = [
    "init",
    "validate",
    "run",
    "resume",
    "verify",
    "reproduce",
    "explain",
    "influence",
    "schema",
    "export",
    "series",
    "cache",
    "validate-model",
    "calibrate",
    "indicators",
    "plan",
    "task",
    "compare",
    "dashboard",
    "economics",
    "futures",
    "search",
    "report",
]


def said(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """Run a command line that ends well; return what it prints to stdout."""
    assert invoke(arguments) == 0
    return capsys.readouterr().out


def said_json(capsys: pytest.CaptureFixture[str], *arguments: str) -> Any:
    return json.loads(said(capsys, *arguments, "--json"))


def test_every_command_is_registered() -> None:
    named = [command.callback.__name__ for command in app.registered_commands if command.callback]
    assert [name.replace("_", "-") for name in named] == COMMANDS


def test_commands_that_need_no_model_dont_wait_for_mesa(small_run: Results) -> None:
    arguments = [["--help"], ["schema"], ["schema", "scenario"], ["cache"], ["verify", str(small_run.path)]]
    program = (
        "import sys; from stepdown.cli import invoke\n"
        f"assert [invoke(some) for some in {arguments!r}] == [0] * {len(arguments)}\n"
        "assert 'mesa' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True, stdout=subprocess.DEVNULL)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_helps_with_an_example_and_can_speak_json(
    command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    text = said(capsys, command, "--help")
    assert f"Example: stepdown {command}" in " ".join(text.split())
    assert "--json" in text


def test_the_help_names_every_exit_code(capsys: pytest.CaptureFixture[str]) -> None:
    def codes(of: type[StepdownError]) -> set[int]:
        return {of.exit_code}.union(*(codes(child) for child in of.__subclasses__()))

    text = " ".join(said(capsys, "--help").split())
    for code in codes(StepdownError):
        assert f" {code} " in text.split("Exit codes:")[1]


def test_a_new_scenario_is_valid_and_has_its_schema_beside_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "study"
    assert said(capsys, "init", str(folder)) == f"{folder / 'scenario.toml'}\n"
    assert (folder / "scenario.toml").read_text(encoding="utf-8").startswith("#:schema ./scenario.schema.json\n")
    assert json.loads((folder / "scenario.schema.json").read_text(encoding="utf-8")) == scenario.json_schema()
    assert "valid" in said(capsys, "validate", str(folder / "scenario.toml"))


def test_a_resolved_scenario_is_toml_that_inherits_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    data = tomllib.loads(said(capsys, "validate", "constant", "--resolved"))
    assert "extends" not in data
    assert data["calendar"]["years"] == 20


def test_validation_tells_the_digests(capsys: pytest.CaptureFixture[str]) -> None:
    (found,) = said_json(capsys, "validate", "baseline")
    assert found["evidence"] == evidence.load().digest
    assert len(found["plan"]) == 64


def test_the_day_is_explained_in_its_order(capsys: pytest.CaptureFixture[str]) -> None:
    phases = said_json(capsys, "explain", "day")
    assert [phase["phase"] for phase in phases] == list(range(1, 13))
    assert all(phase["does"] for phase in phases)


def test_a_decision_is_explained_with_options_scores_and_sources(capsys: pytest.CaptureFixture[str]) -> None:
    assert "case.reading" in said(capsys, "explain", "review")
    found = said_json(capsys, "explain", "review")
    rows = [row for option in found["options"] for row in option["rows"]]
    assert rows
    assert all(row["source"] and row["parameter"] in evidence.load().parameters for row in rows)


def test_a_parameter_is_explained_with_its_publication(capsys: pytest.CaptureFixture[str]) -> None:
    found = said_json(capsys, "explain", "institution.beds.high")
    assert "HL3021" in found["source"]
    assert "715" in said(capsys, "explain", "institution.beds.high")


def test_a_parameter_is_explained_with_its_users_and_its_value_in_a_scenario(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "mine.toml"
    text = 'title = "t"\nwhy = "w"\nextends = "baseline"\n[parameters]\n"relapse.year1" = 0.3\n'
    path.write_text(text, encoding="utf-8")
    there = said_json(capsys, "explain", "relapse.year1", "--scenario", str(path), "--draw", "2")
    assert (there["value there"], there["which is"]) == ("0.3", "set by the scenario")
    drawn = said_json(capsys, "explain", "relapse.substance", "--scenario", str(path), "--draw", "2")
    assert (drawn["scenario"], drawn["which is"]) == ("mine", "draw 2")
    assert drawn["value there"] != drawn["value"] == "1.3"
    assert (drawn["assumption"], drawn["used by"]) == ("yes", "rust/core/src/hazards/relapse.rs")
    best = said_json(capsys, "explain", "institution.commissioner.limit")
    assert (best["which is"], best["used by"]) == (
        "the best value",
        "attribute commissioner.limit, lever transfer_limit",
    )


def test_a_misspelt_parameter_names_the_nearest(capsys: pytest.CaptureFixture[str]) -> None:
    assert invoke(["explain", "relapse.yaer1"]) == 2
    assert "did you mean relapse.year1?" in capsys.readouterr().err


def test_parameters_that_begin_alike_are_listed_together(capsys: pytest.CaptureFixture[str]) -> None:
    found = said_json(capsys, "explain", "relapse")
    assert [row["id"] for row in found] == [id for id in evidence.load().parameters if id.startswith("relapse.")]
    assert "relapse.year1" in said(capsys, "explain", "relapse")


def test_the_decision_that_is_python_says_where_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    assert "agents/commissioner.py" in said_json(capsys, "explain", "commissioning")["decided by"]
    assert "open beds" in said(capsys, "explain", "commissioning")


def test_the_version_is_that_of_the_engine(capsys: pytest.CaptureFixture[str]) -> None:
    assert said(capsys, "--version").strip() == f"stepdown {_core.version()}"


def test_every_lever_and_parameter_is_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert [row["lever"] for row in said_json(capsys, "explain", "levers")] == list(levers.load())
    assert [row["id"] for row in said_json(capsys, "explain", "parameters")] == list(evidence.load().parameters)
    assert "commissioner.limit" in said(capsys, "explain", "transfer_limit")


def test_the_page_of_parameters_has_them_all(capsys: pytest.CaptureFixture[str]) -> None:
    page = said(capsys, "schema", "parameters")
    assert all(f"`{id}`" in page for id in evidence.load().parameters)


def test_the_schema_of_a_scenario_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    assert json.loads(said(capsys, "schema", "scenario")) == scenario.json_schema()


def test_explain_says_what_an_estimand_means_and_what_it_is_held_against(capsys: pytest.CaptureFixture[str]) -> None:
    told = said_json(capsys, "explain", "C05")
    assert told["estimand"] == "stay.medium.admitted.median" and told["unit"] == "d"
    assert "Kaplan-Meier" in told["estimand: censoring"]
    assert said_json(capsys, "explain", "stay.medium.admitted.median")["targets"] == "C05"
    ids = [row["id"] for row in said_json(capsys, "explain", "stay.medium")]
    assert ids and all(id.startswith("stay.medium.") for id in ids)
    assert {row["id"] for row in said_json(capsys, "explain", "targets")} >= {"C01", "S02", "X09"}


def test_ids_of_estimands_targets_parameters_levers_and_decisions_never_meet() -> None:
    from stepdown.estimands import ESTIMANDS, targets

    ids = [*ESTIMANDS, *targets.load(), *evidence.load().parameters, *levers.load(), *language.decisions()]
    assert len(set(ids)) == len(ids)


@pytest.mark.parametrize("command", ["run", "resume", "status", "emit"])
def test_every_command_of_a_sweep_helps_with_an_example_and_can_speak_json(
    command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    text = said(capsys, "sweep", command, "--help")
    assert f"Example: stepdown sweep {command}" in " ".join(text.split())
    assert "--json" in text

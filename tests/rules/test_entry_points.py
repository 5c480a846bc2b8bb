"""Agents of installed packages: named by entry point, told in the manifest, and code that isn't installed only if allowed."""

from __future__ import annotations

import json
from importlib.metadata import EntryPoint
from typing import TYPE_CHECKING, Any

import pytest
from typer.testing import CliRunner

from stepdown import SecureCareModel, load, run
from stepdown.cli import app
from stepdown.decisions import entry_points
from stepdown.errors import ScenarioError, UsageError
from stepdown.running.reproduce import reproduce

if TYPE_CHECKING:
    from pathlib import Path

SOURCE = '''
"""A cautious clinician, for trying out."""

from stepdown.agents import ResponsibleClinician
from stepdown.agents.choices import Review
from stepdown.decisions.rules import rule


class Cautious(ResponsibleClinician):
    """Finds fewer ready."""

    @rule(reads=())
    def review(cls, cases, day):
        scores = day.scores(cases)
        scores[Review.READY] -= 1.0
        return day.choose(scores)
'''

SCENARIO = """
title = "Cautious"
why = "What does caution do?"
extends = "baseline"
population = 0.005

[calendar]
years = 1
settle_days = 0

[rules]
use = [{use}]
"""


class Installed(EntryPoint):
    """An entry point of a package that is not really there."""

    dist: Any = type("Distribution", (), {"name": "carefulness"})()


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    home = tmp_path / "carefulness"
    home.mkdir()
    (home / "__init__.py").write_text(SOURCE, encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    point = Installed("Cautious", "carefulness:Cautious", entry_points.GROUP)
    monkeypatch.setattr(entry_points, "entry_points", lambda group: [point] if group == entry_points.GROUP else [])
    monkeypatch.setattr(entry_points, "_distributions", lambda: {"carefulness": ["carefulness"]})
    monkeypatch.setattr(entry_points, "version", lambda _: "1.2.3")
    return home


def scenario(folder: Path, use: str) -> Path:
    """Write a scenario that uses an agent."""
    path = folder / "cautious.toml"
    path.write_text(SCENARIO.format(use=use), encoding="utf-8")
    return path


def test_a_scenario_names_an_agent_that_a_package_offers(package: Path, tmp_path: Path) -> None:
    path = scenario(tmp_path, '"carefulness:Cautious"')
    results = run(path, out=tmp_path / "run", seed=2)
    (agent,), (asked,) = results.manifest["agents"], results.manifest["rules"]
    assert agent["agent"] == "carefulness:Cautious"
    assert (agent["package"], agent["version"]) == ("carefulness", "1.2.3")
    assert agent["agents"] == len(SecureCareModel(path).institutions["responsible_clinician"]) > 100
    assert agent["sha256"] == entry_points.code_of(type("X", (), {"__module__": "carefulness"})).sha256
    assert (asked["decision"], asked["form"], asked["safe_for_paired_comparison"]) == ("review", "batch", True)
    assert asked["cases"] > 0
    assert (package / "__init__.py").is_file()
    assert load(tmp_path / "run" / "scenario.toml").rules.use[0].agent == "carefulness:Cautious"
    assert reproduce(tmp_path / "run")


def test_an_agent_may_stand_in_for_some_only(package: Path, tmp_path: Path) -> None:
    use = '{ agent = "carefulness:Cautious", tier = "low secure", commissioner = "South West" }'
    model = SecureCareModel(scenario(tmp_path, use))
    (asked,) = model.agent_overrides.rules
    assert package.exists()
    assert 0 < len(asked.agents) < 20


@pytest.mark.parametrize(
    ("use", "said"),
    [
        ('"carefulness:Cautios"', "no installed package offers 'carefulness:Cautios' in stepdown.rules; did you mean carefulness:Cautious?"),
        ('"os:system"', "code that isn't installed needs allow_code=True"),
        ('"carefulness"', "rules.use[0].agent"),
        ('{ agent = "carefulness:Cautious", teir = "low secure" }', "teir"),
    ],
)  # fmt: skip
def test_what_is_not_offered_is_refused(package: Path, tmp_path: Path, use: str, said: str) -> None:
    assert package.exists()
    with pytest.raises(ScenarioError) as refused:
        SecureCareModel(scenario(tmp_path, use))
    assert said in str(refused.value)


def test_code_that_is_not_installed_needs_to_be_allowed(tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text(SOURCE, encoding="utf-8")
    path = scenario(tmp_path, json.dumps(f"{tmp_path / 'mine.py'}:Cautious"))
    shell = CliRunner()
    refused = shell.invoke(app, ["run", str(path), "--out", str(tmp_path / "run")])
    assert refused.exit_code != 0
    done = shell.invoke(app, ["run", str(path), "--out", str(tmp_path / "run"), "--allow-code"])
    assert done.exit_code == 0, done.output
    manifest = json.loads((tmp_path / "run" / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["agents"][0]["package"] is None
    assert manifest["agents"][0]["sha256"]


def test_a_run_of_agents_that_were_given_in_python_is_not_reproduced_without_them(
    package: Path, tmp_path: Path
) -> None:
    cautious = entry_points.find("carefulness:Cautious")
    results = run(load("baseline", population=0.005, years=1, settle_days=0), agents=[cautious], out=tmp_path / "run")
    assert package.exists()
    assert results.manifest["agents"][0]["given_by"] == "call"
    with pytest.raises(UsageError, match=r"was given agents in Python \(carefulness:Cautious\)"):
        reproduce(tmp_path / "run")
    assert reproduce(tmp_path / "run", agents=[cautious])

"""An experiment's file says what is run, and what is wrong with it is told in one sentence."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from stepdown.errors import ScenarioError
from stepdown.experiments.config import load_experiment

from .conftest import write

HEAD = 'title = "t"\nwhy = "w"\n'


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "scenarios: empty; allowed: at least one scenario, or a base"),
        ('scenarios = ["bradly"]', "scenarios[0]: scenario 'bradly' is not known; did you mean bradley?"),
        ('scenarios = ["bradley", "bradley"]', "bradley is there twice; allowed: each name once, line 3"),
        ('scenarios = ["baseline", "nowhere.toml"]', "scenarios[1]: "),
        ('scenarios = ["baseline", "nowhere.toml"]', "nowhere.toml: there is no such file, line 3"),
        ('scenarios = "baseline"\nreplicate = 3', "replicate: not known; did you mean replicates?, line 4"),
        ('scenarios = "baseline"\nreplicates = 0', "replicates: 0; allowed: at least 1, line 4"),
        ('scenarios = "baseline"\nreplicates = "3"', 'replicates: "3" is not a number, line 4'),
        ('scenarios = "baseline"\nkeep = ["spell"]', "keep[0]: 'spell'; allowed: events, spells,"),
        ('scenarios = "baseline"\n[grid]\ntransfer_limt = [1]', "grid.transfer_limt: not known; did you mean transfer_limit?"),
        ('scenarios = "baseline"\n[grid]\n"relapse.yearx" = [1]', "grid.relapse.yearx: "),
        ('scenarios = "baseline"\n[grid]\ntransfer_limit = [-3]', "grid.transfer_limit: grid-1 (transfer_limit = -3): levers.transfer_limit"),
        ('scenarios = "baseline"\n[grid]\ntransfer_limit = [3, 14]\ncquin = [nan]', "nan is not a finite number"),
        ('scenarios = "baseline"\n[grid]\ntransfer_limit = [3, 14]\ncquin = [nan]', "grid.cquin: grid-1"),
        ('scenarios = "baseline"\n[grid]\ntransfer_limit = [3, 14]\ncquin = [nan]', ", line 6"),
        ('scenarios = "baseline"\n[grid]\ntransfer_limit = [3, 3]', "grid.transfer_limit: 3 is there twice; allowed: each value once, line 5"),
        (
            'scenarios = "baseline"\n[sample]\nsize = 4\n[sample.over]\ncustody = {low = 1, high = 1}',
            "sample.over.custody.high: 1; allowed: above low, 1",
        ),
        ('scenarios = "baseline"\n[[outcomes]]\nindicator = "waitng"', "outcomes[0].indicator: 'waitng' is not known"),
        (
            'scenarios = "baseline"\n[[outcomes]]\nindicator = "waiting"\nlevel = "low secure"',
            "outcomes[0].level: 'low secure'; allowed for all: all",
        ),
        (
            'scenarios = "baseline"\n[[outcomes]]\nindicator = "waiting"\narea = "Kentt"',
            "outcomes[0].area: 'Kentt' is not known",
        ),
        ('scenarios = ["baseline", "world-2013"]', "calendar."),
        ('scenarios = "baseline"\n[package]\nscenario = "bradley"', "package.parts: 1 parts; allowed: 2 to 6"),
        (
            'scenarios = "baseline"\n[package]\nscenario = "both.toml"\n[package.parts]\nall = ["custody"]',
            "package.parts.all: 'custody'; allowed: clinician_threshold, supported_places",
        ),
        (
            'scenarios = "baseline"\n[package]\nscenario = "both.toml"\n[package.parts]\none = ["supported_places"]',
            "package.parts: clinician_threshold is in 0 of them; allowed: each lever of the package in one",
        ),
    ],
)  # fmt: skip
def test_a_fault_is_one_sentence(tmp_path: Path, text: str, sentence: str) -> None:
    path = write(tmp_path, HEAD + text + "\n")
    with pytest.raises(ScenarioError) as error:
        load_experiment(path)
    assert sentence in str(error.value)
    assert str(error.value).startswith(str(path))
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("name", "text", "sentence"),
    [
        ("grid-1", "[grid]\ntransfer_limit = [3]", "grid: grid-1 is the name of two scenarios"),
        (
            "sample-2",
            "[sample]\nsize = 2\n[sample.over]\ncustody = {low = 1, high = 2}",
            "sample-2 is the name of two scenarios",
        ),
        (
            "other",
            '[package]\nscenario = "three.toml"\n[package.parts]\na = ["custody"]\nb = ["diversion"]\na-b = ["risk_aversion"]',
            "package: with-a-b is the name of two scenarios",
        ),
    ],
)
def test_no_scenario_takes_the_place_of_another(tmp_path: Path, name: str, text: str, sentence: str) -> None:
    """One of them would never be run, and nobody would be told."""
    head = 'title = "t"\nwhy = "w"\nextends = "baseline"\n'
    (tmp_path / f"{name}.toml").write_text(f"{head}[levers.transfer_limit]\nvalue = 14\n")
    levers = "".join(f"[levers.{lever}]\nvalue = 1.5\n" for lever in ("custody", "risk_aversion"))
    (tmp_path / "three.toml").write_text(f"{head}{levers}[levers.diversion]\nvalue = 0.5\n")
    path = write(tmp_path, f'{HEAD}scenarios = ["baseline", "{name}.toml"]\n{text}\n')
    with pytest.raises(ScenarioError, match=re.escape(sentence)):
        load_experiment(path)


def test_a_grid_has_every_combination_and_a_sample_one_value_in_each_part(tmp_path: Path) -> None:
    text = 'scenarios = "baseline"\n[grid]\ntransfer_limit = [14, 28]\n"relapse.year1" = [0.2, 0.3, 0.4]\n'
    text += "[sample]\nsize = 8\n[sample.over]\ncustody = {low = 1, high = 9}\ndiversion = {low = 0.01, high = 1, scale = 'log'}"
    arms = load_experiment(write(tmp_path, HEAD + text)).arms
    grid = [arm for arm in arms if arm.name.startswith("grid-")]
    assert [arm.values["transfer_limit"] for arm in grid] == [14] * 3 + [28] * 3
    assert grid[5].scenario.parameters["relapse.year1"] == 0.4
    assert grid[5].scenario.steps("transfer_limit")[0].value == 28
    sample = [arm for arm in arms if arm.name.startswith("sample-")]
    assert sorted(int(arm.values["custody"]) for arm in sample) == list(range(1, 9)), "one in each of eight parts"
    assert all(0.01 <= arm.values["diversion"] <= 1 for arm in sample)
    assert sum(arm.values["diversion"] < 0.1 for arm in sample) == 4, "half of them below the middle of the logarithms"


def test_a_package_is_run_in_all_combinations_of_its_parts(tmp_path: Path) -> None:
    asked = load_experiment(write(tmp_path))
    assert [arm.name for arm in asked.arms] == [
        "baseline", "with-clinician_threshold", "with-supported_places", "with-clinician_threshold-supported_places",
    ]  # fmt: skip
    one, other, both = (arm.scenario for arm in asked.arms[1:])
    assert not one.steps("supported_places") and not other.steps("clinician_threshold")
    assert both.steps("supported_places") == other.steps("supported_places")
    assert both.steps("clinician_threshold") == one.steps("clinician_threshold")


def test_a_package_that_differs_in_more_than_levers_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path)
    more = (tmp_path / "both.toml").read_text() + '\n[parameters]\n"relapse.year1" = 0.3\n'
    (tmp_path / "both.toml").write_text(more)
    with pytest.raises(ScenarioError, match="it differs from the base in parameters, too"):
        load_experiment(path)


def test_a_scenario_alone_is_compared_with_its_parent(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text('title = "t"\nwhy = "w"\nextends = "bradley"\n[levers.diversion]\nvalue = 1\n')
    asked = load_experiment(tmp_path / "mine.toml", replicates=2, population=0.01)
    assert [arm.name for arm in asked.arms] == ["bradley", "mine"]
    assert asked.keys.replicates == 2
    assert {arm.scenario.population for arm in asked.arms} == {0.01}


def test_the_experiment_on_the_page_is_valid(tmp_path: Path) -> None:
    page = (Path(__file__).parents[2] / "docs" / "experiments.md").read_text(encoding="utf-8")
    for k, code in enumerate(re.findall(r"^```toml\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)):
        (tmp_path / f"{k}.toml").write_text(code, encoding="utf-8")
        asked = load_experiment(tmp_path / f"{k}.toml")
        assert len(asked.arms) > 1
        said = set(re.findall(r"^\| `(\w+)`", page, re.MULTILINE)) | set(re.findall(r"`(\w+)`, `\w+` \|", page))
        assert set(type(asked.keys).model_fields) - {"why"} <= said, "every key is in the table"

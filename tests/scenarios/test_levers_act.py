"""Levers reach the engine: attributes change on their day and over their ramp, beds open on theirs."""

from pathlib import Path

import pytest

from stepdown import _core, evidence, plan, scenario

HEAD = 'title = "t"\nwhy = "w"\nextends = "baseline"\npopulation = 0.001\n[calendar]\nyears = 1\nsettle_days = 0\n'


def simulation(folder: Path, text: str) -> _core.Simulation:
    path = folder / "x.toml"
    path.write_text(HEAD + text, encoding="utf-8")
    document = plan.compile(scenario.load(path)).json
    return _core.Simulation(document, seed=1, replicate=0, threads=1, check=True)


def test_an_attribute_changes_on_its_day_and_changes_back(tmp_path: Path) -> None:
    text = "[levers.transfer_limit]\nvalue = 14\nfrom = 2024-04-11\nuntil = 2024-04-21\n"
    run = simulation(tmp_path, text)
    limits = []
    for _ in range(25):
        run.run_until(run.day + 1)
        limits.append(run.attribute("commissioner", "limit")[0])
    assert limits == [28.0] * 10 + [14.0] * 10 + [28.0] * 5


def test_a_lever_without_a_first_day_is_in_force_from_the_start(tmp_path: Path) -> None:
    run = simulation(tmp_path, '[levers.contract]\nvalue = "block"\n')
    run.run_until(run.day + 1)
    assert set(run.attribute("commissioner", "contract")) == {0.0}


def test_a_ramp_takes_the_same_step_each_day(tmp_path: Path) -> None:
    run = simulation(tmp_path, "[levers.tribunal_capacity]\nvalue = 2\nfrom = 2024-04-02\nramp_days = 4\n")
    capacities = []
    for _ in range(6):
        run.run_until(run.day + 1)
        capacities += run.attribute("tribunal", "capacity")
    base = evidence.load().value("institution.tribunal.capacity")
    assert capacities == pytest.approx([base * factor for factor in (1, 1.25, 1.5, 1.75, 2, 2)])


def test_a_sample_opens_its_share_of_the_beds_on_their_day(tmp_path: Path) -> None:
    run = simulation(tmp_path, "[[levers.beds.medium]]\nfrom = 2024-04-03\nbeds = 4000\n")

    def beds() -> int:
        total: int = sum(unit["beds"] for unit in run.units())
        return total

    before = beds()
    run.run_until(run.day + 2)
    assert beds() == before
    run.run_until(run.day + 1)
    assert beds() == before + 4

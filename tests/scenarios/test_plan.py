"""The plan: one document, the same bytes every time, that follows what the scenario says."""

import json
import os
import subprocess
import sys
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from stepdown import evidence, levers, plan, scenario
from stepdown.errors import ScenarioError
from stepdown.scenario import day

HEAD = 'title = "t"\nwhy = "w"\nextends = "baseline"\n'
APRIL = day(date(2025, 4, 1))


def compiled(folder: Path, text: str) -> plan.Plan:
    path = folder / "x.toml"
    path.write_text(HEAD + text, encoding="utf-8")
    return plan.compile(scenario.load(path))


@pytest.mark.parametrize("name", scenario.names())
def test_every_scenario_compiles(name: str) -> None:
    assert plan.compile(scenario.load(name)).data["name"] == name


def test_the_digest_is_the_same_under_two_hash_seeds() -> None:
    program = "from stepdown import plan, scenario; print(plan.compile(scenario.load('bradley')).digest)"
    digests = set()
    for hash_seed in ("0", "1"):
        done = subprocess.run(
            [sys.executable, "-c", program],
            env=os.environ | {"PYTHONHASHSEED": hash_seed},
            capture_output=True,
            text=True,
            check=True,
        )
        digests.add(done.stdout)
    assert digests == {plan.compile(scenario.load("bradley")).digest + "\n"}


def test_the_document_is_canonical() -> None:
    document = plan.compile(scenario.load("baseline"))
    assert plan.canonical(json.loads(document.json)) == document.json


def test_a_lever_that_is_off_compiles_to_the_baselines_bytes(tmp_path: Path) -> None:
    baseline = plan.compile(scenario.load("baseline")).data
    off = compiled(tmp_path, 'name = "baseline"\n[levers]\ntransfer_limit = "off"\nrisk_aversion = "off"\n').data
    assert off == baseline


def test_every_lever_that_choices_read_is_named_and_neutral_in_the_baseline() -> None:
    engine = {lever.name for lever in levers.load().values() if lever.engine}
    assert plan.compile(scenario.load("baseline")).data["levers"] == {name: [] for name in engine}


def test_a_lever_of_the_choices_keeps_its_days_ramp_and_areas(tmp_path: Path) -> None:
    text = '[levers.risk_aversion]\nvalue = 0.5\nfrom = 2025-04-01\nramp_days = 90\nareas = ["West Yorkshire"]\n'
    data = compiled(tmp_path, text).data
    at = [area["name"] for area in data["areas"]].index("West Yorkshire")
    step = {"from": APRIL, "until": None, "ramp": 90, "value": 0.5, "areas": [at]}
    assert data["levers"]["risk_aversion"] == [step]


def test_a_lever_on_attributes_reaches_the_agents_of_its_areas_and_ends(tmp_path: Path) -> None:
    text = '[levers.transfer_limit]\nvalue = 14\nfrom = 2025-04-01\nuntil = 2026-04-01\nareas = ["London"]\n'
    data = compiled(tmp_path, text).data
    changes = [(c["day"], data["commissioners"][c["agent"]], c["value"]) for c in data["changes"]]
    assert changes == [
        (APRIL, "North London", 14.0),
        (APRIL, "South London Partnership", 14.0),
        (APRIL + 365, "North London", 28.0),
        (APRIL + 365, "South London Partnership", 28.0),
    ]


def test_a_total_is_shared_out_whole(tmp_path: Path) -> None:
    data = compiled(tmp_path, "[levers.supported_places]\nvalue = 500\nfrom = 2025-04-01\n").data
    changed = sum(change["value"] for change in data["changes"])
    assert changed == evidence.load().value("institution.aftercare_funder.supported_places") + 500


def test_two_steps_of_one_lever_add_up_while_both_are_in_force(tmp_path: Path) -> None:
    text = (
        "[[levers.tribunal_capacity]]\nvalue = 2\nfrom = 2025-04-01\n"
        "[[levers.tribunal_capacity]]\nvalue = 1.5\nfrom = 2026-04-01\n"
    )
    base = evidence.load().value("institution.tribunal.capacity")
    changes = compiled(tmp_path, text).data["changes"]
    assert [(c["day"], c["value"]) for c in changes] == [(APRIL, 2 * base), (APRIL + 365, 3 * base)]


def test_a_day_sets_one_value_for_an_area(tmp_path: Path) -> None:
    step = "[[levers.transfer_limit]]\nvalue = {}\nfrom = 2025-04-01\n"
    twice = r"levers.transfer_limit\[1\].from: an earlier step sets the value on 2025-04-01 already"
    with pytest.raises(ScenarioError, match=twice):
        compiled(tmp_path, step.format(5) + step.format(300))
    apart = [
        step.format(days) + f'areas = ["{area}"]\n'
        for days, area in ((5, "Kent, Surrey and Sussex"), (9, "South West"))
    ]
    assert compiled(tmp_path, "".join(apart)).data["changes"]


def test_a_step_waits_until_the_ramp_of_another_has_ended(tmp_path: Path) -> None:
    text = (
        "[[levers.tribunal_capacity]]\nvalue = 2\nfrom = 2025-04-01\nramp_days = 365\n"
        "[[levers.tribunal_capacity]]\nvalue = 1.5\nfrom = {}\n"
    )
    assert compiled(tmp_path, text.format("2026-04-01")).data["changes"]
    with pytest.raises(
        ScenarioError, match="levers.tribunal_capacity: a step begins or ends while another still ramps"
    ):
        compiled(tmp_path, text.format("2026-03-31"))


def test_beds_open_and_close_by_unit(tmp_path: Path) -> None:
    text = '[[levers.beds.high]]\nfrom = 2025-04-01\nbeds = -12\nunit = "Rampton Hospital"\nsex = "female"\n'
    data = compiled(tmp_path, text).data
    (change,) = data["beds"]
    assert (change["day"], change["change"]) == (APRIL, -12)
    assert data["units"][change["unit"]]["name"] == "Rampton Hospital: high secure, women"


def test_no_more_beds_close_than_there_are(tmp_path: Path) -> None:
    one = '[[levers.beds.high]]\nfrom = 2025-04-01\nbeds = -40\nunit = "Rampton Hospital"\nsex = "female"\n'
    with pytest.raises(ScenarioError, match=r"beds: -40; allowed: at least -\d, the beds that are left on 2025-04-01"):
        compiled(tmp_path, one + one)


def test_a_parameter_of_the_scenario_reaches_the_plan(tmp_path: Path) -> None:
    data = compiled(tmp_path, '[parameters]\n"institution.beds.high" = 800\n"institution.open.high" = 1.0\n').data
    assert sum(unit["beds"] for unit in data["units"] if unit["tier"] == "high secure") == 800


def test_levers_on_the_population_scale_its_years_and_those_of_its_world() -> None:
    def years(name: str, **levers: object) -> dict[int, dict[str, float]]:
        compiled = plan.compile(scenario.load(name, **levers)).data["population"].get("years", [])
        return {row["year"]: row for row in compiled}

    assert years("baseline") == {}
    step = {"value": 2.0, "from": "2026-04-01", "until": "2030-04-01", "ramp_days": 731}
    found = years("baseline", arrests=step)
    assert [found[year]["arrests"] for year in (2026, 2027, 2028, 2030)] == pytest.approx(
        [1.25, 1.75, 2.0, 1.0], abs=1e-3
    )
    assert all(row["custody"] == 1.0 for row in found.values())
    alone, scaled = years("world-2013"), years("world-2013", arrests={"value": 0.5, "from": "2019-04-01"})
    assert [scaled[y]["arrests"] / alone[y]["arrests"] for y in (2018, 2019, 2022)] == [1.0, 0.5, 0.5]
    assert all(scaled[y]["sentences"] == alone[y]["sentences"] for y in alone)


@pytest.mark.parametrize(
    ("step", "message"),
    [
        ({"value": 2.0, "from": "2026-05-01"}, "levers.arrests.*from: 2026-05-01; allowed: a 1 April"),
        ({"value": 2.0, "until": "2026-05-01"}, "levers.arrests.*until: 2026-05-01; allowed: a 1 April"),
        ({"value": 2.0, "areas": ["Devon"]}, "it acts on all of the population; allowed: no areas"),
    ],
)
def test_a_lever_on_the_population_acts_for_whole_years_everywhere(step: dict[str, object], message: str) -> None:
    with pytest.raises(ScenarioError, match=message):
        scenario.load("baseline", arrests=step)


def test_a_contract_reaches_collaboratives_and_nhs_england_only_where_it_is_named(tmp_path: Path) -> None:
    national = len(compiled(tmp_path, "").data["commissioners"]) - 1

    def reached(text: str, attribute: str = "contract") -> set[int]:
        return {row["agent"] for row in compiled(tmp_path, text).data["changes"] if row["attribute"] == attribute}

    everywhere = '[levers.contract]\nvalue = "payment by results"\nfrom = 2025-04-01\n'
    assert reached(everywhere) == set(range(national))
    assert reached(everywhere + 'areas = ["NHS England"]\n') == {national}
    assert reached(everywhere + 'areas = ["Devon", "NHS England"]\n') == {2, national}
    share = "[levers.gain_share]\nvalue = 0.8\nfrom = 2025-04-01\n"
    assert reached(share, "gain_share") == set(range(national))
    two = everywhere.replace("[levers.contract]", "[[levers.contract]]")
    other = '[[levers.contract]]\nvalue = "pathway package"\nfrom = 2025-04-01\nareas = ["NHS England"]\n'
    assert reached(two + other) == set(range(national + 1))
    with pytest.raises(ScenarioError, match="an earlier step sets the value"):
        compiled(tmp_path, two + other.replace("NHS England", "Devon"))


def test_nhs_england_is_no_area_of_a_lever_on_others(tmp_path: Path) -> None:
    with pytest.raises(ScenarioError, match="'NHS England' is not known"):
        compiled(tmp_path, '[levers.supported_places]\nvalue = 50\nareas = ["NHS England"]\n')


def test_beds_of_many_units_close_and_open_by_whole_wards(tmp_path: Path) -> None:
    def changes(beds: int) -> tuple[dict[int, int], list[dict[str, Any]]]:
        data = compiled(tmp_path, f"[[levers.beds.medium]]\nfrom = 2027-04-01\nbeds = {beds}\n").data
        return {row["unit"]: row["change"] for row in data["beds"]}, data["units"]

    closing, units = changes(-300)
    assert sum(closing.values()) == -300
    whole = [unit for unit, beds in closing.items() if -beds in plan.wards_of(units[unit]["beds"], units[unit]["ward"])]
    assert len(whole) == len(closing) - 1, "all but the rest, which is less than a ward"
    assert len({units[unit]["commissioner"] for unit in closing}) > 10
    opening, _ = changes(300)
    assert sum(opening.values()) == 300
    assert sum(beds % units[unit]["ward"] != 0 for unit, beds in opening.items()) <= 1
    some, _ = changes(-3)
    assert list(some.values()) == [-3]
    everything = sum(unit["beds"] for unit in units if unit["tier"] == "medium secure")
    left, _ = changes(-everything)
    assert all(units[unit]["beds"] == -beds for unit, beds in left.items()) and sum(left.values()) == -everything

"""No lever leaves a run as it was without a word, and none is refused for another reason than its own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from stepdown import SecureCareModel, plan
from stepdown.cli import invoke
from stepdown.errors import NoEffectWarning, ScenarioError
from stepdown.scenario import load, names

if TYPE_CHECKING:
    from pathlib import Path

SMALL: dict[str, Any] = {"population": 0.002, "years": 1, "settle_days": 30}


def said(**given: Any) -> list[str]:
    loaded = load("baseline", **SMALL | given)
    return plan.without_effect(loaded, plan.compile(loaded))


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ({"transfer_limit": {"value": 14, "from": "2030-04-01"}}, "levers.transfer_limit[0] does nothing: it begins on 2030-04-01, and the run ends on 2025-04-01"),
        ({"transfer_limit": {"value": 14, "from": "2025-04-01"}}, "begins on 2025-04-01, and the run ends on 2025-04-01"),
        ({"transfer_limit": {"value": 14, "until": "2024-03-02"}}, "it ends on 2024-03-02, and the run begins on 2024-03-02"),
        ({"arrests": {"value": 2, "from": "2026-04-01"}}, "levers.arrests[0] does nothing: it begins on 2026-04-01"),
        ({"arrests": 1}, "levers.arrests[0] does nothing: its value is 1.0, as without it"),
        ({"ministry_capacity": 1.0}, "levers.ministry_capacity[0] does nothing: its value is 1.0, as without it"),
        ({"supported_places": 1}, "+1 places round to none in a sample of 0.002 of England"),
        ({"beds": {"medium": [{"from": "2024-06-01", "beds": 20}]}}, "levers.beds.medium[0] does nothing: +20 beds round to none in a sample of 0.002 of England"),
        ({"beds": {"low": [{"from": "2026-06-01", "beds": 5000}]}}, "levers.beds.low[0] does nothing: it begins on 2026-06-01"),
        ({"beds": {"low": [{"from": "2024-06-01", "beds": 0}]}}, "it opens and closes no beds"),
        ({"cquin": 0.1, "parameters": dict.fromkeys(plan.GOAL_WEIGHTS, 0.0)}, "levers.cquin[0] does nothing: no goal has a weight; allowed: a weight above 0 of one of money.goal.stay.weight"),
    ],
)  # fmt: skip
def test_a_lever_that_does_nothing_is_named(given: dict[str, Any], why: str) -> None:
    found = said(**given)
    assert len(found) == 1
    assert why in found[0]
    with pytest.warns(NoEffectWarning, match="does nothing"):
        SecureCareModel(load("baseline", **SMALL | given), seed=3)


@pytest.mark.parametrize(
    "given",
    [
        {"transfer_limit": 14},
        {"transfer_limit": {"value": 14, "from": "2024-04-01"}},
        {"supported_places": 2000},
        {"beds": {"medium": [{"from": "2024-06-01", "beds": 500}]}},
        {"beds": {"medium": [{"from": "2024-06-01", "beds": -500}]}},
    ],
)
def test_a_lever_that_does_something_changes_the_run_and_is_not_named(given: dict[str, Any]) -> None:
    assert said(**given) == []
    with_it, without = SecureCareModel(**SMALL | given, seed=3), SecureCareModel(**SMALL, seed=3)
    assert with_it.plan.digest != without.plan.digest


def test_beds_that_round_to_none_one_by_one_open_together() -> None:
    some = [
        {"from": "2024-06-01", "beds": 100},
        {"from": "2024-07-01", "beds": 200},
        {"from": "2024-08-01", "beds": 700},
    ]
    assert [sentence.split(" ")[0] for sentence in said(beds={"medium": some})] == ["levers.beds.medium[0]"]
    model = SecureCareModel(**SMALL, beds={"medium": some}, seed=3)
    before = SecureCareModel(**SMALL, seed=3)
    for one in (model, before):
        one.run_for(200)
    opened = sum(row["beds"] for row in model.core.figures()) - sum(row["beds"] for row in before.core.figures())
    assert opened == 2


@pytest.mark.parametrize(
    ("given", "key"),
    [
        ({"transfer_limit": {"value": 14, "from": "2015-04-01"}}, r"levers.transfer_limit(\[0\])?.from"),
        ({"ministry_capacity": {"value": 2, "from": "2015-04-01"}}, r"levers.ministry_capacity(\[0\])?.from"),
        ({"arrests": {"value": 2, "from": "2015-04-01"}}, r"levers.arrests(\[0\])?.from"),
        ({"beds": {"low": [{"from": "2015-04-01", "beds": 500}]}}, r"levers.beds.low(\[0\])?.from"),
    ],
)
def test_a_lever_before_the_burn_in_is_refused_for_that_reason(given: dict[str, Any], key: str) -> None:
    with pytest.raises(
        ScenarioError, match=key + r": 2015-04-01 is before the first day, 2024-03-02, with which the burn-in begins"
    ):
        load("baseline", **SMALL | given)


def test_the_command_line_says_it_and_the_manifest_keeps_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["run", "medium-beds", "--population", "0.001", "--years", "3", "--out", str(tmp_path / "run")]
    assert invoke(arguments) == 0
    err = capsys.readouterr().err
    assert "stepdown: medium-beds: levers.beds.medium[0] does nothing: +20 beds round to none" in err
    assert "This is a sample, 0.001 of England" in err
    assert invoke(["validate", "medium-beds"]) == 0
    assert "does nothing" not in capsys.readouterr().err


def test_no_lever_of_the_projects_own_scenarios_does_nothing_in_full() -> None:
    for name in names():
        loaded = load(name)
        assert plan.without_effect(loaded, plan.compile(loaded)) == [], name

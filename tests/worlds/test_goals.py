"""Income that depends on goals, computed anew from the figures of each day, the spells and the evidence."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from stepdown import evidence
from stepdown.running.run import run
from stepdown.scenario import load
from stepdown.vocabulary import SECURE

if TYPE_CHECKING:
    from pathlib import Path

    from stepdown.results import Results

FIRST, AFTER = date(2025, 4, 1), date(2026, 4, 1)
SHARE = 0.1
GOALS = ("stay", "wait", "readmission", "recovery", "feedback")


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Results:
    scenario = load("baseline", population=0.02, years=2, cquin=SHARE)
    return run(scenario, seed=5, out=tmp_path_factory.mktemp("goals") / "run")


@pytest.fixture(scope="module")
def goals(results: Results) -> list[dict[str, Any]]:
    return results.table("goals").to_pylist()


def value(ident: str) -> float:
    return evidence.load().value(ident)


def test_a_share_of_the_contracts_value_is_at_risk_in_collaboratives_units_from_the_levers_day_on(
    results: Results, goals: list[dict[str, Any]]
) -> None:
    assert {row["tier"] for row in goals} == {"medium secure", "low secure"}
    daily = [row for row in results.table("daily").to_pylist() if FIRST <= row["day"] < AFTER]
    for tier in ("medium secure", "low secure"):
        name = tier.split()[0]
        beds = sum(row["beds"] for row in daily if row["tier"] == tier)
        owed = SHARE * value(f"money.norm.{name}") * value(f"money.{name}") * beds
        rows = [row for row in goals if row["tier"] == tier and row["year"] == FIRST.year]
        # Each bed's day, and each goal's part, is rounded to the penny.
        assert sum(row["at_risk"] for row in rows) / 100 == pytest.approx(owed, abs=0.01 * len(rows) + 4.0)


def test_a_goal_pays_by_its_level_to_the_penny_and_the_rest_is_withheld(
    results: Results, goals: list[dict[str, Any]]
) -> None:
    assert {row["goal"] for row in goals} == set(GOALS)
    for row in goals:
        terms = {name: value(f"money.goal.{row['goal']}.{name}") for name in ("threshold", "full")}
        reached = 1.0
        if row["of"]:
            level = row["measured"] / row["of"] / (1e6 if row["goal"] == "feedback" else 1)
            reached = (level - terms["threshold"]) / (terms["full"] - terms["threshold"])
        assert row["paid"] == pytest.approx(row["at_risk"] * min(max(reached, 0.0), 1.0), abs=0.5 + 1e-6)
    withheld: Counter[int] = Counter()
    for row in goals:
        withheld[row["year"]] += row["at_risk"] - row["paid"]
    booked: Counter[int] = Counter()
    for row in results.table("ledger").to_pylist():
        if row["spend"] == "withheld":
            booked[row["year"]] -= row["pence"]
    assert booked == withheld
    assert withheld[FIRST.year] > 0


def test_the_income_at_risk_is_divided_by_the_weights(goals: list[dict[str, Any]]) -> None:
    weights = {goal: value(f"money.goal.{goal}.weight") for goal in GOALS}
    at_risk = {goal: sum(row["at_risk"] for row in goals if row["goal"] == goal) for goal in GOALS}
    for goal in GOALS:
        expected = weights[goal] / sum(weights.values())
        assert at_risk[goal] / sum(at_risk.values()) == pytest.approx(expected, abs=1e-4), goal


def test_long_days_are_those_of_the_spells(results: Results, goals: list[dict[str, Any]]) -> None:
    units: Counter[str] = Counter()
    for row in results.table("spells").to_pylist():
        if row["place"] in SECURE and row["unit"] is not None:
            end = AFTER if row["ending"] == "open" else row["end"]
            mark = timedelta(days=value(f"money.goal.long.{row['place'].split()[0]}"))
            # The day on which a stay is as long as the mark isn't a long one yet.
            begin = max(FIRST, row["start"] + mark + timedelta(days=1))
            units[row["unit"]] += max((min(end, AFTER) - begin).days, 0)
    rows = [row for row in goals if row["goal"] == "stay" and row["year"] == FIRST.year]
    assert {row["unit"]: row["measured"] for row in rows} == {row["unit"]: units[row["unit"]] for row in rows}


def test_feedback_is_the_hope_that_patients_report(results: Results, goals: list[dict[str, Any]]) -> None:
    for year in (FIRST.year,):
        rows = [row for row in results.table("wellbeing").to_pylist() if row["year"] == year]
        for tier in ("medium secure", "low secure"):
            told = [row for row in goals if (row["goal"], row["tier"], row["year"]) == ("feedback", tier, year)]
            there = [row for row in rows if row["place"] == tier]
            assert sum(row["measured"] for row in told) == sum(row["hope"] for row in there)
            assert sum(row["of"] for row in told) == sum(row["people"] for row in there)


def test_money_on_goals_moves_decisions_and_what_it_moves_is_counted(results: Results) -> None:
    rows = [row for row in results.table("gaming").to_pylist() if row["tier"] in ("medium secure", "low secure")]
    # A unit of a sample has a bed or two, and seldom a level between threshold and full: the direction is a unit test's.
    assert any(row["moved"] for row in rows)
    assert any(row["early"] for row in rows)
    assert all(row["refused"] >= 0 for row in rows)


def test_without_the_lever_nothing_is_at_risk(tmp_path_factory: pytest.TempPathFactory) -> None:
    scenario = load("baseline", population=0.002, years=1)
    results = run(scenario, seed=5, out=tmp_path_factory.mktemp("none") / "run")
    assert results.table("goals").num_rows == 0
    assert all(row["moved"] == row["early"] == 0 for row in results.table("gaming").to_pylist())


def test_all_that_money_counts_is_the_same_for_two_threads_and_from_the_middle_of_a_year(tmp_path: Path) -> None:
    scenario = load("baseline", population=0.02, years=2, cquin=SHARE, clustering=0.5, breach_cost=1000.0)
    middle = date(2025, 11, 3)
    one = run(scenario, seed=3, threads=1, out=tmp_path / "one", snapshot_at=[middle])
    two = run(scenario, seed=3, threads=2, out=tmp_path / "two")
    again = run(scenario, threads=2, out=tmp_path / "again", snapshot=tmp_path / f"one-{middle}.snapshot")
    for name in ("goals", "gaming", "contracts", "accounts"):
        assert one.table(name).num_rows > 0
        assert one.table(name).equals(two.table(name)), name
        assert one.table(name).equals(again.table(name)), name

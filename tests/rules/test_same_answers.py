"""A rule that answers as declared leaves every byte as it was; one given to some changes nobody whom they don't meet."""

from __future__ import annotations

import importlib.util
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from stepdown import SecureCareModel, _core, load, run
from stepdown.agents import Collaborative, InReach, Patient, Quarter, ResponsibleClinician, attribute, column
from stepdown.agents.choices import Commissioning, Engagement, Referral, Review
from stepdown.decisions.rules import Cases, Day, rule
from stepdown.errors import RuleError, ScenarioError

if TYPE_CHECKING:
    from datetime import date

    from stepdown.decisions.rules import Array

TABLES = ("events", "spells", "people", "daily", "ledger")


def _helpers() -> Any:
    spec = importlib.util.spec_from_file_location("rule_agents", Path(__file__).with_name("agents.py"))
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


helpers = _helpers()


def lived(
    *agents: Any, levers: bool = False, threads: int = 1, years: int = 2
) -> tuple[dict[str, pa.Table], SecureCareModel]:
    """Live two years with one person in a hundred."""
    more = {"employment_support": 1.0, "clustering": 1.0} if levers else {}
    scenario = load("baseline", population=0.01, years=years, settle_days=60, **more)
    model = SecureCareModel(scenario, seed=5, threads=threads, agents=agents)
    model.run_model()
    logged = model.drain()
    return {name: pa.table(logged.table(name)) for name in TABLES}, model


@cache
def declared(levers: bool = False) -> dict[str, pa.Table]:
    """Live by what is declared."""
    return lived(levers=levers)[0]


@pytest.mark.parametrize("form", ["batch", "each"])
def test_a_copy_of_all_thirteen_decisions_gives_the_same_bytes(form: str) -> None:
    found, model = lived(*helpers.copies(form), levers=True)
    asked = {rule.decision for rule in model.agent_overrides.rules if rule.cases}
    assert len(asked) == 12
    assert all(rule.draws is None for rule in model.agent_overrides.rules)
    for name, table in declared(levers=True).items():
        assert found[name].equals(table), name


def test_threads_and_slices_don_t_show_with_rules() -> None:
    class Slow(ResponsibleClinician):
        @rule(reads=("tier_days",))
        def review(cls, cases: Cases, day: Day) -> Array:
            scores = day.scores(cases)
            scores[Review.READY] -= 2.0 * (cases.tier_days < 365) * day.uniform("doubt", cases)
            return day.choose(scores)

    once, _ = lived(Slow)
    again, _ = lived(Slow, threads=2)
    assert all(once[name].equals(again[name]) for name in TABLES)
    assert not once["events"].equals(declared()["events"])


def test_another_choice_for_some_is_what_its_terms_say() -> None:
    class Never(ResponsibleClinician):
        review = ResponsibleClinician.review.but(without=[Review.READY, Review.STEP_DOWN])

    class AsAlways(ResponsibleClinician):
        review = ResponsibleClinician.review.but(coefficients={})

    found, _ = lived(Never.for_(tier="medium secure"))
    decided = found["events"].filter(pc.equal(found["events"]["decision"], "review"))
    units = {unit.as_py() for unit in pc.unique(decided.filter(pc.equal(decided["to"], "ready"))["unit"])}
    assert units
    tiers = {
        unit["name"]: unit["tier"] for unit in SecureCareModel("baseline", population=0.001, settle_days=0).core.units()
    }
    assert {tiers[unit] for unit in units} <= {"high secure", "low secure"}
    assert all(lived(AsAlways)[0][name].equals(declared()[name]) for name in TABLES)


def test_more_of_a_term_moves_people_only_to_its_option() -> None:
    class Kinder(ResponsibleClinician):
        review = ResponsibleClinician.review.but(terms=[(Review.READY, "1", 1.5)])

    class ByRule(ResponsibleClinician):
        @rule(reads=())
        def review(cls, cases: Cases, day: Day) -> Array:
            scores = day.scores(cases)
            scores[Review.READY] += 1.5
            return day.choose(scores)

    found, _ = lived(Kinder)
    assert not found["events"].equals(declared()["events"])
    assert all(lived(ByRule)[0][name].equals(found[name]) for name in TABLES)


def test_a_rule_given_to_one_collaborative_changes_nobody_before_they_meet() -> None:
    class Holding(InReach):
        @rule(reads=())
        def referral(cls, cases: Cases, day: Day) -> Array:
            del day
            return np.full(len(cases), Referral.HOLD, dtype=np.uint8)

    found, model = lived(Holding.for_(commissioner="South West"))
    (asked,) = model.agent_overrides.rules
    assert asked.cases
    areas = {model.institutions["in_reach"][index].name for index in asked.agents}
    before, after = declared()["events"], found["events"]
    mine = pc.is_in(before["area"].cast("string"), pa.array(sorted(areas)))
    first = pc.min(before.filter(pc.and_(mine, pc.equal(before["decision"], "referral")))["day"]).as_py()

    def others(events: pa.Table, until: date) -> pa.Table:
        theirs = pc.invert(pc.is_in(events["area"].cast("string"), pa.array(sorted(areas))))
        return events.filter(pc.and_(theirs, pc.less(events["day"], pa.scalar(until))))

    # The first whom the rule holds would have met others in the queue for a bed at the earliest on that day.
    assert others(before, first).num_rows > 100
    assert others(before, first).equals(others(after, first))
    touched = [
        n
        for n in areas
        if not before.filter(pc.equal(before["area"].cast("string"), n)).equals(
            after.filter(pc.equal(after["area"].cast("string"), n))
        )
    ]
    assert touched


def test_a_rule_reads_and_writes_attributes_of_its_agents() -> None:
    class Learning(ResponsibleClinician):
        reviewed = attribute("Reviews so far", unit="count", default=0)

        @rule(reads=("agent.reviewed",))
        def review(cls, cases: Cases, day: Day) -> Array:
            day.set("agent.reviewed", cases, cases.agent.reviewed + 1)
            return day.choose(day.scores(cases))

    found, model = lived(Learning)
    days = [agent.reviewed for agent in model.institutions["responsible_clinician"] if isinstance(agent, Learning)]
    assert sum(days) > 100
    assert all(found[name].equals(declared()[name]) for name in TABLES)


def test_a_snapshot_goes_on_with_the_same_rules_only(tmp_path: Path) -> None:
    class Cautious(ResponsibleClinician):
        @rule(reads=("tier_days",))
        def review(cls, cases: Cases, day: Day) -> Array:
            scores = day.scores(cases)
            scores[Review.READY] -= 2.0 * (cases.tier_days < 365)
            return day.choose(scores)

    class Other(Cautious):
        """Another name is another rule."""

    class Idle(Collaborative):
        """The engine alone asks no commissioner."""

        def commissioning(self, quarter: Quarter) -> Commissioning:
            del quarter
            return Commissioning.KEEP

    whole, model = lived(Cautious, Idle)
    model = SecureCareModel(model.scenario, seed=5, agents=[Cautious, Idle])
    model.run_for(400)
    path = tmp_path / "half.snapshot"
    model.core.snapshot(path)
    again = _core.Simulation.restore(path, plan=model.plan.json, threads=1, check=False)
    again.answer_with(model.answering)
    again.run_until(again.end)
    assert pa.table(again.drain().table("spells")).equals(whole["spells"])
    other = SecureCareModel(model.scenario, seed=5, agents=[Other, Idle])
    with pytest.raises(ScenarioError, match=r"it can't go on from .*rules"):
        _core.Simulation.restore(path, plan=other.plan.json, threads=1, check=False)
    unanswered = _core.Simulation.restore(path, plan=model.plan.json, threads=1, check=False)
    with pytest.raises(RuleError, match=r"rule Cautious.review on .*: nobody answers for it"):
        unanswered.run_until(unanswered.end)


def test_a_recorded_inflow_replays_with_rules(tmp_path: Path) -> None:
    class Holding(InReach):
        @rule(reads=())
        def referral(cls, cases: Cases, day: Day) -> Array:
            del day
            return np.full(len(cases), Referral.HOLD, dtype=np.uint8)

    scenario = load("baseline", population=0.005, years=1, settle_days=0)
    run(scenario, seed=5, out=tmp_path / "base", record_inflow=tmp_path / "people.inflow")
    whole = run(scenario, seed=5, out=tmp_path / "whole", agents=[Holding])
    again = run(scenario, seed=5, out=tmp_path / "again", agents=[Holding], inflow=tmp_path / "people.inflow")
    assert again.table("events").equals(whole.table("events"))
    assert again.table("spells").equals(whole.table("spells"))


def test_a_rule_is_named_where_a_decision_is_explained() -> None:
    class Same(ResponsibleClinician):
        @rule(reads=())
        def review(cls, cases: Cases, day: Day) -> Array:
            return day.choose(day.scores(cases))

    events = declared()["events"]
    person = events.filter(pc.equal(events["decision"], "review"))["person"][0].as_py()
    model = SecureCareModel(load("baseline", population=0.01, years=2, settle_days=60), seed=5, agents=[Same])
    model.core.trace(person)
    model.run_for(200)
    assert any(trace["agent"].endswith("by the rule Same.review") for trace in model.core.traces())


def test_a_rule_reads_and_writes_columns_of_ones_own() -> None:
    class Remembering(Patient):
        asked_before = column("Times asked", unit="count", default=0)

        @rule(reads=("own.asked_before",))
        def engagement(cls, cases: Cases, day: Day) -> Array:
            day.set("asked_before", cases, cases.own.asked_before + 1)
            scores = day.scores(cases)
            scores[Engagement.WITHHOLD] -= 100.0 * (cases.own.asked_before >= 2)
            return day.choose(scores)

    found, model = lived(Remembering)
    events = found["events"]
    told = events.filter(pc.equal(events["decision"], "engagement"))
    counted = model.patients.get("asked_before")
    assert max(counted) > 2
    withheld = pc.equal(told["to"], "withhold")
    assert 0 < pc.sum(withheld).as_py() < told.num_rows / 2
    assert not events.equals(declared()["events"])

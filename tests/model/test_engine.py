"""The Mesa model on the real engine, small: what the agents hold is what the engine uses."""

from typing import Any

import mesa
import pyarrow as pa
import pytest

from stepdown.agents import Collaborative, Commissioner, Patient, Quarter, ResponsibleClinician
from stepdown.agents.choices import Commissioning
from stepdown.model import SecureCareModel

SMALL = {"years": 1, "settle_days": 60, "population": 0.005, "seed": 11, "check": True}


def events(model: SecureCareModel) -> pa.Table:
    """Return the events that were logged since the last call."""
    return pa.table(model.drain().table("events"))


def test_days_one_by_one_and_days_together_are_the_same_days() -> None:
    together, singly = SecureCareModel(**SMALL), SecureCareModel(**SMALL)
    together.run_for(180)
    for _ in range(180):
        singly.step()
    assert (together.steps, together.date) == (singly.steps, singly.date) == (180, together.date)
    assert events(together).equals(events(singly))
    assert together.occupied == singly.occupied > 0


def test_a_threshold_changed_between_two_days_changes_the_run_from_then_on() -> None:
    before, after = SecureCareModel(**SMALL), SecureCareModel(**SMALL)
    for model in (before, after):
        model.run_for(120)
    assert events(before).equals(events(after))
    after.agents_by_type[ResponsibleClinician].set("threshold", -3.0)
    for model in (before, after):
        model.run_for(240)
    kept, cautious = events(before), events(after)
    assert not kept.equals(cautious)

    def readied(table: pa.Table) -> int:
        rows = table.to_pylist()
        return sum(row["event"] == "decision" and row["to"] in ("ready", "step down") for row in rows)

    assert readied(cautious) < readied(kept)


def test_beds_that_a_commissioner_orders_are_the_engines() -> None:
    model = SecureCareModel(**SMALL, parameters={"money.ward.open_days": 30.0})
    agent = model.institutions["commissioner"][0]
    assert isinstance(agent, Commissioner)
    unit, before = agent.units[0]["name"], agent.beds
    agent.change_beds(unit, 3)
    model.run_for(30)
    assert agent.beds == before, "a ward takes its time"
    model.run_for(1)
    assert agent.beds == before + 3


def test_a_commissioner_sees_its_own_quarter() -> None:
    seen: dict[str, list[Any]] = {}

    class Watcher(Collaborative):
        def commissioning(self, quarter: Quarter) -> Commissioning:
            seen.setdefault(self.name, []).append(quarter)
            return Commissioning.KEEP

    model = SecureCareModel(**SMALL, agents=[Watcher])
    model.run_model()
    assert len(seen) == 15
    for name, quarters in seen.items():
        assert len(quarters) == 4
        assert all(row["commissioner"] == name for quarter in quarters for row in quarter.rows)
        assert all(quarter.total("occupied") <= quarter.total("beds") + quarter.total("held") for quarter in quarters)


def test_the_baseline_is_not_touched_by_watching_its_commissioners() -> None:
    class Watched(Collaborative):
        def commissioning(self, quarter: Quarter) -> Commissioning:
            return super().commissioning(quarter)

    plain, asked = SecureCareModel(**SMALL), SecureCareModel(**SMALL, agents=[Watched])
    for model in (plain, asked):
        model.run_model()
    assert events(plain).equals(events(asked))


def test_a_watched_person_has_every_decision_explained() -> None:
    first = SecureCareModel(**SMALL)
    first.run_for(200)
    decided = [row for row in events(first).to_pylist() if row["event"] == "decision" and row["decision"] == "review"]
    person = decided[-1]["person"]
    again = SecureCareModel(**SMALL)
    patient = Patient(again, person)
    patient.watch()
    again.run_for(200)
    told = [trace for trace in patient.decisions() if trace["decision"] == "review"]
    assert told
    for trace in told:
        assert sum(trace["probabilities"].values()) == pytest.approx(1.0)
        assert trace["answer"] in trace["allowed"]
        assert trace["inputs"]["case.reading"] is not None


def test_mesa_runs_batches_of_the_engine() -> None:
    parameters = {"years": 1, "settle_days": 0, "population": 0.001, "seed": [1, 2]}
    rows = mesa.batch_run(SecureCareModel, parameters, max_steps=400, display_progress=False)
    assert [(row["seed"], row["date"]) for row in rows] == [(1, "2025-04-01"), (2, "2025-04-01")]

"""A Mesa agent of one's own, made on the model, is among its agents until it is removed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import mesa
import pyarrow as pa
import pytest

from stepdown.agents import Collaborative, Institution, Patient
from stepdown.errors import UsageError
from stepdown.model import SecureCareModel
from stepdown.people.readout import OwnAgentsWarning

if TYPE_CHECKING:
    from pathlib import Path

SMALL: dict[str, Any] = {"years": 1, "settle_days": 0, "population": 0.002, "seed": 7}


class Inspector(mesa.Agent):
    """Visits one unit a day, and remembers it."""

    def __init__(self, model: SecureCareModel, patience: int = 3) -> None:
        super().__init__(model)
        self.patience, self.visits = patience, 0

    def step(self) -> None:
        self.visits += 1


class Auditor(Inspector):
    """Another one."""


@pytest.fixture
def model() -> SecureCareModel:
    return SecureCareModel(**SMALL)


def test_it_is_in_the_sets_of_the_model(model: SecureCareModel) -> None:
    before = len(model.agents)
    first, second, auditor = Inspector(model), Inspector(model, 5), Auditor(model)
    assert len(model.agents) == before + 3
    assert first in model.agents
    assert list(model.agents_by_type[Inspector]) == [first, second]
    assert list(model.agents_by_type[Auditor]) == [auditor]
    assert {Inspector, Auditor, Patient} <= set(model.agent_types)
    assert list(model.agents.select(agent_type=Inspector)) == [first, second, auditor]
    assert model.agents_by_type[Inspector].get("patience") == [3, 5]
    assert model.agents_by_type[Inspector].agg("patience", max) == 5
    model.agents_by_type[Inspector].set("patience", 1)
    assert (first.patience, auditor.patience) == (1, 3)
    kinds = [type(agent) for agent in model.agents]
    assert kinds.index(Auditor) < kinds.index(Patient)
    assert len(model.agents.groupby(type).groups[Auditor]) == 1


def test_its_number_is_its_own(model: SecureCareModel) -> None:
    made = [Inspector(model) for _ in range(3)] + list(Inspector.create_agents(model, 2))
    numbers = [agent.unique_id for agent in model.agents if not isinstance(agent, Patient)]
    assert len(set(numbers)) == len(numbers)
    assert [agent.unique_id for agent in made] == list(range(made[0].unique_id, made[0].unique_id + 5))
    assert Inspector(SecureCareModel(**SMALL)).unique_id == made[0].unique_id


def test_it_is_stepped_in_an_order_drawn_by_the_runs_key(model: SecureCareModel) -> None:
    other = SecureCareModel(**SMALL)
    orders = []
    for one in (model, other):
        made = Inspector.create_agents(one, 20)
        order: list[int] = []
        one.agents_by_type[Inspector].shuffle_do(lambda agent, order=order: order.append(agent.unique_id))
        one.agents_by_type[Inspector].do("step")
        assert set(made.get("visits")) == {1}
        orders.append(order)
    assert orders[0] == orders[1] != sorted(orders[0])


def test_it_leaves_when_it_is_removed(model: SecureCareModel) -> None:
    held = Inspector(model), Inspector(model)
    inspectors = model.agents_by_type[Inspector]
    held[0].remove()
    held[0].remove()
    assert list(inspectors) == [held[1]]
    assert held[0] not in model.agents
    with pytest.raises(UsageError, match=r"allowed: select.+and the `remove` of an agent of your own"):
        model.agents.remove(held[1])


def test_a_model_steps_it_and_collects_it() -> None:
    class Inspected(SecureCareModel):
        def __init__(self, **parameters: Any) -> None:
            super().__init__(**parameters)
            Inspector.create_agents(self, 2)
            self.datacollector = mesa.DataCollector(
                model_reporters={"visits": lambda model: sum(model.agents_by_type[Inspector].get("visits"))},
                agenttype_reporters={Inspector: {"visits": "visits"}},
            )

        def step(self) -> None:
            self.agents_by_type[Inspector].shuffle_do("step")
            super().step()

    model = Inspected(**SMALL)
    model.run_for(3)
    assert list(model.datacollector.get_model_vars_dataframe()["visits"]) == [2, 4, 6]
    assert list(model.datacollector.get_agenttype_vars_dataframe(Inspector)["visits"]) == [1, 1, 2, 2, 3, 3]


def test_who_else_is_on_the_model_changes_nothing(model: SecureCareModel) -> None:
    alone = SecureCareModel(**SMALL)
    Inspector.create_agents(model, 7)
    assert list(model.patients.shuffle().get("person")) == list(alone.patients.shuffle().get("person"))
    for one in (model, alone):
        one.run_for(60)
    logged = [pa.table(one.drain().table("events")) for one in (model, alone)]
    assert logged[0].equals(logged[1])


def test_a_snapshot_says_that_it_is_not_in_it(model: SecureCareModel, tmp_path: Path) -> None:
    Inspector(model)
    Inspector(model)
    Auditor(model).remove()
    with pytest.warns(OwnAgentsWarning, match=r"not in it \(2 Inspector\); make them again"):
        model.snapshot(tmp_path / "x.snapshot")
    again = SecureCareModel("baseline", **SMALL, snapshot=tmp_path / "x.snapshot")
    assert Inspector not in again.agents_by_type
    assert Inspector(again) in again.agents


def test_an_institution_made_by_hand_is_refused(model: SecureCareModel) -> None:
    before = [agent for agent in model.agents if isinstance(agent, Institution)]
    with pytest.raises(UsageError, match="Collaborative: institutions are the scenario's, none is added"):
        Collaborative(model, 0, "Another")
    assert [agent for agent in model.agents if isinstance(agent, Institution)] == before

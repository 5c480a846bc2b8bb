"""Mesa's own tools work on the model: data collectors with every kind of reporter, and batches."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from stepdown import compat
from stepdown.agents import ResponsibleClinician, attribute
from stepdown.errors import UndeclaredError, UsageError
from stepdown.model import SecureCareModel

from .researcher import Collected, Counted, Sociable

SMALL: dict[str, Any] = {"years": 1, "settle_days": 0, "population": 0.001, "seed": 3}


def test_a_data_collector_collects_of_the_model_of_each_agent_and_of_a_type_of_agent() -> None:
    model = Collected(**SMALL)
    for _ in range(3):
        model.step()
    collector = model.datacollector
    of_model = collector.get_model_vars_dataframe()
    assert of_model["secure"].iloc[-1] == model.patients.count(secure=True)
    assert of_model["everybody"].iloc[-1] == len(model.agents)
    agents = collector.get_agent_vars_dataframe()
    assert len(agents) == of_model["everybody"].sum()
    assert set(agents["kind"]) == {*model.institutions, "patient"}
    patients = collector.get_agenttype_vars_dataframe(Counted)
    last = patients.loc[patients.index.get_level_values(0).max()]
    assert last.index.tolist() == model.patients.get("unique_id").tolist()
    assert last["place"].tolist() == model.patients.get("place").tolist()
    assert last["visits"].tolist() == model.patients.get("visits").tolist()
    assert last["over 40"].tolist() == (model.patients.get("age") > 40).tolist()
    assert 0 < last["visits"].max() <= 3
    clinicians = collector.get_agenttype_vars_dataframe(Sociable)
    assert set(clinicians["meetings"]) == {4}


@pytest.mark.parametrize("model", ["plain", "own"])
def test_batches_are_the_same_in_one_process_and_in_two(model: str) -> None:
    # Mesa starts fresh interpreters, which import the model from its file: a test's own module isn't one.
    def batch(processes: int) -> list[dict[str, Any]]:
        command = [sys.executable, str(Path(__file__).with_name("researcher.py")), model, str(processes)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
        return [json.loads(row) for row in json.loads(done.stdout)]

    one, two = batch(1), batch(2)
    assert one == two
    assert {row["seed"] for row in one} == {1, 2}
    assert len(one) >= 4


def test_attributes_of_ones_own_have_their_type_and_are_the_engines() -> None:
    model = SecureCareModel(**SMALL, agents=[Sociable])
    clinician = model.institutions["responsible_clinician"][2]
    assert isinstance(clinician, Sociable)
    assert (clinician.meetings, clinician.kindness, clinician.open_door) == (4, 0.5, False)
    clinician.meetings = 6
    clinician.open_door = True
    model.run_for(5)
    assert (clinician.meetings, clinician.open_door) == (6, True)
    assert type(clinician.meetings) is int
    assert model.core.attribute("responsible_clinician", "meetings")[2] == 6.0
    assert model.agents_by_type[Sociable].agg("meetings", np.sum) == 4 * len(model.agents_by_type[Sociable]) + 2


def test_attributes_that_nobody_reads_change_nothing_but_the_plan() -> None:
    plain, own = SecureCareModel(**SMALL), SecureCareModel(**SMALL, agents=[Sociable, Counted])
    for model in (plain, own):
        model.run_for(100)
    assert plain.plan.digest != own.plan.digest
    assert plain.caseload.to_arrow(columns=["person", "place", "latent_risk"]).equals(
        own.caseload.to_arrow(columns=["person", "place", "latent_risk"])
    )


def test_what_an_institution_has_not_declared_is_refused() -> None:
    model = SecureCareModel(**SMALL, agents=[Sociable])
    with pytest.raises(UndeclaredError, match="Sociable.meeting is not declared; did you mean meetings"):
        model.institutions["responsible_clinician"][0].meeting = 3
    with pytest.raises(UsageError, match="evidence or a default; allowed: one of them"):
        attribute("Nothing", unit="1")

    class Twice(ResponsibleClinician):
        threshold = attribute("Another threshold", unit="SD", default=0.0)

    with pytest.raises(UsageError, match=r"responsible_clinician.threshold: an attribute of this name is the engine's"):
        SecureCareModel(**SMALL, agents=[Twice])


def test_the_version_of_mesa_is_one_that_was_tested() -> None:
    assert (3, 3) <= compat.version() < (4, 0)
    assert issubclass(compat.GroupBy, object)

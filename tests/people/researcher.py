"""A model as a researcher writes one: own agents, own data collector, and a batch in as many processes as asked for."""

from __future__ import annotations

import functools
import json
import sys
from typing import Any

import mesa

from stepdown.agents import Patient, ResponsibleClinician, attribute, column
from stepdown.model import SecureCareModel


class Counted(Patient):
    visits = column("Visits", unit="count", default=0)


class Sociable(ResponsibleClinician):
    meetings = attribute("Meetings with the family", unit="1/a", default=4)
    kindness = attribute("Kindness", unit="0-1", default=0.5)
    open_door = attribute("The door is open", unit="flag", default=False)


def in_secure_care(model: SecureCareModel) -> int:
    return model.patients.count(secure=True)


def older(patient: Patient, than: float) -> bool:
    return bool(patient.age > than)


class Collected(SecureCareModel):
    """A model as a researcher writes one: its own agents and its own data collector."""

    def __init__(self, **parameters: Any) -> None:
        super().__init__(**parameters, agents=[Counted, Sociable])
        self.datacollector = mesa.DataCollector(
            model_reporters={
                "secure": in_secure_care,
                "everybody": functools.partial(len_of, what="agents"),
                "occupied": "occupied",
            },
            agent_reporters={"kind": "kind"},
            agenttype_reporters={
                Counted: {"place": "place", "visits": "visits", "over 40": [older, [40.0]]},
                Sociable: {"meetings": "meetings", "name": "name"},
            },
        )

    def step(self) -> None:
        """Live one day; a tenth of the patients are visited."""
        visited = self.patients.shuffle().select(at_most=0.1)
        visited.set("visits", visited.get("visits") + 1)
        super().step()


def len_of(model: SecureCareModel, what: str) -> int:
    return len(getattr(model, what))


if __name__ == "__main__":
    parameters = {"years": 1, "settle_days": 0, "population": 0.001, "seed": [1, 2], "transfer_limit": [14]}
    rows = mesa.batch_run(
        {"plain": SecureCareModel, "own": Collected}[sys.argv[1]],
        parameters,
        number_processes=int(sys.argv[2]),
        max_steps=20,
        data_collection_period=10,
        display_progress=False,
    )
    json.dump(sorted(json.dumps(row, sort_keys=True, default=str) for row in rows), sys.stdout)

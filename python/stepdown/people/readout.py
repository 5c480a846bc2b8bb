"""The readout of a model: its caseload, population, sets of patients and sets of agents."""

from __future__ import annotations

from functools import cached_property
from itertools import chain
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from stepdown import _core
from stepdown.people.agents import Agents, Everyone
from stepdown.people.caseload import Caseload
from stepdown.people.patients import PatientSet
from stepdown.people.population import Population

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from stepdown.agents import Institution, Patient
    from stepdown.engine import EngineModel

__all__ = ["People"]


class People:
    """The part of a model that gives access to its people and agents."""

    if TYPE_CHECKING:
        core: _core.Simulation
        institutions: dict[str, list[Institution]]
        handle: type[Patient]

    @property
    def _model(self) -> EngineModel:
        return cast("EngineModel", self)

    @cached_property
    def caseload(self) -> Caseload:
        """Everybody on the caseload, as columns."""
        return Caseload(self._model, self.handle)

    @cached_property
    def population(self) -> Population:
        """Everybody in England, as columns."""
        return Population(self._model)

    @cached_property
    def patients(self) -> PatientSet:
        """Everybody on the caseload as a Mesa agent set, which follows the caseload from day to day."""
        return PatientSet(self.caseload)

    @cached_property
    def _sets(self) -> dict[type, Any]:
        by_type: dict[type, list[Any]] = {}
        for agent in chain.from_iterable(self.institutions.values()):
            by_type.setdefault(type(agent), []).append(agent)
        sets: dict[type, Any] = {kind: Agents(self._model, agents) for kind, agents in by_type.items()}
        return sets | {self.handle: self.patients}

    @property
    def agents(self) -> Everyone:
        """Institutions and patients."""
        return Everyone(self._model, chain.from_iterable(self.institutions.values()), self.patients)

    @property
    def agents_by_type(self) -> dict[type, Any]:
        """Institutions by class, and the patients."""
        return dict(self._sets)

    @property
    def agent_types(self) -> list[type]:
        """The classes of the institutions and of the patients."""
        return list(self._sets)

    def shuffled(self, ids: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return an order of agents, drawn by the run's key.

        Each agent has a number of its own for each day and shuffle of that day, so who else is shuffled changes nothing.
        """
        day, count = self.__dict__.get("_shuffles", (None, 0))
        count = count + 1 if day == self.core.day else 0
        self.__dict__["_shuffles"] = (self.core.day, count)
        return np.asarray(_core.shuffled(self.core, ids, self.core.day << 20 | count))

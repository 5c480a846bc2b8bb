"""The readout of a model: its caseload, population, sets of patients and sets of agents."""

from __future__ import annotations

import warnings
from functools import cached_property
from itertools import chain
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from stepdown import _core, compat
from stepdown.agents.institution import Institution
from stepdown.errors import UsageError
from stepdown.people.agents import Agents, Everyone
from stepdown.people.caseload import Caseload
from stepdown.people.patients import PatientSet
from stepdown.people.population import Population

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from stepdown.agents import Patient
    from stepdown.engine import EngineModel

__all__ = ["OwnAgentsWarning", "People"]


class OwnAgentsWarning(UserWarning):
    """Warns that a snapshot doesn't hold the Mesa agents that a program has made."""


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
        for agent in self._institutions():
            by_type.setdefault(type(agent), []).append(agent)
        sets: dict[type, Any] = {kind: Agents(self._model, agents) for kind, agents in by_type.items()}
        return sets | {self.handle: self.patients}

    @cached_property
    def _own(self) -> dict[type, Agents]:
        """Mesa agents of one's own, by class: those that are neither institutions nor patients."""
        return {}

    def _institutions(self) -> Iterator[Any]:
        return chain.from_iterable(self.institutions.values())

    @property
    def agents(self) -> Everyone:
        """Institutions, Mesa agents of one's own, and patients."""
        return Everyone(self._model, chain(self._institutions(), *self._own.values()), self.patients)

    @property
    def agents_by_type(self) -> dict[type, Any]:
        """Institutions by class, the patients, and Mesa agents of one's own by class."""
        return self._sets | self._own

    @property
    def agent_types(self) -> list[type]:
        """The classes of the agents."""
        return list(self.agents_by_type)

    def register_agent(self, agent: Any) -> None:
        """Take an agent in: Mesa calls this when one is made.

        Raises
        ------
        UsageError
            If it is an institution: those are the scenario's.
        """
        institution = isinstance(agent, Institution)
        if institution and "institutions" in self.__dict__:
            raise UsageError(
                f"{type(agent).__name__}: institutions are the scenario's, none is added; "
                "allowed: a subclass that overrides some of them (agents=)"
            )
        super().register_agent(agent)  # type: ignore[misc]  # Mesa's model comes next
        compat.number(self, agent)
        if not institution:
            self._own.setdefault(type(agent), Agents(self._model, ())).enter(agent)

    def deregister_agent(self, agent: Any) -> None:
        """Let an agent go: Mesa calls this when one is removed."""
        super().deregister_agent(agent)  # type: ignore[misc]  # Mesa's model comes next
        self._own[type(agent)].leave(agent)

    def warn_of_own_agents(self) -> None:
        """Warn, for a snapshot, that Mesa agents of one's own are not in it."""
        own = {kind.__name__: len(agents) for kind, agents in self._own.items() if len(agents)}
        if own:
            names = ", ".join(f"{count} {name}" for name, count in own.items())
            warnings.warn(
                f"snapshot: Mesa agents of your own are not in it ({names}); make them again on the model that goes on from it",
                OwnAgentsWarning,
                stacklevel=4,
            )

    def forget_columns(self) -> None:
        """Let go of everything that was gathered from the engine."""
        for name in ("caseload", "population", "patients", "_sets"):
            self.__dict__.pop(name, None)

    def shuffled(self, ids: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return an order of agents, drawn by the run's key.

        Each agent has a number of its own for each day and shuffle of that day, so who else is shuffled changes nothing.
        """
        day, count = self.__dict__.get("_shuffles", (None, 0))
        count = count + 1 if day == self.core.day else 0
        self.__dict__["_shuffles"] = (self.core.day, count)
        return np.asarray(_core.shuffled(self.core, ids, self.core.day << 20 | count))

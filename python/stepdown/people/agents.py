"""Agent sets of institutions, and of institutions and patients together, with the interface of Mesa's."""

from __future__ import annotations

import operator
from typing import TYPE_CHECKING, Any, NoReturn

import numpy as np

from stepdown import compat
from stepdown.errors import UsageError
from stepdown.people.patients import limit

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from stepdown.engine import EngineModel
    from stepdown.people.patients import PatientSet

__all__ = ["Agents", "Everyone"]


class Agents(compat.AgentSet):  # type: ignore[misc]  # Mesa is not typed
    """Agents in order, as a Mesa agent set whose order is drawn by the run's key.

    Institutions stay for the whole run, so none is added or removed. Mesa agents of one's own come when they are made, and leave
    by their `remove`.

    Parameters
    ----------
    model
        The model.
    agents
        The agents, in order.
    """

    def __init__(self, model: EngineModel, agents: Iterable[Any]) -> None:
        self.model = model
        self._members = dict.fromkeys(agents)

    @property
    def _agents(self) -> dict[Any, None]:
        """The agents: what Mesa's own methods read."""
        return self._members

    @property
    def random(self) -> Any:
        """Mesa's generator of the model. No order of agents is drawn from it."""
        return self.model.random

    def __len__(self) -> int:
        return len(self._members)

    def __iter__(self) -> Iterator[Any]:
        return iter(list(self._agents))

    def __contains__(self, agent: object) -> bool:
        return agent in self._members

    def __getitem__(self, item: int | slice) -> Any:
        return self.to_list()[item]

    def to_list(self) -> list[Any]:
        """Return the agents as a list."""
        return list(self)

    def __copy__(self) -> Agents:
        return Agents(self.model, self)

    def copy(self) -> Agents:
        """Return a set of the same agents."""
        return self.__copy__()

    def _update(self, agents: Iterable[Any]) -> Agents:
        del agents
        self._refuse("a change in place")

    def _refuse(self, what: str) -> NoReturn:
        raise UsageError(
            f"{what}: institutions stay for the run, and people enter and leave through the model; "
            "allowed: select, which returns another set, and the `remove` of an agent of your own"
        )

    def enter(self, agent: Any) -> None:
        """Take in an agent that was made on the model: what the model calls."""
        self._members[agent] = None

    def leave(self, agent: Any) -> None:
        """Let an agent go that was removed from the model: what the model calls."""
        del self._members[agent]

    def add(self, agent: object) -> NoReturn:
        """Refuse: institutions stay for the run."""
        del agent
        self._refuse("add")

    def discard(self, agent: object) -> NoReturn:
        """Refuse: institutions stay for the run."""
        del agent
        self._refuse("discard")

    def remove(self, agent: object) -> NoReturn:
        """Refuse: institutions stay for the run."""
        del agent
        self._refuse("remove")

    def count(self, wanted: Callable[[Any], bool] | None = None) -> int:
        """Return how many agents there are, or are wanted."""
        return len(self) if wanted is None else sum(1 for agent in self if wanted(agent))

    def select(
        self,
        filter_func: Callable[[Any], bool] | None = None,
        at_most: float = float("inf"),
        inplace: bool = False,
        agent_type: type | None = None,
    ) -> Any:
        """Return the agents who are wanted, as in Mesa."""
        if inplace:
            self._refuse("a change in place")
        most = limit(at_most, len(self))
        wanted: list[Any] = []
        for agent in self:
            if len(wanted) >= most:
                break
            if (filter_func is None or filter_func(agent)) and (agent_type is None or isinstance(agent, agent_type)):
                wanted.append(agent)
        return Agents(self.model, wanted)

    def groupby(self, by: str | Callable[[Any], Any], result_type: str = "agentset") -> Any:
        """Return the agents by an attribute, or by a function of an agent, as in Mesa."""
        key = operator.attrgetter(by) if isinstance(by, str) else by
        groups: dict[Any, list[Any]] = {}
        for agent in self:
            groups.setdefault(key(agent), []).append(agent)
        if result_type == "list":
            return compat.GroupBy(groups)
        return compat.GroupBy({key: Agents(self.model, some) for key, some in groups.items()})

    def sort(self, key: str | Callable[[Any], Any], ascending: bool = False, inplace: bool = False) -> Agents:
        """Return the agents in order of an attribute, or of a function of an agent, as in Mesa."""
        if inplace:
            self._refuse("a change in place")
        by = operator.attrgetter(key) if isinstance(key, str) else key
        return Agents(self.model, sorted(self, key=by, reverse=not ascending))

    def shuffle(self, inplace: bool = False) -> Agents:
        """Return the agents in an order drawn by the run's key: by agent, day, and number of the shuffle on that day."""
        if inplace:
            self._refuse("a change in place")
        agents = self.to_list()
        ids = np.array([agent.unique_id for agent in agents], dtype=np.int64)
        return Agents(self.model, [agents[k] for k in self.model.shuffled(ids)])

    def do(self, method: str | Callable[..., Any], *args: Any, **kwargs: Any) -> Agents:
        """Call a method, or a function, with each agent."""
        self.map(method, *args, **kwargs)
        return self

    def shuffle_do(self, method: str | Callable[..., Any], *args: Any, **kwargs: Any) -> Agents:
        """As `do`, in the order of `shuffle`."""
        self.shuffle().map(method, *args, **kwargs)
        return self

    def map(self, method: str | Callable[..., Any], *args: Any, **kwargs: Any) -> list[Any]:
        """As `do`; returns what was returned."""
        if isinstance(method, str):
            return [getattr(agent, method)(*args, **kwargs) for agent in self]
        return [method(agent, *args, **kwargs) for agent in self]

    def __getstate__(self) -> dict[str, Any]:
        raise UsageError("a set of agents is a view of a running model: it can't be pickled")

    def __repr__(self) -> str:
        return f"<{type(self).__name__} of {len(self):,}>"


class Everyone(Agents):
    """Institutions, then patients: `SecureCareModel.agents`.

    ``select(agent_type=Patient)`` returns a `PatientSet`; what asks each agent makes a handle on each patient.

    Parameters
    ----------
    model
        The model.
    institutions
        The institutions.
    patients
        The patients.
    """

    def __init__(self, model: EngineModel, institutions: Iterable[Any], patients: PatientSet) -> None:
        super().__init__(model, institutions)
        self.patients = patients

    @property
    def _agents(self) -> dict[Any, None]:
        return dict.fromkeys([*self._members, *self.patients])

    def __len__(self) -> int:
        return len(self._members) + len(self.patients)

    def __contains__(self, agent: object) -> bool:
        return agent in self._members or agent in self.patients

    def select(
        self,
        filter_func: Callable[[Any], bool] | None = None,
        at_most: float = float("inf"),
        inplace: bool = False,
        agent_type: type | None = None,
    ) -> Any:
        """Return the agents who are wanted, as in Mesa; a `PatientSet` where patients are asked for."""
        handle = self.patients.caseload.handle
        if (
            agent_type is not None
            and issubclass(handle, agent_type)
            and not any(isinstance(agent, agent_type) for agent in self._members)
        ):
            return self.patients.select(filter_func, at_most, inplace)
        if agent_type is not None and not issubclass(handle, agent_type):
            return Agents(self.model, self._members).select(filter_func, at_most, inplace, agent_type)
        return super().select(filter_func, at_most, inplace, agent_type)

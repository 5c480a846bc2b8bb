"""Differences between the supported versions of Mesa, 3.3 to 3.5. No other module depends on the version."""

import inspect
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import mesa

if TYPE_CHECKING:
    AgentSet: Any
    GroupBy: Any
else:
    try:  # Mesa 3.5 tells the interface of a set of agents apart from the set that holds them
        from mesa.agentset import AbstractAgentSet as AgentSet
        from mesa.agentset import GroupBy
    except ModuleNotFoundError:
        from mesa.agent import AgentSet, GroupBy

__all__ = ["AgentSet", "GroupBy", "seed_in_batches", "version"]

Init = TypeVar("Init", bound=Callable[..., None])


def seed_in_batches(init: Init) -> Init:
    """Have batches pass on the seeds that their parameters name.

    Mesa 3.5 sets a parameter that is called `seed` to its own `rng`, nothing if none is given, and so runs one world again
    and again. Where it doesn't see the name, it sets `rng`, and leaves `seed` alone.
    """
    seen = inspect.signature(init)
    without = [parameter for name, parameter in seen.parameters.items() if name != "seed"]
    setattr(init, "__signature__", seen.replace(parameters=without))  # noqa: B010 - a function's type has no such name
    return init


def version() -> tuple[int, ...]:
    """Return the version of Mesa that is installed.

    Examples
    --------
    >>> version() >= (3, 3)
    True
    """
    return tuple(int(part) for part in mesa.__version__.split(".")[:2])

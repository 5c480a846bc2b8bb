"""What differs between the versions of Mesa that stepdown works with, 3.3 to 3.5: the only module that knows."""

from typing import TYPE_CHECKING, Any

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

__all__ = ["AgentSet", "GroupBy", "version"]


def version() -> tuple[int, ...]:
    """Return the version of Mesa that is installed.

    Examples
    --------
    >>> version() >= (3, 3)
    True
    """
    return tuple(int(part) for part in mesa.__version__.split(".")[:2])

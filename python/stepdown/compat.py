"""Differences between the supported versions of Mesa, 3.3 to 3.5. No other module depends on the version."""

import inspect
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

import mesa
from mesa import batchrunner

if TYPE_CHECKING:
    AgentSet: Any
    GroupBy: Any
else:
    try:  # Mesa 3.5 tells the interface of a set of agents apart from the set that holds them
        from mesa.agentset import AbstractAgentSet as AgentSet
        from mesa.agentset import GroupBy
    except ModuleNotFoundError:
        from mesa.agent import AgentSet, GroupBy

__all__ = [
    "BATCHES_SEED",
    "AgentSet",
    "Batch",
    "GroupBy",
    "align",
    "batch",
    "collected",
    "has_events",
    "number",
    "seed_in_batches",
    "version",
]

BATCHES_SEED = "rng" in inspect.signature(mesa.batch_run).parameters
"""Whether Mesa's batches have seeds of their own, one for each iteration: from Mesa 3.5 on."""

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


class Batch(NamedTuple):
    """The run of a batch that a model is made for."""

    iteration: int
    """Number of the iteration: everything else may be the same in several."""

    nameless: bool
    """Whether the batch's parameters name a seed that is None."""


def batch() -> Batch | None:
    """Return the run of Mesa's `batch_run` that the caller serves; nothing outside of a batch.

    Mesa hands the number of the iteration to nobody, so that it is read from Mesa's own variables.
    """
    code = getattr(getattr(batchrunner, "_model_run_func", None), "__code__", None)
    frame = inspect.currentframe()
    while frame is not None and frame.f_code is not code:
        frame = frame.f_back
    if frame is None:
        return None
    _, iteration, parameters = frame.f_locals["run"]
    # Mesa 3.5 puts its own seed, or None, where the model's signature has it.
    own = BATCHES_SEED and "rng" not in parameters
    return Batch(iteration, nameless="seed" in parameters and parameters["seed"] is None and not own)


def number(model: Any, agent: Any) -> None:
    """Give an agent that registers with its model its number.

    From Mesa 3.5 on the model has done so. Before, a table of the class does, which holds every model for ever.
    """
    ids = getattr(type(agent), "_ids", None)
    if ids is not None:
        ids.pop(model, None)
        model.agent_id_counter = getattr(model, "agent_id_counter", 1)
        agent.unique_id = model.agent_id_counter
        model.agent_id_counter += 1


def collected(collector: Any) -> list[list[Any]]:
    """Return the lists to which a data collector adds when it collects."""
    steps = getattr(collector, "_collection_steps", None)
    return [*collector.model_vars.values(), *([steps] if steps is not None else [])]


def has_events(model: Any) -> bool:
    """Return whether anything but the next step is scheduled with a model: from Mesa 3.5 on something may be."""
    schedule = getattr(model, "_default_schedule", None)
    return schedule is not None and any(event is not schedule._current_event for event in _events(model))  # noqa: SLF001


def align(model: Any, time: int) -> None:
    """Set a model's time, and have its next step follow a day later, as Mesa does unless a step raised: from Mesa 3.5 on."""
    schedule = getattr(model, "_default_schedule", None)
    if schedule is None:
        return
    following = schedule._current_event  # noqa: SLF001
    if model.time == time and following.time == time + 1 and any(event is following for event in _events(model)):
        return
    following.cancel()
    model.time = float(time)
    schedule._schedule_next(float(time + 1))  # noqa: SLF001


def _events(model: Any) -> list[Any]:
    """Return what is scheduled with a model and wasn't cancelled."""
    return [event for event in model._event_list._events if not event.CANCELED]  # noqa: SLF001

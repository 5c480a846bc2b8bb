"""Pool of worker processes that simulate points, one thread each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from stepdown.running import workers

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

__all__ = ["Task", "Workers"]


@dataclass(frozen=True)
class Task:
    """One run to be made: the values of the free parameters, and the replicate."""

    values: Mapping[str, float]
    replicate: int


@dataclass(frozen=True)
class _Simulate:
    """Runs a task by a function of its values and replicate."""

    function: Callable[[Mapping[str, float], int], Any]

    def __call__(self, task: Task) -> Any:
        return self.function(task.values, task.replicate)


class Workers(workers.Workers[Task]):
    """Processes that run points; see `stepdown.running.workers.Workers`.

    Parameters
    ----------
    simulate
        What runs a point.
    number
        How many processes.
    """

    def __init__(self, simulate: Callable[[Mapping[str, float], int], Any], number: int) -> None:
        super().__init__(_Simulate(simulate), number)

    def run(self, tasks: Iterable[Task]) -> Iterator[tuple[Task, Any]]:
        """Run tasks; yield each with its answer as soon as it is there, in no particular order.

        Raises
        ------
        StepdownError
            What a run has raised; or a process ended before its run did.
        """
        for task, answer in super().run(tasks):
            if isinstance(answer, BaseException):
                raise answer
            yield task, answer

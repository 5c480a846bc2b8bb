"""Runs a plan in processes on this machine: one thread each, no more of them than there is memory for."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from stepdown import memory
from stepdown.errors import Interrupted, LimitError, RequeueError, StepdownError
from stepdown.experiments.task import Outcome, do_all
from stepdown.numbers import whole
from stepdown.running.run import available_threads
from stepdown.running.signals import Stop
from stepdown.running.workers import DiedError, Workers

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from stepdown.experiments.plan import Group, Plan
    from stepdown.progress import Reporter
    from stepdown.scenario import Scenario

__all__ = ["at_once", "bundles", "execute", "fitting"]

BARREN = 10
"""Processes in a row, for each worker, that may end before they have begun a task."""

PATIENCE = 120.0
"""Time that processes have to write a snapshot when they are stopped [s]."""


@dataclass(frozen=True)
class _Do:
    """Does some tasks of a plan, in a process of its own."""

    folder: str

    def __call__(self, ids: tuple[str, ...]) -> list[Outcome]:
        return do_all(self.folder, ids)


def fitting(made: Plan, workers: int | None = None) -> int:
    """Return how many processes a plan is run by: as many as there are processors, no more than there is memory for.

    Raises
    ------
    LimitError
        Not even one run fits.
    """
    return _fitting(str(made.folder), task_memory(made), workers)


def at_once(scenario: Scenario, workers: int | None = None) -> int:
    """Return how many runs of a scenario are done at a time, by its size alone.

    Raises
    ------
    LimitError
        Not even one run fits.
    """
    need = memory.estimate(scenario.population, scenario.calendar.years, growth=scenario.growth)
    return _fitting(scenario.name, need, workers)


def _fitting(what: str, need: int, workers: int | None) -> int:
    asked = available_threads() if workers is None else whole("workers", workers, 1)
    room = memory.room()
    if room is None:
        return asked
    if (most := room.bytes // need) < 1:
        message = (
            f"{what}: a task takes some {need / 2**30:.1f} GiB of memory, and there are {room.bytes / 2**30:.1f} "
            f"({room.by}); allowed: a smaller share of England (population), or a larger machine"
        )
        raise LimitError(message)
    return min(asked, int(most))


def task_memory(made: Plan) -> int:
    """Return the most memory that a task takes [bytes]: that of recording its inflow, where it does."""
    if made.facts.costs is not None:
        return made.facts.costs.memory
    scenario = made.scenario(made.base, 0)
    return memory.estimate(scenario.population, scenario.calendar.years, growth=scenario.growth)


def bundles(groups: Sequence[Group], workers: int) -> list[tuple[str, ...]]:
    """Return the ids of tasks as processes are given them: a group each, as its record is made once; parts of it for many processes.

    Examples
    --------
    >>> from stepdown.experiments.plan import Task
    >>> pair = tuple(Task(id, id, 0, 0, 1, None) for id in "ab")
    >>> bundles([pair], 1), bundles([pair], 2)
    ([('a', 'b')], [('a',), ('b',)])
    """
    parts = max(1, -(-workers // max(len(groups), 1)))
    found = []
    for group in groups:
        size = -(-len(group) // parts)
        found += [tuple(task.id for task in group[at : at + size]) for at in range(0, len(group), size)]
    return found


def execute(made: Plan, groups: Sequence[Group], *, workers: int, progress: Reporter) -> Iterator[Outcome]:
    """Do groups of tasks, several at a time; yield what became of each task.

    A process that dies takes nothing with it but its own task, which is tried again as often as the plan allows.

    Raises
    ------
    RequeueError, Interrupted
        It was stopped by a signal; what was lived is kept.
    StepdownError
        A process could not do tasks at all, or processes end again and again before they begin one.
    """
    total, ended, barren = sum(map(len, groups)), 0, 0
    with Workers(_Do(str(made.folder)), workers) as pool:
        waiting: list[tuple[str, ...]] = bundles(groups, workers)
        try:
            with Stop():
                progress.update("tasks", 0, total, unit="tasks")
                while waiting:
                    again: list[tuple[str, ...]] = []
                    for ids, answer in pool.run(waiting):
                        outcomes, left = _settled(made, ids, answer)
                        begun = outcomes or any(made.attempts_of(id) for id in ids)
                        barren = 0 if begun or not isinstance(answer, DiedError) else barren + 1
                        if barren >= BARREN * workers:
                            message = (
                                f"{barren} processes in a row ended before they had begun a task; "
                                "allowed: enough memory, and a package that can be imported (stepdown task tells more)"
                            )
                            raise StepdownError(message)
                        again += left
                        for outcome in outcomes:
                            ended += outcome.word != "elsewhere"
                            yield outcome
                        progress.update("tasks", ended, total, unit="tasks")
                    waiting = again
        except (RequeueError, KeyboardInterrupt) as error:
            with contextlib.suppress(KeyboardInterrupt):
                progress.note("stopping; runs are kept at a snapshot")
                pool.stop(PATIENCE)
            message = f"stopped; what is done and begun is kept in {made.folder}: stepdown sweep resume {made.folder}"
            raise (RequeueError if isinstance(error, RequeueError) else Interrupted)(message) from None


def _settled(made: Plan, ids: tuple[str, ...], answer: Any) -> tuple[list[Outcome], list[tuple[str, ...]]]:
    """Return what became of tasks by an answer, and what is to be tried again, whole bundles so that a record is made once."""
    if isinstance(answer, DiedError):
        # Tasks of the bundle may be done; the one that died has left a note, and is given up after its last attempt.
        done = {id for id in ids if made.is_done(id)}
        return [Outcome(id, "done") for id in ids if id in done], [tuple(id for id in ids if id not in done)]
    if isinstance(answer, RequeueError):  # a worker alone was told to stop: by an operator, or by the machine
        return [], [ids]
    if isinstance(answer, StepdownError):
        raise answer
    if isinstance(answer, BaseException):
        message = f"a process could not do its tasks: {type(answer).__name__}: {answer}"
        raise StepdownError(message)
    failed = [outcome.id for outcome in answer if outcome.word == "failed"]
    again = [id for id in failed if len(made.attempts_of(id)) < made.facts.attempts]
    told = [outcome for outcome in answer if outcome.id not in again]
    return told, [(id,) for id in again]

"""Pool of worker processes that simulate points, one thread each. Workers end as soon as the process that started them ends."""

from __future__ import annotations

import os
import signal
from collections import deque
from dataclasses import dataclass
from multiprocessing import get_context
from multiprocessing.connection import wait
from typing import TYPE_CHECKING, Any, Self

from stepdown.errors import StepdownError
from stepdown.numbers import whole

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from multiprocessing.connection import Connection
    from multiprocessing.context import SpawnProcess
    from types import TracebackType


__all__ = ["Task", "Workers"]


@dataclass(frozen=True)
class Task:
    """One run to be made: the values of the free parameters, and the replicate."""

    values: Mapping[str, float]
    replicate: int


def _work(simulate: Callable[[Mapping[str, float], int], Any], pipe: Connection) -> None:
    """Answer tasks until there are no more."""
    # Ctrl-C reaches the whole group of processes: whoever started us decides.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        while True:
            task: Task = pipe.recv()
            try:
                answer: Any = simulate(task.values, task.replicate)
            except Exception as error:  # noqa: BLE001 -- whatever it is, it is raised again where the run was asked for
                answer = error
            pipe.send(answer)
    except (EOFError, BrokenPipeError):
        return


class Workers:
    """Processes that run points; to be used in a ``with`` block, at whose end they are gone, whatever they were doing.

    Parameters
    ----------
    simulate
        What runs a point.
    number
        How many processes.
    """

    def __init__(self, simulate: Callable[[Mapping[str, float], int], Any], number: int) -> None:
        self._simulate = simulate
        self.number = whole("workers", number, 1)
        self._processes: list[SpawnProcess] = []
        self._pipes: list[Connection] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for process in self._processes:
            process.kill()
        for process in self._processes:
            process.join()
        for pipe in self._pipes:
            pipe.close()
        self._processes, self._pipes = [], []

    def _start(self) -> None:
        """Start the processes: when there is something to do, and not before."""
        context = get_context("spawn")
        # Numerical libraries would each take all cores.
        quiet = {name: os.environ.get(name) for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")}
        os.environ.update(dict.fromkeys(quiet, "1"))
        try:
            for _ in range(self.number):
                ours, theirs = context.Pipe()
                process = context.Process(target=_work, args=(self._simulate, theirs), daemon=True)
                process.start()
                theirs.close()
                self._processes.append(process)
                self._pipes.append(ours)
        finally:
            for name, value in quiet.items():
                if value is None:
                    del os.environ[name]
                else:
                    os.environ[name] = value

    def run(self, tasks: Iterable[Task]) -> Iterator[tuple[Task, Any]]:
        """Run tasks; yield each with its answer as soon as it is there, in no particular order.

        Raises
        ------
        StepdownError
            What a run has raised; or a process ended before its run did.
        """
        waiting = deque(tasks)
        if not waiting:
            return
        if not self._processes:
            self._start()
        busy: dict[Connection, Task] = {}
        idle = list(self._pipes)
        while waiting or busy:
            while waiting and idle:
                pipe = idle.pop()
                busy[pipe] = waiting.popleft()
                pipe.send(busy[pipe])
            for ready in wait(list(busy)):
                pipe = next(known for known in busy if known is ready)
                try:
                    answer = pipe.recv()
                except (EOFError, ConnectionResetError):
                    message = "a process that ran a point has ended before its run did: was there memory enough?"
                    raise StepdownError(message) from None
                task = busy.pop(pipe)
                idle.append(pipe)
                if isinstance(answer, BaseException):
                    raise answer
                yield task, answer

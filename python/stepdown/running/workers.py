"""Pool of worker processes, one thread each. Workers end as soon as the process that started them ends."""

from __future__ import annotations

import os
import signal
import time
from collections import deque
from multiprocessing import get_context
from multiprocessing.connection import wait
from typing import TYPE_CHECKING, Any, Generic, Self, TypeVar

from stepdown.errors import StepdownError
from stepdown.numbers import whole

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from multiprocessing.connection import Connection
    from multiprocessing.context import SpawnProcess
    from types import TracebackType


__all__ = ["DiedError", "Workers"]

T = TypeVar("T")


class DiedError(StepdownError):
    """A worker ended before it had answered."""


def _work(work: Callable[[Any], Any], pipe: Connection) -> None:
    """Answer tasks until there are no more."""
    # Ctrl-C reaches the whole group of processes: whoever started us decides.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        while True:
            task = pipe.recv()
            try:
                answer: Any = work(task)
            except Exception as error:  # noqa: BLE001 -- whatever it is, it is for whoever asked
                answer = error
            pipe.send(answer)
    except (EOFError, BrokenPipeError):
        return


class Workers(Generic[T]):
    """Processes that do tasks; to be used in a ``with`` block, at whose end they are gone, whatever they were doing.

    Parameters
    ----------
    work
        What does a task; it is sent to the processes, and so are tasks and answers.
    number
        How many processes.

    Examples
    --------
    >>> with Workers(len, 1) as processes:  # doctest: +SKIP
    ...     list(processes.run(["task"]))
    [('task', 4)]
    """

    def __init__(self, work: Callable[[T], Any], number: int) -> None:
        self._do = work
        self.number = whole("workers", number, 1)
        self._processes: dict[Connection, SpawnProcess] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for process in self._processes.values():
            process.kill()
        for pipe, process in self._processes.items():
            process.join()
            pipe.close()
        self._processes = {}

    def stop(self, patience: float) -> None:
        """Ask the processes to stop (SIGTERM), and wait until they have ended or answered, or for so long [s]."""
        for process in self._processes.values():
            process.terminate()
        until = time.monotonic() + patience
        left = dict(self._processes)
        while left and (rest := until - time.monotonic()) > 0:
            for pipe in wait(list(left), timeout=rest):
                left = {known: process for known, process in left.items() if known is not pipe}

    def _start(self, number: int) -> list[Connection]:
        """Start processes: when there is something to do, and not before."""
        context = get_context("spawn")
        # Numerical libraries would each take all cores.
        quiet = {name: os.environ.get(name) for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")}
        os.environ.update(dict.fromkeys(quiet, "1"))
        started = []
        try:
            for _ in range(number):
                ours, theirs = context.Pipe()
                process = context.Process(target=_work, args=(self._do, theirs), daemon=True)
                process.start()
                theirs.close()
                self._processes[ours] = process
                started.append(ours)
        finally:
            for name, value in quiet.items():
                if value is None:
                    del os.environ[name]
                else:
                    os.environ[name] = value
        return started

    def run(self, tasks: Iterable[T]) -> Iterator[tuple[T, Any]]:
        """Do tasks; yield each with its answer as soon as it is there, in no particular order.

        An answer may be an exception that the task has raised, or `DiedError` where its process has ended before; another process
        then takes its place.
        """
        waiting = deque(tasks)
        busy: dict[Connection, T] = {}
        idle = list(self._processes)
        while waiting or busy:
            if waiting and not idle and len(self._processes) < self.number:
                idle += self._start(min(self.number - len(self._processes), len(waiting)))
            while waiting and idle:
                pipe, task = idle.pop(), waiting.popleft()
                try:
                    pipe.send(task)
                except (BrokenPipeError, ConnectionResetError):  # it ended while it had nothing to do
                    self._bury(pipe)
                    waiting.appendleft(task)
                    continue
                busy[pipe] = task
            for ready in wait(list(busy)) if busy else ():
                pipe = next(known for known in busy if known is ready)
                task = busy.pop(pipe)
                try:
                    answer = pipe.recv()
                except (EOFError, ConnectionResetError):
                    self._bury(pipe)
                    yield task, DiedError("a process has ended before its run did: was there memory enough?")
                    continue
                idle.append(pipe)
                yield task, answer

    def _bury(self, pipe: Connection) -> None:
        """Forget a process that has ended."""
        process = self._processes.pop(pipe)
        process.join()
        pipe.close()

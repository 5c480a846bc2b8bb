"""Signals: a run that is asked to stop says so at once and stops between two days.

SIGINT stops it (exit code 130); what schedulers send (SIGTERM, SIGUSR1, SIGUSR2, SIGXCPU) and what a terminal sends when it goes
(SIGHUP) stop it and ask for it to be queued again (75). Before there is anything to keep, a signal ends the run immediately; a second
SIGINT always does: it also interrupts a rule that doesn't return. On the command line the process ends even where the rule can't be
interrupted, as code in C that never comes back.
"""

from __future__ import annotations

import os
import signal
import threading
from typing import TYPE_CHECKING, Any, NoReturn, Self

from stepdown.errors import Insisted, Interrupted, RequeueError

if TYPE_CHECKING:
    from types import FrameType, TracebackType

__all__ = ["REQUEUE", "Stop", "end_after_the_command", "end_at_the_second_interrupt", "end_before_the_run"]

REQUEUE = (signal.SIGTERM, signal.SIGUSR1, signal.SIGUSR2, signal.SIGHUP, signal.SIGXCPU)
"""Signals after which a run is to be queued again."""


def end_before_the_run() -> None:
    """Have these signals end the process with 75 and a sentence while the package is still being loaded, before `Stop` hears them."""
    for number in REQUEUE:
        if signal.getsignal(number) is signal.SIG_DFL:
            signal.signal(number, _end)


def end_after_the_command() -> None:
    """Have these signals do nothing any more: the command is over, and Python's own end would let them change the exit code."""
    for number in (signal.SIGINT, *REQUEUE):
        signal.signal(number, signal.SIG_IGN)


GRACE = 2.0
"""Time that a run has to end by itself after a second SIGINT [s]."""


def end_at_the_second_interrupt() -> None:
    """Have a second SIGINT end the process with 130 after a grace, whatever the process is doing."""
    from stepdown import _core  # the engine takes a while to load: until then a signal ends the process as it likes

    try:
        read, write = os.pipe()
    except OSError:  # without two more open files there is no grace to watch over
        return
    message = b"stepdown: interrupted twice, and ended at once; what a run had kept is kept for stepdown resume\n"
    if not _core.end_at_the_second_interrupt(read, grace=GRACE, code=Interrupted.exit_code, message=message):
        os.close(write)  # nor without a thread
        return
    os.set_blocking(write, False)
    signal.set_wakeup_fd(write, warn_on_full_buffer=False)
    # A child hears the same Ctrl-C, and would count as the second.
    os.register_at_fork(after_in_child=lambda: signal.set_wakeup_fd(-1))


def _end(number: int, _: FrameType | None) -> NoReturn:
    # Nothing is begun, so that there is nothing to be cleared; an exception would come out of the middle of an import.
    name = signal.Signals(number).name
    os.write(2, f"stepdown: stopped by {name} before the run began; the same command begins it again\n".encode())
    os._exit(RequeueError.exit_code)


class Stop:
    """A request to stop the run, set by signals within a ``with`` block.

    Signals reach the main thread only: elsewhere nothing is changed.
    """

    def __init__(self) -> None:
        self.received: signal.Signals | None = None
        self._waits = False
        self._before: dict[signal.Signals, Any] = {}

    def __enter__(self) -> Self:
        if threading.current_thread() is threading.main_thread():
            for number in (signal.SIGINT, *REQUEUE):
                # What a parent had ignored stays ignored.
                if signal.getsignal(number) is not signal.SIG_IGN:
                    self._before[number] = signal.signal(number, self._hear)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def wait(self) -> None:
        """Say that there is something to keep from now on: a signal takes effect at the end of the day, and none after the last."""
        self._waits = True

    def __bool__(self) -> bool:
        """Whether the run is to stop."""
        return self.received is not None

    @property
    def requeues(self) -> bool:
        """Whether the run is to be queued again."""
        return self.received in REQUEUE

    def _hear(self, number: int, _: FrameType | None) -> None:
        again = self.received is signal.SIGINT and number == signal.SIGINT
        self.received = signal.Signals(number)
        if self._waits and not again:
            return
        if self.requeues:
            message = "stopped"
            raise RequeueError(message)
        raise Insisted if again else KeyboardInterrupt

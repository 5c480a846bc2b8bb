"""Reports the progress of a run on stderr: a bar with the time left on a terminal, plain lines elsewhere."""

from __future__ import annotations

import contextlib
import sys
import time
from typing import IO, TYPE_CHECKING, Protocol, Self, cast

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from stepdown.console import Steady, is_quiet, tell

if TYPE_CHECKING:
    from types import TracebackType

__all__ = ["Reporter", "Silent", "reporter", "speed"]


class Reporter(Protocol):
    """Receives reports of how far a run has come."""

    def __enter__(self) -> Self:
        """Begin."""
        ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None, /
    ) -> None:
        """End."""
        ...

    def update(self, what: str, done: int, total: int, *, unit: str = "days") -> None:
        """Say what is being done, and how much of how much is done."""
        ...

    def note(self, text: str) -> None:
        """Say something on a line of its own."""
        ...


class Silent:
    """Says nothing."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        return None

    def update(self, what: str, done: int, total: int, *, unit: str = "days") -> None:
        """Say nothing."""

    def note(self, text: str) -> None:
        """Say nothing."""


class Bar:
    """A bar with the time left."""

    def __init__(self, console: Console) -> None:
        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            TaskProgressColumn(),
            TimeElapsedColumn(),
            TimeRemainingColumn(),
            console=console,
            transient=True,
        )
        self._task = self._progress.add_task("", total=None)

    def __enter__(self) -> Self:
        # A bar is drawn by a thread of its own: where the machine has none left, the work goes on without.
        with contextlib.suppress(RuntimeError):
            self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        with contextlib.suppress(RuntimeError):
            self._progress.stop()

    def update(self, what: str, done: int, total: int, *, unit: str = "days") -> None:
        """Move the bar."""
        del unit  # the bar is enough
        self._progress.update(self._task, description=what, completed=done, total=total)

    def note(self, text: str) -> None:
        """Say something above the bar."""
        self._progress.console.print(text, highlight=False, soft_wrap=True)


class Lines:
    """A line whenever what is being done changes, with the time left."""

    def __init__(self) -> None:
        self._began = time.monotonic()
        self._said = ""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        return None

    def update(self, what: str, done: int, total: int, *, unit: str = "days") -> None:
        """Say a line if there is something new."""
        if what == self._said:
            return
        self._said = what
        left = f", {(time.monotonic() - self._began) / done * (total - done):.0f} s left" if done else ""
        self.note(f"{what}: {done:,} of {total:,} {unit}{left}")

    def note(self, text: str) -> None:
        """Say a line."""
        tell(text)


def reporter() -> Reporter:
    """Return nothing that speaks if it is to be quiet, a bar if standard error is a terminal that can draw one, else plain lines."""
    if is_quiet():
        return Silent()
    if sys.stderr is None:  # None where the process was begun with it closed
        return Lines()
    console = Console(file=cast("IO[str]", Steady(sys.stderr)))
    return Bar(console) if console.is_terminal and not console.is_dumb_terminal else Lines()


def speed(people: int, days: int, person_days: int, seconds: float) -> str:
    """Return the closing line of long work.

    Examples
    --------
    >>> speed(57_690_323, 7_305, 421_427_809_515, 38.0)
    '57,690,323 people × 7,305 days in 38 s = 11 G person-days/s'
    """
    rate = person_days / seconds if seconds > 0 else 0.0
    for scale, letter in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if rate >= scale:
            return f"{people:,} people × {days:,} days in {_short(seconds)} s = {_short(rate / scale)} {letter} person-days/s"
    return f"{people:,} people × {days:,} days in {_short(seconds)} s = {_short(rate)} person-days/s"


def _short(number: float) -> str:
    """Return two figures."""
    return f"{number:.0f}" if number >= 10 else f"{number:.1f}"

"""Standard streams that may fail: what can't be said is not said, and the work goes on.

Progress and log are a courtesy. A reader that has gone, a full disk behind ``2>log`` or a closed stream must never cost a run. What
is written to stdout is a result: a reader that has gone has had enough, and any other failure is remembered for the exit code.
"""

from __future__ import annotations

import errno
import os
import sys
from typing import IO, Any, cast

__all__ = ["Steady", "guard", "is_quiet", "quiet", "say", "tell"]


class _Volume:
    """How much is said on stderr."""

    quiet = False
    """Whether progress and log are left out, and only warnings and errors are said."""


def quiet(asked: bool) -> None:
    """Leave out progress and log from now on, or say them again."""
    _Volume.quiet = asked


def is_quiet() -> bool:
    """Return whether progress and log are left out."""
    return _Volume.quiet


def tell(text: str) -> None:
    """Say a line of progress or of the log, unless it is to be quiet."""
    if not _Volume.quiet:
        say(text)


class Steady:
    """A text stream that never raises: after the first failure, what is written is dropped.

    Attributes
    ----------
    gone
        Whether what is written is dropped.
    failure
        Why the stream could not be written, if it couldn't; a reader that has gone is no failure.
    """

    def __init__(self, stream: IO[str] | None) -> None:
        self._stream = stream
        self.gone = stream is None
        self.failure: OSError | None = OSError(errno.EBADF, os.strerror(errno.EBADF)) if stream is None else None
        self._excused = stream is None

    def write(self, text: str) -> int:
        """Write a text, with escapes for what the stream's encoding lacks."""
        if not isinstance(text, str):
            raise TypeError("a text is written, not bytes")
        if self._stream is None and text:
            self._excused = False
        if not self.gone and self._stream is not None:
            try:
                self._stream.write(text)
            except UnicodeEncodeError:
                encoding = getattr(self._stream, "encoding", None) or "ascii"
                self.write(text.encode(encoding, "backslashreplace").decode(encoding))
            except (OSError, ValueError) as error:
                self._end(error)
        return len(text)

    def flush(self) -> None:
        """Hand on what was written."""
        if not self.gone and self._stream is not None:
            try:
                self._stream.flush()
            except (OSError, ValueError) as error:
                self._end(error)

    def lost(self) -> OSError | None:
        """Return why something that was written is lost, if it is; not where the reader has gone, or where nothing was said."""
        self.flush()
        return None if self._excused else self.failure

    def _end(self, error: Exception) -> None:
        self.gone = True
        if not isinstance(error, BrokenPipeError):
            self.failure = error if isinstance(error, OSError) else OSError(errno.EBADF, os.strerror(errno.EBADF))

    def __getattr__(self, name: str) -> Any:
        if self._stream is None:
            closed: dict[str, Any] = {
                "encoding": "utf-8", "errors": "strict", "isatty": lambda: False, "closed": False, "writable": lambda: True,
            }  # fmt: skip
            if name in closed:
                return closed[name]
            raise AttributeError(name)
        return getattr(self._stream, name)


def say(text: str) -> None:
    """Say a line on stderr, if anybody can hear it."""
    stream = sys.stderr
    if stream is None:  # None where the process was begun with it closed
        return
    steady = Steady(stream)
    steady.write(f"{text}\n")
    steady.flush()


def guard() -> tuple[Steady, Steady]:
    """Make the standard streams of a process steady, and return stdout and stderr.

    Descriptors that the process was begun without are opened on the null device first: the next file would else get their number,
    and what is meant for a terminal would be written into it.
    """
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)
    out, err = Steady(sys.stdout), Steady(sys.stderr)
    sys.stdout, sys.stderr = cast("Any", out), cast("Any", err)
    return out, err

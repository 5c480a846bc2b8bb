"""The exceptions that stepdown reports to a user, as one tree.

A message says in one sentence what went wrong, where, what was found and what is allowed. Each class carries the exit code with
which the command line ends.
"""

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from typing import ClassVar

LONGEST = 2000
"""Longest message that is shown in full [characters]."""


class _Voice:
    """How a message names what can be asked for."""

    options = False
    """Whether a command of ours speaks, whose user gives options; else Python does, where one gives keywords."""


@contextmanager
def by_command() -> Iterator[None]:
    """Have messages in the block name options, as a command does."""
    before, _Voice.options = _Voice.options, True
    try:
        yield
    finally:
        _Voice.options = before


def asking(name: str, value: object = None) -> str:
    """Return how a user asks for something: by an option of a command, or by a keyword in Python.

    Examples
    --------
    >>> asking("overwrite", True), asking("population", 0.05), asking("population")
    ('overwrite=True', 'population=0.05', 'population')
    >>> with by_command():
    ...     print(asking("allow_code", True), asking("population", 0.05))
    --allow-code --population 0.05
    """
    if not _Voice.options:
        return name if value is None else f"{name}={value}"
    option = f"--{name.replace('_', '-')}"
    return option if value is None or value is True else f"{option} {value}"


def printable(text: str, longest: int = LONGEST) -> str:
    r"""Return a text that is safe to print: control characters as escapes, the middle left out where it is long.

    What a file says reaches messages, and a terminal obeys what is printed on it.

    Parameters
    ----------
    text
        What is to be printed, on one line.
    longest
        How long the answer may be [characters].

    Examples
    --------
    >>> printable("areas: \x1b[2Jhere")
    'areas: \\x1b[2Jhere'
    >>> printable("a" * 100, 20)
    'aaaaaaa ... aaaaaaaa'
    """
    if len(text) > longest:
        ends = longest - len(" ... ")
        text = f"{text[: ends // 2]} ... {text[len(text) - (ends - ends // 2) :]}"
    if not text.isprintable():
        text = "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)
        # Escapes are longer than what they stand for: once more, as none is left.
        return text if len(text) <= longest else printable(text, longest)
    return text


class StepdownError(Exception):
    """Anything that stepdown reports to a user."""

    exit_code: ClassVar[int] = 2

    def __str__(self) -> str:
        """Return the message, safe to print."""
        return printable(super().__str__())


class UsageError(StepdownError, ValueError):
    """A command or call that can't be understood."""

    exit_code = 2


class UndeclaredError(UsageError, AttributeError):
    """State that an agent has not declared."""


class OutputExistsError(UsageError, FileExistsError):
    """The folder that a run would write is there already."""


class StorageError(StepdownError, OSError):
    """A file or folder can't be read or written: the disk is full, or it isn't allowed."""

    exit_code = 2


class ScenarioError(StepdownError, ValueError):
    """A scenario that can't be run as written.

    Attributes
    ----------
    faults
        Every fault that was found, one sentence each; the message is the first of them.

    Examples
    --------
    >>> str(ScenarioError("x.toml: why: missing", "x.toml: title: empty"))
    'x.toml: why: missing (and 1 more)'
    """

    exit_code = 3

    def __init__(self, *faults: str) -> None:
        super().__init__(*faults)
        self.faults = faults

    def __str__(self) -> str:
        """Return the first fault, and how many more there are."""
        more = f" (and {len(self.faults) - 1} more)" if len(self.faults) > 1 else ""
        return printable(f"{self.faults[0] if self.faults else ''}{more}")


class NoEffectWarning(UserWarning):
    """A lever of a scenario changes nothing in the run."""


class EvidenceError(StepdownError, ValueError):
    """An evidence table that can't be used as written."""

    exit_code = 3


class RuleError(StepdownError, ValueError):
    """A rule of an agent's own that broke its contract, or can't be used."""

    exit_code = 3


class LimitError(StepdownError):
    """A stated limit (people, memory, days, disk) was passed."""

    exit_code = 4


class InvariantError(StepdownError):
    """An invariant broke: a bug in the model."""

    exit_code = 5


class CorruptError(StepdownError):
    """A file is corrupt, or differs from what it should be."""

    exit_code = 6


class PartlyFailedError(StepdownError):
    """Some tasks of a sweep failed."""

    exit_code = 7


class TargetError(StepdownError):
    """The model misses a published target that it must meet."""

    exit_code = 8


class ResourceError(StepdownError, MemoryError):
    """The machine lacks memory, threads, processes or open files: nothing is said about the data."""

    exit_code = 9


class RequeueError(StepdownError):
    """The run stopped at a snapshot and asks to be queued again."""

    exit_code = 75


class Interrupted(StepdownError):
    """The user stopped the run."""

    exit_code = 130


class Insisted(KeyboardInterrupt):
    """A second Ctrl-C, while the first waits for a day to end: it interrupts a rule, too."""


BUG = 70
"""Exit code of an error that nobody foresaw: a bug, to be reported."""

_LACKING = {
    errno.ENOMEM: "memory",
    errno.EAGAIN: "threads or processes",
    errno.EMFILE: "open files (ulimit -n)",
    errno.ENFILE: "open files",
}


_SIGNS = {
    "can't start new thread": "threads or processes",
    "Failed to launch worker thread": "threads or processes",
    "Resource temporarily unavailable": "threads or processes",
    "failed to map segment": "memory",
    "annot allocate memory": "memory",
    "std::bad_alloc": "memory",
}
"""What is said by libraries whose errors have no number."""


def _is_arrows(error: BaseException) -> bool:
    """Return whether an error is one of pyarrow's, which is not imported for that."""
    return any(kind.__module__ == "pyarrow.lib" for kind in type(error).__mro__)


def lacking(error: BaseException) -> ResourceError | None:
    """Return what an error says that the machine lacks, as the error to raise; nothing if it is of another kind.

    Examples
    --------
    >>> print(lacking(MemoryError()))
    there is too little memory; allowed: fewer people (population), fewer threads, or a larger machine
    >>> lacking(KeyError("x"))
    """
    if isinstance(error, ResourceError):
        return error
    what = None
    if isinstance(error, MemoryError):
        what = "memory"
    elif isinstance(error, OSError) and error.errno in _LACKING:
        what = _LACKING[error.errno]
    elif isinstance(error, RuntimeError | ImportError | OSError | SystemError) or _is_arrows(error):
        text = str(error)
        what = next((lack for sign, lack in _SIGNS.items() if sign in text), None)
    if what is None:
        return None
    message = f"there are too few {what}" if what != "memory" else "there is too little memory"
    return ResourceError(
        f"{message}; allowed: fewer people ({asking('population')}), fewer threads, or a larger machine"
    )

"""The command line `stepdown`. Data goes to stdout, progress and log to stderr; a user's error is one sentence and an exit code.

Exit codes: 0 done, 2 usage, 3 invalid scenario or evidence, 4 over a limit, 5 an invariant broke, 6 corrupt or
different, 7 a sweep partly failed, 8 a target missed, 9 too little memory or too few threads, 70 a bug, please report it,
75 stopped at a snapshot, please requeue, 130 interrupted.
"""

import contextlib
import os
import shlex
import sys
import tempfile
import traceback
import warnings
from collections.abc import Sequence
from typing import Annotated, TextIO

import typer

from stepdown import _core, provenance
from stepdown.cli import output
from stepdown.cli.cache import cache
from stepdown.cli.calibrate import calibrate
from stepdown.cli.check import reproduce, verify
from stepdown.cli.compare import compare
from stepdown.cli.data import export, schema
from stepdown.cli.explain import explain
from stepdown.cli.indicators import indicators
from stepdown.cli.influence import influence
from stepdown.cli.plan import plan
from stepdown.cli.run import resume, run
from stepdown.cli.scenarios import init, validate
from stepdown.cli.series import series
from stepdown.cli.sweep import sweep
from stepdown.cli.task import task
from stepdown.cli.validate_model import validate_model
from stepdown.console import guard
from stepdown.errors import (
    BUG,
    Interrupted,
    NoEffectWarning,
    RuleError,
    StepdownError,
    UsageError,
    by_command,
    lacking,
    printable,
)
from stepdown.running.signals import end_after_the_command

EPILOG = (
    "Exit codes: 0 done, 2 usage, 3 invalid scenario or evidence, 4 over a limit, 5 an invariant broke, "
    "6 corrupt or different, 7 a sweep partly failed, 8 a target missed, 9 too little memory or too few threads, "
    "70 a bug, please report it, 75 stopped at a snapshot, please requeue, 130 interrupted."
)

app = typer.Typer(
    name="stepdown",
    help="An agent-based microsimulation of England's secure mental-health pathway.",
    epilog=EPILOG,
    no_args_is_help=False,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)


def _version(asked: bool) -> None:
    if asked:
        output.data(f"stepdown {_core.version()}")
        raise typer.Exit


@app.callback()
def _about(
    *,
    version: Annotated[
        bool, typer.Option("--version", is_eager=True, callback=_version, help="Print the version, and end.")
    ] = False,
) -> None:
    del version  # its callback has answered


COMMANDS = (
    init,
    validate,
    run,
    resume,
    verify,
    reproduce,
    explain,
    influence,
    schema,
    export,
    series,
    cache,
    validate_model,
    calibrate,
    indicators,
    plan,
    task,
    compare,
)

for command in COMMANDS:
    app.command()(command)
app.add_typer(sweep)

# typer carries click under another name from one version to the next: the class that all its refusals share.
_Refused: type[Exception] = typer.BadParameter.__mro__[2]


def _sentence(error: BaseException) -> str:
    message = error.format_message() if hasattr(error, "format_message") else str(error)
    return printable(" ".join(str(message).split())).rstrip(".")


def _warned(
    message: Warning | str,
    category: type[Warning],
    filename: str,
    lineno: int,
    file: TextIO | None = None,
    line: str | None = None,
) -> None:
    """Print a warning as a sentence of the log."""
    del category, filename, lineno, file, line
    output.log(f"stepdown: {message}")


def invoke(arguments: Sequence[str] | None = None) -> int:
    """Run a command line (by default, that of the process) and return its exit code."""
    command = typer.main.get_command(app)
    try:
        with warnings.catch_warnings(), by_command():
            warnings.simplefilter("always", NoEffectWarning)
            warnings.showwarning = _warned
            code = command.main(args=arguments, prog_name="stepdown", standalone_mode=False)
    except StepdownError as error:
        output.log(f"stepdown: {_sentence(error)}")
        return error.exit_code
    except _Refused as error:
        message = _sentence(error)
        output.log(f"stepdown: {message[:1].lower()}{message[1:]}; see stepdown --help")
        return UsageError.exit_code
    except SystemExit as error:
        # No code of ours ends the process: an agent of the user's did, and would have ended a run with any code, 0 too.
        output.log(
            f"stepdown: code that is not stepdown's ended the process (SystemExit {error.code}); nothing was finished"
        )
        return RuleError.exit_code
    except (KeyboardInterrupt, typer.Abort):
        output.log("stepdown: interrupted")
        return Interrupted.exit_code
    except BrokenPipeError:  # in a process of its own, `main` has seen to it
        return 0
    except BaseException as error:  # noqa: BLE001 -- what is none of ours is raised again
        return _unforeseen(error)
    if code == Interrupted.exit_code:  # typer makes an interrupt that no command caught a code, and says nothing
        output.log("stepdown: interrupted")
    return code if isinstance(code, int) else 0


def _unforeseen(error: BaseException) -> int:
    """Say in one sentence what no command foresaw: what the machine lacks, a file, or a bug. Return the exit code."""
    if (lack := lacking(error)) is not None:
        output.log(f"stepdown: {_sentence(lack)}")
        return lack.exit_code
    if isinstance(error, OSError):
        output.log(f"stepdown: {error.filename or 'a file'}: can't be read or written ({error.strerror or error})")
        return UsageError.exit_code
    # What breaks behind the border, where nobody catches it, is no `Exception`.
    if not isinstance(error, Exception) and type(error).__name__ != "PanicException":
        raise error
    output.log(f"stepdown: a bug, please report it: {type(error).__name__}: {_sentence(error)}; {_kept(error)}")
    return BUG


def _kept(error: BaseException) -> str:
    """Write where the error came from into a file of its own, and return a sentence that names it."""
    lines = "".join(traceback.format_exception(error))
    told = f"stepdown {_core.version()}, {provenance.versions()}\n{shlex.join(sys.argv)}\n\n{lines}"
    try:
        handle, name = tempfile.mkstemp(prefix="stepdown-bug-", suffix=".txt")
        with os.fdopen(handle, "w", encoding="utf-8", errors="backslashreplace") as file:
            file.write(told)
    except OSError as failure:
        return f"where it broke can't be written to a file ({failure.strerror})"
    return f"where it broke is in {name}"


def main() -> None:
    """Run the command line of the process, and end it.

    The code is that of the command, also where the reader of stdout has gone; or 2, if stdout could not be written otherwise.
    """
    out, err = guard()
    code = invoke()
    end_after_the_command()
    if (lost := out.lost()) is not None:
        output.log(f"stepdown: stdout can't be written ({lost.strerror}); the command itself ended with {code}")
        code = code or UsageError.exit_code
    err.flush()
    # Closing the streams would complain once more about what can't be written, and change the code.
    for steady, stream in ((out, sys.__stdout__), (err, sys.__stderr__)):
        if steady.gone and stream is not None:
            with contextlib.suppress(OSError, ValueError):
                os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
    sys.exit(code)

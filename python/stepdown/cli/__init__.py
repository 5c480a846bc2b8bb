"""The command line `stepdown`. Data goes to stdout, progress and log to stderr; a user's error is one sentence and an exit code.

Exit codes: 0 done, 2 usage, 3 invalid scenario or evidence, 4 over a limit, 5 an invariant broke, 6 corrupt or
different, 7 a sweep partly failed, 8 a target missed, 9 too little memory or too few threads, 70 a bug, please report it,
75 stopped at a snapshot, please requeue, 130 interrupted.
"""

import contextlib
import json
import os
import shlex
import sys
import tempfile
import traceback
import warnings
from collections.abc import Iterable, Iterator, Sequence
from typing import Annotated, Any, TextIO

import typer

from stepdown import _core, provenance
from stepdown.cli import output
from stepdown.cli.cache import cache
from stepdown.cli.calibrate import calibrate
from stepdown.cli.check import reproduce, verify
from stepdown.cli.compare import compare
from stepdown.cli.dashboard import dashboard
from stepdown.cli.data import export, schema
from stepdown.cli.economics import economics
from stepdown.cli.explain import explain
from stepdown.cli.futures import futures
from stepdown.cli.indicators import indicators
from stepdown.cli.influence import influence
from stepdown.cli.plan import plan
from stepdown.cli.report import report
from stepdown.cli.run import resume, run
from stepdown.cli.scenarios import init, validate
from stepdown.cli.search import search
from stepdown.cli.series import series
from stepdown.cli.sweep import sweep
from stepdown.cli.task import task
from stepdown.cli.validate_model import validate_model
from stepdown.console import guard, quiet, say
from stepdown.errors import (
    BUG,
    Interrupted,
    NoEffectWarning,
    RuleError,
    ScenarioError,
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
    context_settings={"help_option_names": ["-h", "--help"]},
    no_args_is_help=False,
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
    dashboard,
    economics,
    futures,
    search,
    report,
)

for command in COMMANDS:
    app.command()(command)
app.add_typer(sweep)


def _hush(asked: bool) -> None:
    if asked:
        quiet(asked)


def _shared(
    *,
    hushed: Annotated[
        bool,
        typer.Option(
            "--quiet", "-q", callback=_hush, help="Print neither progress nor log: only data, warnings and errors."
        ),
    ] = False,
) -> None:
    """Have the options that every command has."""
    del hushed  # its callback has answered


def _below(command: Any) -> Iterator[Any]:
    """Yield the commands and groups below a group."""
    for inner in getattr(command, "commands", {}).values():
        yield inner
        yield from _below(inner)


# typer carries click under another name from one version to the next: the class that all its refusals share.
_Refused: type[Exception] = typer.BadParameter.__mro__[2]


def _sentence(error: BaseException) -> str:
    message = error.format_message() if hasattr(error, "format_message") else str(error)
    return _tidy(str(message))


def _tidy(message: str) -> str:
    return printable(" ".join(message.split())).rstrip(".")


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
    output.warn(str(message))


def command_line() -> Any:
    """Return the command line, with what all commands share: `--quiet`."""
    whole, lone = typer.main.get_command(app), typer.Typer(add_completion=False)
    lone.command()(_shared)
    (option,) = (param for param in typer.main.get_command(lone).params if param.name == "hushed")
    option.expose_value = False
    for command in _below(whole):
        # A list of commands cuts descriptions to a line, but not those that are given for the list.
        command.short_help = (command.help or "").partition("\n\n")[0].replace("\n", " ")
        if not hasattr(command, "commands"):
            command.params.append(option)
    return whole


def invoke(arguments: Sequence[str] | None = None) -> int:
    """Run a command line (by default, that of the process) and return its exit code."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    as_json = "--json" in given
    if given in ([], [sweep.info.name]):
        given.append("--help")
    quiet(False)
    try:
        with warnings.catch_warnings(), by_command():
            warnings.simplefilter("always", NoEffectWarning)
            warnings.showwarning = _warned
            code = command_line().main(args=given, prog_name="stepdown", standalone_mode=False)
    except StepdownError as error:
        faults = error.faults if isinstance(error, ScenarioError) else (_sentence(error),)
        return _refuse(map(_tidy, faults), error.exit_code, as_json=as_json)
    except _Refused as error:
        message = _sentence(error)
        context = getattr(error, "ctx", None)
        page = f"{_named_in(given) if context is None else context.command_path} --help"
        return _refuse([f"{message[:1].lower()}{message[1:]}"], UsageError.exit_code, as_json=as_json, page=page)
    except SystemExit as error:
        if _completes(error):
            return int(error.code or 0)
        # No code of ours ends the process: an agent of the user's did, and would have ended a run with any code, 0 too.
        said = f"code that is not stepdown's ended the process (SystemExit {error.code}); nothing was finished"
        return _refuse([said], RuleError.exit_code, as_json=as_json)
    except (KeyboardInterrupt, typer.Abort):
        return _refuse(["interrupted"], Interrupted.exit_code, as_json=as_json)
    except BrokenPipeError:  # in a process of its own, `main` has seen to it
        return 0
    except BaseException as error:  # noqa: BLE001 -- what is none of ours is raised again
        said, code = _unforeseen(error)
        return _refuse([said], code, as_json=as_json)
    if code == Interrupted.exit_code:  # typer makes an interrupt that no command caught a code, and says nothing
        return _refuse(["interrupted"], code, as_json=as_json)
    return code if isinstance(code, int) else 0


def _named_in(given: Sequence[str]) -> str:
    """Return the command that a command line names."""
    command, named = command_line(), ["stepdown"]
    for word in given:
        if (command := getattr(command, "commands", {}).get(word)) is None:
            break
        named.append(word)
    return " ".join(named)


def _completes(error: SystemExit) -> bool:
    """Return whether it is typer that ends the process: it has completed a command line, or printed how to."""
    last = error.__traceback__
    while last is not None and last.tb_next is not None:
        last = last.tb_next
    module = "" if last is None else str(last.tb_frame.f_globals.get("__name__", ""))
    return module.partition(".")[0] in ("typer", "click")


def _refuse(faults: Iterable[str], code: int, *, as_json: bool, page: str | None = None) -> int:
    """Say what was wrong, a line for each fault, or all of it as one line of JSON; return the exit code."""
    sentences = list(faults)
    if as_json:
        told = {"error": sentences[0], "faults": sentences, "exit_code": code} | ({"help": page} if page else {})
        say(json.dumps(told, ensure_ascii=True))
        return code
    for sentence in sentences:
        output.warn(f"{sentence}; see {page}" if page else sentence)
    return code


def _unforeseen(error: BaseException) -> tuple[str, int]:
    """Return a sentence about what no command foresaw (what the machine lacks, a file, or a bug), and the exit code."""
    if (lack := lacking(error)) is not None:
        return _sentence(lack), lack.exit_code
    if isinstance(error, OSError):
        named = error.filename or "a file"
        return f"{named}: can't be read or written ({error.strerror or error})", UsageError.exit_code
    # What breaks behind the border, where nobody catches it, is no `Exception`.
    if not isinstance(error, Exception) and type(error).__name__ != "PanicException":
        raise error
    return f"a bug, please report it: {type(error).__name__}: {_sentence(error)}; {_kept(error)}", BUG


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
        output.warn(f"stdout can't be written ({lost.strerror}); the command itself ended with {code}")
        code = code or UsageError.exit_code
    err.flush()
    # Closing the streams would complain once more about what can't be written, and change the code.
    for steady, stream in ((out, sys.__stdout__), (err, sys.__stderr__)):
        if steady.gone and stream is not None:
            with contextlib.suppress(OSError, ValueError):
                os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
    sys.exit(code)

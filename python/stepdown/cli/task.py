"""`stepdown task`: does tasks of a plan, each at most once; the command that job arrays call."""

from pathlib import Path
from typing import Annotated

import typer

from stepdown.cli import options, output
from stepdown.errors import PartlyFailedError


def task(
    folder: Annotated[Path, typer.Argument(metavar="SWEEP", help="Folder of the sweep, as stepdown plan made it.")],
    ids: Annotated[
        list[str] | None, typer.Argument(metavar="[ID]...", help="Tasks, as stepdown plan --tasks lists them.")
    ] = None,
    *,
    bundle: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Take the tasks from a line of this file (see --line).")
    ] = None,
    line: Annotated[
        int, typer.Option(parser=options.whole(1, 10_000_000), metavar="N", help="Which line of the file, from 1.")
    ] = 1,
    threads: options.Threads = 1,
    as_json: output.Json = False,
) -> None:
    """Do tasks of a sweep one after the other. Tasks that are done, or that another process is doing, are skipped.

    Example: stepdown task sweeps/my-study 0123456789abcdef
    """
    from stepdown.errors import UsageError
    from stepdown.experiments.task import do_all
    from stepdown.running.run import available_threads

    asked = list(ids or [])
    if bundle is not None:
        asked += _line(bundle, line)
    if not asked:
        message = "no task was named; allowed: ids of tasks, or --bundle FILE --line N"
        raise UsageError(message)
    outcomes = do_all(folder, asked, threads=threads or available_threads())
    failed = [outcome for outcome in outcomes if outcome.word in ("failed", "given up")]
    if as_json:
        output.data_json([outcome._asdict() for outcome in outcomes])
    else:
        for outcome in outcomes:
            output.data(f"{outcome.id} {outcome.word}" + (f": {outcome.why}" if outcome.why else ""))
    if failed:
        message = f"{len(failed)} of {len(outcomes)} tasks failed; stepdown sweep status {folder} says why"
        raise PartlyFailedError(message)


def _line(path: Path, number: int) -> list[str]:
    """Return the tasks of a line of a file.

    Raises
    ------
    UsageError
        The file can't be read, or has no such line.
    """
    from stepdown.errors import UsageError

    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        message = f"{path}: it can't be read ({error})"
        raise UsageError(message) from None
    if number > len(lines):
        message = f"{path}: line {number}; allowed: 1 to {len(lines)}"
        raise UsageError(message)
    return lines[number - 1].split()

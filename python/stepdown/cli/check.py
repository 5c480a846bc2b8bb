"""`stepdown verify` and `stepdown reproduce`: check that a run is intact, and that it can be repeated."""

from pathlib import Path
from typing import Annotated

import typer

from stepdown.cli import options, output
from stepdown.errors import CorruptError, ResourceError

Run = Annotated[Path, typer.Argument(help="Folder of a run.")]


def verify(folder: Run, *, as_json: output.Json = False) -> None:
    """Check every hash of a run, then every invariant that its files can show; end with 6 if anything is wrong, 9 if it can't be checked.

    Example: stepdown verify runs/baseline
    """
    from stepdown.results.verify import verify as verify_run

    verdict = verify_run(folder)
    if as_json:
        output.data_json(
            {
                "folder": str(folder),
                "whole": bool(verdict),
                "files": verdict.files,
                "invariants": verdict.invariants,
                "findings": [{"file": finding.file, "what": finding.what} for finding in verdict.findings],
                "unchecked": [finding.what for finding in verdict.unchecked],
            }
        )
    else:
        for finding in verdict.findings:
            output.data(str(finding))
        for finding in verdict.unchecked:
            output.data(finding.what)
    if verdict.unchecked and not verdict.findings:
        raise ResourceError(
            f"{folder}: can't check it: the machine lacks what that takes; nothing is said about the data"
        )
    if not verdict:
        count = len(verdict.findings)
        raise CorruptError(f"{folder}: {count} {'thing is' if count == 1 else 'things are'} wrong")
    if not as_json:
        output.data(f"{folder}: whole; {verdict.files} files and {len(verdict.invariants)} invariants were checked")


def reproduce(
    folder: Run,
    *,
    threads: options.Threads = 0,
    out: Annotated[
        Path | None, typer.Option(help="Folder in which to keep the second run; it is deleted by default.")
    ] = None,
    allow_code: Annotated[
        bool,
        typer.Option(
            "--allow-code", help="Allow the scenario to name agents in code that no installed package provides."
        ),
    ] = False,
    as_json: output.Json = False,
) -> None:
    """Repeat a run from its own folder and compare bit by bit; end with 6 if a value differs.

    Example: stepdown reproduce runs/baseline --threads 1
    """
    from stepdown.progress import reporter
    from stepdown.running.reproduce import reproduce as run_again

    found = run_again(folder, threads=threads or None, out=out, allow_code=allow_code, progress=reporter())
    first = found.first
    if as_json:
        output.data_json(
            {
                "folder": str(folder),
                "reproduced": bool(found),
                "files": found.files,
                "changed": found.changed,
                "differ": found.differ,
                "rewritten": found.rewritten,
                "first": None if first is None else vars(first),
            }
        )
    else:
        for sentence in (*found.changed, *found.rewritten):
            output.data(f"{folder}: {sentence}")
    if first is not None:
        raise CorruptError(f"{folder}: no: {len(found.differ)} of {found.files} files differ; first {first}")
    if not as_json:
        how = "value for value" if found.rewritten else "bit for bit"
        output.data(f"{folder}: yes, {how}, in all {found.files} files")

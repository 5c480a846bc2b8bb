"""`stepdown calibrate`: fits free parameters to published targets."""

from pathlib import Path
from typing import Annotated

import typer

from stepdown.cli import optional, options, output


def calibrate(
    config: Annotated[Path, typer.Argument(metavar="CONFIG", help="File of the calibration (TOML).")],
    *,
    out: Annotated[
        Path | None,
        typer.Option(
            help="Folder for the results; runs/calibration-NAME by default. Runs that are there are kept and used."
        ),
    ] = None,
    workers: Annotated[
        int,
        typer.Option(parser=options.whole(1, 1024), metavar="N", help="Processes that run points, one thread each."),
    ] = 1,
    apply: Annotated[
        bool, typer.Option("--apply", help="Then write the best values and the posterior into the package's evidence.")
    ] = False,
    as_json: output.Json = False,
) -> None:
    """Fit the free parameters of CONFIG to its targets; the same command continues where it was stopped.

    Example: stepdown calibrate calibration/baseline.toml --workers 2 --out runs/fit
    """
    with optional.extra("calibrate", "calibrate"):
        from stepdown.calibration import apply as take_into_evidence
        from stepdown.calibration import calibrate as fit
        from stepdown.calibration.report import manifest_of
    from stepdown.progress import reporter

    folder = fit(config, out=out, workers=workers, progress=reporter())
    manifest = manifest_of(folder)
    said = manifest.this_sitting
    output.log(f"{manifest.runs} runs, {said.runs} of them now, in {said.seconds:.0f} s")
    for id, there in manifest.edges.items():
        output.log(f"{id}: the fit sits at the {there} end of its prior")
    if manifest.draws_ruled_out:
        output.log(f"{manifest.draws_ruled_out} draws of the posterior were ruled out by their own run")
    if apply:
        output.log(f"{take_into_evidence(folder)} values of the evidence were moved")
    if as_json:
        output.data_json(manifest.model_dump(mode="json"))
    else:
        output.data(str(folder))

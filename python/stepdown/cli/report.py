"""`stepdown report`: a run, a comparison or an experiment as one page that needs nothing else, or as files."""

from pathlib import Path
from typing import Annotated

import typer

from stepdown.cli import optional, output
from stepdown.errors import UsageError

FORMATS = ("html", "xlsx", "png", "svg", "pdf", "csv")
"""As `stepdown.report.files.FORMATS`, which can't be imported without the extra."""


def report(
    paths: Annotated[
        list[Path],
        typer.Argument(metavar="PATH...", help="Folder of a run; of several runs, to compare; or of a sweep."),
    ],
    *,
    out: Annotated[
        Path | None,
        typer.Option(help="File of the page or workbook; folder of the others. By default report.html, or report/."),
    ] = None,
    form: Annotated[
        str | None,
        typer.Option(
            "--format", metavar="FORMAT", help=f"One of {', '.join(FORMATS)}; by default by the ending of --out."
        ),
    ] = None,
    base: Annotated[
        str | None, typer.Option(help="Scenario that the others are compared with; by default the first.")
    ] = None,
    incomplete: Annotated[
        bool, typer.Option("--incomplete", help="Report on what is there, where tasks of a sweep are missing.")
    ] = False,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace earlier files.")] = False,
    as_json: output.Json = False,
) -> None:
    """Write a report that can be read offline: the answer with its interval, a map, charts with their tables, the assumptions.

    Example: stepdown report runs/baseline runs/bradley --out bradley.html
    """
    with optional.extra("report", "report"):
        import vl_convert  # noqa: F401
        import xlsxwriter  # noqa: F401

        from stepdown.report.answer import opened
        from stepdown.report.files import write

    ending = out.suffix[1:] if out is not None else ""
    chosen = form or (ending if ending in ("html", "xlsx") else "html")
    if chosen not in FORMATS:
        raise UsageError(f"--format {chosen}: allowed: {', '.join(FORMATS)}")
    if form is None and out is not None and ending not in ("html", "xlsx"):
        raise UsageError(
            f"--out: {out.name!r}; allowed: a file that ends with .html or .xlsx, or --format for a folder of files"
        )
    place = out or Path("report" if chosen not in ("html", "xlsx") else f"report.{chosen}")
    files, left_out = write(opened(paths, base=base, incomplete=incomplete), place, chosen, overwrite=overwrite)
    if as_json:
        output.data_json(
            {
                "files": [str(file) for file in files],
                "left_out": [{"figure": one.title, "why": one.why} for one in left_out],
            }
        )
        return
    for file in files:
        output.data(str(file))
    for one in left_out:
        output.log(f"not shown: {one.title}: {one.why}")

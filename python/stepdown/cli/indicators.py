"""`stepdown indicators`: the mean and error of every indicator over several runs."""

from pathlib import Path
from typing import Annotated

import typer

from stepdown.cli import options, output
from stepdown.cli.validate_model import Runs

SHOWN = ("indicator", "level", "year", "mean", "low", "high", "error", "monte_carlo", "parameters", "runs")
"""Columns of the table."""


def indicators(
    runs: Runs,
    *,
    indicator: Annotated[list[str] | None, typer.Option(help="Only this indicator; can be repeated.")] = None,
    group: Annotated[str, typer.Option(help="Group by which cells are broken down: all, tier, sex, ...")] = "all",
    area: Annotated[str, typer.Option(help="An area, or England.")] = "England",
    year: Annotated[
        int | None, typer.Option(parser=options.whole(1, 9999), metavar="YYYY", help="Only this financial year.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="Write every cell of the indicators to this Parquet file instead.")
    ] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace an earlier file.")] = False,
    as_json: output.Json = False,
) -> None:
    """Combine runs: the mean of every indicator with its Monte Carlo error and, apart from that, the spread due to drawn parameters.

    Example: stepdown indicators runs/1 runs/2 runs/3 --indicator occupancy --group tier
    """
    from stepdown.progress import reporter
    from stepdown.results import Results
    from stepdown.results.multirun import combine, draws_of, emptied, write

    folders = [Results(folder) for folder in runs]
    if out is not None:
        written = write(folders, out, indicator or None, overwrite=overwrite, progress=reporter())
        output.data_json({"file": str(out), "rows": written}) if as_json else output.data(str(out))
        return
    rows = [
        row
        for table in combine(folders, indicator or None, area=area, group=group, year=year)
        for row in table.to_pylist()
    ]
    if not rows:
        output.warn(f"{emptied(folders, indicator or None, area=area, group=group, year=year)}")
    draws = draws_of(folders)
    if len(set(draws)) > 1 and len(set(draws)) == len(draws):
        output.warn("with one run of each draw, chance and parameters can't be told apart; error holds both")
    if as_json:
        output.data_json(rows)
        return
    for row in rows:
        row |= {
            key: "" if row[key] is None else output.figure(row[key])
            for key in SHOWN
            if isinstance(row[key], float | None)
        }
    output.data(output.columns(rows, SHOWN))

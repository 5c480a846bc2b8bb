"""`stepdown schema` and `stepdown export`: describe the data of a run, and convert it for other programs."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from stepdown import evidence, scenario
from stepdown.cli import options, output
from stepdown.errors import UsageError


def schema(
    of: Annotated[
        str, typer.Argument(help="data (the tables of a run), scenario (its keys), or parameters (the evidence).")
    ] = "data",
    *,
    as_json: output.Json = False,
) -> None:
    """Print what every table and column of a run means; or the JSON Schema of a scenario; or every parameter.

    Example: stepdown schema > schema.md
    """
    if of not in ("data", "scenario", "parameters"):
        raise UsageError(f"{of!r} has no schema; allowed: data, scenario, parameters")
    if of == "scenario":
        output.data_json(scenario.json_schema())
        return
    if of == "parameters":
        # Mesa takes most of a second to import: only the commands that need it wait.
        from stepdown.cli.parameters_page import parameters_page

        loaded = evidence.load()
        rows = [asdict(parameter) for parameter in loaded.parameters.values()]
        output.data_json(rows) if as_json else output.data(parameters_page(loaded))
        return
    from stepdown.results import markdown
    from stepdown.results import schema as tables

    output.data_json(tables()) if as_json else output.data(markdown())


def export(
    folder: Annotated[Path, typer.Argument(help="Folder of a run.")],
    *,
    parquet: Annotated[
        Path | None, typer.Option("--parquet", help="Folder to write Parquet files into; has to be given.")
    ] = None,
    rounding: Annotated[
        int | None,
        typer.Option(
            parser=options.whole(2, 1000),
            metavar="N",
            help="Disclosure control: round counts to N, leave out the tables with a row per person.",
        ),
    ] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace an earlier export.")] = False,
    as_json: output.Json = False,
) -> None:
    """Write a run's tables as Parquet, for DuckDB, R and everything else.

    Example: stepdown export runs/baseline --parquet baseline-parquet
    """
    if parquet is None:
        raise UsageError("export needs to know what to write; allowed: --parquet FOLDER")
    from stepdown.results import Results, export_parquet

    written = export_parquet(Results(folder), parquet, rounding=rounding, overwrite=overwrite)
    files = sorted(str(path) for path in written.rglob("*") if path.is_file())
    output.data_json(files) if as_json else output.data(str(written))

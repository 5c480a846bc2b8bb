"""`stepdown schema` and `stepdown export`: describe the data of a run, and convert it for other programs."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from stepdown import evidence, scenario
from stepdown.cli import options, output
from stepdown.errors import UsageError
from stepdown.words import known


def schema(
    of: Annotated[
        str,
        typer.Argument(
            help="data (the tables of a run), one of these tables, manifest, scenario (its keys), or parameters (the evidence)."
        ),
    ] = "data",
    *,
    as_json: output.Json = False,
) -> None:
    """Print what every table and column of a run means, or those of one table; or the JSON Schema of a manifest or a scenario; or every parameter.

    Example: stepdown schema > schema.md
    """
    from stepdown.results import markdown, table_page
    from stepdown.results import schema as tables

    whole = tables()
    named = {table["table"]: table for table in whole["tables"]}
    known("schema", of, ["data", "manifest", "scenario", "parameters", *named])
    if of == "manifest":
        from stepdown.results.manifest import Manifest

        output.data_json(Manifest.model_json_schema())
        return
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
    if of != "data":
        output.data_json(named[of]) if as_json else output.data(table_page(named[of]))
        return
    output.data_json(whole) if as_json else output.data(markdown())


def export(
    folder: Annotated[Path, typer.Argument(help="Folder of a run.")],
    *,
    parquet: Annotated[
        Path | None,
        typer.Option("--parquet", help="Folder to write Parquet files into; this or --crate has to be given."),
    ] = None,
    crate: Annotated[
        Path | None,
        typer.Option(
            "--crate", help="New folder to write for an archive: Parquet files with an RO-Crate and a data package."
        ),
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
    """Write the tables of a run as Parquet, for DuckDB, R and other programs.

    Example: stepdown export runs/baseline --parquet baseline-parquet
    """
    from stepdown.results import Results, export_parquet
    from stepdown.results.crate import export_crate

    if crate is not None and parquet is None and not overwrite:
        written = export_crate(Results(folder), crate, rounding=rounding)
    elif parquet is not None and crate is None:
        written = export_parquet(Results(folder), parquet, rounding=rounding, overwrite=overwrite)
    else:
        raise UsageError(
            "export needs to know what to write; allowed: --parquet FOLDER, or --crate FOLDER, which replaces nothing"
        )
    files = sorted(str(path) for path in written.rglob("*") if path.is_file())
    output.data_json(files) if as_json else output.data(str(written))

"""`stepdown run`: one scenario, one seed, one replicate, one folder of results."""

from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from stepdown.cli import options, say
from stepdown.scenario import load


def run(
    scenario: Annotated[str, typer.Argument(help="Scenario: a name, or the path of a .toml file.")],
    *,
    seed: options.Seed = 1,
    replicate: options.Replicate = 0,
    population: options.Population = None,
    start: Annotated[
        date | None,
        typer.Option(parser=options.day, metavar="YYYY-MM-DD", help="First reported day, a 1 April."),
    ] = None,
    years: Annotated[
        int | None,
        typer.Option(parser=options.whole(1, 100), metavar="N", help="Years that are reported."),
    ] = None,
    threads: options.Threads = 0,
    out: Annotated[Path | None, typer.Option(help="Folder of the results; by default runs/NAME.")] = None,
    check: Annotated[bool, typer.Option("--check", help="Check the invariants every day: slower.")] = False,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace the results of an earlier run.")] = False,
    inflow: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Recorded inflow: the same results, much sooner.")
    ] = None,
    record_inflow: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write the inflow, for other runs of the same people.")
    ] = None,
    allow_code: Annotated[
        bool,
        typer.Option("--allow-code", help="Let the scenario name agents in code that no installed package offers."),
    ] = False,
    as_json: say.Json = False,
) -> None:
    """Run a scenario and write its results, whole or not at all.

    Example: stepdown run baseline --population 0.01 --years 5 --out runs/try
    """
    overrides = {"population": population, "start": start, "years": years}
    loaded = load(scenario, **{key: value for key, value in overrides.items() if value is not None})
    # Mesa takes most of a second to import: only the commands that need it wait.
    from stepdown.progress import reporter, speed
    from stepdown.runs import run as run_scenario

    results = run_scenario(
        loaded,
        out=out,
        seed=seed,
        replicate=replicate,
        threads=threads or None,
        check=check,
        overwrite=overwrite,
        allow_code=allow_code,
        progress=reporter(),
        inflow=inflow,
        record_inflow=record_inflow,
    )
    manifest = results.manifest
    counts, seconds = manifest["counts"], manifest["timings"]["total"]
    say.log(speed(counts["started"], loaded.end - loaded.first, counts["person_days"], seconds))
    if as_json:
        say.data_json(manifest)
    else:
        say.data(str(results.path))

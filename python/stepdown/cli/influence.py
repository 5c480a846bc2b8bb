"""`stepdown influence`: ranks parameters by how much they move the headline results."""

from pathlib import Path
from typing import Annotated

import typer

from stepdown.cli import optional, options, output

SHOWN = 20
"""Parameters that are printed."""


def influence(
    scenario: options.ScenarioName = "baseline",
    *,
    out: Annotated[Path, typer.Option(help="Table to write.")] = Path("influence.csv"),
    population: Annotated[
        float, typer.Option(parser=options.share, metavar="SHARE", help="Share of England in each run.")
    ] = 0.1,
    years: Annotated[int, typer.Option(parser=options.whole(3, 20), metavar="N", help="Years of each run.")] = 5,
    seed: options.Seed = 1,
    only: Annotated[
        list[str] | None, typer.Option(metavar="PREFIX", help="Only ids that begin with this; can be repeated.")
    ] = None,
    workers: Annotated[
        int, typer.Option(parser=options.whole(1, 256), metavar="N", help="Number of runs at a time.")
    ] = 1,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace an earlier table.")] = False,
    as_json: output.Json = False,
) -> None:
    """Set each parameter to both ends of its range and rank them by the effect; the same command continues where it stopped.

    Example: stepdown influence --only relapse --population 0.01
    """
    with optional.extra("influence", "calibrate"):
        from stepdown.calibration.influence import Order, measure
    from stepdown.evidence import ranking

    order = Order(scenario, population, years, seed, tuple(only or ()))
    measure(order, out, workers=workers, overwrite=overwrite, note=output.log)
    found = ranking.read(out.parent, out.name)
    rows = [
        {
            "rank": effects[0].rank,
            "id": id,
            "moves most": max(effects, key=lambda e: e.share).output,
            "effect": f"{max(effects, key=lambda e: e.share).effect:+.3g}",
            "noise": f"{max(effects, key=lambda e: e.share).error:.2g}",
        }
        for id, effects in found.items()
    ]
    if as_json:
        output.data_json(rows)
    else:
        output.data(output.columns(rows[:SHOWN], ("rank", "id", "moves most", "effect", "noise")))

"""`stepdown validate-model`: compares what the model gives with every published target."""

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from stepdown.cli import options, output
from stepdown.errors import TargetError, UsageError
from stepdown.evidence import samples
from stepdown.scenario import load

if TYPE_CHECKING:
    from stepdown.results import Results

Runs = Annotated[list[Path], typer.Argument(metavar="RUN...", help="Folders of runs of one scenario.")]

SHOWN = ("id", "what", "published", "within", "model", "interval", "runs", "verdict", "kind", "how")
"""Columns of the table."""


def validate_model(
    runs: Annotated[
        list[Path] | None, typer.Argument(metavar="RUN...", help="Folders of runs of one scenario.")
    ] = None,
    *,
    scenario: Annotated[
        str | None, typer.Option(help="Make the runs of this scenario first, with --seeds, into --out.")
    ] = None,
    seeds: Annotated[
        int,
        typer.Option(parser=options.whole(1, 1000), metavar="N", help="With --scenario: how many runs, seeds 1 to N."),
    ] = 10,
    out: Annotated[
        Path | None,
        typer.Option(
            help="With --scenario: folder of the runs; runs that are there already are used. By default runs/validation."
        ),
    ] = None,
    population: options.Population = None,
    threads: options.Threads = 0,
    strict: Annotated[
        bool, typer.Option("--strict", help="End with 8 also where a headline or a check is missed.")
    ] = False,
    markdown: Annotated[bool, typer.Option("--markdown", help="Print tables in Markdown.")] = False,
    as_json: output.Json = False,
) -> None:
    """Compare runs with every published target; end with 8 if a calibration target is missed, or can't be scored.

    Example: stepdown validate-model runs/baseline
    """
    from stepdown.progress import reporter
    from stepdown.results import Results
    from stepdown.validation.scoring import missed, scores

    if bool(runs) == bool(scenario):
        raise UsageError(
            "validate-model needs to know which runs; allowed: folders of runs, or --scenario NAME to make them"
        )
    if scenario is None:
        folders = [Results(folder) for folder in runs or ()]
    else:
        folders = _made(scenario, seeds, out or Path("runs/validation"), population, threads)
    found = scores(folders, reporter() if len(folders) > 1 else None)
    share = folders[0].share
    if share < 1:
        output.warn(f"{folders[0].path}: {samples.caution(share)} Totals are scaled up here.")
    if as_json:
        output.data_json([score.row() for score in found])
    elif markdown:
        output.data(_markdown([score.row() for score in found]))
    else:
        output.data(output.columns([_row(score.row()) for score in found], SHOWN))
        said = Counter((score.target.kind, score.verdict) for score in found)
        for kind in dict.fromkeys(score.target.kind for score in found):
            parts = [f"{said[kind, verdict]} {verdict}" for verdict in ("pass", "miss", "not scored")]
            output.data(f"{kind}: {', '.join(part for part in parts if not part.startswith('0 '))}")
    wrong = [score.target.id for score in missed(found, strict=strict)]
    if wrong:
        raise TargetError(f"{len(wrong)} of {len(found)} targets are missed or can't be scored: {', '.join(wrong)}")


def _made(scenario: str, seeds: int, out: Path, population: float | None, threads: int) -> "list[Results]":
    from stepdown.progress import reporter
    from stepdown.validation.scoring import seeded

    loaded = load(scenario) if population is None else load(scenario, population=population)
    return seeded(loaded, seeds, out, threads=threads or None, progress=reporter())


def _markdown(rows: list[dict[str, Any]]) -> str:
    lines: list[str] = []
    for kind in dict.fromkeys(row["kind"] for row in rows):
        lines += ["", f"| {kind} | published | tolerated | model | 95% interval | | it is |"]
        lines += ["| --- | ---: | ---: | ---: | ---: | --- | --- |"]
        for row in rows:
            if row["kind"] == kind:
                said = _row(row)
                cells = (
                    f"{said['id']}: {said['what']}",
                    *(said[key] for key in SHOWN[2:6]),
                    said["verdict"],
                    said["how"],
                )
                lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines[1:])


def _row(row: dict[str, Any]) -> dict[str, str]:
    unit = "" if row["unit"] == "share" else f" {row['unit']}"
    low, high = row["model_low"], row["model_high"]
    return {
        "id": row["id"],
        "what": row["name"],
        "published": f"{output.figure(row['value'])}{unit}",
        "within": f"{output.figure(row['low'])} to {output.figure(row['high'])}",
        "model": "" if row["model"] is None else output.figure(row["model"]),
        "interval": "" if low is None else f"{output.figure(low)} to {output.figure(high)}",
        "runs": f"{row['runs_passing']} of {row['runs']}",
        "verdict": row["verdict"],
        "kind": row["kind"],
        "how": row["role"],
    }

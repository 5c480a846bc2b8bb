"""`stepdown validate-model`: what the model gives for every published target."""

from collections import Counter
from pathlib import Path
from typing import Annotated, Any

import typer

from stepdown.cli import say
from stepdown.errors import TargetError

Runs = Annotated[list[Path], typer.Argument(metavar="RUN...", help="Folders of runs of one scenario.")]

SHOWN = ("id", "what", "published", "within", "model", "interval", "runs", "verdict", "kind", "how")
"""Columns of the table."""


def validate_model(
    runs: Runs,
    *,
    strict: Annotated[bool, typer.Option("--strict", help="Fail also on headlines and checks that miss.")] = False,
    as_json: say.Json = False,
) -> None:
    """Hold runs against every published target; end with 8 if a calibration target is missed, or can't be scored.

    Example: stepdown validate-model runs/baseline
    """
    from stepdown.results import Results
    from stepdown.validation import missed, scores

    folders = [Results(folder) for folder in runs]
    found = scores(folders)
    share = folders[0].share
    if share < 1:
        say.log(
            f"stepdown: {runs[0]} is of {share:g} of England: totals are scaled up; small samples bias waits and stays"
        )
    if as_json:
        say.data_json([score.row() for score in found])
    else:
        say.data(say.columns([_row(score.row()) for score in found], SHOWN))
        said = Counter((score.target.kind, score.verdict) for score in found)
        for kind in dict.fromkeys(score.target.kind for score in found):
            parts = [f"{said[kind, verdict]} {verdict}" for verdict in ("pass", "miss", "not scored")]
            say.data(f"{kind}: {', '.join(part for part in parts if not part.startswith('0 '))}")
    wrong = [score.target.id for score in missed(found, strict=strict)]
    if wrong:
        raise TargetError(f"{len(wrong)} of {len(found)} targets are missed or can't be scored: {', '.join(wrong)}")


def _row(row: dict[str, Any]) -> dict[str, str]:
    unit = "" if row["unit"] == "share" else f" {row['unit']}"
    low, high = row["model_low"], row["model_high"]
    return {
        "id": row["id"],
        "what": row["name"],
        "published": f"{_number(row['value'])}{unit}",
        "within": f"{_number(row['low'])} to {_number(row['high'])}",
        "model": "" if row["model"] is None else _number(row["model"]),
        "interval": "" if low is None else f"{_number(low)} to {_number(high)}",
        "runs": f"{row['runs_passing']} of {row['runs']}",
        "verdict": row["verdict"],
        "kind": row["kind"],
        "how": row["role"],
    }


def _number(value: float) -> str:
    """Return a number with three or four figures.

    Examples
    --------
    >>> _number(6069.7), _number(0.12345), _number(84.96)
    ('6,070', '0.123', '85.0')
    """
    size = abs(value)
    return (
        f"{value:,.0f}"
        if size >= 200
        else f"{value:.1f}"
        if size >= 20
        else f"{value:.2f}"
        if size >= 1
        else f"{value:.3f}"
    )

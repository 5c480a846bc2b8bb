"""`stepdown series`: compares a run with published series, year by year, misses included."""

from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from stepdown.atomic import refuse_file
from stepdown.cli import optional, output
from stepdown.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from stepdown.validation.series import Compared

SHOWN = ("on", "published", "range", "model", "difference", "verdict", "source")


def series(
    folder: Annotated[Path, typer.Argument(help="Folder of a run.")],
    *,
    picture: Annotated[
        Path | None, typer.Option(help="Also draw it into this file: .html, .png or .svg, by its ending.")
    ] = None,
    markdown: Annotated[bool, typer.Option("--markdown", help="Print one table in Markdown.")] = False,
    as_json: output.Json = False,
) -> None:
    """Compare a run with the published series, year by year; misses are reported and don't fail the command.

    Example: stepdown series runs/world-2013
    """
    from stepdown.results import Results
    from stepdown.validation.series import compare

    compared, outside = compare(Results(folder))
    if picture is not None:
        _draw(picture, compared)
    checks = [found for found in compared if found.role == "check"]
    missed = sum(not found.inside for found in checks)
    inputs = [found for found in compared if found.role == "input"]
    missed_inputs = sum(not found.inside for found in inputs)
    if as_json:
        output.data_json(
            {
                "folder": str(folder),
                "figures": [_figure(found) for found in compared],
                "checks": len(checks),
                "checks_missed": missed,
                "inputs": len(inputs),
                "inputs_missed": missed_inputs,
                "outside_the_run": len(outside),
            }
        )
        return
    if markdown:
        output.data(_markdown(compared))
        return
    _text(compared)
    output.data(
        f"checks: {len(checks) - missed} of {len(checks)} inside; given or fitted: {len(inputs) - missed_inputs} of "
        f"{len(inputs)} inside; {len(outside)} figures lie outside the run's years"
    )


def _figure(found: "Compared") -> dict[str, object]:
    """Return a published figure and the model's as plain values."""
    published = found.published
    return {
        "series": published.series,
        "on": published.on,
        "published": published.value,
        "low": published.low,
        "high": published.high,
        "unit": published.unit,
        "model": found.model,
        "difference": found.model / published.value - 1.0,
        "role": found.role,
        "inside": found.inside,
        "source": published.source,
        "confidence": published.confidence,
        "note": published.note,
    }


def _text(compared: "Sequence[Compared]") -> None:
    """Print a table for each series."""
    for (name, unit), group in groupby(compared, key=lambda found: (found.published.series, found.published.unit)):
        output.data(f"{name} [{unit}]")
        lines = [
            {
                "on": found.published.on,
                "published": _short(found.published.value),
                "range": f"{_short(found.published.low)} to {_short(found.published.high)}",
                "model": _short(found.model),
                "difference": f"{100.0 * (found.model / found.published.value - 1.0):+.1f}%",
                "verdict": f"{found.role}, {'inside' if found.inside else 'MISSED'}",
                "source": found.published.source,
            }
            for found in group
        ]
        output.data("\n".join(f"  {line}" for line in output.columns(lines, SHOWN).splitlines()))


def _draw(file: Path, compared: "Sequence[Compared]") -> None:
    with optional.extra("--picture", "calibrate"):
        from stepdown.validation.plots import FORMS, draw
    if file.suffix not in FORMS:
        raise UsageError(f"--picture: {file.name!r}; allowed: a file that ends with {', '.join(FORMS)}")
    refuse_file(file, overwrite=True)
    draw(file, compared)


def _markdown(compared: "Sequence[Compared]") -> str:
    """Return the figures as one table, as documentation has it."""
    verdicts = {
        ("input", True): "given",
        ("input", False): "given, missed",
        ("check", True): "inside",
        ("check", False): "**missed**",
    }
    lines = ["| series | on | published | model | off | |", "| --- | --- | ---: | ---: | ---: | --- |"]
    last = ""
    for found in compared:
        figure = found.published
        name = "" if figure.series == last else f"{figure.series} [{figure.unit}]"
        last = figure.series
        off = f"{100.0 * (found.model / figure.value - 1.0):+.0f}%"
        cells = (name, figure.on, _short(figure.value), _short(found.model), off, verdicts[found.role, found.inside])
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def _short(value: float) -> str:
    """Return a number with as many digits as say something."""
    if abs(value) >= 1e6:
        return f"{value / 1e6:,.4g} M" if abs(value) < 1e9 else f"{value / 1e9:,.4g} G"
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"

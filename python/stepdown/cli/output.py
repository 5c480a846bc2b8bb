"""How commands speak: data to stdout, everything else to stderr."""

import json
from collections.abc import Mapping, Sequence
from typing import Annotated, Any

import typer

Json = Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")]


def data(text: str) -> None:
    """Print data, to stdout."""
    typer.echo(text)


def data_json(value: Any) -> None:
    """Print data as JSON, to stdout."""
    data(json.dumps(value, ensure_ascii=False, indent=2, default=str))


def log(text: str) -> None:
    """Print a line of the log, to stderr."""
    typer.echo(text, err=True)


def columns(rows: Sequence[Mapping[str, Any]], keys: Sequence[str]) -> str:
    """Return rows as aligned columns of text.

    Examples
    --------
    >>> print(columns([{"id": "a.b", "value": 1}], ["id", "value"]))
    id   value
    a.b  1
    """
    table = [list(keys), *([f"{row[key]}" for key in keys] for row in rows)]
    widths = [max(len(line[at]) for line in table) for at in range(len(keys))]
    lines = ("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)) for line in table)
    return "\n".join(line.rstrip() for line in lines)


def pairs(row: Mapping[str, Any]) -> str:
    """Return a row as lines of key and value, what is empty left out.

    Examples
    --------
    >>> print(pairs({"id": "C05", "note": "", "years": 10}))
    id     C05
    years  10
    """
    width = max(len(key) for key in row)
    return "\n".join(f"{key.ljust(width)}  {value}" for key, value in row.items() if value not in ("", None))


def figure(value: float) -> str:
    """Return a number with three or four figures.

    Examples
    --------
    >>> figure(6069.7), figure(0.12345), figure(84.96), figure(-2.5)
    ('6,070', '0.123', '85.0', '-2.50')
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

"""What commands print: data to stdout, everything else to stderr; tables as plain text or JSON."""

import io
import json
import sys
from collections.abc import Mapping, Sequence
from typing import IO, Annotated, Any

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from stepdown.console import say, tell
from stepdown.errors import printable

Json = Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")]


WIDEST = 10_000
"""Characters to which a line of a table may grow before it is cut."""


def data(text: str) -> None:
    """Print data, to stdout; control characters that a file has brought in are escaped."""
    stream = sys.stdout
    if stream is not None:  # None where the process was begun with it closed
        lines = (line if line.isprintable() else printable(line, len(line)) for line in text.split("\n"))
        _write(stream, "\n".join(lines) + "\n")


def _write(stream: IO[str], text: str) -> None:
    """Write a text with escapes for what the stream's encoding lacks."""
    encoding = getattr(stream, "encoding", None) or "utf-8"
    stream.write(text.encode(encoding, "backslashreplace").decode(encoding))
    stream.flush()


def data_json(value: Any) -> None:
    """Print data as JSON, to stdout."""
    text = json.dumps(value, ensure_ascii=False, indent=2, default=str)
    try:
        text.encode(getattr(sys.stdout, "encoding", None) or "utf-8")
        plain = all(map(str.isprintable, text.split("\n")))
    except UnicodeEncodeError:
        plain = False
    # The escapes of JSON are others than those of a text.
    data(text if plain else json.dumps(value, ensure_ascii=True, indent=2, default=str).replace("\x7f", "\\u007f"))


def log(text: str) -> None:
    """Print a line of the log, to stderr, if anybody can hear it and it isn't to be quiet."""
    tell(printable(text))


def warn(text: str) -> None:
    """Print a warning or an error, to stderr, if anybody can hear it."""
    say(printable(f"stepdown: {text}"))


def columns(rows: Sequence[Mapping[str, Any]], keys: Sequence[str]) -> str:
    """Return rows as aligned columns of text.

    Examples
    --------
    >>> print(columns([{"id": "a.b", "value": 1}], ["id", "value"]))
    id   value
    a.b  1
    """
    return _plain([keys, *([f"{row[key]}" for key in keys] for row in rows)])


def pairs(row: Mapping[str, Any]) -> str:
    """Return a row as lines of key and value, what is empty left out.

    Examples
    --------
    >>> print(pairs({"id": "C05", "note": "", "years": 10}))
    id     C05
    years  10
    """
    return _plain([(key, f"{value}") for key, value in row.items() if value not in ("", None)])


def _plain(lines: Sequence[Sequence[str]]) -> str:
    """Return lines of cells as aligned text, as wide as it must be: without colours, frames and line breaks of its own."""
    table = Table.grid(padding=(0, 2, 0, 0), pad_edge=False)
    for _ in lines[0]:
        table.add_column(no_wrap=True)
    for line in lines:
        table.add_row(*map(Text, line))
    console = Console(file=io.StringIO(), width=WIDEST, color_system=None, legacy_windows=False)
    with console.capture() as drawn:
        console.print(table)
    return "\n".join(line.rstrip() for line in drawn.get().splitlines())


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

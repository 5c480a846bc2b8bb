"""Parsers for option values, so that every refusal says what was found and what is allowed."""

from collections.abc import Callable
from datetime import date
from typing import Annotated

import typer

from stepdown.numbers import LEAST_SHARE, MOST, comma

MOST_PEOPLE = 2**53 - 1
"""Greatest number of a person: it survives a double."""


def whole(low: int, high: int) -> Callable[[object], int]:
    """Return a reader of whole numbers from `low` to `high`."""

    def read(found: object) -> int:
        text = str(found)
        allowed = f"allowed: whole numbers from {low} to {high}"
        if not text.removeprefix("-").isdecimal():
            raise typer.BadParameter(f"{text!r} is not a whole number; {allowed}")
        if not low <= int(text) <= high:
            raise typer.BadParameter(f"{text}; {allowed}")
        return int(text)

    return read


def share(found: object) -> float:
    """Read a share of England."""
    try:
        value = float(str(found))
    except ValueError:
        value = 0.0
    if not LEAST_SHARE <= value <= 1:
        raise typer.BadParameter(
            f"{found!r}; allowed: a number from {LEAST_SHARE:g} to 1; less of England is nobody{comma(str(found))}"
        )
    return value


def minutes(found: object) -> float:
    """Read a number of minutes, 0 or more."""
    try:
        value = float(str(found))
    except ValueError:
        value = -1.0
    if not 0 <= value < float("inf"):
        raise typer.BadParameter(f"{found!r}; allowed: a number of minutes, 0 or more{comma(str(found))}")
    return value


def day(found: object) -> date:
    """Read a date."""
    text = str(found)
    try:
        if len(text) == len("YYYY-MM-DD"):
            return date.fromisoformat(text)
    except ValueError:
        pass
    raise typer.BadParameter(f"{text} is not a date (YYYY-MM-DD)")


def scenario_names(incomplete: str) -> list[str]:
    """Return the project's own scenarios that begin so, for a shell that completes a command line.

    Examples
    --------
    >>> scenario_names("block")
    ['block']
    """
    from stepdown.scenario import names

    return [name for name in names() if name.startswith(incomplete)]


ScenarioName = Annotated[
    str, typer.Argument(help="Scenario: a name, or the path of a .toml file.", autocompletion=scenario_names)
]
Seed = Annotated[int, typer.Option(parser=whole(0, MOST), metavar="N", help="Seed of every random number.")]
Replicate = Annotated[int, typer.Option(parser=whole(0, MOST), metavar="N", help="Replicate under that seed.")]
Population = Annotated[
    float | None,
    typer.Option(
        parser=share,
        metavar="SHARE",
        help="Share of England to simulate, at most 1, instead of the scenario's. Small shares are for trying the tools only.",
    ),
]
Draw = Annotated[
    int | None,
    typer.Option(
        parser=whole(0, 2**32 - 1),
        metavar="N",
        help="Number of the draw of all parameters from their distributions, instead of the scenario's; 0 for their best values.",
    ),
]
Threads = Annotated[
    int,
    typer.Option(
        parser=whole(0, 1024),
        metavar="N",
        help="Number of threads; 0 for all processors that the process may use, or fewer where a scheduler sets a limit. The results do not depend on it.",
    ),
]
AllowCode = Annotated[
    bool,
    typer.Option("--allow-code", help="Allow the scenario to name agents in code that no installed package provides."),
]
SnapshotEvery = Annotated[
    float,
    typer.Option(
        parser=minutes,
        metavar="MINUTES",
        help="Minutes of wall time between snapshots from which the run can be resumed; 0 for none.",
    ),
]

"""`stepdown search`: the cheapest package of levers and programmes under which some outcomes hold."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from stepdown.cli import optional, options, output
from stepdown.cli.plan import Processes, Years

if TYPE_CHECKING:
    from stepdown.search.config import Search
    from stepdown.search.search import Candidate, Estimate, Found

MILLION = 1e6


def search(
    file: Annotated[str, typer.Argument(metavar="FILE", help="File of the search (TOML).")],
    *,
    out: Annotated[Path | None, typer.Option(help="Folder of the search; by default searches/NAME.")] = None,
    trials: Annotated[
        int | None,
        typer.Option(parser=options.whole(1, 5000), metavar="N", help="Packages to try, in place of the file's."),
    ] = None,
    population: options.Population = None,
    years: Years = None,
    workers: Processes = 0,
    as_json: output.Json = False,
) -> None:
    """Look for the cheapest package of levers and programmes under which the constraints of FILE hold; the same command goes on.

    Example: stepdown search within-28-days.toml --population 0.02 --trials 12
    """
    from stepdown.progress import reporter

    with optional.extra("search", "search"):
        from stepdown.search.config import load_search
        from stepdown.search.search import search as look
    from stepdown.experiments.local import at_once

    asked = load_search(file, trials=trials, population=population, years=years)
    folder = out if out is not None else Path("searches") / asked.name
    with reporter() as progress:
        found = look(asked, folder, workers=at_once(asked.base, workers or None), progress=progress)
    if as_json:
        from stepdown.search.search import document

        output.data_json(document(found) | {"folder": str(folder)})
        return
    _tell(asked, found, folder)


def _tell(asked: "Search", found: "Found", folder: Path) -> None:
    """Print the finalists, and what was found."""
    rows = []
    for before, after in found.finalists:
        row: dict[str, Any] = {"package": after.name}
        row |= {name: output.figure(value) for name, value in after.values.items()}
        row |= {
            "£m in the search": _millions(before.cost.value),
            "£m on fresh seeds": _interval(after.cost, 1 / MILLION),
        }
        for constraint, outcome in zip(asked.keys.constraints, after.outcomes, strict=True):
            row[constraint.said] = _interval(outcome)
        rows.append(row | {"holds": "yes" if after.feasible else "no"})
    output.data(output.columns(rows, list(rows[0])))
    output.log(
        f"{found.tried} packages were tried, everything held under {found.held} of them; {len(found.finalists)} were run again on fresh "
        f"seeds; costs: {asked.keys.perspective}, discounted, beside {asked.keys.base}" + _failed(found)
    )
    if found.best is not None:
        output.data(f"cheapest: {_said(found.best)}, at £{_millions(found.best.cost.value)}m over {_years(asked)}")
        if len(found.finalists) > 1 and found.best.name != found.finalists[0][1].name:
            output.log(
                "it isn't the one that the search itself had liked best: on fresh seeds that one misses, or costs more"
            )
    else:
        output.data(f"no package that was tried holds everything; nearest: {_said(found.nearest)}")
        for constraint, outcome, short in zip(
            asked.keys.constraints, found.nearest.outcomes, found.nearest.shortfalls, strict=True
        ):
            if short > 0:
                output.data(f"  missed: {constraint.said}: {_interval(outcome)}, by {output.figure(short)}")
        for end in found.ends:
            output.data(f"  {end}: a wider range might do more")
    output.data("")
    shown = [{key: v if key == "what" else output.figure(v) for key, v in row.items()} for row in found.binds]
    output.data(output.columns(shown, ("what", "base", "package")))
    output.log(f"all packages: stepdown compare {folder / 'sweep'}")


def _said(candidate: "Candidate") -> str:
    return ", ".join(f"{name} {value:g}" for name, value in candidate.values.items())


def _years(asked: "Search") -> str:
    years = asked.base.calendar.years
    return f"{years} year{'' if years == 1 else 's'}"


def _failed(found: "Found") -> str:
    return f"; {found.failed} could not be run" if found.failed else ""


def _millions(value: float) -> str:
    return output.figure(value / MILLION)


def _interval(found: "Estimate", scale: float = 1.0) -> str:
    ends = (
        ""
        if found.low != found.low
        else f" ({output.figure(found.low * scale)} to {output.figure(found.high * scale)})"
    )
    return output.figure(found.value * scale) + ends

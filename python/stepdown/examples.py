"""What the worked examples share: one run with overridden agents and one without, for the same people and random numbers."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from stepdown.running.run import run
from stepdown.scenario import load

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from stepdown.agents import StandIn
    from stepdown.decisions.overrides import Agent
    from stepdown.results import Results

__all__ = ["compare"]


def compare(
    agents: Iterable[Agent | StandIn],
    indicators: Mapping[str, str],
    *,
    population: float = 0.2,
    years: int = 5,
    seed: int = 1,
    **overrides: object,
) -> str:
    """Run the baseline with agents of one's own and without, under common random numbers; return a table in Markdown.

    One pair of runs is no result: how sure a difference is takes replicates. It is over all England, the mean of the years.

    Parameters
    ----------
    agents
        Subclasses that stand in for declared agents, or what their `for_` returns.
    indicators
        Indicators to show: name to the group that it is shown by.
    population, years, seed
        Share of England, years, and seed of both runs.
    **overrides
        Other keys of the scenario, as in `stepdown.scenario.load`.

    Examples
    --------
    >>> print(compare([], {"prison_receptions": "all"}, population=0.001, years=1, settle_days=0).splitlines()[0])
    | indicator | level | baseline | own agents | difference |
    """
    scenario = load("baseline", population=population, years=years, **overrides)
    with tempfile.TemporaryDirectory(prefix="stepdown-") as folder:
        base = run(scenario, seed=seed, out=Path(folder) / "baseline")
        own = run(scenario, seed=seed, out=Path(folder) / "own", agents=agents)
        lines = ["| indicator | level | baseline | own agents | difference |", "| --- | --- | ---: | ---: | ---: |"]
        for name, group in indicators.items():
            before, after = (_means(results, name, group, scenario.calendar.start.year) for results in (base, own))
            for level in sorted(before.keys() & after.keys()):
                found = (before[level], after[level], after[level] - before[level])
                numbers = " | ".join(f"{value:,.3g}" if abs(value) < 10 else f"{value:,.0f}" for value in found)
                lines.append(f"| {name} | {level} | {numbers} |")
    return "\n".join(lines)


def _means(results: Results, name: str, group: str, first: int) -> dict[str, float]:
    """Return the mean over the reported years of an indicator in all England, by level."""
    found: dict[str, list[float]] = {}
    for row in results.indicator(name, group=group).to_pylist():
        if row["area"] == "England" and row["year"] >= first and row["value"] is not None:
            found.setdefault(row["level"], []).append(row["value"])
    return {level: sum(values) / len(values) for level, values in found.items()}

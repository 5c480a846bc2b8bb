"""Every stock and flow by year, in ``constant`` and ``baseline``: one table and one picture.

    python benches/stocks_and_flows.py --folder runs/stocks     # all of England, 20 years; goes on where it stopped

Runs what isn't there yet, a folder for each scenario and seed, and writes ``docs/stocks-and-flows.md`` and
``docs/stocks-and-flows.svg``: each indicator of all England, of everybody, and by place or tier those that are counted so; with
several seeds their mean. In ``constant`` nothing changes, so what moves there is the start's doing or chance.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import altair as alt
import numpy as np
import pyarrow.dataset as ds

from stepdown import load, run
from stepdown.charts.theme import LIGHT, save
from stepdown.results import Results
from stepdown.results.indicators import INDICATORS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Series = dict[tuple[str, str], NDArray[np.float64]]

SCENARIOS = ("constant", "baseline")
COLUMNS = 7
"""Pictures in a row."""

BY_TIER = ("patients", "waiting", "ready", "admissions", "departures", "discharges", "stay_mean", "occupancy")
"""Indicators that are shown by tier, too."""


FOLLOWED = {"readmitted_1_year": 1, "readmitted_2_years": 2, "reconvicted_2_years": 2}
"""Years after the discharge that an indicator needs: of the last ones it knows the first days alone [a]."""


def series(results: Results, years: int) -> Series:
    """Return the yearly values of every indicator of England, by indicator and level."""
    groups = {i.name: "all" if "all" in i.groups else i.groups[0] for i in INDICATORS}
    england = results.dataset("indicators").to_table(filter=ds.field("area") == "England").to_pylist()
    found: Series = {}
    for row in england:
        name = row["indicator"]
        if row["group"] == groups[name] or (row["group"] == "tier" and name in BY_TIER):
            level = "" if row["group"] == "all" else row["level"]
            values = found.setdefault((name, level), np.full(years, np.nan))
            values[row["year"] - results.first_year] = row["value"]
    for (name, _), values in found.items():
        values[years - FOLLOWED.get(name, 0) :] = np.nan
    order = {i.name: k for k, i in enumerate(INDICATORS)}
    return dict(sorted(found.items(), key=lambda item: order[item[0][0]]))


def mean(runs: list[Series]) -> Series:
    """Return the mean over seeds; missing where it is missing in one."""
    return {key: np.mean([found[key] for found in runs], axis=0) for key in runs[0] if all(key in r for r in runs)}


def figure(value: float) -> str:
    """Return a number with as many digits as say something."""
    if not np.isfinite(value):
        return "–"
    if abs(value) >= 1e6:
        return f"{value / 1e6:,.4g} M"
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def table(found: dict[str, Series], first_year: int, years: int) -> str:
    """Return one table in Markdown: a row for each indicator, level and scenario, a column for each year."""
    units = {i.name: i.unit for i in INDICATORS}
    lines = [
        f"| indicator | unit | scenario | {' | '.join(str(first_year + k) for k in range(years))} |",
        f"| --- | --- | --- |{' ---: |' * years}",
    ]
    for name, level in found[SCENARIOS[0]]:
        for k, scenario in enumerate(SCENARIOS):
            values = found[scenario].get((name, level))
            if values is not None:
                told = (f"`{name}` {level}".strip(), units[name]) if k == 0 else ("", "")
                lines.append(f"| {' | '.join((*told, scenario, *map(figure, values)))} |")
    return "\n".join(lines)


def picture(found: dict[str, Series]) -> Any:
    """Return a small picture of each indicator and level: a line for each scenario, from nothing upwards."""
    units = {i.name: i.unit for i in INDICATORS}
    charts = []
    for name, level in found[SCENARIOS[0]]:
        rows = [
            {"year": k + 1, "scenario": scenario, "value": float(value)}
            for scenario in SCENARIOS
            for k, value in enumerate(found[scenario].get((name, level), ()))
            if np.isfinite(value)
        ]
        most = max((abs(row["value"]) for row in rows), default=0.0)
        axis = alt.Axis(tickCount=3, format="~s" if most >= 1000 else "~f")
        chart = (
            alt.Chart(alt.InlineData(values=rows))
            .mark_line(strokeWidth=1.5)
            .encode(
                alt.X("year:Q", title=None, axis=alt.Axis(values=[1, 10, 20], grid=False)),
                alt.Y("value:Q", title=None, scale=alt.Scale(zero=True), axis=axis),
                alt.Color(
                    "scenario:N",
                    scale=alt.Scale(domain=list(SCENARIOS), range=[LIGHT.published, LIGHT.model]),
                    legend=alt.Legend(orient="top", title=None),
                ),
            )
            .properties(
                width=120,
                height=60,
                title=alt.TitleParams(
                    name.replace("_", " "), subtitle=f"{level} [{units[name]}]".strip(), fontSize=9, subtitleFontSize=8
                ),
            )
        )
        charts.append(chart)
    return alt.concat(*charts, columns=COLUMNS, spacing=10)


HEAD = """# Stocks and flows

Every indicator of all England by financial year, in `constant`, where nothing changes, and in `baseline`, where people are born, age and come:
{seeds}, {years} years. What needs to be followed for years isn't known of the last ones (–). [What moves, and why](stationarity.md).

    {command}

![Every stock and flow by year, in constant and baseline](stocks-and-flows.svg)

"""


def main() -> int:
    """Run what isn't there yet, and write the table and the picture."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--folder", type=Path, default=Path("runs/stocks"), help="where the runs are kept")
    parser.add_argument("--population", type=float, default=1.0)
    parser.add_argument("--years", type=int, default=20)
    parser.add_argument("--seeds", type=int, default=1, help="how many, from 1 on")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--docs", type=Path, default=Path(__file__).parents[1] / "docs")
    given = parser.parse_args()
    found: dict[str, Series] = {}
    first_year = 0
    for name in SCENARIOS:
        runs = []
        for seed in range(1, given.seeds + 1):
            out = given.folder / f"{name}-{seed}"
            if not (out / "manifest.json").exists():
                print(f"{name}, seed {seed}", file=sys.stderr, flush=True)
                run(
                    load(name, population=given.population, years=given.years),
                    seed=seed,
                    threads=given.threads,
                    out=out,
                )
            results = Results(out)
            first_year = results.first_year
            runs.append(series(results, given.years))
        found[name] = mean(runs)
    command = f"python benches/stocks_and_flows.py --years {given.years} --seeds {given.seeds}"
    if given.population != 1.0:
        command += f" --population {given.population:g}"
    seeds = "seed 1" if given.seeds == 1 else f"the mean of seeds 1 to {given.seeds}"
    head = HEAD.format(seeds=seeds, years=given.years, command=command)
    page = given.docs / "stocks-and-flows.md"
    page.write_text(f"{head}{table(found, first_year, given.years)}\n", encoding="utf-8")
    save(picture(found), given.docs / "stocks-and-flows.svg")
    print(page)
    return 0


if __name__ == "__main__":
    sys.exit(main())

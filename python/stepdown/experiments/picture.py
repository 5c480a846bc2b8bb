"""A picture of paired differences: how far each outcome moves, relative to the base, with its 95% interval."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import altair as alt

from stepdown.charts.theme import LIGHT, save

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

__all__ = ["chart", "draw"]

WIDTH, ROW = 440, 30
"""Width of a panel and height of an outcome [px]."""

BETTER, NEUTRAL = LIGHT.belief, LIGHT.published


def _figure(value: float, *, sign: bool = False) -> str:
    """Return a number for a label: whole where it is large, millions as such.

    Examples
    --------
    >>> _figure(-44.41, sign=True), _figure(2617093607.0), _figure(0.0853)
    ('−44.4', '2,617m', '0.0853')
    """
    mark = "−" if value < 0 else "+" if sign else ""
    size, unit = (abs(value) / 1e6, "m") if abs(value) >= 1e5 else (abs(value), "")
    text = f"{size:,.0f}" if size >= 200 else f"{size:.3g}"
    return f"{mark}{text}{unit}"


def chart(rows: Sequence[Mapping[str, Any]], title: str, names: Mapping[str, str]) -> Any:
    """Return a chart of differences, one row for each outcome and one panel for each scenario.

    Parameters
    ----------
    rows
        Differences as `stepdown.experiments.compare.compare` has them: ``scenario``, ``indicator``, ``base``, ``difference``, ``low``, ``high``.
    title
        What is compared.
    names
        How indicators are called on the picture; those that it lacks go by their own names.
    """
    values = []
    for row in rows:
        low, high, base = row["low"], row["high"], row["base"]
        if not base or low is None or high is None:
            continue
        name = names.get(row["indicator"], row["indicator"].replace("_", " "))
        level = "" if row["level"] == "all" else f" ({row['level']})"
        values.append(
            {
                "scenario": row["scenario"],
                "outcome": f"{name}{level}",
                "change": row["difference"] / base,
                "low": low / base,
                "high": high / base,
                "clear": "interval without 0" if low * high > 0 else "interval with 0",
                "said": f"{_figure(row['difference'], sign=True)} of {_figure(base)}",
            }
        )
    order = list(dict.fromkeys(value["outcome"] for value in values))
    outcome = alt.Y(
        "outcome:N",
        sort=order,
        title=None,
        axis=alt.Axis(labelOverlap=False, ticks=False, domain=False, labelPadding=10),
    )
    colour = alt.Color(
        "clear:N",
        scale=alt.Scale(domain=["interval without 0", "interval with 0"], range=[BETTER, NEUTRAL]),
        legend=None,
    )
    zero = alt.Chart(alt.InlineData(values=[{"x": 0}])).mark_rule(color=LIGHT.muted, strokeWidth=1).encode(x="x:Q")
    several = len({value["scenario"] for value in values}) > 1
    panels = []
    for scenario in dict.fromkeys(value["scenario"] for value in values):
        own = alt.InlineData(values=[value for value in values if value["scenario"] == scenario])
        base = alt.Chart(own).encode(outcome)
        lines = base.mark_rule(strokeWidth=3).encode(
            alt.X("low:Q", axis=alt.Axis(format="+.0%", title="change against the base, with 95% interval", grid=True)),
            alt.X2("high:Q"),
            colour,
        )
        points = base.mark_point(filled=True, size=70, opacity=1).encode(alt.X("change:Q"), colour)
        said = base.mark_text(align="left", fontSize=11, color=LIGHT.muted).encode(
            alt.Text("said:N"), x=alt.value(WIDTH + 8)
        )
        name = alt.TitleParams(scenario if several else "", anchor="start")
        panels.append((zero + lines + points + said).properties(width=WIDTH, height=ROW * len(order), title=name))
    return alt.vconcat(*panels).properties(title=alt.TitleParams(title, anchor="start", fontSize=15))


def draw(
    path: Path, rows: Sequence[Mapping[str, Any]], title: str, names: Mapping[str, str], *, overwrite: bool
) -> None:
    """Write a chart of differences as SVG or PNG, by the ending of its path."""
    save(chart(rows, title, names), path, overwrite=overwrite)

"""Charts of published series with the values of a run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import altair as alt

from stepdown.charts.theme import FORMS, LIGHT, save

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from stepdown.validation.series import Compared

__all__ = ["FORMS", "draw"]

COLUMNS = 3
"""Series in a row."""
PUBLISHED, MODEL = "published", "model"
COLOURS = alt.Scale(domain=[PUBLISHED, MODEL], range=[LIGHT.published, LIGHT.model])


def _chart(series: str, compared: Sequence[Compared], years: tuple[int, int]) -> Any:
    """Return one series between two years: what is published as a point in its range, the model as a line."""
    rows: list[dict[str, Any]] = []
    for found in compared:
        figure = found.published
        when = figure.day.isoformat() if not figure.whole_year else f"{figure.day.year}-10-01"
        rows += [
            {"when": when, "what": PUBLISHED, "value": figure.value, "low": figure.low, "high": figure.high},
            {"when": when, "what": MODEL, "value": found.model},
        ]
    roles = sorted({{"input": "given or fitted", "check": "a check"}[found.role] for found in compared}, reverse=True)
    span_of_years = alt.Scale(domain=[f"{years[0]}-01-01", f"{years[1]}-12-31"])
    step = max(1, -(-(years[1] - years[0]) // 5))
    ticks = [alt.DateTime(year=year, month=1, date=1) for year in range(years[0], years[1] + 1, step)]
    base = alt.Chart(alt.InlineData(values=rows)).encode(
        alt.X("when:T", title=None, axis=alt.Axis(values=ticks, format="%Y"), scale=span_of_years),
        alt.Color("what:N", scale=COLOURS, title=None, legend=alt.Legend(orient="top")),
    )
    value = alt.Y("value:Q", title=None, scale=alt.Scale(zero=False))
    published = base.transform_filter(f"datum.what == '{PUBLISHED}'")
    span = published.mark_rule(strokeWidth=5, opacity=0.4).encode(alt.Y("low:Q", title=None), alt.Y2("high:Q"))
    dots = published.mark_point(filled=True, size=40).encode(value)
    line = base.transform_filter(f"datum.what == '{MODEL}'").mark_line(point=True).encode(value)
    title = alt.TitleParams(series, subtitle=f"[{compared[0].published.unit}] {', then '.join(roles)}", fontSize=11)
    return alt.layer(span, dots, line).properties(width=240, height=130, title=title)


def draw(file: Path, compared: Sequence[Compared]) -> None:
    """Draw every series into one file, by its ending a page, a bitmap or a drawing; nothing is fetched to show it."""
    names = dict.fromkeys(found.published.series for found in compared)
    all_years = [found.published.day.year for found in compared]
    years = min(all_years), max(all_years)
    charts = [_chart(name, [found for found in compared if found.published.series == name], years) for name in names]
    save(alt.concat(*charts, columns=COLUMNS), file)

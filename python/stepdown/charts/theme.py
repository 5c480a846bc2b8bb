"""The house theme: palettes for light and for dark, one configuration of Vega-Lite, and how a chart is saved.

Colours of a palette are told apart under every colour-blindness: `tests/charts/test_theme.py` simulates protanopia, deuteranopia and
tritanopia, and measures distance and contrast. The categories are those of Okabe and Ito, with some of Tol's, darkened or
lightened to the background.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from stepdown.atomic import written

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["DARK", "FONT", "FORMS", "LIGHT", "Palette", "config", "save", "themed", "titled"]

FONT = "Helvetica, Arial, sans-serif"
"""Fonts, the first that is there."""

FORMS = (".html", ".png", ".svg")
"""Endings of the files that a chart can be saved as."""


@dataclass(frozen=True, kw_only=True)
class Palette:
    """Colours that belong together, as ``#rrggbb``.

    Examples
    --------
    >>> LIGHT.model
    '#c1432e'
    """

    background: str
    ink: str
    """Text and axes."""
    muted: str
    """Text of less weight."""
    grid: str
    published: str
    """What is known from elsewhere: a published figure, a prior, the arm that is compared with."""
    model: str
    """What the model says: a best point, the arm that is looked at."""
    belief: str
    """What is believed after looking: a posterior, its interval."""
    within: str
    """The area behind marks in which a figure is as it should be."""
    categories: tuple[str, ...]
    """Colours of kinds without an order; beyond these, small multiples serve better than a colour."""
    sequential: tuple[str, str]
    """From little to much."""
    diverging: tuple[str, str, str]
    """From less through the same to more."""


LIGHT = Palette(
    background="#ffffff",
    ink="#1b2733",
    muted="#44515e",
    grid="#dde2e7",
    published="#7d8995",
    model="#c1432e",
    belief="#1f6f8b",
    within="#e4eff2",
    categories=("#0072b2", "#d55e00", "#332288", "#cc79a7", "#009e73", "#882255"),
    sequential=("#eaf3f6", "#10495e"),
    diverging=("#0072b2", "#f2f2f2", "#d55e00"),
)
"""On white: for the screen by day, and for print."""

DARK = Palette(
    background="#14191f",
    ink="#eef1f4",
    muted="#b4bec8",
    grid="#34404c",
    published="#8793a0",
    model="#f2846b",
    belief="#5bb7d6",
    within="#203039",
    categories=("#77aadd", "#cc6677", "#f0e442", "#ffaabb", "#aaaa00", "#99ddff"),
    sequential=("#1d2a33", "#9fdcf0"),
    diverging=("#77aadd", "#3a424b", "#ee8866"),
)
"""On a dark background."""


def config(palette: Palette = LIGHT) -> dict[str, Any]:
    """Return the configuration of Vega-Lite for a palette.

    Labels are never shortened, and those that would overlap are left out by Vega, every other one.

    Examples
    --------
    >>> config()["axis"]["labelLimit"]
    0
    """
    text = {"labelColor": palette.ink, "titleColor": palette.ink, "labelFont": FONT, "titleFont": FONT}
    return {
        "background": palette.background,
        "padding": 12,
        "font": FONT,
        "axis": {
            **text,
            "labelFontSize": 11,
            "titleFontSize": 11,
            "titleFontWeight": "normal",
            "labelLimit": 0,
            "titleLimit": 0,
            "labelOverlap": "greedy",
            "labelSeparation": 4,
            "gridColor": palette.grid,
            "domainColor": palette.muted,
            "tickColor": palette.muted,
        },
        "header": {**text, "labelLimit": 0, "titleLimit": 0},
        "legend": {**text, "labelFontSize": 11, "titleFontSize": 11, "labelLimit": 0, "titleLimit": 0},
        "title": {
            "font": FONT,
            "subtitleFont": FONT,
            "color": palette.ink,
            "subtitleColor": palette.muted,
            "anchor": "start",
            "frame": "group",
            "limit": 0,
        },
        "text": {"color": palette.ink, "font": FONT},
        "view": {"stroke": None},
        "mark": {"color": palette.categories[0]},
        "range": {
            "category": list(palette.categories),
            "ramp": list(palette.sequential),
            "heatmap": list(palette.sequential),
            "ordinal": list(palette.sequential),
            "diverging": list(palette.diverging),
        },
    }


def themed(chart: Any, palette: Palette = LIGHT) -> Any:
    """Return a chart, of any kind of Altair's, in the house theme; what the chart itself configures goes before."""
    import altair as alt

    own = chart.config
    mine = config(palette)
    if own is not alt.Undefined:
        mine |= own.to_dict() if hasattr(own, "to_dict") else own
    dressed = chart.copy(deep=False)
    dressed.config = mine
    return dressed


def titled(chart: Any, title: str, text: str) -> Any:
    """Return a chart under a title, with a line that says what is to be seen."""
    import altair as alt

    return chart.properties(title=alt.TitleParams(title, subtitle=text, anchor="start"))


def save(chart: Any, file: Path, palette: Palette = LIGHT) -> None:
    """Save a chart in the house theme, by the file's ending as a page, a bitmap or a drawing; nothing is fetched to show it.

    Parameters
    ----------
    chart
        A chart of Altair's.
    file
        Where to; its ending is one of `FORMS`. It is there whole, or as it was.
    palette
        Colours.
    """
    form = file.suffix[1:]
    options: dict[str, dict[str, Any]] = {"png": {"ppi": 120}, "html": {"inline": True}}
    with written(file) as aside:
        themed(chart, palette).save(str(aside), format=form, **options.get(form, {}))

"""The house theme: palettes for light and for dark, one configuration of Vega-Lite, and how a chart is saved.

Colours of a palette are told apart under every colour-blindness: `tests/charts/test_theme.py` simulates protanopia, deuteranopia and
tritanopia, and measures distance and contrast. The categories are those of Okabe and Ito, with some of Tol's, darkened or
lightened to the background.
"""

from __future__ import annotations

import math
import re
import xml.etree.ElementTree as ET
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stepdown.atomic import written

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["DARK", "FONT", "FORMS", "LIGHT", "Palette", "config", "drawing", "save", "themed", "titled"]

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
            "labelSeparation": 12,
            "gridColor": palette.grid,
            "domainColor": palette.muted,
            "tickColor": palette.muted,
        },
        "header": {**text, "labelLimit": 0, "titleLimit": 0},
        "legend": {
            **text,
            "symbolOpacity": 1,
            "labelFontSize": 11,
            "titleFontSize": 11,
            "labelLimit": 0,
            "titleLimit": 0,
        },
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


NARROW, WIDE = frozenset("iIljtfr.,:;|!'()[] /-"), frozenset("mwMW%@–—")


def _widest(text: str, size: float, *, bold: bool) -> float:
    """Return what a text takes at most in the usual fonts without serifs [px], of which DejaVu Sans is the widest."""
    ems = sum(0.41 if c in NARROW else 0.98 if c in WIDE else 0.77 if c.isupper() else 0.64 for c in text)
    return ems * size * (1.12 if bold else 1.0)


def _reaches(element: ET.Element, x: float, y: float, size: float) -> Iterator[tuple[float, float, float, float]]:
    """Yield what each text of a drawing takes up: left, top, right and bottom [px]."""
    for kind, numbers in re.findall(r"(translate|rotate)\(([^)]*)\)", element.get("transform", "")):
        values = [float(number) for number in re.split(r"[ ,]+", numbers.strip())]
        if kind == "translate":
            x, y = x + values[0], y + (values[1] if len(values) > 1 else 0.0)
    style = element.get("font-size")
    size = float(style.removesuffix("px")) if style else size
    if element.tag.endswith("}text"):
        lines = [part.text or "" for part in element if part.tag.endswith("}tspan")] or [element.text or ""]
        width = max(_widest(line, size, bold=element.get("font-weight") == "bold") for line in lines)
        before = {"start": 0.0, "middle": 0.5, "end": 1.0}[element.get("text-anchor", "start")]
        turned = re.search(r"rotate\((-?[\d.]+)", element.get("transform", ""))
        angle = math.radians(float(turned[1])) if turned else 0.0
        down = size * 1.25 * (len(lines) - 1) + 0.3 * size
        corners = [
            (x + dx * math.cos(angle) - dy * math.sin(angle), y + dx * math.sin(angle) + dy * math.cos(angle))
            for dx in (-before * width, (1 - before) * width)
            for dy in (-size, down)
        ]
        across, along = zip(*corners, strict=True)
        yield min(across), min(along), max(across), max(along)
    for part in element:
        yield from _reaches(part, x, y, size)


def drawing(chart: Any, palette: Palette = LIGHT) -> str:
    """Return a chart as SVG in the house theme, with room for its texts in whichever font the reader has.

    What draws the chart measures texts in a font of its own. A reader's may be wider, and cut off what stands at the edge; so the
    drawing is widened to what the widest of the usual fonts takes.
    """
    import vl_convert

    drawn = str(vl_convert.vegalite_to_svg(themed(chart, palette).to_dict()))
    root = ET.fromstring(drawn)
    left, top, width, height = (float(number) for number in root.get("viewBox", "").split())
    reaches = list(_reaches(root, 0.0, 0.0, 11.0)) or [(left, top, left + width, top + height)]
    lefts, tops, rights, bottoms = zip(*reaches, strict=True)
    new = (
        min(left, math.floor(min(lefts)) - MARGIN),
        min(top, math.floor(min(tops)) - MARGIN),
        max(left + width, math.ceil(max(rights)) + MARGIN),
        max(top + height, math.ceil(max(bottoms)) + MARGIN),
    )
    box = (new[0], new[1], new[2] - new[0], new[3] - new[1])
    across, along = f"{box[2]:g}", f"{box[3]:g}"
    head, _, rest = drawn.partition(">")
    head = re.sub(r' (width|height|viewBox)="[^"]*"', "", head)
    frame = f'{head} width="{across}" height="{along}" viewBox="{box[0]:g} {box[1]:g} {across} {along}">'
    ground = f'<rect x="{box[0]:g}" y="{box[1]:g}" width="{across}" height="{along}" fill="{palette.background}"/>'
    return frame + ground + rest


MARGIN = 4
"""Room between a text and the edge of a drawing [px]."""


def save(chart: Any, file: Path, palette: Palette = LIGHT, *, overwrite: bool = True) -> None:
    """Save a chart in the house theme, by the file's ending as a page, a bitmap or a drawing; nothing is fetched to show it.

    Parameters
    ----------
    chart
        A chart of Altair's.
    file
        Where to; its ending is one of `FORMS`. It is there whole, or as it was.
    palette
        Colours.
    overwrite
        Whether a file that is there may be replaced.
    """
    form = file.suffix[1:]
    options: dict[str, dict[str, Any]] = {"png": {"ppi": 120}, "html": {"inline": True}}
    with written(file, overwrite=overwrite) as aside:
        if form == "svg":
            Path(aside).write_text(drawing(chart, palette), encoding="utf-8")
            return
        themed(chart, palette).save(str(aside), format=form, **options.get(form, {}))

"""Draws a figure's chart: as SVG that follows the page's colours, or as a file."""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING, Any

import vl_convert

from stepdown.charts import theme
from stepdown.charts.theme import DARK, LIGHT, themed

if TYPE_CHECKING:
    from stepdown.report.figures import Figure

__all__ = ["COLOURS", "bitmap", "document", "drawing", "inline"]

PPI = 144
"""Resolution of bitmaps [pixels/inch]."""


def _colours() -> dict[str, tuple[str, str, str]]:
    """Return a name for each colour that differs between light and dark: name, in light, in dark."""
    names = ("background", "ink", "muted", "grid", "published", "model", "belief", "within")
    pairs = [(name, getattr(LIGHT, name), getattr(DARK, name)) for name in names]
    pairs += [
        (f"kind-{k}", one, other) for k, (one, other) in enumerate(zip(LIGHT.categories, DARK.categories, strict=True))
    ]
    return {light: (name, light, dark) for name, light, dark in pairs}


COLOURS = _colours()
"""Colours of the light palette, with their names as variables of the page and what they are in the dark."""


def _specification(figure: Figure) -> dict[str, Any]:
    specification: dict[str, Any] = themed(figure.chart).to_dict()
    return specification


def drawing(figure: Figure) -> str:
    """Return a figure's chart as SVG, in light, with room for its texts in any font; the same chart gives the same bytes."""
    drawn = theme.drawing(figure.chart)
    # What draws it numbers gradients and clips through the life of the process.
    for k, name in enumerate(dict.fromkeys(re.findall(r'\bid="([^"]+)"', drawn))):
        drawn = re.sub(rf'(\bid="|url\(#|href="#){re.escape(name)}(?=["\)])', rf"\g<1>part{k}", drawn)
    return drawn


def bitmap(figure: Figure) -> bytes:
    """Return a figure's chart as PNG, in light."""
    return bytes(vl_convert.vegalite_to_png(_specification(figure), ppi=PPI))


def document(figure: Figure) -> bytes:
    """Return a figure's chart as PDF, in light."""
    return bytes(vl_convert.vegalite_to_pdf(_specification(figure)))


def inline(figure: Figure) -> str:
    """Return a figure's chart as SVG within a page: its colours are the page's variables, its marks have labels to be read out."""
    drawn = drawing(figure)
    for light, (name, _, _) in COLOURS.items():
        drawn = re.sub(f'"{light}"', f'"var(--{name})"', drawn, flags=re.IGNORECASE)
    # A style attribute would need a weaker policy; names within the drawing must be the only ones of the page.
    drawn = re.sub(r' style="[^"]*"', "", drawn)
    # A layer without marks has nothing to be read out.
    drawn = re.sub(
        r'(<g [^>/]*?) role="graphics-[a-z]+" aria-roledescription="[^"]*"(?=/>|></g>)', r'\1 aria-hidden="true"', drawn
    )
    drawn = re.sub(r'\b(id="|url\(#|href="#)', rf"\g<1>{figure.id}-", drawn)
    label = html.escape(f"{figure.title}. {figure.said}", quote=True)
    return re.sub(r"<svg ", f'<svg role="group" aria-label="{label}" ', drawn, count=1)

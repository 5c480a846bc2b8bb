"""The palettes: every colour can be told from every other, by anybody, and stands out from its background."""

from __future__ import annotations

from itertools import combinations, pairwise
from typing import TYPE_CHECKING

import numpy as np
import pytest

from stepdown.charts.theme import DARK, LIGHT, Palette, config

cspace_convert = pytest.importorskip("colorspacious").cspace_convert

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

SIGHTS = (None, "protanomaly", "deuteranomaly", "tritanomaly")
"""All colours, and each cone missing: an anomaly of full severity."""

TOLD_APART = 11.0
"""Least distance of two colours in CAM02-UCS, by any sight; about 1 is the least that can be seen side by side."""

MARK, TEXT = 3.0, 4.5
"""Least contrast of a mark and of a text with the background: WCAG 2.2, 1.4.11 and 1.4.3."""

PALETTES = pytest.mark.parametrize("palette", [LIGHT, DARK], ids=["light", "dark"])


def rgb(colour: str) -> Floats:
    return np.array([int(colour[k : k + 2], 16) / 255 for k in (1, 3, 5)])


def seen(colour: str, sight: str | None) -> Floats:
    """Return a colour as it is seen, in CAM02-UCS."""
    shown = rgb(colour)
    if sight is not None:
        space = {"name": "sRGB1+CVD", "cvd_type": sight, "severity": 100}
        shown = np.clip(cspace_convert(shown, space, "sRGB1"), 0, 1)
    return np.asarray(cspace_convert(shown, "sRGB1", "CAM02-UCS"))


def distance(one: str, other: str) -> float:
    """Return the least distance of two colours by any sight."""
    return min(float(np.linalg.norm(seen(one, sight) - seen(other, sight))) for sight in SIGHTS)


def luminance(colour: str) -> float:
    shown = rgb(colour)
    linear = np.where(shown <= 0.04045, shown / 12.92, ((shown + 0.055) / 1.055) ** 2.4)
    return float(linear @ [0.2126, 0.7152, 0.0722])


def contrast(one: str, other: str) -> float:
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def test_red_and_green_are_one_colour_to_some_and_the_measure_sees_it() -> None:
    assert distance("#cc4444", "#77863a") < TOLD_APART < distance("#0072b2", "#d55e00")


@PALETTES
def test_every_category_is_told_from_every_other_by_everybody(palette: Palette) -> None:
    near = {pair: d for pair in combinations(palette.categories, 2) if (d := distance(*pair)) < TOLD_APART}
    assert not near
    roles = (palette.published, palette.model, palette.belief)
    assert all(distance(*pair) >= TOLD_APART for pair in combinations(roles, 2))
    assert all(distance(*pair) >= TOLD_APART for pair in pairwise(palette.diverging))
    assert distance(*palette.sequential) >= 4 * TOLD_APART


@PALETTES
def test_marks_and_texts_stand_out_from_the_background(palette: Palette) -> None:
    marks = (*palette.categories, palette.published, palette.model, palette.belief)
    assert min(contrast(mark, palette.background) for mark in marks) >= MARK
    assert min(contrast(text, palette.background) for text in (palette.ink, palette.muted)) >= TEXT
    assert contrast(palette.ink, palette.within) >= TEXT


@PALETTES
def test_the_theme_draws_on_its_own_background_and_shortens_nothing(palette: Palette) -> None:
    made = config(palette)
    assert made["background"] == palette.background
    assert made["range"]["category"] == list(palette.categories)
    assert made["axis"]["labelLimit"] == made["legend"]["labelLimit"] == 0

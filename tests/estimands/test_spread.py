"""Spread between areas and units, on histories made by hand and on samples whose spread is known."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from stepdown.estimands import estimate
from stepdown.estimands.spread import LEAST, groups

HOME, REMAND, MEDIUM, LOW = "own home", "prison (remand)", "medium secure", "low secure"
LABELS = ("median", "lowest_tenth", "highest_tenth", "between")


def spread(made: Any, name: str) -> list[float]:
    found = estimate(made, [f"spread.{name}.{label}" for label in LABELS])
    return [estimated.value for estimated in found.values()]


def test_areas_with_the_same_waits_differ_by_chance_alone(handmade: Any) -> None:
    made = handmade(years=1)
    number = 0
    for area in ("Devon", "Dorset", "Sussex"):
        for wait in range(10, 10 + LEAST):
            number += 1
            made.lives(number, (REMAND, -100), (MEDIUM, 50, {"clinical": wait, "area": area}))
    assert spread(made, "wait.areas") == [14.5, 14.5, 14.5, 0.0]


def test_areas_with_other_waits_differ_beyond_chance_and_small_ones_do_not_count(handmade: Any) -> None:
    made = handmade(years=1)
    number = 0
    for area, level in (("Devon", 10), ("Dorset", 40), ("Sussex", 70)):
        for k in range(LEAST):
            number += 1
            made.lives(number, (REMAND, -100), (MEDIUM, 50, {"clinical": level + k % 2, "area": area}))
    made.lives(number + 1, (REMAND, -100), (MEDIUM, 50, {"clinical": 900, "area": "Somerset"}))
    median, low, high, between = spread(made, "wait.areas")
    assert (median, low, high) == pytest.approx((40.5, 16.5, 64.5))
    # Means of 10.5, 40.5 and 70.5 have a variance of 900; within, one of 0.25 × 10 / 9, of which a tenth is chance.
    assert between == pytest.approx(np.sqrt(900 - 0.25 * LEAST / (LEAST - 1) / LEAST))


def test_stays_are_of_the_unit_that_was_left_and_absence_is_no_leaving(handmade: Any) -> None:
    made = handmade(years=3)
    for number in range(2 * LEAST):
        unit, days = ("one", 100) if number % 2 else ("other", 300)
        made.lives(
            number,
            (MEDIUM, 0, {"unit": "first"}),
            (MEDIUM, 20, {"unit": unit}),
            ("absent without leave", 30),
            (MEDIUM, 40, {"unit": unit}),
            (HOME, days),
        )
    median, low, high, between = spread(made, "stay.medium.units")
    assert (median, low, high) == pytest.approx((200, 120, 280))
    assert between == pytest.approx(np.sqrt(20_000))
    assert not estimate(made, ["spread.stay.low.units.median"])["spread.stay.low.units.median"].known


def test_admissions_out_of_area_are_shares_of_the_home_area(handmade: Any) -> None:
    made = handmade(years=1)
    for number in range(4 * LEAST):
        area = ("Devon", "Dorset")[number % 2]
        away = number % 2 == 0 or number % 4 == 1
        made.lives(number, (HOME, -100), (LOW, 50, {"area": area, "out_of_area": away}), (LOW, 90, {"area": area}))
    assert spread(made, "out_of_area.areas")[:3] == pytest.approx([0.75, 0.55, 0.95])


@pytest.mark.parametrize("between", [0.0, 3.0, 12.0])
def test_what_chance_adds_is_taken_off(between: float) -> None:
    """Two thousand groups of different sizes, whose means spread by a known deviation: chance alone adds about 2.6."""
    rng = np.random.default_rng(7)
    sizes = rng.integers(LEAST, 40, 2_000)
    of = np.repeat(np.arange(len(sizes)), sizes)
    values = rng.normal(0, between, len(sizes))[of] + rng.normal(0, 12, len(of))
    found = groups(of, values)
    assert found.between == pytest.approx(between, rel=0.05, abs=0.8)
    assert float(found.means.std(ddof=1)) > between + (0.5 if between < 12 else 0.1)

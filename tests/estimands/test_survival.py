"""Estimators give what is worked out by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest

from stepdown.estimands import survival


def flags(text: str) -> np.ndarray:
    return np.array([letter == "x" for letter in text])


# Six people: events on days 2, 4, 4, 9; censored on days 4 and 6.
END, EVENT = np.array([2, 4, 4, 4, 6, 9]), flags("xxx..x")


def test_the_curve_of_kaplan_and_meier_drops_by_the_share_of_those_at_risk() -> None:
    curve = survival.kaplan_meier(END, EVENT)
    assert curve.times.tolist() == [2, 4, 9]
    assert curve.at_risk.tolist() == [6, 5, 1], "who is censored on a day was at risk on it"
    # 5/6; then times 3/5; then times 0.
    assert curve.survival == pytest.approx([5 / 6, 1 / 2, 0])


def test_a_quantile_is_the_first_day_by_which_so_many_have_gone() -> None:
    curve = survival.kaplan_meier(END, EVENT)
    assert survival.quantile(curve, 0.5).value == 4
    assert survival.quantile(curve, 0.1).value == 2
    assert survival.quantile(curve, 0.75).value == 9
    without = survival.kaplan_meier(np.array([1, 5, 5, 5]), flags("x..."))
    assert math.isnan(survival.quantile(without, 0.5).value), "nobody was followed for so long"


def test_the_restricted_mean_is_the_area_under_the_curve_with_greenwoods_variance() -> None:
    curve = survival.kaplan_meier(END, EVENT)
    found = survival.restricted_mean(curve, 8)
    # 2 days at 1, 2 at 5/6, 4 at 1/2. Areas right of the drops: 11/3 and 2.
    assert found.value == pytest.approx(2 + 2 * 5 / 6 + 4 / 2)
    variance = (11 / 3) ** 2 * 1 / (6 * 5) + 2**2 * 2 / (5 * 3)
    assert found.high == pytest.approx(found.value + 1.959964 * math.sqrt(variance))


def test_a_mean_up_to_a_horizon_that_nobody_reaches_is_unknown() -> None:
    curve = survival.kaplan_meier(np.array([10, 20]), flags("x."))
    assert not survival.restricted_mean(curve, 365).known
    everybody = survival.kaplan_meier(np.array([10, 20]), flags("xx"))
    assert survival.restricted_mean(everybody, 365).value == 15


def test_who_enters_late_is_not_at_risk_before() -> None:
    # One is there from the start and leaves on day 5; two were seen only from day 3 on: events on days 4 and 8.
    curve = survival.kaplan_meier(np.array([5, 4, 8]), flags("xxx"), np.array([-1, 3, 3]))
    assert curve.at_risk.tolist() == [3, 2, 1]
    # A fourth, seen from day 6 on, doesn't count on days 4 and 5.
    late = survival.kaplan_meier(np.array([5, 4, 8, 9]), flags("xxx."), np.array([-1, 3, 3, 6]))
    assert late.at_risk.tolist() == [3, 2, 2]
    assert late.survival == pytest.approx([2 / 3, 1 / 3, 1 / 6])


def test_death_competes_with_what_the_dead_can_no_longer_do() -> None:
    # Ten people: the event on days 1 and 3, a death on day 2, one censored on day 2, the others to day 10.
    end = np.array([1, 2, 2, 3, 10, 10, 10, 10, 10, 10])
    cause = np.array([1, 2, 0, 1, 0, 0, 0, 0, 0, 0])
    found = survival.incidence(end, cause, 5)
    # 1/10, then 0.9 x 8/9 = 0.8 alive and free before day 3, of 7 at risk.
    assert found.value == pytest.approx(1 / 10 + 0.8 * 1 / 7)
    naive = survival.kaplan_meier(end, cause == 1)
    assert found.value < 1 - naive.survival[-1], "counting the dead as censored says too much"


def test_without_censoring_the_incidence_is_a_share_with_the_binomials_variance() -> None:
    end, cause = np.array([1, 2, 3, 4, 900, 900, 900, 900]), np.array([1, 2, 1, 1, 0, 0, 0, 0])
    found = survival.incidence(end, cause, 730)
    assert found.value == pytest.approx(3 / 8)
    assert found.high == pytest.approx(3 / 8 + 1.959964 * math.sqrt(3 / 8 * 5 / 8 / 8))


def test_an_incidence_needs_somebody_who_was_followed_for_so_long() -> None:
    assert not survival.incidence(np.array([10, 300]), np.array([1, 0]), 730).known
    assert survival.incidence(np.array([10, 300]), np.array([1, 2]), 730).value == 0.5, "all is known of everybody"


def test_rates_are_events_over_time() -> None:
    found = survival.rate(4, 200.0, per=100_000)
    assert (found.value, found.n) == (2000, 4)
    assert found.low == pytest.approx(2000 / math.exp(1.959964 / 2))
    assert survival.rate(0, 100.0).high == pytest.approx(3.689 / 100, rel=1e-3)


def test_a_share_has_wilsons_interval() -> None:
    found = survival.share(1, 10)
    assert found.value == 0.1
    # As in Newcombe's tables.
    assert found.low == pytest.approx(0.0179, abs=1e-4)
    assert found.high == pytest.approx(0.4042, abs=1e-4)


def test_the_spread_of_a_difference_adds_squares() -> None:
    found = survival.difference(survival.Estimate(10, 7, 13, 5), survival.Estimate(4, 0, 8, 6))
    assert (found.value, found.low, found.high, found.n) == (6, 1, 11, 11)

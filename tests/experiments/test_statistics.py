"""Intervals, gains, control variates, Shapley values and the stopping rule against what is known of them."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from scipy import stats

from stepdown.experiments.costs import suggested
from stepdown.experiments.statistics import adjusted, differences, precision, shapley

RNG = np.random.default_rng(11)


def test_an_interval_is_that_of_a_paired_t_test() -> None:
    before, after = RNG.normal(10, 3, (4, 12)), RNG.normal(11, 2, (4, 12))
    found = differences(before, after, np.zeros(12, int))
    for k in range(4):
        known = stats.ttest_rel(after[k], before[k]).confidence_interval(0.95)
        assert (found.low[k], found.high[k]) == pytest.approx((known.low, known.high))
        unpaired = (before[k].var(ddof=1) + after[k].var(ddof=1)) / 12
        assert found.gain[k] == pytest.approx(unpaired / ((after[k] - before[k]).var(ddof=1) / 12))


def test_a_pair_counts_only_where_both_know_the_cell() -> None:
    before, after = np.array([[1.0, np.nan, 3.0, 4.0]]), np.array([[2.0, 9.0, np.nan, 7.0]])
    found = differences(before, after, np.zeros(4, int))
    assert (found.pairs[0], found.base[0], found.mean[0], found.difference[0]) == (2, 2.5, 4.5, 2.0)
    assert found.differ[0] == 2


def test_draws_are_the_units_of_the_interval_where_there_are_several() -> None:
    draws = np.repeat(np.arange(5), 4)
    after = RNG.normal(0, 1, (1, 20)) + RNG.normal(0, 5, 5)[draws]
    found = differences(np.zeros((1, 20)), after, draws)
    means = after[0].reshape(5, 4).mean(axis=1)
    known = stats.ttest_1samp(means, 0).confidence_interval(0.95)
    assert (found.low[0], found.high[0]) == pytest.approx((known.low, known.high))


def test_further_runs_of_the_base_make_a_difference_more_precise_without_bias() -> None:
    hits, narrower, errors = 0, 0, []
    for _ in range(400):
        base = RNG.normal(100, 10, 60)
        after = RNG.normal(103, 2, 12)  # pairing has gained nothing: the difference varies as the base does
        plain = after - base[:12]
        found = adjusted(plain, base[:12], base)
        assert found is not None
        middle, error, low, high = found
        hits += low <= 3 <= high
        narrower += error < plain.std(ddof=1) / 12**0.5
        errors.append(middle - 3)
    assert narrower == 400
    assert 0.92 <= hits / 400 <= 0.98
    assert abs(np.mean(errors)) < 3 * np.std(errors) / 20


def test_a_control_variate_that_tells_nothing_is_left() -> None:
    base = RNG.normal(100, 10, 200)
    assert adjusted(RNG.normal(3, 1, 12), base[:12], base) is None
    assert adjusted(base[:9], base[:9], base) is None, "too few pairs"
    assert adjusted(base[:12], base[:12], base[:12]) is None, "no further runs"


def test_the_parts_of_a_package_are_what_they_add_averaged_over_all_orders() -> None:
    parts = ["a", "b", "c", "d"]
    subsets = [frozenset(s) for size in range(5) for s in itertools.combinations(parts, size)]
    values = {subset: RNG.normal(0, 1, 3) for subset in subsets}
    found = shapley(values, parts)
    for part in parts:
        added = []
        for order in itertools.permutations(parts):
            before = frozenset(order[: order.index(part)])
            added.append(values[before | {part}] - values[before])
        assert found[part] == pytest.approx(np.mean(added, axis=0))
    assert sum(found.values()) == pytest.approx(values[frozenset(parts)] - values[frozenset()])


def test_replicates_are_enough_when_they_stay_so() -> None:
    values = np.array([0.0, 0.1] * 4 + [0.05, 0.05, 9.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0])
    widths = [stats.t.ppf(0.975, n - 1) * values[:n].std(ddof=1) / n**0.5 for n in range(2, len(values) + 1)]
    assert widths[8] < 0.05 < widths[9], "it is narrow at 10, and not at 11"
    found = precision(values, 0.05)
    assert found.enough is None and found.half_width == pytest.approx(widths[-1])
    assert found.next > len(values)
    assert precision(values[:10], 0.05).next == 15, "ten that agree want five that follow"
    assert precision(np.array([0.0] * 40), 0.05).enough is None, "nothing was seen that could vary"
    assert precision(np.array([0.0] * 40 + [1.0]), 0.5).next == 82
    quiet = np.array([0.0, 0.1] * 10)
    assert precision(quiet, 0.05) == (20, pytest.approx(0.024, abs=0.001), 10, 20, True)


def test_with_several_outcomes_each_has_its_part_of_the_errors() -> None:
    values = RNG.normal(0, 1, 30)
    one, five = precision(values, 0.1), precision(values, 0.1, alpha=0.01)
    assert five.half_width / one.half_width == pytest.approx(stats.t.ppf(0.995, 29) / stats.t.ppf(0.975, 29))


def test_the_replicates_that_variances_suggest() -> None:
    draws = np.repeat(np.arange(300), 6)
    values = RNG.normal(0, 3, 1800) + RNG.normal(0, 1, 300)[draws]
    found = suggested(values, draws)
    assert found is not None
    chance, parameters, replicates = found
    assert (chance, parameters) == pytest.approx((3, 1), rel=0.15)
    assert 8 <= replicates <= 13, "1 + 9 / 1"
    assert suggested(values[:6], draws[:6]) is None, "one draw"
    assert suggested(values[::6], draws[::6]) is None, "one run of each"

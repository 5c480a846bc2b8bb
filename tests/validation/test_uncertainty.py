"""Chance and parameters are told apart as by hand, and as they were put in."""

from __future__ import annotations

import numpy as np
import pytest

from stepdown.results.uncertainty import half_width, variance_components


def test_the_interval_of_a_mean_over_runs_is_students() -> None:
    found = variance_components(np.array([[1.0, 2.0, 3.0, 6.0]]), np.zeros(4, int))
    assert found["mean"] == pytest.approx([3])
    deviation = np.sqrt((4 + 1 + 0 + 9) / 3)
    assert found["error"] == pytest.approx([deviation / 2])
    assert found["monte_carlo"] == pytest.approx([deviation])
    assert found["high"] == pytest.approx([3 + 3.18245 * deviation / 2], rel=1e-5)
    assert half_width(deviation, 4) == pytest.approx(3.18245 * deviation / 2, rel=1e-5)
    assert np.isnan(found["parameters"]).all(), "one draw says nothing of parameters"


def test_one_run_has_a_value_and_no_error() -> None:
    found = variance_components(np.array([[5.0]]), np.zeros(1, int))
    assert found["mean"].tolist() == [5]
    assert np.isnan([found[key][0] for key in ("error", "low", "high", "monte_carlo", "parameters")]).all()


def test_with_a_run_of_each_draw_chance_and_parameters_are_one() -> None:
    found = variance_components(np.array([[1.0, 2.0, 3.0]]), np.arange(3))
    assert found["error"] == pytest.approx([1 / np.sqrt(3)])
    assert np.isnan(found["monte_carlo"]).all() and np.isnan(found["parameters"]).all()


def test_cells_that_a_run_does_not_know_are_left_out() -> None:
    nan = np.nan
    found = variance_components(np.array([[1.0, nan, 5.0, 7.0], [nan, nan, 4.0, 6.0]]), np.array([0, 0, 1, 1]))
    assert found["runs"].tolist() == [3, 2] and found["draws"].tolist() == [2, 1]
    assert found["mean"] == pytest.approx([(1 + 6) / 2, 5])
    # Within: 2 from one degree of freedom. Between: 1 x (1 - 13/3)^2 + 2 x (6 - 13/3)^2 = 50/3; 4/3 runs a draw.
    assert found["parameters"][0] == pytest.approx(np.sqrt((50 / 3 - 2) / (4 / 3)))
    assert found["error"][1] == pytest.approx(1)


def test_chance_that_explains_the_draws_leaves_the_parameters_nothing() -> None:
    found = variance_components(np.array([[0.0, 10.0, 1.0, 11.0]]), np.array([0, 0, 1, 1]))
    assert found["parameters"].tolist() == [0]


def test_known_variances_are_found_again() -> None:
    draw = np.repeat(np.arange(400), 5)
    random = np.random.default_rng(1)
    values = 100 + 3 * random.standard_normal(400)[draw] + 2 * random.standard_normal(2000)
    found = variance_components(values[None, :], draw)
    assert found["monte_carlo"][0] == pytest.approx(2, rel=0.05)
    assert found["parameters"][0] == pytest.approx(3, rel=0.1)

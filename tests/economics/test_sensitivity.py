"""Sobol' indices and elementary effects against those that are known in closed form; and of what a regression has learnt."""

from __future__ import annotations

import math

import numpy as np
import pytest

pytest.importorskip("SALib")

from stepdown.economics.regression import fit
from stepdown.economics.sensitivity import morris, sobol
from stepdown.errors import UsageError

PI = dict.fromkeys(("a", "b", "c"), (-math.pi, math.pi))


def ishigami(x: np.ndarray) -> np.ndarray:
    return np.asarray(np.sin(x[:, 0]) + 7 * np.sin(x[:, 1]) ** 2 + 0.1 * x[:, 2] ** 4 * np.sin(x[:, 0]))


KNOWN = {"a": (0.3139, 0.5576), "b": (0.4424, 0.4424), "c": (0.0, 0.2437)}
"""First and total indices of Ishigami's function (Ishigami and Homma 1990)."""


def test_sobols_indices_of_a_function_that_is_known() -> None:
    for index in sobol(ishigami, PI, points=4096):
        first, total = KNOWN[index.name]
        assert index.first == pytest.approx(first, abs=max(index.first_error, 0.01))
        assert index.total == pytest.approx(total, abs=max(index.total_error, 0.01))
        assert index.first_error < 0.1


def test_elementary_effects_tell_what_is_straight_from_what_acts_together() -> None:
    found = {e.name: e for e in morris(lambda x: 3 * x[:, 0] + x[:, 1] * x[:, 2], dict.fromkeys("abc", (0.0, 1.0)))}
    assert found["a"].mean == pytest.approx(3) and found["a"].deviation == pytest.approx(0, abs=1e-9)
    assert found["b"].size == pytest.approx(0.5, abs=0.1) and found["b"].deviation > 0.2
    assert found["b"].size_error > 0


def test_indices_of_a_regression_on_noisy_draws() -> None:
    rng = np.random.default_rng(1)
    x = rng.uniform(0, 1, (2000, 3))
    outcome = x[:, 0] + 2 * x[:, 0] * x[:, 1] + rng.standard_normal(2000)
    learnt = fit(x, outcome[:, None])
    assert learnt.predict(x) == pytest.approx(learnt.fitted), "what is told of the same draws is the same"
    found = {index.name: index for index in sobol(lambda new: learnt.predict(new)[:, 0], dict.fromkeys("abc", (0, 1)))}
    # Var = Var of 2a + a b' with b' = 2b - 1: 4/12 + E a² Var b' = 1/3 + 1/9, and together alone Var a Var b' = 1/36.
    assert found["a"].first == pytest.approx(12 / 16, abs=0.08)
    assert found["a"].total - found["a"].first == pytest.approx(1 / 16, abs=0.05)
    assert found["c"].total < 0.05


def test_a_range_that_is_empty_is_refused() -> None:
    with pytest.raises(UsageError, match=r"b: 1 to 1; allowed: a low end below"):
        sobol(ishigami, {"a": (0, 1), "b": (1, 1)})
    with pytest.raises(UsageError, match="parameters: 1; allowed: two or more"):
        morris(ishigami, {"a": (0, 1)})

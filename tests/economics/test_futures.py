"""Which futures break a policy: a box that was planted is found, and none where there is none."""

from __future__ import annotations

import numpy as np
import pytest

from stepdown.economics.futures import chance_of, prim, regrets, tree
from stepdown.economics.value_of_information import evpi
from stepdown.errors import UsageError

NAMES = "abcdefgh"


def planted(draws: int, wrong: float = 0.05) -> tuple[np.ndarray, np.ndarray]:
    """Return parameters, and failures in the box a > .6, c < .4, some of them dealt wrong."""
    rng = np.random.default_rng(1)
    x = rng.random((draws, len(NAMES)))
    fails = (x[:, 0] > 0.6) & (x[:, 2] < 0.4)
    return x, fails ^ (rng.random(draws) < wrong)


@pytest.mark.parametrize("draws", [300, 2000])
def test_prim_finds_the_box_that_was_planted(draws: int) -> None:
    x, fails = planted(draws)
    box = prim(NAMES, x, fails)
    assert set(box.limits) == {"a", "c"}
    assert box.limits["a"] == (pytest.approx(0.6, abs=0.05), np.inf)
    assert box.limits["c"] == (-np.inf, pytest.approx(0.4, abs=0.05))
    assert box.density > 0.85
    # 16% lie in the box, and of the others 5% fail by mistake.
    assert box.coverage == pytest.approx(0.16 * 0.95 / (0.16 * 0.95 + 0.84 * 0.05), abs=0.1)
    assert chance_of(NAMES, x, fails, box, shuffles=19) == 0.05


def test_where_failures_are_chance_a_box_is_no_better_than_others() -> None:
    rng = np.random.default_rng(2)
    x, fails = rng.random((300, 8)), rng.random(300) < 0.3
    assert chance_of(NAMES, x, fails, prim(NAMES, x, fails), shuffles=19) > 0.1


def test_a_tree_finds_the_same_box() -> None:
    pytest.importorskip("sklearn")
    leaf = tree(NAMES, *planted(2000))[0]
    assert leaf.limits["a"][0] == pytest.approx(0.6, abs=0.03)
    assert leaf.limits["c"][1] == pytest.approx(0.4, abs=0.03)
    assert leaf.density > 0.9


def test_the_least_regret_is_the_value_of_knowing() -> None:
    benefit = np.random.default_rng(3).standard_normal((500, 3)) + np.array([0.0, 0.3, 0.1])
    rows = regrets("abc", benefit)
    assert rows[0].mean == pytest.approx(evpi(benefit).value)
    assert [row.mean for row in rows] == sorted(row.mean for row in rows)
    assert sum(row.best for row in rows) == pytest.approx(1)


def test_a_policy_that_never_fails_is_refused() -> None:
    with pytest.raises(UsageError, match="failures: 0 of 10 draws; allowed: some, and not all"):
        prim("a", np.arange(10.0)[:, None], np.zeros(10, bool))

"""Value of information and cost-effectiveness against values that are known in closed form, and noise that is taken out."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import pytest

from stepdown.economics.cost_effectiveness import acceptability, icers, plane
from stepdown.economics.noise import contrasts, drawn_in, spread
from stepdown.economics.value_of_information import (
    Value,
    evpi,
    evpi_by_regression,
    evpi_corrected,
    evppi,
    evsi,
    observed_events,
    observed_mean,
    unit_normal_loss,
)
from stepdown.errors import UsageError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Numbers = NDArray[np.float64]

DRAWS = 8000


def against_nothing(increment: Numbers) -> Numbers:
    """Return the net benefit of two arms of which the first has none."""
    return np.stack([np.zeros(increment.shape), increment], axis=-1)


def holds(found: Value, truth: float, near: float = 0.03) -> None:
    """Assert that a value is the true one: within three of its errors, which are small."""
    assert abs(found.value - truth) < 3 * found.error
    assert found.error < near * truth


@pytest.fixture(scope="module")
def linear() -> tuple[Numbers, Numbers]:
    """Net benefit .5 + 2 θ₁ + θ₂ + .5 θ₃ of standard normal parameters, and these."""
    z = np.random.default_rng(1).standard_normal((DRAWS, 3))
    return against_nothing(0.5 + z @ np.array([2.0, 1.0, 0.5])), z


def test_unit_normal_loss() -> None:
    assert unit_normal_loss(0, 1) == pytest.approx(0.398942, abs=1e-6)
    assert unit_normal_loss(0.5, 1) == unit_normal_loss(-0.5, 1) == pytest.approx(0.1978, abs=5e-5)
    # The closed forms of the linear problem, and so the figures that regressions are held to.
    for weights, truth in (((2,), 0.572689), ((2, 1), 0.664271), ((2, 1, 0.5), 0.685770)):
        assert unit_normal_loss(0.5, math.hypot(*weights)) == pytest.approx(truth, abs=1e-6)
    assert unit_normal_loss(0.5, 2 * math.sqrt(10 / (10 + 2**2))) == pytest.approx(0.453624, abs=1e-6)


def test_two_arms_that_differ_by_a_sum_of_normal_parameters(linear: tuple[Numbers, Numbers]) -> None:
    benefit, z = linear
    holds(evpi(benefit), 0.685770)
    holds(evppi(benefit, z[:, :1]), 0.572689)
    holds(evppi(benefit, z[:, :2]), 0.664271)
    holds(evpi_by_regression(benefit, z), 0.685770)
    assert evpi_by_regression(benefit, z).value == pytest.approx(evpi(benefit).value, rel=1e-3), "nothing is left"


def test_a_study_of_one_parameter(linear: tuple[Numbers, Numbers]) -> None:
    benefit, z = linear
    holds(evsi(benefit, observed_mean(z[:, 0], 2.0, 10, np.random.default_rng(2))), 0.453624)


def test_a_probability_and_a_study_of_it() -> None:
    rng = np.random.default_rng(3)
    share = rng.beta(3, 5, DRAWS)
    benefit = against_nothing(20_000 * share - 8_000)
    holds(evpi(benefit), 1096.416)
    holds(evppi(benefit, share), 1096.416)
    holds(evsi(benefit, observed_events(share, 20, rng)), 895.652)


@pytest.mark.parametrize(("arms", "truth"), [(2, 0.56419), (3, 0.84628), (4, 1.02938), (5, 1.16296)])
def test_arms_that_are_independent_and_normal(arms: int, truth: float) -> None:
    z = np.random.default_rng(arms).standard_normal((DRAWS, arms))
    holds(evpi(z), truth)
    holds(evppi(z[:4000], z[:4000]), truth)


def test_a_parameter_that_acts_by_its_square() -> None:
    z = np.random.default_rng(4).standard_normal((DRAWS, 2))
    benefit = against_nothing(z[:, 0] ** 2 - 1)
    holds(evppi(benefit, z[:, 0]), 0.483941)
    assert evppi(benefit, z[:, 1]).value < 0.01
    assert evppi(benefit, z[:, 1]).low == 0


def test_an_interaction_of_which_each_parameter_alone_is_worth_nothing() -> None:
    z = np.random.default_rng(5).standard_normal((DRAWS, 2))
    benefit = against_nothing(z[:, 0] * z[:, 1])
    holds(evppi(benefit, z), 1 / math.pi)
    for k in (0, 1):
        alone = evppi(benefit, z[:, k])
        assert alone.value < 0.015
        assert alone.low == 0, "the interval has the truth"


def test_an_interaction_among_many_parameters_that_do_nothing() -> None:
    z = np.random.default_rng(6).standard_normal((2000, 15))
    found = evppi(against_nothing(z[:, 0] + z[:, 0] * z[:, 1] + z[:, 14] ** 2 - 1), z[:, :14])
    # E max(0, θ₀ (1 + θ₁)) = E|θ₀| E|1 + θ₁| / 2, and what the other does is as good as noise.
    truth = math.sqrt(2 / math.pi) * (2 * unit_normal_loss(1, 1) + 1) / 2
    assert found.value == pytest.approx(truth, abs=0.05)


def noisy(rng: np.random.Generator, draws: int, replicates: int, mean: float, sigma: float, omega: float) -> Numbers:
    """Return the net benefit of two arms, of which one has replicates that scatter by ω round what scatters by σ round a mean."""
    unknown = mean + sigma * rng.standard_normal((draws, 1))
    return against_nothing(unknown + omega * rng.standard_normal((draws, replicates)))


def test_noise_of_replicates_is_taken_out() -> None:
    naive, shrunk, ours, regressed, shares = [], [], [], [], []
    for seed in range(200):
        rng = np.random.default_rng(seed)
        unknown = rng.standard_normal((1000, 1))
        benefit = against_nothing(-0.5 + unknown + 3 * rng.standard_normal((1000, 2)))
        found = evpi_corrected(benefit, resamples=2)
        means = np.diff(benefit.mean(axis=1))[:, 0]
        pulled = means.mean() + (1 - found.noise) * (means - means.mean())
        naive.append(evpi(benefit).value)
        shrunk.append(evpi(against_nothing(pulled)).value)
        ours.append(found.value)
        if seed < 20:
            regressed.append(evpi_by_regression(benefit, unknown, simulated=0).value)
        shares.append(found.noise)
    assert np.mean(naive) == pytest.approx(0.71, abs=0.02)
    assert np.mean(shrunk) == pytest.approx(0.03, abs=0.02)
    assert np.mean(ours) == pytest.approx(0.1978, abs=0.015)
    assert np.mean(regressed) == pytest.approx(0.1978, abs=0.02)
    assert np.mean(shares) == pytest.approx(4.5 / 5.5, abs=0.02), "4.5 of noise beside 1 of what is unknown"


def test_intervals_of_the_corrected_value_hold_the_truth() -> None:
    held, rng = 0, np.random.default_rng(7)
    problems = 200
    for seed in range(problems):
        mean, sigma, omega = rng.uniform(-1, 1), rng.uniform(0.5, 2), rng.uniform(0.2, 3)
        benefit = noisy(np.random.default_rng(seed), 300, int(rng.integers(2, 6)), mean, sigma, omega)
        found = evpi_corrected(benefit, resamples=150, seed=seed)
        held += found.low <= unit_normal_loss(mean, sigma) <= found.high
    assert 0.90 * problems <= held <= 0.99 * problems


def test_noise_of_several_arms_goes_whatever_their_order() -> None:
    rng = np.random.default_rng(8)
    unknown = rng.multivariate_normal([0, 0.2, 0.1], [[1, 0.5, 0], [0.5, 1, 0.2], [0, 0.2, 2]], 4000)
    noise = rng.multivariate_normal([0, 0, 0], [[4, 1, 0], [1, 2, 0], [0, 0, 1]], (4000, 3))
    benefit = unknown[:, None, :] + noise
    found = evpi_corrected(benefit, resamples=2)
    assert found.value == pytest.approx(evpi(unknown).value, abs=0.03)
    assert evpi(benefit).value > evpi(unknown).value + 0.1, "noise adds to it"
    assert evpi_corrected(benefit[:, :, [2, 0, 1]], resamples=2).value == pytest.approx(found.value, rel=1e-9)
    basis = contrasts(3)
    corrected = np.cov(drawn_in(benefit) @ basis, rowvar=False)
    assert corrected == pytest.approx(spread(benefit).between, rel=1e-6), "what is left varies as what is unknown"


def test_a_missing_replicate_is_left_out() -> None:
    benefit = noisy(np.random.default_rng(9), 500, 4, 0.0, 1.0, 1.0)
    benefit[:100, 2:] = np.nan
    found = spread(benefit)
    assert found.replicates == pytest.approx(1 / (0.2 / 2 + 0.8 / 4))
    assert found.within[0, 0] == pytest.approx(0.5, rel=0.15), (
        "a contrast of two arms has half of the variance of a difference"
    )
    benefit[0] = np.nan
    with pytest.raises(UsageError, match="a draw has no replicate"):
        spread(benefit)


def test_one_replicate_tells_nothing_of_noise() -> None:
    benefit = noisy(np.random.default_rng(10), 50, 1, 0.0, 1.0, 1.0)
    assert math.isnan(evpi(benefit).noise)
    with pytest.raises(UsageError, match="replicates: 1 of each draw; allowed: two or more"):
        evpi_corrected(benefit)


def test_dominance_and_extended_dominance() -> None:
    table = icers("ABCDE", np.array([0, 10, 12, 35, 50.0]), np.array([0, 1, 0.8, 2, 3.5]))
    rows = {row.arm: row for row in table}
    assert rows["C"].status == "dominated" and rows["C"].against == "B"
    assert rows["D"].status == "extendedly dominated" and rows["D"].against == "B"
    assert [(row.arm, row.against, row.icer) for row in table if row.icer == row.icer] == [
        ("B", "A", 10),
        ("E", "B", 16),
    ]
    shuffled = icers("DBECA", np.array([35, 10, 50, 12, 0.0]), np.array([2, 1, 3.5, 0.8, 0]))
    assert str(shuffled) == str(table), "the order in which arms are given doesn't matter"
    twins = icers("AB", np.array([1.0, 1.0]), np.array([1.0, 1.0]))
    assert [row.status for row in twins] == ["on the frontier", "equal"]


def test_acceptability_is_of_what_is_unknown_and_not_of_noise() -> None:
    """A gain of 1 QALY ± 1 at £2: better at £4 a QALY in Φ(.5) of what is possible; noise of 3 would draw that to a half."""
    rng = np.random.default_rng(11)
    gain = 1 + rng.standard_normal((4000, 1)) + 3 * rng.standard_normal((4000, 2))
    costs = against_nothing(np.full((4000, 2), 2.0))
    found = acceptability(costs, against_nothing(gain), [1.0, 4.0])
    truth = 0.5 * (1 + math.erf(0.5 / math.sqrt(2)))
    assert found.corrected[1, 1] == pytest.approx(truth, abs=0.02)
    assert found.naive[1, 1] < truth - 0.07
    assert found.best.tolist() == [0, 1]
    assert found.frontier == pytest.approx([found.corrected[0, 0], found.corrected[1, 1]])
    assert found.naive.sum(axis=1) == pytest.approx(1)
    more_cost, more_effect = plane(costs, against_nothing(gain))
    assert more_cost[:, 1].tolist() == [2.0] * 4000
    assert more_effect[:, 1] == pytest.approx(gain.mean(axis=1))

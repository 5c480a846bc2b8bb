"""Value of information: what it would be worth to know all (EVPI), some parameters (EVPPI), or the data of a study (EVSI).

All are expected gains from deciding with the knowledge rather than without it, in the unit of the net benefit. Replicates of a
simulation add noise that no study could take away; it is taken out, and how much there was is told.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy.special import ndtr, ndtri

from stepdown.economics.noise import contrasts, drawn_in, means_of_draws, parts, spread
from stepdown.economics.regression import fit
from stepdown.errors import UsageError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Numbers = NDArray[np.float64]

__all__ = [
    "Value",
    "evpi",
    "evpi_by_regression",
    "evpi_corrected",
    "evppi",
    "evsi",
    "observed_events",
    "observed_mean",
    "unit_normal_loss",
]

RESAMPLES = 400
"""Resamples of draws for an interval."""

SIMULATED = 200
"""Functions that are drawn for the error of a regression."""

ALPHA = 0.05
"""Part of intervals that may miss."""


class Value(NamedTuple):
    """A value of information.

    Attributes
    ----------
    value
        Estimate, in the unit of the net benefit.
    error
        Its standard error.
    low, high
        Limits of the 95% interval.
    noise
        Part of the variance of differences between arms that is noise of replicates; NaN where that can't be told.
    """

    value: float
    error: float
    low: float
    high: float
    noise: float


def unit_normal_loss(mean: float, deviation: float) -> float:
    """Return the expected gain of deciding with knowledge between two arms whose difference is normal: of the loss of what is below 0.

    Parameters
    ----------
    mean, deviation
        Of the incremental net benefit.

    Examples
    --------
    >>> round(unit_normal_loss(0, 1), 6), round(unit_normal_loss(-0.5, 1), 4)
    (0.398942, 0.1978)
    """
    if deviation == 0:
        return 0.0
    at = abs(mean) / deviation
    return float(deviation * math.exp(-(at**2) / 2) / math.sqrt(2 * math.pi) - abs(mean) * ndtr(-at))


def evpi(benefit: Numbers) -> Value:
    """Return the expected value of perfect information, noise and all: without replicates, or to show what noise adds.

    Parameters
    ----------
    benefit
        Net benefit, draws × arms or draws × replicates × arms.

    Examples
    --------
    >>> evpi(np.array([[0.0, 1.0], [0.0, -1.0]])).value
    0.5
    """
    means = means_of_draws(benefit)
    value, error = _gain(means)
    low, high = _normal(value, error)
    return Value(value, error, low, high, spread(np.asarray(benefit, float)).share)


def evpi_corrected(benefit: Numbers, *, resamples: int = RESAMPLES, seed: int = 1) -> Value:
    """Return the expected value of perfect information without the noise of replicates: of draws that are drawn in.

    Parameters
    ----------
    benefit
        Net benefit, draws × replicates × arms.
    resamples
        Resamples of the draws, each with its replicates, for the interval.
    seed
        Of the resamples.

    Raises
    ------
    UsageError
        No draw has two replicates.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> unknown = -0.5 + rng.standard_normal((10_000, 1))
    >>> arm = unknown + 3 * rng.standard_normal((10_000, 2))
    >>> noisy = np.stack([np.zeros((10_000, 2)), arm], axis=2)
    >>> round(evpi(noisy).value, 1), round(evpi_corrected(noisy, resamples=10).value, 1)
    (0.7, 0.2)
    """
    benefit = np.asarray(benefit, dtype=np.float64)
    found = spread(benefit)
    value = _gain(drawn_in(benefit, found))[0]
    whole = parts(benefit)
    rng = np.random.default_rng(seed)
    again = []
    for _ in range(resamples):
        some = whole.of(rng.integers(0, len(benefit), len(benefit)))
        one = some.spread()
        if not np.isnan(one.share):
            again.append(_gain(some.drawn_in(one))[0])
    low, high = (float(x) for x in np.quantile(again, [ALPHA / 2, 1 - ALPHA / 2]))
    return Value(value, float(np.std(again, ddof=1)), low, high, found.share)


def evppi(benefit: Numbers, parameters: Numbers, *, simulated: int = SIMULATED, seed: int = 1) -> Value:
    """Return the expected value of perfect information on some parameters, by regression of the net benefit on them.

    Parameters
    ----------
    benefit
        Net benefit, draws × arms or draws × replicates × arms.
    parameters
        Draws × parameters: those that would be known.
    simulated
        Functions that are drawn for the standard error.
    seed
        Of these.

    Raises
    ------
    UsageError
        There aren't as many draws of both, or a parameter isn't known in all.

    Notes
    -----
    What the parameters don't explain (others, and the noise of replicates) stays in what the regression leaves, so that no noise has
    to be taken out. The error is that of the regression and that of so many draws. No estimate is below 0, also where knowing is worth
    nothing; so the lower limit is taken from what each draw gains by a regression on all others, where that is less.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> x = rng.standard_normal((2000, 2))
    >>> benefit = np.column_stack([np.zeros(2000), x[:, 0] * x[:, 1]])
    >>> round(evppi(benefit, x).value, 1), round(evppi(benefit, x[:, :1]).value, 1)
    (0.3, 0.0)
    """
    means = means_of_draws(benefit)
    known = np.asarray(parameters, dtype=np.float64)
    known = known[:, None] if known.ndim == 1 else known
    if known.ndim != 2 or len(known) != len(means):
        message = f"parameters: {len(known)} rows; allowed: {len(means)}, one for each draw"
        raise UsageError(message)
    if not np.isfinite(known).all():
        message = "parameters: some are missing or infinite; allowed: a number in each draw"
        raise UsageError(message)
    basis = contrasts(means.shape[1])
    found = fit(known, means @ basis)
    value, of_draws = _gain(found.fitted @ basis.T)
    rng = np.random.default_rng(seed)
    again = [_gain(one @ basis.T)[0] for one in found.simulated(simulated, rng)] if simulated else [value]
    error = math.hypot(float(np.std(again)), of_draws)
    chosen = (found.left_out @ basis.T).argmax(axis=1)
    unseen = float((means[np.arange(len(means)), chosen] - means[:, means.mean(axis=0).argmax()]).mean())
    low, high = _normal(min(value, unseen), error)[0], _normal(value, error)[1]
    return Value(value, error, low, high, spread(np.asarray(benefit, float)).share)


def evpi_by_regression(benefit: Numbers, parameters: Numbers, *, simulated: int = SIMULATED, seed: int = 1) -> Value:
    """Return the expected value of perfect information by regression on all parameters: what they explain is no noise.

    It is `evppi` of all parameters that were drawn, the second way to leave noise out; with few draws of many parameters it explains
    too little and is too low.
    """
    return evppi(benefit, parameters, simulated=simulated, seed=seed)


def evsi(benefit: Numbers, data: Numbers, *, simulated: int = SIMULATED, seed: int = 1) -> Value:
    """Return the expected value of a study: of deciding by what its data say (Strong and others 2015).

    Parameters
    ----------
    benefit
        Net benefit, draws × arms or draws × replicates × arms.
    data
        What a study would find if the parameters were those of the draw, draws × figures: sufficient statistics, such as a mean
        (`observed_mean`) or a number of events (`observed_events`).
    simulated, seed
        As `evppi`.

    Raises
    ------
    UsageError
        As `evppi`.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> share = rng.beta(3, 5, 5000)
    >>> benefit = np.column_stack([np.zeros(5000), 20_000 * share - 8_000])
    >>> found = evsi(benefit, observed_events(share, 20, rng))
    >>> abs(found.value - 895.652) < 3 * found.error
    True
    """
    return evppi(benefit, data, simulated=simulated, seed=seed)


def observed_mean(parameter: Numbers, deviation: float, people: int, rng: np.random.Generator) -> Numbers:
    """Return the mean that a study of so many people would find in each draw, of a figure with a standard deviation between people.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> bool(abs(observed_mean(np.zeros(10_000), 2.0, 100, rng).std() - 0.2) < 0.01)
    True
    """
    noise = rng.standard_normal(np.shape(parameter)) * deviation / math.sqrt(people)
    found: Numbers = np.asarray(parameter, float) + noise
    return found


def observed_events(parameter: Numbers, people: int, rng: np.random.Generator) -> Numbers:
    """Return how many of so many people have the event in each draw, where the parameter is its probability.

    Examples
    --------
    >>> observed_events(np.array([0.0, 1.0]), 20, np.random.default_rng(1)).tolist()
    [0.0, 20.0]
    """
    found: Numbers = rng.binomial(people, np.clip(parameter, 0.0, 1.0)).astype(float)
    return found


def _gain(values: Numbers) -> tuple[float, float]:
    """Return the mean of each draw's greatest value less the greatest mean, and its standard error."""
    best = values[:, values.mean(axis=0).argmax()]
    gains = values.max(axis=1) - best
    return float(gains.mean()), float(gains.std(ddof=1)) / math.sqrt(len(gains))


def _normal(value: float, error: float) -> tuple[float, float]:
    wide = float(ndtri(1 - ALPHA / 2)) * error
    return max(0.0, value - wide), value + wide

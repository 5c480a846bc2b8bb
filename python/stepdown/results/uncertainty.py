"""Uncertainty between runs: the error of a mean over seeds and draws, and how much of it is due to each."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import stdtrit

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Numbers = NDArray[np.float64]

__all__ = ["half_width", "variance_components"]


def half_width(deviation: float, runs: int) -> float:
    """Return half the width of the 95% interval of a mean over runs, from their standard deviation.

    Examples
    --------
    >>> round(half_width(1.0, 4), 2)
    1.59
    """
    return float(stdtrit(runs - 1, 0.975)) * deviation / math.sqrt(runs)


def variance_components(values: Numbers, draws: NDArray[np.int64]) -> dict[str, Numbers]:
    """Return mean, error and interval of each row, and the parts of its spread due to chance and to the parameters.

    Parameters
    ----------
    values
        A row for each cell, a column for each run; NaN where a run doesn't know it.
    draws
        Which draw of the parameters each run has.

    Returns
    -------
    dict
        ``mean``, ``error``, ``low``, ``high``, ``monte_carlo``, ``parameters``, ``runs``, ``draws``.

    Notes
    -----
    One-way analysis of variance with random effects: runs within draws give the variance of chance; what the means of the
    draws vary more than that explains is the parameters', at least 0. With a single run of each draw the two can't be told
    apart, and both are missing. The mean is that of the draws' means, and its error what they scatter; with one draw, what
    the runs scatter.

    Examples
    --------
    Two draws of two runs. Within, variances of 2 and 2; the means, 1 and 11, vary by 50, of which chance explains 2 / 2:

    >>> found = variance_components(np.array([[0.0, 2.0, 10.0, 12.0]]), np.array([0, 0, 1, 1]))
    >>> [round(float(found[key][0]), 3) for key in ("mean", "error", "monte_carlo", "parameters")]
    [6.0, 5.0, 1.414, 7.0]
    """
    known = ~np.isnan(values)
    filled = np.where(known, values, 0.0)
    member = (draws[:, None] == np.unique(draws)[None, :]).astype(float)
    runs_of, sums_of = known @ member, filled @ member
    there = runs_of > 0
    with np.errstate(divide="ignore", invalid="ignore"):
        means_of = np.where(there, sums_of / runs_of, np.nan)
        runs, groups = runs_of.sum(axis=1), there.sum(axis=1)
        mean = np.nansum(means_of, axis=1) / groups
        gaps = np.where(known, values - means_of[:, member.argmax(axis=1)], 0.0)
        within = np.where(runs > groups, (gaps**2).sum(axis=1) / (runs - groups), np.nan)
        grand = filled.sum(axis=1) / runs
        between = np.where(there, runs_of * (means_of - grand[:, None]) ** 2, 0.0).sum(axis=1) / (groups - 1)
        size = (runs - (runs_of**2).sum(axis=1) / runs) / (groups - 1)
        of_draws = np.where(groups > 1, np.maximum(0.0, (between - within) / size), np.nan)
        scatter = np.where(there, (means_of - mean[:, None]) ** 2, 0.0).sum(axis=1) / (groups - 1)
        single = groups == 1
        error = np.sqrt(np.where(single, within / runs, scatter / groups))
    freedom = np.where(single, runs, groups).astype(int) - 1
    wide = stdtrit(np.where(freedom > 0, freedom, np.nan), 0.975) * error
    return {
        "mean": mean,
        "error": error,
        "low": mean - wide,
        "high": mean + wide,
        "monte_carlo": np.sqrt(within),
        "parameters": np.sqrt(of_draws),
        "runs": runs,
        "draws": groups.astype(float),
    }

"""Estimators for times to events: Kaplan–Meier, cumulative incidence with competing death, rates and shares.

Times are whole days. A person is at risk at time t if observed from before t until t or longer; events on one day happen together,
and a person who is censored on a day was at risk on it. Intervals are 95% intervals over the people of one run.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from stepdown.estimands.figures import Estimate

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Days = NDArray[np.int64]
    Numbers = NDArray[np.float64]
    Flags = NDArray[np.bool_]

__all__ = ["Curve", "difference", "incidence", "kaplan_meier", "mean", "quantile", "rate", "restricted_mean", "share"]

Z = 1.959963984540054
"""Quantile of the normal distribution at 0.975."""

SHORT = 31
"""How much shorter than the horizon the longest follow-up may be, so that 20 years can be seen in a run of 20 years [d]."""

NOTHING = Estimate(math.nan, None, None, 0)
"""What can't be estimated: nobody was there, or nobody was followed for so long."""


@dataclass(frozen=True, eq=False)
class Curve:
    """A survival curve: at each time of an event, who was at risk, who had it, and who is left.

    Attributes
    ----------
    times
        Times of events [d], rising.
    at_risk, events
        Numbers of people at each time.
    survival
        Share for whom nothing has happened, after each time.
    people
        Number of people.
    longest
        Longest time for which anybody was observed [d].
    """

    times: Numbers
    at_risk: Numbers
    events: Numbers
    survival: Numbers
    people: int
    longest: float


def _at_risk(times: Numbers, end: Days, entry: Days | None) -> Numbers:
    """Return how many are at risk at each time: entered before it, not gone before it."""
    entered = np.full(len(times), len(end)) if entry is None else np.searchsorted(np.sort(entry), times, side="left")
    return (entered - np.searchsorted(np.sort(end), times, side="left")).astype(float)


def kaplan_meier(end: Days, event: Flags, entry: Days | None = None) -> Curve:
    """Return the curve of Kaplan and Meier.

    Parameters
    ----------
    end
        Time at which each person's observation ends [d].
    event
        Whether it ends with the event; if not, it is censored.
    entry
        Time at which each person's observation begins, for who was there before (delayed entry) [d]; by default, 0.

    Examples
    --------
    >>> curve = kaplan_meier(np.array([1, 2, 2, 3]), np.array([True, True, False, True]))
    >>> [round(float(s), 2) for s in curve.survival]
    [0.75, 0.5, 0.0]
    """
    times, events = np.unique(end[event], return_counts=True)
    at = times.astype(float)
    at_risk = _at_risk(at, end, entry)
    survival = np.asarray(np.cumprod(1.0 - events / at_risk), dtype=np.float64)
    return Curve(at, at_risk, events.astype(float), survival, len(end), float(end.max(initial=0)))


def _greenwood(curve: Curve) -> Numbers:
    """Return Greenwood's sum: the variance of the logarithm of survival, after each time."""
    left = curve.at_risk - curve.events
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.cumsum(np.where(left > 0, curve.events / (curve.at_risk * left), np.inf))


def quantile(curve: Curve, share: float) -> Estimate:
    """Return the time by which a share of people have had the event, with the interval of Brookmeyer and Crowley.

    The limits are the times at which those of survival (on the scale log(-log)) cross it; a limit is missing where
    nobody was followed for so long.
    """
    if not curve.people:
        return NOTHING

    def crossing(survival: Numbers) -> float:
        below = np.flatnonzero(survival <= 1.0 - share + 1e-12)
        return float(curve.times[below[0]]) if len(below) else math.nan

    value = crossing(curve.survival)
    with np.errstate(divide="ignore", invalid="ignore"):
        inside = (curve.survival > 0) & (curve.survival < 1)
        log = np.log(np.where(inside, curve.survival, 0.5))
        spread = np.exp(Z * np.sqrt(_greenwood(curve)) / np.abs(log))
        lower = np.where(inside, curve.survival**spread, curve.survival)
        upper = np.where(inside, curve.survival ** (1.0 / spread), curve.survival)
    low, high = crossing(lower), crossing(upper)
    return Estimate(value, None if math.isnan(low) else low, None if math.isnan(high) else high, curve.people)


def restricted_mean(curve: Curve, horizon: float) -> Estimate:
    """Return the mean time up to a horizon: the area under the curve, with the interval of its variance after Greenwood.

    Nothing, if nobody was observed up to the horizon and some were left.
    """
    if not curve.people:
        return NOTHING
    if curve.longest < horizon - SHORT and (not len(curve.survival) or curve.survival[-1] > 0):
        return NOTHING
    inside = curve.times < horizon
    times, survival = curve.times[inside], np.concatenate([[1.0], curve.survival[inside]])
    steps = np.diff(np.concatenate([[0.0], times, [horizon]]))
    areas = survival * steps
    value = float(areas.sum())
    after = value - np.cumsum(areas)[:-1]  # area to the right of each time
    risk, events = curve.at_risk[inside], curve.events[inside]
    left = risk - events
    with np.errstate(divide="ignore", invalid="ignore"):
        variance = float(np.sum(np.where(left > 0, after**2 * events / (risk * left), 0.0)))
    wide = Z * math.sqrt(variance)
    return Estimate(value, value - wide, value + wide, curve.people)


def incidence(end: Days, cause: NDArray[np.int64], horizon: float) -> Estimate:
    """Return the share who have had the event by the horizon, where death competes: the estimator of Aalen and Johansen.

    Parameters
    ----------
    end
        Time at which each person's observation ends: the first event, death or censoring [d].
    cause
        0 censored, 1 the event, 2 death without it.
    horizon
        Time up to which events count [d].

    Notes
    -----
    The variance is that of the delta method (Marubini and Valsecchi), which is the binomial's where nobody is censored.
    """
    if not len(end) or (end.max() < horizon - SHORT and (cause == 0).any()):
        return NOTHING
    times = np.unique(end[(cause > 0) & (end <= horizon)]).astype(float)
    at_risk = _at_risk(times, end, None)
    of = [np.searchsorted(times, end[(cause == k) & (end <= horizon)]) for k in (1, 2)]
    mine, other = (np.bincount(at, minlength=len(times)).astype(float) for at in of)
    every = mine + other
    survival = np.cumprod(1.0 - every / at_risk)
    before = np.concatenate([[1.0], survival[:-1]]) if len(times) else survival
    grown = np.cumsum(before * mine / at_risk)
    value = float(grown[-1]) if len(times) else 0.0
    gap, left = value - grown, at_risk - every
    with np.errstate(divide="ignore", invalid="ignore"):
        first = np.where(left > 0, gap**2 * every / (at_risk * left), 0.0)
    second = before**2 * mine * (at_risk - mine) / at_risk**3
    third = gap * before * mine / at_risk**2
    wide = Z * math.sqrt(max(0.0, float(np.sum(first + second - 2.0 * third))))
    return Estimate(value, max(0.0, value - wide), min(1.0, value + wide), len(end))


def share(events: float, people: float) -> Estimate:
    """Return a share, with Wilson's interval.

    Examples
    --------
    >>> share(3, 12).value
    0.25
    """
    if people <= 0:
        return NOTHING
    p, square = events / people, Z * Z
    middle = (p + square / (2 * people)) / (1 + square / people)
    wide = Z * math.sqrt(p * (1 - p) / people + square / (4 * people * people)) / (1 + square / people)
    return Estimate(p, max(0.0, middle - wide), min(1.0, middle + wide), round(people))


def rate(events: float, time: float, per: float = 1.0) -> Estimate:
    """Return events over time, times `per`, with an interval as of a Poisson number.

    Examples
    --------
    >>> rate(4, 200.0, per=100_000).value
    2000.0
    """
    if time <= 0:
        return NOTHING
    value = events / time * per
    if not events:
        return Estimate(0.0, 0.0, -math.log(0.025) / time * per, 0)
    factor = math.exp(Z / math.sqrt(events))
    return Estimate(value, value / factor, value * factor, round(events))


def mean(values: NDArray[np.float64]) -> Estimate:
    """Return a mean, with an interval from the standard error."""
    if not len(values):
        return NOTHING
    value = float(values.mean())
    if len(values) == 1:
        return Estimate(value, None, None, 1)
    wide = Z * float(values.std(ddof=1)) / math.sqrt(len(values))
    return Estimate(value, value - wide, value + wide, len(values))


def difference(one: Estimate, other: Estimate) -> Estimate:
    """Return the difference of two estimates from different people."""
    if one.low is None or one.high is None or other.low is None or other.high is None:
        return Estimate(one.value - other.value, None, None, one.n + other.n)
    wide = math.hypot((one.high - one.low) / 2, (other.high - other.low) / 2)
    value = one.value - other.value
    return Estimate(value, value - wide, value + wide, one.n + other.n)

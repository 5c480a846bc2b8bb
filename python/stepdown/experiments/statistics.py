"""Statistics of paired runs: intervals of differences, the gain from pairing, control variates, Shapley values, the stopping rule.

Everything here is over arrays of numbers; where they come from is for `compare` to know.
"""

from __future__ import annotations

import math
from itertools import combinations
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy.special import stdtrit

from stepdown.results.uncertainty import variance_components

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Numbers = NDArray[np.float64]

__all__ = ["Difference", "Precision", "adjusted", "differences", "precision", "shapley"]

LEAST_CONTROLLED = 10
"""Pairs that it takes to estimate the slope on a control variate."""

LEAST_HELP = 0.95
"""A control variate is used only if it makes the error smaller than so much of the plain one."""

FIRST, AHEAD = 10, 5
"""The stopping rule looks from so many replicates on, and wants so many further ones to agree."""

LEAST_VARIED = 5
"""So many replicates must lie off the median before the stopping rule believes their spread."""


class Difference(NamedTuple):
    """Paired differences, an entry for each cell.

    Attributes
    ----------
    base, mean
        Means in the base and in the other scenario, over the pairs.
    difference, error, low, high
        Mean difference, its standard error, and its 95% interval.
    pairs, draws
        In how many pairs it is known, and of how many draws.
    differ
        Pairs in which there is a difference at all. Where that are few, the interval is too narrow: what is rare was seen too seldom.
    gain
        Variance of the difference of as many unpaired runs, over that of the paired ones; NaN where nothing differs.
    """

    base: Numbers
    mean: Numbers
    difference: Numbers
    error: Numbers
    low: Numbers
    high: Numbers
    pairs: Numbers
    draws: Numbers
    differ: Numbers
    gain: Numbers


def differences(before: Numbers, after: Numbers, draws: NDArray[np.int64], *, alpha: float = 0.05) -> Difference:
    """Return paired differences with t intervals.

    Parameters
    ----------
    before, after
        A row for each cell, a column for each pair of runs in which the same people live; NaN where it isn't known.
    draws
        The draw of each pair. With several, the draws are the units of the interval: their means scatter.
    alpha
        Part of intervals that may miss.

    Examples
    --------
    Each pair differs by 1 or 3, while its runs lie far apart:

    >>> before, after = np.array([[10.0, 20.0, 30.0, 40.0]]), np.array([[11.0, 23.0, 31.0, 43.0]])
    >>> found = differences(before, after, np.zeros(4, int))
    >>> [round(float(x[0]), 2) for x in (found.difference, found.low, found.high, found.gain)]
    [2.0, 0.16, 3.84, 261.0]
    """
    known = ~(np.isnan(before) | np.isnan(after))
    one, other = np.where(known, before, np.nan), np.where(known, after, np.nan)
    parts = [variance_components(values, draws) for values in (one, other, other - one)]
    error, freedom = parts[2]["error"], np.where(parts[2]["draws"] > 1, parts[2]["draws"], parts[2]["runs"]) - 1
    with np.errstate(divide="ignore", invalid="ignore"):
        wide = stdtrit(np.where(freedom > 0, freedom, np.nan), 1 - alpha / 2) * error
        gain = np.where(error > 0, (parts[0]["error"] ** 2 + parts[1]["error"] ** 2) / error**2, np.nan)
    middle = parts[2]["mean"]
    return Difference(
        parts[0]["mean"],
        parts[1]["mean"],
        middle,
        error,
        middle - wide,
        middle + wide,
        parts[2]["runs"],
        parts[2]["draws"],
        (known & (before != after)).sum(axis=1).astype(float),
        gain,
    )


def adjusted(difference: Numbers, control: Numbers, more: Numbers, *, alpha: float = 0.05) -> tuple[float, ...] | None:
    """Return a mean difference by regression on a control variate whose mean is known better; nothing where that doesn't help.

    The control is the outcome in the base, of which there are more runs than pairs. Pairs whose base lies high by chance are taken
    back by the slope of the difference on it.

    Parameters
    ----------
    difference, control
        In each pair: the difference, and the outcome in the base.
    more
        The outcome in all runs of the base, those of the pairs among them.
    alpha
        Part of intervals that may miss.

    Returns
    -------
    tuple or None
        Mean, standard error, low and high end of the interval; None with fewer than 10 pairs, no further runs of the base, or an
        error that is not smaller by a twentieth.
    """
    pairs, runs = len(difference), len(more)
    if pairs < LEAST_CONTROLLED or runs <= pairs:
        return None
    spread = float(((control - control.mean()) ** 2).sum())
    if spread == 0:
        return None
    slope = float((control - control.mean()) @ difference) / spread
    off = float(control.mean() - more.mean())
    middle = float(difference.mean()) - slope * off
    left = difference - difference.mean() - slope * (control - control.mean())
    noise = float(left @ left) / (pairs - 2)
    of_pairs, of_runs = noise * (1 / pairs + off**2 / spread), slope**2 * float(more.var(ddof=1)) / runs
    error = math.sqrt(of_pairs + of_runs)
    if error >= LEAST_HELP * float(difference.std(ddof=1)) / math.sqrt(pairs):
        return None
    # Two variances of their own degrees of freedom (Welch and Satterthwaite).
    freedom = (of_pairs + of_runs) ** 2 / (of_pairs**2 / (pairs - 2) + of_runs**2 / (runs - 1))
    wide = float(stdtrit(freedom, 1 - alpha / 2)) * error
    return middle, error, middle - wide, middle + wide


def shapley(values: dict[frozenset[str], Numbers], parts: Sequence[str]) -> dict[str, Numbers]:
    """Return what each part of a package adds, averaged over all orders in which parts can be brought in.

    The sum over the parts is the effect of the package, in each pair of runs and so on average: nothing is left over.

    Parameters
    ----------
    values
        The outcome under each combination of parts, the empty one too: an array with an entry for each pair.
    parts
        Names of the parts.

    Examples
    --------
    Alone, a adds 1 and b adds 2; together they add 5: what they do together is shared.

    >>> sets = [frozenset(), frozenset("a"), frozenset("b"), frozenset("ab")]
    >>> outcome = {s: np.array([x]) for s, x in zip(sets, (0.0, 1.0, 2.0, 5.0))}
    >>> {part: float(added[0]) for part, added in shapley(outcome, "ab").items()}
    {'a': 2.0, 'b': 3.0}
    """
    number = len(parts)
    found = {}
    for part in parts:
        others = [other for other in parts if other != part]
        total = np.zeros_like(values[frozenset()])
        for size in range(number):
            weight = math.factorial(size) * math.factorial(number - size - 1) / math.factorial(number)
            for chosen in combinations(others, size):
                before = frozenset(chosen)
                total = total + weight * (values[before | {part}] - values[before])
        found[part] = total
    return found


class Precision(NamedTuple):
    """How precise an outcome is.

    Attributes
    ----------
    replicates
        How many there are.
    half_width
        Half-width of the interval now; infinite with fewer than two.
    enough
        Smallest number of replicates at which the rule stops; nothing if there aren't enough yet.
    next
        How many are to be had before the rule is asked again.
    varied
        Whether enough of them lie off the median to tell anything.
    """

    replicates: int
    half_width: float
    enough: int | None
    next: int
    varied: bool


def precision(
    values: Numbers, half_width: float, *, alpha: float = 0.05, first: int = FIRST, ahead: int = AHEAD
) -> Precision:
    """Say whether replicates are enough for an interval of a given half-width, and if not, how many to try.

    The rule stops at the first number n of replicates, from `first` on, at which the t interval is at most so wide and stays so
    with each of the next `ahead` replicates: else chance would stop it early. That is the replications algorithm of Hoad, Robinson
    and Davies (2010) with an absolute precision. It also wants five replicates off the median: where hardly any pair differs, what is
    rare was seen too seldom, and an interval of no width would mean nothing.

    Parameters
    ----------
    values
        The outcome in each replicate, in their order.
    half_width
        What is asked for.
    alpha
        Part of intervals that may miss; of several outcomes, each has its part of it.
    first, ahead
        From how many replicates the rule looks, and how many further ones must agree.

    Examples
    --------
    >>> values = np.tile([0.0, 0.1], 10)
    >>> precision(values[:15], 0.1).enough, precision(values[:12], 0.1).next, precision(np.zeros(15), 0.1).enough
    (10, 15, None)
    """
    count = len(values)
    numbers = np.arange(1, count + 1)
    shifted = values - values[:1]  # a variance from sums of large numbers would be all rounding
    sums, squares = np.cumsum(shifted), np.cumsum(shifted**2)
    with np.errstate(divide="ignore", invalid="ignore"):
        variance = np.maximum(squares - sums**2 / numbers, 0.0) / (numbers - 1)
        widths = stdtrit(np.maximum(numbers - 1, 1), 1 - alpha / 2) * np.sqrt(variance / numbers)
    widths = np.where(numbers > 1, widths, np.inf)
    varied = np.array([(values[:n] != np.median(values[:n])).sum() >= LEAST_VARIED for n in numbers], bool)
    good = (widths <= half_width) & varied
    enough = next((n for n in range(first, count - ahead + 1) if good[n - 1 : n + ahead].all()), None)
    now = float(widths[-1]) if count else math.inf
    if enough is not None:
        return Precision(count, now, enough, count, varied=True)
    differ = bool(count) and bool(varied[-1])
    if count < first + ahead:
        return Precision(count, now, None, first + ahead, differ)
    # As wide as it is now, it would take so many: no more than twice as many are tried before it is looked at again.
    wanted = math.ceil(count * (now / half_width) ** 2) + ahead
    good_since = count - (int(np.argmin(good[::-1])) if not good.all() else count)
    needed = max(good_since + 1, first) + ahead if good[-1] else wanted if differ else 2 * count
    return Precision(count, now, None, int(min(max(needed, count + 1), 2 * count)), differ)

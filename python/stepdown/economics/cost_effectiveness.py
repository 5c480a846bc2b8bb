"""Cost-effectiveness: arms by cost and effect, who dominates whom, planes, and how likely each arm is to be the best for its money."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from stepdown.economics.noise import drawn_in, means_of_draws, spread
from stepdown.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Numbers = NDArray[np.float64]

__all__ = ["Acceptability", "Comparison", "acceptability", "icers", "net_benefit", "plane"]

ON_FRONTIER, DOMINATED, EXTENDEDLY, EQUAL = "on the frontier", "dominated", "extendedly dominated", "equal"


class Comparison(NamedTuple):
    """An arm beside the others.

    Attributes
    ----------
    arm
        Its name.
    cost, effect
        Means over draws [£], [QALY].
    status
        ``on the frontier``; ``dominated``: another costs no more and gives no less; ``extendedly dominated``: a mixture of two others
        does; ``equal``: another costs and gives the same.
    against
        The arm that it is compared with: the next cheaper one on the frontier; the dominating one; the cheaper of the two that
        dominate together; none for the cheapest on the frontier.
    more_cost, more_effect
        Beside that one [£], [QALY]; NaN without one.
    icer
        Incremental cost-effectiveness ratio [£/QALY], of arms on the frontier; NaN for the others and the cheapest.
    """

    arm: str
    cost: float
    effect: float
    status: str
    against: str | None
    more_cost: float
    more_effect: float
    icer: float


def icers(arms: Sequence[str], costs: Numbers, effects: Numbers) -> list[Comparison]:
    """Return the table of incremental cost-effectiveness ratios, cheapest arm first, with dominance and extended dominance.

    Parameters
    ----------
    arms
        Names.
    costs, effects
        Draws × replicates × arms, draws × arms, or one number for each arm [£], [QALY].

    Raises
    ------
    UsageError
        There aren't as many costs and effects as arms.

    Examples
    --------
    >>> table = icers("ABCDE", np.array([0, 10, 12, 35, 50.0]), np.array([0, 1, 0.8, 2, 3.5]))
    >>> [(row.arm, row.status, round(row.icer, 3)) for row in table if row.icer == row.icer]
    [('B', 'on the frontier', 10.0), ('E', 'on the frontier', 16.0)]
    >>> {row.arm: row.status for row in table if row.arm in "CD"}
    {'C': 'dominated', 'D': 'extendedly dominated'}
    """
    cost, effect = (_means(values) for values in (costs, effects))
    if not len(arms) == len(cost) == len(effect):
        message = f"arms: {len(arms)} names, {len(cost)} costs and {len(effect)} effects; allowed: as many of each"
        raise UsageError(message)
    order = sorted(range(len(arms)), key=lambda k: (cost[k], -effect[k]))
    status, against = dict.fromkeys(order, ON_FRONTIER), dict[int, int]()
    left: list[int] = []
    for k in order:
        better = next((j for j in left if cost[j] <= cost[k] and effect[j] >= effect[k]), None)
        if better is None:
            left.append(k)
            continue
        same = cost[better] == cost[k] and effect[better] == effect[k]
        status[k], against[k] = EQUAL if same else DOMINATED, better
    hull: list[int] = []
    for k in left:
        while len(hull) > 1 and _ratio(cost, effect, hull[-2], hull[-1]) >= _ratio(cost, effect, hull[-2], k):
            status[hull.pop()] = EXTENDEDLY
        hull.append(k)
    against |= {k: before for before, k in itertools.pairwise(hull)}
    against |= {
        k: max((j for j in hull if cost[j] <= cost[k]), key=lambda j: cost[j]) for k in left if status[k] == EXTENDEDLY
    }
    rows = []
    for k in order:
        j = against.get(k)
        more_cost, more_effect = (float(x[k] - x[j]) if j is not None else float("nan") for x in (cost, effect))
        icer = more_cost / more_effect if status[k] == ON_FRONTIER and j is not None else float("nan")
        name = None if j is None else arms[j]
        rows.append(
            Comparison(arms[k], float(cost[k]), float(effect[k]), status[k], name, more_cost, more_effect, icer)
        )
    return rows


def _ratio(cost: Numbers, effect: Numbers, one: int, other: int) -> float:
    return float((cost[other] - cost[one]) / (effect[other] - effect[one]))


def _means(values: Numbers) -> Numbers:
    values = np.asarray(values, dtype=np.float64)
    if values.ndim == 1:
        return values
    means: Numbers = means_of_draws(values).mean(axis=0)
    return means


def net_benefit(costs: Numbers, effects: Numbers, threshold: float) -> Numbers:
    """Return net monetary benefit [£]: effects at what a QALY is worth, less costs.

    Examples
    --------
    >>> net_benefit(np.array([1000.0]), np.array([0.1]), 20_000).tolist()
    [1000.0]
    """
    found: Numbers = threshold * np.asarray(effects, dtype=np.float64) - np.asarray(costs, dtype=np.float64)
    return found


def plane(costs: Numbers, effects: Numbers, base: int = 0) -> tuple[Numbers, Numbers]:
    """Return the points of the cost-effectiveness plane: of each draw, more cost and more effect than the base, draws × arms.

    Examples
    --------
    >>> more_cost, more_effect = plane(np.array([[1.0, 3.0], [1.0, 4.0]]), np.array([[0.0, 1.0], [0.0, 2.0]]))
    >>> more_cost.tolist(), more_effect.tolist()
    ([[0.0, 2.0], [0.0, 3.0]], [[0.0, 1.0], [0.0, 2.0]])
    """
    cost, effect = means_of_draws(costs), means_of_draws(effects)
    return cost - cost[:, [base]], effect - effect[:, [base]]


class Acceptability(NamedTuple):
    """How likely each arm is to be the best for its money.

    Attributes
    ----------
    thresholds
        What a QALY is worth [£/QALY].
    naive
        Part of draws in which each arm has the greatest net benefit (CEAC), thresholds × arms; noise draws it to chance.
    corrected
        The same with the noise of replicates taken out; NaN with one replicate of each draw.
    best
        Number of the arm with the greatest mean net benefit at each threshold.
    frontier
        How likely that one is to be the best (CEAF), corrected where that is known.
    noise
        Part of the variance of differences in net benefit that is noise, at each threshold; NaN with one replicate.
    """

    thresholds: Numbers
    naive: Numbers
    corrected: Numbers
    best: NDArray[np.int64]
    frontier: Numbers
    noise: Numbers


def acceptability(costs: Numbers, effects: Numbers, thresholds: Sequence[float] | Numbers) -> Acceptability:
    """Return the cost-effectiveness acceptability curves of all arms, and the frontier.

    Parameters
    ----------
    costs, effects
        Draws × replicates × arms, or draws × arms [£], [QALY].
    thresholds
        What a QALY may be worth [£/QALY].

    Raises
    ------
    UsageError
        An array has another shape, or something of a draw is missing.

    Examples
    --------
    An arm that costs £1,000 more gains .04 QALYs in one draw and .06 in another:

    >>> costs, effects = np.array([[0.0, 1000.0], [0.0, 1000.0]]), np.array([[0.0, 0.04], [0.0, 0.06]])
    >>> found = acceptability(costs, effects, [10_000, 22_000, 30_000])
    >>> found.naive[:, 1].tolist(), found.best.tolist(), found.frontier.tolist()
    ([0.0, 0.5, 1.0], [0, 1, 1], [1.0, 0.5, 1.0])
    """
    asked = np.asarray(thresholds, dtype=np.float64)
    naive, corrected, best, noise = [], [], [], []
    for threshold in asked:
        benefit = net_benefit(costs, effects, float(threshold))
        means = means_of_draws(benefit)
        naive.append(_best_share(means))
        best.append(int(means.mean(axis=0).argmax()))
        found = spread(benefit)
        noise.append(found.share)
        pure = np.full(means.shape[1], np.nan) if np.isnan(found.share) else _best_share(drawn_in(benefit, found))
        corrected.append(pure)
    plain, pure = np.array(naive), np.array(corrected)
    at = np.array(best, dtype=np.int64)
    rows = np.arange(len(asked))
    frontier = np.where(np.isnan(pure[rows, at]), plain[rows, at], pure[rows, at])
    return Acceptability(asked, plain, pure, at, frontier, np.array(noise))


def _best_share(values: Numbers) -> Numbers:
    """Return in what part of rows each column is the greatest; those that tie share a row."""
    most = values == values.max(axis=1, keepdims=True)
    share: Numbers = (most / most.sum(axis=1, keepdims=True)).mean(axis=0)
    return share

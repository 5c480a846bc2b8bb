"""Which futures break a policy: regret over draws of the parameters, and boxes of them (PRIM) or a tree (CART) in which it fails."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy.stats import binom

from stepdown.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Numbers = NDArray[np.float64]
    Mask = NDArray[np.bool_]

__all__ = ["Box", "Leaf", "Regret", "chance_of", "prim", "regrets", "tree"]

PEEL = 0.05
"""Part of the draws of a box that is peeled off, or pasted on, at a time."""

LEAST = 0.05
"""Part of all draws that a box has at least."""

TRIED = 20
"""Parameters that are tried: those whose mean in failures lies farthest off, in their standard deviations."""

WORTH = 0.01
"""A limit is let go unless without it fewer of the box would fail, by chance in so few cases only."""

SHUFFLES = 40
"""How often failures are dealt out anew to see what chance finds."""

LEAVES, DEPTH, SPLIT = 0.05, 3, 0.01
"""Part of all draws in a leaf of a tree at least; its depth; what a question must take off the impurity (Gini)."""


class Regret(NamedTuple):
    """What it costs to have chosen an arm, where another would have been better.

    Attributes
    ----------
    arm
        The arm.
    mean, high, most
        Mean over draws, 95th percentile and greatest, in the unit of the net benefit.
    best
        Part of draws in which it is the best, or as good.
    """

    arm: str
    mean: float
    high: float
    most: float
    best: float


def regrets(arms: Sequence[str], benefit: Numbers) -> list[Regret]:
    """Return the regret of each arm, the least mean first: that one's mean is the expected value of perfect information.

    Parameters
    ----------
    arms
        Names.
    benefit
        Net benefit, draws × arms, better without the noise of replicates (`noise.drawn_in`).

    Examples
    --------
    >>> [(row.arm, row.mean, row.most) for row in regrets("ab", np.array([[0.0, 1.0], [0.0, 3.0], [0.0, -1.0]]))]
    [('b', 0.3333333333333333, 1.0), ('a', 1.3333333333333333, 3.0)]
    """
    lost = benefit.max(axis=1, keepdims=True) - benefit
    rows = [
        Regret(
            arm,
            float(lost[:, k].mean()),
            float(np.quantile(lost[:, k], 0.95)),
            float(lost[:, k].max()),
            float((lost[:, k] == 0).mean()),
        )
        for k, arm in enumerate(arms)
    ]
    return sorted(rows, key=lambda row: row.mean)


class Box(NamedTuple):
    """Limits of parameters between which a policy fails more often than elsewhere.

    Attributes
    ----------
    limits
        For each parameter that is limited, its low and high end; infinite where there is none.
    coverage
        Part of all failures that lie in it.
    density
        Part of its draws that fail.
    mass
        Part of all draws that lie in it.
    inside
        Which draws these are.
    """

    limits: dict[str, tuple[float, float]]
    coverage: float
    density: float
    mass: float
    inside: Mask


def prim(names: Sequence[str], parameters: Numbers, fails: Mask) -> Box:
    """Return the box of parameters in which failures lie densest, by the patient rule induction method (Friedman and Fisher 1999).

    A twentieth of the draws is peeled off at a time, on the side on which what is left fails most; then pasted on again where that
    helps. Of the boxes on the way the one is taken that has the best harmonic mean of coverage and density. A parameter whose limit
    it doesn't need is left out, and all is done again.

    Parameters
    ----------
    names
        Of the parameters.
    parameters
        Draws × parameters.
    fails
        Whether the policy fails in each draw.

    Raises
    ------
    UsageError
        It fails in no draw, or in all: there is nothing to tell apart.

    Examples
    --------
    >>> x = np.random.default_rng(1).random((2000, 3))
    >>> box = prim("abc", x, (x[:, 0] > 0.7) & (x[:, 1] < 0.5))
    >>> sorted(box.limits), round(box.limits["a"][0], 1), round(box.limits["b"][1], 1)
    (['a', 'b'], 0.7, 0.5)
    """
    fails = np.asarray(fails, dtype=bool)
    if fails.all() or not fails.any():
        message = f"failures: {int(fails.sum())} of {len(fails)} draws; allowed: some, and not all"
        raise UsageError(message)
    tried = np.argsort(-_going(parameters, fails), kind="stable")[:TRIED]
    while True:
        low, high = _trajectory(parameters[:, tried], fails)
        chances = _chances(parameters[:, tried], fails, low, high)
        if not chances or max(chances.values()) <= WORTH:
            break
        # What isn't needed is left out from the start: what was peeled off for its sake comes back.
        tried = np.delete(tried, max(chances, key=chances.__getitem__))
    ends = (low, high)
    low, high = (np.full(parameters.shape[1], sign * np.inf) for sign in (-1, 1))
    low[tried], high[tried] = ends
    inside = _inside(parameters, low, high)
    limited = [int(k) for k in np.flatnonzero(np.isfinite(low) | np.isfinite(high))]
    limits = {names[k]: (float(low[k]), float(high[k])) for k in limited}
    hits = int(fails[inside].sum())
    return Box(limits, hits / int(fails.sum()), hits / int(inside.sum()), float(inside.mean()), inside)


def _trajectory(parameters: Numbers, fails: Mask) -> tuple[Numbers, Numbers]:
    """Return the limits of the best box on the way from all draws to the least box, after pasting."""
    low, high = (np.full(parameters.shape[1], sign * np.inf) for sign in (-1, 1))
    best, found = -1.0, (low.copy(), high.copy())
    while True:
        inside = _inside(parameters, low, high)
        quality = _quality(fails, inside)
        if quality > best:
            best, found = quality, (low.copy(), high.copy())
        peeled = _peeled(parameters, fails, inside)
        if peeled is None:
            return _pasted(parameters, fails, *found)
        side, k, at = peeled
        (low if side == 0 else high)[k] = at


def _going(parameters: Numbers, fails: Mask) -> Numbers:
    """Return how far each parameter lies off its mean in failures, in its standard deviations."""
    deviation = parameters.std(axis=0)
    off = parameters[fails].mean(axis=0) - parameters.mean(axis=0)
    found: Numbers = np.abs(np.divide(off, deviation, out=np.zeros_like(off), where=deviation > 0))
    return found


def chance_of(
    names: Sequence[str], parameters: Numbers, fails: Mask, box: Box, *, shuffles: int = SHUFFLES, seed: int = 1
) -> float:
    """Return how often as good a box is found where failures are dealt out by chance: with many parameters one always finds some.

    Parameters
    ----------
    names, parameters, fails
        As `prim`.
    box
        What it has found.
    shuffles, seed
        How often, and the seed.
    """
    rng = np.random.default_rng(seed)
    ours = _quality(fails, box.inside)
    better = 0
    for _ in range(shuffles):
        dealt = rng.permutation(fails)
        better += _quality(dealt, prim(names, parameters, dealt).inside) >= ours
    return (better + 1) / (shuffles + 1)


def _inside(parameters: Numbers, low: Numbers, high: Numbers) -> Mask:
    return np.asarray(((parameters >= low) & (parameters <= high)).all(axis=1), dtype=np.bool_)


def _quality(fails: Mask, inside: Mask) -> float:
    hits = int((fails & inside).sum())
    return 2 * hits / (int(fails.sum()) + int(inside.sum())) if hits else 0.0


def _peeled(parameters: Numbers, fails: Mask, inside: Mask) -> tuple[int, int, float] | None:
    """Return the side, the parameter and the limit whose peel leaves the most failures for its size; nothing at the least box."""
    x, y = parameters[inside], fails[inside].astype(float)
    if len(x) * (1 - PEEL) < max(LEAST * len(parameters), 2) or y.all():
        return None
    best: tuple[float, int, int, float] | None = None
    for side, quantile in ((0, PEEL), (1, 1 - PEEL)):
        at = np.quantile(x, quantile, axis=0, method="higher" if side == 0 else "lower")
        stays = x >= at if side == 0 else x <= at
        size = stays.sum(axis=0)
        # A value that many draws share may not leave at all.
        good = (size < len(x)) & (size >= LEAST * len(parameters))
        density = np.where(good, (y @ stays) / np.maximum(size, 1), -1.0)
        k = int(density.argmax())
        if density[k] >= 0 and (best is None or density[k] > best[0]):
            best = float(density[k]), side, k, float(at[k])
    return None if best is None else best[1:]


def _pasted(parameters: Numbers, fails: Mask, low: Numbers, high: Numbers) -> tuple[Numbers, Numbers]:
    """Return limits that are moved out, a little at a time, as long as the box gets better."""
    better = True
    while better:
        better = False
        quality = _quality(fails, _inside(parameters, low, high))
        for k in np.flatnonzero(np.isfinite(low) | np.isfinite(high)):
            for ends, sign in ((low, -1), (high, 1)):
                before = ends[k]
                if not np.isfinite(before):
                    continue
                ends[k] = sign * np.inf
                outside = parameters[_inside(parameters, low, high), k] * sign
                beyond = np.sort(outside[outside > before * sign])
                step = max(1, int(PEEL * _inside(parameters, low, high).sum()))
                ends[k] = sign * (beyond[step - 1] if len(beyond) >= step else np.inf)
                if _quality(fails, _inside(parameters, low, high)) > quality:
                    better = True
                    quality = _quality(fails, _inside(parameters, low, high))
                else:
                    ends[k] = before
    return low, high


def _chances(parameters: Numbers, fails: Mask, low: Numbers, high: Numbers) -> dict[int, float]:
    """Return for each limited parameter how likely as many failures would be in the box if only the other limits told."""
    limited = [k for k in range(len(low)) if np.isfinite(low[k]) or np.isfinite(high[k])]
    inside = _inside(parameters, low, high)
    hits, size = int(fails[inside].sum()), int(inside.sum())
    found = {}
    for k in limited if len(limited) > 1 else ():
        without_low, without_high = low.copy(), high.copy()
        without_low[k], without_high[k] = -np.inf, np.inf
        wider = _inside(parameters, without_low, without_high)
        found[k] = float(binom.sf(hits - 1, size, fails[wider].mean()))
    return found


class Leaf(NamedTuple):
    """A leaf of a tree: the limits that lead to it, and how many of its draws fail.

    Attributes
    ----------
    limits
        As of a `Box`.
    coverage, density, mass
        As of a `Box`.
    """

    limits: dict[str, tuple[float, float]]
    coverage: float
    density: float
    mass: float


def tree(names: Sequence[str], parameters: Numbers, fails: Mask, *, depth: int = DEPTH) -> list[Leaf]:
    """Return the leaves of a classification tree (CART), where it fails most first.

    Parameters
    ----------
    names, parameters, fails
        As `prim`.
    depth
        Questions on the way to a leaf at most.

    Raises
    ------
    UsageError
        As `prim`.

    Examples
    --------
    >>> x = np.random.default_rng(1).random((2000, 3))
    >>> first = tree("abc", x, (x[:, 0] > 0.7) & (x[:, 1] < 0.5))[0]
    >>> sorted(first.limits), round(first.density, 1)
    (['a', 'b'], 1.0)
    """
    from sklearn.tree import DecisionTreeClassifier

    fails = np.asarray(fails, dtype=bool)
    if fails.all() or not fails.any():
        message = f"failures: {int(fails.sum())} of {len(fails)} draws; allowed: some, and not all"
        raise UsageError(message)
    least = max(1, round(LEAVES * len(fails)))
    grown = DecisionTreeClassifier(
        max_depth=depth, min_samples_leaf=least, min_impurity_decrease=SPLIT, random_state=0
    ).fit(parameters, fails)
    shape = grown.tree_
    reached = grown.apply(parameters)
    leaves = []
    waiting: list[tuple[int, dict[int, tuple[float, float]]]] = [(0, {})]
    while waiting:
        node, limits = waiting.pop()
        if shape.children_left[node] < 0:
            inside = reached == node
            hits = int(fails[inside].sum())
            named = {names[k]: ends for k, ends in limits.items()}
            leaves.append(Leaf(named, hits / int(fails.sum()), hits / int(inside.sum()), float(inside.mean())))
            continue
        k, at = int(shape.feature[node]), float(shape.threshold[node])
        low, high = limits.get(k, (-np.inf, np.inf))
        waiting.append((int(shape.children_left[node]), limits | {k: (low, min(high, at))}))
        waiting.append((int(shape.children_right[node]), limits | {k: (max(low, at), high)}))
    return sorted(leaves, key=lambda leaf: -leaf.density)

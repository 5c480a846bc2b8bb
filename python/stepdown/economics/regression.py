"""Regression on parameters by tensor splines and ridge: how much of an outcome some parameters explain, interactions included.

Each parameter has a straight line and a penalised spline (P-spline) in the basis of Demmler and Reinsch, in which a column is the
smaller beforehand the rougher it is; pairs have the products of these. How large each block of coefficients is, the data say: the
marginal likelihood is made greatest by MacKay's fixed point, so that what explains nothing is drawn to nothing. That is a Gaussian
process with an additive kernel, at the cost of a ridge.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.interpolate import BSpline
from scipy.linalg import cho_factor, cho_solve, eigh, solve_triangular
from scipy.special import ndtri
from scipy.stats import rankdata, skew

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Numbers = NDArray[np.float64]

__all__ = ["Fit", "fit"]

SEGMENTS = 10
"""Pieces of a spline."""

CURVED = 8
"""Columns of a parameter's spline beside its straight line."""

CURVED_IN_PAIRS = 4
"""The same in products of two parameters, where there are few of these."""

FEW, SOME = 4, 12
"""Up to so many parameters, all pairs have curved products; up to so many, straight ones; of more, only those that matter most."""

CHOSEN, PAIRED = 12, 5
"""Of many parameters, so many have splines, and so many products: those that go most with the outcome, straight or squared."""

SKEWED = 2.0
"""Skewness above which a parameter, or its logarithm, is put by its rank."""

STEPS, ENOUGH = 60, 1e-2
"""Most steps of the fixed point, and the change of all (relative) at which it ends."""

NOTHING = 1e-9
"""Part of an outcome's variance that counts as none."""


@dataclass(frozen=True)
class Fit:
    """A regression of some outcomes on some parameters.

    Attributes
    ----------
    fitted
        Fitted values, draws × outcomes.
    left_out
        What each draw would be told from all others, draws × outcomes.
    residual
        Standard deviation of what is left, of each outcome.
    degrees
        Degrees of freedom that each outcome has taken.
    features
        Columns of the regression, draws × columns.
    roots
        For each outcome, the lower triangle R of the precision of its coefficients, R Rᵀ.
    leaning
        Correlation of what is left between outcomes.
    """

    fitted: Numbers
    left_out: Numbers
    residual: Numbers
    degrees: Numbers
    features: Numbers
    roots: tuple[Numbers, ...]
    leaning: Numbers

    def simulated(self, number: int, rng: np.random.Generator) -> Numbers:
        """Return functions as they may be as well, given the data: number × draws × outcomes."""
        columns, outcomes = self.features.shape[1], self.fitted.shape[1]
        lean = np.linalg.cholesky(self.leaning + NOTHING * np.eye(outcomes))
        normal = rng.standard_normal((number, columns, outcomes)) @ lean.T
        found = np.empty((number, *self.fitted.shape))
        for k, root in enumerate(self.roots):
            off = solve_triangular(root, normal[:, :, k].T, trans="T", lower=True)
            found[:, :, k] = self.fitted[:, k] + (self.features @ off).T
        return found


def fit(parameters: Numbers, outcomes: Numbers) -> Fit:
    """Regress outcomes on parameters.

    Parameters
    ----------
    parameters
        Draws × parameters.
    outcomes
        Draws × outcomes.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> x = rng.standard_normal((500, 2))
    >>> found = fit(x, (x[:, :1] * x[:, 1:] + rng.standard_normal((500, 1))))
    >>> bool(np.corrcoef(found.fitted[:, 0], x[:, 0] * x[:, 1])[0, 1] > 0.97)
    True
    """
    parameters, outcomes = np.asarray(parameters, float), np.asarray(outcomes, float)
    scores = np.column_stack(
        [_score(column) for column in parameters.T if np.ptp(column) > 0] or [np.empty((len(outcomes), 0))]
    )
    middle = outcomes.mean(axis=0)
    size = outcomes.std(axis=0)
    scaled = (outcomes - middle) / np.where(size > 0, size, 1.0)
    features, blocks = _features(scores, scaled)
    features = features - features.mean(axis=0)
    gram = features.T @ features
    found = [_ridge(features, gram, blocks, y) for y in scaled.T]
    fitted = np.column_stack([one[0] for one in found])
    left = scaled - fitted
    leverage = np.column_stack([_leverage(features, one[3], one[1]) for one in found])
    deviation = np.maximum(left.std(axis=0), np.sqrt(NOTHING))
    leaning = (left / deviation).T @ (left / deviation) / len(left)
    np.fill_diagonal(leaning, 1.0)
    return Fit(
        fitted=middle + fitted * size,
        left_out=middle + (scaled - left / (1 - leverage)) * size,
        residual=np.array([one[1] for one in found]) * size,
        degrees=np.array([one[2] for one in found]),
        features=features,
        roots=tuple(one[3] / scale if scale > 0 else one[3] / NOTHING for one, scale in zip(found, size, strict=True)),
        leaning=leaning,
    )


def _leverage(features: Numbers, root: Numbers, noise: float) -> Numbers:
    """Return how much of its own fitted value each draw makes, the constant's part among it; less than 1."""
    shares = (solve_triangular(root, features.T, lower=True) ** 2).sum(axis=0) / noise**2 if noise > 0 else 0.0
    found: Numbers = np.minimum(shares + 1 / len(features), 1 - 1e-6)
    return found


def _score(values: Numbers) -> Numbers:
    """Return a parameter on a scale on which it is about symmetric, with mean 0 and variance 1."""
    found = values
    if values.min() > 0 and abs(skew(np.log(values))) < abs(skew(values)):
        found = np.log(values)
    if abs(skew(found)) > SKEWED:
        found = ndtri((rankdata(values) - 0.5) / len(values))
    scored: Numbers = (found - found.mean()) / found.std()
    return scored


def _spline(score: Numbers, columns: int) -> Numbers:
    """Return the curved columns of a parameter: smooth first, each with the variance that it is expected to have."""
    low, high = score.min(), score.max()
    step = (high - low) / SEGMENTS
    knots = low + step * np.arange(-3, SEGMENTS + 4)
    inside = np.clip(score, low, high - 1e-9 * (high - low))
    basis = BSpline.design_matrix(inside, knots, 3).toarray()
    basis = basis - basis.mean(axis=0)
    line = score / np.sqrt(score @ score)
    basis -= np.outer(line, line @ basis)
    rough = np.diff(np.eye(basis.shape[1]), 2, axis=0)
    gram = basis.T @ basis / len(score)
    values, vectors = eigh(gram, rough.T @ rough + 1e-6 * np.eye(len(gram)))
    # What varies most for its roughness comes first; two directions are constant and straight, and vary by nothing.
    order = np.argsort(-values)[:columns]
    order = order[values[order] > 1e-8 * values.max()] if len(order) else order
    shaped = basis @ vectors[:, order]
    deviation = shaped.std(axis=0)
    kept = deviation > 1e-10
    found: Numbers = shaped[:, kept] / deviation[kept].max() if kept.any() else shaped[:, :0]
    return found


def _features(scores: Numbers, outcomes: Numbers) -> tuple[Numbers, list[NDArray[np.int64]]]:
    """Return the columns of the regression, and which of them have one variance."""
    number = scores.shape[1]
    parts: list[Numbers] = []
    if number <= SOME:
        chosen, paired = list(range(number)), list(range(number))
        parts += [scores[:, [k]] for k in chosen]
    else:
        # Many: one variance for all straight lines but those of the chosen.
        shapes = (scores, scores**2 - (scores**2).mean(axis=0))
        going = np.max([np.abs(_correlations(x, y)) for x in shapes for y in outcomes.T], axis=0)
        order = [int(k) for k in np.argsort(-going, kind="stable")]
        chosen, paired = order[:CHOSEN], order[:PAIRED]
        parts += [scores[:, [k]] for k in chosen] + [_rotated(scores[:, order[CHOSEN:]])]
    curved = {k: _spline(scores[:, k], CURVED) for k in chosen}
    parts += [curved[k] for k in chosen]
    most = CURVED_IN_PAIRS if len(paired) <= FEW else 0
    own = {k: np.column_stack([scores[:, k], curved[k][:, :most]]) for k in paired}
    for one, other in itertools.combinations(paired, 2):
        products = (own[one][:, :, None] * own[other][:, None, :]).reshape(len(scores), -1)
        parts.append(scores[:, [one]] * scores[:, [other]])
        if products.shape[1] > 1:
            parts.append(products[:, 1:])
    if len(paired) <= FEW:
        parts += [np.prod(scores[:, list(three)], axis=1)[:, None] for three in itertools.combinations(paired, 3)]
    parts = [part for part in parts if part.shape[1]]
    ends = np.cumsum([0, *(part.shape[1] for part in parts)])
    blocks = [np.arange(low, high) for low, high in itertools.pairwise(ends)]
    return np.column_stack([np.empty((len(scores), 0)), *parts]), blocks


def _rotated(columns: Numbers) -> Numbers:
    """Return columns that give the same ridge with one variance, no more than there are rows."""
    if columns.shape[1] <= len(columns):
        return columns
    left, sizes, _ = np.linalg.svd(columns, full_matrices=False)
    found: Numbers = left * sizes
    return found


def _correlations(x: Numbers, y: Numbers) -> Numbers:
    size = np.sqrt((x**2).sum(axis=0) * (y @ y))
    found: Numbers = np.divide(x.T @ y, size, out=np.zeros(x.shape[1]), where=size > 0)
    return found


def _ridge(
    features: Numbers, gram: Numbers, blocks: list[NDArray[np.int64]], outcome: Numbers
) -> tuple[Numbers, float, float, Numbers]:
    """Return fitted values, deviation of what is left, degrees of freedom, and the root of the precision of coefficients."""
    draws, columns = features.shape
    total = float(outcome @ outcome) / draws
    if total == 0 or columns == 0:
        return np.zeros(draws), float(np.sqrt(total)), 0.0, np.eye(columns) / NOTHING
    against = features.T @ outcome
    variance = np.empty(len(blocks))
    for k, block in enumerate(blocks):
        variance[k] = total / len(blocks) / max(float(np.trace(gram[np.ix_(block, block)])) / draws, NOTHING)
    noise, least = total / 2, variance * NOTHING
    active = list(range(len(blocks)))
    coefficients, degrees = np.zeros(columns), 0.0
    for _ in range(STEPS):
        at = np.concatenate([blocks[k] for k in active]) if active else np.array([], dtype=np.int64)
        before = np.append(variance, noise)
        if not len(at):
            break
        prior = np.concatenate([np.full(len(blocks[k]), variance[k]) for k in active])
        factor = cho_factor(gram[np.ix_(at, at)] / noise + np.diag(1 / prior), lower=True)
        covariance = cho_solve(factor, np.eye(len(at)))
        inside = cho_solve(factor, against[at] / noise)
        coefficients = np.zeros(columns)
        coefficients[at] = inside
        spread = np.zeros(columns)
        spread[at] = np.diag(covariance)
        degrees = 0.0
        for k in active:
            block = blocks[k]
            taken = max(len(block) - float(spread[block].sum()) / variance[k], 1e-12)
            degrees += taken
            variance[k] = max(float((coefficients[block] ** 2).sum()) / taken, least[k])
        left = outcome - features[:, at] @ inside
        noise = max(float(left @ left) / max(draws - degrees, 1.0), NOTHING * total)
        active = [k for k in active if variance[k] > least[k]]
        after = np.append(variance, noise)
        if np.all(np.abs(after - before) <= ENOUGH * before):
            break
    prior = np.full(columns, 0.0)
    for k, block in enumerate(blocks):
        prior[block] = variance[k] if k in active else least[k]
    precision = gram / noise + np.diag(1 / prior)
    root = np.linalg.cholesky(precision)
    coefficients = cho_solve((root, True), against / noise)
    return features @ coefficients, float(np.sqrt(noise)), degrees, root

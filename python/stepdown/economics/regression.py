"""Regression on parameters by tensor splines and ridge: how much of an outcome some parameters explain, interactions included.

Each parameter has a straight line and a penalised spline (P-spline) in the basis of Demmler and Reinsch, in which a column is the
smaller beforehand the rougher it is; pairs have the products of these. How large each block of coefficients is, the data say: the
marginal likelihood is made greatest by MacKay's fixed point, so that what explains nothing is drawn to nothing. That is a Gaussian
process with an additive kernel, at the cost of a ridge.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy.interpolate import BSpline
from scipy.linalg import cho_factor, cho_solve, eigh, solve_triangular
from scipy.special import ndtri
from scipy.stats import rankdata, skew

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

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

FOLDS = 3
"""In so many parts draws are left out to see what a regression on chosen parameters is worth."""

SKEWED = 2.0
"""Skewness above which a parameter, or its logarithm, is put by its rank."""

STEPS, ENOUGH = 60, 1e-2
"""Most steps of the fixed point, and the change of the degrees of freedom (relative) at which it ends."""

UNTOLD = 1e-4
"""Part of an outcome's variance that no regression explains: with fewer draws than columns one could explain all."""

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
    coefficients
        Columns × outcomes.
    features_of
        Returns the columns of other values of the parameters.
    middle
        Mean of each outcome.
    """

    fitted: Numbers
    left_out: Numbers
    residual: Numbers
    degrees: Numbers
    features: Numbers
    roots: tuple[Numbers, ...]
    leaning: Numbers
    coefficients: Numbers
    features_of: Callable[[Numbers], Numbers]
    middle: Numbers

    def predict(self, parameters: Numbers) -> Numbers:
        """Return the outcomes at other values of the parameters, points × outcomes."""
        found: Numbers = self.middle + self.features_of(np.asarray(parameters, float)) @ self.coefficients
        return found

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
    middle = outcomes.mean(axis=0)
    size = outcomes.std(axis=0)
    scaled = (outcomes - middle) / np.where(size > 0, size, 1.0)
    features_of, found = _learnt(parameters, scaled)
    features = features_of(parameters)
    fitted = np.column_stack([features @ one.coefficients for one in found])
    unseen = _unseen(parameters, scaled, features, found)
    # What tells draws that it hasn't seen no better than their mean does is not believed.
    plain = scaled * len(scaled) / (len(scaled) - 1)
    believed = ((scaled - unseen) ** 2).sum(axis=0) < (plain**2).sum(axis=0)
    found = [
        one if good else _Ridge(np.zeros(features.shape[1]), float(y.std()), 0.0, np.eye(features.shape[1]) / NOTHING)
        for one, good, y in zip(found, believed, scaled.T, strict=True)
    ]
    fitted, unseen = (np.where(believed, values, 0.0) for values in (fitted, unseen))
    left = scaled - fitted
    deviation = np.maximum(left.std(axis=0), np.sqrt(NOTHING))
    leaning = (left / deviation).T @ (left / deviation) / len(left)
    np.fill_diagonal(leaning, 1.0)
    return Fit(
        fitted=middle + fitted * size,
        left_out=middle + unseen * size,
        residual=np.array([one.noise for one in found]) * size,
        degrees=np.array([one.degrees for one in found]),
        features=features,
        roots=tuple(one.root / (scale if scale > 0 else NOTHING) for one, scale in zip(found, size, strict=True)),
        leaning=leaning,
        coefficients=np.column_stack([one.coefficients for one in found]) * size,
        features_of=features_of,
        middle=middle,
    )


def _learnt(parameters: Numbers, outcomes: Numbers) -> tuple[Callable[[Numbers], Numbers], list[_Ridge]]:
    """Return what makes the columns, and the regression of each outcome on them."""
    features_of, blocks = _columns(parameters, outcomes)
    features = features_of(parameters)
    gram = features.T @ features
    return features_of, [_ridge(features, gram, blocks, y) for y in outcomes.T]


def _unseen(parameters: Numbers, outcomes: Numbers, features: Numbers, found: Sequence[_Ridge]) -> Numbers:
    """Return what each draw would be told from others: from all of them; or, where parameters were chosen, from two thirds."""
    if parameters.shape[1] <= SOME:
        left = outcomes - np.column_stack([features @ one.coefficients for one in found])
        leverage = np.column_stack([_leverage(features, one.root, one.noise) for one in found])
        told: Numbers = outcomes - left / (1 - leverage)
        return told
    told = np.zeros_like(outcomes)
    fold = np.random.default_rng(0).permutation(len(outcomes)) % FOLDS
    for k in range(FOLDS):
        inside, outside = fold != k, fold == k
        middle = outcomes[inside].mean(axis=0)
        features_of, ridges = _learnt(parameters[inside], outcomes[inside] - middle)
        new = features_of(parameters[outside])
        told[outside] = middle + np.column_stack([new @ one.coefficients for one in ridges])
    return told


def _leverage(features: Numbers, root: Numbers, noise: float) -> Numbers:
    """Return how much of its own fitted value each draw makes, the constant's part among it; less than 1."""
    shares = (solve_triangular(root, features.T, lower=True) ** 2).sum(axis=0) / noise**2 if noise > 0 else 0.0
    found: Numbers = np.minimum(shares + 1 / len(features), 1 - NOTHING)
    return found


def _scale(values: Numbers) -> Callable[[Numbers], Numbers]:
    """Return what puts a parameter on a scale on which it is about symmetric, with mean 0 and variance 1."""
    logged = bool(values.min() > 0) and abs(skew(np.log(values))) < abs(skew(values))
    shaped = np.log(values) if logged else values
    if abs(skew(shaped)) > SKEWED:
        known = np.sort(values)
        normal = ndtri((rankdata(known) - 0.5) / len(known))
        return lambda new: np.interp(new, known, normal)
    middle, size = shaped.mean(), shaped.std()

    def scaled(new: Numbers) -> Numbers:
        found: Numbers = ((np.log(np.maximum(new, values.min() * NOTHING)) if logged else new) - middle) / size
        return found

    return scaled


def _spline(score: Numbers, columns: int) -> Callable[[Numbers], Numbers]:
    """Return what makes the curved columns of a parameter: smooth first, each with the variance that it is expected to have."""
    low, high = score.min(), score.max()
    step = (high - low) / SEGMENTS
    knots = low + step * np.arange(-3, SEGMENTS + 4)

    def basis_of(new: Numbers) -> Numbers:
        inside = np.clip(new, low, high - 1e-9 * (high - low))
        return np.asarray(BSpline.design_matrix(inside, knots, 3).toarray(), dtype=np.float64)

    basis = basis_of(score)
    centre = basis.mean(axis=0)
    slope = (score @ (basis - centre)) / (score @ score)
    flat = basis - centre - np.outer(score, slope)
    rough = np.diff(np.eye(basis.shape[1]), 2, axis=0)
    # What varies most for its roughness comes first; two directions are constant and straight, and vary by nothing.
    values, vectors = eigh(flat.T @ flat / len(score), rough.T @ rough + 1e-6 * np.eye(basis.shape[1]))
    order = np.argsort(-values)[:columns]
    chosen = vectors[:, order[values[order] > 1e-8 * values.max()]]
    deviation = (flat @ chosen).std(axis=0)
    chosen = chosen[:, deviation > NOTHING] / max(deviation.max(initial=0.0), NOTHING)

    def curved(new: Numbers) -> Numbers:
        found: Numbers = (basis_of(new) - centre - np.outer(new, slope)) @ chosen
        return found

    return curved


def _columns(parameters: Numbers, outcomes: Numbers) -> tuple[Callable[[Numbers], Numbers], list[NDArray[np.int64]]]:
    """Return what makes the columns of the regression, and which of them have one variance."""
    varied = [k for k in range(parameters.shape[1]) if np.ptp(parameters[:, k]) > 0]
    scales = [_scale(parameters[:, k]) for k in varied]
    scores = _side_by_side([scale(parameters[:, k]) for scale, k in zip(scales, varied, strict=True)], len(parameters))
    number = scores.shape[1]
    chosen = paired = list(range(number))
    others: list[int] = []
    if number > SOME:
        shapes = (scores, scores**2 - (scores**2).mean(axis=0))
        going = np.max([np.abs(_correlations(x, y)) for x in shapes for y in outcomes.T], axis=0)
        order = [int(k) for k in np.argsort(-going, kind="stable")]
        chosen, paired, others = order[:CHOSEN], order[:PAIRED], order[CHOSEN:]
    curves = {k: _spline(scores[:, k], CURVED) for k in chosen}
    # Straight lines of many parameters have one variance: turned, they take no more columns than there are draws.
    turned = np.linalg.svd(scores[:, others], full_matrices=False)[2].T if len(others) > len(scores) else None
    most = CURVED_IN_PAIRS if len(paired) <= FEW else 0

    def parts_of(z: Numbers) -> list[Numbers]:
        parts = [z[:, [k]] for k in chosen]
        if others:
            parts.append(z[:, others] if turned is None else z[:, others] @ turned)
        curved = {k: curve(z[:, k]) for k, curve in curves.items()}
        parts += [curved[k] for k in chosen]
        own = {k: np.column_stack([z[:, k], curved[k][:, :most]]) for k in paired}
        for one, other in itertools.combinations(paired, 2):
            products = (own[one][:, :, None] * own[other][:, None, :]).reshape(len(z), -1)
            parts += [products[:, :1], products[:, 1:]]
        if len(paired) <= FEW:
            parts += [np.prod(z[:, list(three)], axis=1)[:, None] for three in itertools.combinations(paired, 3)]
        return [part for part in parts if part.shape[1]]

    there = parts_of(scores)
    ends = np.cumsum([0, *(part.shape[1] for part in there)])
    centre = _side_by_side(there, len(scores)).mean(axis=0)

    def features_of(new: Numbers) -> Numbers:
        z = _side_by_side([scale(new[:, k]) for scale, k in zip(scales, varied, strict=True)], len(new))
        found: Numbers = _side_by_side(parts_of(z), len(new)) - centre
        return found

    return features_of, [np.arange(low, high) for low, high in itertools.pairwise(ends)]


def _side_by_side(parts: Sequence[Numbers], rows: int) -> Numbers:
    return np.column_stack([np.empty((rows, 0)), *parts])


def _correlations(x: Numbers, y: Numbers) -> Numbers:
    size = np.sqrt((x**2).sum(axis=0) * (y @ y))
    found: Numbers = np.divide(x.T @ y, size, out=np.zeros(x.shape[1]), where=size > 0)
    return found


class _Ridge(NamedTuple):
    """Coefficients, deviation of what is left, degrees of freedom, and the root of the coefficients' precision."""

    coefficients: Numbers
    noise: float
    degrees: float
    root: Numbers


def _ridge(features: Numbers, gram: Numbers, blocks: list[NDArray[np.int64]], outcome: Numbers) -> _Ridge:
    """Regress one outcome, with the variance of each block of coefficients that makes the marginal likelihood greatest."""
    draws, columns = features.shape
    total = float(outcome @ outcome) / draws
    if total == 0 or columns == 0:
        return _Ridge(np.zeros(columns), float(np.sqrt(total)), 0.0, np.eye(columns) / NOTHING)
    against = features.T @ outcome
    variance = np.empty(len(blocks))
    for k, block in enumerate(blocks):
        variance[k] = total / len(blocks) / max(float(np.trace(gram[np.ix_(block, block)])) / draws, NOTHING)
    noise, least = total / 2, variance * NOTHING
    active = list(range(len(blocks)))
    coefficients, degrees = np.zeros(columns), 0.0
    for _ in range(STEPS):
        at = np.concatenate([blocks[k] for k in active]) if active else np.array([], dtype=np.int64)
        before = degrees, noise
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
        noise = max(float(left @ left) / max(draws - degrees, 1.0), UNTOLD * total)
        active = [k for k in active if variance[k] > least[k]]
        if abs(degrees - before[0]) <= ENOUGH * (1 + degrees) and abs(noise - before[1]) <= ENOUGH * noise / 10:
            break
    prior = np.full(columns, 0.0)
    for k, block in enumerate(blocks):
        prior[block] = variance[k] if k in active else least[k]
    precision = gram / noise + np.diag(1 / prior)
    root = np.linalg.cholesky(precision)
    coefficients = cho_solve((root, True), against / noise)
    return _Ridge(coefficients, float(np.sqrt(noise)), degrees, root)

"""Takes the noise of replicates out of what draws of the parameters spread: what is unknown, apart from chance.

With ω̂² the variance of a replicate within a draw, n replicates, and σ̂² = Var ȳ_d − ω̂² / n that between draws, the means of draws are
drawn in to x_d = ȳ + √(σ̂² / Var ȳ_d) (ȳ_d − ȳ), which have the variance of what is unknown, and no more. Of several arms it is the
contrasts that decide; the square root is then that of matrices.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from stepdown.errors import UsageError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Numbers = NDArray[np.float64]

__all__ = ["Parts", "Spread", "contrasts", "drawn_in", "means_of_draws", "parts", "spread"]


class Spread(NamedTuple):
    """What the contrasts between arms vary by.

    Attributes
    ----------
    means
        Covariance of the means of draws, contrasts × contrasts.
    within
        Covariance of a single replicate within a draw; NaN where no draw has two.
    between
        Covariance between draws, free of noise and without negative variances; NaN likewise.
    replicates
        Harmonic mean of the replicates of a draw.
    share
        Part of the variance of the means that is noise, between 0 and 1; NaN likewise.
    """

    means: Numbers
    within: Numbers
    between: Numbers
    replicates: float
    share: float


def contrasts(arms: int) -> Numbers:
    """Return orthonormal contrasts, arms × (arms − 1): each sums to 0, and none prefers an arm.

    Examples
    --------
    >>> contrasts(2).round(3).tolist()
    [[-0.707], [0.707]]
    """
    lower = np.tril(np.ones((arms, arms)), -1)[1:].T * -1.0
    for column in range(arms - 1):
        lower[column + 1, column] = column + 1.0
    scaled: Numbers = lower / np.sqrt((lower**2).sum(axis=0))
    return scaled


def means_of_draws(values: Numbers) -> Numbers:
    """Return the mean of each draw over its replicates, draws × arms.

    Parameters
    ----------
    values
        Draws × replicates × arms, NaN where a replicate is missing; or draws × arms, which are returned as they are.

    Raises
    ------
    UsageError
        The array has another shape, no draw or a single arm, or nothing of a draw is known.

    Examples
    --------
    >>> means_of_draws(np.array([[[0.0, 1.0], [2.0, 3.0]], [[4.0, 4.0], [np.nan, np.nan]]])).tolist()
    [[1.0, 2.0], [4.0, 4.0]]
    """
    values = np.asarray(values, dtype=np.float64)
    if values.ndim not in (2, 3):
        message = f"values: {values.ndim} dimensions; allowed: draws × arms, or draws × replicates × arms"
        raise UsageError(message)
    if values.shape[0] < 1 or values.shape[-1] < 2:
        message = f"values: {values.shape[0]} draws of {values.shape[-1]} arms; allowed: draws, and two arms or more"
        raise UsageError(message)
    known = np.logical_not(np.isnan(values))
    if values.ndim == 2:
        if not known.all():
            message = "values: some are missing (NaN); allowed: a number for each draw and arm"
            raise UsageError(message)
        return values
    whole = np.asarray(known.all(axis=2))
    if (np.asarray(known.any(axis=2)) != whole).any():
        message = (
            "values: a replicate is known for some arms only; allowed: all arms of a replicate, as the same people live"
        )
        raise UsageError(message)
    if not whole.any(axis=1).all():
        message = "values: a draw has no replicate; allowed: one or more of each draw"
        raise UsageError(message)
    sums = np.where(whole[:, :, None], values, 0.0).sum(axis=1)
    means: Numbers = sums / whole.sum(axis=1)[:, None]
    return means


def spread(values: Numbers) -> Spread:
    """Return what the contrasts between arms vary by, within draws and between them.

    Parameters
    ----------
    values
        Draws × replicates × arms, NaN where a replicate is missing.

    Raises
    ------
    UsageError
        As `means_of_draws`.

    Examples
    --------
    Two arms that differ by 1 and 3 in the replicates of one draw, by 5 and 7 in those of another:

    >>> found = spread(np.array([[[0.0, 1.0], [0.0, 3.0]], [[0.0, 5.0], [0.0, 7.0]]]))
    >>> [round(float(x), 3) for x in (2 * found.within[0, 0], 2 * found.means[0, 0], found.share)]
    [2.0, 8.0, 0.125]
    """
    return parts(values).spread()


class Parts(NamedTuple):
    """What of each draw its spread is made from, so that draws can be taken again and again.

    Attributes
    ----------
    centres
        Contrasts of the means of draws, draws × contrasts.
    squares
        Sums of the squares and products of replicates off their draw, draws × contrasts × contrasts.
    counts
        Replicates of each draw.
    """

    centres: Numbers
    squares: Numbers
    counts: NDArray[np.int64]

    def of(self, draws: NDArray[np.int64]) -> Parts:
        """Return the parts of some draws, which may be taken more than once."""
        return Parts(self.centres[draws], self.squares[draws], self.counts[draws])

    def spread(self) -> Spread:
        """Return what they vary by."""
        of_means = np.atleast_2d(np.cov(self.centres, rowvar=False))
        replicates = float(1 / np.mean(1 / self.counts))
        freedom = int((self.counts - 1).sum())
        if freedom < 1:
            nothing = np.full_like(of_means, np.nan)
            return Spread(of_means, nothing, nothing, replicates, float("nan"))
        within = self.squares.sum(axis=0) / freedom
        between = _without_negative(of_means - within / replicates)
        total = float(np.trace(of_means))
        share = min(1.0, float(np.trace(within)) / replicates / total) if total > 0 else 0.0
        return Spread(of_means, within, between, replicates, share)

    def drawn_in(self, found: Spread) -> Numbers:
        """Return the means of draws as `drawn_in` does."""
        middle = self.centres.mean(axis=0)
        pulled = middle + (self.centres - middle) @ transport(found.means, found.between).T
        back: Numbers = pulled @ contrasts(self.centres.shape[1] + 1).T
        return back


def parts(values: Numbers) -> Parts:
    """Return what the spread of net benefit is made from.

    Parameters
    ----------
    values
        Draws × replicates × arms, NaN where a replicate is missing; or draws × arms.

    Raises
    ------
    UsageError
        As `means_of_draws`.
    """
    means = means_of_draws(values)
    if len(means) < 2:
        message = "draws: 1; allowed: two or more, as one draw of the parameters tells nothing of what is unknown"
        raise UsageError(message)
    basis = contrasts(means.shape[1])
    centres = means @ basis
    size = basis.shape[1]
    if np.ndim(values) == 2:
        return Parts(centres, np.zeros((len(means), size, size)), np.ones(len(means), np.int64))
    known = np.logical_not(np.isnan(values[:, :, 0]))
    off = np.where(known[:, :, None], values @ basis - centres[:, None, :], 0.0)
    return Parts(centres, np.einsum("dri,drj->dij", off, off), np.asarray(known.sum(axis=1), np.int64))


def drawn_in(values: Numbers, found: Spread | None = None) -> Numbers:
    """Return the means of draws without the noise of their replicates, draws × arms; of each draw, arms are told against their mean.

    Parameters
    ----------
    values
        Draws × replicates × arms.
    found
        What they vary by, if that is known already.

    Raises
    ------
    UsageError
        No draw has two replicates: noise can't be told.

    Examples
    --------
    >>> values = np.array([[[0.0, 1.0], [0.0, 3.0]], [[0.0, 5.0], [0.0, 7.0]]])
    >>> [round(float(x), 3) for x in np.diff(drawn_in(values))[:, 0]]
    [2.129, 5.871]
    """
    found = spread(values) if found is None else found
    if np.isnan(found.share):
        message = "replicates: 1 of each draw; allowed: two or more, as noise can't be told from one"
        raise UsageError(message)
    return parts(values).drawn_in(found)


def transport(before: Numbers, after: Numbers) -> Numbers:
    """Return the symmetric matrix that takes what has one covariance to what has another, by the least squared way.

    Examples
    --------
    >>> transport(np.array([[4.0]]), np.array([[1.0]])).tolist()
    [[0.5]]
    """
    if before.shape == (1, 1):
        return np.sqrt(after / before) if before[0, 0] > 0 else np.ones((1, 1))
    root = _root(before)
    inverse = np.linalg.pinv(root, rcond=1e-9, hermitian=True)
    found: Numbers = inverse @ _root(root @ after @ root) @ inverse
    return found


def _without_negative(matrix: Numbers) -> Numbers:
    values, vectors = np.linalg.eigh((matrix + matrix.T) / 2)
    found: Numbers = (vectors * np.maximum(values, 0.0)) @ vectors.T
    return found


def _root(matrix: Numbers) -> Numbers:
    values, vectors = np.linalg.eigh((matrix + matrix.T) / 2)
    found: Numbers = (vectors * np.sqrt(np.maximum(values, 0.0))) @ vectors.T
    return found

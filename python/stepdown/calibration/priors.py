"""Prior distributions of the free parameters, from the range and shape in the evidence or from the configuration.

They are read as everywhere in the evidence: low and high hold 95% of a normal or lognormal distribution, whose median is the
middle; the middle is the mean of a beta or gamma distribution and the peak of a triangular one. Each prior is truncated to the
range from low to high. The fit works with the *quantile* of a value under its prior, which is uniform from 0 to 1.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from stepdown.numbers import plain_fields

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["SHAPES", "Prior"]

Floats = NDArray[np.float64]

HALF = 1.959963984540054
"""Half of the width of the central 95% of a normal distribution [SD]."""


class _Shape(Protocol):
    """A distribution: its density, the probability below a value, and the inverse of that."""

    def pdf(self, x: Floats, /) -> Floats: ...
    def cdf(self, x: Floats, /) -> Floats: ...
    def ppf(self, q: Floats, /) -> Floats: ...


@dataclass(frozen=True)
class _Split:
    """A normal distribution with a spread of its own below and above its median."""

    low: float
    middle: float
    high: float

    def _spread(self, above: NDArray[np.bool_]) -> Floats:
        return np.where(above, self.high - self.middle, self.middle - self.low) / HALF

    def pdf(self, x: Floats) -> Floats:
        spread = self._spread(x > self.middle)
        return np.asarray(stats.norm.pdf((x - self.middle) / spread) / spread)

    def cdf(self, x: Floats) -> Floats:
        return np.asarray(stats.norm.cdf((x - self.middle) / self._spread(x > self.middle)))

    def ppf(self, q: Floats) -> Floats:
        return np.asarray(self.middle + stats.norm.ppf(q) * self._spread(q > 0.5))


@dataclass(frozen=True)
class _Logarithmic:
    """A distribution of logarithms."""

    of: _Shape

    def pdf(self, x: Floats) -> Floats:
        return self.of.pdf(np.log(x)) / x

    def cdf(self, x: Floats) -> Floats:
        return self.of.cdf(np.log(x))

    def ppf(self, q: Floats) -> Floats:
        return np.asarray(np.exp(self.of.ppf(q)))


def _lognormal(low: float, middle: float, high: float) -> _Shape:
    return _Logarithmic(_Split(*(float(np.log(x)) for x in (low, middle, high))))


def _beta(low: float, middle: float, high: float) -> _Shape:
    weight = middle * (1 - middle) / ((high - low) / (2 * HALF)) ** 2 - 1
    shape: _Shape = stats.beta(middle * weight, (1 - middle) * weight)
    return shape


def _gamma(low: float, middle: float, high: float) -> _Shape:
    alpha = (middle / ((high - low) / (2 * HALF))) ** 2
    shape: _Shape = stats.gamma(alpha, scale=middle / alpha)
    return shape


def _uniform(low: float, middle: float, high: float) -> _Shape:
    del middle
    shape: _Shape = stats.uniform(low, high - low)
    return shape


def _triangular(low: float, middle: float, high: float) -> _Shape:
    shape: _Shape = stats.triang((middle - low) / (high - low), low, high - low)
    return shape


SHAPES: dict[str, Callable[[float, float, float], _Shape]] = {
    "normal": _Split,
    "lognormal": _lognormal,
    "gamma": _gamma,
    "beta": _beta,
    "uniform": _uniform,
    "triangular": _triangular,
}
"""Shapes by name: the distributions of the evidence that leave something to be fitted."""


@dataclass(frozen=True)
class Prior:
    """What is believed of a parameter before the fit.

    Attributes
    ----------
    shape
        One of `SHAPES`.
    low, middle, high
        Range, which is never left, and the value between that the shape needs.

    Examples
    --------
    >>> prior = Prior("normal", 0.0, 0.5, 2.0)
    >>> float(prior.value(0.5)), float(prior.value(1.0))
    (0.5, 2.0)
    >>> float(prior.quantile(0.5))
    0.5
    """

    shape: str
    low: float
    middle: float
    high: float

    def __post_init__(self) -> None:
        """Take NumPy's numbers as Python's."""
        plain_fields(self)

    @cached_property
    def _whole(self) -> tuple[_Shape, float, float]:
        whole = SHAPES[self.shape](self.low, self.middle, self.high)
        below, above = (float(whole.cdf(np.array(end))) for end in (self.low, self.high))
        return whole, below, above

    def value(self, quantile: Floats | float) -> Floats:
        """Return the values at quantiles of the prior."""
        whole, below, above = self._whole
        found = whole.ppf(below + np.asarray(quantile, dtype=float) * (above - below))
        return np.asarray(np.clip(found, self.low, self.high))

    def quantile(self, value: Floats | float) -> Floats:
        """Return the quantiles of values under the prior; values outside its range are at 0 or 1."""
        whole, below, above = self._whole
        inside = np.clip(np.asarray(value, dtype=float), self.low, self.high)
        return np.asarray(np.clip((whole.cdf(inside) - below) / (above - below), 0.0, 1.0))

    def density(self, value: Floats) -> Floats:
        """Return the density of the prior at values of its range."""
        whole, below, above = self._whole
        return np.asarray(whole.pdf(np.asarray(value, dtype=float)) / (above - below))

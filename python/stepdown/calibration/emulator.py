"""Emulators: Gaussian processes that predict a target at a point that was not simulated, with the uncertainty of the prediction.

Each target has its own emulator, which adds a plane, a smooth departure with one length scale for each parameter, and the noise of
a single run. Points are given as quantiles of the priors.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.linalg import cho_solve
from scipy.optimize import minimize
from sklearn.exceptions import ConvergenceWarning
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import RBF, ConstantKernel, DotProduct, WhiteKernel
from threadpoolctl import threadpool_limits

if TYPE_CHECKING:
    from collections.abc import Callable

    from stepdown.calibration.problem import Floats

__all__ = ["Emulator"]

STEPS = 60
"""Steps of the search for a kernel's lengths: what comes later moves little."""

LEAST = 4
"""Fewest runs from which anything is learnt."""


def _search(
    objective: Callable[[Floats], tuple[float, Floats]], initial: Floats, bounds: Floats
) -> tuple[Floats, float]:
    found = minimize(objective, initial, jac=True, bounds=bounds, method="L-BFGS-B", options={"maxiter": STEPS})
    return found.x, float(found.fun)


def _centred(points: Floats) -> Floats:
    """Return quantiles so that a uniform prior has mean 0 and variance 1."""
    return np.asarray((points - 0.5) * np.sqrt(12.0))


@dataclass(frozen=True)
class Checked:
    """How well an emulator tells each run from the others.

    Attributes
    ----------
    explained
        Share of the variance between runs that it tells.
    covered
        Share of runs that lie within two standard deviations of what it tells.
    """

    explained: float
    covered: float


class Emulator:
    """An emulator of one target.

    Parameters
    ----------
    points
        Points that were run, as quantiles of the priors (runs × parameters).
    found
        What the model said there; missing where it said nothing.
    noise
        Variance of one answer between replicates, from which the search for the runs' own begins; 0 if not known.

    Examples
    --------
    >>> points = np.linspace(0, 1, 9)[:, None]
    >>> emulator = Emulator(points, 3.0 * points[:, 0], noise=0.0)
    >>> mean, variance = emulator(np.array([[0.3]]))
    >>> round(float(mean[0]), 2)
    0.9
    """

    def __init__(self, points: Floats, found: Floats, *, noise: float) -> None:
        known = np.isfinite(found)
        x, y = _centred(points[known]), np.asarray(found)[known]
        self._fitted: GaussianProcessRegressor | None = None
        self._middle = float(y.mean()) if len(y) else 0.0
        self._scale = float(y.std()) if len(y) else 0.0
        if len(y) < LEAST or self._scale <= 1e-12:
            return
        parameters = x.shape[1]
        level = float(np.clip(noise / self._scale**2, 1e-3, 0.5))
        kernel = (
            ConstantKernel(1.0 / parameters, (1e-4, 10.0)) * DotProduct(sigma_0=1.0, sigma_0_bounds="fixed")
            + ConstantKernel(0.3, (1e-4, 30.0)) * RBF(np.full(parameters, 4.0), (0.5, 60.0))
            + WhiteKernel(level, (1e-6, 1.0))
        )
        fitted = GaussianProcessRegressor(kernel, alpha=1e-9, optimizer=_search, random_state=0)
        # Threads would add up in another order on another number of cores.
        with threadpool_limits(1), warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)
            self._fitted = fitted.fit(x, (y - self._middle) / self._scale)

    @property
    def known(self) -> bool:
        """Whether the runs told enough to learn from."""
        return self._fitted is not None

    def __call__(self, points: Floats) -> tuple[Floats, Floats]:
        """Return mean and variance of what the model would say on average at points (without a run's noise)."""
        if self._fitted is None:
            return np.full(len(points), self._middle), np.full(len(points), self._scale**2)
        with threadpool_limits(1), warnings.catch_warnings():
            # Rounding may put a variance below 0: it is 0 then.
            warnings.filterwarnings("ignore", "Predicted variances smaller than 0")
            mean, deviation = self._fitted.predict(_centred(points), return_std=True)
        variance = np.maximum(deviation**2 - self._white, 0.0)
        return self._middle + self._scale * mean, self._scale**2 * variance

    @property
    def noise(self) -> float:
        """Variance of one answer about what the model would say on average, as the runs show it."""
        return self._scale**2 * self._white if self._fitted is not None else 0.0

    @property
    def _white(self) -> float:
        assert self._fitted is not None
        return float(self._fitted.kernel_.k2.noise_level)

    def check(self) -> Checked:
        """Hold the emulator against each run without that run (in closed form, with the lengths that all gave)."""
        if self._fitted is None:
            return Checked(float("nan"), float("nan"))
        with threadpool_limits(1):
            inverse = cho_solve((self._fitted.L_, True), np.eye(len(self._fitted.X_train_)))
            alpha = cho_solve((self._fitted.L_, True), self._fitted.y_train_)
        variance = 1.0 / np.diag(inverse)
        errors = alpha * variance
        explained = 1.0 - float(np.mean(errors**2) / np.var(self._fitted.y_train_))
        return Checked(explained, float(np.mean(np.abs(errors) <= 2 * np.sqrt(variance))))

"""Designs over the parameter space: space-filling points, the region that is not yet ruled out, and draws from the posterior.

All of this happens in the unit cube, in which every prior is uniform, and on emulators, which cost little to evaluate. Every
random number comes from the generator that the caller passes in.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.stats import qmc

if TYPE_CHECKING:
    from collections.abc import Callable

    from stepdown.calibration.problem import Floats

__all__ = ["below", "fill", "sobol", "tempered"]

MOVES = 12
"""Steps that each particle takes at each level."""

STAY = 0.25
"""Share of particles that survive a level on the way into a small region."""

LEVELS = 60
"""Levels after which a region that was not reached counts as not there."""


def sobol(number: int, parameters: int, seed: int) -> Floats:
    """Return points that fill the cube evenly: a scrambled Sobol' sequence.

    Examples
    --------
    >>> sobol(4, 2, seed=1).shape
    (4, 2)
    """
    whole = 1 << max(0, number - 1).bit_length()
    return np.asarray(qmc.Sobol(parameters, scramble=True, rng=np.random.default_rng(seed)).random(whole)[:number])


def fill(particles: Floats, number: int) -> Floats:
    """Choose particles that lie as far from each other as can be: each time the one farthest from those chosen.

    Examples
    --------
    >>> fill(np.array([[0.5], [0.4], [0.0], [1.0]]), 3).ravel().tolist()
    [0.5, 0.0, 1.0]
    """
    chosen = [int(np.argmin(((particles - particles.mean(axis=0)) ** 2).sum(axis=1)))]
    nearest = ((particles - particles[chosen[0]]) ** 2).sum(axis=1)
    while len(chosen) < min(number, len(particles)):
        chosen.append(int(np.argmax(nearest)))
        nearest = np.minimum(nearest, ((particles - particles[chosen[-1]]) ** 2).sum(axis=1))
    return particles[chosen]


def _reflected(points: Floats) -> Floats:
    """Return points folded back into the cube at its faces."""
    folded = np.mod(points, 2.0)
    return np.where(folded > 1.0, 2.0 - folded, folded)


def _moved(
    particles: Floats, heights: Floats, height: Callable[[Floats], Floats], rng: np.random.Generator
) -> tuple[Floats, Floats]:
    """Let particles wander under a logarithmic density (Metropolis), with steps as wide as they lie apart."""
    number, parameters = particles.shape
    apart = np.cov(particles, rowvar=False).reshape(parameters, parameters) + 1e-10 * np.eye(parameters)
    root = np.linalg.cholesky(apart)
    width = 2.38 / np.sqrt(parameters)
    for _ in range(MOVES):
        proposed = _reflected(particles + width * rng.standard_normal((number, parameters)) @ root.T)
        found = height(proposed)
        taken = np.log(rng.random(number)) < found - heights
        particles = np.where(taken[:, None], proposed, particles)
        heights = np.where(taken, found, heights)
        width *= float(np.exp(taken.mean() - 0.25))
    return particles, heights


def below(
    measure: Callable[[Floats], Floats], limit: float, parameters: int, number: int, rng: np.random.Generator
) -> tuple[Floats, float]:
    """Return particles spread over the part of the cube where a measure is at most a limit, and how large that part is.

    The part may be far too small to be met by chance: it is reached over levels, each the best quarter of the one before
    (subset simulation). Where no particle reaches the limit, the nearest are returned, and the share is 0.

    Examples
    --------
    >>> found, share = below(lambda x: x.max(axis=1), 0.1, 3, 2000, np.random.default_rng(1))
    >>> bool((found <= 0.1).all()), bool(0.0005 < share < 0.002)
    (True, True)
    """
    particles = sobol(number, parameters, int(rng.integers(1 << 32)))
    values = measure(particles)
    share = 1.0
    for _ in range(LEVELS):
        level = max(limit, float(np.quantile(values, STAY)))
        inside = values <= level
        share *= float(inside.mean())
        again = np.flatnonzero(inside)[rng.integers(inside.sum(), size=number)]

        def height(points: Floats, level: float = level) -> Floats:
            return np.where(measure(points) <= level, 0.0, -np.inf)

        particles, _ = _moved(particles[again], np.zeros(number), height, rng)
        values = measure(particles)
        if level <= limit:
            return particles, share
    return particles, 0.0


def tempered(
    height: Callable[[Floats], Floats], parameters: int, number: int, rng: np.random.Generator
) -> tuple[Floats, Floats]:
    """Draw from a density over the cube, given its logarithm; return the draws and their logarithmic densities.

    Particles go from the prior to the posterior as the likelihood is turned up, each time so far that half of them still
    count (sequential Monte Carlo).

    Examples
    --------
    >>> draws, _ = tempered(lambda x: -0.5 * ((x[:, 0] - 0.5) / 0.05) ** 2, 1, 2000, np.random.default_rng(1))
    >>> bool(abs(draws.mean() - 0.5) < 0.01), bool(abs(draws.std() - 0.05) < 0.005)
    (True, True)
    """
    particles = sobol(number, parameters, int(rng.integers(1 << 32)))
    heights = height(particles)
    power = 0.0
    while power < 1.0:
        power, weights = _turned_up(heights, power)
        # Systematic resampling: the fewest random numbers, the least noise.
        places = (rng.random() + np.arange(number)) / number
        again = np.minimum(np.searchsorted(np.cumsum(weights), places), number - 1)
        now = power

        def warm(points: Floats, now: float = now) -> Floats:
            return now * height(points)

        particles, warmed = _moved(particles[again], now * heights[again], warm, rng)
        heights = warmed / now
    return particles, heights


def _turned_up(heights: Floats, power: float) -> tuple[float, Floats]:
    """Return the power at which half of the particles still count, at most 1, and their weights."""

    def weighed(to: float) -> Floats:
        logs = (to - power) * (heights - heights.max())
        weights = np.exp(logs)
        return np.asarray(weights / weights.sum())

    def count(to: float) -> float:
        return float(1.0 / (weighed(to) ** 2).sum())

    low, high = power, 1.0
    if count(high) < len(heights) / 2:
        for _ in range(60):
            middle = (low + high) / 2
            low, high = (middle, high) if count(middle) > len(heights) / 2 else (low, middle)
        # However steep it is, the likelihood is turned up a little.
        high = max(high, power + 1e-12)
    return high, weighed(high)

"""The definition of a calibration problem: free parameters, targets, the simulator, and the budget of runs."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import NDArray

from stepdown.numbers import plain_fields

if TYPE_CHECKING:
    from collections.abc import Mapping

    from stepdown.calibration.priors import Prior
    from stepdown.progress import Reporter

__all__ = ["Budget", "Free", "Problem", "Simulator", "Target", "Wave"]

Floats = NDArray[np.float64]

DIGITS = 4
"""Significant digits of a value that is run."""


@dataclass(frozen=True, slots=True)
class Free:
    """A free parameter.

    Attributes
    ----------
    id
        As in the evidence.
    prior
        What is believed of it before the fit.
    why
        Why it is free, and its prior what it is.
    """

    id: str
    prior: Prior
    why: str = ""


@dataclass(frozen=True, slots=True)
class Target:
    """A published figure that the model is to reproduce.

    Misses are told in logarithms where everything within tolerance is above 0: what goes wrong in a queue goes wrong by a factor.
    A spread of the value is there taken as one of the logarithm, by its size relative to the value.

    Attributes
    ----------
    id
        As in the table of targets.
    value, low, high
        Published value, and the range that counts as reproducing it.
    spread
        Standard deviation of the likelihood, in the unit of the value.
    name, unit
        What it is.

    Examples
    --------
    >>> target = Target("C04", 85.0, 70.0, 100.0, spread=8.5)
    >>> target.error
    0.1
    >>> target.misses(np.array([85.0, 85.0 * np.exp(0.2)])).round(3).tolist()
    [0.0, 2.0]
    """

    id: str
    value: float
    low: float
    high: float
    spread: float
    name: str = ""
    unit: str = ""

    def __post_init__(self) -> None:
        """Take NumPy's numbers as Python's."""
        plain_fields(self)

    @property
    def logarithmic(self) -> bool:
        """Whether misses are told in logarithms."""
        return self.low > 0

    @property
    def error(self) -> float:
        """Standard deviation of the likelihood, on the scale on which misses are told."""
        return self.spread / self.value if self.logarithmic else self.spread

    def scaled(self, found: Floats) -> Floats:
        """Return model values on the scale on which misses are told; what can't be there is missing."""
        if not self.logarithmic:
            return np.asarray(found, dtype=float)
        with np.errstate(divide="ignore", invalid="ignore"):
            logs = np.log(np.asarray(found, dtype=float))
        return np.where(np.isfinite(logs), logs, np.nan)

    def distance(self, scaled: Floats) -> Floats:
        """Return how far values lie from the target, on the scale on which misses are told."""
        return np.asarray(scaled) - (math.log(self.value) if self.logarithmic else self.value)

    def misses(self, found: Floats) -> Floats:
        """Return how far model values lie from the target, in standard deviations of its likelihood."""
        return self.distance(self.scaled(found)) / self.error

    def met(self, found: float) -> bool:
        """Whether a model value lies within tolerance."""
        return self.low <= found <= self.high


class Simulator(Protocol):
    """Something that simulates: it is handed to other processes, so it must be picklable."""

    def key(self, values: Mapping[str, float], replicate: int) -> str:
        """Return a name for a run, the same only if its answer would be the same."""
        ...

    def prepare(self, replicate: int, *, threads: int, progress: Reporter) -> None:
        """Do what all runs of a replicate share; asked once in the process that hands out runs."""
        ...

    def __call__(self, values: Mapping[str, float], replicate: int) -> dict[str, float]:
        """Run once, and return the targets by id; what can't be told is missing (NaN)."""
        ...


@dataclass(frozen=True, slots=True)
class Wave:
    """A wave of history matching.

    Attributes
    ----------
    points
        Points that are run.
    nth
        Which of a point's largest implausibilities rules it out after the wave: 1 for the largest, 2 for the second.
    cutoff
        Implausibility above which it does [SD].
    """

    points: int
    nth: int = 1
    cutoff: float = 3.0

    def __post_init__(self) -> None:
        """Take NumPy's numbers as Python's."""
        plain_fields(self)


@dataclass(frozen=True, slots=True)
class Budget:
    """How much is run.

    Attributes
    ----------
    waves
        Waves of history matching.
    rounds, draws
        Rounds of points drawn from the posterior on the emulators, and how many are run in each.
    replicates
        Replicates that every point lives: the same for all.
    noise
        Replicates at the start and at the best point, for the Monte Carlo error of one run.
    seed
        Seed of the designs and draws of the method (the runs have their own).
    particles
        Points that explore the space on the emulators.
    """

    waves: tuple[Wave, ...]
    rounds: int = 2
    draws: int = 60
    replicates: int = 1
    noise: int = 4
    seed: int = 1
    particles: int = 512

    def __post_init__(self) -> None:
        """Take NumPy's numbers as Python's."""
        plain_fields(self)

    @property
    def runs(self) -> int:
        """Runs in all, at most."""
        points = 1 + sum(wave.points for wave in self.waves) + self.rounds * self.draws + 1
        return points * self.replicates + 2 * max(0, self.noise - self.replicates)


@dataclass(frozen=True)
class Problem:
    """Free parameters, targets, something that simulates, and how much it may be asked."""

    free: tuple[Free, ...]
    targets: tuple[Target, ...]
    simulate: Simulator
    budget: Budget

    @property
    def ids(self) -> tuple[str, ...]:
        """Return the ids of the free parameters."""
        return tuple(free.id for free in self.free)

    def values(self, quantiles: Floats) -> Floats:
        """Return the values of the free parameters at points given as quantiles of the priors (points × parameters)."""
        points = np.atleast_2d(quantiles)
        return np.column_stack([free.prior.value(points[:, at]) for at, free in enumerate(self.free)])

    def told(self, quantiles: Floats) -> list[dict[str, float]]:
        """Return the values at points as they are run, written and shipped: by id, to four digits or to what is within the range."""
        rows = self.values(quantiles)
        return [{free.id: _told(value, free.prior) for free, value in zip(self.free, row, strict=True)} for row in rows]


def _told(value: float, prior: Prior) -> float:
    """Return a value by as few digits, four or more, as keep it off the ends of its range, which few shapes may have as values."""
    rounded = (float(f"{value:.{digits}g}") for digits in range(DIGITS, 17))
    return next((near for near in rounded if prior.low < near < prior.high), float(value))

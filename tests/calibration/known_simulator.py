"""A simulator that costs nothing, whose posterior is known: straight lines with a little noise.

As a script it fits them, and prints what was found: ``known_simulator.py ROWS WORKERS SECONDS``.
"""

from __future__ import annotations

import hashlib
import json
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from stepdown.calibration.matching import Fit, fit
from stepdown.calibration.priors import Prior
from stepdown.calibration.problem import Budget, Free, Problem, Target, Wave
from stepdown.calibration.run_store import RunStore
from stepdown.calibration.workers import Workers
from stepdown.progress import Reporter, Silent

if TYPE_CHECKING:
    from collections.abc import Mapping

TRUE = {"alpha": 0.3, "beta": 0.6, "gamma": 0.45}
"""The point at which the targets were made."""

SLOPES = {"rise": (2.0, 1.0, 0.0), "fall": (0.0, -1.5, 1.0), "both": (1.0, 0.0, 2.0), "mix": (1.0, 1.0, -1.0)}


@dataclass(frozen=True)
class Lines:
    """Targets that are straight lines in three parameters, with noise of a given size."""

    noise: float = 0.01
    seconds: float = 0.0

    def key(self, values: Mapping[str, float], replicate: int) -> str:
        return repr((sorted(values.items()), replicate, self.noise))

    def prepare(self, replicate: int, *, threads: int, progress: Reporter) -> None:
        pass

    def exactly(self, values: Mapping[str, float]) -> dict[str, float]:
        at = [values[id] for id in TRUE]
        return {id: 5 + sum(a * b for a, b in zip(slopes, at, strict=True)) for id, slopes in SLOPES.items()}

    def __call__(self, values: Mapping[str, float], replicate: int) -> dict[str, float]:
        time.sleep(self.seconds)
        seed = int(hashlib.sha256(self.key(values, replicate).encode()).hexdigest()[:8], 16)
        drawn = np.random.default_rng(seed).normal(0.0, self.noise, len(SLOPES))
        return {id: exact + float(d) for (id, exact), d in zip(self.exactly(values).items(), drawn, strict=True)}


def problem(seconds: float = 0.0, waves: int = 2, points: int = 20, draws: int = 60) -> Problem:
    """Return the problem of finding the true point again, from targets that are known within a range."""
    lines = Lines(seconds=seconds)
    targets = tuple(
        Target(id, value, value - 0.2, value + 0.2, spread=0.1) for id, value in lines.exactly(TRUE).items()
    )
    free = tuple(Free(id, Prior("uniform", 0.0, 0.5, 1.0)) for id in TRUE)
    budget = Budget((Wave(points, 2),) + (Wave(points, 1),) * (waves - 1), rounds=1, draws=draws, particles=256, seed=3)
    return Problem(free, targets, lines, budget)


def fitted(asked: Problem, rows: Path, workers: int) -> Fit:
    known = RunStore(rows)
    try:
        with Workers(asked.simulate, workers) as processes:
            return fit(asked, known, processes, Silent())
    finally:
        known.close()


if __name__ == "__main__":
    found = fitted(problem(float(sys.argv[3]), points=8, draws=8), Path(sys.argv[1]), int(sys.argv[2]))
    sys.stdout.write(json.dumps([found.points.tolist(), found.lived.tolist(), found.best.tolist(), found.draws]))

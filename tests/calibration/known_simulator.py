"""A simulator that costs nothing, whose posterior is known: straight lines with a little noise."""

from __future__ import annotations

import hashlib
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

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

    def exactly(self, values: Mapping[str, float]) -> dict[str, float]:
        at = [values[id] for id in TRUE]
        return {id: 5 + sum(a * b for a, b in zip(slopes, at, strict=True)) for id, slopes in SLOPES.items()}

    def __call__(self, values: Mapping[str, float], replicate: int) -> dict[str, float]:
        time.sleep(self.seconds)
        seed = int(hashlib.sha256(self.key(values, replicate).encode()).hexdigest()[:8], 16)
        drawn = np.random.default_rng(seed).normal(0.0, self.noise, len(SLOPES))
        return {id: exact + float(d) for (id, exact), d in zip(self.exactly(values).items(), drawn, strict=True)}

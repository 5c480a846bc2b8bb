"""Scores runs against the targets: the model's value for each over one or several runs, and whether it is within tolerance."""

from __future__ import annotations

import hashlib
import math
from dataclasses import dataclass
from statistics import fmean, stdev
from typing import TYPE_CHECKING, Any

from stepdown import evidence, provenance
from stepdown.errors import UsageError
from stepdown.estimands import Estimate, History, estimate, targets
from stepdown.progress import Silent
from stepdown.results.multirun import alike
from stepdown.results.run import MANIFEST, Results
from stepdown.results.uncertainty import half_width
from stepdown.running.run import run as run_scenario

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from stepdown.estimands.history import Run
    from stepdown.estimands.targets import Target
    from stepdown.progress import Reporter
    from stepdown.scenario import Scenario

__all__ = ["Score", "missed", "score", "scores", "seeded"]


@dataclass(frozen=True, slots=True)
class Score:
    """A target, and what the model gives for it.

    Attributes
    ----------
    target
        The target.
    estimates
        What each run gives.
    """

    target: Target
    estimates: tuple[Estimate, ...]

    @property
    def values(self) -> list[float]:
        """What the runs give, where they give something."""
        return [found.value for found in self.estimates if found.known]

    @property
    def model(self) -> float:
        """Mean over the runs; NaN if a run gives nothing."""
        return fmean(self.values) if self.values and len(self.values) == len(self.estimates) else math.nan

    @property
    def interval(self) -> tuple[float, float] | None:
        """95% interval of the mean: between the runs if there are several, within the run if there is one."""
        if math.isnan(self.model):
            return None
        if len(self.values) > 1:
            wide = half_width(stdev(self.values), len(self.values))
            return self.model - wide, self.model + wide
        [found] = self.estimates
        return None if found.low is None or found.high is None else (found.low, found.high)

    @property
    def passes(self) -> bool | None:
        """Whether the mean lies within tolerance; nothing if it isn't known."""
        return None if math.isnan(self.model) else self.target.holds(self.model)

    @property
    def runs_passing(self) -> int:
        """How many runs lie within tolerance each by itself."""
        return sum(self.target.holds(value) for value in self.values)

    @property
    def verdict(self) -> str:
        """``pass``, ``miss`` or ``not scored``."""
        return "not scored" if self.passes is None else "pass" if self.passes else "miss"

    def row(self) -> dict[str, Any]:
        """Return the score as plain values."""
        target, interval = self.target, self.interval
        return {
            "id": target.id,
            "name": target.name,
            "kind": target.kind,
            "role": target.role,
            "estimand": target.estimand,
            "years": target.years,
            "unit": target.unit,
            "value": target.value,
            "low": target.low,
            "high": target.high,
            "model": None if math.isnan(self.model) else self.model,
            "model_low": None if interval is None else interval[0],
            "model_high": None if interval is None else interval[1],
            "interval": "between runs" if len(self.values) > 1 else "within the run",
            "runs": len(self.estimates),
            "runs_passing": self.runs_passing,
            "verdict": self.verdict,
            "source": target.source,
            "note": target.note,
        }


def score(run: Run, wanted: Iterable[Target] | None = None) -> dict[str, Estimate]:
    """Return what one run gives for each target, by id; NaN where the run is too short for it.

    Examples
    --------
    >>> score(stepdown.Results("runs/baseline"))["C01"].value  # doctest: +SKIP
    6210.0
    """
    history, out = History(run), {}
    lived = run.last_year - run.first_year + 1
    for target in targets.load().values() if wanted is None else wanted:
        if lived < target.years:
            out[target.id] = Estimate(math.nan, None, None, 0)
        else:
            out[target.id] = estimate(history, [target.estimand], years=target.years)[target.estimand]
    return out


def scores(runs: Sequence[Results], progress: Reporter | None = None) -> list[Score]:
    """Score runs of one scenario against every target, one run after another, reporting progress if asked.

    Raises
    ------
    UsageError
        There is no run, or the runs aren't of the same scenario, evidence and code.
    """
    alike(runs)
    each = []
    with Silent() if progress is None else progress as told:
        for done, run in enumerate(runs):
            told.update("scoring", done, len(runs), unit="runs")
            each.append(score(run))
    return [Score(target, tuple(found[id] for found in each)) for id, target in targets.load().items()]


def seeded(
    scenario: Scenario, seeds: int, out: Path, *, threads: int | None = None, progress: Reporter | None = None
) -> list[Results]:
    """Run a scenario with seeds 1, 2, ... into ``out/1``, ``out/2``, ...; runs that exist already are reused.

    Raises
    ------
    UsageError
        A run that is there is of another scenario, evidence or code.
    """
    now = (hashlib.sha256(scenario.to_toml().encode()).hexdigest(), evidence.load().digest, provenance.digest())
    found: list[Results] = []
    for seed in range(1, seeds + 1):
        folder = out / str(seed)
        if not (folder / MANIFEST).exists():
            run_scenario(scenario, seed=seed, out=folder, threads=threads, progress=progress)
        found.append(Results(folder))
        there = tuple(found[-1].manifest[key]["sha256"] for key in ("scenario", "evidence", "code"))
        if there != now:
            message = (
                f"{folder}: it is a run of another scenario, evidence or code; allowed: a folder for these runs alone"
            )
            raise UsageError(message)
    return found


def missed(found: Iterable[Score], *, strict: bool) -> Iterator[Score]:
    """Yield the scores that fail a validation: calibration targets, or all if strict, that miss or aren't scored."""
    for each in found:
        if each.passes is not True and (strict or each.target.kind == "calibration"):
            yield each

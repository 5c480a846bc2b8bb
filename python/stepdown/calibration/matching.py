"""The fit itself: waves of history matching, followed by draws from the posterior that are each simulated.

The points of one stage depend only on the answers of earlier stages. The number of worker processes, the order in which runs end
and interruptions do not change the result.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from stepdown.calibration import design
from stepdown.calibration.emulator import Checked, Emulator
from stepdown.calibration.workers import Task, Workers

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from stepdown.calibration.problem import Floats, Problem
    from stepdown.calibration.run_store import RunStore
    from stepdown.progress import Reporter

__all__ = ["Fit", "Stage", "fit"]

COLD = 30.0
"""Power of the posterior under which the particles that look for the best point gather."""


@dataclass(frozen=True)
class Stage:
    """What was learnt from a stage: a wave, or a round of draws.

    Attributes
    ----------
    name
        ``wave 1``, ``round 1`` and so on.
    points
        Points that were run in it.
    share
        Share of the prior space that is not ruled out after it; missing after a round.
    least, middle
        Of each target, the least and the median implausibility among the runs of the stage.
    checked
        Of each target, how well its emulator tells the runs so far.
    """

    name: str
    points: int
    share: float
    least: Floats
    middle: Floats
    checked: list[Checked]


@dataclass
class Fit:
    """All that a calibration has found.

    Attributes
    ----------
    points
        Points that were run, as quantiles of the priors, in order.
    names
        Name of the stage in which each was run.
    lived
        What the model said: points × replicates × targets.
    noise
        Of each target, the variance of one run between replicates, on the scale on which misses are told.
    stages
        What was learnt from each stage.
    draws
        Draws of the posterior that were run and are not ruled out by their own run, as rows of `points`.
    ruled_out
        How many draws of the last round were ruled out by their own run.
    best
        The best point, as quantiles of the priors.
    confirmed
        What the model says at the best point: replicates × targets.
    """

    points: Floats
    names: list[str]
    lived: Floats
    noise: Floats
    stages: list[Stage]
    draws: list[int]
    ruled_out: int
    best: Floats
    confirmed: Floats


class _Runs:
    """Makes the runs of a problem that were not made yet, and counts them."""

    def __init__(self, problem: Problem, rows: RunStore, workers: Workers, progress: Reporter) -> None:
        self._problem = problem
        self._rows = rows
        self._workers = workers
        self._progress = progress
        self._done = 0

    def __call__(self, stage: str, points: Floats, replicates: int) -> Floats:
        """Return what the model says: points × replicates × targets."""
        problem = self._problem
        tasks = [(at, r, Task(known, r)) for at, known in enumerate(problem.told(points)) for r in range(replicates)]
        keys = {(at, r): problem.simulate.key(task.values, r) for at, r, task in tasks}
        missing = [(keys[at, r], task) for at, r, task in tasks if self._rows.get(keys[at, r]) is None]
        for replicate in sorted({task.replicate for _, task in missing}):
            problem.simulate.prepare(replicate, threads=self._workers.number, progress=self._progress)
        had = len(tasks) - len(missing)
        self._say(stage, had, len(tasks))
        for number, (key, answer) in enumerate(self._answers(missing), had + 1):
            self._rows.add(key, answer)
            self._say(stage, number, len(tasks))
        self._done += len(tasks)
        found = np.empty((len(points), replicates, len(problem.targets)))
        for at, r, _ in tasks:
            answer = self._rows.get(keys[at, r]) or {}
            found[at, r] = [answer.get(target.id, np.nan) for target in problem.targets]
        return found

    def _answers(self, missing: list[tuple[str, Task]]) -> Iterator[tuple[str, Mapping[str, float]]]:
        names = {id(task): key for key, task in missing}
        for task, answer in self._workers.run([task for _, task in missing]):
            yield names[id(task)], answer

    def _say(self, stage: str, number: int, of: int) -> None:
        """Say how far a stage has come, in about ten lines."""
        step = max(1, of // 10)
        told = number if number == of else number // step * step
        self._progress.update(f"{stage}: {told} of {of}", self._done + number, self._problem.budget.runs, unit="runs")


class _Judge:
    """What the runs so far say about any point: implausibilities and likelihood, on the emulators."""

    def __init__(self, problem: Problem, points: Floats, found: Floats, noise: Floats) -> None:
        self._problem = problem
        between = noise / problem.budget.replicates
        self.emulators = [
            Emulator(points, target.scaled(found[:, at]), noise=between[at])
            for at, target in enumerate(problem.targets)
        ]
        # A few replicates say little of a variance: many points under one seed may know better.
        self._error = np.maximum(between, [emulator.noise for emulator in self.emulators])

    def implausibilities(self, points: Floats) -> Floats:
        """Return how implausible points are for each target (points × targets)."""
        columns = []
        for at, (target, emulator) in enumerate(zip(self._problem.targets, self.emulators, strict=True)):
            mean, variance = emulator(points)
            spread = np.sqrt(variance + self._error[at] + target.error**2)
            columns.append(np.abs(target.distance(mean)) / spread)
        return np.column_stack(columns)

    def likelihood(self, points: Floats) -> Floats:
        """Return the logarithmic likelihood of points."""
        total = np.zeros(len(points))
        for at, (target, emulator) in enumerate(zip(self._problem.targets, self.emulators, strict=True)):
            mean, variance = emulator(points)
            tolerance = target.error**2
            whole = variance + self._error[at] + tolerance
            total += -0.5 * target.distance(mean) ** 2 / whole - 0.5 * np.log(whole / tolerance)
        return total

    def posterior(self, points: Floats) -> Floats:
        """Return the logarithmic posterior density of points, on the scale of the parameters' values."""
        values = self._problem.values(points)
        total = self.likelihood(points)
        for at, free in enumerate(self._problem.free):
            middle = free.prior.density(free.prior.value(0.5))
            total += np.log(np.maximum(free.prior.density(values[:, at]) / middle, 1e-300))
        return total


def nth(implausibilities: Floats, which: int) -> Floats:
    """Return each point's n-th largest implausibility; one that isn't known counts as 0.

    Examples
    --------
    >>> nth(np.array([[1.0, 4.0, 2.0]]), 2).tolist()
    [2.0]
    """
    known = np.nan_to_num(implausibilities, nan=0.0)
    return np.asarray(np.sort(known, axis=1)[:, -min(which, known.shape[1])])


def fit(problem: Problem, rows: RunStore, workers: Workers, progress: Reporter) -> Fit:
    """Fit a problem, making the runs that are not among the rows yet."""
    return _Fitting(problem, rows, workers, progress).fit()


class _Fitting:
    """A fit while it is made: what was run so far, and what follows from it."""

    def __init__(self, problem: Problem, rows: RunStore, workers: Workers, progress: Reporter) -> None:
        self._problem = problem
        self._progress = progress
        self._run = _Runs(problem, rows, workers, progress)
        self._rng = np.random.default_rng(problem.budget.seed)
        budget = problem.budget
        self._points = np.full((1, len(problem.free)), 0.5)
        self._names = ["start"]
        self._stages: list[Stage] = []
        lived = self._run("start", self._points, max(budget.replicates, budget.noise))
        scaled = [target.scaled(lived[0, :, at]) for at, target in enumerate(problem.targets)]
        self._noise = np.nan_to_num(np.var(np.column_stack(scaled), axis=0, ddof=1))
        self._lived = lived[:, : budget.replicates]

    def fit(self) -> Fit:
        """Live every stage, and return what was found."""
        self._match()
        draws, ruled_out = self._draw()
        best = self._best()
        budget = self._problem.budget
        confirmed = self._run("best", best[None, :], max(budget.replicates, budget.noise))[0]
        return Fit(self._points, self._names, self._lived, self._noise, self._stages, draws, ruled_out, best, confirmed)

    def _learn(self, name: str, points: Floats) -> None:
        """Run points, and judge with them."""
        lived = self._run(name, points, self._problem.budget.replicates)
        self._points = np.vstack([self._points, points])
        self._names += [name] * len(points)
        self._lived = np.concatenate([self._lived, lived])
        self._progress.note(f"{name}: learning from {len(self._points)} points")
        self._judge = _Judge(self._problem, self._points, self._lived.mean(axis=1), self._noise)

    def _note(self, name: str, number: int, share: float) -> None:
        """Note what a stage has taught."""
        own = self._implausible(number)
        known = np.where(np.isfinite(own).any(axis=0), own, 0.0)
        least, middle = np.nanmin(known, axis=0), np.nanmedian(known, axis=0)
        checked = [emulator.check() for emulator in self._judge.emulators]
        self._stages.append(Stage(name, number, share, least, middle, checked))

    def _match(self) -> None:
        """Match history: run a wave, rule out, spread the next wave over what is left."""
        budget, parameters = self._problem.budget, len(self._problem.free)
        points = design.sobol(budget.waves[0].points, parameters, int(self._rng.integers(1 << 32)))
        for number, wave in enumerate(budget.waves, 1):
            name = f"wave {number}"
            self._learn(name, points)
            judge = self._judge

            def measure(at: Floats, judge: _Judge = judge, which: int = wave.nth) -> Floats:
                return nth(judge.implausibilities(at), which)

            particles, share = design.below(measure, wave.cutoff, parameters, budget.particles, self._rng)
            self._note(name, wave.points, share)
            self._progress.note(_told(name, wave.nth, wave.cutoff, share))
            if number < len(budget.waves):
                points = design.fill(particles, budget.waves[number].points)

    def _draw(self) -> tuple[list[int], int]:
        """Draw from the posterior and run the draws; return those of the last round that their own run leaves in, and how many not."""
        budget, parameters = self._problem.budget, len(self._problem.free)
        for number in range(1, budget.rounds + 1):
            name = f"round {number}"
            drawn, _ = design.tempered(self._judge.likelihood, parameters, budget.particles, self._rng)
            chosen = self._rng.choice(len(drawn), size=budget.draws, replace=False)
            self._learn(name, drawn[chosen])
            self._note(name, budget.draws, np.nan)
        last = len(self._points) - budget.draws
        wave = budget.waves[-1]
        out = nth(self._implausible(budget.draws), wave.nth) > wave.cutoff
        return [last + int(at) for at in np.flatnonzero(~out)], int(out.sum())

    def _best(self) -> Floats:
        """Return the point of greatest posterior density."""
        gathered, heights = design.tempered(
            lambda at: COLD * self._judge.posterior(at),
            len(self._problem.free),
            self._problem.budget.particles,
            self._rng,
        )
        return np.asarray(gathered[int(np.argmax(heights))])

    def _implausible(self, last: int) -> Floats:
        """Return how implausible the last runs are for each target: no emulator stands between (runs × targets)."""
        columns = []
        for at, target in enumerate(self._problem.targets):
            scaled = target.scaled(self._lived[-last:].mean(axis=1)[:, at])
            spread = np.sqrt(self._noise[at] / self._problem.budget.replicates + target.error**2)
            columns.append(np.abs(target.distance(scaled)) / spread)
        return np.column_stack(columns)


def _told(name: str, which: int, cutoff: float, share: float) -> str:
    what = {1: "largest", 2: "second largest", 3: "third largest"}.get(which, f"{which}th largest")
    if share == 0:
        return (
            f"{name}: nothing is left where the {what} implausibility is at most {cutoff:g}; going on from the nearest"
        )
    return f"{name}: {share:.2g} of the space is left (the {what} implausibility at most {cutoff:g})"

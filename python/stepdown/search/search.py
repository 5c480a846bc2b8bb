"""Looks for the cheapest package under which outcomes hold: candidates by Optuna, each a scenario of a sweep whose tasks are done once.

The folder of a search holds a sweep of all candidates, beside the base and with the same people in each (common random numbers), a
journal of what was asked and answered, and a sweep of the best candidates on fresh seeds: whoever is best of many was lucky, too (the
winner's curse), and only what holds there counts. Whatever ends a search, the same command goes on, and asks what it would have asked.
"""

from __future__ import annotations

import json
import os
import shutil
import warnings
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import optuna
from optuna.samplers import NSGAIISampler, TPESampler
from optuna.storages import JournalStorage
from optuna.storages.journal import JournalFileBackend
from optuna.trial import TrialState

from stepdown import records
from stepdown.atomic import write_text
from stepdown.economics.sweep import costs_of
from stepdown.errors import CorruptError, Interrupted, OutputExistsError, PartlyFailedError, RequeueError
from stepdown.experiments.compare import outcome_values
from stepdown.experiments.config import Experiment
from stepdown.experiments.local import execute
from stepdown.experiments.plan import PLAN, OutcomeFacts, draw_up, extended, open_plan
from stepdown.experiments.result_set import ResultSet
from stepdown.experiments.statistics import differences
from stepdown.experiments.task import recorded
from stepdown.results.indicators import ENGLAND, INDICATORS, levels
from stepdown.running.run import available_threads

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from stepdown.experiments.config import Arm
    from stepdown.experiments.plan import Plan
    from stepdown.progress import Reporter
    from stepdown.search.config import Search

    Numbers = NDArray[np.float64]

__all__ = ["Candidate", "Estimate", "Found", "binding", "document", "search"]

FRESH = 1_000_000
"""What is added to the seed for runs on fresh seeds."""

BASE, LOW, HIGH = "base", 0, 1
"""Name of the base; the first two trials, with everything at its low and at its high end."""

KEYS, RESULT = "search.json", "result.json"
"""What was asked, and what came of it."""

TINY = 1e-12
"""What counts as 0 where a shortfall is measured against a bound."""


class Estimate(NamedTuple):
    """A mean over replicates, with its 95% interval; NaN where one replicate alone is there."""

    value: float
    low: float
    high: float


class Candidate(NamedTuple):
    """A package and what it does.

    Attributes
    ----------
    name
        Its scenario in the sweep.
    values
        What it sets.
    cost
        What it costs beside the base [£], discounted, over all reported years.
    outcomes
        Each constraint's outcome.
    shortfalls
        By how much each constraint is missed, in the unit of its indicator; 0 or below where it holds.
    """

    name: str
    values: dict[str, float]
    cost: Estimate
    outcomes: list[Estimate]
    shortfalls: list[float]

    @property
    def feasible(self) -> bool:
        """Whether every constraint holds."""
        return all(short <= 0 for short in self.shortfalls)


class Found(NamedTuple):
    """What a search has found.

    Attributes
    ----------
    best
        The cheapest package under which everything holds on fresh seeds; none if there is none.
    nearest
        Of those on fresh seeds, the one that misses least.
    finalists
        Pairs of what the search and what fresh seeds say of the best candidates.
    tried
        How many packages were tried.
    held
        Under how many of these everything held, on the seeds of the search.
    failed
        How many could not be run.
    binds
        What limits the nearest package, beside the base: rows with ``what``, ``base``, ``package``.
    ends
        What that package has at an end of its range.
    """

    best: Candidate | None
    nearest: Candidate
    finalists: list[tuple[Candidate, Candidate]]
    tried: int
    held: int
    failed: int
    binds: list[dict[str, Any]]
    ends: list[str]


def search(asked: Search, folder: Path, *, workers: int, progress: Reporter) -> Found:
    """Look for the cheapest package, or go on with looking.

    Parameters
    ----------
    asked
        The search.
    folder
        Its folder.
    workers
        Processes that do tasks; what is found doesn't depend on it.
    progress
        What is told how far it is.

    Raises
    ------
    OutputExistsError
        The folder holds another search, or something else.
    Interrupted, RequeueError
        It was stopped; the same call goes on.
    PartlyFailedError
        The base can't be run.
    """
    _claim(asked, folder)
    runs = _Runs(asked, folder, workers, progress)
    try:
        candidates, failed = _tried(asked, runs, progress)
        if not candidates:
            message = f"{folder}: no package could be run; stepdown sweep status {folder / 'sweep'} says why"
            raise PartlyFailedError(message)
        finalists = _finalists(asked, candidates)
        fresh = runs.fresh([asked.arm(one.name, one.values) for one in finalists])
    except (Interrupted, KeyboardInterrupt, RequeueError) as error:
        kind = RequeueError if isinstance(error, RequeueError) else Interrupted
        raise kind(f"stopped; what is done is kept in {folder}, and the same command goes on") from None
    pairs = [(one, fresh[one.name]) for one in finalists if one.name in fresh]
    if not pairs:
        message = f"{folder}: no finalist could be run; stepdown sweep status {folder / 'fresh'} says why"
        raise PartlyFailedError(message)
    again = [after for _, after in pairs]
    holding = [one for one in again if one.feasible]
    best = min(holding, key=lambda one: one.cost.value) if holding else None
    nearest = best or min(again, key=lambda one: _missed(asked, one, runs.base_outcomes))
    found = Found(
        best=best,
        nearest=nearest,
        finalists=pairs,
        tried=len(candidates),
        held=sum(one.feasible for one in candidates),
        failed=failed,
        binds=binding(ResultSet(folder / "fresh"), nearest.name),
        ends=_at_ends(asked, nearest),
    )
    write_text(folder / RESULT, json.dumps(document(found), indent=1, default=str) + "\n")
    return found


def _claim(asked: Search, folder: Path) -> None:
    """Write down what is asked, or refuse a folder in which something else was."""
    said = json.loads(asked.keys.model_dump_json(by_alias=True, exclude={"trials"})) | {
        "scenario": asked.base.to_toml()
    }
    path = folder / KEYS
    if path.exists():
        if records.parse(path.read_bytes()) != said:
            message = f"{folder}: another search is there; choose another folder (--out)"
            raise OutputExistsError(message)
        return
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        message = f"{folder}: there is something else; choose another folder (--out)"
        raise OutputExistsError(message)
    folder.mkdir(parents=True, exist_ok=True)
    write_text(path, json.dumps(said, indent=1) + "\n")


class _Runs:
    """The two sweeps of a search: of all candidates, and of the best on fresh seeds."""

    def __init__(self, asked: Search, folder: Path, workers: int, progress: Reporter) -> None:
        self._asked, self.folder, self._workers, self._progress = asked, folder, workers, progress
        self.base_outcomes: list[float] = []
        self._kept = folder / "inflows"

    def tried(self, arms: Sequence[Arm]) -> dict[str, Candidate]:
        """Run candidates beside the base; return what they do, but for those that can't be run."""
        keys = self._asked.keys
        return self._lived("sweep", arms, seed=keys.seed, replicates=keys.replicates)

    def fresh(self, arms: Sequence[Arm]) -> dict[str, Candidate]:
        """Do the same on fresh seeds."""
        keys = self._asked.keys
        return self._lived("fresh", arms, seed=keys.seed + FRESH, replicates=keys.fresh_replicates)

    def _lived(self, name: str, arms: Sequence[Arm], *, seed: int, replicates: int) -> dict[str, Candidate]:
        home = self.folder / name
        if (home / PLAN).is_file():
            made = open_plan(home)
            made.refuse_other_code()
        else:
            # With a candidate beside the base from the start, both live from one recorded inflow.
            experiment = self._asked.experiment(seed=seed, replicates=replicates)
            first = Experiment(experiment.name, experiment.keys, (*experiment.arms, *arms[:1]))
            made = draw_up(first, home)
        made = extended(made, arms, replicates=replicates)
        self._do(made, {BASE, *(arm.name for arm in arms)})
        results = ResultSet(made)
        base = _Outcomes(self._asked, results, BASE)
        if not base.pairs:
            message = f"{home}: the base can't be run; stepdown sweep status {home} says why"
            raise PartlyFailedError(message)
        self.base_outcomes = [float(np.mean(list(values.values()))) for values in base.outcomes]
        found = {arm.name: _candidate(self._asked, results, arm, base) for arm in arms}
        return {name: one for name, one in found.items() if one is not None}

    def _do(self, made: Plan, names: set[str]) -> None:
        """Do what is left of some scenarios; keep the recorded inflows for those to come."""
        groups = [tuple(task for task in group if task.arm in names) for group in made.left()]
        groups = [group for group in groups if group]
        self._kept.mkdir(exist_ok=True)
        for task in {task.inflow: task for group in groups for task in group if task.inflow is not None}.values():
            there, kept = made.inflow_file(task), self._kept / made.inflow_file(task).name
            there.parent.mkdir(exist_ok=True)
            if kept.exists() and not there.exists():
                _link(kept, there)
            elif not kept.exists():
                self._progress.update("recording an inflow", 0, 1, unit="inflows")
                _link(recorded(made, task, threads=available_threads()), kept)
        for outcome in execute(made, groups, workers=self._workers, progress=self._progress) if groups else ():
            if outcome.why:
                self._progress.note(f"{outcome.id}: {outcome.word}: {outcome.why}")


def _link(one: Path, other: Path) -> None:
    """Have a file under a second name; as a copy where the disk has no links."""
    aside = other.with_name(f"{other.name}.{os.getpid()}.aside")
    aside.unlink(missing_ok=True)
    try:
        os.link(one, aside)
    except OSError:
        shutil.copyfile(one, aside)
    aside.replace(other)


class _Outcomes:
    """Costs and the constraints' outcomes of a scenario, by draw and replicate."""

    def __init__(self, asked: Search, results: ResultSet, arm: str) -> None:
        self.costs = costs_of(results, arm, perspective=asked.keys.perspective)
        facts = [
            OutcomeFacts(**one.model_dump(include={"indicator", "area", "group", "level", "half_width"}))
            for one in asked.keys.constraints
        ]
        self.outcomes = [outcome_values(results, arm, one) for one in facts]
        self.pairs = [pair for pair in self.costs if all(pair in values for values in self.outcomes)]


def _candidate(asked: Search, results: ResultSet, arm: Arm, base: _Outcomes) -> Candidate | None:
    """Return what a package does beside the base; nothing if some of its runs have failed."""
    mine = _Outcomes(asked, results, arm.name)
    pairs = [pair for pair in mine.pairs if pair in base.pairs]
    if len(pairs) < len(base.pairs):
        return None
    outcomes = [_estimate(np.zeros(len(pairs)), np.array([values[pair] for pair in pairs])) for values in mine.outcomes]
    shortfalls = []
    for constraint, values, before in zip(asked.keys.constraints, mine.outcomes, base.outcomes, strict=True):
        one, other = (float(np.mean([some[pair] for pair in pairs])) for some in (values, before))
        shortfalls.append(constraint.shortfall(one, other))
    cost = _estimate(*(np.array([some.costs[pair] for pair in pairs]) for some in (base, mine)))
    return Candidate(arm.name, {key: float(value) for key, value in arm.values.items()}, cost, outcomes, shortfalls)


def _estimate(before: Numbers, after: Numbers) -> Estimate:
    found = differences(before[None, :], after[None, :], np.zeros(len(before), int))
    return Estimate(float(found.difference[0]), float(found.low[0]), float(found.high[0]))


def _tried(asked: Search, runs: _Runs, progress: Reporter) -> tuple[list[Candidate], int]:
    """Ask for packages, run them, and tell what they do, until there are as many as were asked for."""
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    keys = asked.keys
    storage = JournalStorage(JournalFileBackend(str(runs.folder / "trials.journal")))
    directions = [optuna.study.StudyDirection.MINIMIZE] * (1 if keys.sampler == "tpe" else 2)
    study = optuna.create_study(storage=storage, study_name="search", directions=directions, load_if_exists=True)
    for k, end in enumerate(("low", "high")):
        if len(study.get_trials(deepcopy=False)) <= k:
            study.enqueue_trial({name: float(getattr(one, end)) for name, one in asked.ranges.items()})
    while True:
        known = study.get_trials(deepcopy=False)
        asked_for = sum(trial.state != TrialState.WAITING for trial in known)
        open_ = [trial.number for trial in known if trial.state == TrialState.RUNNING]
        while asked_for < keys.trials and (asked_for % keys.batch or not open_):
            study.sampler = _sampler(asked, asked_for)
            trial = study.ask()
            for name, one in asked.ranges.items():
                trial.suggest_float(name, one.low, one.high, step=one.step)
            open_.append(trial.number)
            asked_for += 1
        if not open_:
            break
        _answer(asked, runs, study, open_)
        progress.note(f"{min(asked_for, keys.trials)} of {keys.trials} packages are tried")
    ended = study.get_trials(deepcopy=False)
    candidates = [_told(trial) for trial in ended if trial.state == TrialState.COMPLETE]
    return candidates, sum(trial.state == TrialState.FAIL for trial in ended)


def _sampler(asked: Search, number: int) -> optuna.samplers.BaseSampler:
    """Return the sampler as it is before a trial: what it asks depends on what is known and on the trial's number, and on nothing else."""
    seed = int(np.random.SeedSequence([asked.keys.seed, number]).generate_state(1)[0])
    if asked.keys.sampler == "nsga2":
        size = max(4, min(50, asked.keys.trials // 5))
        return NSGAIISampler(population_size=size, seed=seed)
    return TPESampler(seed=seed, n_startup_trials=min(10, max(4, asked.keys.trials // 4)), multivariate=True)


def _answer(asked: Search, runs: _Runs, study: optuna.Study, numbers: Iterable[int]) -> None:
    """Run the packages of some trials, and tell what they do; those that were tried already aren't run again."""
    trials = {trial.number: trial for trial in study.get_trials(deepcopy=False)}
    done = {
        tuple(trial.params.items()): _told(trial) for trial in trials.values() if trial.state == TrialState.COMPLETE
    }
    arms: dict[tuple[tuple[str, float], ...], Arm] = {}
    for number in sorted(numbers):
        key = tuple(trials[number].params.items())
        if key not in done and key not in arms:
            arms[key] = asked.arm(f"trial-{number:04}", dict(key))
    new = runs.tried(list(arms.values())) if arms else {}
    for number in sorted(numbers):
        key = tuple(trials[number].params.items())
        candidate = done.get(key) or new.get(arms[key].name)
        study.sampler = _sampler(asked, number)
        if candidate is None:
            study.tell(number, state=TrialState.FAIL)
            continue
        whole = optuna.trial.Trial(study, trials[number]._trial_id)  # noqa: SLF001 -- what `ask` has returned
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # a kill may have left some that are set already
            for constraint, short in zip(asked.keys.constraints, candidate.shortfalls, strict=True):
                whole.set_constraint(constraint.said, short)
        whole.set_user_attr("candidate", _plain(candidate))
        first = candidate.shortfalls[0]
        study.tell(number, candidate.cost.value if asked.keys.sampler == "tpe" else [candidate.cost.value, first])


def _plain(candidate: Candidate) -> dict[str, Any]:
    return {**candidate._asdict(), "cost": list(candidate.cost), "outcomes": [list(one) for one in candidate.outcomes]}


def _told(trial: optuna.trial.FrozenTrial) -> Candidate:
    """Return the candidate that a trial has been told of."""
    said = trial.user_attrs.get("candidate")
    if not isinstance(said, dict):
        message = (
            f"trial {trial.number}: the journal of the search doesn't say what it did; remove its folder and begin anew"
        )
        raise CorruptError(message)
    cost, outcomes = Estimate(*said["cost"]), [Estimate(*one) for one in said["outcomes"]]
    return Candidate(said["name"], dict(said["values"]), cost, outcomes, list(said["shortfalls"]))


def _missed(asked: Search, candidate: Candidate, base: Sequence[float]) -> float:
    """Return by how much all constraints are missed, each as a part of its bound."""
    total = 0.0
    for constraint, short, before in zip(asked.keys.constraints, candidate.shortfalls, base, strict=True):
        kind, bound = constraint.bound
        size = abs(bound) if kind in ("at_least", "at_most") else abs(before)
        total += max(0.0, short) / max(size, TINY)
    return total


def _finalists(asked: Search, candidates: Sequence[Candidate]) -> list[Candidate]:
    """Return the best packages: under which everything holds, the cheapest first; then those that miss least; each once."""
    distinct = list({candidate.name: candidate for candidate in candidates}.values())
    base = [1.0] * len(asked.keys.constraints)

    def order(one: Candidate) -> tuple[bool, float, float]:
        return not one.feasible, 0.0 if one.feasible else _missed(asked, one, base), one.cost.value

    return sorted(distinct, key=order)[: asked.keys.finalists]


def _at_ends(asked: Search, candidate: Candidate) -> list[str]:
    """Say what a package has at an end of its range: more of it might do more."""
    found = []
    for name, one in asked.ranges.items():
        for word, end in (("low", one.low), ("high", one.high)):
            if candidate.values[name] == end:
                found.append(f"{name} at its {word} end, {end:g}")
    return found


STAGES = (
    ("days from need to the first request for a report", "wait_clinical_mean", "wait_statutory_mean"),
    ("days from there to both reports at the Ministry", "wait_statutory_mean", "wait_ministry_mean"),
    ("days from there to admission", "wait_ministry_mean", None),
)
"""Stages of a prisoner's wait, as differences of clocks that end with the admission."""


def binding(results: ResultSet, arm: str, base: str = BASE) -> list[dict[str, Any]]:
    """Return what may limit a package, beside the base: days in each stage, queues, beds and budgets, means over years and replicates.

    Returns
    -------
    list
        Rows with ``what``, ``base`` and ``package``; what no run knows is left out.
    """
    kinds = {indicator.name: indicator for indicator in INDICATORS}

    def mean(scenario: str, indicator: str, group: str = "all", level: str = "all") -> float:
        facts = OutcomeFacts(indicator=indicator, area=ENGLAND, group=group, level=level, half_width=None)
        values = list(outcome_values(results, scenario, facts).values())
        return float(np.mean(values)) if values else float("nan")

    rows: list[dict[str, Any]] = []

    def add(what: str, values: Mapping[str, float]) -> None:
        if all(np.isfinite(value) for value in values.values()):
            rows.append({"what": what, "base": values[base], "package": values[arm]})

    for what, whole, rest in STAGES:
        add(what, {one: mean(one, whole) - (mean(one, rest) if rest else 0.0) for one in (base, arm)})
    add("prisoners who wait", {one: mean(one, "prisoners_waiting") for one in (base, arm)})
    for tier in levels("tier", kinds["waiting"].facts):
        add(
            f"accepted, and waiting for a bed: {tier}", {one: mean(one, "waiting", "tier", tier) for one in (base, arm)}
        )
        add(f"occupancy: {tier}", {one: mean(one, "occupancy", "tier", tier) for one in (base, arm)})
    for why in ("no_place", "no_team", "no_consent", "no_funding", "no_bed"):
        said = why.partition("_")[2]
        add(f"ready to leave, lacking {said}", {one: mean(one, f"ready_{why}") for one in (base, arm)})
    for payer in levels("payer kind", kinds["budgets_bound"].facts):
        add(
            f"quarters in which budgets bind: {payer}",
            {one: mean(one, "budgets_bound", "payer kind", payer) for one in (base, arm)},
        )
    return rows


def document(found: Found) -> dict[str, Any]:
    """Return what was found as JSON has it."""
    return {
        "best": None if found.best is None else _plain(found.best),
        "nearest": _plain(found.nearest),
        "finalists": [{"search": _plain(one), "fresh": _plain(other)} for one, other in found.finalists],
        "tried": found.tried,
        "held": found.held,
        "failed": found.failed,
        "binds": found.binds,
        "ends": found.ends,
    }

"""Reads the configuration of a calibration: a TOML file with the scenario, the free parameters, the targets and the budget."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, Self

from pydantic import BeforeValidator, Field, ValidationError, model_validator

from stepdown import evidence
from stepdown.calibration.priors import Prior
from stepdown.calibration.problem import Budget, Free, Problem, Target, Wave
from stepdown.calibration.simulate import Reading, Scenarios
from stepdown.errors import EvidenceError, ScenarioError
from stepdown.estimands import ESTIMANDS, targets
from stepdown.evidence.loader import nearest
from stepdown.numbers import LEAST_SHARE
from stepdown.results.indicators import INDICATORS
from stepdown.scenario import Scenario, load
from stepdown.scenario.faults import blame, refusal
from stepdown.scenario.files import Document, Path_, find, read_document
from stepdown.scenario.model import Number, Strict, Whole

if TYPE_CHECKING:
    from stepdown.evidence import Evidence

__all__ = ["Config", "load_config"]

Shape = Literal["normal", "lognormal", "gamma", "beta", "uniform", "triangular"]


WIDTH = 2 * 1.959963984540054
"""Width of 95% of a normal likelihood, as which the tolerance of a target of one's own is taken [SD]."""


class FreeKeys(Strict):
    """A free parameter, and its prior where that isn't the evidence's."""

    id: str = Field(description="Id of the parameter.")
    shape: Shape | None = Field(default=None, description="Shape of the prior; by default, that of the evidence.")
    low: Number | None = Field(default=None, description="Low end of the prior; by default, that of the evidence.")
    middle: Number | None = Field(
        default=None, description="Middle of the prior; by default, the value of the evidence."
    )
    high: Number | None = Field(default=None, description="High end of the prior; by default, that of the evidence.")
    why: str = Field(default="", description="Why it is free, and its prior what it is.")


class TargetKeys(Strict):
    """A target: an id of the table of targets, or an estimand or indicator with a value of one's own."""

    id: str = Field(min_length=1, description="Id of the target.")
    name: str = Field(default="", description="What it is, in a few words.")
    years: Whole | None = Field(default=None, ge=1, le=100, description="From how many first years it is taken.")
    drift: Whole = Field(
        default=0, ge=0, le=50, description="Years at either end: the last over the first; 0 for levels."
    )
    estimand: str | None = Field(default=None, description="Estimand of a target that isn't in the table.")
    indicator: str | None = Field(default=None, description="Indicator of one, whose mean over those years is taken.")
    group: str = Field(default="all", description="By what the indicator is told apart.")
    level: str = Field(default="all", description="Which of the group.")
    value: Number | None = Field(default=None, description="Published value.")
    low: Number | None = Field(default=None, description="Low end of what counts as reproducing it.")
    high: Number | None = Field(default=None, description="High end of what counts as reproducing it.")
    why: str = Field(default="", description="Why it is a target, or not as in the table.")


class WaveKeys(Strict):
    """A wave of history matching."""

    points: Whole = Field(ge=4, le=10_000, description="Points that are run.")
    nth: Whole = Field(default=1, ge=1, le=10, description="Which of the largest implausibilities rules a point out.")
    cutoff: Number = Field(default=3.0, gt=0, le=10, description="Implausibility above which it does [SD].")


def _target(value: object) -> object:
    return {"id": value} if isinstance(value, str) else value


class Overrides(Strict):
    """Keys of the scenario that the calibration runs otherwise."""

    years: Whole | None = Field(default=None, ge=1, le=100, description="Years reported [a].")
    settle_days: Whole | None = Field(default=None, ge=0, le=3660, description="Days run before and not reported [d].")
    population: Number | None = Field(
        default=None, ge=LEAST_SHARE, le=1, description="Share of England that is simulated."
    )


class Config(Strict):
    """A calibration, as its file says it."""

    title: str = Field(min_length=1, description="A few words.")
    why: str = Field(min_length=1, description="What the fit is for.")
    scenario: str = Field(
        default="baseline", description="Scenario: a name of the project's own, or a path from this file."
    )
    overrides: Overrides = Field(default=Overrides(), description="Keys of the scenario that are run otherwise.")
    seed: Whole = Field(default=1, ge=0, description="Seed of the runs.")
    replicates: Whole = Field(
        default=1, ge=1, le=100, description="Replicates that every point lives, the same for all."
    )
    noise: Whole = Field(default=4, ge=2, le=100, description="Replicates that tell the Monte Carlo error of a run.")
    design: Whole = Field(default=1, ge=0, description="Seed of designs and draws of the method.")
    particles: Whole = Field(default=512, ge=64, le=100_000, description="Points that explore the space on emulators.")
    waves: list[WaveKeys] = Field(min_length=1, description="Waves of history matching.")
    rounds: Whole = Field(default=2, ge=1, le=20, description="Rounds of draws from the posterior that are run.")
    draws: Whole = Field(default=60, ge=4, le=10_000, description="Draws that are run in each round.")
    targets: list[Annotated[TargetKeys, BeforeValidator(_target)]] = Field(
        min_length=1, description="Ids of the table of targets, or tables of one's own."
    )
    free: list[FreeKeys] = Field(min_length=1, description="Free parameters.")

    @model_validator(mode="after")
    def _names_once(self) -> Self:
        for key, rows in (("targets", self.targets), ("free", self.free)):
            ids = [row.id for row in rows]
            for id in ids:
                if ids.count(id) > 1:
                    message = f"{key}: {id} is there twice"
                    raise ValueError(message)
        return self

    @property
    def budget(self) -> Budget:
        """Return how much is run."""
        waves = tuple(Wave(wave.points, wave.nth, wave.cutoff) for wave in self.waves)
        return Budget(
            waves,
            rounds=self.rounds,
            draws=min(self.draws, self.particles),
            replicates=self.replicates,
            noise=self.noise,
            seed=self.design,
            particles=self.particles,
        )


class Loaded:
    """A config with everything that it names: scenario, priors, targets.

    Attributes
    ----------
    label
        How to speak of the file.
    config, scenario
        As written, and resolved.
    free, targets, readings
        What is fitted to what, and where that is read.
    """

    def __init__(self, document: Document, config: Config) -> None:
        self.config = config
        self.label = document.label
        self._document = document
        try:
            # A word is one of the project's own: a config may be called after its scenario.
            word = not config.scenario.endswith(".toml") and "/" not in config.scenario
            at, _ = find(config.scenario, beside=None if word else document.path.parent)
        except ScenarioError as error:
            raise self._fault(("scenario",), str(error)) from None
        overrides = config.overrides.model_dump(exclude_none=True)
        self.scenario: Scenario = load(at, **overrides)
        known = evidence.load()
        self.free = tuple(self._free(at, keys, known) for at, keys in enumerate(config.free))
        self.readings = tuple(self._reading(at, keys) for at, keys in enumerate(config.targets))
        self.targets = tuple(self._target(at, keys) for at, keys in enumerate(config.targets))

    def problem(self, records: Path) -> Problem:
        """Return the problem, with recorded inflow in a folder."""
        scenario = self.scenario.model_dump_json(by_alias=True)
        simulate = Scenarios(scenario, self.config.seed, records, self.readings)
        return Problem(self.free, self.targets, simulate, self.config.budget)

    def _fault(self, path: Path_, what: str) -> ScenarioError:
        return blame([self._document], path, what)

    def _free(self, at: int, keys: FreeKeys, known: Evidence) -> Free:
        """Return a free parameter with its prior, within the range of the evidence."""
        try:
            parameter = known[keys.id]
        except EvidenceError as error:
            raise self._fault(("free", at, "id"), str(error).removeprefix("parameters: ")) from None
        if parameter.distribution == "fixed":
            raise self._fault(
                ("free", at, "id"), f"{keys.id} is fixed by the evidence; allowed: a parameter with a range"
            )
        low = parameter.low if keys.low is None else keys.low
        high = parameter.high if keys.high is None else keys.high
        for name, found in (("low", low), ("high", high)):
            if not parameter.low <= found <= parameter.high:
                what = f"{found:g} leaves the range of the evidence; allowed: {parameter.low:g} to {parameter.high:g}"
                raise self._fault(("free", at, name), what)
        middle = parameter.value if keys.middle is None else keys.middle
        if not low < middle < high:
            what = f"{middle:g} is not between {low:g} and {high:g}"
            raise self._fault(("free", at, "middle"), what)
        return Free(keys.id, Prior(keys.shape or parameter.distribution, low, middle, high), keys.why)

    def _reading(self, at: int, keys: TargetKeys) -> Reading:
        """Return where a target is read."""
        lived = self.scenario.calendar.years
        years = min(keys.years or lived, lived)
        if 2 * keys.drift > years:
            what = f"{keys.drift} years at either end of {years}; allowed: at most half of them"
            raise self._fault(("targets", at, "drift"), what)
        if keys.indicator is not None:
            self._check_indicator(at, keys, keys.indicator)
            return Reading(keys.id, years, None, keys.indicator, keys.group, keys.level, keys.drift)
        if keys.estimand is not None:
            if keys.estimand not in ESTIMANDS:
                raise self._fault(
                    ("targets", at, "estimand"), f"{keys.estimand} is not known{nearest(keys.estimand, ESTIMANDS)}"
                )
            return Reading(keys.id, years, keys.estimand, drift=keys.drift)
        known = targets.load()
        if keys.id not in known:
            what = f"{keys.id} is not known{nearest(keys.id, known)}; allowed: a target of the table, or an estimand or indicator"
            raise self._fault(("targets", at, "id"), what)
        years = min(keys.years or known[keys.id].years, lived)
        return Reading(keys.id, years, known[keys.id].estimand, drift=keys.drift)

    def _check_indicator(self, at: int, keys: TargetKeys, name: str) -> None:
        """Refuse an indicator or group that isn't there."""
        known = {indicator.name: indicator for indicator in INDICATORS}
        if name not in known:
            what = f"{name} is not known{nearest(name, known)}"
            raise self._fault(("targets", at, "indicator"), what)
        groups = known[name].groups
        if keys.group not in groups:
            raise self._fault(("targets", at, "group"), f"{keys.group}; allowed: {', '.join(groups)}")

    def _target(self, at: int, keys: TargetKeys) -> Target:
        """Return a target with its published value: of the table, unless the config says otherwise."""
        own = keys.indicator or keys.estimand
        known = None if own is not None else targets.load()[keys.id]
        found = {}
        for name in ("value", "low", "high"):
            said = getattr(keys, name)
            if said is None and known is None:
                raise self._fault(("targets", at, name), "missing")
            found[name] = getattr(known, name) if said is None else said
        value, low, high = found["value"], found["low"], found["high"]
        if not low < value < high:
            raise self._fault(("targets", at, "value"), f"{value:g} is not between {low:g} and {high:g}")
        if known is None:
            return Target(keys.id, value, low, high, (high - low) / WIDTH, keys.name or str(own))
        spread = known.spread * (known.value if known.likelihood == "lognormal" else 1.0)
        # Another value of the same figure is known as well as the table's, relative to its size.
        return Target(keys.id, value, low, high, spread * value / known.value, known.name, known.unit)


def load_config(path: Path | str) -> Loaded:
    """Load a config, with everything that it names.

    Raises
    ------
    ScenarioError
        If anything can't be understood: file, key, what was found, what is allowed, line.
    """
    document = read_document(Path(path), str(path))
    try:
        config = Config.model_validate(document.data)
    except ValidationError as error:
        raise refusal(error, [document], document.data, root=Config) from None
    return Loaded(document, config)

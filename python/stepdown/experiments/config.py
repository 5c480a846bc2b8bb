"""Reads an experiment: a TOML file that says which scenarios are compared, over which draws and replicates, and what is kept."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self

import numpy as np
from pydantic import BeforeValidator, Field, ValidationError, model_validator

from stepdown import evidence, levers
from stepdown.errors import EvidenceError, LimitError, ScenarioError
from stepdown.evidence import institutions
from stepdown.evidence.loader import nearest
from stepdown.numbers import LEAST_SHARE, MOST
from stepdown.results.indicators import ENGLAND, INDICATORS, levels
from stepdown.results.layout import TABLES
from stepdown.scenario import Scenario, load
from stepdown.scenario.faults import blame, refusal
from stepdown.scenario.files import Document, Path_, find, read_document
from stepdown.scenario.model import Number, Strict, Whole

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

__all__ = ["RUN", "Arm", "Experiment", "ExperimentKeys", "OutcomeKeys", "Overrides", "check_outcome", "load_experiment"]

RUN = "run"
"""Word of `keep` for the whole folder of each run."""

MOST_PARTS = 6
"""Parts of a package: with 6, each of its 64 combinations is a scenario."""

MOST_ARMS = 10_000
"""Scenarios of an experiment."""

Share = Annotated[Number, Field(ge=LEAST_SHARE, le=1)]


class Overrides(Strict):
    """Keys of every scenario that are run otherwise."""

    population: Share | None = Field(default=None, description="Share of England that is simulated.")
    years: Whole | None = Field(default=None, ge=1, le=100, description="Years reported [a].")
    settle_days: Whole | None = Field(default=None, ge=0, le=3660, description="Days run before and not reported [d].")


class OutcomeKeys(Strict):
    """An outcome: the mean over the reported years of an indicator in one cell."""

    indicator: str = Field(description="Which indicator.")
    area: str = Field(default=ENGLAND, description="An area, or England.")
    group: str = Field(default="all", description="By what it is told apart.")
    level: str = Field(default="all", description="Which of the group.")
    half_width: Number | None = Field(
        default=None,
        gt=0,
        description="Half-width to which the interval of its paired differences is brought, in its unit.",
    )

    @property
    def name(self) -> str:
        """How tables name it."""
        return ", ".join([self.indicator, *(word for word in (self.level, self.area) if word not in ("all", ENGLAND))])


class RangeKeys(Strict):
    """Between what a lever or parameter is sampled."""

    low: Number = Field(description="Low end.")
    high: Number = Field(description="High end.")
    scale: Literal["linear", "log"] = Field(
        default="linear", description="Whether values or their logarithms are even."
    )

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if not self.low < self.high:
            message = f"high: {self.high:g}; allowed: above low, {self.low:g}"
            raise ValueError(message)
        if self.scale == "log" and self.low <= 0:
            message = f"low: {self.low:g}; allowed: above 0, as its logarithm is taken"
            raise ValueError(message)
        return self

    def at(self, quantile: float) -> float:
        """Return the value at a quantile.

        Examples
        --------
        >>> RangeKeys(low=1, high=100, scale="log").at(0.5)
        10.0
        """
        if self.scale == "log":
            return float(self.low * (self.high / self.low) ** quantile)
        return float(self.low + (self.high - self.low) * quantile)


class SampleKeys(Strict):
    """A Latin hypercube over levers and parameters of the base."""

    size: Whole = Field(ge=2, le=MOST_ARMS, description="Points, each a scenario.")
    seed: Whole = Field(default=1, ge=0, description="Seed of the design.")
    over: dict[str, RangeKeys] = Field(min_length=1, description="Levers or ids of parameters, with their ranges.")


class PackageKeys(Strict):
    """A scenario of several policies, whose effect is told apart by policy."""

    scenario: str = Field(description="The whole package: a scenario that differs from the base in its levers only.")
    parts: dict[str, list[str]] = Field(
        default={}, description="Names of parts, each with its levers; by default, each lever is a part."
    )


def _one_or_more(value: object) -> object:
    return [value] if isinstance(value, str) else value


class ExperimentKeys(Strict):
    """An experiment, as its file says it."""

    title: str = Field(min_length=1, description="A few words.")
    why: str = Field(min_length=1, description="The question.")
    scenarios: Annotated[list[str], BeforeValidator(_one_or_more)] = Field(
        default=[], description="Scenarios: names of the project's own, or paths from this file."
    )
    base: str | None = Field(
        default=None, description="Scenario that the others are compared with; by default, the first."
    )
    overrides: Overrides = Field(default=Overrides(), description="Keys of every scenario that are run otherwise.")
    grid: dict[str, Annotated[list[Any], Field(min_length=1)]] = Field(
        default={}, description="Levers or ids of parameters, with values: each combination is a scenario."
    )
    sample: SampleKeys | None = Field(default=None, description="Or a sample of them.")
    package: PackageKeys | None = Field(default=None, description="A package that is taken apart.")
    seed: Whole = Field(
        default=1, ge=0, le=MOST // 2, description="Seed of the best values; draw d has this seed plus d."
    )
    draws: Whole = Field(default=0, ge=0, le=100_000, description="Draws of all parameters; 0 for their best values.")
    replicates: Whole = Field(default=10, ge=1, le=100_000, description="Replicates of each scenario and draw.")
    base_replicates: Whole | None = Field(
        default=None, ge=1, le=100_000, description="Replicates of the base, if more: it serves as a control variate."
    )
    keep: list[str] = Field(default=[], description=f"What is kept of each run besides indicators: tables, or {RUN!r}.")
    attempts: Whole = Field(default=3, ge=1, le=100, description="How often a task may fail or die before it is left.")
    inflow: Literal["shared", "none"] = Field(
        default="shared", description="Whether scenarios of one draw and replicate share a recorded inflow."
    )
    outcomes: list[OutcomeKeys] = Field(default=[], description="Outcomes that are looked at first.")


@dataclass(frozen=True)
class Arm:
    """A scenario of an experiment.

    Attributes
    ----------
    name
        Its name, also in the paths of the result set.
    scenario
        What is run, but for its draw.
    values
        What the grid, the sample or the package has changed, by lever, parameter or part.
    """

    name: str
    scenario: Scenario
    values: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Experiment:
    """An experiment with everything that it names.

    Attributes
    ----------
    name
        That of the file.
    keys
        As written.
    arms
        The scenarios, the base first.
    parts
        Parts of the package, if there is one.
    """

    name: str
    keys: ExperimentKeys
    arms: tuple[Arm, ...]
    parts: tuple[str, ...] = ()

    @property
    def base(self) -> Arm:
        """The scenario that the others are compared with."""
        return self.arms[0]

    @property
    def draws(self) -> range:
        """Numbers of the draws; 0 for the best values."""
        return range(1, self.keys.draws + 1) if self.keys.draws else range(1)

    def replicates_of(self, arm: Arm) -> int:
        """Return how many replicates an arm has of each draw."""
        more = self.keys.base_replicates or 0
        return max(self.keys.replicates, more) if arm is self.base else self.keys.replicates


def load_experiment(path: Path | str, *, base: str | None = None, **overrides: Any) -> Experiment:
    """Load an experiment, with every scenario that it names; or make one of a single scenario, against its parent.

    Parameters
    ----------
    path
        An experiment's file, or a scenario: a name, or the path of its file.
    base
        Scenario that the others are compared with, in place of the file's.
    **overrides
        `replicates`, `draws`, `seed`, `population`, `years` or `settle_days`, in place of the file's; None for none.

    Raises
    ------
    ScenarioError
        If anything can't be understood: file, key, what was found, what is allowed, line.
    LimitError
        There would be more than 10,000 scenarios.

    Examples
    --------
    >>> asked = load_experiment("bradley", population=0.01, years=2, replicates=5)
    >>> [arm.name for arm in asked.arms], asked.keys.replicates
    (['baseline', 'bradley'], 5)
    """
    at, label = find(path)
    document = read_document(at, label)
    given = {key: value for key, value in overrides.items() if value is not None}
    data = dict(document.data)
    if _is_scenario(data):
        data = _about(document)
        document = Document(label, at, data, {})
    if base is not None:
        data["base"] = base
    inner = {key: given.pop(key) for key in list(given) if key in Overrides.model_fields}
    if inner:
        data["overrides"] = {**data.get("overrides", {}), **inner}
    data |= given
    try:
        keys = ExperimentKeys.model_validate(data)
    except ValidationError as error:
        raise refusal(error, [document], data, root=ExperimentKeys) from None
    return _Builder(document, keys).experiment(at.stem)


def check_outcome(documents: list[Document], path: Path_, outcome: OutcomeKeys) -> None:
    """Refuse an outcome that no run has.

    Raises
    ------
    ScenarioError
        Its indicator, group, level or area isn't known.
    """
    known = {indicator.name: indicator for indicator in INDICATORS}
    if outcome.indicator not in known:
        what = f"{outcome.indicator!r} is not known{nearest(outcome.indicator, known)}; stepdown explain indicators lists them"
        raise blame(documents, (*path, "indicator"), what)
    indicator = known[outcome.indicator]
    if outcome.group not in indicator.groups:
        what = f"{outcome.group!r}; allowed for {indicator.name}: {', '.join(indicator.groups)}"
        raise blame(documents, (*path, "group"), what)
    there = levels(outcome.group, indicator.facts)
    if outcome.level not in there:
        raise blame(documents, (*path, "level"), f"{outcome.level!r}; allowed for {outcome.group}: {', '.join(there)}")
    areas = [ENGLAND, *(area.name for area in institutions.load().areas)]
    if outcome.area not in areas:
        raise blame(documents, (*path, "area"), f"{outcome.area!r} is not known{nearest(outcome.area, areas)}")


def _is_scenario(data: Mapping[str, Any]) -> bool:
    """Return whether a file is a scenario rather than an experiment."""
    return "extends" in data or ("calendar" in data and "scenarios" not in data)


def _about(document: Document) -> dict[str, Any]:
    """Return the keys of an experiment about one scenario: it and its parent."""
    title = document.data.get("title", document.path.stem)
    scenarios = [document.path]
    if (parent := document.data.get("extends")) is not None:
        scenarios.insert(0, find(str(parent), beside=document.path.parent)[0])
    return {
        "title": title,
        "why": document.data.get("why", title),
        "scenarios": [str(path.resolve()) for path in scenarios],
    }


class _Builder:
    """Makes the arms of an experiment, and says with file, key and line what can't be made."""

    def __init__(self, document: Document, keys: ExperimentKeys) -> None:
        self._document, self._keys = document, keys
        self._overrides = keys.overrides.model_dump(exclude_none=True)
        self._folder = document.path.parent

    def experiment(self, name: str) -> Experiment:
        keys = self._keys
        self._check_keep()
        for at, outcome in enumerate(keys.outcomes):
            check_outcome([self._document], ("outcomes", at), outcome)
        named: list[tuple[Path_, str]] = [(("scenarios", at), text) for at, text in enumerate(keys.scenarios)]
        if keys.base is not None and keys.base not in keys.scenarios:
            named.insert(0, (("base",), keys.base))
        if not named:
            raise self._fault(("scenarios",), "empty; allowed: at least one scenario, or a base")
        arms: dict[str, Arm] = {}
        first = keys.base if keys.base is not None else named[0][1]
        self._base_word = first
        for path, text in sorted(named, key=lambda one: one[1] != first):
            arm = self._named(path, text)
            if arm.name in arms:
                raise self._fault(path, f"{arm.name} is there twice; allowed: each name once")
            arms[arm.name] = arm
        base = next(iter(arms.values()))
        parts: tuple[str, ...] = ()
        if keys.package is not None:
            parts, more = self._package(base, keys.package)
            self._add(arms, more, ("package",))
        points = [*self._grid(), *self._sample()]
        if len(points) + len(arms) > MOST_ARMS:
            message = f"{self._document.label}: {len(points):,} scenarios; allowed: at most {MOST_ARMS:,}"
            raise LimitError(message)
        for name, values, path in points:
            self._add(arms, [self._point(name, values, path)], path)
        if len(arms) > 1:
            self._check_calendars(arms)
        return Experiment(name, keys, tuple(arms.values()), parts)

    def _add(self, arms: dict[str, Arm], more: list[Arm], path: Path_) -> None:
        """Add arms whose names are made up; none may take the place of another."""
        for arm in more:
            if arm.name in arms:
                raise self._fault(
                    path,
                    f"{arm.name} is the name of two scenarios; allowed: each name once (rename a scenario or a part)",
                )
            arms[arm.name] = arm

    def _fault(self, path: Path_, what: str) -> ScenarioError:
        return blame([self._document], path, what)

    def _where(self, path: Path_, text: str) -> Path | str:
        """Return the place of a scenario: a word of the project's own counts first, as in a scenario's `extends`."""
        try:
            at, label = find(text, beside=self._folder)
        except ScenarioError as error:
            raise self._fault(path, str(error)) from None
        if not at.exists():
            raise self._fault(path, f"{label}: there is no such file")
        return at

    def _load(self, path: Path_, text: str, **more: Any) -> Scenario:
        return load(self._where(path, text), **self._overrides, **more)

    def _named(self, path: Path_, text: str) -> Arm:
        scenario = self._load(path, text)
        return Arm(_plain(scenario.name), scenario)

    def _check_keep(self) -> None:
        for at, table in enumerate(self._keys.keep):
            if table not in (*TABLES, RUN):
                allowed = f"allowed: {', '.join((*TABLES, RUN))}"
                raise self._fault(("keep", at), f"{table!r}; {allowed}{nearest(table, [*TABLES, RUN])}")

    def _check_calendars(self, arms: Mapping[str, Arm]) -> None:
        """Refuse scenarios in which not the same people live for the same days."""
        base = next(iter(arms.values()))
        for arm in arms.values():
            for key in ("start", "years", "settle_days"):
                one, other = (getattr(a.scenario.calendar, key) for a in (base, arm))
                if one != other:
                    what = f"{arm.name} has calendar.{key} {other}, and {base.name} {one}; allowed: the same for all (overrides says it)"
                    raise self._fault(("scenarios",), what)
            if arm.scenario.population != base.scenario.population:
                what = f"{arm.name} has population {arm.scenario.population:g}, and {base.name} {base.scenario.population:g}"
                raise self._fault(("scenarios",), f"{what}; allowed: the same for all (overrides says it)")

    def _grid(self) -> list[tuple[str, dict[str, Any], Path_]]:
        """Return the points of the grid, in the order of the file."""
        grid = self._keys.grid
        for key, values in grid.items():
            self._check_key(("grid", key), key)
            if twice := [value for at, value in enumerate(values) if value in values[:at]]:
                raise self._fault(("grid", key), f"{twice[0]} is there twice; allowed: each value once")
        points = [dict(zip(grid, point, strict=True)) for point in itertools.product(*grid.values())] if grid else []
        return [(f"grid-{at:0{len(str(len(points)))}}", point, ("grid",)) for at, point in enumerate(points, 1)]

    def _sample(self) -> list[tuple[str, dict[str, Any], Path_]]:
        """Return the points of the sample: in each range, one value in each of `size` equal parts."""
        asked = self._keys.sample
        if asked is None:
            return []
        for key in asked.over:
            self._check_key(("sample", "over", key), key)
        rng = np.random.default_rng(asked.seed)
        cells = np.column_stack([rng.permutation(asked.size) for _ in asked.over])
        quantiles = (cells + rng.random(cells.shape)) / asked.size
        width = len(str(asked.size))
        return [
            (
                f"sample-{at:0{width}}",
                {key: over.at(float(q)) for (key, over), q in zip(asked.over.items(), row, strict=True)},
                ("sample", "over"),
            )
            for at, row in enumerate(quantiles, 1)
        ]

    def _check_key(self, path: Path_, key: str) -> None:
        if key in levers.load():
            return
        try:
            evidence.load()[key]
        except EvidenceError as error:
            hint = nearest(key, levers.load())
            what = str(error).removeprefix("parameters: ").removeprefix(f"{key} is ").removeprefix(f"{key}: ")
            raise self._fault(
                path, f"{what if '.' in key else f'not known{hint}'}; allowed: a lever or the id of a parameter"
            ) from None

    def _point(self, name: str, values: Mapping[str, Any], path: Path_) -> Arm:
        """Return the base with some levers and parameters replaced."""
        base = self._load(("base",), self._base_word)
        own = {key: value for key, value in values.items() if key in levers.load()}
        parameters = {key: value for key, value in values.items() if key not in own}
        if parameters:
            own["parameters"] = {**base.parameters, **parameters}
        try:
            scenario = self._load(("base",), self._base_word, name=name, **own)
        except ScenarioError as error:
            # It names the base's file, which is not at fault.
            at = self._where(("base",), self._base_word)
            what = str(error).removeprefix(f"{find(str(at))[1]}: ")
            named = next((key for key in values if key in what), None)
            raise self._fault(path if named is None else (*path, named), f"{name} ({_told(values)}): {what}") from None
        return Arm(name, scenario, dict(values))

    def _package(self, base: Arm, asked: PackageKeys) -> tuple[tuple[str, ...], list[Arm]]:
        """Return the parts of a package, and an arm for each combination of them but none."""
        whole = self._load(("package", "scenario"), asked.scenario)
        mine, theirs = _levers_of(base.scenario), _levers_of(whole)
        differ = [name for name in sorted({*mine, *theirs}) if mine.get(name) != theirs.get(name)]
        parts = asked.parts or {name: [name] for name in differ}
        named = [lever for group in parts.values() for lever in group]
        for part, group in asked.parts.items():
            for lever in group:
                if lever not in differ:
                    allowed = ", ".join(differ) or "none, as it differs in no lever"
                    raise self._fault(("package", "parts", part), f"{lever!r}; allowed: {allowed}")
        if left := [lever for lever in differ if named.count(lever) != 1]:
            what = f"{left[0]} is in {named.count(left[0])} of them; allowed: each lever of the package in one"
            raise self._fault(("package", "parts"), what)
        if not 2 <= len(parts) <= MOST_PARTS:
            what = f"{len(parts)} parts; allowed: 2 to {MOST_PARTS}, as each of their combinations is run (put levers together in parts)"
            raise self._fault(("package", "parts"), what)
        arms = []
        for size in range(1, len(parts) + 1):
            for chosen in itertools.combinations(parts, size):
                taken = {lever for part in chosen for lever in parts[part]}
                name = "with-" + "-".join(_plain(part) for part in chosen)
                own = {lever: theirs.get(lever, "off") for lever in sorted(taken)}
                scenario = self._load(("base",), self._base_word, name=name, **_as_overrides(own, mine))
                arms.append(Arm(name, scenario, dict.fromkeys(chosen, True)))
        self._check_nothing_else(whole, arms[-1].scenario)
        return tuple(parts), arms

    def _check_nothing_else(self, whole: Scenario, made: Scenario) -> None:
        """Refuse a package that differs from the base in something that no part has: it would stay unexplained."""
        said, again = (scenario.model_dump(exclude={"title", "why", "name"}) for scenario in (whole, made))
        if differ := [key for key in said if said[key] != again[key]]:
            what = f"it differs from the base in {', '.join(differ)}, too; allowed: a package of levers, so that nothing stays unexplained"
            raise self._fault(("package", "scenario"), what)


def _levers_of(scenario: Scenario) -> dict[str, Any]:
    """Return the levers of a scenario as its file has them; those of beds by tier, as ``beds.medium``."""
    found: dict[str, Any] = {}
    for name in levers.load():
        if steps := scenario.steps(name):
            found[name] = [step.model_dump(by_alias=True, exclude_none=True) for step in steps]
    for tier in ("high", "medium", "low"):
        if beds := scenario.bed_steps(tier):
            found[f"beds.{tier}"] = [step.model_dump(by_alias=True, exclude_none=True) for step in beds]
    return found


def _as_overrides(own: Mapping[str, Any], before: Mapping[str, Any]) -> dict[str, Any]:
    """Return levers as `load` takes them: beds of all tiers in one table."""
    found = {name: steps for name, steps in own.items() if not name.startswith("beds.")}
    if any(name.startswith("beds.") for name in own):
        beds = {name: steps for name, steps in {**before, **own}.items() if name.startswith("beds.")}
        found["beds"] = {name.removeprefix("beds."): [] if steps == "off" else steps for name, steps in beds.items()}
    return found


def _plain(name: str) -> str:
    """Return a name as a part of a path and of a query: letters, digits, ``_``, ``.`` and ``-``.

    Examples
    --------
    >>> _plain("my policy")
    'my-policy'
    """
    return "".join(letter if letter.isascii() and (letter.isalnum() or letter in "_.-") else "-" for letter in name)


def _told(values: Mapping[str, Any]) -> str:
    return ", ".join(f"{key} = {value}" for key, value in values.items())

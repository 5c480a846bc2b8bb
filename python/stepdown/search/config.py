"""Reads a search: a TOML file that says what may be changed, what must hold, whose costs count, and how long to look."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self

from pydantic import Field, ValidationError, model_validator

from stepdown import levers
from stepdown.errors import ScenarioError
from stepdown.evidence.loader import nearest
from stepdown.experiments.config import Arm, Experiment, OutcomeKeys, Overrides, check_outcome, load_experiment
from stepdown.numbers import MOST
from stepdown.scenario import Scenario, load
from stepdown.scenario.faults import blame, refusal
from stepdown.scenario.files import find, read_document
from stepdown.scenario.model import TIERS, Day, Number, Strict, Whole

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from stepdown.scenario.files import Document

__all__ = ["ConstraintKeys", "Search", "SearchKeys", "load_search"]

MOST_TRIALS = 5000
"""Candidates of a search."""


class _Range(Strict):
    """Between what something is searched."""

    low: Number = Field(description="Low end.")
    high: Number = Field(description="High end.")
    step: Number | None = Field(default=None, gt=0, description="Only so far apart; without it, anything between.")

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if not self.low < self.high:
            message = f"high: {self.high:g}; allowed: above low, {self.low:g}"
            raise ValueError(message)
        return self


class LeverKeys(_Range):
    """A lever that may be changed, or beds of a tier (`beds.medium`)."""

    from_: Day | None = Field(default=None, alias="from", description="First day of the step; as in a scenario.")
    ramp_days: Whole = Field(default=0, ge=0, le=7320, description="Days until the full value [d].")


class ProgrammeKeys(_Range):
    """A programme that may be paid for: pounds a year between low and high; none where that is 0."""

    from_: Whole = Field(alias="from", description="Financial year of its money.")
    programme: dict[str, Any] = Field(description="Its keys as in a scenario, but for name and pounds.")


class ConstraintKeys(OutcomeKeys):
    """An outcome that must hold: the mean over the reported years of an indicator in one cell."""

    at_least: Number | None = Field(default=None, description="What it must reach.")
    at_most: Number | None = Field(default=None, description="What it may not pass.")
    above_base: Number | None = Field(default=None, description="By how much it may be above the base.")
    below_base: Number | None = Field(default=None, description="By how much it may be below the base.")

    @model_validator(mode="after")
    def _says_one_thing(self) -> Self:
        said = [key for key in BOUNDS if getattr(self, key) is not None]
        if len(said) != 1:
            message = f"indicator: {len(said)} bounds; allowed: one of {', '.join(BOUNDS)}"
            raise ValueError(message)
        return self

    @property
    def bound(self) -> tuple[str, float]:
        """Which bound it has, and where."""
        (key,) = [key for key in BOUNDS if getattr(self, key) is not None]
        return key, float(getattr(self, key))

    @property
    def said(self) -> str:
        """The constraint in words."""
        key, value = self.bound
        return f"{self.name} {key.replace('_', ' ')} {value:g}"

    def shortfall(self, value: float, base: float) -> float:
        """Return by how much an outcome misses the bound; 0 or below where it holds.

        Examples
        --------
        >>> ConstraintKeys(indicator="wait_clinical_within_28", at_least=0.95).shortfall(0.90, 0.5)
        0.04999999999999993
        >>> ConstraintKeys(indicator="wait_elsewhere_mean", above_base=1).shortfall(12.0, 10.0)
        1.0
        """
        key, bound = self.bound
        return {
            "at_least": bound - value,
            "at_most": value - bound,
            "above_base": value - base - bound,
            "below_base": base - value - bound,
        }[key]


BOUNDS = ("at_least", "at_most", "above_base", "below_base")


class SearchKeys(Strict):
    """A search, as its file says it."""

    title: str = Field(min_length=1, description="A few words.")
    why: str = Field(min_length=1, description="The question.")
    base: str = Field(default="baseline", description="Scenario that everything starts from, and is compared with.")
    overrides: Overrides = Field(default=Overrides(), description="Keys of every scenario that are run otherwise.")
    levers: dict[str, LeverKeys] = Field(default={}, description="Levers, each with its range.")
    programmes: dict[str, ProgrammeKeys] = Field(default={}, description="Programmes, each with its range of pounds.")
    constraints: list[ConstraintKeys] = Field(min_length=1, description="What must hold.")
    perspective: Literal["health", "public", "society"] = Field(default="health", description="Whose costs count.")
    sampler: Literal["tpe", "nsga2"] = Field(
        default="tpe", description="tpe: the least cost; nsga2: the front of cost and the first constraint's outcome."
    )
    trials: Annotated[Whole, Field(ge=1, le=MOST_TRIALS)] = Field(default=40, description="Packages that are tried.")
    batch: Whole = Field(default=4, ge=1, le=1000, description="Packages that are asked for at a time.")
    replicates: Whole = Field(default=2, ge=1, le=1000, description="Replicates of each package.")
    finalists: Whole = Field(default=5, ge=1, le=100, description="Best packages that are run on fresh seeds.")
    fresh_replicates: Whole = Field(default=5, ge=2, le=1000, description="Replicates of each of these.")
    seed: Whole = Field(default=1, ge=0, le=MOST // 4, description="Seed of runs and of the search.")
    attempts: Whole = Field(default=3, ge=1, le=100, description="How often a task may fail or die before it is left.")

    @model_validator(mode="after")
    def _has_something_to_change(self) -> Self:
        if not self.levers and not self.programmes:
            message = "levers: nothing may be changed; allowed: a lever or a programme with its range"
            raise ValueError(message)
        return self


@dataclass(frozen=True)
class Search:
    """A search with everything that it names.

    Attributes
    ----------
    name
        That of the file.
    keys
        As written.
    base
        The scenario that everything starts from.
    document
        The file.
    """

    name: str
    keys: SearchKeys
    base: Scenario
    document: Document

    @property
    def ranges(self) -> dict[str, LeverKeys | ProgrammeKeys]:
        """What may be changed, by name, in the order of the file."""
        return {**self.keys.levers, **{f"programmes.{name}": keys for name, keys in self.keys.programmes.items()}}

    def experiment(self, *, seed: int, replicates: int) -> Experiment:
        """Return the experiment that the search grows: with the base alone, at first."""
        place = str(find(self.keys.base, beside=self.document.path.parent)[0].resolve())
        made = load_experiment(place, base=place, seed=seed, replicates=replicates)
        keys = made.keys.model_copy(
            update={
                "title": self.keys.title,
                "why": self.keys.why,
                "outcomes": [],
                "attempts": self.keys.attempts,
                "draws": 0,
            }
        )
        return Experiment(self.name, keys, (Arm("base", self.base.model_copy(update={"name": "base"})),))

    def arm(self, name: str, values: Mapping[str, float]) -> Arm:
        """Return a package as a scenario.

        Raises
        ------
        ScenarioError
            It isn't one: the sentence says what is wrong with the file's key.
        """
        given: dict[str, Any] = {}
        beds: dict[str, Any] = {}
        programmes = [programme.model_dump(by_alias=True, exclude_none=True) for programme in self.base.programmes]
        for key, value in values.items():
            head, _, tail = key.partition(".")
            if head == "programmes":
                asked = self.keys.programmes[tail]
                if value:
                    programmes.append({**asked.programme, "name": tail, "pounds": {str(asked.from_): value}})
                continue
            lever = self.keys.levers[key]
            if head == "beds":
                steps = [step.model_dump(by_alias=True, exclude_none=True) for step in self.base.bed_steps(tail)]
                day = lever.from_ or self.base.calendar.start
                beds[tail] = [*steps, *([{"from": day, "beds": round(value)}] if round(value) else [])]
                continue
            step: dict[str, Any] = {"value": value}
            if lever.from_ is not None:
                step |= {"from": lever.from_, "ramp_days": lever.ramp_days}
            given[key] = [step]
        if beds:
            own = {
                tier: [s.model_dump(by_alias=True, exclude_none=True) for s in self.base.bed_steps(tier)]
                for tier in TIERS
            }
            given["beds"] = own | beds
        if programmes:
            given["programmes"] = programmes
        overrides = self.keys.overrides.model_dump(exclude_none=True)
        place = find(self.keys.base, beside=self.document.path.parent)[0]
        try:
            scenario = load(place, name=name, **overrides, **given)
        except ScenarioError as error:
            said = ", ".join(f"{key} = {value:g}" for key, value in values.items())
            what = str(error).partition(": ")[2]
            raise blame([self.document], ("levers",), f"{said}: {what}") from None
        return Arm(name, scenario, dict(values))


def load_search(path: Path | str, **overrides: Any) -> Search:
    """Load a search, and try that both ends of everything it may change make a scenario.

    Parameters
    ----------
    path
        Its file.
    **overrides
        `population`, `years`, `settle_days`, `trials`, `replicates` or `seed`, in place of the file's; None for none.

    Raises
    ------
    ScenarioError
        If anything can't be understood: file, key, what was found, what is allowed, line.
    """
    at, label = find(path)
    document = read_document(at, label)
    data = dict(document.data)
    given = {key: value for key, value in overrides.items() if value is not None}
    inner = {key: given.pop(key) for key in list(given) if key in Overrides.model_fields}
    data |= given
    if inner:
        data["overrides"] = {**data.get("overrides", {}), **inner}
    try:
        keys = SearchKeys.model_validate(data)
    except ValidationError as error:
        raise refusal(error, [document], data, root=SearchKeys) from None
    known = [*levers.load(), *(f"beds.{tier}" for tier in TIERS)]
    for name in keys.levers:
        if name not in known:
            raise blame(
                [document], ("levers", name), f"it is not known{nearest(name, known)}; allowed: a lever, or beds.TIER"
            )
    for k, constraint in enumerate(keys.constraints):
        check_outcome([document], ("constraints", k), constraint)
    base = load(find(keys.base, beside=at.parent)[0], **keys.overrides.model_dump(exclude_none=True))
    found = Search(at.stem, keys, base, document)
    for end in ("low", "high"):
        found.arm(end, {name: float(getattr(one, end)) for name, one in found.ranges.items()})
    return found

"""The content of a scenario: its keys, with their types, units and bounds."""

import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self

import tomli_w
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, create_model, model_validator
from pydantic_core import PydanticCustomError

from stepdown import _core, evidence, levers
from stepdown.evidence import world
from stepdown.numbers import LEAST_SHARE, comma, plain

if TYPE_CHECKING:
    from stepdown.evidence import Evidence

EPOCH = date(1900, 1, 1)
"""Day 0 of the engine."""
EARLIEST, _LAST = (EPOCH + timedelta(days=day) for day in _core.calendar())
"""First day on which a run may start to report, a 1 April: the oldest still have a birth day that the engine can hold."""
HORIZON = date(_LAST.year - (date(_LAST.year, 4, 1) > _LAST), 4, 1)
"""Last day of the calendar, a 1 April."""
TIERS = ("high", "medium", "low")


def _date(value: object) -> object:
    if isinstance(value, str) and re.fullmatch(r"\d{4}-\d{2}-\d{2}", value):
        try:
            return date.fromisoformat(value)
        except ValueError:
            value = str(value)
    if not isinstance(value, date) or isinstance(value, datetime):
        raise PydanticCustomError("value_error", "{found} is not a date (YYYY-MM-DD)", {"found": str(value)[:80]})
    if not EPOCH < value < HORIZON:
        message = f"{value}; allowed: dates after {EPOCH} and before {HORIZON}"
        raise ValueError(message)
    return value


def _steps(value: object) -> object:
    if value == "off":
        return []
    return [value] if isinstance(value, dict) else value


def _number(value: object) -> object:
    value = plain(value)
    if isinstance(value, bool | str):
        found = f'"{value[:80]}"' if isinstance(value, str) else str(value).lower()
        hint = comma(value) if isinstance(value, str) else ""
        raise PydanticCustomError("value_error", "{found} is not a number{hint}", {"found": found, "hint": hint})
    return value


Day = Annotated[date, BeforeValidator(_date)]
Number = Annotated[float, BeforeValidator(_number)]
Whole = Annotated[int, BeforeValidator(_number)]


class Strict(BaseModel):
    """Refuses keys that it doesn't know."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class Calendar(Strict):
    """The days of a run."""

    start: Day = Field(description="First reported day, a 1 April.")
    years: Whole = Field(ge=1, le=100, description="Years that are reported [a].")
    settle_days: Whole = Field(ge=0, le=3660, description="Days before the start that are run but not reported [d].")

    @model_validator(mode="after")
    def _starts_on_1_april(self) -> Self:
        if (self.start.month, self.start.day) != (4, 1):
            message = f"start: {self.start}; allowed: a 1 April"
            raise ValueError(message)
        if self.start < EARLIEST:
            message = (
                f"start: {self.start}; allowed: a 1 April from {EARLIEST} on, so that everybody's birth day can be held"
            )
            raise ValueError(message)
        return self


class Step(Strict):
    """One step of a lever."""

    value: Number | str = Field(description="Value at full strength, in the lever's unit.")
    from_: Day | None = Field(
        default=None, alias="from", description="First day; without it, in force before the run starts."
    )
    until: Day | None = Field(default=None, description="Day on which it ends; without it, never.")
    ramp_days: Whole = Field(default=0, ge=0, le=7320, description="Days until the full value [d].")
    areas: list[str] | None = Field(
        default=None, min_length=1, description="Areas, collaboratives or regions, by name; without it, all."
    )

    @model_validator(mode="after")
    def _ends_after_it_begins(self) -> Self:
        if self.until is not None and self.from_ is not None and self.until <= self.from_:
            message = f"until: {self.until} is not after {self.from_}"
            raise ValueError(message)
        if self.from_ is None and self.ramp_days:
            message = f"ramp_days: {self.ramp_days} days, but no day from which to ramp"
            raise ValueError(message)
        return self


class BedStep(Strict):
    """Beds that open or close on a day."""

    from_: Day = Field(alias="from", description="Day on which they open, or are ordered to close.")
    beds: Whole = Field(ge=-5000, le=5000, description="Beds opened (above 0) or closed (below 0) [beds].")
    collaborative: str | None = Field(default=None, description="Commissioner, by name; without it, all.")
    unit: str | None = Field(default=None, description="Unit or site, by name; without it, all in proportion.")
    sex: Literal["male", "female"] | None = Field(default=None, description="Sex of the beds; without it, both.")


Steps = Annotated[list[Step], BeforeValidator(_steps)]
BedSteps = Annotated[list[BedStep], BeforeValidator(_steps)]


class Beds(Strict):
    """Bed programmes by tier."""

    high: BedSteps = Field(default=[], description="High secure beds.")
    medium: BedSteps = Field(default=[], description="Medium secure beds.")
    low: BedSteps = Field(default=[], description="Low secure beds.")


def _levers_model() -> type[Strict]:
    fields: dict[str, Any] = {
        lever.name: (Steps, Field(default=[], description=f"{lever.meaning} [{lever.unit}]."))
        for lever in levers.load().values()
    }
    fields["beds"] = (Beds, Field(default=Beds(), description="Bed programmes by tier, unit, sex and date."))
    return create_model("Levers", __base__=Strict, __doc__="What the scenario changes.", **fields)


if TYPE_CHECKING:

    class Levers(Strict):
        """What the scenario changes: one key per lever of the table, and the beds."""

        beds: Beds = Beds()
else:
    Levers = _levers_model()


def _years(value: object) -> object:
    if not isinstance(value, dict):
        return value
    for year in value:
        if not re.fullmatch(r"[0-9]{4}", str(year)):
            message = f"{str(year)[:80]!r} is not a year; allowed: financial years, by the year of their 1 April, such as 2026"
            raise ValueError(message)
    return {str(year): pounds for year, pounds in value.items()}


def _shares(value: object) -> object:
    return {value: 1.0} if isinstance(value, str) else value


def _flag(value: object) -> object:
    value = plain(value)
    if value is not None and not isinstance(value, bool):
        raise PydanticCustomError(
            "value_error", "{found} is neither true nor false", {"found": str(value)[:80] if value != "" else '""'}
        )
    return value


Flag = Annotated[bool | None, BeforeValidator(_flag)]
Pounds = Annotated[dict[str, Annotated[Number, Field(ge=0, le=1e12)]], BeforeValidator(_years)]
Share = Annotated[Number, Field(ge=0, le=1)]
Shares = Annotated[dict[str, Share], BeforeValidator(_shares)]


class Programme(Strict):
    """Money for places and teams."""

    name: str = Field(min_length=1, max_length=80, description="Name, as its rows in the table `programmes` have it.")
    pounds: Pounds | None = Field(
        default=None, min_length=1, description="Money by financial year, each named by the year of its 1 April [£]."
    )
    payer: str | None = Field(
        default=None,
        description="Who pays: public funds, with new money (the default); NHS England, a collaborative, or an area's aftercare funder by the name of the area, out of what it has.",
    )
    buys: Shares = Field(min_length=1, description="What it buys, or the shares of several things.")
    where: str | list[str] | None = Field(
        default=None,
        description="need (the default), bidding, everywhere, or areas, collaboratives and regions by name.",
    )
    recurrent: Flag = Field(
        default=None,
        description="The sum of the last year goes on in every year after it; else what was bought is given up.",
    )
    unspent: Literal["returned", "carried"] | None = Field(
        default=None,
        description="What becomes of money that isn't spent in a year: it lapses (the default), or is added to the next year's.",
    )
    inflation: Literal["real", "cash"] | None = Field(
        default=None,
        description="Pounds at the prices of the run (the default), or of each year: those lose money.programme.inflation a year.",
    )
    from_wards: Annotated[Share, Field(gt=0)] | None = Field(
        default=None,
        description="In place of pounds: the share of what closed wards release that is spent where it was released.",
    )
    speed_days: Annotated[Whole, Field(ge=0, le=3660)] | None = Field(
        default=None,
        description="Days from the release until the money can be spent, 0 if left out; belongs to from_wards [d].",
    )

    @model_validator(mode="after")
    def _has_one_source(self) -> Self:
        if (self.pounds is None) == (self.from_wards is None):
            found = "neither is there" if self.pounds is None else "both are there"
            message = f"pounds and from_wards: {found}; allowed: one of them"
            raise ValueError(message)
        given = ("payer", "where", "recurrent", "unspent", "inflation") if self.pounds is None else ("speed_days",)
        for key in given:
            if getattr(self, key) is not None:
                message = (
                    f"{key}: it belongs to {'pounds' if self.pounds is None else 'from_wards'}; allowed: leave it out"
                )
                raise ValueError(message)
        return self

    @property
    def years(self) -> dict[int, float]:
        """Money by financial year [£]."""
        return {int(year): pounds for year, pounds in (self.pounds or {}).items()}


Programmes = Annotated[list[Programme], BeforeValidator(_steps)]


class Use(Strict):
    """Agents of a package that override declared ones: all of their kind, or some."""

    agent: str = Field(pattern=r"^[^:]+:[^:]+$", description="Package and name of the agent: package:Name.")
    commissioner: str | None = Field(default=None, description="Only for this commissioner's, by name.")
    area: str | None = Field(default=None, description="Only for this area's, by name.")
    region: str | None = Field(default=None, description="Only for this region's, by name.")
    unit: str | None = Field(default=None, description="Only for this unit or site, by name.")
    tier: Literal["high secure", "medium secure", "low secure"] | None = Field(
        default=None, description="Only for units of this tier."
    )


def _use(value: object) -> object:
    return {"agent": value} if isinstance(value, str) else value


class Rules(Strict):
    """Agent overrides that the scenario names."""

    use: list[Annotated[Use, BeforeValidator(_use)]] = Field(
        default=[], description="Agents that installed packages offer; of two for one agent, the later."
    )


class Scenario(Strict):
    """A resolved scenario: everything that a run needs besides the evidence, a seed and a replicate.

    Examples
    --------
    >>> from stepdown import load
    >>> scenario = load("bradley", population=0.01)
    >>> scenario.title, scenario.population, scenario.steps("transfer_limit")[0].value
    ("Bradley's fourteen days", 0.01, 14.0)
    """

    title: str = Field(min_length=1, description="A few words.")
    why: str = Field(min_length=1, description="The question that the scenario answers.")
    name: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9 _.-]*$", description="Name, by default that of the file.")
    world: str = Field(default="2024", description="World that the run starts in: whose evidence, people and beds.")
    calendar: Calendar = Field(description="The days of a run.")
    population: Number = Field(
        ge=LEAST_SHARE, le=1, description="Share of England that is simulated; capacities are scaled."
    )
    exact: Literal["events", "daily"] = Field(description="From event to event, or everyone every day (the referee).")
    capacity: Literal["limited", "unlimited"] = Field(description="Whether beds, places and teams can run out.")
    demography: Literal["moving", "frozen"] = Field(description="Whether people are born, age, die and move.")
    draw: Whole = Field(
        default=0, ge=0, le=2**32 - 1, description="Number of a draw of all parameters; 0 for their best values."
    )
    parameters: dict[str, Number] = Field(default={}, description="Evidence replaced, by id.")
    levers: Levers = Field(default=Levers(), description="What the scenario changes.")
    programmes: Programmes = Field(default=[], description="Money for places and teams.")
    rules: Rules = Field(default=Rules(), description="Agent overrides: subclasses that replace declared agents.")

    def steps(self, lever: str) -> list[Step]:
        """Return the steps of a lever."""
        found: list[Step] = getattr(self.levers, lever)
        return found

    def bed_steps(self, tier: str) -> list[BedStep]:
        """Return the bed programmes of a tier (`high`, `medium` or `low`)."""
        found: list[BedStep] = getattr(self.levers.beds, tier)
        return found

    def evidence(self) -> "Evidence":
        """Return the evidence with the values of the scenario: those of its draw, and those that it replaces."""
        if not self.draw:
            return world.load(self.world).with_values(self.parameters)
        # SciPy takes a moment to import: only who draws waits.
        from stepdown.evidence.draws import drawn

        return world.over(drawn(evidence.load(), self.draw), self.world).with_values(self.parameters)

    def to_toml(self) -> str:
        """Return the scenario as TOML, fully resolved: what is read back is equal.

        Examples
        --------
        >>> from stepdown.scenario import load
        >>> print(load("baseline").to_toml().splitlines()[2])
        name = "baseline"
        """
        keys = ("title", "why", "name", "world", "population", "exact", "capacity", "demography", "draw")
        document: dict[str, Any] = {key: getattr(self, key) for key in keys}
        document["calendar"] = self.calendar.model_dump()
        document["parameters"] = dict(sorted(self.parameters.items()))
        document["levers"] = {name: _written(self.steps(name)) for name in levers.load() if self.steps(name)}
        document["levers"]["beds"] = {tier: _written(self.bed_steps(tier)) for tier in TIERS if self.bed_steps(tier)}
        document["programmes"] = _written(self.programmes)
        document["rules"] = {"use": _written(self.rules.use)}
        return tomli_w.dumps(_filled(document))

    @property
    def growth(self) -> float:
        """Greatest factor by which levers multiply who comes to England, is charged or is held, at least 1."""
        more = (lever.name for lever in levers.load().values() if lever.level not in (None, "emigration"))
        values = (step.value for name in more for step in self.steps(name))
        return max([1.0, *(float(value) for value in values if not isinstance(value, str))])

    @property
    def first(self) -> int:
        """First day of the burn-in [d since 1900-01-01]."""
        return day(self.calendar.start) - self.calendar.settle_days

    @property
    def start(self) -> int:
        """First reported day [d since 1900-01-01]."""
        return day(self.calendar.start)

    @property
    def end(self) -> int:
        """Day after the last [d since 1900-01-01]."""
        return day(self.calendar.start.replace(year=self.calendar.start.year + self.calendar.years))


def _written(rows: Sequence[Strict]) -> list[dict[str, Any]]:
    """Return rows of a scenario under the keys of its file, without those that say nothing."""
    return [row.model_dump(by_alias=True, exclude_none=True) for row in rows]


def _filled(document: Mapping[str, Any]) -> dict[str, Any]:
    """Return a document without its empty tables and lists."""
    found = {key: _filled(value) if isinstance(value, dict) else value for key, value in document.items()}
    return {key: value for key, value in found.items() if value not in ({}, [])}


def day(when: date) -> int:
    """Return a date as the engine counts it: days since 1 January 1900.

    Examples
    --------
    >>> day(date(2024, 4, 1))
    45381
    """
    return (when - EPOCH).days


def on(day: int) -> date:
    """Return the date of a day as the engine counts it.

    Examples
    --------
    >>> on(45381)
    datetime.date(2024, 4, 1)
    """
    return EPOCH + timedelta(days=day)


def financial_year(day: int) -> int:
    """Return the financial year of a day, named by its 1 April.

    Examples
    --------
    >>> financial_year(45380), financial_year(45381)
    (2023, 2024)
    """
    when = on(day)
    return when.year if when.month >= 4 else when.year - 1


def year_start(year: int) -> int:
    """Return the first day of a financial year.

    Examples
    --------
    >>> year_start(2024)
    45381
    """
    return day(date(year, 4, 1))

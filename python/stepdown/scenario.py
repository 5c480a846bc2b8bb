"""Scenarios: TOML files that say what differs from a parent, and nothing else.

Unknown keys are refused with the nearest name. A loaded scenario is resolved: nothing inherited, nothing implied.
"""

import json
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, create_model, model_validator

from stepdown import evidence, levers
from stepdown.errors import LimitError, ScenarioError
from stepdown.evidence import institutions
from stepdown.evidence.loader import nearest

EPOCH = date(1900, 1, 1)
"""Day 0 of the engine."""
HORIZON = date(2079, 4, 1)
"""Last day of the engine's calendar: a birth day fits 16 bits."""
TIERS = ("high", "medium", "low")

NEVER_INHERITED = ("title", "why", "name")
"""Keys that a scenario says of itself."""

Path_ = tuple[str | int, ...]


def _date(value: object) -> object:
    if isinstance(value, str) and re.fullmatch(r"\d{4}-\d{2}-\d{2}", value):
        try:
            return date.fromisoformat(value)
        except ValueError:
            value = str(value)
    whole_day = isinstance(value, date) and not isinstance(value, datetime)
    if not whole_day:
        message = f"{value} is not a date (YYYY-MM-DD)"
        raise ValueError(message)
    if not EPOCH < value < HORIZON:  # type: ignore[operator]
        message = f"{value}; allowed: dates after {EPOCH} and before {HORIZON}"
        raise ValueError(message)
    return value


def _steps(value: object) -> object:
    if value == "off":
        return []
    return [value] if isinstance(value, dict) else value


def _number(value: object) -> object:
    refused = isinstance(value, bool)
    if refused:
        message = f"{str(value).lower()} is not a number"
        raise ValueError(message)
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
        default=None, description="Areas, collaboratives or regions, by name; without it, all."
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

    from_: Day = Field(alias="from", description="Day on which they open or close.")
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


Levers = _levers_model()


class Scenario(Strict):
    """A resolved scenario: everything that a run needs besides the evidence, a seed and a replicate."""

    title: str = Field(min_length=1, description="A few words.")
    why: str = Field(min_length=1, description="The question that the scenario answers.")
    name: str = Field(pattern=r"[A-Za-z0-9][A-Za-z0-9 _.-]*", description="Name, by default that of the file.")
    calendar: Calendar = Field(description="The days of a run.")
    population: Number = Field(gt=0, le=1, description="Share of England that is simulated; capacities are scaled.")
    exact: Literal["events", "daily"] = Field(description="From event to event, or everyone every day (the referee).")
    capacity: Literal["limited", "unlimited"] = Field(description="Whether beds, places and teams can run out.")
    demography: Literal["moving", "frozen"] = Field(description="Whether people are born, age, die and move.")
    parameters: dict[str, Number] = Field(default={}, description="Evidence replaced, by id.")
    levers: Levers = Field(default=Levers(), description="What the scenario changes.")  # type: ignore[valid-type]

    def steps(self, lever: str) -> list[Step]:
        """Return the steps of a lever."""
        found: list[Step] = getattr(self.levers, lever)
        return found

    def to_toml(self) -> str:
        """Return the scenario as TOML, fully resolved."""
        return _toml(self)

    @property
    def first(self) -> int:
        """First day of the settling period [d since 1900-01-01]."""
        return day(self.calendar.start) - self.calendar.settle_days

    @property
    def start(self) -> int:
        """First reported day [d since 1900-01-01]."""
        return day(self.calendar.start)

    @property
    def end(self) -> int:
        """Day after the last [d since 1900-01-01]."""
        return day(self.calendar.start.replace(year=self.calendar.start.year + self.calendar.years))


def day(when: date) -> int:
    """Return a date as the engine counts it: days since 1 January 1900.

    Examples
    --------
    >>> day(date(2024, 4, 1))
    45381
    """
    return (when - EPOCH).days


# --- Files -----------------------------------------------------------------------------------------------------------


HOME = Path(__file__).parent / "scenarios"
"""The project's own scenarios."""


def names() -> list[str]:
    """Return the names of the project's own scenarios."""
    return sorted(path.stem for path in HOME.glob("*.toml"))


@dataclass(frozen=True)
class Document:
    """One TOML file: how to speak of it, where it is, what it says, and on which line each key is."""

    label: str
    path: Path
    data: dict[str, Any]
    lines: Mapping[Path_, int]

    def line(self, path: Path_) -> int | None:
        """Return the line of a key, or of the nearest table above it that is written down."""
        while path:
            if path in self.lines:
                return self.lines[path]
            path = path[:-1]
        return None


_HEADER = re.compile(r"\s*(\[\[?)\s*([^\]]+?)\s*\]\]?\s*(#.*)?$")
_KEY = re.compile(
    r"""\s*((?:[A-Za-z0-9_-]+|"[^"]*"|'[^']*')(?:\s*\.\s*(?:[A-Za-z0-9_-]+|"[^"]*"|'[^']*'))*)\s*=\s*(.*)"""
)


def _dotted(key: str) -> list[str]:
    return [part.strip("\"'") for part in re.findall(r""""[^"]*"|'[^']*'|[A-Za-z0-9_-]+""", key)]


def _keys(text: str) -> Iterator[tuple[int, Path_, str]]:
    """Yield (line, path, text of the value) of every key and header of a TOML text, well-formed or not."""
    tables: dict[Path_, int] = {}
    prefix: Path_ = ()

    def resolve(keys: list[str]) -> Path_:
        path: Path_ = ()
        for key in keys:
            path += (key,)
            if path in tables:
                path += (tables[path],)
        return path

    closing = ""
    for number, line in enumerate(text.splitlines(), start=1):
        if closing:
            closing = "" if closing in line else closing
            continue
        if header := _HEADER.match(line):
            keys = _dotted(header[2])
            if header[1] == "[[":
                array = (*resolve(keys[:-1]), keys[-1])
                tables[array] = tables.get(array, -1) + 1
            prefix = resolve(keys)
            yield number, prefix, ""
        elif key := _KEY.match(line):
            yield number, prefix + tuple(_dotted(key[1])), key[2].split("#")[0].strip()
            for quotes in ('"""', "'''"):
                if key[2].count(quotes) == 1:
                    closing = quotes


def spell(path: Path_) -> str:
    """Return a path as a reader writes it.

    Examples
    --------
    >>> spell(("levers", "beds", "medium", 2, "from"))
    'levers.beds.medium[2].from'
    """
    out = ""
    for part in path:
        out += f"[{part}]" if isinstance(part, int) else f".{part}" if out else part
    return out


def _refuse(label: str, path: Path_, what: str, line: int | None) -> ScenarioError:
    at = f", line {line}" if line else ""
    where = f"{label}: {spell(path)}" if path else label
    return ScenarioError(f"{where}: {what}{at}")


def _read(path: Path, label: str) -> Document:
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        message = f"{label}: there is no such file"
        raise ScenarioError(message) from None
    except UnicodeDecodeError as error:
        message = f"{label}: byte {error.start} is not UTF-8"
        raise ScenarioError(message) from None
    except OSError as error:
        message = f"{label}: can't be read ({error.strerror})"
        raise ScenarioError(message) from None
    lines: dict[Path_, int] = {}
    for number, key, _ in _keys(text):
        lines.setdefault(key, number)
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise _not_toml(label, text, str(error)) from None
    return Document(label, path, data, lines)


def _not_toml(label: str, text: str, message: str) -> ScenarioError:
    what, _, place = message.partition(" (at ")
    found = re.match(r"line (\d+)", place)
    number = int(found[1]) if found else len(text.splitlines())
    for line, path, value in _keys(text):
        if line == number and re.fullmatch(r"\d{4}-\d{1,2}-\d{1,2}", value):
            return _refuse(label, path, f"{value} is not a date (YYYY-MM-DD)", line)
    return _refuse(label, (), f"not TOML: {what[:1].lower()}{what[1:]}", number)


def find(name_or_path: str | Path, beside: Path | None = None) -> tuple[Path, str]:
    """Return where a scenario is, and how to speak of it.

    A word names a file beside the one that extends it, or one of the project's own scenarios; anything with a slash or
    that ends with ``.toml`` is a path.
    """
    text = str(name_or_path)
    if isinstance(name_or_path, Path) or text.endswith(".toml") or "/" in text or "\\" in text:
        path = (beside / text) if beside else Path(text)
        return path, str(path)
    if beside and (beside / f"{text}.toml").is_file():
        return beside / f"{text}.toml", str(beside / f"{text}.toml")
    path = HOME / f"{text}.toml"
    if not path.is_file():
        message = f"scenario {text!r} is not known{nearest(text, names())}; allowed: a path to a .toml file, or {', '.join(names())}"
        raise ScenarioError(message)
    return path, f"scenarios/{text}.toml"


def _chain(name_or_path: str | Path) -> list[Document]:
    """Return a scenario and its ancestors, the child first."""
    chain: list[Document] = []
    path, label = find(name_or_path)
    while True:
        document = _read(path, label)
        seen = [d.path.resolve() for d in chain]
        if document.path.resolve() in seen:
            child = chain[-1]
            raise _refuse(
                child.label, ("extends",), f"{child.data['extends']!r} leads back to {label}", child.line(("extends",))
            )
        chain.append(document)
        parent = document.data.get("extends")
        if parent is None:
            return chain
        line = document.line(("extends",))
        if not isinstance(parent, str):
            raise _refuse(label, ("extends",), f"{parent!r} is not the name of a scenario", line)
        try:
            path, found = find(parent, beside=document.path.parent)
        except ScenarioError as error:
            raise _refuse(label, ("extends",), str(error), line) from None
        if not path.is_file():
            raise _refuse(label, ("extends",), f"there is no file {found}", line)
        label = found


def _flat(tree: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for key, value in tree.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", value


def _merged(chain: list[Document]) -> dict[str, Any]:
    """Lay the child over its ancestors: tables merge, everything else is replaced; a lever is replaced whole."""
    merged: dict[str, Any] = {}
    for document in reversed(chain):
        for key, value in document.data.items():
            if key in NEVER_INHERITED and document is not chain[0]:
                continue
            if key == "parameters" and isinstance(value, dict):
                merged[key] = merged.get(key, {}) | dict(_flat(value))
            elif isinstance(value, dict) and isinstance(merged.get(key), dict):
                merged[key] = merged[key] | value
            else:
                merged[key] = value
    merged.pop("extends", None)
    merged.setdefault("name", chain[0].path.stem)
    return merged


# --- Errors ----------------------------------------------------------------------------------------------------------


def _model_at(path: Path_) -> type[BaseModel] | None:
    """Return the model whose keys are allowed at a path."""
    model: type[BaseModel] = Scenario
    for part in path:
        if isinstance(part, int):
            continue
        field = next((f for n, f in model.model_fields.items() if part in (n, f.alias)), None)
        if field is None:
            return None
        text = str(field.annotation)
        if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel):
            model = field.annotation
        elif "BedStep" in text:
            model = BedStep
        elif "Step" in text:
            model = Step
        else:
            return None
    return model


def _explain(error: Mapping[str, Any], path: Path_) -> str:
    """Return what is wrong with a value, in the words of a user."""
    kind, found, context = error["type"], error["input"], error.get("ctx", {})
    shown = (
        str(found)
        if isinstance(found, date | int | float) and not isinstance(found, bool)
        else json.dumps(found, default=str)
    )
    if kind == "extra_forbidden":
        model = _model_at(path[:-1])
        allowed = [f.alias or n for n, f in model.model_fields.items()] if model else []
        hint = nearest(str(path[-1]), allowed)
        return f"not known{hint}" if hint else f"not known; allowed: {', '.join(allowed)}"
    plain = {
        "missing": "missing",
        "string_too_short": "empty",
        "float_parsing": f"{shown} is not a number",
        "float_type": f"{shown} is not a number",
        "finite_number": f"{shown} is not a finite number",
        "int_parsing": f"{shown} is not a whole number",
        "int_type": f"{shown} is not a whole number",
        "int_from_float": f"{shown} is not a whole number",
        "string_type": f"{shown} is not text",
        "model_type": f"{shown} is not a table",
        "model_attributes_type": f"{shown} is not a table",
        "dict_type": f"{shown} is not a table",
        "list_type": f"{shown} is not a list",
    }
    if kind in plain:
        return plain[kind]
    if kind == "literal_error":
        allowed = re.findall(r"'([^']*)'", context["expected"])
        return f"{shown}; allowed: {', '.join(allowed)}{nearest(str(found), allowed)}"
    bounds = {
        "greater_than": "above",
        "greater_than_equal": "at least",
        "less_than": "below",
        "less_than_equal": "at most",
    }
    if kind in bounds:
        return f"{shown}; allowed: {bounds[kind]} {next(iter(context.values())):g}"
    if kind == "value_error":
        return str(context["error"])
    return f"{shown}: {error['msg'][:1].lower()}{error['msg'][1:]}"


def _written(document: Document, path: Path_) -> tuple[Path_, bool]:
    """Return a path as the file writes it (one table needs no number), and whether all of it is there."""
    node: Any = document.data
    found: Path_ = ()
    for at, part in enumerate(path):
        if part == 0 and isinstance(node, dict):
            continue
        try:
            node = node[part]
        except (KeyError, IndexError, TypeError):
            return found + path[at:], False
        found += (part,)
    return found, True


def _blamed(chain: list[Document], path: Path_, what: str) -> ScenarioError:
    """Return the error, with the file and the line that wrote a key (or left it out)."""
    if path[:1] and path[0] in NEVER_INHERITED:
        chain = chain[:1]
    for document in chain:
        written, whole = _written(document, path)
        if whole or len(written) < len(path):
            return _refuse(document.label, written, what, document.line(written))
    for document in chain:
        if path[:1] and path[0] in document.data:
            return _refuse(document.label, path, what, document.line(path))
    return _refuse(chain[0].label, path, what, None)


def _sentence(error: ValidationError, chain: list[Document], label: str | None) -> ScenarioError:
    # A union reports one error per branch: the first says enough. Branch names are not part of the path.
    first = error.errors(include_url=False)[0]
    path = tuple(
        p for p in first["loc"] if isinstance(p, int) or not re.search(r"[\[(]|^(float|str|constrained-str)$", p)
    )
    what = _explain(first, path)
    if first["type"] == "value_error" and (inner := re.match(r"([a-z_]+): (.*)", what)):
        path, what = (*path, inner[1]), inner[2]
    if label:
        return _refuse(label, path, what, None)
    return _blamed(chain, path, what)


# --- Loading ---------------------------------------------------------------------------------------------------------


def load(name_or_path: str | Path, **overrides: object) -> Scenario:
    """Load a scenario by name or path, resolved and checked.

    Parameters
    ----------
    name_or_path
        A name (``"baseline"``) or the path of a TOML file.
    **overrides
        Keys of a scenario (``population=0.01``), of its calendar (``years=5``), or levers (``transfer_limit=14``).

    Raises
    ------
    ScenarioError
        If anything can't be understood: file, key, what was found, what is allowed, line.

    Examples
    --------
    >>> load("baseline", population=0.01, years=5).calendar.years
    5
    """
    chain = _chain(name_or_path)
    data = _merged(chain)
    calendar_keys, lever_keys = list(Calendar.model_fields), [*levers.load(), "beds"]
    try:
        scenario = Scenario.model_validate(data)
    except ValidationError as error:
        raise _sentence(error, chain, None) from None
    if overrides:
        for key, value in overrides.items():
            if key in calendar_keys:
                data["calendar"] = data["calendar"] | {key: value}
            elif key in lever_keys:
                plain = isinstance(value, int | float | str) and value != "off"
                data["levers"] = data.get("levers", {}) | {key: {"value": value} if plain else value}
            elif key in Scenario.model_fields:
                data[key] = value
            else:
                known = [*Scenario.model_fields, *calendar_keys, *lever_keys]
                message = f"override {key} is not known{nearest(key, known)}; allowed: keys of a scenario, its calendar or its levers"
                raise ScenarioError(message)
        try:
            scenario = Scenario.model_validate(data)
        except ValidationError as error:
            raise _sentence(error, chain, "override") from None
    _check(scenario, chain)
    return scenario


def _check(scenario: Scenario, chain: list[Document]) -> None:
    """Refuse what the shape alone can't show: unknown parameters and names, levers out of bounds, days out of reach."""
    calendar = scenario.calendar
    if calendar.start.year + calendar.years > HORIZON.year:
        message = f"{chain[0].label}: calendar.years: {calendar.years} years from {calendar.start} pass the last day {HORIZON}"
        raise LimitError(message)
    loaded = evidence.load()
    for id, value in scenario.parameters.items():
        try:
            loaded.with_values({id: value})
        except ValueError as error:
            what = str(error).removeprefix("parameters: ").removeprefix(f"{id}: ").removeprefix(f"{id} is ")
            raise _blamed(chain, ("parameters", id), what) from None
    places = institutions.load()
    known_places = places_by_name(places)
    for lever in levers.load().values():
        for index, step in enumerate(scenario.steps(lever.name)):
            path: Path_ = ("levers", lever.name, index)
            try:
                lever.read(step.value)
            except ValueError as error:
                raise _blamed(chain, (*path, "value"), str(error)) from None
            for area in step.areas or []:
                if area not in known_places:
                    raise _blamed(chain, (*path, "areas"), f"{area!r} is not known{nearest(area, known_places)}")
    for tier in TIERS:
        steps: list[BedStep] = getattr(scenario.levers.beds, tier)  # type: ignore[attr-defined]
        for index, bed in enumerate(steps):
            try:
                matching_units(bed, tier, places)
            except ValueError as error:
                key, _, what = str(error).partition(": ")
                raise _blamed(chain, ("levers", "beds", tier, index, key), what) from None


def places_by_name(places: institutions.Institutions) -> dict[str, list[int]]:
    """Return the areas, as indices, that each name of an area, collaborative or region stands for."""
    found: dict[str, list[int]] = {}
    for index, region in enumerate(places.regions):
        found[region] = [i for i, a in enumerate(places.areas) if a.region == index]
    for index, commissioner in enumerate(places.commissioners):
        found[commissioner.name] = [i for i, a in enumerate(places.areas) if a.collaborative == index] or list(
            range(len(places.areas))
        )
    for index, area in enumerate(places.areas):
        found.setdefault(area.name, [index])
    return found


def matching_units(step: BedStep, tier: str, places: institutions.Institutions) -> list[int]:
    """Return the units, as indices, to which a bed programme applies.

    Raises
    ------
    ValueError
        If a name is not known, or no unit matches; the message begins with the key.
    """
    commissioners = [c.name for c in places.commissioners]
    if step.collaborative is not None and step.collaborative not in commissioners:
        message = f"collaborative: {step.collaborative!r} is not known{nearest(step.collaborative, commissioners)}"
        raise ValueError(message)
    named = {name for u in places.units for name in (u.name, u.site)}
    if step.unit is not None and step.unit not in named:
        message = f"unit: {step.unit!r} is not known{nearest(step.unit, named)}"
        raise ValueError(message)
    found = [
        i
        for i, u in enumerate(places.units)
        if u.tier == f"{tier} secure"
        and (step.sex is None or u.sex == step.sex)
        and (step.unit is None or step.unit in (u.name, u.site))
        and (step.collaborative is None or commissioners[u.commissioner] == step.collaborative)
    ]
    if not found:
        message = f"{'unit' if step.unit else 'collaborative'}: no {tier} secure unit matches"
        raise ValueError(message)
    if sum(places.units[i].beds for i in found) + step.beds < 0:
        message = (
            f"beds: {step.beds}; allowed: at least {-sum(places.units[i].beds for i in found)}, the beds that there are"
        )
        raise ValueError(message)
    return found


# --- Writing ---------------------------------------------------------------------------------------------------------


def _value(value: object) -> str:
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, list):
        return f"[{', '.join(_value(v) for v in value)}]"
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    return repr(value)


def _toml(scenario: Scenario) -> str:
    lines = [
        f"{key} = {_value(getattr(scenario, key))}"
        for key in ("title", "why", "name", "population", "exact", "capacity", "demography")
    ]
    lines += ["", "[calendar]"] + [f"{key} = {_value(value)}" for key, value in scenario.calendar.model_dump().items()]
    if scenario.parameters:
        lines += ["", "[parameters]"] + [
            f'"{id}" = {_value(value)}' for id, value in sorted(scenario.parameters.items())
        ]
    for header, steps in [
        *((f"levers.{name}", scenario.steps(name)) for name in levers.load()),
        *((f"levers.beds.{tier}", getattr(scenario.levers.beds, tier)) for tier in TIERS),  # type: ignore[attr-defined]
    ]:
        for step in steps:
            lines += ["", f"[[{header}]]"]
            lines += [
                f"{key} = {_value(value)}" for key, value in step.model_dump(by_alias=True, exclude_none=True).items()
            ]
    return "\n".join(lines) + "\n"


def json_schema() -> dict[str, Any]:
    """Return the JSON Schema of a scenario file, for editors: a file may leave out what its parent says."""
    schema = Scenario.model_json_schema(by_alias=True)
    schema["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    schema["title"] = "A scenario of stepdown"
    schema["properties"] = {
        "extends": {
            "type": "string",
            "description": "Scenario from which this one differs: a name, or a path to a .toml file.",
        },
        **schema["properties"],
    }
    schema["required"] = ["title", "why"]
    for name in ("Calendar",):
        schema["$defs"][name].pop("required", None)
    steps = schema["$defs"]["Levers"]["properties"]
    for name, lever in levers.load().items():
        several = {"type": "array", "items": {"$ref": "#/$defs/Step"}}
        steps[name] = {
            "description": steps[name]["description"],
            "anyOf": [{"$ref": "#/$defs/Step"}, several, {"const": "off"}],
        }
        if lever.words:
            steps[name]["description"] += f" One of: {', '.join(lever.words)}."
    ids = sorted(evidence.load().parameters)
    schema["properties"]["parameters"] = {
        "type": "object",
        "description": "Evidence replaced, by id.",
        "properties": {id: {"type": "number", "description": _describe(id)} for id in ids},
        "additionalProperties": False,
    }
    return schema


def _describe(id: str) -> str:
    parameter = evidence.load()[id]
    return f"{parameter.name} [{parameter.unit}]; {parameter.value:g} ({parameter.low:g} to {parameter.high:g})."

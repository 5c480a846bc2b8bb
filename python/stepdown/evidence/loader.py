"""Reads the evidence tables into one validated table of parameters.

Every number that the model uses is a row of a file in `parameters/`. Rows are checked when they are read: a number
without a source, outside its own range, or in a unit that nobody declared is refused, with the file and line.
"""

import csv
import hashlib
import math
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache, cached_property
from pathlib import Path
from typing import Any

from stepdown.errors import EvidenceError
from stepdown.words import meant

FOLDER = Path(__file__).parent
"""Where the evidence of the project lives."""

COLUMNS = ("id", "value", "unit", "low", "high", "distribution", "source", "confidence", "name", "note")
DISTRIBUTIONS = ("fixed", "normal", "lognormal", "beta", "gamma", "uniform", "triangular")
BELL = ("normal", "lognormal", "beta", "gamma")
"""Distributions whose range is where 95% of them lies; of the others it is all of it."""
CONFIDENCES = ("H", "M", "L")
DERIVED = ("users.csv", "influence.csv")
"""Files that say something about the evidence and change nothing in a run."""
COMPILED_AWAY = ("choice", "institution")
"""First words of the ids that the plan uses up: coefficients of choices and the make-up of institutions."""

_ID = re.compile(r"[a-z][a-z0-9_]*(\.[a-z0-9][a-z0-9_]*)+")
_SOURCE = re.compile(r"(?P<kind>[AK])?(?P<open><)?(?P<keys>[^<>]*)(?P<close>>)?")


@dataclass(frozen=True, slots=True)
class Parameter:
    """A number that the model uses, and where it is from.

    Attributes
    ----------
    id
        Dotted name, such as ``relapse.rate``.
    value, low, high
        Best value and range, in `unit`: where the value lies with a probability of 95%; of a uniform or triangular, its ends.
    unit
        Unit of measure, from ``dimensions.csv``; compounds are written with ``/``.
    distribution
        Shape of its uncertainty, one of `DISTRIBUTIONS`.
    source
        Keys of ``sources.csv``; ``A`` an assumption, ``K`` known but not re-checked, ``A<L5>`` arithmetic on L5.
    confidence
        ``H`` seen, ``M`` derived or old, ``L`` judgement.
    name, note
        What it is, and why the value is what it is.
    file, line
        Where it is written.
    """

    id: str
    value: float
    unit: str
    low: float
    high: float
    distribution: str
    source: str
    confidence: str
    name: str
    note: str
    file: str
    line: int

    @property
    def keys(self) -> tuple[str, ...]:
        """Return the keys of ``sources.csv`` that the source cites, ``A`` and ``K`` included."""
        return source_keys(self.source)


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit of measure: its symbol, the least and greatest number that makes sense in it, and its meaning."""

    symbol: str
    low: float
    high: float
    meaning: str


def source_keys(text: str) -> tuple[str, ...]:
    """Split a source into its keys.

    Examples
    --------
    >>> source_keys("A<L31,L7>")
    ('A', 'L31', 'L7')
    >>> source_keys("S5,L27")
    ('S5', 'L27')
    """
    match = _SOURCE.fullmatch(text)
    if (
        match is None
        or bool(match["open"]) != bool(match["close"])
        or bool(match["open"]) != bool(match["kind"] and match["keys"])
    ):
        return (text,)
    keys = tuple(key.strip() for key in match["keys"].split(",")) if match["keys"] else ()
    return ((match["kind"],) if match["kind"] else ()) + keys


def nearest(word: str, words: Iterable[str]) -> str:
    """Return a hint that names the nearest of `words`, or nothing if none is near.

    Examples
    --------
    >>> nearest("relapse.rat", ["relapse.rate", "recovery.rate"])
    '; did you mean relapse.rate?'
    """
    found = meant(word, list(words))
    return f"; did you mean {found}?" if found else ""


def read_rows(path: Path, columns: Iterable[str]) -> Iterator[tuple[int, dict[str, str]]]:
    """Yield (line, row) of a CSV file whose header is exactly `columns`.

    Raises
    ------
    EvidenceError
        If the file is missing, isn't UTF-8, or a line has another number of fields than the header.
    """
    expected = list(columns)
    name = f"{path.parent.name}/{path.name}"
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise EvidenceError(f"{name}: the file is missing") from error
    except UnicodeDecodeError as error:
        raise EvidenceError(f"{name}: byte {error.start} is not UTF-8") from error
    reader = csv.reader(text.splitlines(keepends=True))
    header = next(reader, [])
    if header != expected:
        raise EvidenceError(f"{name}:1: the header is {','.join(header)}; allowed: {','.join(expected)}")
    for fields in reader:
        if len(fields) != len(expected):
            raise EvidenceError(f"{name}:{reader.line_num}: {len(fields)} fields; allowed: {len(expected)}")
        yield reader.line_num, dict(zip(expected, fields, strict=True))


def number(text: str, where: str) -> float:
    """Read a finite number, or say where it isn't one."""
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise EvidenceError(f"{where}: {text!r} is not a finite number")
    return value


def read_units(folder: Path) -> dict[str, Unit]:
    """Read the units of measure by symbol."""
    units: dict[str, Unit] = {}
    for line, row in read_rows(folder / "dimensions.csv", ("unit", "low", "high", "meaning")):
        where = f"dimensions.csv:{line}"
        low = number(row["low"], f"{where}: low") if row["low"] else -math.inf
        high = number(row["high"], f"{where}: high") if row["high"] else math.inf
        if row["unit"] in units:
            raise EvidenceError(f"{where}: unit: {row['unit']} is declared twice")
        units[row["unit"]] = Unit(row["unit"], low, high, row["meaning"])
    return units


def read_sources(folder: Path) -> dict[str, str]:
    """Read the publications by source key."""
    sources: dict[str, str] = {}
    for line, row in read_rows(folder / "sources.csv", ("key", "publication")):
        if row["key"] in sources:
            raise EvidenceError(f"sources.csv:{line}: key: {row['key']} is declared twice")
        if not row["publication"].strip():
            raise EvidenceError(
                f"sources.csv:{line}: publication: nothing found; allowed: what {row['key']} stands for"
            )
        sources[row["key"]] = row["publication"]
    return sources


def unit_of(symbol: str, units: Mapping[str, Unit]) -> Unit | None:
    """Find a unit: declared as written, or a quotient of declared ones."""
    if symbol in units:
        return units[symbol]
    parts = symbol.split("/")
    if len(parts) > 1 and all(part in units for part in parts):
        return Unit(symbol, -math.inf, math.inf, " per ".join(units[part].meaning for part in parts))
    return None


def check_source(text: str, note: str, sources: Mapping[str, str], where: str) -> None:
    """Refuse a source whose keys don't resolve, and an assumption without its reasoning."""
    keys = source_keys(text)
    for key in keys:
        if key not in sources:
            raise EvidenceError(f"{where}: source: {key!r} is not a key of sources.csv{nearest(key, sources)}")
    if keys in (("A",), ("K",)) and not note.strip():
        what = "its reasoning" if keys == ("A",) else "the publication"
        raise EvidenceError(f"{where}: note: nothing found; a source {keys[0]} needs {what}")


def _parameter(
    row: Mapping[str, str], where: str, file: str, line: int, units: Mapping[str, Unit], sources: Mapping[str, str]
) -> Parameter:
    if not _ID.fullmatch(row["id"]):
        raise EvidenceError(f"{where}: id: {row['id']!r} is not a dotted name of small letters, digits and underscores")
    where = f"{where}: {row['id']}"
    value, low, high = (number(row[key], f"{where}: {key}") for key in ("value", "low", "high"))
    if not low <= value <= high:
        raise EvidenceError(f"{where}: value: {value:g} lies outside its range {low:g} to {high:g}")
    unit = unit_of(row["unit"], units)
    if unit is None:
        raise EvidenceError(
            f"{where}: unit: {row['unit']!r} is not declared in dimensions.csv{nearest(row['unit'], units)}"
        )
    if low < unit.low or high > unit.high:
        raise EvidenceError(
            f"{where}: range {low:g} to {high:g} is impossible in {unit.symbol}; allowed: {unit.low:g} to {unit.high:g}"
        )
    shape = row["distribution"]
    if shape not in DISTRIBUTIONS:
        raise EvidenceError(
            f"{where}: distribution: {shape!r}; allowed: {', '.join(DISTRIBUTIONS)}{nearest(shape, DISTRIBUTIONS)}"
        )
    if shape != "fixed" and low == high:
        raise EvidenceError(f"{where}: distribution: {shape} with no range; allowed: fixed")
    if shape == "fixed" and low != high:
        raise EvidenceError(
            f"{where}: distribution: fixed with the range {low:g} to {high:g}; allowed: low = value = high"
        )
    if shape in BELL and value in (low, high):
        raise EvidenceError(f"{where}: value: {value:g} is an end of its range, which a {shape} has on both sides")
    if shape in ("lognormal", "gamma") and low <= 0:
        raise EvidenceError(f"{where}: low: {low:g} can't belong to a {shape}; allowed: above 0")
    if shape == "beta" and not (low >= 0 and high <= 1):
        raise EvidenceError(f"{where}: range {low:g} to {high:g} can't belong to a beta; allowed: 0 to 1")
    if row["confidence"] not in CONFIDENCES:
        raise EvidenceError(f"{where}: confidence: {row['confidence']!r}; allowed: {', '.join(CONFIDENCES)}")
    if not row["name"].strip():
        raise EvidenceError(f"{where}: name: nothing found; allowed: what the number is")
    check_source(row["source"], row["note"], sources, where)
    return Parameter(
        row["id"],
        value,
        row["unit"],
        low,
        high,
        shape,
        row["source"],
        row["confidence"],
        row["name"],
        row["note"],
        file,
        line,
    )


@dataclass(frozen=True, eq=False)
class Evidence:
    """All parameters, with their units and sources.

    Examples
    --------
    >>> evidence = load()
    >>> evidence.value("institution.commissioner.limit")
    28.0
    """

    parameters: Mapping[str, Parameter]
    units: Mapping[str, Unit]
    sources: Mapping[str, str]
    digest: str
    """SHA-256 of every evidence file that a run can depend on, by name and content."""

    def __getitem__(self, id: str) -> Parameter:
        """Return a parameter, or say which id is nearest.

        Raises
        ------
        EvidenceError
            If there is no such id.
        """
        try:
            return self.parameters[id]
        except KeyError:
            raise EvidenceError(f"parameters: {id} is not known{nearest(id, self.parameters)}") from None

    def value(self, id: str) -> float:
        """Return the value of a parameter, in its unit."""
        return self[id].value

    def with_values(self, values: Mapping[str, float]) -> "Evidence":
        """Return the same evidence with some values replaced.

        A value may leave the range of the evidence, never that of its unit.

        Raises
        ------
        EvidenceError
            If an id is not known or a value is impossible in its unit.
        """
        if not values:
            return self
        changed = dict(self.parameters)
        for id, value in values.items():
            parameter = self[id]
            unit = unit_of(parameter.unit, self.units)
            assert unit is not None, "units are checked when parameters are read"
            if not (math.isfinite(value) and unit.low <= value <= unit.high):
                raise EvidenceError(
                    f"{id}: {value:g} is impossible in {unit.symbol}; allowed: {unit.low:g} to {unit.high:g}"
                )
            changed[id] = replace(parameter, value=float(value))
        return replace(self, parameters=changed)

    @cached_property
    def _nested(self) -> dict[str, Any]:
        tree: dict[str, Any] = {}
        for id in sorted(self.parameters):
            *branches, leaf = id.split(".")
            if branches[0] in COMPILED_AWAY:
                continue
            node = tree
            for branch in branches:
                node = node.setdefault(branch, {})
                if not isinstance(node, dict):
                    raise EvidenceError(
                        f"{self.parameters[id].file}:{self.parameters[id].line}: {id}: part of the id is itself a parameter"
                    )
            node[leaf] = self.parameters[id].value
        return tree

    def nested(self) -> dict[str, Any]:
        """Return the values that the engine reads, nested by the dots of their ids."""
        return self._nested


def _digest(folder: Path) -> str:
    total = hashlib.sha256()
    for path in sorted(folder.rglob("*.csv"), key=lambda p: p.relative_to(folder).as_posix()):
        if path.name in DERIVED:
            continue
        content = path.read_bytes().replace(b"\r\n", b"\n")
        total.update(f"{path.relative_to(folder).as_posix()}\0{len(content)}\0".encode())
        total.update(content)
    return total.hexdigest()


@cache
def load(folder: Path = FOLDER) -> Evidence:
    """Read and check all evidence of a folder (by default, the project's own).

    Raises
    ------
    EvidenceError
        If any row can't be used: file, line, key, what was found, what is allowed.
    """
    units, sources = read_units(folder), read_sources(folder)
    parameters: dict[str, Parameter] = {}
    for path in sorted((folder / "parameters").glob("*.csv")):
        file = f"parameters/{path.name}"
        for line, row in read_rows(path, COLUMNS):
            parameter = _parameter(row, f"{file}:{line}", file, line, units, sources)
            if first := parameters.get(parameter.id):
                raise EvidenceError(f"{file}:{line}: id: {parameter.id} is already at {first.file}:{first.line}")
            parameters[parameter.id] = parameter
    evidence = Evidence(parameters, units, sources, _digest(folder))
    evidence.nested()
    return evidence

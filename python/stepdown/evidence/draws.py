"""Draws of the parameters: other values that the evidence allows.

The N-th draw of a parameter is a pure function of N and its id: a keyed uniform, put through the inverse of the parameter's
distribution. Adding a parameter therefore does not change the draws of the others. Three files link parameters:

- ``tables/correlations.csv``: members of a group share one normal factor, each with its loading (a Gaussian copula); two of
  them correlate by the product of their loadings.
- ``tables/constraints.csv``: values that must rise are put in order, shares that sum to more than 1 are scaled to 1.
- ``posterior.csv``, if it exists: parameters that were fitted jointly are taken from one of its rows.

A drawn value is rounded to six digits, so that it is the same with every version of the libraries beneath.
"""

import csv
import hashlib
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from scipy import special

from stepdown.errors import EvidenceError
from stepdown.evidence.loader import FOLDER, Evidence, Parameter, check_source, number, read_rows, unit_of

MOST = 2**32 - 1
"""Greatest number of a draw."""

HOW = ("rising", "shares")
QUANTILE = float(special.ndtri(0.975))
"""Half of the width of 95% of a standard normal [SD]."""

DIGITS = 6
"""Significant digits of a drawn value."""


@dataclass(frozen=True, slots=True)
class Group:
    """Parameters that are bound together: how, and the ids in their order."""

    name: str
    how: str
    ids: tuple[str, ...]


def uniform(draw: int, key: str) -> float:
    """Return the keyed uniform in (0, 1) of a draw.

    Examples
    --------
    >>> uniform(3, "relapse.year1") == uniform(3, "relapse.year1") != uniform(4, "relapse.year1")
    True
    """
    hashed = hashlib.sha256(f"draw/{key}".encode()).digest()
    words = [int.from_bytes(hashed[:8], "little"), draw]
    raw = int(np.random.Philox(key=np.array(words, dtype=np.uint64)).random_raw())
    return ((raw >> 11) + 0.5) * 2.0**-53


def quantile(parameter: Parameter, u: float) -> float:
    """Return the value below which a parameter lies with probability `u`, before the bounds of its unit.

    Low and high hold 95% of a normal and a lognormal, whose median is the value: each side has a spread of its own. A beta and
    a gamma have the value as their mean, and the width of the range as that of 95% of a normal. A uniform and a triangular end
    at low and high; the value is the peak of a triangular.

    Examples
    --------
    >>> from stepdown import evidence
    >>> known = evidence.load()["relapse.year1"]
    >>> quantile(known, 0.5) == known.value
    True
    """
    low, value, high = parameter.low, parameter.value, parameter.high
    spread = (high - low) / (2 * QUANTILE)
    match parameter.distribution:
        case "fixed":
            return value
        case "uniform":
            return low + u * (high - low)
        case "triangular":
            peak = (value - low) / (high - low)
            below = low + math.sqrt(u * (high - low) * (value - low))
            return below if u < peak else high - math.sqrt((1 - u) * (high - low) * (high - value))
        case "beta":
            weight = value * (1 - value) / spread**2 - 1
            return float(special.betaincinv(value * weight, (1 - value) * weight, u))
        case "gamma":
            shape = (value / spread) ** 2
            return float(special.gammaincinv(shape, u)) * value / shape
    z = float(special.ndtri(u)) / QUANTILE
    if parameter.distribution == "lognormal":
        return value * math.pow(high / value if z > 0 else value / low, z)
    return value + z * (high - value if z > 0 else value - low)


def correlations(evidence: Evidence, folder: Path = FOLDER) -> dict[str, tuple[str, float]]:
    """Return group and loading of each parameter whose draws go with others.

    Raises
    ------
    EvidenceError
        If a row names no parameter, has a loading beyond -1 to 1, no source, or a parameter is in two groups.
    """
    found: dict[str, tuple[str, float]] = {}
    columns = ("group", "parameter", "loading", "source", "note")
    for line, row in read_rows(folder / "tables" / "correlations.csv", columns):
        where = f"tables/correlations.csv:{line}"
        id, loading = _known(evidence, row["parameter"], where), number(row["loading"], f"{where}: loading")
        if not -1 <= loading <= 1:
            raise EvidenceError(f"{where}: loading: {loading:g}; allowed: -1 to 1")
        if id in found:
            raise EvidenceError(f"{where}: parameter: {id} is already in the group {found[id][0]}")
        check_source(row["source"], row["note"], evidence.sources, where)
        found[id] = (row["group"], loading)
    return found


def constraints(evidence: Evidence, folder: Path = FOLDER) -> tuple[Group, ...]:
    """Return the groups of parameters whose values must rise, or are shares of one whole.

    Raises
    ------
    EvidenceError
        If a row names no parameter or no rule, or the evidence's own values break one.
    """
    groups: dict[tuple[str, str], list[str]] = {}
    for line, row in read_rows(folder / "tables" / "constraints.csv", ("group", "how", "parameter")):
        where = f"tables/constraints.csv:{line}"
        if row["how"] not in HOW:
            raise EvidenceError(f"{where}: how: {row['how']!r}; allowed: {', '.join(HOW)}")
        groups.setdefault((row["group"], row["how"]), []).append(_known(evidence, row["parameter"], where))
    found = tuple(Group(name, how, tuple(ids)) for (name, how), ids in groups.items())
    for group in found:
        values = [evidence.value(id) for id in group.ids]
        if bound(group.how, values) != values:
            said = ", ".join(f"{id} {value:g}" for id, value in zip(group.ids, values, strict=True))
            what = "do not rise" if group.how == "rising" else "sum to more than 1"
            raise EvidenceError(f"tables/constraints.csv: {group.name}: the values {what}: {said}")
    return found


def bound(how: str, values: Sequence[float]) -> list[float]:
    """Return values as a constraint allows them: in order, or scaled to sum to no more than 1.

    Examples
    --------
    >>> bound("rising", [3.0, 1.0, 2.0])
    [1.0, 2.0, 3.0]
    >>> bound("shares", [0.5, 0.25])
    [0.5, 0.25]
    >>> bound("shares", [1.5, 0.5])
    [0.75, 0.25]
    """
    if how == "rising":
        return sorted(values)
    total = math.fsum(values)
    return [value / total for value in values] if total > 1 else list(values)


def posterior(evidence: Evidence, folder: Path = FOLDER) -> tuple[tuple[str, ...], tuple[tuple[float, ...], ...]]:
    """Return the ids that were fitted, and the rows of values that are equally likely; nothing without a fit.

    Raises
    ------
    EvidenceError
        If the file names no parameter, or holds something that is no number.
    """
    path = folder / "posterior.csv"
    if not path.is_file():
        return (), ()
    with path.open(encoding="utf-8", newline="") as file:
        header = next(csv.reader(file), [])
    ids = tuple(_known(evidence, id, "posterior.csv:1") for id in header)
    rows = tuple(
        tuple(number(row[id], f"posterior.csv:{line}: {id}") for id in ids) for line, row in read_rows(path, header)
    )
    if not rows:
        raise EvidenceError("posterior.csv: no row; allowed: one for each draw of the fit")
    return ids, rows


def _known(evidence: Evidence, id: str, where: str) -> str:
    try:
        return evidence[id].id
    except EvidenceError as error:
        raise EvidenceError(f"{where}: {str(error).removeprefix('parameters: ')}") from None


def drawn(evidence: Evidence, draw: int, folder: Path = FOLDER) -> Evidence:
    """Return the evidence with every value replaced by that of the N-th draw; draw 0 is the evidence as it is.

    Examples
    --------
    >>> from stepdown import evidence
    >>> known = evidence.load()
    >>> drawn(known, 0) is known
    True
    >>> drawn(known, 3).value("relapse.year1") == drawn(known, 3).value("relapse.year1") != known.value("relapse.year1")
    True
    """
    return evidence if draw == 0 else evidence.with_values(_values(evidence, draw, folder))


def place(draw: int, id: str, loadings: Mapping[str, tuple[str, float]]) -> float:
    """Return where in its distribution a parameter lies in a draw, between 0 and 1: its own uniform, or one with its group's."""
    u = uniform(draw, id)
    if id not in loadings:
        return u
    group, loading = loadings[id]
    shared, own = special.ndtri(uniform(draw, f"group/{group}")), special.ndtri(u)
    return float(special.ndtr(loading * shared + math.sqrt(1 - loading**2) * own))


@cache
def _values(evidence: Evidence, draw: int, folder: Path) -> Mapping[str, float]:
    loadings = correlations(evidence, folder)
    free = (parameter for parameter in evidence.parameters.values() if parameter.distribution != "fixed")
    values = {p.id: quantile(p, place(draw, p.id, loadings)) for p in free}
    ids, rows = posterior(evidence, folder)
    if ids:
        values |= zip(ids, rows[int(uniform(draw, "posterior") * len(rows))], strict=True)
    values = {id: _rounded(_possible(value, evidence[id], evidence)) for id, value in values.items()}
    for group in constraints(evidence, folder):
        members = [values.get(id, evidence.value(id)) for id in group.ids]
        values |= {id: _rounded(value) for id, value in zip(group.ids, bound(group.how, members), strict=True)}
    return values


def _possible(value: float, parameter: Parameter, evidence: Evidence) -> float:
    unit = unit_of(parameter.unit, evidence.units)
    assert unit is not None, "units are checked when parameters are read"
    return min(max(value, unit.low), unit.high)


def _rounded(value: float) -> float:
    return float(f"{value:.{DIGITS}g}")

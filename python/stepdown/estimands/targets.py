"""Reads the targets: published figures with which runs are compared, each with the estimand that measures it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from stepdown.errors import EvidenceError
from stepdown.estimands import ESTIMANDS
from stepdown.evidence.loader import CONFIDENCES, FOLDER, check_source, nearest, number, read_rows, read_sources

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

__all__ = ["COLUMNS", "KINDS", "LIKELIHOODS", "ROLES", "Target", "load"]

COLUMNS = (
    "id", "kind", "role", "estimand", "years", "value", "unit", "low", "high", "tolerance", "likelihood", "spread",
    "source", "confidence", "name", "note",
)  # fmt: skip

KINDS = {
    "calibration": "A calibrated baseline must lie within tolerance: a miss fails the validation.",
    "headline": "What the project set out to reproduce: reported.",
    "check": "Secondary: reported.",
}
"""Kinds of target."""

ROLES = {
    "calibrated": "Free parameters are fitted to it.",
    "consequence": "It follows from the others; nothing was fitted to it.",
    "input": "A parameter or table of the model says it nearly outright.",
}
"""How an output of the model comes by its value."""

LIKELIHOODS = ("normal", "lognormal", "beta")
"""Shapes of the likelihood; the spread is a standard deviation, of the logarithm if lognormal."""


@dataclass(frozen=True, slots=True)
class Target:
    """A published figure.

    Attributes
    ----------
    id
        Short name, such as ``C05``.
    kind
        One of `KINDS`.
    role
        One of `ROLES`.
    estimand
        Which estimand scores it, a key of `stepdown.estimands.ESTIMANDS`.
    years
        From how many of a run's first years people, days or events are taken.
    value, unit
        The published figure.
    low, high
        Within which the model must lie.
    likelihood, spread
        How likely a model's value is; see `log_likelihood`.
    source, confidence
        As of a parameter.
    name, note
        What it is; how the published figure was made, and where ours departs from it.
    """

    id: str
    kind: str
    role: str
    estimand: str
    years: int
    value: float
    unit: str
    low: float
    high: float
    likelihood: str
    spread: float
    source: str
    confidence: str
    name: str
    note: str

    def holds(self, value: float) -> bool:
        """Say whether a value lies within tolerance."""
        return self.low <= value <= self.high

    def log_likelihood(self, value: float) -> float:
        """Return the logarithm of the likelihood of a model's value, up to a constant.

        A normal of the spread around the published figure; of the logarithms, if lognormal; for a share, the beta with the
        published mean and the spread as its standard deviation.

        Examples
        --------
        >>> target = load()["C04"]
        >>> target.log_likelihood(85.0) > target.log_likelihood(100.0)
        True
        """
        if math.isnan(value):
            return -math.inf
        if self.likelihood == "normal":
            return -0.5 * ((value - self.value) / self.spread) ** 2
        if value <= 0 or (self.likelihood == "beta" and value >= 1):
            return -math.inf
        if self.likelihood == "lognormal":
            return -0.5 * (math.log(value / self.value) / self.spread) ** 2
        total = self.value * (1 - self.value) / self.spread**2 - 1
        a, b = self.value * total, (1 - self.value) * total
        return a * math.log(value / self.value) + b * math.log((1 - value) / (1 - self.value))


def _read(row: Mapping[str, str], where: str, sources: Mapping[str, str]) -> Target:
    for key, allowed in (
        ("kind", KINDS),
        ("role", ROLES),
        ("likelihood", LIKELIHOODS),
        ("confidence", CONFIDENCES),
    ):
        if row[key] not in allowed:
            found = f"{row[key]!r}{nearest(row[key], allowed)}"
            raise EvidenceError(f"{where}: {key}: {found}; allowed: {', '.join(allowed)}")
    value, spread = number(row["value"], f"{where}: value"), number(row["spread"], f"{where}: spread")
    years = number(row["years"], f"{where}: years")
    if years < 1 or years != int(years):
        raise EvidenceError(f"{where}: years: {row['years']}; allowed: whole numbers from 1")
    if spread <= 0:
        raise EvidenceError(f"{where}: spread: {row['spread']}; allowed: above 0")
    if bool(row["tolerance"]) == bool(row["low"] or row["high"]):
        raise EvidenceError(
            f"{where}: low, high and tolerance: allowed: both limits, or a tolerance as a share of the value"
        )
    if row["tolerance"]:
        wide = number(row["tolerance"], f"{where}: tolerance") * abs(value)
        low, high = value - wide, value + wide
    else:
        low, high = number(row["low"], f"{where}: low"), number(row["high"], f"{where}: high")
    if not low <= value <= high:
        raise EvidenceError(f"{where}: value: {value:g} lies outside its range {low:g} to {high:g}")
    check_source(row["source"], row["note"], sources, where)
    return Target(
        row["id"],
        row["kind"],
        row["role"],
        row["estimand"],
        int(years),
        value,
        row["unit"],
        low,
        high,
        row["likelihood"],
        spread,
        row["source"],
        row["confidence"],
        row["name"],
        row["note"],
    )


@cache
def load(folder: Path = FOLDER) -> Mapping[str, Target]:
    """Read and check ``tables/targets.csv``, in its order.

    Raises
    ------
    EvidenceError
        A row can't be used: file, line, key, what was found, what is allowed.

    Examples
    --------
    >>> load()["C10"].value
    0.125
    """
    sources, targets = read_sources(folder), dict[str, Target]()
    for line, row in read_rows(folder / "tables" / "targets.csv", COLUMNS):
        where = f"tables/targets.csv:{line}: {row['id']}"
        if row["id"] in targets:
            raise EvidenceError(f"{where}: id: it is declared twice")
        target = _read(row, where, sources)
        if target.estimand not in ESTIMANDS:
            found = f"{target.estimand!r} is not known{nearest(target.estimand, ESTIMANDS)}"
            raise EvidenceError(f"{where}: estimand: {found}; allowed: those of stepdown.estimands")
        unit = ESTIMANDS[target.estimand].unit
        if target.unit != unit:
            raise EvidenceError(f"{where}: unit: {target.unit!r}; allowed: {unit}, the unit of {target.estimand}")
        targets[target.id] = target
    return targets

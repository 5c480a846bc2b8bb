"""Reference evaluator of declared choices: a second implementation in NumPy over a whole queue, against which the engine is tested."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from collections.abc import Mapping

    from stepdown.decisions.language import Declared, Factor, Row
    from stepdown.evidence.loader import Evidence

__all__ = ["probabilities", "scores"]

Array = NDArray[np.float64]


def _factor(factor: Factor, columns: Mapping[str, Array]) -> Array:
    """Return the value of a factor for each row; null is nan."""
    found = [np.asarray(columns[ref], dtype=float) for ref in factor.refs]
    value: Any
    match factor.function:
        case "value":
            value = found[0]
        case "difference":
            value = found[0] - found[1]
        case "pos":
            value = np.maximum(found[0] - found[1], 0.0)
        case "log1p":
            value = np.log1p(found[0])
        case "is":
            value = found[0] == factor.code
        case _:
            value = ~np.isnan(found[0])
    return np.asarray(value, dtype=float)


def _term(row: Row, columns: Mapping[str, Array]) -> Array:
    """Return what a term reads for each row: 0 where something that it needs is null."""
    value = np.asarray(1.0)
    null = np.asarray(False)
    for factor in row.factors:
        for ref in factor.needs:
            null = null | np.isnan(columns[ref])
        value = value * _factor(factor, columns)
    return np.where(null, 0.0, value)


def scores(declared: Declared, evidence: Evidence, columns: Mapping[str, Any]) -> dict[str, Array]:
    """Return the score of each option for each row of a queue, by option.

    Parameters
    ----------
    declared
        The decision.
    evidence
        Where its parameters have their values.
    columns
        Reference to its value for each row, null as nan. What is on offer (``option.x``) has a row for each option, where
        options differ in it.

    Examples
    --------
    >>> from stepdown.decisions import language
    >>> from stepdown import evidence
    >>> known = evidence.load()
    >>> consent = language.read("consent", known)
    >>> case = {ref: 0.0 for ref in language.references("ministry")}
    >>> list(scores(consent, known, case))
    ['refuse', 'grant']
    """
    width = np.broadcast_shapes(*(np.shape(v)[-1:] for k, v in columns.items() if not k.startswith("option.")))
    out = {option.label: np.zeros(width) for option in declared.choice.options}
    codes = {option.label: int(option) for option in declared.choice.options}
    for row in declared.scores:
        code = codes[row.option]
        seen = {ref: v[code] if ref.startswith("option.") and np.ndim(v) == 2 else v for ref, v in columns.items()}
        out[row.option] = out[row.option] + evidence.value(row.parameter) * _term(row, seen)
    return out


def probabilities(scores: Mapping[Any, Any]) -> dict[Any, Array]:
    """Return the probability of each option for each row, given the scores of those that are left.

    Examples
    --------
    >>> {option: float(p) for option, p in probabilities({"stay": 0.0, "ready": 0.0}).items()}
    {'stay': 0.5, 'ready': 0.5}
    """
    stacked = np.asarray(list(scores.values()), dtype=float)
    weights = np.exp(stacked - stacked.max(axis=0))
    shares = weights / weights.sum(axis=0)
    return dict(zip(scores, shares, strict=True))

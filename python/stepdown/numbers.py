"""Numbers at the border: what a user passes as a number, NumPy's too, becomes a plain one or is refused in one sentence."""

from __future__ import annotations

import dataclasses
import math
import operator
import re
from collections.abc import Mapping
from typing import Any

from stepdown.errors import UsageError

__all__ = ["EXACT", "LEAST_SHARE", "MOST", "comma", "plain", "plain_fields", "real", "whole"]

EXACT = 2**53
"""Up to here every whole number is a float."""

MOST = 2**64 - 1
"""Greatest seed and replicate."""

LEAST_SHARE = 1e-6
"""Least share of England that is simulated: some 58 people."""


def _is_flag(value: object) -> bool:
    """Return whether a value is a truth value, Python's or NumPy's, which is no number here."""
    return isinstance(value, bool) or type(value).__name__ in ("bool_", "bool")


def comma(text: str) -> str:
    """Return a hint for a number that is written with a decimal comma, or nothing if it isn't one.

    Examples
    --------
    >>> comma("0,5"), comma("half")
    ('; did you mean 0.5?', '')
    """
    found = re.fullmatch(r"\s*([-+]?\d+),(\d+)\s*", text)
    return f"; did you mean {found[1]}.{found[2]}?" if found else ""


def whole(name: str, value: Any, low: int, high: int | None = None) -> int:
    """Return a whole number as Python has it: an ``int``, or anything that is one, also a float such as 7.0.

    A float is taken up to 2⁵³, beyond which it no longer says which whole number is meant.

    Parameters
    ----------
    name
        What the caller calls it, for the message.
    value
        What was passed.
    low, high
        Least and greatest value that is allowed; no greatest, if `high` is not given.

    Raises
    ------
    UsageError
        It is no whole number, or out of bounds.

    Examples
    --------
    >>> import numpy as np
    >>> whole("seed", np.int64(7), 0), whole("seed", np.float64(7), 0)
    (7, 7)
    >>> whole("seed", 7.5, 0)
    Traceback (most recent call last):
    ...
    stepdown.errors.UsageError: seed: 7.5; allowed: whole numbers from 0
    """
    allowed = f"allowed: whole numbers from {low}" + (f" to {high}" if high is not None else "")
    try:
        found = None if _is_flag(value) else operator.index(value)
    except TypeError:
        found = _of_float(value)
    if found is None or found < low or (high is not None and found > high):
        shown = found if found is not None else repr(value) if isinstance(value, str) else value
        raise UsageError(f"{name}: {shown}; {allowed}")
    return found


def _of_float(value: Any) -> int | None:
    """Return the whole number that a float is, Python's or NumPy's; nothing if it is none."""
    is_float = isinstance(value, float) or (
        type(value).__module__ == "numpy" and getattr(value, "ndim", None) == 0 and value.dtype.kind == "f"
    )
    found = float(value) if is_float else math.nan
    return int(found) if found.is_integer() and abs(found) <= EXACT else None


def real(name: str, value: Any, low: float, *, above: bool = False) -> float:
    """Return a finite number as Python has it, at least `low`, or above it.

    Raises
    ------
    UsageError
        It is no number, not finite, or out of bounds.

    Examples
    --------
    >>> import numpy as np
    >>> real("minutes", np.float32(0.5), 0)
    0.5
    """
    try:
        found = math.nan if _is_flag(value) or isinstance(value, str) else float(value)
    except (TypeError, ValueError):
        found = math.nan
    if not math.isfinite(found) or found < low or (above and found == low):
        shown = repr(value) if isinstance(value, str) else value
        raise UsageError(f"{name}: {shown}; allowed: finite numbers {'above' if above else 'from'} {low:g}")
    return found


def plain(value: Any) -> Any:
    """Return a value without NumPy's types, also within tables and lists; dates and words stay as they are.

    Examples
    --------
    >>> import numpy as np
    >>> plain({"value": np.float64(0.5), "areas": np.array(["Kent"])})
    {'value': 0.5, 'areas': ['Kent']}
    """
    if isinstance(value, Mapping):
        return {key: plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [plain(one) for one in value]
    if type(value).__module__ == "numpy":
        # `tolist` is a scalar's `item`, and an array's list: no import of NumPy for those who pass none.
        return value.tolist()
    return value


def plain_fields(record: Any) -> None:
    """Take NumPy's numbers in the fields of a frozen dataclass as Python's: for its ``__post_init__``.

    Examples
    --------
    >>> import dataclasses
    >>> import numpy as np
    >>> @dataclasses.dataclass(frozen=True)
    ... class Size:
    ...     years: int
    ...     __post_init__ = plain_fields
    >>> Size(np.int64(3))
    Size(years=3)
    """
    for field in dataclasses.fields(record):
        value = getattr(record, field.name)
        if type(value).__module__ == "numpy":
            object.__setattr__(record, field.name, plain(value))

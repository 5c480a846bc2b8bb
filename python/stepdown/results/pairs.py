"""Runs that are compared person by person: the same people live in them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa

from stepdown.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from stepdown.results.run import Results

__all__ = ["described", "refuse_other_people", "refuse_unpaired"]

KEYS = ("seed", "replicate", "draw", "start", "end", "share")
"""What says who lives in a run, in its manifest; the scenarios differ."""


def described(*columns: tuple[str, pa.DataType, bool, str]) -> pa.Schema:
    """Return the schema of a comparison, from the name of each column, its type, whether it may be missing, and what it is.

    Examples
    --------
    >>> described(("before", pa.float64(), False, "Admissions a year [1/a].")).field("before").nullable
    False
    """
    return pa.schema([pa.field(name, kind, null, {"description": what}) for name, kind, null, what in columns])


def refuse_other_people(one: Results, other: Results) -> None:
    """Refuse two runs in which not the same people live.

    Raises
    ------
    UsageError
        They differ in seed, replicate, draw, dates or share of England.
    """
    for key in KEYS:
        found = one.manifest.get(key), other.manifest.get(key)
        if found[0] != found[1]:
            message = (
                f"{other.path}: not the same people live in it as in {one.path} ({key} {found[0]} and {found[1]}); "
                f"allowed: the same {key}"
            )
            raise UsageError(message)


def refuse_unpaired(before: Sequence[Results], after: Sequence[Results]) -> None:
    """Refuse runs of two scenarios that don't come in pairs in which the same people live.

    Raises
    ------
    UsageError
        There is no pair, or two runs aren't one.
    """
    if not before or len(before) != len(after):
        message = (
            f"runs: {len(before)} and {len(after)}; allowed: as many of the one scenario as of the other, at least one"
        )
        raise UsageError(message)
    for one, other in zip(before, after, strict=True):
        refuse_other_people(one, other)

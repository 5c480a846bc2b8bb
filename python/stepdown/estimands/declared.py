"""What an estimand is, and the registry of all estimands."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from stepdown.estimands.figures import Estimate, Window
    from stepdown.estimands.history import History

__all__ = ["ESTIMANDS", "Estimand", "declare"]


@dataclass(frozen=True, slots=True)
class Estimand:
    """A quantity with a definition.

    Attributes
    ----------
    id
        Dotted name.
    what
        What it is, in one line.
    unit
        Unit of the value.
    who
        Who, or what, is in the denominator.
    tables
        Tables of a run that it is made from.
    clock
        From when to when time is counted.
    follow_up
        How long people are followed.
    censoring
        What ends observation without the event, and how that is handled.
    compute
        Computes it from the histories of a run.
    """

    id: str
    what: str
    unit: str
    who: str
    tables: tuple[str, ...]
    clock: str
    follow_up: str
    censoring: str
    compute: Callable[[History, Window], Estimate] = field(repr=False)


ESTIMANDS: dict[str, Estimand] = {}
"""Every estimand by id."""


def declare(
    id: str,
    *,
    what: str,
    unit: str,
    who: str,
    tables: str,
    clock: str = "",
    follow_up: str = "",
    censoring: str = "",
) -> Callable[[Callable[[History, Window], Estimate]], Callable[[History, Window], Estimate]]:
    """Declare an estimand; the function below computes it."""

    def keep(compute: Callable[[History, Window], Estimate]) -> Callable[[History, Window], Estimate]:
        assert id not in ESTIMANDS, f"estimand {id} is declared twice"
        ESTIMANDS[id] = Estimand(id, what, unit, who, tuple(tables.split()), clock, follow_up, censoring, compute)
        return compute

    return keep

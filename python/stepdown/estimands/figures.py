"""The two values that every estimand deals in: the window of years that it covers, and the estimate that it returns."""

from __future__ import annotations

import math
from dataclasses import dataclass

__all__ = ["Estimate", "Window"]


@dataclass(frozen=True, slots=True)
class Estimate:
    """What a run says about an estimand.

    Attributes
    ----------
    value
        The estimate, in the estimand's unit; NaN where nobody was there, or was followed for long enough.
    low, high
        95% interval of sampling within the run, as if its people were drawn from many; missing where none is known.
    n
        People, events or days that it rests on.
    """

    value: float
    low: float | None
    high: float | None
    n: int

    @property
    def known(self) -> bool:
        """Whether there is a value."""
        return not math.isnan(self.value)


@dataclass(frozen=True, slots=True)
class Window:
    """The financial years from which people, days or events are taken; they may be followed for longer.

    Attributes
    ----------
    first_year
        First financial year, named by its 1 April.
    years
        How many.
    first, after
        First day, and the day after the last, within the run [d since 1970-01-01].
    censuses
        Last day of each year [d since 1970-01-01].
    """

    first_year: int
    years: int
    first: int
    after: int
    censuses: tuple[int, ...]

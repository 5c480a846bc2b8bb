"""Estimands: quantities with a definition, and what a finished run says about them.

An estimand says who is in its denominator, from which table, on which clock, for how long people are followed and what
censors them; so that a figure of the model is held against a published one of the same kind. All are in `ESTIMANDS`;
``stepdown explain stay.medium.admitted.median`` prints one.

Examples
--------
>>> from stepdown.estimands import ESTIMANDS, estimate
>>> ESTIMANDS["reconviction.medium.within_2_years"].unit
'share'
>>> found = estimate(stepdown.Results("runs/baseline"), ["stay.medium.admitted.median"], years=10)  # doctest: +SKIP
>>> found["stay.medium.admitted.median"]  # doctest: +SKIP
Estimate(value=533.0, low=519.0, high=547.0, n=10713)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from stepdown.errors import UsageError
from stepdown.estimands import after, flows, levels, spread, stays, waits
from stepdown.estimands.declared import ESTIMANDS, Estimand
from stepdown.estimands.figures import Estimate, Window
from stepdown.estimands.history import History, Run
from stepdown.evidence.loader import nearest
from stepdown.numbers import whole

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["ESTIMANDS", "Estimand", "Estimate", "History", "Window", "estimate", "window_of"]

_DECLARED = (stays, waits, after, levels, flows, spread)
"""The modules that declare estimands, in the order in which they are listed."""


def window_of(history: History, first_year: int | None = None, years: int = 10) -> Window:
    """Return the window of some financial years of a run.

    Parameters
    ----------
    history
        The histories of the run.
    first_year
        First financial year, named by its 1 April; by default, that of the run.
    years
        How many; a run that ends earlier has fewer.

    Raises
    ------
    UsageError
        None of the years is in the run.
    """
    run = history.run
    years = whole("years", years, 1)
    first_year = None if first_year is None else whole("first_year", first_year, 0)
    first = run.first_year if first_year is None else first_year
    last = min(first + years - 1, run.last_year)
    if first < run.first_year or last < first:
        found = f"{years} years from {first}" if years > 0 else f"{years} years"
        message = f"years: {found}; allowed: from {run.first_year} to {run.last_year}, at least one"
        raise UsageError(message)
    censuses = tuple(history.first_of(year + 1) - 1 for year in range(first, last + 1))
    return Window(first, last - first + 1, history.first_of(first), history.first_of(last + 1), censuses)


def estimate(
    results: Run | History, ids: Iterable[str] | None = None, *, first_year: int | None = None, years: int = 10
) -> dict[str, Estimate]:
    """Estimate some estimands, or all, from a finished run.

    Parameters
    ----------
    results
        The run; or its histories, which are then read only once for several windows.
    ids
        Which estimands, keys of `ESTIMANDS`; by default, all.
    first_year
        First financial year from which people, days or events are taken; by default, the first of the run.
    years
        How many years. People are followed for longer where the run goes on.

    Returns
    -------
    dict[str, Estimate]
        By id. Totals are brought to all of England where the run was of a sample.

    Raises
    ------
    UsageError
        An id is not known, or none of the years is in the run.
    """
    wanted = list(ESTIMANDS) if ids is None else list(ids)
    for id in wanted:
        if id not in ESTIMANDS:
            message = f"estimand {id!r} is not known{nearest(id, ESTIMANDS)}; allowed: {', '.join(ESTIMANDS)}"
            raise UsageError(message)
    history = results if isinstance(results, History) else History(results)
    window = window_of(history, first_year, years)
    return {id: ESTIMANDS[id].compute(history, window) for id in wanted}

"""Who was displaced: the tiers, areas and sexes whose waits grew from one scenario to another, under common random numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from stepdown.evidence import institutions
from stepdown.results.facts import FactTables
from stepdown.results.pairs import described, refuse_unpaired
from stepdown.results.uncertainty import half_width
from stepdown.vocabulary import SEXES, TIERS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from stepdown.results.run import Results

__all__ = ["SCHEMA", "displaced"]

SCHEMA = described(
    ("tier", pa.string(), False, "Tier that people were admitted to."),
    ("area", pa.string(), False, "Their home area."),
    ("sex", pa.string(), False, "Their sex."),
    ("before", pa.float64(), True, "Mean wait from need identified to admission in the first scenario [d]."),
    ("after", pa.float64(), True, "... in the second [d]."),
    ("change", pa.float64(), True, "What the wait grew by [d]; missing where nobody was admitted in one of them."),
    ("low", pa.float64(), True, "Lower limit of the 95% interval of the change over the pairs; missing for one pair."),
    ("high", pa.float64(), True, "Upper limit."),
    ("admitted_before", pa.float64(), False, "Admissions a year in the first scenario, in all of England."),
    ("admitted_after", pa.float64(), False, "... in the second."),
)  # fmt: skip
"""Columns of who was displaced."""


def displaced(before: Sequence[Results], after: Sequence[Results]) -> pa.Table:
    """Compare the waits of two scenarios by tier, home area and sex, those that grew most first.

    Parameters
    ----------
    before, after
        Runs of the one scenario and of the other, in pairs: each pair has the same seed, replicate and draw, start and end.

    Returns
    -------
    pyarrow.Table
        A row for each tier, area and sex to which anybody was admitted; the columns are `SCHEMA`. Waits are those of everybody
        admitted to a secure tier or PICU from outside them, from prison and elsewhere. An admission that a policy brings
        forward or puts off counts where it happens, so look at the numbers admitted too.

    Raises
    ------
    UsageError
        There is no pair, or two runs aren't one.

    Examples
    --------
    >>> table = displaced([Results("runs/baseline")], [Results("runs/fourteen-days")])  # doctest: +SKIP
    >>> table.slice(0, 5).to_pylist()  # the five groups whose wait grew most  # doctest: +SKIP
    """
    refuse_unpaired(before, after)
    cells = [[_cells(run) for run in runs] for runs in (before, after)]
    count, days = (np.array([[cell[k] for cell in runs] for runs in cells]) for k in (0, 1))
    with np.errstate(divide="ignore", invalid="ignore"):
        waits = days.sum(axis=1) / count.sum(axis=1)
        each = days[1] / count[1] - days[0] / count[0]
    change = waits[1] - waits[0]
    pairs = (~np.isnan(each)).sum(axis=0)
    wide = np.full(len(change), np.nan)
    for cell in np.flatnonzero(pairs > 1):
        known = each[:, cell][~np.isnan(each[:, cell])]
        wide[cell] = half_width(float(known.std(ddof=1)), len(known))
    admitted = count.mean(axis=1)
    names = np.array(_groups())
    columns = dict(zip(("tier", "area", "sex"), names.T, strict=True))
    columns |= {"before": waits[0], "after": waits[1], "change": change, "low": change - wide, "high": change + wide}
    columns |= {"admitted_before": admitted[0], "admitted_after": admitted[1]}
    # Those that grew most first; where nobody was admitted in one scenario, there is no change to order by.
    order = np.argsort(np.where(np.isnan(change), np.inf, -change), kind="stable")
    order = order[(count.sum(axis=(0, 1)) > 0)[order]]
    return pa.table(
        {field.name: pa.array(columns[field.name][order], field.type, from_pandas=True) for field in SCHEMA},
        schema=SCHEMA,
    )


def _groups() -> list[tuple[str, str, str]]:
    areas = [area.name for area in institutions.load().areas]
    return [(tier, area, sex) for tier in TIERS for area in areas for sex in SEXES]


def _cells(run: Results) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return admissions a year in all of England, and the days that they waited, by tier, area and sex."""
    table = FactTables(run).admissions
    areas = [area.name for area in institutions.load().areas]
    at = np.zeros(table.num_rows, np.int64)
    for name, words in (("tier", list(TIERS)), ("area", areas), ("sex", list(SEXES))):
        at = at * len(words) + np.array(
            [words.index(word) for word in table[name].cast(pa.string()).to_pylist()], np.int64
        )
    waits = table["wait_clinical"].to_numpy(zero_copy_only=False).astype(float)
    known = ~np.isnan(waits)
    size = len(TIERS) * len(areas) * len(SEXES)
    years = (run.end_day - run.start_day) / 365.25
    count, days = (np.bincount(at[known], weights=w[known], minlength=size) for w in (np.ones(len(at)), waits))
    return count / years / run.share, days / years / run.share

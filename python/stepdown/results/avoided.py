"""Admissions avoided: who is admitted in one scenario and not in another, under common random numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from stepdown.results.facts import FactTables
from stepdown.results.pairs import described, refuse_unpaired
from stepdown.results.uncertainty import half_width
from stepdown.vocabulary import SEXES, TIERS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from stepdown.results.run import Results

__all__ = ["SCHEMA", "avoided"]

SCHEMA = described(
    ("tier", pa.string(), False, "Tier that people were admitted to; 'all' for any."),
    ("sex", pa.string(), False, "Their sex; 'all' for both."),
    ("before", pa.float64(), False, "Admissions a year in the first scenario, in all of England."),
    ("after", pa.float64(), False, "... in the second."),
    ("avoided", pa.float64(), False, "Admissions a year fewer in the second than in the first."),
    ("low", pa.float64(), True, "Lower limit of the 95% interval of that over the pairs; missing for one pair."),
    ("high", pa.float64(), True, "Upper limit."),
    ("people_spared", pa.float64(), False, "People admitted in the first and never in the second, in all of England."),
    ("people_added", pa.float64(), False, "People admitted in the second and never in the first."),
)  # fmt: skip
"""Columns of what was avoided."""

ALL = "all"


def avoided(before: Sequence[Results], after: Sequence[Results]) -> pa.Table:
    """Compare the admissions of two scenarios by tier and sex: how many fewer, and whose.

    Parameters
    ----------
    before, after
        Runs of the one scenario and of the other, in pairs: each pair has the same seed, replicate and draw, start and end.

    Returns
    -------
    pyarrow.Table
        A row for each tier and sex, and for all of them; the columns are `SCHEMA`. Counted are admissions to a secure tier or
        PICU from outside them. The same people live in both runs, so that people are told apart, not only numbers: an
        admission that is put off beyond the end of the run counts as avoided, and a policy that spares some and adds as many
        others avoids none.

    Raises
    ------
    UsageError
        There is no pair, or two runs aren't one.

    Examples
    --------
    >>> table = avoided([Results("runs/baseline")], [Results("runs/teams")])  # doctest: +SKIP
    >>> table.to_pylist()[0]  # all tiers, both sexes  # doctest: +SKIP
    """
    refuse_unpaired(before, after)
    pairs = [_pair(one, other) for one, other in zip(before, after, strict=True)]
    found = np.array(pairs)
    mean, fewer = found.mean(axis=0), found[:, :, 0] - found[:, :, 1]
    wide = np.full(len(mean), np.nan)
    if len(pairs) > 1:
        wide = np.array([half_width(float(cell.std(ddof=1)), len(pairs)) for cell in fewer.T])
    columns = dict(zip(("tier", "sex"), np.array(_groups()).T, strict=True))
    columns |= {"before": mean[:, 0], "after": mean[:, 1], "avoided": fewer.mean(axis=0)}
    columns |= {"low": columns["avoided"] - wide, "high": columns["avoided"] + wide}
    columns |= {"people_spared": mean[:, 2], "people_added": mean[:, 3]}
    return pa.table(
        {field.name: pa.array(columns[field.name], field.type, from_pandas=True) for field in SCHEMA}, schema=SCHEMA
    )


def _groups() -> list[tuple[str, str]]:
    return [(tier, sex) for tier in (ALL, *TIERS) for sex in (ALL, *SEXES)]


def _pair(one: Results, other: Results) -> NDArray[np.float64]:
    """Return, for each group, admissions a year in each run, and the people admitted in the one or the other alone."""
    years, share = (one.end_day - one.start_day) / 365.25, one.share
    tables = [FactTables(run).admissions for run in (one, other)]
    rows = []
    for tier, sex in _groups():
        people = [_people(table, tier, sex) for table in tables]
        alone = [len(np.setdiff1d(a, b)) for a, b in (people, people[::-1])]
        rows.append([len(people[0]) / years, len(people[1]) / years, *alone])
    return np.array(rows) / share


def _people(table: pa.Table, tier: str, sex: str) -> NDArray[np.int64]:
    """Return the person of each admission of a group."""
    for name, word in (("tier", tier), ("sex", sex)):
        if word != ALL:
            table = table.filter(pc.equal(table[name].cast(pa.string()), word))
    return np.asarray(table["person"].to_numpy(), np.int64)

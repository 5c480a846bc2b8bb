"""Health and cost over a population that is the same in every scenario: everyone who ever meets the pathway in any of them.

The ledger books health only while somebody is on the books, so a policy by which fewer come to the pathway would seem to lose health.
Here whoever meets the pathway in one scenario counts in all of them: on the books with what is booked, off the books at home.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from stepdown import evidence
from stepdown.errors import UsageError
from stepdown.results.facts import EPOCH, first_day, is_in
from stepdown.results.pairs import refuse_other_people
from stepdown.vocabulary import some

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from stepdown.results.run import Results

    Days = NDArray[np.int64]

__all__ = ["SCHEMA", "common_health"]

SCHEMA = pa.schema(
    [
        pa.field(name, kind, nullable=False, metadata={"description": what})
        for name, kind, what in (
            ("run", pa.string(), "Folder of the run."),
            ("year", pa.int32(), "Financial year, named by its 1 April."),
            ("people", pa.float64(), "Mean number of the common population who are alive, in all of England."),
            ("on_pathway", pa.float64(), "QALYs booked for those on the books."),
            ("off_pathway", pa.float64(), "QALYs of the others among them, who are taken to be at home and well."),
            ("qalys", pa.float64(), "Both together: what scenarios are to be compared by."),
            ("pounds", pa.float64(), "All money in the ledger [£]; off the books nothing is spent."),
        )
    ]
)
"""Columns of the health of the common population."""

YEAR = 365.25
"""Days in a year [d]."""

_NEVER = int(np.iinfo(np.int64).max)


def common_health(runs: Sequence[Results], *, utility: float | None = None) -> pa.Table:
    """Return health and cost of everyone who meets the pathway in any of some runs, by run and year.

    Parameters
    ----------
    runs
        Runs of several scenarios with the same seed, replicate, draw, start, end and share: the same people live in all of them.
    utility
        Utility of a day off the books [QALY/a]; by default that of a person at home who isn't acutely ill (`utility.home`).

    Returns
    -------
    pyarrow.Table
        A row for each run and year; the columns are `SCHEMA`.

    Raises
    ------
    UsageError
        There are fewer than two runs, or they don't have the same people.

    Notes
    -----
    Three assumptions. Off the books people are at home and well; prison and illness there aren't in the tables. Whoever dies on the
    books of one run on a day on which the person is off the books of another dies there on the same day: the same person, the same
    natural causes. And the few who share a published number with somebody else may be taken for one another.

    Examples
    --------
    >>> table = common_health([Results("runs/baseline"), Results("runs/policy")])  # doctest: +SKIP
    >>> table.group_by("run").aggregate([("qalys", "sum"), ("pounds", "sum")])  # doctest: +SKIP
    """
    _same_people(runs)
    utility = evidence.load().value("utility.home") if utility is None else utility
    tables = [run.table("spells", columns=["person", "start", "end", "destination"]) for run in runs]
    met = [run.table("people", columns=["person", "born"]) for run in runs]
    everybody, first = np.unique(np.concatenate([table["person"].to_numpy() for table in met]), return_index=True)
    born = np.concatenate([_days(table["born"]) for table in met])[first]
    lives = [_Life(run, table, everybody) for run, table in zip(runs, tables, strict=True)]
    death = np.min([life.death for life in lives], axis=0)
    rows = []
    for run, life in zip(runs, lives, strict=True):
        dies = np.where((life.death == _NEVER) & ~life.on_books(death), death, life.death)
        ledger = run.table("ledger", columns=["year", "pence", "micro_qaly"])
        for year in range(run.first_year, run.last_year + 1):
            opened, closed = max(first_day(year), life.first), min(first_day(year + 1), life.after)
            alive = np.maximum(np.minimum(dies, closed) - np.maximum(born, opened), 0)
            off = np.maximum(alive - life.days_between(opened, closed), 0).sum() / YEAR * utility / run.share
            mine = ledger.filter(pc.field("year") == year)
            on = (pc.sum(mine["micro_qaly"]).as_py() or 0) / 1e6 / run.share
            pounds = (pc.sum(mine["pence"]).as_py() or 0) / 100 / run.share
            people = alive.sum() / (closed - opened) / run.share
            rows.append((str(run.path), year, people, on, off, on + off, pounds))
    columns = zip(*rows, strict=True)
    return pa.table(
        [pa.array(list(column), field.type) for column, field in zip(columns, SCHEMA, strict=True)], schema=SCHEMA
    )


class _Life:
    """When each of some people is on the books of a run, and dies there."""

    def __init__(self, run: Results, spells: pa.Table, everybody: Days) -> None:
        self.first, self.after = run.start_day - EPOCH, run.end_day - EPOCH
        self.person = np.searchsorted(everybody, spells["person"].to_numpy())
        self.start = _days(spells["start"])
        self.end = np.where(pc.is_null(spells["destination"]).to_numpy(), self.after, _days(spells["end"]))
        self.people = len(everybody)
        dead = is_in(spells["destination"], some("place", "dead")).to_numpy()
        self.death = np.full(self.people, _NEVER)
        self.death[self.person[dead]] = self.end[dead]

    def days_between(self, opened: int, closed: int) -> NDArray[np.float64]:
        """Return the days of each person on the books from one day to before another."""
        inside = np.maximum(np.minimum(self.end, closed) - np.maximum(self.start, opened), 0).astype(float)
        return np.asarray(np.bincount(self.person, weights=inside, minlength=self.people), dtype=np.float64)

    def on_books(self, day: Days) -> NDArray[np.bool_]:
        """Say of each person whether a spell covers that person's day."""
        there = (self.start <= day[self.person]) & (day[self.person] < self.end)
        return np.bincount(self.person[there], minlength=self.people) > 0


def _days(column: pa.ChunkedArray) -> Days:
    """Return dates as days since 1970."""
    return np.asarray(column.cast(pa.int32()).to_numpy(), dtype=np.int64)


def _same_people(runs: Sequence[Results]) -> None:
    """Refuse runs in which not the same people live."""
    if len(runs) < 2:
        message = f"runs: {len(runs)}; allowed: two or more, of scenarios that are to be compared"
        raise UsageError(message)
    for run in runs[1:]:
        refuse_other_people(runs[0], run)

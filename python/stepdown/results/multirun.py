"""Combines several runs: each indicator with its mean and its error over seeds, replicates and parameter draws.

A total has every cell in every run; a mean or share that a run lacks is unknown there. Indicators are read one at a time,
so that memory does not grow with their number.
"""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds
import pyarrow.parquet as pq

from stepdown.atomic import refuse_file, written
from stepdown.errors import UsageError
from stepdown.evidence import institutions
from stepdown.progress import Silent
from stepdown.results.indicators import ENGLAND, GROUPS, INDICATORS
from stepdown.results.uncertainty import variance_components
from stepdown.words import known

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from stepdown.progress import Reporter
    from stepdown.results.run import Results

__all__ = ["CELL", "SCHEMA", "alike", "combine", "draws_of", "emptied", "write"]

SAME = {
    "evidence": "with other evidence",
    "code": "with other code",
    "agents": "with other agents",
    "start": "from another day",
    "end": "for another time",
}
"""Keys of the manifest in which runs must agree to be put together, and how to speak of what differs."""

APART = "allowed: runs that differ in seed, replicate or draw only"


def alike(runs: Sequence[Results]) -> None:
    """Refuse runs that can't be combined: they must differ in seed, replicate or draw only.

    Raises
    ------
    UsageError
        There is none; two differ in scenario, code, evidence or dates; or two are the same run.
    CorruptError
        A file of a run is missing or changed.
    """
    if not runs:
        message = "runs: none was named; allowed: one folder or more"
        raise UsageError(message)
    for run in runs:
        run.check()
    first = runs[0]
    seen: dict[tuple[Any, ...], Results] = {}
    for run in runs:
        differ = {how for key, how in SAME.items() if run.manifest.get(key) != first.manifest.get(key)}
        if _lived(run) != _lived(first):
            message = f"{run.path}: it was run of another scenario than {first.path}; {APART}"
            raise UsageError(message)
        if differ:
            message = f"{run.path}: it was run {' and '.join(sorted(differ))} than {first.path}; {APART}"
            raise UsageError(message)
        which = (run.manifest.get("seed"), run.manifest.get("replicate"), _draw(run))
        if other := seen.get(which):
            message = f"{run.path}: it has the seed, replicate and draw of {other.path}; allowed: each run once"
            raise UsageError(message)
        seen[which] = run


def _lived(run: Results) -> dict[str, Any]:
    """Return the scenario of a run but for its draw."""
    return {key: said for key, said in run.scenario.items() if key != "draw"}


def _draw(run: Results) -> int:
    return int(run.manifest.get("draw") or 0)


MOST = 12
"""Values that a sentence lists."""

CELL = ("year", "area", "group", "level")
"""What tells the cells of an indicator apart."""

SCHEMA = pa.schema(
    [
        pa.field(name, kind, nullable=null, metadata={"description": what})
        for name, kind, null, what in (
            ("year", pa.int32(), False, "Financial year, named by its 1 April."),
            ("area", pa.string(), False, "Area, or 'England'."),
            ("group", pa.string(), False, "By what people, beds or money are told apart."),
            ("level", pa.string(), False, "Which of the group."),
            ("indicator", pa.string(), False, "What is measured."),
            ("mean", pa.float64(), False, "Mean over the runs; of the means of the draws, if parameters were drawn."),
            ("error", pa.float64(), True, "Standard error of the mean; missing for a single run."),
            ("low", pa.float64(), True, "Lower limit of the 95% interval of the mean."),
            ("high", pa.float64(), True, "Upper limit."),
            ("monte_carlo", pa.float64(), True, "Standard deviation between runs of one draw: what chance does."),
            (
                "parameters",
                pa.float64(),
                True,
                "Standard deviation between draws that is left when chance is taken off.",
            ),
            ("runs", pa.int32(), False, "Runs in which the cell is known."),
            ("draws", pa.int32(), False, "Draws of the parameters among them."),
        )
    ]
)
"""Columns of the indicators of several runs."""


def draws_of(runs: Sequence[Results]) -> NDArray[np.int64]:
    """Return the number of each run's draw among theirs; 0 is of the best values."""
    drawn = [_draw(run) for run in runs]
    return np.array([sorted(set(drawn)).index(draw) for draw in drawn])


def combine(
    runs: Sequence[Results],
    names: Iterable[str] | None = None,
    *,
    area: str | None = None,
    group: str | None = None,
    year: int | None = None,
) -> Iterator[pa.Table]:
    """Yield the indicators of several runs, a table for each.

    Parameters
    ----------
    runs
        Runs of one scenario that differ in seed, replicate or draw.
    names
        Which indicators; by default, all.
    area, group, year
        Only these cells.

    Raises
    ------
    UsageError
        The runs can't be put together, or a name is not known.

    Examples
    --------
    >>> runs = [stepdown.Results(f"runs/{seed}") for seed in range(10)]  # doctest: +SKIP
    >>> pa.concat_tables(combine(runs, ["occupancy"], group="tier"))  # doctest: +SKIP
    """
    alike(runs)
    all_of_them = {indicator.name: indicator for indicator in INDICATORS}
    asked = list(all_of_them) if names is None else list(names)
    for name in asked:
        known("indicator", name, all_of_them)
    if group is not None:
        known("group", group, GROUPS)
        for name in asked if names is not None else ():
            known("group", group, all_of_them[name].groups, f" for {name}")
    if area is not None:
        known("area", area, [ENGLAND, *(place.name for place in institutions.load().areas)])
    if year is not None:
        known("year", year, range(runs[0].first_year, runs[0].last_year + 1), f" in {runs[0].path}")
    draws = draws_of(runs)
    for name in asked:
        where = ds.field("indicator") == name
        for key, only in (("area", area), ("group", group), ("year", year)):
            where = where if only is None else where & (ds.field(key) == only)
        tables = [_cells(run, where) for run in runs]
        yield _joined(name, tables, draws)


def emptied(runs: Sequence[Results], names: Iterable[str] | None = None, **filters: str | int | None) -> str:
    """Return a sentence on why `combine` found no cell: which of its filters left nothing, and what they would leave.

    Parameters
    ----------
    runs, names
        As they were given to `combine`.
    **filters
        `area`, `group` and `year`, as they were given to `combine`.
    """
    asked = [indicator.name for indicator in INDICATORS] if names is None else list(names)
    cells = pa.concat_tables([_cells(run, pc.is_in(ds.field("indicator"), pa.array(asked))) for run in runs])
    given = {key: value for key, value in filters.items() if value is not None}
    what = " and ".join(asked) if names is not None else "any indicator"
    for size in range(1, len(given) + 1):
        for gone in combinations(given, size):
            left = cells
            for key in given.keys() - set(gone):
                left = left.filter(pc.equal(left[key], given[key]))
            if left.num_rows:
                asked_for = " with ".join(f"{key} {given[key]}" for key in gone)
                there = "; ".join(f"{key}: {_listed(left[key])}" for key in gone)
                return f"{asked_for} left nothing of {what} in these runs; without, there is {there}"
    return f"{what} was never counted in these runs, whatever the filters"


def _listed(column: pa.ChunkedArray) -> str:
    """Return the values of a column, in order, as a sentence lists them."""
    values = sorted(pc.unique(column).to_pylist())
    return ", ".join(map(str, values[:MOST])) + (f" and {len(values) - MOST} more" if len(values) > MOST else "")


def _cells(run: Results, where: ds.Expression) -> pa.Table:
    """Return the cells of one indicator in one run."""
    return run.table("indicators", columns=[*CELL, "value"], where=where)


def _joined(name: str, tables: list[pa.Table], draws: NDArray[np.int64]) -> pa.Table:
    """Return the cells of one indicator over all runs, in order."""
    rows = pa.concat_tables(
        [table.append_column("run", pa.repeat(k, table.num_rows)) for k, table in enumerate(tables)]
    ).combine_chunks()
    cells = rows.group_by(list(CELL), use_threads=False).aggregate([])
    cells = cells.take(
        pc.sort_indices(cells, sort_keys=[(key, "ascending") for key in ("group", "level", "area", "year")])
    )
    cells = cells.append_column("cell", pa.array(np.arange(cells.num_rows)))
    placed = rows.join(cells, keys=list(CELL), use_threads=False)
    values = np.full((cells.num_rows, len(tables)), np.nan)
    values[placed["cell"].to_numpy(), placed["run"].to_numpy()] = placed["value"].to_numpy()
    found = variance_components(values, draws)
    columns = {key: cells[key] for key in CELL} | {"indicator": pa.repeat(name, cells.num_rows)}
    columns |= {key: pa.array(column, from_pandas=True) for key, column in found.items()}
    return pa.table({field.name: columns[field.name].cast(field.type) for field in SCHEMA}, schema=SCHEMA)


def write(
    runs: Sequence[Results],
    out: Path,
    names: Iterable[str] | None = None,
    *,
    overwrite: bool = False,
    progress: Reporter | None = None,
) -> int:
    """Write every cell of the indicators of several runs to a Parquet file, whole or not at all; return its rows.

    Raises
    ------
    OutputExistsError
        There is something at `out`, and overwriting was not asked for; or `out` lies inside the folder of a run.
    """
    refuse_file(out, overwrite=overwrite)
    asked = [indicator.name for indicator in INDICATORS] if names is None else list(names)
    rows = 0
    with (
        written(out, overwrite=overwrite) as aside,
        Silent() if progress is None else progress as told,
        pq.ParquetWriter(aside, SCHEMA) as file,
    ):
        for done, table in enumerate(combine(runs, asked)):
            told.update("indicators", done, len(asked), unit="indicators")
            file.write_table(table)
            rows += table.num_rows
    return rows

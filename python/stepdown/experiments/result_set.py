"""What the tasks of a sweep have left, as one set of tables: Parquet, partitioned by scenario, draw and replicate, read lazily.

It can be read while it is being filled: a file has its name only when it is whole. Only files of tasks that are done are shown.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.dataset as ds

from stepdown.errors import CorruptError, UsageError
from stepdown.experiments.config import RUN
from stepdown.experiments.plan import Plan, open_plan
from stepdown.results.hashes import hold
from stepdown.results.run import Results, reading
from stepdown.words import known

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    import duckdb
    import polars as pl

    from stepdown.experiments.plan import Commit, Task

__all__ = ["PARTITIONS", "ResultSet"]

PARTITIONS = pa.schema(
    [pa.field("scenario", pa.string()), pa.field("draw", pa.int64()), pa.field("replicate", pa.int64())]
)
"""Columns that are in the paths of the files, and not in the files."""


class ResultSet:
    """The tables of a sweep.

    Parameters
    ----------
    sweep
        A plan, or its folder.

    Examples
    --------
    >>> results = ResultSet("sweeps/bradley")  # doctest: +SKIP
    >>> results.dataset("indicators").to_table(filter=pc.field("indicator") == "occupancy")  # doctest: +SKIP
    >>> results.polars("indicators").group_by("scenario").len().collect()  # doctest: +SKIP
    """

    def __init__(self, sweep: Plan | Path | str) -> None:
        self.plan = sweep if isinstance(sweep, Plan) else open_plan(sweep)

    def tasks(self, arms: Iterable[str] | None = None) -> list[Task]:
        """Return the tasks that are done, of all scenarios or some."""
        wanted = set(self.plan.arms if arms is None else arms)
        return [task for task in self.plan.committed().values() if task.arm in wanted]

    def files(self, table: str, tasks: Iterable[Task] | None = None) -> list[Path]:
        """Return the files of a table, of the tasks that are done; their bytes are held against the hashes of their notes.

        Raises
        ------
        UsageError
            The table is not kept in this sweep.
        CorruptError
            A file is missing or changed.
        """
        known("table", table, self.plan.tables(), f" in {self.plan.folder}")
        found = []
        for task in self.tasks() if tasks is None else tasks:
            place = self.plan.part(table, task)
            name = str(place.relative_to(self.plan.folder))
            hold(self.plan.folder, {name: self._commit(task).files[name]})
            found.append(place)
        return found

    def _commit(self, task: Task) -> Commit:
        commit = self.plan.commit_of(task.id)
        if commit is None:
            message = (
                f"{self.plan.folder}: task {task.id} ({task.arm}, draw {task.draw}, replicate {task.replicate}) isn't done, or a file "
                f"of it has gone; stepdown task {self.plan.folder} {task.id} makes it again"
            )
            raise CorruptError(message)
        return commit

    def dataset(self, table: str, tasks: Iterable[Task] | None = None) -> ds.Dataset:
        """Return a table as a pyarrow dataset, with the columns ``scenario``, ``draw`` and ``replicate``; no row is read yet.

        Raises
        ------
        UsageError
            The table is not kept in this sweep, or no task is done.
        """
        files = self.files(table, tasks)
        if not files:
            message = f"{self.plan.folder}: no task is done yet; stepdown sweep run {self.plan.folder}"
            raise UsageError(message)
        home = self.plan.folder / "results" / table
        with reading(home):
            return ds.dataset(
                [str(file) for file in files],
                format="parquet",
                partitioning=ds.partitioning(PARTITIONS, flavor="hive"),
                partition_base_dir=str(home),
            )

    def polars(self, table: str) -> pl.LazyFrame:
        """Return a table as a lazy Polars frame."""
        import polars as pl

        schema = {"scenario": pl.String, "draw": pl.Int64, "replicate": pl.Int64}
        return pl.scan_parquet(self.files(table), hive_partitioning=True, hive_schema=schema)

    def duckdb(self, table: str, connection: Any = None) -> duckdb.DuckDBPyRelation:
        """Return a table as a lazy DuckDB relation.

        Parameters
        ----------
        table
            The table.
        connection
            A connection; by default, DuckDB's own.
        """
        import duckdb

        types = {"scenario": "VARCHAR", "draw": "BIGINT", "replicate": "BIGINT"}
        files = [str(file) for file in self.files(table)]
        listed = ", ".join(f"'{name}'".replace("\\", "\\\\") for name in (file.replace("'", "''") for file in files))
        kinds = ", ".join(f"'{name}': {kind}" for name, kind in types.items())
        query = f"SELECT * FROM read_parquet([{listed}], hive_partitioning = true, hive_types = {{{kinds}}})"
        found: duckdb.DuckDBPyRelation = (connection or duckdb).sql(query)
        return found

    def run(self, task: Task) -> Results:
        """Return the whole folder of a task's run.

        Raises
        ------
        UsageError
            It isn't kept.
        """
        if RUN not in self.plan.facts.keep:
            message = (
                f"{self.plan.folder}: the folders of its runs are not kept; allowed: keep = [{RUN!r}] in the experiment"
            )
            raise UsageError(message)
        self._commit(task)
        return Results(self.plan.run_folder(task))

    def pairs(self, arm: str) -> list[tuple[Results, Results]]:
        """Return the runs of the base and of another scenario in which the same people live, in pairs."""
        done = {(task.arm, task.draw, task.replicate): task for task in self.tasks([self.plan.base, arm])}
        return [
            (self.run(done[self.plan.base, task.draw, task.replicate]), self.run(task))
            for task in done.values()
            if task.arm == arm and (self.plan.base, task.draw, task.replicate) in done
        ]

"""Writes the log of a run in a second thread: one file for each table and year, entered in the journal when it is closed."""

from __future__ import annotations

import hashlib
import shutil
import time
from typing import TYPE_CHECKING

import pyarrow as pa

from stepdown.atomic import SNAPSHOTS, write_text
from stepdown.results.export import write_parquet
from stepdown.results.layout import SMALL
from stepdown.results.run import YEARLY, read_file
from stepdown.running.journal import PARTS, files_of_year

if TYPE_CHECKING:
    from concurrent.futures import Future, ThreadPoolExecutor
    from pathlib import Path

    from stepdown import _core
    from stepdown.running.journal import Journal

__all__ = ["Writer", "tidy"]


class Writer:
    """Writes the log of each year while the engine simulates the next.

    Parameters
    ----------
    journal
        Where each file is noted when it is closed.
    pool
        The thread that writes.
    metadata
        What the schema of each table says besides its own.
    """

    def __init__(self, journal: Journal, pool: ThreadPoolExecutor, metadata: dict[str, str]) -> None:
        self.folder = journal.folder
        self.metadata = metadata
        self.seconds = 0.0
        self._journal = journal
        self._pool = pool
        self._pending: Future[None] | None = None
        for table in (*YEARLY, PARTS):
            (self.folder / table).mkdir(exist_ok=True)

    def year(self, year: int, logged: _core.Logged) -> None:
        """Hand over a year, after waiting for the one before."""
        self.wait()
        self._pending = self._pool.submit(self._write, year, logged)

    def wait(self) -> None:
        """Wait until everything that was handed over is on disk."""
        if self._pending is not None:
            pending, self._pending = self._pending, None
            pending.result()

    def _write(self, year: int, logged: _core.Logged) -> None:
        began = time.perf_counter()
        closed = {
            name: {"table": table} | dict(logged.write(table, self.folder / name, list(self.metadata.items())))
            for name, table in files_of_year(year).items()
        }
        self._journal.files |= closed
        self._journal.write()
        self.seconds += time.perf_counter() - began

    def parquet(self, name: str, table: pa.Table) -> None:
        """Write a small table."""
        table = table.replace_schema_metadata((table.schema.metadata or {}) | self.metadata)
        self._journal.files[f"{name}.parquet"] = {"table": name} | write_parquet(table, self.folder / f"{name}.parquet")

    def small(self) -> None:
        """Write the small tables from their years."""
        self.wait()
        for table in SMALL:
            parts = sorted(name for name in self._journal.files if name.startswith(f"{PARTS}/{table}-"))
            self.parquet(table, pa.concat_tables([read_file(self.folder / name) for name in parts]))

    def text(self, name: str, text: str) -> None:
        """Write a text file."""
        write_text(self.folder / name, text)
        digest = hashlib.sha256(text.encode()).hexdigest()
        self._journal.files[name] = {"table": None, "rows": None, "bytes": len(text.encode()), "sha256": digest}


def tidy(folder: Path) -> None:
    """Remove the files that only a resume needs, once the folder has its manifest; the journal goes when it has its name."""
    for name in (SNAPSHOTS, PARTS):
        shutil.rmtree(folder / name, ignore_errors=True)

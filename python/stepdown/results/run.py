"""Opens the folder of a run and returns its tables lazily, as Arrow, Polars or pandas."""

from __future__ import annotations

import hashlib
import json
import tomllib
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds
import pyarrow.parquet as pq

from stepdown.errors import CorruptError, UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    import polars as pl

__all__ = ["FORMAT", "MANIFEST", "OWN", "TABLES", "YEARLY", "Results", "digest", "read_file"]

FORMAT = 1
"""Version of the folder's format."""

MANIFEST = "manifest.json"
"""Written last: a folder that has one is whole."""

SCENARIO = "scenario.toml"
"""What was run, with everything that it inherits."""

YEARLY = ("events", "spells", "people", "daily")
"""Tables with one Arrow file for each financial year."""

TABLES = (*YEARLY, "ledger", "population", "indicators")
"""Tables of a run."""

OWN = ("own_patients", "own_agents")
"""Tables with one Arrow file for each financial year, in a run whose agents have columns or attributes of their own."""

_EPOCH = date(1900, 1, 1)


def digest(path: Path) -> str:
    """Return the SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def read_file(path: Path) -> pa.Table:
    """Read one Arrow or Parquet file of a run; a large one is mapped, not copied."""
    if path.suffix == ".parquet":
        return pq.read_table(path)
    return pa.ipc.open_file(pa.memory_map(str(path))).read_all()


class Results:
    """What a run left behind.

    Parameters
    ----------
    path
        The folder that `stepdown.run` or ``stepdown run --out`` wrote.
    manifest
        What the manifest will say, for a folder that is still being written; read from the folder, if not given.

    Raises
    ------
    CorruptError
        The folder is missing, has no manifest, or one that can't be read.

    Examples
    --------
    >>> results = Results("runs/baseline")  # doctest: +SKIP
    >>> results.table("indicators").filter(pc.field("indicator") == "occupancy")  # doctest: +SKIP
    """

    def __init__(self, path: Path | str, *, manifest: dict[str, Any] | None = None) -> None:
        self.path = Path(path)
        self.manifest = self._read() if manifest is None else manifest

    def _read(self) -> dict[str, Any]:
        manifest = self.path / MANIFEST
        try:
            read: dict[str, Any] = json.loads(manifest.read_text(encoding="utf-8"))
        except OSError as error:
            message = f"{self.path}: it is not the folder of a run: {MANIFEST} can't be read ({error.strerror})"
            raise CorruptError(message) from None
        except ValueError as error:
            message = f"{manifest}: it is not JSON ({error})"
            raise CorruptError(message) from None
        return read

    def __repr__(self) -> str:
        return f"Results({str(self.path)!r})"

    @property
    def start_day(self) -> int:
        """First reported day [d since 1900-01-01]."""
        return (date.fromisoformat(self.manifest["start"]) - _EPOCH).days

    @property
    def end_day(self) -> int:
        """Day after the last [d since 1900-01-01]."""
        return (date.fromisoformat(self.manifest["end"]) - _EPOCH).days

    @property
    def first_year(self) -> int:
        """First financial year, named by its 1 April."""
        return date.fromisoformat(self.manifest["start"]).year

    @property
    def last_year(self) -> int:
        """Last financial year, named by its 1 April."""
        end = date.fromisoformat(self.manifest["end"])
        return end.year - 1 if end <= date(end.year, 4, 1) else end.year

    @cached_property
    def scenario(self) -> dict[str, Any]:
        """What was run, with everything that it inherits: the keys of ``scenario.toml``.

        Raises
        ------
        CorruptError
            The folder's scenario can't be read.
        """
        file = self.path / SCENARIO
        try:
            return tomllib.loads(file.read_text(encoding="utf-8"))
        except OSError as error:
            message = f"{file}: it can't be read ({error.strerror})"
            raise CorruptError(message) from None
        except ValueError as error:
            message = f"{file}: it is not TOML ({error})"
            raise CorruptError(message) from None

    @property
    def share(self) -> float:
        """Share of England's people who live in the run, above 0 to 1.

        Raises
        ------
        CorruptError
            The folder's scenario doesn't say it.
        """
        found = self.scenario.get("population")
        if not isinstance(found, int | float) or not 0 < found <= 1:
            message = f"{self.path / SCENARIO}: population: {found!r}; allowed: a number above 0, at most 1"
            raise CorruptError(message)
        return float(found)

    def files(self, name: str) -> list[Path]:
        """Return the files of a table, in order of year."""
        own = [table for table in OWN if (self.path / table).is_dir()]
        if name not in TABLES and name not in own:
            message = f"table {name!r} is not known; allowed: {', '.join([*TABLES, *own])}"
            raise UsageError(message)
        if name in YEARLY or name in own:
            return sorted((self.path / name).glob("*.arrow"))
        return [self.path / f"{name}.parquet"]

    def dataset(self, name: str) -> ds.Dataset:
        """Return a table as a pyarrow dataset: nothing is read yet."""
        files = self.files(name)
        return ds.dataset([str(f) for f in files], format="parquet" if files[0].suffix == ".parquet" else "ipc")

    def table(
        self, name: str, *, columns: Sequence[str] | None = None, events: Sequence[str] | None = None
    ) -> pa.Table:
        """Read a table, or some of its columns.

        Parameters
        ----------
        name
            One of `TABLES`, or of `OWN` where the run has it.
        columns
            Only these columns, in this order.
        events
            Only these kinds of event; for the table of events.
        """
        where = None
        if events is not None:
            kind = self.dataset(name).schema.field("event").type
            where = ds.field("event").cast(kind.value_type).isin(list(events))
        return self.dataset(name).to_table(columns=None if columns is None else list(columns), filter=where)

    def polars(self, name: str) -> pl.LazyFrame:
        """Return a table as a lazy Polars frame."""
        import polars as pl

        files = self.files(name)
        return pl.scan_parquet(files) if files[0].suffix == ".parquet" else pl.scan_ipc(files)

    def pandas(self, name: str, *, columns: Sequence[str] | None = None) -> pd.DataFrame:
        """Read a table into pandas; words become categories."""
        frame: pd.DataFrame = self.table(name, columns=columns).to_pandas()
        return frame

    def indicator(self, name: str, *, group: str = "all") -> pa.Table:
        """Return one indicator by one group."""
        wanted = (ds.field("indicator") == name) & (ds.field("group") == group)
        found = self.dataset("indicators").to_table(filter=wanted)
        if not found.num_rows:
            known = pc.unique(self.table("indicators", columns=["indicator"])["indicator"]).to_pylist()
            if name not in known:
                message = f"indicator {name!r} is not in {self.path}; allowed: {', '.join(known)}"
                raise UsageError(message)
        return found

"""Opens the folder of a run and returns its tables lazily, as Arrow, Polars or pandas."""

from __future__ import annotations

import re
import tomllib
from contextlib import contextmanager
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds
import pyarrow.parquet as pq

from stepdown import _core
from stepdown.errors import CorruptError, UsageError, lacking
from stepdown.results import manifest as manifests
from stepdown.results.hashes import digest, hold
from stepdown.results.layout import OWN, SCENARIO, TABLES, YEARLY, gap, misfit
from stepdown.results.manifest import FORMAT, MANIFEST
from stepdown.words import known

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import pandas as pd
    import polars as pl

__all__ = ["FORMAT", "MANIFEST", "OWN", "TABLES", "YEARLY", "Results", "digest", "read_file", "reading"]

_EPOCH = date(1900, 1, 1)


BEYOND = 1 << 40
"""What no column of a run takes [bytes]: a file that claims to need it lies."""


def _beyond(error: BaseException) -> bool:
    """Return whether pyarrow asked for memory that no machine lacks, because a file says so: ``malloc of size 5412543002742620160 failed``."""
    asked = re.search(r"of size (-?\d+) ", str(error))
    return isinstance(error, MemoryError) and asked is not None and not 0 <= int(asked[1]) < BEYOND


@contextmanager
def reading(path: Path) -> Iterator[None]:
    """Say of errors in the block, in which tables are read from `path`, what they are: of the data, or of the machine.

    Raises
    ------
    CorruptError
        The data can't be read.
    ResourceError
        There is too little memory, or too few files may be open.
    """
    try:
        yield
    except (pa.ArrowException, OSError, MemoryError) as error:
        if (lack := lacking(error)) is not None and not _beyond(error):
            raise lack from None
        said = str(error).splitlines() or [type(error).__name__]
        message = f"{path}: it can't be read as a table ({said[0][:200]})"
        raise CorruptError(message) from None


def read_file(path: Path) -> pa.Table:
    """Read one Arrow or Parquet file of a run, and validate it; a large one is mapped, not copied.

    Raises
    ------
    CorruptError
        It can't be read, or what is in it is not what it says.
    ResourceError
        There is too little memory, or too few files may be open.
    """
    with reading(path):
        if path.suffix == ".parquet":
            table = pq.read_table(path)
        else:
            table = pa.ipc.open_file(pa.memory_map(str(path))).read_all()
        table.validate(full=True)
    return table


class Results:
    """What a run left behind.

    Parameters
    ----------
    path
        The folder that `stepdown.run` or ``stepdown run --out`` wrote.
    manifest
        What the manifest will say, for a folder that this process is still writing; read from the folder, if not given.

    Raises
    ------
    CorruptError
        The folder is missing, has no manifest, or one whose seal is broken or that doesn't say what a manifest says.

    Notes
    -----
    Before anything of a run is used, each of its files is held against its hash in the manifest, once in a process unless its size
    or its times change. A run of which a file is missing or changed is refused with `CorruptError`, whatever is asked of it.

    Examples
    --------
    >>> results = Results("runs/baseline")  # doctest: +SKIP
    >>> results.table("indicators").filter(pc.field("indicator") == "occupancy")  # doctest: +SKIP
    """

    def __init__(self, path: Path | str, *, manifest: dict[str, Any] | None = None) -> None:
        self.path = Path(path)
        self._made_here = manifest is not None
        self.manifest = manifests.read(self.path) if manifest is None else manifest

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
        return manifests.years(self.manifest)[-1]

    @cached_property
    def scenario(self) -> dict[str, Any]:
        """What was run, with everything that it inherits: the keys of ``scenario.toml``.

        Raises
        ------
        CorruptError
            The folder's scenario can't be read.
        UsageError
            The folder is an export, which has none.
        """
        self.check()
        if not self._made_here and SCENARIO not in self.manifest["files"]:
            message = f"{self.path}: it is an export, without {SCENARIO}; allowed: the folder of the run itself"
            raise UsageError(message)
        file = self.path / SCENARIO
        try:
            return tomllib.loads(file.read_text(encoding="utf-8"))
        except OSError as error:
            message = f"{file}: it can't be read ({error.strerror})"
            raise CorruptError(message) from None
        except (ValueError, RecursionError) as error:
            message = f"{file}: it is not TOML ({error})"
            raise CorruptError(message) from None

    def check(self) -> None:
        """Refuse the run unless every file that its manifest names is there, with the hash that it names.

        Raises
        ------
        CorruptError
            A file is missing or changed.
        ResourceError
            The machine lacks what it takes to look.
        """
        if not self._made_here:
            hold(self.path, self.manifest["files"])

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

    @property
    def own(self) -> list[str]:
        """Tables of `OWN` that the run has."""
        return [table for table in OWN if self._named(table)]

    def files(self, name: str) -> list[Path]:
        """Return the files of a table, in order of year."""
        known("table", name, [*TABLES, *self.own])
        self.check()
        if not (found := self._named(name)):
            message = f"{self.path}: it has no table {name!r}: it is an export that left it out"
            raise CorruptError(message)
        return [self.path / file for file in found]

    def _named(self, table: str) -> list[str]:
        """Return the names of a table's files, in order of year."""
        if self._made_here:
            made = sorted((self.path / table).glob("*.arrow")) or [self.path / f"{table}.parquet"]
            return [path.relative_to(self.path).as_posix() for path in made if path.exists()]
        files = self.manifest["files"]
        return sorted(file for file in files if file == f"{table}.parquet" or file.startswith(f"{table}/"))

    def dataset(self, name: str) -> ds.Dataset:
        """Return a table as a pyarrow dataset: its hashes and columns are checked, no row is read yet."""
        files = self.files(name)
        with reading(files[0]):
            found = ds.dataset([str(f) for f in files], format="parquet" if files[0].suffix == ".parquet" else "ipc")
        if (wrong := misfit(name, found.schema)) is not None:
            message = f"{files[0]}: {wrong}{manifests.of_another_version(self.manifest)}"
            raise CorruptError(message)
        if not self._made_here:
            with reading(files[0]):
                rows = [(Path(part.path), part.count_rows()) for part in found.get_fragments()]
            for path, count in rows:
                self.hold_rows(path, count)
        return found

    def hold_rows(self, path: Path, count: int) -> None:
        """Refuse a file of the run that has another number of rows than its manifest says.

        Raises
        ------
        CorruptError
            It has.
        """
        said = self.manifest["files"][path.relative_to(self.path).as_posix()]["rows"]
        if count != said:
            message = f"{path}: it has {count} rows; the manifest says {said}"
            raise CorruptError(message)

    def table(
        self,
        name: str,
        *,
        columns: Sequence[str] | None = None,
        events: Sequence[str] | None = None,
        where: ds.Expression | None = None,
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
        where
            Only rows for which this holds.

        Raises
        ------
        CorruptError
            A file is missing or changed, or isn't what the schema says.
        UsageError
            A table, column or event is not known.
        """
        data = self.dataset(name)
        wanted = list(data.schema.names if columns is None else columns)
        for column in wanted:
            known("column", column, data.schema.names, f" in {name}")
        read = wanted if events is None or "event" in wanted else [*wanted, "event"]
        with reading(self.path / name):
            table = data.to_table(columns=read, filter=where)
            table.validate(full=True)
            if (wrong := gap(name, table)) is not None:
                message = f"{self.path / name}: {wrong}{manifests.of_another_version(self.manifest)}"
                raise CorruptError(message)
            if events is not None:
                for event in events:
                    known("event", event, [word for _, word, _ in _core.codes()["event"]])
                kind = table.schema.field("event").type
                word = table["event"].cast(kind.value_type) if pa.types.is_dictionary(kind) else table["event"]
                table = table.filter(pc.is_in(word, value_set=pa.array(list(events), pa.string()))).select(wanted)
        return table

    def polars(self, name: str) -> pl.LazyFrame:
        """Return a table as a lazy Polars frame."""
        import polars as pl

        self.dataset(name)  # refuses columns of another version
        files = self.files(name)
        return pl.scan_parquet(files) if files[0].suffix == ".parquet" else pl.scan_ipc(files)

    def pandas(self, name: str, *, columns: Sequence[str] | None = None) -> pd.DataFrame:
        """Read a table into pandas; words become categories, dates ``datetime64[ms]``, which subtract and filter as dates do.

        Examples
        --------
        >>> spells = Results("runs/baseline").pandas("spells")  # doctest: +SKIP
        >>> (spells["end"] - spells["start"]).dt.days.mean()  # doctest: +SKIP
        """
        # An object for each date would take a dozen times the memory; Arrow's own types are those of `table` and `polars`.
        frame: pd.DataFrame = self.table(name, columns=columns).to_pandas(date_as_object=False)
        return frame

    def indicator(self, name: str, *, group: str = "all") -> pa.Table:
        """Return one indicator by one group: a row for each year, area and level in which it is known.

        Raises
        ------
        UsageError
            The name is no indicator's, or the indicator is not told apart by that group; the message lists what is allowed.
        """
        found = self.table("indicators", where=(ds.field("indicator") == name) & (ds.field("group") == group))
        if not found.num_rows:
            there = self.table("indicators", columns=["indicator", "group"])
            known("indicator", name, pc.unique(there["indicator"]).to_pylist(), f" in {self.path}")
            groups = there.filter(pc.equal(there["indicator"], name))["group"]
            known("group", group, pc.unique(groups).to_pylist(), f" for {name}")
        return found

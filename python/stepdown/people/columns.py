"""Columns of people: read-only NumPy arrays with units, vocabularies and descriptions, and selection of rows by their values."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from stepdown import _core
from stepdown.errors import UndeclaredError, UsageError
from stepdown.evidence.loader import nearest

if TYPE_CHECKING:
    import pandas as pd
    import polars as pl

__all__ = ["Array", "Column", "Columns", "Table", "Where", "described"]

NOTHING = -1
"""Code of a word, and day of a date, that is nothing."""

EPOCH = date(1900, 1, 1)
UNIX = (date(1970, 1, 1) - EPOCH).days

Array = NDArray[Any]
Where = Mapping[str, Any] | Array


@dataclass(frozen=True)
class Column:
    """What a column means.

    Attributes
    ----------
    name
        Name.
    kind
        ``identity``, ``word``, ``flag``, ``date``, ``count`` or ``number``.
    unit
        Unit.
    description
        What it means, one line.
    words
        Words of its codes, in order of code; nothing for other kinds.
    """

    name: str
    kind: str
    unit: str
    description: str
    words: tuple[str, ...] | None = None

    @cached_property
    def dictionary(self) -> NDArray[np.object_]:
        """The words by code, and nothing last: what is missing has the code -1."""
        return np.array([*(self.words or ()), None], dtype=object)

    def code(self, word: object) -> int:
        """Return the code of a word; -1 for nothing."""
        if word is None:
            return NOTHING
        words = self.words or ()
        if word not in words:
            raise UsageError(f"{self.name}: {word!r}{nearest(str(word), words)}; allowed: {', '.join(words)}")
        return words.index(word)

    def values(self, raw: Array) -> Array:
        """Return values as people read them: words as text, days as dates."""
        if self.kind == "word":
            found: Array = self.dictionary[raw]
            return found
        if self.kind == "date":
            days = raw.astype("datetime64[D]") - np.timedelta64(UNIX, "D")
            days[raw == NOTHING] = np.datetime64("NaT", "D")
            return days
        return raw

    def value(self, raw: Any) -> Any:
        """Return one value as people read it."""
        if self.kind == "word":
            return self.dictionary[raw]
        if self.kind == "date":
            return None if raw == NOTHING else EPOCH + timedelta(days=int(raw))
        return raw.item()

    def matches(self, raw: Array, wanted: Any) -> NDArray[np.bool_]:
        """Return which rows are wanted: equal to a value, one of several, or as a function of the column says."""
        if callable(wanted):
            return boolean(wanted(self.values(raw)), len(raw), self.name)
        several = isinstance(wanted, list | tuple | set | frozenset | np.ndarray)
        if self.kind == "word":
            if not several:
                return cast("NDArray[np.bool_]", raw == self.code(wanted))
            named = np.zeros(len(self.dictionary), dtype=bool)
            named[[self.code(word) for word in wanted]] = True
            return named[raw]
        if self.kind == "date":
            day = _days(self.name, list(wanted) if several else [wanted])
            return np.isin(raw, day)
        if several:
            return np.isin(raw, np.asarray(list(wanted)))
        if isinstance(wanted, str) or wanted is None:
            raise UsageError(f"{self.name}: {wanted!r}; allowed: a number, several, or a function of the column")
        return cast("NDArray[np.bool_]", raw == wanted)

    def arrow(self, raw: Array) -> pa.Array:
        """Return values as Arrow has them in the files of a run."""
        if self.kind == "word":
            words = pa.array(self.words or (), pa.string())
            codes = raw.astype(np.int8 if len(words) <= np.iinfo(np.int8).max else np.int16, copy=False)
            return pa.DictionaryArray.from_arrays(pa.array(codes, mask=raw == NOTHING), words)
        if self.kind == "date":
            days = raw.astype(np.int32) - np.int32(UNIX)
            return pa.array(days, mask=raw == NOTHING).cast(pa.date32())
        return pa.array(raw, from_pandas=self.kind == "number")


def described(core: _core.Simulation, rows: Sequence[_core.Described]) -> dict[str, Column]:
    """Return columns as the engine describes them, by name."""
    words = {name: tuple(_core.words(core, name)) for row in rows if (name := row["vocabulary"]) is not None}
    return {
        row["name"]: Column(
            row["name"], row["kind"], row["unit"], row["description"], words[v] if (v := row["vocabulary"]) else None
        )
        for row in rows
    }


def _days(name: str, wanted: Sequence[Any]) -> list[int]:
    days = []
    for one in wanted:
        if one is not None and not isinstance(one, date):
            raise UsageError(f"{name}: {one!r}; allowed: a date, several, or a function of the column")
        days.append(NOTHING if one is None else (one - EPOCH).days)
    return days


def boolean(found: Any, rows: int, what: str) -> NDArray[np.bool_]:
    """Return an array of yes and no, one for each row, or say what is wrong with it."""
    mask = np.asarray(found)
    if mask.dtype != np.bool_ or mask.shape != (rows,):
        raise UsageError(f"{what}: {mask.dtype} of shape {mask.shape}; allowed: bool of shape ({rows},)")
    return mask


class Columns(Mapping[str, Array]):
    """The columns of a day, by name: each is fetched when it is first asked for.

    Examples
    --------
    >>> from stepdown import SecureCareModel
    >>> columns = SecureCareModel("baseline", seed=7, population=0.001, years=1, settle_days=0).caseload.columns
    >>> columns["age"].flags.writeable
    False
    """

    def __init__(self, known: Mapping[str, Column], fetch: Callable[[str], Array]) -> None:
        self._known = known
        self._fetch = fetch
        self._held: dict[str, Array] = {}

    def __getitem__(self, name: str) -> Array:
        if (held := self._held.get(name)) is not None:
            return held
        if name not in self._known:
            raise UndeclaredError(
                f"{name} is not a column{nearest(name, self._known)}; allowed: {', '.join(self._known)}"
            )
        found = self._held[name] = self._fetch(name)
        return found

    def __iter__(self) -> Iterator[str]:
        return iter(self._known)

    def __len__(self) -> int:
        return len(self._known)

    def __contains__(self, name: object) -> bool:
        return name in self._known

    def forget(self, name: str) -> None:
        """Fetch a column anew when it is next asked for."""
        self._held.pop(name, None)


class Table:
    """People as columns: what `SecureCareModel.caseload` and `SecureCareModel.population` have in common."""

    @property
    def schema(self) -> Mapping[str, Column]:
        """What each column means, by name."""
        raise NotImplementedError

    @property
    def columns(self) -> Columns:
        """The columns as they are now, by name: read-only numpy arrays of numbers and codes.

        A word is the position in `schema[name].words`, a date the days since 1900-01-01; -1 is nothing, and so is NaN.
        An array stays as it is: the next day has arrays of its own.
        """
        raise NotImplementedError

    def __len__(self) -> int:
        raise NotImplementedError

    def mask(self, where: Where | None) -> NDArray[np.bool_] | None:
        """Return which rows are wanted, all of them if nothing.

        Parameters
        ----------
        where
            A boolean array, one for each row; or names of columns, each with a value, several values, or a function of
            the column's values that returns a boolean array.
        """
        if where is None or (isinstance(where, Mapping) and not where):
            return None
        if not isinstance(where, Mapping):
            return boolean(where, len(self), "where")
        columns, schema = self.columns, self.schema
        chosen: NDArray[np.bool_] | None = None
        for name, wanted in where.items():
            raw = columns[name]
            matched = schema[name].matches(raw, wanted)
            chosen = matched if chosen is None else chosen & matched
        return chosen

    def count(self, where: Where | None = None) -> int:
        """Return how many rows are wanted."""
        mask = self.mask(where)
        return len(self) if mask is None else int(np.count_nonzero(mask))

    def to_arrow(self, *, columns: Sequence[str] | None = None, where: Where | None = None) -> pa.Table:
        """Return the rows as an Arrow table: words as dictionaries, days as dates.

        Parameters
        ----------
        columns
            Only these columns, in this order.
        where
            Only these rows, as in `mask`.
        """
        held, schema, mask = self.columns, self.schema, self.mask(where)
        names = list(schema) if columns is None else list(columns)
        raw = {name: held[name] if mask is None else held[name][mask] for name in names}
        arrays = [schema[name].arrow(values) for name, values in raw.items()]
        said = [{"description": schema[name].description, "unit": schema[name].unit} for name in names]
        fields = [pa.field(n, array.type, metadata=m) for n, array, m in zip(names, arrays, said, strict=True)]
        return pa.table(arrays, schema=pa.schema(fields))

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object:
        return self.to_arrow().__arrow_c_stream__(requested_schema)

    def to_polars(self, *, columns: Sequence[str] | None = None, where: Where | None = None) -> pl.DataFrame:
        """Return the rows as a Polars frame, as `to_arrow`."""
        import polars as pl

        return cast("pl.DataFrame", pl.from_arrow(self.to_arrow(columns=columns, where=where)))

    def to_pandas(self, *, columns: Sequence[str] | None = None, where: Where | None = None) -> pd.DataFrame:
        """Return the rows as a pandas frame, as `to_arrow`; words become categories, dates ``datetime64``."""
        return cast("pd.DataFrame", self.to_arrow(columns=columns, where=where).to_pandas(date_as_object=False))

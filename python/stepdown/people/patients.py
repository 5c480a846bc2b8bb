"""Sets of patients: a Mesa agent set that works on columns and creates handles only on demand."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any, NoReturn, Self, overload

import numpy as np

from stepdown import compat
from stepdown.agents.patient import Patient
from stepdown.errors import LimitError, UndeclaredError, UsageError
from stepdown.evidence.loader import nearest
from stepdown.people.columns import Array, boolean
from stepdown.people.groups import PatientGroups

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from numpy.typing import NDArray

    from stepdown.people.caseload import Caseload, Today

__all__ = ["HandlesWarning", "PatientSet"]

WARNED = 10_000
"""Handles above which iterating warns."""

MOST = 1_000_000
"""Handles above which iterating is refused."""


class HandlesWarning(UserWarning):
    """Warns that many handles are created one by one where columns would be enough."""


class PatientSet(compat.AgentSet):  # type: ignore[misc]  # Mesa is not typed
    """Patients as a Mesa agent set over the caseload's columns.

    It behaves as Mesa's sets do, and works on whole columns: a handle on a patient is made only when somebody iterates, or
    passes a function that wants one. Above 10,000 handles that warns, above 1,000,000 it is refused; the warning says
    which form to use.

    `SecureCareModel.patients` is everybody on the caseload, day by day. A set that was selected keeps its people; whoever
    leaves the caseload, leaves the set. Nobody is added or removed by hand: `add`, `discard` and `remove` are refused, since
    people enter and leave through the model.

    Parameters
    ----------
    caseload
        The caseload.
    rows
        The engine's rows of those in the set, in order; everybody on the caseload, day by day, if not given.

    Examples
    --------
    >>> from stepdown import SecureCareModel
    >>> model = SecureCareModel("baseline", seed=7, population=0.005, years=1, settle_days=0)
    >>> model.run_for(30)
    >>> men = model.patients.select(sex="male", place=["medium secure", "low secure"], age=lambda a: a >= 18)
    >>> len(men) == men.count(secure=True)
    True
    >>> waiting = model.patients.groupby("area").agg("wait_days", max)
    """

    def __init__(self, caseload: Caseload, rows: NDArray[np.uint32] | None = None) -> None:
        self.caseload = caseload
        self._rows = rows
        self._found: tuple[Today, NDArray[np.int64]] | None = None

    # ---- Who is in it ---------------------------------------------------------------------------------------------

    @property
    def model(self) -> Any:
        """The model."""
        return self.caseload.model

    @property
    def random(self) -> Any:
        """Mesa's generator of the model. No order of patients is drawn from it."""
        return self.model.random

    def _at(self) -> NDArray[np.int64] | slice:
        """Positions in today's columns."""
        if self._rows is None:
            return slice(None)
        today = self.caseload.today
        if self._found is None or self._found[0] is not today:
            self._found = today, today.positions(self._rows)
        return self._found[1]

    def _raw(self, name: str) -> Array:
        """Return a column's numbers and codes, in the order of the set."""
        return self.caseload.columns[name][self._at()]

    @property
    def rows(self) -> NDArray[np.uint32]:
        """The engine's rows of those in the set, in order."""
        return self.caseload.today.rows[self._at()]

    def of(self, rows: NDArray[np.uint32]) -> PatientSet:
        """Return a set of other patients of the same caseload, by the engine's rows."""
        return PatientSet(self.caseload, rows)

    def _become(self, rows: NDArray[np.uint32], *, inplace: bool) -> PatientSet:
        if not inplace:
            return self.of(rows)
        if self is self.model.patients:
            raise UsageError(
                "model.patients is everybody: it is not changed in place; allowed: a set of its own, as select returns"
            )
        self._rows, self._found = rows, None
        return self

    def __len__(self) -> int:
        at = self._at()
        return len(self.caseload) if isinstance(at, slice) else len(at)

    def __iter__(self) -> Iterator[Patient]:
        return iter(self._handles("iterating"))

    def _handles(self, what: str, rows: NDArray[np.uint32] | None = None) -> Iterator[Patient]:
        rows = self.rows if rows is None else rows
        if len(rows) > WARNED:
            batch = "get, set, agg, count, groupby, sort, or select with columns or a boolean array"
            said = f"{what}: {len(rows):,} patients would each get a handle; columns do it at once: {batch}"
            if len(rows) > MOST:
                raise LimitError(f"{said}; allowed: up to {MOST:,} handles")
            warnings.warn(said, HandlesWarning, stacklevel=3)
        today, kind, model = self.caseload.today, self.caseload.handle, self.model
        people = today.columns["person"][today.positions(rows)].tolist()
        return (kind.at(model, person, row) for person, row in zip(people, rows.tolist(), strict=True))

    def __contains__(self, agent: object) -> bool:
        if not isinstance(agent, Patient) or agent.model is not self.model:
            return False
        row = self.caseload.row(agent.person)
        return row is not None and (self._rows is None or row in self._rows)

    @overload
    def __getitem__(self, item: int) -> Patient: ...
    @overload
    def __getitem__(self, item: slice) -> list[Patient]: ...
    def __getitem__(self, item: int | slice) -> Patient | list[Patient]:
        if isinstance(item, slice):
            return list(self._handles("slicing", self.rows[item]))
        return next(iter(self._handles("indexing", self.rows[[item]])))

    def to_list(self) -> list[Patient]:
        """Return a handle on each patient."""
        return list(self._handles("to_list"))

    def __copy__(self) -> PatientSet:
        return PatientSet(self.caseload, self._rows)

    def copy(self) -> PatientSet:
        """Return a set of the same patients."""
        return self.__copy__()

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, PatientSet):
            return NotImplemented
        return self.caseload is other.caseload and np.array_equal(np.sort(self.rows), np.sort(other.rows))

    __hash__ = None  # type: ignore[assignment]  # a set that changes has no hash, as in Mesa

    def __and__(self, other: Iterable[Any]) -> PatientSet:
        return self.of(self.rows[np.isin(self.rows, self._rows_of(other))])

    def __sub__(self, other: Iterable[Any]) -> PatientSet:
        return self.of(self.rows[~np.isin(self.rows, self._rows_of(other))])

    def __or__(self, other: Iterable[Any]) -> PatientSet:
        more = self._rows_of(other)
        return self.of(np.concatenate([self.rows, more[~np.isin(more, self.rows)]]))

    def _rows_of(self, other: Iterable[Any]) -> NDArray[np.uint32]:
        if not isinstance(other, PatientSet) or other.caseload is not self.caseload:
            raise UsageError("a set of patients goes together with another of the same model only")
        return other.rows

    def _refuse(self, what: str) -> NoReturn:
        raise UsageError(
            f"{what}: people enter and leave the caseload through the model, not a set; "
            "allowed: select, which returns another set"
        )

    def add(self, agent: object) -> NoReturn:
        """Refuse: people enter through the model."""
        del agent
        self._refuse("add")

    def discard(self, agent: object) -> NoReturn:
        """Refuse: people leave through the model."""
        del agent
        self._refuse("discard")

    def remove(self, agent: object) -> NoReturn:
        """Refuse: people leave through the model."""
        del agent
        self._refuse("remove")

    def _update(self, agents: Iterable[Any]) -> Self:
        del agents
        self._refuse("update")

    def __getstate__(self) -> dict[str, Any]:
        raise UsageError(
            "a set of patients is a view of a running engine: it can't be pickled; allowed: caseload.to_arrow()"
        )

    # ---- Columns --------------------------------------------------------------------------------------------------

    def select(
        self,
        filter_func: Callable[[Patient], bool] | Array | None = None,
        at_most: float = float("inf"),
        inplace: bool = False,
        agent_type: type | None = None,
        **where: Any,
    ) -> PatientSet:
        """Return the patients who are wanted, in the order of the set.

        Parameters
        ----------
        filter_func
            A boolean array, one for each patient of the set; or a function of a handle, which costs a handle each.
        at_most
            As in Mesa: a number of patients, or a share of the set as a float up to 1.
        inplace
            Whether this set becomes the result.
        agent_type
            Nobody, if patients are not of this class.
        **where
            Columns, each with a value, several values, or a function of the column's values.
        """
        rows = self.rows
        mask = self._wanted(where)
        if agent_type is not None and not issubclass(self.caseload.handle, agent_type):
            mask = np.zeros(len(rows), dtype=bool)
        if isinstance(filter_func, np.ndarray):
            given = boolean(filter_func, len(rows), "filter_func")
            mask = given if mask is None else mask & given
        most = limit(at_most, len(rows))
        chosen = rows if mask is None else rows[mask]
        if filter_func is not None and not isinstance(filter_func, np.ndarray):
            chosen = self._filtered(filter_func, chosen, most)
        return self._become(chosen[:most], inplace=inplace)

    def _filtered(self, wanted: Callable[[Patient], bool], rows: NDArray[np.uint32], most: float) -> NDArray[np.uint32]:
        found: list[int] = []
        for patient in self._handles("select with a function of a patient", rows):
            if len(found) >= most:
                break
            if wanted(patient):
                found.append(patient.row)
        return np.array(found, dtype=np.uint32)

    def count(self, **where: Any) -> int:
        """Return how many patients are wanted; everybody in the set, if nothing is said."""
        mask = self._wanted(where)
        return len(self) if mask is None else int(np.count_nonzero(mask))

    def _wanted(self, where: dict[str, Any]) -> NDArray[np.bool_] | None:
        """Return who is wanted by their columns; everybody, if nothing is said."""
        mask: NDArray[np.bool_] | None = None
        for name, wanted in where.items():
            raw = self._raw(name)
            matched = self.caseload.schema[name].matches(raw, wanted)
            mask = matched if mask is None else mask & matched
        return mask

    def get(self, attr_names: str | list[str], handle_missing: str = "error", default_value: Any = None) -> Any:
        """Return the values of a column, in the order of the set: numbers, words as text, dates.

        With several names, a list of values for each patient, as in Mesa; `SecureCareModel.caseload` has better ways to
        get a table.
        """
        if handle_missing not in ("error", "default"):
            raise UsageError(f"handle_missing: {handle_missing}; allowed: error, default")
        if not isinstance(attr_names, str):
            columns = [self.get(name, handle_missing, default_value).tolist() for name in attr_names]
            return [list(row) for row in zip(*columns, strict=True)]
        name = "person" if attr_names == "unique_id" else attr_names
        if name in self.caseload.schema:
            return self.caseload.schema[name].values(self._raw(name))
        if hasattr(self.caseload.handle, name):
            return np.array([getattr(patient, name) for patient in self._handles(f"get({name!r})")], dtype=object)
        if handle_missing == "default":
            return np.full(len(self), default_value, dtype=object)
        known = self.caseload.schema
        raise UndeclaredError(f"{name} is not a column{nearest(name, known)}; allowed: {', '.join(known)}")

    def set(self, attr_name: str, value: Any) -> PatientSet:
        """Write into a user column: one value for everybody in the set, or one for each."""
        self.caseload.write(attr_name, self.rows, value)
        return self

    def agg(self, attribute: str, func: Callable[[Array], Any] | Iterable[Callable[[Array], Any]]) -> Any:
        """Return a function of a column's values, or several."""
        values = self.get(attribute)
        return func(values) if callable(func) else [one(values) for one in func]

    def groupby(self, by: str | Array | Callable[[Patient], Any], result_type: str = "agentset") -> PatientGroups:
        """Return the patients by the value of a column, by an array of keys, or by a function of a handle."""
        as_lists = result_type == "list"
        if isinstance(by, str) and by in self.caseload.schema and self.caseload.schema[by].kind == "word":
            raw, column = self._raw(by), self.caseload.schema[by]
            there, sizes = np.unique(raw, return_counts=True)
            return PatientGroups(self, raw, column.dictionary[there].tolist(), sizes, as_lists=as_lists)
        if isinstance(by, str):
            values = np.asarray(self.get(by))
        elif isinstance(by, np.ndarray):
            values = by
        else:
            values = np.array([by(patient) for patient in self._handles("groupby with a function of a patient")])
        if len(values) != len(self):
            raise UsageError(f"by: {len(values)} keys for {len(self)} patients; allowed: one for each")
        unique, codes, sizes = np.unique(values, return_inverse=True, return_counts=True)
        narrow = codes.astype(np.min_scalar_type(max(len(unique) - 1, 0)), copy=False)
        return PatientGroups(self, narrow, unique.tolist(), sizes, as_lists=as_lists)

    # ---- Order ----------------------------------------------------------------------------------------------------

    def sort(
        self, key: str | Array | Callable[[Patient], Any], ascending: bool = False, inplace: bool = False
    ) -> PatientSet:
        """Return the patients in order of a column, of an array, or of a function of a handle; missing values last."""
        rows = self.rows
        if callable(key):
            patients = list(self._handles("sort with a function of a patient", rows))
            order = np.array(
                sorted(range(len(patients)), key=lambda k: key(patients[k]), reverse=not ascending), dtype=int
            )
        else:
            order = _order(self._ranked(key) if isinstance(key, str) else key, ascending=ascending)
        return self._become(rows[order], inplace=inplace)

    def _ranked(self, name: str) -> Array:
        """Return a column in numbers that order it: words by the alphabet, nothing as NaN or NaT."""
        if name not in self.caseload.schema or self.caseload.schema[name].kind != "word":
            return np.asarray(self.get(name))
        words = self.caseload.schema[name].words or ()
        rank = np.array([*np.argsort(np.argsort(words)), np.nan], dtype=np.float32)
        ranked: Array = rank[self._raw(name)]
        return ranked

    def shuffle(self, inplace: bool = False) -> PatientSet:
        """Return the patients in an order drawn by the run's key: by person, day, and number of the shuffle on that day."""
        return self._become(self._shuffled(), inplace=inplace)

    def _shuffled(self) -> NDArray[np.uint32]:
        order: NDArray[np.int64] = self.model.shuffled(np.ascontiguousarray(self._raw("person")))
        return self.rows[order]

    # ---- Handles --------------------------------------------------------------------------------------------------

    def do(self, method: str | Callable[..., Any], *args: Any, **kwargs: Any) -> PatientSet:
        """Call a method, or a function, with a handle on each patient, in the order of the set."""
        _call(self._handles("do"), method, args, kwargs)
        return self

    def shuffle_do(self, method: str | Callable[..., Any], *args: Any, **kwargs: Any) -> PatientSet:
        """As `do`, in the order of `shuffle`."""
        _call(self._handles("shuffle_do", self._shuffled()), method, args, kwargs)
        return self

    def map(self, method: str | Callable[..., Any], *args: Any, **kwargs: Any) -> list[Any]:
        """As `do`; returns what was returned."""
        return _call(self._handles("map"), method, args, kwargs)

    def __repr__(self) -> str:
        return f"<PatientSet of {len(self):,}>"


def limit(at_most: Any, members: int) -> int:
    """Return how many agents are wanted at most: a number of them, or a share of the members as a float up to 1.

    Examples
    --------
    >>> limit(0.5, 7), limit(np.float64(0.5), 7), limit(5, 7), limit(float("inf"), 7)
    (3, 3, 5, 7)
    """
    whole = isinstance(at_most, int | np.integer) and not isinstance(at_most, bool)
    if not whole and not (isinstance(at_most, float | np.floating) and at_most >= 0):
        raise UsageError(f"at_most: {at_most}; allowed: a number of agents, or a share of them from 0.0 to 1.0")
    if not whole and at_most <= 1.0:
        return int(members * float(at_most))
    return max(int(min(at_most, members)), 0)


def _call(
    patients: Iterable[Any], method: str | Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]
) -> list[Any]:
    if isinstance(method, str):
        return [getattr(patient, method)(*args, **kwargs) for patient in patients]
    return [method(patient, *args, **kwargs) for patient in patients]


def _order(values: Array, *, ascending: bool) -> NDArray[np.int64]:
    """Return the order of some values; equals keep theirs, what is missing comes last."""
    if values.dtype.kind not in "biufM":
        values = np.unique(values, return_inverse=True)[1]
    if ascending:
        return np.argsort(values, kind="stable")  # numpy puts NaN and NaT last
    if values.dtype.kind == "f":
        return np.argsort(-values, kind="stable")
    # The complement turns the order of whole numbers round, and takes NaT, the least of them, to the end.
    return np.argsort(~(values.view(np.int64) if values.dtype.kind == "M" else values), kind="stable")

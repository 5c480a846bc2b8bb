"""Groups of patients by the value of a column, as Mesa's `GroupBy`."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from stepdown import compat

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable, Iterator

    from numpy.typing import NDArray

    from stepdown.people.columns import Array

__all__ = ["Groupable", "PatientGroups"]


class Groupable(Protocol):
    """A set of patients that can be grouped: `stepdown.people.patients.PatientSet`."""

    @property
    def rows(self) -> NDArray[np.uint32]:
        """The engine's rows of those in the set, in order."""

    def of(self, rows: NDArray[np.uint32]) -> Iterable[Any]:
        """Return a set of other patients of the same caseload, by the engine's rows."""

    def get(self, attr_names: str) -> Any:
        """Return the values of a column, in the order of the set."""


class PatientGroups(compat.GroupBy):  # type: ignore[misc]  # Mesa is not typed
    """Patients by the value of a column: what `PatientSet.groupby` returns.

    Counting and aggregating work on columns; a group is made into a set when somebody asks for it.

    Parameters
    ----------
    patients
        Everybody who is in a group.
    codes
        A number for each: equal within a group, ascending from group to group.
    keys
        Key of each group, in that order.
    sizes
        Patients of each group.
    as_lists
        Whether a group is a list of handles rather than a set.
    """

    def __init__(
        self, patients: Groupable, codes: Array, keys: list[Hashable], sizes: Array, *, as_lists: bool = False
    ) -> None:
        self.patients = patients
        self.keys = keys
        self.as_lists = as_lists
        self._codes = codes
        self._sizes = sizes

    @cached_property
    def _order(self) -> NDArray[np.int64]:
        """Positions, group by group; within a group as in the set."""
        return np.argsort(self._codes, kind="stable")

    def _parts(self, values: Array) -> Iterator[tuple[Hashable, Array]]:
        """Yield the values of each group."""
        ends = np.cumsum(self._sizes)
        in_order = values[self._order]
        for key, size, end in zip(self.keys, self._sizes, ends, strict=True):
            yield key, in_order[end - size : end]

    @cached_property
    def groups(self) -> dict[Hashable, Any]:
        """The groups: a set of patients each, or a list of handles where that was asked for."""
        rows = dict(self._parts(self.patients.rows))
        sets = {key: self.patients.of(some) for key, some in rows.items()}
        return {key: list(some) for key, some in sets.items()} if self.as_lists else dict(sets)

    def count(self) -> dict[Hashable, int]:
        """Return how many patients each group has."""
        return dict(zip(self.keys, self._sizes.tolist(), strict=True))

    def agg(self, attr_name: str, func: Callable[[Array], Any]) -> dict[Hashable, Any]:
        """Return a function of each group's values of a column.

        Examples
        --------
        >>> import numpy as np
        >>> from stepdown import SecureCareModel
        >>> model = SecureCareModel("baseline", seed=7, population=0.001, years=1, settle_days=0)
        >>> ages = model.patients.groupby("sex").agg("age", np.mean)
        >>> set(ages) <= {"male", "female"}
        True
        """
        return {key: func(values) for key, values in self._parts(np.asarray(self.patients.get(attr_name)))}

    def __len__(self) -> int:
        return len(self.keys)

"""The caseload as columns: one row for each person whom the pathway knows."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from stepdown import _core
from stepdown.errors import UndeclaredError, UsageError
from stepdown.numbers import EXACT, whole
from stepdown.people.columns import Column, Columns, Table, described

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from stepdown.agents.patient import Patient, UserColumn
    from stepdown.engine import EngineModel

__all__ = ["Caseload", "Today"]


class Today:
    """The caseload between two days.

    Parameters
    ----------
    model
        The model: it holds the engine.
    schema
        The columns.
    """

    def __init__(self, model: EngineModel, schema: Mapping[str, Column]) -> None:
        self.day = model.day
        self.rows: NDArray[np.uint32] = np.asarray(_core.caseload_rows(model.core))
        self.columns = Columns(schema, lambda name: np.asarray(_core.caseload_column(model.core, name, self.rows)))

    @cached_property
    def position(self) -> NDArray[np.int64]:
        """Position among those on the caseload by the engine's row; -1 for those who are not."""
        found = np.full(int(self.rows[-1]) + 1 if len(self.rows) else 0, -1, dtype=np.int64)
        found[self.rows] = np.arange(len(self.rows))
        return found

    def positions(self, rows: NDArray[np.uint32]) -> NDArray[np.int64]:
        """Return the positions of those of some rows who are on the caseload still, in the order of the rows."""
        if not len(self.rows):
            return np.empty(0, dtype=np.int64)
        found = self.position[np.minimum(rows, len(self.position) - 1)]
        return found[(found >= 0) & (rows < len(self.position))]


class Caseload(Table):
    """Everybody on the caseload between two days: `SecureCareModel.caseload`.

    Columns are gathered from the engine once a day, when they are first asked for. What is called latent is for the
    researcher: no agent sees it.

    Examples
    --------
    >>> from stepdown import SecureCareModel
    >>> model = SecureCareModel("baseline", seed=7, population=0.002, years=1, settle_days=0)
    >>> model.run_for(30)
    >>> secure = model.caseload.to_arrow(columns=["person", "place", "reading"], where={"secure": True})
    >>> secure.column_names
    ['person', 'place', 'reading']
    """

    def __init__(self, model: EngineModel, handle: type[Patient]) -> None:
        self.model = model
        self.handle = handle
        self.own: dict[str, UserColumn] = handle.columns()
        self._today: Today | None = None

    def attach(self) -> None:
        """Declare the user columns to the engine: from now on each is part of its state.

        Raises
        ------
        UsageError
            If the engine has a column of the name, or the default is not finite.
        """
        known = {row["name"] for row in _core.caseload_columns()}
        for name, own in self.own.items():
            if name in known:
                what = f"{self.handle.__name__}.{name}"
                raise UsageError(f"{what}: a column of this name is the engine's; allowed: another name")
            _core.declare_column(self.model.core, name, own.default)

    @cached_property
    def schema(self) -> Mapping[str, Column]:
        """What each column means, by name: the engine's first, then the user columns."""
        return described(self.model.core, _core.caseload_columns()) | {
            name: Column(name, own.kind, own.unit, own.meaning) for name, own in self.own.items()
        }

    @property
    def today(self) -> Today:
        """The columns gathered for the present day."""
        if self._today is None or self._today.day != self.model.day:
            self._today = Today(self.model, self.schema)
        return self._today

    @property
    def columns(self) -> Columns:  # noqa: D102 - as in Table
        return self.today.columns

    def __len__(self) -> int:
        return len(self.today.rows)

    def row(self, person: int) -> int | None:
        """Return the engine's row of a person who is on the caseload, if they are."""
        return _core.caseload_row(self.model.core, whole("person", person, 0, EXACT - 1))

    def value(self, name: str, row: int) -> Any:
        """Return one value of the person in a row, who may have left the caseload."""
        today = self.today
        at = int(today.position[row]) if row < len(today.position) else -1
        if at >= 0:
            return self.schema[name].value(today.columns[name][at])
        gathered = _core.caseload_column(self.model.core, name, np.array([row], dtype=np.uint32))
        return self.schema[name].value(np.asarray(gathered)[0])

    def write(self, name: str, rows: NDArray[np.uint32], value: Any) -> None:
        """Write into a user column: one value for all rows, or one for each.

        Raises
        ------
        UndeclaredError
            If the column is the engine's, or nobody's.
        UsageError
            If a value is not of the column's type, is not finite, or there are more or fewer values than rows.
        """
        own = self.own.get(name)
        if own is None:
            allowed = ", ".join(self.own) or "columns that a subclass of Patient declares with `column`"
            what = (
                "is the engine's: what changes it is a decision or a parameter"
                if name in self.schema
                else "is not declared"
            )
            raise UndeclaredError(f"{self.handle.__name__}.{name} {what}; allowed: {allowed}")
        filled = own.filled(value, len(rows))
        _core.write_column(self.model.core, name, rows, filled.view(np.uint8) if filled.dtype == np.bool_ else filled)
        self.today.columns.forget(name)

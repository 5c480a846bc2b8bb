"""The engine as the rest of the package sees it: protocols for the model that agents and views of people belong to.

`SecureCareModel` implements them. Agents and views are typed by these protocols and not by the class, so that they can be read,
tested and changed without it; a test may pass any object that has these members.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    import numpy as np
    from numpy.typing import NDArray

    from stepdown import _core

__all__ = ["CaseloadColumns", "EngineModel"]


class CaseloadColumns(Protocol):
    """The columns of the caseload, as a handle on a patient reads and writes them."""

    @property
    def schema(self) -> Mapping[str, Any]:
        """What each column means, by name."""

    def row(self, person: int) -> int | None:
        """Return the engine's row of a person, or nothing if the person is not on the caseload."""

    def value(self, name: str, row: int) -> Any:
        """Return the value of a column in one row."""

    def write(self, name: str, rows: NDArray[np.uint32], value: Any) -> None:
        """Write a user column: one value for all rows, or one for each."""


class EngineModel(Protocol):
    """A running model: the engine itself, the present day, the institutions, and the caseload."""

    @property
    def core(self) -> _core.Simulation:
        """The engine."""

    @property
    def day(self) -> int:
        """The day that the next step will live [d since 1900-01-01]."""

    @property
    def date(self) -> date:
        """The day that the next step will live."""

    @property
    def institutions(self) -> Mapping[str, Sequence[Any]]:
        """The institutions of each kind, in the order of the plan."""

    @property
    def caseload(self) -> CaseloadColumns:
        """The columns of the caseload."""

    @property
    def random(self) -> Any:
        """Mesa's generator of the model."""

    def shuffled(self, ids: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return an order of agents, drawn by the run's key."""

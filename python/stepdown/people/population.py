"""The population as columns: one row for each resident of England."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from stepdown import _core
from stepdown.people.columns import Column, Columns, Table, Where, described

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pyarrow as pa

    from stepdown.engine import EngineModel

__all__ = ["Population"]


class Population(Table):
    """Everybody in England between two days: `SecureCareModel.population`.

    The engine holds a person in 16 bytes. `born` is its own memory, without a copy; the other columns are
    unpacked when they are asked for, `person` at eight bytes a person, the rest at one. As long as somebody holds `born`, that
    memory stays as it was: the engine goes on with a copy when it has to write, so let go of it where memory is short.

    **Which day?** On 1 April everybody whom the pathway doesn't hold lives the whole year. Who is `present` is known for
    today, and sex, birth, ethnicity and deprivation never change. `area`, `disorder`, `history` and `justice` are those at
    the end of the lived year, the next 31 March, or of the day on which the person left England; for those who are `held`,
    they are those of the day on which the pathway takes them. What is known of them today is in `SecureCareModel.caseload`.

    Rows are places in memory: a row where nobody lives is not `present`. `to_arrow` and its like leave those out unless a
    `where` is given.

    Examples
    --------
    >>> from stepdown import SecureCareModel
    >>> model = SecureCareModel("baseline", seed=7, population=0.001, years=1, settle_days=0)
    >>> model.run_for(30)
    >>> women = model.population.count({"present": True, "sex": "female"})
    >>> 0.49 < women / model.population.count({"present": True}) < 0.52
    True
    """

    def __init__(self, model: EngineModel) -> None:
        self.model = model

    @cached_property
    def schema(self) -> Mapping[str, Column]:
        """What each column means, by name."""
        return described(self.model.core, _core.population_columns())

    @property
    def columns(self) -> Columns:
        """The columns as they are now, by name. They are not cached: each lives as long as the caller holds it."""
        core = self.model.core
        return Columns(self.schema, lambda name: np.asarray(_core.population_column(core, name)))

    def __len__(self) -> int:
        return len(_core.population_column(self.model.core, "born"))

    def to_arrow(self, *, columns: Sequence[str] | None = None, where: Where | None = None) -> pa.Table:
        """Return those present as an Arrow table, or the rows that are wanted; see `Table.to_arrow`."""
        return super().to_arrow(columns=columns, where={"present": True} if where is None else where)

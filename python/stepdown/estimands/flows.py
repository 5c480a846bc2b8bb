"""Flows of restricted patients: how many become restricted, are conditionally discharged, and are recalled."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from stepdown.estimands.columns import LABELS, code
from stepdown.estimands.declared import declare
from stepdown.estimands.levels import YEAR
from stepdown.estimands.survival import rate
from stepdown.vocabulary import CONDITIONAL, some

if TYPE_CHECKING:
    from stepdown.estimands.figures import Estimate, Window
    from stepdown.estimands.history import History

_ORDERED = some("legal status", "s37/41", "CPIA s37/41")


def _changes(before: tuple[str, ...], after: tuple[str, ...], history: History, window: Window) -> Estimate:
    """Return how often a year a status becomes one of some, from one of some others; with none of these, from all but those."""
    status = history.events["status"]
    asked = (status.day >= window.first) & (status.day < window.after) & np.isin(status.after, code(LABELS, *after))
    known = code(LABELS, *before) if before else code(LABELS, *after, *CONDITIONAL)
    asked &= np.isin(status.before, known, invert=not before)
    return rate(int(asked.sum()), (window.after - window.first) / YEAR * history.run.share)


for _id, _before, _after, _what in (
    ("orders.restricted", (), _ORDERED, "Hospital orders with restrictions, a year."),
    ("orders.unrestricted", (), some("legal status", "s37"), "Hospital orders without restrictions, a year."),
    ("conditional_discharge.new", _ORDERED, CONDITIONAL, "Conditional discharges from hospital, a year."),
    (
        "conditional_discharge.recalls",
        CONDITIONAL,
        _ORDERED,
        "Recalls to hospital of people on conditional discharge, a year.",
    ),
):
    declare(
        _id,
        what=_what,
        unit="1/a",
        who="Changes of legal status in the window; a recall is no new order.",
        tables="events spells people",
        clock="Day on which the status changes.",
    )(partial(_changes, _before, _after))

"""Flows of restricted patients: how many become restricted, are conditionally discharged, and are recalled."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from stepdown.estimands.columns import LABELS, UNKNOWN, code, latest
from stepdown.estimands.declared import declare
from stepdown.estimands.levels import YEAR
from stepdown.estimands.survival import rate
from stepdown.vocabulary import CONDITIONAL, some

if TYPE_CHECKING:
    from stepdown.estimands.figures import Estimate, Window
    from stepdown.estimands.history import History
    from stepdown.estimands.survival import Days

_ORDERED = some("legal status", "s37/41", "CPIA s37/41")
_UNRESTRICTED = some("legal status", "s37")


def _rate(days: Days, history: History, window: Window) -> Estimate:
    """Return how many of some days lie in the window, a year."""
    inside = (days >= window.first) & (days < window.after)
    return rate(int(inside.sum()), (window.after - window.first) / YEAR * history.run.share)


def _ordered(to: tuple[str, ...], history: History, window: Window) -> Estimate:
    """Return how often a year a status becomes one of some by a new order: not by a recall, nor as another one ends."""
    status, recalls = history.events["status"], history.events["recall"]
    new = np.isin(status.after, code(LABELS, *to)) & ~np.isin(status.before, code(LABELS, *to))
    # A recall restores the order that the status before it suspended: it came while that status lasted.
    begun = np.full(len(status.day), UNKNOWN)
    same = np.zeros(len(status.day), np.bool_)
    same[1:] = status.person[1:] == status.person[:-1]
    begun[same] = status.day[:-1][same[1:]]
    row = latest(recalls.person, recalls.day, status.person, status.day)
    recalled = row >= 0
    recalled[recalled] = recalls.before[row[recalled]] == status.before[recalled]
    recalled[recalled] &= recalls.day[row[recalled]] >= begun[recalled]
    # When a sentence ends, or a case falls, the order that lay under it is in force again.
    return _rate(status.day[new & ~recalled & ~status.revived], history, window)


def _discharged(history: History, window: Window) -> Estimate:
    """Return how often a year somebody comes from an order with restrictions to a conditional discharge."""
    status = history.events["status"]
    out = np.isin(status.before, code(LABELS, *_ORDERED)) & np.isin(status.after, code(LABELS, *CONDITIONAL))
    return _rate(status.day[out], history, window)


def _recalled(history: History, window: Window) -> Estimate:
    """Return how often a year somebody on conditional discharge is recalled."""
    recalls = history.events["recall"]
    return _rate(recalls.day[np.isin(recalls.before, code(LABELS, *CONDITIONAL))], history, window)


_NEW = (
    "Changes of legal status to such an order in the window, whatever the status before, conditional discharge too. A recall, which restores "
    "an order, is none, nor is an order that is in force again as the sentence over it ends."
)
for _id, _what, _who, _clock, _compute in (
    (
        "orders.restricted",
        "Hospital orders with restrictions, a year.",
        _NEW,
        "Day on which the status changes.",
        partial(_ordered, _ORDERED),
    ),
    (
        "orders.unrestricted",
        "Hospital orders without restrictions, a year.",
        _NEW,
        "Day on which the status changes.",
        partial(_ordered, _UNRESTRICTED),
    ),
    (
        "conditional_discharge.new",
        "Conditional discharges from hospital, a year.",
        "Changes of legal status from an order with restrictions to conditional discharge in the window.",
        "Day on which the status changes.",
        _discharged,
    ),
    (
        "conditional_discharge.recalls",
        "Recalls to hospital of people on conditional discharge, a year.",
        "Recalls by the Ministry in the window of people on conditional discharge, with deprivation of liberty or without. An order that a court makes anew is none.",
        "Day of the recall.",
        _recalled,
    ),
):
    declare(_id, what=_what, unit="1/a", who=_who, tables="events spells people", clock=_clock)(_compute)

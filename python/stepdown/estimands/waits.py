"""Waits of prisoners for a hospital bed, on three clocks that run in parallel and answer different questions."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from stepdown.estimands.declared import declare
from stepdown.estimands.survival import kaplan_meier, mean, quantile, rate, share

if TYPE_CHECKING:
    from stepdown.estimands.figures import Estimate, Window
    from stepdown.estimands.history import History
    from stepdown.estimands.survival import Days

YEAR = 365.25
"""Days in a year [d]."""

_CLOCKS = {
    "clinical": "From the day on which the need for hospital was identified to admission.",
    "ministry": "From the day on which both medical reports are with the Ministry of Justice (its application) to admission.",
    "statutory": "From the first request for a medical report to admission (Mental Health Act 2025).",
}
_WHO = "Prisoners admitted to a secure tier or PICU in the window for whom the clock ran, each admission once."
_DONE = "Waits that ended in admission; who is still waiting, or never gets a bed, isn't in it."


def _waits(clock: str, history: History, window: Window) -> Days:
    day, waits = history.transfers
    asked = waits[clock][(day >= window.first) & (day < window.after)]
    return asked[asked >= 0]


def _mean(clock: str, history: History, window: Window) -> Estimate:
    return mean(_waits(clock, history, window).astype(float))


def _median(clock: str, history: History, window: Window) -> Estimate:
    waits = _waits(clock, history, window)
    return quantile(kaplan_meier(waits, np.ones(len(waits), np.bool_)), 0.5)


def _within(clock: str, limit: int, history: History, window: Window) -> Estimate:
    waits = _waits(clock, history, window)
    return share(int((waits <= limit).sum()), len(waits))


def _over(clock: str, limit: int, history: History, window: Window) -> Estimate:
    waits = _waits(clock, history, window)
    return share(int((waits > limit).sum()), len(waits))


for _clock, _runs in _CLOCKS.items():
    _kinds = (
        ("mean", "d", f"Mean wait of transferred prisoners on the {_clock} clock.", partial(_mean, _clock)),
        ("median", "d", f"Median wait of transferred prisoners on the {_clock} clock.", partial(_median, _clock)),
        ("within_14", "share", f"Share of transferred prisoners who waited at most 14 days on the {_clock} clock.", partial(_within, _clock, 14)),
        ("within_28", "share", f"Share of transferred prisoners who waited at most 28 days on the {_clock} clock.", partial(_within, _clock, 28)),
        ("over_14", "share", f"Share of transferred prisoners who waited more than 14 days on the {_clock} clock.", partial(_over, _clock, 14)),
    )  # fmt: skip
    for _kind, _unit, _what, _compute in _kinds:
        declare(
            f"wait.{_clock}.{_kind}",
            what=_what,
            unit=_unit,
            who=_WHO,
            tables="spells",
            clock=_runs,
            censoring=_DONE,
        )(_compute)


@declare(
    "transfers",
    what="Prisoners transferred to hospital, a year.",
    unit="persons/a",
    who="Admissions from prison, on remand or sentenced, to a secure tier or PICU in the window.",
    tables="spells",
    clock="Day of admission.",
)
def transfers(history: History, window: Window) -> Estimate:
    """Return admissions over years."""
    day, _ = history.transfers
    moved = int(((day >= window.first) & (day < window.after)).sum())
    return rate(moved, (window.after - window.first) / YEAR * history.run.share)

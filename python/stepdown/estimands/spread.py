"""Spread between areas and between units: how far apart they lie, and how far beyond what chance alone would put them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from stepdown.estimands.columns import code
from stepdown.estimands.declared import declare
from stepdown.estimands.figures import Estimate
from stepdown.estimands.survival import NOTHING
from stepdown.vocabulary import PLACES, TIERS

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from stepdown.estimands.figures import Window
    from stepdown.estimands.history import History

    Observed = tuple[NDArray[np.int64], NDArray[np.float64]]

LEAST = 10
"""Observations that an area or unit must have to count."""


@dataclass(frozen=True)
class Groups:
    """Areas or units with enough observations.

    Attributes
    ----------
    means
        Mean of each.
    between
        Standard deviation between them that chance doesn't explain: of the random effects of a one-way analysis of variance.
    """

    means: NDArray[np.float64]
    between: float


def groups(of: NDArray[np.int64], values: NDArray[np.float64], least: int = LEAST) -> Groups:
    """Return the means of groups and the spread between them net of chance.

    Parameters
    ----------
    of
        Group of each observation; -1 for none.
    values
        What was observed.
    least
        Observations that a group must have.

    Notes
    -----
    The mean square between the groups is that within, which is chance, plus the variance of the groups times their size (corrected
    for groups of different sizes); the variance is at least 0.

    Examples
    --------
    Two groups of two. Within, squares of 2 and 2 over 2 degrees of freedom; between, the means 1 and 11 make a mean square of 100:

    >>> found = groups(np.array([0, 0, 1, 1]), np.array([0.0, 2.0, 10.0, 12.0]), least=2)
    >>> round(found.between, 3)
    7.0
    """
    of, values = of[of >= 0], values[of >= 0]
    _, of, count = np.unique(of, return_inverse=True, return_counts=True)
    enough = count[of] >= least
    _, of, count = np.unique(of[enough], return_inverse=True, return_counts=True)
    values = values[enough]
    if not len(count):
        return Groups(np.zeros(0), math.nan)
    means = np.bincount(of, weights=values) / count
    if len(count) < 2 or count.sum() == len(count):
        return Groups(means, math.nan)
    total = count.sum()
    within = float(((values - means[of]) ** 2).sum()) / (total - len(count))
    between = float((count * (means - values.mean()) ** 2).sum()) / (len(count) - 1)
    size = (total - float((count.astype(float) ** 2).sum()) / total) / (len(count) - 1)
    return Groups(means, math.sqrt(max(0.0, (between - within) / size)))


def _waits(history: History, window: Window) -> Observed:
    """Return the area and wait of each transferred prisoner."""
    day, waits = history.transfers
    asked = (day >= window.first) & (day < window.after) & (waits["clinical"] >= 0)
    return history.transfer_areas[asked], waits["clinical"][asked].astype(float)


def _stays(tier: str, history: History, window: Window) -> Observed:
    """Return the unit and length of each stay in a tier that ended, by the unit that was left."""
    stays = history.tier_stays[tier]
    stays = stays.where(stays.ended & (stays.end >= window.first) & (stays.end < window.after))
    return history.units[stays.last], (stays.end - stays.start).astype(float)


def _away(history: History, window: Window) -> Observed:
    """Return the area of each admission, and whether it was outside the person's collaborative."""
    spells = history.spells
    admitted = np.isin(spells.place, code(PLACES, *TIERS)) & (spells.source >= 0)
    admitted &= ~np.isin(spells.source, code(PLACES, *TIERS, "absent without leave"))
    admitted &= (spells.start >= window.first) & (spells.start < window.after)
    return history.areas[admitted], history.away[admitted].astype(float)


_SPREAD: dict[str, tuple[Callable[[History, Window], Observed], str, str, str]] = {
    "wait.areas": (
        _waits,
        "d",
        "mean waits of transferred prisoners from need identified to admission, by their home area",
        "Areas with at least {} transfers in the window.",
    ),
    "stay.medium.units": (
        partial(_stays, "medium secure"),
        "d",
        "mean lengths of the stays in medium secure care that ended, by the unit that was left",
        "Units with at least {} such stays in the window.",
    ),
    "stay.low.units": (
        partial(_stays, "low secure"),
        "d",
        "mean lengths of the stays in low secure care that ended, by the unit that was left",
        "Units with at least {} such stays in the window.",
    ),
    "out_of_area.areas": (
        _away,
        "share",
        "shares of admissions to a secure tier or PICU outside the person's collaborative, by home area",
        "Areas with at least {} admissions in the window.",
    ),
}


def _quantile(of: Callable[[History, Window], Observed], part: float, history: History, window: Window) -> Estimate:
    means = groups(*of(history, window)).means
    return Estimate(float(np.quantile(means, part)), None, None, len(means)) if len(means) else NOTHING


def _between(of: Callable[[History, Window], Observed], history: History, window: Window) -> Estimate:
    found = groups(*of(history, window))
    return NOTHING if math.isnan(found.between) else Estimate(found.between, None, None, len(found.means))


for _name, (_of, _unit, _what, _who) in _SPREAD.items():
    for _label, _words, _compute in (
        ("median", "Median of the", partial(_quantile, _of, 0.5)),
        ("lowest_tenth", "10th percentile of the", partial(_quantile, _of, 0.1)),
        ("highest_tenth", "90th percentile of the", partial(_quantile, _of, 0.9)),
        ("between", "Standard deviation, net of chance, between the", partial(_between, _of)),
    ):
        declare(
            f"spread.{_name}.{_label}",
            what=f"{_words} {_what}.",
            unit=_unit,
            who=_who.format(LEAST),
            tables="spells people",
            clock="Day of the admission, or of the end of the stay.",
            censoring="None: what is counted has happened in the window. Each area or unit weighs the same; n is their number.",
        )(_compute)

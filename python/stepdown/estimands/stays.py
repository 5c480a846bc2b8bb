"""Length of stay: in one tier, with one provider, and in all secure care; for admission cohorts and for residents.

The two answer different questions. An admission cohort shows how long an admitted person will stay. Residents on a census day show
how long those present have been there, and long stayers are over-represented among them.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from stepdown.estimands.columns import code
from stepdown.estimands.declared import declare
from stepdown.estimands.figures import Estimate
from stepdown.estimands.survival import NOTHING, difference, kaplan_meier, mean, quantile, rate, restricted_mean, share
from stepdown.vocabulary import LEGAL, PLACES

if TYPE_CHECKING:
    from collections.abc import Callable

    from stepdown.estimands.columns import Stays
    from stepdown.estimands.figures import Window
    from stepdown.estimands.history import History
    from stepdown.estimands.survival import Curve, Days, Flags

YEAR = 365.25
"""Days in a year [d]."""

HORIZON = 10
"""Years up to which stays are averaged [a]."""


def _tier(tier: str, history: History) -> Stays:
    return history.tier_stays[f"{tier} secure"]


def _provider(history: History) -> Stays:
    return history.provider_stays


def _secure(history: History) -> Stays:
    return history.secure_stays


def _cohort(stays: Stays, window: Window) -> Flags:
    return np.asarray((stays.start >= window.first) & (stays.start < window.after))


def _curve(stays: Stays) -> Curve:
    return kaplan_meier(stays.end - stays.start, stays.ended)


def _cohort_quantile(of: Callable[[History], Stays], part: float, history: History, window: Window) -> Estimate:
    stays = of(history)
    return quantile(_curve(stays.where(_cohort(stays, window))), part)


def _cohort_mean(of: Callable[[History], Stays], history: History, window: Window) -> Estimate:
    stays = of(history)
    return restricted_mean(_curve(stays.where(_cohort(stays, window))), HORIZON * YEAR)


def _period_median(of: Callable[[History], Stays], history: History, window: Window) -> Estimate:
    stays = of(history)
    stays = stays.where((stays.start < window.after) & (stays.end > window.first))
    end = np.minimum(stays.end, window.after) - stays.start
    ended = stays.ended & (stays.end < window.after)
    return quantile(kaplan_meier(end, ended, np.maximum(window.first - stays.start, -1)), 0.5)


def _on_days(history: History, stays: Stays, window: Window) -> list[Days]:
    """Return how long those have been there who are, on the last day of each year."""
    return [day - stays.start[history.resident(stays, day)] for day in window.censuses]


def _residents_over(of: Callable[[History], Stays], years: int, history: History, window: Window) -> Estimate:
    counted = [(int((so_far > years * YEAR).sum()), len(so_far)) for so_far in _on_days(history, of(history), window)]
    long, there = (sum(part) for part in zip(*counted, strict=True))
    # The same people are there on the next census: the interval is that of one day's.
    one = len(counted)
    return share(long / one, there / one)


def _residents_mean(of: Callable[[History], Stays], history: History, window: Window) -> Estimate:
    found = _on_days(history, of(history), window)
    so_far = np.concatenate(found).astype(float)
    if not len(so_far):
        return NOTHING
    one = mean(so_far[:: len(found)])
    middle = float(so_far.mean())
    wide = 0.0 if one.high is None else one.high - one.value
    return Estimate(middle, middle - wide, middle + wide, one.n)


_MEANINGS: dict[str, tuple[Callable[[History], Stays], str, str]] = {
    "high": (partial(_tier, "high"), "in high secure care", "Stays in high secure care"),
    "medium": (partial(_tier, "medium"), "in medium secure care", "Stays in medium secure care"),
    "low": (partial(_tier, "low"), "in low secure care", "Stays in low secure care"),
    "provider": (_provider, "with one provider", "Spells with one provider that have secure care in them"),
    "secure": (_secure, "in secure care", "Unbroken time in any secure tiers"),
}
_JOINED = "An absence without leave doesn't end a stay, nor a move between units of what is counted."
_LEAVING = "Leaving by any way ends a stay, also by death. Who is there when the run ends is censored on that day (Kaplan-Meier)."
_BEFORE = "Who was there before the run counts with the days before it, as the first day of the spell says."

for _name, (_of, _where, _who) in _MEANINGS.items():
    for _label, _part, _words in (("lower_quartile", 0.25, "a quarter"), ("median", 0.5, "half"), ("upper_quartile", 0.75, "three quarters")):  # fmt: skip
        declare(
            f"stay.{_name}.admitted.{_label}",
            what=f"Days after which {_words} of those who were admitted are no longer {_where}.",
            unit="d",
            who=f"{_who} that began in the window, each once. {_JOINED}",
            tables="spells people",
            clock="From the first day to the day after the last.",
            follow_up="To the end of the run.",
            censoring=_LEAVING,
        )(partial(_cohort_quantile, _of, _part))
    declare(
        f"stay.{_name}.admitted.mean",
        what=f"Mean days {_where} of those who were admitted, counting at most {HORIZON} years of each stay.",
        unit="d",
        who=f"{_who} that began in the window, each once. {_JOINED}",
        tables="spells people",
        clock="From the first day to the day after the last.",
        follow_up=f"{HORIZON} years; unknown if the run is too short for that.",
        censoring=_LEAVING,
    )(partial(_cohort_mean, _of))
    declare(
        f"stay.{_name}.period.median",
        what=f"Median days {_where} that the rates of leaving in the window imply.",
        unit="d",
        who=f"{_who}, whenever they began, for the days of the window. {_JOINED}",
        tables="spells people",
        clock="From the first day to the day after the last.",
        follow_up="Within the window.",
        censoring="Who was there before enters late, at risk from the days already spent (left truncation); who is there at its end is censored.",
    )(partial(_period_median, _of))
    declare(
        f"stay.{_name}.residents.over_5_years",
        what=f"Share of those who are there on a day who have been {_where} for more than five years.",
        unit="share",
        who=f"People {_where} on the last day of each year of the window; the mean of the days. {_JOINED}",
        tables="spells people",
        clock="From the first day to the day of the census.",
        censoring=_BEFORE,
    )(partial(_residents_over, _of, 5))
    declare(
        f"stay.{_name}.residents.mean",
        what=f"Mean days that those who are there on a day have been {_where} so far.",
        unit="d",
        who=f"People {_where} on the last day of each year of the window; the mean of all. {_JOINED}",
        tables="spells people",
        clock="From the first day to the day of the census.",
        censoring=_BEFORE,
    )(partial(_residents_mean, _of))


@declare(
    "stay.medium.restricted_extra",
    what=f"Extra days in medium secure care of men under s37/41, against men under civil sections or transferred from prison, counting at most {HORIZON} years.",
    unit="d",
    who="Men's stays in medium secure care that began in the window, by legal status on the first day: s37/41 (also CPIA) against s2, s3, s47, s47/49 and s48/49; the others are left out.",
    tables="spells people",
    clock="From the first day to the day after the last.",
    follow_up=f"{HORIZON} years; unknown if the run is too short for that.",
    censoring=_LEAVING,
)
def restricted_extra(history: History, window: Window) -> Estimate:
    """Return the difference of two restricted means."""
    stays = history.tier_stays["medium secure"]
    stays = stays.where(_cohort(stays, window) & history.male[stays.person])
    legal = history.spells.legal[stays.first]
    groups = [("s37/41", "CPIA s37/41"), ("s2", "s3", "s47", "s47/49", "s48/49")]
    means = [
        restricted_mean(_curve(stays.where(np.isin(legal, code(LEGAL, *group)))), HORIZON * YEAR) for group in groups
    ]
    return difference(*means)


@declare(
    "discharges.high.aged_18_to_64",
    what="People aged 18 to 64 who leave high secure care, a year.",
    unit="persons/a",
    who="Ends of stays in high secure care in the window, by age on the day; to any place, deaths included. An absence is no end.",
    tables="spells people",
    clock="Day of the end.",
)
def high_discharges(history: History, window: Window) -> Estimate:
    """Return ends of stays over years."""
    stays = history.tier_stays["high secure"]
    stays = stays.where(stays.ended & (stays.end >= window.first) & (stays.end < window.after))
    age = np.floor((stays.end - history.born[stays.person]) / YEAR)
    return rate(int(((age >= 18) & (age <= 64)).sum()), (window.after - window.first) / YEAR * history.run.share)


@declare(
    "absconding.within_2_years",
    what="Share of patients of medium and low secure care who abscond, or fail to return, within two years.",
    unit="share",
    who="People in medium or low secure care, and not absent, on the last day of each year of the window that is followed by two years of the run; the mean of the days.",
    tables="spells events people",
    clock="From the day of the census.",
    follow_up="730 days each, also after discharge: as published, who leaves or dies stays in the denominator.",
    censoring="None: only days that are followed for so long.",
)
def absconding(history: History, window: Window) -> Estimate:
    """Return the mean share over the days."""
    spells, found = history.spells, []
    for day in window.censuses:
        if day + 730 >= history.end:
            continue
        here = np.isin(spells.place, code(PLACES, "medium secure", "low secure"))
        people = spells.person[here & (spells.start <= day) & (spells.end > day)]
        first = history.events["abscond"].next(people, np.full(len(people), day + 1))
        found.append((int((first <= day + 730).sum()), len(people)))
    if not found:
        return NOTHING
    absconded, people_there = (sum(part) for part in zip(*found, strict=True))
    return share(absconded / len(found), people_there / len(found))

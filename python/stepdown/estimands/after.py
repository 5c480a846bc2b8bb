"""After discharge: what happens to people who leave secure care, with staggered entry, censoring and competing death.

A cohort is made of people, each once, from the first discharge of theirs in the window. They are followed whatever happens,
through readmission and prison, until they die, leave England, or the run ends.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from stepdown.estimands.declared import Estimate, declare
from stepdown.estimands.history import NEVER, PLACES, code, latest, upcoming
from stepdown.estimands.survival import incidence, mean, rate, share
from stepdown.results.facts import AWOL, COMMUNITY, HOSPITAL, SECURE

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from stepdown.estimands.declared import Window
    from stepdown.estimands.history import History
    from stepdown.estimands.survival import Days

YEAR = 365.25
"""Days in a year [d]."""

PER = 100_000
"""Person-years over which rates are given [a]."""


@dataclass(frozen=True, eq=False)
class Cohort:
    """People discharged, each once.

    Attributes
    ----------
    person
        Row of the person.
    day
        Day of the first discharge in the window.
    until
        Day on which observation ends.
    """

    person: NDArray[np.int64]
    day: Days
    until: Days

    @property
    def years(self) -> float:
        """Years for which all of them together are observed [a]."""
        return float((self.until - self.day).sum()) / YEAR


def _discharged(tiers: tuple[str, ...], history: History, window: Window) -> Cohort:
    spells = history.spells
    out = np.isin(spells.place, code(PLACES, *tiers)) & np.isin(spells.destination, code(PLACES, *COMMUNITY))
    out &= (spells.end >= window.first) & (spells.end < window.after)
    return _cohort(spells.person[out], spells.end[out], history)


def _cohort(person: NDArray[np.int64], day: Days, history: History) -> Cohort:
    """Return people once, from the first of their days, which are in order."""
    person, first = np.unique(person, return_index=True)
    day = day[first]
    until = np.minimum(np.minimum(history.died[person], history.gone[person]), history.end)
    return Cohort(person, day, np.maximum(until, day))


def _moved_down(history: History, window: Window) -> Cohort:
    """Return who left medium secure care alive for any place but medium or high secure care."""
    stays = history.tier_stays["medium secure"]
    to = history.spells.destination[stays.last]
    out = stays.ended & ~np.isin(to, code(PLACES, "medium secure", "high secure", *AWOL, "dead", "left"))
    out &= (stays.end >= window.first) & (stays.end < window.after)
    return _cohort(stays.person[out], stays.end[out], history)


_MEDIUM = partial(_discharged, ("medium secure",))
_ALL = partial(_discharged, SECURE)


def _reconvicted(history: History, cohort: Cohort) -> Days:
    """Return the first conviction of each for an offence charged after discharge; `NEVER` if there is none."""
    person, day = history.convictions
    charges = history.events["charge"]
    row = latest(charges.person, charges.day, person, day)
    charged = np.where(row >= 0, charges.day[np.maximum(row, 0)] if len(charges.day) else NEVER, -NEVER)
    # The charges follow one another, and so do the convictions: the first charge after discharge leads to the first
    # conviction that counts.
    known = row >= 0
    order = np.lexsort((day[known], charged[known], person[known]))
    person, charged, day = person[known][order], charged[known][order], day[known][order]
    first = upcoming(person, charged, cohort.person, cohort.day)
    at = np.searchsorted(person * (1 << 20) + charged, cohort.person * (1 << 20) + np.minimum(first, cohort.until))
    near = np.minimum(at, max(len(day) - 1, 0))
    return np.where(first == NEVER, NEVER, day[near]) if len(day) else first


def _readmitted(places: tuple[str, ...], history: History, cohort: Cohort) -> Days:
    return history.upcoming(places, cohort.person, cohort.day)


_HIGHER = partial(_readmitted, ("medium secure", "high secure"))
_ANY = partial(_readmitted, HOSPITAL)
_SECURE = partial(_readmitted, SECURE)


def _within(
    of: Callable[[History, Window], Cohort],
    event: Callable[[History, Cohort], Days],
    years: int,
    history: History,
    window: Window,
) -> Estimate:
    """Return the share with the event within some years of discharge, death competing."""
    cohort = of(history, window)
    when = event(history, cohort)
    happened = when <= cohort.until
    end = np.where(happened, when, cohort.until) - cohort.day
    dead = history.died[cohort.person] == cohort.until
    return incidence(end, np.where(happened, 1, np.where(dead, 2, 0)), years * YEAR)


def _ever(
    of: Callable[[History, Window], Cohort], event: Callable[[History, Cohort], Days], history: History, window: Window
) -> Estimate:
    """Return the share with the event by the end of staggered follow-up."""
    cohort = of(history, window)
    return share(int((event(history, cohort) <= cohort.until).sum()), len(cohort.person))


def _persons_once(event: Callable[[History, Cohort], Days], history: History, window: Window) -> Estimate:
    """Return people with the event over the years until it, each person once."""
    cohort = _ALL(history, window)
    when = event(history, cohort)
    time = float((np.minimum(when, cohort.until) - cohort.day).sum()) / YEAR
    return rate(int((when <= cohort.until).sum()), time, PER)


def _persons_over_follow_up(event: Callable[[History, Cohort], Days], history: History, window: Window) -> Estimate:
    """Return people with the event over all years of follow-up."""
    cohort = _ALL(history, window)
    return rate(int((event(history, cohort) <= cohort.until).sum()), cohort.years, PER)


def _within_cohort(cohort: Cohort, person: NDArray[np.int64], day: Days) -> int:
    """Count somebody's days that fall into the follow-up of the cohort."""
    if not len(cohort.person):
        return 0
    at = np.minimum(np.searchsorted(cohort.person, person), len(cohort.person) - 1)
    inside = (cohort.person[at] == person) & (day >= cohort.day[at]) & (day <= cohort.until[at])
    return int(inside.sum())


_FOLLOWED = "People discharged to the community from {tier} in the window, each once, from the first such discharge."
_ENDS = "The end of the run or leaving England; entry is staggered."
_MS, _SC = _FOLLOWED.format(tier="medium secure care"), _FOLLOWED.format(tier="any secure tier")
_CONVICTED = "To the day of the first conviction for an offence that was charged after discharge (one charged before is none), grave or not."
_THROUGH = "Through readmission and prison, to death, leaving England or the end of the run."

for _years in (2, 20):
    declare(
        f"reconviction.medium.within_{_years}_years",
        what=f"Share reconvicted within {_years} years of discharge from medium secure care.",
        unit="share",
        who=_MS,
        tables="spells events people",
        clock=f"From discharge. {_CONVICTED}",
        follow_up=f"{_years} years.",
        censoring=f"{_ENDS} Death competes: the dead can't be convicted (Aalen-Johansen).",
    )(partial(_within, _MEDIUM, _reconvicted, _years))
    declare(
        f"readmission.medium.within_{_years}_years",
        what=f"Share readmitted to medium or high secure care within {_years} years of discharge from medium secure care.",
        unit="share",
        who=_MS,
        tables="spells people",
        clock="From discharge to the first day in medium or high secure care, wherever from.",
        follow_up=f"{_years} years.",
        censoring=f"{_ENDS} Death competes (Aalen-Johansen).",
    )(partial(_within, _MEDIUM, _HIGHER, _years))

for _what, _event, _clock in (
    ("reconvicted", _reconvicted, _CONVICTED),
    ("readmitted to medium or high secure care", _HIGHER, "To the first day in medium or high secure care."),
):
    declare(
        f"{'reconviction' if _event is _reconvicted else 'readmission'}.medium.any_destination.ever",
        what=f"Share {_what} by the end of follow-up of a cohort that left medium secure care over the window, wherever to.",
        unit="share",
        who="People who left medium secure care alive, for any place but medium or high secure care (low secure care, prison and other wards too), each once, from the first time.",
        tables="spells events people",
        clock=f"From leaving. {_clock}",
        follow_up="Staggered: to the end of the run.",
        censoring="None: a crude share; who dies or leaves England stays in the denominator.",
    )(partial(_ever, _moved_down, _event))

declare(
    "reconviction.medium.ever",
    what="Share reconvicted by the end of follow-up of a cohort discharged from medium secure care over the window.",
    unit="share",
    who=_MS,
    tables="spells events people",
    clock=f"From discharge. {_CONVICTED}",
    follow_up="Staggered: to the end of the run. With 20 years of discharges, mean follow-up is somewhat under 10 years.",
    censoring="None: a crude share, as in the cohort it is held against; who dies or leaves stays in the denominator.",
)(partial(_ever, _MEDIUM, _reconvicted))
declare(
    "readmission.medium.ever",
    what="Share readmitted to medium or high secure care by the end of follow-up of a cohort discharged from medium secure care over the window.",
    unit="share",
    who=_MS,
    tables="spells people",
    clock="From discharge to the first day in medium or high secure care, wherever from.",
    follow_up="Staggered: to the end of the run. With 20 years of discharges, mean follow-up is somewhat under 10 years.",
    censoring="None: a crude share, as in the cohort it is held against; who dies or leaves stays in the denominator.",
)(partial(_ever, _MEDIUM, _HIGHER))


@declare(
    "follow_up.medium",
    what="Mean years of follow-up of a cohort discharged from medium secure care over the window.",
    unit="a",
    who=_MS,
    tables="spells people",
    clock="From discharge.",
    follow_up=_THROUGH,
    censoring="None: the time that each was observed.",
)
def follow_up(history: History, window: Window) -> Estimate:
    """Return the mean time of observation."""
    cohort = _MEDIUM(history, window)
    return mean((cohort.until - cohort.day) / YEAR)


for _id, _event, _where in (
    ("any", _ANY, "any psychiatric ward"),
    ("secure", _SECURE, "secure care"),
):
    declare(
        f"readmission.{_id}.persons_per_follow_up",
        what=f"People readmitted to {_where} after discharge from secure care, each once, over all person-years of follow-up.",
        unit="1/100000 a",
        who=_SC,
        tables="spells people",
        clock="From discharge. The years after a readmission count in the denominator too, as where a published number of people is divided by its number times its mean follow-up.",
        follow_up=_THROUGH,
        censoring="Years are counted as far as they were lived.",
    )(partial(_persons_over_follow_up, _event))
    declare(
        f"readmission.{_id}.persons_per_time_at_risk",
        what=f"People readmitted to {_where} after discharge from secure care, each once, over person-years until then.",
        unit="1/100000 a",
        who=_SC,
        tables="spells people",
        clock="From discharge to the first readmission.",
        follow_up=_THROUGH,
        censoring="Time at risk ends with the first readmission, death, leaving England or the run.",
    )(partial(_persons_once, _event))


@declare(
    "readmission.any.events_per_follow_up",
    what="Psychiatric readmissions after discharge from secure care, all of each person's, over all person-years of follow-up.",
    unit="1/100000 a",
    who=_SC,
    tables="spells people",
    clock="From discharge. An admission from outside hospital counts, whatever the ward; moves between wards and returns from absence don't.",
    follow_up=_THROUGH,
    censoring="Years are counted as far as they were lived.",
)
def readmissions(history: History, window: Window) -> Estimate:
    """Return events over person-years."""
    cohort, spells = _ALL(history, window), history.spells
    inside = code(PLACES, *HOSPITAL, *AWOL)
    into = np.isin(spells.place, code(PLACES, *HOSPITAL)) & ~np.isin(spells.source, inside) & (spells.source >= 0)
    return rate(_within_cohort(cohort, spells.person[into], spells.start[into]), cohort.years, PER)


@declare(
    "reconviction.secure.persons_per_follow_up",
    what="People reconvicted after discharge from secure care, each once, over all person-years of follow-up.",
    unit="1/100000 a",
    who=_SC,
    tables="spells events people",
    clock=f"From discharge. {_CONVICTED}",
    follow_up=_THROUGH,
    censoring="Years are counted as far as they were lived.",
)
def reconvicted_over_follow_up(history: History, window: Window) -> Estimate:
    """Return people over person-years."""
    return _persons_over_follow_up(_reconvicted, history, window)


@declare(
    "mortality.after_discharge",
    what="Deaths from any cause after discharge from secure care, over person-years.",
    unit="1/100000 a",
    who=_SC,
    tables="spells people",
    clock="From discharge.",
    follow_up=_THROUGH,
    censoring="Years are counted as far as they were lived.",
)
def mortality(history: History, window: Window) -> Estimate:
    """Return deaths over person-years."""
    cohort = _ALL(history, window)
    return rate(int((history.died[cohort.person] == cohort.until).sum()), cohort.years, PER)


@declare(
    "suicide.after_discharge",
    what="Suicides after discharge from secure care, over person-years.",
    unit="1/100000 a",
    who=_SC,
    tables="spells events people",
    clock="From discharge.",
    follow_up=_THROUGH,
    censoring="Years are counted as far as they were lived.",
)
def suicide(history: History, window: Window) -> Estimate:
    """Return suicides over person-years."""
    cohort, events = _ALL(history, window), history.events["suicide"]
    return rate(_within_cohort(cohort, events.person, events.day), cohort.years, PER)

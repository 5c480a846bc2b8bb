"""Outcomes after discharge from secure care, with staggered entry, censoring and competing death.

A person enters a cohort once, at the first discharge within the window, and is followed through readmission and prison until death,
departure from England, or the end of the run. Ids name event, cohort and measure, such as ``reconviction.medium.within_2_years``.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from stepdown.estimands.columns import LABELS, NEVER, code, latest, upcoming, upcoming_row
from stepdown.estimands.declared import declare
from stepdown.estimands.survival import incidence, mean, rate, share
from stepdown.vocabulary import AWOL, COMMUNITY, CONDITIONAL, HOSPITAL, PLACES, SECURE

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from stepdown.estimands.figures import Estimate, Window
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

    def closed(self, day: int) -> Cohort:
        """Return the same people, observed no longer than to a day."""
        return replace(self, until=np.maximum(np.minimum(self.until, day), self.day))


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


def _left_medium(history: History, window: Window) -> Cohort:
    """Return who left medium secure care alive for any place but medium or high secure care."""
    stays = history.tier_stays["medium secure"]
    to = history.spells.destination[stays.last]
    out = stays.ended & ~np.isin(to, code(PLACES, "medium secure", "high secure", *AWOL, "dead", "left"))
    out &= (stays.end >= window.first) & (stays.end < window.after)
    return _cohort(stays.person[out], stays.end[out], history)


@dataclass(frozen=True)
class _Kind:
    """A cohort: how it is made, whom it is after, and who is in it."""

    make: Callable[[History, Window], Cohort]
    after: str
    who: str


_COMMUNITY = "People discharged to the community from {} in the window, each once, from the first such discharge."
_COHORTS = {
    "medium": _Kind(
        partial(_discharged, ("medium secure",)),
        "discharge from medium secure care",
        _COMMUNITY.format("medium secure care"),
    ),
    "secure": _Kind(partial(_discharged, SECURE), "discharge from secure care", _COMMUNITY.format("any secure tier")),
    "left_medium": _Kind(
        _left_medium,
        "leaving medium secure care, wherever to",
        "People who left medium secure care in the window alive, for any place but medium or high secure care (low secure care, prison and other wards too), each once, from the first time.",
    ),
}


def _reconvicted(history: History, cohort: Cohort) -> Days:
    """Return the first conviction of each for an offence charged after discharge; `NEVER` if there is none."""
    person, day = history.convictions
    charges = history.events["charge"]
    row = latest(charges.person, charges.day, person, day)
    person, day, charged = person[row >= 0], day[row >= 0], charges.day[row[row >= 0]]
    order = np.lexsort((day, charged, person))
    person, day, charged = person[order], day[order], charged[order]
    # The first charge after discharge that led to a conviction, and the conviction that it led to.
    first = upcoming(person, charged, cohort.person, cohort.day)
    out = np.full(len(first), NEVER)
    found = first != NEVER
    out[found] = day[upcoming_row(person, charged, cohort.person[found], first[found])]
    return out


def _readmitted(places: tuple[str, ...], history: History, cohort: Cohort) -> Days:
    return history.upcoming(places, cohort.person, cohort.day)


@dataclass(frozen=True)
class _Event:
    """What may happen to a cohort: when it first does, how to speak of it, and to which day time is counted."""

    first: Callable[[History, Cohort], Days]
    people: str
    until: str
    tables: str


_EVENTS = {
    "reconviction": _Event(
        _reconvicted,
        "reconvicted",
        "to the day of the first conviction for an offence charged after it (of one charged before is none), grave or not",
        "spells events people",
    ),
    "readmission": _Event(
        partial(_readmitted, HOSPITAL),
        "readmitted to any psychiatric ward",
        "to the first day on any ward",
        "spells people",
    ),
    "readmission_secure": _Event(
        partial(_readmitted, SECURE),
        "readmitted to secure care",
        "to the first day in any secure tier",
        "spells people",
    ),
    "readmission_higher": _Event(
        partial(_readmitted, ("medium secure", "high secure")),
        "readmitted to medium or high secure care",
        "to the first day in medium or high secure care, wherever from",
        "spells people",
    ),
}


def _within(kind: _Kind, event: _Event, years: int, history: History, window: Window) -> Estimate:
    """Return the share with the event within some years, death competing."""
    cohort = kind.make(history, window)
    when = event.first(history, cohort)
    happened = when <= cohort.until
    end = np.where(happened, when, cohort.until) - cohort.day
    dead = history.died[cohort.person] == cohort.until
    return incidence(end, np.where(happened, 1, np.where(dead, 2, 0)), years * YEAR)


def _ever(kind: _Kind, event: _Event, history: History, window: Window) -> Estimate:
    """Return the share with the event by the end of staggered follow-up."""
    cohort = kind.make(history, window)
    return share(int((event.first(history, cohort) <= cohort.until).sum()), len(cohort.person))


def _per_time_at_risk(kind: _Kind, event: _Event, history: History, window: Window) -> Estimate:
    """Return people with the event over the years until it."""
    cohort = kind.make(history, window).closed(window.after)
    when = event.first(history, cohort)
    time = float((np.minimum(when, cohort.until) - cohort.day).sum()) / YEAR
    return rate(int((when <= cohort.until).sum()), time, PER)


def _per_follow_up(kind: _Kind, event: _Event, history: History, window: Window) -> Estimate:
    """Return people with the event over all years of follow-up."""
    cohort = kind.make(history, window).closed(window.after)
    return rate(int((event.first(history, cohort) <= cohort.until).sum()), cohort.years, PER)


_LIVED = "Through readmission and prison, to death, leaving England or the end of the window."
_COUNTED = "Years are counted as far as they were lived."

for _name, _kind in _COHORTS.items():
    for _id, _event in _EVENTS.items():
        if _name == "left_medium" and _id in ("readmission", "readmission_secure"):
            continue  # who steps down is in secure care, or on another ward, from the first day
        for _years in (1, 2, 5, 10, 20):
            declare(
                f"{_id}.{_name}.within_{_years}_years",
                what=f"Share {_event.people} within {_years} {'year' if _years == 1 else 'years'} of {_kind.after}.",
                unit="share",
                who=_kind.who,
                tables=_event.tables,
                clock=f"From then {_event.until}.",
                follow_up=f"Up to {_years} years, with staggered entry; unknown if nobody was followed for so long.",
                censoring="The end of the run, and leaving England. Death competes: it can't happen to the dead (Aalen-Johansen).",
            )(partial(_within, _kind, _event, _years))
        declare(
            f"{_id}.{_name}.ever",
            what=f"Share {_event.people} by the end of follow-up, of a cohort made over the window by {_kind.after}.",
            unit="share",
            who=_kind.who,
            tables=_event.tables,
            clock=f"From then {_event.until}.",
            follow_up="Staggered: to the end of the run. With 20 years of discharges, its mean is somewhat under 10 years.",
            censoring="None: a crude share, as published of a cohort followed to one day; who dies or leaves England stays in the denominator.",
        )(partial(_ever, _kind, _event))
        declare(
            f"{_id}.{_name}.persons_per_follow_up",
            what=f"People {_event.people} after {_kind.after}, each once, over all person-years of follow-up.",
            unit="1/100000 a",
            who=_kind.who,
            tables=_event.tables,
            clock="From then. The years after the event count in the denominator too, as where a published number of people is divided by their number times their mean follow-up.",
            follow_up=_LIVED,
            censoring=_COUNTED,
        )(partial(_per_follow_up, _kind, _event))
        declare(
            f"{_id}.{_name}.persons_per_time_at_risk",
            what=f"People {_event.people} after {_kind.after}, each once, over person-years until then.",
            unit="1/100000 a",
            who=_kind.who,
            tables=_event.tables,
            clock=f"From then {_event.until}.",
            follow_up="To the first event, death, leaving England or the end of the window.",
            censoring=_COUNTED,
        )(partial(_per_time_at_risk, _kind, _event))


def _inside(cohort: Cohort, person: NDArray[np.int64], day: Days) -> int:
    """Count somebody's days that fall into the follow-up of the cohort."""
    if not len(cohort.person):
        return 0
    at = np.minimum(np.searchsorted(cohort.person, person), len(cohort.person) - 1)
    inside = (cohort.person[at] == person) & (day >= cohort.day[at]) & (day <= cohort.until[at])
    return int(inside.sum())


def _readmissions(kind: _Kind, history: History, window: Window) -> Estimate:
    """Return admissions from outside hospital over person-years."""
    cohort, spells = kind.make(history, window).closed(window.after), history.spells
    outside = ~np.isin(spells.source, code(PLACES, *HOSPITAL, *AWOL)) & (spells.source >= 0)
    into = np.isin(spells.place, code(PLACES, *HOSPITAL)) & outside
    return rate(_inside(cohort, spells.person[into], spells.start[into]), cohort.years, PER)


def _deaths(kind: _Kind, history: History, window: Window) -> Estimate:
    """Return deaths over person-years."""
    cohort = kind.make(history, window).closed(window.after)
    return rate(int((history.died[cohort.person] == cohort.until).sum()), cohort.years, PER)


def _suicides(kind: _Kind, history: History, window: Window) -> Estimate:
    """Return suicides over person-years."""
    cohort, events = kind.make(history, window).closed(window.after), history.events["suicide"]
    return rate(_inside(cohort, events.person, events.day), cohort.years, PER)


def _follow_up(kind: _Kind, history: History, window: Window) -> Estimate:
    """Return the mean time of observation."""
    cohort = kind.make(history, window)
    return mean((cohort.until - cohort.day) / YEAR)


for _name, _kind in _COHORTS.items():
    for _id, _what, _unit, _clock, _compute in (
        (
            f"readmission.{_name}.events_per_follow_up",
            f"Psychiatric readmissions after {_kind.after}, all of each person's, over person-years.",
            "1/100000 a",
            "From then. An admission from outside hospital counts, whatever the ward; moves between wards and returns from absence don't.",
            _readmissions,
        ),
        (f"mortality.{_name}", f"Deaths from any cause after {_kind.after}, over person-years.", "1/100000 a", "From then.", _deaths),
        (f"suicide.{_name}", f"Suicides after {_kind.after}, over person-years.", "1/100000 a", "From then.", _suicides),
        (f"follow_up.{_name}", f"Mean years of follow-up after {_kind.after}.", "a", "From then.", _follow_up),
    ):  # fmt: skip
        declare(
            _id,
            what=_what,
            unit=_unit,
            who=_kind.who,
            tables="spells events people",
            clock=_clock,
            follow_up=_LIVED,
            censoring=_COUNTED,
        )(partial(_compute, _kind))


def _recalled(years: int, history: History, window: Window) -> Estimate:
    """Return the share recalled within some years, death and absolute discharge competing."""
    changes, recalls = history.events["status"], history.events["recall"]
    conditional = code(LABELS, *CONDITIONAL)
    began = np.isin(changes.after, conditional) & ~np.isin(changes.before, conditional)
    began &= (changes.day >= window.first) & (changes.day < window.after)
    cohort = _cohort(changes.person[began], changes.day[began], history)
    asked = np.isin(recalls.before, conditional)
    when = upcoming(recalls.person[asked], recalls.day[asked], cohort.person, cohort.day)
    freed = changes.after == LABELS.index("absolute discharge")
    free = upcoming(changes.person[freed], changes.day[freed], cohort.person, cohort.day)
    until = np.minimum(cohort.until, free)
    happened = when <= until
    rival = (until == free) | (until == history.died[cohort.person])
    end = np.where(happened, when, until) - cohort.day
    return incidence(end, np.where(happened, 1, np.where(rival, 2, 0)), years * YEAR)


for _years in (1, 2, 5, 10):
    declare(
        f"recall.conditional.within_{_years}_years",
        what=f"Share recalled to hospital within {_years} {'year' if _years == 1 else 'years'} of conditional discharge.",
        unit="share",
        who="People discharged on conditions in the window, each once, from the first time.",
        tables="events spells people",
        clock="From the conditional discharge to the Ministry's recall.",
        follow_up=f"Up to {_years} years, with staggered entry; unknown if nobody was followed for so long.",
        censoring="The end of the run, and leaving England. Death and absolute discharge compete (Aalen-Johansen).",
    )(partial(_recalled, _years))

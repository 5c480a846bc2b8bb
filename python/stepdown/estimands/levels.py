"""Levels: how many people there are, on a day or in a year, and what their care costs."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from stepdown.agents.options import Hearing
from stepdown.estimands.columns import LABELS, code
from stepdown.estimands.declared import declare
from stepdown.estimands.figures import Estimate
from stepdown.estimands.survival import NOTHING, rate, share
from stepdown.vocabulary import COMMUNITY, CONDITIONAL, HOSPITAL, PLACES, RESTRICTED, SECURE, SEXES, some

if TYPE_CHECKING:
    from stepdown.estimands.figures import Window
    from stepdown.estimands.history import History

YEAR = 365.25
"""Days in a year [d]."""


def _stock(total: float, n: int, history: History) -> Estimate:
    """Return a number of people or beds, brought to all of England."""
    return Estimate(total / history.run.share, None, None, n)


def _occupied(tiers: tuple[str, ...], history: History, window: Window) -> Estimate:
    found = history.occupied(window)
    return _stock(sum(found.get(tier, 0.0) for tier in tiers), window.after - window.first, history)


for _name, _tiers, _words in (
    ("all", SECURE, "high, medium and low secure"),
    *((tier.split()[0], (tier,), tier) for tier in SECURE),
):
    declare(
        f"occupied.{_name}",
        what=f"Occupied {_words} beds.",
        unit="persons",
        who="Beds with somebody in them at the close of each day of the window; the mean of the days. Who is absent without leave is not in bed.",
        tables="daily",
        clock="Close of the day.",
    )(partial(_occupied, _tiers))


@declare(
    "conditional_discharge.stock",
    what="People on conditional discharge in the community.",
    unit="persons",
    who="People at home or in supported accommodation under conditional discharge, with deprivation of liberty or without, on the last day of each year of the window; the mean of the days.",
    tables="spells events people",
    clock="Status at the end of the day.",
)
def conditional(history: History, window: Window) -> Estimate:
    """Return the mean number over the days."""
    found = [_standing(history, day, COMMUNITY, CONDITIONAL) for day in window.censuses]
    return _stock(float(np.mean([len(people) for people in found])), len(found), history)


def _standing(history: History, day: int, places: tuple[str, ...], legal: tuple[str, ...]) -> np.ndarray:
    """Return who is in one of some places under one of some statuses on a day."""
    spells = history.spells
    there = np.isin(spells.place, code(PLACES, *places)) & (spells.start <= day) & (spells.end > day)
    people: np.ndarray = spells.person[there]
    status = history.legal_at(people, np.full(len(people), day))
    return people[np.isin(status, code(LABELS, *legal))]


@declare(
    "restricted.black_share",
    what="Share of restricted inpatients who are Black or Black British, at the end of the window.",
    unit="share",
    who="People in any hospital bed of the pathway under s37/41, CPIA, s45A, s47/49 or s48/49 on the last day of the window.",
    tables="spells events people",
    clock="Status at the end of the day.",
)
def black_share(history: History, window: Window) -> Estimate:
    """Return the share on one day."""
    people = _standing(history, window.censuses[-1], HOSPITAL, RESTRICTED)
    return share(int(history.black[people].sum()), len(people))


_DISCHARGED = (Hearing.CONDITIONAL.label, Hearing.DEFERRED.label, Hearing.ABSOLUTE.label)
_FINAL = (*_DISCHARGED, Hearing.NO_DISCHARGE.label, Hearing.ENTITLED.label, Hearing.NOT_ENTITLED.label)


def _decisions(history: History, window: Window) -> np.ndarray:
    """Return the final decisions of the tribunal on restricted patients in the window."""
    hearings = history.events["hearing"]
    asked = (hearings.day >= window.first) & (hearings.day < window.after)
    asked &= np.isin(hearings.after, code(LABELS, *_FINAL))
    status = history.legal_at(hearings.person[asked], hearings.day[asked], before=True)
    decided: np.ndarray = hearings.after[asked][np.isin(status, code(LABELS, *RESTRICTED, *CONDITIONAL))]
    return decided


_HEARD = (
    "Hearings of restricted patients, detained or conditionally discharged, in the window that ended in conditional, deferred conditional or absolute discharge, or "
    "in none; of transferred prisoners the tribunal only notifies, which is none. Not what was withdrawn."
)


@declare(
    "tribunal.restricted.discharge_share",
    what="Discharges as a share of the tribunal's final decisions on restricted patients.",
    unit="share",
    who=_HEARD,
    tables="events spells people",
    clock="Day of the hearing; the status before it.",
)
def discharge_share(history: History, window: Window) -> Estimate:
    """Return discharges over decisions."""
    decided = _decisions(history, window)
    return share(int(np.isin(decided, code(LABELS, *_DISCHARGED)).sum()), len(decided))


def _tribunal(wanted: tuple[str, ...], history: History, window: Window) -> Estimate:
    decided = _decisions(history, window)
    years = (window.after - window.first) / YEAR
    return rate(int(np.isin(decided, code(LABELS, *wanted)).sum()), years * history.run.share)


for _id, _wanted, _what in (
    ("decisions", _FINAL, "Final decisions of the tribunal on restricted patients, a year."),
    ("discharges", _DISCHARGED, "Discharges of restricted patients by the tribunal, a year."),
    ("absolute_discharges", _DISCHARGED[2:], "Absolute discharges of restricted patients by the tribunal, a year."),
):
    declare(
        f"tribunal.restricted.{_id}",
        what=_what,
        unit="1/a",
        who=_HEARD,
        tables="events spells people",
        clock="Day of the hearing; the status before it.",
    )(partial(_tribunal, _wanted))

_SPEND = some("spend", "high secure bed", "medium secure bed", "low secure bed", "PICU bed", "spot purchase")


@declare(
    "spending.secure_inpatient",
    what="Spending on secure inpatient care and PICU, a year.",
    unit="bn£/a",
    who="Sums of money in the window for high, medium and low secure bed-days, PICU bed-days and spot purchase, whoever pays, at the model's constant prices.",
    tables="ledger",
    clock="Financial year.",
)
def spending(history: History, window: Window) -> Estimate:
    """Return money over years."""
    pounds = history.spent(window, _SPEND)
    years = (window.after - window.first) / YEAR
    return Estimate(pounds / 1e9 / years / history.run.share, None, None, window.years) if years else NOTHING


def _prisoners(history: History, window: Window) -> Estimate:
    found = history.population(window)
    if not found["years"]:
        return NOTHING
    return _stock((found["remand"] + found["sentenced"]) / found["years"], int(found["years"]), history)


def _counted(column: str, history: History, window: Window) -> Estimate:
    found = history.population(window)
    if not found["years"]:
        return NOTHING
    return _stock(found[column] / found["years"], int(found["years"]), history)


declare(
    "prison.population",
    what="People in prison, on remand, sentenced or recalled.",
    unit="persons",
    who="Everyone in England in prison at the end of each financial year of the window; the mean of the years.",
    tables="population",
    clock="End of the financial year.",
)(_prisoners)
for _column, _id, _what in (
    ("receptions", "prison.receptions", "First receptions into prison, a year."),
    ("deaths", "population.deaths", "Deaths in England, a year."),
    ("births", "population.births", "Births in England, a year."),
    ("alive", "population.alive", "People who live in England at the end of the year."),
    ("ill", "population.ill", "People with severe mental illness at the end of the year."),
):
    declare(
        _id,
        what=_what,
        unit="persons" if _id in ("population.alive", "population.ill") else "persons/a",
        who="All of England, in each financial year of the window; the mean of the years.",
        tables="population",
        clock="Financial year.",
    )(partial(_counted, _column))


def _life_expectancy(sex: str, history: History, window: Window) -> Estimate:
    """Return expectation of life at birth from an abridged life table of five-year bands."""
    deaths, years = history.mortality(window, sex)
    # Where demography stands still, nobody outside the pathway dies: not even of those over 90, of whom one in five does.
    if not years.all() or deaths[-1] < 0.05 * years[-1]:
        return NOTHING
    m = deaths / years
    q = np.minimum(5 * m / (1 + 2.5 * m), 1.0)
    alive = np.concatenate([[1.0], np.cumprod(1 - q[:-1])])
    lived = 5 * alive * (1 - q / 2)
    lived[-1] = alive[-1] / m[-1]
    # Chiang's variance of the expectation at birth.
    left = np.cumsum(lived[::-1])[::-1] / alive
    spread = np.where(deaths > 0, q**2 * (1 - q) / np.maximum(deaths, 1), 0.0)[:-1]
    wide = 1.96 * float(np.sqrt((alive[:-1] ** 2 * (2.5 + left[1:]) ** 2 * spread).sum()))
    value = float(lived.sum())
    return Estimate(value, value - wide, value + wide, round(float(deaths.sum())))


for _sex in SEXES:
    declare(
        f"life_expectancy.{_sex}",
        what=f"Expectation of life at birth, {_sex}.",
        unit="a",
        who=f"All of England, {_sex}, in the window: deaths over person-years in five-year age bands.",
        tables="population",
        clock="Age in five-year bands; 90 and over is open.",
    )(partial(_life_expectancy, _sex))

"""Histories: the people, spells and events of a run as columns sorted by person and time.

Days are counted from 1 January 1970. Spells that an absence or a move between units has split are joined into stays here, so that
no estimand counts a return as an admission.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Protocol

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from stepdown.estimands.columns import (
    EVENTS,
    LABELS,
    NEVER,
    UNKNOWN,
    Events,
    Spells,
    Stays,
    code,
    coded,
    days,
    labelled,
    latest,
    numbers,
    upcoming,
    upcoming_row,
)
from stepdown.results.facts import EPOCH, first_day
from stepdown.vocabulary import AGES, AWOL, LEGAL, PLACES, PRISON, SECURE, TIERS, some

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from stepdown.estimands.figures import Window
    from stepdown.estimands.survival import Days, Flags

__all__ = ["History", "Run"]


class Run(Protocol):
    """What is needed of a finished run; `stepdown.Results` is one."""

    @property
    def start_day(self) -> int:
        """First reported day [d since 1900-01-01]."""

    @property
    def end_day(self) -> int:
        """Day after the last [d since 1900-01-01]."""

    @property
    def first_year(self) -> int:
        """First financial year."""

    @property
    def last_year(self) -> int:
        """Last financial year."""

    @property
    def share(self) -> float:
        """Share of England's people who live in the run."""

    def table(
        self, name: str, *, columns: Sequence[str] | None = None, events: Sequence[str] | None = None
    ) -> pa.Table:
        """Read a table."""


class History:
    """The histories of a run's people.

    Parameters
    ----------
    run
        A finished run.
    """

    def __init__(self, run: Run) -> None:
        self.run = run
        self.start = run.start_day - EPOCH
        self.end = run.end_day - EPOCH

    def first_of(self, year: int) -> int:
        """Return the first day of a financial year within the run."""
        return min(max(first_day(year), self.start), self.end)

    @cached_property
    def people(self) -> pa.Table:
        """Everyone on the pathway in order of identity: person, sex, born, ethnicity."""
        table = self.run.table("people", columns=["person", "sex", "born", "ethnicity"])
        return table.take(pc.sort_indices(table, sort_keys=[("person", "ascending")])).combine_chunks()

    @cached_property
    def born(self) -> Days:
        """Birth day of each person."""
        return days(self.people["born"])

    @cached_property
    def male(self) -> Flags:
        """Whether each person is a man."""
        return np.asarray(coded(self.people["sex"], ("male",)) == 0)

    @cached_property
    def black(self) -> Flags:
        """Whether each person is Black or Black British."""
        return np.asarray(coded(self.people["ethnicity"], ("black",)) == 0)

    def rank(self, person: pa.ChunkedArray) -> NDArray[np.int64]:
        """Return the row of each identity in `people`."""
        rows: NDArray[np.intp] = np.searchsorted(self.people["person"].to_numpy(), person.to_numpy())
        return rows.astype(np.int64)

    @cached_property
    def spells(self) -> Spells:
        """All spells; one that is open ends with the run."""
        table = self.run.table(
            "spells",
            columns=[
                "person", "place", "source", "destination", "legal", "legal_end", "start", "end", "secure_start", "provider_start",
            ],
        )  # fmt: skip
        person, start, end = self.rank(table["person"]), days(table["start"]), days(table["end"])
        end = np.where(pc.is_null(table["destination"]).to_numpy(), self.end, end)
        order = self._order = np.lexsort((end, start, person))
        person, start, end = person[order], start[order], end[order]
        follows = np.zeros(len(person), np.bool_)
        follows[1:] = (person[1:] == person[:-1]) & (start[1:] == end[:-1])
        places = [coded(table[name], PLACES)[order] for name in ("place", "source", "destination")]
        legal, legal_end = (coded(table[name], LEGAL)[order] for name in ("legal", "legal_end"))
        secure, provider = (days(table[name])[order] for name in ("secure_start", "provider_start"))
        # Who is absent without leave keeps the bed: the time in care goes on.
        absent = places[0] == PLACES.index(AWOL[0])
        for column in (secure, provider):
            for row in np.flatnonzero(absent & follows):
                column[row] = column[row - 1]
            back = np.zeros(len(person), np.bool_)
            back[:-1] = absent[:-1] & ~follows[:-1] & follows[1:]
            column[:-1][back[:-1]] = column[1:][back[:-1]]
        return Spells(person, places[0], places[1], places[2], legal, legal_end, start, end, secure, provider, follows)

    def _in_order(self, name: str) -> pa.ChunkedArray:
        """Return a further column of the spells, in the order of `spells`."""
        _ = self.spells
        return self.run.table("spells", columns=[name])[name].take(pa.array(self._order))

    @cached_property
    def units(self) -> NDArray[np.int64]:
        """Number of the unit of each spell; -1 outside secure care."""
        return labelled(self._in_order("unit"))

    @cached_property
    def areas(self) -> NDArray[np.int64]:
        """Number of the home area of each spell's person."""
        return labelled(self._in_order("area"))

    @cached_property
    def away(self) -> Flags:
        """Whether each spell is outside the person's collaborative."""
        return np.asarray(pc.fill_null(self._in_order("out_of_area").cast(pa.bool_()), fill_value=False).to_numpy())

    def _stays(self, inside: Flags, same: Flags, start: Days | None = None) -> Stays:
        """Join the spells that are inside to stays; `same` says which belong to the stay of the spell before."""
        spells = self.spells
        opening = inside.copy()
        opening[1:] &= ~(inside[:-1] & same[1:] & spells.follows[1:])
        rows = np.flatnonzero(inside)
        first = np.flatnonzero(opening)
        last = rows[np.append(np.searchsorted(rows, first)[1:], len(rows)) - 1] if len(first) else first
        begun = spells.start[first] if start is None else start[first]
        return Stays(spells.person[first], first, last, begun, spells.end[last], spells.destination[last] >= 0)

    @cached_property
    def tier_stays(self) -> dict[str, Stays]:
        """Stays in one tier, by tier: through absences and moves between units of the tier.

        Of a stay that was cut by an absence before the run, the part before isn't in the tables: it is taken to have
        begun with the time at that provider.
        """
        spells, out = self.spells, {}
        absent = spells.place == PLACES.index(AWOL[0])
        place = np.where(absent, spells.source, spells.place)
        everyone = np.ones(len(place), np.bool_)
        for tier in SECURE:
            [mine] = code(PLACES, tier)
            inside = place == mine
            cut = (spells.start < self.start) & (spells.provider_start != UNKNOWN)
            cut &= absent | np.isin(spells.source, [mine, *code(PLACES, *AWOL)])
            start = np.where(cut, np.minimum(spells.provider_start, spells.start), spells.start)
            out[tier] = self._stays(inside, everyone, start)
        return out

    @cached_property
    def provider_stays(self) -> Stays:
        """Spells with one provider, of whatever tiers and wards, that have a secure tier in them."""
        spells = self.spells
        inside = spells.provider_start != UNKNOWN
        same = np.zeros(len(inside), np.bool_)
        same[1:] = spells.provider_start[1:] == spells.provider_start[:-1]
        stays = self._stays(inside, same, spells.provider_start)
        secure = np.concatenate([[0], np.cumsum(np.isin(spells.place, code(PLACES, *SECURE)))])
        return stays.where(secure[stays.last + 1] > secure[stays.first])

    @cached_property
    def secure_stays(self) -> Stays:
        """Unbroken time in secure care, of whatever tiers."""
        spells = self.spells
        inside = spells.secure_start != UNKNOWN
        same = np.zeros(len(inside), np.bool_)
        same[1:] = spells.secure_start[1:] == spells.secure_start[:-1]
        return self._stays(inside, same, spells.secure_start)

    @cached_property
    def events(self) -> dict[str, Events]:
        """Events by kind."""
        table = self.run.table("events", columns=["person", "day", "event", "from", "to", "cause"], events=EVENTS)
        kind, person, day = coded(table["event"], EVENTS), self.rank(table["person"]), days(table["day"])
        before, after = (coded(table[name], LABELS) for name in ("from", "to"))
        revived = coded(table["cause"], some("cause", "sentence")) == 0
        out = {}
        for number, name in enumerate(EVENTS):
            rows = np.flatnonzero(kind == number)
            rows = rows[np.lexsort((rows, day[rows], person[rows]))]
            out[name] = Events(person[rows], day[rows], before[rows], after[rows], revived[rows])
        return out

    def upcoming(self, places: Iterable[str], person: NDArray[np.int64], day: Days) -> Days:
        """Return the day on which each person's next spell in one of some places starts, on or after a day."""
        rows = np.isin(self.spells.place, code(PLACES, *places))
        return upcoming(self.spells.person[rows], self.spells.start[rows], person, day)

    @cached_property
    def died(self) -> Days:
        """Day of each person's death; `NEVER` for the living."""
        out = np.full(self.people.num_rows, NEVER)
        dead = self.spells.destination == PLACES.index("dead")
        out[self.spells.person[dead]] = self.spells.end[dead]
        return out

    @cached_property
    def gone(self) -> Days:
        """Last day on which each person left England or the caseload; `NEVER` for who didn't, or came back and stayed."""
        spells = self.spells
        out = np.full(self.people.num_rows, NEVER)
        final = np.append(spells.person[1:] != spells.person[:-1], True) if len(spells.person) else spells.follows
        left = final & (spells.destination == PLACES.index("left"))
        out[spells.person[left]] = spells.end[left]
        return out

    @cached_property
    def convictions(self) -> tuple[NDArray[np.int64], Days]:
        """Person and day of each conviction, grave or not, in order."""
        both = [self.events[name] for name in ("reconviction", "grave offence")]
        person, day = np.concatenate([e.person for e in both]), np.concatenate([e.day for e in both])
        order = np.lexsort((day, person))
        return person[order], day[order]

    @cached_property
    def transfers(self) -> tuple[Days, dict[str, NDArray[np.int64]]]:
        """Day of each admission from prison to a secure tier or PICU, and its waits by clock; -1 where a clock didn't run."""
        clocks = ("clinical", "ministry", "statutory")
        table = self.run.table("spells", columns=["start", *(f"wait_{clock}" for clock in clocks)])
        moved = self._transferred
        return days(table["start"])[moved], {clock: numbers(table[f"wait_{clock}"])[moved] for clock in clocks}

    @cached_property
    def transfer_areas(self) -> NDArray[np.int64]:
        """Number of the home area of each of `transfers`."""
        return labelled(self.run.table("spells", columns=["area"])["area"])[self._transferred]

    @cached_property
    def _transferred(self) -> Flags:
        """Whether each row of the table of spells is an admission from prison to a secure tier or PICU."""
        table = self.run.table("spells", columns=["place", "source", "start"])
        moved = np.isin(coded(table["place"], PLACES), code(PLACES, *TIERS)) & (days(table["start"]) >= self.start)
        return np.asarray(moved & np.isin(coded(table["source"], PLACES), code(PLACES, *PRISON)))

    @cached_property
    def _daily(self) -> pa.Table:
        table = self.run.table("daily", columns=["day", "tier", "occupied"])
        return table.group_by(["day", "tier"], use_threads=False).aggregate([("occupied", "sum")])

    def occupied(self, window: Window) -> dict[str, float]:
        """Return the mean number of occupied beds over the days of a window, by tier."""
        day = days(self._daily["day"])
        tier, beds = coded(self._daily["tier"], TIERS), numbers(self._daily["occupied_sum"])
        inside = (day >= window.first) & (day < window.after)
        span = max(window.after - window.first, 1)
        return {name: float(beds[inside & (tier == k)].sum()) / span for k, name in enumerate(TIERS)}

    @cached_property
    def _ledger(self) -> pa.Table:
        table = self.run.table("ledger", columns=["year", "spend", "pence"])
        return table.group_by(["year", "spend"], use_threads=False).aggregate([("pence", "sum")])

    def spent(self, window: Window, what: Sequence[str]) -> float:
        """Return the money that was spent on some things in the years of a window [£]."""
        year, spend = numbers(self._ledger["year"]), coded(self._ledger["spend"], what)
        inside = (year >= window.first_year) & (year < window.first_year + window.years) & (spend >= 0)
        return float(numbers(self._ledger["pence_sum"])[inside].sum()) / 100

    @cached_property
    def _population(self) -> pa.Table:
        return self.run.table("population")

    def _inside(self, window: Window) -> pa.Table:
        year = numbers(self._population["year"])
        return self._population.filter(
            pa.array((year >= window.first_year) & (year < window.first_year + window.years))
        )

    def population(self, window: Window) -> dict[str, float]:
        """Return the sums over the years of a window of what is counted in all of England, and the number of `years`."""
        table = self._inside(window)
        names = ("alive", "ill", "remand", "sentenced", "deaths", "births", "receptions")
        sums = {name: float(numbers(table[name]).sum()) for name in names}
        return sums | {"years": float(len(np.unique(numbers(table["year"]))))}

    def mortality(self, window: Window, sex: str) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return deaths and person-years of a sex by five-year age band, over the years of a window."""
        table = self._inside(window)
        band, mine = coded(table["age_band"], AGES), coded(table["sex"], (sex,)) == 0
        counts = [numbers(table[name])[mine] for name in ("deaths", "person_days")]
        deaths, lived = (np.bincount(band[mine], weights=c, minlength=len(AGES)) for c in counts)
        return deaths.astype(float), lived.astype(float) / 365.25

    def legal_at(self, person: NDArray[np.int64], day: Days, *, before: bool = False) -> NDArray[np.int8]:
        """Return the code of each person's legal status at the end of a day, or before anything happened on it.

        From the last change up to then; else from the next change, which says what was before; else it never changed in
        the run, and is the one at the end of the spell, not the one at its start, which may lie before the run.
        """
        changes, spells = self.events["status"], self.spells
        row = latest(changes.person, changes.day, person, day - 1 if before else day)
        out = np.full(len(person), LEGAL.index("none"), np.int8)
        spell = latest(spells.person, spells.start, person, day)
        known = spell >= 0
        out[known] = spells.legal_end[spell[known]]
        following = upcoming_row(changes.person, changes.day, person, day + (not before))
        out[following >= 0] = changes.before[following[following >= 0]]
        out[row >= 0] = changes.after[row[row >= 0]]
        return out

    @staticmethod
    def resident(stays: Stays, day: int) -> Flags:
        """Say of each stay whether it covers a day."""
        return np.asarray((stays.start <= day) & (stays.end > day))

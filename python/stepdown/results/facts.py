"""Facts: the tables from which indicators are summed, derived from the files of a run alone.

A table of facts has one row for each admission, departure, patient-year, event, ward-year or sum of money, with its year, its area,
the groups by which it can be split, and its measures as numbers (missing where they do not apply).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from stepdown.errors import InvariantError
from stepdown.evidence.staffing import ROLES, SETTINGS, TEAMS, staffing, vacancies
from stepdown.vocabulary import AWOL, COMMUNITY, HOSPITAL, LEGAL, PLACES, PRISON, SECURE, TIERS, some

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from numpy.typing import NDArray

    Numbers = NDArray[np.int64]

    from stepdown.results.run import Results

__all__ = ["FACTS", "FactTables"]

BEDS = some(
    "spend",
    "high secure bed",
    "medium secure bed",
    "low secure bed",
    "PICU bed",
    "acute bed",
    "rehabilitation bed",
    "spot purchase",
)
"""What money for beds is spent on."""
EVENTS = some(
    "event",
    "charge",
    "reconviction",
    "grave offence",
    "unwell",
    "recall",
    "abscond",
    "assault",
    "death",
    "suicide",
)
"""Events that are counted."""
WAITING = some("stage", "identified", "referred", "accepted", "bed held", "reported", "warranted")
"""Stages of a prisoner whose need for hospital is identified and who isn't there yet."""
LIVED_IN = tuple(place for place in PLACES if place not in some("place", "dead", "left"))
"""Places where people on the pathway live."""
CLOCKS = ("wait_clinical", "wait_ministry", "wait_statutory")
LIMITS = (14, 28)
"""Days within which a prisoner is to be transferred: Bradley's and the Mental Health Act 2025's [d]."""

EPOCH = 25_567
"""Days from 1 January 1900 to 1 January 1970 [d]."""


def financial_year(days: NDArray[np.int64]) -> NDArray[np.int32]:
    """Return the financial year of each day.

    Parameters
    ----------
    days
        Days since 1 January 1970.

    Examples
    --------
    >>> financial_year(np.array([20178, 20179]))  # 31 March and 1 April 2025
    array([2024, 2025], dtype=int32)
    """
    months = days.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64)
    return ((months - 3) // 12 + 1970).astype(np.int32)


def first_day(year: int) -> int:
    """Return 1 April of a year, in days since 1 January 1970."""
    return int(np.datetime64(f"{year}-04-01", "D").astype(np.int64))


def is_in(column: pa.ChunkedArray, words: Iterable[str]) -> pa.ChunkedArray:
    """Say of each row whether it is one of the words; what is missing is none."""
    return pc.is_in(column.cast(pa.string()), value_set=pa.array(list(words), pa.string()))


def _days(column: pa.ChunkedArray) -> NDArray[np.int64]:
    """Return a column of dates as days since 1 January 1970."""
    return np.asarray(column.cast(pa.int32()).to_numpy(), dtype=np.int64)


_SPAN = 1 << 20
"""More than any day: the row of a person times this, plus a day, sorts by person and day."""


def _statuses(column: pa.ChunkedArray) -> NDArray[np.int64]:
    """Return legal statuses by their codes; what is missing or no status is -1."""
    rows = pc.index_in(column.cast(pa.string()), pa.array(LEGAL, pa.string()))
    return np.asarray(pc.fill_null(rows, -1).to_numpy(), dtype=np.int64)


@dataclass(frozen=True)
class Changes:
    """Changes of legal status, in order of person and day.

    Attributes
    ----------
    key
        Row of the person and day, as one number.
    person, day
        The same, apart.
    before, after
        Codes of the legal statuses.
    """

    key: Numbers
    person: Numbers
    day: Numbers
    before: Numbers
    after: Numbers

    def at(self, person: Numbers, day: Numbers) -> Numbers:
        """Return the number of changes, of all people, that come before each person's day."""
        return np.searchsorted(self.key, person * _SPAN + day, side="left")

    def on_morning(self, person: Numbers, day: Numbers, otherwise: Numbers) -> Numbers:
        """Return each person's status on the morning of a day: before anything happened on it; `otherwise` if it never changed."""
        out, at = otherwise.copy(), self.at(person, day)
        for rows, status in ((at - 1, self.after), (at, self.before)):
            inside = (rows >= 0) & (rows < len(self.person))
            mine = inside & (self.person[np.where(inside, rows, 0)] == person) if len(self.person) else inside & False
            out[mine] = status[rows[mine]]
        return out


def _ones(rows: int) -> pa.Array:
    return pa.array(np.ones(rows))


def _flag(column: pa.ChunkedArray) -> pa.ChunkedArray:
    return (
        column.cast(pa.float64())
        if not pa.types.is_boolean(column.type)
        else column.cast(pa.uint8()).cast(pa.float64())
    )


class FactTables:
    """The tables of a run, as far as several kinds of facts need them."""

    def __init__(self, run: Results) -> None:
        self.run = run
        self.start = run.start_day - EPOCH
        self.end = run.end_day - EPOCH
        self.years = range(run.first_year, run.last_year + 1)

    def days_of(self, year: int) -> tuple[int, int]:
        """Return the first reported day of a year and the day after its last."""
        return max(first_day(year), self.start), min(first_day(year + 1), self.end)

    @cached_property
    def people(self) -> pa.Table:
        """Everyone on the pathway, in order of identity: person, sex, ethnicity, diagnosis."""
        table = self.run.table("people", columns=["person", "sex", "ethnicity", "primary"])
        table = table.rename_columns(["person", "sex", "ethnicity", "diagnosis"])
        return table.take(pc.sort_indices(table, sort_keys=[("person", "ascending")])).combine_chunks()

    def rank(self, person: pa.ChunkedArray) -> NDArray[np.int64]:
        """Return the row of each person in `people`."""
        known: NDArray[np.int64] = self.people["person"].to_numpy()
        asked: NDArray[np.int64] = person.to_numpy()
        rows = np.searchsorted(known, asked).astype(np.int64)
        strangers = (
            asked[(rows == len(known)) | (known[np.minimum(rows, len(known) - 1)] != asked)] if len(known) else asked
        )
        if len(strangers):
            message = f"person {strangers[0]} has rows on the pathway, but none in the table of people"
            raise InvariantError(message)
        return rows

    def about(self, facts: pa.Table) -> pa.Table:
        """Add sex, ethnicity and diagnosis of each fact's person."""
        rows = self.people.take(pa.array(self.rank(facts["person"])))
        for name in ("sex", "ethnicity", "diagnosis"):
            facts = facts.append_column(name, rows[name])
        return facts

    @cached_property
    def spells(self) -> pa.Table:
        """Spells in hospital, with their first day and the day after their last as days since 1970."""
        spells = self.run.table("spells")
        spells = self.about(spells.filter(is_in(spells["place"], HOSPITAL)))
        names = {"place": "tier", "legal": "legal status"}
        return spells.rename_columns([names.get(name, name) for name in spells.column_names])

    @cached_property
    def changes(self) -> Changes:
        """Every change of legal status in the run."""
        table = self.run.table("events", columns=["person", "day", "from", "to"], events=["status"])
        person, day = self.rank(table["person"]), _days(table["day"])
        order = np.lexsort((day, person))
        before, after = (_statuses(table[name])[order] for name in ("from", "to"))
        person, day = person[order], day[order]
        return Changes(person * _SPAN + day, person, day, before, after)

    @cached_property
    def admissions(self) -> pa.Table:
        """Spells in a secure tier or PICU that began in the run, from outside these."""
        spells = self.spells
        inside = is_in(spells["source"], (*TIERS, *AWOL))
        began = pc.and_(pc.is_valid(spells["source"]), pa.array(_days(spells["start"]) >= self.start))
        out = spells.filter(pc.and_(is_in(spells["tier"], TIERS), pc.and_not(began, inside)))
        out = out.append_column("year", pa.array(financial_year(_days(out["start"]))))
        out = out.append_column("one", _ones(out.num_rows))
        for clock in CLOCKS:
            for limit in LIMITS:
                out = out.append_column(f"{clock}_{limit}", _flag(pc.less_equal(out[clock], limit)))
        return out

    @cached_property
    def departures(self) -> pa.Table:
        """Spells in a secure tier or PICU that ended in the run; going absent is not leaving."""
        spells = self.spells
        ended = pc.and_not(pc.is_valid(spells["destination"]), is_in(spells["destination"], AWOL))
        # Who is moved because a ward closes goes on with the stay.
        ended = pc.and_not(ended, is_in(spells["ending"], some("ending", "ward closed")))
        out = spells.filter(pc.and_(is_in(spells["tier"], TIERS), ended))
        start, end = _days(out["start"]), _days(out["end"])
        status = self.changes.on_morning(self.rank(out["person"]), end, _statuses(out["legal_end"]))
        out = out.set_column(
            out.column_names.index("legal status"), "legal status", pa.array(LEGAL).take(pa.array(status))
        )
        out = out.append_column("year", pa.array(financial_year(end)))
        out = out.append_column("one", _ones(out.num_rows))
        days = pc.subtract(out["end"].cast(pa.int32()), out["start"].cast(pa.int32()))
        out = out.append_column("days", days)
        out = out.append_column("over_5_years", pa.array((end - start > 5 * 365.25).astype(float)))
        out = out.append_column("delayed", _flag(pc.greater(out["ready_days"], 0)))
        out = out.append_column("remission", _flag(is_in(out["ending"], ("remission",))))
        out = out.append_column("death", _flag(is_in(out["ending"], ("death",))))
        left = {"provider_days": ("provider_start", HOSPITAL), "secure_days": ("secure_start", TIERS)}
        for name, (since, inside) in left.items():
            spent = pc.subtract(out["end"].cast(pa.int32()), out[since].cast(pa.int32()))
            out = out.append_column(name, pc.if_else(is_in(out["destination"], inside), None, spent))
        return out

    def followed_by(self, after: pa.Table, days: int, person: pa.ChunkedArray, when: NDArray[np.int64]) -> pa.Array:
        """Say of each departure whether something happened to that person within `days`; missing if not followed so long."""
        happened = np.sort(self.rank(person) * _SPAN + when)
        day = _days(after["end"])
        asked = self.rank(after["person"]) * _SPAN + day
        count = np.searchsorted(happened, asked + days, side="right") - np.searchsorted(happened, asked, side="left")
        return pa.array((count > 0).astype(float), mask=day + days >= self.end)


def _ends(world: FactTables, spells: pa.Table) -> Numbers:
    """Return the day after the last of each spell; that of the run for an open one, whose row names the day of the report."""
    return np.where(pc.is_null(spells["destination"]).to_numpy(), world.end, _days(spells["end"]))


def admissions(world: FactTables) -> pa.Table:
    """Return a row per admission."""
    out = world.admissions
    for name in ("out_of_area", "spot"):
        out = out.set_column(out.column_names.index(name), name, _flag(out[name]))
    return out


def transfers(world: FactTables) -> pa.Table:
    """Return a row per admission from prison, with its waits."""
    return world.admissions.filter(is_in(world.admissions["source"], PRISON))


def elsewhere(world: FactTables) -> pa.Table:
    """Return a row per admission from elsewhere than prison."""
    return world.admissions.filter(pc.invert(is_in(world.admissions["source"], PRISON)))


def departures(world: FactTables) -> pa.Table:
    """Return a row per stay that ended."""
    return world.departures


def discharges(world: FactTables) -> pa.Table:
    """Return a row per discharge from a secure tier to the community, with what followed."""
    out = world.departures
    out = out.filter(pc.and_(is_in(out["tier"], SECURE), is_in(out["destination"], COMMUNITY)))
    back = world.spells.filter(is_in(world.spells["tier"], SECURE))
    for years in (1, 2):
        followed = world.followed_by(out, 365 * years, back["person"], _days(back["start"]))
        out = out.append_column(f"readmitted_{years}", followed)
    convicted = world.run.table("events", columns=["person", "day"], events=["reconviction", "grave offence"])
    followed = world.followed_by(out, 730, convicted["person"], _days(convicted["day"]))
    return out.append_column("reconvicted_2", followed)


def residence(world: FactTables) -> pa.Table:
    """Return a row per year, spell in hospital and legal status in it, with the share of the year."""
    spells = world.spells.select(["area", "tier", "sex", "ethnicity", "diagnosis"])
    person, changes = world.rank(world.spells["person"]), world.changes
    first, after = _days(world.spells["start"]), _ends(world, world.spells)
    # A spell has a part for each status that it is lived under: one, and one more for each change in it.
    at = changes.at(person, first)
    count = changes.at(person, after) - at
    spell = np.repeat(np.arange(len(person)), count + 1)
    part = np.arange(len(spell)) - np.repeat(np.cumsum(count + 1) - (count + 1), count + 1)
    before, last = at[spell] + part - 1, part == count[spell]
    start, end = first[spell], after[spell]
    start[part > 0] = changes.day[before[part > 0]]
    end[~last] = changes.day[before[~last] + 1]
    status = changes.on_morning(person, first, _statuses(world.spells["legal_end"]))[spell]
    status[part > 0] = changes.after[before[part > 0]]
    parts = []
    for year in world.years:
        opened, closed = world.days_of(year)
        inside = np.minimum(end, closed) - np.maximum(start, opened)
        here = inside > 0
        lived = spells.take(pa.array(spell[here]))
        lived = lived.append_column("legal status", pa.array(LEGAL).take(pa.array(status[here])))
        lived = lived.append_column("year", pa.array(np.full(lived.num_rows, year, np.int32)))
        parts.append(lived.append_column("people", pa.array(inside[here] / (closed - opened))))
    return pa.concat_tables(parts)


def lived(world: FactTables) -> pa.Table:
    """Return a row per year, area and place: days that people on the pathway lived there, and their years in all places together."""
    spells = world.run.table("spells", columns=["place", "area", "start", "end", "destination"])
    areas = pc.unique(spells["area"].cast(pa.string())).sort()
    place, area = (
        pc.index_in(spells[name].cast(pa.string()), words).to_numpy().astype(np.int64)
        for name, words in (("place", pa.array(LIVED_IN)), ("area", areas))
    )
    start, end = _days(spells["start"]), _ends(world, spells)
    count, parts = len(areas) * len(LIVED_IN), []
    for year in world.years:
        first, after = world.days_of(year)
        inside = np.maximum(np.minimum(end, after) - np.maximum(start, first), 0)
        days = np.bincount(area * len(LIVED_IN) + place, weights=inside, minlength=count)
        people = days.reshape(len(areas), len(LIVED_IN)).sum(axis=1) / (after - first)
        parts.append(
            pa.table(
                {
                    "year": pa.array(np.full(count, year, np.int32)),
                    "area": areas.take(pa.array(np.repeat(np.arange(len(areas)), len(LIVED_IN)))),
                    "place": pa.array(LIVED_IN).take(pa.array(np.tile(np.arange(len(LIVED_IN)), len(areas)))),
                    "days": pa.array(days),
                    "mean": pa.array(days / (after - first)),
                    "people": pa.array(np.repeat(people, len(LIVED_IN))),
                }
            )
        )
    return pa.concat_tables(parts)


def custody_deaths(world: FactTables) -> pa.Table:
    """Return a row per death in prison of somebody on the pathway, with whether the person waited for hospital."""
    spells = world.run.table("spells", columns=["person", "place", "area", "end", "ending"])
    out = spells.filter(pc.and_(is_in(spells["place"], PRISON), is_in(spells["ending"], some("ending", "death"))))
    out = world.about(out)
    stages = world.run.table("events", columns=["person", "day", "to"], events=some("event", "stage"))
    stages = stages.filter(pc.is_in(stages["person"], value_set=pc.unique(out["person"])))
    person, day = world.rank(stages["person"]), _days(stages["day"])
    order = np.lexsort((day, person))
    # The stage that was last before the death, or on its day: nobody has a stage after it.
    last = np.searchsorted(person[order], world.rank(out["person"]), side="right") - 1
    known = last >= 0
    known[known] = person[order][last[known]] == world.rank(out["person"])[known]
    there = np.zeros(out.num_rows, np.bool_)
    there[known] = is_in(stages["to"], WAITING).to_numpy()[order][last[known]]
    out = out.append_column("year", pa.array(financial_year(_days(out["end"]))))
    out = out.append_column("one", _ones(out.num_rows))
    return out.append_column("waiting", pa.array(there.astype(float)))


def events(world: FactTables) -> pa.Table:
    """Return a row per event that is counted."""
    out = world.run.table("events", columns=["person", "day", "event", "area"], events=EVENTS)
    out = world.about(out)
    kind = out["event"].cast(pa.string())
    for event in EVENTS:
        out = out.append_column(event, _flag(pc.equal(kind, event)))
    return out.append_column("year", pa.array(financial_year(_days(out["day"]))))


def wards(world: FactTables) -> pa.Table:
    """Return a row per year, commissioner, tier and sex: means over the days of the year, and bed-days."""
    daily = world.run.table("daily")
    daily = daily.append_column("year", pa.array(financial_year(_days(daily["day"]))))
    keys = ["year", "commissioner", "tier", "sex"]
    measures = [name for name in daily.column_names if name not in (*keys, "day")]
    out = daily.group_by(keys, use_threads=False).aggregate([(name, "sum") for name in measures])
    out = out.append_column("bed_days", out["beds_sum"]).append_column("occupied_days", out["occupied_sum"])
    span = {year: after - first for year in world.years for first, after in [world.days_of(year)]}
    days = pa.array([float(span[year]) for year in out["year"].to_pylist()])
    for name in measures:
        out = out.append_column(name, pc.divide(out[f"{name}_sum"].cast(pa.float64()), days))
    return out


PLACES_AND_TEAMS = (
    "supported", "picu", "acute", "open_rehabilitation", "locked_rehabilitation", "forensic_team", "mainstream_team",
)  # fmt: skip
"""What an area has, open and taken."""


def areas(world: FactTables) -> pa.Table:
    """Return a row per year and area: means over the days of the year of who waits, and of places and teams open, taken and free."""
    daily = world.run.table("areas")
    daily = daily.append_column("year", pa.array(financial_year(_days(daily["day"]))))
    for name in PLACES_AND_TEAMS:
        # Where more are there than is open, as after places were closed, nothing is free.
        free = pc.max_element_wise(pc.subtract(daily[name], daily[f"{name}_taken"]), pa.scalar(0, pa.int32()))
        daily = daily.append_column(f"{name}_free", free)
    keys = ["year", "area"]
    measures = [name for name in daily.column_names if name not in (*keys, "day")]
    out = daily.group_by(keys, use_threads=False).aggregate([(name, "sum") for name in measures])
    span = {year: after - first for year in world.years for first, after in [world.days_of(year)]}
    days = pa.array([float(span[year]) for year in out["year"].to_pylist()])
    for name in measures:
        out = out.append_column(name, pc.divide(out[f"{name}_sum"].cast(pa.float64()), days))
    return out


def money(world: FactTables) -> pa.Table:
    """Return a row per row of the ledger."""
    out = world.run.table("ledger").rename_columns({"payer_kind": "payer kind"})
    out = out.append_column("pounds", pc.divide(out["pence"].cast(pa.float64()), 100.0))
    return out.append_column("qalys", pc.divide(out["micro_qaly"].cast(pa.float64()), 1e6))


def care(world: FactTables) -> pa.Table:
    """Return the ledger of health and aftercare."""
    out = money(world)
    out = out.filter(pc.invert(is_in(out["payer kind"], ("justice", "society"))))
    return out.append_column("outside_beds", pc.if_else(is_in(out["spend"], BEDS), 0.0, out["pounds"]))


def budgets(world: FactTables) -> pa.Table:
    """Return a row per quarter and payer with a budget."""
    out = world.run.table("budgets", columns=["year", "payer_kind", "bound"]).rename_columns(
        ["year", "payer kind", "bound"]
    )
    return out.set_column(2, "bound", _flag(out["bound"]))


def refusals(world: FactTables) -> pa.Table:
    """Return a row per year, payer and person whom it refused something for want of money."""
    out = world.run.table("refusals", columns=["year", "payer", "payer_kind", "person", "area"])
    out = out.filter(pc.is_valid(out["person"])).rename_columns(["year", "payer", "payer kind", "person", "area"])
    for name in ("payer", "payer kind", "area"):
        out = out.set_column(out.column_names.index(name), name, out[name].cast(pa.string()))
    out = out.group_by(out.column_names, use_threads=False).aggregate([])
    return out.append_column("one", _ones(out.num_rows))


def gaming(world: FactTables) -> pa.Table:
    """Return a row per year, commissioner and tier: decisions that money has moved, and who moved on early and came back, in people."""
    out = world.run.table("gaming")
    for name in ("moved", "early", "refused", "coded_up"):
        people = pc.divide(out[name].cast(pa.float64()), 1e6)
        out = out.set_column(out.column_names.index(name), name, people)
    return out


def population(world: FactTables) -> pa.Table:
    """Return a row per year, area, sex and age band."""
    out = world.run.table("population")
    return out.append_column("prison", pc.add(out["remand"], out["sentenced"]))


def staff(world: FactTables) -> pa.Table:
    """Return a row per year, area and setting: staff whom those who are there need, by role, and how many of these posts are vacant."""
    people: dict[tuple[int, str, str], float] = {}
    there = lived(world)
    for year, area, place, mean in zip(
        *(there[name].to_pylist() for name in ("year", "area", "place", "mean")), strict=True
    ):
        people[year, area, place] = mean
    teams = areas(world)
    for team in TEAMS:
        taken = teams[f"{team.replace(' ', '_')}_taken"].to_pylist()
        for year, area, mean in zip(
            teams["year"].to_pylist(), teams["area"].cast(pa.string()).to_pylist(), taken, strict=True
        ):
            people[year, area, team] = mean
    keys = [key for key in people if key[2] in SETTINGS]
    needed, vacant = staffing(), vacancies()
    columns: dict[str, list[float]] = {role: [people[key] * needed[key[2]][role] for key in keys] for role in ROLES}
    columns |= {f"{role} vacant": [posts * share for posts in columns[role]] for role, share in vacant.items()}
    columns["all"] = [sum(posts) for posts in zip(*(columns[role] for role in ROLES), strict=True)]
    names = {
        "year": pa.array([key[0] for key in keys], pa.int32()),
        "area": [key[1] for key in keys],
        "setting": [key[2] for key in keys],
    }
    return pa.table({**names, **columns})


def wellbeing(world: FactTables) -> pa.Table:
    """Return a row per year, area, sex and place: how people on the pathway live on the year's last day."""
    out = world.run.table("wellbeing")
    outside = pc.if_else(is_in(out["place"], COMMUNITY), out["people"], pa.scalar(0, pa.int64()))
    out = out.append_column("outside", outside)
    for name in ("employed", "settled"):
        there = pc.if_else(pc.greater(outside, 0), out[name], pa.scalar(0, pa.int64()))
        out = out.set_column(out.column_names.index(name), name, there)
    return out.set_column(out.column_names.index("hope"), "hope", pc.divide(out["hope"].cast(pa.float64()), 1e6))


FACTS: dict[str, Callable[[FactTables], pa.Table]] = {
    f.__name__: f
    for f in (
        admissions,
        transfers,
        elsewhere,
        residence,
        lived,
        departures,
        discharges,
        events,
        custody_deaths,
        wards,
        areas,
        money,
        care,
        budgets,
        refusals,
        gaming,
        population,
        staff,
        wellbeing,
    )
}
"""Each kind of facts by name."""

"""Invariants of money: what tables say of contracts, goals, gaming and programmes, computed anew from other tables and the evidence.

What rests on parameters is checked only where the run was made from the evidence that is here; the rest of it always.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from stepdown.evidence import institutions, world
from stepdown.evidence import load as load_evidence
from stepdown.results.checking import span_of, sums_by, whole_numbers, years_of
from stepdown.results.facts import EPOCH, is_in
from stepdown.vocabulary import AWOL, COMMUNITY, SECURE

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from stepdown.evidence import Evidence
    from stepdown.results.checking import Breaches
    from stepdown.results.run import Results

__all__ = ["contract_days", "gaming", "goal_levels", "programme_costs"]

BED_DAYS = tuple(f"{tier} bed" for tier in SECURE)
"""What is paid under contracts, as the ledger names it."""

GOALS = ("stay", "wait", "readmission", "recovery", "feedback")

MILLION = 1_000_000
"""Parts in which people and hope are counted."""

REHABILITATION = ("open rehabilitation", "locked rehabilitation")

BOUGHT = {
    "supported places": ("supported", "money.supported", "money.programme.place_cost"),
    "forensic teams": ("forensic_team", "money.forensic", "money.programme.forensic_cost"),
    "mainstream teams": ("mainstream_team", "money.mainstream", "money.programme.mainstream_cost"),
    "rehabilitation beds": ("open_rehabilitation", "money.rehab", "money.programme.bed_cost"),
}
"""What programmes buy: its column of the table of areas, and the ids of its price a day and of setting one up."""


def evidence_of(run: Results) -> Evidence | None:
    """Return the evidence that a run was made from, with its draw and what its scenario replaces; nothing if it isn't here."""
    if run.manifest["evidence"]["sha256"] != load_evidence().digest:
        return None
    scenario = run.scenario
    name, draw = scenario.get("world", "2024"), scenario.get("draw", 0)
    if not draw:
        return world.load(name).with_values(scenario.get("parameters", {}))
    # SciPy takes a moment to import.
    from stepdown.evidence.draws import drawn

    return world.over(drawn(load_evidence(), draw), name).with_values(scenario.get("parameters", {}))


def _words(column: pa.ChunkedArray) -> NDArray[np.object_]:
    return np.asarray(column.cast(pa.string()).to_pylist(), dtype=object)


class Stays:
    """Days in the beds of secure units, by spell."""

    def __init__(self, run: Results) -> None:
        places = institutions.load()
        holder = {unit.name: places.commissioners[unit.commissioner].name for unit in places.units}
        names = ["person", "place", "unit", "start", "end", "ending", "destination", "spot"]
        table = run.table("spells", columns=names)
        self.absent = table.filter(is_in(table["place"], AWOL))
        table = table.filter(pc.and_(is_in(table["place"], SECURE), pc.is_valid(table["unit"])))
        self.tier, self.unit = _words(table["place"]), _words(table["unit"])
        self.holder = np.array([holder.get(unit) for unit in self.unit], dtype=object)
        self.destination = _words(table["destination"])
        self.start, self.end = self._days(run, table)
        self.spot = np.asarray(table["spot"].to_numpy(), dtype=bool)
        person = np.asarray(table["person"].to_numpy(), dtype=np.int64)
        relocated = np.isin(person, person[is_in(table["ending"], ("ward closed",)).to_numpy()])
        self.relocated = set(self.unit[relocated])

    @staticmethod
    def _days(run: Results, table: pa.Table) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        still = is_in(table["ending"], ("open",)).to_numpy()
        end = np.where(still, run.end_day - EPOCH, whole_numbers(table, "end"))
        return whole_numbers(table, "start"), end

    def inside(self, run: Results, year: int) -> NDArray[np.int64]:
        """Return the days of each spell in a year."""
        first, after = span_of(run, year)
        days: NDArray[np.int64] = np.maximum(np.minimum(self.end, after) - np.maximum(self.start, first), 0)
        return days

    def onward(self) -> NDArray[np.bool_]:
        """Say of each spell whether it ended with a move to a lower tier, a rehabilitation ward or the community."""
        level = {tier: k for k, tier in enumerate(SECURE)}
        lower = [level.get(to, -1) > level[tier] for to, tier in zip(self.destination, self.tier, strict=True)]
        out = [to in (*COMMUNITY, *REHABILITATION) for to in self.destination]
        found: NDArray[np.bool_] = np.array(out, dtype=bool) | np.array(lower, dtype=bool)
        return found

    def away(self, run: Results, year: int) -> int:
        """Return all days of absence without leave in a year, in which a bed may have been kept."""
        start, end = self._days(run, self.absent)
        first, after = span_of(run, year)
        return int(np.maximum(np.minimum(end, after) - np.maximum(start, first), 0).sum())


def contract_days(run: Results) -> Breaches:
    """Check open and occupied days, what was paid and what was saved, of each commissioner's contract: against spells, days, ledger and accounts."""
    rows, stays = run.table("contracts").to_pylist(), Stays(run)
    ledger, loaded = run.table("ledger"), evidence_of(run)
    by_year = sums_by(ledger.filter(is_in(ledger["spend"], (*BED_DAYS, "withheld"))), ("year",))
    works = sums_by(ledger.filter(is_in(ledger["spend"], ("opening and closing",))), ("year", "payer"))
    beds = _open_beds(run)
    references: dict[str, set[int]] = {}
    for year in years_of(run):
        inside, away = stays.inside(run, year), stays.away(run, year)
        first, after = span_of(run, year)
        mine = [row for row in rows if row["year"] == year]
        if (paid := sum(row["paid"] for row in mine)) != by_year.get((year,), 0):
            yield "contracts.parquet", f"{year}: {paid} pence were paid; the ledger says {by_year.get((year,), 0)}"
        for row in mine:
            who = row["commissioner"]
            words = f"{year}, {who}"
            if row["wards"] != works.get((year, who), 0):
                found = works.get((year, who), 0)
                yield "contracts.parquet", f"{words}: wards is {row['wards']}; the ledger says {found}"
            held = (stays.holder == who) & ~stays.spot
            days = {tier: int(inside[held & (stays.tier == tier)].sum()) for tier in SECURE}
            kept = row["occupied_days"] - sum(days.values())
            if not 0 <= kept <= away:
                said = f"occupied_days is {row['occupied_days']}; the spells give {sum(days.values())}"
                yield "contracts.parquet", f"{words}: {said}, and at most {away} for beds that are kept"
            open_days = sum(beds.get((year, who, tier), 0) for tier in SECURE)
            if row["open_days"] < open_days:
                yield "contracts.parquet", f"{words}: open_days is {row['open_days']}; the days say {open_days}"
            reference = row["cash_released"] + row["paid"]
            references.setdefault(who, set()).add(reference // (after - first))
            if reference % (after - first) or len(references[who]) > 1:
                said = f"cash_released and paid come to {reference}"
                yield "contracts.parquet", f"{words}: {said}, which is not the same for each day of the run"
            if loaded is not None:
                pence = [100 * loaded.value(f"money.{tier.split()[0]}") for tier in SECURE]
                value = reference - row["notional_saving"]
                known = sum(each * days[tier] for each, tier in zip(pence, SECURE, strict=True))
                slack = 0.0 if all(each == round(each) for each in pence) else 0.5 * row["occupied_days"]
                if not min(pence) * kept - slack <= value - known <= max(pence) * kept + slack:
                    said = f"notional_saving makes the occupied days worth {value} pence; at their price they are {known:.0f}"
                    yield "contracts.parquet", f"{words}: {said} and {kept} days for beds that are kept"
        if loaded is not None:
            yield from _fixed_cost(run, year, loaded, mine, beds)


def _open_beds(run: Results) -> dict[tuple[Any, ...], int]:
    """Return the days of open secure beds, by year, commissioner and tier."""
    table = run.table("daily", columns=["day", "commissioner", "tier", "beds"])
    table = table.filter(is_in(table["tier"], SECURE))
    day = whole_numbers(table, "day")
    starts = np.array([span_of(run, year)[0] for year in years_of(run)])
    year = run.first_year + np.searchsorted(starts, day, side="right") - 1
    return sums_by(table.append_column("year", pa.array(year)), ("year", "commissioner", "tier"), "beds")


def _fixed_cost(
    run: Results, year: int, loaded: Evidence, rows: list[dict[str, Any]], beds: Mapping[tuple[Any, ...], int]
) -> Breaches:
    """Check that providers spent what the open days cost: they are more than the beds of each day where a part of a ward is shut."""
    cost = {
        tier: 100
        * loaded.value("money.fixed_share")
        * loaded.value(f"money.norm.{name}")
        * loaded.value(f"money.{name}")
        for tier, name in ((tier, tier.split()[0]) for tier in SECURE)
    }
    books = run.table("accounts")
    books = books.filter(pc.and_(is_in(books["spend"], ("fixed cost",)), is_in(books["side"], ("spending",))))
    spent = sums_by(books, ("year",)).get((year,), 0)
    open_days = {tier: sum(n for key, n in beds.items() if key[0] == year and key[2] == tier) for tier in SECURE}
    shut = sum(row["open_days"] for row in rows) - sum(open_days.values())
    known = sum(cost[tier] * open_days[tier] for tier in SECURE)
    first, after = span_of(run, year)
    slack = 0.51 * (after - first) * len(institutions.load().units)
    if not min(cost.values()) * shut - slack <= spent - known <= max(cost.values()) * shut + slack:
        said = f"providers spent {spent} pence on open wards; the open_days of contracts come to"
        yield "contracts.parquet", f"{year}: {said} {known:.0f} and {shut} days of beds that are shut"


def goal_levels(run: Results) -> Breaches:
    """Check what goals measured against spells and well-being, and what they paid against their terms."""
    table = run.table("goals")
    if not table.num_rows:
        return
    stays, loaded = Stays(run), evidence_of(run)
    rows = {(row["year"], row["unit"], row["goal"]): row for row in table.to_pylist()}
    units = sorted({key[:2] for key in rows})
    if len(rows) != table.num_rows or len(rows) != len(units) * len(GOALS):
        yield (
            "goals.parquet",
            f"it has {table.num_rows} rows; expected one for each goal of {len(units)} units and years",
        )
        return
    onward = stays.onward()
    for year in sorted({year for year, _ in units}):
        first, after = span_of(run, year)
        left = onward & (stays.end >= first) & (stays.end < after)
        moved = {unit: int((left & (stays.unit == unit)).sum()) for y, unit in units if y == year}
        long = _long_days(stays, first, after, loaded) if loaded is not None else None
        for unit in moved:
            mine = {goal: rows[year, unit, goal] for goal in GOALS}
            words = f"{year}, {unit}"
            for goal in ("readmission", "recovery"):
                if mine[goal]["of"] != moved[unit]:
                    said = f"{mine[goal]['of']} moved on by {goal!r}; the spells say {moved[unit]}"
                    yield "goals.parquet", f"{words}: {said}"
            if mine["recovery"]["measured"] > mine["recovery"]["of"]:
                yield "goals.parquet", f"{words}: more have recovered than moved on"
            # Whoever is moved because a ward closes goes on with the stay, and spells don't say since when.
            if long is not None and unit not in stays.relocated:
                found = int(long[stays.unit == unit].sum())
                if mine["stay"]["measured"] != found:
                    said = f"the goal 'stay' measured {mine['stay']['measured']} long days; the spells say {found}"
                    yield "goals.parquet", f"{words}: {said}"
            if loaded is not None:
                yield from _terms(words, mine, loaded)
        yield from _sums_of_units(run, year, stays, rows)


def _long_days(stays: Stays, first: int, after: int, loaded: Evidence) -> NDArray[np.int64]:
    """Return the days of each spell in a year on which it was longer than the mark of its tier."""
    marks = {tier: loaded.value(f"money.goal.long.{tier.split()[0]}") for tier in SECURE}
    mark = np.array([int(marks[tier]) for tier in stays.tier], dtype=np.int64)
    days: NDArray[np.int64] = np.maximum(np.minimum(stays.end, after) - np.maximum(stays.start + mark + 1, first), 0)
    return days


def _terms(words: str, goals: Mapping[str, dict[str, Any]], loaded: Evidence) -> Breaches:
    """Check the money of a unit's goals: what depended on each by the weights, and what its level pays."""
    terms = {g: [loaded.value(f"money.goal.{g}.{name}") for name in ("weight", "threshold", "full")] for g in GOALS}
    weights, total = sum(weight for weight, _, _ in terms.values()), sum(row["at_risk"] for row in goals.values())
    for goal, row in goals.items():
        weight, threshold, full = terms[goal]
        part = total * weight / weights if weights > 0 else 0.0
        if abs(row["at_risk"] - part) > len(GOALS):
            said = f"{row['at_risk']} pence depended on the goal {goal!r}; by its weight, {part:.0f}"
            yield "goals.parquet", f"{words}: {said}"
        reached = 1.0
        if row["of"] > 0 and threshold != full:
            level = row["measured"] / row["of"] / (MILLION if goal == "feedback" else 1)
            reached = min(max((level - threshold) / (full - threshold), 0.0), 1.0)
        if abs(row["paid"] - row["at_risk"] * reached) > 1.0:
            said = f"the goal {goal!r} pays {row['paid']} pence; its level gives {row['at_risk'] * reached:.0f}"
            yield "goals.parquet", f"{words}: {said}"


def _sums_of_units(
    run: Results, year: int, stays: Stays, rows: Mapping[tuple[int, str, str], dict[str, Any]]
) -> Breaches:
    """Check feedback against well-being by tier, and bed-days against contracts by commissioner, where goals have all of their units."""
    inside = stays.inside(run, year)
    live = run.table("wellbeing").to_pylist()
    for tier in SECURE:
        told = [row for (y, _, goal), row in rows.items() if (y, goal, row["tier"]) == (year, "feedback", tier)]
        there = [row for row in live if (row["year"], row["place"]) == (year, tier)]
        if set(stays.unit[(stays.tier == tier) & (inside > 0)]) <= {row["unit"] for row in told}:
            for name, column in (("measured", "hope"), ("of", "people")):
                found, expected = (sum(row[key] for row in of) for of, key in ((told, name), (there, column)))
                if found != expected:
                    said = f"feedback in {tier} units has {name} {found}; {column} of wellbeing is {expected}"
                    yield "goals.parquet", f"{year}: {said}"
    if run.scenario.get("capacity") == "unlimited":
        return
    opened = run.table("wards", columns=["event"])
    whole = not pc.any(is_in(opened["event"], ("opened",))).as_py()
    for row in run.table("contracts").to_pylist():
        who = row["commissioner"]
        of = [r["of"] for (y, _, goal), r in rows.items() if (y, goal, r["commissioner"]) == (year, "stay", who)]
        if row["year"] == year and of and (sum(of) > row["open_days"] or (whole and sum(of) < row["open_days"])):
            said = f"{sum(of)} bed-days by the goal 'stay'; contracts say {row['open_days']}"
            yield "goals.parquet", f"{year}, {who}: {said}"


def gaming(run: Results) -> Breaches:
    """Check that decisions were moved only where something could move them: rows are expectations, and no other table has them."""
    table = run.table("gaming")
    rows = table.to_pylist()
    if len({(row["year"], row["commissioner"], row["tier"]) for row in rows}) != len(rows):
        yield "gaming.parquet", "a year, commissioner and tier is there twice"
    at_risk = set(zip(*(run.table("goals")[name].to_pylist() for name in ("year", "commissioner")), strict=True))
    days = {(row["year"], row["commissioner"]): row["occupied_days"] for row in run.table("contracts").to_pylist()}
    left = _moved_on(run)
    grouped = any(step["value"] for step in run.scenario.get("levers", {}).get("clustering", []))
    for row in rows:
        key = (row["year"], row["commissioner"])
        words = f"{key[0]}, {key[1]}, {row['tier']}"
        most = MILLION * (days.get(key, 0) + 1)
        if key not in at_risk and (row["moved"] or row["early"]):
            yield "gaming.parquet", f"{words}: decisions were moved by goals on which no income depended"
        if row["refused"] < 0 or row["coded_up"] < 0:
            yield "gaming.parquet", f"{words}: fewer than none were refused or coded up"
        if max(abs(row["moved"]), abs(row["early"]), row["coded_up"]) > most:
            yield "gaming.parquet", f"{words}: more was moved or coded up than a decision a day for each patient"
        if not 0 <= row["left_early"] <= (found := left.get((*key, row["tier"]), 0)):
            yield "gaming.parquet", f"{words}: {row['left_early']} moved on early; the spells have {found} who moved on"
        # Who comes back in the first year may have moved on before it.
        before = left.get((key[0] - 1, key[1], row["tier"]), 0) if key[0] > run.first_year else row["returned"]
        if not 0 <= row["returned"] <= found + before:
            yield "gaming.parquet", f"{words}: {row['returned']} came back; fewer had moved on"
        if row["coded_up"] and not grouped and not run.manifest["rules"] and not run.manifest["agents"]:
            yield "gaming.parquet", f"{words}: patients were coded up where no contract pays by need group"


def _moved_on(run: Results) -> dict[tuple[int, str, str], int]:
    """Return how many left units for a lower tier, a rehabilitation ward or the community, by year, holder of the unit and tier."""
    stays = Stays(run)
    onward = stays.onward()
    found: dict[tuple[int, str, str], int] = {}
    for year in years_of(run):
        first, after = span_of(run, year)
        left = onward & (stays.end >= first) & (stays.end < after)
        for who, tier in zip(stays.holder[left], stays.tier[left], strict=True):
            found[year, who, tier] = found.get((year, who, tier), 0) + 1
    return found


def programme_costs(run: Results) -> Breaches:
    """Check what programmes bought, opened and released against their prices, the days of areas, spells and the ledger."""
    table = run.table("programmes")
    if not table.num_rows:
        return
    loaded = evidence_of(run)
    everything = [row for row in table.to_pylist() if row["area"] is not None]
    rows = [row for row in everything if row["buys"] in BOUGHT]
    other = {(row["year"], row["area"]) for row in everything if row["buys"] not in BOUGHT}
    bids = {p["name"] for p in run.scenario.get("programmes", []) if p.get("where") == "bidding"}
    left, last = _left_secure_care(run), _last_days(run)
    bought: dict[tuple[str, str, str], int] = {}
    there: dict[tuple[int, str, str], list[int]] = {}
    set_up: dict[tuple[int, str], int] = {}
    for row in sorted(rows, key=lambda row: row["year"]):
        year, name, area, buys = (row[key] for key in ("year", "programme", "area", "buys"))
        words = f"{year}, {name}, {area}, {buys}"
        so_far = bought[name, area, buys] = bought.get((name, area, buys), 0) + row["bought"]
        set_up[year, area] = set_up.get((year, area), 0) + row["set_up"]
        sums = there.setdefault((year, area, buys), [0, 0])
        sums[0], sums[1] = sums[0] + row["open"], sums[1] + row["taken"]
        bid = row["promised"] != 0 or row["score"] != 0
        for wrong, what in (
            (row["open"] > so_far, f"{row['open']} are open; {so_far} were bought"),
            (
                row["moved"] > left.get((year, area), 0),
                f"{row['moved']} came; {left.get((year, area), 0)} left secure care",
            ),
            (bid and name not in bids, "it promised or scored something, and there was no bidding"),
            (row["score"] != 0 and row["promised"] == 0, "it has a score, and promised nothing"),
            (row["promised"] != 0 and row["bought"] == 0, "it promised something, and bought nothing"),
            (min(row["bought"], row["moved"], row["released"], row["promised"]) < 0, "something is below 0"),
        ):
            if wrong:
                yield "programmes.parquet", f"{words}: {what}"
        if loaded is not None:
            yield from _at_prices(words, row, loaded)
    for (year, area, buys), (open_, taken) in there.items():
        column = BOUGHT[buys][0]
        found = last[year].get(area, {})
        for word, mine, all_of in (
            ("open", open_, found.get(column, 0)),
            ("taken", taken, found.get(f"{column}_taken", 0)),
        ):
            if mine > all_of:
                said = f"{mine} {buys} of programmes are {word} at the year's close; the days of the area say {all_of}"
                yield "programmes.parquet", f"{year}, {area}: {said}"
    ledger = run.table("ledger")
    booked = sums_by(ledger.filter(is_in(ledger["spend"], ("set-up",))), ("year", "area"))
    for key in sorted({*booked, *set_up} - other):
        if booked.get(key, 0) != set_up.get(key, 0):
            said = f"setting up cost {set_up.get(key, 0)} pence; the ledger says {booked.get(key, 0)}"
            yield "programmes.parquet", f"{key[0]}, {key[1]}: {said}"


def _at_prices(words: str, row: Mapping[str, Any], loaded: Evidence) -> Breaches:
    """Check what a row has spent and released, at the prices of the evidence."""
    _, price, once = BOUGHT[row["buys"]]
    day, each = 100 * loaded.value(price), 100 * loaded.value(once)
    bed = max(100 * loaded.value(f"money.{tier.split()[0]}") for tier in SECURE)
    spent = row["spent"] - row["set_up"]
    slack = 1.0 + spent / day  # a penny for each booking, of a day or more
    for wrong, what in (
        (abs(row["set_up"] - each * row["bought"]) > 0.5 * row["bought"], f"setting up cost {row['set_up']} pence"),
        (day == round(day) and spent % day != 0, f"{spent} pence for days are no whole days at the price"),
        (
            row["released"] > spent / day * bed + slack,
            f"{row['released']} pence were released by {spent / day:.0f} days",
        ),
        (row["promised"] > 366 * bed * row["bought"] + 1, f"{row['bought']} places promised {row['promised']} pence"),
    ):
        if wrong:
            yield "programmes.parquet", f"{words}: {what}"


def _left_secure_care(run: Results) -> dict[tuple[int, str], int]:
    """Return how many left a secure bed for the community or rehabilitation, by year and area."""
    table = run.table("spells", columns=["place", "area", "end", "destination"])
    onward = is_in(table["destination"], (*COMMUNITY, *REHABILITATION))
    table = table.filter(pc.and_(is_in(table["place"], SECURE), onward))
    starts = np.array([span_of(run, year)[0] for year in years_of(run)])
    year = run.first_year + np.searchsorted(starts, whole_numbers(table, "end"), side="right") - 1
    table = table.append_column("year", pa.array(year)).append_column("one", pa.array(np.ones(len(year), np.int64)))
    return sums_by(table, ("year", "area"), "one")


def _last_days(run: Results) -> dict[int, dict[str, dict[str, Any]]]:
    """Return what areas have on the last day of each year."""
    table = run.table("areas")
    day = table["day"].cast(pa.int32())
    found = {}
    for year in years_of(run):
        last = table.filter(pc.equal(day, span_of(run, year)[1] - 1)).to_pylist()
        found[year] = {row["area"]: row for row in last}
    return found

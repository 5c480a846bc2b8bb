"""Invariants that the files of any run must satisfy, whoever wrote them. A check yields (file, finding) for each violation.

Sums are over whole tables, rows are counted from 0, and only the first row of each violation is reported.
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from stepdown.errors import CorruptError
from stepdown.evidence import institutions
from stepdown.evidence.population import population_plan
from stepdown.results import payments
from stepdown.results.checking import first_row, iso_day, span_of, sums_by, whole_numbers, years_of
from stepdown.results.facts import LIVED_IN, is_in
from stepdown.results.indicators import compute
from stepdown.results.layout import gap, misfit
from stepdown.results.manifest import of_another_version
from stepdown.results.run import TABLES, YEARLY, read_file
from stepdown.results.schema import schema
from stepdown.vocabulary import ORDERS, SECURE, SEXES

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import date
    from pathlib import Path

    from numpy.typing import NDArray

    from stepdown.results.checking import Breaches
    from stepdown.results.run import Results

__all__ = ["INVARIANTS"]


def _name(run: Results, path: Path) -> str:
    return path.relative_to(run.path).as_posix()


def _persons(table: pa.Table) -> NDArray[np.int64]:
    return np.asarray(table["person"].to_numpy(), dtype=np.int64)


def columns(run: Results) -> Breaches:
    """Check that every table has a file for each year, with the manifest's rows and the schema's columns."""
    known = {table["table"]: [column["name"] for column in table["columns"]] for table in schema()["tables"]}
    for table in TABLES:
        expected = [f"{table}/{year}.arrow" for year in years_of(run)] if table in YEARLY else [f"{table}.parquet"]
        for name in expected:
            if name not in run.manifest["files"]:
                yield name, "the manifest does not have this file, and the run has this year"
                continue
            try:
                found = read_file(run.path / name)
            except CorruptError as error:
                yield name, str(error).removeprefix(f"{run.path / name}: ")
                continue
            if found.column_names != known[table]:
                said = f"its columns are {', '.join(found.column_names)}; expected {', '.join(known[table])}"
                yield name, f"{said}{of_another_version(run.manifest)}"
            elif found.num_rows != run.manifest["files"][name]["rows"]:
                yield name, f"it has {found.num_rows} rows; the manifest says {run.manifest['files'][name]['rows']}"
            elif (wrong := misfit(table, found.schema) or gap(table, found)) is not None:
                yield name, f"{wrong}{of_another_version(run.manifest)}"
            elif (wrong := _otherwise(found.schema.metadata, run.manifest)) is not None:
                yield name, wrong


def _otherwise(metadata: Mapping[bytes, bytes] | None, manifest: Mapping[str, Any]) -> str | None:
    """Return what a table says of its run, and the manifest doesn't, if anything."""
    for key in ("share", "seed", "replicate"):
        said = (metadata or {}).get(f"stepdown.{key}".encode())
        expected = f"{manifest[key]:g}" if key == "share" else f"{manifest[key]}"
        if said is not None and said != expected.encode():
            return f"it is of a run with {key} {said.decode(errors='replace')}; the manifest says {expected}"
    return None


def people(run: Results) -> Breaches:
    """Check that a person has one row, and is born before the first contact, which lies in the file's year."""
    seen = np.empty(0, np.int64)
    for path, year in zip(run.files("people"), years_of(run), strict=True):
        table = read_file(path).select(["person", "born", "first_contact"])
        person, contact = _persons(table), whole_numbers(table, "first_contact")
        again = np.isin(person, seen) | ~_once(person)
        first, after = span_of(run, year)
        for wrong, what in (
            (again, "has a second row"),
            (whole_numbers(table, "born") > contact, "is born after the first contact"),
            ((contact < first) | (contact >= after), "has the first contact in another year"),
        ):
            if (row := first_row(wrong)) is not None:
                yield _name(run, path), f"row {row}: person {person[row]} {what}"
        seen = np.concatenate([seen, person])


def _once(values: NDArray[Any]) -> NDArray[np.bool_]:
    """Say of each value whether it stands there for the first time."""
    first = np.zeros(len(values), bool)
    first[np.unique(values, return_index=True)[1]] = True
    return first


def events(run: Results) -> Breaches:
    """Check that events stand in order of day, in their year's file, are of known people, and end with death."""
    ends = run.table("events", columns=["person", "day"], events=["death", "suicide"])
    dead, died = _persons(ends), whole_numbers(ends, "day")
    order = np.argsort(dead)
    dead, died = dead[order], died[order]
    known = _persons(run.table("people", columns=["person"]))
    for path, year in zip(run.files("events"), years_of(run), strict=True):
        table = read_file(path).select(["person", "day"])
        person, day = _persons(table), whole_numbers(table, "day")
        first, after = span_of(run, year)
        late = np.zeros(len(day), bool)
        if len(dead):
            at = np.minimum(np.searchsorted(dead, person), len(dead) - 1)
            late = (dead[at] == person) & (day > died[at])
        for wrong, what in (
            (np.diff(day, prepend=day[:1]) < 0, "stands after a later day"),
            ((day < first) | (day >= after), "is of another year"),
            (np.isin(person, known, invert=True), "is of somebody who is not in the table of people"),
            (late, "comes after that person's death"),
        ):
            if (row := first_row(wrong)) is not None:
                yield _name(run, path), f"row {row}: the event of person {person[row]} on {iso_day(day[row])} {what}"


def spells(run: Results) -> Breaches:
    """Check that spells begin before they end, end in their year's file, are of known people, and follow on each other."""
    everything = []
    known = _persons(run.table("people", columns=["person"]))
    last = years_of(run)[-1]
    for path, year in zip(run.files("spells"), years_of(run), strict=True):
        table = read_file(path).select(["person", "start", "end", "ready_days", "ending", "destination"])
        person, start, end = _persons(table), whole_numbers(table, "start"), whole_numbers(table, "end")
        first, after = span_of(run, year)
        for wrong, what in (
            (start > end, "ends before it begins"),
            ((end < first) | (end >= after + (year == last)), "ends in another year"),
            (np.isin(person, known, invert=True), "is of somebody who is not in the table of people"),
            (whole_numbers(table, "ready_days") < 0, "was ready for fewer than no days"),
        ):
            if (row := first_row(wrong)) is not None:
                yield (
                    _name(run, path),
                    f"row {row}: the spell of person {person[row]} from {iso_day(start[row])} {what}",
                )
        gone, still = is_in(table["destination"], ("left", "dead")), is_in(table["ending"], ("open",))
        everything.append((person, start, end, gone.to_numpy(), still.to_numpy()))
    yield from _places(run, *(np.concatenate(column) for column in zip(*everything, strict=True)))


def _places(
    run: Results,
    person: NDArray[np.int64],
    start: NDArray[np.int64],
    end: NDArray[np.int64],
    gone: NDArray[np.bool_],
    still: NDArray[np.bool_],
) -> Breaches:
    """Check that everybody is in one place each day until they leave, die or the run ends; rows in order of the files."""
    order = np.lexsort((end, start, person))
    person, start, end = person[order], start[order], end[order]
    gone, still = gone[order], still[order]
    same = person[1:] == person[:-1]
    ends = np.append(~same, np.ones(min(len(person), 1), bool))
    for wrong, what in (
        (same & (start[1:] < end[:-1]), "is in two places: the next spell begins on {}"),
        (same & (start[1:] > end[:-1]) & ~gone[:-1], "is nowhere from then until {}"),
        (ends & ~gone & ~still, "is nowhere from then on"),
    ):
        if (row := first_row(wrong)) is not None:
            year = next((y for y in years_of(run) if end[row] < span_of(run, y)[1]), years_of(run)[-1])
            following = iso_day(start[min(row + 1, len(start) - 1)])
            spell = f"the spell of person {person[row]} from {iso_day(start[row])} ends on {iso_day(end[row])}"
            yield f"spells/{year}.arrow", f"{spell}, and that person {what.format(following)}"


def daily(run: Results) -> Breaches:
    """Check that every day is there, a ward once in it, beds hold no more than are open, and parts are within their whole.

    Where places are unlimited, as many are occupied as are asked for, and the beds that are open say nothing.
    """
    limited = run.scenario.get("capacity") != "unlimited"
    for path, year in zip(run.files("daily"), years_of(run), strict=True):
        table = read_file(path)
        first, after = span_of(run, year)
        day = whole_numbers(table, "day")
        count = {
            name: whole_numbers(table, name) for name in table.column_names if pa.types.is_integer(table[name].type)
        }
        keys = [table[name].combine_chunks().indices.to_numpy() for name in ("commissioner", "tier", "sex")]
        reasons = [name for name in count if name.startswith("no_")]
        for wrong, what in (
            (np.diff(day, prepend=day[:1]) < 0, "stands after a later day"),
            (~_once(_joined(day, *keys)), "is there twice"),
            (
                limited & (count["occupied"] + count["held"] > count["beds"]),
                "has more beds occupied and held than open",
            ),
            (np.max([count[name] for name in reasons], axis=0) > count["ready"], "lacks for more than are ready"),
        ):
            if (row := first_row(wrong)) is not None:
                words = [table[name][row].as_py() for name in ("commissioner", "tier", "sex")]
                yield _name(run, path), f"row {row}: {iso_day(day[row])}, {', '.join(words)} {what}"
        yield from _every_day(run, path, day, first, after)


def _every_day(run: Results, path: Path, day: NDArray[np.int64], first: int, after: int) -> Breaches:
    """Check that a table has rows of each day of its year, and of no other."""
    missing = np.setdiff1d(np.arange(first, after), day)
    if len(missing) or len(np.unique(day)) != after - first:
        told = iso_day(missing[0]) if len(missing) else iso_day(day[0])
        yield _name(run, path), f"its days are not those of the year, such as {told}"


def areas(run: Results) -> Breaches:
    """Check the daily figures of areas: each area once a day, and no more past a limit than wait, or than past a shorter one."""
    for path, year in zip(run.files("areas"), years_of(run), strict=True):
        table = read_file(path)
        first, after = span_of(run, year)
        day = whole_numbers(table, "day")
        count = {
            name: whole_numbers(table, name) for name in table.column_names if pa.types.is_integer(table[name].type)
        }
        over = [(f"over28_{clock}", f"over14_{clock}") for clock in ("need", "referral", "request")]
        for wrong, what in (
            (np.diff(day, prepend=day[:1]) < 0, "stands after a later day"),
            (~_once(_joined(day, table["area"].combine_chunks().indices.to_numpy())), "is there twice"),
            *((count[longer] > count[shorter], "has more past 28 days than past 14") for longer, shorter in over),
            *((count[shorter] > count["waiting"], "has more past 14 days than wait") for _, shorter in over),
            (np.min(list(count.values()), axis=0) < 0, "counts less than nobody"),
        ):
            if (row := first_row(wrong)) is not None:
                yield _name(run, path), f"row {row}: {iso_day(day[row])}, {table['area'][row].as_py()} {what}"
        yield from _every_day(run, path, day, first, after)


def _joined(*columns: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return one number for each row, equal where all columns are."""
    joined = np.zeros(len(columns[0]), np.int64)
    for column in columns:
        joined = joined * (int(column.max(initial=0)) + 1) + column
    return joined


def beds(run: Results) -> Breaches:
    """Check that on each day as many secure beds are occupied as there are spells in them."""
    years = years_of(run)
    first, after = span_of(run, years[0])[0], span_of(run, years[-1])[1]
    table = run.table("spells", columns=["place", "start", "end", "ending"])
    start = np.maximum(whole_numbers(table, "start"), first) - first
    open_ = is_in(table["ending"], ("open",)).to_numpy()
    end = np.where(open_, after, whole_numbers(table, "end")) - first
    place = np.asarray(table["place"].cast(pa.string()).to_pylist())
    rows = run.table("daily", columns=["day", "tier", "occupied"])
    tier = np.asarray(rows["tier"].cast(pa.string()).to_pylist())
    days, occupied = whole_numbers(rows, "day") - first, whole_numbers(rows, "occupied")
    for name in SECURE:
        inside = (place == name) & (end > start)
        change = np.bincount(start[inside], minlength=after - first + 1) - np.bincount(
            end[inside], minlength=after - first + 1
        )
        expected = np.cumsum(change)[: after - first]
        mine = tier == name
        found = np.bincount(days[mine], weights=occupied[mine], minlength=after - first).astype(np.int64)
        if (day := first_row(found != expected)) is not None:
            year = next(y for y in years if first + day < span_of(run, y)[1])
            yield (
                f"daily/{year}.arrow",
                f"{iso_day(first + day)}: {found[day]} {name} beds are occupied; the spells say {expected[day]}",
            )


def population(run: Results) -> Breaches:
    """Check that the ill and the imprisoned are among the living, and that nobody is lost from one year to the next."""
    table = run.table("population")
    year = whole_numbers(table, "year")
    count = {name: whole_numbers(table, name) for name in table.column_names if pa.types.is_integer(table[name].type)}
    for wrong, what in (
        (count["ill"] > count["alive"], "more are ill than alive"),
        (count["remand"] + count["sentenced"] > count["alive"], "more are in prison than alive"),
    ):
        if (row := first_row(wrong)) is not None:
            yield "population.parquet", f"row {row}: {what}"
    if (found := sorted(set(year.tolist()))) != list(years_of(run)):
        yield "population.parquet", f"its years are {found}; expected {list(years_of(run))}"
        return
    total = {name: {y: int(values[year == y].sum()) for y in found} for name, values in count.items()}
    for before, y in itertools.pairwise(found):
        expected = total["alive"][before] + total["births"][y] + total["arrived"][y]
        expected -= total["deaths"][y] + total["departed"][y]
        if total["alive"][y] != expected:
            yield (
                "population.parquet",
                f"{y}: {total['alive'][y]} are alive; those of the year before and its changes give {expected}",
            )


SIGMAS = 6.0
"""Standard deviations by which a count of people may miss what the evidence says of it."""


def ages(run: Results) -> Breaches:
    """Check that people have the ages that the evidence gives them on the first day.

    The table shows the end of the first year: those of an age band were a year younger on the first day, but for those who have
    come or gone since, whom the table counts.
    """
    table = run.table("population")
    table = table.filter(pc.equal(table["year"], run.first_year))
    words = [row["word"] for row in schema()["vocabularies"]["age band"]]
    band = np.array([words.index(word) for word in table["age_band"].cast(pa.string()).to_pylist()])
    frozen = run.scenario.get("demography") == "frozen"
    world = run.scenario.get("world", "2024")
    persons = population_plan([area.name for area in institutions.load().areas], world=world)["persons"]
    for number, sex in enumerate(SEXES):
        mine = np.array(table["sex"].cast(pa.string()).to_pylist()) == sex
        sums = {
            name: np.bincount(band[mine], weights=whole_numbers(table, name)[mine], minlength=len(words))
            for name in ("alive", "births", "deaths", "arrived", "departed")
        }
        by_age = run.share * np.sum([area[number] for area in persons], axis=0)
        older = np.arange(len(by_age)) + (0 if frozen else 1)
        expected = np.bincount(np.minimum(older // 5, len(words) - 1), weights=by_age, minlength=len(words))
        # Whoever came or went did so in this band, or in the one below before a birthday.
        came, went = (
            (flow + np.append(0.0, flow[:-1])) for flow in (sums["arrived"], sums["deaths"] + sums["departed"])
        )
        slack = SIGMAS * np.sqrt(expected + 1.0)
        low, high = expected - went - slack, expected + came + slack
        high[0] += sums["births"].sum()
        if (row := first_row((sums["alive"] < low) | (sums["alive"] > high))) is not None:
            yield (
                "population.parquet",
                (
                    f"{run.first_year}, {sex}, {words[row]}: {sums['alive'][row]:.0f} are alive; the ages of the first day in the "
                    f"evidence give {max(low[row], 0):.0f} to {high[row]:.0f}"
                ),
            )


def ledger(run: Results) -> Breaches:
    """Check that a year, area, payer and kind has one row, within the years of the run."""
    table = run.table("ledger")
    year = whole_numbers(table, "year")
    keys = [
        pc.dictionary_encode(table[name].cast(pa.string())).combine_chunks().indices.to_numpy()
        for name in ("area", "payer", "payer_kind", "spend")
    ]
    for wrong, what in (
        (~_once(_joined(year, *keys)), "is there twice"),
        (~np.isin(year, list(years_of(run))), "is of a year that the run has not"),
    ):
        if (row := first_row(wrong)) is not None:
            words = [str(table[name][row].as_py()) for name in ("year", "area", "payer", "spend")]
            yield "ledger.parquet", f"row {row}: {', '.join(words)} {what}"


FUNDING = ("allocation", "pathway package", "handed back", "programme")
"""Money between public funds and payers, and that of programmes, which is in no ledger."""


def accounts(run: Results) -> Breaches:
    """Check that what one party books as spending another books as income, and that each payer's account is its ledger's."""
    table = run.table("accounts")
    income = table.filter(is_in(table["side"], ("income",)))
    spending = table.filter(is_in(table["side"], ("spending",)))
    earned = sums_by(income, ("year", "spend", "other_kind", "party_kind"))
    spent = sums_by(spending, ("year", "spend", "party_kind", "other_kind"))
    for key in sorted({*earned, *spent}):
        if earned.get(key, 0) != spent.get(key, 0):
            year, spend, payer, payee = key
            said = f"{payer} spent {spent.get(key, 0)} pence, and {payee} earned {earned.get(key, 0)} of it"
            yield "accounts.parquet", f"{year}, {spend}: {said}"
    ledger = sums_by(run.table("ledger"), ("year", "payer"))
    cared = [rows.filter(pc.invert(is_in(rows["spend"], (*FUNDING, "breach")))) for rows in (spending, income)]
    out, back = (sums_by(rows, ("year", "party")) for rows in cared)
    payers = {key[1] for key in ledger}
    for key in sorted(key for key in {*out, *ledger} if key[1] in payers):
        found = out.get(key, 0) - back.get(key, 0)
        if found != ledger.get(key, 0):
            said = f"its account says {found} pence, the ledger {ledger.get(key, 0)}"
            yield "accounts.parquet", f"{key[0]}, {key[1]}: {said}"


def contracts(run: Results) -> Breaches:
    """Check that each commissioner has a row a year, with the money that its account says and the reserve that follows from it."""
    table, books = run.table("contracts"), run.table("accounts")
    rows = table.to_pylist()
    expected = {(year, c.name) for year in years_of(run) for c in institutions.load().commissioners}
    if {(row["year"], row["commissioner"]) for row in rows} != expected or len(rows) != len(expected):
        yield (
            "contracts.parquet",
            f"it has {len(rows)} rows; expected one for each of {len(expected)} years and commissioners",
        )
        return
    sums, handed = sums_by(books, ("year", "party", "side")), sums_by(books, ("year", "party", "side", "spend"))
    before: dict[str, int] = {}
    for row in sorted(rows, key=lambda row: row["year"]):
        key = (row["year"], row["commissioner"])
        back = handed.get((*key, "spending", "handed back"), 0)
        kept = row["income"] - row["spending"] - back
        for name, found in (
            ("income", sums.get((*key, "income"), 0)),
            ("spending", sums.get((*key, "spending"), 0) - back),
            ("handed_back", back),
            ("reserve", before.get(row["commissioner"], 0) + kept),
        ):
            if row[name] != found:
                yield "contracts.parquet", f"{key[0]}, {key[1]}: {name} is {row[name]}; the accounts give {found}"
        before[row["commissioner"]] = row["reserve"]


def goals(run: Results) -> Breaches:
    """Check that no goal pays more than depended on it, and that the ledger withholds what isn't paid."""
    table = run.table("goals")
    at_risk, paid, measured, of = (whole_numbers(table, name) for name in ("at_risk", "paid", "measured", "of"))
    for wrong, what in (
        ((paid < 0) | (paid > at_risk), "pays less than nothing, or more than depended on it"),
        ((measured < 0) | (of < 0), "counts below 0"),
    ):
        if (row := first_row(wrong)) is not None:
            words = [table[name][row].as_py() for name in ("year", "unit", "goal")]
            yield "goals.parquet", f"row {row}: {words[0]}, {words[1]}: the goal {words[2]!r} {what}"
    withheld: dict[tuple[Any, ...], int] = {}
    for row in table.to_pylist():
        key = (row["year"], row["commissioner"])
        withheld[key] = withheld.get(key, 0) + row["paid"] - row["at_risk"]
    ledger = run.table("ledger")
    booked = sums_by(ledger.filter(is_in(ledger["spend"], ("withheld",))), ("year", "payer"))
    for key in sorted({*withheld, *booked}):
        if withheld.get(key, 0) != booked.get(key, 0):
            said = f"goals withhold {-withheld.get(key, 0)} pence, the ledger {-booked.get(key, 0)}"
            yield "goals.parquet", f"{key[0]}, {key[1]}: {said}"


CARED = (
    "supported accommodation",
    "rehabilitation bed",
    "community forensic team",
    "mainstream team",
    "set-up",
    "staff",
)
"""What an aftercare budget is for."""


def budgets(run: Results) -> Breaches:
    """Check that each payer has a row a quarter, whose spending at the year's end is its account's, and that refusals are counted there."""
    table = run.table("budgets")
    rows = sorted(table.to_pylist(), key=lambda row: (row["payer"], row["day"]))
    refusals = run.table("refusals")
    payers = [c.name for c in institutions.load().commissioners]
    commissioners = set(payers)
    payers += [f"aftercare: {area.name}" for area in institutions.load().areas]
    if {row["payer"] for row in rows} != set(payers):
        yield "budgets.parquet", f"it has {len({row['payer'] for row in rows})} payers; expected {len(payers)}"
        return
    books = run.table("accounts")
    sums = sums_by(books, ("year", "party", "side", "spend"))
    spent: dict[tuple[int, str], int] = {}
    for (year, party, side, spend), pence in sums.items():
        mine = spend not in FUNDING if party in commissioners else spend in CARED
        # Money of programmes is spending of whoever pays for one, and pays whoever holds its places back.
        back = spend in ("recharge", "programme") and side == "income"
        pays = mine or (spend == "programme" and party in commissioners)
        if back or (pays and side == "spending"):
            spent[year, party] = spent.get((year, party), 0) + (pence if side == "spending" else -pence)
    days = [row["day"] for row in rows if row["payer"] == payers[0]]
    last = {row["year"]: row for row in rows}
    for row in rows:
        words = f"{row['day']}, {row['payer']}"
        if row["bound"] < (row["refused"] > 0) or row["refused"] < 0:
            yield "budgets.parquet", f"{words}: {row['refused']} were refused, and bound is {row['bound']}"
        if row["day"] == last[row["year"]]["day"] and row["spent"] != spent.get((row["year"], row["payer"]), 0):
            found = spent.get((row["year"], row["payer"]), 0)
            yield "budgets.parquet", f"{words}: spent is {row['spent']}; the accounts give {found}"
    quarter = np.searchsorted(np.array(days, "datetime64[D]"), refusals["day"].to_numpy().astype("datetime64[D]"))
    counted: dict[tuple[str, date], int] = {}
    for payer, at in zip(refusals["payer"].cast(pa.string()).to_pylist(), quarter, strict=True):
        key = (payer, days[min(at, len(days) - 1)])
        counted[key] = counted.get(key, 0) + 1
    for row in rows:
        if row["refused"] != counted.get((row["payer"], row["day"]), 0):
            found = counted.get((row["payer"], row["day"]), 0)
            yield "budgets.parquet", f"{row['day']}, {row['payer']}: refused is {row['refused']}; refusals has {found}"


def wards(run: Results) -> Breaches:
    """Check that events of wards lie in their years and concern beds, and that each patient who was moved has an event."""
    table = run.table("wards")
    day, year, beds, moved = (whole_numbers(table, name) for name in ("day", "year", "beds", "moved"))
    spans = [span_of(run, y) for y in years_of(run)]
    first, after = (np.array([span[k] for span in spans]) for k in (0, 1))
    at = np.clip(year - run.first_year, 0, len(spans) - 1)
    for wrong, what in (
        ((day < first[at]) | (day >= after[at]), "is of another year"),
        ((beds <= 0) | (moved < 0), "concerns no beds, or fewer than no patients"),
    ):
        if (row := first_row(wrong)) is not None:
            words = [table[name][row].as_py() for name in ("unit", "event")]
            yield "wards.parquet", f"row {row}: {', '.join(words)}, {iso_day(day[row])} {what}"
    # Whoever was moved has an event.
    events = run.table("events", columns=["event"], events=["ward closed"])
    if int(moved.sum()) > events.num_rows:
        yield "wards.parquet", f"{moved.sum()} patients were moved; {events.num_rows} have an event that says so"


def programmes(run: Results) -> Breaches:
    """Check that what programmes spent is what the accounts say, that nothing is lost of what areas were awarded, and that no more is taken than is open."""
    table = run.table("programmes")
    count = {name: whole_numbers(table, name) for name in table.column_names if pa.types.is_integer(table[name].type)}
    for wrong, what in (
        (count["awarded"] - count["spent"] != count["unspent"], "unspent is not what was awarded and not spent"),
        (count["set_up"] > count["spent"], "setting up cost more than all that was spent"),
        ((count["taken"] < 0) | (count["taken"] > count["open"]), "more is taken than is open"),
    ):
        if (row := first_row(wrong)) is not None:
            words = [str(table[name][row].as_py()) for name in ("year", "programme", "area", "buys")]
            yield "programmes.parquet", f"row {row}: {', '.join(words)}: {what}"
    books = run.table("accounts")
    paid = sums_by(books.filter(is_in(books["side"], ("spending",))), ("year", "spend"))
    for year in years_of(run):
        spent = int(count["spent"][count["year"] == year].sum())
        if spent != paid.get((year, "programme"), 0):
            said = f"programmes spent {spent} pence, the accounts say {paid.get((year, 'programme'), 0)}"
            yield "programmes.parquet", f"{year}: {said}"


PURCHASES = ("supported places", "forensic teams", "mainstream teams", "rehabilitation beds")
"""What commissioners can order beside beds, as in the tables `orders` and `programmes`."""


def orders(run: Results) -> Breaches:
    """Check that orders are of the first day of a quarter, no more is done than was wanted, and that what was done is in other tables."""
    table = run.table("orders")
    day, year, wanted, done = (whole_numbers(table, name) for name in ("day", "year", "wanted", "done"))
    what = np.asarray(table["what"].cast(pa.string()).to_pylist(), dtype=object)
    months = day.astype("datetime64[D]").astype("datetime64[M]")
    quarterly = (months.astype("datetime64[D]").astype(np.int64) == day) & (months.astype(np.int64) % 3 == 0)
    financial = months.astype(np.int64) // 12 + 1970 - (months.astype(np.int64) % 12 < 3)
    for wrong, said in (
        (~quarterly | (financial != year), "is not of the first day of a quarter of its year"),
        ((done * np.sign(wanted) < 0) | (np.abs(done) > np.abs(wanted)), "more was done than was wanted"),
        ((what == "keep") != (wanted == 0), "nothing was wanted, or something was where nothing was ordered"),
    ):
        if (row := first_row(wrong)) is not None:
            words = [str(table[name][row].as_py()) for name in ("commissioner", "what")]
            yield "orders.parquet", f"row {row}: {', '.join(words)}, {iso_day(day[row])}: {said}"
    more = done > 0
    ordered = {
        (y, w): int(done[more & (year == y) & (what == w)].sum())
        for y in years_of(run)
        for w in (*PURCHASES, "open beds")
    }
    bought = run.table("programmes")
    bought = sums_by(bought.filter(is_in(bought["programme"], (ORDERS,))), ("year", "buys"), "bought")
    opened = run.table("wards")
    opened = sums_by(opened.filter(is_in(opened["event"], ("opening ordered", "called off"))), ("year",), "beds")
    for (y, w), count in ordered.items():
        if w in PURCHASES and bought.get((y, w), 0) != count:
            yield "orders.parquet", f"{y}: {count} {w} were ordered; the programmes say {bought.get((y, w), 0)}"
        if w == "open beds" and opened.get((y,), 0) < count:
            yield "orders.parquet", f"{y}: {count} beds were ordered to open; the wards say {opened.get((y,), 0)}"


def wellbeing(run: Results) -> Breaches:
    """Check that on the last day of each year as many live in each place as there are spells there, and no more have what they may."""
    table = run.table("wellbeing")
    count = {name: whole_numbers(table, name) for name in table.column_names if pa.types.is_integer(table[name].type)}
    for name, most in (("employed", 1), ("settled", 1), ("close", 1), ("metabolic", 1), ("hope", 1_000_000)):
        wrong = (count[name] < 0) | (count[name] > most * count["people"])
        if (row := first_row(wrong)) is not None:
            yield "wellbeing.parquet", f"row {row}: {name} is {count[name][row]} of {count['people'][row]} people"
    spells = run.table("spells", columns=["place", "start", "end", "ending"])
    start, end = whole_numbers(spells, "start"), whole_numbers(spells, "end")
    end = np.where(is_in(spells["ending"], ("open",)).to_numpy(), np.iinfo(np.int64).max, end)
    lived, rows = (np.asarray(column["place"].cast(pa.string()).to_pylist()) for column in (spells, table))
    for year in years_of(run):
        last = span_of(run, year)[1] - 1
        there = lived[(start <= last) & (end > last)]
        for place in LIVED_IN:
            expected = int((there == place).sum())
            found = int(count["people"][(count["year"] == year) & (rows == place)].sum())
            if found != expected:
                yield "wellbeing.parquet", f"{year}: {found} people are counted in {place}; the spells say {expected}"


def indicators(run: Results) -> Breaches:
    """Check that the indicators, sums of the ledger among them, are those that the tables give."""
    made, found = compute(run), run.table("indicators")
    if made.equals(found):
        return
    if made.num_rows != found.num_rows:
        yield "indicators.parquet", f"it has {found.num_rows} rows; the tables give {made.num_rows}"
        return
    for name in made.column_names:
        one, other = found[name].to_pylist(), made[name].to_pylist()
        row = next((k for k, (a, b) in enumerate(zip(one, other, strict=True)) if a != b), None)
        if row is not None:
            yield "indicators.parquet", f"row {row}, {name}: {one[row]!r}; the tables give {other[row]!r}"


INVARIANTS: dict[str, Callable[[Results], Breaches]] = {
    check.__name__: check
    for check in (
        columns,
        people,
        events,
        spells,
        daily,
        areas,
        beds,
        population,
        ages,
        ledger,
        accounts,
        contracts,
        payments.contract_days,
        goals,
        payments.goal_levels,
        payments.gaming,
        budgets,
        wards,
        programmes,
        payments.programme_costs,
        orders,
        wellbeing,
        indicators,
    )
}
"""Each invariant by name; `columns` comes first, because the others read them."""

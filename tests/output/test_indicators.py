"""Indicators are what the tables say."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import polars as pl
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from stepdown.errors import InvariantError, UsageError
from stepdown.results.facts import FACTS, FactTables
from stepdown.results.indicators import GROUPS, INDICATORS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from stepdown.results import Results


class Handmade:
    """Two people: Ann is transferred, discharged and comes back; Bob is discharged shortly before the end."""

    start_day = 45_381  # 1 April 2024
    end_day = 46_476  # 1 April 2027
    first_year, last_year = 2024, 2026

    def __init__(self) -> None:
        ann, bob = 11, 5
        spells = [
            self.spell(
                ann, "medium secure", date(2024, 5, 1), date(2024, 7, 30), "prison (remand)", "own home", wait=20
            ),
            self.spell(ann, "medium secure", date(2025, 7, 29), date(2025, 8, 28), "own home", "low secure", wait=None),
            self.spell(ann, "low secure", date(2025, 8, 28), date(2027, 4, 1), "medium secure", None, wait=None),
            self.spell(bob, "low secure", date(2020, 4, 1), date(2026, 12, 1), None, "own home", wait=None),
        ]
        people = [
            {"person": ann, "sex": "female", "ethnicity": "black", "primary": "psychosis"},
            {"person": bob, "sex": "male", "ethnicity": "white", "primary": "personality disorder"},
        ]
        events = [{"person": ann, "day": date(2026, 7, 1), "event": "reconviction", "area": "Kent"}]
        schema = {"person": pa.int64(), "day": pa.date32(), "event": pa.string(), "area": pa.string()}
        self.tables = {
            "people": pa.Table.from_pylist(people).set_column(0, "person", pa.array([ann, bob], pa.int64())),
            "spells": pa.Table.from_pylist(spells).cast(self.types(pa.Table.from_pylist(spells).schema)),
            "events": pa.Table.from_pylist(events, schema=pa.schema(list(schema.items()))),
        }

    @staticmethod
    def spell(
        person: int,
        place: str,
        start: date,
        end: date,
        source: str | None,
        destination: str | None,
        *,
        wait: int | None,
    ) -> dict[str, Any]:
        clocks = dict.fromkeys(("wait_clinical", "wait_ministry", "wait_statutory"), wait)
        return {
            "person": person, "place": place, "area": "Kent", "legal": "s37", "start": start, "end": end,
            "ending": "discharge" if destination == "own home" else "transfer" if destination else "open",
            "source": source, "destination": destination, "secure_start": start, "provider_start": start, **clocks,
            "ready_days": 3, "out_of_area": True, "spot": False,
        }  # fmt: skip

    @staticmethod
    def types(schema: pa.Schema) -> pa.Schema:
        for k, field in enumerate(schema):
            kind = (
                pa.int64() if field.name == "person" else pa.int32() if pa.types.is_integer(field.type) else field.type
            )
            schema = schema.set(k, pa.field(field.name, kind))
        return schema

    def table(
        self, name: str, *, columns: Sequence[str] | None = None, events: Sequence[str] | None = None
    ) -> pa.Table:
        table = self.tables[name]
        if events is not None:
            table = table.filter(pc.is_in(table["event"], value_set=pa.array(list(events))))
        return table if columns is None else table.select(list(columns))


@pytest.fixture
def world() -> FactTables:
    return FactTables(Handmade())  # type: ignore[arg-type] -- has what is read of a run


def test_an_admission_comes_from_outside_secure_care_within_the_run(world: FactTables) -> None:
    admissions = FACTS["admissions"](world)
    assert admissions["year"].to_pylist() == [2024, 2025]
    assert admissions["out_of_area"].to_pylist() == [1.0, 1.0]
    transfers = FACTS["transfers"](world)
    assert transfers["wait_clinical_14"].to_pylist() == [0.0]
    assert transfers["wait_clinical_28"].to_pylist() == [1.0]
    assert FACTS["elsewhere"](world)["year"].to_pylist() == [2025]


def test_a_stay_that_is_open_has_not_ended(world: FactTables) -> None:
    departures = FACTS["departures"](world)
    assert departures["days"].to_pylist() == [90, 30, 2435]
    assert departures["over_5_years"].to_pylist() == [0.0, 0.0, 1.0]
    assert departures["provider_days"].to_pylist() == [90, None, 2435]
    assert departures["year"].to_pylist() == [2024, 2025, 2026]


def test_who_leaves_on_the_first_day_leaves_in_its_year() -> None:
    run = Handmade()
    gone = run.spell(11, "low secure", date(2023, 4, 1), date(2024, 4, 1), None, "own home", wait=None)
    table = pa.Table.from_pylist([gone])
    run.tables["spells"] = table.cast(run.types(run.tables["spells"].schema))
    assert FACTS["departures"](FactTables(run))["year"].to_pylist() == [2024]  # type: ignore[arg-type] -- as above


def test_what_follows_a_discharge_is_counted_with_full_follow_up_only(world: FactTables) -> None:
    discharges = FACTS["discharges"](world)
    assert discharges["sex"].to_pylist() == ["female", "male"]
    assert discharges["readmitted_1"].to_pylist() == [1.0, None]
    assert discharges["readmitted_2"].to_pylist() == [1.0, None]
    assert discharges["reconvicted_2"].to_pylist() == [1.0, None]


def test_a_grave_offence_is_a_conviction_too() -> None:
    run = Handmade()
    events = run.tables["events"]
    run.tables["events"] = events.set_column(2, "event", pa.array(["grave offence"] * events.num_rows))
    assert FACTS["discharges"](FactTables(run))["reconvicted_2"].to_pylist() == [1.0, None]  # type: ignore[arg-type]


def test_people_in_bed_are_counted_by_the_day(world: FactTables) -> None:
    residence = FACTS["residence"](world)
    by_year = residence.group_by("year").aggregate([("people", "sum")]).sort_by("year")
    assert by_year["people_sum"].to_pylist() == pytest.approx([90 / 365 + 1, (30 + 216) / 365 + 1, 1 + 244 / 365])


def test_a_row_of_a_stranger_is_a_broken_invariant() -> None:
    run = Handmade()
    run.tables["people"] = run.tables["people"].slice(0, 1)
    with pytest.raises(InvariantError, match="person 5 has rows on the pathway"):
        _ = FactTables(run).spells  # type: ignore[arg-type] -- has what is read of a run


def test_every_indicator_can_be_made_from_its_facts(small_run: Results) -> None:
    world = FactTables(small_run)
    for indicator in INDICATORS:
        facts = FACTS[indicator.facts](world)
        wanted = {indicator.measure, *({indicator.over} - {"", "rows"}), *(set(indicator.groups) - {"all"})}
        assert wanted <= set(facts.column_names), indicator.name
        assert set(indicator.groups) <= set(GROUPS)
        assert indicator.what.endswith("."), indicator.name


def test_totals_of_areas_and_of_levels_add_up_to_england(small_run: Results) -> None:
    frame = small_run.polars("indicators").filter(pl.col("denominator").is_null()).collect()
    by = ["indicator", "year"]
    england = frame.filter((pl.col("area") == "England") & (pl.col("group") == "all")).select(*by, total="value")
    for rows in (
        frame.filter((pl.col("area") != "England") & (pl.col("group") == "all")),
        frame.filter((pl.col("area") == "England") & (pl.col("group") == "sex")),
        frame.filter((pl.col("area") == "England") & (pl.col("group") == "tier")),
    ):
        sums = rows.group_by(by).agg(pl.col("value").sum()).join(england, on=by)
        assert sums.height
        assert (sums["value"] - sums["total"]).abs().max() == pytest.approx(0, abs=1e-6 * sums["total"].max())


def test_shares_lie_between_0_and_1(small_run: Results) -> None:
    shares = [i.name for i in INDICATORS if i.unit == "share"]
    values = small_run.polars("indicators").filter(pl.col("indicator").is_in(shares)).collect()["value"]
    assert values.is_between(0, 1).all()


def test_spending_is_the_ledgers(small_run: Results) -> None:
    pence = small_run.polars("ledger").group_by("year").agg(pl.col("pence").sum()).sort("year").collect()
    spending = small_run.indicator("spending").to_pylist()
    pounds = {row["year"]: row["value"] for row in spending if row["area"] == "England"}
    assert pounds == pytest.approx({y: p / 100 for y, p in pence.iter_rows() if p})


def test_an_indicator_that_does_not_exist_is_refused(small_run: Results) -> None:
    with pytest.raises(UsageError, match="indicator 'joy' is not known in"):
        small_run.indicator("joy")

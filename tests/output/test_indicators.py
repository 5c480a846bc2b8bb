"""Indicators are what the tables say."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from stepdown.errors import InvariantError, UsageError
from stepdown.estimands import estimate
from stepdown.evidence import institutions
from stepdown.evidence.staffing import ROLES, staffing, vacancies
from stepdown.results.facts import FACTS, LIVED_IN, PLACES_AND_TEAMS, FactTables
from stepdown.results.indicators import GROUPS, INDICATORS, Grid, levels
from stepdown.vocabulary import AWOL, TIERS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from stepdown.results import Results


class Handmade:
    """Two people: Ann is transferred, discharged and comes back; Bob is discharged shortly before the end."""

    start_day = 45_381  # 1 April 2024
    end_day = 46_476  # 1 April 2027
    first_year, last_year = 2024, 2026
    years = range(2024, 2027)
    share = 1.0

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
        schema = {"person": pa.int64(), "day": pa.date32()} | dict.fromkeys(
            ("event", "area", "from", "to"), pa.string()
        )
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
            "person": person, "place": place, "area": "Kent", "legal": "s37", "legal_end": "s37", "start": start, "end": end,
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


def changes(run: Handmade, *rows: tuple[int, date, str, str]) -> None:
    """Add changes of legal status: person, day, before and after."""
    names = ("person", "day", "from", "to")
    more = [dict(zip(names, row, strict=True)) | {"event": "status", "area": "Kent"} for row in rows]
    events = run.tables["events"]
    run.tables["events"] = pa.concat_tables([events, pa.Table.from_pylist(more, schema=events.schema)])


def test_people_in_bed_are_counted_under_the_status_of_each_day() -> None:
    run = Handmade()
    # Bob's spell began under another status before the run; he changes twice in it, once back and forth on one day.
    changes(
        run,
        (5, date(2025, 4, 1), "s48/49", "s37/41"),
        (5, date(2026, 4, 11), "s37/41", "s3"),
        (5, date(2026, 4, 11), "s3", "s37"),
        (5, date(2026, 12, 1), "s37", "none"),
    )
    residence = FACTS["residence"](FactTables(run))  # type: ignore[arg-type] -- has what is read of a run
    bob = residence.filter(pc.equal(residence["sex"], "male"))
    found = {(row["year"], row["legal status"]): row["people"] for row in bob.to_pylist()}
    assert found == pytest.approx(
        {(2024, "s48/49"): 1, (2025, "s37/41"): 1, (2026, "s37/41"): 10 / 365, (2026, "s37"): 234 / 365}
    )
    women = residence.filter(pc.equal(residence["sex"], "female"))
    assert set(women["legal status"].to_pylist()) == {"s37"}, "who never changes has one status"


def test_who_leaves_leaves_under_the_status_of_the_morning() -> None:
    run = Handmade()
    # Bob's order is made in the last spell, and he is discharged from it; Ann is under what her first spell ended with.
    changes(run, (5, date(2026, 11, 1), "s48/49", "s37/41"), (5, date(2026, 12, 1), "s37/41", "conditional discharge"))
    departures = FACTS["departures"](FactTables(run))  # type: ignore[arg-type] -- as above
    assert departures["legal status"].to_pylist() == ["s37", "s37", "s37/41"]


def test_a_status_from_before_the_run_that_never_changes_is_the_one_at_the_end() -> None:
    run = Handmade()
    spells = run.tables["spells"]
    run.tables["spells"] = spells.set_column(
        spells.column_names.index("legal_end"), "legal_end", pa.array(["s3", "s3", "s3", "notional s37"])
    )
    residence = FACTS["residence"](FactTables(run))  # type: ignore[arg-type] -- as above
    bob = residence.filter(pc.equal(residence["sex"], "male"))
    assert set(bob["legal status"].to_pylist()) == {"notional s37"}


def test_days_lived_are_those_of_everybody_on_the_pathway_wherever_they_are() -> None:
    run = Handmade()
    home = run.spell(11, "own home", date(2024, 7, 30), date(2025, 7, 29), "medium secure", "medium secure", wait=None)
    table = pa.Table.from_pylist([home])
    run.tables["spells"] = pa.concat_tables([run.tables["spells"], table.cast(run.tables["spells"].schema)])
    lived = FACTS["lived"](FactTables(run))  # type: ignore[arg-type] -- has what is read of a run
    rows = {(row["year"], row["place"]): row for row in lived.to_pylist()}
    assert len(rows) == lived.num_rows == 3 * len(LIVED_IN)
    found = {key: row["days"] for key, row in rows.items() if row["days"]}
    assert found == {
        (2024, "medium secure"): 90, (2024, "own home"): 245, (2024, "low secure"): 365,
        (2025, "own home"): 119, (2025, "medium secure"): 30, (2025, "low secure"): 216 + 365,
        (2026, "low secure"): 365 + 244,
    }  # fmt: skip
    # Two people: one is on the pathway for 335 days of the first year.
    assert rows[2024, "PICU"]["people"] == pytest.approx((335 + 365) / 365)
    assert rows[2025, "PICU"]["people"] == pytest.approx(2)


def test_a_death_in_prison_counts_as_waiting_by_the_stage_that_was_reached() -> None:
    run = Handmade()
    spells = [
        run.spell(11, "prison (remand)", date(2027, 1, 1), date(2027, 2, 1), "low secure", "dead", wait=None),
        run.spell(5, "prison (sentenced)", date(2026, 12, 5), date(2027, 3, 1), "own home", "dead", wait=None),
    ]
    table = pa.Table.from_pylist([row | {"ending": "death"} for row in spells])
    run.tables["spells"] = pa.concat_tables([run.tables["spells"], table.cast(run.tables["spells"].schema)])
    stages = [
        (11, date(2027, 1, 5), "none", "identified"),
        (11, date(2027, 1, 20), "identified", "referred"),
        (5, date(2026, 12, 6), "none", "identified"),
        (5, date(2027, 2, 1), "identified", "none"),  # recovered: waits no longer
    ]
    names = ("person", "day", "from", "to")
    more = [dict(zip(names, row, strict=True)) | {"event": "stage", "area": "Kent"} for row in stages]
    events = run.tables["events"]
    run.tables["events"] = pa.concat_tables([events, pa.Table.from_pylist(more, schema=events.schema)])
    deaths = FACTS["custody_deaths"](FactTables(run))  # type: ignore[arg-type] -- as above
    found = {row["person"]: (row["year"], row["one"], row["waiting"]) for row in deaths.to_pylist()}
    assert found == {11: (2026, 1, 1), 5: (2026, 1, 0)}


def test_what_is_free_is_counted_day_by_day() -> None:
    run = Handmade()
    names = ("waiting", *(f"over{limit}_{clock}" for limit in (14, 28) for clock in ("need", "referral", "request")))
    kinds = [name for place in PLACES_AND_TEAMS for name in (place, f"{place}_taken")]
    days = [date(2024, 4, 1), date(2024, 4, 2)]
    columns = {name: pa.array([0, 0], pa.int32()) for name in (*names, *kinds)}
    # One day one place is free; on the next there are two people more than places, as after a closure.
    columns |= {"supported": pa.array([3, 1], pa.int32()), "supported_taken": pa.array([2, 3], pa.int32())}
    columns["over28_need"] = pa.array([365, 0], pa.int32())
    run.tables["areas"] = pa.table({"day": pa.array(days), "area": ["Kent", "Kent"], **columns})
    [row] = FACTS["areas"](FactTables(run)).to_pylist()  # type: ignore[arg-type] -- as above
    assert row["supported_free"] == pytest.approx(1 / 365)
    assert (row["supported"], row["supported_taken"]) == (pytest.approx(4 / 365), pytest.approx(5 / 365))
    assert row["over28_need"] == 1


def test_work_and_a_home_are_of_those_in_the_community_and_the_rest_of_everybody() -> None:
    run = Handmade()
    row = {
        "year": 2024,
        "area": "Kent",
        "sex": "male",
        "people": 4,
        "employed": 1,
        "settled": 2,
        "close": 3,
        "metabolic": 1,
    }
    rows = [row | {"place": "own home", "hope": 2_000_000}, row | {"place": "medium secure", "hope": 1_000_000}]
    run.tables["wellbeing"] = pa.Table.from_pylist(rows)
    facts = FACTS["wellbeing"](FactTables(run)).to_pylist()  # type: ignore[arg-type] -- as above
    found = [[fact[name] for name in ("outside", "employed", "settled", "people", "close", "hope")] for fact in facts]
    assert found == [[4, 1, 2, 4, 3, 2.0], [0, 0, 0, 4, 3, 1.0]]


def test_staff_follow_from_the_people_of_each_setting() -> None:
    run = Handmade()
    kinds = [name for place in PLACES_AND_TEAMS for name in (place, f"{place}_taken")]
    names = ("waiting", *(f"over{limit}_{clock}" for limit in (14, 28) for clock in ("need", "referral", "request")))
    columns = {name: pa.array([0], pa.int32()) for name in (*names, *kinds)}
    columns["forensic_team_taken"] = pa.array([365 * 100], pa.int32())
    run.tables["areas"] = pa.table({"day": pa.array([date(2025, 4, 1)]), "area": ["Kent"], **columns})
    rows = FACTS["staff"](FactTables(run)).to_pylist()  # type: ignore[arg-type] -- as above
    found = {(row["year"], row["setting"]): row for row in rows}
    # Ann is in medium secure care for 90 days of the first year.
    ward, team = found[2024, "medium secure"], found[2025, "forensic team"]
    assert ward["nurse"] == pytest.approx(staffing()["medium secure"]["nurse"] * 90 / 365)
    assert ward["nurse vacant"] == pytest.approx(ward["nurse"] * vacancies()["nurse"])
    assert ward["all"] == pytest.approx(sum(ward[role] for role in ROLES))
    assert team["psychiatrist"] == pytest.approx(100 * staffing()["forensic team"]["psychiatrist"])


def test_staff_of_settings_and_of_roles_add_up_to_all(small_run: Results) -> None:
    def england(name: str, group: str) -> float:
        rows = small_run.indicator(name, group=group).to_pylist()
        return sum(row["value"] for row in rows if row["area"] == "England" and row["year"] == small_run.last_year)

    whole = england("workforce", "all")
    assert whole > 0
    assert england("workforce", "setting") == pytest.approx(whole)
    roles = ("psychiatrists", "nurses", "support_workers", "psychologists", "occupational_therapists", "social_workers")
    assert sum(england(role, "all") for role in roles) == pytest.approx(whole)


def test_days_lived_of_a_year_add_up_to_it(small_run: Results) -> None:
    rows = small_run.indicator("days_lived", group="place").to_pylist()
    for year in range(small_run.first_year, small_run.last_year + 1):
        lived = sum(row["value"] for row in rows if row["area"] == "England" and row["year"] == year)
        assert lived == pytest.approx(366 if year % 4 == 3 else 365)


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


def test_every_cell_of_a_total_has_one_row(small_run: Results) -> None:
    """In a sample most cells are empty: each must be there, with 0."""
    frame = pl.read_parquet(small_run.path / "indicators.parquet")
    areas, years = len(institutions.load().areas), small_run.last_year - small_run.first_year + 1
    for indicator in INDICATORS:
        rows = frame.filter(pl.col("indicator") == indicator.name)
        assert rows.select("year", "area", "group", "level").is_duplicated().sum() == 0, indicator.name
        places = 1 if indicator.facts in ("wards", "gaming") else areas + 1
        for group in indicator.groups:
            found = rows.filter(pl.col("group") == group)
            cells = years * places * len(levels(group, indicator.facts))
            if indicator.over:
                assert found.height <= cells and (found["denominator"] > 0).all(), (indicator.name, group)
            else:
                assert found.height == cells, (indicator.name, group)
    assert (frame.filter(pl.col("denominator").is_null())["value"] == 0).mean() > 0.5, "it has empty cells"


def test_a_mean_over_the_rows_of_a_small_cell_is_its_mean(hundredth: Results) -> None:
    """Read straight from the file, as anybody would: by area and year, of an indicator that is 0 in most."""
    years = range(hundredth.first_year, hundredth.last_year + 1)
    moves = hundredth.polars("spells").collect()
    begun = (
        pl.col("place").cast(pl.String).is_in(TIERS)
        & pl.col("source").is_not_null()
        & ~pl.col("source").cast(pl.String).is_in([*TIERS, *AWOL])
        & (pl.col("start") >= date(years[0], 4, 1))
    )
    admitted = moves.filter(begun).height
    assert admitted > 0
    cells = len(institutions.load().areas) * len(years)
    expected = admitted / hundredth.share / cells
    by_area = (pl.col("indicator") == "admissions") & (pl.col("group") == "all") & (pl.col("area") != "England")
    straight = pl.read_parquet(hundredth.path / "indicators.parquet").filter(by_area)
    assert straight.height == cells and (straight["value"] == 0).sum() > cells / 2
    assert straight["value"].mean() == pytest.approx(expected)
    frame = pd.read_parquet(hundredth.path / "indicators.parquet")
    mine = frame[(frame["indicator"] == "admissions") & (frame["group"] == "all") & (frame["area"] != "England")]
    assert mine["value"].mean() == pytest.approx(expected)
    table = hundredth.indicator("admissions")
    assert pc.mean(table.filter(pc.not_equal(table["area"], "England"))["value"]).as_py() == pytest.approx(expected)


def test_what_is_counted_in_a_cell_that_there_is_not_is_a_broken_invariant() -> None:
    facts = pa.table({"year": [2024], "area": ["Atlantis"], "one_sum": [1.0]})
    indicator = next(i for i in INDICATORS if i.name == "admissions")
    grid = Grid([indicator], "all", [2024], ["Kent and Medway"], ["all"], 1.0)
    with pytest.raises(InvariantError, match="indicators: area: 'Atlantis' is counted; allowed: Kent and Medway"):
        list(grid.rows(facts))


def test_shares_lie_between_0_and_1(small_run: Results) -> None:
    shares = [i.name for i in INDICATORS if i.unit == "share"]
    values = small_run.polars("indicators").filter(pl.col("indicator").is_in(shares)).collect()["value"]
    assert values.is_between(0, 1).all()


def test_spending_is_the_ledgers(small_run: Results) -> None:
    pence = small_run.polars("ledger").group_by("year").agg(pl.col("pence").sum()).sort("year").collect()
    spending = small_run.indicator("spending").to_pylist()
    pounds = {row["year"]: row["value"] for row in spending if row["area"] == "England"}
    assert small_run.share == 0.002, "the tables are of a sample, the indicators of all England"
    assert pounds == pytest.approx({y: p / 100 / small_run.share for y, p in pence.iter_rows()})


def test_counts_of_a_sample_are_brought_to_all_of_england_alike(hundredth: Results) -> None:
    """Indicators, estimands and series say the same of the same thing; the tables say what lived in the run."""
    alive = pc.sum(hundredth.table("population").filter(pc.field("year") == hundredth.last_year)["alive"]).as_py()
    rows = hundredth.indicator("population").to_pylist()
    [england] = [row["value"] for row in rows if row["area"] == "England" and row["year"] == hundredth.last_year]
    assert england == pytest.approx(alive / hundredth.share)
    window = {"first_year": hundredth.last_year, "years": 1}
    assert estimate(hundredth, ["population.alive"], **window)["population.alive"].value == pytest.approx(england)
    shares = hundredth.polars("indicators").filter(pl.col("indicator") == "out_of_area").collect()
    assert shares["value"].max() <= 1 and shares["denominator"].sum() < england


def test_an_indicator_that_does_not_exist_is_refused(small_run: Results) -> None:
    with pytest.raises(UsageError, match="indicator 'joy' is not known in"):
        small_run.indicator("joy")

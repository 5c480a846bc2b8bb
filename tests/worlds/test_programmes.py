"""Programmes: their money computed anew from the tables of a run, and the same bytes however it is run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from stepdown import evidence
from stepdown.results.verify import verify
from stepdown.running.run import run
from stepdown.scenario import Scenario, load
from stepdown.vocabulary import ORDERS

if TYPE_CHECKING:
    from pathlib import Path

    from stepdown.results import Results

BUYS = {"forensic teams": 0.6, "supported places": 0.4}
FUND: dict[str, Any] = {"name": "fund", "pounds": {2024: 20e6, 2025: 60e6}, "buys": BUYS, "where": "bidding"}
LASTING: dict[str, Any] = {"name": "lasting", "pounds": {2025: 40e6}, "buys": "supported places", "where": "everywhere"}
LASTING |= {"recurrent": True}
YEARS = 3


def scenario(population: float = 0.05, **more: Any) -> Scenario:
    return load("baseline", population=population, years=YEARS, settle_days=365, programmes=[FUND, LASTING], **more)


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Results:
    return run(scenario(), seed=3, out=tmp_path_factory.mktemp("programmes") / "run")


def rows(results: Results, *, orders: bool = False) -> list[dict[str, Any]]:
    """Rows of programmes, or of what commissioners order beside them."""
    return [row for row in results.table("programmes").to_pylist() if (row["programme"] == ORDERS) == orders]


def test_the_run_is_whole(found: Results) -> None:
    verdict = verify(found.path)
    assert verdict, [str(finding) for finding in verdict.findings]


def test_what_areas_were_awarded_and_nobody_was_is_the_money_to_the_penny(found: Results) -> None:
    for programme in (FUND, LASTING):
        for year in range(2024, 2024 + YEARS):
            last = max(programme["pounds"])
            pounds = programme["pounds"].get(year, 0)
            if programme.get("recurrent") and year > last:
                pounds = programme["pounds"][last]
            shares = BUYS if programme is FUND else {"supported places": 1.0}
            for thing, share in shares.items():
                these = [
                    r for r in rows(found) if (r["year"], r["programme"], r["buys"]) == (year, programme["name"], thing)
                ]
                assert sum(r["awarded"] for r in these) == round(pounds * share * 0.05 * 100)
                assert sum(r["spent"] + r["unspent"] for r in these) == round(pounds * share * 0.05 * 100)


def test_setting_up_costs_its_price_for_each_that_was_bought(found: Results) -> None:
    value = evidence.load().value
    each = {
        "forensic teams": value("money.programme.forensic_cost"),
        "supported places": value("money.programme.place_cost"),
    }
    assert any(row["bought"] for row in rows(found))
    for row in rows(found):
        assert row["set_up"] == round(each[row["buys"]] * row["bought"] * 100)


def test_days_of_places_are_paid_once_by_the_programme_to_the_funder_that_holds_them(found: Results) -> None:
    accounts = found.table("accounts").to_pylist()
    for year in range(2024, 2024 + YEARS):
        spent = sum(row["spent"] for row in rows(found) if row["year"] == year)
        ordered = sum(row["spent"] for row in rows(found, orders=True) if row["year"] == year)
        money = [row for row in accounts if row["year"] == year and row["spend"] == "programme"]
        assert {(row["side"], row["party_kind"]) for row in money} <= {
            ("spending", "public funds"),
            ("spending", "collaborative"),
            ("income", "aftercare"),
        }
        for side in ("spending", "income"):
            assert sum(row["pence"] for row in money if row["side"] == side) == spent + ordered
        mine = [row["pence"] for row in money if (row["side"], row["party_kind"]) == ("spending", "collaborative")]
        assert sum(mine) == ordered
        price = {"forensic teams": "money.forensic", "supported places": "money.supported"}
        for row in rows(found):
            if row["year"] == year and row["area"] is not None:
                # Each booking is of whole days at the price, rounded to the penny.
                days = (row["spent"] - row["set_up"]) / 100 / evidence.load().value(price[row["buys"]])
                assert days == pytest.approx(round(days), abs=0.05)


def test_when_money_ends_places_are_given_up_and_what_lasts_stays(found: Results) -> None:
    open_at_close = {
        (name, year): sum(r["open"] for r in rows(found) if r["programme"] == name and r["year"] == year)
        for name in ("fund", "lasting")
        for year in (2025, 2026)
    }
    assert open_at_close["fund", 2025] > 0
    assert open_at_close["fund", 2026] == 0
    assert open_at_close["lasting", 2026] >= open_at_close["lasting", 2025] > 0


def test_people_come_into_what_was_bought_and_release_beds(found: Results) -> None:
    assert sum(row["moved"] for row in rows(found)) > 0
    assert sum(row["released"] for row in rows(found)) > 0
    bids = [row for row in rows(found) if row["promised"]]
    assert bids
    assert all(row["programme"] == "fund" and row["bought"] and row["score"] for row in bids)


def test_a_run_without_programmes_has_an_empty_table(small_run: Results) -> None:
    assert small_run.table("programmes").num_rows == 0


def test_one_thread_and_three_give_the_same_bytes(tmp_path: Path) -> None:
    sums = []
    for threads in (1, 3):
        results = run(scenario(0.005), seed=5, threads=threads, out=tmp_path / str(threads))
        sums.append({name: file["sha256"] for name, file in results.manifest["files"].items()})
    assert sums[0] == sums[1]


@pytest.mark.parametrize("speed", [0, 200])
def test_what_wards_release_is_spent_later_by_the_collaborative_that_released_it(tmp_path: Path, speed: int) -> None:
    half = {"name": "half", "from_wards": 0.5, "speed_days": speed, "buys": "supported places"}
    beds = {"medium": [{"from": "2024-04-01", "beds": -600}]}
    loaded = load("baseline", population=0.1, years=3, settle_days=365, programmes=[half], beds=beds)
    results = run(loaded, seed=3, out=tmp_path / "run")
    assert verify(results.path)
    money = [row for row in results.table("accounts").to_pylist() if row["spend"] == "programme"]
    assert {row["party_kind"] for row in money if row["side"] == "spending"} == {"collaborative"}
    bought = {year: sum(row["bought"] for row in rows(results) if row["year"] == year) for year in (2024, 2025, 2026)}
    assert bought[2024] == 0
    assert bought[2025] + bought[2026] > 0

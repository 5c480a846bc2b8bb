"""Stays on histories made by hand: joined, counted once, censored, left-truncated."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from stepdown.estimands import estimate

MEDIUM, LOW, HIGH, HOME, AWAY = "medium secure", "low secure", "high secure", "own home", "absent without leave"


def value(run: Any, id: str, **window: int) -> float:
    return estimate(run, [id], **window)[id].value


@pytest.fixture
def run(handmade: Any) -> Any:
    """Stays in medium secure care of 100, 200, 400 days, one open for 500, and one before the window's end only."""
    made = handmade(years=2)  # 730 days
    made.lives(1, (HOME, -50), (MEDIUM, 0), (HOME, 100))
    # Absent for ten days, then moved to another unit: one stay of 200 days.
    made.lives(2, (HOME, -50), (MEDIUM, 10), (AWAY, 60), (MEDIUM, 70), (MEDIUM, 150, {"provider": 150}), (HOME, 210))
    # Stepped down: 400 days in medium, 430 in secure care and with the provider.
    made.lives(3, (HOME, -50), (MEDIUM, 20), (LOW, 420), (HOME, 450))
    made.lives(4, (HOME, -50), (MEDIUM, 230))
    return made


def test_an_absence_or_another_unit_makes_no_second_stay(run: Any) -> None:
    found = estimate(run, ["stay.medium.admitted.median"])["stay.medium.admitted.median"]
    assert found.n == 4
    # Of 4, gone after 100, 200 and 400 days; 500 is censored: three quarters, half, a quarter are left.
    assert found.value == 200


def test_quartiles_of_admissions_wait_for_who_is_still_there(run: Any) -> None:
    assert value(run, "stay.medium.admitted.lower_quartile") == 100
    assert value(run, "stay.medium.admitted.upper_quartile") == 400


def test_the_three_meanings_of_a_stay_differ(run: Any) -> None:
    # In secure care: 100, 200, 430 and 500 days so far.
    assert value(run, "stay.secure.admitted.upper_quartile") == 430
    # With one provider: 100; 140 and then 60 with another; 430; 500 so far. Five spells.
    found = estimate(run, ["stay.provider.admitted.median"])["stay.provider.admitted.median"]
    assert (found.n, found.value) == (5, 140)


def test_only_admissions_of_the_window_are_in_the_cohort(run: Any) -> None:
    assert estimate(run, ["stay.low.admitted.median"], first_year=2024, years=1)["stay.low.admitted.median"].n == 0
    assert estimate(run, ["stay.low.admitted.median"], first_year=2025, years=1)["stay.low.admitted.median"].n == 1


def test_a_mean_up_to_ten_years_needs_ten_years(run: Any, handmade: Any) -> None:
    assert not estimate(run, ["stay.medium.admitted.mean"])["stay.medium.admitted.mean"].known
    long = handmade(years=12)
    long.lives(1, (HOME, -50), (MEDIUM, 0), (HOME, 1000))
    long.lives(2, (HOME, -50), (MEDIUM, 10))
    assert value(long, "stay.medium.admitted.mean", years=1) == pytest.approx((1000 + 3652.5) / 2)


def test_who_was_there_before_the_run_is_no_admission_but_a_resident_with_all_the_days(handmade: Any) -> None:
    made = handmade(years=2)
    made.lives(1, (MEDIUM, -1800))  # five years after 26 days
    made.lives(2, (MEDIUM, -100))
    made.lives(3, (HOME, -50), (MEDIUM, 300))
    assert estimate(made, ["stay.medium.admitted.median"])["stay.medium.admitted.median"].n == 1
    # On 31 March 2025 (day 364) and 2026 (day 729): one of three, each time.
    assert value(made, "stay.medium.residents.over_5_years") == pytest.approx(1 / 3)
    days = [1800 + 364, 100 + 364, 64, 1800 + 729, 100 + 729, 429]
    assert value(made, "stay.medium.residents.mean") == pytest.approx(sum(days) / 6)


def test_a_stay_cut_by_an_absence_before_the_run_began_with_its_provider(handmade: Any) -> None:
    made = handmade(years=1)
    # Came back forty days before the run; with the provider for six years.
    made.lives(1, (MEDIUM, -40, {"source": AWAY, "provider": -2200, "secure": -3000}))
    # Came from high secure care forty days before: nothing was cut.
    made.lives(2, (MEDIUM, -40, {"source": HIGH, "provider": -40, "secure": -3000}))
    # Absent on the first day.
    made.lives(3, (AWAY, -5, {"source": MEDIUM}), (MEDIUM, 5, {"provider": -2200, "secure": -2200}))
    assert value(made, "stay.medium.residents.over_5_years") == pytest.approx(2 / 3)
    assert value(made, "stay.secure.residents.over_5_years") == 1


def test_rates_of_leaving_in_a_period_take_who_was_there_before_from_their_days_on(handmade: Any) -> None:
    made = handmade(years=1)  # 365 days
    made.lives(1, (MEDIUM, -300), (HOME, 100))  # at risk from day 300 to day 400 of the stay
    made.lives(2, (HOME, -50), (MEDIUM, 10), (HOME, 60))  # from 0 to 50
    made.lives(3, (HOME, -50), (MEDIUM, 20))  # from 0 to 345, censored
    made.lives(4, (MEDIUM, -900), (HOME, -10), (LOW, 30))  # left before
    # Day 50: 1 of 2. Day 400: 1 of 1. Had the first counted from its beginning, it would be 1 of 3.
    found = estimate(made, ["stay.medium.period.median"])["stay.medium.period.median"]
    assert (found.n, found.value) == (3, 50)


def test_death_ends_a_stay(handmade: Any) -> None:
    made = handmade(years=1)
    made.lives(1, (HOME, -50), (MEDIUM, 10), ("dead", 40))
    assert value(made, "stay.medium.admitted.median") == 30


def test_the_extra_stay_compares_men_by_their_status_on_admission(handmade: Any) -> None:
    made = handmade(years=12)
    for number, (legal, days) in enumerate(
        [("s37/41", 900), ("CPIA s37/41", 1100), ("s3", 300), ("s47/49", 500), ("s37", 5)]
    ):
        made.lives(number, (HOME, -50), (MEDIUM, 10, {"legal": legal}), (HOME, 10 + days))
    made.lives(9, (HOME, -50), (MEDIUM, 10, {"legal": "s3"}), (HOME, 3000), sex="female")
    assert value(made, "stay.medium.restricted_extra", years=1) == pytest.approx(1000 - 400)


def test_high_secure_discharges_are_counted_by_age_on_the_day(handmade: Any) -> None:
    made = handmade(years=2)
    made.lives(1, (HIGH, -1000), (MEDIUM, 100), born=date(1960, 4, 2))  # 64
    made.lives(2, (HIGH, -1000), (MEDIUM, 100), born=date(1959, 4, 2))  # 65
    made.lives(3, (HIGH, -1000), ("dead", 400), born=date(1980, 1, 1))
    made.lives(4, (HIGH, -1000), (AWAY, 100), (HIGH, 101), born=date(1980, 1, 1))
    assert value(made, "discharges.high.aged_18_to_64") == pytest.approx(1, rel=0.01), "two in two years"
    made.share = 0.5
    assert value(made, "discharges.high.aged_18_to_64") == pytest.approx(2, rel=0.01), "half of England"


def test_absconding_asks_of_residents_whether_they_ever_did_within_two_years(handmade: Any) -> None:
    made = handmade(years=4)
    made.lives(1, (MEDIUM, -100), (AWAY, 500), (MEDIUM, 505), (AWAY, 600), (MEDIUM, 601))
    made.lives(2, (LOW, -100), (HOME, 400))  # leaves, and stays in the denominator
    made.lives(3, (LOW, -100), (AWAY, 1200), (LOW, 1201))
    made.lives(4, (HIGH, -100))  # not asked of
    made.lives(5, (LOW, -100), (AWAY, 360), (LOW, 366))  # absent on the day
    for person, day in ((1, 500), (1, 600), (3, 1200), (5, 360)):
        made.happens(person, day, "abscond")
    # 31 March 2025 (day 364): one of three, counted once, up to day 1094. 2026 (day 729): up to day 1459, one of persons
    # 1, 3 and 5; of later days two years can't be seen.
    assert value(made, "absconding.within_2_years", years=1) == pytest.approx(1 / 3)
    assert value(made, "absconding.within_2_years") == pytest.approx((1 / 3 + 1 / 3) / 2)

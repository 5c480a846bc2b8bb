"""After discharge, on histories made by hand: counted once, censored, death competing, re-entry."""

from __future__ import annotations

from typing import Any

import pytest

from stepdown.estimands import estimate

MEDIUM, LOW, HIGH, HOME, ACUTE = "medium secure", "low secure", "high secure", "own home", "acute ward"
YEAR = 365.25


def found(run: Any, id: str, **window: int) -> Any:
    return estimate(run, [id], **window)[id]


@pytest.fixture
def run(handmade: Any) -> Any:
    """Eight people discharged from medium secure care, over 4 years (1461 days)."""
    made = handmade(years=4)
    # 1: convicted after 300 days for an offence charged after 200.
    made.lives(1, (MEDIUM, -500), (HOME, 100))
    made.happens(1, 300, "charge")
    made.happens(1, 400, "reconviction")
    # 2: a grave offence after 600 days.
    made.lives(2, (MEDIUM, -500), (HOME, 100))
    made.happens(2, 650, "charge")
    made.happens(2, 700, "grave offence")
    # 3: convicted after discharge for what was charged before; later for something new, after 900 days.
    made.lives(3, (MEDIUM, -500), (HOME, 100))
    made.happens(3, 50, "charge")
    made.happens(3, 150, "reconviction")
    made.happens(3, 950, "charge")
    made.happens(3, 1000, "reconviction")
    # 4: dies after 400 days.
    made.lives(4, (MEDIUM, -500), (HOME, 100), ("dead", 500))
    # 5: leaves England after 300 days.
    made.lives(5, (MEDIUM, -500), (HOME, 100), ("left", 400))
    # 6: discharged so late that the run ends after 61 days.
    made.lives(6, (MEDIUM, -500), (HOME, 1400))
    # 7: discharged twice: the first counts; back in low, then medium secure care.
    made.lives(7, (MEDIUM, -500), (HOME, 100), (LOW, 200), (MEDIUM, 250), (HOME, 350), (ACUTE, 1000), (HOME, 1050))
    # 8: twice to an acute ward.
    made.lives(8, (MEDIUM, -500), (HOME, 100), (ACUTE, 300), ("PICU", 310), (HOME, 350), (ACUTE, 500), (HOME, 520))
    # 9: discharged from low secure care only.
    made.lives(9, (LOW, -500), (HOME, 1096))
    # 10: sent back to prison: not discharged to the community.
    made.lives(10, (MEDIUM, -500), ("prison (sentenced)", 100), (HOME, 300))
    made.happens(10, 350, "charge")
    made.happens(10, 360, "reconviction")
    return made


def test_reconviction_within_two_years_is_an_incidence_with_death_competing(run: Any) -> None:
    two = found(run, "reconviction.medium.within_2_years")
    assert two.n == 8
    # Days since discharge: 61 censored (6), 300 convicted (1) of 7 and censored (5), 400 dead (4) of 5, 600 convicted (2)
    # of 4. The one convicted for an earlier charge is free until day 900.
    assert two.value == pytest.approx(1 / 7 + (6 / 7) * (4 / 5) * (1 / 4))


def test_by_the_end_of_staggered_follow_up_it_is_a_crude_share(run: Any) -> None:
    assert found(run, "reconviction.medium.ever").value == pytest.approx(3 / 8)
    assert found(run, "readmission_higher.medium.ever").value == pytest.approx(1 / 8)
    days = [1361] * 5 + [400, 300, 61]
    assert found(run, "follow_up.medium").value == pytest.approx(sum(days) / 8 / YEAR)


def test_readmission_to_higher_care_counts_from_wherever_it_comes(run: Any) -> None:
    # Day 150 of person 7, with seven at risk after the one censored on day 61.
    assert found(run, "readmission_higher.medium.within_2_years").value == pytest.approx(1 / 7)


def test_whoever_leaves_medium_secure_care_is_another_cohort(run: Any) -> None:
    anywhere = found(run, "reconviction.left_medium.ever")
    assert (anywhere.n, anywhere.value) == (9, pytest.approx(4 / 9))


def test_people_over_follow_up_over_time_at_risk_and_all_readmissions(run: Any) -> None:
    # All secure tiers: nine people. Days of follow-up.
    days = 5 * 1361 + 400 + 300 + 61 + 365
    # Persons 7 (after 100 days) and 8 (after 200) are readmitted to any ward.
    over = found(run, "readmission.secure.persons_per_follow_up")
    assert over.value == pytest.approx(2 / (days / YEAR) * 1e5)
    once = found(run, "readmission.secure.persons_per_time_at_risk")
    assert once.value == pytest.approx(2 / ((days - 2 * 1361 + 100 + 200) / YEAR) * 1e5)
    # Person 7 twice, person 8 twice; moves from ward to ward are none.
    pooled = found(run, "readmission.secure.events_per_follow_up")
    assert pooled.value == pytest.approx(4 / (days / YEAR) * 1e5)
    assert over.n == once.n == 2 and pooled.n == 4


def test_deaths_and_suicides_after_discharge_are_over_person_years(run: Any) -> None:
    run.lives(11, (LOW, -500), (HOME, 100), ("dead", 465))
    run.happens(11, 465, "suicide")
    run.lives(12, (HOME, -500), ("dead", 465))  # never in secure care
    run.happens(12, 465, "suicide")
    years = (5 * 1361 + 400 + 300 + 61 + 365 + 365) / YEAR
    assert found(run, "mortality.secure").value == pytest.approx(2 / years * 1e5)
    assert found(run, "suicide.secure").value == pytest.approx(1 / years * 1e5)


def test_people_may_be_followed_beyond_the_window_but_enter_within_it(run: Any) -> None:
    first = found(run, "reconviction.medium.ever", years=1)
    assert (first.n, first.value) == (7, pytest.approx(3 / 7))


def test_a_run_too_short_says_nothing_of_twenty_years(run: Any) -> None:
    assert not found(run, "reconviction.medium.within_20_years").known


def test_a_conviction_in_prison_or_hospital_after_discharge_counts(handmade: Any) -> None:
    made = handmade(years=4)
    made.lives(1, (MEDIUM, -500), (HOME, 100), ("prison (remand)", 200), (MEDIUM, 250))
    made.happens(1, 200, "charge")
    made.happens(1, 400, "reconviction")
    assert found(made, "reconviction.medium.within_2_years").value == 1


def test_nobody_discharged_gives_nothing(handmade: Any) -> None:
    made = handmade(years=4)
    made.lives(1, (HOME, -500))
    for id in ("reconviction.medium.ever", "readmission.secure.persons_per_follow_up", "mortality.secure"):
        assert not found(made, id).known


def test_recall_from_conditional_discharge_competes_with_absolute_discharge(handmade: Any) -> None:
    made = handmade(years=4)
    free, on_conditions = "absolute discharge", "conditional discharge"
    for number, end in ((1, ("recall", 100)), (2, (free, 200)), (3, ("recall", 300)), (4, None), (5, None)):
        made.lives(number, (MEDIUM, -500), (HOME, 10))
        made.happens(number, 10, "status", "s37/41", on_conditions)
        if end is not None and end[0] == free:
            made.happens(number, 10 + end[1], "status", on_conditions, free)
        elif end is not None:
            made.happens(number, 10 + end[1], "recall", on_conditions, "s37/41")
    # A deprivation of liberty that ends is no new discharge; a recall on licence is another thing.
    made.happens(4, 400, "status", "conditional discharge with deprivation of liberty", on_conditions)
    made.happens(5, 400, "recall", "licence", "prison (sentenced)")
    made.lives(6, (MEDIUM, -500), (HOME, 1400))
    made.happens(6, 1400, "status", "s37/41", on_conditions)  # censored after 61 days
    # 1/5, then 4/5 free, 3/5 after the absolute discharge, of whom one of three.
    found_here = found(made, "recall.conditional.within_2_years")
    assert (found_here.n, found_here.value) == (6, pytest.approx(1 / 5 + 1 / 5))

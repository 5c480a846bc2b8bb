"""Waits, stocks and tribunals on histories made by hand."""

from __future__ import annotations

from typing import Any

import pytest

from stepdown.errors import UsageError
from stepdown.estimands import ESTIMANDS, estimate

MEDIUM, LOW, HOME, REMAND = "medium secure", "low secure", "own home", "prison (remand)"
CD = "conditional discharge"


def value(run: Any, id: str, **window: int) -> float:
    return estimate(run, [id], **window)[id].value


@pytest.fixture
def transfers(handmade: Any) -> Any:
    """Four admissions from prison, one from home, one before the run."""
    made = handmade(years=2)
    for number, clinical, ministry in ((1, 20, 3), (2, 28, 15), (3, 60, 14), (4, 120, None)):
        made.lives(number, (REMAND, -100), (MEDIUM, 10 * number, {"clinical": clinical, "ministry": ministry}))
    made.lives(5, (HOME, -100), (MEDIUM, 50, {"clinical": 1}))
    made.lives(6, (MEDIUM, -1, {"source": REMAND, "clinical": 1, "ministry": 1}))
    made.lives(7, (REMAND, -100), (MEDIUM, 500, {"clinical": 10, "ministry": 1}))
    return made


def test_both_clocks_are_kept_apart(transfers: Any) -> None:
    assert value(transfers, "wait.clinical.mean", years=1) == pytest.approx((20 + 28 + 60 + 120) / 4)
    assert value(transfers, "wait.clinical.within_28", years=1) == pytest.approx(2 / 4)
    assert value(transfers, "wait.clinical.median", years=1) == 28
    # One has no application to the Ministry: not in the denominator.
    assert value(transfers, "wait.ministry.mean", years=1) == pytest.approx((3 + 15 + 14) / 3)
    assert value(transfers, "wait.ministry.over_14", years=1) == pytest.approx(1 / 3)
    assert not estimate(transfers, ["wait.statutory.mean"])["wait.statutory.mean"].known


def test_transfers_are_counted_a_year_and_brought_to_all_of_england(transfers: Any) -> None:
    assert value(transfers, "transfers", first_year=2024, years=1) == pytest.approx(4, rel=0.01)
    assert value(transfers, "transfers", first_year=2025, years=1) == pytest.approx(1, rel=0.01)
    transfers.share = 0.1
    assert value(transfers, "transfers", first_year=2025, years=1) == pytest.approx(10, rel=0.01)


def test_the_stock_on_conditional_discharge_is_who_is_so_at_home_on_the_day(handmade: Any) -> None:
    made = handmade(years=2)  # censuses on days 364 and 729
    made.lives(1, (HOME, -900, {"legal": CD}))  # always
    made.lives(2, (MEDIUM, -900, {"legal": "s37/41"}), (HOME, 364, {"legal": CD}))
    made.happens(2, 364, "status", "s37/41", CD)  # from the first census on
    made.lives(3, (HOME, -900, {"legal": CD}))
    made.happens(3, 300, "status", CD, "absolute discharge")  # not any more
    made.lives(4, (HOME, -900, {"legal": CD}), (MEDIUM, 700, {"legal": "s37/41"}))
    made.happens(4, 700, "status", CD, "s37/41")  # recalled: at the first only
    made.lives(5, (HOME, -900, {"legal": CD}), ("dead", 365))  # the first
    assert value(made, "conditional_discharge.stock") == (4 + 2) / 2
    assert value(made, "conditional_discharge.stock", first_year=2025, years=1) == 2


def test_tribunals_are_of_restricted_patients_by_their_status_before_the_decision(handmade: Any) -> None:
    made = handmade(years=1)
    made.lives(1, (MEDIUM, -900, {"legal": "s37/41"}), (HOME, 100, {"legal": CD}))
    made.happens(1, 100, "hearing", "none", CD)
    made.happens(1, 100, "status", "s37/41", CD)
    made.lives(2, (MEDIUM, -900, {"legal": "s37/41"}))
    for day, answer in (
        (50, "no discharge"),
        (80, "none"),
        (200, "no discharge"),
        (300, "deferred conditional discharge"),
    ):
        made.happens(2, day, "hearing", "none", answer)
    made.lives(3, (MEDIUM, -900, {"legal": "s3"}))  # not restricted
    made.happens(3, 50, "hearing", "none", "no discharge")
    made.lives(4, (MEDIUM, -900, {"legal": "s47/49"}))
    made.happens(4, 50, "hearing", "none", "notify: entitled")
    # Not restricted any more when a sentence has ended.
    made.lives(5, (MEDIUM, -900, {"legal": "s47/49"}))
    made.happens(5, 40, "status", "s47/49", "notional s37")
    made.happens(5, 50, "hearing", "none", "no discharge")
    assert value(made, "tribunal.restricted.discharge_share") == pytest.approx(2 / 5)
    assert value(made, "tribunal.restricted.decisions") == pytest.approx(5, rel=0.01)
    assert value(made, "tribunal.restricted.absolute_discharges") == 0


RESTRICTED_FLOWS = (
    "orders.restricted",
    "orders.unrestricted",
    "conditional_discharge.new",
    "conditional_discharge.recalls",
)


def flows(made: Any) -> list[int]:
    """Return orders with and without restrictions, conditional discharges and recalls of a year, as numbers."""
    return [round(value(made, id)) for id in RESTRICTED_FLOWS]


def test_orders_discharges_on_conditions_and_recalls_are_counted_each_once(handmade: Any) -> None:
    made = handmade(years=1)
    made.lives(1, (REMAND, -100), (MEDIUM, 50, {"legal": "s48/49"}), (HOME, 300, {"legal": CD}), (MEDIUM, 340))
    made.happens(1, 50, "status", "none", "s48/49")
    made.happens(1, 90, "status", "s48/49", "s37/41")  # an order
    made.happens(1, 300, "status", "s37/41", CD)  # a discharge on conditions
    made.happens(1, 330, "recall", CD, "s37/41")  # a recall
    made.happens(1, 340, "status", CD, "s37/41")  # with which the order is in force again, and no new order
    made.lives(2, (REMAND, -100), (MEDIUM, 60, {"legal": "s37"}))
    made.happens(2, 60, "status", "none", "s37")
    made.lives(3, (HOME, -900, {"legal": CD}))
    made.happens(3, 100, "status", CD, "conditional discharge with deprivation of liberty")  # neither
    assert flows(made) == [1, 1, 1, 1]


def test_a_new_order_of_somebody_on_conditional_discharge_is_an_order_and_no_recall(handmade: Any) -> None:
    made = handmade(years=1)
    made.lives(1, (HOME, -900, {"legal": CD}), (MEDIUM, 100, {"legal": "s37/41"}))
    made.happens(1, 100, "status", CD, "s37/41")
    made.lives(2, (HOME, -900, {"legal": CD}), (MEDIUM, 100, {"legal": "s37"}))
    made.happens(2, 100, "status", CD, "s37")
    assert flows(made) == [1, 1, 0, 0]
    # A recall in an earlier conditional discharge, or after the order, isn't what this order came of.
    made.lives(3, (HOME, -900, {"legal": CD}), (MEDIUM, 20), (HOME, 50, {"legal": CD}), (MEDIUM, 100))
    made.happens(3, 10, "recall", CD, "s37/41")
    made.happens(3, 20, "status", CD, "s37/41")
    made.happens(3, 50, "status", "s37/41", CD)
    made.happens(3, 100, "status", CD, "s37/41")
    assert flows(made) == [2, 1, 1, 1]


def test_a_recall_that_waits_for_a_bed_counts_when_it_is_made_and_once(handmade: Any) -> None:
    made = handmade(years=2)
    made.lives(1, (HOME, -900, {"legal": CD}), (MEDIUM, 400, {"legal": "s37/41"}))
    made.happens(1, 350, "recall", CD, "s37/41")
    made.happens(1, 400, "status", CD, "s37/41")
    recalls = [value(made, RESTRICTED_FLOWS[3], first_year=year, years=1) for year in (2024, 2025)]
    assert [round(found) for found in recalls] == [1, 0]
    assert value(made, "orders.restricted") == 0


def test_an_order_that_another_status_had_suspended_is_no_new_one(handmade: Any) -> None:
    made = handmade(years=1)
    # Recalled from a community treatment order to the hospital order under it.
    made.lives(1, (HOME, -900, {"legal": "community treatment order"}), ("acute ward", 100, {"legal": "s37"}))
    made.happens(1, 100, "recall", "community treatment order", "s37")
    made.happens(1, 100, "status", "community treatment order", "s37")
    # A sentence over a restriction order ends.
    made.lives(2, (MEDIUM, -900, {"legal": "s47/49"}))
    made.happens(2, 200, "status", "s47/49", "s37/41", "sentence")
    assert flows(made) == [0, 0, 0, 0]
    # Recalled on licence to prison, then ordered by a court.
    made.lives(3, (HOME, -900, {"legal": "licence"}), ("prison (sentenced)", 50, {"legal": "none"}), (MEDIUM, 80))
    made.happens(3, 50, "recall", "licence", "none")
    made.happens(3, 50, "status", "licence", "none")
    made.happens(3, 80, "status", "none", "s37/41")
    assert flows(made) == [1, 0, 0, 0]


def test_a_status_that_changed_before_the_run_is_the_one_that_the_spell_ends_with(handmade: Any) -> None:
    made = handmade(years=1)
    made.lives(1, (MEDIUM, -900, {"legal": "s48/49", "legal_end": "s37"}), ethnicity="black")
    made.lives(2, (MEDIUM, -900, {"legal": "s48/49", "legal_end": "s37/41"}))
    assert value(made, "restricted.black_share") == 0


def test_the_composition_of_restricted_patients_is_that_of_the_last_day(handmade: Any) -> None:
    made = handmade(years=3)
    made.lives(1, (MEDIUM, -900, {"legal": "s37/41"}), ethnicity="black")
    made.lives(2, (MEDIUM, -900, {"legal": "s37/41"}), (HOME, 800, {"legal": CD}), ethnicity="black")
    made.lives(3, (LOW, -900, {"legal": "s47/49"}))
    made.lives(4, (LOW, -900, {"legal": "s3"}), ethnicity="black")
    assert value(made, "restricted.black_share", years=2) == pytest.approx(2 / 3)
    assert value(made, "restricted.black_share") == pytest.approx(1 / 2)


def test_an_unknown_estimand_or_year_is_refused_with_what_is_allowed(handmade: Any) -> None:
    made = handmade(years=2)
    with pytest.raises(UsageError, match=r"'stay.medium.median' is not known; (did you mean stay.medium|allowed: )"):
        estimate(made, ["stay.medium.median"])
    with pytest.raises(UsageError, match="years: 1 years from 2030; allowed: from 2024 to 2025"):
        estimate(made, [], first_year=2030, years=1)


def test_every_estimand_says_who_from_where_and_on_which_clock() -> None:
    assert len(ESTIMANDS) > 60
    for estimand in ESTIMANDS.values():
        assert estimand.what.endswith(".") and estimand.who.endswith("."), estimand.id
        assert estimand.tables and estimand.clock and estimand.unit, estimand.id
        assert set(estimand.tables) <= {"spells", "events", "people", "daily", "ledger", "population"}, estimand.id

"""The baseline's rule of commissioners: what it orders for which quarter, and why it orders nothing."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Any

import mesa
import pytest

from stepdown import SecureCareModel, evidence, load, run, verify
from stepdown.agents import Collaborative, Money, Quarter
from stepdown.agents.choices import Commissioning
from stepdown.errors import UsageError

if TYPE_CHECKING:
    from pathlib import Path

TIER, PLACES, TEAMS = "low secure", "supported places", "forensic teams"
RULE = {name: evidence.load().value(f"institution.commissioner.{name}") for name in Collaborative.attributes()}
UNIT = {"index": 0, "name": "Here", "commissioner": "West", "tier": TIER, "sex": "male", "ward": 12}


class Core:
    """Notes what is ordered, and does all of it."""

    def __init__(self, *, left: float = 0.0, spot: float = 0.0, **unit: int) -> None:
        self.left, self.spot = left, spot
        self.unit = UNIT | {"beds": 60, "occupied": 60, "held": 0, "closing": 0, "opening": 0} | unit
        self.orders: list[tuple[Any, ...]] = []

    def attribute(self, kind: str, name: str) -> list[float]:
        assert kind == "commissioner"
        return [RULE[name]]

    def units(self) -> list[dict[str, Any]]:
        return [self.unit]

    def left_over(self, payer: int) -> float:
        assert payer == 0
        return self.left

    def spot_left(self, commissioner: int, tier: str) -> float:
        assert (commissioner, tier) == (0, TIER)
        return self.spot

    def change_beds(self, unit: int, change: int, why: str) -> int:
        self.orders.append((unit, change, why))
        return change

    def order_places(self, commissioner: int, what: str, area: str, change: int, why: str) -> int:
        assert commissioner == 0
        self.orders.append((what, area, change, why))
        return change

    def order_spot(self, commissioner: int, tier: str, beds: int, why: str) -> None:
        assert commissioner == 0
        self.orders.append((tier, beds, why))

    def order_nothing(self, commissioner: int, why: str) -> None:
        assert commissioner == 0
        self.orders.append((why,))


def quarter(*, waiting: int = 0, no_place: int = 0, no_team: int = 0, bought: int = 0, **terms: float) -> Quarter:
    """A quarter of one tier of men and one area."""
    row: dict[str, Any] = {"tier": TIER, "sex": "male", "occupied": 60, "waiting": waiting, "ready": 20}
    row |= {"no_place": no_place, "no_team": no_team, "no_consent": 0, "no_funding": 0, "no_bed": 0, "no_prison": 0}
    here = {"ready": 20, "no_place": no_place, "no_team": no_team, "no_funding": 0, PLACES: bought, TEAMS: bought}
    usual = {"price": 600, "open_bed": 400, "occupied_day": 150, "released": 75, "spot": 720}
    usual |= {"close_cost": 80_000, "open_cost": 250_000}
    return Quarter(
        date(2024, 6, 30),
        (row,),
        Money(budget=10e6, spent=2e6, forecast=9e6, reserve=0.0, left=0.0, refused=0),
        terms={TIER: usual | terms},
        step_down={"Devon": here},
        on_offer={
            PLACES: {"price": 143, "set_up": 3000, "days": 180},
            TEAMS: {"price": 41, "set_up": 1500, "days": 180},
        },
    )


def decide(core: Core, seen: Quarter) -> Commissioning:
    """Ask a commissioner with these units and this money."""
    model = mesa.Model()
    model.core = core
    return Collaborative(model, 0, "West").commissioning(seen)


def test_before_there_is_money_nothing_is_looked_at() -> None:
    core = Core(beds=100)
    assert decide(core, replace(quarter(), money=None)) is Commissioning.KEEP
    assert core.orders == []


@pytest.mark.parametrize(
    ("empty", "seen", "order"),
    [
        (18, quarter(), (0, -12, "empty beds")),
        (17, quarter(), ("no need",)),
        (18, quarter(waiting=1), ("no need",)),
        (18, quarter(open_bed=0), ("no money",)),  # payment by results: a closed ward releases nothing
        (18, quarter(close_cost=400 * 731), ("no money",)),  # it would come back, but too late
    ],
)
def test_a_ward_closes_where_one_and_a_half_are_empty_and_closing_comes_back_in_time(
    empty: int, seen: Quarter, order: tuple[Any, ...]
) -> None:
    core = Core(beds=60 + empty)
    closes = len(order) > 1
    assert decide(core, seen) is (Commissioning.CLOSE_BEDS if closes else Commissioning.KEEP)
    assert core.orders == [order]


def test_the_last_ward_of_a_unit_stays() -> None:
    core = Core(beds=12, occupied=0)
    assert decide(core, quarter()) is Commissioning.KEEP


@pytest.mark.parametrize(
    ("released", "left", "orders", "why"),
    [
        (150, -5.0, 7, "pays for itself"),  # a little more than a place and its set-up over two years
        (146, 0.0, 0, ""),
        (75, 0.2e6 + 3.5 * (143 * 365.25 + 3000), 3, "left over"),  # beyond the fiftieth that is kept back
        (75, -1.0, 0, ""),
    ],
)
def test_places_are_bought_where_leaving_releases_more_or_money_is_left_over(
    released: float, left: float, orders: int, why: str
) -> None:
    core = Core(left=left)
    answer = decide(core, quarter(no_place=9, bought=2, released=released))
    assert answer is (Commissioning.BUY_PLACES if orders else Commissioning.KEEP)
    poor = "overspent" if left < 0 else "no money"
    assert core.orders == ([(PLACES, "Devon", orders, why)] if orders else [(poor,)])


def test_few_who_lack_a_place_and_places_that_are_on_their_way_move_nobody_to_buy() -> None:
    for seen in (quarter(no_place=3, released=500), quarter(no_place=9, bought=9, released=500)):
        core = Core()
        assert decide(core, seen) is Commissioning.KEEP
        assert core.orders == [("no need",)]


def test_room_in_a_team_is_cheaper_and_pays_sooner() -> None:
    core = Core()
    assert decide(core, quarter(no_team=4, released=45)) is Commissioning.BUY_TEAM
    assert core.orders == [(TEAMS, "Devon", 4, "pays for itself")]


@pytest.mark.parametrize(
    ("left", "spot", "opening", "answer", "order"),
    [
        (4e6, -1.0, 0, Commissioning.OPEN_BEDS, (0, 12, "queue")),
        (1e6, -1.0, 0, Commissioning.BUY_BEDS, (TIER, 1, "queue")),
        (1e6, 0.0, 0, Commissioning.KEEP, ("no need",)),  # the money for such beds isn't used up
        (0.0, -1.0, 0, Commissioning.KEEP, ("no money",)),
        (-1.0, -1.0, 0, Commissioning.KEEP, ("overspent",)),
        (4e6, -1.0, 12, Commissioning.KEEP, ("no need",)),  # a ward is on its way
    ],
)
def test_a_queue_opens_a_ward_or_buys_a_bed_as_far_as_money_goes(
    left: float, spot: float, opening: int, answer: Commissioning, order: tuple[Any, ...]
) -> None:
    core = Core(left=left, spot=spot, opening=opening)
    assert decide(core, quarter(waiting=25)) is answer
    assert core.orders == [order]


class Buying(Collaborative):
    """Orders a place in its first area each quarter, and gives half of them up."""

    def commissioning(self, quarter: Quarter) -> Commissioning:
        if quarter.money is None:
            return Commissioning.KEEP
        area = self.funders[0].name
        self.buy(PLACES, area, 2)
        self.buy(PLACES, area, -1)
        return Commissioning.BUY_PLACES


def test_what_a_rule_orders_is_in_the_tables_with_what_it_costs(tmp_path: Path) -> None:
    rich = load("baseline", population=0.01, years=1, settle_days=90, commissioner_budget=2.0)
    results = run(rich, agents=[Buying], seed=4, out=tmp_path / "run", check=True)
    rows = [row for row in results.table("orders").to_pylist() if row["commissioner"] != "NHS England"]
    assert {(row["what"], row["why"]) for row in rows} == {(PLACES, "unsaid")}
    assert {row["day"] for row in rows} == {date(2024, 7, 1), date(2024, 10, 1), date(2025, 1, 1)}
    price = round(evidence.load().value("money.supported") * 100)
    assert all((row["done"], row["cost"]) == (row["wanted"], row["wanted"] * price) for row in rows)
    bought = {
        row["area"]: row["bought"]
        for row in results.table("programmes").to_pylist()
        if row["programme"] == "commissioners' orders"
    }
    assert len(bought) == 15
    assert set(bought.values()) == {6}
    assert verify(tmp_path / "run").findings == ()


def test_an_order_for_nothing_known_is_one_sentence() -> None:
    model = SecureCareModel("baseline", seed=7, population=0.001, years=1, settle_days=0)
    agent = model.institutions["commissioner"][0]
    mine = agent.funders[0].name
    for call, words in (
        (lambda: agent.buy("castles", mine, 1), ("castles", PLACES)),
        (lambda: agent.buy(PLACES, "Devon", 1), ("Devon", mine)),
        (lambda: agent.buy(PLACES, mine, 1, why="whim"), ("whim", "left over")),
        (lambda: agent.move_to_spot("palace", 1), ("palace", TIER)),
    ):
        with pytest.raises(UsageError) as caught:
            call()
        assert all(word in str(caught.value) for word in words), caught.value

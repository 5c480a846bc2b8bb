"""The referee walks everyone every day; skipping from event to event must agree with it, in distribution.

Both worlds of a seed start with the same people, and nothing else ties them: if the two ways of keeping time agree, then
swapping them within a seed changes nothing. So the greatest of all differences, each over its own scatter, is set
against the greatest after random swaps of whole seeds. That holds for rare counts, for counts that hang together, and
for any number of them: the chance that the test fails though the worlds agree is `FALSE_ALARM`, all counts together.
"""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from stepdown import _core, plan
from stepdown.scenario import Scenario, load

FALSE_ALARM = 0.01
SEEDS = range(20)
SWAPS = 4000
LEAST = 40
"""Events of a kind, age band and year, both worlds and all seeds together, below which they are not compared by themselves."""

KINDS = {"enter", "leave", "charge", "unwell", "recovered", "reconviction", "assault", "abscond", "return", "recall"}
KINDS |= {"employment", "death", "suicide", "hearing", "programme", "status", "blocked"}
DETAILED = {"move", "stage", "decision"}


PLACES = ("capacity", "forensic_capacity", "mainstream_capacity", "supported_places", "picu_beds", "acute_beds")
PLACES += ("open_rehab_beds", "locked_rehab_beds")


def crowded(scenario: Scenario, times: int = 20) -> bytes:
    """Return the plan of a scenario with a pathway that many times as large: more to compare, and nobody more to walk."""
    data = json.loads(plan.compile(scenario).json)
    for unit in data["units"]:
        unit["beds"] *= times
    for agents in data["agents"].values():
        for k, column in enumerate(agents["columns"]):
            if column in PLACES:
                agents["values"] = [[*row[:k], row[k] * times, *row[k + 1 :]] for row in agents["values"]]
    for stock in ("conditional", "discharges"):
        data["parameters"]["start"][stock] *= times
    return plan.canonical(data)


def counts(scenario: Scenario, seed: int) -> Counter[tuple[Any, ...]]:
    """Return how often each kind of event happened, by age band and year: on the pathway, and in the whole population."""
    core = _core.Simulation(crowded(scenario), seed=seed, replicate=0, threads=2, check=False)
    core.run_until(core.end)
    logged = core.drain()
    people, events, tally = (pa.table(logged.table(name)) for name in ("people", "events", "population"))
    born = dict(zip(people["person"].to_pylist(), people["born"].to_pylist(), strict=True))
    found: Counter[tuple[Any, ...]] = Counter()
    for row in events.select(["person", "day", "event", "to", "decision"]).to_pylist():
        year = row["day"].year - (row["day"].month < 4)
        age = (row["day"] - born[row["person"]]).days / 365.25
        band = "under 30" if age < 30 else "30 to 44" if age < 45 else "45 and over"
        if row["event"] in KINDS:
            found[row["event"], band, year] += 1
        elif row["event"] in DETAILED:
            found[row["event"], row["decision"], row["to"], year] += 1
    columns = ("deaths", "births", "departed", "onsets", "charges", "receptions", "ill", "remand", "sentenced")
    for row in tally.to_pylist():
        for column in columns:
            found[column, row["age_band"], row["year"]] += row[column]
    return found


MONEY: dict[str, Any] = {"contract": "block", "cquin": 0.2, "clustering": 0.5, "breach_cost": 500.0}
MONEY |= {"commissioner_budget": 0.9}
MONEY["parameters"] = {"money.programme.place_days": 20.0, "money.programme.team_days": 20.0}
MONEY["programmes"] = [
    {"name": "need", "pounds": {2024: 2e9}, "buys": "supported places"},
    {"name": "bids", "pounds": {2024: 2e9}, "buys": "forensic teams", "where": "bidding"},
]
"""Levers of money, all at once, and programmes large enough to buy something in a thousandth of England."""

MONEY_SEEDS = range(8)


def money(scenario: Scenario, seed: int) -> Counter[tuple[Any, ...]]:
    """Return what money did in a run: sums by kind, what was refused, what programmes bought and released, and who moved on early."""
    core = _core.Simulation(crowded(scenario), seed=seed, replicate=0, threads=2, check=True)
    core.run_until(core.end)
    logged = core.drain()
    tables = {name: pa.table(logged.table(name)).to_pylist() for name in MEASURED}
    found: Counter[tuple[Any, ...]] = Counter()
    for name, (keys, columns) in MEASURED.items():
        for row in tables[name]:
            for column in columns:
                found[name, column, *(row[key] for key in keys)] += 1 if column == "rows" else row[column]
    return found


MEASURED: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "ledger": (("spend",), ("pence",)),
    "accounts": (("side", "spend", "party_kind"), ("pence",)),
    "contracts": (("contract",), ("open_days", "occupied_days", "paid", "cash_released", "notional_saving")),
    "goals": (("goal",), ("measured", "of", "at_risk", "paid")),
    "gaming": (("tier",), ("moved", "early", "refused", "coded_up", "left_early", "returned")),
    "programmes": (("buys",), ("spent", "set_up", "bought", "open", "taken", "moved", "released", "promised")),
    "refusals": (("what", "payer_kind"), ("rows",)),
    "budgets": (("payer_kind",), ("spent", "refused", "bound")),
}
"""Columns of each table that are added up, and by what."""


def test_money_agrees_with_the_referee() -> None:
    walks = ("daily", "events")
    runs = {
        walk: [
            money(load("referee", exact=walk, population=0.001, years=1, settle_days=30, **MONEY), seed)
            for seed in MONEY_SEEDS
        ]
        for walk in walks
    }
    names = sorted({name for of_walk in runs.values() for one in of_walk for name in one}, key=str)
    assert {name[0] for name in names} == set(MEASURED)
    found = np.array([[[one[name] for name in names] for one in runs[walk]] for walk in walks], dtype=float)
    # What happens in a run or two has a scatter of its own.
    often = (found != 0).sum(axis=(0, 1)) >= len(MONEY_SEEDS)
    assert often.sum() > 100
    differences = (found[1] - found[0])[:, often]
    draw = np.random.default_rng(1)
    signs = draw.choice([-1.0, 1.0], (SWAPS, len(MONEY_SEEDS), 1))
    swapped = [greatest(differences * sign).max() for sign in signs]
    limit, seen = np.quantile(swapped, 1 - FALSE_ALARM), greatest(differences)
    apart = {
        names[k]: (found[0, :, k].mean(), found[1, :, k].mean())
        for k, far in zip(np.flatnonzero(often), seen > limit, strict=True)
        if far
    }
    assert not apart, f"means by the referee and by budgets, of {often.sum()} sums: {apart}"


def greatest(differences: np.ndarray) -> np.ndarray:
    """Return the greatest difference over its scatter; the last axis but one is the seeds."""
    mean, scatter = differences.mean(axis=-2), differences.std(axis=-2, ddof=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.nan_to_num(np.abs(mean) / scatter, posinf=np.inf)


@pytest.fixture(scope="module")
def worlds() -> tuple[list[tuple[Any, ...]], np.ndarray]:
    """The kinds of events, and the counts by mode, seed and kind."""
    walks = ("daily", "events")
    runs = {
        walk: [counts(load("referee", exact=walk, population=0.001, years=1, settle_days=30), seed) for seed in SEEDS]
        for walk in walks
    }
    kinds = sorted({kind for of_walk in runs.values() for run in of_walk for kind in run}, key=str)
    return kinds, np.array([[[run[kind] for kind in kinds] for run in runs[walk]] for walk in walks], dtype=float)


def test_every_count_agrees_with_the_referee(worlds: tuple[list[tuple[Any, ...]], np.ndarray]) -> None:
    kinds, found = worlds
    often = found.sum(axis=(0, 1)) >= LEAST
    names = [kind for kind, kept in zip(kinds, often, strict=True) if kept]
    differences = (found[1] - found[0])[:, often]
    assert len(names) > 100
    draw = np.random.default_rng(1)
    swapped = [greatest(differences * draw.choice([-1.0, 1.0], (len(SEEDS), 1))).max() for _ in range(SWAPS)]
    limit, seen = np.quantile(swapped, 1 - FALSE_ALARM), greatest(differences)
    apart = {
        name: (found[0, :, k].mean(), found[1, :, k].mean())
        for name, k, far in zip(names, np.flatnonzero(often), seen > limit, strict=True)
        if far
    }
    assert not apart, f"means by the referee and by budgets, of {len(names)} counts: {apart}"


def test_the_referee_would_notice_a_tenth_more_of_a_common_event(
    worlds: tuple[list[tuple[Any, ...]], np.ndarray],
) -> None:
    kinds, found = worlds
    for kind in (("unwell", "45 and over", 2024), ("hearing", "45 and over", 2024)):
        k = kinds.index(kind)
        error = (found[1, :, k] - found[0, :, k]).std(ddof=1) / np.sqrt(len(SEEDS))
        assert error < 0.1 * found[0, :, k].mean(), kind

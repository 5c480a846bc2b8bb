"""What contracts pay, computed anew from the figures of each day and from the spells: not from the engine's own accounts."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest

from stepdown import evidence
from stepdown.running.run import run
from stepdown.scenario import load

if TYPE_CHECKING:
    from pathlib import Path

    from stepdown.results import Results

FIRST, AFTER = date(2025, 4, 1), date(2026, 4, 1)
COMPLEX = ("personality disorder", "intellectual disability or autism")
TIERS = {"high secure": "high", "medium secure": "medium", "low secure": "low"}


def paid(results: Results, tier: str) -> float:
    rows = results.table("ledger").to_pylist()
    return sum(r["pence"] for r in rows if r["spend"] == f"{tier} bed" and r["year"] == FIRST.year) / 100


def owed(results: Results, tier: str, contract: str) -> float:
    """Return what units of a tier are owed for a year [£]: standing for open beds, and for occupied days besides."""
    value = evidence.load().value
    price, norm = value(f"money.{TIERS[tier]}"), value(f"money.norm.{TIERS[tier]}")
    fixed, activity = value("money.fixed_share"), value("money.block_release")
    standing, day, dearer = {
        "block": (norm * (1 - activity) * price, activity * price, 1.0),
        "payment by results": (0.0, price, value("money.cluster_price")),
        "pathway package": (norm * fixed * price, (1 - fixed) * price, value("money.cluster_cost")),
        "provider-led": (norm * fixed * price, (1 - fixed) * price, value("money.cluster_cost")),
    }[contract]
    daily = results.table("daily").to_pylist()
    open_days = sum(r["beds"] for r in daily if r["tier"] == tier and FIRST <= r["day"] < AFTER)
    diagnosis = {r["person"]: r["primary"] for r in results.table("people").to_pylist()}
    total = standing * open_days
    for r in results.table("spells").to_pylist():
        if r["place"] == tier:
            end = AFTER if r["ending"] == "open" else r["end"]
            days = max((min(end, AFTER) - max(r["start"], FIRST)).days, 0)
            # A bed that was sold to somebody else isn't owed for on that day.
            per_day = -standing if r["spot"] else day * (dearer if diagnosis[r["person"]] in COMPLEX else 1.0)
            total += days * per_day
    return total


@pytest.mark.parametrize("contract", ["block", "payment by results", "pathway package", "provider-led"])
def test_a_contract_pays_for_open_beds_and_occupied_days_as_it_says_and_nhs_england_stays_under_block(
    tmp_path: Path, contract: str
) -> None:
    scenario = load("baseline", population=0.01, years=2, contract=contract)
    results = run(scenario, seed=3, out=tmp_path / "run")
    for tier in TIERS:
        terms = "block" if tier == "high secure" else contract
        # Beds of those absent without leave are kept and paid for: a few in a thousand.
        assert paid(results, tier) == pytest.approx(owed(results, tier, terms), rel=0.01), tier

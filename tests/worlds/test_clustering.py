"""A price by need group, computed anew from spells, diagnoses and the codes that units give."""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from typing import TYPE_CHECKING

import pytest

from stepdown import evidence
from stepdown.running.run import run
from stepdown.scenario import load

if TYPE_CHECKING:
    from stepdown.results import Results

FIRST, AFTER = date(2025, 4, 1), date(2026, 4, 1)
COMPLEX = ("personality disorder", "intellectual disability or autism")

SCENARIO = """
title = "A price by need group"
extends = "baseline"
why = "What is paid?"

[levers.contract]
value = "block"
from = 2024-04-01

[levers.clustering]
value = 1.0
from = 2024-04-01
"""


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Results:
    folder = tmp_path_factory.mktemp("clustering")
    # From the first reported day on, so that every code is in the events.
    (folder / "x.toml").write_text(SCENARIO, encoding="utf-8")
    return run(load(folder / "x.toml", population=0.02, years=2), seed=4, out=folder / "run")


def codes(results: Results) -> dict[int, list[tuple[date, bool]]]:
    found: dict[int, list[tuple[date, bool]]] = defaultdict(list)
    for row in results.table("events").to_pylist():
        if row["event"] == "decision" and row["decision"] == "coding":
            found[row["person"]].append((row["day"], row["to"] == "code complex"))
    return found


@pytest.mark.parametrize("tier", ["medium secure", "low secure"])
def test_each_occupied_day_is_paid_by_the_code_and_an_empty_bed_by_nobody(results: Results, tier: str) -> None:
    price, dearer = evidence.load().value(f"money.{tier.split()[0]}"), evidence.load().value("money.cluster_price")
    group = {row["person"]: row["primary"] in COMPLEX for row in results.table("people").to_pylist()}
    told = codes(results)
    owed = 0.0
    for row in results.table("spells").to_pylist():
        # The bed of somebody absent without leave is kept, and paid for.
        kept = row["place"] == "absent without leave" and row["source"] == tier
        if row["spot"] or not (kept or row["place"] == tier):
            continue
        end = AFTER if row["ending"] == "open" else min(row["end"], AFTER)
        begin, complex_ = max(row["start"], FIRST), group[row["person"]]
        # Paid by the true group until a unit has coded, at the first review of the stay.
        for day, coded in [*([] if kept else told[row["person"]]), (end, False)]:
            if row["start"] <= day <= end:
                owed += max((min(day, end) - begin).days, 0) * price * (dearer if complex_ else 1.0)
                begin, complex_ = max(begin, day), coded
    rows = results.table("ledger").to_pylist()
    paid = sum(row["pence"] for row in rows if row["spend"] == f"{tier} bed" and row["year"] == FIRST.year) / 100
    assert paid == pytest.approx(owed, rel=1e-3)


def test_every_patient_is_coded_once_a_stay_and_some_above_their_group(results: Results) -> None:
    group = {row["person"]: row["primary"] in COMPLEX for row in results.table("people").to_pylist()}
    told = codes(results)
    assert told
    every = [(group[person], coded) for person, codes_ in told.items() for _, coded in codes_]
    assert 0 < sum(coded and not truly for truly, coded in every) < len(every) / 3
    rows = results.table("gaming").to_pylist()
    assert sum(row["coded_up"] for row in rows) > 0
    assert all(row["coded_up"] >= 0 for row in rows)


def test_where_no_price_depends_on_it_nobody_is_coded(tmp_path_factory: pytest.TempPathFactory) -> None:
    results = run(load("baseline", population=0.002, years=1), seed=5, out=tmp_path_factory.mktemp("none") / "run")
    assert not codes(results)
    assert all(row["coded_up"] == 0 for row in results.table("gaming").to_pylist())

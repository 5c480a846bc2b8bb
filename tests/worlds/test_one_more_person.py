"""One more person in the world: everybody else's history is the same until that person first queues.

Where nothing runs out nobody meets in a queue, and it is the same for good.
"""

from __future__ import annotations

from datetime import date
from functools import cache
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pytest

from stepdown import _core, plan
from stepdown.evidence import institutions
from stepdown.scenario import load

Cell = tuple[int, str, int]

SEEDS = range(3)

CELLS: list[Cell] = [(area, sex, age) for area in range(42) for sex in ("male", "female") for age in range(18, 60)]
"""One more person for each of these: enough that some of them come to the pathway."""

QUEUES = ("identified", "referred", "accepted", "bed held", "admission", "ready", "follow-up")
"""Stages in which a person takes the time, the bed or the place that somebody else could have had."""

WARDS = ("acute ward", "PICU", "supported accommodation", "high secure", "medium secure", "low secure")


@cache
def world(seed: int, capacity: str, more: tuple[Cell, ...] = ()) -> dict[str, pa.Table]:
    """Live some years of the baseline with one person in two hundred, and those who are added."""
    compiled = plan.compile(load("baseline", population=0.005, years=5, settle_days=90, capacity=capacity))
    core = _core.Simulation(compiled.json, seed=seed, replicate=0, threads=2, check=False, more=list(more))
    core.run_until(core.end)
    logged = core.drain()
    return {table: pa.table(logged.table(table)) for table in ("people", "events", "spells")}


@cache
def contacts(seed: int, capacity: str) -> dict[int, Cell]:
    """Return the cells of those of the added people who come to the pathway after the start, by identity."""
    known, areas = people(world(seed, capacity)), [area.name for area in institutions.load().areas]
    found = {}
    for row in world(seed, capacity, crowd(seed, capacity))["people"].to_pylist():
        if row["person"] not in known and not row["from_start"]:
            found[row["person"]] = cell(row, areas)
    return found


@cache
def crowd(seed: int, capacity: str) -> tuple[Cell, ...]:
    """Return the cells to which people are added, less those of people picked at the start in somebody else's place."""
    known, areas = people(world(seed, capacity)), [area.name for area in institutions.load().areas]
    left = tuple(CELLS)
    while True:
        rows = world(seed, capacity, left)["people"].to_pylist()
        picked = {cell(row, areas) for row in rows if row["from_start"] and row["person"] not in known}
        if not picked:
            return left
        left = tuple(cell for cell in left if cell not in picked)


def people(tables: dict[str, pa.Table]) -> set[int]:
    """Return everybody on the pathway."""
    return set(tables["people"]["person"].to_pylist())


def cell(row: dict[str, Any], areas: list[str]) -> Cell:
    """Return the cell of a person, who may have moved since."""
    born: date = row["born"]
    return areas.index(row["area"]), row["sex"], 2024 - born.year - ((born.month, born.day) > (4, 1))


def of(events: pa.Table, person: int) -> pa.Table:
    """Return the events of a person."""
    return events.filter(pc.field("person") == pa.scalar(person, pa.int64()))


def first_queue(events: pa.Table, person: int) -> date:
    """Return the first day on which a person queues, or takes a place that can run out."""
    days = [
        row["day"]
        for row in of(events, person).to_pylist()
        if (row["event"] == "stage" and row["to"] in QUEUES) or (row["event"] == "move" and row["to"] in WARDS)
    ]
    return min(days, default=date.max)


def others(tables: dict[str, pa.Table], added: set[int], until: date = date.max) -> dict[str, pa.Table]:
    """Return what is known of everybody else before a day."""
    theirs = pa.array(sorted(added), pa.int64())
    day = {"people": "first_contact", "events": "day", "spells": "end"}
    return {
        name: table.filter(~pc.is_in(pc.field("person"), theirs) & (pc.field(day[name]) < pa.scalar(until)))
        for name, table in tables.items()
    }


def test_nobody_else_is_touched_before_the_first_queue() -> None:
    tried = 0
    for seed in SEEDS:
        base = world(seed, "limited")
        for person, added in contacts(seed, "limited").items():
            found = world(seed, "limited", (added,))
            seen, until = of(found["events"], person), first_queue(found["events"], person)
            if seen.num_rows and until > seen["day"][0].as_py():
                tried += 1
                assert others(found, {person}, until) == others(base, {person}, until), (seed, added, until)
    assert tried >= 2


def test_nobody_else_is_ever_touched_where_nothing_runs_out() -> None:
    queued = 0
    for seed in SEEDS:
        base, found = world(seed, "unlimited"), world(seed, "unlimited", crowd(seed, "unlimited"))
        added = set(contacts(seed, "unlimited"))
        queued += sum(first_queue(found["events"], person) < date.max for person in added)
        for table, rows in others(found, added).items():
            assert rows == others(base, added)[table], (seed, table)
    assert queued >= 1


def test_people_are_added_only_to_cells_that_there_are() -> None:
    compiled = plan.compile(load("baseline", population=0.002, years=1, settle_days=0))
    with pytest.raises(Exception, match="no male of age 101 in area 3"):
        _core.Simulation(compiled.json, seed=3, replicate=0, threads=1, check=False, more=[(3, "male", 101)])

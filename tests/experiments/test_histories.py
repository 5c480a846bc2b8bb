"""A person's two histories are the same until something differs; it is told what, and why, and of whom most."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

import pytest

from stepdown.cli import invoke
from stepdown.errors import UsageError
from stepdown.experiments.histories import Event, _parting, affected, history, parting
from stepdown.results import Results

if TYPE_CHECKING:
    from stepdown.experiments.plan import Plan

BOTH = "with-clinician_threshold-supported_places"


@pytest.fixture(scope="module")
def pair(swept: Plan) -> tuple[Results, Results]:
    """The base and the package, with the same people."""
    return tuple(Results(swept.folder / "runs" / f"{arm}-d0-r0") for arm in ("baseline", BOTH))  # type: ignore[return-value]


def rows(run: Results, person: int) -> list[tuple[Any, ...]]:
    """Return a person's rows of the table of events."""
    table = [row for row in run.table("events").to_pylist() if row["person"] == person]
    return [
        (row["day"], row["event"], row["from"], row["to"], row["unit"], row["decision"], row["cause"]) for row in table
    ]


def test_histories_part_where_their_rows_do(pair: tuple[Results, Results]) -> None:
    one, other = pair
    people = sorted(set(one.table("people")["person"].to_pylist()) & set(other.table("people")["person"].to_pylist()))
    differ = 0
    for person in people[:40]:
        before, after = rows(one, person), rows(other, person)
        found = parting(one, other, person)
        if before == after:
            assert (found.day, found.said) == (None, "both histories are the same")
            continue
        differ += 1
        at = next(
            (k for k, (x, y) in enumerate(zip(before, after, strict=False)) if x != y), min(len(before), len(after))
        )
        there = [events[at][0] for events in (before, after) if at < len(events)]
        assert found.day == min(there)
        assert found.why in ("lever", "queue") and found.said
    assert differ, "somebody's life differs"


def test_the_people_whose_lives_differ_most_are_found(pair: tuple[Results, Results]) -> None:
    one, other = pair
    table = affected(one, other, 1000)
    apart = table["days_apart"].to_pylist()
    assert apart == sorted(apart, reverse=True) and apart[0] > 30

    def days(run: Results, person: int) -> dict[str, int]:
        found: dict[str, int] = {}
        for row in run.table("spells").to_pylist():
            if row["person"] == person:
                start, end = max(row["start"], date(2024, 4, 1)), min(row["end"], date(2025, 4, 1))
                found[row["place"]] = found.get(row["place"], 0) + max((end - start).days, 0)
        return found

    for row in table.slice(0, 3).to_pylist():
        before, after = days(one, row["person"]), days(other, row["person"])
        differ = sum(abs(before.get(place, 0) - after.get(place, 0)) for place in {*before, *after}) / 2
        assert row["days_apart"] == differ
        secure = [place for place in before if place in ("high secure", "medium secure", "low secure")]
        assert row["secure_before"] == sum(before[place] for place in secure)
        assert row["parts"] == parting(one, other, row["person"]).day


STAY = Event(date(2025, 5, 1), "decision", "none", "stay", "A", "review", "none")
MOVE = Event(date(2025, 5, 1), "move", "prison (remand)", "low secure", "A", None, "none")
BLOCKED = Event(date(2025, 5, 1), "blocked", "nothing missing", "team", "A", None, "none")
RELAPSE = Event(date(2025, 5, 1), "unwell", "none", "none", "A", None, "relapse")
LATER = date(2025, 5, 9)


@pytest.mark.parametrize(
    ("before", "after", "why", "said"),
    [
        ([STAY], [replace(STAY, after="ready")], "lever", "review was asked on the same day and answered 'stay' and 'ready'; levers that differ by then: diversion"),
        ([MOVE], [replace(MOVE, day=LATER)], "queue", "at A comes 8 days later in other: the wait for it differs"),
        ([replace(MOVE, day=date(2025, 5, 2))], [MOVE], "queue", "comes 1 day later in one"),
        ([BLOCKED], [replace(BLOCKED, after="place")], "queue", "what was missing differs: team, and place"),
        ([RELAPSE], [], "lever", "the same number is held against another rate"),
        ([MOVE], [], "queue", "what it waits for was not there"),
    ],
)  # fmt: skip
def test_why_histories_part(before: list[Event], after: list[Event], why: str, said: str) -> None:
    runs = [
        SimpleNamespace(manifest={"draw": 0}, path=Path("one"), scenario={}),
        SimpleNamespace(
            manifest={"draw": 0},
            path=Path("other"),
            scenario={"levers": {"diversion": [{"value": 1}], "custody": [{"value": 2, "from": date(2026, 4, 1)}]}},
        ),
    ]
    found = _parting(*cast("list[Results]", runs), before, after)
    assert (found.day, found.why) == (date(2025, 5, 1), why)
    assert said in found.said
    runs[0].manifest = {"draw": 3}
    assert _parting(*cast("list[Results]", runs), before, after).why == "draw"


def test_the_command_tells_of_people(pair: tuple[Results, Results], capsys: pytest.CaptureFixture[str]) -> None:
    paths = [str(run.path) for run in pair]
    assert invoke(["compare", *paths, "--affected", "3", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert len(found) == 3
    person = found[0]["person"]
    assert invoke(["compare", *paths, "--person", str(person)]) == 0
    said = capsys.readouterr().out
    assert found[0]["said"] in said and len(said.splitlines()) >= len(history(pair[0], person))
    assert invoke(["compare", *paths, "--person", "1"]) == 2
    assert "person 1 is not in it" in capsys.readouterr().err
    assert invoke(["compare", paths[0], "--person", str(person)]) == 2
    assert "allowed: that of one sweep, or those of two runs" in capsys.readouterr().err


def test_other_people_are_refused(swept: Plan, pair: tuple[Results, Results]) -> None:
    with pytest.raises(UsageError, match="not the same people live in it"):
        affected(pair[0], Results(swept.folder / "runs" / "baseline-d0-r1"))


def test_who_gains_and_who_waits_longer(swept: Plan, capsys: pytest.CaptureFixture[str]) -> None:
    assert invoke(["compare", str(swept.folder), "--scenario", BOTH, "--displaced", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["pairs"], found["of"]) == (2, 2)
    assert {row["tier"] for row in found["admissions"]} >= {"all", "medium secure"}
    assert invoke(["compare", str(swept.folder), "--scenario", BOTH, "--displaced"]) == 0
    assert "in 2 of 2 pairs" in capsys.readouterr().err

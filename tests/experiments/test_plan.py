"""A plan says what it takes before it is begun, and the two commands of a new user end with a table of intervals."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from stepdown import memory
from stepdown.cli import invoke
from stepdown.errors import LimitError
from stepdown.experiments.costs import forecast, refuse_large
from stepdown.experiments.local import fitting
from stepdown.experiments.plan import Costs, open_plan, with_costs

from .conftest import write
from .test_task import SMALL, small, strays

if TYPE_CHECKING:
    from pathlib import Path

COSTS = Costs(seconds=100.0, recording=40.0, memory=1 << 30, disk=5 << 20, inflow_bytes=1 << 20)


def test_a_scenario_of_five_lines_becomes_a_table_with_intervals_in_two_commands(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine.toml").write_text(
        'title = "More places"\nwhy = "Where do people go?"\nextends = "baseline"\n'
        "levers = {clinician_threshold = {value = 2}, supported_places = {value = 3000}}\n"
    )
    few = ["--population", "0.002", "--years", "1", "--replicates", "2", "--workers", "1"]
    assert invoke(["sweep", "run", "mine.toml", *few]) == 0
    assert capsys.readouterr().out.splitlines() == ["baseline: 2 of 2 tasks", "mine: 2 of 2 tasks"]
    assert invoke(["compare", "sweeps/mine", "--indicator", "supported_places_free", "--indicator", "ready"]) == 0
    said = capsys.readouterr()
    heads, values, _ = (line.split() for line in said.out.splitlines())
    assert heads[:7] == ["scenario", "indicator", "base", "mean", "difference", "low", "high"]
    difference, low, high = (float(value.replace(",", "")) for value in values[4:7])
    assert low <= difference <= high and difference > 2000
    assert "2 of 2" in said.out and "pairing: " in said.err
    made = open_plan("sweeps/mine")
    assert strays(made) == []
    costs = made.facts.costs
    assert costs is not None
    assert costs.seconds > 0
    kept = sum(path.stat().st_size for path in (made.folder / "results").rglob("*.parquet")) / 4
    assert costs.disk == pytest.approx(kept, rel=0.3)


def test_a_forecast_adds_up(tmp_path: Path) -> None:
    made = with_costs(small(tmp_path, replicates=10), COSTS)
    found = forecast(made, 4)
    assert found is not None
    assert (found.tasks, found.records, found.workers, found.memory) == (20, 10, 4, 4 << 30)
    assert found.hours == pytest.approx((20 * 100 + 10 * 40) / 3600)
    assert found.elapsed == pytest.approx(found.hours / 4)
    assert found.disk == 20 * (5 << 20) + 4 * (1 << 20)


def test_a_plan_that_is_too_large_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    made = with_costs(small(tmp_path, replicates=10), COSTS)
    expected = forecast(made, 1)
    assert expected is not None
    refuse_large(made, expected)
    for more, said in (({"hours": 49.0}, "49 processor hours"), ({"disk": 1 << 60}, "GiB of disk")):
        with pytest.raises(LimitError, match=said):
            refuse_large(made, replace(expected, **more))  # type: ignore[arg-type]
    path = write(tmp_path, SMALL.format(replicates=2501, attempts=1))
    large = ["plan", str(path), "--out", str(tmp_path / "large")]
    assert invoke(large) == 4
    assert "5,002 tasks (more than 5,000); allowed: less of it, or --allow-large" in capsys.readouterr().err
    assert invoke([*large, "--allow-large"]) == 0


def test_no_more_processes_than_there_is_memory_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = with_costs(small(tmp_path), COSTS)
    monkeypatch.setattr(memory, "room", lambda: memory.Room(5 << 29, "a test"))
    assert fitting(made, 8) == 2
    monkeypatch.setattr(memory, "room", lambda: memory.Room(1 << 29, "a test"))
    with pytest.raises(LimitError, match=r"a task takes some 1\.0 GiB of memory, and there are 0\.5 \(a test\)"):
        fitting(made, 8)


def test_a_pilot_says_how_many_replicates_suffice(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = SMALL.format(replicates=2, attempts=1) + '\n[[outcomes]]\nindicator = "population"\n'
    path = write(tmp_path, text)
    arguments = ["plan", str(path), "--draws", "2", "--out", str(tmp_path / "s"), "--workers", "1", "--pilot", "--json"]
    assert invoke(arguments) == 0
    found = json.loads(capsys.readouterr().out)
    (row,) = found["suggested"]
    assert (row["outcome"], row["runs"]) == ("population", 4)
    assert row["replicates"] >= 1
    assert found["tasks"] == 8
    assert len(open_plan(tmp_path / "s").committed()) == 4, "the first tasks of the plan, and no others"
    assert invoke(["plan", str(path), "--out", str(tmp_path / "t"), "--pilot"]) == 2
    assert "tell nothing of replicates; allowed: at least 2 draws of 2 replicates" in capsys.readouterr().err

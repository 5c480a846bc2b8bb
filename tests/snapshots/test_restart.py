"""A run that goes on from a snapshot is the run that was never stopped, whatever the day, the threads and the mode."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from stepdown import _core, plan
from stepdown.model import SecureCareModel
from stepdown.scenario import Scenario, load

if TYPE_CHECKING:
    from pathlib import Path

FEW = {
    "events": load("baseline", population=0.001, years=2),
    "years that differ": load("world-2013", population=0.001, years=3, settle_days=366),
    "daily": load("referee", population=0.0003, years=1),
    "programmes": load(
        "baseline",
        population=0.001,
        years=2,
        settle_days=366,
        programmes=[
            {"name": "once", "pounds": {2024: 5e8}, "buys": {"forensic teams": 0.5, "supported places": 0.5}},
            {
                "name": "for good",
                "pounds": {2025: 3e8},
                "buys": "supported places",
                "where": "bidding",
                "recurrent": True,
            },
            {"name": "wards", "from_wards": 0.5, "speed_days": 40, "buys": "mainstream teams"},
        ],
        beds={"medium": [{"from": "2024-04-01", "beds": -1000}]},
    ),
}
PLANS = {mode: plan.compile(scenario).json for mode, scenario in FEW.items()}
WHOLE: dict[str, dict[str, pa.Table]] = {}


def begin(mode: str, threads: int = 1) -> _core.Simulation:
    return _core.Simulation(PLANS[mode], seed=7, replicate=2, threads=threads, check=False)


def live(core: _core.Simulation) -> dict[str, pa.Table]:
    core.run_until(core.end)
    logged = core.drain()
    return {name: pa.table(logged.table(name)) for name in logged.rows()}


def whole(mode: str) -> dict[str, pa.Table]:
    if mode not in WHOLE:
        WHOLE[mode] = live(begin(mode))
    return WHOLE[mode]


@pytest.mark.parametrize("mode", list(FEW))
@given(data=st.data())
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_it_ends_with_the_same_rows_from_any_day_with_any_threads(
    mode: str, tmp_path: Path, data: st.DataObject
) -> None:
    core = begin(mode, threads=data.draw(st.integers(1, 3)))
    core.run_until(data.draw(st.integers(core.first, core.end)))
    core.snapshot(tmp_path / "here")
    there = _core.Simulation.restore(tmp_path / "here", threads=data.draw(st.integers(1, 3)), check=True)
    assert there.day == core.day
    assert live(there) == whole(mode)
    assert there.counts()["decisions"] == live_counts(mode)


def live_counts(mode: str) -> int:
    core = begin(mode)
    core.run_until(core.end)
    return core.counts()["decisions"]


@pytest.mark.parametrize("mode", list(FEW))
@pytest.mark.parametrize("settled", [False, True])
def test_the_turn_of_a_year_is_a_day_like_any_other(mode: str, tmp_path: Path, *, settled: bool) -> None:
    for shift in (-1, 0, 1):
        core = begin(mode)
        core.run_until((core.start if settled else core.end - 365) + shift)
        core.snapshot(tmp_path / "here")
        assert live(_core.Simulation.restore(tmp_path / "here", threads=1, check=False)) == whole(mode)


def test_what_is_restored_is_what_was_written(tmp_path: Path) -> None:
    core = begin("events")
    core.run_until(core.start + 77)
    core.snapshot(tmp_path / "one")
    _core.Simulation.restore(tmp_path / "one", threads=2, check=True).snapshot(tmp_path / "two")
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()


def test_a_replayed_population_is_restored_too(tmp_path: Path) -> None:
    known = _core.Inflow.record(PLANS["events"], seed=7, replicate=2, threads=1)
    core = _core.Simulation(PLANS["events"], seed=7, replicate=2, threads=1, check=False, inflow=known)
    core.run_until(core.start + 400)
    core.snapshot(tmp_path / "here")
    assert live(_core.Simulation.restore(tmp_path / "here", threads=2, check=True)) == whole("events")


def test_a_model_goes_on_with_attributes_own_columns_and_figures(tmp_path: Path) -> None:
    model = SecureCareModel(FEW["events"], seed=7)
    model.run_for(1300)
    model.institutions["ministry"][0].capacity += 7
    model.run_for(1)
    model.drain()
    model.snapshot(tmp_path / "here")
    again = SecureCareModel(FEW["events"], snapshot=tmp_path / "here")
    assert (again.date, again.steps, again.occupied) == (model.date, model.steps, model.occupied)
    assert again.institutions["ministry"][0].capacity == model.institutions["ministry"][0].capacity
    for both in (model, again):
        both.run_for(200)
    assert pa.table(again.drain().table("events")) == pa.table(model.drain().table("events"))


def test_a_snapshot_says_what_it_is(tmp_path: Path) -> None:
    core = begin("events")
    core.run_until(core.start)
    core.snapshot(tmp_path / "here")
    said = _core.snapshot_head(tmp_path / "here")
    assert (said["seed"], said["replicate"], said["date"], said["day"]) == (7, 2, "2024-04-01", core.start)
    assert said["source"] == _core.source()
    assert isinstance(FEW["events"], Scenario)

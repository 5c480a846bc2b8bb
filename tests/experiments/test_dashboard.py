"""The dashboard reads a sweep: each scenario once, all its runs, and says that it is a sample."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from stepdown.dashboard.arms import life, people, read, spread
from stepdown.results.indicators import ENGLAND

if TYPE_CHECKING:
    from stepdown.experiments.plan import Plan


def test_a_sweep_is_its_scenarios_each_with_all_of_its_runs(swept: Plan) -> None:
    arms = {arm.name: arm for arm in read([swept.folder])}
    assert list(arms) == list(swept.arms)
    assert {name: arm.runs for name, arm in arms.items()} == {
        name: sum(task.arm == name for task in swept.tasks.values()) for name in swept.arms
    }
    for arm in arms.values():
        assert arm.share == pytest.approx(0.002)
        (values,) = arm.values("discharges", ENGLAND).values()
        assert len(values) == arm.runs
        mean, low, high = spread(values)
        assert low <= mean <= high and mean == pytest.approx(sum(values) / arm.runs)


def test_the_run_that_is_kept_has_people_to_look_at(swept: Plan) -> None:
    run = read([swept.folder])[0].run
    assert run is not None
    for person in people(run, ENGLAND)[:3]:
        assert max(stay["ready_days"] for stay in life(run, person)) > 0

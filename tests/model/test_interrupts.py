"""Ctrl-C, or any exception, is caught and gone on with: the days are the same days, or every later call is refused."""

from __future__ import annotations

import random
import signal
import threading
from datetime import date
from typing import TYPE_CHECKING, Any

import mesa
import pyarrow as pa
import pytest

from stepdown.agents import Collaborative, Institution, Patient, Quarter, ResponsibleClinician
from stepdown.agents.choices import Commissioning
from stepdown.decisions.rules import Array, Cases, Day, rule
from stepdown.errors import LimitError, RuleError, UsageError
from stepdown.model import SecureCareModel

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

SMALL: dict[str, Any] = {"years": 1, "settle_days": 30, "population": 0.002, "seed": 7}


def events(model: SecureCareModel) -> pa.Table:
    return pa.table(model.drain().table("events"))


def rows(model: SecureCareModel) -> list[dict[str, Any]]:
    collected: list[dict[str, Any]] = model.datacollector.get_model_vars_dataframe().to_dict("records")
    return collected


class Once:
    """Raises the first time that a condition holds."""

    def __init__(self, error: BaseException, when: Callable[[], bool]) -> None:
        self.error, self.when, self.raised = error, when, False

    def __call__(self) -> bool:
        if not self.raised and self.when():
            self.raised = True
            raise self.error
        return False


def test_an_exception_while_1_april_is_lived_comes_between_two_days() -> None:
    tenth = {**SMALL, "population": 0.1, "settle_days": 0, "seed": 3}
    undisturbed, model = SecureCareModel(**tenth), SecureCareModel(**tenth)
    fault = Once(RuntimeError("the callback broke"), lambda: True)
    with pytest.raises(RuntimeError, match="the callback broke"):
        model.run_for(300, enough=fault)
    assert model.date <= date(2024, 4, 3), "it was raised at the first look, while the year was lived"
    assert model.steps == model.day - model.core.first
    model.run_for(90 - model.steps)
    undisturbed.run_for(90)
    assert events(model).equals(events(undisturbed))


@pytest.mark.parametrize("by_step", [False, True], ids=["run_for", "step"])
def test_control_c_at_any_moment_changes_nothing(*, by_step: bool) -> None:
    asked: list[tuple[str, date]] = []

    class Buyer(Collaborative):
        def commissioning(self, quarter: Quarter) -> Commissioning:
            asked.append((self.name, quarter.last))
            return Commissioning.KEEP

    def live(model: SecureCareModel) -> None:
        if by_step:
            model.step()
        else:
            model.run_for(40)

    undisturbed = SecureCareModel(**SMALL, agents=[Buyer])
    while undisturbed.running:
        live(undisturbed)
    expected, asked = asked, []
    draw = random.Random(5)
    model = SecureCareModel(**SMALL, agents=[Buyer])
    interrupted = 0
    while model.running:
        timer = threading.Timer(draw.uniform(0, 0.01 if by_step else 0.05), signal.raise_signal, args=(signal.SIGINT,))
        try:
            timer.start()
            live(model)
            timer.join()
        except KeyboardInterrupt:
            interrupted += 1
        assert model.steps <= model.day - model.core.first + 1
    assert interrupted > 3
    model.run_for(0)
    assert model.steps == model.day - model.core.first == undisturbed.steps
    assert asked == expected
    assert events(model).equals(events(undisturbed))
    if by_step:
        assert rows(model) == rows(undisturbed)
    else:
        assert {row["date"] for row in rows(model)} >= {"2024-07-01", "2024-10-01", "2025-01-01", "2025-04-01"}


def test_a_commissioner_who_raises_is_asked_again_and_the_others_are_not() -> None:
    asked: list[str] = []
    fails = [True]

    class Buyer(Collaborative):
        def commissioning(self, quarter: Quarter) -> Commissioning:
            del quarter
            asked.append(self.name)
            if len(asked) == 4 and fails.pop():
                raise KeyError("no such tariff")
            return Commissioning.KEEP

    model = SecureCareModel(**SMALL, agents=[Buyer])
    with pytest.raises(KeyError, match="no such tariff"):
        model.run_for(400)
    assert model.date == date(2024, 7, 1)
    model.run_for(1)
    assert len(asked) == 16
    assert asked[3] == asked[4]
    assert sorted(set(asked)) == sorted(asked[:3] + asked[4:])
    assert [row["date"] for row in rows(model)] == ["2024-04-01", "2024-07-01"]


def refused(model: SecureCareModel, tmp_path: Path, why: str) -> None:
    """Every call says why."""
    calls: list[Callable[[], object]] = [
        model.step,
        lambda: model.run_for(1),
        lambda: model.run_for(0),
        model.run_model,
        model.drain,
        lambda: model.snapshot(tmp_path / "x.snapshot"),
        lambda: model.occupied,
        model.commission,
        lambda: len(model.patients),
        lambda: model.population.count({"present": True}),
        lambda: model.institutions["responsible_clinician"][0].threshold,
        lambda: setattr(model.institutions["responsible_clinician"][0], "threshold", 0.0),
        lambda: model.core.run_until(model.core.end),
        model.core.counts,
    ]
    for call in calls:
        with pytest.raises(UsageError, match=why):
            call()
    assert list(tmp_path.iterdir()) == []


def test_a_commissioner_who_raises_after_a_change_leaves_no_model(tmp_path: Path) -> None:
    class Rash(Collaborative):
        def commissioning(self, quarter: Quarter) -> Commissioning:
            self.change_beds(self.units[0]["name"], 2)
            raise KeyError(quarter.last)

    model = SecureCareModel(**SMALL, agents=[Rash])
    with pytest.raises(KeyError):
        model.run_for(400)
    refused(model, tmp_path, r"changed something on 2024-06-30 and then raised KeyError: .+ from a snapshot")


def test_a_rule_that_raises_leaves_no_model(tmp_path: Path) -> None:
    class Broken(ResponsibleClinician):
        @rule(reads=("reading",))
        def review(cls, cases: Cases, day: Day) -> Array:
            raise ZeroDivisionError(len(cases), day.date)

    model = SecureCareModel(**SMALL, agents=[Broken])
    with pytest.raises(RuleError, match="ZeroDivisionError"):
        model.run_for(400)
    lived = model.day
    refused(model, tmp_path, r"the engine stopped in the middle of a day \(rule .+ZeroDivisionError.+ from a snapshot")
    assert (model.day, model.steps) == (lived, lived - model.core.first)


def test_a_closed_model_is_refused_and_keeps_its_rows(tmp_path: Path) -> None:
    with SecureCareModel(**SMALL) as model:
        model.run_for(40)
    model.close()
    refused(model, tmp_path, "the model is closed: its engine is gone; make it anew, or from a snapshot")
    assert len(rows(model)) == 1
    assert not model.running


class Fragile(SecureCareModel):
    """Does something of its own each day, and fails at it once."""

    def __init__(self, *, before: bool, **parameters: Any) -> None:
        super().__init__(**parameters)
        self.fails_before, self.fails, self.worked = before, True, 0

    def work(self) -> None:
        if self.fails and self._lived >= 5:
            self.fails = False
            raise OSError("the share is away")
        self.worked += 1

    def step(self) -> None:
        if self.fails_before:
            self.work()
        super().step()
        if not self.fails_before:
            self.work()


@pytest.mark.parametrize("before", [True, False], ids=["before the day", "after the day"])
@pytest.mark.parametrize("at_once", [True, False], ids=["run_for", "step"])
def test_a_step_that_raises_once_doesnt_end_stepping(*, before: bool, at_once: bool) -> None:
    model = Fragile(before=before, **SMALL)
    with pytest.raises(OSError, match="the share is away"):
        model.run_for(10)
    assert model.steps == model.day - model.core.first == 5
    if at_once:
        model.run_for(10)
    else:
        for _ in range(10):
            model.step()
    assert model.steps == model.day - model.core.first == 15
    assert getattr(model, "time", 15) == 15
    assert [row["date"] for row in rows(model)] == sorted({row["date"] for row in rows(model)})
    assert len(rows(model)) == 15


def test_a_step_of_ones_own_is_called_for_each_day_that_run_for_lives() -> None:
    days: list[date] = []

    class Watching(SecureCareModel):
        def step(self) -> None:
            super().step()
            days.append(self.date)

    model = Watching(**SMALL)
    model.run_for(20)
    assert len(days) == len(set(days)) == 20


def test_a_step_may_live_several_days() -> None:
    class Weekly(SecureCareModel):
        def step(self) -> None:
            self.run_for(7)

    model = Weekly(**SMALL)
    for week in range(1, 6):
        model.step()
        assert model.steps == 7 * week
    model.run_for(14)
    assert model.steps == 49


def test_a_step_that_lives_no_day_is_refused() -> None:
    class Forgetful(SecureCareModel):
        def step(self) -> None:
            """Forget the days."""

    with pytest.raises(
        UsageError, match=r"Forgetful.step: it lived no day; allowed: one that calls super\(\).step\(\)"
    ):
        Forgetful(**SMALL).step()


def test_the_horizon_is_refused_again_and_again() -> None:
    model = SecureCareModel(**{**SMALL, "settle_days": 0})
    model.run_model()
    for _ in range(3):
        with pytest.raises(LimitError, match="the run is over"):
            model.step()
        assert model.steps == 365
    assert not model.running


def test_a_row_is_collected_in_all_columns_or_in_none() -> None:
    class Collected(SecureCareModel):
        def __init__(self, **parameters: Any) -> None:
            super().__init__(**parameters)
            self.faults = [OSError("no network")]
            self.datacollector = mesa.DataCollector(model_reporters={"date": "date_reported", "far": self.far})

        def far(self) -> int:
            if self._lived == 3 and self.faults:
                raise self.faults.pop()
            return self._lived

    model = Collected(**SMALL)
    for _ in range(2):
        model.step()
    with pytest.raises(OSError, match="no network"):
        model.step()
    for _ in range(2):
        model.step()
    assert [row["far"] for row in rows(model)] == [1, 2, 3, 4, 5]


def test_mesas_own_events_come_on_their_day() -> None:
    if not hasattr(mesa.Model, "schedule_event"):
        pytest.skip("Mesa has events from 3.5 on")
    seen: list[date] = []

    class Eventful(SecureCareModel):
        def look(self) -> None:
            seen.append(self.date)

    model = Eventful(**SMALL)
    first = model.date
    model.schedule_event(model.look, after=10)
    model.run_for(20)
    assert [(day - first).days for day in seen] in ([10], [9])
    assert (model.steps, model.time) == (20, 20)


def test_institutions_and_patients_have_numbers_of_their_own() -> None:
    model = SecureCareModel(**SMALL)
    numbers = [agent.unique_id for agent in model.agents if isinstance(agent, Institution)]
    assert numbers == list(range(1, len(numbers) + 1))
    assert all(isinstance(patient, Patient) for patient in model.patients)

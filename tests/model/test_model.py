"""The Mesa model: days, steps, quarters, horizon, batches. The engine is a stand-in that only counts days."""

from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

import mesa
import pytest

from stepdown import _core
from stepdown.agents import AftercareFunder, Collaborative, NationalCommissioner, Quarter, ResponsibleClinician
from stepdown.agents.choices import Commissioning
from stepdown.errors import LimitError, UsageError
from stepdown.model import SecureCareModel, next_quarter
from stepdown.plan import Plan
from stepdown.scenario import day, load


class Stand:
    """Counts days, and holds attributes and beds as the engine does."""

    made: list["Stand"]

    def __init__(
        self, plan: bytes, *, seed: int, replicate: int, threads: int, check: bool, inflow: None = None
    ) -> None:
        del inflow
        data = Plan(plan).data
        self.data, self.key, self.threads, self.check = data, (seed, replicate), threads, check
        self.first, self.start, self.end = (data["calendar"][key] for key in ("first", "start", "end"))
        self.day = self.first
        self.calls: list[int] = []
        self.changes = 0
        self.gone: str | None = None
        self.beds = [unit["beds"] for unit in data["units"]]
        Stand.made.append(self)

    def must_be_whole(self) -> None:
        if self.gone is not None:
            raise UsageError(self.gone)

    def give_up(self, why: str) -> None:
        self.gone = self.gone or why

    def run_until(self, day: int, progress: Callable[[int], bool] | None = None) -> None:
        self.must_be_whole()
        if progress is not None:
            progress(self.day)
        self.calls.append(day - self.day)
        self.day = day

    def attribute(self, kind: str, name: str) -> list[float]:
        agents = self.data["agents"][kind]
        return [row[agents["columns"].index(name)] for row in agents["values"]]

    def set_attribute(self, kind: str, index: int, name: str, value: float) -> None:
        agents = self.data["agents"][kind]
        agents["values"][index][agents["columns"].index(name)] = value

    def units(self) -> list[dict[str, Any]]:
        names = self.data["commissioners"]
        return [
            {"index": index, "name": unit["name"], "commissioner": names[unit["commissioner"]], "beds": beds}
            for index, (unit, beds) in enumerate(zip(self.data["units"], self.beds, strict=True))
        ]

    def change_beds(self, unit: int, change: int, why: str) -> int:
        del why
        self.beds[unit] += change
        self.changes += 1
        return change

    def step_down(self, commissioner: int) -> dict[str, dict[str, int]]:
        del commissioner
        return {}

    def on_offer(self) -> dict[str, dict[str, float]]:
        return {}

    def figures(self) -> list[dict[str, Any]]:
        return [
            {"commissioner": name, "tier": "low secure", "sex": "male", "occupied": 10, "waiting": 2, "ready": 1}
            for name in self.data["commissioners"]
        ]

    def area_figures(self) -> list[dict[str, Any]]:
        return []

    def budgets(self) -> list[dict[str, Any]]:
        return []

    def terms(self, _commissioner: int) -> dict[str, dict[str, float]]:
        return {}


@pytest.fixture(autouse=True)
def _engine(monkeypatch: pytest.MonkeyPatch) -> None:
    Stand.made = []
    monkeypatch.setattr(_core, "Simulation", Stand, raising=False)


@pytest.fixture
def model() -> SecureCareModel:
    short = load("baseline", years=1, settle_days=30, population=0.001)
    return SecureCareModel(short, seed=7, replicate=2, threads=3, check=True)


def test_the_engine_gets_plan_seed_replicate_and_threads(model: SecureCareModel) -> None:
    assert (model.core.key, model.core.threads, model.core.check) == ((7, 2), 3, True)


def test_a_step_is_a_day(model: SecureCareModel) -> None:
    model.step()
    model.step()
    assert model.core.calls == [1, 1]
    assert (model.steps, model.day) == (2, model.core.first + 2)
    assert model.running


def test_days_are_lived_together_and_counted_as_steps(model: SecureCareModel) -> None:
    model.run_for(20)
    model.step()
    assert model.core.calls == [20, 1]
    assert model.steps == 21


def test_python_is_needed_only_at_the_end_of_a_quarter(model: SecureCareModel) -> None:
    model.run_for(30 + 100)
    assert model.core.calls == [30, 91, 9]
    assert model.date == date(2024, 7, 10)


def test_the_model_stops_at_its_horizon(model: SecureCareModel) -> None:
    model.run_model()
    assert model.steps == 30 + 365
    assert not model.running
    with pytest.raises(LimitError, match="the run is over: its last day was 2025-03-31"):
        model.step()


def test_more_days_than_are_left_are_not_lived(model: SecureCareModel) -> None:
    model.run_for(10_000)
    assert model.day == model.core.end
    with pytest.raises(UsageError, match="days: -1"):
        model.run_for(-1)


def test_every_institution_of_the_plan_is_an_agent(model: SecureCareModel) -> None:
    kinds = {kind: len(found) for kind, found in model.institutions.items()}
    assert kinds["aftercare_funder"] == kinds["in_reach"] == 42
    assert (kinds["commissioner"], kinds["tribunal"], kinds["ministry"]) == (16, 1, 1)
    assert len(model.agents_by_type[AftercareFunder]) == 42
    assert len(model.agents_by_type[Collaborative]) == 15
    assert isinstance(model.institutions["commissioner"][-1], NationalCommissioner)


def test_an_attribute_set_in_python_is_the_engines(model: SecureCareModel) -> None:
    clinician = model.institutions["responsible_clinician"][3]
    assert isinstance(clinician, ResponsibleClinician)
    clinician.threshold = -0.5
    assert model.core.attribute("responsible_clinician", "threshold")[3] == -0.5
    agents = model.agents_by_type[ResponsibleClinician]
    agents.set("interval", 60.0)
    assert set(agents.get("interval")) == {60.0}


def test_a_commissioner_opens_and_closes_its_own_beds(model: SecureCareModel) -> None:
    agent = model.institutions["commissioner"][0]
    assert isinstance(agent, Collaborative)
    unit, before = agent.units[0]["name"], agent.beds
    agent.change_beds(unit, 4)
    assert agent.beds == before + 4
    with pytest.raises(UsageError, match="is not a unit of"):
        agent.change_beds("Nowhere", 1)
    with pytest.raises(UsageError, match="beds would close; allowed: up to"):
        agent.change_beds(unit, -1000)


def test_commissioners_are_asked_each_quarter_about_their_own_figures() -> None:
    asked: list[tuple[str, date, int]] = []

    class Buyer(Collaborative):
        def commissioning(self, quarter: Quarter) -> Commissioning:
            asked.append((self.name, quarter.last, quarter.total("occupied")))
            return Commissioning.BUY_PLACES

    year = load("baseline", years=1, settle_days=91)
    model = SecureCareModel(year, agents=[Buyer])
    model.run_model()
    assert len(asked) == 4 * 15
    assert [last for name, last, _ in asked if name == asked[0][0]] == [
        date(2024, 6, 30),
        date(2024, 9, 30),
        date(2024, 12, 31),
        date(2025, 3, 31),
    ]
    assert {occupied for _, _, occupied in asked} == {10}
    assert type(model.institutions["commissioner"][-1]) is NationalCommissioner
    assert model.commission()[asked[0][0]] is Commissioning.BUY_PLACES


def test_a_decision_replaced_by_a_method_is_refused() -> None:
    class Own(ResponsibleClinician):
        def review(self) -> None:
            """Decide otherwise."""

    with pytest.raises(
        UsageError, match=r"Own.review replaces a decision by something that is no rule; allowed: a method"
    ):
        SecureCareModel("baseline", agents=[Own])


def test_parameters_that_contradict_each_other_are_refused(model: SecureCareModel) -> None:
    with pytest.raises(UsageError, match="two names of one thing"):
        SecureCareModel("baseline", seed=1, rng=2)
    with pytest.raises(UsageError, match="years: a scenario that is loaded already is not changed"):
        SecureCareModel(model.scenario, years=2)


def test_a_quarter_begins_on_its_day() -> None:
    starts = [(2024, 4, 1), (2024, 7, 1), (2024, 10, 1), (2025, 1, 1), (2025, 4, 1)]
    days = [day(date(*start)) for start in starts]

    def following() -> Iterator[int]:
        for start in days[:-1]:
            yield next_quarter(start)
            assert next_quarter(start - 1) == start

    assert list(following()) == days[1:]


def test_mesa_runs_batches_of_it() -> None:
    parameters = {"scenario": "baseline", "years": 1, "settle_days": 0, "seed": [1, 2], "transfer_limit": [14, 28]}
    rows = mesa.batch_run(SecureCareModel, parameters, max_steps=10_000, display_progress=False)
    assert [(row["seed"], row["transfer_limit"]) for row in rows] == [(1, 14), (1, 28), (2, 14), (2, 28)]
    assert [row["occupied"] for row in rows] == [160] * 4
    assert {row["date"] for row in rows} == {"2025-04-01"}


def test_a_data_collector_has_a_row_for_each_quarter_that_is_lived_at_once(model: SecureCareModel) -> None:
    model.run_for(30)
    model.run_model()
    collected = model.datacollector.get_model_vars_dataframe()
    assert list(collected["date"]) == ["2024-04-01", "2024-07-01", "2024-10-01", "2025-01-01", "2025-04-01"]
    assert list(collected["waiting"]) == [32] * 5

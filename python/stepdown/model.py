"""`SecureCareModel`: a Mesa model that wraps the engine, with the institutions as its agents."""

import warnings
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import mesa

from stepdown import _core, compat, plan
from stepdown import inflow as recorded
from stepdown.agents import KINDS, Commissioner, Institution, Quarter, StandIn
from stepdown.agents.choices import Commissioning
from stepdown.decisions.overrides import Agent, AgentOverrides, Answering, overrides_of
from stepdown.decisions.rng_guard import RngWatch
from stepdown.errors import LimitError, NoEffectWarning, UsageError
from stepdown.numbers import MOST, whole
from stepdown.people.readout import People
from stepdown.scenario import EPOCH, Scenario, load


def next_quarter(day: int) -> int:
    """Return the first day of the quarter after the one that `day` is in [d since 1900-01-01].

    Examples
    --------
    >>> next_quarter(45381)  # 1 April 2024
    45472
    """
    on = EPOCH + timedelta(days=day)
    month = (on.month - 1) // 3 * 3 + 4
    begins = date(on.year + month // 12, month % 12, 1)
    return (begins - EPOCH).days


def _seed_of(seed: int | None, rng: int | None, replicate: int, snapshot: Path | str | None) -> int:
    """Return the seed of a model: as given under either name, that of the snapshot, or 1; refuse what contradicts it."""
    seed, rng = (
        None if given is None else whole(name, given, 0, MOST) for name, given in (("seed", seed), ("rng", rng))
    )
    if seed is not None and rng is not None and seed != rng:
        raise UsageError(f"seed: {seed} and rng: {rng} are two names of one thing; allowed: one of them")
    given = seed if seed is not None else rng
    if snapshot is None:
        return 1 if given is None else given
    head = _core.snapshot_head(snapshot)
    if given is not None and given != head["seed"]:
        raise UsageError(f"seed: {given}; allowed: that of the snapshot, {head['seed']}")
    if replicate not in (0, head["replicate"]):
        raise UsageError(f"replicate: {replicate}; allowed: that of the snapshot, {head['replicate']}")
    return head["seed"]


class SecureCareModel(People, mesa.Model):  # type: ignore[misc]  # Mesa is not typed
    """England's secure pathway as a Mesa model: the engine simulates the days, and the agents hold the attributes that it uses.

    Parameters
    ----------
    scenario
        A scenario, or the name or path of one.
    seed
        Seed of every draw, from 0 to 2⁶⁴ - 1.
    rng
        Another name of `seed`, which Mesa's batches use.
    replicate
        Replicate under that seed.
    threads
        Threads for the population; results don't depend on it.
    check
        Check the invariants at the close of every day.
    agents
        Subclasses that override the agents of their kind, or some of them (`for_`); they come after those that the scenario
        names. A subclass of `Patient` gives all patients its columns and methods.
    allow_code
        Whether the scenario may name code that no installed package offers.
    agent_overrides
        Pre-resolved agent overrides (`stepdown.decisions.overrides`); if given, `agents` is ignored.
    inflow
        Recorded inflow, or its file: only the people of the record are simulated, and the pathway is the same.
    snapshot
        File of a snapshot to continue from (see `snapshot`). Seed and replicate are those of the snapshot, and the scenario may
        differ from the one that was simulated only from the snapshot's day on.
    carried
        Folder into which the files that the snapshot carries are written; without it they are ignored.
    **overrides
        Keys of the scenario, of its calendar, or levers, as in `stepdown.scenario.load`.

    Examples
    --------
    A cautious ward, from the next day on::

        model = SecureCareModel("baseline", seed=7)
        clinician = model.institutions["responsible_clinician"][0]
        clinician.threshold -= 0.5
        model.run_for(365)

    The data collector has a row for each `step`, and one for each quarter that `run_for` lives.
    """

    @compat.seed_in_batches
    def __init__(
        self,
        scenario: Scenario | Path | str = "baseline",
        *,
        seed: int | None = None,
        rng: int | None = None,
        replicate: int = 0,
        threads: int = 1,
        check: bool = False,
        agents: Iterable[Agent | StandIn] | None = None,
        allow_code: bool = False,
        agent_overrides: AgentOverrides | None = None,
        inflow: _core.Inflow | Path | str | None = None,
        snapshot: Path | str | None = None,
        carried: Path | str | None = None,
        **overrides: object,
    ) -> None:
        replicate, threads = whole("replicate", replicate, 0, MOST), whole("threads", threads, 1)
        drawn = _seed_of(seed, rng, replicate, snapshot)
        if snapshot is not None and inflow is not None:
            raise UsageError("inflow: a snapshot has its own people; allowed: snapshot or inflow")
        super().__init__(rng=drawn)
        if isinstance(scenario, Scenario) and overrides:
            raise UsageError(
                f"{next(iter(overrides))}: a scenario that is loaded already is not changed; "
                "allowed: its name or path with overrides"
            )
        self.scenario = scenario if isinstance(scenario, Scenario) else load(scenario, **overrides)
        self.agent_overrides = agent_overrides or overrides_of(self.scenario, agents or (), allow_code=allow_code)
        self.plan = plan.compile(self.scenario, self.agent_overrides)
        for idle in plan.without_effect(self.scenario, self.plan):
            warnings.warn(f"{self.scenario.name}: {idle}", NoEffectWarning, stacklevel=2)
        if snapshot is not None:
            self.core = _core.Simulation.restore(
                snapshot, plan=self.plan.json, threads=threads, check=check, folder=carried
            )
            self.steps = self.core.day - self.core.first
        else:
            known = recorded.read(inflow) if isinstance(inflow, (str, Path)) else inflow
            self.core = _core.Simulation(
                self.plan.json, seed=drawn, replicate=replicate, threads=threads, check=check, inflow=known
            )
        self.handle = self.agent_overrides.handle
        if self.handle.columns():
            self.caseload.attach()
        self.answering = Answering(self.agent_overrides.rules)
        if self.agent_overrides.rules:
            self.core.answer_with(self.answering)
        self.institutions: dict[str, list[Institution]] = {kind: self._institutions_of(kind) for kind in KINDS}
        self.datacollector = mesa.DataCollector(
            model_reporters={
                "date": "date_reported",
                "occupied": "occupied",
                "waiting": "waiting",
                "ready": "ready",
            }
        )

    def _institutions_of(self, kind: str) -> list[Institution]:
        """Return the institutions of a kind, each of the class that it is overridden by."""
        classes = zip(self.plan.data["agents"][kind]["names"], self.agent_overrides.classes[kind], strict=True)
        return [own(self, index, name) for index, (name, own) in enumerate(classes) if issubclass(own, Institution)]

    @property
    def scenario(self) -> Scenario:
        """The scenario that is simulated. From Mesa 3.5 on every model has one, which is told its model; this one belongs to none."""
        return self._scenario

    @scenario.setter
    def scenario(self, scenario: Scenario) -> None:
        self._scenario = scenario

    @property
    def day(self) -> int:
        """The day that the next step will simulate [d since 1900-01-01]."""
        found: int = self.core.day
        return found

    @property
    def date(self) -> date:
        """The day that the next step will simulate."""
        return EPOCH + timedelta(days=self.day)

    @property
    def date_reported(self) -> str:
        """The day that the next step will simulate, as text, which a data collector can copy."""
        return self.date.isoformat()

    @property
    def occupied(self) -> int:
        """Occupied secure and intensive care beds at the close of the last day."""
        return self._total("occupied")

    @property
    def waiting(self) -> int:
        """People accepted and waiting for a bed at the close of the last day."""
        return self._total("waiting")

    @property
    def ready(self) -> int:
        """Patients ready to leave at the close of the last day."""
        return self._total("ready")

    def drain(self) -> "_core.Logged":
        """Take what was logged since the last call: events, spells, people, daily figures, money, the population.

        The log grows until it is taken: a national run adds about a million rows a year.
        """
        return self.core.drain()

    def snapshot(self, path: Path | str, *, files: Sequence[tuple[str, Path]] = ()) -> int:
        """Write the whole state between two days to a file, whole or not at all; return its size [bytes].

        A model goes on from it with `SecureCareModel(scenario, snapshot=path)`, to the same bytes. What Mesa and an agent's
        own Python hold is not in it: attributes and user columns are. `files` (name, path) are carried along.

        Examples
        --------
        >>> import tempfile
        >>> from stepdown.scenario import load
        >>> few = load("baseline", population=0.0005, years=1)
        >>> model = SecureCareModel(few, seed=7)
        >>> model.run_for(30)
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     size = model.snapshot(f"{folder}/april.snapshot")
        ...     SecureCareModel(few, snapshot=f"{folder}/april.snapshot").date == model.date
        True
        """
        size: int = self.core.snapshot(Path(path).absolute(), list(files))
        return size

    def _total(self, figure: str) -> int:
        return sum(int(row[figure]) for row in self.core.figures())

    def step(self) -> None:
        """Simulate one day.

        Raises
        ------
        LimitError
            If the run is over.
        """
        # `run_for` lives days first and then counts them as steps: those are behind the engine already.
        if self.core.day - self.core.first < self.steps:
            if self.core.day >= self.core.end:
                raise LimitError(f"the run is over: its last day was {self.date - timedelta(days=1)}")
            self._live(self.core.day + 1)
            # Mesa's batches expect a row for each step.
            self.datacollector.collect(self)

    def run_for(self, days: int, *, enough: Callable[[], bool] | None = None) -> None:
        """Simulate a number of days, or as many as are left; the engine returns only where Python is needed.

        `enough` is asked some ten times a second; when it is true, no further day is begun.

        Raises
        ------
        UsageError
            If `days` is no whole number, or negative.
        """
        days = whole("days", days, 0)
        end = min(self.core.day + days, self.core.end)
        while self.core.day < end:
            stop = min(end, next_quarter(self.core.day))
            try:
                if self._live(stop, enough):
                    self.datacollector.collect(self)
            finally:
                while self.steps < self.core.day - self.core.first:
                    self.step()
            if enough is not None and enough():
                return

    def run_model(self) -> None:
        """Simulate every day that is left."""
        self.run_for(self.core.end - self.core.day)

    def _live(self, day: int, enough: Callable[[], bool] | None = None) -> bool:
        """Simulate every day before `day`, or fewer if `enough` says so, and call the commissioners at the end of a quarter.

        Return whether a quarter has ended.
        """
        before = self.core.day
        watch = RngWatch(self) if self.agent_overrides.rules else None
        if enough is None:
            self.core.run_until(day)
        else:
            self.core.run_until(day, lambda _: enough())
        if watch is not None and (generator := watch.moved()) is not None:
            self.answering.suspect(generator)
        today = self.core.day
        ended = before < today == next_quarter(today - 1)
        if ended and today > self.core.start:
            self.commission()
        self.running = today < self.core.end
        return ended

    def commission(self) -> dict[str, Commissioning]:
        """Ask each commissioner about the quarter that has ended; return the answers by name."""
        last = self.date - timedelta(days=1)
        rows: dict[str, list[Mapping[str, Any]]] = {}
        for row in self.core.figures():
            rows.setdefault(row["commissioner"], []).append(row)
        return {
            agent.name: agent.commissioning(Quarter(last, tuple(rows.get(agent.name, ()))))
            for agent in self.institutions["commissioner"]
            if isinstance(agent, Commissioner)
        }

"""`SecureCareModel`: a Mesa model that wraps the engine, with the institutions as its agents."""

import gc
import warnings
import weakref
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, timedelta
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import mesa
import numpy as np

from stepdown import _core, compat, memory, plan
from stepdown import inflow as recorded
from stepdown.agents import KINDS, Commissioner, Institution, Money, Quarter, StandIn
from stepdown.agents.choices import Commissioning
from stepdown.atomic import written
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


class SameRunWarning(UserWarning):
    """Warns that a model without a seed is the same run as one that was made before."""


_unseeded: set[object] = set()
"""What was run in this process without a seed being given."""

_alive: weakref.WeakSet[Any] = weakref.WeakSet()
"""The models of this process that still hold an engine."""


def _seed_of(name: str, given: object) -> int:
    """Return a seed as a number: whole numbers as they are, what numpy's generators are seeded with by numpy's own mixing."""
    found = given
    if isinstance(given, (list, tuple)):
        try:
            found = np.random.SeedSequence(given)
        except (TypeError, ValueError):
            found = given
    if isinstance(found, np.random.SeedSequence):
        return int(found.generate_state(1, np.uint64)[0])
    return whole(name, given, 0, MOST)


def _key_of(seed: object, rng: object, replicate: int | None, snapshot: Path | str | None) -> tuple[int, int, bool]:
    """Return seed and replicate of a model, and whether they tell it from the next one that is made; refuse what contradicts.

    Without a seed it is 1. Without a replicate it is the iteration, in a batch of Mesa's that varies nothing else.
    """
    given = {name: _seed_of(name, value) for name, value in (("seed", seed), ("rng", rng)) if value is not None}
    if len(set(given.values())) > 1:
        raise UsageError(f"seed: {seed} and rng: {rng} are two names of one thing; allowed: one of them")
    batch = compat.batch()
    if batch is not None and batch.nameless:
        raise UsageError(
            "seed: None, in a batch, would be the same run each time; allowed: whole numbers, or no seed and iterations"
        )
    iteration = batch.iteration if batch is not None and (rng is None or not compat.BATCHES_SEED) else 0
    if snapshot is None:
        chosen = next(iter(given.values()), 1)
        return chosen, iteration if replicate is None else replicate, bool(given or batch) or replicate is not None
    head = _core.snapshot_head(snapshot)
    for name, found in given.items():
        if found != head["seed"]:
            raise UsageError(f"{name}: {found}; allowed: that of the snapshot, {head['seed']}")
    if replicate not in (None, head["replicate"]):
        raise UsageError(f"replicate: {replicate}; allowed: that of the snapshot, {head['replicate']}")
    if iteration:
        raise UsageError(
            "iterations: a model goes on from a snapshot in one way, to the same bytes; allowed: one iteration"
        )
    return head["seed"], head["replicate"], True


class SecureCareModel(People, mesa.Model):  # type: ignore[misc]  # Mesa is not typed
    """England's secure pathway as a Mesa model: the engine simulates the days, and the agents hold the attributes that it uses.

    Parameters
    ----------
    scenario
        A scenario, or the name or path of one.
    seed
        Seed of every draw, from 0 to 2⁶⁴ - 1, or what seeds numpy's generators; 1, if not given.
    rng
        Another name of `seed`, which Mesa's batches use.
    replicate
        Replicate under that seed; 0, if not given, and in a batch of Mesa's the iteration.
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
    A cautious ward, from the next day on. Only a run of all England answers a question; a sample shows how it is done:

    >>> with SecureCareModel("baseline", seed=7, population=0.002, years=1) as model:
    ...     model.run_for(model.scenario.calendar.settle_days)  # the burn-in, which isn't counted
    ...     clinician = model.institutions["responsible_clinician"][0]
    ...     clinician.threshold -= 0.5
    ...     model.run_for(30)
    ...     print(model.date, model.occupied > 0)
    2024-05-01 True

    The engine's memory is freed at the end of the block, with the model, or by `close`.

    The data collector has a row for each `step`, and one for each quarter that `run_for` lives.

    An exception or Ctrl-C comes between two days, so that the model can go on. Where a day can't be lived to its end, since a
    rule raised in it, every later call is refused.
    """

    @compat.seed_in_batches
    def __init__(
        self,
        scenario: Scenario | Path | str = "baseline",
        *,
        seed: int | np.integer[Any] | Sequence[int] | np.random.SeedSequence | None = None,
        rng: int | np.integer[Any] | Sequence[int] | np.random.SeedSequence | None = None,
        replicate: int | None = None,
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
        if replicate is not None:
            replicate = whole("replicate", replicate, 0, MOST)
        threads = whole("threads", threads, 1)
        drawn, known_replicate, told_apart = _key_of(seed, rng, replicate, snapshot)
        if snapshot is not None and inflow is not None:
            raise UsageError("inflow: a snapshot has its own people; allowed: snapshot or inflow")
        # Mesa's generators serve agents that the engine doesn't know: another replicate is another stream for them too.
        super().__init__(rng=_seed_of("rng", [drawn, known_replicate]) if known_replicate else drawn)
        self._user_step = self._one_step
        self._stepping = False
        if isinstance(scenario, Scenario) and overrides:
            raise UsageError(
                f"{next(iter(overrides))}: a scenario that is loaded already is not changed; "
                "allowed: its name or path with overrides"
            )
        if not isinstance(scenario, (Scenario, Path, str)):
            raise UsageError(
                f"scenario: {type(scenario).__module__}.{type(scenario).__qualname__}; "
                "allowed: a name, a path, or a Scenario of stepdown"
            )
        self.scenario = scenario if isinstance(scenario, Scenario) else load(scenario, **overrides)
        self.agent_overrides = agent_overrides or overrides_of(self.scenario, agents or (), allow_code=allow_code)
        self.plan = plan.compile(self.scenario, self.agent_overrides)
        for idle in plan.without_effect(self.scenario, self.plan):
            warnings.warn(f"{self.scenario.name}: {idle}", NoEffectWarning, stacklevel=2)
        if _alive:
            # A model is a cycle, and Python doesn't know what its engine weighs: those that nobody holds go before the next comes.
            gc.collect()
        if inflow is None:
            memory.refuse(
                self.scenario.population, self.scenario.calendar.years, whole=False, growth=self.scenario.growth
            )
        if snapshot is not None:
            self.core = _core.Simulation.restore(
                snapshot, plan=self.plan.json, threads=threads, check=check, folder=carried
            )
        else:
            known = recorded.read(inflow) if isinstance(inflow, (str, Path)) else inflow
            self.core = _core.Simulation(
                self.plan.json, seed=drawn, replicate=known_replicate, threads=threads, check=check, inflow=known
            )
        if not told_apart:
            self._warn_of_the_same_run()
        _alive.add(self)
        self.steps = self._lived
        self._steps_before = self.steps
        self._commissioned = self._collected = self.core.day
        self._each_day = False
        self._answers: dict[str, Commissioning] = {}
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
        """Occupied secure and intensive care beds at the close of the last day; 0 while the model settles, which isn't counted."""
        return self._total("occupied")

    @property
    def waiting(self) -> int:
        """People accepted and waiting for a bed at the close of the last day; 0 while the model settles."""
        return self._total("waiting")

    @property
    def ready(self) -> int:
        """Patients ready to leave at the close of the last day; 0 while the model settles."""
        return self._total("ready")

    def drain(self) -> "_core.Logged":
        """Take what was logged since the last call: events, spells, people, daily figures, money, the population.

        The log grows until it is taken: a national run adds about a million rows a year.
        """
        self._finish()
        return self.core.drain()

    def snapshot(self, path: Path | str, *, files: Sequence[tuple[str, Path]] = ()) -> int:
        """Write the whole state between two days to a file, whole or not at all; return its size [bytes]. A file that is there is replaced.

        A model goes on from it with `SecureCareModel(scenario, snapshot=path)`, to the same bytes. What Mesa and an agent's
        own Python hold is not in it, nor are Mesa agents of one's own: attributes and user columns are. `files` (name, path)
        are carried along.

        Raises
        ------
        OutputExistsError
            There is a folder, a device or a pipe at `path`.

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
        self._finish()
        self.warn_of_own_agents()
        with written(Path(path).absolute()) as aside:
            size: int = self.core.snapshot(aside, list(files))
        return size

    def _total(self, figure: str) -> int:
        return sum(int(row[figure]) for row in self.core.figures())

    # ---- Days -----------------------------------------------------------------------------------------------------

    @property
    def _lived(self) -> int:
        """Days lived since the first day of the settling period [d]."""
        lived: int = self.core.day - self.core.first
        return lived

    def step(self) -> None:
        """Simulate one day.

        Raises
        ------
        LimitError
            If the run is over.
        """
        # Mesa has counted the step already: whoever calls this twice in one step has lived the day.
        if self._lived < self.steps:
            if self.core.day >= self.core.end:
                raise LimitError(f"the run is over: its last day was {self.date - timedelta(days=1)}")
            # Mesa's batches expect a row for each step.
            self._live(self.core.day + 1, each_day=True)

    def run_for(self, days: int, *, enough: Callable[[], bool] | None = None) -> None:
        """Simulate a number of days, or as many as are left; the engine returns only where Python is needed.

        That is at the end of each quarter, or after each day where a subclass has a `step` of its own, or Mesa has events to
        come. `enough` is asked some ten times a second; when it is true, no further day is begun.

        Raises
        ------
        UsageError
            If `days` is no whole number, or negative.
        """
        days = whole("days", days, 0)
        self.core.must_be_whole()
        end = min(self.core.day + days, self.core.end)
        if not self._stepping:
            self._align()
            if type(self).step is not SecureCareModel.step or compat.has_events(self):
                while self.core.day < end and not (enough is not None and enough()):
                    self.step()
                return
        self._finish()
        while self.core.day < end:
            try:
                self._live(min(end, next_quarter(self.core.day)), enough)
            finally:
                self._align()
            if enough is not None and enough():
                return

    def run_model(self) -> None:
        """Simulate every day that is left."""
        self.run_for(self.core.end - self.core.day)

    def _live(self, day: int, enough: Callable[[], bool] | None = None, *, each_day: bool = False) -> None:
        """Simulate every day before `day`, or fewer if `enough` says so, and finish the quarter if it ends there."""
        self._finish()
        self._each_day = each_day
        watch = RngWatch(self) if self.agent_overrides.rules else None
        try:
            if enough is None:
                self.core.run_until(day)
            else:
                self.core.run_until(day, lambda _: enough())
        finally:
            self.running = self.core.day < self.core.end
        if watch is not None and (generator := watch.moved()) is not None:
            self.answering.suspect(generator)
        self._finish()

    def _finish(self) -> None:
        """Do what follows on the last day, unless it was done: ask the commissioners about a quarter, and collect a row.

        Ctrl-C or an exception can come between the day and what follows on it, which is then left for the next call.
        """
        today = self.core.day
        ended = today == next_quarter(today - 1)
        if ended and today > self.core.start and self._commissioned < today:
            self.commission()
            self._commissioned = today
        if (ended or self._each_day) and self._collected < today:
            self._collect()

    def _collect(self) -> None:
        """Collect a row for the last day, in all columns or in none."""
        lists = compat.collected(self.datacollector)
        before, lengths = self._collected, [len(rows) for rows in lists]
        try:
            self._collected = self.core.day
            self.datacollector.collect(self)
        except BaseException:
            self._collected = before
            for rows, length in zip(lists, lengths, strict=True):
                del rows[length:]
            raise

    def commission(self) -> dict[str, Commissioning]:
        """Ask each commissioner about the quarter that has ended; return the answers by name.

        If one raises, those who have answered are not asked again, and the others are asked at the next call. One who has
        changed something by then has left the model in the middle of a decision, and every later call is refused.
        """
        last, quarter_of = self.date - timedelta(days=1), self._quarters()
        for agent in self.institutions["commissioner"]:
            if not isinstance(agent, Commissioner) or agent.name in self._answers:
                continue
            before = self.core.changes
            try:
                self._answers[agent.name] = agent.commissioning(quarter_of(agent))
            except BaseException as error:
                if self.core.changes != before:
                    what = f"{agent.name} changed something on {last} and then raised {type(error).__name__}"
                    self.core.give_up(f"{what}: the model is not whole any more; make it anew, or from a snapshot")
                raise
        answers, self._answers = self._answers, {}
        return answers

    def _quarters(self) -> Callable[[Commissioner], Quarter]:
        """Return what says of a commissioner how the quarter was that has ended."""
        last = self.date - timedelta(days=1)
        rows: dict[str, list[Mapping[str, Any]]] = {}
        for row in self.core.figures():
            rows.setdefault(row["commissioner"], []).append(row)
        budgets = {row["payer"]: row for row in self.core.budgets()}
        areas = {row["area"]: row for row in self.core.area_figures()}

        def quarter_of(agent: Commissioner) -> Quarter:
            money = None
            if (row := budgets.get(agent.name)) is not None:
                pounds = {key: row[key] / 100 for key in ("budget", "spent", "forecast", "reserve")}
                money = Money(**pounds, left=self.core.left_over(agent.index), refused=row["refused"])
            places = {funder.name: areas[funder.name] for funder in agent.funders if funder.name in areas}
            core, figures = self.core, tuple(rows.get(agent.name, ()))
            return Quarter(
                last, figures, money, places, core.terms(agent.index), core.step_down(agent.index), core.on_offer()
            )

        return quarter_of

    # ---- Steps, as Mesa counts them ----------------------------------------------------------------------------------

    def _align(self) -> None:
        """Have Mesa's count of steps, its time and its next step follow the days, whatever was interrupted."""
        self.steps = self._lived
        if not self._stepping:
            compat.align(self, self.steps - self._steps_before)

    def _one_step(self, *args: Any, **kwargs: Any) -> None:
        """Do a step: what Mesa calls in place of a subclass's `step`."""
        before = self.core.day
        self._stepping = True
        try:
            type(self).step(self, *args, **kwargs)
        finally:
            self._stepping = False
        if self.core.day == before:
            raise UsageError(f"{type(self).__name__}.step: it lived no day; allowed: one that calls super().step()")

    def _wrapped_step(self, *args: Any, **kwargs: Any) -> None:
        """Step and count, as Mesa does, and leave the count right if that is interrupted."""
        self.core.must_be_whole()
        self._align()
        try:
            super()._wrapped_step(*args, **kwargs)
        finally:
            self._align()

    def _advance_time(self, until: float) -> None:
        """Let Mesa's time pass, from Mesa 3.5 on, and leave the next step where it is due if that is interrupted."""
        self.core.must_be_whole()
        self._align()
        try:
            super()._advance_time(until)
        except BaseException:
            self._align()
            raise

    # ---- The end -----------------------------------------------------------------------------------------------------

    def close(self) -> None:
        """Free the engine and its memory; every later call that needs them is refused. Collected rows stay.

        Examples
        --------
        >>> with SecureCareModel("baseline", seed=7, population=0.0005, years=1, settle_days=0) as model:
        ...     model.run_for(30)
        >>> model.run_for(1)
        Traceback (most recent call last):
        stepdown.errors.UsageError: the model is closed: its engine is gone; make it anew, or from a snapshot
        """
        self.core.give_up("the model is closed: its engine is gone; make it anew, or from a snapshot")
        self.forget_columns()
        self.running = False
        _alive.discard(self)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _warn_of_the_same_run(self) -> None:
        """Warn if a model without a seed is the same run as one that was made before."""
        run = (type(self), self.plan.digest, tuple(given.agent for given in self.agent_overrides.given))
        if run in _unseeded:
            warnings.warn(
                "seed: none is given, so that this model is the same run as one that was made before (seed 1); "
                "give another seed or replicate, or seed=1 if that is meant",
                SameRunWarning,
                stacklevel=4,
            )
        _unseeded.add(run)

"""`SecureCareModel`: the engine with its institutions as Mesa agents."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import mesa

from stepdown import _core, plan
from stepdown import inflow as recorded
from stepdown.agents import KINDS, Collaborative, Commissioner, Institution, NationalCommissioner, Patient, Quarter
from stepdown.choice import Commissioning
from stepdown.errors import LimitError, UsageError
from stepdown.people.face import People
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


def _class_of(default: type[Institution], given: Sequence[type[Institution]]) -> type[Institution]:
    """Return the class that stands in for `default`: the last of those given that are of its kind."""
    special = (Collaborative, NationalCommissioner)
    for own in reversed(given):
        if issubclass(own, default) or (own.kind == default.kind and not issubclass(own, special)):
            return own
    return default


class SecureCareModel(People, mesa.Model):  # type: ignore[misc]  # Mesa is not typed
    """England's secure pathway: the engine lives the days, the agents hold what it uses.

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
        Subclasses of institutions that stand in for those of their kind; a subclass of `Patient` for all patients.
    inflow
        Recorded inflow, or its file: only the people of the record live, and the pathway is the same.
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

    def __init__(
        self,
        scenario: Scenario | Path | str = "baseline",
        *,
        seed: int | None = None,
        rng: int | None = None,
        replicate: int = 0,
        threads: int = 1,
        check: bool = False,
        agents: Iterable[type[Institution] | type[Patient]] | None = None,
        inflow: _core.Inflow | Path | str | None = None,
        **overrides: object,
    ) -> None:
        if seed is not None and rng is not None and seed != rng:
            raise UsageError(f"seed: {seed} and rng: {rng} are two names of one thing; allowed: one of them")
        drawn = seed if seed is not None else rng if rng is not None else 1
        super().__init__(rng=drawn)
        self.handle, given = _told_apart(agents or ())
        for own in given:
            _check_stand_in(own)
        if isinstance(scenario, Scenario) and overrides:
            raise UsageError(
                f"{next(iter(overrides))}: a scenario that is loaded already is not changed; "
                "allowed: its name or path with overrides"
            )
        self.world = scenario if isinstance(scenario, Scenario) else load(scenario, **overrides)
        self.plan = plan.with_own(plan.compile(self.world), _own_attributes(given))
        known = recorded.read(inflow) if isinstance(inflow, (str, Path)) else inflow
        self.core = _core.Simulation(
            self.plan.json, seed=drawn, replicate=replicate, threads=threads, check=check, inflow=known
        )
        if self.handle.columns():
            self.caseload.attach()
        self.institutions: dict[str, list[Institution]] = {}
        for kind, default in KINDS.items():
            names = self.plan.data["agents"][kind]["names"]
            self.institutions[kind] = [
                _class_of(_default_class(default, index, len(names)), given)(self, index, name)
                for index, name in enumerate(names)
            ]
        self.datacollector = mesa.DataCollector(
            model_reporters={
                "date": "date_reported",
                "occupied": "occupied",
                "waiting": "waiting",
                "ready": "ready",
            }
        )

    @property
    def day(self) -> int:
        """The day that the next step will live [d since 1900-01-01]."""
        found: int = self.core.day
        return found

    @property
    def date(self) -> date:
        """The day that the next step will live."""
        return EPOCH + timedelta(days=self.day)

    @property
    def date_reported(self) -> str:
        """The day that the next step will live, as text: what a data collector can copy."""
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

    def _total(self, figure: str) -> int:
        return sum(int(row[figure]) for row in self.core.figures())

    def step(self) -> None:
        """Live one day.

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

    def run_for(self, days: int) -> None:
        """Live a number of days, or as many as are left; the engine returns only where Python is needed.

        Raises
        ------
        UsageError
            If `days` is negative.
        """
        if days < 0:
            raise UsageError(f"days: {days}; allowed: whole numbers from 0")
        end = min(self.core.day + days, self.core.end)
        while self.core.day < end:
            stop = min(end, next_quarter(self.core.day))
            try:
                self._live(stop)
                if stop == next_quarter(stop - 1):
                    self.datacollector.collect(self)
            finally:
                while self.steps < self.core.day - self.core.first:
                    self.step()

    def run_model(self) -> None:
        """Live every day that is left."""
        self.run_for(self.core.end - self.core.day)

    def _live(self, day: int) -> None:
        """Live every day before `day`, and what Python does at the end of a quarter."""
        self.core.run_until(day)
        if day > self.core.start and day == next_quarter(day - 1):
            self.commission()
        self.running = self.core.day < self.core.end

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


def _default_class(default: type[Institution], index: int, count: int) -> type[Institution]:
    if default is Commissioner:
        return NationalCommissioner if index == count - 1 else Collaborative
    return default


def _own_attributes(given: Iterable[type[Institution]]) -> dict[str, dict[str, float]]:
    """Return the defaults of the attributes of researchers' own, by kind."""
    own: dict[str, dict[str, float]] = {}
    for kind in given:
        for name, declared in kind.own_attributes().items():
            if declared.default is not None:
                own.setdefault(kind.kind, {})[name] = declared.default
    return own


def _told_apart(
    given: Iterable[type[Institution] | type[Patient]],
) -> tuple[type[Patient], tuple[type[Institution], ...]]:
    """Return the class of the patients' handles, and the classes of institutions."""
    handle: type[Patient] = Patient
    institutions: list[type[Institution]] = []
    for own in given:
        if issubclass(own, Patient):
            handle = own
        else:
            institutions.append(own)
    return handle, tuple(institutions)


def _check_stand_in(own: type[Institution]) -> None:
    if getattr(own, "kind", None) not in KINDS:
        raise UsageError(
            f"agents: {own.__name__} is of no kind; allowed: subclasses of {', '.join(k.__name__ for k in KINDS.values())}"
        )
    if replaced := own.replaced():
        raise UsageError(
            f"agents: {own.__name__}.{replaced[0]} replaces a decision that the engine executes; "
            "allowed: another Choice, or commissioning, which is Python"
        )

"""Simulates one point of a calibration in memory on recorded inflow, and reads its targets. Nothing is written to disk."""

from __future__ import annotations

import functools
import hashlib
import json
import math
import operator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.dataset as ds

from stepdown import inflow, plan, provenance
from stepdown.errors import CorruptError, UsageError
from stepdown.estimands import History, estimate
from stepdown.model import SecureCareModel
from stepdown.numbers import MOST, plain, plain_fields, whole
from stepdown.results.indicators import ENGLAND, compute
from stepdown.results.layout import SMALL, YEARLY
from stepdown.results.run import Results
from stepdown.scenario import Scenario, financial_year, on, year_start

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from stepdown.progress import Reporter

__all__ = ["Held", "Reading", "Scenarios", "live"]

LOGGED = (*YEARLY, *SMALL)
"""Tables that the engine logs."""


class Held(Results):
    """What a run has left in memory: read like a folder, but nothing was written.

    Parameters
    ----------
    tables
        Tables by name.
    manifest
        As much of a manifest as readers of results need: first and last day.
    share
        Share of England's people who live in the run.
    """

    def __init__(self, tables: Mapping[str, pa.Table], manifest: dict[str, Any], share: float) -> None:
        super().__init__(Path("memory"), manifest=manifest)
        self._tables = dict(tables)
        self._share = share

    @property
    def share(self) -> float:
        """Share of England's people who live in the run."""
        return self._share

    def dataset(self, name: str) -> ds.Dataset:
        """Return a table as a pyarrow dataset; indicators are made when they are first asked for."""
        if name == "indicators" and name not in self._tables:
            self._tables[name] = compute(self)
        if name not in self._tables:
            self.files(name)  # refuses a table that no run has
        return ds.dataset(self._tables[name])


def live(model: SecureCareModel) -> Held:
    """Live a model to its end and return what it has left, in memory."""
    core = model.core
    parts: dict[str, list[pa.Table]] = {name: [] for name in LOGGED}
    model.run_for(core.start - core.day)
    while core.since < core.end:
        year = financial_year(core.since)
        model.run_for(min(year_start(year + 1), core.end) - core.day)
        logged = core.drain()
        for name, years in parts.items():
            years.append(pa.table(logged.table(name)))
    manifest = {"start": on(core.start).isoformat(), "end": on(core.end).isoformat()}
    return Held({name: pa.concat_tables(years) for name, years in parts.items()}, manifest, model.scenario.population)


@dataclass(frozen=True)
class Reading:
    """Where a target is read from a run.

    Attributes
    ----------
    id
        The target.
    estimand, years
        An estimand, and from how many of the run's first years it is taken.
    indicator, group, level
        Or an indicator, whose mean over those years is taken.
    drift
        Years at either end of them: the target is the last over the first. 0 for the level itself.
    """

    id: str
    years: int = 10
    estimand: str | None = None
    indicator: str | None = None
    group: str = "all"
    level: str = "all"
    drift: int = 0

    def __post_init__(self) -> None:
        """Take NumPy's numbers as Python's."""
        plain_fields(self)


def read(results: Results, readings: Sequence[Reading]) -> dict[str, float]:
    """Read targets from a run; what can't be told from it is missing (NaN)."""
    history = History(results)

    def over(one: Reading, first: int, years: int) -> float:
        if one.estimand is not None:
            return estimate(history, [one.estimand], first_year=first, years=years)[one.estimand].value
        return _mean(results, one, first, years)

    found = {}
    for one in readings:
        first, years = results.first_year, min(one.years, results.last_year - results.first_year + 1)
        if one.drift == 0:
            found[one.id] = over(one, first, years)
        else:
            before, after = over(one, first, one.drift), over(one, first + years - one.drift, one.drift)
            found[one.id] = after / before if before else math.nan
    return found


def _mean(results: Results, one: Reading, first: int, years: int) -> float:
    """Return the mean of an indicator over some years, for England; missing where it never happened."""
    wanted = {"indicator": one.indicator, "group": one.group, "level": one.level, "area": ENGLAND}
    where = functools.reduce(operator.and_, (ds.field(name) == word for name, word in wanted.items()))
    where = where & (ds.field("year") >= first) & (ds.field("year") < first + years)
    values = results.table("indicators", columns=["value"], where=where)["value"].to_pylist()
    return sum(values) / len(values) if values else math.nan


@dataclass(frozen=True)
class Scenarios:
    """Runs points of a scenario on recorded inflow, one thread each.

    Attributes
    ----------
    scenario
        The scenario, as JSON.
    seed
        Seed of every run.
    records
        Folder of the recorded inflow, a file for each replicate.
    readings
        Where the targets are read.
    """

    scenario: str
    seed: int
    records: Path
    readings: tuple[Reading, ...]

    def __post_init__(self) -> None:
        """Take NumPy's numbers as Python's."""
        plain_fields(self)

    def at(self, values: Mapping[str, float]) -> Scenario:
        """Return the scenario with free parameters replaced."""
        base = _base(self.scenario)
        return base.model_copy(update={"parameters": base.parameters | plain(values)})

    def record(self, replicate: int) -> Path:
        """Return the file of the recorded inflow of a replicate."""
        return self.records / f"{replicate}.inflow"

    def prepare(self, replicate: int, *, threads: int, progress: Reporter) -> None:
        """Record the inflow of a replicate, unless that was done."""
        path, scenario = self.record(replicate), self.at({})
        if path.exists():
            try:
                inflow.read(path).check(plan.compile(scenario).json, seed=self.seed, replicate=replicate)
            except (CorruptError, UsageError):
                path.unlink()
            else:
                return
        progress.note(f"recording the inflow of replicate {replicate}")
        # Signals are looked at whenever it says how far it is.
        known = inflow.record(scenario, seed=self.seed, replicate=replicate, threads=threads, progress=lambda _: None)
        inflow.write(known, path)

    def key(self, values: Mapping[str, float], replicate: int) -> str:
        """Return a digest of everything that the answer depends on: code, plan, seed, replicate, targets."""
        compiled, replicate = plan.compile(self.at(values)).digest, whole("replicate", replicate, 0, MOST)
        what = [_code(), compiled, self.seed, replicate, [list(vars(reading).values()) for reading in self.readings]]
        return hashlib.sha256(json.dumps(what).encode()).hexdigest()

    def __call__(self, values: Mapping[str, float], replicate: int) -> dict[str, float]:
        """Run once, and return the targets by id."""
        pa.set_cpu_count(1)
        known = inflow.read(self.record(replicate))
        with SecureCareModel(self.at(values), seed=self.seed, replicate=replicate, threads=1, inflow=known) as model:
            results = live(model)
        return read(results, self.readings)


@functools.lru_cache(maxsize=2)
def _base(scenario: str) -> Scenario:
    return Scenario.model_validate_json(scenario)


@functools.cache
def _code() -> list[str]:
    """Return digests of the code on which a run's targets depend: the method of the fit and the command line don't count."""
    return [provenance.digest(without=("calibration", "cli")), hashlib.sha256(Path(__file__).read_bytes()).hexdigest()]

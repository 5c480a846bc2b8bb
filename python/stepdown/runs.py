"""One run, from a scenario to a folder that is there whole or not at all.

The engine lives the days; at the end of each financial year what it logged is taken, and written by a second thread while
the next year is lived: no more than two years of rows are ever in memory.
"""

from __future__ import annotations

import hashlib
import os
import resource
import sys
import time
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from stepdown import _core, code, evidence
from stepdown import inflow as recorded
from stepdown.errors import Interrupted, RuleError, UsageError
from stepdown.failure import Failure
from stepdown.folder import Aside, write_text
from stepdown.model import SecureCareModel
from stepdown.people import own
from stepdown.progress import Reporter, Silent
from stepdown.results.export import write_parquet
from stepdown.results.indicators import compute
from stepdown.results.run import FORMAT, MANIFEST, YEARLY, Results
from stepdown.results.seal import sealed
from stepdown.scenario import Scenario, load
from stepdown.standins import standing_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from stepdown.agents import StandIn
    from stepdown.standins import Agent, Standing

__all__ = ["run"]

SLICE = 30
"""Days lived between two looks at the clock [d]."""

_EPOCH = date(1900, 1, 1)


def _date(day: int) -> date:
    return _EPOCH + timedelta(days=day)


def _year(day: int) -> int:
    """Return the financial year of a day, named by its 1 April."""
    on = _date(day)
    return on.year if on.month >= 4 else on.year - 1


def available_threads() -> int:
    """Return how many threads this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def peak_memory() -> int:
    """Return the most memory that this process has held [bytes]."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


class _Writer:
    """Writes what each year logged, one year behind the engine."""

    def __init__(self, folder: Path, pool: ThreadPoolExecutor) -> None:
        self.folder = folder
        self.files: dict[str, dict[str, Any]] = {}
        self.seconds = 0.0
        self._pool = pool
        self._pending: Future[None] | None = None
        self._small: dict[str, list[pa.Table]] = {"ledger": [], "population": []}
        for table in YEARLY:
            (folder / table).mkdir()

    def year(self, year: int, logged: _core.Logged) -> None:
        """Hand over a year; waits for the one before."""
        self.wait()
        self._pending = self._pool.submit(self._write, year, logged)

    def wait(self) -> None:
        """Wait until everything handed over is on the disk."""
        if self._pending is not None:
            pending, self._pending = self._pending, None
            pending.result()

    def _write(self, year: int, logged: _core.Logged) -> None:
        began = time.perf_counter()
        for table in YEARLY:
            name = f"{table}/{year}.arrow"
            self.files[name] = {"table": table} | dict(logged.write(table, self.folder / name))
        for table, parts in self._small.items():
            parts.append(pa.table(logged.table(table)))
        self.seconds += time.perf_counter() - began

    def parquet(self, name: str, table: pa.Table) -> None:
        """Write a small table."""
        self.files[f"{name}.parquet"] = {"table": name} | write_parquet(table, self.folder / f"{name}.parquet")

    def small(self) -> None:
        """Write the small tables that were kept in memory."""
        self.wait()
        for table, parts in self._small.items():
            self.parquet(table, pa.concat_tables(parts))

    def text(self, name: str, text: str) -> None:
        """Write a text file."""
        write_text(self.folder / name, text)
        digest = hashlib.sha256(text.encode()).hexdigest()
        self.files[name] = {"table": None, "rows": None, "bytes": len(text.encode()), "sha256": digest}


class _Inflow:
    """Where the inflow of a run comes from: everyone, a record, or a record that is made first."""

    def __init__(self, given: Path | str | None, record: Path | str | None, *, overwrite: bool) -> None:
        if given is not None and record is not None:
            message = "record_inflow: the run reads a record already; allowed: inflow or record_inflow"
            raise UsageError(message)
        if record is not None:
            recorded.refuse_what_is_there(Path(record), overwrite=overwrite)
        self._known = recorded.read(given) if given is not None else None
        self._record = record
        self._overwrite = overwrite
        self._seconds = 0.0

    def of(
        self, scenario: Scenario, seed: int, replicate: int, threads: int, progress: Reporter
    ) -> _core.Inflow | None:
        """Return the record that the run lives from, if it does; make it first if that was asked for."""
        if self._record is not None:
            began = time.perf_counter()
            self._known = recorded.record(
                scenario,
                seed=seed,
                replicate=replicate,
                threads=threads,
                progress=lambda day: progress.update("recording", day - scenario.first, scenario.end - scenario.first),
            )
            recorded.write(self._known, self._record, overwrite=self._overwrite)
            self._seconds = time.perf_counter() - began
        return self._known

    def described(self) -> dict[str, Any] | None:
        """Say in the manifest which record it was; nothing if everyone lived."""
        if self._known is None:
            return None
        return {"recorded": self._record is not None, "sha256": recorded.digest(self._known)}

    def timings(self) -> dict[str, float]:
        """Return how long recording took, if it was done [s]."""
        return {"inflow": self._seconds} if self._record is not None else {}


def _live(model: SecureCareModel, writer: _Writer, progress: Reporter) -> None:
    """Live the days of a run, handing over each year as it closes."""
    core = model.core

    def live(until: int, what: str) -> None:
        while core.day < until:
            progress.update(what, core.day - core.first, core.end - core.first)
            model.run_for(min(SLICE, until - core.day))

    live(core.start, "settling")
    while core.day < core.end:
        year = _year(core.day)
        live(min((date(year + 1, 4, 1) - _EPOCH).days, core.end), f"{year}/{(year + 1) % 100:02d}")
        writer.year(year, core.drain())
        writer.files |= own.keep(model, writer.folder, year)


def run(
    scenario: Scenario | Path | str,
    *,
    seed: int = 1,
    replicate: int = 0,
    threads: int | None = None,
    out: Path | str | None = None,
    check: bool = False,
    overwrite: bool = False,
    progress: Reporter | None = None,
    inflow: Path | str | None = None,
    record_inflow: Path | str | None = None,
    agents: Iterable[Agent | StandIn] = (),
    allow_code: bool = False,
) -> Results:
    """Run a scenario and write its folder, whole or not at all.

    Parameters
    ----------
    scenario
        A scenario, or the name or path of one.
    seed
        Seed of every draw, from 0 to 2⁶⁴ − 1.
    replicate
        Replicate under that seed.
    threads
        Threads for the population; results don't depend on it. All that the process may use, if not given.
    out
        Folder to write; ``runs/NAME`` after the scenario, if not given.
    check
        Check the invariants at the close of every day.
    overwrite
        Whether an earlier run at `out` is replaced.
    progress
        Who is told how far the run has come; nobody, if not given.
    inflow
        File of a recorded inflow: the same bytes, without walking the population (see `stepdown.inflow`).
    record_inflow
        File to write the run's inflow to, for other runs of the same people.
    agents
        Subclasses of agents that stand in for those of their kind, or for some of them (`for_`).
    allow_code
        Whether the scenario may name code that no installed package offers.

    Returns
    -------
    Results
        The folder, opened.

    Raises
    ------
    ScenarioError
        The scenario is not valid.
    OutputExistsError
        There is something at `out`, and overwriting was not asked for.
    Interrupted
        The user stopped the run; nothing is left behind.
    StorageError
        The disk is full, or the folder can't be written; nothing is left behind.
    InvariantError
        An invariant broke; nothing is left behind.
    RuleError
        A rule broke its contract; what happened is left in ``NAME.failed`` beside the folder.
    """
    for name, value in (("seed", seed), ("replicate", replicate)):
        if not 0 <= value < 1 << 64:
            message = f"{name}: {value}; allowed: whole numbers from 0 to 18446744073709551615"
            raise UsageError(message)
    if threads is not None and threads < 1:
        message = f"threads: {threads}; allowed: whole numbers from 1"
        raise UsageError(message)
    source = _Inflow(inflow, record_inflow, overwrite=overwrite)
    if not isinstance(scenario, Scenario):
        scenario = load(scenario)
    threads = threads or available_threads()
    target = Path(out) if out is not None else Path("runs") / scenario.name
    standing = standing_of(scenario, agents, allow_code=allow_code)
    failed = Failure(target)
    try:
        with Aside(target, overwrite=overwrite) as aside:
            _fill(
                aside.path,
                scenario,
                seed,
                replicate,
                threads,
                source,
                standing,
                check=check,
                progress=progress or Silent(),
            )
        failed.forget()
    except KeyboardInterrupt:
        message = f"interrupted; nothing was left at {target}"
        raise Interrupted(message) from None
    except RuleError as error:
        failed.write(error, scenario, standing, {"seed": seed, "replicate": replicate})
        raise
    return Results(target)


def _fill(
    folder: Path,
    scenario: Scenario,
    seed: int,
    replicate: int,
    threads: int,
    source: _Inflow,
    standing: Standing,
    *,
    check: bool,
    progress: Reporter,
) -> None:
    """Run, and write everything of the folder."""
    began = time.perf_counter()
    with progress, ThreadPoolExecutor(1, thread_name_prefix="writer") as pool:
        progress.update("starting", 0, scenario.end - scenario.first)
        writer = _Writer(folder, pool)
        toml = scenario.to_toml()
        writer.text("scenario.toml", toml)
        known = source.of(scenario, seed, replicate, threads, progress)
        model = SecureCareModel(
            scenario,
            seed=seed,
            replicate=replicate,
            threads=threads,
            check=check,
            inflow=known,
            standing=standing,
        )
        _live(model, writer, progress)
        counts, timings, plan = model.core.counts(), model.core.timings(), model.plan.digest
        del model.core  # Mesa keeps every model: give the engine's memory back before the indicators want theirs
        writer.small()
        lived = time.perf_counter() - began
        manifest: dict[str, Any] = {
            "format": FORMAT,
            "stepdown": _core.version(),
            "code": {"sha256": code.digest()},
            "scenario": {
                "name": scenario.name,
                "title": scenario.title,
                "sha256": writer.files["scenario.toml"]["sha256"],
            },
            "evidence": {"sha256": evidence.load().digest},
            "plan": {"sha256": plan},
            "seed": seed,
            "replicate": replicate,
            "settling": _date(scenario.first).isoformat(),
            "start": _date(scenario.start).isoformat(),
            "end": _date(scenario.end).isoformat(),
            "inflow": source.described(),
            "agents": [given.record() for given in standing.given],
            "own": own.described(model),
            "rules": [asked.record() for asked in standing.rules],
        }
        progress.update("indicators", scenario.end - scenario.first, scenario.end - scenario.first)
        writer.parquet("indicators", compute(Results(folder, manifest=manifest)))
        seconds = time.perf_counter() - began
        manifest |= {
            "files": dict(sorted(writer.files.items())),
            "counts": counts,
            "threads": threads,
            "timings": timings
            | {"write": writer.seconds, "indicators": seconds - lived, "total": seconds}
            | source.timings(),
            "person_days_per_second": counts["person_days"] / seconds,
            "peak_memory": peak_memory(),
        }
        write_text(folder / MANIFEST, sealed(manifest))

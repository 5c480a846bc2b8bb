"""One process at work on a run: from the start, or from the snapshot that it resumes, to the end or the next stop."""

from __future__ import annotations

import resource
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stepdown import evidence, plan, provenance
from stepdown.atomic import write_text
from stepdown.errors import (
    CorruptError,
    Interrupted,
    InvariantError,
    RequeueError,
    RuleError,
    ScenarioError,
    StorageError,
    lacking,
)
from stepdown.evidence import samples
from stepdown.model import SecureCareModel
from stepdown.people import user_columns
from stepdown.results.indicators import compute
from stepdown.results.manifest import misstated
from stepdown.results.manifest_seal import sealed
from stepdown.results.run import FORMAT, MANIFEST, Results
from stepdown.running import burn_in_cache
from stepdown.running.checkpoints import EVERY, Keeper, adopt, head, seal_of
from stepdown.running.failure import Failure
from stepdown.running.inflow import InflowSource
from stepdown.running.journal import JOURNAL, PARTS, files_of_year
from stepdown.running.writer import Writer, tidy
from stepdown.scenario import financial_year, on, year_start

if TYPE_CHECKING:
    from collections.abc import Callable

    from stepdown.atomic import StagedDir
    from stepdown.decisions.overrides import AgentOverrides
    from stepdown.progress import Reporter
    from stepdown.running.checkpoints import SnapshotRequests
    from stepdown.running.journal import Journal, Kept, Order
    from stepdown.running.signals import Stop
    from stepdown.scenario import Scenario

__all__ = ["RunSession", "execute", "latest"]

SLICE = 30
"""Days lived between two looks at the clock [d]."""


def peak_memory() -> int:
    """Return the most memory that this process has held [bytes]."""
    # Linux tells rusage of a process's predecessor too, where a larger one has begun it; its own peak is among its status.
    for line in _status():
        name, _, size = line.partition(":")
        if name == "VmHWM":
            return int(size.split()[0]) * 1024
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


def _status() -> list[str]:
    try:
        return Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    except OSError:
        return []


@dataclass
class RunSession:
    """One process at work on a run, from its start or a snapshot to the end or the next stop."""

    staged: StagedDir
    journal: Journal
    scenario: Scenario
    agent_overrides: AgentOverrides
    threads: int
    inflow: InflowSource
    requests: SnapshotRequests
    progress: Reporter
    stop: Stop
    every: float | None = EVERY
    burn_in_cache: bool = False
    before: float = 0.0
    found: bool = False
    """Whether the run was begun before: what was found is never taken away."""
    refuse_unnamed: Callable[[], None] | None = None
    """Refuses to begin again from files that only the journal names; for a run that is resumed."""
    acknowledged: bool = False
    """Whether the user knows that a signal was heard after the last day."""

    def fill(self, kept: Kept | None = None) -> None:
        """Simulate the run, from a kept snapshot if one is given, and write every file of its folder."""
        began = time.perf_counter() - self.before
        with self.progress, ThreadPoolExecutor(1, thread_name_prefix="writer") as pool:
            self.note_order()
            self.progress.update("starting", 0, self.scenario.end - self.scenario.first)
            if (caution := samples.caution(self.scenario.population)) is not None:
                self.progress.note(caution)
            order = self.journal.order
            said = {"stepdown.seed": f"{order.seed}", "stepdown.replicate": f"{order.replicate}"}
            writer = Writer(self.journal, pool, samples.metadata(self.scenario.population) | said)
            model = self._model(kept)
            writer.text("scenario.toml", self.scenario.to_toml())
            keeper = Keeper(self.journal, writer, self.requests, every=self.every, began=began)
            self.journal.write()
            self._live(model, writer, keeper)
            self._acknowledge()
            counts, timings = model.core.counts(), model.core.timings()
            model.close()  # the indicators want the engine's memory
            writer.small()
            lived = time.perf_counter() - began
            manifest = self._manifest(model)
            days = self.scenario.end - self.scenario.first
            self.progress.update("indicators", days, days)
            self._acknowledge()
            writer.parquet("indicators", compute(Results(self.journal.folder, manifest=manifest)))
            self._acknowledge()
            seconds = time.perf_counter() - began
            spent = {
                "write": writer.seconds,
                "snapshots": keeper.seconds,
                "indicators": seconds - lived,
                "total": seconds,
            }
            files = {name: facts for name, facts in self.journal.files.items() if not name.startswith(PARTS)}
            manifest |= {
                "files": dict(sorted(files.items())),
                "counts": counts,
                "threads": self.threads,
                "timings": timings | spent | self.inflow.timings(),
                "person_days_per_second": counts["person_days"] / seconds,
                "peak_memory": peak_memory(),
            }
            if (wrong := misstated(manifest)) is not None:
                message = f"{self.journal.folder}: what was written isn't what such a run has ({wrong}); run it anew"
                raise CorruptError(message)
            write_text(self.journal.folder / MANIFEST, sealed(manifest))
            tidy(self.journal.folder)

    def _acknowledge(self) -> None:
        """Acknowledge, once, a signal after the last day: to finish takes less than to keep the state and go on from it."""
        if self.stop and not self.acknowledged:
            self.acknowledged = True
            self.progress.note("every day is lived: the run is finished all the same; Ctrl-C again stops at once")

    def note_order(self) -> None:
        """Write the order and the scenario to disk; from then on the run can be started again."""
        write_text(self.journal.folder / "scenario.toml", self.scenario.to_toml())
        self.journal.write()

    def _model(self, kept: Kept | None) -> SecureCareModel:
        """Return the model: from a snapshot, from a cached burn-in state, or from the start."""
        order = self.journal.order
        common: dict[str, Any] = {
            "threads": self.threads,
            "check": order.check,
            "agent_overrides": self.agent_overrides,
        }
        while kept is not None:
            try:
                model = SecureCareModel(self.scenario, snapshot=self.journal.folder / kept.file, **common)
            except CorruptError as fault:
                self.progress.note(f"{fault}; going back")
                self.journal.kept.remove(kept)
                kept = latest(self.journal, self.scenario, self.progress)
                if kept is None:
                    if self.refuse_unnamed is not None:
                        self.refuse_unnamed()
                    self.inflow = InflowSource(
                        order.inflow, order.record_inflow, overwrite=order.overwrite, resumed=True
                    )
            else:
                self.journal.resumed.append(kept.date)
                return model
        if order.snapshot is not None:
            given = Path(order.snapshot)
            _hold(given, order)
            model = SecureCareModel(self.scenario, snapshot=given, carried=self.journal.folder, **common)
            adopt(self.journal, given, model.core)
            found = head(given)
            self.journal.facts["from"] = {"date": found["date"], "plan": {"sha256": found["plan"]}}
            return model
        if self._shares():
            state = burn_in_cache.find(
                plan.compile(self.scenario, self.agent_overrides).json, self.scenario.start, order
            )
            if state.exists():
                try:
                    burn_in_cache.refuse_another(state, self.scenario.start, order)
                    model = SecureCareModel(self.scenario, snapshot=state, **common)
                    burn_in_cache.use(state)
                except (CorruptError, ScenarioError) as fault:  # the engine finds another past a fault of the scenario
                    self.progress.note(f"{fault}; it is made again")
                    state.unlink(missing_ok=True)
                else:
                    return model
        known = self.inflow.of(self.scenario, order.seed, order.replicate, self.threads, self.progress)
        self.journal.facts["inflow"] = self.inflow.described()
        return SecureCareModel(self.scenario, inflow=known, seed=order.seed, replicate=order.replicate, **common)

    def _shares(self) -> bool:
        """Return whether the burn-in may be shared: it was asked for, and depends on the plan alone."""
        order = self.journal.order
        return (
            self.burn_in_cache
            and not self.agent_overrides.given
            and order.inflow is None
            and order.record_inflow is None
        )

    def _live(self, model: SecureCareModel, writer: Writer, keeper: Keeper) -> None:
        """Simulate the days of a run, and hand each year to the writer as it closes."""
        core, order = model.core, self.journal.order
        said = False

        def enough() -> bool:
            nonlocal said
            if self.stop and not said:
                said = True
                self.progress.note(
                    "stopping: the day is lived to its end, then a snapshot is written; Ctrl-C again stops at once"
                )
            return bool(self.stop) or keeper.due()

        def live(until: int, what: str) -> None:
            while True:
                keeper.leave(model)
                if enough():
                    keeper.keep(model)
                if self.stop:
                    raise RequeueError if self.stop.requeues else KeyboardInterrupt
                if core.day >= until:
                    return
                self.progress.update(what, core.day - core.first, core.end - core.first)
                wanted = self.requests.next(core.day)
                next_stop = until if wanted is None else min(until, wanted)
                model.run_for(min(SLICE, next_stop - core.day), enough=enough)

        self.stop.wait()
        settling = core.day < core.start
        live(core.start, "settling")
        if settling and self._shares():
            state = burn_in_cache.find(model.plan.json, core.start, order)
            if not burn_in_cache.store(state, model):
                self.progress.note(f"{burn_in_cache.place()}: no room for the burn-in state; it is not kept")
        while core.since < core.end:
            year = financial_year(core.since)
            live(min(year_start(year + 1), core.end), f"{year}/{(year + 1) % 100:02d}")
            writer.wait()
            self.journal.files |= user_columns.keep(model, writer.folder, year, writer.metadata)
            writer.year(year, core.drain())

    def whole(self) -> bool:
        """Return whether every file is written, so that the folder only wants its name."""
        return (self.journal.folder / MANIFEST).is_file()

    def left(self) -> str:
        """Return a sentence on how the run can be resumed."""
        if self.whole():
            return f"it is whole, and stepdown resume {self.staged.target} puts it in its place"
        kept = self.journal.kept
        from_ = f"goes on from {kept[-1].date}" if kept else "begins again"
        return f"stepdown resume {self.staged.target} {from_}"

    def _manifest(self, model: SecureCareModel) -> dict[str, Any]:
        """Return the provenance of the data, as the manifest holds it."""
        scenario, order = self.scenario, self.journal.order
        return {
            "format": FORMAT,
            "stepdown": order.stepdown,
            "versions": provenance.versions(),
            "code": {"sha256": order.code},
            "scenario": {
                "name": scenario.name,
                "title": scenario.title,
                "sha256": self.journal.files["scenario.toml"]["sha256"],
            },
            "evidence": {"sha256": evidence.load().digest},
            "plan": {"sha256": order.plan},
            "seed": order.seed,
            "replicate": order.replicate,
            "draw": scenario.draw,
            "share": scenario.population,
            "sample": samples.caution(scenario.population),
            "without_effect": plan.without_effect(scenario, model.plan),
            "settling": on(scenario.first).isoformat(),
            "start": on(scenario.start).isoformat(),
            "end": on(scenario.end).isoformat(),
            "inflow": self.journal.facts.get("inflow"),
            "from": self.journal.facts.get("from"),
            "resumed": self.journal.resumed,
            "agents": [given.record() for given in self.agent_overrides.given],
            "own": user_columns.described(model),
            "rules": [active.record() for active in self.agent_overrides.rules],
        }


def _hold(given: Path, order: Order) -> None:
    """Refuse a snapshot that is another one than that with which the run was ordered.

    Raises
    ------
    CorruptError
        Its seal, seed or replicate differs.
    """
    found = head(given)
    if (seal_of(given), found["seed"], found["replicate"]) != (order.snapshot_seal, order.seed, order.replicate):
        message = f"{given}: it is not the snapshot with which the run was begun; allowed: that one, or a new run"
        raise CorruptError(message)


def execute(session: RunSession, kept: Kept | None) -> None:
    """Execute a session: write the whole folder, or report what is left for a resume."""
    staged, order, target = session.staged, session.journal.order, session.staged.target
    failed = Failure(target)
    try:
        session.fill(kept)
    except RuleError as error:
        # Years of it may be right: they are kept, as what broke the rule is told.
        staged.keep = True
        failed.write(
            error, session.scenario, session.agent_overrides, {"seed": order.seed, "replicate": order.replicate}
        )
        message = f"{error}; what was written is kept in {staged.path}"
        raise RuleError(message) from error
    except InvariantError as error:
        # A bug of the model: what it left is evidence, and years of it may be right.
        staged.keep = True
        message = f"{error}; what was written is kept in {staged.path}"
        raise InvariantError(message) from error
    except KeyboardInterrupt:
        staged.keep = session.found or bool(session.journal.kept) or session.whole()
        left = session.left() if staged.keep else f"nothing was left at {target}"
        message = f"interrupted; {left}"
        raise Interrupted(message) from None
    except RequeueError:
        if not session.journal.kept:
            # Nothing to go on from yet: what was ordered is kept, so that it begins again.
            session.note_order()
        staged.keep = True
        message = f"stopped; {session.left()}"
        raise RequeueError(message) from None
    except BaseException:
        staged.keep = session.found or bool(session.journal.kept)
        raise
    failed.forget()


def latest(journal: Journal, scenario: Scenario, progress: Reporter) -> Kept | None:
    """Return the latest intact snapshot to resume from, and remove whatever was written after it."""
    found = None
    for kept in reversed(journal.kept):
        path = journal.folder / kept.file
        try:
            read, seal = head(path), seal_of(path)
        except (CorruptError, FileNotFoundError) as fault:
            progress.note(f"{fault}; going back")
            continue
        except OSError as fault:
            # A snapshot that can't be read now may be whole: it is not taken away.
            raise lacking(fault) or StorageError(f"{path}: it can't be read ({fault.strerror})") from None
        order = journal.order
        said = (kept.date, kept.since, order.seed, order.replicate, order.plan, kept.seal)
        if (
            read["date"], str(on(read["since"])), read["seed"], read["replicate"], read["plan"], seal
        ) != said:  # fmt: skip
            progress.note(f"{path}: it is not the state that the journal names; going back")
            continue
        closed_years = range(financial_year(scenario.start), financial_year(read["since"]))
        wanted = {name for year in closed_years for name in files_of_year(year)}
        if wanted - set(kept.files):
            progress.note(f"{path}: the journal doesn't name every file of the years before it; going back")
            continue
        if (name := journal.fault(kept.files)) is not None:
            progress.note(f"{journal.folder / name}: it is not as it was closed; going back")
            continue
        found = kept
        break
    journal.kept = journal.kept[: journal.kept.index(found) + 1] if found is not None else []
    closed = found.files if found is not None else []
    journal.files = {name: journal.files[name] for name in closed}
    keep = {*closed, JOURNAL, "scenario.toml", *(kept.file for kept in journal.kept)}
    for path in journal.folder.rglob("*"):
        if path.is_file() and str(path.relative_to(journal.folder)) not in keep:
            path.unlink()
    progress.note(f"going on from {found.date}" if found is not None else "no snapshot to go on from: beginning again")
    return found

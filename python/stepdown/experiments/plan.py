"""Plans of tasks: a folder that says which runs an experiment consists of, and in which all of them leave what is kept.

A task is named by a digest of everything that decides its bytes: code, libraries, compiled plan (scenario, draw and evidence), agents,
seed, replicate, and what is kept. So a task that is done needs never be done again, and no other can be mistaken for it.
"""

from __future__ import annotations

import hashlib
import json
import os
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from filelock import FileLock, Timeout

from stepdown import _core, levers, plan, provenance, records
from stepdown.atomic import write_text
from stepdown.decisions.overrides import overrides_of
from stepdown.errors import CorruptError, OutputExistsError, UsageError
from stepdown.experiments.config import RUN, Arm, Experiment, OutcomeKeys
from stepdown.records import Record, Sha256, Whole
from stepdown.results.run import MANIFEST
from stepdown.scenario import Scenario, load
from stepdown.words import known

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

__all__ = ["PLAN", "Commit", "Group", "Plan", "Task", "draw_up", "extended", "locked", "open_plan", "with_costs"]

PRECISE = "precise.json"
"""Name of the file that says that fewer replicates than planned are enough."""

PLAN = "plan.json"
"""Name of the file that says what the tasks are; written last."""

FORMAT = 1
"""Version of a plan's format."""

POPULATIONS = ("people", "illness", "justice")
"""Parameters that the population reads, by the first part of their ids; ``docs/inflow.md`` says why."""


class ArmFacts(Record):
    """A scenario: its name, digest and changes, its replicates, the compiled plan and inflow of each draw, and what does nothing."""

    name: str
    sha256: Sha256
    values: dict[str, Any]
    replicates: Whole
    plans: dict[str, Sha256]
    inflows: dict[str, Sha256]
    without_effect: list[str]


class OutcomeFacts(Record):
    """An outcome that is looked at first."""

    indicator: str
    area: str
    group: str
    level: str
    half_width: float | None

    @property
    def name(self) -> str:
        """How tables name it."""
        return OutcomeKeys(**self.model_dump()).name


class Costs(Record):
    """What a probe has told that one task takes.

    Attributes
    ----------
    seconds
        Processor time of a task that lives from a recorded inflow, if it does [s].
    recording
        Time that it takes to record an inflow [s].
    memory
        Most memory of a task [bytes].
    disk
        What it leaves [bytes].
    inflow_bytes
        Size of a recorded inflow [bytes].
    """

    seconds: float
    recording: float
    memory: Whole
    disk: Whole
    inflow_bytes: Whole


class PlanFacts(Record):
    """What a plan's file says."""

    format: Whole
    stepdown: str
    code: Sha256
    versions: dict[str, str]
    title: str
    why: str
    arms: list[ArmFacts]
    parts: list[str]
    seed: Whole
    draws: Whole
    keep: list[str]
    attempts: Whole
    outcomes: list[OutcomeFacts]
    costs: Costs | None


class _Precise(Record):
    """How many replicates are enough."""

    replicates: Whole


class Commit(Record):
    """What is known of a task that is done: its files in the plan's folder, with their rows, bytes and hashes, and what it took."""

    id: str
    arm: str
    draw: Whole
    seed: Whole
    replicate: Whole
    files: dict[str, dict[str, Any]]
    seconds: float
    peak_memory: Whole
    host: str


@dataclass(frozen=True)
class Task:
    """A run of a plan.

    Attributes
    ----------
    id
        Digest of everything that decides its bytes.
    arm, draw, replicate
        What is run.
    seed
        Seed of that draw, the same for all arms.
    inflow
        Name of the recorded inflow that it lives from, if it does.
    """

    id: str
    arm: str
    draw: int
    replicate: int
    seed: int
    inflow: str | None

    @property
    def partition(self) -> str:
        """Folder of its rows in a table of the result set."""
        return f"scenario={self.arm}/draw={self.draw}/replicate={self.replicate}"


Group = tuple[Task, ...]
"""Tasks of one draw and replicate: they share a recorded inflow, and are best run one after the other."""


class Plan:
    """A plan on the disk.

    Parameters
    ----------
    folder
        Its folder.
    facts
        What its file says.
    """

    def __init__(self, folder: Path, facts: PlanFacts) -> None:
        self.folder = folder
        self.facts = facts

    def __repr__(self) -> str:
        return f"Plan({str(self.folder)!r})"

    @property
    def arms(self) -> dict[str, ArmFacts]:
        """The scenarios by name, the base first."""
        return {arm.name: arm for arm in self.facts.arms}

    @property
    def base(self) -> str:
        """Name of the scenario that the others are compared with."""
        return self.facts.arms[0].name

    @property
    def draws(self) -> range:
        """Numbers of the draws."""
        return range(1, self.facts.draws + 1) if self.facts.draws else range(1)

    @cached_property
    def groups(self) -> list[Group]:
        """All tasks, those of one draw and replicate together; first replicates first, so that every arm has some early."""
        most = max(arm.replicates for arm in self.facts.arms)
        groups = (
            tuple(self._task(arm, draw, k) for arm in self.facts.arms if k < arm.replicates)
            for k in range(most)
            for draw in self.draws
        )
        return list(groups)

    @cached_property
    def group_of(self) -> dict[tuple[int, int], Group]:
        """The tasks of each draw and replicate."""
        return {(group[0].draw, group[0].replicate): group for group in self.groups}

    @cached_property
    def tasks(self) -> dict[str, Task]:
        """All tasks by their ids."""
        return {task.id: task for group in self.groups for task in group}

    def _task(self, arm: ArmFacts, draw: int, replicate: int) -> Task:
        seed = self.facts.seed + draw
        what = [self.facts.code, self.facts.versions, arm.plans[str(draw)], seed, replicate, sorted(self.facts.keep)]
        inflow = arm.inflows.get(str(draw))
        record = None if inflow is None else _digest([inflow, seed, replicate])[:16]
        # The name of the arm decides where the rows lie, and so belongs to what a task leaves.
        return Task(_digest([*what, arm.name, draw])[:16], arm.name, draw, replicate, seed, record)

    def scenario(self, arm: str, draw: int) -> Scenario:
        """Return the scenario of a task.

        Raises
        ------
        CorruptError
            Its file is not as it was when the plan was made.
        """
        facts = self.arms[arm]
        path = self.folder / "scenarios" / f"{arm}.toml"
        try:
            found = hashlib.sha256(path.read_bytes()).hexdigest()
        except OSError as error:
            found = f"not there ({error.strerror})"
        if found != facts.sha256:
            message = f"{path}: its SHA-256 is {found}; the plan says {facts.sha256}"
            raise CorruptError(message)
        return load(path, draw=draw) if draw else load(path)

    def refuse_other_code(self) -> None:
        """Refuse to run tasks with other code or libraries than those that the plan was made with: their bytes would differ.

        Raises
        ------
        UsageError
            They are others.
        """
        for what, was, now in (
            ("code", self.facts.code, provenance.digest()),
            ("libraries", self.facts.versions, provenance.versions()),
        ):
            if was != now:
                message = (
                    f"{self.folder}: it was planned with other {what} ({_short(was)}, and here {_short(now)}); "
                    "allowed: the same, or a new plan in another folder (--out)"
                )
                raise UsageError(message)

    # How many replicates are wanted.

    @property
    def wanted(self) -> int | None:
        """How many replicates the stopping rule has found to be enough; nothing if all that are planned are wanted."""
        path = self.folder / PRECISE
        return records.read(_Precise, path).replicates if path.exists() else None

    def want(self, replicates: int | None) -> None:
        """Write down how many replicates are enough, or that all are wanted."""
        if replicates is None:
            (self.folder / PRECISE).unlink(missing_ok=True)
        else:
            write_text(self.folder / PRECISE, _Precise(replicates=replicates).model_dump_json() + "\n")

    # Where things lie.

    def commit_file(self, id: str) -> Path:
        """Return the file that says that a task is done."""
        return self.folder / "commits" / f"{id}.json"

    def attempts_of(self, id: str) -> list[Path]:
        """Return the notes of attempts at a task that have not led to its end."""
        return sorted((self.folder / "attempts").glob(f"{id}-*.json"))

    def inflow_file(self, task: Task) -> Path:
        """Return the file of the recorded inflow of a task."""
        return self.folder / "inflows" / f"{task.inflow}.inflow"

    def work(self, id: str) -> Path:
        """Return the folder in which a task's run is written."""
        return self.folder / "work" / id

    def lock_file(self, id: str) -> Path:
        """Return the file on which whoever does a task holds a lock."""
        return self.folder / "work" / f"{id}.lock"

    def run_folder(self, task: Task) -> Path:
        """Return where the whole folder of a task's run lies, if it is kept."""
        return self.folder / "runs" / f"{task.arm}-d{task.draw}-r{task.replicate}"

    def part(self, table: str, task: Task) -> Path:
        """Return where a task's rows of a table lie."""
        return self.folder / "results" / table / task.partition / "part.parquet"

    def tables(self) -> list[str]:
        """Return the tables that are kept of each run."""
        return ["indicators", *(table for table in self.facts.keep if table not in ("indicators", RUN))]

    # What is done.

    def committed(self) -> dict[str, Task]:
        """Return the tasks that are done, by id: their note is there, and so are their files."""
        try:
            there = {entry.name.removesuffix(".json") for entry in os.scandir(self.folder / "commits")}
        except FileNotFoundError:
            return {}
        return {id: task for id, task in self.tasks.items() if id in there and self._has_files(task)}

    def is_done(self, id: str) -> bool:
        """Return whether a task is done."""
        return self.commit_file(id).exists() and self._has_files(self.tasks[id])

    def _has_files(self, task: Task) -> bool:
        parts = all(self.part(table, task).is_file() for table in self.tables())
        return parts and (RUN not in self.facts.keep or (self.run_folder(task) / MANIFEST).is_file())

    def commit_of(self, id: str) -> Commit | None:
        """Return what is known of a task that is done; nothing if it isn't, or if a file of it has gone.

        Raises
        ------
        CorruptError
            Its note can't be read.
        """
        path = self.commit_file(id)
        if not path.exists():
            return None
        found = records.read(Commit, path)
        sizes = ((self.folder / name, facts["bytes"]) for name, facts in found.files.items())
        return found if all(file.is_file() and file.stat().st_size == size for file, size in sizes) else None

    def given_up(self, done: Iterable[str] | None = None) -> list[str]:
        """Return the tasks that are not done and have had all their attempts."""
        finished = set(self.committed() if done is None else done)
        counts: dict[str, int] = {}
        if (self.folder / "attempts").is_dir():
            for entry in os.scandir(self.folder / "attempts"):
                id = entry.name.partition("-")[0]
                counts[id] = counts.get(id, 0) + 1
        out = [id for id in self.tasks if counts.get(id, 0) >= self.facts.attempts and id not in finished]
        return [id for id in out if not self.being_done(id)]

    def being_done(self, id: str) -> bool:
        """Return whether a process is doing a task now."""
        path = self.lock_file(id)
        if not path.exists():
            return False
        with locked(path) as free:
            return not free

    def left(self, *, replicates: int | None = None) -> list[Group]:
        """Return the tasks that are to be done, in their groups: neither done nor given up.

        Parameters
        ----------
        replicates
            Only those of the first so many replicates; by default, those that are wanted.
        """
        done = set(self.committed())
        out = done | set(self.given_up(done))
        replicates = self.wanted if replicates is None else replicates
        groups = (
            tuple(task for task in group if task.id not in out and (replicates is None or task.replicate < replicates))
            for group in self.groups
        )
        return [group for group in groups if group]

    def completeness(self) -> dict[str, tuple[int, int]]:
        """Return for each arm how many of its tasks that are wanted are done, of how many."""
        done, wanted = self.committed(), self.wanted
        found = dict.fromkeys(self.arms, (0, 0))
        for id, task in self.tasks.items():
            if wanted is not None and task.replicate >= wanted:
                continue
            have, all_ = found[task.arm]
            found[task.arm] = (have + (id in done), all_ + 1)
        return found

    def by_id(self, ids: Iterable[str]) -> list[Task]:
        """Return tasks by their ids.

        Raises
        ------
        UsageError
            One is none of the plan's.
        """
        found = []
        for id in ids:
            known("task", id, self.tasks, f" in {self.folder}")
            found.append(self.tasks[id])
        return found


@contextmanager
def locked(path: Path, patience: float = 0.0) -> Iterator[bool]:
    """Hold a lock that ends with the process; yield whether it could be had, at once or within a patience [s]."""
    lock = FileLock(path)
    try:
        lock.acquire(timeout=patience, poll_interval=0.02)
    except Timeout:
        yield False
        return
    try:
        yield True
    finally:
        # Removed while it is held: whoever has opened it meanwhile looks again whether the task is done.
        path.unlink(missing_ok=True)
        lock.release()


def open_plan(folder: Path | str) -> Plan:
    """Open a plan.

    Raises
    ------
    CorruptError
        The folder has none, or one that can't be read.
    """
    folder = Path(folder)
    if not (folder / PLAN).is_file():
        message = f"{folder}: it is no plan of a sweep ({PLAN} is missing); stepdown plan FILE makes one"
        raise CorruptError(message)
    facts = records.read(PlanFacts, folder / PLAN)
    if facts.format != FORMAT:
        message = f"{folder / PLAN}: its format is {facts.format}; this version reads {FORMAT}"
        raise CorruptError(message)
    return Plan(folder, facts)


def draw_up(experiment: Experiment, folder: Path | str) -> Plan:
    """Draw up the plan of an experiment in a folder; one that is there already is extended if its tasks are among the new ones.

    Raises
    ------
    OutputExistsError
        There is another plan, or something else.
    """
    folder = Path(folder)
    before = open_plan(folder) if (folder / PLAN).is_file() else None
    if before is None and folder.exists() and (not folder.is_dir() or any(_others(folder))):
        message = f"{folder}: there is something else; choose another folder (--out)"
        raise OutputExistsError(message)
    texts = {arm.name: arm.scenario.model_copy(update={"draw": 0}).to_toml() for arm in experiment.arms}
    facts = _facts(experiment, texts, before)
    made = Plan(folder, facts)
    if before is not None and not before.tasks.keys() <= made.tasks.keys():
        message = (
            f"{folder}: the plan there has other tasks ({len(before.tasks.keys() - made.tasks.keys())} of "
            f"{len(before.tasks)} are not in this one); choose another folder (--out)"
        )
        raise OutputExistsError(message)
    (folder / "scenarios").mkdir(parents=True, exist_ok=True)
    with FileLock(folder / ".plan.lock"):
        for name, text in texts.items():
            write_text(folder / "scenarios" / f"{name}.toml", text)
        write_text(folder / PLAN, facts.model_dump_json(indent=1) + "\n")
    return made


def with_costs(made: Plan, costs: Costs) -> Plan:
    """Write down what a probe has told, and return the plan with it."""
    facts = made.facts.model_copy(update={"costs": costs})
    write_text(made.folder / PLAN, facts.model_dump_json(indent=1) + "\n")
    return Plan(made.folder, facts)


def _others(folder: Path) -> Iterator[Path]:
    return (path for path in folder.iterdir() if path.name not in ("scenarios", ".plan.lock"))


def _facts(experiment: Experiment, texts: Mapping[str, str], before: Plan | None) -> PlanFacts:
    keys = experiment.keys
    arms = [
        _arm_facts(
            arm, texts[arm.name], experiment.draws, experiment.replicates_of(arm), shared=keys.inflow == "shared"
        )
        for arm in experiment.arms
    ]
    _only_shared(arms)
    return PlanFacts(
        format=FORMAT,
        stepdown=_core.version(),
        code=provenance.digest(),
        versions=provenance.versions(),
        title=keys.title,
        why=keys.why,
        arms=arms,
        parts=list(experiment.parts),
        seed=keys.seed,
        draws=keys.draws,
        keep=keys.keep,
        attempts=keys.attempts,
        outcomes=[OutcomeFacts(**outcome.model_dump()) for outcome in keys.outcomes],
        costs=None if before is None else before.facts.costs,
    )


def _arm_facts(arm: Arm, text: str, draws: Iterable[int], replicates: int, *, shared: bool) -> ArmFacts:
    """Return what a plan says of a scenario."""
    plans, inflows = {}, {}
    idle: list[str] = []
    for draw in draws:
        scenario = arm.scenario.model_copy(update={"draw": draw}) if draw else arm.scenario
        compiled = plan.compile(scenario, overrides_of(scenario))
        plans[str(draw)] = compiled.digest
        idle = idle or plan.without_effect(scenario, compiled)
        if shared:
            inflows[str(draw)] = _reads(scenario, compiled)
    return ArmFacts(
        name=arm.name,
        sha256=hashlib.sha256(text.encode()).hexdigest(),
        values=dict(arm.values),
        replicates=replicates,
        plans=plans,
        inflows=inflows,
        without_effect=idle,
    )


def extended(made: Plan, arms: Iterable[Arm], *, replicates: int) -> Plan:
    """Add scenarios to a plan, which live from recorded inflows; return it with them. Those whose names are there stay as they are.

    Parameters
    ----------
    made
        The plan; what is done in it stays done.
    arms
        Scenarios of the same days and share of England as its base.
    replicates
        Of each.
    """
    new = [arm for arm in arms if arm.name not in made.arms]
    texts = {arm.name: arm.scenario.model_copy(update={"draw": 0}).to_toml() for arm in new}
    more = [_arm_facts(arm, texts[arm.name], made.draws, replicates, shared=True) for arm in new]
    facts = made.facts.model_copy(update={"arms": [*made.facts.arms, *more]})
    with FileLock(made.folder / ".plan.lock"):
        for name, text in texts.items():
            write_text(made.folder / "scenarios" / f"{name}.toml", text)
        write_text(made.folder / PLAN, facts.model_dump_json(indent=1) + "\n")
    return Plan(made.folder, facts)


def _reads(scenario: Scenario, compiled: plan.Plan) -> str:
    """Return a digest of what a population reads: runs with the same may live from one record. The engine checks that again."""
    data = compiled.data
    read = {
        "engine": _core.source(),
        "calendar": data["calendar"],
        "mode": {key: value for key, value in data["mode"].items() if key != "capacity"},
        "parameters": {key: data["parameters"][key] for key in POPULATIONS if key in data["parameters"]},
        "population": data["population"],
        "world": scenario.world,
        "levers": {
            lever.name: [step.model_dump(mode="json", by_alias=True) for step in scenario.steps(lever.name)]
            for lever in levers.load().values()
            if lever.level is not None
        },
    }
    return _digest(read)


def _only_shared(arms: list[ArmFacts]) -> None:
    """Leave out the records that one arm alone would live from: making them costs more than they save."""
    counts: dict[str, int] = {}
    for arm in arms:
        for inflow in arm.inflows.values():
            counts[inflow] = counts.get(inflow, 0) + 1
    for arm in arms:
        for draw, inflow in list(arm.inflows.items()):
            if counts[inflow] < 2:
                del arm.inflows[draw]


def _digest(what: object) -> str:
    return hashlib.sha256(json.dumps(what, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def _short(said: object) -> str:
    return said[:12] if isinstance(said, str) else ", ".join(f"{key} {value}" for key, value in dict(said).items())  # type: ignore[call-overload]

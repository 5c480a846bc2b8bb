"""Does one task of a plan, at most once: skipped if it is done; written aside, synced and renamed; its note with the hashes last.

Any number of processes on any number of machines that share the folder may be given the same task: one does it, the others leave it
alone. Whatever ends a task before its end, a kill or a power cut, it is begun again or gone on with, and nothing of it is seen
before.
"""

from __future__ import annotations

import functools
import os
import shutil
import socket
import time
import traceback
import warnings
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq
from filelock import FileLock

from stepdown import inflow, plan, records
from stepdown.atomic import sync, write_text
from stepdown.errors import (
    CorruptError,
    Interrupted,
    NoEffectWarning,
    RequeueError,
    StepdownError,
    UsageError,
    printable,
)
from stepdown.experiments.config import RUN
from stepdown.experiments.plan import Commit, locked, open_plan
from stepdown.records import Record, Whole
from stepdown.results.hashes import digest
from stepdown.results.run import MANIFEST, Results, read_file
from stepdown.running.run import run
from stepdown.running.signals import Stop

if TYPE_CHECKING:
    from collections.abc import Sequence

    from stepdown.experiments.plan import Plan, Task

__all__ = ["Attempt", "Outcome", "do", "do_all", "failures", "recorded", "tidy"]

Word = Literal["done", "was done", "failed", "given up", "elsewhere"]

LOOK = 0.5
"""How long a task's lock is tried for: whoever looks whether it is being done holds it for a moment [s]."""

LINES = 12
"""Last lines of what was said that the note of a failure keeps."""


class Outcome(NamedTuple):
    """What became of a task: done now, done before, failed, given up after its last attempt, or being done elsewhere."""

    id: str
    word: Word
    why: str = ""


class Attempt(Record):
    """A note of an attempt: it goes when the task is done, and stays, with a reason, when it fails; without one, it died."""

    id: str
    host: str
    process: Whole
    began: str
    reason: str | None
    kind: str | None
    lines: list[str]


DIED = "it ended without a word: killed, or out of memory"
"""Why an attempt without a reason failed."""


def do_all(folder: Path | str, ids: Sequence[str], *, threads: int = 1) -> list[Outcome]:
    """Do tasks one after the other, and return what became of each: what a worker, a line of an array or a Dask future calls.

    Parameters
    ----------
    folder
        Folder of the plan.
    ids
        The tasks.
    threads
        Threads of each run; results don't depend on it.

    Raises
    ------
    RequeueError
        A scheduler's signal has stopped it; what was lived is kept, and the same call goes on.
    UsageError
        The plan was made with other code, or has no such task.
    """
    made = _opened(str(Path(folder).absolute()), _stamp(Path(folder)))
    with Stop():
        return [do(made, task, threads=threads) for task in made.by_id(ids)]


@functools.lru_cache(maxsize=4)
def _opened(folder: str, stamp: tuple[int, int]) -> Plan:
    """Return a plan that this process has read before, unless it has been extended since."""
    del stamp
    made = open_plan(folder)
    made.refuse_other_code()
    return made


def _stamp(folder: Path) -> tuple[int, int]:
    with suppress(OSError):
        facts = (folder / "plan.json").stat()
        return facts.st_mtime_ns, facts.st_size
    return 0, 0


def do(made: Plan, task: Task, *, threads: int = 1) -> Outcome:
    """Do one task, unless it is done, being done by another process, or given up.

    Raises
    ------
    RequeueError, Interrupted
        It was stopped; its attempt doesn't count.
    """
    if made.commit_of(task.id) is not None:
        return Outcome(task.id, "was done")
    work = made.work(task.id)
    work.parent.mkdir(parents=True, exist_ok=True)
    with locked(made.lock_file(task.id), LOOK) as mine:
        if not mine:
            return Outcome(task.id, "elsewhere")
        if made.commit_of(task.id) is not None:  # meanwhile
            return Outcome(task.id, "was done")
        before = made.attempts_of(task.id)
        if len(before) >= made.facts.attempts:
            return Outcome(task.id, "given up", _why(before[-1]))
        note = _begin(made, task, len(before) + 1)
        try:
            commit = _lived(made, task, threads)
        except (RequeueError, Interrupted, KeyboardInterrupt):
            note.unlink(missing_ok=True)
            raise
        except Exception as error:  # noqa: BLE001 -- a failure is a row, whatever it is
            _clear(work)
            _fail(note, error)
            return Outcome(task.id, "failed", _sentence(error))
        write_text(made.commit_file(task.id), commit.model_dump_json(indent=1) + "\n")
        for old in (*before, note):
            old.unlink(missing_ok=True)
        _clear(work)
    _tidy(made, task)
    return Outcome(task.id, "done")


def _begin(made: Plan, task: Task, number: int) -> Path:
    """Write the note of an attempt."""
    for folder in ("attempts", "commits"):
        (made.folder / folder).mkdir(exist_ok=True)
    note = made.folder / "attempts" / f"{task.id}-{number}.json"
    begun = Attempt(
        id=task.id,
        host=socket.gethostname(),
        process=os.getpid(),
        began=datetime.now(UTC).isoformat(timespec="seconds"),
        reason=None,
        kind=None,
        lines=[],
    )
    write_text(note, begun.model_dump_json() + "\n")
    return note


def _fail(note: Path, error: Exception) -> None:
    """Write down why an attempt has failed, with the last lines of where it broke."""
    lines = "".join(traceback.format_exception(error)).splitlines()[-LINES:]
    failed = records.read(Attempt, note).model_copy(
        update={"reason": _sentence(error), "kind": type(error).__name__, "lines": [printable(line) for line in lines]}
    )
    write_text(note, failed.model_dump_json() + "\n")


def _sentence(error: BaseException) -> str:
    said = " ".join(str(error).split()) or type(error).__name__
    return printable(said if isinstance(error, StepdownError) else f"{type(error).__name__}: {said}")


def _why(note: Path) -> str:
    try:
        return records.read(Attempt, note).reason or DIED
    except CorruptError:
        return DIED


def failures(made: Plan) -> list[dict[str, Any]]:
    """Return a row for each attempt that has failed or died, or is going on.

    Returns
    -------
    list
        Rows with ``task``, ``scenario``, ``draw``, ``replicate``, ``attempt``, ``began``, ``host``, ``reason``, ``lines``.
    """
    rows = []
    for path in sorted((made.folder / "attempts").glob("*.json")):
        id, _, number = path.stem.partition("-")
        task = made.tasks.get(id)
        if task is None:
            continue
        try:
            said = records.read(Attempt, path)
        except CorruptError:  # a process has died while it wrote it, or it has gone meanwhile
            continue
        going_on = said.reason is None and made.being_done(id)
        rows.append(
            {
                "task": id,
                "scenario": task.arm,
                "draw": task.draw,
                "replicate": task.replicate,
                "attempt": int(number),
                "began": said.began,
                "host": said.host,
                "reason": "going on" if going_on else said.reason or DIED,
                "lines": said.lines,
            }
        )
    return rows


def _lived(made: Plan, task: Task, threads: int) -> Commit:
    """Run a task, move what is kept into its places, and return the note that says so."""
    began = time.perf_counter()
    # Tables are worked with by as many threads as the run has: many tasks are done side by side.
    pa.set_cpu_count(threads)
    scenario = made.scenario(task.arm, task.draw)
    work = made.work(task.id)
    record = recorded(made, task, threads=threads) if task.inflow is not None else None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", NoEffectWarning)  # the plan has said it, once
        results = run(
            scenario,
            seed=task.seed,
            replicate=task.replicate,
            threads=threads,
            out=work,
            inflow=record,
            or_resume=True,
        )
    said = results.manifest
    compiled = made.arms[task.arm].plans[str(task.draw)]
    if said["plan"]["sha256"] != compiled:
        message = f"{made.folder}: the evidence is not that of the plan; allowed: the same, or a new plan in another folder (--out)"
        raise UsageError(message)
    files = {}
    for table in made.tables():
        place = made.part(table, task)
        files[str(place.relative_to(made.folder))] = _keep(results, table, work, place)
    if RUN in made.facts.keep:
        files |= _keep_whole(made, task, work)
    return Commit(
        id=task.id,
        arm=task.arm,
        draw=task.draw,
        seed=task.seed,
        replicate=task.replicate,
        files=files,
        seconds=time.perf_counter() - began,
        peak_memory=said["peak_memory"],
        host=socket.gethostname(),
    )


def _keep(results: Results, table: str, work: Path, place: Path) -> dict[str, Any]:
    """Write a table as one Parquet file, synced and renamed into its place; return its rows, bytes and hash."""
    aside = work.with_name(f"{work.name}.{table}.parquet")
    sources = results.files(table)
    rows = 0
    if len(sources) == 1 and sources[0].suffix == ".parquet":
        shutil.copyfile(sources[0], aside)
        rows = results.manifest["files"][sources[0].relative_to(results.path).as_posix()]["rows"]
    else:
        schema = results.dataset(table).schema
        with pq.ParquetWriter(aside, schema, compression="zstd") as file:
            for source in sources:  # a year at a time
                year = read_file(source).select(schema.names).cast(schema)
                file.write_table(year)
                rows += year.num_rows
    sync(aside)
    facts = {"rows": rows, "bytes": aside.stat().st_size, "sha256": digest(aside)}
    place.parent.mkdir(parents=True, exist_ok=True)
    aside.replace(place)
    sync(place.parent)
    return facts


def _keep_whole(made: Plan, task: Task, work: Path) -> dict[str, Any]:
    """Move the folder of a run into its place; return its files with their facts."""
    place = made.run_folder(task)
    place.parent.mkdir(exist_ok=True)
    if place.exists():  # of an attempt that died before its note, or whose other files have gone
        shutil.rmtree(place)
    work.rename(place)
    sync(place.parent)
    manifest = place / MANIFEST
    facts = {MANIFEST: {"rows": None, "bytes": manifest.stat().st_size, "sha256": digest(manifest)}}
    facts |= {
        name: {key: found[key] for key in ("rows", "bytes", "sha256")}
        for name, found in Results(place).manifest["files"].items()
    }
    return {str((place / name).relative_to(made.folder)): found for name, found in facts.items()}


def _clear(work: Path) -> None:
    """Remove what a run has left in its folder, beside it and aside."""
    shutil.rmtree(work, ignore_errors=True)
    for name in (f".{work.name}.*", f"{work.name}.*.parquet"):
        for path in work.parent.glob(name):
            shutil.rmtree(path, ignore_errors=True) if path.is_dir() else path.unlink(missing_ok=True)


def recorded(made: Plan, task: Task, *, threads: int = 1) -> Path:
    """Return the file of a task's recorded inflow, made now if it isn't there; another process that makes it is waited for.

    Raises
    ------
    CorruptError, UsageError
        It does not fit the task.
    """
    path = made.inflow_file(task)
    if path.exists():
        return path
    path.parent.mkdir(exist_ok=True)
    lock = FileLock(path.with_suffix(".lock"))
    with lock.acquire(poll_interval=0.2):
        if not path.exists():
            for old in path.parent.glob(f"{path.name}.*.aside"):
                old.unlink(missing_ok=True)
            scenario = made.scenario(task.arm, task.draw)
            # Signals are looked at whenever it says how far it is.
            known = inflow.record(
                scenario, seed=task.seed, replicate=task.replicate, threads=threads, progress=lambda _: None
            )
            known.check(plan.compile(scenario).json, seed=task.seed, replicate=task.replicate)
            inflow.write(known, path, overwrite=True)
        Path(lock.lock_file).unlink(missing_ok=True)
    return path


def _tidy(made: Plan, task: Task) -> None:
    """Remove a recorded inflow when all tasks that live from it are done: it is large, and can be made again."""
    if task.inflow is None:
        return
    group = made.group_of[task.draw, task.replicate]
    if all(made.is_done(other.id) for other in group if other.inflow == task.inflow):
        made.inflow_file(task).unlink(missing_ok=True)


def tidy(made: Plan) -> None:
    """Remove what processes have left of tasks that are done, because they were killed between a task's note and their own tidying."""
    done = made.committed()

    def over(id: str) -> bool:
        return id in done and not made.being_done(id)

    for folder in ("attempts", "commits"):
        for path in _there(made.folder / folder):
            # A note is named by its task, and by a number: ID-1.json, ID.json, and the like aside.
            id = path.name.partition(".")[0].partition("-")[0]
            if path != made.commit_file(id) and over(id):
                path.unlink(missing_ok=True)
    for path in _there(made.folder / "work"):
        id = path.name.removeprefix(".").partition(".")[0]
        if over(id):
            _clear(made.work(id))
    needed = {task.inflow for id, task in made.tasks.items() if id not in done}
    for path in _there(made.folder / "inflows"):
        if path.name.partition(".")[0] not in needed:
            path.unlink(missing_ok=True)


def _there(folder: Path) -> list[Path]:
    """Return what is in a folder; nothing if it isn't there."""
    return sorted(folder.iterdir()) if folder.is_dir() else []

"""A task is done once, whole, to the bytes of its run; what fails is a row, and is not tried without end."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any

import pytest

from stepdown import inflow
from stepdown import plan as plans
from stepdown.cli import invoke
from stepdown.errors import OutputExistsError, StepdownError, UsageError
from stepdown.experiments import local, task
from stepdown.experiments.config import load_experiment
from stepdown.experiments.plan import Plan, draw_up, open_plan
from stepdown.experiments.result_set import ResultSet
from stepdown.progress import Silent
from stepdown.results.run import digest
from stepdown.running.run import run
from stepdown.running.workers import Workers

from .conftest import write

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

SMALL = """
title = "t"
why = "w"
scenarios = ["baseline", "both.toml"]
replicates = {replicates}
attempts = {attempts}

[overrides]
population = 0.0005
years = 1
settle_days = 0
"""


def small(folder: Path, *, replicates: int = 1, attempts: int = 2) -> Plan:
    """Draw up a small plan in a folder."""
    path = write(folder, SMALL.format(replicates=replicates, attempts=attempts))
    return draw_up(load_experiment(path), folder / "sweep")


def strays(made: Plan) -> list[str]:
    """Return files of a finished sweep that aren't its plan, its notes or its results."""
    named = {"plan.json", ".plan.lock"} | {f"scenarios/{arm}.toml" for arm in made.arms}
    for id in made.tasks:
        named.add(f"commits/{id}.json")
        commit = made.commit_of(id)
        named |= set(commit.files) if commit else set()
    there = {str(path.relative_to(made.folder)) for path in made.folder.rglob("*") if path.is_file()}
    return sorted(there - named)


def hashes(made: Plan) -> dict[str, str]:
    """Return the hash of every file of results."""
    files = sorted((made.folder / "results").rglob("*.parquet"))
    return {str(path.relative_to(made.folder)): digest(path) for path in files}


def test_a_task_leaves_the_bytes_of_its_run(swept: Plan, tmp_path: Path) -> None:
    chosen = [task for task in swept.tasks.values() if task.replicate == 1][1]
    assert chosen.inflow is not None
    alone = run(swept.scenario(chosen.arm, chosen.draw), seed=chosen.seed, replicate=1, threads=1, out=tmp_path / "run")
    kept = swept.folder / "results/indicators" / chosen.partition / "part.parquet"
    assert kept.read_bytes() == (alone.path / "indicators.parquet").read_bytes()
    whole = swept.run_folder(chosen)
    names = alone.manifest["files"]
    assert all((whole / name).read_bytes() == (alone.path / name).read_bytes() for name in names)
    assert strays(swept) == []


def test_ids_name_everything_that_decides_the_bytes(tmp_path: Path) -> None:
    made = small(tmp_path, replicates=2)
    again = draw_up(load_experiment(tmp_path / "experiment.toml"), tmp_path / "again")
    assert list(again.tasks) == list(made.tasks)
    text = (tmp_path / "experiment.toml").read_text()
    for k, (old, new) in enumerate(
        [
            ("years = 1", "years = 2"),
            ("attempts = 2", "seed = 5"),
            ("attempts = 2", 'keep = ["spells"]'),
            ("population = 0.0005", "population = 0.0006"),
        ]
    ):
        other = tmp_path / f"other-{k}.toml"
        other.write_text(text.replace(old, new))
        assert not draw_up(load_experiment(other), tmp_path / f"sweep-{k}").tasks.keys() & made.tasks.keys(), new


def test_seeds_are_the_same_across_scenarios_and_new_for_each_draw(tmp_path: Path) -> None:
    path = write(tmp_path, SMALL.format(replicates=2, attempts=1))
    made = draw_up(load_experiment(path, draws=2, seed=5), tmp_path / "drawn")
    seeds = {(task.draw, task.replicate): {t.seed for t in group} for group in made.groups for task in group}
    assert seeds == {(1, 0): {6}, (2, 0): {7}, (1, 1): {6}, (2, 1): {7}}
    assert {made.scenario(task.arm, task.draw).draw for task in made.tasks.values()} == {1, 2}
    assert len(made.tasks) == 8


def test_only_scenarios_of_one_population_share_a_record(tmp_path: Path) -> None:
    text = SMALL.format(replicates=1, attempts=1) + '\n[grid]\narrests = [1.5, 2]\n"relapse.year1" = [0.3]\n'
    made = draw_up(load_experiment(write(tmp_path, text)), tmp_path / "sweep")
    (group,) = made.groups
    names = {task.arm: task.inflow for task in group}
    assert names["baseline"] == names["both"] is not None
    assert names["grid-1"] is None, "nobody shares it"
    base = made.scenario("baseline", 0)
    record = inflow.record(base, seed=group[0].seed)
    record.check(plans.compile(made.scenario("both", 0)).json, seed=1, replicate=0)
    with pytest.raises(UsageError):
        record.check(plans.compile(made.scenario("grid-1", 0)).json, seed=1, replicate=0)


def test_what_is_done_is_not_done_again_and_what_has_gone_is(tmp_path: Path) -> None:
    made = small(tmp_path)
    ids = list(made.tasks)
    assert [outcome.word for outcome in task.do_all(made.folder, ids)] == ["done", "done"]
    before, when = hashes(made), [path.stat().st_mtime_ns for path in (made.folder / "results").rglob("*.parquet")]
    assert [outcome.word for outcome in task.do_all(made.folder, ids)] == ["was done", "was done"]
    assert [path.stat().st_mtime_ns for path in (made.folder / "results").rglob("*.parquet")] == when
    next((made.folder / "results").rglob("*.parquet")).unlink()
    assert len(ResultSet(made.folder).files("indicators")) == len(made.committed()) == 1
    assert sorted(done for done, _ in made.completeness().values()) == [0, 1]
    assert invoke(["sweep", "resume", str(made.folder), "--workers", "1"]) == 0
    assert len(made.committed()) == 2
    assert hashes(made) == before
    assert strays(made) == []


def test_a_plan_may_grow_and_no_other_takes_its_place(tmp_path: Path) -> None:
    made = small(tmp_path, replicates=1)
    task.do_all(made.folder, list(made.tasks))
    more = small(tmp_path, replicates=3)
    assert len(more.committed()) == 2 and len(more.tasks) == 6
    with pytest.raises(OutputExistsError, match="the plan there has other tasks"):
        small(tmp_path, replicates=2)
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "mine.txt").write_text("")
    with pytest.raises(OutputExistsError, match="there is something else"):
        draw_up(load_experiment(tmp_path / "experiment.toml"), tmp_path / "full")


def test_two_processes_on_the_same_tasks_do_each_once(tmp_path: Path) -> None:
    made = small(tmp_path, replicates=2)
    command = [sys.executable, "-m", "stepdown", "task", str(made.folder), *made.tasks]
    both = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    said = [process.communicate()[0].splitlines() for process in both]
    assert [process.returncode for process in both] == [0, 0]
    done = [line for lines in said for line in lines if line.endswith(" done") and not line.endswith("was done")]
    assert sorted(line.split()[0] for line in done) == sorted(made.tasks)
    assert strays(made) == []


def fail(*_: Any, **__: Any) -> None:
    message = "the roof fell in"
    raise StepdownError(message)


def test_a_failure_is_a_row_and_is_not_tried_without_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    made = small(tmp_path, attempts=2)
    ids = list(made.tasks)
    with monkeypatch.context() as broken:
        broken.setattr(task, "run", fail)
        words = [task.do_all(made.folder, ids[:1])[0].word for _ in range(4)]
    assert words == ["failed", "failed", "given up", "given up"]
    rows = task.failures(made)
    assert [(row["task"], row["attempt"], row["reason"]) for row in rows] == [
        (ids[0], 1, "the roof fell in"),
        (ids[0], 2, "the roof fell in"),
    ]
    assert any("the roof fell in" in line for line in rows[0]["lines"])
    assert made.given_up() == [ids[0]] and made.left() == [(made.tasks[ids[1]],)]
    assert invoke(["sweep", "resume", str(made.folder), "--workers", "1"]) == 7
    assert "1 of 2 tasks failed" in capsys.readouterr().err
    assert invoke(["sweep", "status", str(made.folder)]) == 7
    assert "the roof fell in" in capsys.readouterr().out
    assert invoke(["sweep", "resume", str(made.folder), "--workers", "1", "--retry"]) == 0
    assert "baseline: 1 of 1 tasks" in capsys.readouterr().out
    assert strays(made) == []


def test_a_task_that_kills_its_process_is_given_up(tmp_path: Path) -> None:
    made = small(tmp_path, attempts=2)
    chosen = next(iter(made.tasks))
    kill = (
        "import os, sys; from stepdown.experiments import task\n"
        "task.run = lambda *a, **k: os.kill(os.getpid(), 9)\n"
        "task.do_all(sys.argv[1], sys.argv[2:])"
    )
    for _ in range(2):
        died = subprocess.run([sys.executable, "-c", kill, str(made.folder), chosen], check=False)
        assert died.returncode == -signal.SIGKILL
    (found,) = task.do_all(made.folder, [chosen])
    assert found.word == "given up" and "killed, or out of memory" in found.why


def test_other_code_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = small(tmp_path)
    monkeypatch.setattr("stepdown.provenance.digest", lambda: "0" * 64)
    with pytest.raises(UsageError, match="planned with other code"):
        open_plan(made.folder).refuse_other_code()


class Murderer:
    """Kills a process of the pool now and then."""

    def __init__(self, every: float, times: int) -> None:
        self.left, self.every, self.next = times, every, time.monotonic() + 3 * every
        self.random = random.Random(7)

    def look(self, processes: Sequence[Any]) -> None:
        if self.left and time.monotonic() > self.next and processes:
            os.kill(self.random.choice(processes).pid, signal.SIGKILL)
            self.left, self.next = self.left - 1, time.monotonic() + self.every


def test_a_sweep_whose_processes_are_killed_ends_with_the_bytes_of_one_that_nobody_killed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "one").mkdir()
    (tmp_path / "two").mkdir()
    calm, rough = small(tmp_path / "one", replicates=3), small(tmp_path / "two", replicates=3, attempts=9)
    task.do_all(calm.folder, list(calm.tasks))
    murderer = Murderer(0.7, 2)
    asked = Workers.run

    def watched(self: Workers[Any], tasks: Any) -> Any:
        import threading

        stop = threading.Event()

        def look() -> None:
            while not stop.wait(0.05):
                murderer.look([process for process in list(self._processes.values()) if process.is_alive()])

        thread = threading.Thread(target=look)
        thread.start()
        try:
            yield from asked(self, tasks)
        finally:
            stop.set()
            thread.join()

    monkeypatch.setattr(Workers, "run", watched)
    words = [outcome.word for outcome in local.execute(rough, rough.left(), workers=2, progress=Silent())]
    assert murderer.left < 2, "somebody was killed"
    assert set(words) <= {"done", "was done"}
    assert rough.completeness() == {"baseline": (3, 3), "both": (3, 3)}
    assert hashes(rough) == hashes(calm)
    assert strays(rough) == []


def test_a_sweep_that_is_stopped_goes_on(tmp_path: Path) -> None:
    made = small(tmp_path, replicates=3)
    command = [sys.executable, "-m", "stepdown", "sweep", "resume", str(made.folder), "--workers", "1"]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    until = time.monotonic() + 60
    while not made.committed() and time.monotonic() < until:
        time.sleep(0.05)
    process.send_signal(signal.SIGTERM)
    said = process.communicate()[1]
    assert process.returncode == 75, said
    assert f"stepdown sweep resume {made.folder}" in said
    assert 0 < len(made.committed()) < 6
    assert subprocess.run(command, check=False).returncode == 0
    assert len(made.committed()) == 6
    assert task.failures(made) == []
    assert strays(made) == []


def test_what_a_kill_leaves_of_a_task_that_is_done_is_removed(tmp_path: Path) -> None:
    made = small(tmp_path, replicates=2)
    (done, other), (again, _) = made.groups
    task.do_all(made.folder, [done.id, other.id, again.id])
    assert done.inflow != again.inflow
    kept = made.inflow_file(again)
    assert kept.exists(), "somebody will live from it"
    for name in (
        f"attempts/{done.id}-1.json",
        f"attempts/{done.id}-2.json.123.aside",
        f"commits/{done.id}.json.99.aside",
        f"inflows/{done.inflow}.inflow",
        f"inflows/{done.inflow}.inflow.5.aside",
        f"inflows/{done.inflow}.lock",
        f"work/{done.id}.lock",
        f"work/.{done.id}.lock",
        f"work/{done.id}.spells.parquet",
        f"work/.{done.id}.partial/events/2024.arrow",
    ):
        path = made.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("")
    left = made.folder / f"attempts/{again.id[::-1]}-1.json"
    left.write_text("")
    assert invoke(["sweep", "status", str(made.folder)]) == 0
    assert strays(made) == sorted(str(path.relative_to(made.folder)) for path in (kept, left))


class Nowhere:
    """Can't be made again in another process, which so ends at once."""

    def __init__(self, folder: str) -> None:
        self.folder = folder

    def __reduce__(self) -> tuple[Any, ...]:
        return os._exit, (1,)


def test_processes_that_end_before_they_begin_are_not_started_without_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = small(tmp_path)
    monkeypatch.setattr(local, "_Do", Nowhere)
    monkeypatch.setattr(local, "BARREN", 2)
    with pytest.raises(StepdownError, match="2 processes in a row ended before they had begun a task"):
        list(local.execute(made, made.left(), workers=1, progress=Silent()))

"""A plan is done by any backend, or by several together, to the same bytes: Dask, an array of Slurm, dask-jobqueue."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from stepdown.cli import invoke
from stepdown.errors import UsageError
from stepdown.experiments import dask_engine, job_arrays, task
from stepdown.experiments.config import load_experiment
from stepdown.experiments.plan import Costs, Plan, draw_up, open_plan, with_costs
from stepdown.progress import Silent

from ..faults.slurm import Slurm, Unavailable  # noqa: TID252 - it is no package of its own
from .conftest import write
from .test_task import SMALL, hashes, small, strays

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

PATIENCE = 120.0
"""Time that a step of a test may take on a machine with much other work [s]."""

COSTS = Costs(seconds=300.0, recording=60.0, memory=2 << 30, disk=1 << 20, inflow_bytes=1 << 20)


def until(true: Callable[[], object], what: str, pause: float = 0.1) -> None:
    """Wait until something is true."""
    end = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < end, f"not {what} within {PATIENCE:.0f} s"
        time.sleep(pause)


@pytest.fixture(scope="module")
def calm(tmp_path_factory: pytest.TempPathFactory) -> Plan:
    """A small sweep of four tasks, done here."""
    made = small(tmp_path_factory.mktemp("calm"), replicates=2)
    task.do_all(made.folder, list(made.tasks))
    return made


def test_on_dask_a_sweep_has_the_same_bytes_though_a_worker_is_killed(calm: Plan, tmp_path: Path) -> None:
    pytest.importorskip("distributed")
    made = small(tmp_path, replicates=2)
    with dask_engine.client(made, "local", 1) as client:
        (process,) = client.run(os.getpid).values()
        outcomes = dask_engine.execute(made, made.left(), client=client, progress=Silent())
        os.kill(process, signal.SIGKILL)
        words = [outcome.word for outcome in outcomes]
    assert set(words) <= {"done", "was done"} and len(words) == 4
    assert hashes(made) == hashes(calm)
    assert strays(made) == []


def test_an_address_where_nobody_answers_is_refused(calm: Plan, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("distributed")
    monkeypatch.setattr(dask_engine, "ANSWER", 0.5)
    with pytest.raises(UsageError, match="no scheduler of Dask answers"), dask_engine.client(calm, "127.0.0.1:1", 1):
        pass


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--dask", "slrum"], "--dask 'slrum'; allowed: local, slurm, or the address of a scheduler"),
        (["--dask-option", "queue=long"], "--dask-option queue=long: no cluster is begun"),
        (["--dask", "local", "--dask-option", "queue=long"], "--dask-option queue=long: no cluster is begun"),
    ],
)
def test_clusters_and_options_that_there_are_not_are_refused_at_once(
    calm: Plan, capsys: pytest.CaptureFixture[str], words: list[str], sentence: str
) -> None:
    for command in (["run", "bradley", "--out", str(calm.folder / "never")], ["resume", str(calm.folder)]):
        assert invoke(["sweep", *command, *words]) == 2
        assert sentence in capsys.readouterr().err
    assert not (calm.folder / "never").exists()


def test_scripts_can_be_read_and_are_shell(tmp_path: Path) -> None:
    made = with_costs(small(tmp_path, replicates=9), COSTS)
    for scheduler in job_arrays.SCHEDULERS:
        script = job_arrays.emit(made, scheduler, minutes=20, most=1000)
        text = script.path.read_text()
        assert subprocess.run(["bash", "-n", script.path], check=False).returncode == 0, scheduler
        assert script.indexes == 9, "two tasks of 300 s and a record of 60 s: 11 min each"
        lines = script.bundle.read_text().splitlines()
        assert sorted(" ".join(lines).split()) == sorted(made.tasks)
        assert "2458" in text, "a fifth more than 2 GiB"
        assert re.search(r"1-9\b", text)
    assert job_arrays.emit(made, "slurm", minutes=40).indexes == 3
    assert job_arrays.emit(made, "slurm", most=2).indexes == 2
    assert "--time=165" in (made.folder / "slurm.sh").read_text(), (
        "three times ten tasks of 300 s, and five records of 60 s"
    )
    assert invoke(["sweep", "emit", str(made.folder), "--for", "lsf"]) == 2
    assert invoke(["sweep", "run", str(made.folder), "--replicates", "3"]) == 2


def test_what_an_array_would_do_is_what_bash_does(calm: Plan, tmp_path: Path) -> None:
    made = with_costs(small(tmp_path, replicates=2), COSTS)
    command = f"{sys.executable} -m stepdown"
    script = job_arrays.emit(made, "pbs", minutes=1, stepdown=command)
    assert script.indexes == 2
    for index in ("1", "2"):
        subprocess.run(["bash", script.path], check=True, env={**os.environ, "PBS_ARRAY_INDEX": index})
    for path in (script.path, script.bundle):
        path.unlink()
    assert hashes(made) == hashes(calm)
    assert strays(made) == []


@pytest.fixture(scope="module")
def slurm() -> Iterator[Slurm]:
    """A Slurm of this test's own."""
    try:
        with Slurm.started() as started:
            yield started
    except Unavailable as why:
        pytest.skip(str(why))


def longer(folder: Path) -> Plan:
    """Draw up a plan whose tasks take some seconds, probed."""
    folder.mkdir(exist_ok=True)
    text = SMALL.format(replicates=2, attempts=5).replace("0.0005", "0.01").replace("years = 1", "years = 4")
    return with_costs(draw_up(load_experiment(write(folder, text)), folder / "sweep"), COSTS)


@pytest.fixture(scope="module")
def lived_here(tmp_path_factory: pytest.TempPathFactory) -> Plan:
    """The same in peace, without a cluster."""
    made = longer(tmp_path_factory.mktemp("here"))
    task.do_all(made.folder, list(made.tasks))
    return made


def test_an_array_of_slurm_survives_what_happens_to_jobs(slurm: Slurm, lived_here: Plan, tmp_path: Path) -> None:
    made = longer(tmp_path / "array")
    script = job_arrays.emit(made, "slurm", minutes=1, stepdown=f"{sys.executable} -m stepdown")
    assert script.indexes == 2
    first, second = (line.split()[0] for line in script.bundle.read_text().splitlines())

    def submit() -> str:
        return slurm("sbatch", "--parsable", "--mem=0", str(script.path))

    def writer(job: str, id: str) -> int:
        """Stop the process that lives a task in its second year, so that it can't end before what comes; return it."""
        partial = made.folder / "work" / f".{id}.partial" / "events" / "2024.arrow"
        until(partial.exists, "in its second year", pause=0.01)
        found: list[int] = []

        def there() -> bool:
            with suppress(AssertionError):  # the job isn't there yet
                found.extend(
                    process
                    for process in slurm.processes(slurm.facts(job)["JobId"])
                    if b"task" in words(process) and words(process)[0].endswith(b"python")
                )
            return bool(found)

        until(there, "running")
        os.kill(found[0], signal.SIGSTOP)
        return found[0]

    job = submit()
    # One is told by a signal, stops at a snapshot and is queued again.
    told = writer(f"{job}_1", first)
    slurm("scancel", "--batch", "--signal=USR1", f"{job}_1")
    until(lambda: signalled(told), "signalled", pause=0.05)
    os.kill(told, signal.SIGCONT)
    # The other is killed, as with its node.
    killed = writer(f"{job}_2", second)
    for process in slurm.processes(slurm.facts(f"{job}_2")["JobId"]):
        with suppress(ProcessLookupError):
            os.kill(process, signal.SIGKILL)
    assert killed
    until(lambda: slurm.facts(f"{job}_1")["Restarts"] == "1", "queued again")
    until(lambda: slurm.facts(f"{job}_1")["JobState"] == "COMPLETED", "ended")
    log = "".join(path.read_text() for path in (made.folder / "logs").iterdir())
    assert "stopped" in log
    # What is left is submitted again, cancelled, and submitted once more.
    again = submit()
    cancelled = writer(f"{again}_2", second)
    slurm("scancel", f"{again}_2")
    with suppress(ProcessLookupError):
        os.kill(cancelled, signal.SIGCONT)
    until(lambda: not slurm("squeue", "-h"), "empty")
    last = submit()
    until(lambda: not slurm("squeue", "-h"), "empty")
    assert slurm.facts(f"{last}_2")["JobState"] == "COMPLETED"
    assert made.completeness() == {"baseline": (2, 2), "both": (2, 2)}
    shutil.rmtree(made.folder / "logs")
    for path in (script.path, script.bundle):
        path.unlink()
    assert strays(made) == []
    assert hashes(made) == hashes(lived_here)


def test_an_array_outlives_its_node(slurm: Slurm, lived_here: Plan, tmp_path: Path) -> None:
    made = longer(tmp_path / "lost")
    script = job_arrays.emit(made, "slurm", minutes=1, stepdown=f"{sys.executable} -m stepdown")
    job = f"{slurm('sbatch', '--parsable', '--mem=0', str(script.path))}_1"
    until(lambda: any((made.folder / "work").glob(".*.partial/events/2024.arrow")), "in the second year", pause=0.01)
    slurm.lose_node(*(slurm.facts(index)["JobId"] for index in (job, job.replace("_1", "_2"))))
    until(lambda: slurm.facts(job)["Restarts"] == "1", "queued again")
    assert made.completeness() != {"baseline": (2, 2), "both": (2, 2)}
    slurm.restore_node()
    until(lambda: not slurm("squeue", "-h"), "empty")
    assert made.completeness() == {"baseline": (2, 2), "both": (2, 2)}
    assert hashes(made) == hashes(lived_here)


def test_dask_jobqueue_has_the_same_bytes(
    slurm: Slurm, calm: Plan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("dask_jobqueue")
    for key in ("SLURM_CONF", "PATH"):
        monkeypatch.setenv(key, slurm._environment[key])
    made = small(tmp_path, replicates=2)
    options = {
        "interface": "lo",
        "scheduler_options": {"host": "127.0.0.1", "dashboard_address": None},
        "job_directives_skip": ["--mem"],
        "log_directory": str(tmp_path / "logs"),
        "walltime": "00:10:00",
    }
    given = [f"{key}={value}" for key, value in options.items()]
    command = [
        sys.executable,
        "-m",
        "stepdown",
        "sweep",
        "resume",
        str(made.folder),
        "--dask",
        "slurm",
        "--workers",
        "2",
    ]
    done = subprocess.run(
        [*command, *(word for one in given for word in ("--dask-option", one))],
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE,
    )
    assert done.returncode == 0, done.stderr
    assert "baseline: 2 of 2 tasks" in done.stdout
    hosts = {open_plan(made.folder).commit_of(id) is not None for id in made.tasks}
    assert hosts == {True}
    assert hashes(made) == hashes(calm)
    until(lambda: not slurm("squeue", "-h"), "empty")


def words(process: int) -> list[bytes]:
    """Return the command line of a process."""
    with suppress(OSError):
        return Path(f"/proc/{process}/cmdline").read_bytes().split(b"\0")
    return [b""]


def signalled(process: int) -> bool:
    """Return whether SIGUSR1 waits for a process, or it has ended."""
    try:
        status = Path(f"/proc/{process}/status").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return True
    waiting = [int(held, 16) for held in re.findall(r"^(?:Shd|Sig)Pnd:\s*(\w+)$", status, re.MULTILINE)]
    return any(held >> signal.SIGUSR1 - 1 & 1 for held in waiting)

"""A job that Slurm stops and queues again ends with the bytes of a run that nobody stopped."""

from __future__ import annotations

import os
import re
import signal
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from stepdown.results import Results
from stepdown.results.verify import verify
from stepdown.running.run import run
from stepdown.running.signals import REQUEUE

from .slurm import Slurm, Unavailable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

PAGE = Path(__file__).parents[2] / "docs" / "snapshots.md"
SCENARIO = 'title = "t"\nwhy = "w"\nextends = "baseline"\npopulation = 0.01\n\n[calendar]\nyears = 8\nsettle_days = 0\n'
PATIENCE = 120.0
"""Time that a step of a test may take on a machine with much other work [s]."""


@pytest.fixture(scope="module")
def slurm() -> Iterator[Slurm]:
    """A Slurm of this test's own."""
    try:
        with Slurm.started() as started:
            yield started
    except Unavailable as why:
        pytest.skip(str(why))


@pytest.fixture(scope="module")
def unbroken(slurm: Slurm, tmp_path_factory: pytest.TempPathFactory) -> dict[str, object]:  # noqa: ARG001 - to be skipped with it
    """The data files of the same run, which nobody stopped."""
    folder = tmp_path_factory.mktemp("unbroken")
    (folder / "my-policy.toml").write_text(SCENARIO)
    files: dict[str, object] = run(folder / "my-policy.toml", seed=7, out=folder / "run", threads=2).manifest["files"]
    return files


def scripts() -> list[str]:
    """The job scripts of the page."""
    return re.findall(
        r"^```bash\n(#!/bin/bash\n#SBATCH .*?)^```$", PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL
    )


def until(true: Callable[[], object], what: str, *, pause: float = 0.2) -> None:
    """Wait until something is true."""
    end = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < end, f"not {what} within {PATIENCE:.0f} s"
        time.sleep(pause)


def signalled(process: int) -> bool:
    """Return whether a signal to stop waits for a process, or has ended it."""
    try:
        status = Path(f"/proc/{process}/status").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return True
    waiting = [int(held, 16) for held in re.findall(r"^(?:Shd|Sig)Pnd:\s*(\w+)$", status, re.MULTILINE)]
    return any(held >> number - 1 & 1 for held in waiting for number in REQUEUE)


def at_the_limit_of_time(slurm: Slurm, job: str) -> None:
    """Leave it to the script's own --signal, which is due two minutes before the limit: at once, when Slurm looks, every 30 s."""


def by_an_operator_who_queues_it_again(slurm: Slurm, job: str) -> None:
    slurm("scontrol", "requeue", job)


def by_a_signal_to_its_script(slurm: Slurm, job: str) -> None:
    slurm("scancel", "--batch", "--signal=USR1", job)


@pytest.mark.parametrize(
    ("script", "minutes", "stop"),
    [
        (0, 9, by_an_operator_who_queues_it_again),
        (1, 9, by_a_signal_to_its_script),
        (0, 2, at_the_limit_of_time),
    ],
)
def test_a_job_that_is_stopped_and_queued_again_has_the_bytes_of_an_unbroken_run(
    script: int,
    minutes: int,
    stop: Callable[[Slurm, str], None],
    slurm: Slurm,
    unbroken: dict[str, object],
    tmp_path: Path,
) -> None:
    (tmp_path / "my-policy.toml").write_text(SCENARIO)
    (tmp_path / "job.sh").write_text(scripts()[script])
    bin = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    options = ["--parsable", f"--time={minutes}", "--cpus-per-task=1", "--output=log", f"--export=ALL,PATH={bin}"]
    job = slurm("sbatch", *options, "job.sh", folder=tmp_path)
    log = tmp_path / "log"
    partial, place = tmp_path / "runs/.my-policy-7.partial", tmp_path / "runs/my-policy-7"
    until((partial / "events" / "2024.arrow").exists, "in its second year", pause=0.01)
    (writer,) = [process for process in slurm.processes(job) if runs(process)]
    # It holds still, so that it can't end before the signal comes.
    os.kill(writer, signal.SIGSTOP)
    assert partial.exists(), log.read_text()
    stop(slurm, job)
    until(lambda: signalled(writer), "signalled", pause=0.05)
    with suppress(ProcessLookupError):
        os.kill(writer, signal.SIGCONT)
    until(lambda: slurm.facts(job)["Restarts"] != "0", "queued again")
    until(lambda: slurm.facts(job)["JobState"] in ("COMPLETED", "FAILED", "CANCELLED", "TIMEOUT"), "ended")
    assert slurm.facts(job)["JobState"] == "COMPLETED", log.read_text()
    said = Results(place).manifest
    assert said["files"] == unbroken
    assert verify(place)
    assert said["resumed"], "it went on from a snapshot"
    assert said["threads"] == 1, "as many as the job has processors"


def runs(process: int) -> bool:
    """Return whether a process is the run itself."""
    words = Path(f"/proc/{process}/cmdline").read_bytes().split(b"\0")
    return b"--resume" in words and not words[0].endswith((b"srun", b"bash"))

"""Too little memory, too few threads: one sentence and the code for it, whatever breaks first; never a traceback, an abort or a hang."""

from __future__ import annotations

import json
import os
import re
import resource
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from stepdown import memory
from stepdown.cli import invoke
from stepdown.errors import LimitError, ResourceError
from stepdown.memory import Room
from stepdown.model import SecureCareModel
from stepdown.running.run import resume, run
from stepdown.scenario import load

if TYPE_CHECKING:
    from collections.abc import Callable

    from stepdown.results import Results
    from stepdown.scenario import Scenario

MIB = 1 << 20

LIMITED = """
import ctypes, os, resource, sys
kind, limit = (int(word) for word in sys.argv[1:3])
resource.setrlimit(kind, (limit, limit))
if os.getuid() == 0 and kind == resource.RLIMIT_NPROC:
    # The system lets root have threads without a limit: another one by name, without the rights to resources that go with it.
    os.setresuid(65534, 0, 0)
    head, rights = (ctypes.c_uint32 * 2)(0x20080522, 0), (ctypes.c_uint32 * 6)()
    libc = ctypes.CDLL(None)
    assert libc.capget(head, rights) == 0
    rights[0] &= ~(1 << 21 | 1 << 24)
    rights[1] &= ~(1 << 21 | 1 << 24)
    assert libc.capset(head, rights) == 0
sys.argv = ["stepdown", *sys.argv[3:]]
"""
"""Begins a process that has a limit."""

COMMAND = """
from stepdown.__main__ import main
main()
"""


def limited(kind: int, limit: int, *arguments: str, what: str = COMMAND) -> subprocess.CompletedProcess[str]:
    """Run a command, or other code, with a limit, in time."""
    command = [sys.executable, "-c", LIMITED + what, str(kind), str(limit), *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


@pytest.mark.slow
@pytest.mark.parametrize("limit", [40, 60, 100, 160, 200, 250, 400, 500, 700, 1000, 1400, 1600, 2048])
def test_a_small_address_space_ends_every_command_with_its_code_and_one_sentence(limit: int, tmp_path: Path) -> None:
    for command in (
        ["--version"],
        ["run", "baseline", "--population", "0.0005", "--years", "1", "--out", str(tmp_path / "run")],
        ["verify", str(tmp_path / "run")],
    ):
        ended = limited(resource.RLIMIT_AS, limit * MIB, *command)
        assert ended.returncode in (0, 4, 6, 9), (command, ended.stderr)
        if ended.returncode == 6:
            assert "it is not the folder of a run" in ended.stderr, (
                "no run was made, and nothing else is called corrupt"
            )
        assert "Traceback" not in ended.stderr and "OpenBLAS" not in ended.stderr
        if ended.returncode:
            assert ended.stderr.splitlines()[-1].startswith("stepdown: ")
        if ended.returncode == 9:
            assert ended.stderr.count("\n") == 1 and "allowed: " in ended.stderr


@pytest.mark.slow
def test_no_thread_can_be_started(small_run: Results) -> None:
    with tempfile.TemporaryDirectory() as there:  # whatever user looks for it
        Path(there).chmod(0o755)
        whole, out = shutil.copytree(small_run.path, Path(there) / "whole"), Path(there) / "run"
        for command in (
            ["run", "baseline", "--population", "0.0005", "--years", "1", "--out", str(out)],
            ["verify", str(whole)],
            ["indicators", str(whole)],
        ):
            ended = limited(resource.RLIMIT_NPROC, 0, *command)
            assert ended.returncode == 9, (command, ended.stdout, ended.stderr)
            assert "Traceback" not in ended.stderr and "panicked" not in ended.stderr
            assert "too few threads" in ended.stdout + ended.stderr
        assert not out.exists()


ENGINE = """
os.environ["OPENBLAS_NUM_THREADS"] = "1"
from stepdown.errors import ResourceError
from stepdown.model import SecureCareModel
try:
    SecureCareModel('baseline', population=0.0005, years=1)
except ResourceError as error:
    print(error)
"""


def test_an_engine_without_a_thread_is_refused() -> None:
    ended = limited(resource.RLIMIT_NPROC, 0, what=ENGINE)
    assert ended.stdout.startswith("there are too few threads or processes for the engine"), ended.stderr


@pytest.mark.slow
def test_an_engine_that_gets_no_memory_ends_with_9_and_no_abort(tmp_path: Path) -> None:
    code = (
        "import resource, sys\n"
        "from stepdown import memory\n"
        "from stepdown.cli import main\n"
        "import stepdown.running.run\n"
        "memory.refuse = lambda *_, **__: None\n"  # as if the estimate had been wrong
        "held = int(open('/proc/self/statm').read().split()[0]) * resource.getpagesize()\n"
        f"resource.setrlimit(resource.RLIMIT_AS, (held + {260 * MIB},) * 2)\n"
        f"sys.argv = ['stepdown', 'run', 'baseline', '--population', '0.5', '--threads', '1', '--out', {str(tmp_path / 'run')!r}]\n"
        "main()\n"
    )
    environment = {**os.environ, "OPENBLAS_NUM_THREADS": "1", "ARROW_DEFAULT_MEMORY_POOL": "system"}
    ended = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False, env=environment
    )
    assert ended.returncode == 9, ended.stderr
    assert ended.stderr.splitlines()[-1].startswith("stepdown: there is too little memory")
    assert "memory allocation of" not in ended.stderr and "Traceback" not in ended.stderr


# ---- The estimate -------------------------------------------------------------------------------------------------------

MEASURED = (
    (0.001, 1, 242), (0.01, 5, 344), (0.05, 5, 369), (0.05, 15, 506), (0.2, 3, 458), (0.2, 10, 594), (0.5, 3, 872), (1, 1, 1417),
)  # fmt: skip
"""Share, reported years, and `peak_memory` of the manifest [MB]: runs of the baseline with two threads."""


@pytest.mark.parametrize(("share", "years", "peak"), MEASURED)
def test_the_estimate_is_what_was_measured(share: float, years: int, peak: int) -> None:
    assert memory.estimate(share, years) == pytest.approx(peak * 10**6, rel=0.15)


@pytest.mark.slow
@pytest.mark.parametrize(("share", "years"), [(0.002, 2), (0.02, 2), (0.1, 1)])
def test_the_estimate_is_what_a_run_takes(share: float, years: int, tmp_path: Path) -> None:
    command = ["run", "baseline", "--population", str(share), "--years", str(years), "--threads", "2"]
    subprocess.run(
        [sys.executable, "-m", "stepdown", *command, "--out", str(tmp_path / "run")], check=True, capture_output=True
    )
    peak = json.loads((tmp_path / "run" / "manifest.json").read_text())["peak_memory"]
    assert memory.estimate(share, years) == pytest.approx(peak, rel=0.15)


def test_the_estimate_counts_levers_that_multiply_people_and_recorded_inflow() -> None:
    # Measured: a twentieth of England for five years, immigration times 10 and arrests times 3, two threads.
    more = load("baseline", population=0.05, years=5, immigration=10, arrests=3)
    assert more.growth == 10 and load("baseline").growth == 1 == load("baseline", arrests=0.5).growth
    assert memory.estimate(0.05, 5, growth=more.growth) == pytest.approx(520 * 10**6, rel=0.25)
    assert memory.estimate(1, 1, recorded=True) < memory.estimate(1, 1)


@pytest.mark.parametrize("size", [250, 280, 400, 600, 900, 1300])
def test_the_share_that_a_refusal_names_fits(size: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "room", having(size * MIB))
    with pytest.raises(LimitError) as caught:
        memory.refuse(1, 20)
    named = re.search(r"fewer people \(population=([0-9.e-]+)\)", str(caught.value))
    if memory.estimate(0.00001, 20) > size * MIB:
        assert named is None
    else:
        assert named is not None
        memory.refuse(float(named[1]), 20)


def test_a_run_from_a_recorded_inflow_is_held_against_the_memory_too(
    small: Scenario, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(small, seed=7, out=tmp_path / "first", record_inflow=tmp_path / "inflow")
    monkeypatch.setattr(memory, "room", having(MIB))
    with pytest.raises(LimitError):
        run(small, seed=7, out=tmp_path / "run", inflow=tmp_path / "inflow")


def having(size: int) -> Callable[[], Room]:
    return lambda: Room(size, "limit of the control group")


def test_a_run_that_cannot_fit_is_refused_before_it_starts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(memory, "room", having(600 * MIB))
    assert invoke(["run", "baseline", "--out", str(tmp_path / "run")]) == 4
    said = capsys.readouterr().err
    assert said == (
        "stepdown: memory: the run takes about 1.9 GiB, and there is 600 MiB (limit of the control group); "
        "allowed: fewer people (--population 0.09), fewer years, a higher limit, or a larger machine\n"
    )
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(LimitError, match="the run takes about"):
        SecureCareModel("baseline")


def test_a_run_that_cannot_go_on_for_lack_of_memory_keeps_what_it_has(
    small: Scenario, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def out_of_memory(*_: object, **__: object) -> None:
        raise MemoryError

    from datetime import date

    from stepdown.running import session

    with monkeypatch.context() as patch:
        patch.setattr(session, "compute", out_of_memory)
        with pytest.raises((ResourceError, MemoryError)):
            run(small, seed=7, out=tmp_path / "run", snapshot_every=0.01)
    with monkeypatch.context() as patch:
        patch.setattr(memory, "room", having(MIB))
        with pytest.raises(LimitError):
            resume(tmp_path / "run")
    assert resume(tmp_path / "run").manifest["end"] == str(date(2026, 4, 1))


@pytest.mark.parametrize("version", [1, 2])
def test_the_limit_of_each_control_group_counts(version: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    top = tmp_path if version == 2 else tmp_path / "memory"
    inner = top / "jobs" / "mine"
    inner.mkdir(parents=True)
    most, held, cached = (
        ("memory.max", "memory.current", "inactive_file")
        if version == 2
        else ("memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file")
    )
    for folder, limit in ((inner, "max" if version == 2 else str(1 << 62)), (inner.parent, str(300 * MIB))):
        (folder / most).write_text(f"{limit}\n")
        (folder / held).write_text(f"{100 * MIB}\n")
        (folder / "memory.stat").write_text(f"anon 1\n{cached} {20 * MIB}\n")
    lines = memory._lines
    said = ["0::/jobs/mine"] if version == 2 else ["9:name=systemd:/", "4:memory:/jobs/mine"]
    monkeypatch.setattr(memory, "_lines", lambda path: said if path == Path("/proc/self/cgroup") else lines(path))
    monkeypatch.setattr(memory, "GROUPS", tmp_path)
    assert min(memory._groups()) == 220 * MIB
    found = memory.room()
    assert found is not None and found.by == "limit of the control group"
    assert 220 * MIB < found.bytes < 220 * MIB + 4096 * MIB

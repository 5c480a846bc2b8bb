"""A process that is killed leaves nothing half-visible, and what it was doing can be done again."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from itertools import count
from pathlib import Path

import pytest

from stepdown.atomic import StagedDir, write_text
from stepdown.results import manifest_seal
from stepdown.results.run import MANIFEST

KILLS = Path(__file__).parents[2] / "benches" / "kills.py"

STEPS = ("os.mkdir", "os.remove", "os.rename", "os.rmdir", "open", "fcntl.flock", "shutil.rmtree")
"""What changes a folder, or comes shortly before or after; `sys.audit` tells of each."""


def manifest(text: str) -> str:
    keys = {"stepdown": "0", "code": {}, "scenario": {"title": text}, "files": {"events/2024": {}}}
    return manifest_seal.sealed(keys)


def write(target: Path, text: str) -> None:
    with StagedDir(target, overwrite=True) as aside:
        (aside.path / "events").mkdir()
        write_text(aside.path / "events" / "2024", text)
        write_text(aside.path / MANIFEST, manifest(text))


def write_and_die(target: Path, text: str, step: int) -> bool:
    """Write in a process that kills itself before a step; return whether it lived to the end."""
    child = os.fork()
    if child == 0:
        steps = count()

        def die(event: str, _: tuple[object, ...]) -> None:
            if event in STEPS and next(steps) == step:
                os.kill(os.getpid(), signal.SIGKILL)

        sys.addaudithook(die)
        try:
            write(target, text)
        except BaseException:  # noqa: BLE001 -- the child must never return into the tests
            os._exit(1)
        os._exit(0)
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status) or os.WEXITSTATUS(status) == 0
    return not os.WIFSIGNALED(status)


def read(target: Path) -> dict[str, str]:
    return {str(path.relative_to(target)): path.read_text() for path in target.rglob("*") if path.is_file()}


def whole(text: str) -> dict[str, str]:
    return {"events/2024": text, MANIFEST: manifest(text)}


@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
@pytest.mark.parametrize("replaces", [False, True])
def test_at_whatever_step_of_writing_it_dies_the_folder_is_whole_or_absent(tmp_path: Path, *, replaces: bool) -> None:
    states = {"absent": 0, "first": 0, "second": 0}
    for step in count():
        target = tmp_path / f"{step}" / "run"
        if replaces:
            write(target, "first")
        ended = write_and_die(target, "second", step)
        found = read(target) if target.exists() else None
        state = next((text for text in ("first", "second") if found == whole(text)), "absent")
        assert state != "absent" or found is None, (step, found)
        states[state] += 1
        kept = {path.name for path in target.parent.iterdir()} if target.parent.exists() else set()
        assert kept <= {"run", ".run.partial", ".run.lock", ".run.replaced"}, (step, kept)
        if replaces and found is None:
            assert read(target.with_name(".run.replaced")) == whole("first"), step
        write(target, "third")
        assert read(target) == whole("third"), step
        assert [path.name for path in target.parent.iterdir()] == ["run"], step
        if ended:
            break
    assert states["absent"] > 0 < states["second"]
    assert states["first"] > 10 or not replaces


def test_a_run_that_is_killed_at_random_moments_is_resumed_to_the_same_bytes() -> None:
    command = [sys.executable, str(KILLS), "--kills", "12", "--years", "1"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "nothing half-visible" in done.stdout

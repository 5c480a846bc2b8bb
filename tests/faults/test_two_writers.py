"""Two runs never write one folder."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from stepdown.cli import invoke
from stepdown.results.verify import verify

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

LONG = ("--population", "0.02", "--seed", "7")
SHORT = ("--population", "0.001", "--years", "1")


@pytest.fixture
def writer(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """A process that has begun to write ``run``."""
    command = [sys.executable, "-m", "stepdown", "run", "baseline", *LONG, "--out", "run"]
    with subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        for line in process.stderr:
            if line.startswith("settling"):
                break
        yield process
        process.kill()


def test_the_second_is_refused_in_a_sentence_and_the_first_never_notices(
    writer: subprocess.Popen[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for more in ((), ("--overwrite",)):
        assert invoke(["run", "baseline", *SHORT, *more, "--out", str(tmp_path / "run")]) == 2
        _, err = capsys.readouterr()
        assert err == f"stepdown: {tmp_path / 'run'}: another run is writing it now; choose another folder, or wait\n"
    _, err = writer.communicate(timeout=120)
    assert writer.returncode == 0, err
    assert [path.name for path in tmp_path.iterdir()] == ["run"]
    assert verify(tmp_path / "run")


def test_a_lock_dies_with_its_process(writer: subprocess.Popen[str], tmp_path: Path) -> None:
    writer.kill()
    writer.communicate()
    assert {path.name for path in tmp_path.iterdir()} == {".run.partial", ".run.lock"}
    assert invoke(["run", "baseline", *SHORT, "--out", str(tmp_path / "run")]) == 0
    assert [path.name for path in tmp_path.iterdir()] == ["run"]
    assert verify(tmp_path / "run")


def test_of_many_that_begin_at_once_one_writes_and_the_others_are_refused(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "stepdown", "run", "baseline", *SHORT, "--out", "run"]
    writers = [
        subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        for _ in range(4)
    ]
    said = [writer.communicate(timeout=120)[1] for writer in writers]
    codes = sorted(writer.returncode for writer in writers)
    assert codes == [0, 2, 2, 2], said
    assert [path.name for path in tmp_path.iterdir()] == ["run"]
    assert verify(tmp_path / "run")

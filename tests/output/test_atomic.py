"""A folder is there whole or not at all."""

from __future__ import annotations

import errno
import json
import os
import signal
import stat
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from stepdown import inflow
from stepdown.atomic import StagedDir, write_text, written
from stepdown.errors import Interrupted, OutputExistsError, StorageError, UsageError
from stepdown.model import SecureCareModel
from stepdown.progress import Silent
from stepdown.results import manifest_seal
from stepdown.results.run import MANIFEST
from stepdown.running.run import run
from stepdown.scenario import load

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from stepdown.scenario import Scenario


def manifest(text: str, files: tuple[str, ...] = ()) -> str:
    """Return a manifest like those that runs have."""
    keys = {"stepdown": "0", "code": {}, "scenario": {"title": text}, "files": {name: {} for name in files}}
    return manifest_seal.sealed(keys)


def write(target: Path, text: str, *, overwrite: bool = False) -> None:
    with StagedDir(target, overwrite=overwrite) as aside:
        (aside.path / MANIFEST).write_text(manifest(text))


def special(folder: Path, kind: str) -> Path:
    """Make what is no file, and return its place."""
    place = folder / kind
    if kind == "folder":
        place.mkdir()
    elif kind == "pipe":
        os.mkfifo(place)
    else:
        try:
            os.mknod(place, stat.S_IFCHR | 0o600, os.makedev(1, 3))
        except PermissionError:
            pytest.skip("only root makes devices")
    return place


@pytest.mark.parametrize("kind", ["folder", "pipe", "device"])
@pytest.mark.parametrize("write", ["text", "inflow", "snapshot"])
def test_no_file_takes_the_place_of_a_folder_a_pipe_or_a_device(tmp_path: Path, kind: str, write: str) -> None:
    """A model of root's that is written to a device of the machine would end it for everybody."""
    scenario = load("baseline", population=0.0002, years=1, settle_days=0)
    place = special(tmp_path, kind)
    before = place.stat()
    ways: dict[str, Callable[[], object]] = {
        "text": lambda: write_text(place, "x"),
        "inflow": lambda: inflow.write(inflow.record(scenario), place),
        "snapshot": lambda: SecureCareModel(scenario, seed=1).snapshot(place),
    }
    with pytest.raises(OutputExistsError, match=f"it is a {kind}; choose the name of a file"):
        ways[write]()
    assert place.stat().st_ino == before.st_ino and list(tmp_path.iterdir()) == [place]


def title(folder: Path) -> str:
    return str(json.loads((folder / MANIFEST).read_text())["scenario"]["title"])


def test_nothing_stands_at_the_target_until_everything_is_written(tmp_path: Path) -> None:
    with StagedDir(tmp_path / "run") as aside:
        (aside.path / MANIFEST).write_text("{}")
        assert not (tmp_path / "run").exists()
    assert [p.name for p in tmp_path.iterdir()] == ["run"]
    assert (tmp_path / "run" / MANIFEST).read_text() == "{}"


def test_a_failure_leaves_nothing_behind(tmp_path: Path) -> None:
    def fail() -> None:
        with StagedDir(tmp_path / "run") as aside:
            (aside.path / "half").write_text("half")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_there_is_refused_and_kept(tmp_path: Path) -> None:
    write(tmp_path / "run", "first")
    with pytest.raises(OutputExistsError, match="it is there already"):
        write(tmp_path / "run", "second")
    assert title(tmp_path / "run") == "first"


def test_a_run_is_overwritten_when_asked(tmp_path: Path) -> None:
    write(tmp_path / "run", "first")
    write(tmp_path / "run", "second", overwrite=True)
    assert [p.name for p in tmp_path.iterdir()] == ["run"]
    assert title(tmp_path / "run") == "second"


def test_a_folder_that_is_no_run_is_never_overwritten(tmp_path: Path) -> None:
    (tmp_path / "thesis").mkdir()
    (tmp_path / "thesis" / "chapter.txt").write_text("ten years")
    with pytest.raises(OutputExistsError, match="not the folder of a run"):
        write(tmp_path / "thesis", "second", overwrite=True)
    assert (tmp_path / "thesis" / "chapter.txt").read_text() == "ten years"


def test_two_runs_never_write_the_same_folder(tmp_path: Path) -> None:
    with StagedDir(tmp_path / "run") as first:
        (first.path / MANIFEST).write_text(manifest("first"))
        with pytest.raises(OutputExistsError, match="another run is writing it now"):
            write(tmp_path / "run", "second")
    assert title(tmp_path / "run") == "first"


def test_what_a_dead_run_left_is_cleared_away(tmp_path: Path) -> None:
    (tmp_path / ".run.lock").touch()
    (tmp_path / ".run.partial" / "events").mkdir(parents=True)
    (tmp_path / ".run.partial" / "events" / "2024.arrow").write_text("half")
    write(tmp_path / "run", "whole")
    assert [p.name for p in (tmp_path / "run").iterdir()] == [MANIFEST]


def test_what_a_dead_run_left_is_kept_for_a_resume_but_for_files_half_written(tmp_path: Path) -> None:
    events = tmp_path / ".run.partial" / "events"
    events.mkdir(parents=True)
    (events / "2024.arrow").write_text("whole")
    (events / "2025.arrow.aside").write_text("half")
    with StagedDir(tmp_path / "run", resume=True) as aside:
        write_text(aside.path / MANIFEST, "whole")
    assert [p.name for p in (tmp_path / "run" / "events").iterdir()] == ["2024.arrow"]
    assert sorted(p.name for p in tmp_path.iterdir()) == ["run"]


def test_what_can_be_resumed_is_kept_by_a_failure(tmp_path: Path) -> None:
    def fail() -> None:
        with StagedDir(tmp_path / "run") as aside:
            (aside.path / "snapshot").write_text("whole")
            aside.keep = True
            raise OSError(errno.ENOSPC, "No space left on device", str(aside.path / "events" / "2024.arrow"))

    with pytest.raises(
        StorageError, match=r"run: events/2024.arrow can't be read or written \(No space left on device\);"
    ) as told:
        fail()
    assert "what was written is kept for stepdown resume" in str(told.value)
    assert [p.name for p in tmp_path.iterdir()] == [".run.partial"]


def test_a_file_beside_the_folder_that_cannot_be_written_is_told_by_its_own_name(tmp_path: Path) -> None:
    def fail() -> None:
        with StagedDir(tmp_path / "run"):
            raise OSError(errno.ENOSPC, "No space left on device", "england.inflow")

    with pytest.raises(
        StorageError, match=r"^england.inflow can't be read or written \(No space left on device\); nothing"
    ):
        fail()


@pytest.mark.parametrize(("renamed", "standing"), [(False, "first"), (True, "second")])
def test_a_replacement_that_died_halfway_is_undone_or_finished(tmp_path: Path, *, renamed: bool, standing: str) -> None:
    write(tmp_path / "run", "first")
    (tmp_path / "run").rename(tmp_path / ".run.replaced")
    if renamed:
        (tmp_path / "run").mkdir()
        (tmp_path / "run" / MANIFEST).write_text(manifest("second"))
    with pytest.raises(OutputExistsError, match="it is there already"):
        write(tmp_path / "run", "third")
    assert [p.name for p in tmp_path.iterdir()] == ["run"]
    assert title(tmp_path / "run") == standing


def test_what_a_process_leaves_that_died_when_all_was_whole_is_swept(tmp_path: Path) -> None:
    write(tmp_path / "run", "whole")
    (tmp_path / ".run.lock").touch()
    write(tmp_path / "old", "old")
    (tmp_path / "old").rename(tmp_path / ".run.replaced")
    StagedDir(tmp_path / "run").settle()
    assert [p.name for p in tmp_path.iterdir()] == ["run"]


def test_a_folder_where_nothing_can_be_written_is_refused_before_the_run(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    with pytest.raises(StorageError, match=r"file/run can't be read or written \(.+\); nothing is left behind"):
        write(tmp_path / "file" / "run", "whole")
    assert [p.name for p in tmp_path.iterdir()] == ["file"]


def test_a_file_is_there_whole_or_not_at_all(tmp_path: Path) -> None:
    def fail() -> None:
        with written(tmp_path / "half") as aside:
            aside.write_text("ha")
            raise OSError(errno.ENOSPC, "full")

    with pytest.raises(OSError, match="No space left on device") as told:
        fail()
    assert told.value.filename == str(tmp_path / "half")
    assert list(tmp_path.iterdir()) == []
    write_text(tmp_path / "whole", "whole\n")
    assert [p.read_text() for p in tmp_path.iterdir()] == ["whole\n"]


def test_a_run_that_is_interrupted_leaves_nothing(small: Scenario, tmp_path: Path) -> None:
    class Impatient(Silent):
        def update(self, what: str, done: int, total: int) -> None:
            if what == "2024/25" and 0 < done < total:
                raise KeyboardInterrupt

    with pytest.raises(Interrupted, match="nothing was left"):
        run(small, out=tmp_path / "run", progress=Impatient())
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("wrong", [{"seed": -1}, {"seed": 1 << 64}, {"replicate": -1}, {"threads": 0}])
def test_numbers_out_of_range_are_refused_before_anything_is_written(
    small: Scenario, tmp_path: Path, wrong: dict[str, int]
) -> None:
    with pytest.raises(UsageError, match="allowed: whole numbers from"):
        run(small, out=tmp_path / "run", **wrong)
    assert list(tmp_path.iterdir()) == []


def test_control_c_stops_a_run_in_the_middle(tmp_path: Path) -> None:
    program = (
        "import sys; from stepdown.errors import StepdownError; from stepdown.progress import Lines;"
        "from stepdown.running.run import run; from stepdown.scenario import load\n"
        f"try: run(load('baseline', population=0.05), out={str(tmp_path / 'run')!r}, progress=Lines())\n"
        "except StepdownError as error: print(error); sys.exit(error.exit_code)\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env={**os.environ}
    ) as process:
        assert process.stderr is not None
        assert process.stdout is not None
        for line in process.stderr:
            if line.startswith("settling"):
                break
        process.send_signal(signal.SIGINT)
        code = process.wait(timeout=30)
        assert code == 130
        assert "interrupted; stepdown resume" in process.stdout.read()
        assert "stopping: the day is lived to its end" in process.stderr.read()
    assert [p.name for p in tmp_path.iterdir()] == [".run.partial"]

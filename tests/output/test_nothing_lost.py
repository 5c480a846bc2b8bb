"""Nothing that is there is lost: whenever it came, wherever the output goes, and whoever writes it."""

from __future__ import annotations

import json
import os
import shutil
import socket
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from stepdown.atomic import COMMITTED, StagedDir, refuse_file, write_text, written
from stepdown.cli import invoke
from stepdown.errors import OutputExistsError, RuleError, UsageError
from stepdown.progress import Silent
from stepdown.results.export import export_parquet
from stepdown.results.verify import verify
from stepdown.running import burn_in_cache
from stepdown.running.failure import Failure
from stepdown.running.run import resume, run
from stepdown.scenario import Scenario, load

if TYPE_CHECKING:
    from collections.abc import Callable

    from stepdown.results import Results

TINY = {"population": 0.0005, "years": 1}
TINY_CLI = ("--population", "0.0005", "--years", "1")

EXTENSION = json.dumps({"manifest_version": 3, "name": "A browser's extension", "version": "1.0"})


def folder(path: Path) -> None:
    path.mkdir()
    (path / "chapter.txt").write_text("ten years")


def extension(path: Path) -> None:
    path.mkdir()
    (path / COMMITTED).write_text(EXTENSION)


def a_file(path: Path) -> None:
    path.write_text("ten years")


def a_link(path: Path) -> None:
    (path.parent / "elsewhere").mkdir(exist_ok=True)
    (path.parent / "elsewhere" / "chapter.txt").write_text("ten years")
    path.symlink_to(path.parent / "elsewhere")


def tree(path: Path) -> dict[str, str]:
    if not path.is_dir():
        return {"": path.read_text()}
    return {str(file.relative_to(path)): file.read_text() for file in sorted(path.rglob("*")) if file.is_file()}


class Appearing(Silent):
    """Lets something appear at the target while a run lives."""

    def __init__(self, appear: Callable[[], None]) -> None:
        self.appear, self.done = appear, False

    def update(self, what: str, done: int, total: int, *, unit: str = "days") -> None:
        del done, total, unit
        if what == "2024/25" and not self.done:
            self.done = True
            self.appear()


@pytest.mark.parametrize("make", [folder, extension, a_file, a_link])
@pytest.mark.parametrize("overwrite", [False, True])
def test_what_appears_while_a_run_lives_is_kept_and_the_run_too(
    tmp_path: Path, make: Callable[[Path], None], *, overwrite: bool
) -> None:
    target = tmp_path / "run"
    with pytest.raises(OutputExistsError, match="something came there .* stepdown resume"):
        run(load("baseline", **TINY), out=target, overwrite=overwrite, progress=Appearing(lambda: make(target)))
    there = tree(target)
    assert there in ({"chapter.txt": "ten years"}, {COMMITTED: EXTENSION}, {"": "ten years"})
    with pytest.raises(UsageError):
        resume(target)
    assert tree(target) == there
    target.rename(tmp_path / "away")
    assert verify(resume(target).path)
    assert not (tmp_path / ".run.partial").exists()


def test_a_run_that_came_meanwhile_is_not_what_was_to_be_overwritten(small_run: Results, tmp_path: Path) -> None:
    target, other = tmp_path / "run", tmp_path / "other"
    run(load("baseline", **TINY), out=target)
    shutil.copytree(small_run.path, other)

    def swap() -> None:
        target.rename(tmp_path / "first")
        other.rename(target)

    with pytest.raises(OutputExistsError, match="something came there"):
        run(load("baseline", **TINY), out=target, overwrite=True, progress=Appearing(swap))
    assert tree_of_names(target) == tree_of_names(small_run.path)
    with pytest.raises(OutputExistsError, match="take it away first"):
        resume(target)
    assert verify(target)


def tree_of_names(path: Path) -> set[str]:
    return {str(file.relative_to(path)) for file in path.rglob("*")}


def test_a_run_with_somebody_elses_file_in_it_is_not_overwritten(tmp_path: Path) -> None:
    target = tmp_path / "run"
    run(load("baseline", **TINY), out=target)
    (target / "figures").mkdir()
    (target / "figures" / "one.txt").write_text("mine")
    with pytest.raises(OutputExistsError, match=r"it holds figures/one.txt, which no run wrote"):
        run(load("baseline", **TINY), out=target, overwrite=True)
    assert (target / "figures" / "one.txt").read_text() == "mine"


@pytest.mark.parametrize("make", [folder, extension, a_file])
def test_what_is_no_run_is_never_overwritten(tmp_path: Path, make: Callable[[Path], None]) -> None:
    make(tmp_path / "there")
    before = tree(tmp_path / "there")
    assert invoke(["run", "baseline", *TINY_CLI, "--overwrite", "--out", str(tmp_path / "there")]) == 2
    assert tree(tmp_path / "there") == before


@pytest.mark.parametrize("name", [".run.partial", ".run.replaced"])
def test_the_names_that_a_run_uses_meanwhile_are_not_taken_from_anybody(tmp_path: Path, name: str) -> None:
    folder(tmp_path / name)
    scenario = load("baseline", **TINY)
    if name == ".run.partial":
        with pytest.raises(OutputExistsError, match="not what a run left"):
            run(scenario, out=tmp_path / "run", overwrite=True)
    else:
        run(scenario, out=tmp_path / "run")
        with pytest.raises(OutputExistsError, match="in the way"):
            run(scenario, out=tmp_path / "run", overwrite=True)
    assert tree(tmp_path / name) == {"chapter.txt": "ten years"}


def test_an_empty_folder_is_a_fine_place(tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    assert verify(run(load("baseline", **TINY), out=tmp_path / "run").path)


def special(path: Path, kind: str) -> None:
    if kind == "pipe":
        os.mkfifo(path)
    elif kind == "socket":
        here = Path.cwd()
        os.chdir(path.parent)  # the name of a socket has few characters
        try:
            socket.socket(socket.AF_UNIX).bind(path.name)
        finally:
            os.chdir(here)
    else:
        path.symlink_to(os.devnull)


@pytest.mark.filterwarnings("ignore:unclosed")
@pytest.mark.parametrize("kind", ["pipe", "socket", "device"])
def test_devices_pipes_and_sockets_are_refused_as_output_and_as_input(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], kind: str
) -> None:
    place = str(tmp_path / "there.toml")
    special(tmp_path / "there.toml", kind)
    commands = [
        ["run", "baseline", *TINY_CLI, "--out", place],
        ["run", "baseline", *TINY_CLI, "--out", place, "--overwrite"],
        ["run", "baseline", *TINY_CLI, "--out", str(tmp_path / "run"), "--record-inflow", place, "--overwrite"],
        ["run", "baseline", *TINY_CLI, "--out", str(tmp_path / "run"), "--inflow", place],
        ["run", "baseline", *TINY_CLI, "--out", str(tmp_path / "run"), "--from", place],
        ["run", place, *TINY_CLI, "--out", str(tmp_path / "run")],
        ["influence", "--out", place, "--overwrite"],
        ["calibrate", place, "--out", str(tmp_path / "fit")],
        ["init", place],
    ]
    for command in commands:
        assert invoke(command) in (2, 3, 6), command
        said = capsys.readouterr().err
        assert kind in said and said.count("\n") == 1, said
    assert [path.name for path in tmp_path.iterdir()] == ["there.toml"]


def test_a_run_through_a_symbolic_link_works_as_often_as_it_is_asked_for(tmp_path: Path) -> None:
    (tmp_path / "disk").mkdir()
    (tmp_path / "latest").symlink_to(tmp_path / "disk" / "run")
    for _ in range(3):
        found = run(load("baseline", **TINY), out=tmp_path / "latest", overwrite=True)
        assert verify(found.path)
        assert (tmp_path / "latest").is_symlink()
        assert [path.name for path in (tmp_path / "disk").iterdir()] == ["run"]
    assert {path.name for path in tmp_path.iterdir()} == {"disk", "latest"}


def test_an_export_never_replaces_its_source(small_run: Results, tmp_path: Path) -> None:
    source = tmp_path / "runs" / "run"
    shutil.copytree(small_run.path, source)
    (tmp_path / "link").symlink_to(source)
    from stepdown.results import Results as Opened

    for out in (source, tmp_path / "link", tmp_path / "runs", source / ".." / "run"):
        with pytest.raises(UsageError, match="it holds the run that is exported"):
            export_parquet(Opened(source), out, overwrite=True)
    assert verify(source)


def test_nothing_is_written_into_a_run(small_run: Results, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    there = tmp_path / "run"
    shutil.copytree(small_run.path, there)
    inside = there / "inside"
    commands = [
        ["run", "baseline", *TINY_CLI, "--out", str(inside)],
        ["run", "baseline", *TINY_CLI, "--out", str(inside / "deeper")],
        ["run", "baseline", *TINY_CLI, "--out", str(tmp_path / "new"), "--record-inflow", str(inside)],
        ["export", str(there), "--parquet", str(inside)],
        ["influence", "--out", str(inside / "table.csv")],
        ["indicators", str(there), "--out", str(inside)],
        ["init", str(inside)],
        ["init", str(there)],
    ]
    for command in commands:
        assert invoke(command) == 2, command
        assert "the folder of a run" in capsys.readouterr().err
    assert tree_of_names(there) == tree_of_names(small_run.path)
    assert verify(there)


@pytest.mark.parametrize("record", ["run", "run/england.inflow"])
def test_a_run_records_nothing_into_its_own_place(
    tmp_path: Path, record: str, capsys: pytest.CaptureFixture[str]
) -> None:
    place = str(tmp_path / "run")
    assert invoke(["run", "baseline", *TINY_CLI, "--out", place, "--record-inflow", str(tmp_path / record)]) == 2
    assert "lies in the folder of the run; choose a place outside it" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_a_path_that_is_not_utf8_is_refused_before_anything_is_lived(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    place = str(tmp_path / "\udcff")
    for command in (["run", "baseline", *TINY_CLI, "--out", place], ["verify", place], ["indicators", place]):
        assert invoke(command) == 2
        assert "\\udcff: the path is not UTF-8; choose another" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("links", [True, False])
def test_a_file_that_comes_while_it_is_written_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, links: bool
) -> None:
    def none(*_: object) -> None:
        raise PermissionError

    if not links:
        monkeypatch.setattr(os, "link", none)
    path = tmp_path / "england.inflow"
    refuse_file(path)

    def late() -> None:
        with written(path, overwrite=False) as aside:
            aside.write_text("record")
            path.write_text("mine")

    with pytest.raises(OutputExistsError, match="it is there already"):
        late()
    assert tree(tmp_path) == {"england.inflow": "mine"}
    path.unlink()
    write_text(path, "record", overwrite=False)
    assert tree(tmp_path) == {"england.inflow": "record"}


def test_a_snapshot_whose_place_is_taken_meanwhile_is_written_beside(small: Scenario, tmp_path: Path) -> None:
    day = "2025-04-01"
    wanted = tmp_path / f"run-{day}.snapshot"
    run(
        small,
        out=tmp_path / "run",
        snapshot_at=[small.calendar.start.replace(year=2025)],
        progress=Appearing(lambda: a_file(wanted)),
    )
    assert wanted.read_text() == "ten years"
    assert (tmp_path / f"run-{day}-2.snapshot").stat().st_size > 1000


def test_the_folder_of_a_failure_is_only_ever_the_runs_own(tmp_path: Path, small: Scenario) -> None:
    from stepdown.decisions.overrides import overrides_of

    for content in ({"failure.json": "{}"}, {"failure.json": "{}", "notes.txt": "mine"}, {"scenario.toml": "mine"}):
        there = tmp_path / "run.failed"
        there.mkdir()
        for name, text in content.items():
            (there / name).write_text(text)
        failure = Failure(tmp_path / "run")
        failure.write(RuleError("x"), small, overrides_of(small, (), allow_code=False), {})
        failure.forget()
        assert tree(there) == content
        shutil.rmtree(there)
    failure.write(RuleError("x"), small, overrides_of(small, (), allow_code=False), {})
    assert set(tree(there)) == {"failure.json", "scenario.toml"}
    failure.forget()
    assert not there.exists()


def test_the_cache_holds_and_clears_its_own_states_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(burn_in_cache.PLACE, str(tmp_path))
    (tmp_path / "run-2025-04-01.snapshot").write_text("mine")
    (tmp_path / f"{'a' * 64}.snapshot").write_text("state")
    assert burn_in_cache.clear() == len("state")
    assert tree(tmp_path) == {"run-2025-04-01.snapshot": "mine"}


def test_a_folder_that_is_no_calibration_is_not_written_into(tmp_path: Path) -> None:
    pytest.importorskip("sklearn")
    from stepdown.calibration import calibrate

    folder(tmp_path / "thesis")
    config = Path(__file__).parents[2] / "calibration" / "baseline.toml"
    with pytest.raises(OutputExistsError, match="not the folder of a calibration"):
        calibrate(config, out=tmp_path / "thesis")
    assert tree(tmp_path / "thesis") == {"chapter.txt": "ten years"}


def test_a_staged_folder_replaces_nothing_but_an_empty_folder(tmp_path: Path) -> None:
    with StagedDir(tmp_path / "export") as staged:
        (staged.path / "one").touch()
        (tmp_path / "export").mkdir()
    assert tree_of_names(tmp_path / "export") == {"one"}

    def late() -> None:
        with StagedDir(tmp_path / "other"):
            folder(tmp_path / "other")

    with pytest.raises(OutputExistsError, match="nothing was written"):
        late()
    assert tree(tmp_path / "other") == {"chapter.txt": "ten years"}

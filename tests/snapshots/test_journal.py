"""A run is resumed from a journal that is as it was written, in a folder of one's own, and from the snapshots that it names."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
from typing import TYPE_CHECKING, Any

import pytest

from stepdown import inflow
from stepdown.cli import invoke
from stepdown.errors import CorruptError, OutputExistsError, RequeueError, ResourceError, UsageError
from stepdown.progress import Silent
from stepdown.results import Results, manifest_seal
from stepdown.running import session
from stepdown.running.run import resume, run
from stepdown.scenario import Scenario, load

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


class Stopping(Silent):
    """Sends a signal to this process when a day is reached."""

    def __init__(self, after: int) -> None:
        self.after = after
        self.notes: list[str] = []

    def update(self, what: str, done: int, total: int, *, unit: str = "days") -> None:  # noqa: ARG002
        if done >= self.after and what != "recording":
            self.after = 1 << 30
            os.kill(os.getpid(), signal.SIGTERM)

    def note(self, text: str) -> None:
        self.notes.append(text)


def hashes(results: Results) -> dict[str, str]:
    return {name: file["sha256"] for name, file in results.manifest["files"].items()}


def stopped(scenario: Scenario, target: Path, after: int = 1300, **more: Any) -> Path:
    """Stop a run, and return its staged directory."""
    with pytest.raises(RequeueError):
        run(scenario, **{"seed": 7, "out": target, "progress": Stopping(after), **more})
    return target.with_name(f".{target.name}.partial")


@pytest.fixture
def partial(small: Scenario, tmp_path: Path) -> Path:
    return stopped(small, tmp_path / "run")


def reseal(partial: Path, change: Callable[[dict[str, Any]], object]) -> None:
    said = json.loads((partial / "journal.json").read_text())
    change(said)
    (partial / "journal.json").write_text(manifest_seal.sealed(said))


def test_each_bit_of_the_journal_matters(partial: Path, tmp_path: Path) -> None:
    draw = random.Random(1)
    good = (partial / "journal.json").read_bytes()
    for _ in range(200):
        data = bytearray(good)
        data[draw.randrange(len(data))] ^= 1 << draw.randrange(8)
        (partial / "journal.json").write_bytes(data)
        with pytest.raises(CorruptError, match=r"journal\.json: it can't be read, so that the run can't be resumed"):
            resume(tmp_path / "run")
    seed = good.replace(b'"seed": 7', b'"seed": 6')
    assert seed != good
    (partial / "journal.json").write_bytes(seed)
    assert invoke(["resume", str(tmp_path / "run")]) == 6
    assert list((partial / "snapshots").iterdir())


@pytest.mark.parametrize(
    ("key", "value", "what"),
    [
        ("files", 3, "files: 3; "),
        ("kept", [3], "kept.0: 3; "),
        ("kept", {}, "kept: {}; "),
        ("order", [], "order: []; "),
        ("resumed", ["yesterday"], "resumed.0: 'yesterday'; allowed: a date"),
        ("facts", {"from": 3}, "facts.from: 3; "),
        ("files", {"../evil": {}}, "allowed: a name inside the folder"),
        ("more", 1, "more: 1; "),
        ("format", 1, "it is of another version"),
    ],
)
def test_each_key_of_a_journal_has_its_type(partial: Path, tmp_path: Path, key: str, value: object, what: str) -> None:
    reseal(partial, lambda said: said.update({key: value}))
    with pytest.raises(CorruptError) as caught:
        resume(tmp_path / "run")
    assert what in str(caught.value)


@pytest.mark.parametrize("lacks", ["everything", "a year of a table", "a year of the ledger"])
def test_a_snapshot_for_which_the_journal_lacks_closed_years_is_not_taken(
    small: Scenario, small_run: Results, tmp_path: Path, lacks: str
) -> None:
    partial = stopped(small, tmp_path / "run", 1480)  # the second year
    gone = {
        "everything": lambda name: name.endswith(".arrow"),
        "a year of a table": lambda name: name == "spells/2024.arrow",
        "a year of the ledger": lambda name: name == "parts/ledger-2024.arrow",
    }[lacks]

    def change(said: dict[str, Any]) -> None:
        assert any(gone(name) for name in said["files"])
        said["files"] = {name: facts for name, facts in said["files"].items() if not gone(name)}
        for kept in said["kept"]:
            kept["files"] = [name for name in kept["files"] if not gone(name)]

    reseal(partial, change)
    told = Stopping(1 << 30)
    assert hashes(resume(tmp_path / "run", progress=told)) == hashes(small_run)
    assert any("the journal doesn't name every file of the years before it" in note for note in told.notes)


@pytest.mark.parametrize("name", ["../../evil", "/etc/passwd", "snapshots/../../evil"])
def test_a_snapshot_whose_name_leads_elsewhere_is_refused(partial: Path, tmp_path: Path, name: str) -> None:
    reseal(partial, lambda said: said["kept"][0].update(file=name))
    with pytest.raises(CorruptError, match="allowed: a name inside the folder"):
        resume(tmp_path / "run")


@pytest.mark.parametrize(
    "other", [{"seed": 8}, {"replicate": 3}, {"scenario": load("bradley", population=0.002, years=2)}, {}]
)
def test_a_snapshot_of_another_run_is_not_taken(
    small: Scenario, small_run: Results, partial: Path, tmp_path: Path, other: dict[str, Any]
) -> None:
    (ours,) = (partial / "snapshots").iterdir()
    if other:
        scenario = other.pop("scenario", small)
        strange = stopped(scenario, tmp_path / "other", **other)
        (theirs,) = (strange / "snapshots").iterdir()
        assert theirs.name == ours.name
        shutil.copy(theirs, ours)
        reseal(partial, lambda said: said["kept"][0].update(seal=session.seal_of(ours)))
    else:  # the same run, and a state that the journal doesn't name
        shutil.copy(ours, tmp_path / "copy")
        data = bytearray(ours.read_bytes())
        data[-1] ^= 1
        ours.write_bytes(data)
    told = Stopping(1 << 30)
    assert hashes(resume(tmp_path / "run", progress=told)) == hashes(small_run)
    assert any("it is not the state that the journal names" in note for note in told.notes)


def test_a_resumed_fork_goes_on_from_the_snapshot_with_which_it_was_begun(small: Scenario, tmp_path: Path) -> None:
    from datetime import date

    for seed in (7, 8):
        run(small, seed=seed, out=tmp_path / f"trunk{seed}", snapshot_at=[date(2024, 11, 3)])
    given = tmp_path / "trunk7-2024-11-03.snapshot"
    partial = stopped(small, tmp_path / "fork", 1500, snapshot=given)
    shutil.rmtree(partial / "snapshots")
    shutil.copy(tmp_path / "trunk8-2024-11-03.snapshot", given)
    with pytest.raises(CorruptError, match="it is not the snapshot with which the run was begun"):
        resume(tmp_path / "fork", snapshot=given)


def test_what_the_machine_lacks_takes_no_snapshot_away(
    partial: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, small_run: Results
) -> None:
    def no_more(path: Path) -> None:
        raise OSError(24, "Too many open files", str(path))

    with monkeypatch.context() as patch:
        patch.setattr(session, "head", no_more)
        with pytest.raises(ResourceError, match="too few open files"):
            resume(tmp_path / "run")
    assert list((partial / "snapshots").iterdir())
    assert hashes(resume(tmp_path / "run")) == hashes(small_run)


def test_a_folder_with_a_link_or_a_pipe_is_not_resumed(partial: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "2024.arrow").write_text("mine")
    for name in ("events", "scenario.toml", "snapshots"):
        kept = tmp_path / "kept"
        (partial / name).rename(kept)
        (partial / name).symlink_to(outside if kept.is_dir() else outside / "2024.arrow")
        with pytest.raises(UsageError, match="it is neither a folder nor a plain file"):
            resume(tmp_path / "run")
        (partial / name).unlink()
        kept.rename(partial / name)
    os.mkfifo(partial / "pipe")
    assert invoke(["resume", str(tmp_path / "run")]) == 2
    assert (outside / "2024.arrow").read_text() == "mine"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
@pytest.mark.parametrize("name", [".", "journal.json", "snapshots"])
def test_a_folder_that_belongs_to_somebody_else_is_not_resumed(partial: Path, tmp_path: Path, name: str) -> None:
    os.chown(partial / name, 12345, -1)
    with pytest.raises(UsageError, match="it belongs to user 12345, you are 0"):
        resume(tmp_path / "run")


def test_a_folder_of_another_user_is_told_by_its_owner(
    partial: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    owner = partial.stat().st_uid
    monkeypatch.setattr(os, "geteuid", lambda: owner + 1)
    with pytest.raises(UsageError, match=f"it belongs to user {owner}, you are {owner + 1}"):
        resume(tmp_path / "run")


@pytest.mark.parametrize("record", [False, True])
def test_a_journal_that_names_a_file_of_ones_own_replaces_nothing_but_a_record(
    small: Scenario, tmp_path: Path, *, record: bool
) -> None:
    partial = stopped(small, tmp_path / "run", record_inflow=tmp_path / "record")
    shutil.rmtree(partial / "snapshots")
    named = tmp_path / "named"
    other = inflow.record(small, seed=9).to_bytes() if record else b"the work of years"
    named.write_bytes(other)
    reseal(partial, lambda said: said["order"].update(record_inflow=str(named), overwrite=True))
    if record:
        resume(tmp_path / "run", record_inflow=named)
        assert named.read_bytes() == (tmp_path / "record").read_bytes() != other
    else:
        with pytest.raises(OutputExistsError):
            resume(tmp_path / "run", record_inflow=named)
        assert named.read_bytes() == other


def test_escape_sequences_in_a_journal_reach_nobody(
    partial: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for value in ("\x1b[2J\x1b]0;evil\x07", "\x9b31m", "\u202eevil", "a\nb\rc"):
        for change in ({"stepdown": value, "code": "0" * 64}, {"code": value}, {value: 1}, {"inflow": [value]}):
            reseal(partial, lambda said, change=change: said["order"].update(change))
            assert invoke(["resume", str(tmp_path / "run")]) in (2, 6)
            said = capsys.readouterr().err
            assert said.count("\n") == 1 and said[:-1].isprintable()


@pytest.mark.parametrize("kind", ["inflow", "snapshot"])
@pytest.mark.parametrize("damage", ["no snapshot is left", "the last is garbled behind its head"])
def test_a_journal_names_no_file_outside_of_its_folder_that_is_read(
    small: Scenario, small_run: Results, tmp_path: Path, kind: str, damage: str, capsys: pytest.CaptureFixture[str]
) -> None:
    from datetime import date

    named = tmp_path / ("first.inflow" if kind == "inflow" else "first-2024-11-03.snapshot")
    how: dict[str, Any] = {"record_inflow": named} if kind == "inflow" else {"snapshot_at": [date(2024, 11, 3)]}
    run(small, seed=7, out=tmp_path / "first", **how)
    partial = stopped(small, tmp_path / "run", 1400, **{kind: named})
    for kept in (partial / "snapshots").iterdir():
        if damage == "no snapshot is left":
            kept.unlink()
        else:
            data = bytearray(kept.read_bytes())
            data[len(data) // 2] ^= 1
            kept.write_bytes(data)
    option = "--inflow" if kind == "inflow" else "--from"
    assert invoke(["resume", str(tmp_path / "run")]) == 2
    said = capsys.readouterr().err
    assert f"allowed: stepdown resume {tmp_path / 'run'} {option} {named}, if you want that file" in said
    with pytest.raises(UsageError, match="and not"):
        resume(tmp_path / "run", **{kind: tmp_path / "other"})
    assert invoke(["resume", str(tmp_path / "run"), option, str(named)]) == 0
    assert hashes(Results(tmp_path / "run")) == hashes(small_run)


def test_a_journal_names_no_new_file_that_is_written(small: Scenario, small_run: Results, tmp_path: Path) -> None:
    partial = stopped(small, tmp_path / "run")
    shutil.rmtree(partial / "snapshots")
    evil = tmp_path / "elsewhere" / "evil"
    reseal(partial, lambda said: said["order"].update(record_inflow=str(evil)) or said.update(kept=[]))
    with pytest.raises(UsageError, match=f"its journal says that the run writes its inflow to {evil}"):
        resume(tmp_path / "run")
    with pytest.raises(UsageError, match="and not"):
        resume(tmp_path / "run", record_inflow=tmp_path / "other")
    assert not evil.parent.exists() and not (tmp_path / "other").exists()
    assert (partial / "journal.json").is_file(), "a refusal takes nothing away"
    assert hashes(resume(tmp_path / "run", record_inflow=evil)) == hashes(small_run)
    assert evil.is_file()


def test_a_refused_run_without_a_snapshot_stays_and_can_be_begun_anew(
    small: Scenario, small_run: Results, partial: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.rmtree(partial / "snapshots")
    data = bytearray((partial / "journal.json").read_bytes())
    data[-10] ^= 1
    (partial / "journal.json").write_bytes(data)
    before = sorted(partial.rglob("*"))
    assert invoke(["resume", str(tmp_path / "run")]) == 6
    said = capsys.readouterr().err
    assert "the same stepdown run with --overwrite begins anew" in said and str(partial) in said
    assert sorted(partial.rglob("*")) == before
    told = Stopping(1 << 30)
    assert hashes(run(small, seed=7, out=tmp_path / "run", or_resume=True, progress=told)) == hashes(small_run)
    assert any("beginning again" in note for note in told.notes)


@pytest.mark.parametrize(
    "damage",
    [
        lambda path: path.write_text("{}\n"),
        lambda _: None,
        os.mkdir,
        os.mkfifo,
        lambda path: path.symlink_to("/dev/zero"),
    ],
    ids=["empty", "missing", "folder", "pipe", "link"],
)
def test_a_damaged_journal_beside_a_snapshot_is_refused_by_whoever_would_go_on(
    small: Scenario, partial: Path, tmp_path: Path, damage: Callable[[Path], None]
) -> None:
    (partial / "journal.json").unlink()
    damage(partial / "journal.json")
    with pytest.raises(CorruptError, match="overwrite=True begins anew"):
        run(small, seed=7, out=tmp_path / "run", or_resume=True)
    assert list((partial / "snapshots").iterdir())


def test_what_ends_a_resumed_run_takes_nothing_away(
    small_run: Results, partial: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.rmtree(partial / "snapshots")

    def broken(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(session.RunSession, "_model", broken)
        with pytest.raises(OSError, match="No space left"):
            resume(tmp_path / "run")
    assert (partial / "journal.json").is_file()
    assert hashes(resume(tmp_path / "run")) == hashes(small_run)

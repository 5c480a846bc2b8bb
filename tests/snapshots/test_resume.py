"""A run that was stopped or killed is finished to the same bytes; what is closed is checked, not trusted."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import threading
import time
from datetime import date
from typing import TYPE_CHECKING, Any

import pytest

from stepdown.cli import invoke
from stepdown.errors import (
    CorruptError,
    Interrupted,
    InvariantError,
    OutputExistsError,
    RequeueError,
    ScenarioError,
    UsageError,
)
from stepdown.model import SecureCareModel
from stepdown.progress import Silent
from stepdown.results import Results, manifest_seal
from stepdown.results.verify import verify
from stepdown.running import session
from stepdown.running.run import available_threads, resume, run
from stepdown.scenario import load

if TYPE_CHECKING:
    from pathlib import Path

    from stepdown.scenario import Scenario


HEARD = (signal.SIGINT, signal.SIGTERM, signal.SIGUSR1, signal.SIGUSR2, signal.SIGHUP, signal.SIGXCPU)


def hashes(results: Results) -> dict[str, str]:
    return {name: file["sha256"] for name, file in results.manifest["files"].items()}


class Stopping(Silent):
    """Sends this process a signal once a number of days are lived; 0 for before the first."""

    def __init__(self, number: signal.Signals, after: int) -> None:
        self.number, self.after, self.said = number, after, ""

    def update(self, what: str, done: int, total: int) -> None:
        if (what == "starting") == (self.after == 0) and self.after <= done < total:
            os.kill(os.getpid(), self.number)

    def note(self, text: str) -> None:
        self.said += text


class AtTheIndicators(Stopping):
    """Sends it when every day is lived."""

    def update(self, what: str, done: int, total: int) -> None:  # noqa: ARG002 - a reporter is told
        if what == "indicators":
            os.kill(os.getpid(), self.number)


def stopped(small: Scenario, target: Path, after: int, number: signal.Signals = signal.SIGINT, **more: Any) -> Stopping:
    stopping = Stopping(number, after)
    with pytest.raises(RequeueError if number != signal.SIGINT else Interrupted):
        run(small, seed=7, out=target, progress=stopping, **more)
    return stopping


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 75), (signal.SIGUSR1, 75)], ids=["INT", "TERM", "USR1"]
)
def test_a_run_that_is_stopped_says_so_and_is_resumed_to_the_same_bytes(
    small: Scenario, small_run: Results, tmp_path: Path, number: signal.Signals, code: int
) -> None:
    error = RequeueError if code == 75 else Interrupted
    assert error.exit_code == code
    with pytest.raises(error, match=r"stepdown resume .+/run goes on from 20\d\d-\d\d-\d\d"):
        run(small, seed=7, out=tmp_path / "run", progress=Stopping(number, 1200), threads=1)
    assert [p.name for p in tmp_path.iterdir()] == [".run.partial"]
    found = resume(tmp_path / "run", threads=2)
    assert hashes(found) == hashes(small_run)
    assert verify(tmp_path / "run")
    assert [p.name for p in tmp_path.iterdir()] == ["run"]
    assert len(found.manifest["resumed"]) == 1


def test_a_run_may_be_stopped_again_and_again(small: Scenario, small_run: Results, tmp_path: Path) -> None:
    stopped(small, tmp_path / "run", 10)
    for after in (400, 1096, 1097, 1461, 1700):
        with pytest.raises(RequeueError):
            resume(tmp_path / "run", progress=Stopping(signal.SIGTERM, after))
        assert len(list((tmp_path / ".run.partial" / "snapshots").iterdir())) <= 2
    found = resume(tmp_path / "run")
    assert hashes(found) == hashes(small_run)
    assert len(found.manifest["resumed"]) == 6


def test_a_stop_before_the_first_day_leaves_nothing_or_begins_again(
    small: Scenario, small_run: Results, tmp_path: Path
) -> None:
    with pytest.raises(Interrupted, match="nothing was left"):
        run(small, seed=7, out=tmp_path / "run", progress=Stopping(signal.SIGINT, 0))
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(RequeueError, match="begins again"):
        run(small, seed=7, out=tmp_path / "run", progress=Stopping(signal.SIGTERM, 0))
    assert hashes(resume(tmp_path / "run")) == hashes(small_run)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_stop_after_the_last_day_is_acknowledged_and_the_run_is_finished(
    small: Scenario, small_run: Results, tmp_path: Path, number: signal.Signals
) -> None:
    stopping = AtTheIndicators(number, 0)
    assert hashes(run(small, seed=7, out=tmp_path / "run", progress=stopping)) == hashes(small_run)
    assert stopping.said.count("the run is finished all the same") == 1
    assert [path.name for path in tmp_path.iterdir()] == ["run"]


def test_a_second_interrupt_when_every_file_is_written_leaves_a_run_that_only_wants_its_name(
    small: Scenario, small_run: Results, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(_folder: Path) -> None:
        for _ in range(2):
            os.kill(os.getpid(), signal.SIGINT)

    monkeypatch.setattr(session, "tidy", interrupted)
    with pytest.raises(Interrupted, match=r"it is whole, and stepdown resume .+/run puts it in its place"):
        run(small, seed=7, out=tmp_path / "run")
    found = resume(tmp_path / "run")
    assert hashes(found) == hashes(small_run)
    assert found.manifest["resumed"] == []


def test_a_run_that_is_whole_but_damaged_is_not_said_to_be_whole(
    small: Scenario, small_run: Results, tmp_path: Path
) -> None:
    shutil.copytree(small_run.path, tmp_path / "run")
    with (tmp_path / "run" / "ledger.parquet").open("ab") as file:
        file.write(b"x")
    for again in (lambda: resume(tmp_path / "run"), lambda: run(small, seed=7, out=tmp_path / "run", or_resume=True)):
        with pytest.raises(CorruptError, match=r"ledger.parquet: it has \d+ bytes"):
            again()


def test_signals_are_as_before_when_the_run_is_over(small: Scenario, tmp_path: Path) -> None:
    before = [signal.getsignal(number) for number in HEARD]
    run(small, seed=7, out=tmp_path / "run")
    assert [signal.getsignal(number) for number in HEARD] == before


def test_a_run_in_another_thread_needs_no_signals(small: Scenario, small_run: Results, tmp_path: Path) -> None:
    thread = threading.Thread(target=run, args=(small,), kwargs={"seed": 7, "out": tmp_path / "run"})
    thread.start()
    thread.join()
    assert json.loads((tmp_path / "run" / "manifest.json").read_text())["seed"] == small_run.manifest["seed"]


def test_snapshots_by_time_change_nothing_and_the_last_two_are_kept(
    small: Scenario, small_run: Results, tmp_path: Path
) -> None:
    stopping = stopped(small, tmp_path / "run", 1300, snapshot_every=0.001)
    assert "stopping" in stopping.said or stopping.said == ""
    kept = sorted(p.name for p in (tmp_path / ".run.partial" / "snapshots").iterdir())
    assert len(kept) == 2
    assert hashes(resume(tmp_path / "run", snapshot_every=0.001)) == hashes(small_run)


def test_an_interrupted_run_is_not_swept_by_another_unless_that_is_asked_for(
    small: Scenario, small_run: Results, tmp_path: Path
) -> None:
    stopped(small, tmp_path / "run", 1200)
    with pytest.raises(OutputExistsError, match="stepdown resume .+ finishes it"):
        run(small, seed=7, out=tmp_path / "run")
    assert hashes(run(small, seed=7, out=tmp_path / "run", overwrite=True)) == hashes(small_run)


@pytest.mark.parametrize("victim", ["events/2024.arrow", "parts/ledger-2024.arrow", "snapshot", "both"])
def test_what_was_damaged_meanwhile_is_made_again(
    small: Scenario, small_run: Results, tmp_path: Path, victim: str
) -> None:
    stopped(small, tmp_path / "run", 1300)
    with pytest.raises(RequeueError):
        resume(tmp_path / "run", progress=Stopping(signal.SIGTERM, 1600))
    partial = tmp_path / ".run.partial"
    kept = sorted((partial / "snapshots").iterdir())
    assert len(kept) == 2
    victims = {"snapshot": kept[-1:], "both": kept}.get(victim, [partial / victim])
    for path in victims:
        data = bytearray(path.read_bytes())
        data[len(data) // 3] ^= 1
        path.write_bytes(data)
    assert hashes(resume(tmp_path / "run")) == hashes(small_run)


def test_a_run_without_its_snapshots_begins_again(small: Scenario, small_run: Results, tmp_path: Path) -> None:
    stopped(small, tmp_path / "run", 1300)
    shutil.rmtree(tmp_path / ".run.partial" / "snapshots")
    assert hashes(resume(tmp_path / "run")) == hashes(small_run)


def test_nothing_is_resumed_where_there_is_nothing(small: Scenario, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="there is nothing to resume"):
        resume(tmp_path / "run")
    run(small, seed=7, out=tmp_path / "run")
    assert resume(tmp_path / "run").manifest["seed"] == 7
    assert [p.name for p in tmp_path.iterdir()] == ["run"]


def test_a_run_of_other_code_or_with_another_scenario_is_not_resumed(small: Scenario, tmp_path: Path) -> None:
    stopped(small, tmp_path / "run", 1300)
    partial = tmp_path / ".run.partial"
    journal = (partial / "journal.json").read_text()
    told = json.loads(journal)
    told["order"]["code"] = "0" * 64
    (partial / "journal.json").write_text(manifest_seal.sealed(told))
    with pytest.raises(UsageError, match="begun by other code"):
        resume(tmp_path / "run")
    (partial / "journal.json").write_text(journal)
    toml = (partial / "scenario.toml").read_text()
    (partial / "scenario.toml").write_text(toml.replace("years = 2", "years = 3"))
    with pytest.raises(UsageError, match="not those with which the run was begun"):
        resume(tmp_path / "run")
    (partial / "journal.json").write_text("{")
    with pytest.raises(CorruptError, match="can't be read"):
        resume(tmp_path / "run")
    assert (partial / "snapshots").is_dir()


PROGRAM = """
import sys
from stepdown.running.run import run
from stepdown.scenario import load
run(load("baseline", population=0.002, years=2), seed=7, out="run", threads=2, snapshot_every=0.02)
"""


@pytest.mark.parametrize("seed", range(6))
def test_after_a_kill_at_a_random_moment_the_run_is_resumed(small_run: Results, tmp_path: Path, seed: int) -> None:
    with subprocess.Popen([sys.executable, "-c", PROGRAM], cwd=tmp_path, stderr=subprocess.DEVNULL) as process:
        partial = tmp_path / ".run.partial"
        while process.poll() is None and not (partial / "journal.json").exists():
            time.sleep(0.01)
        time.sleep(random.Random(seed).uniform(0, 0.6))
        process.kill()
    if not (tmp_path / "run").exists():
        resume(tmp_path / "run", threads=1)
    found = resume(tmp_path / "run")
    assert hashes(found) == hashes(small_run)
    assert [p.name for p in tmp_path.iterdir() if p.name != ".run.lock"] == ["run"]


DIES_ON_1_APRIL = """
import os, signal
from stepdown.model import SecureCareModel
from stepdown.running.run import run
from stepdown.scenario import day, load
from datetime import date

year_end, write = day(date(2025, 4, 1)), SecureCareModel.snapshot

def write_and_die(self, *args, **more):
    write(self, *args, **more)
    if self.core.day == self.core.since == year_end:
        os.kill(os.getpid(), signal.SIGKILL)

SecureCareModel.snapshot = write_and_die
run(load("baseline", population=0.002, years=2), seed=7, out="run", threads=2, snapshot_every=1e-9)
"""


def test_a_year_that_is_closed_outlives_a_kill_between_a_snapshot_and_the_journal(
    small_run: Results, tmp_path: Path
) -> None:
    died = subprocess.run([sys.executable, "-c", DIES_ON_1_APRIL], cwd=tmp_path, check=False, stderr=subprocess.DEVNULL)
    assert died.returncode == -signal.SIGKILL
    partial = tmp_path / ".run.partial"
    assert (partial / "events" / "2024.arrow").exists()
    written = sorted(p.name for p in (partial / "snapshots").glob("2025-04-01-*.snapshot"))
    assert written == ["2025-04-01-since-2024-04-01.snapshot", "2025-04-01-since-2025-04-01.snapshot"]
    assert hashes(resume(tmp_path / "run")) == hashes(small_run)
    assert verify(tmp_path / "run")


def test_a_snapshot_under_the_name_of_another_is_not_gone_on_from(
    small: Scenario, small_run: Results, tmp_path: Path
) -> None:
    stopped(small, tmp_path / "run", 1300)
    with pytest.raises(RequeueError):
        resume(tmp_path / "run", progress=Stopping(signal.SIGTERM, 1600))
    first, second = sorted((tmp_path / ".run.partial" / "snapshots").iterdir())
    shutil.copy(first, second)
    progress = Stopping(signal.SIGTERM, 10_000)
    assert hashes(resume(tmp_path / "run", progress=progress)) == hashes(small_run)
    assert "it is not the state that the journal names; going back" in progress.said


def test_a_broken_invariant_leaves_what_was_written(
    small: Scenario, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_: SecureCareModel) -> None:
        raise InvariantError("somebody is in two places")

    monkeypatch.setattr(SecureCareModel, "commission", broken)
    with pytest.raises(InvariantError, match=r"in two places; what was written is kept in .+/\.run\.partial"):
        run(small, seed=7, out=tmp_path / "run")
    assert (tmp_path / ".run.partial" / "journal.json").exists()
    monkeypatch.undo()
    assert verify(resume(tmp_path / "run").path)


def test_a_run_killed_between_its_manifest_and_its_name_is_whole(
    small: Scenario, small_run: Results, tmp_path: Path
) -> None:
    run(small, seed=7, out=tmp_path / "run")
    (tmp_path / "run").rename(tmp_path / ".run.partial")
    (tmp_path / ".run.partial" / "parts").mkdir()
    found = resume(tmp_path / "run")
    assert hashes(found) == hashes(small_run)
    assert verify(tmp_path / "run")


def test_a_run_killed_between_its_name_and_the_end_of_its_journal_is_whole(
    small: Scenario, small_run: Results, tmp_path: Path
) -> None:
    run(small, seed=7, out=tmp_path / "run")
    (tmp_path / "run" / "journal.json").write_text("{}")
    assert verify(tmp_path / "run")
    assert hashes(run(small, seed=7, out=tmp_path / "run", or_resume=True)) == hashes(small_run)
    assert not (tmp_path / "run" / "journal.json").exists()


# ---- Forks --------------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def left(small: Scenario, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with snapshots of several mornings of the small baseline."""
    folder = tmp_path_factory.mktemp("forks")
    days = [date(2023, 5, 5), date(2024, 4, 1), date(2024, 11, 3), date(2025, 4, 1), date(2025, 12, 24)]
    run(small, seed=7, out=folder / "run", snapshot_at=days)
    return folder


@pytest.mark.parametrize("day", ["2023-05-05", "2024-04-01", "2024-11-03", "2025-04-01", "2025-12-24"])
def test_a_fork_with_the_same_policy_has_the_same_bytes(
    small: Scenario, small_run: Results, left: Path, tmp_path: Path, day: str
) -> None:
    found = run(small, out=tmp_path / "fork", snapshot=left / f"run-{day}.snapshot", threads=2)
    assert hashes(found) == hashes(small_run)
    assert found.manifest["from"]["date"] == day
    assert verify(tmp_path / "fork")


def test_a_fork_with_another_policy_is_the_whole_run_of_that_policy(left: Path, tmp_path: Path) -> None:
    later = {"transfer_limit": [{"value": 14, "from": "2024-12-01"}]}
    policy = load("baseline", population=0.002, years=3, levers=later)
    fork = run(policy, out=tmp_path / "fork", snapshot=left / "run-2024-11-03.snapshot")
    assert hashes(fork) == hashes(run(policy, seed=7, out=tmp_path / "whole"))


def test_a_fork_that_is_stopped_is_resumed(small: Scenario, small_run: Results, left: Path, tmp_path: Path) -> None:
    snapshot = left / "run-2024-11-03.snapshot"
    with pytest.raises(RequeueError):
        run(small, out=tmp_path / "fork", snapshot=snapshot, progress=Stopping(signal.SIGTERM, 1500))
    shutil.copy(snapshot, tmp_path / "away")
    assert hashes(resume(tmp_path / "fork")) == hashes(small_run)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"levers": {"transfer_limit": [{"value": 14, "from": "2024-05-01"}]}}, "may part .+ from 2024-11-03 on"),
        ({"parameters": {"relapse.year1": 0.9}}, r"parameters\.relapse\.year1 is .+ in the snapshot and 0\.9"),
        ({"population": 0.003}, r"mode\.fraction is 0\.002 in the snapshot and 0\.003"),
    ],
)
def test_a_fork_whose_past_is_another_is_refused_with_the_reason(
    left: Path, tmp_path: Path, change: dict[str, Any], reason: str
) -> None:
    other = load("baseline", **{"population": 0.002, "years": 2, **change})
    with pytest.raises(ScenarioError, match=reason):
        run(other, out=tmp_path / "fork", snapshot=left / "run-2024-11-03.snapshot")
    assert list(tmp_path.iterdir()) == []


def test_another_seed_than_the_snapshots_is_refused(small: Scenario, left: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="seed: 8; allowed: that of the snapshot, 7"):
        run(small, seed=8, out=tmp_path / "fork", snapshot=left / "run-2024-11-03.snapshot")


def test_a_snapshot_is_left_for_days_of_the_run_only_and_never_over_another(small: Scenario, tmp_path: Path) -> None:
    with pytest.raises(ScenarioError, match="snapshot_at: 2031-01-01; allowed: days from 2021-"):
        run(small, out=tmp_path / "run", snapshot_at=[date(2031, 1, 1)])
    (tmp_path / "run-2024-05-01.snapshot").write_text("mine")
    with pytest.raises(OutputExistsError, match="it is there already"):
        run(small, out=tmp_path / "run", snapshot_at=[date(2024, 5, 1)])
    assert (tmp_path / "run-2024-05-01.snapshot").read_text() == "mine"


def test_the_command_line_stops_resumes_and_forks(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    few = ("--population", "0.001", "--years", "1")
    ordered = ["run", "baseline", *few, "--seed", "7", "--out", str(tmp_path / "run"), "--snapshot-at", "2024-06-01"]
    assert invoke([*ordered, "--snapshot-every", "0"]) == 0
    snapshot = str(tmp_path / "run-2024-06-01.snapshot")
    assert invoke(["run", "baseline", *few, "--from", snapshot, "--out", str(tmp_path / "fork")]) == 0
    assert invoke(["resume", str(tmp_path / "fork")]) == 0
    assert invoke(["resume", str(tmp_path / "nothing")]) == 2
    assert invoke(["run", "baseline", *few, "--from", str(tmp_path / "run"), "--out", str(tmp_path / "x")]) == 6
    assert invoke(["run", "unlimited", *few, "--from", snapshot, "--out", str(tmp_path / "x")]) == 3
    assert invoke([*ordered, "--snapshot-every", "often"]) == 2
    said = capsys.readouterr().err
    assert 'mode.capacity is "limited" in the snapshot and "unlimited" in the scenario' in said
    assert "a number of minutes" in said
    assert hashes(Results(tmp_path / "fork")) == hashes(Results(tmp_path / "run"))


def test_a_fork_may_charge_more_people_once_no_year_of_theirs_was_told_ahead(tmp_path: Path) -> None:
    six = {"population": 0.001, "years": 6, "settle_days": 366}
    run(load("baseline", **six), seed=7, out=tmp_path / "base", snapshot_at=[date(2024, 6, 1)])
    later, sooner = (load("baseline", **six, arrests={"value": 3, "from": f"{year}-04-01"}) for year in (2028, 2027))
    snapshot = tmp_path / "base-2024-06-01.snapshot"
    whole = run(later, seed=7, out=tmp_path / "whole")
    assert run(later, out=tmp_path / "fork", snapshot=snapshot).manifest["files"] == whole.manifest["files"]
    with pytest.raises(ScenarioError, match=r"population\.years is absent in the snapshot"):
        run(sooner, out=tmp_path / "sooner", snapshot=snapshot)


# ---- One command for a queue ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("number", [signal.SIGHUP, signal.SIGUSR2, signal.SIGXCPU], ids=["HUP", "USR2", "XCPU"])
def test_what_a_scheduler_sends_leaves_a_snapshot_and_the_same_call_goes_on(
    small: Scenario, small_run: Results, tmp_path: Path, number: signal.Signals
) -> None:
    stopped(small, tmp_path / "run", 1200, number, or_resume=True)
    stopped(small, tmp_path / "run", 1500, number, or_resume=True)
    found = run(small, seed=7, out=tmp_path / "run", or_resume=True)
    assert hashes(found) == hashes(small_run)
    assert len(found.manifest["resumed"]) == 2
    before = (tmp_path / "run" / "manifest.json").stat()
    assert run(small, seed=7, out=tmp_path / "run", or_resume=True, threads=1).path == found.path
    assert (tmp_path / "run" / "manifest.json").stat() == before
    assert [p.name for p in tmp_path.iterdir()] == ["run"]


def test_a_run_that_was_ordered_and_no_more_is_begun_by_the_same_call(
    small: Scenario, small_run: Results, tmp_path: Path
) -> None:
    stopped(small, tmp_path / "run", 0, signal.SIGTERM, or_resume=True)
    assert hashes(run(small, seed=7, out=tmp_path / "run", or_resume=True)) == hashes(small_run)
    (tmp_path / "empty").mkdir()
    (tmp_path / ".empty.partial").mkdir()
    assert hashes(run(small, seed=7, out=tmp_path / "empty", or_resume=True)) == hashes(small_run)


def test_a_run_whose_record_is_written_can_be_asked_for_again(small: Scenario, tmp_path: Path) -> None:
    record = tmp_path / "small.inflow"
    whole = run(small, seed=7, out=tmp_path / "whole", record_inflow=record)
    written = record.read_bytes()
    again = run(small, seed=7, out=tmp_path / "run", record_inflow=record, or_resume=True)
    assert again.manifest["files"] == whole.manifest["files"]
    assert record.read_bytes() == written
    record.write_bytes(b"mine")
    with pytest.raises(OutputExistsError, match="it is there already"):
        run(small, seed=7, out=tmp_path / "third", record_inflow=record, or_resume=True)
    assert record.read_bytes() == b"mine"


@pytest.mark.parametrize("whole", [True, False], ids=["whole", "begun"])
def test_another_run_is_not_gone_on_with(small: Scenario, tmp_path: Path, *, whole: bool) -> None:
    few = load("baseline", population=0.001, years=1)
    if whole:
        run(few, seed=7, out=tmp_path / "run")
    else:
        stopped(few, tmp_path / "run", 1200)
    for other, seed, what in ((few, 8, "seed: 7, and 8"), (small, 7, "plan: [0-9a-f]{64}, and")):
        with pytest.raises(OutputExistsError, match=rf"the run there is another one \({what}"):
            run(other, seed=seed, out=tmp_path / "run", or_resume=True)
    with pytest.raises(UsageError, match="allowed: to resume, or to overwrite"):
        run(few, seed=7, out=tmp_path / "run", or_resume=True, overwrite=True)
    assert verify(run(few, seed=7, out=tmp_path / "run", or_resume=True).path)


def test_the_same_command_begins_goes_on_and_is_content(tmp_path: Path) -> None:
    command = ["run", "baseline", "--population", "0.001", "--years", "1", "--out", str(tmp_path / "run"), "--resume"]
    assert invoke(command) == 0
    assert invoke(command) == 0
    assert invoke([*command, "--seed", "2"]) == 2


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGUSR1], ids=["TERM", "HUP", "USR1"])
def test_a_signal_while_the_package_is_loaded_ends_with_75_and_a_sentence(
    tmp_path: Path, number: signal.Signals
) -> None:
    loading = f"""
import os, signal, sys
from stepdown import __main__
sys.argv = ["stepdown", "run", "baseline", "--out", "run"]
class Signalled:
    def find_spec(self, name, path=None, target=None):
        if name == "stepdown.cli":
            os.kill(os.getpid(), {int(number)})
sys.meta_path.insert(0, Signalled())
__main__.main()
"""
    done = subprocess.run([sys.executable, "-c", loading], cwd=tmp_path, check=False, capture_output=True, text=True)
    assert (done.returncode, list(tmp_path.iterdir())) == (75, [])
    assert done.stderr == f"stepdown: stopped by {number.name} before the run began; the same command begins it again\n"


def test_a_scheduler_says_how_many_threads_there_are(monkeypatch: pytest.MonkeyPatch) -> None:
    here = available_threads()
    for name in ("SLURM_CPUS_PER_TASK", "NSLOTS", "PBS_NCPUS"):
        for said, expected in (("1", 1), ("100000", here), ("", here), ("many", here), ("0", here)):
            monkeypatch.setenv(name, said)
            assert available_threads() == expected
        monkeypatch.delenv(name)

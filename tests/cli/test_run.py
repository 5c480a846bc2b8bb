"""`stepdown run` and what can be asked of a run."""

import json
import re
import signal
import subprocess
import sys
from pathlib import Path

import pyarrow.compute as pc
import pytest

from stepdown import scenario
from stepdown.cli import invoke
from stepdown.errors import OutputExistsError
from stepdown.results import Results
from stepdown.running.run import run as run_in_python

SMALL = ("--population", "0.002", "--years", "1", "--seed", "7")


@pytest.mark.parametrize("name", scenario.names())
def test_every_scenario_runs_small_with_its_invariants_checked(name: str, tmp_path: Path) -> None:
    assert invoke(["run", name, *SMALL, "--check", "--out", str(tmp_path / "run")]) == 0


def test_a_run_prints_its_folder_and_tells_the_rest_to_stderr(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "run"
    assert invoke(["run", "baseline", *SMALL, "--out", str(folder)]) == 0
    out, err = capsys.readouterr()
    assert out == f"{folder}\n"
    assert "person-days/s\n" in err
    assert re.search(r"^patients ready to leave +[\d,]+$", err, re.MULTILINE)
    assert err.endswith("next: stepdown init my-study\n")
    assert (folder / "manifest.json").is_file()


def test_a_run_that_is_there_is_replaced_only_if_that_is_asked_for(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["run", "baseline", *SMALL, "--out", str(tmp_path / "run")]
    assert invoke(arguments) == 0
    capsys.readouterr()
    assert invoke(arguments) == 2
    assert "or give --overwrite to replace the run" in capsys.readouterr().err
    with pytest.raises(OutputExistsError, match="or give overwrite=True to replace the run"):
        run_in_python(scenario.load("baseline", population=0.002, years=1), seed=7, out=tmp_path / "run")
    folder = tmp_path / "exported"
    assert invoke(["export", str(tmp_path / "run"), "--parquet", str(folder)]) == 0
    capsys.readouterr()
    assert invoke(["export", str(tmp_path / "run"), "--parquet", str(folder)]) == 2
    assert "or give --overwrite to replace the export" in capsys.readouterr().err
    assert invoke([*arguments, "--overwrite", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["seed"] == 7


def test_a_decision_in_the_data_is_explained_with_the_answer_that_it_had(
    small_run: Results, capsys: pytest.CaptureFixture[str]
) -> None:
    events = small_run.table("events")
    chosen = events.filter(pc.and_(pc.equal(events["event"], "decision"), pc.equal(events["decision"], "review")))
    row = chosen.slice(0, 1).to_pylist()[0]
    arguments = ["explain", "review", "--person", str(row["person"]), "--day", str(row["day"])]
    arguments += ["--population", "0.002", "--seed", "7"]
    assert invoke([*arguments, "--json"]) == 0
    (trace,) = json.loads(capsys.readouterr().out)
    assert trace["answer"] in trace["allowed"]
    assert row["to"].endswith(trace["answer"])
    assert set(trace["scores"]) == set(trace["draws"]) == set(trace["probabilities"])
    assert invoke(arguments) == 0
    text = capsys.readouterr().out
    assert text.startswith(f"review on {row['day']}, by {row['unit']}: {trace['answer']}\n")
    assert "case.reading = " in text


def test_a_day_on_which_nobody_asked_is_said_in_one_sentence(
    small_run: Results, capsys: pytest.CaptureFixture[str]
) -> None:
    person = small_run.table("people")["person"][0].as_py()
    arguments = ["explain", "warrant", "--person", str(person), "--day", "2024-04-03"]
    assert invoke([*arguments, "--population", "0.002", "--seed", "7"]) == 2
    assert f"person {person} was not asked for warrant on 2024-04-03" in capsys.readouterr().err


def test_control_c_ends_the_command_with_130_and_leaves_a_snapshot(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "stepdown", "run", "baseline", "--population", "0.05", "--out", "run"]
    with subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        for line in process.stderr:
            if line.startswith("settling"):
                break
        process.send_signal(signal.SIGINT)
        code = process.wait(timeout=30)
        assert code == 130
        assert process.stdout.read() == ""
        assert process.stderr.read().splitlines()[-1].startswith("stepdown: interrupted")
    (kept,) = (tmp_path / ".run.partial" / "snapshots").iterdir()
    assert kept.suffix == ".snapshot"


def test_a_recorded_inflow_is_written_read_and_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    record = tmp_path / "small.inflow"
    small = ["run", "baseline", *SMALL]
    assert invoke([*small, "--out", str(tmp_path / "first"), "--record-inflow", str(record)]) == 0
    assert invoke([*small, "--out", str(tmp_path / "second"), "--inflow", str(record)]) == 0
    first, second = (Results(tmp_path / name).manifest["files"] for name in ("first", "second"))
    assert first == second
    capsys.readouterr()
    assert invoke([*small, "--seed", "8", "--out", str(tmp_path / "third"), "--inflow", str(record)]) == 2
    assert "seed: 8, and the record has 7" in capsys.readouterr().err
    record.write_bytes(record.read_bytes()[:-1])
    assert invoke([*small, "--out", str(tmp_path / "third"), "--inflow", str(record)]) == 6
    assert f"{record}: its SHA-256 is not that of what it holds" in capsys.readouterr().err
    assert not (tmp_path / "third").exists()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGXCPU])
def test_a_signal_while_python_ends_changes_no_code(number: signal.Signals) -> None:
    program = (
        f"import atexit, os, sys; atexit.register(os.kill, os.getpid(), {int(number)}); "
        "sys.argv = ['stepdown', '--version']; from stepdown.__main__ import main; main()"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")


def test_an_interrupt_that_no_command_caught_is_told(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupted(_name: str) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("stepdown.scenario.load", interrupted)
    assert invoke(["validate", "baseline"]) == 130
    assert capsys.readouterr().err.strip() == "stepdown: interrupted"

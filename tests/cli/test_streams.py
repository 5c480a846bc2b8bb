"""Reporting never costs a run: streams that are full, closed or without a reader, and terminals and places of little ability."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from stepdown.progress import Bar, Lines, reporter
from stepdown.results import Results
from stepdown.results.verify import verify
from stepdown.running.run import run
from stepdown.scenario import load

STEPDOWN = f"{sys.executable} -m stepdown"
RUN = f"{STEPDOWN} run baseline --population 0.0005 --years 1 --out run"

FULL = Path("/dev/full")


def shell(folder: Path, line: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a line of Bash; its code is that of its first command."""
    return subprocess.run(
        ["bash", "-c", f"{line}; exit ${{PIPESTATUS[0]}}"],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
        env={**os.environ, **environment},
    )


@pytest.mark.parametrize(
    ("redirected", "code"),
    [
        ("2>&1 | head -1", 0),
        ("2>&1 | true", 0),
        ("2>&-", 0),
        ("2>/dev/full", 0),
        ("| true", 0),
        ("--json | head -c 1", 0),
        ("<&-", 0),
        (">&-", 2),
        (">/dev/full", 2),
        ("--json >/dev/full", 2),
        (">&- 2>&- <&-", 2),
        (">/dev/full 2>/dev/full", 2),
    ],
)
def test_a_run_is_whole_whatever_becomes_of_its_streams(tmp_path: Path, redirected: str, code: int) -> None:
    if "/dev/full" in redirected and not FULL.exists():
        pytest.skip("this machine has no /dev/full")
    done = shell(tmp_path, f"{RUN} {redirected}")
    assert done.returncode == code, done.stderr
    assert "Traceback" not in done.stderr and "Exception ignored" not in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["run"]
    assert verify(tmp_path / "run")
    if code and "2>" not in redirected:
        assert "stdout can't be written" in done.stderr


@pytest.mark.parametrize("command", ["--help", "schema", "explain day --json"])
@pytest.mark.parametrize(("redirected", "code"), [("| true", 0), (">&-", 2), ("2>&-", 0)])
def test_every_command_says_what_it_can(tmp_path: Path, command: str, redirected: str, code: int) -> None:
    done = shell(tmp_path, f"{STEPDOWN} {command} {redirected}")
    assert (done.returncode, "Traceback" in done.stderr) == (code, False), done.stderr


def test_a_verdict_keeps_its_code_where_its_reader_has_gone(tmp_path: Path) -> None:
    run(load("baseline", population=0.0005, years=1), out=tmp_path / "run")
    with (tmp_path / "run" / "indicators.parquet").open("ab") as file:
        file.write(b"more")
    for redirected in ("| true", "--json | true", "2>&- >&-", "2>&1 | true"):
        assert shell(tmp_path, f"{STEPDOWN} verify run {redirected}").returncode == 6, redirected


@pytest.mark.parametrize(
    "environment",
    [
        {"PYTHONIOENCODING": "ascii"},
        {"LANG": "C", "LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
        {"TERM": "dumb"},
        {"TERM": "", "COLUMNS": "0", "LINES": "x"},
        {"HOME": "/nowhere"},
        {"HOME": ""},
    ],
    ids=str,
)
def test_places_of_little_ability_are_enough(tmp_path: Path, environment: dict[str, str]) -> None:
    assert shell(tmp_path, RUN, **environment).returncode == 0
    assert verify(tmp_path / "run")
    for command in ("schema parameters", "cache"):
        assert shell(tmp_path, f"{STEPDOWN} {command}", **environment).returncode == 0, command
    found = shell(tmp_path, f"{STEPDOWN} explain parameters --json", **environment)
    assert json.loads(found.stdout)


def test_without_a_home_the_command_line_works(tmp_path: Path) -> None:
    assert shell(tmp_path, f"env -u HOME {RUN}").returncode == 0
    assert shell(tmp_path, f"env -u HOME {STEPDOWN} cache").returncode == 0


@pytest.mark.parametrize("stream", [None, "closed", "full"])
def test_progress_never_stops_a_run_in_python(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, stream: str | None
) -> None:
    if stream == "full" and not FULL.exists():
        pytest.skip("this machine has no /dev/full")
    with (FULL if stream == "full" else Path(os.devnull)).open("w") as file:
        if stream == "closed":
            file.close()
        monkeypatch.setattr(sys, "stderr", None if stream is None else file)
        found = run(load("baseline", population=0.0005, years=1), out=tmp_path / "run", progress=reporter())
        monkeypatch.undo()
        if stream == "full":
            os.dup2(os.open(os.devnull, os.O_WRONLY), file.fileno())
    assert isinstance(found, Results) and verify(found.path)


def test_a_dumb_terminal_gets_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    for term, kind in (("dumb", Lines), ("xterm", Bar)):
        monkeypatch.setenv("TERM", term)
        monkeypatch.setenv("FORCE_COLOR", "1")
        assert type(reporter()) is kind


def test_escape_sequences_of_files_never_reach_a_terminal(tmp_path: Path) -> None:
    evil = "\x1b[2J\x9b31m\u202e"
    (tmp_path / "evil.toml").write_text(
        f'title = {json.dumps(evil)}\nwhy = "w"\nextends = "baseline"\n{json.dumps("key" + evil)} = 1\n',
        encoding="utf-8",
    )
    (tmp_path / f"{evil}.toml").write_text("title = 1", encoding="utf-8")
    (tmp_path / "titled.toml").write_text(
        f'title = {json.dumps(evil)}\nwhy = "w"\nextends = "baseline"\n', encoding="utf-8"
    )
    for line in (
        "validate evil.toml",
        "validate *31m*.toml",
        "validate titled.toml --resolved",
        "validate titled.toml --json",
    ):
        done = shell(tmp_path, f"{STEPDOWN} {line}")
        assert not set(evil[0] + "\x9b\u202e") & set(done.stdout + done.stderr), line
    assert json.loads(done.stdout)[0]["title"] == evil

"""The manners of the command line: help where it is asked for, one line for each fault, what was meant, and quiet."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from stepdown.cli import invoke

if TYPE_CHECKING:
    from pathlib import Path

HEAD = 'title = "t"\nwhy = "w"\nextends = "baseline"\n'


def refused(capsys: pytest.CaptureFixture[str], *arguments: str, code: int) -> list[str]:
    """Run a command line that is refused; return the lines that it says."""
    assert invoke(arguments) == code
    out, err = capsys.readouterr()
    assert out == ""
    return err.splitlines()


@pytest.mark.parametrize("group", [[], ["sweep"]])
def test_a_group_alone_shows_its_help_with_descriptions_in_full(
    group: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert invoke(group) == 0
    text = capsys.readouterr().out
    assert text.startswith("Usage: ")
    assert "..." not in text.partition("Commands:")[2]


def test_h_is_help(capsys: pytest.CaptureFixture[str]) -> None:
    assert invoke(["run", "-h"]) == 0
    assert "Example: stepdown run" in capsys.readouterr().out


def test_a_refusal_points_at_the_help_of_its_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert refused(capsys, "run", "--sead", "3", code=2)[0].endswith("; see stepdown run --help")
    assert refused(capsys, "sweep", "emit", "x", "--for", code=2)[0].endswith("; see stepdown sweep emit --help")
    assert refused(capsys, "rum", code=2)[0].endswith("; see stepdown --help")


def test_a_refusal_is_json_where_that_is_asked_for(capsys: pytest.CaptureFixture[str]) -> None:
    (line,) = refused(capsys, "run", "basline", "--json", code=3)
    told = json.loads(line)
    assert told["exit_code"] == 3
    assert "did you mean baseline?" in told["error"]
    assert json.loads(*refused(capsys, "verify", "--json", code=2))["help"] == "stepdown verify --help"


def test_all_faults_of_files_are_told_at_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    one, two = tmp_path / "one.toml", tmp_path / "two.toml"
    one.write_text(
        HEAD
        + 'population = 3\n[levers.supported_places]\nvalue = 5\nareas = ["Lndon"]\n[levers.transfer_limit]\nvlaue = 14\n'
        '[parameters]\n"relapse.yaer1" = 0.2\n',
        encoding="utf-8",
    )
    two.write_text(HEAD + "[levers.transfer_limit]\nvalue = 9999\n", encoding="utf-8")
    lines = refused(capsys, "validate", str(one), str(two), code=3)
    expected = (
        "at most 1",
        "vlaue: not known; did you mean value?",
        "relapse.year1",
        "did you mean London?",
        "0 to 365",
    )
    assert len(lines) == len(expected)
    for says in expected:
        assert sum(says in line for line in lines) == 1, says


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[[levers.beds]]\ntier = 'low'\nbeds = 9\n", "did you mean [[levers.beds.low]], with from and beds?"),
        ("[levers]\ntransfer_limit = 14\n", "did you mean transfer_limit = { value = 14 }?"),
        ("[levers.supported_places]\nvalue = 0,5\n", "0,5 is not a number; did you mean 0.5?"),
        ("[levers.supported_places]\nvalue = '0,5'\n", "did you mean 0.5?"),
        ("population = '0,01'\n", "did you mean 0.01?"),
        ("[levers.transfer_limit]\nvalue = 14\nform = 2025-04-01\n", "form: not known; did you mean from?"),
    ],
)
def test_a_slip_is_answered_with_what_was_meant(
    text: str, says: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "slip.toml"
    file.write_text(HEAD + text, encoding="utf-8")
    (line,) = refused(capsys, "validate", str(file), code=3)
    assert says in line


def test_a_file_that_has_forgotten_its_parent_has_one_fault(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "lone.toml"
    file.write_text('title = "t"\nwhy = "w"\n', encoding="utf-8")
    (line,) = refused(capsys, "validate", str(file), code=3)
    assert 'did you forget extends = "baseline"?' in line


def test_a_decimal_comma_of_an_option_is_answered(capsys: pytest.CaptureFixture[str]) -> None:
    (line,) = refused(capsys, "run", "baseline", "--population", "0,01", code=2)
    assert "did you mean 0.01?" in line


def test_quiet_prints_data_and_nothing_else(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["run", "baseline", "--population", "0.001", "--years", "1", "--out", str(tmp_path / "run")]
    assert invoke([*arguments, "--quiet"]) == 0
    assert capsys.readouterr() == (f"{tmp_path / 'run'}\n", "")
    assert refused(capsys, *arguments, "-q", code=2)


@pytest.mark.parametrize(
    ("topic", "row"), [("areas", "Kent and Medway"), ("units", "Rampton"), ("indicators", "occupancy")]
)
def test_what_can_be_named_is_listed(topic: str, row: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert invoke(["explain", topic]) == 0
    assert row in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "found"),
    [("stepdown valid", ["validate", "validate-model"]), ("stepdown run med", ["medium-beds"])],
)
def test_the_shell_completes_commands_and_scenarios(words: str, found: list[str]) -> None:
    asked = {"_STEPDOWN_COMPLETE": "complete_bash", "COMP_WORDS": words, "COMP_CWORD": str(words.count(" "))}
    done = subprocess.run(
        [sys.executable, "-m", "stepdown"], env=os.environ | asked, capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == found
    assert done.stderr == ""

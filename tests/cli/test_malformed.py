"""Malformed scenarios and command lines: each refused in one sentence, with its exit code, and nothing written."""

import subprocess
import sys
import time
from pathlib import Path

import pytest

from stepdown.cli import invoke

HEAD = 'title = "t"\nwhy = "w"\nextends = "baseline"\n'

SCENARIOS: list[tuple[str, int, str]] = [
    (
        HEAD
        + 2 * "[[levers.beds.medium]]\nfrom = 2025-04-01\nbeds = 12\n"
        + "[[levers.beds.medium]]\nfrom = 2024-13-01\nbeds = 12\n",
        3,
        "x.toml: levers.beds.medium[2].from: 2024-13-01 is not a date (YYYY-MM-DD), line 11",
    ),
    (HEAD + '[levers.transfer_limit]\nvalue = 14\nfrom = "next year"\n', 3, "next year is not a date (YYYY-MM-DD)"),
    (HEAD + "[levers.transfer_limt]\nvalue = 14\n", 3, "levers.transfer_limt: not known; did you mean transfer_limit?"),
    (HEAD + "[levers.transfer_limit]\nvalu = 14\n", 3, "levers.transfer_limit.valu: not known; did you mean value?"),
    (HEAD + "[levers.transfer_limit]\nvalue = 14\nday = 3\n", 3, "levers.transfer_limit.day: not known"),
    (
        HEAD + "[levers.transfer_limit]\nvalue = -1\n",
        3,
        "levers.transfer_limit.value: -1; allowed: 0 to 365 [d], line 5",
    ),
    (HEAD + "[levers.transfer_limit]\nvalue = true\n", 3, "true is not a number"),
    (HEAD + '[levers.contract]\nvalue = "blok"\n', 3, "'blok'; allowed: block, payment by results, pathway package"),
    (HEAD + "[levers.local_first]\nvalue = 0.5\n", 3, "0.5; allowed: whole numbers from 0 to 1"),
    (HEAD + "levers = 3\n", 3, "levers: 3 is not a table"),
    (HEAD + "[levers]\ntransfer_limit = 14\n", 3, "levers.transfer_limit: 14 is not a list"),
    (
        HEAD + '[levers.transfer_limit]\nvalue = 14\nareas = ["Lundon"]\n',
        3,
        "'Lundon' is not known; did you mean London?",
    ),
    (
        HEAD + "[levers.transfer_limit]\nvalue = 14\nfrom = 2026-04-01\nuntil = 2025-04-01\n",
        3,
        "until: 2025-04-01 is not after 2026-04-01",
    ),
    (HEAD + '[levers.tribunal_capacity]\nvalue = 2\nareas = ["London"]\n', 3, "one tribunal for all England"),
    (HEAD + "[levers.transfer_limit]\nvalue = 14\nramp_days = 30\n", 3, "30 days, but no day from which to ramp"),
    (
        HEAD + '[levers.contract]\nvalue = "block"\nfrom = 2025-04-01\nramp_days = 30\n',
        3,
        "levers.contract.ramp_days: 30; allowed: 0, as a ramp from one contract to another",
    ),
    (HEAD + "[[levers.beds.low]]\nfrom = 2025-04-01\nbeds = -4000\n", 3, "at least -3003, the beds that there are"),
    (HEAD + '[[levers.beds.low]]\nfrom = 2025-04-01\nbeds = 9\nunit = "Rampton Hospital"\n', 3, "no low secure unit"),
    (HEAD + "colour = 1\n", 3, "colour: not known; allowed: title, why"),
    (HEAD + "population = 0\n", 3, "population: 0; allowed: at least 1e-06, line 4"),
    (HEAD + "population = 9e-7\n", 3, "population: 9e-07; allowed: at least 1e-06, line 4"),
    (HEAD + 'population = "0.5"\n', 3, 'population: "0.5" is not a number, line 4'),
    (HEAD + '[calendar]\nyears = "5"\n', 3, 'calendar.years: "5" is not a number, line 5'),
    (HEAD + "draw = 4294967296\n", 3, "draw: 4294967296; allowed: at most 4294967295, line 4"),
    (HEAD + "population = nan\n", 3, "population: nan is not a finite number"),
    (HEAD + 'exact = "dayly"\n', 3, 'exact: "dayly"; allowed: events, daily; did you mean daily?'),
    (HEAD + "[calendar]\nstart = 2024-05-01\n", 3, "calendar.start: 2024-05-01; allowed: a 1 April, line 5"),
    (HEAD + "[calendar]\nyears = 1.5\n", 3, "calendar.years: 1.5 is not a whole number"),
    (HEAD + "[calendar]\nyears = 90\n", 4, "calendar.years: 90 years from 2024-04-01 pass the last day"),
    (HEAD + '[parameters]\n"institution.comissioner.limit" = 1\n', 3, "did you mean institution.commissioner.limit?"),
    (
        HEAD + '[parameters]\n"institution.commissioner.gain_share" = 2\n',
        3,
        "2 is impossible in share; allowed: 0 to 1",
    ),
    ('title = "t"\nextends = "baseline"\n', 3, "why: missing"),
    ('title = "t"\nwhy = "w"\n', 3, "calendar: missing"),
    (HEAD.replace("baseline", "basline"), 3, "extends: scenario 'basline' is not known; did you mean baseline?"),
    (HEAD.replace("baseline", "x.toml"), 3, "leads back to"),
    ('title = "t\nwhy = "w"\n', 3, "not TOML: illegal character '\\n', line 1"),
    (HEAD + f"x = {'[' * 5000}{']' * 5000}\n", 3, "brackets are nested too deep"),
    (HEAD + f"population = {'9' * 5000}\n", 3, "a number has more digits than can be read"),
    (HEAD.replace("baseline", "b" * 5000), 3, "is not known; allowed: a path to a .toml file, or baseline"),
    (HEAD + "[[levers]]\n", 3, "levers: [{}] is not a table, line 4"),
    (HEAD + 'name = "../x"\n', 3, 'name: "../x"; allowed: letters, digits'),
    (HEAD + 'title = "u"\n', 3, "not TOML: cannot overwrite a value, line 4"),
    (HEAD + "float = 1\n", 3, "x.toml: float: not known; allowed: title, why"),
    (HEAD + "str = {float = 1}\n", 3, "x.toml: str: not known; allowed: title, why"),
    (HEAD + '"a[0]" = 1\n', 3, 'x.toml: "a[0]": not known; allowed: title, why'),
    (HEAD + '"" = 1\n', 3, 'x.toml: "": not known; allowed: title, why'),
    (HEAD + '[levers]\n"b(c)" = 1\n', 3, 'levers."b(c)": not known'),
    (HEAD + "[calendar]\nint = 1\n", 3, "calendar.int: not known"),
    (
        HEAD + "[levers.transfer_limit]\nvalue = 14\nareas = []\n",
        3,
        "transfer_limit.areas: empty; allowed: at least one",
    ),
    (HEAD + '[levers.contract]\nvalue = "block"\nareas = []\n', 3, "contract.areas: empty; allowed: at least one"),
    (
        HEAD + '[levers.transfer_limit]\nvalue = 14\nareas = ["Atlantis"]\n',
        3,
        "'Atlantis' is not known; allowed: East of England, London, Midlands",
    ),
    (HEAD + "[" + " " * 5000 + "\n", 3, "not TOML: invalid initial character for a key part, line 4"),
    (HEAD + "[" + " " * 900_000, 3, "not TOML: invalid initial character for a key part, line 4"),
    (HEAD + ".".join("a" * 100_000) + " = 1\n", 3, "a key has more than 32 parts, line 4"),
    (HEAD + "".join(f"[{'.'.join('b' * 30)}.c{k}]\n" for k in range(10_000)), 3, "b: not known"),
    (HEAD + f"x = {'{a = ' * 40}1{'}' * 40}\n", 3, "nested deeper than 32"),
    (HEAD + "# " + "x" * (1 << 20), 3, "bytes; allowed: at most 1,048,576"),
    (HEAD + f'exact = "{"b" * 60_000}"\n', 3, "...; allowed: events, daily, line 4"),
    (HEAD + f"{'c' * 60_000} = 1\n", 3, "not known; allowed: title, why"),
    (HEAD + 'exact = "\\u001b[2J"\n', 3, 'exact: "\\u001b[2J"; allowed'),
    (HEAD + '"\\u009b2J" = 1\n', 3, "not known; allowed: title, why"),
]

COMMANDS: list[tuple[list[str], int, str]] = [
    (["rum"], 2, "No such command 'rum'"),
    (["run"], 2, "Missing argument 'SCENARIO'"),
    (["run", "baseline", "--sed", "3"], 2, "No such option: --sed"),
    (
        ["run", "baseline", "--seed", "x"],
        2,
        "'--seed': 'x' is not a whole number; allowed: whole numbers from 0 to 18446744073709551615",
    ),
    (["run", "baseline", "--seed", "-1"], 2, "'--seed': -1; allowed: whole numbers"),
    (["run", "baseline", "--start", "2024-13-01"], 2, "'--start': 2024-13-01 is not a date (YYYY-MM-DD)"),
    (["run", "baseline", "--start", "2024-05-01"], 3, "2024-05-01; allowed: a 1 April"),
    (
        ["run", "baseline", "--population", "9e-7"],
        2,
        "'--population': '9e-7'; allowed: a number from 1e-06 to 1; less of England is nobody",
    ),
    (["run", "baseline", "--years", "90"], 4, "90 years from 2024-04-01 pass the last day"),
    (["run", "basline"], 3, "scenario 'basline' is not known; did you mean baseline?"),
    (["run", "missing.toml"], 3, "missing.toml: there is no such file"),
    (["run", "folder.toml"], 3, "folder.toml: can't be read (Is a directory)"),
    (["run", "bytes.toml"], 3, "bytes.toml: byte 0 is not UTF-8"),
    (["run", "baseline", "--out", "there"], 2, "there: it is there already"),
    (["validate"], 2, "Missing argument 'SCENARIO...'"),
    (["explain", "discharg"], 2, "'discharg' is not known; did you mean discharge?"),
    (["explain", "review", "--person", "1"], 2, "--person and --day belong together"),
    (["explain", "review", "--person", "1", "--day", "1 May"], 2, "'--day': 1 May is not a date (YYYY-MM-DD)"),
    (["explain", "day", "--person", "1", "--day", "2024-05-01"], 2, "'day' is not a decision"),
    (["init", "bytes.toml"], 2, "bytes.toml is a file; allowed: a folder"),
    (["schema", "dada"], 2, "schema 'dada' is not known; allowed: data, daily, "),
    (["export", "there"], 2, "allowed: --parquet FOLDER"),
    (["export", "there", "--parquet", "out"], 6, "there: it is not the folder of a run"),
    (["export", "there", "--parquet", "out", "--rounding", "1"], 2, "1; allowed: whole numbers from 2"),
]


def refused(folder: Path, arguments: list[str], capsys: pytest.CaptureFixture[str]) -> tuple[int, str]:
    """Run a command line in a folder; return its exit code and the one sentence that it says."""
    before = sorted(folder.rglob("*"))
    code = invoke(arguments)
    out, err = capsys.readouterr()
    assert out == ""
    assert err.count("\n") == 1, err
    assert "Traceback" not in err
    assert sorted(folder.rglob("*")) == before
    return code, err


@pytest.mark.parametrize(("text", "code", "says"), SCENARIOS, ids=range(len(SCENARIOS)))
def test_a_malformed_scenario_is_refused_in_one_sentence(
    text: str,
    code: int,
    says: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "x.toml").write_text(text, encoding="utf-8")
    began = time.monotonic()
    found, sentence = refused(tmp_path, ["run", "x.toml", "--out", "results"], capsys)
    assert says in sentence
    assert found == code
    assert len(sentence) <= 2100 and sentence.rstrip("\n").isprintable()
    assert time.monotonic() - began < 10


@pytest.mark.parametrize(("arguments", "code", "says"), COMMANDS, ids=[" ".join(c[0]) for c in COMMANDS])
def test_a_malformed_command_line_is_refused_in_one_sentence(
    arguments: list[str],
    code: int,
    says: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "there").mkdir()
    (tmp_path / "there" / "notes.txt").touch()
    (tmp_path / "folder.toml").mkdir()
    (tmp_path / "bytes.toml").write_bytes(b"\xff\xfe")
    found, sentence = refused(tmp_path, arguments, capsys)
    assert says.lower() in sentence.lower()
    assert found == code


def test_a_place_that_cannot_be_written_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "file").touch()
    found, sentence = refused(tmp_path, ["run", "baseline", "--population", "0.001", "--out", "file/results"], capsys)
    assert found == 2
    assert "can't be read or written (Not a directory)" in sentence


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="this machine has no /proc")
def test_a_place_that_knows_no_new_files_is_not_taken_for_one_that_another_run_writes(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found, sentence = refused(tmp_path, ["run", "baseline", "--population", "0.001", "--out", "/proc/x"], capsys)
    assert found == 2
    assert sentence.startswith("stepdown: /proc/x can't be read or written (")


def test_a_process_ends_with_the_exit_code_and_no_traceback(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "stepdown", "validate", "missing.toml"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (3, "")
    assert done.stderr == "stepdown: missing.toml: there is no such file\n"

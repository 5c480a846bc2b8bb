"""What `validate` accepts, the engine takes: generated scenarios over all levers, dates, areas and shapes of steps."""

from __future__ import annotations

import json
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from stepdown import _core, evidence, levers, plan
from stepdown.cli import invoke
from stepdown.errors import LimitError, ScenarioError
from stepdown.evidence import institutions
from stepdown.scenario import TIERS, load, places_by_name

if TYPE_CHECKING:
    from pathlib import Path

SHARE = 0.0002
"""Share of England that starts: some ten thousand people."""

AREAS = list(places_by_name(institutions.load()))
UNITS = sorted({name for unit in institutions.load().units for name in (unit.name, unit.site)})
COMMISSIONERS = [c.name for c in institutions.load().commissioners]

april = st.integers(2019, 2032).map(lambda year: date(year, 4, 1))
day = st.one_of(april, st.integers(0, 5000).map(lambda days: date(2019, 4, 1) + timedelta(days)))


@st.composite
def step(draw: st.DrawFn, lever: levers.Lever) -> dict[str, Any]:
    """A step of a lever as a file writes it: nearly always one that is valid by itself."""
    if lever.words:
        value: Any = draw(st.sampled_from(lever.words))
    elif lever.unit in ("flag", "code"):
        value = draw(st.integers(int(lever.low), int(lever.high)))
    else:
        value = draw(st.one_of(st.sampled_from([lever.low, lever.high, 1.0]), st.floats(lever.low, lever.high)))
    made: dict[str, Any] = {"value": value}
    when = april if lever.level is not None else day
    if draw(st.booleans()):
        made["from"] = draw(when)
        if lever.unit != "code" and draw(st.booleans()):
            made["ramp_days"] = draw(st.sampled_from([1, 30, 365, 7320]))
    if draw(st.booleans()):
        made["until"] = draw(when)
    if lever.level is None and draw(st.booleans()):
        made["areas"] = draw(st.lists(st.sampled_from(AREAS), min_size=1, max_size=4))
    return made


@st.composite
def bed_step(draw: st.DrawFn) -> dict[str, Any]:
    made: dict[str, Any] = {"from": draw(day), "beds": draw(st.integers(-700, 700))}
    for key, values in (("collaborative", COMMISSIONERS), ("unit", UNITS), ("sex", ["male", "female"])):
        if draw(st.integers(0, 3)) == 0:
            made[key] = draw(st.sampled_from(values))
    return made


@st.composite
def scenario(draw: st.DrawFn) -> dict[str, Any]:
    """The keys of a scenario: up to four levers of up to four steps, beds, parameters, another world or calendar."""
    found: dict[str, Any] = {}
    names = draw(st.lists(st.sampled_from(list(levers.load())), max_size=4, unique=True))
    table: dict[str, Any] = {name: draw(st.lists(step(levers.load()[name]), min_size=1, max_size=4)) for name in names}
    if draw(st.booleans()):
        table["beds"] = {draw(st.sampled_from(TIERS)): draw(st.lists(bed_step(), min_size=1, max_size=3))}
    found["levers"] = table
    free = [p for p in evidence.load().parameters.values() if p.distribution != "fixed"]
    if draw(st.booleans()):
        some = draw(st.lists(st.sampled_from(free), max_size=3, unique=True))
        found["parameters"] = {p.id: draw(st.sampled_from([p.low, p.value, p.high])) for p in some}
    found["capacity"] = draw(st.sampled_from(["limited", "unlimited"]))
    found["demography"] = draw(st.sampled_from(["moving", "frozen"]))
    found["calendar"] = {
        "start": date(2024, 4, 1),
        "years": draw(st.integers(1, 30)),
        "settle_days": draw(st.sampled_from([0, 1, 365, 1096, 3660])),
    }
    return found


def start(made: dict[str, Any]) -> bool:
    """Load, compile and start; return whether it was accepted. What is refused is refused before the engine is asked."""
    try:
        compiled = plan.compile(load("baseline", population=SHARE, **made))
    except (ScenarioError, LimitError):
        return False
    _core.Simulation(compiled.json, seed=1, replicate=0, threads=1, check=False)
    return True


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(scenario())
def test_whatever_is_valid_the_engine_starts(made: dict[str, Any]) -> None:
    start(made)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_every_lever_alone_is_accepted_or_refused_in_a_sentence(data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(list(levers.load())))
    steps = data.draw(st.lists(step(levers.load()[name]), min_size=1, max_size=4))
    try:
        compiled = plan.compile(load("baseline", population=SHARE, levers={name: steps}))
    except (ScenarioError, LimitError) as error:
        said = str(error)
    else:
        said = f"levers.{name}" if json.loads(compiled.json) else ""
    assert f"levers.{name}" in said


HEAD = 'title = "t"\nwhy = "w"\nextends = "baseline"\n'


def refused(tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str, *more: str) -> str:
    path = tmp_path / "x.toml"
    path.write_text(HEAD + text, encoding="utf-8")
    sentences = []
    for command in (
        ["validate", str(path)],
        ["run", str(path), "--population", "0.0005", "--out", str(tmp_path / "run")],
    ):
        assert invoke([*command, *more]) == 3
        sentences.append(capsys.readouterr().err)
    assert sentences[0] == sentences[1]
    assert sentences[0].count("\n") == 1
    assert not (tmp_path / "run").exists()
    return sentences[0]


def test_steps_that_multiply_beyond_what_the_engine_takes_are_refused_with_file_and_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = "".join(f"[[levers.arrests]]\nvalue = 9\nfrom = {year}-04-01\n" for year in (2025, 2026, 2027))
    said = refused(tmp_path, capsys, text)
    assert "x.toml: levers.arrests[2]: with the other steps" in said and "line 10" in said
    assert "allowed: at most 100" in said


def test_a_step_within_anothers_ramp_is_refused_with_file_and_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    step = "[[levers.transfer_limit]]\nvalue = {}\nfrom = {}\nramp_days = 400\n"
    said = refused(tmp_path, capsys, step.format(20, "2025-04-01") + step.format(30, "2025-06-01"))
    assert (
        "x.toml: levers.transfer_limit[1]: a step begins or ends while another still ramps, on 2025-06-01" in said
        and "line 8" in said
    )


def test_beds_that_close_twice_are_refused_with_file_and_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    step = '[[levers.beds.high]]\nfrom = 2025-04-01\nbeds = -200\nunit = "Rampton Hospital"\n'
    said = refused(tmp_path, capsys, 3 * step)
    assert "x.toml: levers.beds.high[" in said and "the beds that are left on 2025-04-01" in said and "line" in said


def test_steps_for_areas_that_have_nothing_in_common_may_overlap(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    step = '[[levers.transfer_limit]]\nvalue = {}\nfrom = {}\nramp_days = {}\nareas = ["{}"]\n'
    text = step.format(20, "2025-04-01", 400, "London") + step.format(30, "2025-06-01", 30, "North West")
    (tmp_path / "x.toml").write_text(HEAD + text, encoding="utf-8")
    assert invoke(["validate", str(tmp_path / "x.toml")]) == 0
    changes = json.loads(plan.compile(load(tmp_path / "x.toml")).json)["changes"]
    assert {(change["day"], change["ramp"]) for change in changes} == {(45746 + 0, 400), (45807, 30)}
    assert len({change["agent"] for change in changes}) == len(changes)
    capsys.readouterr()
    both = step.format(20, "2025-04-01", 400, "London") + step.format(30, "2025-04-01", 30, "North West")
    (tmp_path / "x.toml").write_text(HEAD + both, encoding="utf-8")
    changes = json.loads(plan.compile(load(tmp_path / "x.toml")).json)["changes"]
    assert {change["ramp"] for change in changes} == {400, 30}


def test_validate_looks_at_the_agents_that_a_scenario_names(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "no installed package offers 'nobody:Nothing'" in refused(
        tmp_path, capsys, '[rules]\nuse = ["nobody:Nothing"]\n'
    )


@pytest.mark.parametrize(
    ("code", "says"),
    [
        ("import sys\nsys.exit(0)\n", "it ends the process (SystemExit), {file}, line 2"),
        ("\nraise SystemExit\n", "it ends the process (SystemExit), {file}, line 2"),
        ("x = 1\ny = unknown_name\n", "NameError: name 'unknown_name' is not defined, {file}, line 2"),
        ("1 / 0\n", "ZeroDivisionError: division by zero, {file}, line 1"),
        ("def f(:\n", "SyntaxError: invalid syntax, {file}, line 1"),
        ("import not_there_at_all\n", "ModuleNotFoundError: No module named 'not_there_at_all', {file}, line 1"),
    ],
)
def test_a_module_that_breaks_at_its_import_is_told_with_file_and_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], code: str, says: str
) -> None:
    path = tmp_path / f"broken{abs(hash(code))}.py"
    path.write_text(code, encoding="utf-8")
    said = refused(tmp_path, capsys, f'[rules]\nuse = ["{path}:Mine"]\n', "--allow-code")
    assert says.format(file=path) in said


def test_a_rule_that_ends_the_process_breaks_its_contract(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "leaves.py"
    path.write_text(
        "import sys\nfrom stepdown.agents import ResponsibleClinician\nfrom stepdown.decisions.rules import rule\n\n\n"
        "class Leaves(ResponsibleClinician):\n    @rule(reads=['case.reading'])\n    def review(cls, cases, day):\n        sys.exit(0)\n",
        encoding="utf-8",
    )
    (tmp_path / "x.toml").write_text(HEAD + f'[rules]\nuse = ["{path}:Leaves"]\n', encoding="utf-8")
    out = tmp_path / "run"
    code = invoke(
        ["run", str(tmp_path / "x.toml"), "--population", "0.002", "--years", "1", "--out", str(out), "--allow-code"]
    )
    said = capsys.readouterr().err
    assert (code, out.exists()) == (3, False), said
    assert "SystemExit" in said and "leaves.py" in said


@pytest.mark.parametrize("command", [["influence"], ["calibrate", "config.toml"]])
def test_a_command_without_its_extra_says_how_to_get_it(
    command: list[str], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    import sys

    for name in [name for name in sys.modules if name.startswith("stepdown.calibration")]:
        monkeypatch.delitem(sys.modules, name)
    for name in ("altair", "sklearn", "sklearn.gaussian_process"):
        monkeypatch.setitem(sys.modules, name, None)
    assert invoke(command) == 2
    said = capsys.readouterr().err
    assert "pip install 'stepdown[calibrate]'" in said and said.count("\n") == 1

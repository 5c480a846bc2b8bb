"""Published series against a run: what is compared, with what, and what is told of a miss."""

from __future__ import annotations

import json
from datetime import date
from typing import TYPE_CHECKING

import pytest

from stepdown.cli import invoke
from stepdown.errors import EvidenceError
from stepdown.evidence.loader import FOLDER
from stepdown.running.run import run
from stepdown.scenario import load as scenario
from stepdown.validation.series import COLUMNS, Published, compare, load, model_value

if TYPE_CHECKING:
    from pathlib import Path

    from stepdown.results import Results


def published(indicator: str, on: date, *, whole_year: bool = False, levels: tuple[str, ...] = ("all",)) -> Published:
    return Published("x", on, whole_year, indicator, "all", levels, 1.0, 0.9, 1.1, "people", (), "A", "L", "x")


ENDS = {(year, "prison_population", "all", "all"): 100.0 * (year - 2012) for year in (2013, 2014)}


@pytest.mark.parametrize(
    ("on", "model"),
    [
        (date(2014, 3, 31), 100.0),
        (date(2014, 4, 1), 100.0),
        (date(2014, 6, 30), 100.0 + 100.0 * 90 / 365),
        (date(2015, 3, 31), 200.0),
        (date(2015, 4, 1), 200.0),
        (date(2013, 6, 30), None),
        (date(2015, 6, 30), None),
    ],
)
def test_a_day_lies_between_two_ends_of_a_year(on: date, model: float | None) -> None:
    assert model_value(published("prison_population", on), ENDS) == pytest.approx(model)


def test_a_whole_year_is_that_year_and_levels_add_up() -> None:
    values = {(2015, "beds", "all", level): beds for level, beds in (("a", 3.0), ("b", 4.0), ("c", 5.0))}
    assert model_value(published("beds", date(2015, 4, 1), whole_year=True, levels=("a", "c")), values) == 8.0
    assert model_value(published("beds", date(2016, 3, 31), levels=("b",)), values) == 4.0
    assert model_value(published("beds", date(2016, 4, 1), levels=("b",)), values) is None


def test_the_table_names_indicators_that_there_are() -> None:
    assert len({p.series for p in load()}) > 10
    assert all(p.low <= p.value <= p.high for p in load())


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("on", "2015/17", r"on: '2015/17'; allowed: a day \(2015-04-01\)"),
        ("indicator", "bed", "indicator: 'bed' is not known; did you mean beds"),
        ("group", "estimand", "indicator: 'beds' is not known"),
        ("unit", "persons", "unit: 'persons'; allowed: beds"),
        ("group", "all of it", "group: 'all of it'; allowed: all"),
        ("input_of", "2031", "input_of: '2031'; allowed: 2024, 2013"),
        ("value", "9", "value: 9 lies outside 1 to 3"),
        ("source", "Z9", "source: 'Z9' is not a key"),
    ],
)
def test_a_figure_that_cannot_be_used_is_refused(tmp_path: Path, key: str, value: str, message: str) -> None:
    (tmp_path / "tables").mkdir()
    (tmp_path / "worlds").mkdir()
    for name in ("sources.csv", "worlds/worlds.csv"):
        (tmp_path / name).write_text((FOLDER / name).read_text(encoding="utf-8"), encoding="utf-8")
    row = dict(
        zip(
            COLUMNS,
            ("x", "2015/16", "beds", "tier", "low secure", "2", "beds", "1", "3", "", "S1", "H", ""),
            strict=True,
        )
    )
    text = ",".join(COLUMNS) + "\n" + ",".join((row | {key: value}).values()) + "\n"
    (tmp_path / "tables" / "series.csv").write_text(text, encoding="utf-8")
    with pytest.raises(EvidenceError, match=message):
        load(tmp_path)


@pytest.fixture(scope="module")
def history(tmp_path_factory: pytest.TempPathFactory) -> Results:
    """The world of 2013 for three years, with one person in two hundred and every invariant checked."""
    world = scenario("world-2013", population=0.005, years=3)
    return run(world, seed=5, threads=2, check=True, out=tmp_path_factory.mktemp("runs") / "history")


def test_the_world_of_2013_is_that_of_its_inputs(history: Results) -> None:
    compared, outside = compare(history)
    assert compared and outside
    people = [found for found in compared if found.published.series == "population"]
    assert {found.role for found in people} == {"input"}
    assert all(found.inside for found in people)
    prisoners = [found for found in compared if found.published.series == "prison population"]
    assert all(abs(found.model / found.published.value - 1) < 0.15 for found in prisoners)
    conditional = [found for found in compared if found.published.indicator == "conditional_discharge.stock"]
    assert conditional == []  # published for 2018 and 2019 only
    residents = [f for f in compared if f.published.indicator == "stay.medium.residents.over_5_years"]
    assert len(residents) == 1 and 0 < residents[0].model < 1  # a few patients
    register = [found for found in compared if found.published.indicator == "population_ill"]
    assert {found.role for found in register} == {"check"}


def test_threads_change_nothing_in_it(history: Results, tmp_path: Path) -> None:
    for threads in (1, 7):
        again = run(
            scenario("world-2013", population=0.005, years=3), seed=5, threads=threads, out=tmp_path / str(threads)
        )
        assert again.manifest["files"] == history.manifest["files"]


def test_the_command_tells_misses_and_ends_well(history: Results, capsys: pytest.CaptureFixture[str]) -> None:
    assert invoke(["series", str(history.path)]) == 0
    said = capsys.readouterr().out
    assert "prison population [people]" in said and "figures lie outside the run's years" in said
    assert invoke(["series", str(history.path), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert invoke(["series", str(history.path), "--markdown"]) == 0
    table = capsys.readouterr().out.splitlines()
    assert len(table) == 2 + len(told["figures"]) and all(line.count("|") == 7 for line in table)
    assert told["checks"] + told["inputs"] == len(told["figures"])
    assert told["checks_missed"] == sum(not f["inside"] for f in told["figures"] if f["role"] == "check")


@pytest.mark.parametrize("form", ["html", "svg"])
def test_the_command_draws_a_picture(
    history: Results, tmp_path: Path, capsys: pytest.CaptureFixture[str], form: str
) -> None:
    pytest.importorskip("altair")
    file = tmp_path / f"series.{form}"
    assert invoke(["series", str(history.path), "--picture", str(file)]) == 0
    assert "prison population" in file.read_text(encoding="utf-8")
    assert invoke(["series", str(history.path), "--picture", str(tmp_path / "series.gif")]) == 2
    assert "allowed: a file that ends with .html, .png, .svg" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == [file]


def test_no_run_is_told_in_a_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert invoke(["series", str(tmp_path)]) == 6
    assert "it is not the folder of a run" in capsys.readouterr().err

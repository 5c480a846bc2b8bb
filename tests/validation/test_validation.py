"""Targets are read with care, runs are put together only if they belong together, and a miss is said."""

from __future__ import annotations

import json
import math
import os
import shutil
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pyarrow.parquet as pq
import pytest

from stepdown.cli import invoke
from stepdown.errors import EvidenceError, OutputExistsError, UsageError
from stepdown.estimands import Estimate, targets
from stepdown.evidence.loader import FOLDER
from stepdown.results import Results
from stepdown.results.multirun import alike, combine, write
from stepdown.running.run import run
from stepdown.validation.scoring import Score, missed, scores

if TYPE_CHECKING:
    from pathlib import Path

    from stepdown.scenario import Scenario


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> list[Results]:
    """Two seeds of a small baseline of one year."""
    from stepdown.scenario import load

    folder, small = tmp_path_factory.mktemp("pair"), load("baseline", population=0.001, years=1)
    return [run(small, seed=seed, threads=2, out=folder / str(seed)) for seed in (1, 2)]


def found(value: float, low: float | None = None, high: float | None = None) -> Estimate:
    return Estimate(value, low, high, 10)


TARGET = targets.load()["C04"]  # 85 days, 70 to 100


def test_the_projects_targets_are_those_of_the_evidence_and_none_misses_itself() -> None:
    loaded = targets.load()
    wanted = {f"C{n:02}" for n in range(1, 12)} | {"S01", "S02"} | {f"X{n:02}" for n in (1, 2, 3, 4, 5, 6, 9)}
    assert wanted <= set(loaded)
    for target in loaded.values():
        assert target.holds(target.value)
        assert target.log_likelihood(target.value) == 0
        assert target.log_likelihood(target.low) < 0 and target.log_likelihood(target.high) < 0
        assert (target.kind == "calibration") == target.id.startswith("C")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (("stay.medium.admitted.median,", "stay.medium.admitted.medium,"), "did you mean stay.medium.admitted.median"),
        (("C05,calibration", "C05,calibrate"), "kind: 'calibrate'; did you mean calibration"),
        (("10,580,d,500,660", "10,580,wk,500,660"), "unit: 'wk'; allowed: d, the unit of stay.medium"),
        (("10,580,d,500,660,,", "10,680,d,500,660,,"), "value: 680 lies outside its range 500 to 660"),
        (("10,580,d,500,660,,", "10,580,d,500,660,0.1,"), "allowed: both limits, or a tolerance"),
        (("10,580,d,500,660,,lognormal,0.071", "0,580,d,500,660,,lognormal,0.071"), "years: 0; allowed: whole numbers"),
        (("lognormal,0.071", "lognormal,0"), "spread: 0; allowed: above 0"),
        (("0.071,L23", "0.071,L999"), "source: 'L999' is not a key"),
        (("C05,", "C04,"), "id: it is declared twice"),
    ],
)
def test_a_target_that_cannot_be_used_is_refused_with_its_line(
    tmp_path: Path, change: tuple[str, str], message: str
) -> None:
    (tmp_path / "tables").mkdir()
    (tmp_path / "sources.csv").write_bytes((FOLDER / "sources.csv").read_bytes())
    text = (FOLDER / "tables" / "targets.csv").read_text(encoding="utf-8")
    assert text.count(change[0]) == 1
    (tmp_path / "tables" / "targets.csv").write_text(text.replace(*change), encoding="utf-8")
    with pytest.raises(EvidenceError, match=r"tables/targets.csv:\d+: ") as error:
        targets.load(tmp_path)
    assert message in str(error.value)


def test_the_likelihood_has_the_shape_that_is_declared() -> None:
    assert replace(TARGET, likelihood="normal", spread=5.0).log_likelihood(95.0) == pytest.approx(-2)
    double = replace(TARGET, likelihood="lognormal", spread=0.5).log_likelihood(170.0)
    assert double == pytest.approx(-0.5 * (math.log(2) / 0.5) ** 2)
    share = replace(TARGET, value=0.2, likelihood="beta", spread=0.04)  # a beta of 19.8 and 79.2
    assert share.log_likelihood(0.3) == pytest.approx(19.8 * math.log(1.5) + 79.2 * math.log(0.7 / 0.8))
    assert share.log_likelihood(0.0) == share.log_likelihood(1.0) == share.log_likelihood(math.nan) == -math.inf


def test_one_run_is_scored_with_its_own_interval_and_several_with_that_between_them() -> None:
    one = Score(TARGET, (found(90, 80, 101),))
    assert (one.model, one.interval, one.verdict, one.runs_passing) == (90, (80, 101), "pass", 1)
    several = Score(TARGET, (found(90), found(100), found(113)))
    assert several.model == 101 and several.verdict == "miss" and several.runs_passing == 2
    assert several.interval == pytest.approx((101 - 28.7, 101 + 28.7), abs=0.1)
    assert Score(TARGET, (found(90), found(math.nan))).verdict == "not scored"


def test_only_calibration_targets_fail_a_validation_unless_strict() -> None:
    wrong = [
        Score(targets.load()[id], (found(value),)) for id, value in (("C04", 200), ("S01", 0.1), ("X02", math.nan))
    ]
    right = Score(TARGET, (found(90),))
    assert [score.target.id for score in missed([*wrong, right], strict=False)] == ["C04"]
    assert [score.target.id for score in missed([*wrong, right], strict=True)] == ["C04", "S01", "X02"]


def test_runs_of_two_seeds_are_put_together(pair: list[Results]) -> None:
    [table] = combine(pair, ["prison_receptions"], area="England", group="all")
    each = [r.indicator("prison_receptions").to_pylist() for r in pair]
    values = [next((row["value"] for row in rows if row["area"] == "England"), 0.0) for rows in each]
    [row] = table.to_pylist()
    assert row["mean"] == pytest.approx(sum(values) / 2)
    assert row["error"] == pytest.approx(abs(values[0] - values[1]) / 2)
    assert row["runs"] == 2 and row["draws"] == 1 and row["parameters"] is None


def test_every_cell_of_any_run_is_in_the_whole(pair: list[Results], tmp_path: Path) -> None:
    rows = write(pair, tmp_path / "all.parquet")
    whole = pq.read_table(tmp_path / "all.parquet")
    cells = set()
    for each in pair:
        table = each.table("indicators", columns=["year", "area", "group", "level", "indicator"])
        cells |= set(map(tuple, (row.values() for row in table.to_pylist())))
    mine = [tuple(row.values()) for row in whole.select(["year", "area", "group", "level", "indicator"]).to_pylist()]
    assert len(mine) == rows and set(mine) == cells
    with pytest.raises(OutputExistsError, match="it is there already"):
        write(pair, tmp_path / "all.parquet")


def test_runs_that_do_not_belong_together_are_refused(pair: list[Results], small_run: Results) -> None:
    with pytest.raises(UsageError, match="it was run of another scenario"):
        alike([*pair, small_run])
    with pytest.raises(UsageError, match="it has the seed, replicate and draw of"):
        alike([pair[0], Results(pair[0].path)])
    other = Results(pair[1].path, manifest=pair[1].manifest | {"code": {"sha256": "0"}})
    with pytest.raises(UsageError, match="it was run with other code than"):
        alike([pair[0], other])
    with pytest.raises(UsageError, match="none was named"):
        alike([])


def test_runs_may_differ_in_their_draw(pair: list[Results]) -> None:
    drawn = Results(pair[1].path, manifest=pair[1].manifest | {"draw": 3})
    drawn.scenario = pair[1].scenario | {"draw": 3}
    alike([pair[0], drawn])
    [table] = combine([pair[0], drawn], ["prison_receptions"], area="England", group="all")
    assert table["draws"].to_pylist() == [2]


def test_a_run_too_short_is_not_scored_and_fails(small_run: Results, capsys: pytest.CaptureFixture[str]) -> None:
    assert invoke(["validate-model", str(small_run.path)]) == 8
    said = capsys.readouterr()
    assert "not scored" in said.out and "0.002 of England" in said.err
    assert "targets are missed or can't be scored: C01" in said.err
    assert invoke(["validate-model", str(small_run.path), "--json"]) == 8
    rows: list[dict[str, Any]] = json.loads(capsys.readouterr().out)
    assert [row["id"] for row in rows] == list(targets.load())
    assert all(row["verdict"] == "not scored" and row["model"] is None for row in rows if row["years"] > 2)


def test_a_small_run_scores_what_it_can(small: Scenario, small_run: Results, monkeypatch: pytest.MonkeyPatch) -> None:
    short = {id: replace(target, years=1) for id, target in targets.load().items()}
    monkeypatch.setattr(targets, "load", lambda: short)
    by_id = {score.target.id: score for score in scores([small_run])}
    assert by_id["C01"].model == pytest.approx(6070, rel=0.5), "brought to all of England"
    assert by_id["P01"].model == pytest.approx(83125, rel=0.3)
    assert by_id["P03"].model == pytest.approx(79, abs=3)
    assert small.population == small_run.share


@pytest.mark.parametrize("command", ["validate-model", "indicators"])
def test_a_folder_that_is_no_run_is_one_sentence(
    command: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert invoke([command, str(tmp_path)]) == 6
    said = capsys.readouterr().err.strip()
    assert "is not the folder of a run" in said and "\n" not in said


@pytest.mark.parametrize("command", ["validate-model", "indicators"])
@pytest.mark.parametrize("harm", ["missing", "cut"])
def test_a_run_with_a_file_missing_or_cut_is_one_sentence(
    command: str, harm: str, pair: list[Results], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "harmed"
    shutil.copytree(pair[0].path, folder)
    file = folder / "spells" / "2024.arrow"
    file.unlink() if harm == "missing" else os.truncate(file, 1000)
    assert invoke([command, str(folder)]) == 6
    said = capsys.readouterr().err.strip()
    assert "2024.arrow: " in said and "as the manifest says" in said and "\n" not in said


def test_the_indicators_of_runs_are_printed_with_their_error(
    pair: list[Results], capsys: pytest.CaptureFixture[str]
) -> None:
    paths = [str(each.path) for each in pair]
    assert invoke(["indicators", *paths, "--indicator", "occupancy", "--group", "tier", "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert {row["level"] for row in rows} >= {"medium secure", "low secure"}
    assert all(row["area"] == "England" and row["runs"] == 2 for row in rows)
    assert invoke(["indicators", *paths, "--indicator", "occupance"]) == 2
    assert "did you mean occupancy?" in capsys.readouterr().err


def test_runs_are_made_once_and_taken_the_next_time(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    scenario = tmp_path / "short.toml"
    scenario.write_text(
        'title = "Short"\nextends = "baseline"\nwhy = "To be quick."\n[calendar]\nyears = 1\n', encoding="utf-8"
    )
    asked = ["validate-model", "--scenario", str(scenario), "--seeds", "2", "--population", "0.001", "--json"]
    out = tmp_path / "made"
    assert invoke([*asked, "--out", str(out)]) == 8, "too short for the targets"
    assert [row["runs"] for row in json.loads(capsys.readouterr().out)] == [2] * len(targets.load())
    written = [(out / seed / "manifest.json").stat().st_mtime_ns for seed in ("1", "2")]
    assert invoke([*asked, "--out", str(out)]) == 8
    assert [(out / seed / "manifest.json").stat().st_mtime_ns for seed in ("1", "2")] == written
    monkeypatch.setattr("stepdown.validation.scoring.provenance.digest", lambda: "other")
    capsys.readouterr()
    assert invoke([*asked, "--out", str(out)]) == 2
    assert "it is a run of another scenario, evidence or code" in capsys.readouterr().err


@pytest.mark.parametrize("arguments", [[], ["runs/one", "--scenario", "baseline"]])
def test_either_runs_or_a_scenario_are_named(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert invoke(["validate-model", *arguments]) == 2
    assert "allowed: folders of runs, or --scenario NAME" in capsys.readouterr().err

"""The whole command, on a few people: what it leaves, that it goes on where it was, and what it refuses."""

from __future__ import annotations

import csv
import json
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow.parquet as pq
import pytest

from stepdown.calibration import apply
from stepdown.calibration.config import load_config
from stepdown.cli import invoke
from stepdown.evidence.loader import FOLDER, load

if TYPE_CHECKING:
    from stepdown.results import Results
    from stepdown.scenario import Scenario

CONFIG = """
title = "A fit of a few people"
why = "Whether the whole command works."
scenario = "baseline"
overrides = { years = 1, population = 0.005, settle_days = 180 }
noise = 2
particles = 64
waves = [{ points = 5, nth = 2 }, { points = 5, nth = 3, cutoff = 10 }]
rounds = 1
draws = 5
targets = [
  "C01.medium",
  "C08",
  { id = "own", indicator = "admissions", value = 12, low = 6, high = 24 },
]

[[free]]
id = "relapse.prison"

[[free]]
id = "choice.review.step_down.constant"
low = -6.5
middle = -5.4
high = -4.0
why = "The zero of a score is arbitrary."
"""

TABLES = ("runs.parquet", "waves.csv", "posterior.csv", "best.csv", "fit.csv", "parameters.csv", "config.json")


def written(folder: Path, text: str = CONFIG) -> str:
    path = folder / "fit.toml"
    path.write_text(text, encoding="utf-8")
    return str(path)


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def fitted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("calibration")
    assert invoke(["calibrate", written(folder), "--out", str(folder / "fit"), "--workers", "2"]) == 0
    return folder / "fit"


def test_it_leaves_every_run_the_waves_the_posterior_the_best_point_and_pictures(fitted: Path) -> None:
    ids = ["relapse.prison", "choice.review.step_down.constant"]
    runs = pq.read_table(fitted / "runs.parquet")
    assert runs.num_rows == 1 + 5 + 5 + 5 + 2
    assert runs.column_names == ["stage", "point", "replicate", *ids, "C01.medium", "C08", "own"]
    assert [row["id"] for row in rows(fitted / "best.csv")] == ids
    draws = rows(fitted / "posterior.csv")
    assert all(list(row) == ids and 0.1 <= float(row[ids[0]]) <= 0.5 for row in draws)
    assert [row["target"] for row in rows(fitted / "fit.csv")] == ["C01.medium", "C08", "own"]
    assert {row["stage"] for row in rows(fitted / "waves.csv")} == {"wave 1", "wave 2", "round 1"}
    for name in ("waves", "posterior", "fit"):
        assert (fitted / f"{name}.png").read_bytes().startswith(b"\x89PNG")
        assert (fitted / f"{name}.svg").read_text(encoding="utf-8").startswith("<svg")
    page = (fitted / "calibration.html").read_text(encoding="utf-8")
    assert "relapse.prison" in page and 'src="http' not in page
    assert not (fitted / "inflow").exists()


def test_going_on_from_half_of_the_runs_gives_the_same_tables(fitted: Path, tmp_path: Path) -> None:
    half = tmp_path / "fit"
    half.mkdir()
    lines = (fitted / "rows.jsonl").read_bytes().splitlines(keepends=True)
    (half / "rows.jsonl").write_bytes(b"".join(lines[: len(lines) // 2]) + b'{"key":"half a li')
    assert invoke(["calibrate", written(tmp_path), "--out", str(half)]) == 0
    for name in TABLES:
        assert (half / name).read_bytes() == (fitted / name).read_bytes(), name
    first, second = (json.loads((folder / "manifest.json").read_text()) for folder in (fitted, half))
    assert first["digest"] == second["digest"]
    assert second["this_sitting"]["runs"] == len(lines) - len(lines) // 2


def test_the_best_values_and_the_posterior_go_into_the_evidence_and_notes_keep_their_history(
    fitted: Path, tmp_path: Path
) -> None:
    copy = tmp_path / "evidence"
    shutil.copytree(FOLDER, copy)
    before = load(copy)
    best = {row["id"]: float(row["value"]) for row in rows(fitted / "best.csv")}
    differ = {id for id, value in best.items() if value != before[id].value}
    assert differ
    assert apply(fitted, copy) == len(differ)
    moved = load.__wrapped__(copy)  # reads it again
    for id, parameter in moved.parameters.items():
        known = before[id]
        assert parameter.value == best.get(id, known.value)
        if id in differ:
            assert parameter.note.endswith("at first; moved in the calibration")
        else:
            assert parameter == known
    assert (copy / "posterior.csv").read_bytes() == (fitted / "posterior.csv").read_bytes()
    assert apply(fitted, copy) == 0


def test_a_point_in_memory_says_what_the_folder_of_its_run_says(small: Scenario, small_run: Results) -> None:
    from stepdown import SecureCareModel
    from stepdown.calibration.simulate import Reading, live, read

    readings = [
        Reading("stock", 2, "conditional_discharge.stock"),
        Reading("beds", 2, "occupied.all", drift=1),
        Reading("admitted", 2, indicator="admissions"),
    ]
    held = live(SecureCareModel(small, seed=7))
    assert read(held, readings) == read(small_run, readings)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (("draws = 5", "draw = 5"), "draw: not known; did you mean draws?, line"),
        (
            ("relapse.prison", "relapse.prson"),
            "free[0].id: relapse.prson is not known; did you mean relapse.prison?, line",
        ),
        (("relapse.prison", "law.s2_days"), "law.s2_days is fixed by the evidence"),
        (
            ("low = -6.5", "low = -60"),
            "free[1].low: -60 leaves the range of the evidence; allowed: -10.5 to 0, line",
        ),
        (("middle = -5.4", "middle = -7"), "free[1].middle: -7 is not between -6.5 and -4"),
        (('"C08"', '"C080"'), "C080 is not known; did you mean C08?"),
        (("low = 6,", ""), "targets[2].low: missing"),
        (('"admissions"', '"admission"'), "admission is not known; did you mean admissions?"),
        (('"baseline"', '"baselin"'), "scenario: scenario 'baselin' is not known; did you mean baseline?"),
        (("relapse.prison", "illness.incidence"), "free: illness.incidence can't be fitted on recorded inflow"),
        (('id = "relapse.prison"', 'id = "choice.review.step_down.constant"'), "is there twice"),
        (("noise = 2", "noise = 1"), "noise: 1; allowed: at least 2"),
    ],
)
def test_a_config_that_cannot_be_used_is_refused_in_a_sentence(
    change: tuple[str, str], sentence: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = written(tmp_path, CONFIG.replace(*change, 1))
    assert invoke(["calibrate", path, "--out", str(tmp_path / "fit")]) == 3
    said = capsys.readouterr().err
    assert sentence in said and "Traceback" not in said
    assert not (tmp_path / "fit").exists()


def test_the_config_that_ships_can_be_used() -> None:
    loaded = load_config(Path(__file__).parents[2] / "calibration" / "baseline.toml")
    assert len(loaded.free) >= 12
    assert all(free.why for free in loaded.free)

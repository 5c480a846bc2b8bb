"""A sweep is compared in pairs, with how complete it is; read lazily, also while it is being filled; and a package is taken apart."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING

import duckdb
import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from stepdown.cli import invoke
from stepdown.errors import CorruptError, UsageError
from stepdown.experiments.compare import compare, waterfall
from stepdown.experiments.plan import Plan, open_plan
from stepdown.experiments.result_set import ResultSet
from stepdown.results import Results

if TYPE_CHECKING:
    from pathlib import Path

PLACES = "with-supported_places"


def values(made: Plan, arm: str, replicate: int, indicator: str, year: int = 2024) -> float:
    """Return an indicator for England, read from the folder of its run."""
    table = Results(made.folder / "runs" / f"{arm}-d0-r{replicate}").indicator(indicator)
    rows = [row for row in table.to_pylist() if row["area"] == "England" and row["year"] == year]
    return float(rows[0]["value"])


def test_a_difference_is_that_of_the_runs_in_which_the_same_people_live(swept: Plan) -> None:
    (table,) = compare(
        ResultSet(swept), [PLACES], indicators=["supported_places_free"], area="England", group="all", years=True
    )
    rows = table.to_pylist()
    assert [row["year"] for row in rows] == [None, 2024]
    pairs = [
        values(swept, PLACES, k, "supported_places_free") - values(swept, "baseline", k, "supported_places_free")
        for k in range(2)
    ]
    for row in rows:
        assert row["difference"] == pytest.approx(np.mean(pairs))
        assert (row["pairs"], row["of"], row["control"]) == (2, 2, None)
    assert rows[0]["difference"] > 2000, "most of 3,000 places"


def test_scenarios_of_which_tasks_are_missing_are_refused_unless_that_is_asked_for(
    swept: Plan, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    made = Plan(shutil.copytree(swept.folder, tmp_path / "part"), swept.facts)
    gone = next(task for task in made.tasks.values() if task.arm == PLACES and task.replicate == 1)
    made.commit_file(gone.id).unlink()
    with pytest.raises(UsageError, match="1 of 2 tasks of with-supported_places are done; allowed: all of them"):
        list(compare(ResultSet(made), indicators=["ready"]))
    assert invoke(["compare", str(made.folder)]) == 2
    (table,) = compare(ResultSet(made), [PLACES], indicators=["ready"], area="England", group="all", incomplete=True)
    assert table["pairs"].to_pylist() == [1]
    capsys.readouterr()
    assert invoke(["compare", str(made.folder), "--scenario", PLACES, "--incomplete"]) == 0
    said = capsys.readouterr()
    assert "1 of 2" in said.out and f"{PLACES} 1 of 2 tasks" in said.err


def test_the_parts_of_a_package_add_up_to_it(swept: Plan) -> None:
    rows = waterfall(ResultSet(swept)).to_pylist()
    assert [row["step"] for row in rows[:4]] == ["base", "clinician_threshold", "supported_places", "package"]
    for indicator in ("ready", "discharges"):
        steps = {row["step"]: row for row in rows if row["indicator"] == indicator}
        added = [steps[part]["value"] for part in ("clinician_threshold", "supported_places")]
        assert steps["base"]["value"] + sum(added) == pytest.approx(steps["package"]["value"], rel=1e-12)
        both = np.mean([values(swept, "with-clinician_threshold-supported_places", k, indicator) for k in range(2)])
        assert steps["package"]["value"] == pytest.approx(both)
        assert (
            steps["supported_places"]["low"] <= steps["supported_places"]["value"] <= steps["supported_places"]["high"]
        )
    assert any(abs(row["value"]) > 1 for row in rows if row["step"] not in ("base", "package")), "something happens"


def test_three_libraries_read_the_same_lazily(swept: Plan) -> None:
    results = ResultSet(swept)
    for table in ("indicators", "spells"):
        rows = results.dataset(table).count_rows()
        assert rows > 0
        counts = results.polars(table).group_by("scenario", "replicate").agg(pl.len()).collect()
        assert counts["len"].sum() == rows and counts.height == 9
        relation = results.duckdb(table, duckdb.connect())
        found = relation.aggregate("scenario, count(*) AS rows, max(replicate) AS last").fetchall()
        assert sum(row[1] for row in found) == rows
        assert {row[0]: row[2] for row in found} == dict.fromkeys(swept.arms, 1) | {"baseline": 2}


def test_a_set_that_is_being_filled_shows_what_is_done(swept: Plan, tmp_path: Path) -> None:
    made = Plan(shutil.copytree(swept.folder, tmp_path / "part"), swept.facts)
    for id in list(made.tasks)[5:]:
        made.commit_file(id).unlink()
    seen = ResultSet(made).dataset("indicators").to_table(columns=["scenario", "replicate"])
    assert len(seen.group_by(["scenario", "replicate"]).aggregate([])) == 5
    # Others than ours see whole files only, by the names of the folders alone.
    home = made.folder / "results" / "indicators"
    assert pl.scan_parquet(home, hive_partitioning=True).select(pl.len()).collect().item() > 0


def test_a_changed_file_is_refused(swept: Plan, tmp_path: Path) -> None:
    made = open_plan(shutil.copytree(swept.folder, tmp_path / "changed"))
    file = next((made.folder / "results" / "indicators").rglob("*.parquet"))
    data = bytearray(file.read_bytes())
    data[len(data) // 2] ^= 1
    file.write_bytes(data)
    with pytest.raises(CorruptError, match="SHA-256"):
        ResultSet(made).dataset("indicators")


def test_everything_is_written_to_one_file(swept: Plan, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["compare", str(swept.folder), "--scenario", PLACES, "--out", str(tmp_path / "all.parquet"), "--json"]
    assert invoke(arguments) == 0
    told = json.loads(capsys.readouterr().out)
    table = pa.parquet.read_table(tmp_path / "all.parquet")
    assert table.num_rows == told["rows"]
    assert pc.count_distinct(table["area"]).as_py() > 10
    assert pc.count_distinct(table["group"]).as_py() > 5
    assert invoke(arguments) == 2, "it is there already"


def test_the_command_says_what_pairing_has_gained(swept: Plan, capsys: pytest.CaptureFixture[str]) -> None:
    assert invoke(["compare", str(swept.folder), "--waterfall"]) == 0
    assert "supported_places" in capsys.readouterr().out
    assert invoke(["compare", str(swept.folder), "--waterfall", "--indicator", "ready", "--json"]) == 0
    assert {row["indicator"] for row in json.loads(capsys.readouterr().out)} == {"ready"}
    assert invoke(["compare", str(swept.folder), "--waterfall", "--indicator", "hope"]) == 2
    assert "allowed: " in capsys.readouterr().err
    assert invoke(["compare", str(swept.folder), "--each-year", "--group", "sex", "--indicator", "ready"]) == 0
    said = capsys.readouterr()
    assert "pairing: the median difference varies" in said.err
    assert "women" in said.out or "female" in said.out
    assert invoke(["compare", str(swept.folder), "--group", "sex"]) == 0, "those outcomes that are told apart by it"
    assert "ready" in capsys.readouterr().out
    assert invoke(["compare", str(swept.folder), "--group", "payer"]) == 2
    assert "--group payer: no outcome of the experiment is told apart by it; allowed: all, " in capsys.readouterr().err

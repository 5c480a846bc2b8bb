"""One altered cell of what a run says of money is found, though every hash is made again."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from stepdown.results import manifest_seal
from stepdown.results.run import MANIFEST, digest
from stepdown.results.verify import verify
from stepdown.running.run import run
from stepdown.scenario import load

if TYPE_CHECKING:
    from stepdown.results import Results

FUND = {"name": "fund", "pounds": {2024: 100e6, 2025: 100e6}, "buys": "supported places", "where": "bidding"}
TEAMS = {"name": "teams", "pounds": {2024: 40e6}, "buys": {"forensic teams": 0.5, "rehabilitation beds": 0.5}}


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Results:
    """A run with goals, need groups, fines, programmes by need and by bidding, and wards that close."""
    levers: dict[str, Any] = {"cquin": 0.1, "clustering": 0.5, "breach_cost": 500.0}
    levers["beds"] = {"medium": [{"from": "2024-06-01", "beds": -300}]}
    scenario = load("baseline", population=0.02, years=2, settle_days=365, programmes=[FUND, TEAMS], **levers)
    return run(scenario, seed=11, out=tmp_path_factory.mktemp("money") / "run")


def alter(folder: Path, table: str, wanted: dict[str, Any], column: str, by: int) -> None:
    """Add to a column of the first row that has what is wanted in it, and seal the folder again."""
    path = folder / f"{table}.parquet"
    found = pq.read_table(path)
    rows = found.to_pylist()
    row = next(
        k
        for k, row in enumerate(rows)
        if all(said(row) if callable(said) else row[key] == said for key, said in wanted.items())
    )
    values = found[column].to_pylist()
    values[row] += by
    field = found.schema.field(column)
    pq.write_table(found.set_column(found.column_names.index(column), field, pa.array(values, field.type)), path)
    manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    manifest["files"][path.name].update(bytes=path.stat().st_size, sha256=digest(path))
    (folder / MANIFEST).write_text(manifest_seal.sealed(manifest), encoding="utf-8")


def test_the_run_is_whole(whole: Results) -> None:
    verdict = verify(whole.path)
    assert verdict, [str(finding) for finding in verdict.findings]


HERE = {"area": lambda row: row["area"] is not None}
BOUGHT = {"bought": lambda row: row["bought"] > 0}
BID = {"promised": lambda row: row["promised"] > 0}
SPENT = {"spent": lambda row: row["spent"] > row["set_up"]}
LED = {"contract": "provider-led"}
NATIONAL = {"commissioner": "NHS England"}


@pytest.mark.parametrize(
    ("table", "wanted", "column", "by"),
    [
        ("contracts", LED, "open_days", 20),
        ("contracts", LED, "open_days", -1),
        ("contracts", NATIONAL, "occupied_days", -1),
        ("contracts", LED, "occupied_days", 5000),
        ("contracts", LED, "paid", 1),
        ("contracts", LED, "wards", 1),
        ("contracts", LED, "cash_released", 1),
        ("contracts", NATIONAL, "notional_saving", 1),
        ("goals", {"goal": "stay", "tier": "low secure"}, "measured", 1),
        ("goals", {"goal": "stay"}, "of", 1),
        ("goals", {"goal": "readmission"}, "of", 1),
        ("goals", {"goal": "recovery"}, "of", 1),
        ("goals", {"goal": "recovery"}, "measured", 10),
        ("goals", {"goal": "feedback"}, "measured", 1),
        ("goals", {"goal": "feedback"}, "of", 1),
        ("goals", {"goal": "wait"}, "at_risk", 100),
        ("goals", {"goal": "wait"}, "paid", -100),
        ("gaming", {}, "moved", 10**12),
        ("gaming", {}, "early", -(10**12)),
        ("gaming", {}, "refused", -(10**12)),
        ("gaming", {}, "coded_up", 10**12),
        ("gaming", {}, "left_early", 1000),
        ("gaming", {}, "returned", -1000),
        ("programmes", HERE | BOUGHT, "set_up", 1),
        ("programmes", HERE | BOUGHT, "bought", 1),
        ("programmes", HERE | BOUGHT, "open", 1000),
        ("programmes", HERE | BOUGHT, "moved", 1000),
        ("programmes", HERE | SPENT, "released", 10**9),
        ("programmes", HERE | BID, "promised", 10**10),
        ("programmes", HERE | {"programme": "teams"}, "promised", 1),
        ("programmes", HERE | {"programme": "teams"}, "score", 1),
    ],
)  # fmt: skip
def test_an_altered_cell_is_found(
    whole: Results, tmp_path: Path, table: str, wanted: dict[str, Any], column: str, by: int
) -> None:
    folder = Path(shutil.copytree(whole.path, tmp_path / "copy"))
    alter(folder, table, wanted, column, by)
    findings = verify(folder).findings
    assert any(finding.file == f"{table}.parquet" for finding in findings), findings

"""The files of a run: documented, hashed, and open to everybody."""

from __future__ import annotations

import json
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from stepdown import _core
from stepdown.errors import CorruptError, UsageError
from stepdown.results import Results, export_parquet, markdown, schema
from stepdown.results.run import MANIFEST, TABLES, YEARLY, digest
from stepdown.results.verify import verify

READERS = {
    "pyarrow": """
import pyarrow as pa, pyarrow.compute as pc, pyarrow.parquet as pq
def read(path):
    return pa.ipc.open_file(path).read_all() if path.endswith("arrow") else pq.read_table(path)
def facts(table):
    sums = {f.name: pc.sum(table[f.name]).as_py() or 0 for f in table.schema if pa.types.is_integer(f.type)}
    return table.num_rows, {k: v % 2**64 for k, v in sums.items()}
""",
    "polars": """
import polars as pl
def read(path):
    return pl.read_ipc(path) if path.endswith("arrow") else pl.read_parquet(path)
def facts(frame):
    return frame.height, {n: sum(frame[n].drop_nulls().to_list()) % 2**64 for n, t in frame.schema.items() if t.is_integer()}
""",
    "pandas": """
import pandas as pd, pyarrow.feather
def read(path):
    return pd.read_feather(path, use_threads=False) if path.endswith("arrow") else pd.read_parquet(path, use_threads=False)
def facts(frame):
    whole = [n for n in frame if pd.api.types.is_integer_dtype(frame[n].dtype)]
    return len(frame), {n: sum(int(v) for v in frame[n]) % 2**64 for n in whole}
""",
    "duckdb": """
import duckdb
def read(path):
    return duckdb.sql(f"select * from '{path}'")
def facts(relation):
    whole = [n for n, t in zip(relation.columns, relation.types) if "INT" in str(t)]
    sums = relation.aggregate(", ".join(f'coalesce(sum("{n}"), 0)::hugeint' for n in whole)).fetchall()[0] if whole else ()
    return relation.shape[0], {n: int(v) % 2**64 for n, v in zip(whole, sums)}
""",
}

PROGRAM = """
import json, sys
print(json.dumps({path: facts(read(path)) for path in sys.argv[1:]}))
assert not any(name.startswith("stepdown") for name in sys.modules)
"""


def facts(reader: str, files: list[Path]) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, "-I", "-W", "ignore", "-c", READERS[reader] + PROGRAM, *map(str, files)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def whole_numbers(found: dict[str, Any]) -> dict[str, Any]:
    """Leave out columns that a reader shows as fractions because some are missing."""

    def left_out(file: str, name: str) -> bool:
        return name.startswith("wait_") or (name == "person" and file.endswith("refusals.parquet"))

    return {
        file: (rows, {n: v for n, v in sums.items() if not left_out(file, n)}) for file, (rows, sums) in found.items()
    }


@pytest.mark.parametrize("reader", ["polars", "pandas"])
def test_every_file_opens_elsewhere_with_the_same_rows_and_sums(small_run: Results, reader: str) -> None:
    files = [file for name in TABLES for file in small_run.files(name)]
    assert len(files) == 5 * 2 + 13
    assert whole_numbers(facts(reader, files)) == whole_numbers(facts("pyarrow", files))


def test_every_table_opens_in_duckdb_as_parquet(small_run: Results, tmp_path: Path) -> None:
    export_parquet(small_run, tmp_path / "parquet")
    files = sorted((tmp_path / "parquet").rglob("*.parquet"))
    assert len(files) == 5 * 2 + 13
    assert facts("duckdb", files) == facts("pyarrow", files)


def test_rows_of_the_manifest_are_those_of_the_files(small_run: Results) -> None:
    for name in TABLES:
        said = sum(f["rows"] for f in small_run.manifest["files"].values() if f["table"] == name)
        assert said == small_run.dataset(name).count_rows(), name
        assert said == small_run.table(name).num_rows, name


def test_hashes_of_the_manifest_are_those_of_the_files(small_run: Results) -> None:
    assert verify(small_run.path)
    on_disk = {str(p.relative_to(small_run.path)) for p in small_run.path.rglob("*") if p.is_file()}
    assert on_disk == {*small_run.manifest["files"], MANIFEST}


def test_a_folder_without_a_manifest_is_no_run(tmp_path: Path) -> None:
    with pytest.raises(CorruptError, match="it is not the folder of a run"):
        Results(tmp_path)
    (tmp_path / MANIFEST).write_text("{")
    with pytest.raises(CorruptError, match="it is not JSON"):
        Results(tmp_path)


def test_the_manifest_says_what_was_run(small_run: Results) -> None:
    manifest = small_run.manifest
    assert (manifest["start"], manifest["end"]) == ("2024-04-01", "2026-04-01")
    assert (manifest["seed"], manifest["replicate"], manifest["threads"]) == (7, 0, 2)
    assert manifest["scenario"]["sha256"] == digest(small_run.path / "scenario.toml")
    assert set(manifest["timings"]) >= {"start", "write", "indicators", "total", *(name for name, *_ in _core.phases())}
    assert manifest["peak_memory"] > 0
    assert tomllib.loads((small_run.path / "scenario.toml").read_text())["population"] == 0.002


def test_files_have_the_columns_types_and_units_of_the_public_schema(small_run: Results) -> None:
    for table in schema()["tables"]:
        for file in small_run.files(table["table"]):
            found = pa.ipc.open_file(file).schema if table["table"] in YEARLY else pq.read_schema(file)
            assert found.names == [c["name"] for c in table["columns"]]
            for field, column in zip(found, table["columns"], strict=True):
                assert field.metadata[b"unit"].decode() == column["unit"], field
                assert field.metadata[b"description"].decode() == column["description"], field
                if table["table"] in YEARLY:
                    assert field.nullable == column["nullable"], field


def test_every_column_and_word_is_explained() -> None:
    data = schema()
    for table in data["tables"]:
        for column in table["columns"]:
            assert column["description"].endswith("."), column
            if column["unit"] == "word" and column["vocabulary"] not in {
                "unit",
                "area",
                "commissioner",
                "payer",
                "party",
                "programme",
                None,
            }:
                assert data["vocabularies"][column["vocabulary"]], column


def test_days_of_a_file_are_of_its_year(small_run: Results) -> None:
    for name, column in (("events", "day"), ("daily", "day")):
        for file in small_run.files(name):
            days = pa.ipc.open_file(file).read_all()[column].to_pylist()
            year = int(file.stem)
            assert all((d.year if d.month >= 4 else d.year - 1) == year for d in days)


def test_a_person_has_one_row_however_often_they_come_back(small_run: Results) -> None:
    people = small_run.table("people", columns=["person"])["person"]
    assert len(pc.unique(people)) == len(people)


def test_results_hand_out_polars_and_pandas(small_run: Results) -> None:
    for name in TABLES:
        rows = small_run.table(name).num_rows
        assert small_run.polars(name).collect().height == rows
        assert len(small_run.pandas(name)) == rows


def test_a_table_that_does_not_exist_is_refused_with_those_that_do(small_run: Results) -> None:
    with pytest.raises(UsageError, match="table 'event' is not known; allowed: events, "):
        small_run.table("event")


def test_the_page_of_the_schema_is_what_the_engine_says() -> None:
    page = Path(__file__).parents[2] / "docs" / "schema.md"
    assert page.read_text(encoding="utf-8") == markdown() + "\n", "run `make docs`"

"""A run that an earlier version wrote, with other columns, is refused in one sentence that names that version: code 6."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from stepdown.cli import invoke
from stepdown.errors import CorruptError
from stepdown.results import Results, manifest_seal
from stepdown.results.hashes import digest
from stepdown.results.run import MANIFEST, TABLES, read_file

if TYPE_CHECKING:
    from collections.abc import Callable

EVERY = ("verify", "export")

SIGNED = {pa.int64(): pa.uint64(), pa.int32(): pa.uint32(), pa.int16(): pa.uint16(), pa.int8(): pa.uint8()}


def unsigned(table: pa.Table) -> pa.Table:
    fields = [field.with_type(SIGNED.get(field.type, field.type)) for field in table.schema]
    return table.cast(pa.schema(fields, table.schema.metadata), safe=False)


def renamed(table: pa.Table) -> pa.Table:
    return table.rename_columns([table.column_names[0], f"old_{table.column_names[1]}", *table.column_names[2:]])


def as_text(table: pa.Table) -> pa.Table:
    at = next(k for k, field in enumerate(table.schema) if field.type in SIGNED)
    return table.set_column(at, table.column_names[at], table.column(at).cast(pa.string()))


CHANGES: dict[str, Callable[[pa.Table], pa.Table]] = {"unsigned": unsigned, "renamed": renamed, "as text": as_text}


def aged(run: Path, to: Path, table: str, change: Callable[[pa.Table], pa.Table]) -> Path:
    """Copy a run as if an earlier version had written it."""
    shutil.copytree(run, to)
    for path in [to / f"{table}.parquet"] if (to / f"{table}.parquet").is_file() else sorted((to / table).iterdir()):
        changed = change(read_file(path)).combine_chunks()
        path.unlink()
        if path.suffix == ".parquet":
            pq.write_table(changed, path)
        else:
            with pa.OSFile(str(path), "wb") as file, pa.ipc.new_file(file, changed.schema) as writer:
                writer.write_table(changed)
    reseal(to)
    return to


def reseal(folder: Path, **keys: object) -> None:
    said = json.loads((folder / MANIFEST).read_text())
    said |= {"stepdown": "0.0.9", "code": {"sha256": "a" * 64}, "versions": {"pyarrow": "9.0"}, **keys}
    for name, facts in said["files"].items():
        facts |= {"bytes": (folder / name).stat().st_size, "sha256": digest(folder / name)}
    (folder / MANIFEST).write_text(manifest_seal.sealed(said))


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("table", TABLES)
def test_other_columns_are_refused_with_the_version_that_wrote_them(
    small_run: Results, tmp_path: Path, table: str, change: str, capsys: pytest.CaptureFixture[str]
) -> None:
    old = aged(small_run.path, tmp_path / "old", table, CHANGES[change])
    by = "it was written by stepdown 0.0.9 (code aaaaaaaaaaaa), and this is stepdown "
    for read in (Results.table, Results.dataset, Results.pandas, Results.polars):
        with pytest.raises(CorruptError, match=r"; allowed: .+ written by stepdown 0\.0\.9"):
            read(Results(old), table)
    for command in (
        ["verify", str(old)],
        ["export", str(old), "--parquet", str(tmp_path / "exported")],
        ["export", str(old), "--parquet", str(tmp_path / "rounded"), "--rounding", "5"],
        ["indicators", str(old)],
        ["indicators", str(old), "--group", "tier", "--out", str(tmp_path / "all.parquet")],
        ["series", str(old)],
        ["validate-model", str(old)],
    ):
        code = invoke(command)
        out, err = capsys.readouterr()
        assert code in (0, 6, 8), (command, err)
        assert "a bug" not in err
        if code == 6:
            assert by in out + err and err.count("\n") == 1, (command, out, err)
        else:
            assert command[0] not in EVERY or "--rounding" in command, "these read every table"
    assert not (tmp_path / "exported").exists()


@pytest.mark.parametrize(
    ("keys", "what"),
    [
        ({"format": 0}, "its format is 0; this version reads 1"),
        ({"counts": 3}, "counts: 3; "),
        ({"seed": "7"}, "seed: '7'; "),
    ],
)
def test_a_manifest_with_other_keys_is_refused_with_the_version_that_wrote_it(
    small_run: Results, tmp_path: Path, keys: dict[str, object], what: str, capsys: pytest.CaptureFixture[str]
) -> None:
    old = Path(shutil.copytree(small_run.path, tmp_path / "old"))
    reseal(old, **keys)
    for command in (["verify"], ["indicators"], ["series"], ["reproduce"]):
        assert invoke([*command, str(old)]) == 6
        out, err = capsys.readouterr()
        assert what in out + err and "it was written by stepdown 0.0.9" in out + err


def test_an_older_run_with_todays_columns_is_read(small_run: Results, tmp_path: Path) -> None:
    old = Path(shutil.copytree(small_run.path, tmp_path / "old"))
    reseal(old)
    assert Results(old).table("events").equals(small_run.table("events"))
    assert invoke(["verify", str(old)]) == 0

"""A run can be had again, bit for bit, or it is said where the two part."""

from __future__ import annotations

import json
import shutil
from contextlib import suppress
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from stepdown.agents import Collaborative, Quarter
from stepdown.agents.choices import Commissioning
from stepdown.cli import invoke
from stepdown.errors import CorruptError
from stepdown.results import Results, manifest_seal
from stepdown.results.run import MANIFEST, digest
from stepdown.results.verify import verify
from stepdown.running.reproduce import reproduce
from stepdown.running.run import run
from stepdown.scenario import load

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Results:
    """One person in a thousand for a year; tests only read it."""
    scenario = load("baseline", population=0.001, years=1, tribunal_capacity=1.5)
    return run(scenario, seed=3, replicate=2, out=tmp_path_factory.mktemp("runs") / "tiny")


@pytest.fixture
def copy(tiny: Results, tmp_path: Path) -> Path:
    return Path(shutil.copytree(tiny.path, tmp_path / "copy"))


def reseal(folder: Path) -> None:
    """Have the manifest say what its files are now: as if the run had been so."""
    manifest = json.loads((folder / MANIFEST).read_text())
    for name, facts in manifest["files"].items():
        facts.update(facts_of(folder / name, facts["table"]))
    manifest["scenario"]["sha256"] = manifest["files"]["scenario.toml"]["sha256"]
    (folder / MANIFEST).write_text(manifest_seal.sealed(manifest))


def facts_of(path: Path, table: str | None) -> dict[str, object]:
    """Return what a manifest says of a file."""
    rows = None
    if path.suffix == ".parquet":
        rows = pq.read_metadata(path).num_rows
    elif table is not None:
        with suppress(pa.ArrowInvalid):  # of a file that was cut, nobody knows
            rows = pa.ipc.open_file(path).read_all().num_rows
    rows = 0 if rows is None and table is not None else rows
    return {"table": table, "rows": rows, "bytes": path.stat().st_size, "sha256": digest(path)}


@pytest.mark.parametrize("threads", ["1", "3"])
def test_a_run_is_had_again_from_its_folder_alone(copy: Path, threads: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert invoke(["reproduce", str(copy), "--threads", threads, "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert (said["reproduced"], said["files"], said["differ"], said["first"]) == (True, 19, [], None)
    assert said["changed"] == []


def test_the_second_run_can_be_kept(copy: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert invoke(["reproduce", str(copy), "--out", str(tmp_path / "again")]) == 0
    assert "yes, bit for bit, in all 19 files" in capsys.readouterr().out
    assert verify(tmp_path / "again")


def test_where_two_runs_part_is_said_by_file_row_column_and_both_values(
    copy: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = copy / "spells" / "2024.arrow"
    table = pa.ipc.open_file(path).read_all()
    days = table["ready_days"].to_pylist()
    days[5] += 3
    table = table.set_column(
        table.column_names.index("ready_days"), table.schema.field("ready_days"), pa.array(days, pa.int32())
    )
    with pa.ipc.new_file(path, table.schema) as writer:
        writer.write_table(table)
    with_more(copy / "population.parquet", "alive")
    reseal(copy)
    assert invoke(["reproduce", str(copy), "--json"]) == 6
    out, err = capsys.readouterr()
    said = json.loads(out)
    assert said["differ"] == ["spells/2024.arrow", "population.parquet"]
    assert said["first"] == {
        "file": "spells/2024.arrow", "row": 5, "column": "ready_days", "found": days[5], "again": days[5] - 3
    }  # fmt: skip
    place = f"spells/2024.arrow, row 5, ready_days: the run has {days[5]}; run again it has {days[5] - 3}"
    assert f"no: 2 of 19 files differ; first {place}" in err


def as_other_bytes(folder: Path) -> None:
    path = folder / "daily" / "2024.arrow"
    table = pa.ipc.open_file(path).read_all()
    with pa.ipc.new_file(path, table.schema) as writer:
        writer.write_table(table)


def cut(folder: Path) -> None:
    path = folder / "daily" / "2024.arrow"
    path.write_bytes(path.read_bytes()[:-20])


def fewer(folder: Path) -> None:
    path = folder / "daily" / "2024.arrow"
    table = pa.ipc.open_file(path).read_all().slice(0, 100)
    with pa.ipc.new_file(path, table.schema) as writer:
        writer.write_table(table)


@pytest.mark.parametrize(
    ("damage", "what"),
    [
        (as_other_bytes, "the run has the same rows in other bytes"),
        (cut, "the run has a file that can't be read"),
        (fewer, "row 100: the run has 100 rows"),
    ],
)
def test_files_that_differ_without_a_differing_cell_are_told_too(
    copy: Path, damage: Callable[[Path], None], what: str
) -> None:
    damage(copy)
    with pytest.raises(CorruptError, match=r"daily/2024.arrow: it"):
        reproduce(copy)
    reseal(copy)
    found = reproduce(copy)
    assert not found
    assert found.differ == ("daily/2024.arrow",)
    assert what in str(found.first)


def test_other_code_is_said_clearly(copy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    manifest = json.loads((copy / MANIFEST).read_text())
    manifest["stepdown"], manifest["evidence"]["sha256"] = "0.0.1", "f" * 64
    (copy / MANIFEST).write_text(manifest_seal.sealed(manifest))
    assert invoke(["reproduce", str(copy)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith(f"{copy}: the version of stepdown differs: the run was made with 0.0.1, this is ")
    assert lines[1].startswith(f"{copy}: the evidence differs: the run was made with {'f' * 64}, this is ")
    assert lines[2] == f"{copy}: yes, bit for bit, in all 19 files"


def test_a_fork_is_had_again_from_its_beginning(tmp_path: Path) -> None:
    few = {"population": 0.001, "years": 2}
    fork = tmp_path / "trunk-2025-04-01.snapshot"
    run(load("baseline", **few), seed=3, out=tmp_path / "trunk", snapshot_at=[date(2025, 4, 1)])
    later = {"value": 1.5, "from": date(2025, 6, 1)}
    branch = run(load("baseline", **few, tribunal_capacity=later), out=tmp_path / "branch", snapshot=fork)
    assert branch.manifest["from"] is not None
    assert verify(branch.path)
    found = reproduce(branch.path)
    assert found, found.first


class Buyer(Collaborative):
    """Buys places every quarter."""

    def commissioning(self, quarter: Quarter) -> Commissioning:  # noqa: ARG002 -- whatever the quarter was like
        return Commissioning.BUY_PLACES


class Spender(Buyer):
    """The same under another name."""


def test_a_run_with_agents_of_ones_own_is_had_again_with_the_same_agents(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    year = load("baseline", population=0.001, years=1)
    folder = run(year, seed=3, out=tmp_path / "own", agents=[Buyer]).path
    assert invoke(["reproduce", str(folder)]) == 2
    assert "the run was given agents in Python (" in capsys.readouterr().err
    found = reproduce(folder, agents=[Buyer])
    assert found
    assert found.changed == ()
    found = reproduce(folder, agents=[Spender])
    said = {sentence.split(" differs")[0].rpartition(":")[2] for sentence in found.changed}
    assert said >= {"Buyer", "Spender"}


def test_a_scenario_that_cannot_be_read_again_is_refused_in_a_sentence(copy: Path) -> None:
    (copy / "scenario.toml").write_text("title = 7")
    with pytest.raises(CorruptError, match=r"scenario.toml: it has 9 bytes"):
        reproduce(copy)
    reseal(copy)
    with pytest.raises(CorruptError, match="what the run was made from can't be read"):
        reproduce(copy)


def test_a_manifest_that_does_not_say_what_was_run_is_refused_in_a_sentence(copy: Path) -> None:
    manifest = json.loads((copy / MANIFEST).read_text())
    del manifest["seed"]
    (copy / MANIFEST).write_text(manifest_seal.sealed(manifest))
    with pytest.raises(CorruptError, match=r"manifest.json: it does not say 'seed'"):
        reproduce(copy)


@pytest.mark.parametrize(
    ("change", "where"),
    [
        (lambda said: said["counts"].update(person_days=said["counts"]["person_days"] + 1), "counts: "),
        (lambda said: said.update(share=0.01), "share: "),
        (lambda said: said.update(settling="2021-05-01"), "settling: "),
        (lambda said: said["files"]["ledger.parquet"].update(rows=1), "files.ledger.parquet.rows: "),
    ],
)
def test_what_the_manifest_says_of_the_data_must_be_had_again_too(
    copy: Path, change: Callable[[dict[str, Any]], None], where: str, capsys: pytest.CaptureFixture[str]
) -> None:
    said = json.loads((copy / MANIFEST).read_text())
    change(said)
    (copy / MANIFEST).write_text(manifest_seal.sealed(said))
    assert invoke(["reproduce", str(copy)]) == 6
    assert f"no: 1 of 19 files differ; first manifest.json, {where}the run has " in capsys.readouterr().err


def with_more(path: Path, column: str) -> None:
    """Add one to the last row of a column."""
    table = pq.read_table(path)
    values = table[column].to_pylist()
    values[-1] += 1
    field = table.schema.field(column)
    pq.write_table(table.set_column(table.column_names.index(column), field, pa.array(values, field.type)), path)


def other_writer(path: Path) -> None:
    """Rewrite a Parquet file as another version of pyarrow would: the same values in other bytes."""
    table = pq.read_table(path)
    pq.write_table(table, path, compression="zstd", compression_level=9, data_page_size=4096, write_statistics=False)
    data = path.read_bytes().replace(
        f"arrow version {pa.__version__}".encode(), b"arrow version " + b"9" * len(pa.__version__)
    )
    path.write_bytes(data)


def test_another_pyarrow_changes_bytes_and_not_the_answer(copy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for path in copy.glob("*.parquet"):
        other_writer(path)
    manifest = json.loads((copy / MANIFEST).read_text())
    assert manifest["versions"]["pyarrow"] == pa.__version__
    manifest["versions"]["pyarrow"] = "9.9.9"
    (copy / MANIFEST).write_text(manifest_seal.sealed(manifest))
    reseal(copy)
    assert invoke(["reproduce", str(copy)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == f"{copy}: the version of pyarrow differs: the run was made with 9.9.9, this is {pa.__version__}"
    assert [line for line in lines if "other bytes with the same values: parquet-cpp-arrow version 9" in line][2:]
    assert lines[-1] == f"{copy}: yes, value for value, in all 19 files"


def test_another_value_is_a_difference_whoever_wrote_it(copy: Path) -> None:
    path = copy / "indicators.parquet"
    table = pq.read_table(path)
    values = table["value"].to_pylist()
    values[7] += 1e-9 * abs(values[7]) or 1e-9
    table = table.set_column(5, table.schema.field(5), pa.array(values))
    pq.write_table(table, path)
    other_writer(path)
    reseal(copy)
    found = reproduce(copy)
    assert (found.differ, found.first and (found.first.row, found.first.column)) == (
        ("indicators.parquet",),
        (7, "value"),
    )

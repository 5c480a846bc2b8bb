"""A run can be had again, bit for bit, or it is said where the two part."""

from __future__ import annotations

import json
import shutil
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa
import pytest

from stepdown.agents import Collaborative, Quarter
from stepdown.agents.choices import Commissioning
from stepdown.cli import invoke
from stepdown.errors import CorruptError
from stepdown.results import Results, manifest_seal
from stepdown.results.run import MANIFEST
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


@pytest.mark.parametrize("threads", ["1", "3"])
def test_a_run_is_had_again_from_its_folder_alone(copy: Path, threads: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert invoke(["reproduce", str(copy), "--threads", threads, "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert (said["reproduced"], said["files"], said["differ"], said["first"]) == (True, 8, [], None)
    assert said["changed"] == []


def test_the_second_run_can_be_kept(copy: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert invoke(["reproduce", str(copy), "--out", str(tmp_path / "again")]) == 0
    assert "yes, bit for bit, in all 8 files" in capsys.readouterr().out
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
    (copy / "population.parquet").unlink()
    assert invoke(["reproduce", str(copy), "--json"]) == 6
    out, err = capsys.readouterr()
    said = json.loads(out)
    assert said["differ"] == ["spells/2024.arrow", "population.parquet"]
    assert said["first"] == {
        "file": "spells/2024.arrow", "row": 5, "column": "ready_days", "found": days[5], "again": days[5] - 3
    }  # fmt: skip
    place = f"spells/2024.arrow, row 5, ready_days: the run has {days[5]}; run again it has {days[5] - 3}"
    assert err.endswith(f"no: 2 of 8 files differ; first {place}\n")


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
    assert lines[2] == f"{copy}: yes, bit for bit, in all 8 files"


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
    with pytest.raises(CorruptError, match="what the run was made from can't be read"):
        reproduce(copy)


def test_a_manifest_that_does_not_say_what_was_run_is_refused_in_a_sentence(copy: Path) -> None:
    (copy / MANIFEST).write_text("{}")
    with pytest.raises(CorruptError, match=r"manifest.json: it does not say 'seed'"):
        reproduce(copy)

"""Whatever happens to the files of a run, `verify` finds it and says where."""

from __future__ import annotations

import json
import random
import shutil
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from stepdown.cli import invoke
from stepdown.errors import CorruptError
from stepdown.results import Results, manifest_seal
from stepdown.results.invariants import INVARIANTS
from stepdown.results.run import MANIFEST, digest
from stepdown.results.verify import verify
from stepdown.running.run import run
from stepdown.scenario import EARLIEST, HORIZON, load
from stepdown.scenario.files import names

if TYPE_CHECKING:
    from collections.abc import Callable

FLIPS = 1000
START = date(2024, 4, 1)
GONE = ("left", "dead")


@pytest.fixture
def copy(small_run: Results, tmp_path: Path) -> Path:
    """A copy of the small run, to be damaged."""
    return Path(shutil.copytree(small_run.path, tmp_path / "copy"))


def test_a_whole_run_is_whole(small_run: Results) -> None:
    verdict = verify(small_run.path)
    assert verdict
    assert verdict.files == len(small_run.manifest["files"]) + 1
    assert verdict.invariants == tuple(INVARIANTS)


UNDATED = ("baseline", "constant", "referee", "unlimited")
"""Scenarios without a lever that begins on a day: they may start on any."""

LATEST = HORIZON.replace(year=HORIZON.year - 1)


@pytest.mark.parametrize(
    ("name", "start"),
    [
        *((name, None) for name in names()),
        *((name, EARLIEST) for name in (*UNDATED, "world-2013")),
        *((name, LATEST) for name in UNDATED),
    ],
    ids=str,
)
def test_every_shipped_scenario_is_whole_also_at_the_ends_of_the_calendar(
    name: str, start: date | None, tmp_path: Path
) -> None:
    when = {} if start is None else {"start": start}
    run(load(name, population=0.0005, years=1, settle_days=0, **when), seed=7, out=tmp_path / "run")
    verdict = verify(tmp_path / "run")
    assert verdict, [str(finding) for finding in verdict.findings]
    assert verdict.invariants == tuple(INVARIANTS)


def test_one_flipped_bit_in_any_file_is_found_a_thousand_times_of_a_thousand(copy: Path) -> None:
    draw = random.Random(1)
    files = sorted(path for path in copy.rglob("*") if path.is_file())
    found = dict.fromkeys(files, 0)
    for _ in range(FLIPS):
        path = draw.choice(files)
        at, bit = draw.randrange(path.stat().st_size), draw.randrange(8)
        with path.open("r+b") as file:
            file.seek(at)
            (byte,) = file.read(1)
            file.seek(at)
            file.write(bytes([byte ^ 1 << bit]))
        (finding,) = verify(copy).findings
        assert finding.file == str(path.relative_to(copy)), (path, at, bit)
        with path.open("r+b") as file:
            file.seek(at)
            file.write(bytes([byte]))
        found[path] += 1
    assert sum(found.values()) == FLIPS
    assert min(found.values()) > 0
    assert verify(copy)


def test_each_byte_of_the_manifest_matters(copy: Path) -> None:
    data = (copy / MANIFEST).read_bytes()
    assert manifest_seal.fault(data) is None
    assert all(manifest_seal.fault(data[:k] + bytes([byte ^ 0x20]) + data[k + 1 :]) for k, byte in enumerate(data))
    assert manifest_seal.fault(data + b"\n")
    assert manifest_seal.fault(data[:-1])


@pytest.mark.parametrize("name", ["scenario.toml", "events/2024.arrow", "ledger.parquet"])
def test_a_file_that_is_missing_cut_or_exchanged_is_found(copy: Path, name: str) -> None:
    data = (copy / name).read_bytes()
    (copy / name).write_bytes(data[:-1])
    assert [str(f) for f in verify(copy).findings] == [
        f"{name}: it has {len(data) - 1} bytes; the manifest says {len(data)}"
    ]
    (copy / name).write_bytes(bytes(len(data)))
    assert "its SHA-256 is" in str(verify(copy).findings[0])
    (copy / name).unlink()
    assert [str(f) for f in verify(copy).findings] == [
        f"{name}: the file is missing; the manifest says {len(data)} bytes"
    ]


def test_a_file_too_many_is_found(copy: Path) -> None:
    (copy / "events" / "2024.arrow.aside").write_text("half")
    (copy / ".hidden").write_text("")
    assert [f.file for f in verify(copy).findings] == [".hidden", "events/2024.arrow.aside"]


def test_a_folder_that_is_no_run_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(CorruptError, match=r"manifest.json can't be read"):
        verify(tmp_path)
    assert invoke(["verify", str(tmp_path / "nowhere")]) == 6
    assert "it is not the folder of a run" in capsys.readouterr().err


def test_the_command_says_what_is_wrong_and_ends_with_6(copy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert invoke(["verify", str(copy)]) == 0
    assert "whole; 25 files and 23 invariants" in capsys.readouterr().out
    (copy / "scenario.toml").unlink()
    assert invoke(["verify", str(copy)]) == 6
    out, err = capsys.readouterr()
    assert out.startswith("scenario.toml: the file is missing")
    assert err == f"stepdown: {copy}: 1 thing is wrong\n"
    assert invoke(["verify", str(copy), "--json"]) == 6
    said = json.loads(capsys.readouterr().out)
    assert (said["whole"], said["findings"][0]["file"]) == (False, "scenario.toml")


def reseal(folder: Path, change: Callable[[dict[str, Any]], None]) -> None:
    """Change the manifest, and seal it again."""
    manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    change(manifest)
    (folder / MANIFEST).write_text(manifest_seal.sealed(manifest), encoding="utf-8")


def forge(folder: Path, name: str, change: Callable[[pa.Table], pa.Table]) -> None:
    """Change a table as somebody would who can make hashes too."""
    path = folder / name
    if path.suffix == ".parquet":
        pq.write_table(change(pq.read_table(path)), path)
    else:
        table = change(pa.ipc.open_file(path).read_all())
        with pa.ipc.new_file(path, table.schema) as writer:
            writer.write_table(table)
    rows = pq.read_table(path).num_rows if path.suffix == ".parquet" else pa.ipc.open_file(path).read_all().num_rows
    reseal(
        folder,
        lambda manifest: manifest["files"][name].update(rows=rows, bytes=path.stat().st_size, sha256=digest(path)),
    )


def again(table: pa.Table) -> pa.Table:
    """Repeat the longest row of spells, or the last of anything else."""
    last = table.num_rows - 1
    if "start" in table.column_names:
        days = pc.subtract(table["end"].cast(pa.int32()), table["start"].cast(pa.int32()))
        last = pc.index(days, pc.max(days)).as_py()
    return pa.concat_tables([table, table.slice(last, 1)])


def backwards(table: pa.Table) -> pa.Table:
    return table.take(pa.array(range(table.num_rows - 1, -1, -1)))


def more(column: str) -> Callable[[pa.Table], pa.Table]:
    """Return what adds a hundred to the last row of a column."""

    def change(table: pa.Table) -> pa.Table:
        field = table.schema.field(column)
        values = table[column].to_pylist()
        values[-1] += 100
        return table.set_column(table.column_names.index(column), field, pa.array(values, field.type))

    return change


def without(table: pa.Table, *, ending: bool) -> pa.Table:
    """Leave out the longest of the spells that came after another in the run, and are open or are followed by another."""
    rows = table.to_pylist()
    after = [k for k, row in enumerate(rows) if row["source"] and row["start"] > START]
    wanted = [k for k in after if (rows[k]["ending"] == "open") == ending and rows[k]["destination"] not in GONE]
    longest = max(wanted, key=lambda k: rows[k]["end"] - rows[k]["start"])
    return table.filter(pa.array([k != longest for k in range(len(rows))]))


def lost(table: pa.Table) -> pa.Table:
    return without(table, ending=False)


def vanished(table: pa.Table) -> pa.Table:
    return without(table, ending=True)


def stranger(table: pa.Table) -> pa.Table:
    return more("person")(table)


def shorter(table: pa.Table) -> pa.Table:
    return table.drop_columns(table.column_names[-1:])


def all_in_work(table: pa.Table) -> pa.Table:
    """Everybody is in work, and one more of each."""
    return table.set_column(
        table.column_names.index("employed"), table.schema.field("employed"), pc.add(table["people"], 1)
    )


@pytest.mark.parametrize(
    ("name", "change", "what"),
    [
        ("people/2025.arrow", again, "has a second row"),
        ("events/2024.arrow", backwards, "stands after a later day"),
        ("events/2025.arrow", stranger, "is of somebody who is not in the table of people"),
        ("spells/2025.arrow", again, "is in two places"),
        ("spells/2025.arrow", lost, "is nowhere from then until"),
        ("spells/2025.arrow", vanished, "is nowhere from then on"),
        ("spells/2024.arrow", stranger, "is of somebody who is not in the table of people"),
        ("daily/2024.arrow", again, "is there twice"),
        ("daily/2024.arrow", more("held"), "has more beds occupied and held than open"),
        ("daily/2024.arrow", more("no_team"), "lacks for more than are ready"),
        ("daily/2025.arrow", shorter, "its columns are"),
        ("areas/2024.arrow", again, "is there twice"),
        ("areas/2024.arrow", more("over28_request"), "has more past 28 days than past 14"),
        ("areas/2025.arrow", more("over14_need"), "has more past 14 days than wait"),
        ("population.parquet", more("alive"), "those of the year before and its changes give"),
        ("wellbeing.parquet", more("people"), "the spells say"),
        ("wellbeing.parquet", all_in_work, "people"),
        ("ledger.parquet", again, "is there twice"),
        ("ledger.parquet", more("pence"), "its account says"),
        ("ledger.parquet", more("micro_qaly"), "the tables give"),
        ("accounts.parquet", more("pence"), "earned"),
        ("contracts.parquet", more("reserve"), "reserve is"),
        ("contracts.parquet", more("income"), "income is"),
        ("budgets.parquet", more("spent"), "spent is"),
        ("budgets.parquet", more("refused"), "refused is"),
        ("refusals.parquet", again, "refused is"),
        ("orders.parquet", more("done"), "more was done than was wanted"),
        ("indicators.parquet", more("value"), "the tables give"),
    ],
)
def test_a_breach_that_hashes_hide_is_found(
    copy: Path, name: str, change: Callable[[pa.Table], pa.Table], what: str
) -> None:
    forge(copy, name, change)
    findings = verify(copy).findings
    assert any(what in finding.what for finding in findings), findings


@pytest.mark.parametrize("table", ["daily", "areas"])
def test_a_day_without_its_rows_is_found(copy: Path, table: str) -> None:
    forge(copy, f"{table}/2024.arrow", lambda rows: rows.filter(pc.not_equal(rows["day"], rows["day"][90])))
    assert any("its days are not those of the year" in finding.what for finding in verify(copy).findings)


def test_an_empty_bed_that_somebody_is_in_is_found(copy: Path) -> None:
    def empty(table: pa.Table) -> pa.Table:
        tier = table["tier"].cast(pa.string())
        occupied = pc.if_else(pc.equal(tier, "medium secure"), 0, table["occupied"]).cast(pa.int32())
        return table.set_column(table.column_names.index("occupied"), table.schema.field("occupied"), occupied)

    forge(copy, "daily/2025.arrow", empty)
    findings = [finding for finding in verify(copy).findings if "the spells say" in finding.what]
    assert [finding.file for finding in findings] == ["daily/2025.arrow"]
    assert "0 medium secure beds are occupied" in findings[0].what


def test_rows_that_the_manifest_miscounts_are_found(copy: Path) -> None:
    reseal(copy, lambda manifest: manifest["files"]["spells/2024.arrow"].update(rows=1))
    assert "rows; the manifest says 1" in str(verify(copy).findings[0])


def test_files_damaged_by_somebody_who_can_make_hashes_are_findings_and_nothing_worse(copy: Path) -> None:
    draw = random.Random(2)
    files = sorted(path for path in copy.rglob("*.*") if path.suffix in (".arrow", ".parquet"))
    for _ in range(60):
        path = draw.choice(files)
        data = path.read_bytes()
        damaged = bytearray(data)
        for _ in range(draw.choice([1, 10, 1000])):
            damaged[draw.randrange(len(damaged))] = draw.randrange(256)
        path.write_bytes(damaged)
        name = str(path.relative_to(copy))
        sha256 = digest(path)
        reseal(copy, lambda manifest, name=name, sha256=sha256: manifest["files"][name].update(sha256=sha256))
        assert all(finding.what for finding in verify(copy).findings)
        path.write_bytes(data)
        sha256 = digest(path)
        reseal(copy, lambda manifest, name=name, sha256=sha256: manifest["files"][name].update(sha256=sha256))
    assert verify(copy)


def test_a_manifest_that_says_too_little_is_a_finding(copy: Path) -> None:
    reseal(copy, lambda manifest: manifest.pop("end"))
    assert [str(f) for f in verify(copy).findings] == ["manifest.json: it does not say 'end'"]


@pytest.mark.parametrize(("key", "value"), [("seed", 8), ("replicate", 1), ("share", 0.02)])
def test_a_manifest_that_names_another_run_than_its_tables_is_found(copy: Path, key: str, value: float) -> None:
    reseal(copy, lambda manifest: manifest.update({key: value}))
    findings = [str(finding) for finding in verify(copy).findings]
    assert any(
        f"it is of a run with {key} " in finding and f"the manifest says {value}" in finding for finding in findings
    )


def test_another_format_is_refused_and_never_misread(copy: Path) -> None:
    reseal(copy, lambda manifest: manifest.update(format=99))
    assert [str(f) for f in verify(copy).findings] == ["manifest.json: its format is 99; this version reads 1"]

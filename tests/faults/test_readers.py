"""No command and no call uses a file of a run that has changed since it was written: code 6, and one sentence with its name."""

from __future__ import annotations

import json
import os
import random
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from stepdown.cli import invoke
from stepdown.errors import CorruptError, ResourceError
from stepdown.results import Results, export_parquet, manifest_seal
from stepdown.results.run import MANIFEST, TABLES, digest, read_file, reading
from stepdown.results.verify import verify
from stepdown.running.reproduce import reproduce
from stepdown.validation.scoring import scores
from stepdown.validation.series import compare

if TYPE_CHECKING:
    from collections.abc import Callable

READERS: dict[str, Callable[[Results, Path], object]] = {
    "table": lambda run, _: run.table("people"),
    "dataset": lambda run, _: run.dataset("ledger"),
    "pandas": lambda run, _: run.pandas("daily"),
    "polars": lambda run, _: run.polars("events").collect(),
    "indicator": lambda run, _: run.indicator("occupancy"),
    "scenario": lambda run, _: run.scenario,
    "scores": lambda run, _: scores([run]),
    "series": lambda run, _: compare(run),
    "export": lambda run, to: export_parquet(run, to / "exported"),
    "reproduce": lambda run, _: reproduce(run.path),
}
COMMANDS: dict[str, list[str]] = {
    "export": ["export", "RUN", "--parquet", "OUT"],
    "export rounded": ["export", "RUN", "--parquet", "OUT", "--rounding", "5"],
    "indicators": ["indicators", "RUN"],
    "indicators of two": ["indicators", "OTHER", "RUN"],
    "indicators to a file": ["indicators", "RUN", "--out", "OUT"],
    "series": ["series", "RUN"],
    "validate-model": ["validate-model", "RUN"],
    "verify": ["verify", "RUN"],
    "reproduce": ["reproduce", "RUN"],
}


@pytest.fixture
def copy(small_run: Results, tmp_path: Path) -> Path:
    return Path(shutil.copytree(small_run.path, tmp_path / "copy"))


def flip(path: Path, draw: random.Random) -> None:
    """Flip a bit without a trace in size or time, as a disk does."""
    facts = path.stat()
    data = bytearray(path.read_bytes())
    data[draw.randrange(len(data))] ^= 1 << draw.randrange(8)
    path.write_bytes(data)
    os.utime(path, ns=(facts.st_atime_ns, facts.st_mtime_ns))


def files_of(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file() and path.name != MANIFEST)


@pytest.mark.parametrize("reader", READERS)
def test_a_flipped_bit_in_any_file_is_refused_by_every_reader(copy: Path, tmp_path: Path, reader: str) -> None:
    draw = random.Random(reader)
    run = Results(copy)
    run.check()  # was right once: that is forgotten when the file changes
    for path in files_of(copy):
        good = path.read_bytes()
        flip(path, draw)
        with pytest.raises(CorruptError, match=f"{path.name}: its SHA-256 is "):
            READERS[reader](run, tmp_path)
        path.write_bytes(good)
    assert not (tmp_path / "exported").exists()


@pytest.mark.parametrize("command", COMMANDS)
def test_a_flipped_bit_in_any_file_ends_every_command_with_6_and_one_sentence(
    small_run: Results, copy: Path, tmp_path: Path, command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    draw = random.Random(command)
    places = {"RUN": str(copy), "OUT": str(tmp_path / "out"), "OTHER": str(small_run.path)}
    arguments = [places.get(word, word) for word in COMMANDS[command]]
    for path in (*files_of(copy), copy / MANIFEST):
        good = path.read_bytes()
        flip(path, draw)
        assert invoke(arguments) == 6
        out, err = capsys.readouterr()
        assert err.startswith("stepdown: ") and err.count("\n") == 1
        assert path.name in out + err
        path.write_bytes(good)
    assert not (tmp_path / "out").exists()


def test_a_file_that_the_manifest_does_not_name_is_not_read(copy: Path) -> None:
    rows = Results(copy).table("people").num_rows
    shutil.copy(copy / "people" / "2024.arrow", copy / "people" / "2030.arrow")
    assert Results(copy).table("people").num_rows == rows


def test_hashes_are_taken_once_unless_a_file_changes(copy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    taken: list[str] = []
    from stepdown.results import hashes

    digest = hashes.digest
    monkeypatch.setattr(hashes, "digest", lambda path: (taken.append(path.name), digest(path))[1])
    run = Results(copy)
    run.table("people")
    assert len(taken) == len(run.manifest["files"])
    Results(copy).table("events")
    assert len(taken) == len(run.manifest["files"])
    os.utime(copy / "ledger.parquet")
    Results(copy).table("events")
    assert taken[len(run.manifest["files"]) :] == ["ledger.parquet"]


@pytest.mark.parametrize("name", ["../secret", "/etc/hostname", "events/../../secret", ".hidden", "a\x00b", "a//b", ""])
def test_a_name_that_leads_out_of_the_folder_is_refused(
    copy: Path, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    manifest = json.loads((copy / MANIFEST).read_text())
    manifest["files"][name] = manifest["files"]["ledger.parquet"]
    (copy / MANIFEST).write_text(manifest_seal.sealed(manifest))
    with pytest.raises(CorruptError, match=r"manifest.json: files.+allowed: a name inside the folder"):
        Results(copy)
    assert invoke(["verify", str(copy)]) == 6
    assert "a name inside the folder" in capsys.readouterr().out


def test_a_link_that_leads_out_of_the_folder_is_refused(copy: Path, tmp_path: Path) -> None:
    ledger = copy / "ledger.parquet"
    ledger.rename(tmp_path / "elsewhere")
    ledger.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(CorruptError, match=r"ledger.parquet: it leads out of the folder"):
        Results(copy).table("people")
    assert invoke(["verify", str(copy)]) == 6
    ledger.unlink()
    (tmp_path / "elsewhere").rename(ledger)
    (copy / "daily").rename(tmp_path / "daily")
    (copy / "daily").symlink_to(tmp_path / "daily")
    with pytest.raises(CorruptError, match=r"daily/2024.arrow: it leads out of the folder"):
        Results(copy).table("people")


def test_a_run_may_be_named_by_a_link(copy: Path, tmp_path: Path) -> None:
    (tmp_path / "latest").symlink_to(copy)
    assert Results(tmp_path / "latest").table("people").num_rows > 0
    assert invoke(["verify", str(tmp_path / "latest")]) == 0


def test_a_pipe_in_the_place_of_a_file_is_refused_at_once(copy: Path) -> None:
    for name in ("ledger.parquet", MANIFEST):
        good = (copy / name).read_bytes()
        (copy / name).unlink()
        os.mkfifo(copy / name)
        assert invoke(["verify", str(copy)]) == 6
        assert invoke(["export", str(copy), "--parquet", str(copy.parent / "out")]) == 6
        (copy / name).unlink()
        (copy / name).write_bytes(good)


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("[]", "allowed: an object"),
        ("{}", "it does not end with its seal"),
        ("7", "allowed: an object"),
        ("{", "it is not JSON"),
        ("", "it is not JSON"),
        ('{"a": NaN}', "NaN is not a number"),
        ('{"a": 1, "a": 2}', "it says 'a' twice"),
        ("[" * 100_000, "it is nested more than 50 deep"),
        ('{"a": ' + "9" * 5000 + "}", "it is not JSON"),
    ],
)
def test_a_manifest_of_the_wrong_kind_is_refused_in_one_sentence(copy: Path, text: str, what: str) -> None:
    (copy / MANIFEST).write_text(text)
    with pytest.raises(CorruptError, match=what):
        Results(copy)
    assert invoke(["verify", str(copy)]) == 6


@pytest.mark.parametrize(
    ("key", "value", "what"),
    [
        ("files", 3, "files: 3; "),
        ("files", {"a": 3}, "files.a: 3; "),
        ("seed", -1, "seed: -1; "),
        ("seed", 1 << 64, "seed: "),
        ("seed", True, "seed: True; "),
        ("seed", 7.0, "seed: 7.0; "),
        ("start", "2024-13-01", "start: '2024-13-01'; allowed: a date"),
        ("end", "2024-04-01", "settling, start and end in this order"),
        ("scenario", [], "scenario: "),
        ("counts", None, "counts: None; "),
        ("code", {"sha256": "x"}, "code.sha256: 'x'; "),
        ("stepdown", None, "stepdown: None; "),
    ],
)
def test_each_key_of_a_manifest_has_its_type(copy: Path, key: str, value: object, what: str) -> None:
    manifest = json.loads((copy / MANIFEST).read_text())
    (copy / MANIFEST).write_text(manifest_seal.sealed(manifest | {key: value}))
    with pytest.raises(CorruptError) as caught:
        Results(copy)
    assert f"manifest.json: {what}" in str(caught.value) or what in str(caught.value)
    assert invoke(["verify", str(copy)]) == 6


# ---- A manifest that doesn't name what such a run has, with a seal that fits ----------------------------------------------------


def emptied(manifest: dict[str, Any]) -> None:
    manifest["files"] = {}


def without(name: str) -> Callable[[dict[str, Any]], None]:
    def change(manifest: dict[str, Any]) -> None:
        del manifest["files"][name]

    return change


def with_facts(name: str, of: str, **facts: object) -> Callable[[dict[str, Any]], None]:
    def change(manifest: dict[str, Any]) -> None:
        manifest["files"][name] = manifest["files"][of] | facts

    return change


def with_key(**keys: object) -> Callable[[dict[str, Any]], None]:
    return lambda manifest: manifest.update(keys)


MISSTATED: dict[str, tuple[Callable[[dict[str, Any]], None], str]] = {
    "no files": (
        emptied,
        "files: scenario.toml is missing; allowed: every file that a run of 2024-04-01 to 2026-04-01 has",
    ),
    "no scenario": (without("scenario.toml"), "files: scenario.toml is missing"),
    "a year short": (without("spells/2025.arrow"), "files: spells/2025.arrow is missing"),
    "no ledger": (without("ledger.parquet"), "files: ledger.parquet is missing"),
    "a year more": (
        with_facts("daily/2026.arrow", "daily/2025.arrow"),
        "files: daily/2026.arrow; allowed: the files that",
    ),
    "a strange file": (with_facts("notes.txt", "scenario.toml"), "files: notes.txt; allowed: the files that"),
    "another table": (
        with_facts("spells/2024.arrow", "spells/2024.arrow", table="events"),
        "files.spells/2024.arrow: table 'events', rows ",
    ),
    "a table without rows": (
        with_facts("people/2024.arrow", "people/2024.arrow", rows=None),
        "files.people/2024.arrow: table 'people', rows None; allowed: people, and its rows",
    ),
    "rows of a text": (with_facts("scenario.toml", "scenario.toml", rows=3), "files.scenario.toml: table None, rows 3"),
    "a longer run": (with_key(end="2027-04-01"), "files: events/2026.arrow is missing"),
    "a shorter run": (with_key(end="2025-04-01"), "files: areas/2025.arrow; allowed: the files that"),
    "as an export": (
        with_key(rounding=None),
        "files: events/2024.parquet is missing; allowed: every file that an export",
    ),
    "columns of its own": (with_key(own={"patients": {}}), "files: own_patients/2024.arrow is missing"),
    "another scenario": (
        with_key(scenario={"name": "x", "title": "x", "sha256": "0" * 64}),
        "scenario.sha256: 0000",
    ),
}


def as_told(run: Path, change: Callable[[dict[str, Any]], None]) -> None:
    """Change what a manifest says, and seal it again."""
    manifest = json.loads((run / MANIFEST).read_text())
    change(manifest)
    (run / MANIFEST).write_text(manifest_seal.sealed(manifest))


@pytest.mark.parametrize("case", MISSTATED)
def test_a_manifest_that_names_other_files_than_such_a_run_has_is_refused_by_every_reader(
    small_run: Results, copy: Path, tmp_path: Path, case: str, capsys: pytest.CaptureFixture[str]
) -> None:
    change, what = MISSTATED[case]
    as_told(copy, change)
    with pytest.raises(CorruptError) as caught:
        Results(copy)
    assert f"manifest.json: {what}" in str(caught.value)
    places = {"RUN": str(copy), "OUT": str(tmp_path / "out"), "OTHER": str(small_run.path)}
    for command in COMMANDS.values():
        assert invoke([places.get(word, word) for word in command]) == 6, command
        assert what in "".join(capsys.readouterr()), command
    assert not (tmp_path / "out").exists()


def test_an_export_that_lacks_a_file_is_refused(small_run: Results, tmp_path: Path) -> None:
    for rounding in (None, 5):
        folder = export_parquet(small_run, tmp_path / f"export-{rounding}", rounding=rounding)
        assert Results(folder).table("daily").num_rows == small_run.table("daily").num_rows
        as_told(folder, without("daily/2025.parquet"))
        with pytest.raises(
            CorruptError, match=r"files: daily/2025\.parquet is missing; allowed: every file that an export"
        ):
            Results(folder)


def test_rows_that_the_manifest_miscounts_are_refused_by_whoever_reads_the_table(copy: Path, tmp_path: Path) -> None:
    as_told(copy, with_facts("spells/2024.arrow", "spells/2024.arrow", rows=1))
    for read in (Results.table, Results.dataset, Results.pandas, Results.polars):
        with pytest.raises(CorruptError, match=r"spells/2024.arrow: it has \d+ rows; the manifest says 1"):
            read(Results(copy), "spells")
    with pytest.raises(CorruptError, match="the manifest says 1"):
        export_parquet(Results(copy), tmp_path / "out")


# ---- Data that isn't what the schema says, with hashes that fit --------------------------------------------------------------


def rewrite(run: Path, name: str, table: pa.Table) -> None:
    """Put a table in the place of one of a run, and seal the manifest again."""
    fields = [field.with_nullable(True) for field in table.schema]
    table = table.cast(pa.schema(fields, table.schema.metadata))
    (run / name).unlink()  # somebody may read the old one, mapped into memory
    if name.endswith(".parquet"):
        pq.write_table(table, run / name)
    else:
        with pa.OSFile(str(run / name), "wb") as file, pa.ipc.new_file(file, table.schema) as out:
            out.write_table(table)
    reseal(run, name)


def reseal(run: Path, name: str) -> None:
    manifest = json.loads((run / MANIFEST).read_text())
    manifest["files"][name] |= {"bytes": (run / name).stat().st_size, "sha256": digest(run / name)}
    manifest["scenario"]["sha256"] = manifest["files"]["scenario.toml"]["sha256"]
    (run / MANIFEST).write_text(manifest_seal.sealed(manifest))


SCHEMA_READERS: dict[str, Callable[[Results, Path], object]] = {
    "table": lambda run, _: [run.table(name) for name in TABLES],
    "export": lambda run, to: export_parquet(run, to / "out"),
    "export rounded": lambda run, to: export_parquet(run, to / "rounded", rounding=5),
    "series": lambda run, _: compare(run),
}


@pytest.mark.parametrize(
    ("reader", "name", "column"),
    [
        *((reader, "indicators.parquet", column) for reader in SCHEMA_READERS for column in ("value", "indicator")),
        ("table", "people/2024.arrow", "born"),
        ("export", "people/2024.arrow", "born"),
    ],
)
def test_a_column_that_is_missing_or_lacks_values_is_refused_though_its_hash_fits(
    copy: Path, tmp_path: Path, reader: str, name: str, column: str
) -> None:
    whole = read_file(copy / name)
    where = whole.column_names.index(column)
    holed = whole.set_column(where, column, pa.nulls(whole.num_rows, whole.schema.field(column).type))
    for table, what in (
        (whole.drop_columns([column]), f"column {column} is missing; allowed: "),
        (holed, f"column {column} has {whole.num_rows} missing values; allowed: none"),
    ):
        rewrite(copy, name, table)
        with pytest.raises(CorruptError, match=what):
            SCHEMA_READERS[reader](Results(copy), tmp_path)
        verdict = verify(copy)
        assert [finding.file for finding in verdict.findings] == [name]
    assert not (tmp_path / "out").exists()


def test_a_scenario_that_lacks_its_share_is_refused(copy: Path) -> None:
    text = (copy / "scenario.toml").read_text()
    (copy / "scenario.toml").write_text("\n".join(line for line in text.split("\n") if "population" not in line))
    reseal(copy, "scenario.toml")
    with pytest.raises(CorruptError, match=r"scenario.toml: population: None; allowed: a number above 0"):
        _ = Results(copy).share


def test_a_file_that_claims_more_than_any_machine_has_is_corrupt_and_no_lack_of_memory(tmp_path: Path) -> None:
    for asked, error in ((5_412_543_002_742_620_160, CorruptError), (-1, CorruptError), (1 << 33, ResourceError)):
        message = f"malloc of size {asked} failed"
        with pytest.raises(error), reading(tmp_path / "events"):
            raise pa.ArrowMemoryError(message)

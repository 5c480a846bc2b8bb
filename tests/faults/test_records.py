"""Every JSON file that is read again goes through one typed reader: a damaged one is one sentence, and loses nothing."""

from __future__ import annotations

import ast
import json
import math
import random
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import stepdown
from stepdown.atomic import StagedDir
from stepdown.calibration import report
from stepdown.calibration.apply import apply
from stepdown.calibration.influence import OUTPUTS, Notes
from stepdown.calibration.run_store import RunStore
from stepdown.errors import CorruptError, EvidenceError, OutputExistsError, ResourceError, UsageError
from stepdown.evidence import ranking
from stepdown.records import RecordError
from stepdown.results import manifest as manifests
from stepdown.running.failure import Failure

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from stepdown.results import Results

SHA = "0" * 64
STRANGE: list[Any] = [None, True, -1, 1 << 70, 0.5, "", "\x1b[2J", "../x", [], [[]], {}, {"a": {}}, math.nan, math.inf]

FAILURE = {"error": "RuleError", "message": "x", "scenario": "s", "seed": 1, "replicate": 0, "agents": [], "rules": []}
CALIBRATION = {
    "stepdown": "0.1.0",
    "code": {"sha256": SHA},
    "evidence": {"sha256": SHA},
    "digest": SHA,
    "files": {"best.csv": SHA},
    "runs": 3,
    "draws_ruled_out": 0,
    "edges": {"a.b": "low"},
    "this_sitting": {"runs": 3, "seconds": 1.5, "peak_memory_of_a_worker": 7},
}
RANKING = {
    "command": "stepdown influence",
    "digest": SHA,
    "evidence": SHA,
    "runs": 1,
    "refused": {},
    "noise": {"a": 1.0},
}
ROW = {"key": "k", "targets": {"x": 1.5, "y": None}}
RUN = {"run": "base", "found": dict.fromkeys(OUTPUTS, 1.0)}


def mutated(good: dict[str, Any]) -> Iterator[bytes]:
    """Yield a record with each of its keys gone or strange, then with bits flipped, cut, doubled, and too deep."""
    for key in good:
        yield json.dumps({k: v for k, v in good.items() if k != key}).encode()
        for value in STRANGE:
            if value != good[key]:
                yield json.dumps({**good, key: value}).encode()
        if isinstance(good[key], dict) and good[key]:
            for value in STRANGE:
                yield json.dumps({**good, key: dict.fromkeys(good[key], value)}).encode()
    text, draw = json.dumps(good).encode(), random.Random(1)
    for _ in range(60):
        data = bytearray(text)
        data[draw.randrange(len(data))] ^= 1 << draw.randrange(8)
        yield bytes(data)
        yield text[: draw.randrange(len(text))]
    yield text[:-1] + b"," + text[1:]
    yield b"[" * 100_000
    yield b"\xff\xfe" + text
    yield b""


def notes(path: Path) -> object:
    return Notes(path, SHA).done


READERS: dict[str, tuple[str, dict[str, Any], Callable[[Path], object]]] = {
    "calibration": ("manifest.json", CALIBRATION, lambda path: report.manifest_of(path.parent)),
    "ranking": ("influence.json", RANKING, lambda path: ranking.made_by(path.parent)),
    "row": ("rows.jsonl", ROW, lambda path: RunStore(path).close()),
    "notes": ("x.partial", RUN, notes),
    "head": ("x.partial", {"order": SHA}, notes),
}


@pytest.mark.parametrize("name", READERS)
def test_a_damaged_record_is_one_sentence(name: str, tmp_path: Path) -> None:
    file, good, read = READERS[name]
    path, before = tmp_path / file, b"" if name != "notes" else json.dumps({"order": SHA}).encode() + b"\n"
    path.write_bytes(before + json.dumps(good).encode() + b"\n")
    read(path)
    refused = 0
    for data in mutated(good):
        path.write_bytes(before + data + b"\n")
        try:
            read(path)
        except (CorruptError, EvidenceError, UsageError) as error:
            said = str(error)
        else:
            continue
        refused += 1
        assert said.isprintable() and len(said) < 1000 and file in said, data
        assert path.read_bytes() == before + data + b"\n", "nothing is lost by a refusal"
    assert refused > 50


def test_a_pipe_is_no_store_and_no_notes(tmp_path: Path) -> None:
    import os

    os.mkfifo(tmp_path / "pipe")
    for read in (RunStore, lambda path: Notes(path, SHA)):
        with pytest.raises(CorruptError, match="it is not a plain file"):
            read(tmp_path / "pipe")


def test_unknown_results_are_kept_as_unknown(tmp_path: Path) -> None:
    first = Notes(tmp_path / "x.partial", SHA)
    first.add("base", dict.fromkeys(OUTPUTS, math.nan))
    first.add("a low", "it can't be run")
    with (tmp_path / "x.partial").open("ab") as file:
        file.write(b'{"run": "half')
    again = Notes(tmp_path / "x.partial", SHA).done
    assert again["a low"] == "it can't be run" and list(again) == ["base", "a low"]
    assert isinstance(again["base"], dict) and all(map(math.isnan, again["base"].values()))


def test_a_damaged_record_of_a_failure_makes_its_folder_nobodys(tmp_path: Path) -> None:
    there = tmp_path / "run.failed"
    there.mkdir()
    for data in mutated(FAILURE):
        (there / "failure.json").write_bytes(data)
        Failure(tmp_path / "run").forget()
        if there.exists():
            assert (there / "failure.json").read_bytes() == data
        else:  # a change that makes another message, or a later version's key, of it
            there.mkdir()
    (there / "failure.json").write_text(json.dumps(FAILURE))
    Failure(tmp_path / "run").forget()
    assert not there.exists()


@pytest.mark.parametrize("key", ["stepdown", "code", "scenario", "files", "sha256"])
def test_a_folder_whose_manifest_is_damaged_is_never_overwritten(key: str, small_run: Results, tmp_path: Path) -> None:
    target = tmp_path / "run"
    target.mkdir()
    good = json.loads((small_run.path / "manifest.json").read_text())
    for value in STRANGE:
        if isinstance(value, type(good[key])):
            continue
        (target / "manifest.json").write_text(json.dumps({**good, key: value}))
        with pytest.raises(OutputExistsError, match="is not the folder of a run"), StagedDir(target, overwrite=True):
            pass
        assert (target / "manifest.json").is_file()


def test_the_best_values_are_taken_from_files_that_are_as_they_were_written(tmp_path: Path) -> None:
    evidence = tmp_path / "evidence"
    (evidence / "parameters").mkdir(parents=True)
    fit = tmp_path / "fit"
    fit.mkdir()
    with pytest.raises(CorruptError, match=r"manifest\.json: it can't be read"):
        apply(fit, evidence)
    (fit / "manifest.json").write_text(json.dumps(CALIBRATION))
    (fit / "best.csv").write_text("id,value\na.b,1\n")
    with pytest.raises(CorruptError, match=r"best\.csv: its SHA-256 is \w+; the manifest says 0+"):
        apply(fit, evidence)


def test_what_the_machine_lacks_is_not_called_corrupt(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_more(path: Path, **_: object) -> bytes:
        raise OSError(24, "Too many open files", str(path))

    for module in ("stepdown.results.manifest", "stepdown.records", "stepdown.calibration.influence"):
        monkeypatch.setattr(f"{module}.plain_file", no_more)
    monkeypatch.setattr("stepdown.calibration.run_store.plain_file", no_more)
    for read in (manifests.read, report.manifest_of, RunStore, lambda path: Notes(path / "x", SHA)):
        with pytest.raises(ResourceError, match="too few open files"):
            read(tmp_path)


def test_no_module_reads_json_from_a_file_by_itself() -> None:
    # The reader itself; and those that read what they have just made.
    allowed = {"records.py", "plan.py", "report.py", "crate.py", "search.py"}
    found = set()
    for path in Path(stepdown.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Attribute) and node.attr in ("load", "loads"):
                owner = node.value.id if isinstance(node.value, ast.Name) else ""
                if owner in ("json", "pickle", "marshal"):
                    found.add(path.name)
    assert found <= allowed, found
    assert issubclass(RecordError, ValueError)

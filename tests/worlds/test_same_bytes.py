"""The same scenario, seed and version give the same bytes in all data files."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from stepdown.running.run import run

if TYPE_CHECKING:
    from pathlib import Path

    from stepdown.results import Results
    from stepdown.scenario import Scenario


def hashes(run: Results) -> dict[str, str]:
    return {name: file["sha256"] for name, file in run.manifest["files"].items()}


@pytest.mark.parametrize("threads", [1, 2, 7])
def test_threads_change_nothing(small_run: Results, small: Scenario, tmp_path: Path, threads: int) -> None:
    assert hashes(run(small, seed=7, threads=threads, out=tmp_path / "run")) == hashes(small_run)


@pytest.mark.parametrize("hash_seed", ["0", "4321"])
def test_pythons_hash_seed_changes_nothing(small_run: Results, tmp_path: Path, hash_seed: str) -> None:
    program = (
        "from stepdown.running.run import run; from stepdown.scenario import load\n"
        f"run(load('baseline', population=0.002, years=2), seed=7, out={str(tmp_path / 'run')!r})\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True, env={**os.environ, "PYTHONHASHSEED": hash_seed})
    manifest = json.loads((tmp_path / "run" / "manifest.json").read_text())
    assert {name: file["sha256"] for name, file in manifest["files"].items()} == hashes(small_run)


@pytest.mark.parametrize("other", [{"seed": 8}, {"seed": 7, "replicate": 1}])
def test_another_seed_or_replicate_gives_another_history(
    small_run: Results, small: Scenario, tmp_path: Path, other: dict[str, int]
) -> None:
    found, known = hashes(run(small, out=tmp_path / "run", **other)), hashes(small_run)
    assert [name for name in known if found[name] == known[name]] == ["scenario.toml"]

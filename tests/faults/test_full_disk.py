"""A disk that is full, or can't be written, is one sentence and an exit code; nothing half-visible stays."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from stepdown.running.run import run
from stepdown.scenario import load

if TYPE_CHECKING:
    from stepdown.results import Results

HELPER = Path(__file__).with_name("small_disk.py")
NAMESPACE = ("unshare", "--map-root-user", "--mount")
PARTS = 20
"""File systems from an empty one to one a third larger than the run, in equal steps: parts of tables lie beside them for a while."""

PAGE = 4
"""What a file system of memory counts in [KiB]."""

SIZES_WITH_SNAPSHOTS = (16, 1536, 2500, 3000, 3800, 4096, 16384)
"""The same where a snapshot is taken every month: first none fits, then fewer and fewer fail."""


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Results:
    """The run that is tried on small disks; tests only read it."""
    scenario = load("baseline", population=0.001, years=1)
    return run(scenario, seed=7, out=tmp_path_factory.mktemp("runs") / "whole")


def can_mount(folder: Path) -> bool:
    command = [*NAMESPACE, "mount", "-t", "tmpfs", "none", str(folder)]
    try:
        return subprocess.run(command, capture_output=True, check=False).returncode == 0
    except FileNotFoundError:
        return False


def attempts(whole: Results, folder: Path, snapshots: str, sizes: tuple[int, ...]) -> list[dict[str, Any]]:
    """Try the run on small disks; return what happened on each."""
    if not can_mount(folder):
        pytest.skip("this machine lets no process mount a file system of its own")
    command = [*NAMESPACE, sys.executable, str(HELPER), str(whole.path), snapshots, *map(str, sizes)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    tried = [json.loads(line) for line in done.stdout.splitlines()]
    assert [case["kib"] for case in tried] == list(sizes)
    return tried


@pytest.fixture(scope="module")
def tried(whole: Results, tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    """What happened on each small disk, without snapshots."""
    pages = sum(-(-path.stat().st_size // (PAGE << 10)) for path in whole.path.rglob("*") if path.is_file())
    # 0 for one that can only be read; the last is large enough.
    sizes = (0, *(PAGE * max(1, pages * 4 * part // (3 * PARTS)) for part in range(PARTS)), 4 * PAGE * pages)
    return attempts(whole, tmp_path_factory.mktemp("mount"), "never", sizes)


def test_every_size_of_disk_is_filled_with_a_sentence_and_code_2_or_the_run_is_whole(
    tried: list[dict[str, Any]],
) -> None:
    failed = [case for case in tried if case["run"]["code"]]
    assert len(failed) > PARTS // 2
    for case in failed:
        reason = "No space left on device" if case["kib"] else "Read-only file system"
        assert case["run"]["code"] == 2, case
        assert f"can't be read or written ({reason}); nothing is left behind" in case["run"]["said"], case
        assert "\n" not in case["run"]["said"], case
    assert all(case["whole"] for case in tried if not case["run"]["code"])
    assert tried[-1]["run"] == {"code": 0, "said": "", "left": ["run"]}


def test_different_files_were_the_ones_that_did_not_fit(tried: list[dict[str, Any]]) -> None:
    names = {case["run"]["said"].partition("/run: ")[2].partition(" can't")[0] for case in tried if case["run"]["code"]}
    assert len(names) > 4
    assert {Path(name).suffix for name in names} >= {".arrow", ".parquet", ".json"}


def test_nothing_stays_on_a_full_disk(tried: list[dict[str, Any]]) -> None:
    for case in tried:
        if case["run"]["code"]:
            assert case["run"]["left"] == [], case


def test_an_export_onto_a_full_disk_is_told_alike(tried: list[dict[str, Any]]) -> None:
    exports = [case["export"] for case in tried if "export" in case and case["export"]["code"]]
    assert len(exports) > 3
    for export in exports:
        assert export["code"] == 2
        assert "can't be read or written" in export["said"]
        assert export["left"] == []


def test_with_room_again_the_run_has_the_same_bytes(tried: list[dict[str, Any]]) -> None:
    assert all(case["same"] for case in tried)
    assert not any(case["resumed"] for case in tried)


def test_what_a_full_disk_interrupts_is_resumed_from_its_snapshots_to_the_same_bytes(
    whole: Results, tmp_path: Path
) -> None:
    tried = attempts(whole, tmp_path, "monthly", SIZES_WITH_SNAPSHOTS)
    failed = [case for case in tried if case["run"]["code"]]
    assert {case["run"]["code"] for case in failed} == {2}
    kept = [case for case in failed if case["run"]["left"]]
    assert len(kept) > 2
    for case in kept:
        assert case["run"]["left"] == [".run.partial"], case
        assert "what was written is kept for stepdown resume" in case["run"]["said"], case
        assert case["resumed"], case
    assert tried[-1]["run"]["code"] == 0
    assert all(case["same"] for case in tried), tried


PROGRAM = """
import resource, sys
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[1]), resource.RLIM_INFINITY))
from stepdown.cli import invoke
sys.exit(invoke(["run", "baseline", "--population", "0.001", "--years", "1", "--seed", "7", "--out", "run"]))
"""


@pytest.mark.parametrize("most", [0, 1000, 8192, 20_000])
def test_a_file_that_may_not_grow_is_told_by_name(tmp_path: Path, most: int) -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(most)], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    last = done.stderr.splitlines()[-1]
    assert last.endswith("can't be read or written (File too large); nothing is left behind"), last
    assert list(tmp_path.iterdir()) == []

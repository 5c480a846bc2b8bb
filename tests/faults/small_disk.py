"""Runs on file systems that are too small, and says as JSON what happened; needs the right to mount.

    python small_disk.py WHOLE never|monthly KIB...

WHOLE is the folder of a run of `SCENARIO`; each KIB is the size of a file system [KiB] on which the same run is tried, or 0
for one that can only be read. Snapshots are taken never, or every month of the run's.
"""

import json
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from stepdown.errors import StepdownError
from stepdown.results import Results, export_parquet
from stepdown.results.verify import verify
from stepdown.running.run import resume, run
from stepdown.scenario import load

SCENARIO = {"population": 0.001, "years": 1}
ROOM = "size=64m"
"""Enough for the run."""


def mount(folder: Path, options: str) -> None:
    """Mount a file system in memory, or change the one that is mounted."""
    subprocess.run(["mount", "-t", "tmpfs", "-o", options, "none", folder], check=True)


def attempt(work: Callable[[], object], left: Path) -> dict[str, object]:
    """Try something that may fail for want of room; say how it ended, and what it left."""
    try:
        work()
    except StepdownError as error:
        said: dict[str, object] = {"code": error.exit_code, "said": str(error)}
    else:
        said = {"code": 0, "said": ""}
    return said | {"left": sorted(path.name for path in left.iterdir())}


def on_a_disk_of(kib: int, disk: Path, whole: Path, every: float | None) -> dict[str, object]:
    """Try the run on a disk of a size, with snapshots or without, then finish it with room; say what happened."""
    scenario, target = load("baseline", **SCENARIO), disk / "run"
    mount(disk, f"size={kib}k" if kib else "ro")
    try:
        work = attempt(lambda: run(scenario, seed=7, out=target, snapshot_every=every), disk)
        said: dict[str, object] = {"kib": kib, "run": work}
        if target.exists():
            said["whole"] = bool(verify(target))
        else:
            said["export"] = attempt(lambda: export_parquet(Results(whole), disk / "export"), disk)
        mount(disk, f"remount,rw,{ROOM}")
        if (disk / ".run.partial").exists():
            resume(target)
        elif not target.exists():
            run(scenario, seed=7, out=target)
        said["resumed"] = Results(target).manifest["resumed"]
        same = Results(target).manifest["files"] == Results(whole).manifest["files"]
        left = {path.name for path in disk.iterdir()} - {"export"}
        said["same"] = same and bool(verify(target)) and left == {"run"}
    finally:
        # Lazily: a mapped file is let go of when its last reader is collected.
        subprocess.run(["umount", "--lazy", disk], check=True)
    return said


def main() -> None:
    """Try every size, and print a line for each."""
    whole, every = Path(sys.argv[1]), 0.0 if sys.argv[2] == "monthly" else None
    with tempfile.TemporaryDirectory() as temporary:
        for kib in map(int, sys.argv[3:]):
            print(json.dumps(on_a_disk_of(kib, Path(temporary), whole, every)), flush=True)  # noqa: T201 -- for the test


if __name__ == "__main__":
    main()

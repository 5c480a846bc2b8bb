"""Runs on file systems that are too small, and says as JSON what happened; needs the right to mount.

    python small_disk.py WHOLE KIB...

WHOLE is the folder of a run of `SCENARIO`; each KIB is the size of a file system [KiB] on which the same run is tried, or 0
for one that can only be read.
"""

import json
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from stepdown.errors import StepdownError
from stepdown.results import Results, export_parquet, verify
from stepdown.runs import run
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


def main() -> None:
    """Try every size, and print a line for each."""
    whole = Path(sys.argv[1])
    scenario = load("baseline", **SCENARIO)
    with tempfile.TemporaryDirectory() as temporary:
        disk = Path(temporary)
        target = disk / "run"
        for kib in map(int, sys.argv[2:]):
            mount(disk, f"size={kib}k" if kib else "ro")
            try:
                said = {"kib": kib, "run": attempt(lambda: run(scenario, seed=7, out=target), disk)}
                if target.exists():
                    said["whole"] = bool(verify(target))
                else:
                    said["export"] = attempt(lambda: export_parquet(Results(whole), disk / "export"), disk)
                mount(disk, f"remount,rw,{ROOM}")
                again = Results(target) if target.exists() else run(scenario, seed=7, out=target)
                said["same"] = again.manifest["files"] == Results(whole).manifest["files"] and bool(verify(target))
            finally:
                # Lazily: a mapped file is let go of when its last reader is collected.
                subprocess.run(["umount", "--lazy", disk], check=True)
            print(json.dumps(said), flush=True)  # noqa: T201 -- what the test reads


if __name__ == "__main__":
    main()

"""Measures the national run: time, memory, speed, share of each phase, rows, size; with one thread and with two.

Run with ``make bench``. Each run is a process of its own, so that its peak memory is its own; data stay in a temporary
folder. Prints a table in Markdown.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

PROGRAM = """
import sys
from stepdown import load, run
run(load("baseline", population=float(sys.argv[1])), threads=int(sys.argv[2]), out=sys.argv[3])
"""


def measure(population: float, threads: int) -> dict[str, Any]:
    """Run the baseline once and return its manifest, with the size of its folder [bytes]."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "run"
        subprocess.run([sys.executable, "-c", PROGRAM, str(population), str(threads), str(out)], check=True)
        manifest: dict[str, Any] = json.loads((out / "manifest.json").read_text(encoding="utf-8"))
        size = sum(f.stat().st_size for f in out.rglob("*") if f.is_file())
        return manifest | {"size": size}


def rows(manifest: dict[str, Any]) -> dict[str, int]:
    """Return the rows of each table."""
    found: dict[str, int] = {}
    for file in manifest["files"].values():
        if file["table"] is not None:
            found[file["table"]] = found.get(file["table"], 0) + file["rows"]
    return found


def main() -> None:
    """Measure, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--population", type=float, default=1.0, help="share of the population")
    parser.add_argument("--threads", type=int, nargs="+", default=[2, 1], help="threads to compare")
    asked = parser.parse_args()
    runs = [measure(asked.population, threads) for threads in asked.threads]

    def line(name: str, *cells: object) -> None:
        print("| " + " | ".join([name, *map(str, cells)]) + " |")

    line("", *(f"{m['threads']} threads" for m in runs))
    line("---", *("---:" for _ in runs))
    line("whole run [s]", *(f"{m['timings']['total']:.1f}" for m in runs))
    line("person-days per second [G/s]", *(f"{m['person_days_per_second'] / 1e9:.2f}" for m in runs))
    line("peak memory [GiB]", *(f"{m['peak_memory'] / 2**30:.2f}" for m in runs))
    line(
        "peak memory per person at the start [bytes]",
        *(f"{m['peak_memory'] / m['counts']['started']:.1f}" for m in runs),
    )
    line("size on disk [MiB]", *(f"{m['size'] / 2**20:.0f}" for m in runs))
    for table in rows(runs[0]):
        line(f"rows of {table}", *(f"{rows(m)[table]:,}" for m in runs))
    for phase in runs[0]["timings"]:
        if phase != "total":
            share = (f"{m['timings'][phase]:.2f} ({m['timings'][phase] / m['timings']['total']:.0%})" for m in runs)
            line(f"{phase} [s]", *share)


if __name__ == "__main__":
    main()

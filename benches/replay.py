"""Measures what a recorded inflow saves: a run with everyone, one that records, and replays of two policies.

Run with ``python benches/replay.py``. Each run is a process of its own, so that its peak memory is its own; data stay in a
temporary folder. Prints a table in Markdown, and ends with 1 if a replay's data files are not those of the run with everyone.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

PROGRAM = """
import json, sys
from stepdown import load, run
asked = json.loads(sys.argv[1])
run(load(asked["scenario"], population=asked["population"]), threads=asked["threads"], out=asked["out"], **asked["more"])
"""


def measure(asked: dict[str, Any]) -> dict[str, Any]:
    """Run a scenario once and return its manifest, with the processor time of the process [s]."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, "-c", PROGRAM, json.dumps(asked)], check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    manifest: dict[str, Any] = json.loads((Path(asked["out"]) / "manifest.json").read_text(encoding="utf-8"))
    return manifest | {"cpu": after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime}


def hashes(manifest: dict[str, Any]) -> dict[str, str]:
    """Return the SHA-256 of each data file."""
    return {name: file["sha256"] for name, file in manifest["files"].items()}


def main() -> int:
    """Measure, compare, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--population", type=float, default=1.0, help="share of the population")
    parser.add_argument("--threads", type=int, default=2, help="threads for the population")
    parser.add_argument("--other", default="bradley", help="another policy, to be replayed on the baseline's record")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        record = Path(folder) / "baseline.inflow"

        def once(name: str, scenario: str, **more: str) -> dict[str, Any]:
            out = str(Path(folder) / name)
            given = {"population": asked.population, "threads": asked.threads}
            return measure(given | {"scenario": scenario, "out": out, "more": more})

        runs = {
            "baseline, everyone": once("everyone", "baseline"),
            "baseline, recording": once("recording", "baseline", record_inflow=str(record)),
            "baseline, replayed": once("replayed", "baseline", inflow=str(record)),
            f"{asked.other}, everyone": once("other", asked.other),
            f"{asked.other}, replayed": once("other-replayed", asked.other, inflow=str(record)),
        }
        size = record.stat().st_size
    print("| run | time [s] | processor time [s] | peak memory [GiB] | same bytes |")
    print("| --- | ---: | ---: | ---: | --- |")
    same = True
    for name, manifest in runs.items():
        everyone = runs[f"{name.partition(',')[0]}, everyone"]
        equal = hashes(manifest) == hashes(everyone)
        same &= equal
        cells = f"{manifest['timings']['total']:.1f} | {manifest['cpu']:.1f} | {manifest['peak_memory'] / 2**30:.2f}"
        print(f"| {name} | {cells} | {'yes' if equal else 'NO'} |")
    for name in ("baseline", asked.other):
        ratio = runs[f"{name}, everyone"]["timings"]["total"] / runs[f"{name}, replayed"]["timings"]["total"]
        print(f"\n{name}: replayed {ratio:.2f} times faster", end="")
    print(f"\nrecord: {size / 1e6:.1f} MB")
    return 0 if same else 1


if __name__ == "__main__":
    sys.exit(main())

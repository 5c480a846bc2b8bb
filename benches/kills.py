"""Kills a run at random moments; says whether anything is half-visible, and whether it is had again bit for bit.

    python benches/kills.py --kills 200

Every trial starts a run in a process of its own, kills it (SIGKILL) at a moment drawn from the time that a run takes,
looks at what stands there, runs the same command again, and compares every byte with a run that nobody killed. Ends with 1
at the first trial that goes wrong.
"""

import argparse
import multiprocessing
import random
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from stepdown.results import Results, verify
from stepdown.runs import run
from stepdown.scenario import load

SEED = 7


def live(target: Path, population: float, years: int) -> None:
    """Run once; the body of a process that may be killed."""
    run(load("baseline", population=population, years=years), seed=SEED, threads=2, out=target)


def hashes(target: Path) -> dict[str, str]:
    """Return the hashes of a run's data."""
    return {name: file["sha256"] for name, file in Results(target).manifest["files"].items()}


def left_behind(folder: Path) -> str:
    """Say how far a killed run had come, from what it left."""
    partial = folder / ".run.partial"
    if (folder / "run").exists():
        return "after the end"
    if not partial.exists():
        return "before its folder was there"
    if (partial / "indicators.parquet").exists() or (partial / "ledger.parquet").exists():
        return "in the small tables or the commit"
    if any(partial.glob("*/*.arrow*")):
        return "in the years"
    return "at the start or in the settling period"


class Wrong(Exception):
    """A trial went wrong."""


def trial(folder: Path, moment: float, settings: tuple[float, int], expected: dict[str, str]) -> str:
    """Kill a run after `moment` seconds, look, run it again; return how far it had come."""
    context = multiprocessing.get_context("forkserver")
    target = folder / "run"
    process = context.Process(target=live, args=(target, *settings))
    process.start()
    process.join(moment)
    process.kill()
    process.join()
    state = left_behind(folder)
    if strangers := {p.name for p in folder.iterdir()} - {"run", ".run.partial", ".run.lock"}:
        raise Wrong(f"killed after {moment:.3f} s, the run left {sorted(strangers)}")
    if target.exists():
        if not verify(target) or hashes(target) != expected:
            raise Wrong(f"killed after {moment:.3f} s, the run left a folder that is not whole")
        return state
    process = context.Process(target=live, args=(target, *settings))
    process.start()
    process.join()
    if process.exitcode != 0:
        raise Wrong(f"killed after {moment:.3f} s, the run could not be had again: exit code {process.exitcode}")
    if not verify(target) or hashes(target) != expected:
        raise Wrong(f"killed after {moment:.3f} s, the run that was had again has other bytes")
    if [p.name for p in folder.iterdir()] != ["run"]:
        raise Wrong(f"killed after {moment:.3f} s, the run that was had again left {sorted(folder.iterdir())}")
    return state


def main() -> int:
    """Kill as often as asked, and print what was killed when."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=200, help="how many runs are killed")
    parser.add_argument("--population", type=float, default=0.001, help="share of England")
    parser.add_argument("--years", type=int, default=2, help="years of each run")
    parser.add_argument("--seed", type=int, default=1, help="seed of the moments")
    asked = parser.parse_args()
    multiprocessing.get_context("forkserver").set_forkserver_preload(["stepdown.runs", "stepdown.results.verdict"])
    settings = (asked.population, asked.years)
    draw = random.Random(asked.seed)
    states: Counter[str] = Counter()
    with tempfile.TemporaryDirectory(prefix="kills-") as temporary:
        whole = Path(temporary) / "whole"
        took = 0.0
        for _ in range(2):  # the first pays for imports
            process = multiprocessing.get_context("forkserver").Process(target=live, args=(whole, *settings))
            began = time.perf_counter()
            process.start()
            process.join()
            took = time.perf_counter() - began
            expected = hashes(whole)
            whole = Path(temporary) / "again"
        for number in range(asked.kills):
            folder = Path(temporary) / f"{number}"
            folder.mkdir()
            try:
                states[trial(folder, draw.uniform(0, took), settings, expected)] += 1
            except Wrong as wrong:
                print(f"trial {number}: {wrong}", file=sys.stderr)
                return 1
    print(f"{asked.kills} runs of {took:.2f} s killed: nothing half-visible, every one had again with the same bytes")
    for state, count in states.most_common():
        print(f"{count:4}  {state}")
    return 0


if __name__ == "__main__":
    sys.exit(main())

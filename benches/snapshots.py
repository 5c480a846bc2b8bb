"""What a snapshot costs: of all of England, on a morning of the third year; and a run that is stopped by a signal and resumed.

    python benches/snapshots.py [--population 1] [--threads 2] [--stop] [--years 20]

With ``--stop``, a whole run is compared with one that is stopped at a random moment and resumed.
"""

import argparse
import os
import random
import resource
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from stepdown import _core, plan
from stepdown.results import Results
from stepdown.scenario import load


def peak() -> float:
    """Return the most memory that this process has held [GiB]."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1 << 20)


def read(path: Path, threads: int) -> None:
    """Read a snapshot, and say how long it took; the body of a process of its own."""
    began = time.perf_counter()
    core = _core.Simulation.restore(path, threads=threads, check=False)
    print(f"read in {time.perf_counter() - began:.1f} s on day {core.day}; at most {peak():.2f} GiB held")


def cost(folder: Path, population: float, threads: int) -> None:
    """Write and read one snapshot."""
    core = _core.Simulation(
        plan.compile(load("baseline", population=population)).json, seed=1, replicate=0, threads=threads, check=False
    )
    core.run_until(core.start + 900)
    before, path = peak(), folder / "here.snapshot"
    for _ in range(2):
        began = time.perf_counter()
        size = core.snapshot(path)
        took = time.perf_counter() - began
        print(f"written and synced in {took:.1f} s: {size / (1 << 30):.3f} GiB; {peak() - before:.2f} GiB more held")
    del core
    for _ in range(2):
        subprocess.run([sys.executable, __file__, "--read", path, "--threads", str(threads)], check=True)


def stopped(folder: Path, settings: list[str], seed: int) -> None:
    """Stop a run by a signal at a random moment, resume it, and compare it with one that nobody stopped."""
    command = [sys.executable, "-m", "stepdown", "run", "baseline", *settings]
    began = time.perf_counter()
    subprocess.run([*command, "--out", folder / "whole"], check=True, stderr=subprocess.DEVNULL)
    whole = time.perf_counter() - began
    moment = random.Random(seed).uniform(0.25, 0.85) * whole
    began = time.perf_counter()
    with subprocess.Popen([*command, "--out", folder / "run"], stderr=subprocess.PIPE, text=True) as process:
        time.sleep(moment)
        process.send_signal(signal.SIGTERM)
        asked = time.perf_counter()
        code = process.wait()
    ended = time.perf_counter()
    again = [sys.executable, "-m", "stepdown", "resume", folder / "run", "--threads", "1"]
    subprocess.run(again, check=True, stderr=subprocess.DEVNULL)
    resumed = time.perf_counter() - ended
    files = [Results(folder / name).manifest["files"] for name in ("whole", "run")]
    print(f"whole run {whole:.1f} s; stopped after {moment:.1f} s, ended with {code} {ended - asked:.1f} s later")
    print(f"resumed with one thread in {resumed:.1f} s; same bytes: {files[0] == files[1]}")


def main() -> None:
    """Measure, and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--population", type=float, default=1.0, help="share of England")
    parser.add_argument("--years", type=int, default=20, help="years of the run that is stopped")
    parser.add_argument("--threads", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--stop", action="store_true", help="stop a run and resume it")
    parser.add_argument("--seed", type=int, default=1, help="seed of the moment")
    parser.add_argument("--read", type=Path, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.read is not None:
        read(asked.read, asked.threads)
        return
    with tempfile.TemporaryDirectory(prefix="snapshots-") as temporary:
        if asked.stop:
            settings = ["--population", asked.population, "--years", asked.years, "--threads", asked.threads]
            stopped(Path(temporary), list(map(str, settings)), asked.seed)
        else:
            cost(Path(temporary), asked.population, asked.threads)


if __name__ == "__main__":
    main()

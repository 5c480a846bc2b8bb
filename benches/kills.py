"""Kills runs at random moments; says whether anything is half-visible, and whether each is finished bit for bit.

    python benches/kills.py --kills 200

Every trial starts a run in a process of its own that takes a snapshot every few hundredths of a second, kills it (SIGKILL) at a
moment drawn from the time that a run takes, and looks at what stands there. Every third time the resume is killed too. Then the same
run is asked for again, to begin or to go on, with another number of threads, and every byte is compared with a run that nobody
killed. `--command-line` does all that with `stepdown run --resume`, in processes that are started from nothing. Ends with 1 at the
first trial that goes wrong.
"""

import argparse
import multiprocessing
import random
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from stepdown.results import Results
from stepdown.results.run import MANIFEST
from stepdown.results.verify import verify
from stepdown.running.journal import JOURNAL
from stepdown.running.run import run
from stepdown.scenario import load

SEED = 7
EVERY = 0.02
"""Wall time between two snapshots [s]."""


@dataclass(frozen=True)
class Order:
    """What is run, and where."""

    target: Path
    population: float
    years: int

    @property
    def aside(self) -> Path:
        """Where the run is written."""
        return self.target.with_name(f".{self.target.name}.partial")


def begin(order: Order) -> None:
    """Run, or go on; the body of a process that may be killed."""
    scenario = load("baseline", population=order.population, years=order.years)
    run(scenario, seed=SEED, threads=2, out=order.target, snapshot_every=EVERY, or_resume=True)


def go_on(order: Order) -> None:
    """Do the same with one thread; the body of a process that may be killed."""
    scenario = load("baseline", population=order.population, years=order.years)
    run(scenario, seed=SEED, threads=1, out=order.target, snapshot_every=EVERY, or_resume=True)


def in_a_process(work: Callable[[Order], None], order: Order, moment: float | None = None) -> int | None:
    """Do something in a process of its own, and kill it at a moment, if one is given; return its exit code."""
    process = multiprocessing.get_context("forkserver").Process(target=work, args=(order,))
    process.start()
    process.join(moment)
    if moment is not None:
        process.kill()
        process.join()
    return process.exitcode


def on_the_command_line(work: Callable[[Order], None], order: Order, moment: float | None = None) -> int | None:
    """Do the same as a command."""
    options = {
        "--population": order.population,
        "--years": order.years,
        "--seed": SEED,
        "--threads": 2 if work is begin else 1,
        "--out": order.target,
        "--snapshot-every": EVERY / 60,
    }
    given = [str(word) for option in options.items() for word in option]
    command = [sys.executable, "-m", "stepdown", "run", "baseline", "--resume", *given]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            return process.wait(moment)
        except subprocess.TimeoutExpired:
            process.kill()
            return process.wait()


def hashes(target: Path) -> dict[str, str]:
    """Return the hashes of a run's data."""
    return {name: file["sha256"] for name, file in Results(target).manifest["files"].items()}


def left_behind(order: Order) -> str:
    """Say how far a killed run had come, from what it left."""
    if order.target.exists():
        return "after the end"
    if (order.aside / MANIFEST).exists():
        return "in the commit"
    if not (order.aside / JOURNAL).exists():
        return "before what was ordered was noted"
    if (order.aside / "ledger.parquet").exists():
        return "in the small tables"
    if any(order.aside.glob("*/*.arrow*")):
        return "in the years"
    return "at the start or in the burn-in"


class Wrong(Exception):
    """A trial went wrong."""


def trial(
    start: Callable[..., int | None], order: Order, moments: list[float], expected: dict[str, str]
) -> tuple[str, str]:
    """Kill a run, and its resumes, after so many seconds each; return how far it had come, and how it was finished."""
    folder = order.target.parent
    start(begin, order, moments[0])
    state = left_behind(order)
    for moment in moments[1:]:
        start(go_on, order, moment)
    if strangers := {p.name for p in folder.iterdir()} - {"run", ".run.partial", ".run.lock"}:
        raise Wrong(f"the run left {sorted(strangers)}")
    if order.target.exists() and (not verify(order.target) or hashes(order.target) != expected):
        raise Wrong("the run left a folder that is not whole")
    if (code := start(go_on, order)) != 0:
        raise Wrong(f"the run could not be finished: exit code {code}")
    if not verify(order.target) or hashes(order.target) != expected:
        raise Wrong("the run that was finished has other bytes")
    if left := {p.name for p in folder.iterdir()} - {"run"}:
        raise Wrong(f"the run that was finished left {sorted(left)}")
    if state == "after the end":
        return state, "nothing was left to do"
    return state, "from a snapshot" if Results(order.target).manifest["resumed"] else "from the beginning"


def main() -> int:
    """Kill as often as asked, and print what was killed when."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=200, help="how many runs are killed")
    parser.add_argument("--population", type=float, default=0.001, help="share of England")
    parser.add_argument("--years", type=int, default=2, help="years of each run")
    parser.add_argument("--seed", type=int, default=1, help="seed of the moments")
    parser.add_argument("--command-line", action="store_true", help="kill commands, not forked processes")
    asked = parser.parse_args()
    start = on_the_command_line if asked.command_line else in_a_process
    multiprocessing.get_context("forkserver").set_forkserver_preload(
        ["stepdown.running.run", "stepdown.results.verify"]
    )
    draw = random.Random(asked.seed)
    states: Counter[str] = Counter()
    endings: Counter[str] = Counter()
    with tempfile.TemporaryDirectory(prefix="kills-") as temporary:
        took = 0.0
        expected: dict[str, str] = {}
        for name in ("first", "second"):  # the first pays for imports
            order = Order(Path(temporary) / name / "run", asked.population, asked.years)
            began = time.perf_counter()
            start(begin, order)
            took = time.perf_counter() - began
            expected = hashes(order.target)
        for number in range(asked.kills):
            order = Order(Path(temporary) / f"{number}" / "run", asked.population, asked.years)
            order.target.parent.mkdir()
            moments = [draw.uniform(0, took) for _ in range(2 if number % 3 == 0 else 1)]
            try:
                state, ending = trial(start, order, moments, expected)
            except Wrong as wrong:
                print(f"trial {number}, killed after {moments} s: {wrong}", file=sys.stderr)
                return 1
            states[state] += 1
            endings[ending] += 1
    print(f"{asked.kills} runs of {took:.2f} s killed: nothing half-visible, every one finished with the same bytes")
    for title, counted in (("killed", states), ("finished", endings)):
        for what, count in counted.most_common():
            print(f"{count:4}  {title} {what}")
    return 0


if __name__ == "__main__":
    sys.exit(main())

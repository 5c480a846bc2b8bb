"""Measures what a sweep costs beside its runs: the same replays alone, in so many processes side by side, and as a sweep.

``python benches/sweep_throughput.py --share 1 --years 10 --pairs 2`` runs a base and another scenario on recorded inflow. Printed are wall
time and processor time of all three, tasks an hour, and what a sweep reaches of what its runs would alone, and side by side without
it: the second leaves out what processes take from each other on the machine. Processor time tells more where other people's work goes
on beside it.
"""

from __future__ import annotations

import argparse
import multiprocessing
import resource
import tempfile
import time
from pathlib import Path

from stepdown.experiments.config import load_experiment
from stepdown.experiments.local import execute
from stepdown.experiments.plan import Plan, draw_up
from stepdown.experiments.task import recorded
from stepdown.progress import Silent
from stepdown.running.run import run

WORLD = """
title = "Throughput"
why = "What does a sweep cost beside its runs?"
scenarios = ["baseline", "bradley"]
replicates = {pairs}

[overrides]
population = {share}
years = {years}
"""


def spent() -> float:
    """Return the processor time of this process and of its children that have ended [s]."""
    own, children = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return own.ru_utime + own.ru_stime + children.ru_utime + children.ru_stime


def live(made: Plan, ids: list[str], records: dict[str, Path], folder: Path) -> None:
    """Live the runs of tasks one after the other, with one thread and without the sweep."""
    for id in ids:
        task = made.tasks[id]
        run(
            made.scenario(task.arm, task.draw), seed=task.seed, replicate=task.replicate, threads=1,
            out=folder / id, inflow=records[id],
        )  # fmt: skip


def main() -> None:
    """Run both, and print what they took."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--share", type=float, default=1.0)
    parser.add_argument("--years", type=int, default=10)
    parser.add_argument("--pairs", type=int, default=2)
    parser.add_argument("--workers", type=int, default=2)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="sweep-throughput-") as name:
        folder = Path(name)
        text = WORLD.format(pairs=asked.pairs, share=asked.share, years=asked.years)
        (folder / "throughput.toml").write_text(text)
        made = draw_up(load_experiment(folder / "throughput.toml"), folder / "sweep")
        began = time.perf_counter()
        # Made before both: what is compared is replays.
        records = {task.id: recorded(made, task, threads=asked.workers) for task in made.tasks.values()}
        print(f"{asked.pairs} records in {time.perf_counter() - began:.1f} s with {asked.workers} threads")
        ids = list(made.tasks)
        began, before = time.perf_counter(), spent()
        live(made, ids, records, folder / "alone")
        alone, alone_cpu = time.perf_counter() - began, spent() - before
        began, before = time.perf_counter(), spent()
        context = multiprocessing.get_context("spawn")
        parts = [ids[k :: asked.workers] for k in range(asked.workers)]
        processes = [context.Process(target=live, args=(made, part, records, folder / "beside")) for part in parts]
        for process in processes:
            process.start()
        for process in processes:
            process.join()
        assert all(process.exitcode == 0 for process in processes)
        beside, beside_cpu = time.perf_counter() - began, spent() - before
        began, before = time.perf_counter(), spent()
        words = [one.word for one in execute(made, made.left(), workers=asked.workers, progress=Silent())]
        swept, swept_cpu = time.perf_counter() - began, spent() - before
        assert words == ["done"] * len(made.tasks), words
        number = len(made.tasks)
        peak = max(commit.peak_memory for id in made.tasks if (commit := made.commit_of(id)))
        print(f"{number} replays alone, one thread: {alone:.1f} s, {alone_cpu:.1f} s of processor")
        print(f"{number} side by side in {asked.workers} processes: {beside:.1f} s, {beside_cpu:.1f} s of processor")
        print(
            f"{number} as a sweep of {asked.workers}: {swept:.1f} s, {swept_cpu:.1f} s of processor; {number / swept * 3600:.0f} tasks an hour"
        )
        print(
            f"{alone / asked.workers / swept:.0%} of the sum of its runs alone by the clock, {alone_cpu / swept_cpu:.0%} by processor time"
        )
        print(f"{beside / swept:.0%} of them side by side by the clock, {beside_cpu / swept_cpu:.0%} by processor time")
        print(f"peak memory of a task: {peak / 2**20:.0f} MiB")


if __name__ == "__main__":
    main()

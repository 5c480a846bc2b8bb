"""Kills the processes of a sweep at random, itself too: all is done at the end, to the same bytes, and nothing is stray.

``python benches/sweep_kills.py --tasks 1000 --every 6`` draws up a sweep of a small world, goes on with it until it is done, and kills
one of its processes (SIGKILL) whenever some tasks more are done: by time, a busy machine would get nowhere. Then tasks are done again
elsewhere, in peace, and their files are held against the first.
"""

from __future__ import annotations

import argparse
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from stepdown.experiments import task
from stepdown.experiments.config import load_experiment
from stepdown.experiments.plan import Plan, draw_up
from stepdown.results.run import digest

WORLD = """
title = "Killed at random"
why = "Is everything done at the end?"
scenarios = ["baseline", "supported"]
replicates = {replicates}
attempts = 20

[overrides]
population = 0.0005
years = 1
settle_days = 0
"""


def family(process: int) -> list[int]:
    """Return a process and its children, helpers of Python's left out."""
    try:
        children = Path(f"/proc/{process}/task/{process}/children").read_text().split()
    except OSError:
        return [process]
    found = [process]
    for child in map(int, children):
        try:
            words = Path(f"/proc/{child}/cmdline").read_bytes()
        except OSError:
            continue
        if b"spawn_main" in words:
            found.append(child)
    return found


def held(process: int) -> int:
    """Return the memory that a process holds [bytes]; 0 if it has ended."""
    try:
        return int(Path(f"/proc/{process}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, IndexError, ValueError):
        return 0


def strays(made: Plan) -> list[str]:
    """Return files that are neither plan nor notes nor results; locks of the dead among them."""
    named = {"plan.json", ".plan.lock"} | {f"scenarios/{arm}.toml" for arm in made.arms}
    for id in made.tasks:
        named.add(f"commits/{id}.json")
        commit = made.commit_of(id)
        named |= set(commit.files) if commit else set()
    there = {str(path.relative_to(made.folder)) for path in made.folder.rglob("*") if path.is_file()}
    return sorted(there - named)


def main() -> None:
    """Run it, and print what was found; end with 1 if anything is wrong."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tasks", type=int, default=1000)
    parser.add_argument("--every", type=int, default=6, help="tasks done between two kills, on average")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--again", type=int, default=20, help="tasks that are done again in peace")
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    chance = random.Random(asked.seed)
    with tempfile.TemporaryDirectory(prefix="sweep-kills-") as name:
        folder = Path(name)
        (folder / "experiment.toml").write_text(WORLD.format(replicates=asked.tasks // 2))
        made = draw_up(load_experiment(folder / "experiment.toml"), folder / "sweep")
        command = [
            sys.executable,
            "-m",
            "stepdown",
            "sweep",
            "resume",
            str(made.folder),
            "--workers",
            str(asked.workers),
        ]
        began, killed, begun, memory = time.monotonic(), {"worker": 0, "sweep": 0}, 0, []
        running: subprocess.Popen[bytes] | None = None
        next_kill = asked.every
        while True:
            if running is None:
                running = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
                begun += 1
            if (code := running.poll()) is not None:
                said = running.stderr.read().decode() if running.stderr else ""
                running = None
                if code == 0:
                    break
                if code != -signal.SIGKILL:
                    sys.exit(f"the sweep ended with {code}: {said}")
                continue
            if len(made.committed()) >= next_kill:
                processes = family(running.pid)
                # Now and then the sweep itself: its workers end with it.
                whom = running.pid if chance.random() < 0.1 or len(processes) == 1 else chance.choice(processes[1:])
                memory.append(max(map(held, processes)))
                os.kill(whom, signal.SIGKILL)
                killed["sweep" if whom == running.pid else "worker"] += 1
                next_kill = len(made.committed()) + chance.randint(1, 2 * asked.every - 1)
            time.sleep(0.05)
        seconds = time.monotonic() - began
        print(
            f"{len(made.committed())} of {len(made.tasks)} tasks done in {seconds:.0f} s; "
            f"{killed['worker']} workers and {killed['sweep']} sweeps killed, {begun} begun"
        )
        third = max(1, len(memory) // 3)
        first, last = (sorted(part)[len(part) // 2] / 2**20 for part in (memory[:third], memory[-third:]))
        print(f"memory of the largest process, median: {first:.0f} MiB in the first third, {last:.0f} MiB in the last")
        left = strays(made)
        print(
            f"stray files: {len(left)}{': ' + ', '.join(left[:5]) if left else ''}; attempts left: {len(task.failures(made))}"
        )
        calm = draw_up(load_experiment(folder / "experiment.toml"), folder / "calm")
        chosen = chance.sample(sorted(calm.tasks), min(asked.again, len(calm.tasks)))
        task.do_all(calm.folder, chosen)
        same = 0
        for id in chosen:
            commit = calm.commit_of(id)
            assert commit is not None
            same += all(digest(made.folder / file) == digest(calm.folder / file) for file in commit.files)
        print(f"{same} of {len(chosen)} tasks done again in peace have the same bytes")
        if len(made.committed()) < len(made.tasks) or left or same < len(chosen):
            sys.exit(1)


if __name__ == "__main__":
    main()

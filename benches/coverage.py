"""Measures how often intervals of paired differences hold the true difference, and those at which the stopping rule stops.

``python benches/coverage.py --pairs 400 --folder /tmp/coverage`` runs a small world so many times under two scenarios, and goes on where it
was stopped. The mean over all pairs is taken as the truth. An experiment is ten pairs, drawn from them; for the stopping rule, pairs
come in an order of their own. Printed are the coverage of the 95% intervals over so many experiments, with its own interval, what
pairing gains, and what further runs of the base as a control variate do.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

import numpy as np
from scipy.stats import binomtest

from stepdown.experiments.compare import looked_at, outcome_values
from stepdown.experiments.config import load_experiment
from stepdown.experiments.local import execute, fitting
from stepdown.experiments.plan import draw_up, open_plan
from stepdown.experiments.result_set import ResultSet
from stepdown.experiments.statistics import adjusted, differences, precision
from stepdown.progress import reporter

WORLD = """
title = "Coverage"
why = "How often does an interval hold the truth?"
base = "baseline"
replicates = {pairs}

[overrides]
population = {share}
years = 1
settle_days = 0

[grid]
clinician_threshold = [2]
"""

PAIRS, BASE = 10, 40
"""Pairs of an experiment, and runs of the base where it is a control variate."""


def rate(hits: int, of: int) -> str:
    """Return a coverage with its own interval."""
    low, high = binomtest(hits, of).proportion_ci(0.95, method="wilson")
    return f"{hits / of:6.1%} ({low:.1%} to {high:.1%})"


def main() -> None:
    """Run what is still to be run, and print what was found."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pairs", type=int, default=400)
    parser.add_argument("--experiments", type=int, default=200)
    parser.add_argument("--share", type=float, default=0.001)
    parser.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()) / "stepdown-coverage")
    parser.add_argument("--workers", type=int)
    parser.add_argument("--read", action="store_true", help="run nothing: take what is done")
    asked = parser.parse_args()
    asked.folder.mkdir(parents=True, exist_ok=True)
    (asked.folder / "coverage.toml").write_text(WORLD.format(pairs=asked.pairs, share=asked.share))
    place = asked.folder / f"sweep-{asked.share:g}"
    made = open_plan(place) if asked.read else draw_up(load_experiment(asked.folder / "coverage.toml"), place)
    with reporter() as progress:
        for _ in execute(
            made, [] if asked.read else made.left(), workers=fitting(made, asked.workers), progress=progress
        ):
            pass
    results, (base, arm) = ResultSet(made), made.arms
    rng = np.random.default_rng(1)
    print(
        f"{min(have for have, _ in made.completeness().values())} pairs, {asked.experiments} experiments of {PAIRS} pairs each; share of England {asked.share:g}, one year"
    )
    print(
        f"{'outcome':22}{'difference':>12}{'differ':>8}{'gain':>8}  {'coverage of 95%':24}{'with a control variate':24}{'at the stopping rule':24}runs"
    )
    for outcome in looked_at(made):
        values = [outcome_values(results, name, outcome) for name in (base, arm)]
        both = sorted(set(values[0]) & set(values[1]))
        before, after = (np.array([found[pair] for pair in both]) for found in values)
        if len(both) < 2 * BASE or np.ptp(after - before) == 0:
            print(f"{outcome.name:22}known and different in too few pairs ({len(both)})")
            continue
        truth = float((after - before).mean())
        whole = differences(before[None], after[None], np.zeros(len(both), int))
        # So wide that some 30 replicates suffice.
        half = 2.0 * float((after - before).std(ddof=1)) / 30**0.5
        hits, held, controlled, stopped, used = 0, 0, 0, 0, []
        for _ in range(asked.experiments):
            order = rng.permutation(len(both))
            chosen = order[:PAIRS]
            found = differences(before[None, chosen], after[None, chosen], np.zeros(PAIRS, int))
            hits += bool(found.low[0] <= truth <= found.high[0])
            by = adjusted((after - before)[chosen], before[chosen], before[order[:BASE]])
            if by is not None:
                controlled += 1
                held += by[2] <= truth <= by[3]
            count = PAIRS + 5
            while (look := precision((after - before)[order[:count]], half)).enough is None and look.next <= len(order):
                count = look.next
            end = differences(before[None, order[:count]], after[None, order[:count]], np.zeros(count, int))
            stopped += bool(end.low[0] <= truth <= end.high[0])
            used.append(count)
        control = rate(held, controlled) + f" in {controlled}" if controlled else "never helps"
        print(
            f"{outcome.name:22}{truth:12.4g}{whole.differ[0] / len(both):8.0%}{whole.gain[0]:8.2f}  {rate(hits, asked.experiments):24}{control:32}"
            f"{rate(stopped, asked.experiments):24}{np.mean(used):.0f}"
        )


if __name__ == "__main__":
    main()

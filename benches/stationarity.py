"""Does a world in which nothing changes stand still? Runs ``constant`` over several seeds, and looks for drift.

    python benches/stationarity.py --population 0.05 --seeds 4
    python benches/stationarity.py --population 1 --seeds 4 --folder runs/stationarity      # all of England; goes on where it stopped

Each run is reported from its first day, so that the burn-in is seen too. For each indicator it prints the means of the
settling years, of the first and of the last five years that a run of the baseline reports; the drift between the two and its 95%
interval over the seeds; the trend in a year and whether it differs from none (t test over the seeds' slopes); how many years the
MSER rule would discard, settling included; and Geweke's z of the reported years (first tenth against last half, spread over seeds).
A drift counts where its interval leaves out 0 and it is more than 2%. Exits with 1 if an indicator drifts.
"""

from __future__ import annotations

import argparse
import csv
import sys
import tempfile
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pyarrow.dataset as ds
from scipy import stats

from stepdown import load, run
from stepdown.results import Results

if TYPE_CHECKING:
    from numpy.typing import NDArray

SETTLING = 3
"""Years from the first day that the baseline does not report."""

FIVE = 5
FIRST_DAY = date(2021, 4, 1)
COUNTS = 0.02
"""Part of the mean from which a drift counts."""

SHOWN = (
    "patients high secure",
    "patients medium secure",
    "patients low secure",
    "waiting",
    "ready",
    "admissions",
    "transfers",
    "wait_clinical_mean",
    "departures",
    "stay_mean medium secure",
    "delayed",
    "discharges",
    "recalls",
    "readmitted_1_year",
    "reconvicted_2_years",
    "relapses",
    "suicides",
    "prison_population",
    "prison_receptions",
    "population_ill",
    "spending",
)


@dataclass(frozen=True)
class Drift:
    """What the series of an indicator over years and seeds says."""

    settling: float
    first: float
    last: float
    drift: float
    error: float
    trend: float
    p: float
    discard: int
    geweke: float

    @property
    def counts(self) -> bool:
        """Whether it drifts: beyond chance, and by enough to matter."""
        return abs(self.drift) > max(COUNTS, self.error)


def series(results: Results) -> dict[str, list[float]]:
    """Return the yearly series of the indicators of all England."""
    wanted = (ds.field("area") == "England") & ds.field("group").isin(["all", "tier"])
    found: dict[str, dict[int, float]] = {}
    for row in results.dataset("indicators").to_table(filter=wanted).to_pylist():
        name = row["indicator"] if row["group"] == "all" else f"{row['indicator']} {row['level']}"
        found.setdefault(name, {})[row["year"]] = row["value"]
    years = range(results.first_year, results.last_year + 1)
    # What needs to be followed for years is not known of the last of them.
    return {name: [found.get(name, {}).get(year, np.nan) for year in years] for name in SHOWN}


def mser(values: NDArray[np.float64]) -> int:
    """Return how many values at the start the MSER rule discards: those without which the mean's standard error is least."""
    half = len(values) // 2
    scores = [values[d:].var() / (len(values) - d) for d in range(half + 1)]
    return int(np.argmin(scores))


def drift(runs: NDArray[np.float64]) -> Drift:
    """Look for drift in one indicator: a row for each seed, a column for each year, the settling years first."""
    known = runs[:, np.isfinite(runs).all(axis=0)]
    reported = known[:, SETTLING:]
    seeds, years = reported.shape
    first, last = reported[:, :FIVE].mean(axis=1), reported[:, -FIVE:].mean(axis=1)
    moved = (last - first) / first.mean()
    slopes = np.polyfit(np.arange(years), reported.T, 1)[0] / reported.mean()
    t = stats.t.ppf(0.975, seeds - 1) / np.sqrt(seeds)
    begins = reported[:, : max(1, years // 10)].mean(axis=1)
    apart = begins - reported[:, years // 2 :].mean(axis=1)
    spread = apart.std(ddof=1) / np.sqrt(seeds)
    return Drift(
        settling=float(known[:, :SETTLING].mean()),
        first=float(first.mean()),
        last=float(last.mean()),
        drift=float(moved.mean()),
        error=float(t * moved.std(ddof=1)),
        trend=float(slopes.mean()),
        p=float(stats.ttest_1samp(slopes, 0.0).pvalue),
        discard=mser(known.mean(axis=0)),
        geweke=float(apart.mean() / spread) if spread > 0 else 0.0,
    )


def main() -> int:
    """Run what is not there yet, print the table, and return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--scenario", default="constant")
    parser.add_argument("--population", type=float, default=0.05)
    parser.add_argument("--years", type=int, default=20, help="years after settling")
    parser.add_argument("--seeds", type=int, default=4, help="how many, from 1 on; at least 2")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--folder", type=Path, help="where the runs are kept; by default they are not")
    parser.add_argument("--series", type=Path, help="CSV file to write every yearly value to")
    given = parser.parse_args()
    world = load(
        given.scenario, population=given.population, start=FIRST_DAY, settle_days=0, years=SETTLING + given.years
    )
    found: list[dict[str, list[float]]] = []
    with tempfile.TemporaryDirectory() as aside:
        folder = given.folder or Path(aside)
        for seed in range(1, given.seeds + 1):
            out = folder / f"seed-{seed}"
            if not (out / "manifest.json").exists():
                print(f"seed {seed} of {given.seeds}", file=sys.stderr, flush=True)
                run(world, seed=seed, threads=given.threads, out=out)
            found.append(series(Results(out)))
    if given.series:
        with given.series.open("w", encoding="utf-8", newline="") as file:
            rows = csv.writer(file, lineterminator="\n")
            rows.writerow(("seed", "indicator", "year", "value"))
            for seed, by in enumerate(found, 1):
                rows.writerows(
                    (seed, name, FIRST_DAY.year + k, value)
                    for name, values in by.items()
                    for k, value in enumerate(values)
                )
    print(
        "| indicator | settling | first five | last five | drift | 95% interval | a year | p | MSER | Geweke z | drifts |"
    )
    print("| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | --- |")
    drifting = 0
    for name in SHOWN:
        d = drift(np.array([by[name] for by in found]))
        drifting += d.counts
        interval = f"{d.drift - d.error:+.1%} to {d.drift + d.error:+.1%}"
        cells = (f"{d.settling:,.4g}", f"{d.first:,.4g}", f"{d.last:,.4g}", f"{d.drift:+.1%}", interval)
        tests = (f"{d.trend:+.2%}", f"{d.p:.3f}", f"{d.discard}", f"{d.geweke:+.1f}", "yes" if d.counts else "no")
        print(f"| {name} | {' | '.join((*cells, *tests))} |")
    return 1 if drifting else 0


if __name__ == "__main__":
    sys.exit(main())

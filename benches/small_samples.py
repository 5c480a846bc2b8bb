"""What a sample of England does to the results: the baseline at shares of England against all of England.

    python benches/small_samples.py --folder runs/samples > small_samples.csv      # goes on where it stopped

Prints the rows of ``python/stepdown/evidence/tables/small_samples.csv``: for each outcome and share the mean relative change over
seeds 1 to ``--seeds``, with its standard error, against ``--national`` seeds of all England. A count is taken per resident.
"""

from __future__ import annotations

import argparse
import csv
import statistics
import sys
from pathlib import Path

import pyarrow.compute as pc

from stepdown import load, run
from stepdown.results import Results

OUTCOMES = {
    "transfers from prison": ("transfers", "a million residents and year"),
    "placements out of area": ("out_of_area", "of admissions"),
    "mean wait from need to admission": ("wait_clinical_mean", "d"),
}
"""What is compared: the indicator that has it, and its unit in all England."""
SHARES = (0.2, 0.05, 0.02)


def outcomes(found: Results) -> dict[str, float]:
    """Return each outcome over all years of a run: a count per resident and year, or a mean over all that are counted."""
    residents = found.indicator("population").column("value").to_numpy().sum()
    values = {}
    for outcome, (indicator, _) in OUTCOMES.items():
        table = found.indicator(indicator)
        value, over = table.column("value"), table.column("denominator")
        if indicator == "transfers":
            values[outcome] = 1e6 * pc.sum(value).as_py() / residents
        else:
            values[outcome] = pc.sum(pc.multiply(value, over)).as_py() / pc.sum(over).as_py()
    return values


def measured(folder: Path, share: float, seed: int, years: int) -> dict[str, float]:
    """Return the outcomes of the baseline at a share of England, which is run if it isn't there."""
    out = folder / f"{share:g}-{seed}"
    if not (out / "manifest.json").exists():
        run(load("baseline", population=share, years=years), seed=seed, out=out)
    return outcomes(Results(out))


def main() -> None:
    """Run what is missing, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--folder", type=Path, default=Path("runs/samples"), help="where the runs stand")
    parser.add_argument("--seeds", type=int, default=3, help="seeds of each sample")
    parser.add_argument("--national", type=int, default=2, help="seeds of all England")
    parser.add_argument("--years", type=int, default=20, help="years that are reported")
    arguments = parser.parse_args()
    folder, years = arguments.folder, arguments.years
    samples = {
        share: [measured(folder, share, seed, years) for seed in range(1, arguments.seeds + 1)] for share in SHARES
    }
    england = [measured(folder, 1.0, seed, years) for seed in range(1, arguments.national + 1)]
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(("outcome", "share", "change", "source", "note"))
    for outcome in OUTCOMES:
        whole = statistics.mean(found[outcome] for found in england)
        for share, found in samples.items():
            changes = [one[outcome] / whole - 1.0 for one in found]
            error = statistics.stdev(changes) / len(changes) ** 0.5
            note = (
                f"The baseline over {years} years: mean of {len(changes)} seeds, standard error {error:.3f}, against "
                f"{whole:.3g} {OUTCOMES[outcome][1]} in {len(england)} seeds of all England"
            )
            writer.writerow(
                (outcome, f"{share:g}", f"{statistics.mean(changes):.2f}", "benches/small_samples.py", note)
            )


if __name__ == "__main__":
    main()

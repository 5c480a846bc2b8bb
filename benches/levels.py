"""Holds a national run against the published levels that the rough fit aims at.

    python benches/levels.py runs/baseline

Prints each level: published value, what the run gives at its least and most over the reported years, and whether that lies
within the tolerance: in every year, or on average over the first five, as ``evidence/tables/levels.csv`` says. Exits with 1
if one doesn't. A few runs are not a calibration.
"""

from __future__ import annotations

import argparse
import csv
import sys
from importlib.resources import files
from statistics import fmean

from stepdown.results import Results

YEARS = 5


def main() -> int:
    """Print the table, and return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("run", help="folder of a national run")
    results = Results(parser.parse_args().run)
    table = files("stepdown.evidence") / "tables" / "levels.csv"
    print("| level | published | tolerance | least | most | mean of the first five years | within |")
    print("| --- | ---: | ---: | ---: | ---: | ---: | --- |")
    missed = 0
    with table.open(encoding="utf-8") as lines:
        for row in csv.DictReader(lines):
            found = results.indicator(row["indicator"], group=row["group"]).to_pylist()
            by_year = {r["year"]: r["value"] for r in found if r["level"] == row["level"] and r["area"] == "England"}
            values = [by_year[year] for year in sorted(by_year)]
            # The first two years can't show what happens within two years of a discharge.
            values = values[2:] if row["indicator"].endswith("_2_years") else values
            want, tolerance = float(row["value"]), float(row["tolerance"])
            held = values if row["every_year"] == "1" else [fmean(values[:YEARS])]
            within = all(abs(v - want) <= tolerance * want for v in held)
            missed += not within
            form = ".3f" if want < 1 else ",.0f"
            numbers = " | ".join(f"{v:{form}}" for v in (min(values), max(values), fmean(values[:YEARS])))
            how = "every year" if row["every_year"] == "1" else "mean"
            print(f"| {row['id']} | {want:{form}} | {tolerance:.0%}, {how} | {numbers} | {'yes' if within else 'NO'} |")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())

"""What levers on the wait for hospital come to nationally, paired, and which stage binds after each.

    python benches/levers.py --seeds 1 2 --folder runs/levers      # all of England; goes on where it stopped

Each arm lives from one recorded inflow for each seed, with its levers in force from the first day of the burn-in. Printed are
transfers from prison (share within 14 and 28 days, mean wait, assessments for each), the stages of their wait, and what the lever
costs others: the wait for the same bed outside prison, and admissions out of area.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from statistics import fmean
from typing import Any

import polars as pl
from transfers import STAGES, beds, figures, transfers

from stepdown import inflow, load, run
from stepdown.results import Results

LIMIT = {"transfer_limit": 14}
FIRST = {"transfer_priority": 85}
ONE = {"single_assessment": 1}
REPORTS = {"reports_on_time": 0.5}
QUICK = {"assessment_duration": 0.5}
ALL = LIMIT | FIRST | ONE | REPORTS | QUICK

ARMS: dict[str, dict[str, Any]] = {
    "as it is": {},
    "limit of 14 days": LIMIT,
    "limit of 28 days, lists by limit": FIRST,
    "limit of 14 days, lists by limit": LIMIT | FIRST,
    "half of referrals assessed once": {"single_assessment": 0.5},
    "all referrals assessed once": ONE,
    "reports in half the time": REPORTS,
    "reports in a fifth of the time": {"reports_on_time": 0.8},
    "assessments in half the time": QUICK,
    "all of these": ALL,
    "all, +600 beds, assessments and in-reach × 2": ALL
    | beds(600)
    | {"assessment_capacity": 2, "in_reach_capacity": 2, "reports_on_time": 0.8},
    "tribunal × 2": {"tribunal_capacity": 2},
    "Ministry × 2": {"ministry_capacity": 2},
    "in-reach × 2": {"in_reach_capacity": 2},
    "assessments × 2": {"assessment_capacity": 2},
}
"""Levers that are compared."""

SHOWN = ("within 14", "within 28", "mean", "assessments", "a year", "elsewhere", "out of area")
SHARES = ("within 14", "within 28", "out of area")


def lived(name: str, seed: int, folder: Path, size: dict[str, Any]) -> Results:
    """Run an arm, unless it was run before."""
    out = folder / f"{list(ARMS).index(name):02d}-seed{seed}"
    if not out.exists():
        known = folder / f"seed{seed}.inflow"
        if not known.exists():
            inflow.write(inflow.record(load("baseline", **size), seed=seed, threads=2), known)
        run(load("baseline", **size, **ARMS[name]), seed=seed, threads=1, out=out, inflow=known)
    return Results(out)


def found(results: Results, years: int) -> dict[str, float]:
    """Return the figures of a run: shares [0–1], waits and stages [d], counts a year."""
    table = transfers(results)
    whole = results.polars("indicators").lazy().filter((pl.col("area") == "England") & (pl.col("group") == "all"))
    rows = whole.collect()

    def of(indicator: str) -> float:
        some = rows.filter(pl.col("indicator") == indicator).drop_nulls("value")
        return float((some["value"] * some["denominator"]).sum()) / float(some["denominator"].sum())

    return figures(table, years) | {
        "within 14": float((table["wait"] <= 14).mean() or 0),  # type: ignore[arg-type]
        "assessments": float(table["assessments"].mean() or 0),  # type: ignore[arg-type]
        "elsewhere": of("wait_elsewhere_mean"),
        "out of area": of("out_of_area"),
    }


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--years", type=int, default=3)
    parser.add_argument("--population", type=float, default=1.0)
    parser.add_argument("--folder", type=Path, default=Path("runs/levers"))
    given = parser.parse_args()
    given.folder.mkdir(parents=True, exist_ok=True)
    size = {"years": given.years, "population": given.population}
    got: dict[str, dict[int, dict[str, float]]] = {name: {} for name in ARMS}
    for seed in given.seeds:
        for name in ARMS:
            got[name][seed] = found(lived(name, seed, given.folder, size), given.years)
    base = got["as it is"]
    print(
        "| world |",
        " | ".join(SHOWN),
        "| within 28 d, points, each seed | mean, d, each seed | elsewhere, d, each seed |",
    )
    print("| --- |", " | ".join(["---:"] * len(SHOWN)), "| --- | --- | --- |")
    for name, seeds in got.items():
        cells = [fmean(one[key] for one in seeds.values()) * (100 if key in SHARES else 1) for key in SHOWN]
        change = {key: [one[key] - base[seed][key] for seed, one in seeds.items()] for key in SHOWN}
        points = ", ".join(f"{100 * d:+.1f}" for d in change["within 28"])
        days = (", ".join(f"{d:+.1f}" for d in change[key]) for key in ("mean", "elsewhere"))
        print(f"| {name} |", " | ".join(f"{c:.1f}" for c in cells), f"| {points} |", " | ".join(days), "|")
    print()
    print("| days of a transfer |", " | ".join(STAGES), "|")
    print("| --- |", " | ".join(["---:"] * len(STAGES)), "|")
    for name, seeds in got.items():
        stages = (fmean(one[stage] for one in seeds.values()) for stage in STAGES)
        print(f"| {name} |", " | ".join(f"{days:.1f}" for days in stages), "|")


if __name__ == "__main__":
    main()

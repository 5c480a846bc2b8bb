"""Where a prisoner's wait for hospital goes, and what it answers to.

    python benches/transfers.py stages runs/baseline runs/baseline-2              # stages of the transfers of finished runs
    python benches/transfers.py response --seeds 1 2 --folder runs/transfers      # all of England; goes on where it stopped

`stages` takes the transfers of runs apart: from need to referral, to the first assessment that is made, to acceptance, to a bed that
is held, to the Ministry's clock, to admission; by tier, sex and region, with the reasons why those late were late. `response` lives
a few years from one recorded inflow for each seed, with more beds, twice the assessments, reports in half the time, alone and together,
and prints the share within 28 days, the mean and the tail of the wait, and transfers a year, each with the paired difference.
"""

from __future__ import annotations

import argparse
from datetime import date
from pathlib import Path
from statistics import fmean
from typing import Any

import polars as pl

from stepdown import inflow, load, run
from stepdown.evidence import loader
from stepdown.results import Results
from stepdown.vocabulary import PRISON

LATE = 28
"""Days after which a transfer is late."""

START = date(2021, 4, 1)
"""First day of the burn-in: what an arm changes, it changes from there."""

STAGES = ("referral", "assessment", "acceptance", "bed", "ministry", "admission")
"""Ends of the stages, in order: the first referral, the first assessment made, the last acceptance, a bed held, both reports there."""

SHOWN = {
    "referral": "need to referral",
    "assessment": "to first assessment",
    "acceptance": "to acceptance",
    "bed": "to a bed held",
    "ministry": "to both reports",
    "admission": "to admission",
}

CAUSES = {"bed": "no bed", "acceptance": "level, or another opinion", "reports": "reports", "other": "other"}
"""Main cause of a late transfer: what took longest of the four."""


def beds(count: int) -> dict[str, Any]:
    """More medium and low secure beds from the first day, half of each."""
    return {"beds": {tier: [{"from": START, "beds": count // 2}] for tier in ("medium", "low")}}


TWICE = {"assessment_capacity": 2}
HALF = 0.5

ARMS: dict[str, tuple[dict[str, Any], bool]] = {
    "as it is": ({}, False),
    "+100 beds": (beds(100), False),
    "+300 beds": (beds(300), False),
    "+600 beds": (beds(600), False),
    "twice the assessments": (TWICE, False),
    "reports in half the time": ({}, True),
    "assessments, reports": (TWICE, True),
    "+300 beds, assessments": (beds(300) | TWICE, False),
    "+300 beds, reports": (beds(300), True),
    "+100 beds, assessments, reports": (beds(100) | TWICE, True),
    "+300 beds, assessments, reports": (beds(300) | TWICE, True),
    "+600 beds, assessments, reports": (beds(600) | TWICE, True),
}
"""Worlds that are compared: levers, and whether reports take half the time."""


def transfers(results: Results) -> pl.DataFrame:
    """Return the transfers of a run, one row each, with the days on which each stage ended, counted from the need."""
    spells = results.polars("spells").filter(pl.col("wait_clinical").is_not_null())
    moved = (
        spells.filter(pl.col("source").cast(pl.String).is_in(PRISON))
        .select(
            "person",
            pl.col("start").alias("admitted"),
            (pl.col("start") - pl.duration(days=pl.col("wait_clinical"))).cast(pl.Date).alias("need"),
            pl.col("place").cast(pl.String).alias("tier"),
            pl.col("area").cast(pl.String),
            pl.col("wait_clinical").alias("wait"),
            pl.col("wait_ministry").alias("clock"),
            "out_of_area",
        )
        .join(results.polars("people").select("person", pl.col("sex").cast(pl.String)), on="person", how="left")
        # Whose need was known before the first reported day has stages that nobody logged.
        .filter(pl.col("need") >= date(results.first_year, 4, 1))
        .collect()
        .with_row_index("transfer")
    )
    events = (
        results.polars("events")
        .filter(pl.col("event").cast(pl.String).is_in(["stage", "decision"]))
        .select("person", "day", pl.col("to").cast(pl.String), pl.col("decision").cast(pl.String))
        .filter(pl.col("to").is_in(["referred", "accepted", "bed held"]) | (pl.col("decision") == "assessment"))
        .collect()
    )
    seen = moved.select("transfer", "person", "need", "admitted").join(events, on="person")
    seen = seen.filter(pl.col("day").is_between(pl.col("need"), pl.col("admitted")))
    at = (pl.col("day") - pl.col("need")).dt.total_days()
    stage = pl.col("decision").is_null()
    ends = seen.group_by("transfer").agg(
        at.filter(stage & (pl.col("to") == "referred")).min().alias("referral"),
        at.filter(pl.col("decision") == "assessment").min().alias("assessment"),
        at.filter(stage & (pl.col("to") == "accepted")).max().alias("acceptance"),
        at.filter(stage & (pl.col("to") == "bed held")).max().alias("bed"),
        (pl.col("decision") == "assessment").sum().alias("assessments"),
        (stage & (pl.col("to") == "referred")).sum().alias("referrals"),
    )
    table = moved.join(ends, on="transfer", how="left").with_columns(
        ministry=pl.col("wait") - pl.col("clock"), admission=pl.col("wait")
    )
    # A court's order needs no warrant, and stages can fall on one day: each ends no earlier than the one before.
    before = pl.lit(0)
    for name in STAGES:
        table = table.with_columns(pl.max_horizontal(pl.col(name), before).alias(name))
        before = pl.col(name)
    lengths, before = [], pl.lit(0)
    for name in STAGES:
        lengths.append((pl.col(name) - before).alias(f"days_{name}"))
        before = pl.col(name)
    return table.with_columns(lengths).with_columns(
        cause=pl.when(pl.col("wait") <= LATE)
        .then(None)
        .when(
            pl.col("days_bed")
            >= pl.max_horizontal(
                "days_acceptance", "days_ministry", pl.col("days_referral") + pl.col("days_assessment")
            )
        )
        .then(pl.lit("bed"))
        .when(
            pl.col("days_acceptance")
            >= pl.max_horizontal("days_ministry", pl.col("days_referral") + pl.col("days_assessment"))
        )
        .then(pl.lit("acceptance"))
        .when(pl.col("days_ministry") >= pl.col("days_referral") + pl.col("days_assessment"))
        .then(pl.lit("reports"))
        .otherwise(pl.lit("other"))
    )


def figures(table: pl.DataFrame, years: float) -> dict[str, float]:
    """Return what is told of some transfers: mean stages [d], the wait and its tail, and transfers a year."""
    wait = table["wait"]
    found = {name: float(table[f"days_{name}"].mean() or 0) for name in STAGES}  # type: ignore[arg-type]
    return found | {
        "mean": float(wait.mean() or 0),  # type: ignore[arg-type]
        "median": float(wait.median() or 0),  # type: ignore[arg-type]
        "within 28": float((wait <= LATE).mean() or 0),
        "over 140": float((wait > 140).mean() or 0),
        "over 365": float((wait > 365).mean() or 0),
        "longest": float(wait.max() or 0),  # type: ignore[arg-type]
        "at once": float((table["days_bed"] == 0).mean() or 0),
        "a year": len(table) / years,
    }


def line(name: str, found: dict[str, float]) -> str:
    """Return a row of the table of stages."""
    stages = " | ".join(f"{found[s]:.1f}" for s in STAGES)
    tail = " | ".join(f"{100 * found[s]:.1f}" for s in ("within 28", "over 140", "over 365", "at once"))
    return f"| {name} | {found['a year']:,.0f} | {stages} | {found['mean']:.1f} | {found['median']:.0f} | {tail} |"


def print_stages(folders: list[Path]) -> None:
    """Print the stages of the transfers of runs, by tier, sex, area and cause."""
    runs = [Results(folder) for folder in folders]
    table = pl.concat([transfers(found).drop("transfer") for found in runs])
    years = sum(found.last_year - found.first_year + 1 for found in runs)
    print(
        "| transfers | a year |",
        " | ".join(SHOWN.values()),
        "| mean | median | within 28 d % | over 140 | over 365 | bed at once |",
    )
    print("| --- |", " | ".join(["---:"] * 13), "|")
    print(line("all", figures(table, years)))
    for column in ("tier", "sex"):
        for (level,), some in sorted(table.group_by(column), key=lambda pair: -len(pair[1])):
            print(line(str(level), figures(some, years)))
    for (tier, sex), some in sorted(table.group_by("tier", "sex"), key=lambda pair: -len(pair[1])):
        print(line(f"{tier}, {sex}", figures(some, years)))
    areas = sorted((figures(some, years)["mean"], str(area), some) for (area,), some in table.group_by("area"))
    for _, area, some in areas:
        print(line(area, figures(some, years)))
    print(
        f"longest {table['wait'].max()} d; assessments a transfer {table['assessments'].mean():.2f}; referrals {table['referrals'].mean():.2f}"
    )
    late = table.filter(pl.col("cause").is_not_null())
    for cause, words in CAUSES.items():
        print(f"late for {words}: {100 * (late['cause'] == cause).mean():.0f}%")  # type: ignore[operator]


def lived(name: str, seed: int, folder: Path, size: dict[str, Any]) -> Results:
    """Run an arm, unless it was run before."""
    levers, sooner = ARMS[name]
    out = folder / f"{list(ARMS).index(name):02d}-seed{seed}"
    if not out.exists():
        base = load("baseline", **size)
        known = folder / f"seed{seed}.inflow"
        if not known.exists():
            inflow.write(inflow.record(base, seed=seed, threads=2), known)
        half = HALF * loader.load().value("referral.report_days")
        sooner_by = {"parameters": {"referral.report_days": half}} if sooner else {}
        run(load("baseline", **size, **levers, **sooner_by), seed=seed, threads=1, out=out, inflow=known)
    return Results(out)


def print_response(seeds: list[int], folder: Path, size: dict[str, Any]) -> None:
    """Print what each arm makes of the wait, against the world as it is."""
    folder.mkdir(parents=True, exist_ok=True)
    print(
        "| world | within 28 d % | mean d | over 140 d % | transfers a year | within 28 d, points | mean, d | seeds |"
    )
    print("| --- | ---: | ---: | ---: | ---: | ---: | ---: | --- |")
    base: dict[int, dict[str, float]] = {}
    for name in ARMS:
        found = {seed: figures(transfers(lived(name, seed, folder, size)), size["years"]) for seed in seeds}
        base = base or found
        share = {seed: 100 * (found[seed]["within 28"] - base[seed]["within 28"]) for seed in seeds}
        mean = {seed: found[seed]["mean"] - base[seed]["mean"] for seed in seeds}
        each = "; ".join(f"{share[seed]:+.1f}, {mean[seed]:+.1f}" for seed in seeds)
        whole = {key: fmean(found[seed][key] for seed in seeds) for key in found[seeds[0]]}
        print(
            f"| {name} | {100 * whole['within 28']:.1f} | {whole['mean']:.1f} | {100 * whole['over 140']:.1f} | {whole['a year']:,.0f} "
            f"| {fmean(share.values()):+.1f} | {fmean(mean.values()):+.1f} | {each} |",
            flush=True,
        )


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    what = parser.add_subparsers(dest="what", required=True)
    stages = what.add_parser("stages")
    stages.add_argument("runs", type=Path, nargs="+")
    response = what.add_parser("response")
    response.add_argument("--seeds", type=int, nargs="+", default=[1, 2])
    response.add_argument("--years", type=int, default=5)
    response.add_argument("--population", type=float, default=1.0)
    response.add_argument("--folder", type=Path, default=Path("runs/transfers"))
    given = parser.parse_args()
    if given.what == "stages":
        print_stages(given.runs)
    else:
        print_response(given.seeds, given.folder, {"years": given.years, "population": given.population})


if __name__ == "__main__":
    main()

"""Face validity: sets each inflow, stock and decision to an extreme, and holds what comes out against what must.

    python benches/extremes.py --population 0.05 --years 6

Prints a table for `docs/face-validity.md`: each extreme, each expectation, the baseline and the extreme as means of the last years,
and whether it holds. Exits with 1 if one doesn't. Extremes of the pathway live from one recorded inflow; those of the population are
run with everyone. `up` and `down` are more than 5% from the baseline, `gone` less than 5% of it.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from statistics import fmean
from typing import Any

import pyarrow.dataset as ds

from stepdown import inflow, load, run

MOVED = 0.05
"""Part of the baseline's value from which something counts as moved."""

LAST = 3
"""Years at the end of a run whose mean is taken."""

NEVER, ALWAYS = -30.0, 30.0
"""Scores beside which no other counts [logit]."""

START = date(2021, 4, 1)
"""First day of the burn-in."""


@dataclass(frozen=True)
class Extreme:
    """A world with one thing at its extreme: what is set, and which results must go up, go down, or be gone."""

    what: str
    expected: dict[str, str]
    levers: dict[str, Any] = field(default_factory=dict)
    parameters: dict[str, float] = field(default_factory=dict)
    keys: dict[str, Any] = field(default_factory=dict)
    everyone: bool = False


def beds(tier: str, change: int) -> dict[str, Any]:
    """Open or close beds of a tier on the first day."""
    return {"beds": {tier: [{"from": START, "beds": change}]}}


def discharging(score: float) -> dict[str, float]:
    """Return the constants of every answer of the tribunal that discharges a patient from hospital."""
    answers = ("conditional_discharge", "deferred_conditional_discharge", "absolute_discharge", "discharge")
    return {f"choice.hearing.{answer}.constant": score for answer in answers}


def rates(prefix: str, *names: str) -> dict[str, float]:
    """Set hazards to nothing."""
    return {f"{prefix}.{name}": 0.0 for name in names}


EXTREMES = (
    Extreme("nobody in prison is noticed", {"transfers": "down"}, levers={"in_reach_notice": 0}),
    Extreme("no prisoner's referral is worked up", {"transfers": "gone"}, levers={"in_reach_capacity": 0}),
    Extreme(
        "everybody who is unwell in prison is noticed at once",
        {"transfers": "up"},
        levers={"in_reach_notice": 100, "in_reach_capacity": 100},
    ),
    Extreme("nothing is assessed", {"transfers": "gone", "admissions": "down"}, levers={"assessment_capacity": 0}),
    Extreme(
        "twice the medium secure beds",
        {"waiting medium secure": "gone", "wait_clinical_mean medium secure": "down"},
        levers=beds("medium", 2965),
    ),
    Extreme(
        "half the medium secure beds",
        {"waiting": "up", "patients medium secure": "down", "wait_clinical_mean": "up"},
        levers=beds("medium", -1480),
    ),
    Extreme("twice the low secure beds", {"ready_no_bed": "down"}, levers=beds("low", 3003)),
    Extreme("places without end", {"waiting": "gone", "wait_clinical_mean": "down"}, keys={"capacity": "unlimited"}),
    Extreme("no supported places", {"spending supported accommodation": "down"}, levers={"supported_places": -100000}),
    Extreme(
        "no money for aftercare",
        {"ready_no_funding": "up", "patients locked rehabilitation": "down"},
        levers={"aftercare_budget": 0},
    ),
    Extreme(
        "supported places and teams without end",
        {"ready_no_team": "down", "spending supported accommodation": "up"},
        levers={"supported_places": 100000, "forensic_teams": 100000, "mainstream_teams": 100000, "aftercare_budget": 100},
    ),
    Extreme(
        "the Ministry answers nothing",
        {"discharges": "down", "transfers": "gone", "ready": "down"},
        levers={"ministry_capacity": 0},
    ),
    Extreme(
        "the Ministry refuses every request",
        {"discharges": "down", "ready": "down"},
        parameters={"choice.consent.grant.constant": NEVER},
    ),
    Extreme("the tribunal never discharges", {"discharges": "down"}, parameters=discharging(NEVER)),
    Extreme(
        "the tribunal always discharges",
        {"discharges": "up", "patients medium secure": "down", "stay_mean": "down"},
        parameters=discharging(ALWAYS),
    ),
    Extreme("no tribunal sits", {"discharges": "down"}, levers={"tribunal_capacity": 0}),
    Extreme(
        "clinicians find everybody ready",
        {"stay_mean": "down", "ready": "up"},
        levers={"clinician_threshold": 5},
    ),
    Extreme(
        "clinicians find hardly anybody ready",
        {"ready": "down", "discharges": "down"},
        levers={"clinician_threshold": -5},
    ),
    Extreme(
        "nobody relapses",
        {"relapses": "gone", "transfers": "down", "recalls": "down"},
        parameters=rates("relapse", "prison", "hospital", "year1", "year2", "year3", "year6", "later"),
    ),
    Extreme(
        "nobody recovers",
        {"discharges": "down"},
        parameters=rates("recovery", "prison", "hospital", "community"),
    ),
    Extreme(
        "nobody known to the pathway reoffends",
        {"charges": "down", "reconvicted_2_years": "gone"},
        parameters=rates("reoffence", "year1", "year2", "year3", "year6", "later", "never_secure"),
    ),
    Extreme("nobody takes their life", {"suicides": "gone"}, parameters=rates("suicide", "community", "prison", "hospital")),
    Extreme("nobody absconds", {"absconds": "gone"}, parameters=rates("abscond", "escorted", "unescorted", "none")),
    Extreme("beds cost nothing", {"spending": "down"}, parameters=rates("money", "high", "medium", "low")),
    Extreme("nobody needs security outside the courts", {"admissions": "down"}, everyone=True, parameters=rates("illness.need", "psychosis", "personality", "disability")),
    Extreme(
        "nobody is arrested",
        {"prison_population": "down", "prison_receptions": "gone", "transfers": "down"},
        everyone=True,
        parameters=rates("justice", "arrests"),
    ),
    Extreme("twice the arrests", {"prison_population": "up", "transfers": "up"}, everyone=True, parameters={"justice.arrests": 1368950}),
    Extreme("nobody falls ill", {"population_ill": "down"}, everyone=True, parameters=rates("illness", "incidence", "custody_incidence")),
    Extreme("nobody is born or comes", {"population": "down"}, everyone=True, parameters=rates("people", "births", "immigration")),
)  # fmt: skip


def results(world: dict[str, Any], known: Path | None, seed: int, folder: Path) -> dict[str, float]:
    """Run a world, and return its indicators of all England, as means of the last years."""
    found = run(load("baseline", **world), seed=seed, threads=1, out=folder, overwrite=True, inflow=known)
    last = range(found.last_year - LAST + 1, found.last_year + 1)
    wanted = (
        (ds.field("area") == "England")
        & ds.field("group").isin(["all", "tier", "spend"])
        & ds.field("year").isin(list(last))
    )
    values: dict[str, list[float]] = {}
    for row in found.dataset("indicators").to_table(filter=wanted).to_pylist():
        name = row["indicator"] if row["group"] == "all" else f"{row['indicator']} {row['level']}"
        values.setdefault(name, []).append(row["value"])
    # A count of what never happened in a year has no row.
    return {name: fmean(some) for name, some in values.items()}


def holds(expected: str, base: float, found: float) -> bool:
    """Whether a result went where it must."""
    moved = MOVED * abs(base)
    return {"up": found > base + moved, "down": found < base - moved, "gone": abs(found) < moved}[expected]


def main() -> int:
    """Print the table, and return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--population", type=float, default=0.05)
    parser.add_argument("--years", type=int, default=6)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", default="", help="extremes whose name has this in it")
    given = parser.parse_args()
    size = {"population": given.population, "years": given.years}
    missed = 0
    with tempfile.TemporaryDirectory() as folder:
        known, out = Path(folder) / "known.inflow", Path(folder) / "run"
        inflow.write(inflow.record(load("baseline", **size), seed=given.seed), known)
        base = results(size, known, given.seed, out)
        print("| extreme | result | must be | baseline | extreme | holds |")
        print("| --- | --- | --- | ---: | ---: | --- |")
        for extreme in EXTREMES:
            if given.only not in extreme.what:
                continue
            world = (
                size
                | extreme.keys
                | extreme.levers
                | ({"parameters": extreme.parameters} if extreme.parameters else {})
            )
            found = results(world, None if extreme.everyone else known, given.seed, out)
            for name, expected in extreme.expected.items():
                before, after = base[name], found.get(name, 0.0)
                right = holds(expected, before, after)
                missed += not right
                cells = (extreme.what, name, expected, f"{before:,.4g}", f"{after:,.4g}", "yes" if right else "NO")
                print(f"| {' | '.join(cells)} |", flush=True)
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())

"""Measures what rules cost: declared, another choice, `batch`, `each`; one decision and all twelve.

    python benches/rules.py                            # all England, 20 years: six runs
    python benches/rules.py --population 0.1 --years 5

Each run is a process of its own. A copy of what is declared gives the same answers, so that the runs do the same work: the
difference of their processor time is what the rules cost. Prints a table in Markdown.
"""

from __future__ import annotations

import argparse
import json
import resource
import runpy
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

WAYS = (
    "declared",
    "review: another choice",
    "review: batch",
    "review: each",
    "all twelve: batch",
    "all twelve: each",
)


def agents(way: str) -> list[Any]:
    """Return the agents of a way."""
    from stepdown.agents import ResponsibleClinician
    from stepdown.agents.choices import Review

    copies = runpy.run_path(str(Path(__file__).parents[1] / "tests" / "rules" / "agents.py"))
    what, _, form = way.partition(": ")
    if what == "declared":
        return []
    if form == "another choice":
        same = ResponsibleClinician.review.but(terms=[(Review.READY, "1", 0.0)])
        return [type("Same", (ResponsibleClinician,), {"review": same})]
    return list(copies["copies"](form)) if what == "all twelve" else [copies["copy"](ResponsibleClinician, form)]


def live(way: str, population: float, years: int, threads: int) -> dict[str, Any]:
    """Live a run without output, and say what it took."""
    from stepdown import SecureCareModel, load

    model = SecureCareModel(
        load("baseline", population=population, years=years), seed=1, threads=threads, agents=agents(way)
    )
    began, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_SELF)
    rows = 0
    while model.core.day < model.core.end:
        model.run_for(30)
        rows += sum(model.drain().rows().values())
    after = resource.getrusage(resource.RUSAGE_SELF)
    asked = model.agent_overrides.rules
    return {
        "wall": time.perf_counter() - began,
        "cpu": after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime,
        "rows": rows,
        "calls": sum(rule.calls for rule in asked),
        "cases": sum(rule.cases for rule in asked),
        "seconds": sum(rule.seconds for rule in asked),
    }


def main() -> None:
    """Measure, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--population", type=float, default=1.0, help="share of the population")
    parser.add_argument("--years", type=int, default=20, help="years")
    parser.add_argument("--threads", type=int, default=2, help="threads for the population")
    parser.add_argument("--ways", nargs="+", default=list(WAYS), choices=WAYS, help="what to measure")
    parser.add_argument("--one", choices=WAYS, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.one:
        print(json.dumps(live(asked.one, asked.population, asked.years, asked.threads)))
        return
    print("| way | processor time | more than declared | calls | cases | in Python | a case |")
    print("| --- | ---: | ---: | ---: | ---: | ---: | ---: |")
    declared = None
    for way in asked.ways:
        numbers = [f"--{name}={getattr(asked, name)}" for name in ("population", "years", "threads")]
        said = subprocess.run([sys.executable, __file__, "--one", way, *numbers], check=True, capture_output=True)
        found = json.loads(said.stdout)
        declared = declared or found
        assert found["rows"] == declared["rows"], f"{way}: other work than {asked.ways[0]}"
        cells = [way, f"{found['cpu']:.1f} s", f"{found['cpu'] / declared['cpu'] - 1:+.1%}"]
        if found["cases"]:
            each = f"{found['seconds'] / found['cases'] * 1e6:.2f} µs"
            cells += [f"{found['calls']:,}", f"{found['cases']:,}", f"{found['seconds']:.1f} s", each]
        else:
            cells += [""] * 4
        print("| " + " | ".join(cells) + " |", flush=True)


if __name__ == "__main__":
    main()

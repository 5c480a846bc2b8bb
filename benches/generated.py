"""Generated scenarios: each valid one is run with every invariant checked, by one thread and by three, and verified.

    python benches/generated.py --runs 300

Scenarios are drawn over all levers, dates, areas and shapes of steps, beds, ranges of parameters, and modes. What `validate` refuses is
drawn again. Exits with 1 if a run fails, differs between the threads, or isn't whole.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import time
import warnings
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from stepdown import evidence, levers, plan
from stepdown.errors import LimitError, NoEffectWarning, ScenarioError, StepdownError
from stepdown.evidence import institutions
from stepdown.results.verify import verify
from stepdown.running.run import run
from stepdown.scenario import TIERS, Scenario, load, places_by_name

SHARE, YEARS = 0.0005, 1


def a_day(draw: random.Random, *, april: bool) -> date:
    """Return a day about the years that are run, or a 1 April."""
    year = draw.randrange(2023, 2026)
    return date(year, 4, 1) + timedelta(0 if april else draw.randrange(366))


def a_step(draw: random.Random, lever: levers.Lever, areas: list[str]) -> dict[str, Any]:
    """Return a step of a lever, often at an end of its range."""
    if lever.words:
        value: Any = draw.choice(lever.words)
    elif lever.unit in ("flag", "code"):
        value = draw.randint(int(lever.low), int(lever.high))
    else:
        value = draw.choice([lever.low, lever.high, 1.0, draw.uniform(lever.low, lever.high)])
    step: dict[str, Any] = {"value": value}
    population = lever.level is not None
    if draw.random() < 0.7:
        step["from"] = a_day(draw, april=population)
        if draw.random() < 0.4:
            step["ramp_days"] = draw.choice([1, 30, 365, 7320])
    if draw.random() < 0.4:
        step["until"] = a_day(draw, april=population)
    if not population and draw.random() < 0.4:
        step["areas"] = draw.sample(areas, draw.randint(1, 4))
    return step


def a_scenario(draw: random.Random) -> dict[str, Any]:
    """Return the keys of a scenario, which may be one that is refused."""
    areas = list(places_by_name(institutions.load()))
    known = levers.load()
    table: dict[str, Any] = {
        name: [a_step(draw, known[name], areas) for _ in range(draw.randint(1, 3))]
        for name in draw.sample(list(known), draw.randint(0, 6))
    }
    if draw.random() < 0.5:
        beds = [{"from": a_day(draw, april=False), "beds": draw.randint(-400, 400)} for _ in range(draw.randint(1, 3))]
        table["beds"] = {draw.choice(TIERS): beds}
    free = [p for p in evidence.load().parameters.values() if p.distribution != "fixed"]
    some = draw.sample(free, draw.choice([0, 0, 1, 5, 20]))
    return {
        "levers": table,
        "parameters": {p.id: draw.choice([p.low, p.high, draw.uniform(p.low, p.high)]) for p in some},
        "capacity": draw.choice(["limited", "limited", "unlimited"]),
        "demography": draw.choice(["moving", "moving", "frozen"]),
        "draw": draw.choice([0, 0, draw.randrange(1, 100)]),
        "settle_days": draw.choice([0, 30, 365]),
    }


def valid(seed: str, share: float = SHARE) -> tuple[Scenario, int]:
    """Return the first valid scenario of a seed, and how many were refused before it."""
    draw, refused = random.Random(seed), 0
    while True:
        try:
            scenario = load("baseline", population=share, years=YEARS, **a_scenario(draw))
            plan.compile(scenario)
        except (ScenarioError, LimitError):
            refused += 1
        else:
            return scenario, refused


def fault(scenario: Scenario, folder: Path) -> str | None:
    """Run a scenario twice, and return what is wrong, if anything is."""
    try:
        one, three = (run(scenario, out=folder / str(n), threads=n, check=True, snapshot_every=None) for n in (1, 3))
    except StepdownError as error:
        return str(error)
    if one.manifest["files"] != three.manifest["files"]:
        return "one thread and three differ"
    verdict = verify(one.path)
    return None if verdict else "; ".join(map(str, verdict.findings))


def main() -> int:
    """Run them all, and say what failed."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--runs", type=int, default=300)
    asked.add_argument("--seed", default="1")
    asked.add_argument("--population", type=float, default=SHARE, help="share of England that each lives")
    given = asked.parse_args()
    warnings.simplefilter("ignore", NoEffectWarning)  # much that is drawn begins after the run
    began, failed, refused = time.monotonic(), 0, 0
    for number in range(given.runs):
        scenario, without = valid(f"{given.seed}:{number}", given.population)
        refused += without
        with tempfile.TemporaryDirectory() as folder:
            if (what := fault(scenario, Path(folder))) is not None:
                failed += 1
                print(f"{given.seed}:{number}: {what}\n{scenario.to_toml()}", flush=True)
    seconds = time.monotonic() - began
    print(f"{given.runs} valid scenarios, {refused} refused; {failed} failed, in {seconds:.0f} s")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())

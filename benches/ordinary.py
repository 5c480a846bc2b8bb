"""Measure stepdown beside Mesa agents written the ordinary way: one object a person, asked every day.

    python benches/ordinary.py
    python benches/ordinary.py --people 50000 --days 60

Both run here, one after the other, each in a process of its own. The ordinary model is the small pathway alone: fall ill, go
to prison, wait for a bed, be treated, leave, die. Its rates are those at which people move in the stepdown run beside it, so
that both move alike; stepdown does all the rest besides.
"""

from __future__ import annotations

import argparse
import inspect
import json
import resource
import subprocess
import sys
import time
from collections import deque
from itertools import accumulate
from pathlib import Path
from typing import Any

import mesa

ROOT = Path(__file__).parents[1]
STATES = ("well", "ill", "prison", "waiting", "secure", "community")
GROUPS = {
    "prison (remand)": "prison",
    "prison (sentenced)": "prison",
    "high secure": "secure",
    "medium secure": "secure",
    "low secure": "secure",
}


class Person(mesa.Agent):
    """Somebody in England, as an object."""

    def __init__(self, model: Ordinary, state: str) -> None:
        super().__init__(model)
        self.state = state

    def step(self) -> None:
        """Live one day."""
        if self.random.random() < self.model.rates["death"]:
            self.model.leave_bed(self)
            self.remove()
            return
        drawn = self.random.random()
        for to, below in self.model.moves[self.state]:
            if drawn < below:
                self.model.leave_bed(self)
                self.state = to
                if to == "waiting":
                    self.model.queue.append(self)
                break


class Ordinary(mesa.Model):
    """The small pathway, the ordinary way."""

    def __init__(self, people: int, rates: dict[str, Any], rng: int = 1) -> None:
        super().__init__(rng=rng)
        self.rates = rates
        self.moves = {}
        for state in STATES:
            chances = rates["moves"].get(state, {})
            self.moves[state] = list(zip(chances, accumulate(chances.values()), strict=True))
        self.queue: deque[Person] = deque()
        self.free = round(rates["shares"]["secure"] * people)
        for state in STATES:
            for _ in range(round(rates["shares"][state] * people)):
                person = Person(self, state)
                if state == "secure":
                    self.free -= 1
                elif state == "waiting":
                    self.queue.append(person)

    def leave_bed(self, person: Person) -> None:
        """Give back the bed of whoever has one."""
        if person.state == "secure":
            self.free += 1

    def step(self) -> None:
        """Live one day: everybody, then the births, then the beds."""
        born = self.rng.binomial(len(self.agents), self.rates["birth"])
        self.agents.shuffle_do("step")
        for _ in range(born):
            Person(self, "well")
        while self.free and self.queue:
            person = self.queue.popleft()
            if person.state == "waiting" and person in self.agents:
                person.state = "secure"
                self.free -= 1


def memory() -> int:
    """Return the most memory that this process has held [bytes]."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)


def ordinary(people: int, days: int, rates: dict[str, Any]) -> dict[str, Any]:
    """Run the ordinary model."""
    before = memory()
    model = Ordinary(people, rates)
    began, lived = time.process_time(), 0
    for _ in range(days):
        lived += len(model.agents)
        model.step()
    seconds = time.process_time() - began
    states = [person.state for person in model.agents]
    shares = {state: states.count(state) / len(states) for state in STATES}
    return {"people": people, "days": lived, "seconds": seconds, "bytes": memory() - before, "shares": shares}


def ours(population: float) -> dict[str, Any]:
    """Run stepdown for a year, and tell at which rates people moved."""
    import numpy as np
    import pyarrow as pa

    from stepdown import SecureCareModel

    before = memory()
    model = SecureCareModel("baseline", seed=1, population=population, years=1)
    model.run_for(model.core.start - model.core.first)
    model.drain()
    began = time.process_time()
    model.run_model()
    seconds = time.process_time() - began
    peak = memory() - before
    logged = model.drain()
    year = {
        name: int(pa.table(logged.table("population"))[name].to_numpy().sum())
        for name in ("deaths", "births", "onsets", "alive", "ill", "person_days")
    }
    there = model.population.count({"present": True})
    on_books = dict.fromkeys(STATES, 0)
    for place, count in model.patients.groupby("place").count().items():
        on_books[GROUPS.get(str(place), "community")] += count
    on_books["waiting"] = model.waiting
    on_books["prison"] -= min(model.waiting, on_books["prison"])
    on_books["ill"] = year["ill"] - sum(on_books.values())
    on_books["well"] = there - sum(on_books.values())
    days = {state: count * 365 for state, count in on_books.items()}
    events = pa.table(logged.table("events"))
    moved = events.filter(np.array([event == "move" for event in events["event"].to_pylist()]))
    counted: dict[tuple[str, str], int] = {}
    for place, then in zip(moved["from"].to_pylist(), moved["to"].to_pylist(), strict=True):
        pair = (GROUPS.get(place, "community"), GROUPS.get(then, "community"))
        counted[pair] = counted.get(pair, 0) + 1
    counted["well", "ill"] = year["onsets"]
    counted["ill", "prison"] = counted.pop(("community", "prison"), 0)
    counted["prison", "waiting"] = counted.pop(("prison", "secure"), 0)
    counted["community", "waiting"] = counted.pop(("community", "secure"), 0)
    moves: dict[str, dict[str, float]] = {}
    for (place, then), count in counted.items():
        if place != then and days[place]:
            moves.setdefault(place, {})[then] = count / days[place]
    rates = {
        "death": year["deaths"] / year["person_days"],
        "birth": year["births"] / year["person_days"],
        "moves": moves,
        "shares": {state: count / there for state, count in on_books.items()},
    }
    return {"people": there, "days": year["person_days"], "seconds": seconds, "bytes": peak, "rates": rates}


def lines(*sources: str) -> int:
    """Return how many lines say something: neither blank, nor a comment, nor documentation."""
    count, quoted = 0, False
    for line in "\n".join(sources).splitlines():
        text = line.strip()
        quotes = text.count('"""')
        if not quoted and text and not quotes and not text.startswith(("#", "//")):
            count += 1
        quoted ^= quotes == 1
    return count


def apart(*command: str, given: str = "") -> dict[str, Any]:
    """Run a part in a process of its own."""
    done = subprocess.run([sys.executable, __file__, *command], input=given, capture_output=True, text=True, check=True)
    told: dict[str, Any] = json.loads(done.stdout)
    return told


def main() -> None:
    """Measure."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--population", type=float, default=0.1, help="share of England for stepdown")
    parser.add_argument("--people", type=int, default=100_000, help="people for the ordinary model")
    parser.add_argument("--days", type=int, default=30, help="days for the ordinary model")
    parser.add_argument("--part", choices=["ours", "ordinary"])
    given = parser.parse_args()
    if given.part == "ours":
        print(json.dumps(ours(given.population)))
        return
    if given.part == "ordinary":
        print(json.dumps(ordinary(given.people, given.days, json.load(sys.stdin))))
        return
    stepdown = apart("--part", "ours", "--population", str(given.population))
    rates = stepdown["rates"]
    plain = apart(
        "--part", "ordinary", "--people", str(given.people), "--days", str(given.days), given=json.dumps(rates)
    )
    engine = [
        path.read_text(encoding="utf-8").split("#[cfg(test)]")[0] for path in (ROOT / "rust/core/src").rglob("*.rs")
    ]
    agents = [path.read_text(encoding="utf-8") for path in (ROOT / "python/stepdown/agents").glob("*.py")]
    written = (lines(inspect.getsource(Person), inspect.getsource(Ordinary)), lines(*engine), lines(*agents))
    speeds = [run["days"] / run["seconds"] for run in (plain, stepdown)]
    held = [run["bytes"] / run["people"] for run in (plain, stepdown)]
    print(f"| | ordinary Mesa {mesa.__version__} | stepdown | ratio |\n| --- | ---: | ---: | ---: |")
    print(
        f"| people; person-days | {plain['people']:,}; {plain['days']:,} | {stepdown['people']:,}; {stepdown['days']:,} | |"
    )
    print(
        f"| person-days a second of one processor | {speeds[0]:,.0f} | {speeds[1]:,.0f} | {speeds[1] / speeds[0]:,.0f} |"
    )
    print(f"| memory a person [bytes] | {held[0]:,.0f} | {held[1]:,.0f} | {held[0] / held[1]:,.0f} |")
    print(f"| lines of model code | {written[0]:,} | {written[1]:,} in Rust, {written[2]:,} in Python | |")
    for state in STATES:
        print(f"| share {state} at the end | {plain['shares'][state]:.5%} | {rates['shares'][state]:.5%} | |")


if __name__ == "__main__":
    main()

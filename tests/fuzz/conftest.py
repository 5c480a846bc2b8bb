"""Shares the budget of time among the fuzz targets and prints what they found.

A minute altogether, unless ``FUZZ_SECONDS`` says otherwise; ``make fuzz`` runs them for an hour.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from stepdown.agents import Patient, column
from stepdown.running.run import run
from stepdown.scenario import load

from . import harness

if TYPE_CHECKING:
    import random
    from collections.abc import Callable
    from pathlib import Path

    from stepdown.results import Results

    from .harness import Tally

MINUTE = 60.0

SHOWN = 20
"""Faults that are shown in full."""

_TALLIES = pytest.StashKey[list["Tally"]]()
_TARGETS = pytest.StashKey[int]()


def pytest_configure(config: pytest.Config) -> None:
    config.stash[_TALLIES] = []


def pytest_collection_finish(session: pytest.Session) -> None:
    session.config.stash[_TARGETS] = sum("fuzzed" in getattr(item, "fixturenames", ()) for item in session.items)


SCENARIO = """title = "Little"
why = "Something small to damage."
extends = "baseline"
population = 0.0003

[calendar]
years = 2
settle_days = 60
"""


class Trusting(Patient):
    """A patient with a user column, so that the run has tables of its own."""

    trust = column("Trust in the team", unit="0-1", default=0.5)


@pytest.fixture(scope="session")
def scenario(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file of a small scenario."""
    path = tmp_path_factory.mktemp("scenario") / "little.toml"
    path.write_text(SCENARIO)
    return path


@pytest.fixture(scope="session")
def whole(scenario: Path, tmp_path_factory: pytest.TempPathFactory) -> Results:
    """A small run with a user column; tests only read it."""
    return run(load(scenario), seed=7, threads=1, out=tmp_path_factory.mktemp("whole") / "run", agents=[Trusting])


@pytest.fixture
def fuzzed(request: pytest.FixtureRequest) -> Callable[..., Tally]:
    """Return a function that tries a target for its share of the time, notes the tally, and fails if it has a fault.

    It is called as ``fuzzed(name, make, target)``; `harness.fuzz` says what these are.
    """
    seconds = float(os.environ.get("FUZZ_SECONDS", MINUTE)) / max(request.config.stash[_TARGETS], 1)

    def run(name: str, make: Callable[[random.Random], object], target: Callable[..., object]) -> Tally:
        tally = harness.fuzz(name, make, target, seconds=seconds)
        request.config.stash[_TALLIES].append(tally)
        # Of the same fault, the first.
        faults = {
            what.rstrip().rpartition("\n")[2].partition(": ")[2]: f"{kind}: {what}"
            for kind, what in reversed(tally.faults)
        }
        assert not faults, f"{tally.line()}\n" + "\n".join([*faults.values()][:SHOWN])
        return tally

    return run


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if tallies := terminalreporter.config.stash.get(_TALLIES, []):
        terminalreporter.section("fuzz targets")
        for tally in tallies:
            terminalreporter.write_line(tally.line())

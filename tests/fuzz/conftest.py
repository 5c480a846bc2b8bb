"""Shares the budget of time among the fuzz targets and prints what they found.

A minute altogether, unless ``FUZZ_SECONDS`` says otherwise; ``make fuzz`` runs them for an hour.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from . import harness

if TYPE_CHECKING:
    import random
    from collections.abc import Callable

    from .harness import Tally

MINUTE = 60.0

_TALLIES = pytest.StashKey[list["Tally"]]()
_TARGETS = pytest.StashKey[int]()


def pytest_configure(config: pytest.Config) -> None:
    config.stash[_TALLIES] = []


def pytest_collection_finish(session: pytest.Session) -> None:
    session.config.stash[_TARGETS] = sum("fuzzed" in getattr(item, "fixturenames", ()) for item in session.items)


@pytest.fixture
def fuzzed(request: pytest.FixtureRequest) -> Callable[..., Tally]:
    """Return a function that tries a target for its share of the time, notes the tally, and fails if it has a fault.

    It is called as ``fuzzed(name, make, target)``; `harness.fuzz` says what these are.
    """
    seconds = float(os.environ.get("FUZZ_SECONDS", MINUTE)) / max(request.config.stash[_TARGETS], 1)

    def run(name: str, make: Callable[[random.Random], object], target: Callable[..., object]) -> Tally:
        tally = harness.fuzz(name, make, target, seconds=seconds)
        request.config.stash[_TALLIES].append(tally)
        faults = [*(f"hang: {hang}" for hang in tally.hangs), *tally.tracebacks]
        assert not faults, f"{tally.line()}\n" + "\n".join(faults[:5])
        return tally

    return run


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if tallies := terminalreporter.config.stash.get(_TALLIES, []):
        terminalreporter.section("fuzz targets")
        for tally in tallies:
            terminalreporter.write_line(tally.line())

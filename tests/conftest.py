"""What tests share: one small run of the baseline."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING

import pytest

from stepdown.running.run import run
from stepdown.scenario import Scenario, load

if TYPE_CHECKING:
    from stepdown.results import Results


@pytest.fixture(scope="session", autouse=True)
def interruptible() -> None:
    """Let SIGINT and SIGHUP act as at a terminal: what a shell starts in the background, or under nohup, has them ignored."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGHUP, signal.SIG_DFL)


@pytest.fixture(scope="session")
def small() -> Scenario:
    """The baseline for two years with one person in five hundred."""
    return load("baseline", population=0.002, years=2)


@pytest.fixture(scope="session")
def small_run(small: Scenario, tmp_path_factory: pytest.TempPathFactory) -> Results:
    """The small baseline, run once, with every invariant checked; tests only read it."""
    return run(small, seed=7, threads=2, check=True, out=tmp_path_factory.mktemp("runs") / "small")


@pytest.fixture(scope="session")
def hundredth(tmp_path_factory: pytest.TempPathFactory) -> Results:
    """The baseline for two years with one person in a hundred, of whom some come to secure care; tests only read it."""
    few = load("baseline", population=0.01, years=2)
    return run(few, seed=7, threads=2, out=tmp_path_factory.mktemp("runs") / "hundredth")

"""A small sweep that tests only read: a package of two policies and the base, two replicates of each."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from stepdown.experiments.config import load_experiment
from stepdown.experiments.plan import Plan, draw_up
from stepdown.experiments.task import do

if TYPE_CHECKING:
    from pathlib import Path

PACKAGE = """
title = "Two policies"
why = "w"
extends = "baseline"

[levers.clinician_threshold]
value = 2

[levers.supported_places]
value = 3000
"""

EXPERIMENT = """
title = "Two policies, together and alone"
why = "Which of them does it?"
scenarios = "baseline"
replicates = 2
base_replicates = 3
keep = ["spells", "run"]

[overrides]
population = 0.002
years = 1
settle_days = 0

[package]
scenario = "both.toml"

[[outcomes]]
indicator = "ready"
half_width = 100

[[outcomes]]
indicator = "discharges"
"""


def write(folder: Path, text: str = EXPERIMENT) -> Path:
    """Write an experiment and its package into a folder; return the experiment's file."""
    (folder / "both.toml").write_text(PACKAGE)
    (folder / "experiment.toml").write_text(text)
    return folder / "experiment.toml"


@pytest.fixture(scope="session")
def swept(tmp_path_factory: pytest.TempPathFactory) -> Plan:
    """The sweep, done; tests only read it."""
    folder = tmp_path_factory.mktemp("sweep")
    made = draw_up(load_experiment(write(folder)), folder / "done")
    words = [do(made, task).word for task in made.tasks.values()]
    assert words == ["done"] * 9
    return made

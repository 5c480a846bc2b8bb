"""A model that nobody holds is freed with its engine, without being asked; `close` frees it sooner."""

from __future__ import annotations

import gc
import subprocess
import sys
import weakref
from pathlib import Path
from typing import Any

import mesa
import pytest

from stepdown.agents import ResponsibleClinician
from stepdown.decisions.rules import Array, Cases, Day, rule
from stepdown.model import SecureCareModel

SMALL: dict[str, Any] = {"years": 1, "settle_days": 0, "population": 0.001, "seed": 7}


class Inspector(mesa.Agent):
    """Visits."""


def test_models_are_freed_without_being_asked() -> None:
    gone = []
    for _ in range(5):
        model = SecureCareModel(**SMALL)
        Inspector(model)
        model.step()
        model.run_for(95)
        assert len(model.patients) > 0
        gone.append(weakref.ref(model))
    assert sum(reference() is not None for reference in gone) <= 2, "one that is held, and one that is garbage at most"
    del model
    gc.collect()
    assert [reference() for reference in gone] == [None] * 5


def test_a_rule_that_knows_its_model_doesnt_keep_it() -> None:
    known: list[SecureCareModel] = []

    def made() -> weakref.ref[SecureCareModel]:
        held: list[SecureCareModel] = []

        class Looking(ResponsibleClinician):
            @rule(reads=("reading",))
            def review(cls, cases: Cases, day: Day) -> Array:
                assert len(held) == 1
                return day.choose(day.scores(cases))

        model = SecureCareModel(**SMALL, agents=[Looking])
        held.append(model)
        model.run_for(30)
        return weakref.ref(model)

    gone = made()
    gc.collect()
    assert gone() is None
    assert known == []


MANY = """
import sys
from pathlib import Path
from stepdown.model import SecureCareModel


def resident():
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096


def live():
    model = SecureCareModel(years=1, settle_days=0, population=0.02, seed=7)
    model.run_for(2)
    assert model.population.columns["born"].nbytes > 1e6
    if sys.argv[1] == "closed":
        model.close()


for _ in range(3):
    live()
before = resident()
for _ in range(8):
    live()
print(resident() - before)
"""
"""A process of its own: what a test's process holds also depends on the tests before."""


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="there is no /proc")
@pytest.mark.parametrize("how", ["closed", "left"])
def test_memory_stays_flat_over_many_models(how: str) -> None:
    grown = subprocess.run([sys.executable, "-c", MANY, how], check=True, capture_output=True, text=True).stdout
    # Each held 20 MB.
    assert int(grown) < 40e6


def test_what_was_read_outlives_a_closed_model() -> None:
    with SecureCareModel(**SMALL) as model:
        born = model.population.columns["born"]
        first = int(born[0])
    assert int(born[0]) == first

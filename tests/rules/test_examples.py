"""The worked examples run, differ from the baseline, and their pages show the very code."""

from __future__ import annotations

import runpy
from pathlib import Path
from typing import Any

import pytest

from stepdown.agents import Institution, Patient
from stepdown.examples import compare

ROOT = Path(__file__).parents[2]
EXAMPLES = sorted(path.stem for path in (ROOT / "examples").glob("*.py"))


def agents(name: str) -> tuple[list[Any], dict[str, str]]:
    """Return the agents that an example declares, and the indicators that it shows."""
    told = runpy.run_path(str(ROOT / "examples" / f"{name}.py"))
    own = [
        found
        for found in told.values()
        if isinstance(found, type) and issubclass(found, Institution | Patient) and found.__module__ == "<run_path>"
    ]
    return own, told["INDICATORS"]


def test_there_are_four() -> None:
    assert len(EXAMPLES) == 4


@pytest.mark.parametrize("name", EXAMPLES)
def test_an_example_differs_from_the_baseline(name: str) -> None:
    own, indicators = agents(name)
    assert len(own) == 1
    # In a small sample a twentieth of the places is none, few are near discharge, and few are diverted.
    population = {"buying_commissioner": 0.1, "disengaging_patient": 0.05, "diverting_court": 0.05}.get(name, 0.01)
    rows = compare(own, indicators, population=population, years=2, seed=3, settle_days=30).splitlines()[2:]
    cells = [[cell.strip() for cell in row.strip("|").split("|")] for row in rows]
    assert {cell[0] for cell in cells} == set(indicators)
    assert any(cell[4] != "0" for cell in cells)


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_page_of_an_example_shows_its_code(name: str) -> None:
    page = (ROOT / "docs" / "examples" / f"{name}.md").read_text(encoding="utf-8")
    assert (ROOT / "examples" / f"{name}.py").read_text(encoding="utf-8").strip() in page
    assert f"examples/{name}.md" in (ROOT / "docs" / "rules.md").read_text(encoding="utf-8")

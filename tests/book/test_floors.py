"""The floors of the package: imports run down only, as `pyproject.toml` and the page on architecture have them."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

from importlinter.cli import lint_imports

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "python" / "stepdown"
CONTRACT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"]["contracts"][0]
FLOORS = [[name.strip() for name in floor.split("|")] for floor in CONTRACT["layers"]]


def test_imports_run_down_only_and_no_package_imports_in_a_circle() -> None:
    assert lint_imports(config_filename=str(ROOT / "pyproject.toml"), no_cache=True) == 0


def test_the_floors_are_those_of_the_page_on_architecture() -> None:
    page = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    block = page.split("### Floors of the Python package\n", 1)[1].split("```text\n", 1)[1].split("```", 1)[0]
    listed = [re.findall(r"[a-z_]+", line.split("  ")[0]) for line in block.splitlines()]
    assert listed == [floor for floor in FLOORS if floor != ["__main__"]]


def test_every_module_has_a_floor() -> None:
    there = {path.stem for path in PACKAGE.iterdir() if path.suffix == ".py" or (path / "__init__.py").exists()}
    assert there - {"__init__"} == {name for floor in FLOORS for name in floor}

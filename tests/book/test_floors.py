"""The floors of package and core: imports run down only, as `pyproject.toml`, `lib.rs` and the page on architecture have them."""

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


def on_the_page(heading: str) -> list[list[str]]:
    """Return the floors that the page on architecture lists under a heading, from the top down."""
    page = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    block = page.split(f"### {heading}\n", 1)[1].split("```text\n", 1)[1].split("```", 1)[0]
    return [re.findall(r"[a-z_]+", line.split("  ")[0]) for line in block.splitlines()]


def test_the_floors_of_the_package_are_those_of_the_page_on_architecture() -> None:
    assert on_the_page("Floors of the Python package") == [floor for floor in FLOORS if floor != ["__main__"]]


def test_the_floors_of_the_core_are_those_of_the_page_on_architecture() -> None:
    root = (ROOT / "rust" / "core" / "src" / "lib.rs").read_text(encoding="utf-8")
    floors = [sorted(re.findall(r"^pub mod (\w+);$", part, re.MULTILINE)) for part in root.split("\n\n")]
    listed = [sorted(floor) for floor in on_the_page("Floors of the core")]
    assert listed == [floor for floor in floors if floor]


def test_every_module_has_a_floor() -> None:
    there = {path.stem for path in PACKAGE.iterdir() if path.suffix == ".py" or (path / "__init__.py").exists()}
    assert there - {"__init__"} == {name for floor in FLOORS for name in floor}

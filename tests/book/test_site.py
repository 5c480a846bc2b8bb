"""The site builds offline with warnings as errors, has every page, fetches nothing, and its reference has an example for each name."""

from __future__ import annotations

import importlib
import inspect
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    pytest.importorskip("sphinx")
    made = tmp_path_factory.mktemp("site")
    words = [
        "-m",
        "sphinx",
        "-q",
        "-W",
        "--keep-going",
        "-c",
        "docs",
        "-b",
        "html",
        "-d",
        f"{made}/d",
        ".",
        f"{made}/site",
    ]
    done = subprocess.run([sys.executable, *words], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return made / "site"


def test_every_page_is_on_the_site(site: Path) -> None:
    pages = [page for page in (ROOT / "docs").rglob("*.md") if page.name != "parameters.md"]
    for page in [*pages, ROOT / "README.md", ROOT / "benches" / "README.md"]:
        assert (site / page.relative_to(ROOT).with_suffix(".html")).is_file(), page.name
    assert "stepdown sweep emit" in (site / "docs" / "reference" / "commands.html").read_text(encoding="utf-8")


def test_a_page_of_the_site_fetches_nothing(site: Path) -> None:
    for page in site.rglob("*.html"):
        text = page.read_text(encoding="utf-8")
        assert not re.findall(r'<(?:script|img|link)[^>]+(?:src|href)="(?:https?:)?//[^"]+"', text), page.name


def test_every_name_of_the_reference_has_an_example_that_runs() -> None:
    sys.path.insert(0, str(ROOT / "docs"))
    try:
        names = [name for group in importlib.import_module("generated").API.values() for name in group]
    finally:
        sys.path.pop(0)
    assert len(names) > 20
    for name in names:
        module, _, attribute = name.rpartition(".")
        assert ">>> " in (inspect.getdoc(getattr(importlib.import_module(module), attribute)) or ""), name

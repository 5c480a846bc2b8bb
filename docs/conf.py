"""The documentation as a site: `make site` builds it, offline, with warnings as errors.

The root of the source is the project's own, so that links between pages, README and benchmarks lead the same way here as on a forge.
"""

import re
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "docs"))

import records  # noqa: E402 -- it is beside this file
from generated import write  # noqa: E402

project = "stepdown"
author = "The stepdown authors"
copyright = "The stepdown authors, MIT"
extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
root_doc = "docs/index"
exclude_patterns = [".venv", "target", "runs", "sweeps", "docs/parameters.md"]
include_patterns = ["docs/**", "README.md", "CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md", "benches/README.md"]
html_theme = "pydata_sphinx_theme"
html_title = "stepdown"
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_sidebars = {"docs/tutorial": [], "docs/index": []}
html_theme_options = {
    "navbar_end": ["theme-switcher"],
    "show_prev_next": True,
    "navigation_depth": 2,
    "show_nav_level": 1,
    "secondary_sidebar_items": ["page-toc"],
}
html_show_sourcelink = False
html_copy_source = False
myst_heading_anchors = 4
myst_enable_extensions = ["deflist"]
autodoc_typehints = "none"
autodoc_member_order = "bysource"
napoleon_google_docstring = False
default_role = "code"
suppress_warnings = ["myst.header", "misc.highlighting_failure"]


def elsewhere(_: Any, name: str, source: list[str]) -> None:
    """Show links to files that are no pages (code, data, licence) as their paths."""

    def shown(found: re.Match[str]) -> str:
        text, target = found[1], found[2]
        path = target.partition("#")[0]
        if not path or ":" in path:
            return found[0]
        file = ((ROOT / name).parent / path).resolve()
        known = file.suffix in (".md", ".svg", ".png") and file.exists()
        return found[0] if known else f"{text} (`{file.relative_to(ROOT)}`)"

    source[0] = re.sub(r"(?<!!)\[([^\]]*)\]\(([^)\s]+)\)", shown, source[0])


def setup(app: Any) -> None:
    """Write what is generated before anything is read, and treat links that leave the pages."""
    records.write(ROOT / "docs" / "reference")
    write(ROOT / "docs" / "reference")
    app.connect("source-read", elsewhere)

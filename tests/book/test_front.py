"""What stands at the project's front says the same as the package: citation, archive, wheel, container."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

from stepdown import _core

ROOT = Path(__file__).parents[2]


def test_citation_and_archive_have_the_version_and_licence_of_the_package() -> None:
    citation = (ROOT / "CITATION.cff").read_text(encoding="utf-8")
    archive = json.loads((ROOT / ".zenodo.json").read_text(encoding="utf-8"))
    told = dict(re.findall(r"^([a-z-]+): *(.+)$", citation, re.MULTILINE))
    assert told["version"] == archive["version"] == _core.version().partition("+")[0]
    assert told["license"] == archive["license"] == "MIT"
    assert json.loads(told["title"]) == archive["title"]


def test_the_check_of_the_container_passes_outside_of_it(tmp_path: Path) -> None:
    definition = (ROOT / "container" / "stepdown.def").read_text(encoding="utf-8")
    sections = dict(re.findall(r"^%(\w+)\n(.*?)(?=^%|\Z)", definition, re.MULTILINE | re.DOTALL))
    assert {"files", "post", "runscript", "test"} <= set(sections)
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    subprocess.run(
        ["bash", "-euc", sections["test"]],
        env=os.environ | {"PATH": path, "TMPDIR": str(tmp_path)},
        check=True,
        capture_output=True,
    )
    assert not any(tmp_path.iterdir())

"""Runs the quick suite on the lowest and on the newest versions that ``pyproject.toml`` allows, for each Python.

    python tests/floors.py                            # every Python, lowest and newest
    python tests/floors.py 3.11:lowest 3.13:newest    # some

The package is built once, as one wheel for every Python, and installed by uv into environments that are thrown away. Only wheels are
installed: the lowest version is the lowest that a user of that Python gets without a compiler. A Python that the machine doesn't have is
said and left out. Ends with 1 if a suite fails, or if none was run.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]

PYTHONS = ("3.11", "3.12", "3.13")
RESOLUTIONS = {"lowest": "lowest-direct", "newest": "highest"}
"""Name of each end, and what uv calls it."""

QUICK = (
    "tests/cli/test_cli.py",
    "tests/model",
    "tests/output/test_core.py",
    "tests/output/test_export.py",
    "tests/output/test_numbers.py",
    "tests/people",
    "tests/rules/test_same_answers.py",
    "tests/scenarios/test_scenario.py",
    "tests/snapshots/test_journal.py",
    "--deselect=tests/model/test_memory.py::test_memory_stays_flat_over_many_models",
)
"""The quick suite: what touches a dependency, each at least once."""

SHOWN = ("mesa", "numpy", "pyarrow", "pydantic", "typer")
"""Packages whose versions are told."""


@dataclass(frozen=True)
class Place:
    """An environment to be tried: which Python, and which end of the versions."""

    python: str
    end: str

    def __str__(self) -> str:
        return f"{self.python}:{self.end}"


def interpreter(version: str) -> Path | None:
    """Return a Python of a version that runs, from the search path, pyenv or uv; nothing if the machine has none."""
    name = f"python{version}"
    found = [Path(shutil.which(name) or name)]
    found += sorted((Path.home() / ".pyenv" / "versions").glob(f"{version}.*/bin/{name}"))
    found += sorted((Path.home() / ".local" / "share" / "uv" / "python").glob(f"cpython-{version}.*/bin/{name}"))
    for path in found:
        # A shim of pyenv stands on the search path for versions that are not active, and fails.
        asked = [str(path), "-c", "import sys, venv; print('%d.%d' % sys.version_info[:2])"]
        try:
            said = subprocess.run(asked, capture_output=True, text=True, timeout=20, check=False)
        except (OSError, subprocess.TimeoutExpired):
            continue
        if said.returncode == 0 and said.stdout.strip() == version:
            return path
    return None


def ran(command: list[str | Path], **more: str) -> str:
    """Run a command, and return what it said; if it fails, raise with that."""
    done = subprocess.run(
        [str(word) for word in command], cwd=ROOT, env=os.environ | more, text=True, check=False,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip
    if done.returncode:
        message = f"{' '.join(map(str, command[:6]))} ended with {done.returncode}:\n{done.stdout[-6000:]}"
        raise RuntimeError(message)
    return done.stdout


def built(folder: Path) -> Path:
    """Build the wheel, which holds for every Python, and return it."""
    maturin = Path(sys.executable).with_name("maturin")
    profile = os.environ.get("PROFILE", "ci")
    ran([maturin, "build", "--profile", profile, "--locked", "--out", folder, "--interpreter", sys.executable])
    (wheel,) = folder.glob("*.whl")
    return wheel


def tried(place: Place, python: Path, wheel: Path, uv: Path, folder: Path) -> tuple[bool, str]:
    """Make an environment and run the quick suite in it; return whether it passed, and a line with the versions."""
    began = time.monotonic()
    environment = folder / str(place).replace(":", "-")
    inside = environment / "bin" / "python"
    try:
        ran([uv, "venv", "--quiet", "--python", python, environment])
        ran(
            [
                *(uv, "pip", "install", "--quiet", "--python", inside, "--only-binary", ":all:"),
                # Named as what is asked for, not through the wheel: only then does uv take their lowest.
                *("--resolution", RESOLUTIONS[place.end], "-r", "pyproject.toml", "--extra", "test", wheel),
            ]
        )
        told = dict(line.split("==") for line in ran([uv, "pip", "freeze", "--python", inside]).split() if "==" in line)
        versions = ", ".join(f"{name} {told.get(name, 'missing')}" for name in SHOWN)
        installed = time.monotonic()
        said = ran([inside, "-m", "pytest", "-p", "no:cacheprovider", *QUICK], PYTHONDONTWRITEBYTECODE="1")
    except (RuntimeError, ValueError) as error:
        return False, f"{place}: {error}"
    passed, took = said.strip().splitlines()[-1], time.monotonic() - installed
    return True, f"{place}: {versions}: {passed} ({took:.0f} s, and {installed - began:.0f} s to install)"


def main() -> int:
    """Try every environment that is asked for, two at a time."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("places", nargs="*", metavar="PYTHON:END", help="3.11:lowest, 3.13:newest, ...; by default all")
    parser.add_argument("--wheel", type=Path, help="a wheel of this package; by default, one is built")
    given = parser.parse_args()
    asked = given.places
    every = [Place(python, end) for python in PYTHONS for end in RESOLUTIONS]
    places = [place for place in every if not asked or str(place) in asked]
    if strange := set(asked) - set(map(str, every)):
        parser.error(f"{', '.join(sorted(strange))}: allowed: {', '.join(map(str, every))}")
    uv = Path(shutil.which("uv", path=Path(sys.executable).parent) or shutil.which("uv") or "uv")
    pythons = {python: interpreter(python) for python in sorted({place.python for place in places})}
    for python, path in pythons.items():
        if path is None:
            print(f"Python {python}: this machine has none; not tried")
    with tempfile.TemporaryDirectory(prefix="floors-") as name, ThreadPoolExecutor(2) as pool:
        folder = Path(name)
        wheel = built(folder / "wheel") if given.wheel is None else given.wheel.resolve()
        there = [(place, path) for place in places if (path := pythons[place.python]) is not None]
        found = list(pool.map(lambda one: tried(*one, wheel, uv, folder), there))
    for _, line in found:
        print(line)
    return 0 if found and all(passed for passed, _ in found) else 1


if __name__ == "__main__":
    sys.exit(main())

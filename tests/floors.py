"""Runs a quick suite on the lowest and on the newest versions that ``pyproject.toml`` allows, for each Python.

    python tests/floors.py                            # every Python, lowest and newest
    python tests/floors.py 3.11:lowest 3.13:newest    # some

The package is built once, as one wheel for every Python, and installed by uv into environments that are thrown away. Only wheels are
installed: the lowest version is the lowest that a user of that Python gets without a compiler. uv asks the index that pip is
configured to ask. A Python that the machine doesn't have is fetched by uv. What can't be fetched is said, "not tried", and is no failure;
versions that don't fit together, and tests that fail, are. Ends with 1 if there is one.
"""

from __future__ import annotations

import argparse
import ast
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

ROOT = Path(__file__).resolve().parents[1]

PYTHONS = ("3.11", "3.12", "3.13")
RESOLUTIONS = {"lowest": "lowest-direct", "newest": "highest"}
"""Name of each end, and what uv calls it."""

QUICK = (
    "tests/cli/test_cli.py",
    "tests/model/test_engine.py",
    "tests/output/test_core.py",
    "tests/output/test_export.py",
    "tests/output/test_numbers.py",
    "tests/people/test_mesa.py",
    "tests/scenarios/test_scenario.py",
)
"""The quick suite: what touches a dependency, each at least once."""

SLOW = "not in_one_process_and_in_two"
"""What is left out of it: batches in processes of their own take a minute, and try nothing of a dependency that the rest doesn't."""

SHOWN = ("mesa", "numpy", "pyarrow", "pydantic", "typer")
"""Packages whose versions are told."""

UNFETCHED = re.compile(
    r"failed to (fetch|download)|error sending request|request failed|client error|dns error|timed out|connect|"
    r"status code|HTTP status|temporary failure|--no-index|network",
    re.IGNORECASE,
)
"""What uv and pip say where an index or a file can't be reached."""


class Outcome(Enum):
    """How an environment did."""

    PASSED = "passed"
    FAILED = "failed"
    NOT_TRIED = "not tried"


@dataclass(frozen=True)
class Place:
    """An environment to be tried: which Python, and which end of the versions."""

    python: str
    end: str

    def __str__(self) -> str:
        return f"{self.python}:{self.end}"


class TrialError(Exception):
    """A command failed; the text is what it said."""

    @property
    def why(self) -> str:
        """What the command said last."""
        lines = [line.strip() for line in str(self).splitlines() if line.strip()]
        return lines[-1][:300]


class FetchError(TrialError):
    """What a command needs can't be fetched here; that says nothing of the package."""


def ran(*command: str | Path, fetches: bool = False, more: Mapping[str, str] | None = None) -> str:
    """Run a command, and return what it said; if it fails, raise with that.

    Raises
    ------
    FetchError
        It `fetches`, and what it asks can't be reached.
    TrialError
        It fails otherwise.
    """
    done = subprocess.run(
        [str(word) for word in command], cwd=ROOT, env=os.environ | (more or {}), text=True, check=False,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip
    if done.returncode:
        message = f"{' '.join(map(str, command[:5]))} ended with {done.returncode}:\n{done.stdout[-6000:]}"
        unfetched = fetches and UNFETCHED.search(done.stdout) and "No solution found" not in done.stdout
        raise FetchError(message) if unfetched else TrialError(message)
    return done.stdout


def as_pip_asks(said: str, environment: Mapping[str, str]) -> dict[str, str]:
    """Return the variables by which uv asks the index that pip asks, from what ``pip config list`` says.

    What the user has told uv stays.
    """
    found: dict[str, str] = {}
    # As pip has it: what is said for `pip install` goes before what is said for all, the environment before both.
    for section in ("global", "install", ":env:"):
        for line in said.splitlines():
            key, _, value = line.partition("=")
            if key.startswith(f"{section}."):
                found[key.removeprefix(f"{section}.")] = str(ast.literal_eval(value))
    names = {
        "index-url": ("UV_DEFAULT_INDEX", " "),
        "extra-index-url": ("UV_INDEX", " "),
        "find-links": ("UV_FIND_LINKS", ","),
        "trusted-host": ("UV_INSECURE_HOST", " "),
        "cert": ("SSL_CERT_FILE", " "),
        "no-index": ("UV_NO_INDEX", " "),
    }
    told = {name: between.join(found[key].split()) for key, (name, between) in names.items() if found.get(key)}
    # Of several indexes pip takes the best, and uv the first that has the package, unless it is told.
    told["UV_INDEX_STRATEGY"] = "unsafe-best-match"
    return {name: value for name, value in told.items() if name not in environment}


def uv_of(python: Path) -> Path:
    """Return uv: that of an environment or of the search path; else it is installed into the environment."""
    beside = python.with_name("uv")
    if beside.is_file():
        return beside
    if (found := shutil.which("uv")) is not None:
        return Path(found)
    try:
        ran(python, "-m", "pip", "install", "--quiet", "uv>=0.5")
    except TrialError as error:
        message = f"there is no uv, and pip can't fetch it: {error.why}"
        raise FetchError(message) from None
    return beside


def interpreter(version: str) -> Path | None:
    """Return a Python of a version that runs, from the search path, pyenv or uv; nothing if the machine has none."""
    name = f"python{version}"
    found = [Path(sys.executable), Path(shutil.which(name) or name)]
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


def python_of(version: str, uv: Path, folder: Path) -> Path:
    """Return a Python of a version: the machine's, or one that uv fetches into a folder."""
    if (here := interpreter(version)) is not None:
        return here
    try:
        ran("timeout", "120", uv, "python", "install", "--install-dir", folder, version)
        return next(folder.glob(f"cpython-{version}.*/bin/python{version}"))
    except (TrialError, StopIteration) as error:
        why = error.why if isinstance(error, TrialError) else "nothing came"
        message = f"the machine has no Python {version}, and uv can't fetch it: {why}"
        raise FetchError(message) from None


def built(folder: Path) -> Path:
    """Build the wheel, which holds for every Python, and return it: what the environment was built from isn't compiled again."""
    maturin = Path(sys.executable).with_name("maturin")
    profile = os.environ.get("PROFILE", "ci")
    ran(maturin, "build", "--profile", profile, "--locked", "--out", folder, "--interpreter", sys.executable)
    (wheel,) = folder.glob("*.whl")
    return wheel


def tried(place: Place, wheel: Path, uv: Path, folder: Path) -> str:
    """Make an environment and run the quick suite in it; return a line with the versions.

    Raises
    ------
    FetchError
        Its Python or its packages can't be fetched.
    TrialError
        The versions don't fit together, or a test fails.
    """
    began = time.monotonic()
    python = python_of(place.python, uv, folder / "pythons")
    environment = folder / str(place).replace(":", "-")
    inside = environment / "bin" / "python"
    asked = as_pip_asks(ran(sys.executable, "-m", "pip", "config", "list"), os.environ)
    ran(uv, "venv", "--quiet", "--python", python, environment)
    ran(
        *(uv, "pip", "install", "--quiet", "--python", inside, "--only-binary", ":all:"),
        # Named as what is asked for, not through the wheel: only then does uv take their lowest.
        *("--resolution", RESOLUTIONS[place.end], "-r", "pyproject.toml"),
        *("--extra", "test", "--extra", "calibrate", "--extra", "report"),
        wheel,
        fetches=True,
        more=asked,
    )
    told = dict(line.split("==") for line in ran(uv, "pip", "freeze", "--python", inside).split() if "==" in line)
    versions = ", ".join(f"{name} {told.get(name, 'missing')}" for name in SHOWN)
    installed = time.monotonic()
    said = ran(inside, "-m", "pytest", "-p", "no:cacheprovider", "-k", SLOW, *QUICK)
    passed, took = said.strip().splitlines()[-1], time.monotonic() - installed
    return f"{versions}: {passed} ({took:.0f} s, and {installed - began:.0f} s to install)"


def outcome(place: Place, wheel: Path, uv: Path, folder: Path) -> tuple[Outcome, str]:
    """Return how an environment did, and a line on it."""
    try:
        return Outcome.PASSED, tried(place, wheel, uv, folder)
    except FetchError as error:
        return Outcome.NOT_TRIED, error.why
    except TrialError as error:
        return Outcome.FAILED, str(error)


def main() -> int:
    """Try every environment that is asked for, two at a time."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("places", nargs="*", metavar="PYTHON:END", help="3.11:lowest, 3.13:newest, ...; by default all")
    parser.add_argument("--wheel", type=Path, help="a wheel of this package; by default, one is built")
    given = parser.parse_args()
    every = [Place(python, end) for python in PYTHONS for end in RESOLUTIONS]
    if strange := set(given.places) - set(map(str, every)):
        parser.error(f"{', '.join(sorted(strange))}: allowed: {', '.join(map(str, every))}")
    places = [place for place in every if not given.places or str(place) in given.places]
    began = time.monotonic()
    try:
        uv = uv_of(Path(sys.executable))
    except FetchError as error:
        print(f"not tried: {error}")
        return 0
    with tempfile.TemporaryDirectory(prefix="floors-") as name, ThreadPoolExecutor(2) as pool:
        folder = Path(name)
        wheel = built(folder / "wheel") if given.wheel is None else given.wheel.resolve()
        print(f"the wheel: {time.monotonic() - began:.0f} s", flush=True)
        running = {place: pool.submit(outcome, place, wheel, uv, folder) for place in places}
        found = []
        for place, one in running.items():
            how, line = one.result()
            print(f"{place}: {how.value}: {line}", flush=True)
            found.append(how)
    print(f"{time.monotonic() - began:.0f} s in all")
    return 1 if Outcome.FAILED in found else 0


if __name__ == "__main__":
    sys.exit(main())

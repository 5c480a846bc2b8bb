"""Finds agents that installed packages offer, and identifies them by version and code digest.

A package offers agents in the entry-point group ``stepdown.rules``; a scenario names one as ``package:Name``.
"""

from __future__ import annotations

import hashlib
import importlib
import inspect
import sys
import traceback
from dataclasses import dataclass
from functools import cache
from importlib.metadata import EntryPoint, PackageNotFoundError, entry_points, packages_distributions, version
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import FunctionType
from typing import TYPE_CHECKING, Any

from stepdown import provenance
from stepdown.errors import ScenarioError, StepdownError, asking
from stepdown.evidence.loader import nearest

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["GROUP", "Code", "code_of", "find", "offered"]

GROUP = "stepdown.rules"
"""Group of the entry points by which a package offers agents."""


def offered() -> dict[str, EntryPoint]:
    """Return the agents that installed packages offer, as ``package:Name``."""
    return {f"{point.dist.name}:{point.name}": point for point in entry_points(group=GROUP) if point.dist is not None}


def find(name: str, *, allow_code: bool = False) -> Any:
    """Return the agent of a name: ``package:Name`` of an entry point, or code that isn't installed if that is allowed.

    Parameters
    ----------
    name
        ``package:Name``; with `allow_code` also ``module:Class`` or ``file.py:Class``.
    allow_code
        Whether code may be run that no installed package offers.

    Raises
    ------
    ScenarioError
        Nothing of the name is there, or it can't be loaded.
    """
    points = offered()
    try:
        if name in points:
            return points[name].load()
        if allow_code:
            return _from_code(name)
    except StepdownError:
        raise
    # Whatever the code of others raises while it is imported is a fault of the scenario that names it.
    except (Exception, SystemExit) as error:
        raise ScenarioError(f"rules.use: {name} can't be loaded: {_said(error)}{_where(error)}") from error
    allowed = ", ".join(points) or "none is installed"
    raise ScenarioError(
        f"rules.use: no installed package offers {name!r} in {GROUP}{nearest(name, points)}; "
        f"allowed: {allowed}; code that isn't installed needs {asking('allow_code', True)}"
    )


def _said(error: BaseException) -> str:
    """Return an exception in a few words."""
    if isinstance(error, SystemExit):
        return "it ends the process (SystemExit)"
    return f"{type(error).__name__}: {error.msg if isinstance(error, SyntaxError) else error}"


def _where(error: BaseException) -> str:
    """Return the file and line of code, other than this package's and Python's import machinery, where it was raised."""
    if isinstance(error, SyntaxError) and error.filename:
        return f", {error.filename}, line {error.lineno}"
    home = str(Path(__file__).parents[1])
    frames = [
        frame
        for frame in traceback.extract_tb(error.__traceback__)
        if not frame.filename.startswith(("<", home)) and "importlib" not in Path(frame.filename).parts
    ]
    return f", {frames[-1].filename}, line {frames[-1].lineno}" if frames else ""


def _from_code(name: str) -> Any:
    home, _, wanted = name.rpartition(":")
    if home.endswith(".py"):
        path = Path(home).resolve()
        module = sys.modules.get(path.stem)
        if module is None or getattr(module, "__file__", None) != str(path):
            spec = spec_from_file_location(path.stem, path)
            if spec is None or spec.loader is None:
                raise ImportError(f"{path} is no Python file")
            module = module_from_spec(spec)
            spec.loader.exec_module(module)
    else:
        module = importlib.import_module(home)
    return getattr(module, wanted)


@dataclass(frozen=True)
class Code:
    """The identity of an agent's code: its package and version, if any, and the SHA-256 of its source."""

    package: str | None
    version: str | None
    sha256: str


def code_of(agent: type[Any]) -> Code:
    """Return the identity of a class's code: all Python of its package, or the file that it is in."""
    top = (agent.__module__ or "").partition(".")[0]
    home = getattr(sys.modules.get(top), "__path__", None)
    sha256 = provenance.tree(Path(next(iter(home)))) if home else hashlib.sha256(_source(agent)).hexdigest()
    names = _distributions().get(top, [])
    try:
        return Code(names[0], version(names[0]), sha256) if names else Code(None, None, sha256)
    except PackageNotFoundError:
        return Code(None, None, sha256)


@cache
def _distributions() -> Mapping[str, list[str]]:
    return packages_distributions()


def _source(agent: type) -> bytes:
    """Return the source of a class that is in no package: its file, or what was typed."""
    try:
        return Path(inspect.getfile(agent)).read_bytes()
    except (OSError, TypeError):
        try:
            return inspect.getsource(agent).encode()
        except (OSError, TypeError):
            # A class that was typed at a prompt has no source: its compiled code is all that identifies it.
            functions = [getattr(value, "decide", value) for value in vars(agent).values()]
            typed = [found.__code__ for found in functions if isinstance(found, FunctionType)]
            return b"\n".join(c.co_name.encode() + b" " + c.co_code for c in typed)

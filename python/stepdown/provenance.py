"""Provenance of the code: digests of the engine's source and of the package, which runs record and `stepdown reproduce` compares."""

from __future__ import annotations

import hashlib
import platform
from functools import cache
from importlib.metadata import version
from pathlib import Path

from stepdown import _core

__all__ = ["digest", "tree", "versions"]


@cache
def tree(root: Path, without: tuple[str, ...] = ()) -> str:
    """Return the SHA-256 of all Python in a folder, without that of some folders in it."""
    hashed = hashlib.sha256()
    for path in sorted(root.rglob("*.py")):
        if path.relative_to(root).parts[0] in without:
            continue
        data = path.read_bytes()
        hashed.update(f"\n{path.relative_to(root).as_posix()} {len(data)}\n".encode())
        hashed.update(data)
    return hashed.hexdigest()


def digest(*, without: tuple[str, ...] = ()) -> str:
    """Return the SHA-256 of the engine's source and of the package's Python, or of that without some folders.

    Evidence and scenarios have digests of their own. Two builds of the same source have the same digest.
    """
    return hashlib.sha256(f"{_core.source()} {tree(Path(__file__).parent, without)}".encode()).hexdigest()


def versions() -> dict[str, str]:
    """Return the versions of Python and of the libraries that can change the bytes of a run, if not its numbers.

    Examples
    --------
    >>> sorted(versions())
    ['mesa', 'numpy', 'pyarrow', 'python']
    """
    return {"python": platform.python_version()} | {name: version(name) for name in ("mesa", "numpy", "pyarrow")}

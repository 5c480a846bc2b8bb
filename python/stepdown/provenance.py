"""Provenance of the code: digests of the engine's source and of the package, which runs record and `stepdown reproduce` compares."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path

from stepdown import _core

__all__ = ["digest", "tree"]


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

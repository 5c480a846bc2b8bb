"""Which code this is: what a run says of it, and what `stepdown reproduce` compares."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path

from stepdown import _core

__all__ = ["digest"]


@cache
def digest() -> str:
    """Return the SHA-256 of the engine's source and of the package's Python.

    Evidence and scenarios have digests of their own. Two builds of the same source have the same digest.
    """
    home = Path(__file__).parent
    hashed = hashlib.sha256(_core.source().encode())
    for path in sorted(home.rglob("*.py")):
        data = path.read_bytes()
        hashed.update(f"\n{path.relative_to(home).as_posix()} {len(data)}\n".encode())
        hashed.update(data)
    return hashed.hexdigest()

"""Hashes of a run's files: nothing of a run is used before the bytes are those that its manifest names."""

from __future__ import annotations

import hashlib
import os
from typing import TYPE_CHECKING, Any

from stepdown.errors import CorruptError, lacking
from stepdown.records import RecordError, inside

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

__all__ = ["digest", "fault", "hold"]

_HELD: set[tuple[object, ...]] = set()
"""Files that had their hash when this process looked: place, size, times, and the hash."""


def digest(path: Path) -> str:
    """Return the SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def fault(folder: Path, name: str, facts: Mapping[str, Any]) -> str | None:
    """Return what is wrong with a file, by what the manifest says of it; nothing if nothing is. Its bytes are read.

    Raises
    ------
    OSError
        The file is there and can't be read.
    """
    try:
        path = inside(folder, name)
    except RecordError as error:
        return str(error)
    if not path.is_file():
        return f"the file is missing; the manifest says {facts['bytes']} bytes"
    if (size := path.stat().st_size) != facts["bytes"]:
        return f"it has {size} bytes; the manifest says {facts['bytes']}"
    if (found := digest(path)) != facts["sha256"]:
        return f"its SHA-256 is {found}; the manifest says {facts['sha256']}"
    return None


def hold(folder: Path, files: Mapping[str, Mapping[str, Any]]) -> None:
    """Refuse a folder with a file that isn't as the manifest says. A file is read again only if its size or a time changed.

    Raises
    ------
    CorruptError
        A file is missing, changed, or leads out of the folder.
    ResourceError
        The machine lacks what it takes to look.
    """
    for name, facts in files.items():
        try:
            path = inside(folder, name)
            key = (os.path.realpath(path), facts["sha256"], *_state(path))
            if key in _HELD:
                continue
            found = fault(folder, name, facts)
        except RecordError as error:
            found = str(error)
        except OSError as error:
            if (lack := lacking(error)) is not None:
                raise lack from None
            found = f"it can't be read ({error.strerror})"
        if found is not None:
            message = f"{folder / name}: {found}; allowed: what was written, as the manifest says (stepdown verify tells more)"
            raise CorruptError(message)
        _HELD.add(key)


def _state(path: Path) -> tuple[int, ...]:
    """Return what changes when a file does; nothing if it isn't there."""
    try:
        facts = os.stat(path)  # noqa: PTH116 - it is asked for a thousand times
    except (FileNotFoundError, NotADirectoryError, ValueError):
        return ()
    return (facts.st_dev, facts.st_ino, facts.st_size, facts.st_mtime_ns, facts.st_ctime_ns)

"""Burn-in cache: the state on the first reported day, keyed by the digest of everything that led to it.

Scenarios that differ only from the first reported day on share their past. A run that is started with ``burn_in_cache=True``
continues from the state that another such run has stored, and gives the same bytes without repeating the burn-in.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import time
from pathlib import Path
from typing import TYPE_CHECKING

import platformdirs
from filelock import FileLock

from stepdown import _core
from stepdown.errors import CorruptError, UsageError

if TYPE_CHECKING:
    from stepdown.model import SecureCareModel
    from stepdown.running.journal import Order

__all__ = ["GIB", "clear", "find", "most", "place", "refuse_another", "store", "stored", "use"]

PLACE = "STEPDOWN_CACHE"
"""Environment variable that moves the cache."""

MOST = "STEPDOWN_CACHE_GIB"
"""Environment variable that sets how much it may hold [GiB]."""

NAME = r"[0-9a-f]{64}"
"""How the name of a stored state begins: with a digest."""

GIB = 1 << 30
"""Bytes of a GiB."""


def place() -> Path:
    """Return the folder of the cache."""
    given = os.environ.get(PLACE)
    return Path(given).absolute() if given else Path(platformdirs.user_cache_dir("stepdown")) / "burn-in"


def most() -> int:
    """Return how much the cache may hold [bytes]: eight national burn-in states, unless the environment says otherwise.

    Raises
    ------
    UsageError
        The environment says something else than a number.
    """
    given = os.environ.get(MOST, "8")
    try:
        return int(float(given) * GIB)
    except (ValueError, OverflowError):
        message = f"{MOST}: {given!r} is not a number [GiB]"
        raise UsageError(message) from None


def find(plan: bytes, start: int, order: Order) -> Path:
    """Return the file of the burn-in state of a plan on the day `start`, whether or not it exists.

    Its name is a digest of the engine's source, of the part of the plan on which the burn-in depends, and of the key.
    """
    hashed = hashlib.sha256(_core.source().encode())
    hashed.update(_core.past(plan, start))
    hashed.update(f"{start} {order.seed} {order.replicate}".encode())
    return place() / f"{hashed.hexdigest()}.snapshot"


def refuse_another(path: Path, start: int, order: Order) -> None:
    """Refuse a stored state whose head is not that of the one that is asked for.

    A file's name is no proof. That the plans share their past is for the engine to say, when it reads the state.

    Raises
    ------
    CorruptError
        It is another state, or no snapshot, damaged, or of another version.
    """
    found = _core.snapshot_head(path)
    there = {"day": found["day"], "seed": found["seed"], "replicate": found["replicate"]}
    for key, asked in {"day": start, "seed": order.seed, "replicate": order.replicate}.items():
        if there[key] != asked:
            message = f"{path}: its {key} is {there[key]}, not {asked}"
            raise CorruptError(message)


def stored() -> list[Path]:
    """Return the stored states, the least recently used first."""
    # Only names that are digests: a user's own snapshots may lie in the folder that the environment names.
    states = (path for path in place().glob("*.snapshot") if re.fullmatch(NAME, path.stem))
    return sorted(states, key=lambda path: (path.stat().st_mtime, path.name))


def store(path: Path, model: SecureCareModel) -> bool:
    """Store a burn-in state if there is room, removing the least recently used; return whether it was stored."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(path.parent / "lock"):
        for old in path.parent.glob("*.snapshot.aside"):
            if re.fullmatch(NAME, old.name.partition(".")[0]):
                old.unlink()
        need = model.core.size
        if need > most() or need > shutil.disk_usage(path.parent).free:
            return False
        states = stored()
        held = sum(state.stat().st_size for state in states)
        for state in states:
            if held + need <= most():
                break
            held -= state.stat().st_size
            state.unlink()
        model.snapshot(path)
    return True


def use(path: Path) -> None:
    """Mark a state as used now."""
    now = time.time()
    os.utime(path, (now, now))


def clear() -> int:
    """Remove all states; return how many bytes that freed."""
    states = stored()
    freed = sum(state.stat().st_size for state in states)
    for state in states:
        state.unlink()
    return freed

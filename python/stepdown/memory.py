"""What memory a run takes, and what there is: a run that can't fit is refused before it starts.

A run has its peak either while the engine lives the days or while the indicators are made from the tables. Both were measured, as
``peak_memory`` of manifests, from a hundredth of England to all of it and from one year to twenty (``docs/runs.md`` has the figures).
"""

from __future__ import annotations

import math
import os
import resource
from dataclasses import dataclass
from pathlib import Path

from stepdown.errors import LimitError, asking

__all__ = ["Room", "estimate", "refuse", "room"]

MB = 10**6
"""Bytes of a megabyte."""

LIBRARIES = 192 * MB
"""What the package holds beside the engine's people [bytes]."""

ENGLAND = 1262 * MB
"""What the engine holds for everyone in England, with the people's institutions and two years of rows [bytes]."""

YEARLY = 27 * MB
"""By how much that grows in each reported year: newcomers, and cases that stay open [bytes]."""

TABLES = 185 * MB
"""What the package holds while indicators are made of no row [bytes]."""

ROOT = 0.383 * MB
"""What the root of one row adds to that [bytes]: tables are read in parts, so that memory grows more slowly than they do."""

ROWS = 22_000
"""Rows of a reported year that are there whatever the share of England: days, areas, indicators."""

PEOPLES_ROWS = 500_000
"""Rows that all England's people add to a reported year."""

THREADS = 600 * MB
"""Address space, not memory, that threads and their heaps take besides [bytes]; it counts where that is limited (``ulimit -v``)."""

GROUPS = Path("/sys/fs/cgroup")
"""Where Linux shows its control groups."""


RECORDED = 0.5
"""Part of what the engine holds that it still holds where it lives from a recorded inflow, at most."""


def estimate(share: float, years: float, *, whole: bool = True, growth: float = 1.0, recorded: bool = False) -> int:
    """Return the most memory that a run will hold [bytes], within some 15%.

    Parameters
    ----------
    share
        Share of England's people who live in the run, above 0 to 1.
    years
        Reported years.
    whole
        Whether a folder with indicators is written, or only the engine lives.
    growth
        Greatest factor by which levers multiply newcomers, charges or custody: as many more are met, and have rows.
    recorded
        Whether the run lives from a recorded inflow, without the people whom the pathway never meets.

    Examples
    --------
    >>> round(estimate(1, 20) / 1e9, 1)
    2.0
    """
    engine = LIBRARIES + share * (ENGLAND + YEARLY * years * growth) * (RECORDED if recorded else 1.0)
    if not whole:
        return int(engine)
    return int(max(engine, TABLES + ROOT * math.sqrt(years * (ROWS + PEOPLES_ROWS * share * growth))))


@dataclass(frozen=True)
class Room:
    """How much memory this process may hold.

    Attributes
    ----------
    bytes
        What it holds already, and what is left for it [bytes].
    by
        What the bound is.
    """

    bytes: int
    by: str


def room() -> Room | None:
    """Return how much memory this process may hold, by the narrowest of the bounds that there are; nothing if none is known."""
    pages = _words(Path("/proc/self/statm"))
    size, held = (int(pages[k]) * resource.getpagesize() for k in (0, 1)) if len(pages) > 1 else (0, 0)
    bounds = []
    limit, _ = resource.getrlimit(resource.RLIMIT_AS)
    if limit != resource.RLIM_INFINITY:
        bounds.append(Room(held + max(limit - size - THREADS, 0), "limit of the address space, ulimit -v"))
    bounds += [Room(held + left, "limit of the control group") for left in _groups()]
    free = {words[0]: int(words[1]) * 1024 for line in _lines(Path("/proc/meminfo")) if len(words := line.split()) > 1}
    if "MemAvailable:" in free:
        bounds.append(Room(held + free["MemAvailable:"] + free.get("SwapFree:", 0), "available memory of the machine"))
    return min(bounds, key=lambda bound: bound.bytes, default=None)


def refuse(share: float, years: float, *, whole: bool = True, growth: float = 1.0, recorded: bool = False) -> None:
    """Refuse a run for which there is too little memory.

    Raises
    ------
    LimitError
        It takes more than there is: how much, how much there is, and what would fit.
    """

    def takes(part: float) -> int:
        return estimate(part, years, whole=whole, growth=growth, recorded=recorded)

    there, needed = room(), takes(share)
    if there is None or needed <= there.bytes:
        return
    fits = next((part for part in _SHARES if part < share and takes(part) <= there.bytes), None)
    people = "" if fits is None else f"fewer people ({asking('population', f'{fits:g}')}), "
    message = (
        f"memory: the run takes about {_told(needed)}, and there is {_told(there.bytes)} ({there.by}); "
        f"allowed: {people}fewer years, a higher limit, or a larger machine"
    )
    raise LimitError(message)


_SHARES = [round(first * 10.0**power, 6) for power in range(-1, -6, -1) for first in (9, 8, 7, 6, 5, 4, 3, 2, 1)]
"""Shares of England that are offered instead: the greatest that fits."""


def _told(size: int) -> str:
    return f"{size / 2**30:.1f} GiB" if size >= 2**30 else f"{size / 2**20:.0f} MiB"


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text(encoding="utf-8").splitlines()
    except (OSError, ValueError):
        return []


def _words(path: Path) -> list[str]:
    return " ".join(_lines(path)).split()


def _groups() -> list[int]:
    """Return how much is left in each control group around this process that has a limit [bytes]; cached files are given up first."""
    found = []
    for line in _lines(Path("/proc/self/cgroup")):
        _, kinds, name = line.split(":", 2)
        if kinds == "":
            top, most, held, cached = GROUPS, "memory.max", "memory.current", "inactive_file"
        elif "memory" in kinds.split(","):
            top, most, held, cached = (
                GROUPS / "memory", "memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file",
            )  # fmt: skip
        else:
            continue
        # Within a container the name may be that of the machine, and the group the one that is seen as the top.
        inner = Path(os.path.normpath(top / name.lstrip("/")))
        for group in {top, *(folder for folder in (inner, *inner.parents) if folder.is_relative_to(top))}:
            limit, now = _words(group / most), _words(group / held)
            if limit and now and limit[0].isdecimal() and now[0].isdecimal():
                stat = dict(line.split() for line in _lines(group / "memory.stat") if len(line.split()) == 2)
                found.append(max(int(limit[0]) - int(now[0]) + int(stat.get(cached, 0)), 0))
    return found

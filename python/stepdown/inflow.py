"""Recorded inflow: the people whom the pathway can meet, found once and used again by many runs.

A record is a file. Runs of the same people under other policies read it and skip everyone else, and give the same bytes;
``docs/inflow.md`` explains why that is exact, what the file holds, and when a run is refused.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING

from stepdown import _core, plan
from stepdown.atomic import kind_of_file, refuse_file, written
from stepdown.errors import CorruptError, UsageError
from stepdown.numbers import MOST, whole
from stepdown.scenario import Scenario, load

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["digest", "read", "record", "write"]


def record(
    scenario: Scenario | Path | str,
    *,
    seed: int = 1,
    replicate: int = 0,
    threads: int = 1,
    progress: Callable[[int], object] | None = None,
) -> _core.Inflow:
    """Simulate the population of a scenario without the pathway, and record whom the pathway can meet.

    Parameters
    ----------
    scenario
        A scenario, or the name or path of one. Its levers don't matter; its population, calendar and evidence do.
    seed, replicate
        As those of the runs that are to use the record.
    threads
        Threads for the population; the record doesn't depend on it.
    progress
        Called some ten times a second with the day that has been reached [d since 1900-01-01].

    Examples
    --------
    >>> from stepdown import SecureCareModel
    >>> few = {"population": 0.0005, "years": 1}
    >>> known = record(load("baseline", **few), seed=7)
    >>> SecureCareModel("bradley", seed=7, inflow=known, **few).run_for(30)
    """
    seed, replicate = whole("seed", seed, 0, MOST), whole("replicate", replicate, 0, MOST)
    threads = whole("threads", threads, 1)
    loaded = scenario if isinstance(scenario, Scenario) else load(scenario)
    compiled = plan.compile(loaded).json
    return _core.Inflow.record(compiled, seed=seed, replicate=replicate, threads=threads, progress=progress)


def digest(inflow: _core.Inflow) -> str:
    """Return the SHA-256 of a record's file."""
    return hashlib.sha256(inflow.to_bytes()).hexdigest()


def write(inflow: _core.Inflow, path: Path | str, *, overwrite: bool = False) -> None:
    """Write a record to a file atomically.

    Raises
    ------
    OutputExistsError
        There is something at `path`, and overwriting was not asked for; or it is no file, or lies inside the folder of a run.
    """
    path = Path(path).absolute()
    refuse_file(path, overwrite=overwrite)
    path.parent.mkdir(parents=True, exist_ok=True)
    with written(path, overwrite=overwrite) as aside:
        aside.write_bytes(inflow.to_bytes())


def read(path: Path | str) -> _core.Inflow:
    """Read a record from its file.

    Raises
    ------
    CorruptError
        The file is not a record, or not as it was written.
    UsageError
        It is in the form of another version.
    """
    if (kind := kind_of_file(Path(path))) not in (None, "file"):
        message = f"{path}: it is a {kind}; allowed: the file of a record"
        raise UsageError(message)
    try:
        return _core.Inflow.read(Path(path).read_bytes())
    except CorruptError as fault:
        message = f"{path}: {fault}"
        raise CorruptError(message) from None
    except UsageError as fault:
        message = f"{path}: {fault}"
        raise UsageError(message) from None

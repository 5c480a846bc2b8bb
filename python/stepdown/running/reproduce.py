"""Repeats a run from its own folder and compares the two bit by bit; Parquet files, whose bytes are pyarrow's, by their values."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stepdown.errors import CorruptError, Interrupted, RequeueError, ScenarioError, UsageError
from stepdown.results.difference import Difference, differing, parting, same_values
from stepdown.results.run import MANIFEST, Results
from stepdown.running.run import run
from stepdown.scenario import load

if TYPE_CHECKING:
    from collections.abc import Iterable

    from stepdown.agents import StandIn
    from stepdown.decisions.overrides import Agent
    from stepdown.progress import Reporter

__all__ = ["Reproduction", "reproduce"]


@dataclass(frozen=True)
class Reproduction:
    """The outcome of repeating a run.

    Attributes
    ----------
    folder
        The run.
    files
        Number of data files that were compared.
    changed
        What is not as it was when the run was made, though it may have changed nothing: sentences on version, code,
        evidence, agents, Python and libraries.
    differ
        Names of the files that differ, in the order of time; the manifest, if all data is the same and it says otherwise of it.
    first
        Where the first of them parts; nothing if none does.
    rewritten
        Sentences on Parquet files that have other bytes with the same values, and who wrote them: that is no difference.
    """

    folder: Path
    files: int
    changed: tuple[str, ...]
    differ: tuple[str, ...]
    first: Difference | None
    rewritten: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        """Whether all data was the same."""
        return not self.differ


def _agents(manifest: dict[str, Any]) -> dict[str, str]:
    """Return the code digest of each overriding agent, by its name."""
    return {agent["agent"]: agent["sha256"] for agent in manifest["agents"]}


def _changed(then: dict[str, Any], now: dict[str, Any]) -> tuple[str, ...]:
    """Return sentences on what has changed since the run was made, from both manifests."""
    pairs = {
        "version of stepdown": (then["stepdown"], now["stepdown"]),
        **{what: (then[what]["sha256"], now[what]["sha256"]) for what in ("code", "evidence", "plan")},
    }
    # A run of an earlier version doesn't say by which libraries it was made.
    pairs |= {
        f"version of {name}": (said, now["versions"].get(name)) for name, said in then.get("versions", {}).items()
    }
    agents, today = _agents(then), _agents(now)
    pairs |= {f"code of {name}": (agents.get(name), today.get(name)) for name in sorted({*agents, *today})}
    return tuple(
        f"the {what} differs: the run was made with {one or 'none'}, this is {other or 'none'}"
        for what, (one, other) in pairs.items()
        if one != other
    )


SAME = ("settling", "start", "end", "draw", "share", "own", "counts")
"""What a manifest says of the data, and the same run's manifest must say too."""


def _misstated(then: dict[str, Any], now: dict[str, Any]) -> Difference | None:
    """Return the first thing that the run's manifest says of its data and the second run's says otherwise, from both manifests."""
    pairs = {key: (then[key], now[key]) for key in SAME if key in then}
    pairs |= {
        f"files.{name}.rows": (then["files"][name]["rows"], facts["rows"])
        for name, facts in now["files"].items()
        if name in then["files"]
    }
    differ = (Difference(MANIFEST, None, key, found, again) for key, (found, again) in pairs.items() if found != again)
    return next(differ, None)


def _refuse_strangers(folder: Path, manifest: dict[str, Any], agents: tuple[Agent | StandIn, ...]) -> None:
    """Refuse a run that had agents which its folder doesn't hold."""
    given = [agent["agent"] for agent in manifest["agents"] if agent["given_by"] == "call"]
    if given and not agents:
        message = (
            f"{folder}: the run was given agents in Python ({', '.join(given)}), which its folder does not hold; "
            "allowed: stepdown.reproduce with the same agents"
        )
        raise UsageError(message)


def reproduce(
    folder: Path | str,
    *,
    threads: int | None = None,
    out: Path | str | None = None,
    agents: Iterable[Agent | StandIn] = (),
    allow_code: bool = False,
    progress: Reporter | None = None,
) -> Reproduction:
    """Repeat a run from its manifest and its resolved scenario, and compare the data bit by bit, or value by value where pyarrow wrote other bytes.

    Parameters
    ----------
    folder
        Folder of the run.
    threads
        Threads for the second run; the answer doesn't depend on it.
    out
        Where to leave the second run; if not given, it goes to the system's temporary folder and away again.
    agents
        The agents that `stepdown.run` was given, if it was given any.
    allow_code
        Whether the scenario may name code that no installed package offers.
    progress
        Who is told how far it has come.

    Raises
    ------
    CorruptError
        The folder is missing, or its manifest or scenario can't be read, or a file is not as the manifest says.
    UsageError
        The run had agents that its folder doesn't hold.

    Examples
    --------
    >>> bool(reproduce("runs/baseline"))  # doctest: +SKIP
    True
    """
    folder, agents = Path(folder), tuple(agents)
    # What a damaged file differs by says nothing of the run, and may be told before a run as long as the first.
    original = Results(folder)
    original.check()
    old = original.manifest
    _refuse_strangers(folder, old, agents)
    try:
        scenario = load(folder / "scenario.toml")
    except ScenarioError as error:
        message = f"{error}; what the run was made from can't be read"
        raise CorruptError(message) from None
    with tempfile.TemporaryDirectory(prefix="stepdown-") as temporary:
        target = Path(out) if out is not None else Path(temporary) / "again"
        try:
            new = run(
                scenario,
                seed=old["seed"],
                replicate=old["replicate"],
                threads=threads,
                out=target,
                agents=agents,
                allow_code=allow_code,
                progress=progress,
                snapshot_every=None,
            ).manifest
        except (Interrupted, RequeueError) as error:
            if out is not None:
                raise
            message = f"{folder}: stopped before the second run had ended; nothing is left of it"
            raise type(error)(message) from None
        names = {*old["files"], *new["files"]}
        other = {name: same_values(folder, target, name) for name in differing(folder, target, names)}
        differ = tuple(name for name, why in other.items() if why is None)
        first = parting(folder, target, differ[0]) if differ else _misstated(old, new)
        if first is not None and not differ:
            differ = (MANIFEST,)
    rewritten = tuple(why for why in other.values() if why is not None)
    return Reproduction(folder, len(names), _changed(old, new), differ, first, rewritten)

"""Can a run be had again? Runs it once more from its own folder, and compares bit for bit."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stepdown import _core, code, evidence
from stepdown.errors import CorruptError, ScenarioError
from stepdown.plan import compile
from stepdown.results.difference import Difference, differing, parting
from stepdown.results.run import MANIFEST, Results
from stepdown.runs import run
from stepdown.scenario import load

if TYPE_CHECKING:
    from stepdown.progress import Reporter

__all__ = ["Reproduction", "reproduce"]


@dataclass(frozen=True)
class Reproduction:
    """What running a run again has shown.

    Attributes
    ----------
    folder
        The run.
    files
        Number of data files that were compared.
    changed
        What is not as it was when the run was made, though it may have changed nothing: sentences on version, code and
        evidence.
    differ
        Names of the files whose bytes differ, in the order of time.
    first
        Where the first of them parts; nothing if none does.
    """

    folder: Path
    files: int
    changed: tuple[str, ...]
    differ: tuple[str, ...]
    first: Difference | None

    def __bool__(self) -> bool:
        """Whether every byte of the data came out again."""
        return not self.differ


def _changed(manifest: dict[str, Any], plan: str) -> tuple[str, ...]:
    """Say what is not as it was when the run was made."""
    now = {
        "version of stepdown": (manifest["stepdown"], _core.version()),
        "code": (manifest["code"]["sha256"], code.digest()),
        "evidence": (manifest["evidence"]["sha256"], evidence.load().digest),
        "plan": (manifest["plan"]["sha256"], plan),
    }
    return tuple(
        f"the {what} differs: the run was made with {then}, this is {today}"
        for what, (then, today) in now.items()
        if then != today
    )


def reproduce(
    folder: Path | str,
    *,
    threads: int | None = None,
    out: Path | str | None = None,
    progress: Reporter | None = None,
) -> Reproduction:
    """Run a run again, from its manifest and its resolved scenario, and compare the data bit for bit.

    Parameters
    ----------
    folder
        Folder of the run.
    threads
        Threads for the second run; the answer doesn't depend on it.
    out
        Where to leave the second run; if not given, it goes to the system's temporary folder and away again.
    progress
        Who is told how far it has come.

    Raises
    ------
    CorruptError
        The folder is missing, or its manifest or scenario can't be read.

    Examples
    --------
    >>> bool(reproduce("runs/baseline"))  # doctest: +SKIP
    True
    """
    folder = Path(folder)
    old = Results(folder)
    try:
        scenario = load(folder / "scenario.toml")
        plan = compile(scenario).digest
        seed, replicate = old.manifest["seed"], old.manifest["replicate"]
        changed = _changed(old.manifest, plan)
    except ScenarioError as error:
        message = f"{error}; what the run was made from can't be read"
        raise CorruptError(message) from None
    except KeyError as error:
        message = f"{folder / MANIFEST}: it does not say {error}"
        raise CorruptError(message) from None
    with tempfile.TemporaryDirectory(prefix="stepdown-") as temporary:
        target = Path(out) if out is not None else Path(temporary) / "again"
        new = run(scenario, seed=seed, replicate=replicate, threads=threads, out=target, progress=progress)
        names = {*old.manifest["files"], *new.manifest["files"]}
        differ = differing(folder, target, names)
        first = parting(folder, target, differ[0]) if differ else None
    return Reproduction(folder, len(names), changed, tuple(differ), first)

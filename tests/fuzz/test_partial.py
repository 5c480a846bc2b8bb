"""Staged directories of runs that were stopped, damaged: resumed to a whole run, or refused."""

from __future__ import annotations

import json
import os
import signal
from typing import TYPE_CHECKING

import pytest

from stepdown.errors import RequeueError
from stepdown.progress import Silent
from stepdown.results.verify import verify
from stepdown.running.checkpoints import seal_of
from stepdown.running.journal import JOURNAL
from stepdown.running.run import run
from stepdown.scenario import load

from ..snapshots.blocks import join, split  # noqa: TID252 - what the format is stands there
from . import harness
from .commands import Place, command, files_of, tree_damaged

if TYPE_CHECKING:
    import random
    from collections.abc import Callable
    from pathlib import Path

    from .harness import Tally

OURS = ("run", ".run.partial", ".run.lock", ".run.replaced")


class Stopping(Silent):
    """Asks this process to stop when a day is reached."""

    def __init__(self, after: int) -> None:
        self.after = after

    def update(self, what: str, done: int, total: int, *, unit: str = "days") -> None:  # noqa: ARG002
        if done >= self.after:
            self.after = total + 1
            os.kill(os.getpid(), signal.SIGTERM)


@pytest.fixture(scope="module")
def partial(scenario: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run that was stopped in its second year, with two snapshots; tests only read it."""
    target = tmp_path_factory.mktemp("partial") / "run"
    with pytest.raises(RequeueError):
        run(load(scenario), seed=7, out=target, progress=Stopping(450), snapshot_every=0.001, threads=1)
    return target.with_name(".run.partial")


def garbled(draw: random.Random, data: bytes) -> bytes:
    """Return a snapshot in which a block says something else, with hashes that fit."""
    head, parts = split(data)
    at = draw.randrange(len(parts))
    section, payload = parts[at]
    kind = draw.randrange(8)
    if kind == 0:
        said = harness.json_damaged(draw, json.loads(head))
        head = json.dumps(said).encode("utf-8", "surrogatepass")[: 1 << 16]
    elif kind == 1:
        del parts[at]
    elif kind == 2:
        parts.insert(at, parts[draw.randrange(len(parts))])
    elif kind == 3:
        parts[at] = (draw.randrange(256), payload)
    elif section == 1 or payload[:1] == b"{":
        changed = harness.json_damaged(draw, json.loads(payload))
        parts[at] = (section, json.dumps(changed).encode("utf-8", "surrogatepass"))
    else:
        parts[at] = (section, harness.damaged(draw, payload))
    return join(head, parts)


def test_journals_of_partial_folders(
    fuzzed: Callable[..., Tally], partial: Path, scenario: Path, tmp_path: Path
) -> None:
    place, names = Place(tmp_path, *OURS), files_of(partial)
    journal = (partial / JOURNAL).read_bytes()
    commands = {
        "resume": (["resume", place.here / "run", "--threads", 1], (2, 3, 6)),
        "run --resume": (["run", scenario, "--seed", 7, "--out", place.here / "run", "--resume"], (2, 3, 6)),
        "run": (["run", scenario, "--seed", 7, "--out", place.here / "run"], (2,)),
        "verify": (["verify", place.here / ".run.partial"], (6,)),
    }

    def make(draw: random.Random) -> tuple[str, random.Random]:
        return draw.choice(["resume", "resume", "run --resume", "run --resume", "run", "verify"]), draw

    def target(made: tuple[str, random.Random]) -> int:
        way, draw = made
        place.enter()
        place.clear()
        folder = place.put(partial, ".run.partial")
        kind = draw.randrange(10)
        if kind < 5:
            (folder / JOURNAL).write_bytes(harness.resealed(harness.json_damaged(draw, json.loads(journal))))
        elif kind < 6:
            (folder / JOURNAL).write_bytes(harness.damaged(draw, journal))
        elif kind < 9:
            tree_damaged(draw, folder, names)
        else:
            said = json.loads(journal)
            for kept in said["kept"]:
                path = folder / kept["file"]
                path.write_bytes(garbled(draw, path.read_bytes()))
                kept["seal"] = seal_of(path)
            (folder / JOURNAL).write_bytes(harness.resealed(said))
        words, allowed = commands[way]
        # A state that somebody made up with hashes that fit may break an invariant once it is lived.
        try:
            code = command(words, allowed=(*allowed, 5) if kind == 9 else allowed)
        finally:
            place.hold()
        if code == 0 and way != "verify":
            verdict = verify(place.here / "run")
            assert verdict, f"the run that was finished isn't whole: {verdict.findings}"
        return code

    fuzzed("journal", make, target)

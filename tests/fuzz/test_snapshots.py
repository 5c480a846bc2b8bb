"""Snapshots and cached burn-in states, damaged: another run goes on from them, or refuses them in a sentence."""

from __future__ import annotations

import shutil
from datetime import date
from typing import TYPE_CHECKING

import pytest

from stepdown.model import SecureCareModel
from stepdown.results.verify import verify
from stepdown.running.run import run
from stepdown.scenario import load

from . import harness
from .commands import Place, command
from .test_partial import garbled

if TYPE_CHECKING:
    import random
    from collections.abc import Callable
    from pathlib import Path

    from .harness import Tally


@pytest.fixture(scope="module")
def snapshot(scenario: Path, tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A snapshot of the second 1 April, which carries the files of a year."""
    folder = tmp_path_factory.mktemp("forked")
    run(load(scenario), seed=7, out=folder / "run", snapshot_at=[date(2025, 4, 1)], threads=1)
    return (folder / "run-2025-04-01.snapshot").read_bytes()


def test_snapshots(fuzzed: Callable[..., Tally], snapshot: bytes, scenario: Path, tmp_path: Path) -> None:
    place = Place(tmp_path, "run", ".run.partial", ".run.lock", "given")
    given, loaded = place.here / "given", load(scenario)
    fork = ["run", scenario, "--from", given, "--out", place.here / "run", "--threads", 1]

    def make(draw: random.Random) -> tuple[str, bool, bytes]:
        made_up = draw.random() < 0.7
        return draw.choice(["fork", "model"]), made_up, (garbled if made_up else harness.damaged)(draw, snapshot)

    def target(made: tuple[str, bool, bytes]) -> int:
        way, made_up, data = made
        place.enter()
        place.clear()
        given.write_bytes(data)
        try:
            if way == "model":
                with SecureCareModel(loaded, snapshot=given, threads=1) as model:
                    model.run_for(40)
                return 0
            # A state that somebody made up with hashes that fit may break an invariant once it is lived.
            code = command(fork, allowed=(2, 3, 5, 6) if made_up else (6,))
        finally:
            place.hold()
        if code == 0:
            verdict = verify(place.here / "run")
            assert made_up or verdict, f"the run that was finished isn't whole: {verdict.findings}"
        return code

    fuzzed("snapshot", make, target)


def test_burn_in_states(
    fuzzed: Callable[..., Tally], scenario: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = Place(tmp_path, "run", ".run.partial", ".run.lock", "cache")
    cache = place.here / "cache"
    monkeypatch.setenv("STEPDOWN_CACHE", str(cache))
    words = ["run", scenario, "--seed", 7, "--years", 1, "--out", place.here / "run", "--burn-in-cache", "--threads", 1]
    assert command(words, allowed=()) == 0
    (state,) = [path for path in cache.rglob("*") if path.is_file() and path.stat().st_size > 1000]
    whole, name = state.read_bytes(), state.relative_to(cache)
    expected = {path.name: path.read_bytes() for path in (place.here / "run").glob("*/*.arrow")}

    def target(draw: random.Random) -> int:
        place.enter()
        place.clear()
        (cache / name).parent.mkdir(parents=True)
        made_up = draw.random() < 0.5
        (cache / name).write_bytes((garbled if made_up else harness.damaged)(draw, whole))
        code = command(words, allowed=(5,) if made_up else ())
        place.hold()
        if not made_up:
            found = {path.name: path.read_bytes() for path in (place.here / "run").glob("*/*.arrow")}
            assert found == expected, "a damaged state was lived"
        return code

    fuzzed("burn-in", lambda draw: draw, target)
    shutil.rmtree(cache, ignore_errors=True)

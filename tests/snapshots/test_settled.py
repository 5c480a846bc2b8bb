"""The settling period is lived once, found again by digest, and kept within bounds."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from stepdown import settled
from stepdown.cli import invoke
from stepdown.errors import UsageError
from stepdown.runs import run
from stepdown.scenario import load

if TYPE_CHECKING:
    from pathlib import Path

    from stepdown.results import Results
    from stepdown.scenario import Scenario


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(settled.PLACE, str(tmp_path / "cache"))
    return tmp_path / "cache"


def hashes(results: Results) -> dict[str, str]:
    return {name: file["sha256"] for name, file in results.manifest["files"].items()}


def test_nothing_is_kept_unless_it_is_asked_for(small: Scenario, tmp_path: Path) -> None:
    run(small, seed=7, out=tmp_path / "run")
    assert settled.stored() == []


def test_policies_that_part_after_the_start_share_their_past(
    small: Scenario, small_run: Results, tmp_path: Path
) -> None:
    first = run(small, seed=7, out=tmp_path / "first", settled_cache=True)
    (world,) = settled.stored()
    again = run(small, seed=7, out=tmp_path / "again", settled_cache=True)
    assert hashes(first) == hashes(again) == hashes(small_run)
    policy = load(
        "baseline", population=0.002, years=1, levers={"transfer_limit": [{"value": 14, "from": "2024-06-01"}]}
    )
    shared = run(policy, seed=7, out=tmp_path / "shared", settled_cache=True)
    assert settled.stored() == [world]
    assert hashes(shared) == hashes(run(policy, seed=7, out=tmp_path / "alone"))


@pytest.mark.parametrize("other", [{"seed": 8}, {"replicate": 1}])
def test_another_key_or_past_has_a_world_of_its_own(small: Scenario, tmp_path: Path, other: dict[str, int]) -> None:
    run(small, seed=7, out=tmp_path / "first", settled_cache=True)
    run(small, out=tmp_path / "second", settled_cache=True, **{"seed": 7, **other})
    assert len(settled.stored()) == 2
    run(
        load("baseline", population=0.002, years=1, transfer_limit=14),
        seed=7,
        out=tmp_path / "third",
        settled_cache=True,
    )
    assert len(settled.stored()) == 3


def test_a_damaged_world_is_made_again(small: Scenario, small_run: Results, tmp_path: Path) -> None:
    run(small, seed=7, out=tmp_path / "first", settled_cache=True)
    (world,) = settled.stored()
    good = world.read_bytes()
    world.write_bytes(good[:-100])
    assert hashes(run(small, seed=7, out=tmp_path / "second", settled_cache=True)) == hashes(small_run)
    assert world.read_bytes() == good


def test_the_longest_unused_makes_room(small: Scenario, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run(small, seed=1, out=tmp_path / "1", settled_cache=True)
    (first,) = settled.stored()
    monkeypatch.setenv(settled.MOST, str(3.5 * first.stat().st_size / settled.GIB))
    for seed in (2, 1, 3, 1, 4):
        run(small, seed=seed, out=tmp_path / f"{seed}", settled_cache=True, overwrite=True)
        held = sum(world.stat().st_size for world in settled.stored())
        assert held <= settled.most()
    assert first in settled.stored()
    monkeypatch.setenv(settled.MOST, "0")
    run(small, seed=5, out=tmp_path / "5", settled_cache=True)
    assert first in settled.stored()
    monkeypatch.setenv(settled.MOST, "plenty")
    with pytest.raises(UsageError, match="is not a number"):
        settled.most()


def test_the_command_shows_and_clears(
    small: Scenario, cache: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run(small, seed=7, out=tmp_path / "run", settled_cache=True)
    assert invoke(["cache", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["place"], told["worlds"]) == (str(cache), 1)
    assert told["bytes"] == sum(world.stat().st_size for world in settled.stored()) > 0
    assert invoke(["cache", "--clear"]) == 0
    assert settled.stored() == []
    assert invoke(["cache"]) == 0
    assert "0.00 of 8 GiB in 0 settled worlds" in capsys.readouterr().out

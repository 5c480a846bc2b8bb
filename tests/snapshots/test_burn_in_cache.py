"""The burn-in is lived once, found again by digest, and kept within bounds."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from stepdown.cli import invoke
from stepdown.errors import UsageError
from stepdown.running import burn_in_cache
from stepdown.running.run import run
from stepdown.scenario import load

if TYPE_CHECKING:
    from pathlib import Path

    from stepdown.results import Results
    from stepdown.scenario import Scenario


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(burn_in_cache.PLACE, str(tmp_path / "cache"))
    return tmp_path / "cache"


def hashes(results: Results) -> dict[str, str]:
    return {name: file["sha256"] for name, file in results.manifest["files"].items()}


def test_nothing_is_kept_unless_it_is_asked_for(small: Scenario, tmp_path: Path) -> None:
    run(small, seed=7, out=tmp_path / "run")
    assert burn_in_cache.stored() == []


def test_policies_that_part_after_the_start_share_their_past(
    small: Scenario, small_run: Results, tmp_path: Path
) -> None:
    first = run(small, seed=7, out=tmp_path / "first", burn_in_cache=True)
    (world,) = burn_in_cache.stored()
    again = run(small, seed=7, out=tmp_path / "again", burn_in_cache=True)
    assert hashes(first) == hashes(again) == hashes(small_run)
    policy = load(
        "baseline", population=0.002, years=1, levers={"transfer_limit": [{"value": 14, "from": "2024-06-01"}]}
    )
    shared = run(policy, seed=7, out=tmp_path / "shared", burn_in_cache=True)
    assert burn_in_cache.stored() == [world]
    assert hashes(shared) == hashes(run(policy, seed=7, out=tmp_path / "alone"))


@pytest.mark.parametrize("other", [{"seed": 8}, {"replicate": 1}])
def test_another_key_or_past_has_a_world_of_its_own(small: Scenario, tmp_path: Path, other: dict[str, int]) -> None:
    run(small, seed=7, out=tmp_path / "first", burn_in_cache=True)
    run(small, out=tmp_path / "second", burn_in_cache=True, **{"seed": 7, **other})
    assert len(burn_in_cache.stored()) == 2
    run(
        load("baseline", population=0.002, years=1, transfer_limit=14),
        seed=7,
        out=tmp_path / "third",
        burn_in_cache=True,
    )
    assert len(burn_in_cache.stored()) == 3


def test_a_damaged_world_is_made_again(small: Scenario, small_run: Results, tmp_path: Path) -> None:
    run(small, seed=7, out=tmp_path / "first", burn_in_cache=True)
    (world,) = burn_in_cache.stored()
    good = world.read_bytes()
    world.write_bytes(good[:-100])
    assert hashes(run(small, seed=7, out=tmp_path / "second", burn_in_cache=True)) == hashes(small_run)
    assert world.read_bytes() == good


@pytest.mark.parametrize("other", [{"seed": 8}, {"replicate": 1}, {"past": True}])
def test_a_world_under_the_name_of_another_is_made_again(
    small: Scenario, small_run: Results, tmp_path: Path, other: dict[str, int]
) -> None:
    scenario = load("baseline", population=0.002, years=2, transfer_limit=14) if other.pop("past", False) else small
    run(scenario, out=tmp_path / "other", burn_in_cache=True, **{"seed": 7, **other})
    (strange,) = burn_in_cache.stored()
    run(small, seed=7, out=tmp_path / "first", burn_in_cache=True)
    (asked,) = set(burn_in_cache.stored()) - {strange}
    good = asked.read_bytes()
    asked.write_bytes(strange.read_bytes())
    assert hashes(run(small, seed=7, out=tmp_path / "second", burn_in_cache=True)) == hashes(small_run)
    assert asked.read_bytes() == good


def test_the_longest_unused_makes_room(small: Scenario, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run(small, seed=1, out=tmp_path / "1", burn_in_cache=True)
    (first,) = burn_in_cache.stored()
    monkeypatch.setenv(burn_in_cache.MOST, str(3.5 * first.stat().st_size / burn_in_cache.GIB))
    for seed in (2, 1, 3, 1, 4):
        run(small, seed=seed, out=tmp_path / f"{seed}", burn_in_cache=True, overwrite=True)
        held = sum(world.stat().st_size for world in burn_in_cache.stored())
        assert held <= burn_in_cache.most()
    assert first in burn_in_cache.stored()
    monkeypatch.setenv(burn_in_cache.MOST, "0")
    run(small, seed=5, out=tmp_path / "5", burn_in_cache=True)
    assert first in burn_in_cache.stored()
    monkeypatch.setenv(burn_in_cache.MOST, "plenty")
    with pytest.raises(UsageError, match="is not a number"):
        burn_in_cache.most()


def test_the_command_shows_and_clears(
    small: Scenario, cache: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run(small, seed=7, out=tmp_path / "run", burn_in_cache=True)
    assert invoke(["cache", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["place"], told["worlds"]) == (str(cache), 1)
    assert told["bytes"] == sum(world.stat().st_size for world in burn_in_cache.stored()) > 0
    assert invoke(["cache", "--clear"]) == 0
    assert burn_in_cache.stored() == []
    assert invoke(["cache"]) == 0
    assert "0.00 of 8 GiB in 0 burn-in states" in capsys.readouterr().out


@pytest.mark.parametrize("flag", ["--burn-in-cache", "--settled-cache"])
def test_the_command_line_knows_the_cache_by_its_name_and_by_its_former_one(flag: str, tmp_path: Path) -> None:
    short = ["--population", "0.0005", "--years", "1", "--out", str(tmp_path / "run")]
    assert invoke(["run", "baseline", flag, *short]) == 0
    assert len(burn_in_cache.stored()) == 1

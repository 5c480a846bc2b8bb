"""Which numbers matter: effects beyond noise are ranked, and a measurement that was stopped goes on to the same table."""

from __future__ import annotations

import json
from itertools import islice
from typing import TYPE_CHECKING

import pytest

from stepdown import evidence
from stepdown.calibration import influence
from stepdown.calibration.influence import OUTPUTS, Order, measure, ranked
from stepdown.errors import CorruptError, Interrupted, OutputExistsError, UsageError
from stepdown.evidence import ranking

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

FEW = Order("baseline", population=0.0005, years=1, seed=7, only=("suicide", "people.sex_ratio"))


def found(**changed: float) -> dict[str, float]:
    """Return the results of a made-up run: all 100, but for some."""
    return {name: changed.get(name.replace(".", "_"), 100.0) for name in OUTPUTS}


def test_the_greater_effect_ranks_first_and_noise_makes_no_share() -> None:
    done = {
        "base": found(),
        "a nudged": found(transfers=101.0),
        "a low": found(transfers=90.0),
        "a high": found(transfers=110.0),
        "b low": found(occupied_high=100.0),
        "b high": found(occupied_high=99.0),
        "c low": found(),
        "c high": found(transfers=101.0),
    }
    rows = {(row[0], row[1]): row for row in ranked(done, ["a", "b", "c"])}
    # Two runs, each a nudge of 1 away from the baseline: the noise of a difference is √2.
    assert rows["a", "transfers"][3:] == ("100", "20", "1.41", "1.0000", 1)
    assert rows["b", "occupied.high"][4:] == ("-1", "0", "1.0000", 2)
    assert rows["c", "transfers"][4:] == ("1", "1.41", "0.0000", 3)


def test_the_ranking_that_ships_is_of_parameters_that_there_are_and_says_how_it_was_made() -> None:
    ranked = ranking.read()
    assert set(ranked) <= set(evidence.load().parameters)
    assert sorted(effects[0].rank for effects in ranked.values()) == list(range(1, len(ranked) + 1))
    made = ranking.made_by()
    assert (made is None) == (not ranked)
    assert made is None or made.command.startswith("stepdown influence baseline")


def test_what_can_not_be_run_is_left_out() -> None:
    done = {"base": found(), "a nudged": found(), "a low": "refused", "a high": found()}
    assert ranked(done, ["a"]) == []


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return measure(FEW, tmp_path_factory.mktemp("influence") / "influence.csv", workers=2)


def test_every_parameter_with_a_range_that_was_asked_for_is_in_the_table(table: Path) -> None:
    ids = [id for id in evidence.load().parameters if id.startswith("suicide.") and id != "suicide.hope_at"]
    assert sorted(ranking.read(table.parent)) == sorted([*ids, "people.sex_ratio"])
    made = json.loads(table.with_suffix(".json").read_text(encoding="utf-8"))
    assert made["command"].startswith(
        "stepdown influence baseline --population 0.0005 --years 1 --seed 7 --only suicide"
    )
    assert (made["digest"], made["refused"]) == (FEW.digest(), {})
    assert not table.with_suffix(".partial").exists()


def test_a_measurement_that_was_stopped_goes_on_to_the_same_table(
    table: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = influence._work

    def stopped(*asked: object) -> Iterator[object]:
        yield from islice(whole(*asked), 5)  # type: ignore[arg-type]  # passed on as it came
        raise KeyboardInterrupt

    monkeypatch.setattr(influence, "_work", stopped)
    with pytest.raises(Interrupted, match=r"5 of \d+ runs are kept"):
        measure(FEW, tmp_path / "influence.csv")
    monkeypatch.undo()
    said: list[str] = []
    measure(FEW, tmp_path / "influence.csv", note=said.append)
    assert said[0].startswith("5 of ")
    assert (tmp_path / "influence.csv").read_bytes() == table.read_bytes()


def test_what_was_begun_otherwise_is_refused(tmp_path: Path) -> None:
    (tmp_path / "influence.partial").write_text('{"order": "other"}\n', encoding="utf-8")
    with pytest.raises(UsageError, match="begun with other code, evidence or sizes"):
        measure(FEW, tmp_path / "influence.csv")
    (tmp_path / "influence.partial").write_text("nonsense\n", encoding="utf-8")
    with pytest.raises(CorruptError, match="not what an earlier measurement wrote"):
        measure(FEW, tmp_path / "influence.csv")


def test_a_table_that_is_there_is_kept(table: Path) -> None:
    with pytest.raises(OutputExistsError, match="it is there already"):
        measure(FEW, table)


def test_a_prefix_that_fits_nothing_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no parameter with a range begins with relaps"):
        measure(Order("baseline", only=("relaps",)), tmp_path / "influence.csv")

"""Levers on the wait for hospital act on their own outcomes, and at their neutral values leave every byte as it was."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl
import pytest

from stepdown import load, run
from stepdown.errors import NoEffectWarning

if TYPE_CHECKING:
    from pathlib import Path

    from stepdown.results import Results

SMALL: dict[str, Any] = {"population": 0.02, "years": 1, "settle_days": 200}


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Results]:
    folder: Path = tmp_path_factory.mktemp("levers")
    arms: dict[str, dict[str, float]] = {
        "as it is": {},
        "assessed once": {"single_assessment": 1},
        "quick reports": {"reports_on_time": 0.9},
    }
    return {name: run(load("baseline", **SMALL, **levers), seed=5, out=folder / name) for name, levers in arms.items()}


def events(results: Results) -> pl.DataFrame:
    found: pl.DataFrame = (
        results.polars("events")
        .select("person", "day", *(pl.col(name).cast(pl.String) for name in ("event", "to", "decision")))
        .collect()
    )
    return found


def test_where_one_assessment_holds_nobody_is_looked_at_twice_and_fewer_assessments_are_made(
    lived: dict[str, Results],
) -> None:
    def assessments(name: str) -> tuple[int, float]:
        some = events(lived[name])
        asked = some.filter(pl.col("decision") == "assessment")
        accepted = some.filter((pl.col("event") == "clock") & (pl.col("to") == "accepted"))
        return asked.filter(pl.col("to").str.contains("another")).height, asked.height / accepted.height

    again, each = assessments("as it is")
    never, fewer = assessments("assessed once")
    assert again > 0
    assert never == 0
    assert fewer < 0.9 * each


def test_reports_on_time_are_there_sooner_after_the_referral(lived: dict[str, Results]) -> None:
    def days(name: str) -> float:
        # The Ministry's clock begins when both reports are there and a bed is held.
        spells = lived[name].polars("spells").filter(pl.col("wait_ministry").is_not_null()).collect()
        return float((spells["wait_statutory"] - spells["wait_ministry"]).mean())  # type: ignore[arg-type]

    assert days("quick reports") < days("as it is")


def test_neutral_values_leave_every_byte_as_it_was(lived: dict[str, Results], tmp_path: Path) -> None:
    with pytest.warns(NoEffectWarning, match="as without it"):
        neutral = run(
            load("baseline", **SMALL, single_assessment=0, reports_on_time=0, transfer_priority=0),
            seed=5,
            out=tmp_path / "neutral",
        )
    for table in ("events", "spells"):
        assert neutral.polars(table).collect().equals(lived["as it is"].polars(table).collect())

"""Health over one population in all scenarios, on lives made by hand."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pytest

from stepdown.errors import UsageError
from stepdown.results.common_health import YEAR, common_health

if TYPE_CHECKING:
    from collections.abc import Sequence

FIRST = date(2025, 4, 1)


def on(day: int) -> date:
    return FIRST + timedelta(days=day)


class Lived:
    """A run of a year: spells as (person, first day, day after the last, destination), and QALYs that were booked."""

    start_day, end_day = 45_746, 46_111
    first_year = last_year = 2025

    def __init__(self, path: str, *spells: tuple[int, int, int, str | None], booked: float, share: float = 1.0) -> None:
        self.path, self.share = path, share
        self.manifest: dict[str, Any] = {"seed": 1, "share": share}
        people = sorted({person for person, *_ in spells})
        schema = {"person": pa.int64(), "start": pa.date32(), "end": pa.date32(), "destination": pa.string()}
        rows = [{"person": p, "start": on(a), "end": on(b), "destination": d} for p, a, b, d in spells]
        self.tables = {
            "people": pa.table({"person": people, "born": pa.array([date(1980, 1, 1)] * len(people), pa.date32())}),
            "spells": pa.Table.from_pylist(rows, schema=pa.schema(list(schema.items()))),
            "ledger": pa.table({"year": [2025], "pence": [500], "micro_qaly": [round(booked * 1e6)]}),
        }

    def table(self, name: str, *, columns: Sequence[str] | None = None) -> pa.Table:
        return self.tables[name].select(list(columns or self.tables[name].column_names))


def health(*runs: Lived) -> list[dict[str, Any]]:
    return common_health(list(runs), utility=0.8).to_pylist()  # type: ignore[arg-type] -- has what is read of a run


def test_who_is_kept_from_the_pathway_loses_no_health() -> None:
    """Two people are in hospital all year, at half health; a policy keeps one of them at home."""
    both = Lived("both", (1, 0, 364, None), (2, 0, 364, None), booked=1.0)
    one = Lived("one", (1, 0, 364, None), booked=0.5)
    [before, after] = health(both, one)
    assert (before["on_pathway"], before["off_pathway"], before["people"]) == (1.0, 0.0, 2)
    assert after["off_pathway"] == pytest.approx(365 / YEAR * 0.8)
    assert after["people"] == 2
    assert after["qalys"] - before["qalys"] == pytest.approx(0.3, abs=0.001)
    assert (before["pounds"], before["run"], before["year"]) == (5.0, "both", 2025)


def test_days_before_and_after_the_pathway_count_at_home() -> None:
    known = Lived("known", (1, 100, 200, "left"), booked=0.1)
    longer = Lived("longer", (1, 100, 364, None), booked=0.2)
    [before, after] = health(known, longer)
    assert before["off_pathway"] == pytest.approx(265 / YEAR * 0.8)
    assert after["off_pathway"] == pytest.approx(100 / YEAR * 0.8)


def test_nobody_lives_on_after_death_whichever_run_knows_of_it() -> None:
    dies = Lived("dies", (1, 0, 50, "dead"), booked=0.0)
    unknown = Lived("unknown", (1, 0, 10, "left"), booked=0.0)
    lives = Lived("lives", (1, 0, 364, None), booked=0.0)
    found = [row["people"] * 365 for row in health(dies, unknown, lives)]
    assert found == pytest.approx([50, 50, 365]), "who is on the books on that day and lives, lives"
    assert health(dies, unknown)[1]["off_pathway"] == pytest.approx(40 / YEAR * 0.8)


def test_a_sample_is_brought_to_all_of_england() -> None:
    runs = [Lived(name, (1, 0, 364, None), booked=1.0, share=0.5) for name in ("one", "other")]
    [row, _] = health(*runs)
    assert (row["people"], row["on_pathway"], row["pounds"]) == (2, 2.0, 10.0)


def test_runs_of_other_people_are_refused() -> None:
    one, other = (Lived(name, (1, 0, 364, None), booked=1.0) for name in ("one", "other"))
    other.manifest["seed"] = 2
    with pytest.raises(UsageError, match="other: not the same people live in it as in one \\(seed 1 and 2\\)"):
        health(one, other)
    with pytest.raises(UsageError, match="runs: 1; allowed: two or more"):
        health(one)


def test_a_run_and_itself_have_the_same_health(small_run: Any) -> None:
    rows = common_health([small_run, small_run]).to_pylist()
    half = len(rows) // 2
    assert rows[:half] == rows[half:] and all(row["off_pathway"] > 0 for row in rows)

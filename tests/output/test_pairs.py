"""Who was displaced, and which admissions were avoided, in pairs of runs with admissions made by hand."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc
import pytest

from stepdown.errors import UsageError
from stepdown.results.avoided import avoided
from stepdown.results.displacement import displaced

if TYPE_CHECKING:
    from collections.abc import Sequence

FIRST = date(2024, 4, 1)


class Admitted:
    """A run of a year with nothing but admissions: tier, area, sex and wait."""

    start_day, end_day, share = 45_381, 45_381 + 365.25, 0.5
    first_year = last_year = 2024
    path = "runs/made"

    def __init__(self, *admissions: tuple[str, str, str, int], seed: int = 1) -> None:
        self.manifest: dict[str, Any] = {"seed": seed, "start": "2024-04-01", "end": "2025-04-01", "share": 0.5}
        spells, people = [], []
        for number, (tier, area, sex, wait) in enumerate(admissions):
            people.append({"person": number, "sex": sex, "ethnicity": "white", "primary": "psychosis"})
            waits = dict.fromkeys(("wait_clinical", "wait_ministry", "wait_statutory"), wait)
            spells.append(
                {"person": number, "place": tier, "area": area, "legal": "s3", "source": "own home"}
                | {"start": FIRST + timedelta(number), "end": date(2025, 3, 31), "destination": None}
                | waits
            )
        self.tables = {"people": pa.Table.from_pylist(people), "spells": pa.Table.from_pylist(spells)}

    def table(
        self, name: str, *, columns: Sequence[str] | None = None, events: Sequence[str] | None = None
    ) -> pa.Table:
        assert events is None
        table = self.tables[name]
        return table if columns is None else table.select(list(columns))


def found(before: list[Admitted], after: list[Admitted]) -> list[dict[str, Any]]:
    return displaced(before, after).to_pylist()  # type: ignore[arg-type] -- has what is read of a run


def test_the_groups_whose_wait_grew_most_come_first_and_those_that_nobody_is_in_are_left_out() -> None:
    before = Admitted(
        ("medium secure", "Devon", "male", 10), ("medium secure", "Devon", "male", 30), ("low secure", "Devon", "male", 50),
        ("low secure", "Sussex", "female", 8), ("PICU", "Sussex", "male", 3),
    )  # fmt: skip
    after = Admitted(
        ("medium secure", "Devon", "male", 15), ("low secure", "Devon", "male", 90), ("low secure", "Sussex", "female", 8),
        ("high secure", "Dorset", "male", 5),
    )  # fmt: skip
    rows = found([before], [after])
    assert [(row["tier"], row["area"], row["sex"], row["change"]) for row in rows] == [
        ("low secure", "Devon", "male", 40),
        ("low secure", "Sussex", "female", 0),
        ("medium secure", "Devon", "male", -5),
        ("high secure", "Dorset", "male", None),
        ("PICU", "Sussex", "male", None),
    ]
    medium = rows[2]
    assert (medium["before"], medium["after"]) == (20, 15)
    # Half of England lives in the run: two admissions a year are four.
    assert (medium["admitted_before"], medium["admitted_after"]) == (4, 2)
    assert medium["low"] is None, "one pair says nothing of its error"
    assert (rows[3]["before"], rows[3]["after"]) == (None, 5)


def test_several_pairs_give_the_change_an_interval() -> None:
    pairs = [
        (
            Admitted(("low secure", "Devon", "male", 20), seed=seed),
            Admitted(("low secure", "Devon", "male", 20 + grown), seed=seed),
        )
        for seed, grown in enumerate((8, 10, 12))
    ]
    [row] = found([one for one, _ in pairs], [other for _, other in pairs])
    assert row["change"] == pytest.approx(10)
    # Student's factor for two degrees of freedom, and a deviation of 2 over the root of 3.
    assert row["high"] - row["change"] == pytest.approx(4.303 * 2 / 3**0.5, rel=1e-3)


@pytest.mark.parametrize("compare", [displaced, avoided])
def test_runs_that_are_no_pairs_are_refused(compare: Any) -> None:
    one, other = (Admitted(("low secure", "Devon", "male", 20), seed=seed) for seed in (1, 2))
    with pytest.raises(
        UsageError, match="not the same people live in it .* \\(seed 1 and 2\\); allowed: the same seed"
    ):
        compare([one], [other])
    with pytest.raises(UsageError, match="runs: 1 and 0; allowed"):
        compare([one], [])


def test_a_run_displaces_nobody_of_its_own(hundredth: Any) -> None:
    table = displaced([hundredth], [hundredth])
    assert table.num_rows > 0 and (pc.max(table["change"]).as_py(), pc.min(table["change"]).as_py()) == (0, 0)


def spared(before: list[Admitted], after: list[Admitted]) -> dict[tuple[str, str], dict[str, Any]]:
    table = avoided(before, after)  # type: ignore[arg-type] -- has what is read of a run
    return {(row["tier"], row["sex"]): row for row in table.to_pylist()}


def test_admissions_avoided_are_told_apart_from_people_spared_and_added() -> None:
    # People are numbered in order: the second run spares persons 1 and 2 of medium secure care, and adds person 3 in low.
    medium, low = ("medium secure", "Devon", "male", 10), ("low secure", "Devon", "female", 10)
    rows = spared([Admitted(medium, medium, medium)], [Admitted(medium, low, low, low)])
    found = rows["medium secure", "male"]
    # Half of England lives in the run: three admissions a year are six.
    assert (found["before"], found["after"], found["avoided"]) == (6, 2, 4)
    assert (found["people_spared"], found["people_added"]) == (4, 0)
    found = rows["low secure", "all"]
    assert (found["avoided"], found["people_spared"], found["people_added"]) == (-6, 0, 6)
    found = rows["all", "all"]
    assert (found["avoided"], found["people_spared"], found["people_added"], found["low"]) == (-2, 0, 2, None)
    assert rows["PICU", "female"]["before"] == 0


def test_several_pairs_give_what_is_avoided_an_interval() -> None:
    one = ("low secure", "Devon", "male", 20)
    pairs = [
        (Admitted(*[one] * 5, seed=seed), Admitted(*[one] * left, seed=seed)) for seed, left in enumerate((4, 3, 2))
    ]
    row = spared([before for before, _ in pairs], [after for _, after in pairs])["low secure", "male"]
    assert row["avoided"] == pytest.approx(4)
    # Student's factor for two degrees of freedom, and a deviation of 2 over the root of 3.
    assert row["high"] - row["avoided"] == pytest.approx(4.303 * 2 / 3**0.5, rel=1e-3)


def test_a_run_avoids_nothing_of_its_own(hundredth: Any) -> None:
    table = avoided([hundredth], [hundredth])
    assert pc.max(table["before"]).as_py() > 0
    assert all(pc.sum(table[name]).as_py() == 0 for name in ("avoided", "people_spared", "people_added"))

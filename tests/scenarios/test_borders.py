"""What the engine can't hold is refused before a day is lived, at both ends; numbers are taken as users have them."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

import stepdown
from stepdown import SecureCareModel, _core
from stepdown.cli import invoke
from stepdown.errors import LimitError, ScenarioError, StepdownError, UsageError
from stepdown.results.invariants import INVARIANTS
from stepdown.scenario import EARLIEST, EPOCH, HORIZON, load

if TYPE_CHECKING:
    from pathlib import Path

    from stepdown.results import Results


def test_the_calendar_is_the_engines() -> None:
    first, last = _core.calendar()
    assert date(2001, 4, 1) == EARLIEST == EPOCH + timedelta(days=first)
    assert HORIZON <= EPOCH + timedelta(days=last) < HORIZON.replace(year=HORIZON.year + 1)


@pytest.mark.parametrize("start", ["1901-04-01", "1960-04-01", "1989-04-01", "2000-04-01"])
def test_a_start_before_the_oldest_have_a_birth_day_is_refused(
    start: str, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    out = tmp_path / "run"
    assert invoke(["run", "baseline", "--start", start, "--population", "0.001", "--out", str(out)]) == 3
    said = capsys.readouterr().err
    assert f"calendar.start: {start}; allowed: a 1 April from 2001-04-01 on" in said
    assert not out.exists()
    file = tmp_path / "early.toml"
    file.write_text(f'title = "Early"\nextends = "baseline"\nwhy = "Is it held?"\n[calendar]\nstart = {start}\n')
    with pytest.raises(ScenarioError, match=r"early.toml: calendar.start: .*, line 5"):
        load(file)


@pytest.mark.parametrize(
    ("start", "years", "most"), [("2024-04-01", 56, 55), ("2078-04-01", 2, 1), ("2001-04-01", 79, 78)]
)
def test_a_run_past_the_last_day_is_refused(start: str, years: int, most: int) -> None:
    with pytest.raises(LimitError, match=rf"calendar.years: {years} years from {start}.*allowed: at most {most} years"):
        load("baseline", start=start, years=years)
    assert load("baseline", start=start, years=most).calendar.years == most


@pytest.mark.parametrize(
    "arguments",
    [
        ["--years", "0"],
        ["--years", "101"],
        ["--years", "200"],
        ["--population", "0"],
        ["--population", "1.01"],
        ["--population", "nan"],
        ["--seed", str(2**64)],
        ["--seed", "-1"],
        ["--replicate", str(2**64)],
        ["--draw", str(2**32)],
    ],
)
def test_numbers_past_their_bounds_are_refused_as_usage(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert invoke(["run", "baseline", *arguments]) == 2
    assert "allowed" in capsys.readouterr().err


@pytest.mark.parametrize(("start", "years"), [("2001-04-01", 1), ("2078-04-01", 1)])
def test_the_first_and_the_last_year_that_can_be_held_are_lived(start: str, years: int, tmp_path: Path) -> None:
    few = load("baseline", start=start, years=years, population=0.001, settle_days=3660)
    run = stepdown.run(few, seed=2**64 - 1, replicate=2**64 - 1, check=True, out=tmp_path / "run")
    assert list(INVARIANTS["ages"](run)) == []
    table = run.table("population")
    old = table.filter(pc.equal(table["age_band"].cast(pa.string()), "90 and over"))
    assert pc.sum(old["alive"]).as_py() > 0


def test_a_tiny_england_is_lived_and_holds(tmp_path: Path) -> None:
    run = stepdown.run(load("baseline", years=1, population=1e-6), seed=0, check=True, out=tmp_path / "run")
    assert stepdown.verify(run.path)


def test_ages_that_are_not_those_of_the_evidence_fail_verification(small_run: Results, tmp_path: Path) -> None:
    from stepdown.results import Results

    assert list(INVARIANTS["ages"](small_run)) == []
    table = small_run.table("population")
    # Nobody over 65, as where birth days wrapped; and as many more children.
    bands = table["age_band"].cast(pa.string()).to_pylist()
    alive = [
        0 if band[:2] in ("65", "70", "75", "80", "85", "90") else n
        for band, n in zip(bands, table["alive"].to_pylist(), strict=True)
    ]
    pq.write_table(
        table.set_column(table.column_names.index("alive"), "alive", pa.array(alive, pa.int64())),
        tmp_path / "population.parquet",
    )
    (tmp_path / "scenario.toml").write_text((small_run.path / "scenario.toml").read_text())
    found = list(INVARIANTS["ages"](Results(tmp_path, manifest=small_run.manifest)))
    assert found
    assert "65-69" in found[0][1]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("seed", np.int64(7)),
        ("seed", np.uint8(7)),
        ("replicate", np.int32(1)),
        ("threads", np.int16(1)),
        ("snapshot_every", np.float32(60)),
    ],
)
def test_numpy_numbers_are_numbers(name: str, value: Any, tmp_path: Path) -> None:
    few = load("baseline", population=0.0005, years=1, settle_days=0)
    given = {"seed": 7, "threads": 1, name: value}
    run = stepdown.run(few, out=tmp_path / "run", **given)
    assert run.manifest["seed"] == 7
    assert stepdown.verify(run.path)


def test_numpy_numbers_are_numbers_of_a_model_and_a_scenario() -> None:
    plain = SecureCareModel(population=0.0005, years=1, settle_days=0, seed=7, transfer_limit=14)
    given = SecureCareModel(
        population=np.float64(0.0005), years=np.int32(1), settle_days=np.int8(0), seed=np.uint64(7),
        replicate=np.int64(0), threads=np.int64(1), transfer_limit=np.float32(14),
    )  # fmt: skip
    assert plain.plan.digest == given.plan.digest
    given.run_for(np.int64(30))
    assert given.steps == 30
    given.institutions["responsible_clinician"][0].threshold -= np.float32(0.5)
    given.step()
    assert len(given.patients.select(at_most=np.float64(0.5))) == len(given.patients) // 2
    assert len(given.patients.select(at_most=np.int64(3))) == 3
    assert load("baseline", start=np.datetime64("2025-04-01")).calendar.start == date(2025, 4, 1)


@pytest.mark.parametrize("value", [True, np.True_, 7.5, np.float64(7.5), "7", None, Decimal(7), np.nan, -1, 2**64, [7]])
def test_what_is_no_whole_number_is_refused(value: Any, tmp_path: Path) -> None:
    few = load("baseline", population=0.0005, years=1)
    # A model takes what numpy's generators are seeded with, lists too; without a seed it has 1.
    if value is not None and not isinstance(value, list):
        with pytest.raises(UsageError, match="seed: .*; allowed: whole numbers from 0"):
            SecureCareModel(few, seed=value)
    with pytest.raises(UsageError, match="seed: .*; allowed: whole numbers from 0 to 18446744073709551615"):
        stepdown.run(few, seed=value, out=tmp_path / "run")
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, True, np.True_, "much", np.float32("nan")])
@pytest.mark.parametrize("key", ["population", "years", "transfer_limit"])
def test_what_is_no_finite_number_is_refused_in_a_scenario(key: str, value: Any) -> None:
    with pytest.raises(StepdownError, match=key):
        load("baseline", **{key: value})

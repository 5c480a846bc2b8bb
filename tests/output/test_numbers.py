"""Published numbers are right in whatever a reader opens them with: signed, wide enough, and people told apart by a double."""

from __future__ import annotations

import math
from datetime import datetime
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from stepdown.errors import UsageError
from stepdown.model import SecureCareModel
from stepdown.numbers import whole
from stepdown.results import export_parquet, schema
from stepdown.results.run import TABLES
from stepdown.running.run import run
from stepdown.scenario import load

if TYPE_CHECKING:
    from pathlib import Path

    from stepdown.results import Results
    from stepdown.scenario import Scenario

SHORT = "waiting - (beds - occupied - held)"
"""Beds that are missing: below 0 where some are free."""


@pytest.mark.parametrize(
    "seven", [7.0, np.float64(7), np.float32(7), np.float16(7), np.array(7.0), np.int8(7), np.uint64(7)]
)
def test_a_float_that_is_a_whole_number_is_one_everywhere(seven: Any, tmp_path: Path) -> None:
    assert (found := whole("seed", seven, 0)) == 7 and type(found) is int
    assert load("baseline", years=seven).calendar.years == 7
    with SecureCareModel("baseline", population=0.001, years=1, settle_days=0, seed=seven, replicate=seven) as model:
        model.run_for(seven)
        assert model.core.day - model.core.first == 7
    given = {"seed": seven, "replicate": seven, "threads": seven}
    made = run(load("baseline", population=0.0005, years=1, settle_days=0), out=tmp_path / "run", **given)
    assert (made.manifest["seed"], made.manifest["replicate"], made.manifest["threads"]) == (7, 7, 7)
    export_parquet(made, tmp_path / "export", rounding=seven)


@pytest.mark.parametrize("value", [7.5, np.float32(7.5), math.inf, math.nan, 2.0**53 + 2, True, np.bool_(1), "7", None])
def test_what_is_no_whole_number_is_refused_everywhere(value: Any) -> None:
    with pytest.raises(UsageError, match="seed: .*; allowed: whole numbers from 0"):
        whole("seed", value, 0)


def test_no_published_number_is_unsigned(small_run: Results) -> None:
    for name in TABLES:
        for field in small_run.dataset(name).schema:
            assert not pa.types.is_unsigned_integer(field.type), f"{name}.{field.name}"
    for table in schema()["tables"]:
        for column in table["columns"]:
            assert not column["type"].startswith("uint"), f"{table['table']}.{column['name']}"


def test_counts_can_be_subtracted_in_numpy_pandas_and_polars(small_run: Results) -> None:
    import polars as pl

    daily = small_run.table("daily")
    expected = [
        row["waiting"] - (row["beds"] - row["occupied"] - row["held"])
        for row in daily.select(["waiting", "beds", "occupied", "held"]).to_pylist()
    ]
    assert min(expected) < 0
    waiting, beds, occupied, held = (daily[name].to_numpy() for name in ("waiting", "beds", "occupied", "held"))
    assert (waiting - (beds - occupied - held)).tolist() == expected
    frame = small_run.pandas("daily")
    assert (frame.waiting - (frame.beds - frame.occupied - frame.held)).tolist() == expected
    c = pl.col
    lazy = small_run.polars("daily").select(c("waiting") - (c("beds") - c("occupied") - c("held")))
    assert lazy.collect().to_series().to_list() == expected


def test_counts_can_be_subtracted_in_duckdb(small_run: Results, tmp_path: Path) -> None:
    duckdb = pytest.importorskip("duckdb")
    folder = export_parquet(small_run, tmp_path / "parquet")
    found = duckdb.sql(f"SELECT min({SHORT}), max({SHORT}) FROM '{folder}/daily/*.parquet'").fetchall()[0]
    daily = small_run.table("daily")
    expected = pc.subtract(daily["waiting"], pc.subtract(pc.subtract(daily["beds"], daily["occupied"]), daily["held"]))
    assert found == (pc.min(expected).as_py(), pc.max(expected).as_py())
    assert found[0] < 0


def test_people_have_numbers_of_their_own_that_survive_a_double(small_run: Results) -> None:
    person = small_run.table("people", columns=["person"])["person"]
    assert person.type == pa.int64()
    numbers = person.to_numpy()
    assert numbers.min() >= 0
    assert numbers.max() < 2**53
    assert len(np.unique(numbers.astype(np.float64))) == len(numbers)
    for name in ("events", "spells"):
        assert np.isin(small_run.table(name, columns=["person"])["person"].to_numpy(), numbers).all()


def test_models_and_files_call_people_by_the_same_numbers() -> None:
    model = SecureCareModel(population=0.001, years=1, settle_days=0, seed=5)
    model.run_for(40)
    everybody = model.population.columns["person"]
    assert everybody.dtype == np.int64
    assert everybody.min() >= 0
    assert everybody.max() < 2**53
    known = model.caseload.columns["person"]
    assert known.dtype == np.int64
    assert np.isin(known, everybody).all()
    logged = pa.table(model.drain().table("people"))["person"].to_numpy()
    assert np.isin(known, logged).all()
    row = model.caseload.row(int(known[5]))
    assert row is not None
    assert model.caseload.row(int(known.max()) + 1) is None


def test_a_sample_says_so_in_each_table_and_the_whole_of_england_does_not(small_run: Results) -> None:
    from stepdown.evidence import samples
    from stepdown.evidence.loader import FOLDER, read_rows

    for name in TABLES:
        told = small_run.dataset(name).schema.metadata
        assert told[b"stepdown.share"] == b"0.002", name
        assert (told[b"stepdown.seed"], told[b"stepdown.replicate"]) == (b"7", b"0"), name
        assert told[b"stepdown.sample"].decode() == samples.caution(0.002), name
    assert small_run.manifest["share"] == 0.002
    assert small_run.manifest["sample"] == samples.caution(0.002)
    rows = list(read_rows(FOLDER / "tables" / "small_samples.csv", ("outcome", "share", "change", "source", "note")))
    assert {row["outcome"] for _, row in rows} >= {"transfers from prison"}
    for _, row in rows:
        assert row["outcome"] in samples.caution(0.002)
        assert f"{float(row['change']):+.0%} at {row['share']}" in samples.caution(0.002)
    assert samples.metadata(1.0) == {"stepdown.share": "1"}


def test_a_person_who_cannot_be_a_number_is_refused() -> None:
    with SecureCareModel(population=0.0005, years=1, settle_days=0, seed=5) as model:
        for person in (2**70, -1, "3", 1.5):
            with pytest.raises(UsageError, match="^person: "):
                model.caseload.row(person)  # type: ignore[arg-type]


@pytest.mark.parametrize("when", ["2024-05-01", ["2024-05-01"], [datetime(2024, 5, 1)], [7]])  # noqa: DTZ001 - no date either
def test_days_of_snapshots_are_dates(when: Any, small: Scenario, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"^snapshot_at: .+; allowed: dates"):
        run(small, out=tmp_path / "run", snapshot_at=when)
    assert list(tmp_path.iterdir()) == []


def test_dates_reach_pandas_as_dates(small_run: Results) -> None:
    frame = small_run.pandas("spells")
    for column in ("start", "end", "secure_start", "provider_start"):
        assert frame[column].dtype.kind == "M", column
    arrow = small_run.table("spells")
    assert arrow["start"].type == pa.date32()
    assert frame["secure_start"].isna().sum() == arrow["secure_start"].null_count
    days = [(b - a).days for a, b in zip(arrow["start"].to_pylist(), arrow["end"].to_pylist(), strict=True)]
    assert (frame["end"] - frame["start"]).dt.days.tolist() == days
    # An object for each date would be several times as much.
    assert frame[["start", "end"]].memory_usage(deep=True, index=False).sum() == 16 * len(frame)


def test_calibration_and_influence_take_numpys_numbers(tmp_path: Path) -> None:
    from stepdown.calibration.influence import Order
    from stepdown.calibration.priors import Prior
    from stepdown.calibration.problem import Budget, Target, Wave
    from stepdown.calibration.run_store import RunStore
    from stepdown.calibration.simulate import Reading
    from stepdown.calibration.workers import Workers

    plain = Order("baseline", 0.5, 3, 7, ("relapse",))
    given = Order("baseline", np.float32(0.5), np.int64(3), np.uint64(7), np.array(["relapse"]))  # type: ignore[arg-type]
    assert given == plain and given.digest() == plain.digest()
    assert all(type(value).__module__ == "builtins" for value in (given.population, given.years, given.seed))
    for wrong in ({"population": "x"}, {"years": 2.5}, {"seed": -1}, {"years": True}, {"population": float("nan")}):
        with pytest.raises(UsageError, match="allowed: "):
            Order("baseline", **wrong)  # type: ignore[arg-type]
    records = (
        Wave(np.int64(5), np.int8(1), np.float32(3.0)),  # type: ignore[arg-type]
        Budget((), np.int64(2), np.int64(60), np.int64(1), np.int64(4), np.int64(1), np.int64(512)),  # type: ignore[arg-type]
        Target("C04", np.float32(85.0), np.float64(70.0), np.int64(100), spread=np.float16(8.5)),  # type: ignore[arg-type]
        Prior("uniform", np.float32(0.0), np.float64(0.5), np.int64(1)),  # type: ignore[arg-type]
        Reading("C04", years=np.int64(3)),  # type: ignore[arg-type]
    )
    for record in records:
        assert not [key for key in record.__dataclass_fields__ if type(getattr(record, key)).__module__ == "numpy"]
    assert Workers(lambda *_: 0, np.int64(3)).number == 3  # type: ignore[arg-type]
    with pytest.raises(UsageError, match="workers: 0; allowed: whole numbers from 1"):
        Workers(lambda *_: 0, 0)
    store = RunStore(tmp_path / "rows")
    store.add("a", {"x": np.float32(1.5), "y": np.float64("nan")})  # type: ignore[dict-item]
    store.close()
    store = RunStore(tmp_path / "rows")
    store.close()
    assert store.get("a")["x"] == 1.5  # type: ignore[index]

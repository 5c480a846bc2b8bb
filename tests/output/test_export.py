"""What is handed on: everything as Parquet, or what disclosure control allows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl
import pytest

from stepdown.cli import invoke
from stepdown.errors import OutputExistsError, UsageError
from stepdown.results import Results, export_parquet
from stepdown.results.indicators import INDICATORS
from stepdown.results.run import TABLES
from stepdown.results.verify import verify

if TYPE_CHECKING:
    from pathlib import Path


def test_everything_is_handed_on_with_its_hashes(small_run: Results, tmp_path: Path) -> None:
    out = export_parquet(small_run, tmp_path / "all")
    assert verify(out)
    for name in TABLES:
        assert pl.scan_parquet(sorted(out.rglob(f"{name}/*.parquet")) or out / f"{name}.parquet").collect().height == (
            small_run.table(name).num_rows
        )


def test_rounded_tables_hold_nobody(small_run: Results, tmp_path: Path) -> None:
    out = export_parquet(small_run, tmp_path / "rounded", rounding=5)
    assert not any((out / name).exists() for name in ("events", "spells", "people"))
    frame = pl.read_parquet(out / "indicators.parquet")
    units = {i.name: i.unit for i in INDICATORS}
    money = {i.name for i in INDICATORS if i.facts in ("money", "care")}
    counts = frame.filter(~pl.col("indicator").is_in(money) & pl.col("denominator").is_null())
    assert (counts["value"] % 5 == 0).all()
    over = frame.filter(~pl.col("indicator").is_in(money))["denominator"].drop_nulls()
    assert (over >= 5).all()
    shares = frame.filter(pl.col("indicator").is_in([n for n, u in units.items() if u == "share"]))
    assert shares["value"].is_between(0, 1).all()
    people = pl.read_parquet(out / "population.parquet")
    assert (people["alive"] % 5 == 0).all()


def test_rounding_to_ones_is_refused(small_run: Results, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="rounding: 1; allowed: whole numbers from 2"):
        export_parquet(small_run, tmp_path / "rounded", rounding=1)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("command", ["indicators", "series", "validate-model"])
def test_an_export_is_not_taken_for_the_run_that_a_command_needs(
    small_run: Results, tmp_path: Path, command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    out = export_parquet(small_run, tmp_path / "all")
    assert invoke([command, str(out)]) == 2
    assert "it is an export, without scenario.toml; allowed: the folder of the run itself" in capsys.readouterr().err


def test_an_export_is_not_written_over_another(small_run: Results, tmp_path: Path) -> None:
    export_parquet(small_run, tmp_path / "all")
    with pytest.raises(OutputExistsError):
        export_parquet(small_run, tmp_path / "all")

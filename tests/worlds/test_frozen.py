"""The population that stands still: who ages in it, who takes whose place, whom the first day finds in prison."""

from datetime import date
from typing import Any

import polars as pl
import pyarrow as pa
import pytest

from stepdown import SecureCareModel

TIERS = ("high secure", "medium secure", "low secure")
SIZE: dict[str, Any] = {"population": 0.01, "years": 3, "settle_days": 0, "threads": 1}


def caseload(model: SecureCareModel) -> pl.DataFrame:
    """Return the caseload as plain columns."""
    return model.caseload.to_polars().with_columns(pl.col(pl.Categorical).cast(pl.String))


def present(model: SecureCareModel) -> int:
    """Count everyone in England."""
    return int(model.population.count({"present": True}))


def test_who_was_in_secure_care_ages_and_nobody_else_on_the_pathway_as_nobody_does_outside() -> None:
    model = SecureCareModel("constant", seed=4, **SIZE)
    first = caseload(model)
    before = first.select("person", "age")
    known = pl.col("discharged").is_not_null() | pl.col("secure")
    model.run_for(730)
    after = caseload(model)
    both = first.join(after.select("person", now="age", later=known), on="person")
    aged = both["now"] - both["age"]
    secure, never = both.select(known).to_series(), both.select(~known & ~pl.col("later")).to_series()
    assert secure.sum() > 100
    assert never.sum() > 30
    assert (aged.filter(secure) - 730 / 365.25).abs().max() < 0.01
    # A year older at most, until the next birthday; those who have been in secure care meanwhile are among them.
    assert (aged.filter(never) < 1.01).mean() > 0.95
    new = after.join(before, on="person", how="anti").filter(pl.col("place").str.starts_with("prison"))
    start = date(2024, 4, 1)
    youngest = new.select((pl.lit(start) - pl.col("born")).dt.total_days() / 365.25).to_series().min()
    assert new.height > 20
    assert new["age"].min() > 9
    assert youngest < new["age"].min()  # born later than anybody of that age on the first day


def test_an_equal_takes_the_place_of_whoever_comes_to_secure_care_and_nobody_of_those_who_go() -> None:
    model = SecureCareModel("constant", seed=5, check=True, **SIZE)
    people, first = present(model), caseload(model)
    before = set(first.filter(pl.col("secure") | pl.col("discharged").is_not_null())["person"])
    model.run_model()
    events = pa.table(model.core.drain().table("events")).to_pylist()
    admitted = {e["person"] for e in events if e["event"] == "move" and e["to"] in TIERS} - before
    died = {e["person"] for e in events if e["event"] in ("death", "suicide")} & (before | admitted)
    let_go = {e["person"] for e in events if e["event"] == "leave"} & before
    assert len(admitted) > 5 < len(died)
    assert len(let_go) > 0
    assert present(model) - people == len(admitted) - len(died) - len(let_go)


@pytest.mark.parametrize("share", [0.0, 1.0])
def test_who_is_in_prison_for_long_is_found_there_on_the_first_day(share: float) -> None:
    values = {"start.prisoners_known": share}
    model = SecureCareModel("constant", seed=4, parameters=values, **SIZE)
    prison = caseload(model).filter(pl.col("place") == "prison (sentenced)")
    assert prison.height > 20
    assert 0.1 < prison["grave"].mean() < 0.6
    # Who serves a sentence without a release date has none.
    assert (prison["release"].is_null() == prison["life"]).all()
    assert (prison["discharged"].is_not_null()).mean() == share

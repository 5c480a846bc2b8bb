"""The caseload and the population as columns: right, read-only, and still under whoever looks at them."""

from __future__ import annotations

import gc
import random
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from stepdown import _core
from stepdown.agents import ResponsibleClinician
from stepdown.decisions.rules import Array, Cases, Day, rule
from stepdown.errors import RuleError, UndeclaredError, UsageError
from stepdown.model import SecureCareModel
from stepdown.people.columns import EPOCH, Table

if TYPE_CHECKING:
    from collections.abc import Callable

SMALL: dict[str, Any] = {"years": 2, "settle_days": 60, "population": 0.002, "seed": 5}


@pytest.fixture(scope="module")
def model() -> SecureCareModel:
    model = SecureCareModel(**SMALL, check=True)
    model.run_for(200)
    return model


@pytest.fixture(params=["caseload", "population"])
def table(model: SecureCareModel, request: pytest.FixtureRequest) -> Table:
    found: Table = getattr(model, request.param)
    return found


def test_every_column_is_described_and_as_long_as_the_table(table: Table) -> None:
    assert list(table.columns) == list(table.schema)
    for name, column in table.schema.items():
        values = table.columns[name]
        assert values.shape == (len(table),), name
        assert column.name == name
        assert column.unit
        assert column.description.endswith(".")
        if column.words is not None:
            assert values.min() >= -1
            assert values.max() < len(column.words), name


def test_a_column_is_read_only(table: Table) -> None:
    for name in table.columns:
        values = table.columns[name]
        with pytest.raises(ValueError, match="read-only|WRITEABLE"):
            values[0] = 0
        with pytest.raises(ValueError, match="cannot set WRITEABLE"):
            values.flags.writeable = True


def test_who_is_on_the_books_is_who_the_output_says(model: SecureCareModel) -> None:
    places = model.caseload.schema["place"].values(model.caseload.columns["place"])
    assert not {"dead", "left"} & set(places)
    assert len(set(model.caseload.columns["person"])) == len(model.caseload)
    assert np.count_nonzero(model.caseload.columns["secure"]) == sum(
        row["occupied"] for row in model.core.figures() if row["tier"].endswith("secure")
    )
    assert np.count_nonzero(model.caseload.columns["ready"] & model.caseload.columns["hospital"]) > 0


def test_what_a_decision_sees_is_what_the_column_says() -> None:
    first = SecureCareModel(**SMALL)
    first.run_for(60)
    persons = first.patients.select(secure=True, at_most=6).get("person").tolist()
    compared: set[str] = set()
    for person in persons:
        model = SecureCareModel(**SMALL)
        model.run_for(60)
        model.core.trace(person)
        for _ in range(100):
            row = model.caseload.row(person)
            columns = {} if row is None else {name: model.caseload.value(name, row) for name in model.caseload.schema}
            day = model.day
            model.step()
            for trace in model.core.traces():
                for name in ("age", "convictions", "recalls"):
                    seen = trace["inputs"].get(f"case.{name}")
                    if trace["day"] == day and seen is not None:
                        assert columns[name] == pytest.approx(seen), name
                        compared.add(name)
    assert compared >= {"age"}


def test_the_population_is_that_of_the_books(model: SecureCareModel) -> None:
    there = model.population.count({"present": True})
    held = np.isin(model.caseload.columns["person"], model.population.columns["person"])
    assert held.all()
    assert 100_000 < there < 130_000
    in_table = model.population.to_arrow(columns=["person"])
    assert in_table.num_rows == there < len(model.population)
    assert model.population.count({"held": True}) >= len(model.caseload)


def test_who_is_in_england_changes_from_day_to_day() -> None:
    fresh = SecureCareModel(**SMALL)
    fresh.run_for(62)
    seen = [fresh.population.count({"present": True})]
    for _ in range(5):
        fresh.step()
        seen.append(fresh.population.count({"present": True}))
    assert len(set(seen)) > 1
    assert max(seen) - min(seen) < 100


def test_rows_are_chosen_by_an_array_and_by_names(table: Table) -> None:
    by_names = table.mask({"sex": "female", "born": lambda days: days < np.datetime64("1980-01-01")})
    assert by_names is not None
    words = table.schema["sex"].values(table.columns["sex"])
    born = table.columns["born"].astype(int)
    assert np.array_equal(by_names, (words == "female") & (born < (date(1980, 1, 1) - EPOCH).days))
    assert table.count(by_names) == table.to_arrow(columns=["sex"], where=by_names).num_rows > 0
    assert table.mask(None) is None
    assert table.mask({}) is None


def test_tables_leave_with_words_dates_and_nothing(model: SecureCareModel) -> None:
    caseload = model.caseload
    table = caseload.to_arrow()
    assert table.column_names == list(caseload.schema)
    assert pa.types.is_dictionary(table.schema.field("place").type)
    assert table.schema.field("born").type == pa.date32()
    assert table.schema.field("age").metadata == {b"description": b"Age in years, with its fraction.", b"unit": b"a"}
    rows = table.to_pylist()
    for name in caseload.schema:
        raw = caseload.columns[name]
        for k in (0, len(raw) // 2, len(raw) - 1):
            expected = caseload.schema[name].value(raw[k])
            assert rows[k][name] == expected or (rows[k][name] is None and expected != expected), name
    born = EPOCH + timedelta(days=int(caseload.columns["born"][0]))
    assert rows[0]["born"] == born
    assert table["unit"].null_count == np.count_nonzero(caseload.columns["unit"] == -1)
    assert table["security"].null_count == np.count_nonzero(np.isnan(caseload.columns["security"]))


def test_other_libraries_take_the_stream(table: Table) -> None:
    read = pa.table(table)
    assert read.equals(table.to_arrow())
    some = {"columns": ["person", "sex"], "where": {"sex": "male"}}
    assert table.to_polars(**some).equals(pl.from_arrow(table.to_arrow(**some)))
    assert table.to_pandas(**some).equals(table.to_arrow(**some).to_pandas())
    assert isinstance(table.to_pandas(**some), pd.DataFrame)


@pytest.mark.parametrize(
    ("wrong", "kind", "said"),
    [
        (lambda t: t.columns["aeg"], UndeclaredError, "aeg is not a column"),
        (lambda t: t.to_arrow(columns=["aeg"]), UndeclaredError, "aeg is not a column"),
        (lambda t: t.mask({"sexe": "male"}), UndeclaredError, "sexe is not a column; did you mean sex"),
        (lambda t: t.mask({"sex": "man"}), UsageError, "sex: 'man'.*; allowed: male, female"),
        (lambda t: t.mask(np.ones(3, dtype=bool)), UsageError, r"where: bool of shape \(3,\); allowed: bool of shape"),
    ],
)
def test_what_is_not_there_is_said(
    table: Table, wrong: Callable[[Table], Any], kind: type[Exception], said: str
) -> None:
    with pytest.raises(kind, match=said):
        wrong(table)


@pytest.mark.parametrize("seed", range(4))
def test_memory_never_moves_or_changes_under_a_live_view(seed: int) -> None:
    """Views are taken, dropped and looked at again in any order, while days and years are lived."""
    chance = random.Random(seed)
    model = SecureCareModel(**SMALL, check=True)
    plain = SecureCareModel(**SMALL)
    held: list[tuple[str, np.ndarray, np.ndarray, int]] = []
    for _ in range(60):
        what = chance.choice(["look", "look", "live", "live", "drop", "year"])
        if what == "look":
            table: Table = chance.choice([model.caseload, model.population])
            name = chance.choice(["person", "born", chance.choice(list(table.columns))])
            view = table.columns[name]
            held.append((name, view, view.copy(), view.ctypes.data))
        elif what == "drop" and held:
            held.pop(chance.randrange(len(held)))
            gc.collect()
        elif model.running:
            model.run_for(chance.choice([1, 2, 30]) if what == "live" else 200)
        for name, view, copy, address in held:
            assert view.ctypes.data == address, name
            assert np.array_equal(view, copy, equal_nan=view.dtype.kind == "f"), name
    while model.running:
        model.run_for(500)
    plain.run_model()
    logged, expected = model.drain(), plain.drain()
    for name in ("events", "spells", "people", "population"):
        assert pa.table(logged.table(name)).equals(pa.table(expected.table(name))), name


def test_births_are_the_engines_own_memory(model: SecureCareModel) -> None:
    first, second = model.population.columns, model.population.columns
    assert first["born"].ctypes.data == second["born"].ctypes.data
    assert not first["born"].flags.owndata
    assert first["born"].nbytes == 2 * len(model.population)


def test_columns_are_gathered_once_a_day(model: SecureCareModel, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    gather = _core.caseload_column

    def counted(simulation: Any, name: str, rows: Any) -> _core.View:
        asked.append(name)
        return gather(simulation, name, rows)

    monkeypatch.setattr(_core, "caseload_column", counted)
    model.step()
    for _ in range(3):
        model.patients.agg("age", np.mean)
        model.patients.groupby("place").agg("reading", np.size)
    assert sorted(asked) == ["age", "place", "reading"]
    model.step()
    model.patients.agg("age", np.mean)
    assert sorted(asked) == ["age", "age", "place", "reading"]


def test_a_rule_that_looks_at_everybody_while_a_day_is_lived_is_told_what_to_do() -> None:
    looked: list[SecureCareModel] = []

    class Peeking(ResponsibleClinician):
        @rule(reads=("reading",))
        def review(cls, cases: Cases, day: Day) -> Array:
            del cases
            _ = looked[0].population.columns["born"]
            return day.choose(day.scores())

    looked.append(SecureCareModel(**SMALL, agents=[Peeking]))
    with pytest.raises(RuleError, match="the engine is living a day: it can be asked and changed between two days"):
        looked[0].run_for(60)

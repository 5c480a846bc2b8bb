"""Worlds: another one says how it differs, with sources, and everything else is inherited."""

from __future__ import annotations

import csv
import shutil
from datetime import date
from typing import TYPE_CHECKING

import pytest

from stepdown import evidence, plan
from stepdown.errors import EvidenceError, ScenarioError
from stepdown.evidence import institutions, world
from stepdown.evidence.loader import FOLDER, read_rows, source_keys
from stepdown.evidence.population import QUANTITIES, population_plan
from stepdown.scenario import day, load

if TYPE_CHECKING:
    from pathlib import Path

AREAS = [area.name for area in institutions.load().areas]


def folder_with(tmp_path: Path, file: str, row: dict[str, str]) -> Path:
    """Copy the project's evidence, with one file of the world of 2013 that has one row."""
    folder = tmp_path / "evidence"
    shutil.copytree(FOLDER, folder, ignore=shutil.ignore_patterns("*.py", "__pycache__"))
    with (folder / "worlds" / "2013" / file).open("w", encoding="utf-8", newline="") as out:
        writer = csv.DictWriter(out, list(row))
        writer.writeheader()
        writer.writerow(row)
    return folder


def test_the_first_world_is_the_evidence_as_it_stands() -> None:
    assert next(iter(world.worlds())) == "2024"
    assert world.load("2024").parameters == evidence.load().parameters
    assert "years" not in population_plan(AREAS)


def test_a_world_changes_what_it_names_and_inherits_the_rest() -> None:
    here, there = evidence.load(), world.load("2013")
    changed = {id for id in here.parameters if here[id] != there[id]}
    rows = {row["id"]: row for _, row in read_rows(FOLDER / "worlds" / "2013" / "parameters.csv", world.COLUMNS)}
    assert changed == set(rows)
    for id, row in rows.items():
        factor = here.value(id) if row["how"] == "scale" else 1.0
        assert there.value(id) == float(row["value"]) * factor
        assert there[id].low <= there.value(id) <= there[id].high
        assert all(key in here.sources for key in there[id].keys)
    assert there.digest == here.digest


def test_every_table_of_a_world_says_where_it_is_from() -> None:
    own = FOLDER / "worlds" / "2013"
    told = {row["table"]: row for _, row in read_rows(own / "SOURCES.csv", ("table", "source", "confidence", "note"))}
    assert set(told) == {path.stem for path in (own / "tables").glob("*.csv")}
    assert all(key in evidence.load().sources for row in told.values() for key in source_keys(row["source"]))


ROW = {
    "id": "institution.beds.low",
    "how": "set",
    "value": "3260",
    "low": "3000",
    "high": "3500",
    "source": "A",
    "confidence": "L",
    "note": "A guess",
}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"id": "institution.beds.lo"}, "'institution.beds.lo' is not known; did you mean institution.beds.low?"),
        ({"how": "add"}, "how: 'add'; allowed: set, scale"),
        ({"value": "9"}, "value: 9 lies outside its range 3000 to 3500"),
        ({"low": "-9"}, "range -9 to 3500 is impossible in beds"),
        ({"source": "Z1"}, "source: 'Z1' is not a key of sources.csv"),
        ({"note": ""}, "a source A needs its reasoning"),
        ({"confidence": "X"}, "confidence: 'X'; allowed: H, M, L"),
    ],
)
def test_a_row_that_cannot_be_used_is_refused(tmp_path: Path, change: dict[str, str], message: str) -> None:
    folder = folder_with(tmp_path, "parameters.csv", ROW | change)
    with pytest.raises(EvidenceError, match="worlds/2013/parameters.csv:2") as refused:
        world.load("2013", folder)
    assert message in str(refused.value)


def test_a_world_has_no_units_of_its_own(tmp_path: Path) -> None:
    folder = folder_with(tmp_path, "tables/units.csv", {"name": "x"})
    with pytest.raises(EvidenceError, match=r"units\.csv: a world has no such table; allowed: ethnicity"):
        world.load("2013", folder)


YEAR = {
    "quantity": "arrests",
    "year": "2014",
    "value": "2",
    "unit": "ratio",
    "source": "A",
    "confidence": "L",
    "note": "A guess",
}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"quantity": "arrest"}, "quantity: 'arrest'; allowed: immigration"),
        ({"value": "0"}, "value: 0; allowed: above 0"),
        ({"unit": "furlong"}, "unit: 'furlong' is not declared"),
    ],
)
def test_a_year_that_cannot_be_used_is_refused(tmp_path: Path, change: dict[str, str], message: str) -> None:
    folder = folder_with(tmp_path, "tables/years.csv", YEAR | change)
    with pytest.raises(EvidenceError, match=message):
        population_plan(AREAS, folder=folder, world="2013")


def test_levels_begin_at_the_parameters_and_hold_until_the_next_row() -> None:
    rows = population_plan(AREAS, world="2013")["years"]
    there = world.load("2013")
    first = {}
    for _, row in read_rows(
        FOLDER / "worlds" / "2013" / "tables" / "years.csv",
        ("quantity", "year", "value", "unit", "source", "confidence", "note"),
    ):
        first.setdefault(row["quantity"], float(row["value"]))
    assert rows[0] == {"year": 2013, **dict.fromkeys(QUANTITIES, 1.0)}
    for quantity, id in (("immigration", "people"), ("emigration", "people"), ("arrests", "justice")):
        assert there.value(f"{id}.{quantity}") == first[quantity]
    levels = {row["year"]: row for row in rows}
    assert levels[2020]["arrests"] == levels[2019]["arrests"]  # no row for 2020
    assert levels[2024]["emigration"] == pytest.approx(405 / 340)


def test_the_scenario_of_2013_has_the_published_beds_and_people() -> None:
    scenario = load("world-2013")
    compiled = plan.compile(scenario).data
    assert scenario.calendar.start == world.worlds()["2013"].day
    at_start = sum(unit["beds"] for unit in compiled["units"])
    published = {2013: 7500, 2015: 7318, 2016: 7313, 2017: 7239, 2021: 6683, 2030: 6683}
    for year, beds in published.items():
        changes = sum(c["change"] for c in compiled["beds"] if c["day"] <= day(date(year, 4, 1)))
        assert at_start + changes == beds, year
    people = sum(n for area in compiled["population"]["persons"] for sex in area for n in sex)
    assert people == pytest.approx(53_506_800 + 0.75 * 411_900, rel=1e-4)
    assert {c["value"] for c in compiled["changes"] if c["attribute"] == "contract"} == {3.0}


def test_a_world_that_is_not_known_is_refused_with_its_line(tmp_path: Path) -> None:
    file = tmp_path / "x.toml"
    file.write_text('title = "x"\nextends = "baseline"\nwhy = "x"\nworld = "2031"\n')
    with pytest.raises(ScenarioError, match=r"world: '2031' is not known; allowed: 2024, 2013.*, line 4"):
        load(file)


def test_a_resolved_scenario_names_its_world() -> None:
    assert 'world = "2013"' in load("world-2013").to_toml()
    assert 'world = "2024"' in load("baseline").to_toml()

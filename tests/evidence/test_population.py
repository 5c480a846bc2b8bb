"""The tables of the population: complete for every area, and the same that the engine's own tests read."""

import json
import math
import shutil
from pathlib import Path
from typing import Any

import pytest

from stepdown import evidence
from stepdown.errors import EvidenceError
from stepdown.evidence import institutions
from stepdown.evidence.loader import FOLDER, read_rows
from stepdown.evidence.population import AGES, population_plan

BASELINE = Path(__file__).parents[2] / "rust/core/tests/data/population.json"


def areas() -> list[str]:
    """Return the names of the areas, in the order of the plan."""
    return [area.name for area in institutions.load().areas]


def compiled() -> dict[str, Any]:
    """Compile what the engine's tests of the population read."""
    values = evidence.load().nested()
    return {
        "population": population_plan(areas()),
        **{group: values[group] for group in ("people", "illness", "justice")},
    }


def test_the_engine_is_tested_on_the_evidence_as_it_is() -> None:
    found = json.loads(BASELINE.read_text(encoding="utf-8"))
    assert found == compiled(), f"write {BASELINE.name} anew: python tests/evidence/test_population.py"


def test_everyone_in_england_is_there() -> None:
    plan = population_plan(areas())
    assert len(plan["persons"]) == 42
    assert all(len(ages) == AGES for area in plan["persons"] for ages in area)
    # Between mid-2023 (57,690,323) and mid-2024 (58,620,101), three quarters of the way.
    assert sum(sum(ages) for area in plan["persons"] for ages in area) == 58_388_926


@pytest.mark.parametrize("sex", ["male", "female"])
def test_the_expectations_of_the_life_table_follow_from_its_mortality(sex: str) -> None:
    path = FOLDER / "tables" / "life_table.csv"
    columns = ("sex", "age", "mortality", "expectation")
    rows = [row for _, row in read_rows(path, columns) if row["sex"] == sex]
    left = 0.0
    for row in reversed(rows):
        mortality = float(row["mortality"])
        survives = math.exp(-mortality) if row["age"] != "100" else 0.0
        left = (1 - survives) / mortality + survives * left
        # Beyond that the published table goes on to ages over 100, which are one here.
        if int(row["age"]) <= 90:
            assert left == pytest.approx(float(row["expectation"]), abs=0.05), row["age"]


def test_shares_sum_to_one() -> None:
    plan = population_plan(areas())
    lists = [plan["arrivals"], plan["departures"], plan["arrival_ethnicity"], *plan["ethnicity"]]
    lists += [offences for sex in plan["offences"] for offences in sex]
    lists += [[band["share"][sex] for band in plan["sentences"]] for sex in (0, 1)]
    assert all(sum(shares) == pytest.approx(1, abs=0.002) for shares in lists)


def test_lengths_by_offence_have_the_mean_of_the_table_and_only_murder_is_for_life() -> None:
    plan = population_plan(areas())
    path = FOLDER / "tables" / "sentence_lengths.csv"
    rows = {row["offence"]: row for _, row in read_rows(path, ("offence", "mean_days", "spread", "life"))}
    order = ["murder", "violence", "sexual", "robbery", "theft", "arson", "drugs", "weapons", "public order", "other"]
    for offence, shares in zip(order, plan["lengths"], strict=True):
        assert sum(shares) == pytest.approx(1)
        life = sum(s for s, band in zip(shares, plan["sentences"], strict=True) if band["life"])
        assert life == pytest.approx(float(rows[offence]["life"]))
        long = sum(s for s, band in zip(shares, plan["sentences"], strict=True) if band["long"])
        # The longer the mean, the more are of two years and more.
        assert (long > 0.5) == (float(rows[offence]["mean_days"]) > 1000 or offence == "murder"), offence


def test_an_offence_that_a_table_lacks_is_named(tmp_path: Path) -> None:
    shutil.copytree(FOLDER / "tables", tmp_path / "tables")
    path = tmp_path / "tables" / "sentence_lengths.csv"
    path.write_text(path.read_text(encoding="utf-8").replace("robbery", "robery"), encoding="utf-8")
    with pytest.raises(EvidenceError, match=r"the offence 'robbery' is missing; did you mean robery\?"):
        population_plan(areas(), folder=tmp_path)


def test_an_area_that_a_table_lacks_is_named(tmp_path: Path) -> None:
    shutil.copytree(FOLDER / "tables", tmp_path / "tables")
    with pytest.raises(
        EvidenceError, match=r"tables/population.csv: the area 'Devonn' is missing; did you mean Devon\?"
    ):
        population_plan(["Devonn"], folder=tmp_path)


def test_a_word_where_a_number_belongs_is_refused(tmp_path: Path) -> None:
    shutil.copytree(FOLDER / "tables", tmp_path / "tables")
    path = tmp_path / "tables" / "life_table.csv"
    path.write_text(path.read_text(encoding="utf-8").replace("0.004253", "many"), encoding="utf-8")
    with pytest.raises(EvidenceError, match=r"life_table.csv:2: mortality: 'many' is not a finite number"):
        population_plan(areas(), folder=tmp_path)


if __name__ == "__main__":
    BASELINE.write_text(json.dumps(compiled(), separators=(",", ":")) + "\n", encoding="utf-8")

"""User columns and user attributes are found in the output."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest

from stepdown import run
from stepdown.agents import Collaborative, NationalCommissioner, Patient, Quarter, attribute, column
from stepdown.errors import UsageError
from stepdown.model import SecureCareModel
from stepdown.results.export import export_parquet
from stepdown.results.verify import verify
from stepdown.scenario import load

if TYPE_CHECKING:
    from pathlib import Path

    from stepdown.agents.choices import Commissioning
    from stepdown.results import Results
    from stepdown.scenario import Scenario


class Trusting(Patient):
    trust = column("Trust in the team", unit="0-1", default=0.5)
    quarters = column("Quarters on the caseload", unit="count", default=0)
    seen = column("Was ever seen", unit="flag", default=False)


class Counting(Collaborative):
    asked = attribute("Quarters in which it was asked", unit="count", default=0)

    def commissioning(self, quarter: Quarter) -> Commissioning:
        self.asked += 1
        if self.index == 0:
            patients = self.model.patients.set("seen", True)
            patients.set("quarters", patients.get("quarters") + 1)
        return super().commissioning(quarter)


@pytest.fixture(scope="module")
def small() -> Scenario:
    return load("baseline", population=0.001, years=2, settle_days=0)


@pytest.fixture(scope="module")
def own(small: Scenario, tmp_path_factory: pytest.TempPathFactory) -> Results:
    return run(small, seed=4, threads=1, out=tmp_path_factory.mktemp("own") / "run", agents=[Trusting, Counting])


def test_each_year_has_everybody_on_the_books_with_their_own_columns(own: Results) -> None:
    for year, quarters, file in zip((2025, 2026), (4, 8), own.files("own_patients"), strict=True):
        assert file.name == f"{year - 1}.arrow"
        table = own.table("own_patients").to_pandas()
        rows = table[table["day"] == date(year, 3, 31)]
        assert rows["person"].is_unique
        assert rows["quarters"].max() == quarters
        assert rows["seen"].all()
        assert set(rows["trust"]) == {0.5}
    people = set(own.table("people", columns=["person"])["person"].to_pylist())
    assert set(own.table("own_patients", columns=["person"])["person"].to_pylist()) <= people


def test_each_year_has_every_agent_with_its_own_attributes(own: Results) -> None:
    rows = own.polars("own_agents").collect().to_dicts()
    assert {(row["day"].year, row["value"]) for row in rows} == {(2025, 4.0), (2026, 8.0)}
    assert {row["attribute"] for row in rows} == {"asked"}
    assert len({row["agent"] for row in rows}) == 15
    assert NationalCommissioner.user_attributes() == {}


def test_the_manifest_and_the_fields_say_what_they_mean(own: Results) -> None:
    told = own.manifest["own"]
    assert told["patients"]["trust"] == {
        "type": "float",
        "unit": "0-1",
        "default": 0.5,
        "description": "Trust in the team",
    }
    assert told["agents"]["commissioner.asked"]["type"] == "int"
    field = own.dataset("own_patients").schema.field("trust")
    assert field.metadata == {b"description": b"Trust in the team", b"unit": b"0-1"}
    assert verify(own.path).findings == ()
    assert own.manifest["files"]["own_patients/2024.arrow"]["rows"] > 0


def test_the_same_run_gives_the_same_bytes_and_the_rest_is_the_baselines(
    own: Results, small: Scenario, tmp_path: Path
) -> None:
    again = run(small, seed=4, threads=2, out=tmp_path / "again", agents=[Trusting, Counting])
    plain = run(small, seed=4, threads=1, out=tmp_path / "plain")

    def hashes(results: Results) -> dict[str, str]:
        return {name: facts["sha256"] for name, facts in results.manifest["files"].items()}

    assert hashes(again) == hashes(own)
    assert hashes(plain) == {name: sha for name, sha in hashes(own).items() if not name.startswith("own_")}
    assert plain.manifest["own"] == {}
    with pytest.raises(UsageError, match="table 'own_patients' is not known"):
        plain.table("own_patients")


def test_they_are_exported_and_people_are_left_out_where_counts_are_rounded(own: Results, tmp_path: Path) -> None:
    export_parquet(own, tmp_path / "whole")
    assert (tmp_path / "whole" / "own_patients" / "2024.parquet").exists()
    export_parquet(own, tmp_path / "rounded", rounding=5)
    assert not (tmp_path / "rounded" / "own_patients").exists()


def test_a_snapshot_holds_them_and_a_handle_finds_them_again(small: Scenario, tmp_path: Path) -> None:
    model = SecureCareModel(small, seed=4, agents=[Trusting, Counting])
    model.run_for(120)
    some = model.patients.select(secure=True).set("trust", 0.75).set("quarters", 7)
    model.institutions["commissioner"][2].asked = 40
    model.snapshot(tmp_path / "july.snapshot")
    again = SecureCareModel(small, snapshot=tmp_path / "july.snapshot", agents=[Trusting, Counting])
    columns = ["person", "trust", "quarters", "seen", "reading", "place"]
    assert again.caseload.to_arrow(columns=columns).equals(model.caseload.to_arrow(columns=columns))
    assert Trusting(again, some[0].person).quarters == 7
    assert again.institutions["commissioner"][2].asked == 40
    for lived in (model, again):
        lived.run_for(100)
    assert again.caseload.to_arrow(columns=columns).equals(model.caseload.to_arrow(columns=columns))
    assert again.patients.shuffle().get("person").tolist() == model.patients.shuffle().get("person").tolist()

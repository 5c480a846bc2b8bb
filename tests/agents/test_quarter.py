"""What a commissioner sees of its quarter is what the tables of the run say of it."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest

from stepdown import evidence, load, run
from stepdown.agents import Collaborative, Quarter
from stepdown.agents.choices import Commissioning

if TYPE_CHECKING:
    from pathlib import Path

SEEN: dict[tuple[str, date], Quarter] = {}


class Watching(Collaborative):
    """Notes what it sees, and keeps what there is."""

    def commissioning(self, quarter: Quarter) -> Commissioning:
        SEEN[self.name, quarter.last] = quarter
        return Commissioning.KEEP


@pytest.mark.parametrize("contract", ["provider-led", "block", "payment by results"])
def test_a_quarter_has_the_figures_of_the_tables(tmp_path: Path, contract: str) -> None:
    SEEN.clear()
    scenario = load("baseline", population=0.01, years=1, settle_days=90, contract=contract)
    results = run(scenario, agents=[Watching], seed=4, out=tmp_path / "run")
    budgets = {(row["payer"], row["day"]): row for row in results.table("budgets").to_pylist()}
    daily = results.table("daily", columns=["commissioner", "day", "ready"]).to_pylist()
    areas = {(row["area"], row["day"]): row for row in results.table("areas").to_pylist()}
    reported = {key: quarter for key, quarter in SEEN.items() if quarter.last >= date(2024, 6, 30)}
    assert len(reported) == 4 * 15
    for (name, last), quarter in reported.items():
        money, row = quarter.money, budgets[name, last]
        assert money is not None
        for key in ("budget", "spent", "forecast", "reserve"):
            assert getattr(money, key) == row[key] / 100
        assert money.refused == row["refused"]
        assert quarter.places
        for area, places in quarter.places.items():
            for thing in ("supported", "forensic_team", "mainstream_team"):
                assert (places[thing], places[f"{thing}_taken"]) == tuple(
                    areas[area, last][key] for key in (thing, f"{thing}_taken")
                )
        assert quarter.ready["all"] == sum(
            row["ready"] for row in daily if (row["commissioner"], row["day"]) == (name, last)
        )


@pytest.mark.parametrize(
    ("contract", "leaves"),
    [("block", "money.block_release"), ("payment by results", None), ("provider-led", "gain")],
)
def test_terms_say_what_a_contract_releases(tmp_path: Path, contract: str, leaves: str | None) -> None:
    SEEN.clear()
    scenario = load("baseline", population=0.001, years=1, settle_days=0, contract=contract)
    run(scenario, agents=[Watching], seed=4, out=tmp_path / "run")
    value = evidence.load().value
    terms = next(iter(SEEN.values())).terms["medium secure"]
    price, fixed = value("money.medium"), value("money.fixed_share")
    part = {
        None: 1.0,
        "money.block_release": value("money.block_release"),
        "gain": (1 - fixed) * value("institution.commissioner.gain_share"),
    }[leaves]
    assert terms["released"] == pytest.approx(part * price)
    assert (terms["open_bed"] == 0) == (contract == "payment by results")

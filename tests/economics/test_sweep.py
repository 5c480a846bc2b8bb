"""A small sweep with draws becomes costs, effects and parameters; commands tell what follows, and refuse what can't be told."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np
import pyarrow.compute as pc
import pyarrow.csv
import pytest

from stepdown.cli import invoke
from stepdown.economics.sweep import PERSPECTIVES, costs_and_effects, parameters_of
from stepdown.errors import UsageError
from stepdown.evidence.draws import drawn
from stepdown.evidence.loader import load
from stepdown.experiments.config import load_experiment
from stepdown.experiments.plan import Plan, draw_up
from stepdown.experiments.result_set import ResultSet
from stepdown.experiments.task import do

if TYPE_CHECKING:
    from pathlib import Path

EXPERIMENT = """
title = "Places"
why = "w"
scenarios = ["baseline", "supported"]
draws = 2
replicates = 2
keep = ["people", "spells", "ledger"]

[overrides]
population = 0.002
years = 2
settle_days = 0
"""


@pytest.fixture(scope="module")
def swept(tmp_path_factory: pytest.TempPathFactory) -> Plan:
    folder = tmp_path_factory.mktemp("economics")
    (folder / "places.toml").write_text(EXPERIMENT)
    made = draw_up(load_experiment(folder / "places.toml"), folder / "sweep")
    assert {do(made, task).word for task in made.tasks.values()} == {"done"}
    return made


def test_costs_are_those_of_the_payers_and_discounted(swept: Plan) -> None:
    results = ResultSet(swept)
    found = costs_and_effects(results, perspective="public", discount=0.1)
    assert found.arms == ("baseline", "supported") and found.draws == (1, 2)
    assert found.costs.shape == found.effects.shape == (2, 2, 2)
    table = results.dataset("indicators").to_table(
        filter=(pc.field("indicator") == "spending")
        & (pc.field("group") == "payer kind")
        & (pc.field("area") == "England")
    )
    mine = [
        row
        for row in table.to_pylist()
        if (row["scenario"], row["draw"], row["replicate"]) == ("supported", 2, 1)
        and row["level"] in PERSPECTIVES["public"]
    ]
    assert {row["year"] for row in mine} == {2024, 2025}
    by_hand = sum(row["value"] / (1.1 if row["year"] == 2025 else 1.0) for row in mine)
    assert found.costs[1, 1, 1] == pytest.approx(by_hand)
    assert (costs_and_effects(results, discount=0.0).costs > costs_and_effects(results).costs).all()


def test_health_is_of_the_same_people_in_both_scenarios(swept: Plan) -> None:
    found = costs_and_effects(ResultSet(swept), discount=0.0)
    assert found.common
    booked = ResultSet(swept).dataset("indicators").to_table(filter=pc.field("indicator") == "qalys")
    of_one = sum(
        row["value"]
        for row in booked.to_pylist()
        if (row["scenario"], row["draw"], row["replicate"]) == ("baseline", 1, 0) and row["area"] == "England"
    )
    assert found.effects[0, 0, 0] >= of_one, "those off the pathway are counted, too"


def test_parameters_are_those_of_the_draws(swept: Plan) -> None:
    ids, values = parameters_of(swept, (1, 2))
    assert values.shape == (2, len(ids))
    assert values[1, ids.index("relapse.year1")] == drawn(load(), 2).value("relapse.year1")
    assert (np.ptp(values, axis=0) > 0).all()


def test_the_command_tells_and_exports(swept: Plan, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert invoke(["economics", str(swept.folder), "--json", "--export", str(tmp_path / "R")]) == 0
    said = json.loads(capsys.readouterr().out)
    assert [row["arm"] for row in said["icers"]] and said["perspective"] == "health"
    assert said["evpi"]["naive"]["value"] >= 0 and 0 <= said["evpi"]["corrected"]["noise"] <= 1
    assert "evppi" not in said, "two draws are too few"
    cost = pyarrow.csv.read_csv(tmp_path / "R" / "costs.csv")
    assert cost.column_names == ["baseline", "supported"] and cost.num_rows == 2
    assert pyarrow.csv.read_csv(tmp_path / "R" / "inputs.csv").num_rows == 2
    assert 'outputs <- list(c = matrix_of("costs.csv")' in (tmp_path / "R" / "read.R").read_text()
    assert invoke(["economics", str(swept.folder)]) == 0
    told = capsys.readouterr()
    assert "everything (corrected)" in told.out and "2 draws × 2 replicates × 2 scenarios" in told.err
    assert invoke(["economics", str(swept.folder), "--export", str(tmp_path / "R")]) == 2, "it is there already"


def test_regret_over_draws(swept: Plan, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("sklearn")
    assert invoke(["futures", str(swept.folder), "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert said["regret"][0]["arm"] == said["policy"] and said["draws"] == 2
    assert invoke(["futures", str(swept.folder), "--indicator", "ready", "--at-most", "100000"]) == 0
    assert "fails in 0 of 2 draws: ready is above 100000" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["economics", "--perspective", "mine"], "perspective"),
        (["economics", "--parameter", "relapse"], "draws: 2; allowed: 60 or more"),
        (["economics", "--threshold", "-1"], "allowed: a number of pounds, 0 or more"),
        (["economics", "--discount", "2"], "allowed: a number from 0 to 1"),
        (["futures", "--indicator", "ready"], "allowed: with one of --at-least and --at-most"),
        (["futures", "--indicator", "redy", "--at-most", "1"], "redy"),
    ],
)
def test_what_cant_be_told_is_refused(
    swept: Plan, arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    command, *rest = arguments
    assert invoke([command, str(swept.folder), *rest]) == 2
    assert said in capsys.readouterr().err


def test_with_the_best_values_only_there_is_nothing_to_know(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "best.toml").write_text(
        EXPERIMENT.replace("draws = 2", "draws = 0").replace("replicates = 2", "replicates = 1")
    )
    made = draw_up(load_experiment(tmp_path / "best.toml"), tmp_path / "sweep")
    for task in made.tasks.values():
        do(made, task)
    assert invoke(["economics", str(made.folder)]) == 0
    assert "with one draw of the parameters nothing can be said" in capsys.readouterr().err
    with pytest.raises(UsageError, match="it has the best values only"):
        parameters_of(made, (0,))

"""A name that nobody knows is refused with those that are allowed, the nearest first: never an empty table."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

import stepdown
from stepdown.cli import invoke
from stepdown.errors import UsageError
from stepdown.results.indicators import INDICATORS
from stepdown.results.multirun import combine

if TYPE_CHECKING:
    from stepdown.results import Results


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"area": "Kent and Medwey"}, "area 'Kent and Medwey' is not known; allowed: Kent and Medway, "),
        ({"year": 2055}, r"year 2055 is not known in .*; allowed: 202\d, 202\d"),
        ({"group": "teir"}, "group 'teir' is not known; allowed: tier, "),
        ({"group": "ethnicity", "names": ["occupancy"]}, "group 'ethnicity' is not known for occupancy; allowed: "),
        ({"names": ["ocupancy"]}, "indicator 'ocupancy' is not known; allowed: occupancy, "),
    ],
)
def test_cells_of_several_runs(given: dict[str, object], said: str, small_run: Results) -> None:
    with pytest.raises(UsageError, match=said):
        list(combine([small_run], given.pop("names", None), **given))  # type: ignore[arg-type]


@pytest.mark.parametrize("option", [("--area", "Atlantis"), ("--year", "2055"), ("--group", "x"), ("--indicator", "x")])
def test_the_command_indicators(
    option: tuple[str, str], small_run: Results, capsys: pytest.CaptureFixture[str]
) -> None:
    assert invoke(["indicators", str(small_run.path), *option]) == 2
    assert f"{option[1]!r}" in (err := capsys.readouterr().err) or option[1] in err
    assert "; allowed: " in err


def test_tables_columns_events_indicators_and_groups_of_a_run(small_run: Results) -> None:
    with pytest.raises(UsageError, match="table 'spell' is not known; allowed: spells, "):
        small_run.table("spell")
    with pytest.raises(UsageError, match="column 'persn' is not known in events; allowed: person, "):
        small_run.table("events", columns=["persn"])
    with pytest.raises(UsageError, match="event 'deth' is not known; allowed: death, "):
        small_run.table("events", events=["deth"])
    with pytest.raises(UsageError, match="indicator 'ocupancy' is not known in .*; allowed: occupancy, "):
        small_run.indicator("ocupancy")
    with pytest.raises(UsageError, match="group 'teir' is not known for occupancy; allowed: tier, "):
        small_run.indicator("occupancy", group="teir")
    with pytest.raises(UsageError, match="column 'persn' is not known"):
        small_run.pandas("people", columns=["persn"])
    with pytest.raises(UsageError, match="table 'peeple' is not known; allowed: people"):
        small_run.polars("peeple")


@pytest.mark.parametrize("arguments", [["schema", "dat"], ["explain", "dischrge"], ["explain", "relapse.yaer1"]])
def test_the_commands_schema_and_explain(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert invoke(arguments) == 2
    err = capsys.readouterr().err
    assert arguments[1] in err
    assert "allowed" in err or "stepdown explain topics lists what is" in err


def test_estimands(small_run: Results) -> None:
    from stepdown.estimands import estimate

    with pytest.raises(UsageError, match=r"stay.medium.admited.median.*allowed"):
        estimate(small_run, ["stay.medium.admited.median"])
    with pytest.raises(UsageError, match="years: "):
        estimate(small_run, first_year=2055)
    assert stepdown.Results(small_run.path).indicator("occupancy").num_rows == 2


def test_filters_that_leave_nothing_are_named(small_run: Results, capsys: pytest.CaptureFixture[str]) -> None:
    cells = small_run.table("indicators").to_pylist()
    there = {(row["indicator"], row["group"], row["area"]) for row in cells}
    areas = {area for _, _, area in there} - {"England"}
    name, area = next(
        (name, area) for name, group, _ in sorted(there) if group == "all"
        for area in sorted(areas) if (name, "all", area) not in there
    )  # fmt: skip
    assert invoke(["indicators", str(small_run.path), "--indicator", name, "--area", area, "--json"]) == 0
    out, err = capsys.readouterr()
    assert json.loads(out) == []
    assert err.startswith(f"stepdown: area {area} left nothing of {name} in these runs; without, there is area: ")
    assert "England" in err and err.count("\n") == 1


def test_what_never_happened_is_told(small_run: Results, capsys: pytest.CaptureFixture[str]) -> None:
    counted = {row["indicator"] for row in small_run.table("indicators").to_pylist()}
    never = next((one.name for one in INDICATORS if one.name not in counted), None)
    if never is None:
        pytest.skip("everything happened")
    assert invoke(["indicators", str(small_run.path), "--indicator", never]) == 0
    assert f"{never} was never counted in these runs, whatever the filters" in capsys.readouterr().err

"""Draws of the parameters: each as its evidence has it, together where the evidence says so, the same number for ever."""

import json
import re
import shutil
import statistics
from collections.abc import Sequence
from pathlib import Path

import pytest
from scipy import stats

import stepdown
from stepdown import evidence
from stepdown.errors import EvidenceError, UsageError
from stepdown.evidence import draws
from stepdown.evidence.loader import BELL, FOLDER, Evidence, unit_of
from stepdown.plan import compile

FEW = {"population": 0.0005, "years": 1, "settle_days": 0}
KNOWN = evidence.load()
SOME = {
    "normal": "clinical.spread",
    "lognormal": "relapse.year1",
    "beta": "start.medium.occupancy",
    "uniform": "illness.old_age",
    "triangular": "institution.responsible_clinician.interval",
}


def copied(tmp_path: Path) -> tuple[Evidence, Path]:
    """Return the evidence in a folder of its own, to be changed."""
    folder = tmp_path / "evidence"
    shutil.copytree(FOLDER, folder, ignore=shutil.ignore_patterns("*.py", "__pycache__", "posterior.csv"))
    return evidence.load(folder), folder


def sample(id: str, n: int = 4000) -> list[float]:
    """Draw a parameter many times, by itself."""
    return [draws.quantile(KNOWN[id], draws.uniform(draw, id)) for draw in range(1, n + 1)]


def correlation(first: str, second: str, n: int = 2000) -> float:
    """Return the correlation of two parameters over draws, as normal scores."""
    loadings = draws.correlations(KNOWN)
    scores = [[float(stats.norm.ppf(draws.place(k, id, loadings))) for k in range(1, n + 1)] for id in (first, second)]
    return statistics.correlation(*scores)


@pytest.mark.parametrize("id", SOME.values(), ids=SOME)
def test_draws_have_the_quantiles_of_the_evidence(id: str) -> None:
    parameter, values = KNOWN[id], sample(id)
    assert parameter.distribution == next(shape for shape, of in SOME.items() if of == id)
    for p in (0.1, 0.25, 0.5, 0.75, 0.9):
        below = sum(value <= draws.quantile(parameter, p) for value in values) / len(values)
        assert below == pytest.approx(p, abs=0.03)


@pytest.mark.parametrize("parameter", KNOWN.parameters.values(), ids=lambda parameter: parameter.id)
def test_a_range_is_where_the_value_lies_as_the_documentation_says(parameter: evidence.Parameter) -> None:
    low, middle, high = (draws.quantile(parameter, p) for p in (0.025, 0.5, 0.975))
    if parameter.distribution in ("normal", "lognormal"):
        assert (low, middle, high) == pytest.approx((parameter.low, parameter.value, parameter.high))
    elif parameter.distribution in BELL:
        assert high - low == pytest.approx(parameter.high - parameter.low, rel=0.12)
    else:
        ends = [draws.quantile(parameter, p) for p in (0.0, 1.0)]
        assert ends == pytest.approx([parameter.low, parameter.high])


def test_a_beta_has_the_value_as_its_mean() -> None:
    id = SOME["beta"]
    assert statistics.fmean(sample(id)) == pytest.approx(KNOWN.value(id), abs=0.002)


def test_parameters_of_a_group_are_drawn_together_and_others_are_not() -> None:
    assert correlation("money.high", "money.medium") == pytest.approx(0.9 * 0.9, abs=0.03)
    assert correlation("money.high", "relapse.year1") == pytest.approx(0, abs=0.08)


def test_a_draw_keeps_to_what_is_possible() -> None:
    groups = draws.constraints(KNOWN)
    for draw in range(1, 40):
        there = draws.drawn(KNOWN, draw)
        for parameter in there.parameters.values():
            unit = unit_of(parameter.unit, there.units)
            assert unit is not None and unit.low <= parameter.value <= unit.high
        for group in groups:
            values = [there.value(id) for id in group.ids]
            if group.how == "rising":
                assert values == sorted(values), group.name
            else:
                assert sum(values) <= 1 + 1e-5, group.name


def test_a_parameter_more_changes_no_other_draw(tmp_path: Path) -> None:
    first, folder = copied(tmp_path)
    before = draws.drawn(first, 5, folder)
    path = folder / "parameters" / "people.csv"
    path.write_text(path.read_text("utf-8") + "aa.new,1,1,0,2,normal,A,L,New,Reasoning\n", encoding="utf-8")
    evidence.load.cache_clear()
    after = draws.drawn(evidence.load(folder), 5, folder)
    assert after.value("aa.new") != 1
    assert {id: after.value(id) for id in before.parameters} == {id: before.value(id) for id in before.parameters}


def test_draw_0_is_the_evidence_and_a_draw_the_same_for_ever() -> None:
    assert draws.drawn(KNOWN, 0) is KNOWN
    assert draws.uniform(3, "relapse.year1") == 0.8872579556367286
    assert stepdown.load("baseline", draw=3).evidence().value("relapse.hospital") == 0.0980644


def test_fitted_parameters_are_drawn_from_the_rows_of_their_fit(tmp_path: Path) -> None:
    known, folder = copied(tmp_path)
    (folder / "posterior.csv").write_text(
        "clinical.level,clinical.spread\n0.8,0.7\n0.9,0.8\n1.0,0.9\n", encoding="utf-8"
    )
    found = {
        (there.value("clinical.level"), there.value("clinical.spread"))
        for there in (draws.drawn(known, draw, folder) for draw in range(1, 30))
    }
    assert found == {(0.8, 0.7), (0.9, 0.8), (1.0, 0.9)}


@pytest.mark.parametrize(
    ("file", "row", "message"),
    [
        (
            "tables/correlations.csv",
            "x,relapse.yer1,0.5,A,why",
            "relapse.yer1 is not known; did you mean relapse.year1",
        ),
        (
            "tables/correlations.csv",
            "x,relapse.year1,0.5,A,why",
            "parameter: relapse.year1 is already in the group relapse",
        ),
        ("tables/correlations.csv", "x,money.crime.theft,1.5,A,why", "loading: 1.5; allowed: -1 to 1"),
        ("tables/constraints.csv", "x,falling,money.crime.theft", "how: 'falling'; allowed: rising, shares"),
        (
            "tables/constraints.csv",
            "utility in prison,rising,utility.unwell",
            "utility in prison: the values do not rise",
        ),
    ],
)
def test_a_bad_row_is_refused_with_its_place(tmp_path: Path, file: str, row: str, message: str) -> None:
    known, folder = copied(tmp_path)
    path = folder / file
    path.write_text(f"{path.read_text('utf-8')}{row}\n", encoding="utf-8")
    with pytest.raises(EvidenceError, match=re.escape(message)):
        draws.drawn(known, 1, folder)


def plans(*numbers: int) -> Sequence[bytes]:
    """Compile the baseline in some draws."""
    return [compile(stepdown.load("baseline", draw=draw, **FEW)).json for draw in numbers]


def test_the_plan_of_a_draw_is_the_same_bytes_each_time() -> None:
    first, again, other = plans(3, 3, 4)
    assert first == again != other
    assert plans(0) == [compile(stepdown.load("baseline", **FEW)).json]


def test_a_run_of_a_draw_says_so_and_is_reproduced(tmp_path: Path) -> None:
    results = stepdown.run(stepdown.load("baseline", draw=3, **FEW), seed=7, out=tmp_path / "run")
    assert json.loads((tmp_path / "run" / "manifest.json").read_text())["draw"] == results.manifest["draw"] == 3
    assert "draw = 3" in (tmp_path / "run" / "scenario.toml").read_text()
    assert stepdown.reproduce(tmp_path / "run")


def test_what_a_scenario_sets_is_not_drawn() -> None:
    scenario = stepdown.load("baseline", draw=3, parameters={"relapse.year1": 0.3})
    assert scenario.evidence().value("relapse.year1") == 0.3


def test_the_inflow_of_other_values_is_refused() -> None:
    known = stepdown.inflow.record(stepdown.load("baseline", **FEW), seed=7)
    with pytest.raises(UsageError, match="illness.custody_incidence"):
        stepdown.SecureCareModel("baseline", seed=7, inflow=known, draw=3, **FEW)

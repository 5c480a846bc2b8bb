"""A search finds the cheapest package of a problem that is known, goes on after a kill as if nothing had been, and says what binds."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

pytest.importorskip("optuna")

from stepdown.cli import invoke
from stepdown.errors import Interrupted, OutputExistsError, ScenarioError
from stepdown.experiments.task import do
from stepdown.progress import Silent
from stepdown.search import search as searching
from stepdown.search.config import load_search
from stepdown.search.search import Candidate, Estimate, search

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from stepdown.experiments.config import Arm

SEARCH = """
title = "Places or beds"
why = "w"
trials = 4
batch = 2
replicates = 1
finalists = 2
fresh_replicates = 2

[overrides]
population = 0.002
years = 1
settle_days = 0

[levers.supported_places]
low = 0
high = 3000
step = 500

[levers."beds.medium"]
low = -100
high = 100
step = 50
from = 2024-06-01

[programmes.step-down]
low = 0
high = 20e6
step = 10e6
from = 2024
programme = { buys = { "supported places" = 1.0 }, where = "need", recurrent = true }

[[constraints]]
indicator = "supported_places_free"
at_least = 100

[[constraints]]
indicator = "prisoners_waiting"
above_base = 100
"""


def write(folder: Path, text: str = SEARCH) -> Path:
    (folder / "places.toml").write_text(text)
    return folder / "places.toml"


@pytest.fixture
def _here(monkeypatch: pytest.MonkeyPatch) -> None:
    """Do tasks in this process: others take seconds to begin."""

    def execute(made: Any, groups: Any, **_: Any) -> Iterator[Any]:
        for group in groups:
            for task in group:
                yield do(made, task)

    monkeypatch.setattr(searching, "execute", execute)


class Known:
    """A problem that is known: x + y costs so much, x + 2 y must reach 3 on average, and each run scatters."""

    def __init__(self, noise: float) -> None:
        self.noise, self.base_outcomes = noise, [0.0, 0.0]

    def _lived(self, arms: Sequence[Arm], seed: int) -> dict[str, Candidate]:
        found = {}
        for arm in arms:
            x, y = (arm.values[name] / 1000 for name in ("supported_places", "beds.medium"))
            luck = self.noise * np.random.default_rng([seed, int(arm.name.split("-")[1])]).standard_normal()
            cost = x + 5 * y + luck
            reached = x + 20 * y
            shortfalls = [3.0 - reached, -1.0]
            outcomes = [Estimate(reached, reached, reached)] * 2
            found[arm.name] = Candidate(arm.name, dict(arm.values), Estimate(cost, cost, cost), outcomes, shortfalls)
        return found

    def tried(self, arms: Sequence[Arm]) -> dict[str, Candidate]:
        return self._lived(arms, 1)

    def fresh(self, arms: Sequence[Arm]) -> dict[str, Candidate]:
        return self._lived(arms, 2)


def known(folder: Path, monkeypatch: pytest.MonkeyPatch, noise: float, **more: Any) -> searching.Found:
    """Search the known problem, with other keys of the file if asked for."""
    folder.mkdir(exist_ok=True)
    monkeypatch.setattr(searching, "_Runs", lambda _asked, place, *_: vars_with(Known(noise), place))
    monkeypatch.setattr(searching, "binding", lambda *_: [])
    monkeypatch.setattr(searching, "ResultSet", lambda _: None)
    text = SEARCH
    for key, value in more.items():
        text = "\n".join(f"{key} = {value}" if line.startswith(f"{key} =") else line for line in text.splitlines())
    return search(load_search(write(folder, text)), folder / "out", workers=1, progress=Silent())


def vars_with(runs: Known, folder: Path) -> Known:
    runs.folder = folder  # type: ignore[attr-defined] -- what the search reads
    return runs


def test_the_cheapest_package_of_a_known_problem_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Beds reach 4 for each pound, places 1: 100 beds and 1,000 places, at 1.5."""
    found = known(tmp_path, monkeypatch, 0.0, trials=40, finalists=3)
    assert found.best is not None
    assert (found.best.values["beds.medium"], found.best.values["supported_places"]) == (100, 1000)
    assert found.best.cost.value == pytest.approx(1.5)
    assert found.tried == 40 and 0 < found.held < 40


def test_whoever_was_best_was_lucky_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = known(tmp_path, monkeypatch, 1.0, trials=40, finalists=5)
    lucky = [before.cost.value - after.cost.value for before, after in found.finalists]
    assert np.mean(lucky) < -0.5, "in the search they looked cheaper than they are"
    assert found.best is not None
    assert found.best.cost.value == min(after.cost.value for _, after in found.finalists if after.feasible)


def test_a_front_is_found_by_generations(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = known(tmp_path, monkeypatch, 0.0, trials=40, finalists=3, why='"w"\nsampler = "nsga2"')
    assert found.best is not None and found.best.cost.value <= 2.5


def test_a_search_that_is_stopped_goes_on_as_if_nothing_had_been(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = known(tmp_path / "whole", monkeypatch, 1.0, trials=12)
    answer, calls = searching._answer, []

    def stopped(*arguments: Any) -> None:
        calls.append(1)
        if len(calls) == 3:
            raise KeyboardInterrupt
        answer(*arguments)

    monkeypatch.setattr(searching, "_answer", stopped)
    with pytest.raises(Interrupted, match="and the same command goes on"):
        known(tmp_path / "again", monkeypatch, 1.0, trials=12)
    assert known(tmp_path / "again", monkeypatch, 1.0, trials=12) == whole
    one, other = ((tmp_path / name / "out" / "result.json").read_bytes() for name in ("whole", "again"))
    assert one == other, "the same bytes"
    assert whole.tried == 12 and len(whole.finalists) == 2
    with pytest.raises(OutputExistsError, match="another search is there"):
        known(tmp_path / "again", monkeypatch, 1.0, replicates=2)


@pytest.mark.usefixtures("_here")
def test_where_nothing_holds_it_says_so_and_what_binds(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = SEARCH.replace("at_least = 100", "at_least = 1e6").replace("trials = 4", "trials = 2")
    file, out = write(tmp_path, text), tmp_path / "out"
    assert invoke(["search", str(file), "--out", str(out)]) == 0
    said = capsys.readouterr()
    assert "no package that was tried holds everything; nearest: supported_places 3000" in said.out
    assert "missed: supported_places_free at least 1e+06: " in said.out
    assert "supported_places at its high end, 3000: a wider range might do more" in said.out
    assert "quarters in which budgets bind: collaborative" in said.out
    assert invoke(["search", str(file), "--out", str(out), "--json"]) == 0, "it is done, and told again"
    told = json.loads(capsys.readouterr().out)
    assert told["best"] is None and told["nearest"]["shortfalls"][0] > 0


@pytest.mark.parametrize(
    ("was", "put", "what"),
    [
        ("[levers.supported_places]", "[levers.suported_places]", "levers.suported_places: it is not known"),
        ("high = 3000", "high = -1", "allowed: above low"),
        ('indicator = "prisoners_waiting"', 'indicator = "prisoners_wait"', "is not known"),
        ("above_base = 100", "", "0 bounds; allowed: one of"),
        ('buys = { "supported places" = 1.0 }', 'buys = { "palaces" = 1.0 }', "palaces"),
        ("trials = 4", "trials = 0", "trials"),
    ],
)
def test_a_file_that_cant_be_understood_is_refused(tmp_path: Path, was: str, put: str, what: str) -> None:
    assert was in SEARCH
    with pytest.raises(ScenarioError, match=what):
        load_search(write(tmp_path, SEARCH.replace(was, put)))

"""The method, on a simulator whose posterior is known."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from stepdown.calibration.matching import Fit, _Judge
from stepdown.calibration.priors import SHAPES, Prior
from stepdown.calibration.report import edge
from stepdown.calibration.run_store import RunStore
from stepdown.calibration.workers import Task, Workers
from stepdown.errors import CorruptError, StepdownError

from .known_simulator import SLOPES, TRUE, fitted, problem

if TYPE_CHECKING:
    from collections.abc import Iterator

SCRIPT = Path(__file__).with_name("known_simulator.py")


@pytest.fixture(scope="module", autouse=True)
def _findable() -> Iterator[None]:
    """Let other processes find what is defined beside the tests."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(Path(__file__).parents[2]))
        yield


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Fit:
    return fitted(problem(), tmp_path_factory.mktemp("fit") / "rows", 1)


def exact_posterior() -> tuple[np.ndarray, np.ndarray]:
    """Return mean and standard deviation of the posterior, by adding up a fine grid."""
    asked = problem()
    axis = np.linspace(0.0, 1.0, 61)
    grid = np.stack(np.meshgrid(axis, axis, axis, indexing="ij"), axis=-1).reshape(-1, 3)
    said = 5 + grid @ np.array(list(SLOPES.values())).T
    logs = sum(-0.5 * target.misses(said[:, at]) ** 2 for at, target in enumerate(asked.targets))
    weights = np.exp(logs - logs.max())
    weights /= weights.sum()
    mean = weights @ grid
    return mean, np.sqrt(weights @ (grid - mean) ** 2)


def test_history_matching_keeps_the_true_point_and_rules_out_most_others(found: Fit) -> None:
    asked = problem()
    judge = _Judge(asked, found.points, found.lived.mean(axis=1), found.noise)
    true = np.array([list(TRUE.values())])
    assert judge.implausibilities(true).max() < 3.0
    first, second = (stage.share for stage in found.stages[:2])
    assert 0.0 < second < first < 0.5


def test_the_posterior_is_the_one_that_can_be_worked_out(found: Fit) -> None:
    mean, spread = exact_posterior()
    draws = found.points[found.draws]
    assert len(draws) >= 55
    assert (np.abs(draws.mean(axis=0) - mean) < 0.4 * spread).all()
    assert (np.abs(np.log(draws.std(axis=0) / spread)) < 0.35).all()
    assert (np.abs(found.best - mean) < 0.4 * spread).all()


def test_emulators_tell_straight_lines_and_say_how_sure_they_are(found: Fit) -> None:
    for checked in found.stages[-1].checked:
        assert checked.explained > 0.98
        assert checked.covered > 0.85


def script(rows: Path, workers: int, seconds: float = 0.0) -> subprocess.Popen[bytes]:
    command = [sys.executable, str(SCRIPT), str(rows), str(workers), str(seconds)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, start_new_session=True)


def finished(rows: Path) -> int:
    return rows.read_bytes().count(b"\n") if rows.exists() else 0


def test_two_processes_and_a_kill_half_way_give_the_answer_of_one(tmp_path: Path) -> None:
    whole = script(tmp_path / "one", 1).communicate()[0]
    killed = script(tmp_path / "two", 2, seconds=0.2)
    while finished(tmp_path / "two") < 10:
        assert killed.poll() is None
        time.sleep(0.02)
    killed.kill()
    killed.communicate()
    assert finished(tmp_path / "two") < finished(tmp_path / "one")
    assert script(tmp_path / "two", 2).communicate()[0] == whole
    assert len(json.loads(whole)[0]) == 1 + 8 + 8 + 8


def test_ctrl_c_ends_it_at_once_and_leaves_no_process_behind(tmp_path: Path) -> None:
    running = script(tmp_path / "rows", 2, seconds=60.0)
    while not (tmp_path / "rows").exists():
        time.sleep(0.02)
    time.sleep(1.0)
    began = time.monotonic()
    running.send_signal(signal.SIGINT)
    running.communicate()  # ends when the last of them has closed its output
    assert time.monotonic() - began < 5.0


class Failing:
    """Can't run at all."""

    def __init__(self, how: str) -> None:
        self.how = how

    def __call__(self, values: dict[str, float], replicate: int) -> dict[str, float]:
        if self.how == "dies":
            sys.exit(1)
        message = f"no such thing at {values['alpha']:g} in replicate {replicate}"
        raise StepdownError(message)


def test_what_a_run_raises_is_raised() -> None:
    with Workers(Failing("raises"), 1) as processes, pytest.raises(StepdownError, match="no such thing at 0.5"):
        list(processes.run([Task({"alpha": 0.5}, 0)]))


def test_a_process_that_dies_is_told() -> None:
    with Workers(Failing("dies"), 1) as processes, pytest.raises(StepdownError, match="ended before its run did"):
        list(processes.run([Task({"alpha": 0.5}, 0)]))


def test_a_line_that_was_not_finished_is_dropped_and_another_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "rows"
    rows = RunStore(path)
    rows.add("a", {"x": 1.5, "y": float("nan")})
    rows.close()
    with path.open("ab") as file:
        file.write(b'{"key":"b","targ')
    rows = RunStore(path)
    rows.add("c", {"x": 2.0})
    rows.close()
    again = RunStore(path)
    assert again.get("a")["x"] == 1.5 and np.isnan(again.get("a")["y"])
    assert again.get("b") is None and again.get("c") == {"x": 2.0}
    again.close()
    path.write_bytes(b"{}\n")
    with pytest.raises(CorruptError, match="line 1 is not a finished run"):
        RunStore(path)


@pytest.mark.parametrize("shape", SHAPES)
def test_a_prior_stays_in_its_range_and_its_quantiles_lead_back(shape: str) -> None:
    prior = Prior(shape, 0.2, 0.35, 0.6)
    quantiles = np.linspace(0.0, 1.0, 101)
    values = prior.value(quantiles)
    assert values[0] >= 0.2 and values[-1] <= 0.6 and (np.diff(values) > 0).all()
    assert np.allclose(prior.quantile(values), quantiles, atol=1e-6)
    at = np.linspace(0.2, 0.6, 4001)
    assert prior.density(at).mean() * 0.4 == pytest.approx(1.0, abs=2e-3)


def test_who_crowds_at_the_end_of_a_prior_is_named() -> None:
    free = problem().free[0]
    inside = np.linspace(0.2, 0.8, 50)
    assert edge(free, 0.5, inside) is None
    assert edge(free, 0.01, inside).end == "low"
    assert edge(free, 0.5, np.append(inside, np.full(30, 0.97))).end == "high"

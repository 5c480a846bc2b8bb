"""Replicates are different runs, and the same ones when they are run again."""

from __future__ import annotations

import subprocess
import sys
import warnings
from typing import TYPE_CHECKING, Any

import mesa
import numpy as np
import pytest

from stepdown import compat
from stepdown.errors import UsageError
from stepdown.model import SameRunWarning, SecureCareModel

if TYPE_CHECKING:
    from pathlib import Path

SMALL: dict[str, Any] = {"years": 1, "settle_days": 0, "population": 0.002}
NEW = pytest.mark.skipif(not compat.BATCHES_SEED, reason="Mesa's batches have seeds from 3.5 on")


class Drawing(SecureCareModel):
    """Tells who it is, and what happened."""

    def __init__(self, **parameters: Any) -> None:
        super().__init__(**parameters)
        self.datacollector = mesa.DataCollector(model_reporters={"reading": "reading", "key": "key", "drawn": "drawn"})

    @property
    def reading(self) -> float:
        return float(np.nansum(self.caseload.columns["reading"]))

    @property
    def key(self) -> str:
        return f"{self.plan.digest} {self.core.day}"

    @property
    def drawn(self) -> float:
        return float(self.random.random())


class Seeded(Drawing):
    """Names its seed, as models of Mesa do."""

    def __init__(self, seed: int | None = None, **parameters: Any) -> None:
        super().__init__(seed=seed, **parameters)


def batch(parameters: dict[str, Any], model: type[SecureCareModel] = Drawing, **more: Any) -> list[dict[str, Any]]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # Mesa 3.5: iterations
        found: list[dict[str, Any]] = mesa.batch_run(
            model, {**SMALL, **parameters}, max_steps=4, display_progress=False, **more
        )
    return sorted(found, key=lambda row: row["RunId"])


def of(rows: list[dict[str, Any]]) -> list[tuple[float, float]]:
    return [(row["reading"], row["drawn"]) for row in rows]


@pytest.mark.parametrize("model", [Drawing, Seeded])
@pytest.mark.parametrize("seeds", [{}, {"seed": 5}, {"seed": [5]}], ids=["none", "one", "a list"])
def test_iterations_differ_and_can_be_repeated(model: type[SecureCareModel], seeds: dict[str, Any]) -> None:
    if compat.BATCHES_SEED and model is Seeded and seeds:
        pytest.skip("Mesa 3.5 overwrites a seed that a model's signature names")
    rows = batch(seeds, model, iterations=3)
    assert len({reading for reading, _ in of(rows)}) == 3
    assert len({drawn for _, drawn in of(rows)}) == 3, "the stream of Mesa's own generator differs too"
    assert of(batch(seeds, model, iterations=3)) == of(rows)
    given = seeds.get("seed", 1)
    seed = given[0] if isinstance(given, list) else given
    single = Drawing(**SMALL, seed=seed, replicate=2)
    for _ in range(5 if not compat.BATCHES_SEED else 4):
        single.step()
    assert single.reading == rows[2]["reading"], "an iteration is the replicate of its number"


SCRIPT = """
import warnings
import mesa
import numpy as np
from stepdown.model import SecureCareModel
warnings.simplefilter("ignore", DeprecationWarning)

class Reading(SecureCareModel):
    def __init__(self, **parameters):
        super().__init__(**parameters)
        self.datacollector = mesa.DataCollector(model_reporters={"reading": "reading"})

    @property
    def reading(self):
        return float(np.nansum(self.caseload.columns["reading"]))

if __name__ == "__main__":
    few = {"years": 1, "settle_days": 0, "population": 0.002}
    found = [
        mesa.batch_run(Reading, few, iterations=3, number_processes=n, max_steps=4, display_progress=False)
        for n in (1, 2)
    ]
    rows = [sorted((row["iteration"], row["reading"]) for row in batch) for batch in found]
    assert rows[0] == rows[1], rows
    assert len({reading for _, reading in rows[0]}) == 3, rows
"""


def test_iterations_in_several_processes_are_those_of_one(tmp_path: Path) -> None:
    (tmp_path / "batches.py").write_text(SCRIPT)
    done = subprocess.run(
        [sys.executable, "batches.py"], cwd=tmp_path, capture_output=True, text=True, check=False, timeout=300
    )
    assert done.returncode == 0, done.stderr


def test_a_seed_that_is_none_in_a_batch_is_refused() -> None:
    with pytest.raises(UsageError, match="seed: None, in a batch, would be the same run each time"):
        batch({"seed": [None, None]})


@NEW
def test_seeds_of_mesas_own_are_the_models() -> None:
    rows = batch({}, rng=[1, 2])
    single = Drawing(**SMALL, seed=2)
    for _ in range(4):
        single.step()
    assert of(rows)[1][0] == single.reading
    assert len(set(of(batch({}, rng=[None] * 3)))) == 3
    assert len(set(of(batch({}, rng=np.random.SeedSequence(4).spawn(3))))) == 3


@pytest.mark.parametrize("name", ["seed", "rng"])
def test_what_seeds_numpy_seeds_a_model(name: str) -> None:
    def figure(seed: Any) -> float:
        model = Drawing(**SMALL, **{name: seed})
        model.run_for(10)
        return model.reading

    assert figure(np.int64(9)) == figure(np.uint64(9)) == figure(9)
    first, second = np.random.SeedSequence(3).spawn(2)
    assert figure(first) == figure(first) != figure(second)
    assert figure([1, 2]) == figure((1, 2)) != figure([1, 3])


@pytest.mark.parametrize("seed", [-1, 2**64, 1.5, "7", np.random.default_rng(1), [1, -2], [[1], "x"]])
@pytest.mark.parametrize("name", ["seed", "rng"])
def test_what_is_no_seed_is_refused(name: str, seed: Any) -> None:
    with pytest.raises(UsageError, match=rf"^{name}: .+; allowed: whole numbers from 0 to 18446744073709551615"):
        SecureCareModel(**SMALL, **{name: seed})


def test_a_scenario_of_mesas_is_refused() -> None:
    with pytest.raises(UsageError, match="scenario: builtins.dict; allowed: a name, a path, or a Scenario of stepdown"):
        SecureCareModel({"rng": 4})  # type: ignore[arg-type]


@pytest.fixture
def _forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("stepdown.model._unseeded", set())


@pytest.mark.usefixtures("_forgotten")
def test_the_same_run_twice_without_a_seed_is_warned_of() -> None:
    few = {**SMALL, "settle_days": 3}
    SecureCareModel(**few)
    with pytest.warns(SameRunWarning, match="seed: none is given, so that this model is the same run"):
        SecureCareModel(**few)
    with pytest.warns(SameRunWarning):
        SecureCareModel(**few, seed=None, rng=None)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        SecureCareModel(**few, seed=1)
        SecureCareModel(**few, replicate=0)
        SecureCareModel(**few, transfer_limit=14)
        SecureCareModel("unlimited", **few)


def test_a_snapshot_has_one_future(tmp_path: Path) -> None:
    model = SecureCareModel(**SMALL, seed=7, replicate=3)
    model.snapshot(tmp_path / "x.snapshot")
    with pytest.raises(UsageError, match="iterations: a model goes on from a snapshot in one way"):
        batch({"snapshot": str(tmp_path / "x.snapshot")}, iterations=2)
    with pytest.raises(UsageError, match="replicate: 1; allowed: that of the snapshot, 3"):
        SecureCareModel(**SMALL, snapshot=tmp_path / "x.snapshot", replicate=1)
    forked = SecureCareModel(**SMALL, snapshot=tmp_path / "x.snapshot")
    assert forked.random.random() == SecureCareModel(**SMALL, seed=7, replicate=3).random.random()

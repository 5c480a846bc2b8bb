"""Recorded inflow: with the people of a record alone, a run gives the same bytes as with everyone."""

from __future__ import annotations

import hashlib
import os
import signal
from typing import TYPE_CHECKING

import pytest

from stepdown import inflow, levers, plan
from stepdown.errors import CorruptError, OutputExistsError, RequeueError, UsageError
from stepdown.model import SecureCareModel
from stepdown.progress import Silent
from stepdown.running.run import resume, run
from stepdown.scenario import load

if TYPE_CHECKING:
    from pathlib import Path

    from stepdown import _core
    from stepdown.results import Results
    from stepdown.scenario import Scenario


def hashes(results: Results) -> dict[str, str]:
    return {name: file["sha256"] for name, file in results.manifest["files"].items()}


@pytest.fixture(scope="module")
def known(small: Scenario) -> _core.Inflow:
    return inflow.record(small, seed=7, threads=2)


@pytest.fixture(scope="module")
def file(known: _core.Inflow, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("inflow") / "small.inflow"
    inflow.write(known, path)
    return path


def test_a_run_that_records_gives_the_bytes_of_one_that_does_not(
    small: Scenario, small_run: Results, file: Path, tmp_path: Path
) -> None:
    found = run(small, seed=7, threads=2, out=tmp_path / "run", record_inflow=tmp_path / "inflow")
    assert hashes(found) == hashes(small_run)
    assert (tmp_path / "inflow").read_bytes() == file.read_bytes()
    assert found.manifest["inflow"] == {"recorded": True, "sha256": inflow.digest(inflow.read(file))}
    assert found.manifest["counts"] == small_run.manifest["counts"]
    assert small_run.manifest["inflow"] is None


@pytest.mark.parametrize("threads", [1, 7])
def test_a_replay_gives_the_bytes_of_the_run_for_any_number_of_threads(
    small: Scenario, small_run: Results, file: Path, tmp_path: Path, threads: int
) -> None:
    found = run(small, seed=7, threads=threads, check=True, out=tmp_path / "run", inflow=file)
    assert hashes(found) == hashes(small_run)
    assert found.manifest["counts"] == small_run.manifest["counts"]
    assert found.manifest["inflow"]["recorded"] is False


@pytest.mark.parametrize("name", ["bradley", "supported", "bolder", "medium-beds", "unlimited"])
def test_another_policy_on_the_record_of_the_baseline_gives_its_own_bytes(
    file: Path, tmp_path: Path, name: str
) -> None:
    other = load(name, population=0.002, years=2)
    everyone = run(other, seed=7, threads=2, out=tmp_path / "everyone")
    replayed = run(other, seed=7, threads=2, out=tmp_path / "replayed", inflow=file)
    assert hashes(replayed) == hashes(everyone)


@pytest.mark.parametrize("name", ["world-2013", "constant"])
def test_years_that_differ_and_a_world_that_stands_still_are_in_the_record(name: str, tmp_path: Path) -> None:
    other = load(name, population=0.002, years=4, settle_days=366)
    everyone = run(other, seed=7, threads=2, out=tmp_path / "everyone", record_inflow=tmp_path / "record")
    replayed = run(other, seed=7, threads=2, out=tmp_path / "replayed", inflow=tmp_path / "record")
    assert hashes(replayed) == hashes(everyone)


def test_a_record_fits_any_pathway_at_the_start_too(file: Path, tmp_path: Path) -> None:
    other = load(
        "baseline", population=0.002, years=1, parameters={"start.medium.occupancy": 0.6, "relapse.year1": 0.5}
    )
    everyone = run(other, seed=7, threads=2, out=tmp_path / "everyone")
    replayed = run(other, seed=7, threads=2, out=tmp_path / "replayed", inflow=file)
    assert hashes(replayed) == hashes(everyone)


@pytest.mark.parametrize("lever", levers.load().values(), ids=lambda lever: lever.name)
def test_a_lever_reaches_the_population_only_if_it_says_so(known: _core.Inflow, lever: levers.Lever) -> None:
    for bound in (lever.low, lever.high):
        value = lever.words[int(bound)] if lever.words else bound
        strong = plan.compile(load("baseline", population=0.002, years=2, **{lever.name: value}))
        if lever.level is None:
            known.check(strong.json, seed=7, replicate=0)
            continue
        with pytest.raises(UsageError, match="tables.years: another table, and the record has its own"):
            known.check(strong.json, seed=7, replicate=0)


@pytest.mark.parametrize(
    ("overrides", "seed", "why"),
    [
        ({}, 8, r"seed: 8, and the record has 7"),
        ({"population": 0.003}, 7, r"population: 0\.003, and the record has 0\.002"),
        ({"years": 3}, 7, r"end: 2027-04-01, and the record ends on 2026-04-01"),
        ({"start": "2025-04-01"}, 7, r"settling: |start: "),
        ({"demography": "frozen"}, 7, r"demography: \"frozen\", and the record has \"moving\""),
        ({"parameters": {"illness.incidence": 0.0005}}, 7, r"illness\.incidence: 0\.0005, and the record has"),
        ({"parameters": {"justice.recall": 0.5}}, 7, r"justice\.recall: 0\.5, and the record has"),
        ({"parameters": {"people.births": 600000}}, 7, r"people\.births: 600000(\.0)?, and the record has"),
    ],
)
def test_a_run_of_other_people_is_refused_with_the_reason(
    file: Path, tmp_path: Path, overrides: dict[str, object], seed: int, why: str
) -> None:
    other = load("baseline", **{"population": 0.002, "years": 2} | overrides)
    with pytest.raises(UsageError, match=rf"^recorded inflow: ({why}).*; allowed: "):
        run(other, seed=seed, out=tmp_path / "run", inflow=file)
    assert not list(tmp_path.iterdir())


def test_a_file_that_is_not_a_whole_record_is_refused(file: Path, tmp_path: Path) -> None:
    data = file.read_bytes()
    middle = len(data) // 2
    for name, changed in {
        "empty": b"",
        "text": b"not a record",
        "short": data[:-1],
        "long": data + b"\0",
        "flipped": data[:middle] + bytes([data[middle] ^ 4]) + data[middle + 1 :],
    }.items():
        (tmp_path / name).write_bytes(changed)
        with pytest.raises(CorruptError, match=str(tmp_path / name)):
            SecureCareModel("baseline", inflow=tmp_path / name)


def test_a_record_in_the_form_of_another_version_is_refused(file: Path, tmp_path: Path) -> None:
    data = file.read_bytes()[:-32]
    other = data[:16] + (2).to_bytes(4, "little") + data[20:]
    (tmp_path / "other").write_bytes(other + hashlib.sha256(other).digest())
    with pytest.raises(UsageError, match="other: it is in form 2 of recorded inflow; allowed: 1"):
        inflow.read(tmp_path / "other")


def test_a_record_is_not_written_over_something_else(
    small: Scenario, known: _core.Inflow, file: Path, tmp_path: Path
) -> None:
    before = file.read_bytes()
    with pytest.raises(OutputExistsError, match="it is there already"):
        run(small, seed=7, out=tmp_path / "run", record_inflow=file)
    with pytest.raises(OutputExistsError, match="it is a folder"):
        inflow.write(known, tmp_path, overwrite=True)
    with pytest.raises(UsageError, match="allowed: inflow or record_inflow"):
        run(small, seed=7, out=tmp_path / "run", inflow=file, record_inflow=tmp_path / "new")
    inflow.write(known, file, overwrite=True)
    assert file.read_bytes() == before
    assert not list(tmp_path.iterdir())


def test_a_model_lives_from_a_record_as_from_everyone(small: Scenario, known: _core.Inflow) -> None:
    everyone, replayed = (SecureCareModel(small, seed=7, inflow=source) for source in (None, known))
    for model in (everyone, replayed):
        model.institutions["responsible_clinician"][0].threshold += 0.5
        model.run_for(500)
    assert everyone.core.figures() == replayed.core.figures()
    assert everyone.core.counts() == replayed.core.counts()


@pytest.mark.parametrize("after", [0, 500])
@pytest.mark.parametrize("how", ["inflow", "record_inflow"])
def test_a_run_with_a_record_that_is_stopped_is_resumed_to_the_same_bytes(
    small: Scenario, small_run: Results, file: Path, tmp_path: Path, how: str, after: int
) -> None:
    class Stopping(Silent):
        def update(self, what: str, done: int, total: int) -> None:
            if what != "recording" and after <= done < total:
                os.kill(os.getpid(), signal.SIGTERM)

    record = file if how == "inflow" else tmp_path / "new.inflow"
    with pytest.raises(RequeueError):
        run(small, seed=7, out=tmp_path / "run", progress=Stopping(), **{how: record})
    found = resume(tmp_path / "run", **{how: record})
    assert hashes(found) == hashes(small_run)
    assert found.manifest["inflow"] == {"recorded": how != "inflow", "sha256": inflow.digest(inflow.read(file))}

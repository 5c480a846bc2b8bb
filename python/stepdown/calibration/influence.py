"""Ranks parameters by influence: how far the range of each moves the headline results.

Each parameter in turn is set to the low and to the high end of its range, while all others and every random number stay the same.
Parameters of the pathway are run on one recorded inflow, those of the population with everyone. Because queues amplify the
smallest change, some parameters are also moved by a thousandth of their range; the effect of that is taken as the noise.

Each run is recorded when it ends, so that the same order, given again, continues where it was stopped.
"""

from __future__ import annotations

import csv
import hashlib
import json
import math
import os
import shutil
import statistics
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow.dataset as ds
from pydantic import model_validator

from stepdown import evidence, provenance
from stepdown import inflow as recorded
from stepdown.atomic import refuse_file, write_text, written
from stepdown.calibration.workers import Task, Workers
from stepdown.errors import CorruptError, Interrupted, StepdownError, StorageError, UsageError, lacking
from stepdown.estimands import ESTIMANDS, estimate, targets
from stepdown.evidence.ranking import COLUMNS
from stepdown.numbers import MOST as GREATEST
from stepdown.numbers import real, whole
from stepdown.records import Record, RecordError, parse, plain_file, read_lines, typed
from stepdown.results.indicators import ENGLAND, INDICATORS
from stepdown.running.run import run
from stepdown.scenario import Scenario, load

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from stepdown.evidence.loader import Evidence
    from stepdown.results import Results

__all__ = ["NUDGED", "OUTPUTS", "Order", "measure"]

OUTPUTS = (
    *dict.fromkeys(target.estimand for target in targets.load().values() if target.kind == "calibration"),
    "delayed",
    "spending.secure_inpatient",
)
"""The headline results: what the calibration targets are held against; and indicators of all England, as the mean of the years."""

UPSTREAM = ("people", "illness", "justice")
"""First words of the ids that the population reads."""

NAMES = (".json", ".partial", ".inflow")
"""How the names of the files end that stand beside the table."""

MOST = 1 << 30
"""Largest notes that are read [bytes]: a run has some thousand."""

NUDGED = 32
"""Parameters that are nudged to measure noise."""

NUDGE = 0.001
"""Part of its range by which a parameter is nudged."""


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be measured.

    Attributes
    ----------
    scenario
        Name or path.
    population, years, seed
        Of each run.
    only
        How the ids begin that are measured; all, if empty.
    """

    scenario: str
    population: float = 0.1
    years: int = 5
    seed: int = 1
    only: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Take NumPy's numbers as Python's.

        Raises
        ------
        UsageError
            A number is none, or out of bounds.
        """
        object.__setattr__(self, "population", real("population", self.population, 0, above=True))
        object.__setattr__(self, "years", whole("years", self.years, 1))
        object.__setattr__(self, "seed", whole("seed", self.seed, 0, GREATEST))
        object.__setattr__(self, "only", tuple(map(str, self.only)))

    def scenario_with(self, parameters: Mapping[str, float] | None = None) -> Scenario:
        """Return the scenario, with some parameters replaced."""
        base = load(self.scenario, population=self.population, years=self.years)
        return base.model_copy(update={"parameters": base.parameters | dict(parameters or {})})

    def ids(self, known: Evidence) -> list[str]:
        """Return the parameters that are measured: those with a range.

        Raises
        ------
        UsageError
            If none begins so.
        """
        free = [p.id for p in known.parameters.values() if p.distribution != "fixed"]
        found = [id for id in free if not self.only or any(id == o or id.startswith(f"{o}.") for o in self.only)]
        if not found:
            message = f"no parameter with a range begins with {', '.join(self.only)}; see stepdown explain parameters"
            raise UsageError(message)
        return found

    def tasks(self, known: Evidence) -> dict[str, dict[str, float]]:
        """Return every run by its name, with the values that it replaces."""
        ids = self.ids(known)
        tasks: dict[str, dict[str, float]] = {"base": {}}
        pathway = [id for id in ids if id.split(".")[0] not in UPSTREAM] or ids
        # Spread over all of them, by a hash that no order of the files decides.
        nudged = sorted(pathway, key=lambda id: hashlib.sha256(id.encode()).digest())[:NUDGED]
        for id in nudged:
            parameter = known[id]
            middle = parameter.value + NUDGE * (parameter.high - parameter.low)
            tasks[f"{id} nudged"] = {id: middle if middle <= parameter.high else 2 * parameter.value - middle}
        for id in ids:
            tasks[f"{id} low"] = {id: known[id].low}
            tasks[f"{id} high"] = {id: known[id].high}
        return tasks

    def digest(self) -> str:
        """Return the SHA-256 of everything that a result depends on."""
        parts = [provenance.digest(), evidence.load().digest, self.scenario_with().to_toml(), str(self.seed), *OUTPUTS]
        return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def _outputs(results: Results) -> dict[str, float]:
    """Return the headline results of a run."""
    years = results.last_year - results.first_year + 1
    known = estimate(results, [name for name in OUTPUTS if name in ESTIMANDS], years=years)
    found = {name: estimated.value for name, estimated in known.items()}
    all_england = (ds.field("group") == "all") & (ds.field("area") == ENGLAND)
    rows = results.table("indicators", where=all_england).to_pylist()
    for name in OUTPUTS:
        if name not in found:
            values = [row["value"] for row in rows if row["indicator"] == name]
            found[name] = statistics.fmean(values) if values else math.nan
    return found


def _units() -> dict[str, str]:
    units = {indicator.name: indicator.unit for indicator in INDICATORS}
    return units | {id: estimand.unit for id, estimand in ESTIMANDS.items()}


@dataclass(frozen=True, slots=True)
class _Simulate:
    """Runs one task, in a process of its own: returns the results, or why it can't be run."""

    order: Order
    inflow: str
    folder: str

    def __call__(self, values: Mapping[str, float], replicate: int) -> dict[str, float] | str:
        upstream = any(id.split(".")[0] in UPSTREAM for id in values)
        out = Path(self.folder) / str(replicate)
        try:
            results = run(
                self.order.scenario_with(values),
                seed=self.order.seed,
                threads=1,
                out=out,
                inflow=None if upstream else self.inflow,
                snapshot_every=None,
            )
            return _outputs(results)
        except StepdownError as error:
            return str(error)
        finally:
            shutil.rmtree(out, ignore_errors=True)


class _Head(Record, extra="forbid"):
    """The first line of the notes: for what order they are."""

    order: str


class _Run(Record, extra="forbid"):
    """Another line of the notes: what a run found, as far as it is known, or why it can't be run."""

    run: str
    found: dict[str, float | None] | str

    @model_validator(mode="after")
    def _of_today(self) -> _Run:
        if not isinstance(self.found, str) and set(self.found) != set(OUTPUTS):
            message = "allowed: each of the headline results, once"
            raise ValueError(message)
        return self


class Notes:
    """What is done already, one line of JSON for each run, beneath a line that says for what order.

    Parameters
    ----------
    path
        The file; it is made if it isn't there.
    digest
        Digest of the order.

    Raises
    ------
    CorruptError
        The file is there, and a line other than the last is not what an earlier measurement wrote.
    UsageError
        It was begun with another order.
    StorageError, ResourceError
        It can't be read.
    """

    def __init__(self, path: Path, digest: str) -> None:
        self.path = path
        self.done: dict[str, dict[str, float] | str] = {}
        try:
            self._read(plain_file(path, most=MOST), digest)
        except FileNotFoundError:
            path.parent.mkdir(parents=True, exist_ok=True)
            write_text(path, json.dumps({"order": digest}) + "\n", overwrite=False)
        except RecordError as fault:
            message = f"{path}: it is not what an earlier measurement wrote: {fault}; take it away to begin again"
            raise CorruptError(message) from None
        except OSError as error:
            raise lacking(error) or StorageError(f"{path}: it can't be read ({error.strerror})") from None

    def _read(self, data: bytes, digest: str) -> None:
        # A kill may have cut the last line.
        first, _, _ = data.partition(b"\n")
        if typed(_Head, parse(first)).order != digest:
            message = (
                f"{self.path}: it was begun with other code, evidence or sizes; finish it with those, or take it away"
            )
            raise UsageError(message)
        for row in read_lines(_Run, data[len(first) + 1 :], what="a run below the first line"):
            self.done[row.run] = row.found if isinstance(row.found, str) else _told(row.found)
        os.truncate(self.path, data.rfind(b"\n") + 1)

    def add(self, name: str, found: dict[str, float] | str) -> None:
        """Write down a run: when this returns, it is on the disk."""
        said = (
            found
            if isinstance(found, str)
            else {name: float(value) if math.isfinite(value) else None for name, value in found.items()}
        )
        self.done[name] = said if isinstance(said, str) else _told(said)
        with self.path.open("ab") as file:
            file.write(json.dumps({"run": name, "found": said}).encode() + b"\n")
            file.flush()
            os.fsync(file.fileno())


def _told(found: Mapping[str, float | None]) -> dict[str, float]:
    """Return results with NaN for those that are not known."""
    return {name: math.nan if value is None else value for name, value in found.items()}


def measure(
    order: Order,
    out: Path,
    *,
    workers: int = 1,
    overwrite: bool = False,
    note: Callable[[str], object] = lambda _: None,
) -> Path:
    """Measure the influence of every parameter, and write ``out`` and, beside it, how it was made (``.json``).

    Parameters
    ----------
    order
        What is to be measured.
    out
        The table; what is done is kept beside it until it is whole (``.partial``).
    workers
        Runs at a time, each on one thread.
    overwrite
        Whether an earlier table is replaced.
    note
        Is told how far it has come.

    Raises
    ------
    OutputExistsError
        There is a table, and overwriting was not asked for.
    UsageError
        What was begun there is not the same order; or `workers` is no whole number above 0.
    Interrupted
        The user stopped it; what is done is kept.
    """
    workers = whole("workers", workers, 1)
    refuse_file(out, overwrite=overwrite)
    refuse_file(out.with_suffix(".json"), overwrite=overwrite)
    if out.suffix in NAMES:
        message = f"{out}: its name ends as that of a file beside it; allowed: a name that ends with .csv"
        raise UsageError(message)
    known = order.scenario_with().evidence()
    tasks = order.tasks(known)
    notes = Notes(out.with_suffix(".partial"), order.digest())
    began, before = time.monotonic(), len(notes.done)
    if before:
        note(f"{before} of {len(tasks)} runs were done before")
    try:
        for name, found in _work(order, tasks, notes, workers):
            notes.add(name, found)
            done = len(notes.done)
            if done % 25 == 0 or done == len(tasks):
                left = (time.monotonic() - began) / (done - before) * (len(tasks) - done)
                note(f"{done} of {len(tasks)} runs, {left / 60:.0f} min left")
    except KeyboardInterrupt:
        message = f"interrupted; {len(notes.done)} of {len(tasks)} runs are kept: the same command goes on"
        raise Interrupted(message) from None
    _write(order, out, ranked(notes.done, order.ids(known)), notes, runs=len(tasks), overwrite=overwrite, note=note)
    notes.path.unlink()
    out.with_suffix(".inflow").unlink(missing_ok=True)
    return out


def _write(
    order: Order,
    out: Path,
    rows: Iterable[Sequence[object]],
    notes: Notes,
    *,
    runs: int,
    overwrite: bool,
    note: Callable[[str], object],
) -> None:
    """Write the table, and beside it how it was made."""
    refused = {name: found for name, found in notes.done.items() if isinstance(found, str)}
    for name, why in refused.items():
        note(f"{name}: not run: {why}")
    made = {
        "command": _command(order),
        "digest": order.digest(),
        "evidence": evidence.load().digest,
        "runs": runs,
        "refused": refused,
        "noise": _noise(notes.done),
    }
    with tempfile.TemporaryDirectory(dir=out.parent) as aside:
        path = Path(aside) / out.name
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(COLUMNS)
            writer.writerows(rows)
        write_text(out.with_suffix(".json"), json.dumps(made, indent=2, ensure_ascii=False) + "\n", overwrite=overwrite)
        with written(out, overwrite=overwrite) as place:
            path.replace(place)


def _command(order: Order) -> str:
    only = "".join(f" --only {prefix}" for prefix in order.only)
    sizes = f"--population {order.population:g} --years {order.years} --seed {order.seed}"
    return f"stepdown influence {order.scenario} {sizes}{only}"


def _work(
    order: Order, tasks: Mapping[str, dict[str, float]], notes: Notes, workers: int
) -> Iterator[tuple[str, dict[str, float] | str]]:
    """Run what is not done yet, several at a time, and yield each as it ends."""
    left = [name for name in tasks if name not in notes.done]
    if not left:
        return
    inflow = notes.path.with_suffix(".inflow")
    recorded.write(recorded.record(order.scenario_with(), seed=order.seed, threads=workers), inflow, overwrite=True)
    asked = [Task(tasks[name], number) for number, name in enumerate(left)]
    with (
        tempfile.TemporaryDirectory(prefix="stepdown-") as folder,
        Workers(_Simulate(order, str(inflow), folder), workers) as running,
    ):
        for task, found in running.run(asked):
            yield left[task.replicate], found


def _noise(done: Mapping[str, dict[str, float] | str]) -> dict[str, float]:
    """Return by result how far two runs that should be the same part: the standard deviation of a difference of two."""
    base = done["base"]
    nudged = [found for name, found in done.items() if name.endswith(" nudged") and not isinstance(found, str)]
    if isinstance(base, str) or not nudged:
        message = "the baseline itself can't be run, or no nudged run: there is nothing to rank by"
        raise UsageError(message)
    noise = {}
    for output in OUTPUTS:
        apart = [found[output] - base[output] for found in nudged if math.isfinite(found[output])]
        # Of the two runs of a difference each has its own noise; the baseline of these differences has none of its own.
        noise[output] = math.sqrt(2 * statistics.fmean(d * d for d in apart)) if apart else 0.0
    return noise


def ranked(
    done: Mapping[str, dict[str, float] | str], ids: Iterable[str]
) -> list[tuple[str, str, str, str, str, str, str, int]]:
    """Return the rows of the table: of each parameter its effect on each result, its share of the spread, and its rank."""
    noise, base, units = _noise(done), done["base"], _units()
    assert not isinstance(base, str), "the noise could be taken"
    effects: dict[str, dict[str, float]] = {}
    for id in ids:
        low, high = done[f"{id} low"], done[f"{id} high"]
        if not isinstance(low, str) and not isinstance(high, str):
            effects[id] = {name: high[name] - low[name] for name in OUTPUTS}
    variance = {
        id: {name: max(0.0, effect**2 - noise[name] ** 2) for name, effect in by.items()} for id, by in effects.items()
    }
    total = {name: math.fsum(by[name] for by in variance.values() if math.isfinite(by[name])) for name in OUTPUTS}

    def share(id: str, name: str) -> float:
        found = variance[id][name]
        return found / total[name] if total[name] > 0 and math.isfinite(found) else 0.0

    order = sorted(effects, key=lambda id: (-math.fsum(share(id, name) for name in OUTPUTS), id))
    rank = {id: place for place, id in enumerate(order, 1)}
    return [
        (
            id,
            name,
            units[name],
            f"{base[name]:.6g}",
            f"{effects[id][name]:.4g}",
            f"{noise[name]:.3g}",
            f"{share(id, name):.4f}",
            rank[id],
        )
        for id in order
        for name in OUTPUTS
        if math.isfinite(effects[id][name]) and math.isfinite(base[name])
    ]

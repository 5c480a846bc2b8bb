"""Writes the report of a calibration: tables, charts, the best point, the posterior, and a list of parameters at a prior's edge."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import resource
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, Literal

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from pydantic import Field

from stepdown import _core, evidence, provenance
from stepdown.atomic import write_text, written
from stepdown.calibration import plots
from stepdown.errors import CorruptError
from stepdown.records import FileName, Record, RecordError, Sha256, Whole, inside, plain_file, read

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from stepdown.calibration.config import Loaded
    from stepdown.calibration.matching import Fit
    from stepdown.calibration.problem import Floats, Free, Problem

__all__ = ["Edge", "Manifest", "edge", "held", "manifest_of", "write"]

MANIFEST = "manifest.json"
"""Written last: a calibration that has one is whole."""

RIM = 0.05
"""Share of a prior's range at each end that counts as its edge."""

CROWD = 0.25
"""Share of the posterior that may lie in an edge before that is said."""


class _Digest(Record):
    """A digest of something."""

    sha256: Sha256


class _Sitting(Record):
    """What one process did of a calibration."""

    runs: Whole
    seconds: Annotated[float, Field(ge=0)]
    peak_memory_of_a_worker: Whole


class Manifest(Record):
    """The manifest of a calibration."""

    stepdown: str
    code: _Digest
    evidence: _Digest
    digest: Sha256
    files: dict[FileName, Sha256]
    runs: Whole
    draws_ruled_out: Whole
    edges: dict[str, Literal["low", "high"]]
    this_sitting: _Sitting


def manifest_of(folder: Path) -> Manifest:
    """Return the manifest of a calibration's folder.

    Raises
    ------
    CorruptError
        There is none, or it does not say what a manifest says.
    """
    return read(Manifest, folder / MANIFEST, why="; allowed: the folder of a calibration that has ended")


def held(folder: Path, name: str) -> str:
    """Return the text of a calibration's file, as the calibration wrote it.

    Raises
    ------
    CorruptError
        The folder holds no whole calibration, or the file is missing or changed.
    """
    expected = manifest_of(folder).files.get(name)
    try:
        data = plain_file(inside(folder, name))
    except (OSError, RecordError) as error:
        message = f"{folder / name}: it can't be read ({error.strerror if isinstance(error, OSError) else error})"
        raise CorruptError(message) from None
    found = hashlib.sha256(data).hexdigest()
    if found != expected:
        message = f"{folder / name}: its SHA-256 is {found}; the manifest says {expected}"
        raise CorruptError(message)
    return data.decode("utf-8")


@dataclass(frozen=True)
class Edge:
    """An end of a prior at which the posterior sits: ``low`` or ``high``, and how much of the posterior is there."""

    end: str
    share: float


def edge(free: Free, best: float, draws: Floats) -> Edge | None:
    """Say at which end of its prior a parameter sits, if it does: its best value, or a quarter of the posterior.

    Examples
    --------
    >>> from stepdown.calibration.priors import Prior
    >>> from stepdown.calibration.problem import Free
    >>> free = Free("a.b", Prior("uniform", 0.0, 0.5, 1.0))
    >>> edge(free, 0.99, np.array([0.5, 0.98])).end
    'high'
    >>> edge(free, 0.5, np.array([0.4, 0.6])) is None
    True
    """
    prior = free.prior
    # A range that goes over magnitudes is told in logarithms.
    scale = np.log if prior.shape == "lognormal" else np.asarray
    low, high = float(scale(prior.low)), float(scale(prior.high))

    def place(value: Floats) -> Floats:
        return (np.asarray(scale(value), dtype=float) - low) / (high - low)

    at, among = float(place(np.array(best))), place(draws)
    for end, there, share in (
        ("low", at < RIM, float(np.mean(among < RIM)) if len(among) else 0.0),
        ("high", at > 1 - RIM, float(np.mean(among > 1 - RIM)) if len(among) else 0.0),
    ):
        if there or share > CROWD:
            return Edge(end, share)
    return None


def _csv(header: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Return a table as CSV; numbers have six digits, what is missing is empty."""
    out = io.StringIO()
    lines = csv.writer(out, lineterminator="\n")
    lines.writerow(header)
    for row in rows:
        lines.writerow(
            ["" if isinstance(c, float) and np.isnan(c) else f"{c:.6g}" if isinstance(c, float) else c for c in row]
        )
    return out.getvalue()


def _runs(problem: Problem, found: Fit) -> pa.Table:
    """Return every run of a stage: stage, point, replicate, values, targets; the best point last."""
    stages, points = [*found.names], [*problem.told(found.points)]
    columns: dict[str, list[Any]] = {"stage": [], "point": [], "replicate": []}
    columns |= {id: [] for id in (*problem.ids, *(target.id for target in problem.targets))}
    lived = [*found.lived, found.confirmed]
    for number, (stage, values, answers) in enumerate(
        zip([*stages, "best"], [*points, *problem.told(found.best)], lived, strict=True)
    ):
        for replicate, answer in enumerate(answers):
            row: dict[str, Any] = {"stage": stage, "point": number, "replicate": replicate, **values}
            row |= {target.id: float(a) for target, a in zip(problem.targets, answer, strict=True)}
            for name, cell in row.items():
                columns[name].append(cell)
    return pa.table(columns)


def _waves(problem: Problem, found: Fit) -> str:
    rows: list[Sequence[object]] = []
    for stage in found.stages:
        for at, target in enumerate(problem.targets):
            checked = stage.checked[at]
            least, middle = float(stage.least[at]), float(stage.middle[at])
            rows.append(
                (stage.name, stage.points, stage.share, target.id, least, middle, checked.explained, checked.covered)
            )
    header = (
        "stage",
        "points",
        "share_left",
        "target",
        "least_implausibility",
        "median_implausibility",
        "explained",
        "covered",
    )
    return _csv(header, rows)


def _parameters(problem: Problem, found: Fit) -> str:
    rows: list[Sequence[object]] = []
    best, draws = problem.told(found.best)[0], _draws(problem, found)
    for free in problem.free:
        column = np.array([row[free.id] for row in draws])
        prior = free.prior
        there = edge(free, best[free.id], column)
        quantiles = np.quantile(column, [0.05, 0.5, 0.95]) if len(column) else np.full(3, np.nan)
        spread = float(np.std(prior.quantile(column)) * np.sqrt(12)) if len(column) else np.nan
        said = "" if there is None else there.end
        rows.append(
            (
                free.id,
                prior.shape,
                prior.low,
                prior.middle,
                prior.high,
                best[free.id],
                *map(float, quantiles),
                spread,
                said,
                free.why,
            )
        )
    header = ("id", "shape", "low", "middle", "high", "best", "q05", "median", "q95", "spread_left", "edge", "why")
    return _csv(header, rows)


def _draws(problem: Problem, found: Fit) -> list[dict[str, float]]:
    return problem.told(found.points[found.draws]) if found.draws else []


def _fit(problem: Problem, found: Fit) -> str:
    rows: list[Sequence[object]] = []
    posterior = found.lived[found.draws].mean(axis=1)
    for at, target in enumerate(problem.targets):
        best, among = found.confirmed[:, at], posterior[:, at]
        value, sd = float(np.mean(best)), float(np.std(best, ddof=1))
        quantiles = np.nanquantile(among, [0.05, 0.5, 0.95]) if np.isfinite(among).any() else np.full(3, np.nan)
        verdict = "yes" if target.met(value) else "no"
        rows.append(
            (
                target.id,
                target.name,
                target.unit,
                target.value,
                target.low,
                target.high,
                value,
                sd,
                *map(float, quantiles),
                verdict,
            )
        )
    header = ("target", "name", "unit", "value", "low", "high", "best", "best_sd", "q05", "median", "q95", "within")
    return _csv(header, rows)


def write(folder: Path, loaded: Loaded, problem: Problem, found: Fit, *, made: int, seconds: float) -> None:
    """Write all tables and pictures of a calibration; the manifest last."""
    draws, best = _draws(problem, found), problem.told(found.best)[0]
    texts = {
        "config.json": json.dumps(_resolved(loaded, problem), indent=2, ensure_ascii=False) + "\n",
        "waves.csv": _waves(problem, found),
        "parameters.csv": _parameters(problem, found),
        "fit.csv": _fit(problem, found),
        "posterior.csv": _csv(problem.ids, ([row[id] for id in problem.ids] for row in draws)),
        "best.csv": _csv(("id", "value"), best.items()),
    }
    for name, text in texts.items():
        write_text(folder / name, text)
    runs = folder / "runs.parquet"
    with written(runs) as aside:
        pq.write_table(_runs(problem, found), aside)
    files = {name: hashlib.sha256(text.encode()).hexdigest() for name, text in texts.items()}
    files["runs.parquet"] = hashlib.sha256(runs.read_bytes()).hexdigest()
    plots.draw(folder, problem, found)
    manifest = {
        "stepdown": _core.version(),
        "code": {"sha256": provenance.digest()},
        "evidence": {"sha256": evidence.load().digest},
        "digest": hashlib.sha256(json.dumps(files, sort_keys=True).encode()).hexdigest(),
        "files": files,
        "runs": problem.budget.runs,
        "draws_ruled_out": found.ruled_out,
        "edges": {
            free.id: there.end
            for free in problem.free
            if (there := edge(free, best[free.id], np.array([row[free.id] for row in draws]))) is not None
        },
        "this_sitting": {"runs": made, "seconds": seconds, "peak_memory_of_a_worker": _peak()},
    }
    write_text(folder / MANIFEST, json.dumps(manifest, indent=2) + "\n")


def _resolved(loaded: Loaded, problem: Problem) -> dict[str, Any]:
    """Return the config with everything that it leaves to the evidence."""
    resolved: dict[str, Any] = loaded.config.model_dump(mode="json")
    resolved["scenario"] = json.loads(loaded.scenario.model_dump_json(by_alias=True, exclude_defaults=True))
    resolved["free"] = [{"id": free.id, **vars(free.prior), "why": free.why} for free in problem.free]
    for free in resolved["free"]:
        free.pop("_whole", None)
    resolved["targets"] = [
        {"id": t.id, "name": t.name, "unit": t.unit, "value": t.value, "low": t.low, "high": t.high}
        for t in problem.targets
    ]
    return resolved


def _peak() -> int:
    """Return the most memory that a process that was started here has held [bytes]."""
    most = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    return most if sys.platform == "darwin" else 1024 * most

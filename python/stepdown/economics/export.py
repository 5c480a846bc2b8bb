"""Writes costs, effects and parameters as R's packages `voi` and `BCEA` read them: matrices of draws × arms, and a script."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.csv

from stepdown.atomic import refuse_file, written
from stepdown.economics.noise import Parts, contrasts, means_of_draws, parts, transport

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    Numbers = NDArray[np.float64]

__all__ = ["both_drawn_in", "export"]

SCRIPT = """\
# Reads what `stepdown economics --export` wrote, as voi and BCEA want it.
matrix_of <- function(name) as.matrix(read.csv(name, check.names = FALSE))
thresholds <- c({thresholds})
# The noise of replicates is in costs.csv and effects.csv; a regression (voi::evppi) leaves it out by itself.
outputs <- list(c = matrix_of("costs.csv"), e = matrix_of("effects.csv"), k = thresholds)
inputs <- read.csv("inputs.csv")
# voi::evppi(outputs, inputs, pars = names(inputs)[1])
# For planes, acceptability and EVPI, take what has been drawn in:
# BCEA::bcea(matrix_of("effects_corrected.csv"), matrix_of("costs_corrected.csv"), ref = 1, interventions = colnames(outputs$c))
"""
"""The script beside the matrices."""


def both_drawn_in(costs: Numbers, effects: Numbers) -> tuple[Numbers, Numbers]:
    """Return costs and effects without the noise of replicates, draws × arms, drawn in together so that they go with one another.

    Parameters
    ----------
    costs, effects
        Draws × replicates × arms.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> costs, effects = rng.standard_normal((2, 50, 3, 2))
    >>> cost, effect = both_drawn_in(costs, effects)
    >>> cost.shape, bool(np.diff(cost).std() < np.diff(costs.mean(axis=1)).std())
    ((50, 2), True)
    """
    halves, sizes = [], []
    for values in (costs, effects):
        one = parts(values)
        size = float(one.centres.std()) or 1.0
        halves.append(one)
        sizes.append(size)
    centres = np.column_stack([one.centres / size for one, size in zip(halves, sizes, strict=True)])
    squares = np.zeros((len(centres), centres.shape[1], centres.shape[1]))
    basis = contrasts(np.shape(costs)[-1])
    off = []
    for values, size in zip((costs, effects), sizes, strict=True):
        found = values @ basis
        off.append((found - np.nanmean(found, axis=1, keepdims=True)) / size)
    both = np.nan_to_num(np.concatenate(off, axis=2))
    squares = np.einsum("dri,drj->dij", both, both)
    together = Parts(centres, squares, halves[0].counts)
    found_spread = together.spread()
    middle = centres.mean(axis=0)
    pulled = middle + (centres - middle) @ transport(found_spread.means, found_spread.between).T
    out = []
    for k, (values, size) in enumerate(zip((costs, effects), sizes, strict=True)):
        mine = pulled[:, k * basis.shape[1] : (k + 1) * basis.shape[1]] * size
        out.append(means_of_draws(values).mean() + mine @ basis.T)
    return out[0], out[1]


def export(
    folder: Path,
    arms: Sequence[str],
    costs: Numbers,
    effects: Numbers,
    thresholds: Sequence[float],
    *,
    ids: Sequence[str] = (),
    parameters: Numbers | None = None,
    overwrite: bool = False,
) -> list[Path]:
    """Write ``costs.csv``, ``effects.csv``, their ``_corrected`` likes where replicates allow it, ``inputs.csv`` and ``read.R``.

    Parameters
    ----------
    folder
        Where; made if it isn't there.
    arms
        Names of the columns.
    costs, effects
        Draws × replicates × arms [£], [QALY].
    thresholds
        What a QALY may be worth [£/QALY].
    ids, parameters
        Names and values of the parameters, draws × parameters.
    overwrite
        Whether files that are there may be replaced.

    Returns
    -------
    list
        The files.

    Raises
    ------
    OutputExistsError
        A file is there already.
    """
    tables = {"costs": (arms, means_of_draws(costs)), "effects": (arms, means_of_draws(effects))}
    if np.ndim(costs) == 3 and bool((np.isfinite(costs[:, :, 0]).sum(axis=1) > 1).any()):
        cost, effect = both_drawn_in(costs, effects)
        tables |= {"costs_corrected": (arms, cost), "effects_corrected": (arms, effect)}
    if parameters is not None:
        tables["inputs"] = (ids, parameters)
    files = [folder / f"{name}.csv" for name in tables] + [folder / "read.R"]
    folder.mkdir(parents=True, exist_ok=True)
    for file in files:
        refuse_file(file, overwrite=overwrite)
    for file, (names, values) in zip(files, tables.values(), strict=False):
        columns = pa.table([pa.array(column) for column in values.T], names=list(names))
        with written(file, overwrite=overwrite) as aside:
            pa.csv.write_csv(columns, aside)
    with written(files[-1], overwrite=overwrite) as aside:
        said = ", ".join(f"{threshold:g}" for threshold in thresholds)
        aside.write_text(SCRIPT.format(thresholds=said), encoding="utf-8")
    return files

"""Which parameters an outcome depends on: Sobol' indices and Morris' elementary effects, by SALib, with intervals.

A function is asked for the outcome: a regression on the draws of a sweep (`regression.fit`), which leaves the noise of replicates out;
or anything else. Parameters are looked at over their ranges, evenly and independently.
"""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from SALib.analyze import morris as elementary
from SALib.analyze import sobol as variances
from SALib.sample import morris as trajectories_of
from SALib.sample import sobol as sequence

from stepdown.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import NDArray

    Numbers = NDArray[np.float64]

__all__ = ["Elementary", "Index", "morris", "sobol"]


class Index(NamedTuple):
    """Sobol' indices of a parameter: parts of the outcome's variance.

    Attributes
    ----------
    name
        The parameter.
    first, first_error
        By itself, and half of the width of its 95% interval.
    total, total_error
        With everything that it does together with others.
    """

    name: str
    first: float
    first_error: float
    total: float
    total_error: float


class Elementary(NamedTuple):
    """Elementary effects of a parameter: what the outcome changes by, over the whole range of the parameter.

    Attributes
    ----------
    name
        The parameter.
    size, size_error
        Mean size of effects (μ*), and half of the width of its 95% interval.
    mean
        Mean effect (μ), with its sign.
    deviation
        Standard deviation of effects (σ): large where the parameter acts in a curve, or with others.
    """

    name: str
    size: float
    size_error: float
    mean: float
    deviation: float


def _problem(ranges: Mapping[str, tuple[float, float]]) -> dict[str, object]:
    if len(ranges) < 2:
        message = f"parameters: {len(ranges)}; allowed: two or more"
        raise UsageError(message)
    for name, (low, high) in ranges.items():
        if not low < high:
            message = f"{name}: {low:g} to {high:g}; allowed: a low end below the high one"
            raise UsageError(message)
    return {"num_vars": len(ranges), "names": list(ranges), "bounds": [list(ends) for ends in ranges.values()]}


def sobol(
    outcome: Callable[[Numbers], Numbers],
    ranges: Mapping[str, tuple[float, float]],
    *,
    points: int = 1024,
    seed: int = 1,
) -> list[Index]:
    """Return the Sobol' indices of parameters, the greatest total first.

    Parameters
    ----------
    outcome
        Returns the outcome of each row of points × parameters.
    ranges
        Low and high end of each parameter.
    points
        A power of two; the outcome is asked for so often, times the number of parameters and two.
    seed
        Of the design and of the intervals.

    Raises
    ------
    UsageError
        There are fewer than two parameters, or a range is empty.

    Examples
    --------
    >>> found = sobol(lambda x: x[:, 0] + 2 * x[:, 1], {"a": (0, 1), "b": (0, 1)})
    >>> [(index.name, round(index.first, 1)) for index in found]
    [('b', 0.8), ('a', 0.2)]
    """
    problem = _problem(ranges)
    design = sequence.sample(problem, points, calc_second_order=False, seed=seed)
    values = np.asarray(outcome(design), float).ravel()
    if np.ptp(values) == 0:
        return [Index(name, 0.0, 0.0, 0.0, 0.0) for name in ranges]
    # About their mean: the estimators lose digits where it is far from 0.
    found = variances.analyze(problem, values - values.mean(), calc_second_order=False, seed=seed)
    rows = zip(ranges, found["S1"], found["S1_conf"], found["ST"], found["ST_conf"], strict=True)
    return sorted((Index(name, *map(float, row)) for name, *row in rows), key=lambda index: -index.total)


def morris(
    outcome: Callable[[Numbers], Numbers],
    ranges: Mapping[str, tuple[float, float]],
    *,
    trajectories: int = 50,
    seed: int = 1,
) -> list[Elementary]:
    """Return the elementary effects of parameters, the greatest first.

    Parameters
    ----------
    outcome
        Returns the outcome of each row of points × parameters.
    ranges
        Low and high end of each parameter.
    trajectories
        The outcome is asked for so often, times the number of parameters and one.
    seed
        Of the design and of the intervals.

    Raises
    ------
    UsageError
        There are fewer than two parameters, or a range is empty.

    Examples
    --------
    >>> found = morris(lambda x: x[:, 0] - 2 * x[:, 1], {"a": (0, 10), "b": (0, 10)})
    >>> [(effect.name, round(effect.mean, 6), round(effect.deviation, 6)) for effect in found]
    [('b', -20.0, 0.0), ('a', 10.0, 0.0)]
    """
    problem = _problem(ranges)
    design = trajectories_of.sample(problem, trajectories, seed=seed)
    values = np.asarray(outcome(design), float).ravel()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        found = elementary.analyze(problem, design, values, seed=seed)
    rows = zip(ranges, found["mu_star"], found["mu_star_conf"], found["mu"], found["sigma"], strict=True)
    return sorted((Elementary(name, *map(float, row)) for name, *row in rows), key=lambda effect: -effect.size)

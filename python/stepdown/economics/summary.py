"""What a sweep says on money and health, as one document: ICERs, costs by payer, acceptability, value of information."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from stepdown.economics.cost_effectiveness import acceptability, icers
from stepdown.economics.noise import contrasts, means_of_draws
from stepdown.economics.value_of_information import (
    Value,
    evpi,
    evpi_by_regression,
    evpi_corrected,
    evppi,
    evsi,
    observed_events,
    observed_mean,
)
from stepdown.errors import UsageError
from stepdown.evidence.economics import conventions
from stepdown.experiments.statistics import differences
from stepdown.words import known

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from stepdown.economics.sweep import CostsAndEffects

    Numbers = NDArray[np.float64]

__all__ = ["curve", "differences_of", "document", "groups_of", "of_groups", "study", "values_of"]

POINTS = 15
"""Points of an acceptability curve, but for 0."""

REGRESSED = 60
"""With fewer draws no regression on parameters is tried: it would explain chance."""

SINGLE = 10
"""Parameters that are looked at one by one: those that go most with the net benefit."""


def curve() -> Numbers:
    """Return what a QALY may be worth along an acceptability curve [£/QALY]: from 0 to the greatest of the evidence.

    Examples
    --------
    >>> curve()[[0, -1]].tolist()
    [0.0, 70000.0]
    """
    return np.linspace(0.0, conventions()["economics.threshold_greatest"], POINTS)


def differences_of(found: CostsAndEffects, threshold: float) -> list[dict[str, Any]]:
    """Return what each arm costs and gives beside the base, with 95% intervals over draws (with one draw: over replicates).

    Returns
    -------
    list
        Rows with ``arm``, ``what`` (a kind of payer, ``cost``, ``qalys`` or ``net benefit``), ``difference``, ``low``, ``high``, in £ or
        QALYs.
    """
    draws, replicates, _ = found.effects.shape
    of = np.repeat(np.arange(draws), replicates)
    parts = {**found.payers, "cost": found.costs, "qalys": found.effects, "net benefit": found.net_benefit(threshold)}
    rows = []
    for k, arm in enumerate(found.arms[1:], 1):
        for what, values in parts.items():
            flat = values.reshape(-1, values.shape[2])
            there = np.logical_not(np.isnan(flat[:, 0]))
            one = differences(flat[there][None, :, 0], flat[there][None, :, k], of[there])
            rows.append(
                {
                    "arm": arm,
                    "what": what,
                    "difference": float(one.difference[0]),
                    "low": float(one.low[0]),
                    "high": float(one.high[0]),
                }
            )
    return rows


def values_of(benefit: Numbers, parameters: Numbers | None = None) -> dict[str, Value]:
    """Return the expected value of perfect information three ways: as it comes, with noise taken out, and by regression.

    Parameters
    ----------
    benefit
        Draws × replicates × arms [£].
    parameters
        All parameters, draws × parameters.
    """
    found = {"naive": evpi(benefit)}
    if not np.isnan(found["naive"].noise):
        found["corrected"] = evpi_corrected(benefit)
    if parameters is not None and parameters.shape[1]:
        found["regression"] = evpi_by_regression(benefit, parameters)
    return found


def groups_of(
    ids: Sequence[str], parameters: Numbers, benefit: Numbers, asked: Sequence[str] = ()
) -> dict[str, list[int]]:
    """Return groups of parameters by name: those whose ids begin as asked, or else families, and the single ones that matter most.

    Parameters
    ----------
    ids, parameters
        Names, and values, draws × parameters.
    benefit
        Net benefit, draws × replicates × arms.
    asked
        How ids begin (``relapse``), several joined by ``+`` (``relapse+death``), or whole ids.

    Raises
    ------
    UsageError
        No parameter begins so.
    """
    families: dict[str, list[int]] = {}
    for k, id in enumerate(ids):
        families.setdefault(id.partition(".")[0], []).append(k)
    if asked:
        return {one: [k for word in one.split("+") for k in _beginning(word, ids, families)] for one in asked}
    means = means_of_draws(benefit)
    outcomes = means @ contrasts(means.shape[1])
    x = parameters - parameters.mean(axis=0)
    y = outcomes - outcomes.mean(axis=0)
    size = np.sqrt((x**2).sum(axis=0))[:, None] * np.sqrt((y**2).sum(axis=0))[None, :]
    going = np.divide(np.abs(x.T @ y), size, out=np.zeros_like(size), where=size > 0).max(axis=1)
    single = {ids[k]: [int(k)] for k in np.argsort(-going, kind="stable")[:SINGLE]}
    return families | single


def _beginning(word: str, ids: Sequence[str], families: Mapping[str, list[int]]) -> list[int]:
    found = [k for k, id in enumerate(ids) if id == word or id.startswith(f"{word}.")]
    if not found:
        known("parameter", word, [*families, *ids])
        message = f"parameter: {word}: no draw varies it"
        raise UsageError(message)
    return found


def of_groups(benefit: Numbers, parameters: Numbers, groups: Mapping[str, Sequence[int]]) -> dict[str, Value]:
    """Return the expected value of perfect information on each group of parameters, the greatest first."""
    found = {name: evppi(benefit, parameters[:, list(members)]) for name, members in groups.items()}
    return dict(sorted(found.items(), key=lambda item: -item[1].value))


def study(text: str, ids: Sequence[str], parameters: Numbers, benefit: Numbers, seed: int = 1) -> Value:
    """Return the expected value of a study that is written ``ID=PEOPLE`` (of a probability) or ``ID=PEOPLE:DEVIATION`` (of a mean).

    Raises
    ------
    UsageError
        It can't be understood, or the parameter is no probability and has no standard deviation between people.
    """
    id, _, rest = text.partition("=")
    people, _, deviation = rest.partition(":")
    known("parameter", id, ids)
    column = parameters[:, list(ids).index(id)]
    if not people.isdecimal() or not int(people):
        message = f"study: {text!r}; allowed: ID=PEOPLE of a probability, or ID=PEOPLE:DEVIATION of a mean"
        raise UsageError(message)
    rng = np.random.default_rng(seed)
    if not deviation:
        if column.min() < 0 or column.max() > 1:
            message = (
                f"study: {text!r}: {id} isn't between 0 and 1; allowed: {id}={people}:DEVIATION, as people vary by"
            )
            raise UsageError(message)
        return evsi(benefit, observed_events(column, int(people), rng))
    try:
        between = float(deviation)
    except ValueError:
        between = 0.0
    if not 0 < between < float("inf"):
        message = f"study: {text!r}: {deviation!r} is no standard deviation; allowed: a number above 0"
        raise UsageError(message)
    return evsi(benefit, observed_mean(column, between, int(people), rng))


def document(
    found: CostsAndEffects,
    *,
    threshold: float | None = None,
    ids: Sequence[str] = (),
    parameters: Numbers | None = None,
    asked: Sequence[str] = (),
    studies: Sequence[str] = (),
) -> dict[str, Any]:
    """Return everything as one document of numbers and texts, in £ and QALYs.

    Parameters
    ----------
    found
        What the sweep has.
    threshold
        What a QALY is worth [£/QALY]; by default that of the evidence.
    ids, parameters
        Parameters of the draws; without them, nothing is said on what it is worth to know some.
    asked, studies
        Groups for `groups_of`, and studies for `study`.
    """
    worth = conventions()["economics.threshold"] if threshold is None else threshold
    said: dict[str, Any] = {
        "arms": list(found.arms),
        "draws": len(found.draws),
        "replicates": int(np.isfinite(found.effects[:, :, 0]).sum()) / len(found.draws),
        "perspective": found.perspective,
        "common": found.common,
        "threshold": worth,
        "least": REGRESSED,
        "icers": [row._asdict() for row in icers(found.arms, found.costs, found.effects)],
        "differences": differences_of(found, worth),
    }
    if len(found.draws) < 2:
        return said
    curves = acceptability(found.costs, found.effects, curve())
    said["acceptability"] = [
        {
            "threshold": float(curves.thresholds[k]),
            "best": found.arms[int(curves.best[k])],
            "frontier": float(curves.frontier[k]),
            "noise": float(curves.noise[k]),
            "naive": dict(zip(found.arms, curves.naive[k].tolist(), strict=True)),
            "corrected": dict(zip(found.arms, curves.corrected[k].tolist(), strict=True)),
        }
        for k in range(len(curves.thresholds))
    ]
    benefit = found.net_benefit(worth)
    enough = parameters is not None and len(parameters) >= REGRESSED
    known_of = values_of(benefit, parameters if enough else None)
    said["evpi"] = {name: value._asdict() for name, value in known_of.items()}
    if parameters is not None and (enough or asked or studies):
        if not enough:
            message = f"draws: {len(parameters)}; allowed: {REGRESSED} or more for the value of knowing some parameters or of a study"
            raise UsageError(message)
        groups = groups_of(ids, parameters, benefit, asked)
        said["evppi"] = {
            name: {"parameters": len(groups[name]), **value._asdict()}
            for name, value in of_groups(benefit, parameters, groups).items()
        }
        said["evsi"] = {text: study(text, ids, parameters, benefit)._asdict() for text in studies}
    return said

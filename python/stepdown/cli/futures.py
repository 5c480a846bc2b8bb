"""`stepdown futures`: what it costs to have chosen a policy where another would have been better, and which draws of the parameters break it."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from stepdown.cli import optional, output
from stepdown.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping

MILLION = 1e6

SHOWN = 4
"""Leaves of the tree that are printed."""


def futures(
    sweep: Annotated[Path, typer.Argument(metavar="SWEEP", help="Folder of a sweep with draws of the parameters.")],
    *,
    scenario: Annotated[
        str | None, typer.Option(help="The policy that is looked at; by default, the one of the least regret.")
    ] = None,
    indicator: Annotated[
        str | None, typer.Option(help="It fails where this indicator for all England misses --at-least or --at-most.")
    ] = None,
    at_least: Annotated[float | None, typer.Option(metavar="VALUE", help="What the indicator must reach.")] = None,
    at_most: Annotated[float | None, typer.Option(metavar="VALUE", help="What it may not pass.")] = None,
    perspective: Annotated[
        str, typer.Option(help="Whose costs count: health (and social care), public (with justice), society.")
    ] = "health",
    incomplete: Annotated[
        bool, typer.Option("--incomplete", help="Leave out replicates that aren't done in all scenarios.")
    ] = False,
    as_json: output.Json = False,
) -> None:
    """Tell the regret of each scenario over draws, and in which box of parameters one fails: has regret, or misses an indicator.

    Example: stepdown futures sweeps/places --indicator wait_clinical_within_28 --at-least 0.95
    """
    from stepdown.economics.futures import chance_of, prim, regrets

    with optional.extra("futures", "economics"):
        import sklearn.tree  # noqa: F401 -- its absence is said before anything is read
    from stepdown.economics.futures import tree
    from stepdown.economics.noise import drawn_in, means_of_draws
    from stepdown.economics.sweep import costs_and_effects, parameters_of
    from stepdown.evidence.economics import conventions
    from stepdown.experiments.result_set import ResultSet
    from stepdown.words import known

    if (indicator is None) != (at_least is None and at_most is None) or None not in (at_least, at_most):
        message = "--indicator: allowed: with one of --at-least and --at-most"
        raise UsageError(message)
    results = ResultSet(sweep)
    found = costs_and_effects(results, perspective=perspective, incomplete=incomplete)
    ids, values = parameters_of(results.plan, found.draws)
    benefit = found.net_benefit(conventions()["economics.threshold"])
    several = found.effects.shape[1] > 1
    pure = drawn_in(benefit) if several else means_of_draws(benefit)
    rows = regrets(found.arms, pure)
    policy = rows[0].arm if scenario is None else scenario
    known("scenario", policy, found.arms, f" in {sweep}")
    if indicator is None:
        at = list(found.arms).index(policy)
        fails, said = pure.max(axis=1) > pure[:, at], "another scenario has more net benefit"
    else:
        fails = _missing(results, policy, indicator, found.draws, at_least, at_most)
        said = f"{indicator} is " + (f"below {at_least:g}" if at_least is not None else f"above {at_most:g}")
    document: dict[str, Any] = {
        "regret": [row._asdict() for row in rows],
        "policy": policy,
        "fails": said,
        "failures": int(fails.sum()),
        "draws": len(fails),
    }
    if 0 < fails.sum() < len(fails):
        box = prim(ids, values, fails)
        document["box"] = {
            "limits": {name: list(ends) for name, ends in box.limits.items()},
            "coverage": box.coverage,
            "density": box.density,
            "mass": box.mass,
            "chance": chance_of(ids, values, fails, box),
        }
        document["tree"] = [leaf._asdict() for leaf in tree(ids, values, fails)]
    if as_json:
        output.data_json(_finite(document))
        return
    _tell(document)
    if not several:
        output.log("with one replicate of each draw, chance counts as regret; allowed: two or more")


def _missing(
    results: Any, policy: str, indicator: str, draws: tuple[int, ...], at_least: float | None, at_most: float | None
) -> Any:
    """Return in which draws an indicator, the mean over years and replicates, misses its bound."""
    import numpy as np

    from stepdown.experiments.compare import outcome_values
    from stepdown.experiments.plan import OutcomeFacts
    from stepdown.results.indicators import ENGLAND, INDICATORS
    from stepdown.words import known

    known("indicator", indicator, [one.name for one in INDICATORS if "all" in one.groups])
    facts = OutcomeFacts(indicator=indicator, area=ENGLAND, group="all", level="all", half_width=None)
    by_draw: dict[int, list[float]] = {draw: [] for draw in draws}
    for (draw, _), value in outcome_values(results, policy, facts).items():
        if draw in by_draw:
            by_draw[draw].append(value)
    if lacking := [draw for draw, values in by_draw.items() if not values]:
        message = f"{indicator}: unknown in draw {lacking[0]} of {policy}; allowed: an indicator that each draw has"
        raise UsageError(message)
    means = np.array([np.mean(values) for values in by_draw.values()])
    return means < at_least if at_least is not None else means > at_most


def _tell(document: dict[str, Any]) -> None:
    """Print regret, the box and the tree."""
    rows = [
        {
            "scenario": row["arm"],
            "mean regret £m": output.figure(row["mean"] / MILLION),
            "95th percentile": output.figure(row["high"] / MILLION),
            "most": output.figure(row["most"] / MILLION),
            "best in": f"{100 * row['best']:.0f}%",
        }
        for row in document["regret"]
    ]
    output.data(output.columns(rows, list(rows[0])))
    output.data("")
    output.data(
        f"{document['policy']} fails in {document['failures']} of {document['draws']} draws: {document['fails']}"
    )
    if "box" not in document:
        return
    box = document["box"]
    output.data(
        f"box: {_limits(box['limits'])}: {100 * box['density']:.0f}% of its draws fail, which are {100 * box['coverage']:.0f}% of all failures"
    )
    output.data(
        f"where failures are dealt out by chance, as good a box is found in {100 * box['chance']:.0f}% of cases"
        + ("" if box["chance"] <= 0.05 else ": it may be chance")
    )
    for leaf in document["tree"][:SHOWN]:
        output.data(
            f"tree: {_limits(leaf['limits'])}: {100 * leaf['density']:.0f}% fail, {100 * leaf['mass']:.0f}% of draws"
        )


def _limits(limits: "Mapping[str, Any]") -> str:
    """Return limits in words."""
    said = []
    for name, (low, high) in limits.items():
        if low > float("-inf"):
            said.append(f"{name} at least {low:.4g}")
        if high < float("inf"):
            said.append(f"{name} at most {high:.4g}")
    return ", ".join(said) or "all draws"


def _finite(said: Any) -> Any:
    """Return a document without infinite ends, which JSON doesn't know."""
    if isinstance(said, dict):
        return {key: _finite(value) for key, value in said.items()}
    if isinstance(said, list | tuple):
        return [_finite(value) for value in said]
    return None if isinstance(said, float) and said in (float("inf"), float("-inf")) else said

"""The texts of `stepdown explain` about a parameter: source, value in a scenario, users and influence."""

from collections.abc import Iterable
from typing import Any

import numpy as np

from stepdown import evidence
from stepdown.decisions import parameter_users
from stepdown.evidence import draws, ranking
from stepdown.evidence.loader import BELL, Parameter
from stepdown.scenario import Scenario

CONFIDENCE = {"H": "high: seen", "M": "middling: derived or old", "L": "low: judgement"}
SHOWN = 3
"""Results on which an influence is shown."""


def rows(ids: Iterable[str], scenario: Scenario) -> list[dict[str, Any]]:
    """Return all that is known of some parameters, each as one row."""
    loaded = evidence.load()
    used, ranked = parameter_users.users(loaded), ranking.read()
    there = scenario.evidence()
    correlated, bound = draws.correlations(loaded), draws.constraints(loaded)
    fitted, found = _fitted(), []
    for id in ids:
        parameter = loaded[id]
        ties = [f"{group.how}: {group.name}" for group in bound if id in group.ids]
        ties += [f"correlated: {correlated[id][0]} (loading {correlated[id][1]:g})"] if id in correlated else []
        found.append(
            {
                "id": parameter.id,
                "name": parameter.name,
                "value": f"{parameter.value:g}",
                "unit": parameter.unit,
                "range": _range(parameter),
                "distribution": parameter.distribution,
                "fitted": fitted.get(id, ""),
                "drawn with": "; ".join(ties),
                "assumption": "yes" if parameter.keys[0] == "A" else "no",
                "source": "; ".join(f"{key}: {loaded.sources[key]}" for key in parameter.keys),
                "confidence": CONFIDENCE[parameter.confidence],
                "note": parameter.note,
                "used by": ", ".join(used[id]),
                "influence": _influence(ranked.get(id, ()), len(ranked)),
                "scenario": scenario.name,
                "value there": f"{there.value(id):g}",
                "which is": _why(parameter, there[id], scenario),
                "file": f"evidence/{parameter.file}, line {parameter.line}",
            }
        )
    return found


def _fitted() -> dict[str, str]:
    """Return where 95% of the draws of each fitted parameter lie."""
    ids, rows = draws.posterior(evidence.load())
    ends = {id: np.quantile([row[at] for row in rows], (0.025, 0.975)) for at, id in enumerate(ids)}
    return {id: f"{low:.4g} to {high:.4g} (95% of {len(rows)} draws of the fit)" for id, (low, high) in ends.items()}


def _range(parameter: Parameter) -> str:
    if parameter.distribution == "fixed":
        return "fixed"
    meaning = "95%" if parameter.distribution in BELL else "all"
    return f"{parameter.low:g} to {parameter.high:g} ({meaning})"


def _why(parameter: Parameter, there: Parameter, scenario: Scenario) -> str:
    if parameter.id in scenario.parameters:
        return "set by the scenario"
    if there.file != parameter.file:
        return f"that of the world of {scenario.world} ({there.source}: {there.note})"
    return "the best value" if there.value == parameter.value else f"draw {scenario.draw}"


def _influence(effects: tuple[ranking.Effect, ...], among: int) -> str:
    if not effects:
        return ""
    clear = sorted((e for e in effects if e.clear), key=lambda e: -e.share)[:SHOWN]
    said = [f"{e.output} {e.effect:+.3g} {e.unit} from low to high (noise {e.error:.2g})" for e in clear]
    return f"rank {effects[0].rank} of {among}: {'; '.join(said) or 'nothing that stands out of the noise'}"

"""The texts of `stepdown explain` about estimands and targets: definitions of figures, and the published values beside them."""

from typing import Any

from stepdown.cli import output
from stepdown.errors import UsageError
from stepdown.estimands import ESTIMANDS, targets

LISTS = {"estimands": ("id", "unit", "what"), "targets": ("id", "kind", "value", "unit", "range", "estimand", "name")}
"""Lists that can be asked for, and what they show."""


def known() -> list[str]:
    """Return every topic that can be explained here; estimands also by how their ids begin."""
    beginnings = {".".join(id.split(".")[:n]): None for id in ESTIMANDS for n in range(1, id.count(".") + 1)}
    return list(dict.fromkeys([*LISTS, *ESTIMANDS, *targets.load(), *beginnings]))


def told(topic: str) -> tuple[Any, str]:
    """Return a list, or the definition of an estimand or a target: as data, and as text."""
    if topic in LISTS:
        rows = _estimands() if topic == "estimands" else [_target(id) for id in targets.load()]
        return rows, output.columns(rows, LISTS[topic])
    if topic in ESTIMANDS:
        row = _estimand(topic)
        return row, output.pairs(row)
    if topic in targets.load():
        row = _target(topic)
        row |= {f"estimand: {key}": said for key, said in _estimand(row["estimand"]).items() if key != "id"}
        return row, output.pairs(row)
    if rows := _estimands(f"{topic}."):
        return rows, output.columns(rows, LISTS["estimands"])
    raise UsageError(f"{topic!r} is not an estimand or target; allowed: {', '.join(known())}")


def _estimands(beginning: str = "") -> list[dict[str, Any]]:
    return [_estimand(id) for id in ESTIMANDS if id.startswith(beginning)]


def _estimand(id: str) -> dict[str, Any]:
    estimand = ESTIMANDS[id]
    scored = [target.id for target in targets.load().values() if target.estimand == id]
    return {
        "id": id,
        "what": estimand.what,
        "unit": estimand.unit,
        "who": estimand.who,
        "tables": ", ".join(estimand.tables),
        "clock": estimand.clock,
        "follow-up": estimand.follow_up,
        "censoring": estimand.censoring,
        "targets": ", ".join(scored),
    }


def _target(id: str) -> dict[str, Any]:
    target = targets.load()[id]
    return {
        "id": id,
        "name": target.name,
        "kind": target.kind,
        "which means": targets.KINDS[target.kind],
        "role": target.role,
        "that is": targets.ROLES[target.role],
        "value": f"{target.value:g}",
        "unit": target.unit,
        "range": f"{target.low:g} to {target.high:g}",
        "likelihood": f"{target.likelihood}, spread {target.spread:g}",
        "estimand": target.estimand,
        "years": f"the first {target.years} of a run",
        "source": target.source,
        "confidence": target.confidence,
        "note": target.note,
    }

"""Extremes: with an inflow, a stock or a decision set to nothing or to everything, results go where they must.

`benches/extremes.py` does more of them, on more people; `docs/face-validity.md` has what it found.
"""

from functools import cache
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pytest

from stepdown import SecureCareModel, inflow, load

SIZE: dict[str, Any] = {"population": 0.02, "years": 2, "settle_days": 366}


@cache
def known() -> Any:
    """Return the inflow that all these worlds live from."""
    return inflow.record(load("baseline", **SIZE), seed=3)


def lived(**world: Any) -> dict[str, int]:
    """Live a world; count events by kind, who is waiting, ready and in a secure bed at the end."""
    model = SecureCareModel("baseline", seed=3, inflow=known(), **SIZE, **world)
    model.run_model()
    events = pa.table(model.core.drain().table("events"))["event"].cast(pa.string())
    counted = {row["values"].as_py(): row["counts"].as_py() for row in pc.value_counts(events)}
    return counted | {"waiting": model.waiting, "ready": model.ready, "occupied": model.occupied}


@cache
def baseline() -> dict[str, int]:
    """Live the baseline."""
    return lived()


def none(*ids: str) -> dict[str, Any]:
    """Set hazards to nothing."""
    return {"parameters": dict.fromkeys(ids, 0.0)}


RELAPSE = tuple(f"relapse.{name}" for name in ("prison", "hospital", "year1", "year2", "year3", "year6", "later"))
REOFFENCE = tuple(f"reoffence.{name}" for name in ("year1", "year2", "year3", "year6", "later", "never_secure"))


@pytest.mark.parametrize(
    ("world", "gone"),
    [
        (none(*RELAPSE), "unwell"),
        (none(*REOFFENCE), "reconviction"),
        (none("suicide.community", "suicide.prison", "suicide.hospital"), "suicide"),
        (none("abscond.escorted", "abscond.unescorted", "abscond.none"), "abscond"),
        (none("assault.base"), "assault"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_never_happens_is_never_logged(world: dict[str, Any], gone: str) -> None:
    assert baseline()[gone] > 0
    assert gone not in lived(**world)


@pytest.mark.parametrize(
    ("world", "result", "sign"),
    [
        ({"assessment_capacity": 0}, "occupied", -1),
        ({"capacity": "unlimited"}, "waiting", -1),
        ({"supported_places": -100000, "forensic_teams": -100000, "mainstream_teams": -100000}, "ready", +1),
        ({"aftercare_budget": 0}, "ready", +1),
        ({"clinician_threshold": -5}, "ready", -1),
        ({"clinician_threshold": 5}, "ready", +1),
        ({"tribunal_capacity": 0}, "hearing", -1),
    ],
    ids=["nobody assesses", "places without end", "no places or teams", "no money", "nobody ready", "all ready", "no hearings"],
)  # fmt: skip
def test_an_extreme_moves_what_it_must(world: dict[str, Any], result: str, sign: int) -> None:
    before, after = baseline().get(result, 0), lived(**world).get(result, 0)
    assert (after - before) * sign > 0, f"{result}: {before} before, {after} after"


@pytest.mark.parametrize(("rate", "ended"), [(0.0, False), (4.0, True)], ids=["nobody applies", "everybody applies"])
def test_the_tribunal_ends_conditional_discharges_of_those_who_apply(rate: float, ended: bool) -> None:
    model = SecureCareModel("baseline", seed=3, inflow=known(), **SIZE, parameters={"tribunal.rate_conditional": rate})
    model.run_model()
    events = pa.table(model.core.drain().table("events")).to_pylist()
    moves = {(e["from"], e["to"]) for e in events if e["event"] == "status" and e["cause"] == "tribunal"}
    assert (("conditional discharge", "absolute discharge") in moves) == ended

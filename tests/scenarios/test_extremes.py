"""Extremes: with an inflow, a stock or a decision set to nothing or to everything, results go where they must.

`benches/extremes.py` does more of them, on more people; `docs/face-validity.md` has what it found.
"""

from functools import cache
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pytest

from stepdown import SecureCareModel, inflow, load
from stepdown.agents import Collaborative, Quarter
from stepdown.agents.choices import Commissioning

DISPOSALS = ("community", "community with treatment", "custody", "s35", "s36", "s38", "s37", "s37/41", "s45A")
SIZE: dict[str, Any] = {"population": 0.02, "years": 2, "settle_days": 366}


class Passive(Collaborative):
    """Orders nothing: what funders have is all that there is."""

    def commissioning(self, quarter: Quarter) -> Commissioning:
        del quarter
        return Commissioning.KEEP


@cache
def known() -> Any:
    """Return the inflow that all these worlds live from."""
    return inflow.record(load("baseline", **SIZE), seed=3)


def lived(**world: Any) -> dict[str, int]:
    """Live a world; count events by kind and discharges that aftercare pays; who is waiting, ready and in a secure bed at the end."""
    model = SecureCareModel("baseline", seed=3, inflow=known(), **SIZE, **world)
    model.run_model()
    events = pa.table(model.core.drain().table("events"))
    kinds, to = events["event"].cast(pa.string()), events["to"].cast(pa.string())
    counted = {row["values"].as_py(): row["counts"].as_py() for row in pc.value_counts(kinds)}
    paid = pc.sum(pc.and_(pc.equal(kinds, "decision"), pc.starts_with(to, "aftercare: "))).as_py()
    return counted | {"aftercare": paid} | {"waiting": model.waiting, "ready": model.ready, "occupied": model.occupied}


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
        # Who awaits a court on the first day was charged before it.
        (none(*REOFFENCE, "abscond.offend", "start.prisoners_known"), "reconviction"),
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
    moves = {(e["from"], e["to"]) for e in events if e["event"] == "status" and e["cause"] == "hearing"}
    assert (("conditional discharge", "absolute discharge") in moves) == ended


def logged(**values: float) -> list[dict[str, Any]]:
    """Live a world with other parameters; return its events."""
    model = SecureCareModel("baseline", seed=3, inflow=known(), **SIZE, parameters=values)
    model.run_model()
    events: list[dict[str, Any]] = pa.table(model.core.drain().table("events")).to_pylist()
    return events


def moved(**values: float) -> list[tuple[str, str]]:
    """Live a world with other parameters; return who moved: from, to."""
    return [(e["from"], e["to"]) for e in logged(**values) if e["event"] == "move"]


def test_without_a_budget_aftercare_pays_for_nobody() -> None:
    assert baseline()["aftercare"] > 0 == lived(aftercare_budget=0, agents=[Passive])["aftercare"]


def test_courts_wait_for_an_assessment_under_way() -> None:
    def too_soon(days: float) -> int:
        stage: dict[int, str] = {}
        found = 0
        for event in logged(**{"court.waits_for_assessment": days}):
            if event["event"] == "stage":
                stage[event["person"]] = event["to"]
            elif event["event"] == "decision" and event["to"] in DISPOSALS:
                found += stage.get(event["person"]) in ("identified", "referred")
            elif event["event"] == "decision" and event["to"] == "hold":
                # Whom a team holds nobody is assessing: the court doesn't wait for that.
                stage[event["person"]] = "held"
        return found

    assert too_soon(0.0) > 4 > too_soon(1000.0) == 0


def test_who_is_old_when_ill_again_goes_elsewhere_than_to_secure_care() -> None:
    def returns(age: float) -> int:
        # Many who were in secure care, and fall ill often.
        often = {
            "start.discharges": 6000.0,
            "relapse.year1": 0.5,
            "relapse.year2": 0.5,
            "relapse.year3": 0.5,
            "relapse.year6": 0.5,
        }
        changes = moved(**{"aftercare.secure_until": age, **often})
        return sum(changes.count(("acute ward", tier)) for tier in ("medium secure", "low secure"))

    assert returns(18.0) < 0.75 * returns(65.0)


def test_who_has_little_of_a_sentence_left_is_not_referred() -> None:
    # Somebody who was referred on remand may be sentenced meanwhile, and still be transferred.
    place: dict[int, str] = {}
    answers: dict[str, set[str]] = {"prison (remand)": set(), "prison (sentenced)": set()}
    changed = {"choice.referral.refer.known_sentence_left": -60.0, "choice.referral.refer.log1p_sentence_left": 0.0}
    for event in logged(**changed):
        if event["event"] in ("enter", "move"):
            place[event["person"]] = event["to"]
        elif event["decision"] == "referral" and place.get(event["person"]) in answers:
            answers[place[event["person"]]].add(event["to"])
    assert "refer to medium" in answers["prison (remand)"]
    assert answers["prison (sentenced)"] == {"hold"}


def test_the_discharged_of_the_first_day_are_at_the_risk_that_the_evidence_says() -> None:
    def risk(above: float) -> float:
        model = SecureCareModel("baseline", seed=3, inflow=known(), **SIZE, parameters={"start.discharged_risk": above})
        people = pa.table(model.caseload.to_arrow())
        home = people.filter(
            pc.and_(pc.is_valid(people["discharged"]), pc.equal(people["place"].cast(pa.string()), "own home"))
        )
        return float(pc.mean(home["latent_risk"]).as_py())

    assert risk(0.9) - risk(0.4) == pytest.approx(0.5)


@pytest.mark.parametrize(("places", "said", "never"), [(-100000, "place", "funding"), (100000, "funding", "place")])
def test_who_is_ready_lacks_a_place_where_homes_are_full_and_money_where_they_are_not(
    places: int, said: str, never: str
) -> None:
    model = SecureCareModel("baseline", seed=3, inflow=known(), **SIZE, supported_places=places, agents=[Passive])
    model.run_model()
    events = pa.table(model.core.drain().table("events")).to_pylist()
    lacking = {event["to"] for event in events if event["event"] == "blocked"}
    assert said in lacking
    assert never not in lacking

"""What the declared decisions amount to: probabilities of typical cases, and that each lever pulls its way."""

import math
from collections.abc import Collection
from itertools import pairwise

import pytest

from stepdown import _core
from stepdown.decisions import language, reference
from stepdown.evidence import load

EVIDENCE = load()
HOSPITAL = ("s35", "s36", "s38", "s37", "s37/41", "s45A")
RESTRICTED_HEARING = ("discharge", "notify: not entitled", "notify: entitled")
CIVIL_HEARING = (
    "conditional discharge",
    "deferred conditional discharge",
    "absolute discharge",
    "notify: not entitled",
    "notify: entitled",
)
MEDIUM = {"place": "medium secure", "legal": "s37/41", "restricted": 1, "violent": 1}
TESTED = {"reading": 0, "programme": 1, "escorted_leave": 1, "unescorted_leave": 1}


def ask(decision: str, barred: Collection[str] = (), **seen: float | str) -> dict[str, float]:
    """Return the probability of each option that is not barred; what isn't said is 0, or null where it can be."""
    declared = language.read(decision, EVIDENCE)
    values = {ref: math.nan if ref in language.nullable() else 0.0 for ref in language.references(declared.kind)}
    for name, value in seen.items():
        group, _, rest = name.partition("__")
        ref = f"{group}.{rest}" if rest else f"case.{name}"
        words = _core.vocabulary(ref)
        values[ref] = float(words.index(value)) if words is not None and isinstance(value, str) else float(value)
        assert ref in language.references(declared.kind)
    scores = reference.scores(declared, EVIDENCE, values)
    return reference.probabilities({option: score for option, score in scores.items() if option not in barred})


@pytest.mark.parametrize(
    ("decision", "barred", "seen", "option", "low", "high"),
    [
        ("disposal", HOSPITAL, {"psychosis": 1, "convictions": 2}, "custody", 0.05, 0.40),
        ("disposal", HOSPITAL, {"psychosis": 1, "convictions": 2, "report": 1}, "custody", 0.02, 0.20),
        ("disposal", (), {"murder": 1, "grave": 1, "crown": 1}, "custody", 0.99, 1.0),
        ("disposal", ("s35", "s36"), {"in_hospital": 1, "crown": 1, "grave": 1, "violent": 1}, "s37/41", 0.60, 0.95),
        ("disposal", ("s35", "s36"), {"in_hospital": 1, "crown": 1, "violent": 1}, "custody", 0.05, 0.25),
        ("referral", (), {"unwell": 1, "reading": 0.3, "violent": 1}, "refer to medium", 0.40, 0.70),
        ("referral", (), {"unwell": 1, "reading": 0.3, "place": "acute ward"}, "refer to low", 0.15, 0.70),
        ("referral", (), {"unwell": 1, "reading": 0.3, "violent": 1}, "hold", 0.05, 0.34),
        (
            "assessment",
            (),
            {"security": 2.3, "target": "medium secure", "assessments": 1, "wait_days": 30},
            "accept at medium",
            0.30,
            0.50,
        ),
        (
            "assessment",
            (),
            {"security": 2.3, "target": "medium secure", "assessments": 1, "wait_days": 30},
            "another assessment",
            0.05,
            0.40,
        ),
        ("warrant", (), {"security": 2.3, "asked_for": "admission"}, "grant", 0.93, 0.98),
        ("review", ("remit",), {**MEDIUM, "reading": 1, "programme": 0.1}, "stay", 0.70, 0.95),
        ("review", ("remit",), {**MEDIUM, "reading": 0, "programme": 0.5}, "ready", 0.0, 0.02),
        ("review", ("remit", "more leave"), {**MEDIUM, **TESTED}, "stay", 0.05, 0.75),
        ("review", (), {"place": "low secure", "reading": 0.3}, "step up", 0.002, 0.012),
        ("review", (), {"place": "medium secure", "reading": 0.3}, "step up", 0.0005, 0.010),
        (
            "review",
            ("ready",),
            {"legal": "s47/49", "reading": 0, "recovered": 1, "programme": 0.9, "sentence_left": 700},
            "remit",
            0.03,
            0.3,
        ),
        ("consent", (), {"asked_for": "leave", "reading": 0}, "grant", 0.80, 0.95),
        ("consent", (), {"asked_for": "discharge", "reading": 0}, "grant", 0.10, 0.50),
        (
            "hearing",
            RESTRICTED_HEARING,
            {"reading": 0.2, "escorted_leave": 1, "programme": 0.5},
            "no discharge",
            0.40,
            0.92,
        ),
        (
            "hearing",
            RESTRICTED_HEARING,
            {"reading": -0.5, "escorted_leave": 1, "unescorted_leave": 1, "programme": 0.8},
            "conditional discharge",
            0.30,
            0.90,
        ),
        ("hearing", CIVIL_HEARING, {"reading": 0, "legal": "s3"}, "discharge", 0.02, 0.08),
        ("hearing", CIVIL_HEARING, {"reading": 0, "legal": "s2"}, "discharge", 0.05, 0.14),
        ("discharge", (), {"ready_days": 1, "reading": 0, "option__cost": 1.3}, "not yet", 0.85, 0.97),
        ("coding", (), {"reading": 0}, "code complex", 0.005, 0.04),
        ("coding", (), {"reading": 0, "personality_disorder": 1}, "code complex", 0.03, 0.15),
        ("coding", (), {"reading": 0, "personality_disorder": 1, "primary_pd": 1}, "code complex", 0.97, 1.0),
        ("recall", ("recall under CTO",), {"unwell": 1, "reading": 0.5, "white": 1}, "ask for recall", 0.05, 0.25),
        ("recall", ("recall under CTO",), {"reading": 0, "white": 1}, "watch", 0.97, 1.0),
        ("engagement", ("take up employment support",), {"symptom_reading": 0}, "withhold", 0.10, 0.25),
    ],
)
def test_a_typical_case_is_answered_as_practice_answers_it(
    decision: str, barred: Collection[str], seen: dict[str, float | str], option: str, low: float, high: float
) -> None:
    assert low <= ask(decision, barred, **seen)[option] <= high


@pytest.mark.parametrize(
    ("decision", "lever", "seen", "option", "sign"),
    [
        ("review", "risk_aversion", {**MEDIUM, **TESTED}, "ready", -1),
        ("review", "recovery_training", {**MEDIUM, **TESTED}, "ready", 1),
        ("review", "step_down_push", {**MEDIUM, **TESTED}, "step down", 1),
        ("consent", "risk_aversion", {"asked_for": "leave"}, "grant", -1),
        ("hearing", "risk_aversion", {"reading": 0}, "conditional discharge", -1),
        ("hearing", "detention_criteria", {"legal": "s3"}, "discharge", 1),
        ("recall", "risk_aversion", {"unwell": 1}, "ask for recall", 1),
        ("warrant", "risk_aversion", {}, "grant", -1),
        ("disposal", "diversion", {"report": 1}, "custody", -1),
        ("disposal", "diversion", {"report": 1}, "community with treatment", 1),
        ("assessment", "admission_criteria", {"security": 2, "target": "low secure"}, "another assessment", -1),
        ("assessment", "personality_disorder_inclusion", {"security": 2, "primary_pd": 1}, "refuse", -1),
        ("referral", "personality_disorder_inclusion", {"primary_pd": 1}, "hold", -1),
        ("referral", "low_secure_transfers", {"unwell": 1}, "refer to low", 1),
        ("referral", "detention_criteria", {"primary_id": 1}, "refer to low", -1),
        ("discharge", "personality_disorder_inclusion", {"primary_pd": 1, "reading": 0}, "not yet", -1),
        ("engagement", "recovery_training", {"discharge_near": 1}, "anxious about discharge", -1),
        ("engagement", "employment_support", {"work_offered": 1}, "take up employment support", 1),
    ],
)
def test_a_lever_pulls_its_way(decision: str, lever: str, seen: dict[str, float | str], option: str, sign: int) -> None:
    chances = [ask(decision, **seen, **{f"lever__{lever}": strength})[option] for strength in (0.0, 0.5, 1.0)]
    steps = [sign * (after - before) for before, after in pairwise(chances)]
    assert all(step > 0 for step in steps)


def test_a_funder_that_pays_without_a_gain_waits_longer_than_one_that_shares_the_saving() -> None:
    alone = ask("discharge", reading=0, ready_days=30, option__cost=1.1)
    pooled = ask("discharge", reading=0, ready_days=30, option__cost=1.1, option__release=5)
    assert pooled["not yet"] < alone["not yet"]


def test_placement_likes_a_near_bed_and_takes_a_far_one_the_sooner_the_longer_somebody_waits() -> None:
    for option in ("own unit", "other area", "spot purchase"):
        others = {"own unit", "other area", "spot purchase"} - {option}
        near, far = (ask("placement", others, agent__local_first=1, option__distance=d)[option] for d in (0, 1))
        assert near > far
    chances = [ask("placement", option__distance=1, wait_days=days)["other area"] for days in (0, 14, 90, 365)]
    assert chances == sorted(chances) and chances[0] < chances[-1]
    late = ask("placement", option__distance=1, wait_days=30, over_limit=16)
    assert late["wait"] < ask("placement", option__distance=1, wait_days=30)["wait"]


def test_a_bed_that_earns_its_provider_more_is_left_later() -> None:
    block, by_results = (ask("review", **MEDIUM, **TESTED, margin=margin) for margin in (0.0, 3.8))
    assert by_results["stay"] > block["stay"]


def test_no_decision_can_name_what_only_the_engine_knows() -> None:
    for decision in language.decisions():
        named = {
            ref for row in language.read(decision, EVIDENCE).scores for factor in row.factors for ref in factor.refs
        }
        assert not named & {"case.risk", "case.symptoms", "case.engagement", "case.hope"}

"""Bad rules: each breach of the contract is one clear sentence, and the folder of the run says what happened."""

from __future__ import annotations

import json
import os
import random
import shutil
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from stepdown import SecureCareModel, load, run
from stepdown.agents import Collaborative, Patient, ResponsibleClinician, Tribunal
from stepdown.agents.choices import Hearing, Review
from stepdown.decisions.rules import rule
from stepdown.errors import EvidenceError, RuleError, StepdownError, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

COUNT = 0


def clinician(decide: Callable[..., Any], reads: Any = ("tier_days", "agent.threshold"), form: Any = "batch") -> Any:
    """Return a clinician who reviews by a rule."""
    return type("Bad", (ResponsibleClinician,), {"review": rule(reads=reads, form=form)(decide)})


def review(decide: Callable[..., Any]) -> Callable[[], Any]:
    """Make a bad reviewer."""
    return lambda: clinician(decide)


def short(cls: Any, cases: Any, day: Any) -> Any:
    return day.choose(day.scores(cases))[:-1]


def missing(cls: Any, cases: Any, day: Any) -> Any:
    answers: list[Any] = day.choose(day.scores(cases)).tolist()
    answers[-1] = None
    return answers


def undeclared(cls: Any, cases: Any, day: Any) -> Any:
    return day.choose(day.scores(cases) * cases.reading)


def misspelt(cls: Any, cases: Any, day: Any) -> Any:
    return day.choose(day.scores(cases) * cases.teir_days)


def writing(cls: Any, cases: Any, day: Any) -> Any:
    cases.tier_days[0] = 3
    return day.choose(day.scores(cases))


def assigning(cls: Any, cases: Any, day: Any) -> Any:
    cases.tier_days = 3
    return day.choose(day.scores(cases))


def remembering(cls: Any, cases: Any, day: Any) -> Any:
    cls.seen = len(cases)
    return day.choose(day.scores(cases))


def counting(cls: Any, cases: Any, day: Any) -> Any:
    global COUNT  # what the rule must not do
    COUNT += 1
    return day.choose(day.scores(cases))


def unknown(cls: Any, cases: Any, day: Any) -> Any:
    return np.full(len(cases), 9)


def unlawful(cls: Any, cases: Any, day: Any) -> Any:
    return np.full(len(cases), Hearing.ABSOLUTE)


def nan_score(cls: Any, cases: Any, day: Any) -> Any:
    scores = day.scores(cases)
    scores[Review.READY, 0] = np.nan
    return day.choose(scores)


def nan_answer(cls: Any, cases: Any, day: Any) -> Any:
    answers = day.choose(day.scores(cases)).astype(float)
    answers[0] = np.nan
    return answers


def nothing(cls: Any, cases: Any, day: Any) -> Any:
    return None


def words(cls: Any, cases: Any, day: Any) -> Any:
    return ["ready"] * len(cases)


def table(cls: Any, cases: Any, day: Any) -> Any:
    return day.scores(cases)


def flags(cls: Any, cases: Any, day: Any) -> Any:
    return np.ones(len(cases), dtype=bool)


def ragged(cls: Any, cases: Any, day: Any) -> Any:
    return day.choose(day.scores(cases)[:2])


def nobody_left(cls: Any, cases: Any, day: Any) -> Any:
    return day.choose(np.full_like(day.scores(cases), -np.inf))


def falling(cls: Any, cases: Any, day: Any) -> Any:
    return 1 // (len(cases) - len(cases))


def other_cases(cls: Any, cases: Any, day: Any) -> Any:
    return day.choose(day.scores(list(cases.tier_days)))


def own_column(cls: Any, cases: Any, day: Any) -> Any:
    day.set("trust", cases, 1.0)
    return day.choose(day.scores(cases))


def a_word(cls: Any, cases: Any, day: Any) -> Any:
    return day.choose(day.scores(cases) * cases.is_("tier_days", "s3"))


def nan_bed(cls: Any, beds: Any, day: Any) -> Any:
    return day.scores(beds) * np.nan


def choosing_beds(cls: Any, beds: Any, day: Any) -> Any:
    return day.choose(day.scores(beds))


def bed_rule(decide: Callable[..., Any]) -> Callable[[], Any]:
    """Make a commissioner who places badly."""
    return lambda: type("BadPlacer", (Collaborative,), {"placement": rule(reads=())(decide)})


def hearing(decide: Callable[..., Any]) -> Callable[[], Any]:
    """Make a bad tribunal."""
    return lambda: type("BadTribunal", (Tribunal,), {"hearing": rule(reads=())(decide)})


BAD: dict[str, tuple[Callable[[], Any], type[StepdownError], str]] = {
    "wrong length": (review(short), RuleError, r"rule Bad.review on 20..-..-..: \d+ answers for \d+ rows; allowed: an option for"),
    "missing row": (review(missing), RuleError, r"row \d+ \(person \d+\): no answer; allowed: an option for each row"),
    "undeclared read": (review(undeclared), RuleError, r"reads case.reading, which it has not declared; allowed: case.tier_days, agent.threshold, or case.reading in reads \(test_bad_rules.py:\d+: return day.choose"),
    "no such column": (review(misspelt), RuleError, r"reads teir_days: not a column; did you mean case.tier_days\?"),
    "writing to a view": (review(writing), RuleError, r"writes to a column; allowed: reading it \(test_bad_rules.py:\d+: cases.tier_days\[0\] = 3\)"),
    "assigning a column": (review(assigning), RuleError, r"writes to the column tier_days; allowed: reading it"),
    "undeclared state": (review(remembering), RuleError, r"sets cls.seen: state that is not declared"),
    "a global": (review(counting), RuleError, r"rule Bad.review: sets COUNT, a variable outside of it"),
    "unknown code": (review(unknown), RuleError, r"row 0 \(person \d+\): 9 is not an option; allowed: 0 \"stay\""),
    "unlawful code": (hearing(unlawful), RuleError, r"rule BadTribunal.hearing on .*row \d+ \(person \d+\): 3 \"absolute discharge\" is not lawful here; allowed: "),
    "score is nan": (review(nan_score), RuleError, r"row 0 \(person \d+\): the score of \"ready\" is NaN"),
    "answer is nan": (review(nan_answer), RuleError, r"row 0 \(person \d+\): the answer is nan"),
    "no answer": (review(nothing), RuleError, r"returns nothing; allowed: an option for each row"),
    "words": (review(words), RuleError, r"answers are of type <U5; allowed: options, or their codes"),
    "a table": (review(table), RuleError, r"answers are of shape \(7, \d+\); allowed: \(\d+,\)"),
    "flags": (review(flags), RuleError, r"answers are of type bool"),
    "too few scores": (review(ragged), RuleError, r"chooses by scores of shape \(2, \d+\); allowed: \(7, \d+\), options by rows"),
    "no option left": (review(nobody_left), RuleError, r"row 0 \(person \d+\): no option that the law allows is left"),
    "an error of its own": (review(falling), RuleError, r"ZeroDivisionError: .* \(test_bad_rules.py:\d+: return 1 // "),
    "other cases": (review(other_cases), RuleError, r"asks about other cases than those of the day"),
    "no own column": (review(own_column), RuleError, r"sets trust: not a user column; allowed: agent.threshold"),
    "no code": (review(a_word), RuleError, r"tier_days: 's3' is not a code of it; allowed: nothing, it holds no code"),
    "bed scored nan": (bed_rule(nan_bed), RuleError, r"rule BadPlacer.placement on .*row 0 \(person \d+\): the score is nan"),
    "choosing a bed": (bed_rule(choosing_beds), RuleError, r"asks for day.choose, but free beds are ranked by score"),
    "reads a latent column": (lambda: clinician(short, reads=("risk",)), RuleError, r"rule Bad.review: reads risk: not a column"),
    "reads a word": (lambda: clinician(short, reads="tier_days"), RuleError, r"rule short: reads: 'tier_days'; allowed: a tuple"),
    "unknown form": (lambda: clinician(short, form="batches"), RuleError, r"form: 'batches'; allowed: batch, each; did you mean batch\?"),
    "no parameters": (lambda: clinician(lambda cases: cases), RuleError, r"a rule is a method of three parameters"),
    "no decision": (lambda: type("Bad", (ResponsibleClinician,), {"reviews": rule(reads=())(short)}), RuleError, r"rule Bad.reviews: not a decision of responsible_clinician; did you mean review\?"),
    "a plain method": (lambda: type("Bad", (ResponsibleClinician,), {"review": short}), UsageError, r"Bad.review replaces a decision by something that is no rule"),
    "no agent": (lambda: int, UsageError, r"<class 'int'> is not a class of agents; allowed: subclasses of InReach"),
    "nowhere": (lambda: clinician(short).for_(commissioner="South Westt"), UsageError, r"Bad.for_\(commissioner='South Westt'\): not known; did you mean South West\?"),
    "no tier": (lambda: type("Bad", (Tribunal,), {}).for_(tier="low secure"), UsageError, r"a tribunal has no tier; allowed: nothing, there is one in all England"),
    "no parameter": (lambda: type("Bad", (ResponsibleClinician,), {"review": ResponsibleClinician.review.but(coefficients={"choice.review.redy.constant": 1})}), EvidenceError, r"choice review: coefficients: choice.review.redy.constant is not one of its parameters; did you mean choice.review.ready.constant"),
    "no term": (lambda: type("Bad", (ResponsibleClinician,), {"review": ResponsibleClinician.review.but(terms=[(Review.READY, "case.risk", 1.0)])}), EvidenceError, r"case.risk is not known; allowed after case.: age"),
    "no default": (lambda: type("Bad", (ResponsibleClinician,), {"review": ResponsibleClinician.review.but(without=[Review.STAY])}), EvidenceError, r"'stay' is the default, which always stays"),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD)
def test_a_bad_rule_is_one_clear_sentence(name: str) -> None:
    make, kind, said = BAD[name]
    with pytest.raises(kind, match=said) as error:
        SecureCareModel(load("baseline", population=0.01, years=1, settle_days=0), seed=2, agents=[make()]).run_for(200)
    assert "\n" not in str(error.value)


def test_a_rule_can_not_ask_the_engine_in_the_middle_of_a_day() -> None:
    models: list[SecureCareModel] = []

    def peeking(cls: Any, cases: Any, day: Any) -> Any:
        del cls
        assert models[0].patients.caseload or cases
        return day.choose(day.scores(cases))

    models.append(
        SecureCareModel(load("baseline", population=0.01, years=1, settle_days=0), agents=[clinician(peeking)])
    )
    with pytest.raises(RuleError, match="the engine is living a day"):
        models[0].run_for(30)


def test_the_folder_of_a_run_says_what_happened(tmp_path: Path) -> None:
    scenario = load("baseline", population=0.005, years=1, settle_days=0)
    out = tmp_path / "bad"
    with pytest.raises(RuleError, match="9 is not an option"):
        run(scenario, agents=[clinician(unknown)], out=out, seed=4)
    assert not out.exists()
    said = json.loads((tmp_path / "bad.failed" / "failure.json").read_text(encoding="utf-8"))
    assert said["error"] == "RuleError"
    assert "rule Bad.review on 2024-" in said["message"]
    assert (said["seed"], said["agents"][0]["kind"]) == (4, "responsible_clinician")
    assert (tmp_path / "bad.failed" / "scenario.toml").is_file()
    assert (tmp_path / ".bad.partial" / "journal.json").is_file(), (
        "what was written is kept, as after a broken invariant"
    )
    run(scenario, out=out, seed=4)
    assert not (tmp_path / "bad.failed").exists()


@pytest.mark.parametrize("name", ["scenario.toml", "failure.json"])
def test_a_link_or_a_pipe_in_the_folder_of_a_failure_is_left_alone(name: str, tmp_path: Path) -> None:
    scenario = load("baseline", population=0.005, years=1, settle_days=0)
    (tmp_path / "mine").write_text("mine")
    for make in (lambda path: path.symlink_to(tmp_path / "mine"), os.mkfifo):
        with pytest.raises(RuleError):
            run(scenario, agents=[clinician(unknown)], out=tmp_path / "bad", seed=4)
        (tmp_path / "bad.failed" / name).unlink()
        make(tmp_path / "bad.failed" / name)
        with pytest.raises(RuleError):
            run(scenario, agents=[clinician(unknown)], out=tmp_path / "bad", seed=4)
        assert (tmp_path / "mine").read_text() == "mine"
        shutil.rmtree(tmp_path / "bad.failed")


def test_drawing_from_elsewhere_is_found_and_told() -> None:
    rng = np.random.default_rng(1)

    def fresh(cls: Any, cases: Any, day: Any) -> Any:
        return day.choose(day.scores(cases) + np.random.default_rng(2).normal(size=len(cases)))

    def closed_over(cls: Any, cases: Any, day: Any) -> Any:
        return day.choose(day.scores(cases) + rng.normal(size=len(cases)))

    def helped(cls: Any, cases: Any, day: Any) -> Any:
        return day.choose(day.scores(cases) + _noise())

    def keyed(cls: Any, cases: Any, day: Any) -> Any:
        return day.choose(day.scores(cases) + day.uniform("mood", cases))

    def hidden(cls: Any, cases: Any, day: Any) -> Any:
        return day.choose(day.scores(cases) + getattr(random, "ran" + "dom")())

    def of_model(cls: Any, cases: Any, day: Any) -> Any:
        return day.choose(day.scores(cases) + hide[0].random.random())

    hide: list[Any] = []
    found = {}
    for decide in (fresh, closed_over, helped, keyed, hidden, of_model):
        model = SecureCareModel(load("baseline", population=0.005, years=1, settle_days=0), agents=[clinician(decide)])
        hide[:] = [model]
        model.run_for(60)
        (record,) = [asked.record() for asked in model.agent_overrides.rules]
        assert record["safe_for_paired_comparison"] == (record["draws_from"] is None)
        found[decide.__name__] = record["draws_from"]
    assert found == {
        "fresh": "np.random",
        "closed_over": "rng",
        "helped": "random",
        "keyed": None,
        "hidden": "random",
        "of_model": "model.random",
    }


def _noise() -> float:
    return random.random()


def test_rules_of_a_patient_and_the_decisions_of_some_areas_only() -> None:
    asked: set[int] = set()

    def engagement(cls: Any, cases: Any, day: Any) -> Any:
        asked.update(cases.asked.tolist())
        return day.choose(day.scores(cases))

    own = type("Own", (Patient,), {"engagement": rule(reads=())(engagement)})
    model = SecureCareModel(
        load("baseline", population=0.01, years=1, settle_days=0), agents=[own.for_(region="London")]
    )
    model.run_for(200)
    (placed,) = model.agent_overrides.rules
    assert asked
    assert asked <= set(placed.agents)
    assert len(placed.agents) < 42

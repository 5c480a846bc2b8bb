"""The language of choices: what is read, what is refused, and that the engine reads it alike."""

import json
import math
import shutil
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stepdown import _core, levers, vocabulary
from stepdown.agents import KINDS, Patient
from stepdown.agents.choices import Choice
from stepdown.decisions import language, reference
from stepdown.errors import EvidenceError
from stepdown.evidence import load
from stepdown.evidence.loader import FOLDER

EVIDENCE = load()
DECISIONS = list(language.decisions())
ENGINE_LEVERS = [lever.name for lever in levers.load().values() if lever.engine]


def ask(
    decision: str,
    values: Mapping[str, float],
    *,
    allowed: Collection[int] | None = None,
    person: int = 1,
    ordinal: int = 0,
    key: tuple[int, int] = (7, 0),
) -> dict[str, Any]:
    """Ask the engine's evaluator about one case."""
    declared = language.read(decision, EVIDENCE)
    kind = declared.kind
    columns = list(KINDS[kind].attributes()) if kind in KINDS else []
    offer = [values[f"option.{name}"] for name, _, _ in _core.option_columns()]
    return _core.evaluate(
        decision,
        json.dumps(language.compiled(declared, EVIDENCE)),
        agent_columns=columns,
        levers=ENGINE_LEVERS,
        case=[values[f"case.{name}"] for name, _, _ in _core.columns()],
        agent=[values[f"agent.{name}"] for name in columns],
        lever=[values[f"lever.{name}"] for name in ENGINE_LEVERS],
        offers=[offer] * len(declared.choice.options),
        allowed=list(range(len(declared.choice.options)) if allowed is None else allowed),
        key=key,
        person=person,
        ordinal=ordinal,
    )


def neutral(decision: str) -> dict[str, float]:
    """Return a case of which nothing is known."""
    kind = language.read(decision, EVIDENCE).kind
    return {ref: math.nan if ref in language.nullable() else 0.0 for ref in language.references(kind)}


def test_each_decision_is_declared_once() -> None:
    owners = [
        owner for owner in (*KINDS.values(), Patient) for value in vars(owner).values() if isinstance(value, Choice)
    ]
    assert len(owners) == 12
    assert {path.stem for path in (FOLDER / "choices").glob("*.csv")} == set(DECISIONS)


def test_every_parameter_of_a_choice_is_used_and_every_choice_compiles() -> None:
    plan = language.choices_plan(EVIDENCE)
    assert set(plan) == set(DECISIONS)
    assert all(row["value"] == EVIDENCE.value(row["parameter"]) for entry in plan.values() for row in entry["rows"])


@pytest.mark.parametrize("decision", DECISIONS)
@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_the_engine_scores_as_the_reference_does(decision: str, data: st.DataObject) -> None:
    values = neutral(decision)
    for ref in values:
        words = _core.vocabulary(ref)
        if words is not None:
            values[ref] = float(data.draw(st.integers(0, len(words) - 1)))
        elif ref not in language.nullable() or data.draw(st.booleans()):
            values[ref] = data.draw(st.floats(0, 50, allow_subnormal=False))
    declared = language.read(decision, EVIDENCE)
    answer = ask(decision, values)
    expected = [float(score) for score in reference.scores(declared, EVIDENCE, values).values()]
    assert answer["scores"] == pytest.approx(expected, rel=1e-12, abs=1e-9)
    wanted = reference.probabilities(dict(enumerate(expected)))
    assert answer["probabilities"] == pytest.approx(list(wanted.values()), rel=1e-9, abs=1e-12)
    with_noise = [score - math.log(-math.log(u)) for score, u in zip(answer["scores"], answer["draws"], strict=True)]
    assert answer["answer"] == with_noise.index(max(with_noise))


def test_the_draws_are_numpys_philox() -> None:
    numpy = pytest.importorskip("numpy")
    answer = ask("review", neutral("review"), person=12345, ordinal=3, key=(7, 2))
    purpose = 33
    for block in range(2):
        counter = 3 | block << 48 | purpose << 64 | 12345 << 128
        words = numpy.random.Philox(key=7 | 2 << 64, counter=counter).random_raw(4)
        expected = [((int(word) >> 12) + 0.5) / 2**52 for word in words]
        assert answer["draws"][4 * block : 4 * block + 4] == expected[: 7 - 4 * block]


def test_one_option_left_is_taken_and_none_left_is_the_default() -> None:
    assert ask("review", neutral("review"), allowed=[2])["answer"] == 2
    none = ask("review", neutral("review"), allowed=[])
    assert (none["answer"], none["anomaly"]) == (0, True)
    with pytest.raises(ValueError, match="allowed: 7 is not an option of review; allowed: 0 to 6"):
        ask("review", neutral("review"), allowed=[0, 7])


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    copy = tmp_path / "evidence"
    shutil.copytree(FOLDER, copy, ignore=shutil.ignore_patterns("__pycache__", "*.py"))
    return copy


def refusal(folder: Path, row: str, decision: str = "review") -> str:
    path = folder / "choices" / f"{decision}.csv"
    path.write_text(path.read_text(encoding="utf-8") + row + "\n", encoding="utf-8")
    with pytest.raises(EvidenceError) as refused:
        language.choices_plan(EVIDENCE, folder)
    return str(refused.value)


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("read,1,choice.review.remit.constant", "option 'read'; allowed: more leave"),
        ("stay,1,choice.review.remit.constant", "option 'stay'; allowed: more leave"),
        ("remit,1,choice.review.remit.constant", "option 'remit' has the term twice"),
        ("remit,case.risk,choice.review.remit.constant", "case.risk is not known; allowed after case.: age, female"),
        (
            "remit,agent.capacity,choice.review.remit.constant",
            "agent.capacity is not known; allowed after agent.: threshold, noise, interval",
        ),
        ("remit,lever.diversio,choice.review.remit.constant", "did you mean lever.diversion?"),
        (
            "remit,option.colour,choice.review.remit.constant",
            "allowed after option.: price, release, cost, distance, free",
        ),
        (
            "remit,hope,choice.review.remit.constant",
            '"hope" is not a reference; allowed: case.x, agent.x, lever.x, option.x',
        ),
        (
            "remit,exp(case.age),choice.review.remit.constant",
            '"exp" is not a function; allowed: log1p, pos, is, known',
        ),
        ("remit,pos(case.age),choice.review.remit.constant", "pos(case.age) needs a difference: pos(ref-ref)"),
        ("remit,case.age*case.female*case.black,choice.review.remit.constant", "at most two factors"),
        (
            "remit,case.legal,choice.review.remit.constant",
            "case.legal holds a code: compare it with is(case.legal,CODE)",
        ),
        (
            'remit,"is(case.legal,s99)",choice.review.remit.constant',
            '"s99" is not a code of case.legal; allowed: none, s2',
        ),
        ('remit,"is(case.age,1)",choice.review.remit.constant', "case.age holds no code"),
        ("remit,case.age-case.reading,choice.review.remit.constant", "units a and SD differ; nothing is converted"),
        ("remit,case.age,choice.review.remit.constant", "choice.review.remit.constant is in logit; allowed: logit/a"),
        ("remit,case.age,choice.review.remit.nothing", "choice.review.remit.nothing is not known"),
        ("remit,case.reading,choice.review.step_up.above_threshold", "case.reading can be null"),
        ("delay,1,choice.review.remit.constant", "choice.review.remit.constant is in logit; allowed: ln d"),
    ],
)
def test_what_is_not_in_the_language_is_refused(folder: Path, row: str, message: str) -> None:
    found = refusal(folder, row)
    assert message in found
    assert "choices/review.csv:" in found


def test_the_engine_and_python_refuse_a_term_in_the_same_words(folder: Path) -> None:
    with pytest.raises(ValueError, match="agent.speed is not known") as engine:
        _core.parse_term("agent.speed", attributes=["threshold", "noise", "interval"], levers=[])
    assert refusal(folder, "remit,agent.speed,choice.review.remit.constant").endswith(str(engine.value))


def test_every_form_of_a_term_is_parsed() -> None:
    assert language.parse("1", "ministry") == ()
    two = language.parse("pos(case.age-case.age)*log1p(lever.risk_aversion)", "ministry")
    assert two == (
        language.Factor("pos", ("case.age", "case.age")),
        language.Factor("log1p", ("lever.risk_aversion",)),
    )
    assert language.parse("is(case.stage,ready)", "ministry")[0].code == vocabulary.words("stage").index("ready")
    assert language.parse("known(case.reading)", "ministry")[0].needs == ()


def test_a_delay_without_its_spread_is_refused(folder: Path) -> None:
    path = folder / "choices" / "consent.csv"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("delay,sigma,choice.consent.delay.sigma\n", ""), encoding="utf-8")
    with pytest.raises(EvidenceError, match="a delay needs rows and a row with the term sigma"):
        language.read("consent", EVIDENCE, folder)


def test_an_option_without_a_row_is_refused(folder: Path) -> None:
    (folder / "choices" / "consent.csv").write_text("option,term,parameter\n", encoding="utf-8")
    with pytest.raises(EvidenceError, match="option 'grant' has no row"):
        language.read("consent", EVIDENCE, folder)


def test_a_spare_parameter_is_refused(folder: Path) -> None:
    path = folder / "choices" / "warrant.csv"
    lines = [line for line in path.read_text(encoding="utf-8").splitlines() if "choice.warrant.grant.grave" not in line]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    with pytest.raises(EvidenceError, match="choice.warrant.grant.grave: no choice names it"):
        language.choices_plan(EVIDENCE, folder)


def test_a_decision_is_described_with_every_source() -> None:
    told = language.describe("review", EVIDENCE)
    assert told["agent"] == "ResponsibleClinician"
    assert told["options"][0]["option"] == "stay"
    rows = [row for option in told["options"] for row in option["rows"]]
    assert all(row["source"] and row["unit"] and row["note"] for row in rows)
    assert language.describe("consent", EVIDENCE)["sigma"] == EVIDENCE.value("choice.consent.delay.sigma")


def test_the_page_of_decisions_is_true() -> None:
    page = (Path(__file__).parents[2] / "docs" / "decisions.md").read_text(encoding="utf-8")
    for name, (_, agent, declared) in language.decisions().items():
        row = next(line for line in page.splitlines() if line.startswith(f"| `{name}` |"))
        assert f"| {agent} |" in row
        assert row.endswith(f"| `choices/{name}.csv` | {declared.asked_of} |")

"""Decisions exist once: the numpy reading of every declared choice equals the engine's, on queues that are made up and lived."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stepdown import SecureCareModel, _core, evidence, levers, load
from stepdown.agents import KINDS, Collaborative, Patient, choices
from stepdown.decisions import language, reference
from stepdown.decisions.rules import rule

if TYPE_CHECKING:
    from stepdown.decisions.language import Declared

EVIDENCE = evidence.load()
DECISIONS = list(language.decisions())
ENGINE_LEVERS = [lever.name for lever in levers.load().values() if lever.engine]
PURPOSE = {"disposal": 28, "referral": 29, "assessment": 30, "warrant": 31, "placement": 32, "review": 33, "consent": 34, "hearing": 35, "discharge": 36, "recall": 37, "engagement": 38, "coding": 90}  # fmt: skip


def named(declared: Declared) -> list[str]:
    """Return the columns that a choice names, in order."""
    return list(dict.fromkeys(ref for row in declared.scores for factor in row.factors for ref in factor.refs))


@st.composite
def queues(draw: st.DrawFn, decision: str) -> dict[str, Any]:
    """Draw a queue: for each column that the decision names a value for each case, codes and nulls among them."""
    declared = language.read(decision, EVIDENCE)
    rows, options = draw(st.integers(1, 6)), len(declared.choice.options)
    columns: dict[str, Any] = {}
    for ref in named(declared):
        words = _core.vocabulary(ref)
        if words is not None:
            column = draw(st.lists(st.integers(0, len(words) - 1), min_size=rows, max_size=rows))
        elif ref.startswith("option."):
            column = draw(st.lists(st.floats(0, 30), min_size=options * rows, max_size=options * rows))
        else:
            value = st.floats(0, 400, allow_subnormal=False)
            one = st.one_of(st.just(math.nan), value) if ref in language.nullable() else value
            column = draw(st.lists(one, min_size=rows, max_size=rows))
        columns[ref] = np.asarray(column, dtype=float).reshape(
            (options, rows) if ref.startswith("option.") else (rows,)
        )
    some = st.lists(st.sampled_from(range(options)), min_size=1, unique=True).map(sorted)
    allowed = draw(st.lists(some, min_size=rows, max_size=rows))
    return {"columns": columns, "allowed": allowed, "rows": rows, "options": options}


@pytest.mark.parametrize("decision", DECISIONS)
@settings(max_examples=20, deadline=None)
@given(data=st.data())
def test_the_engine_decides_a_queue_as_the_referee_does(decision: str, data: st.DataObject) -> None:
    queue = data.draw(queues(decision))
    declared = language.read(decision, EVIDENCE)
    wanted = np.stack(list(reference.scores(declared, EVIDENCE, queue["columns"]).values()))
    plan = json.dumps(language.compiled(declared, EVIDENCE))
    attributes = list(KINDS[declared.kind].attributes()) if declared.kind in KINDS else []
    for row in range(queue["rows"]):
        columns = queue["columns"]
        seen = {ref: values[..., row] for ref, values in columns.items()}

        def of(group: str, names: list[str], seen: dict[str, Any] = seen) -> list[float]:
            return [float(seen.get(f"{group}.{name}", math.nan if group == "case" else 0.0)) for name in names]

        nothing = np.zeros(queue["options"])
        offers = [
            [float(seen.get(f"option.{name}", nothing)[option]) for name, _, _ in _core.option_columns()]
            for option in range(queue["options"])
        ]
        answer = _core.evaluate(
            decision,
            plan,
            agent_columns=attributes,
            levers=ENGINE_LEVERS,
            case=of("case", [name for name, _, _ in _core.columns()]),
            agent=of("agent", attributes),
            lever=of("lever", ENGINE_LEVERS),
            offers=offers,
            allowed=queue["allowed"][row],
            key=(3, 1),
            person=row + 10,
            ordinal=row,
        )
        assert answer["scores"] == pytest.approx(wanted[:, row], rel=1e-12, abs=1e-9)
        noise = [-math.log(-math.log(u)) for u in drawn(decision, row + 10, row, queue["options"])]
        left = queue["allowed"][row]
        with_noise = {option: answer["scores"][option] + noise[option] for option in left}
        assert answer["answer"] == max(left, key=lambda option: with_noise[option])


def drawn(decision: str, person: int, ordinal: int, options: int) -> list[float]:
    """Draw as the engine does, by numpy's Philox."""
    found: list[float] = []
    for block in range(-(-options // 4)):
        counter = ordinal | block << 48 | PURPOSE[decision] << 64 | person << 128
        words = np.random.Philox(key=3 | 1 << 64, counter=counter).random_raw(4)
        found += [((int(word) >> 12) + 0.5) / 2**52 for word in words]
    return found[:options]


def test_what_a_rule_is_shown_of_a_lived_queue_is_what_the_referee_reads() -> None:
    seen: dict[str, int] = {}

    def judged(decision: str, declared: Declared) -> Any:
        reads = named(declared)

        def decide(cls: Any, cases: Any, day: Any) -> Any:
            del cls
            scores = day.scores(cases)
            columns = {ref: cases[ref] for ref in reads}
            wanted = np.stack(list(reference.scores(declared, EVIDENCE, columns).values()))
            if decision == "placement":
                wanted = wanted[cases.answer, np.arange(len(cases))]
            np.testing.assert_allclose(scores, wanted, rtol=1e-12, atol=1e-9)
            seen[decision] = seen.get(decision, 0) + len(cases)
            return scores if decision == "placement" else day.choose(scores)

        return rule(reads=reads)(decide)

    agents = []
    for kind in (*KINDS.values(), Patient):
        own = {
            name: judged(found.scores, language.read(found.scores, EVIDENCE))
            for name, found in vars(kind).items()
            if isinstance(found, choices.Choice)
        }
        base = Collaborative if kind.__name__ == "Commissioner" else kind
        if own:
            agents.append(type(f"Judged{kind.__name__}", (base,), own))
    scenario = load(
        "baseline",
        population=0.01,
        years=1,
        settle_days=0,
        risk_aversion=0.5,
        employment_support=1.0,
        clustering=1.0,
    )
    SecureCareModel(scenario, seed=9, agents=agents).run_model()
    assert set(seen) == set(DECISIONS)
    assert sum(seen.values()) > 1_000

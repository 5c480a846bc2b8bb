"""Every parameter is used by the model, and the model uses none that isn't there."""

import inspect
import re
from functools import cache
from pathlib import Path

import pytest

from stepdown import evidence
from stepdown.agents import Commissioner
from stepdown.decisions import language, parameter_users
from stepdown.errors import UsageError
from stepdown.evidence import institutions
from stepdown.evidence.loader import COMPILED_AWAY

ENGINE = Path(__file__).parents[2] / "rust" / "core" / "src"
CODE = parameter_users.sources(ENGINE)


@cache
def in_engine() -> dict[str, tuple[str, ...]]:
    """The files of the engine that read each parameter: to find them takes seconds."""
    return parameter_users.in_engine(ENGINE)


PLAIN = {"0.0", "0.5", "1.0", "2.0", "3.0", "4.0", "5.0", "7.0", "10.0", "100.0", "1000.0"}
"""Numbers that stand for themselves in a formula: halves, squares, days of a week, years of a band that an id names."""

TECHNICAL = {
    "population/equilibrium.rs": {"0.9"},  # where a search for the share in custody is held
    "population/inputs.rs": {"0.01"},  # how far published shares may be from summing to 1
    "population/residents.rs": {"1.5", "1.1"},  # memory in reserve
    "population/bounds.rs": {"128.0", "366.0", "4_294_967_296.0", "65_536.0"},  # fixed point, the longest year
    "population/lanes.rs": {"4_294_967_296.0"},  # fixed point
}
"""Numbers that no result depends on, or that belong to arithmetic."""


def test_what_is_written_down_of_the_engine_is_what_its_source_says() -> None:
    anew = (
        "write it anew: python -m stepdown.decisions.parameter_users rust/core/src > python/stepdown/evidence/users.csv"
    )
    assert parameter_users.read_engine() == dict(sorted(in_engine().items())), anew


def test_every_parameter_is_used() -> None:
    assert [id for id, by in parameter_users.users(evidence.load()).items() if not by] == []


def test_the_engine_declares_the_parameters_of_the_evidence_and_no_other() -> None:
    given = {id for id in evidence.load().parameters if id.split(".")[0] not in COMPILED_AWAY}
    assert {field.id for field in parameter_users.fields(CODE)} == given


def test_every_parameter_of_the_engine_is_read_by_a_line_of_it() -> None:
    assert [id for id, files in in_engine().items() if not files] == []


def test_every_attribute_of_an_agent_is_read_by_a_decision_or_the_engine() -> None:
    terms = {
        decision: " ".join(row.term for row in language.read(decision, evidence.load()).scores)
        for decision in language.decisions()
    }
    kinds = {decision: kind for decision, (kind, _, _) in language.decisions().items()}
    engine, rule = " ".join(CODE.values()), inspect.getsource(Commissioner)
    unread = []
    for row in institutions.load().agents:
        kind, attribute = row["kind"], row["attribute"]
        decided = any(
            re.search(rf"\bagent\.{attribute}\b", text) for decision, text in terms.items() if kinds[decision] == kind
        )
        decided |= kind == "commissioner" and re.search(rf"\bself\.{attribute}\b", rule) is not None
        if not decided and not re.search(rf"\b{kind}::{attribute}\b", engine):
            unread.append(f"{kind}.{attribute}")
    assert unread == []


@pytest.mark.parametrize("file", [file for file in CODE if file not in ("calendar.rs", "draw.rs")])
def test_no_number_of_the_model_is_written_in_its_code(file: str) -> None:
    found = re.findall(r"(?<![\w.])\d[\d_]*\.\d+\b", CODE[file])
    assert [text for text in found if text not in PLAIN | TECHNICAL.get(file, set())] == []


def test_a_folder_without_the_engine_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no source of the engine; allowed: rust/core/src"):
        parameter_users.in_engine(tmp_path)

"""The options of decisions: one declaration, in the engine, from which Python's are written."""

from pathlib import Path

import pytest

from stepdown import _core, generate_options
from stepdown.agents import options
from stepdown.agents.options import Disposal, Engagement, Options
from stepdown.decisions import language

BY_DECISION: dict[str, type[Options]] = dict(zip(_core.options(), Options.__subclasses__(), strict=True))


def test_the_module_is_what_the_engine_declares() -> None:
    assert Path(options.__file__).read_text(encoding="utf-8") == generate_options.source()


@pytest.mark.parametrize("decision", BY_DECISION)
def test_every_answer_is_a_member_with_its_code_and_label(decision: str) -> None:
    found = [(option.name, option.label) for option in BY_DECISION[decision]]
    assert found == [(name, label) for name, label, _ in _core.answers()[decision]]
    assert found == [(name, label) for (name, _), label in zip(found, _core.options()[decision], strict=True)]
    assert [int(option) for option in BY_DECISION[decision]] == list(range(len(found)))


def test_a_choice_has_the_options_of_its_decision() -> None:
    for decision, (_, _, declared) in language.decisions().items():
        assert declared.options is BY_DECISION[decision]


def test_a_former_name_is_the_same_member() -> None:
    assert Disposal.S37_41 is Disposal.S37S41
    assert Engagement.EMPLOYMENT is Engagement.WORK
    assert len(Disposal) == 9

"""The words of the data are the engine's: groups are parts of their vocabularies, and no list is typed twice."""

from typing import get_args

import pytest

from stepdown import _core, levers, vocabulary
from stepdown.agents import Commissioner
from stepdown.scenario.model import BedStep, Use


def words_of(annotation: object) -> set[str]:
    """Return the words that a field of a scenario may hold."""
    return {word for part in get_args(annotation) for word in (get_args(part) or (part,)) if isinstance(word, str)}


def test_a_group_is_a_part_of_its_vocabulary_in_order() -> None:
    for name, groups in _core.groups().items():
        known = vocabulary.words(name)
        for group, members in groups.items():
            assert members and [word for word in known if word in members] == members
            assert vocabulary.group(name, group) == tuple(members)


def test_every_place_of_a_person_alive_and_here_is_of_one_group() -> None:
    parts = (vocabulary.HOSPITAL, vocabulary.PRISON, vocabulary.COMMUNITY, vocabulary.AWOL, ("dead", "left"))
    assert sorted(word for part in parts for word in part) == sorted(vocabulary.PLACES)


def test_a_word_that_the_engine_does_not_have_is_refused() -> None:
    with pytest.raises(ValueError, match="'high' is not a place; allowed: own home, "):
        vocabulary.some("place", "high")


def test_the_words_of_scenarios_and_levers_are_the_engines() -> None:
    assert words_of(BedStep.model_fields["sex"].annotation) == set(vocabulary.SEXES)
    assert words_of(Use.model_fields["tier"].annotation) == set(vocabulary.SECURE)
    assert levers.load()["contract"].words == vocabulary.words("contract")
    for word in vocabulary.words("contract"):
        assert word in Commissioner.attributes()["contract"].meaning

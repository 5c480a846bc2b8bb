"""What a rule draws from, and what it sets outside of itself, is read from its source."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from stepdown.decisions.rng_guard import UNREADABLE, drawn_in, writes

if TYPE_CHECKING:
    from collections.abc import Callable

generator = np.random.default_rng(1)
count = 0


def annotated(rng: np.random.Generator) -> float:
    seen: np.random.Generator = rng
    return seen.random()


def shadowed() -> float:
    random = [0.5]
    return random.pop()


def nested() -> Callable[[], float]:
    def inside(random: Any) -> Any:
        return random.random()

    return lambda: inside(random)


def imported() -> float:
    from numpy import random as numbers

    return numbers.default_rng(1).random()


def defaulted(draw: Any = generator.normal) -> Any:
    return draw()


def helper() -> float:
    return generator.random()


def helped() -> float:
    return sum(helper() for _ in range(2))


def counts() -> None:
    global count
    count += 1


def reads() -> int:
    return count


def closing() -> Callable[[], None]:
    calls = 0

    def bump() -> None:
        nonlocal calls
        calls += 1

    return bump


def own_count() -> int:
    calls = 0

    def bump() -> None:
        nonlocal calls
        calls += 1

    bump()
    return calls


@pytest.mark.parametrize(
    ("rule", "drawn"),
    [
        (annotated, None),
        (shadowed, None),
        (nested, "random"),
        (imported, "numpy.random"),
        (defaulted, "a default value"),
        (helped, "generator"),
        (lambda: 1 - generator.random(), "generator"),
    ],
)
def test_what_a_rule_draws_from_is_found_in_its_source(rule: Any, drawn: str | None) -> None:
    assert drawn_in(rule) == drawn


@pytest.mark.parametrize(("rule", "state"), [(counts, "count"), (reads, None), (closing(), "calls"), (own_count, None)])
def test_a_variable_that_a_rule_sets_outside_of_itself_is_found(rule: Any, state: str | None) -> None:
    assert writes(rule) == state


def test_nothing_is_ruled_out_where_there_is_no_source() -> None:
    told: dict[str, Any] = {}
    exec("def typed(cls, cases, day):\n    return day.choose(day.scores(cases))", told)
    assert drawn_in(told["typed"]) == UNREADABLE
    assert writes(told["typed"]) is None

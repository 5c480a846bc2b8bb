"""The harness counts what a target does with its inputs, and finds an input again by its number."""

from __future__ import annotations

import json
import random
import time
from typing import TYPE_CHECKING

from stepdown.errors import CorruptError

from . import harness
from .harness import damaged, fuzz, json_damaged

if TYPE_CHECKING:
    import pytest


def test_refusals_tracebacks_and_hangs_are_told_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(harness, "LIMIT", 0.05)

    def target(number: int) -> None:
        if number % 4 == 1:
            raise CorruptError
        if number % 4 == 2:
            raise KeyError(number)
        if number % 4 == 3:
            time.sleep(5)

    made = iter(range(8))
    tally = fuzz("told", lambda _: next(made), target, seconds=0.0)
    while tally.inputs < 8:
        more = fuzz("told", lambda _: next(made), target, seconds=0.0)
        tally.inputs += more.inputs
        tally.accepted += more.accepted
        tally.refused += more.refused
        tally.tracebacks += more.tracebacks
        tally.hangs += more.hangs
    assert (tally.accepted, dict(tally.refused), len(tally.tracebacks), len(tally.hangs)) == (
        2, {"CorruptError": 2}, 2, 2
    )  # fmt: skip


def test_an_input_is_found_again_by_its_number(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[int] = []
    fuzz("again", lambda draw: draw.randrange(1 << 30), seen.append, seconds=0.01)
    monkeypatch.setenv("FUZZ_ONLY", f"again:{len(seen) - 1}")
    fuzz("again", lambda draw: draw.randrange(1 << 30), seen.append, seconds=0.01)
    assert seen[-1] == seen[-2]


def test_mutators_change_nearly_everything_they_are_given() -> None:
    data, value = b"0123456789" * 20, {"a": {"b": [1, 2]}, "c": "x", "d": None}
    changed = sum(damaged(random.Random(k), data) != data for k in range(300))
    other = sum(repr(json_damaged(random.Random(k), value)) != repr(value) for k in range(300))
    assert min(changed, other) > 250
    assert json.dumps(value) == '{"a": {"b": [1, 2]}, "c": "x", "d": null}'

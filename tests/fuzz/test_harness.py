"""The harness counts what a target does with its inputs, and finds an input again by its number."""

from __future__ import annotations

import json
import os
import random
import signal
import sys
import time
from typing import TYPE_CHECKING

import pytest

from stepdown.errors import CorruptError
from stepdown.results import manifest_seal

from . import harness
from .harness import damaged, fuzz, json_damaged

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def deaf() -> None:
    """Hang as compiled code does, which answers no signal."""
    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGALRM])
    time.sleep(20)


def refused() -> None:
    raise CorruptError


HAPPENS: dict[str, tuple[Callable[[], object], str]] = {
    "accepted": (lambda: None, ""),
    "refused": (refused, "CorruptError"),
    "code": (lambda: 6, "code 6"),
    "traceback": (lambda: {}["x"], "KeyError"),
    "exit": (lambda: sys.exit(3), "SystemExit"),
    "hang": (lambda: time.sleep(20), "time.sleep"),
    "deaf": (deaf, "answers no signal"),
    "signal": (lambda: os.kill(os.getpid(), signal.SIGSEGV), "SIGSEGV"),
    "ended": (lambda: os._exit(3), "ended with 3"),
    "memory": (lambda: (b"x" * (200 << 20), None)[1], "MiB"),
}
KIND = {"exit": "traceback", "deaf": "hang", "ended": "signal"}


@pytest.mark.parametrize("what", HAPPENS)
def test_whatever_happens_is_told_apart_and_counted(what: str, monkeypatch: pytest.MonkeyPatch) -> None:
    happens, says = HAPPENS[what]
    for name, value in (
        ("LIMIT", 1.0 if KIND.get(what, what) == "hang" else 20.0),
        ("GRACE", 1.0),
        ("MOST", 100 << 20),
    ):
        monkeypatch.setattr(harness, name, value)
    monkeypatch.setenv("FUZZ_ONLY", "told:3")
    tally = fuzz("told", lambda draw: draw.random(), lambda _: happens(), seconds=0.0)
    assert tally.inputs == 1
    if what in ("refused", "code"):
        assert (tally.accepted, tally.refused, tally.faults) == (0, {says: 1}, [])
    elif what == "accepted":
        assert (tally.accepted, tally.refused, tally.faults) == (1, {}, [])
    else:
        ((kind, said),) = tally.faults
        assert kind == KIND.get(what, what)
        assert said.startswith("told:3: ") and says in said


def test_a_fault_ends_neither_the_target_nor_what_is_counted() -> None:
    def target(number: int) -> None:
        if number % 3 == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    tally = fuzz("goes on", lambda draw: draw.randrange(1000), target, seconds=2.0)
    expected = [random.Random(f"goes on:{k}").randrange(1000) % 3 == 0 for k in range(tally.inputs)]
    assert tally.inputs > 2
    assert len(tally.faults) == sum(expected)
    assert tally.accepted == tally.inputs - sum(expected)


def test_an_input_is_found_again_by_its_number(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    seen = tmp_path / "seen"

    def note(number: int) -> None:
        with seen.open("a") as file:
            file.write(f"{number}\n")

    def make(draw: random.Random) -> int:
        return draw.randrange(1 << 30)

    tally = fuzz("again", make, note, seconds=1.0)
    assert len(set(seen.read_text().split())) == tally.inputs > 1
    monkeypatch.setenv("FUZZ_ONLY", f"again:{tally.inputs - 1}")
    assert fuzz("again", make, note, seconds=0.05).inputs == 1
    assert seen.read_text().split()[-1] == seen.read_text().split()[-2]


def test_what_is_resealed_has_a_seal_that_fits() -> None:
    for k in range(50):
        value = json_damaged(random.Random(k), {"a": {"b": [1, 2]}, "c": "x", "d": None})
        assert manifest_seal.fault(harness.resealed(value)) is None


def test_mutators_change_nearly_everything_they_are_given() -> None:
    data, value = b"0123456789" * 20, {"a": {"b": [1, 2]}, "c": "x", "d": None}
    changed = sum(damaged(random.Random(k), data) != data for k in range(300))
    other = sum(repr(json_damaged(random.Random(k), value)) != repr(value) for k in range(300))
    assert min(changed, other) > 250
    assert json.dumps(value) == '{"a": {"b": [1, 2]}, "c": "x", "d": null}'

"""What all fuzz targets share: seeded inputs, a budget of time, and a count of what came of them.

A target is a function that is given one input and must return, or raise a `StepdownError`, within `LIMIT` seconds. Everything else is
a fault: another exception (a traceback for the user), or a hang. An input is made from a `random.Random` whose seed is the name of the
target and the number of the input, so that a fault is found again by its number alone: ``FUZZ_ONLY=manifest:17 pytest tests/fuzz``.
"""

from __future__ import annotations

import os
import random
import signal
import time
import traceback
from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar

from stepdown.errors import StepdownError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import FrameType

__all__ = ["LIMIT", "Tally", "damaged", "fuzz", "json_damaged", "strange"]

LIMIT = 20.0
"""Time within which one input must be dealt with [s]; generous, because machines are shared."""

T = TypeVar("T")


class Hang(BaseException):
    """An input took longer than `LIMIT`. Not an `Exception`, so that nothing on the way catches it."""


@dataclass
class Tally:
    """What came of the inputs of one target."""

    name: str
    inputs: int = 0
    accepted: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    tracebacks: list[str] = field(default_factory=list)
    hangs: list[str] = field(default_factory=list)
    slowest: float = 0.0

    def line(self) -> str:
        """Return the tally as one line."""
        refused = sum(self.refused.values())
        return (
            f"{self.name}: {self.inputs} inputs, {self.accepted} accepted, {refused} refused, "
            f"{len(self.tracebacks)} tracebacks, {len(self.hangs)} hangs, slowest {self.slowest:.2f} s"
        )


@contextmanager
def _within(seconds: float) -> Iterator[None]:
    """Raise `Hang` if the block takes longer."""

    def late(_number: int, _frame: FrameType | None) -> None:
        raise Hang

    before = signal.signal(signal.SIGALRM, late)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def fuzz(name: str, make: Callable[[random.Random], T], target: Callable[[T], object], *, seconds: float) -> Tally:
    """Give a target one input after the other for some time, and return what came of them.

    Parameters
    ----------
    name
        Name of the target, part of each seed.
    make
        Makes an input from a seeded generator.
    target
        What is tried.
    seconds
        How long; at least one input is tried.
    """
    tally = Tally(name)
    only = os.environ.get("FUZZ_ONLY", "")
    wanted, _, number = only.partition(":")
    if only and wanted != name:
        return tally
    k = int(number) if only else 0
    until = time.monotonic() + seconds
    while True:
        made = make(random.Random(f"{name}:{k}"))
        began = time.monotonic()
        try:
            with _within(LIMIT):
                target(made)
            tally.accepted += 1
        except StepdownError as error:
            tally.refused[type(error).__name__] += 1
            if any(sign in str(error) for sign in ("\n", "\x1b")) or len(str(error)) > 4000:
                tally.tracebacks.append(f"{name}:{k}: not one printable sentence: {str(error)[:300]!r}")
        except Hang:
            tally.hangs.append(f"{name}:{k}")
        except (Exception, RecursionError):  # noqa: BLE001 - whatever it is, it is counted
            tally.tracebacks.append(f"{name}:{k}: {traceback.format_exc()}")
        tally.inputs += 1
        tally.slowest = max(tally.slowest, time.monotonic() - began)
        k += 1
        if only or time.monotonic() >= until:
            return tally


# ---- Mutators -----------------------------------------------------------------------------------------------------------


def damaged(draw: random.Random, data: bytes) -> bytes:
    """Return bytes that were damaged as disks, editors and people do: bits, stretches, cut, doubled, other encodings."""
    out = bytearray(data)
    kind = draw.randrange(9)
    at = draw.randrange(len(out)) if out else 0
    if kind == 0 and out:
        out[at] ^= 1 << draw.randrange(8)
    elif kind == 1 and out:
        for _ in range(draw.choice([2, 10, 100])):
            out[draw.randrange(len(out))] = draw.randrange(256)
    elif kind == 2:
        out[at : at + draw.randrange(64)] = draw.randbytes(draw.randrange(64))
    elif kind == 3:
        del out[at:]
    elif kind == 4:
        out += out[at:]
    elif kind == 5:
        out = bytearray(draw.choice([b"", b"\x00" * len(out), b"\xff\xfe" + bytes(out), b"\xef\xbb\xbf" + bytes(out)]))
    elif kind == 6:
        del out[at : at + draw.randrange(1, 200)]
    elif kind == 7:
        other = draw.randrange(len(out)) if out else 0
        out[at : at + 40], out[other : other + 40] = out[other : other + 40], out[at : at + 40]
    else:
        out[at:at] = draw.choice([b"\x1b[2J", b"\xc2\x9b31m", b"\n" * 50, b"[" * 5000, b"{" * 5000, b'"', b"9" * 5000])
    return bytes(out)


def strange(draw: random.Random) -> object:
    """Return a value that JSON can hold and that hardly anybody expects."""
    nested: object = []
    for _ in range(draw.choice([2, 50, 500])):
        nested = [nested] if draw.random() < 0.5 else {"a": nested}
    return draw.choice(
        [
            None, True, False, 0, -1, 1, 3, 1 << 31, 1 << 63, 1 << 64, 10**400, -(10**30), 0.5, -0.0, 1e308, 5e-324,
            float("nan"), float("inf"), float("-inf"), "", "x", "0" * 64, "f" * 63, "../../evil", "/etc/passwd", "a\x00b",
            ".", "..", "a/./b", "a//b", "events/2024.arrow", "2024-13-01", "0001-01-01", "9999-12-31", "2024-04-01",
            "\x1b[31mred\x1b[0m", "\x9b2J", "\u202eevil", "\ud800", "a\nb\rc", "é" * 3000, [], {}, [[]], [None], [1, "x"],
            {"": ""}, {"sha256": 3}, {"bytes": -1}, {"file": "../x"}, {"../x": {}}, nested,
        ]
    )  # fmt: skip


def json_damaged(draw: random.Random, value: object) -> object:
    """Return a JSON value in which one to three things were changed, left out, added or exchanged; the rest is shared."""
    for _ in range(draw.choice([1, 1, 1, 2, 3])):
        value = _changed(draw, value)
    return value


def _changed(draw: random.Random, value: object) -> object:
    if draw.random() < (0.02 if isinstance(value, dict) else 0.1) or not isinstance(value, dict | list) or not value:
        return strange(draw)
    if isinstance(value, list):
        at = draw.randrange(len(value))
        what = draw.randrange(4)
        if what == 0:
            return value[:at] + value[at + 1 :]
        if what == 1:
            return [*value, strange(draw)]
        return [*value[:at], _changed(draw, value[at]), *value[at + 1 :]]
    key = draw.choice(list(value))
    what = draw.randrange(10)
    if what == 0:
        return {k: v for k, v in value.items() if k != key}
    if what == 1:
        other = draw.choice(list(value))
        return value | {key: value[other], other: value[key]}
    if what == 2:
        name = strange(draw)
        added = name if isinstance(name, str) else "new"
        return {added if k == key else k: v for k, v in value.items()}
    return value | {key: _changed(draw, value[key])}

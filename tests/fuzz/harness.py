"""What all fuzz targets share: seeded inputs, a budget of time, and a count of what came of them.

A target is a function that is given one input. It returns, or raises a `StepdownError`, or returns the exit code of a command. All
else is a fault: another exception (a traceback for the user), a signal that ends the process, more than `LIMIT` seconds, or more than
`MOST` bytes of memory. Each target is tried in a process of its own, so that neither a crash nor a hang in compiled code ends the rest.

An input is made from a `random.Random` whose seed is the name of the target and the number of the input, so that a fault is found
again by its number alone: ``FUZZ_ONLY=manifest:17 pytest tests/fuzz``.
"""

from __future__ import annotations

import faulthandler
import hashlib
import json
import os
import random
import resource
import select
import signal
import sys
import tempfile
import time
import traceback
import warnings
from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

from stepdown.errors import ResourceError, StepdownError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import FrameType

__all__ = ["LIMIT", "MOST", "Tally", "damaged", "fuzz", "json_damaged", "resealed", "strange"]

LIMIT = float(os.environ.get("FUZZ_LIMIT", "20"))
"""Time within which one input must be dealt with [s]; more where other work leaves a process of low priority next to no processor."""

GRACE = 5.0
"""How much later than `LIMIT` a process is killed that doesn't answer signals [s]."""

MOST = 1 << 30
"""Memory by which a process may grow over one input [bytes]."""

LONGEST = 4000
"""Longest message [characters]."""

KINDS = ("traceback", "hang", "signal", "memory")

T = TypeVar("T")


class Hang(BaseException):
    """An input took longer than `LIMIT`. Not an `Exception`, so that nothing on the way catches it."""


@dataclass
class Tally:
    """What came of the inputs of one target.

    Attributes
    ----------
    inputs, accepted
        How many were tried, and how many were taken as good.
    refused
        How often each error or exit code refused one.
    faults
        Each fault: its kind, one of `KINDS`, and the input's number with what happened.
    slowest
        Most time that an input took [s].
    memory
        Most memory by which the process grew over one input [bytes].
    """

    name: str
    inputs: int = 0
    accepted: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    faults: list[tuple[str, str]] = field(default_factory=list)
    slowest: float = 0.0
    memory: int = 0

    def line(self) -> str:
        """Return the tally as one line."""
        counted = Counter(kind for kind, _ in self.faults)
        faults = ", ".join(f"{counted[kind]} {kind}s" for kind in KINDS if kind != "memory")
        refused = ", ".join(f"{name} {count}" for name, count in sorted(self.refused.items()))
        return (
            f"{self.name}: {self.inputs} inputs, {self.accepted} accepted, {sum(self.refused.values())} refused ({refused}); "
            f"{faults}, {counted['memory']} over memory; slowest {self.slowest:.2f} s, most memory {self.memory >> 20} MiB"
        )

    def note(self, said: dict[str, Any]) -> None:
        """Count one input."""
        self.inputs += 1
        self.accepted += said["accepted"]
        self.refused.update(said["refused"])
        self.faults += map(tuple, said["faults"])
        self.slowest = max(self.slowest, said["seconds"])
        self.memory = max(self.memory, said["memory"])


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


def _peak() -> int:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


def _tried(name: str, k: int, make: Callable[[random.Random], T], target: Callable[[T], object]) -> dict[str, Any]:
    """Try one input, and return what came of it."""
    said: dict[str, Any] = {"accepted": 0, "refused": [], "faults": [], "seconds": 0.0, "memory": 0}
    held, began = _peak(), time.monotonic()
    try:
        made = make(random.Random(f"{name}:{k}"))
        held, began = _peak(), time.monotonic()
        with _within(LIMIT):
            code = target(made)
        if isinstance(code, int) and code:
            said["refused"] = [f"code {code}"]
        else:
            said["accepted"] = 1
    except ResourceError:
        # Whatever a file claims to hold: the machine lacked nothing.
        said["faults"].append(("memory", f"{name}:{k}: {traceback.format_exc()}"))
    except StepdownError as error:
        said["refused"] = [type(error).__name__]
        if any(sign in str(error) for sign in ("\n", "\x1b")) or len(str(error)) > LONGEST:
            said["faults"].append(("traceback", f"{name}:{k}: not one printable sentence: {str(error)[:300]!r}"))
    except Hang:
        said["faults"].append(("hang", f"{name}:{k}: {traceback.format_exc()}"))
    except BaseException:  # noqa: BLE001 - whatever it is, it is counted
        said["faults"].append(("traceback", f"{name}:{k}: {traceback.format_exc()}"))
    said["seconds"], said["memory"] = time.monotonic() - began, max(0, _peak() - held)
    if said["memory"] > MOST:
        said["faults"].append(("memory", f"{name}:{k}: {said['memory'] >> 20} MiB"))
    return said


def fuzz(name: str, make: Callable[[random.Random], T], target: Callable[[T], object], *, seconds: float) -> Tally:
    """Give a target one input after the other for some time, in a process of its own, and return what came of them.

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
    until = time.monotonic() + seconds
    first = int(number) if only else 0
    while True:
        k = _in_a_process(tally, first, make, target, until=0.0 if only else until)
        if only or k is None or time.monotonic() >= until:
            return tally
        first = k + 1


def _in_a_process(
    tally: Tally, first: int, make: Callable[[random.Random], T], target: Callable[[T], object], *, until: float
) -> int | None:
    """Try inputs from a number on in a process of its own; return the number of the one that ended it, if one did."""
    reads, writes = os.pipe()
    with tempfile.TemporaryFile() as errors, warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # of threads: none of ours lives here
        if (process := os.fork()) == 0:
            ended = 1
            try:
                os.close(reads)
                os.dup2(errors.fileno(), 2)
                faulthandler.enable(errors)
                for k in range(first, sys.maxsize):
                    os.write(writes, json.dumps(_tried(tally.name, k, make, target)).encode() + b"\n")
                    if time.monotonic() >= until:
                        break
                ended = 0
            finally:
                os._exit(ended)
        os.close(writes)
        k, data = first, b""
        try:
            while True:
                ready, _, _ = select.select([reads], [], [], LIMIT + GRACE)
                if not ready:
                    os.kill(process, signal.SIGKILL)
                    tally.inputs += 1
                    tally.faults.append(("hang", f"{tally.name}:{k}: compiled code answers no signal"))
                    return k
                if not (more := os.read(reads, 1 << 16)):
                    break
                *lines, data = (data + more).split(b"\n")
                for line in lines:
                    tally.note(json.loads(line))
                    k += 1
        finally:
            os.close(reads)
            _, status = os.waitpid(process, 0)
        if status:
            errors.seek(0)
            said = errors.read().decode("utf-8", "replace").partition("Extension modules")[0][-2000:]
            code = os.waitstatus_to_exitcode(status)
            name = signal.Signals(-code).name if code < 0 else f"ended with {code}"
            tally.inputs += 1
            tally.faults.append(("signal", f"{tally.name}:{k}: {name}: {said}"))
            return k
    return None


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


def resealed(value: object) -> bytes:
    """Return a value as JSON with the seal of a manifest that fits, however strange the value is."""
    said = {key: held for key, held in value.items() if key != "sha256"} if isinstance(value, dict) else {}
    text = json.dumps(said | {"sha256": "0" * 64}, indent=2, ensure_ascii=False) + "\n"
    data = text.encode("utf-8", "surrogatepass")
    before, _, after = data.rpartition(b"0" * 64)
    return before + hashlib.sha256(data).hexdigest().encode() + after

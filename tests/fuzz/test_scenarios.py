"""Scenario files and recorded inflow, damaged and generated, are accepted or refused in a sentence."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stepdown import inflow, levers, plan
from stepdown.cli.scenarios import STARTER
from stepdown.scenario import HOME, load

from . import harness

if TYPE_CHECKING:
    import random
    from collections.abc import Callable
    from pathlib import Path

    from .harness import Tally

HEAD = 'title = "t"\nwhy = "w"\nextends = "baseline"\npopulation = 0.0005\n'

KEYS = (
    "title", "why", "name", "world", "extends", "calendar", "population", "exact", "capacity", "demography", "draw",
    "parameters", "levers", "rules", "use", "beds", "medium", "from", "until", "value", "areas", "ramp_days", "start",
    "years", "settle_days", "float", "str", '"a[0]"', '""', '"\\u001b[2J"', "'x y'", *levers.load(),
)  # fmt: skip
VALUES = (
    "0", "1", "-1", "0.5", "1e400", "nan", "inf", "true", '""', '"x"', '"baseline"', '"off"', '"London"', "2025-04-01",
    "2025-04-01T00:00:00Z", "0001-01-01", "9999-12-31", "07:00:00", "[]", "[[]]", "{}", '["London"]', '["Atlantis"]',
    '"\\u202e\\u001b"', "0x7fffffffffffffff", f"{'9' * 4000}", f'"{"é" * 3000}"', f"{'[' * 200}{']' * 200}",
)  # fmt: skip


def value(draw: random.Random, depth: int = 0) -> str:
    """Return a value of TOML: plain, a list or a table."""
    kind = draw.randrange(6)
    if kind == 0 and depth < 4:
        return f"[{', '.join(value(draw, depth + 1) for _ in range(draw.randrange(4)))}]"
    if kind == 1 and depth < 4:
        return f"{{{', '.join(f'{key(draw)} = {value(draw, depth + 1)}' for _ in range(draw.randrange(4)))}}}"
    return draw.choice(VALUES)


def key(draw: random.Random) -> str:
    return ".".join(draw.choice(KEYS) for _ in range(draw.choice([1, 1, 1, 2, 3, 40])))


def grammatical(draw: random.Random) -> bytes:
    """Return a file of lines that are TOML one by one."""
    lines = [HEAD] if draw.random() < 0.8 else []
    for _ in range(draw.randrange(1, 12)):
        kind = draw.randrange(5)
        if kind == 0:
            lines.append(f"[{key(draw)}]")
        elif kind == 1:
            lines.append(f"[[{draw.choice(['levers.', ''])}{key(draw)}]]")
        elif kind == 2:
            lines.append(
                f"[[levers.{draw.choice(list(levers.load()))}]]\nvalue = {draw.choice(VALUES)}\nfrom = 2025-04-01"
            )
        else:
            lines.append(f"{key(draw)} = {value(draw)}")
    return "\n".join(lines).encode()


def mutated(draw: random.Random) -> bytes:
    """Return one of the project's scenarios, or the starter, damaged."""
    texts = [path.read_bytes() for path in sorted(HOME.glob("*.toml"))]
    return harness.damaged(draw, draw.choice([*texts, STARTER.encode(), HEAD.encode() + b"[" + b" " * 5000]))


def test_scenarios(fuzzed: Callable[..., Tally], tmp_path: Path) -> None:
    path = tmp_path / "x.toml"

    def make(draw: random.Random) -> bytes:
        return (grammatical if draw.random() < 0.6 else mutated)(draw)

    def target(text: bytes) -> None:
        path.write_bytes(text)
        plan.compile(load(path), source=path)

    fuzzed("scenario", make, target)


def test_recorded_inflow(fuzzed: Callable[..., Tally], tmp_path: Path) -> None:
    whole = tmp_path / "whole.inflow"
    inflow.write(inflow.record(load("baseline", population=0.0005, years=1)), whole)
    data, path = whole.read_bytes(), tmp_path / "x.inflow"

    def target(text: bytes) -> None:
        path.write_bytes(text)
        inflow.read(path)

    fuzzed("inflow", lambda draw: harness.damaged(draw, data), target)

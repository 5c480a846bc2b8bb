"""No file leads the engine astray: what is damaged, cut, of another version or made up is refused, or lived as what it says."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest

from stepdown import _core, plan
from stepdown.errors import CorruptError, StepdownError
from stepdown.scenario import load

from .blocks import join, split

DAYS = 60
"""Days lived from a file that was made up and is accepted [d]."""


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A snapshot in the middle of a year, with files carried along; tests only read it."""
    compiled = plan.compile(load("baseline", population=0.0004, years=2)).json
    core = _core.Simulation(compiled, seed=7, replicate=0, threads=1, check=False)
    core.run_until(core.start + 500)
    path = tmp_path_factory.mktemp("snapshots") / "good"
    carried = path.with_name("carried")
    carried.write_bytes(b"rows" * 1000)
    core.snapshot(path, [("events/2024.arrow", carried)])
    return path.read_bytes()


def restore(path: Path, data: bytes) -> _core.Simulation:
    path.write_bytes(data)
    return _core.Simulation.restore(path, threads=1, check=True, folder=path.with_name("carried"))


def test_the_documented_format_is_the_one_that_is_written(good: bytes, tmp_path: Path) -> None:
    head, parts = split(good)
    assert join(head, parts) == good
    assert [section for section, _ in parts][-3:] == [10, 11, 0]
    assert json.loads(parts[0][1])["format"] == 1
    core = restore(tmp_path / "same", good)
    assert core.day == json.loads(head)["day"]
    assert (tmp_path / "carried" / "events" / "2024.arrow").read_bytes() == b"rows" * 1000


@pytest.mark.parametrize("seed", range(200))
def test_a_flipped_bit_is_found(good: bytes, tmp_path: Path, seed: int) -> None:
    draw = random.Random(seed)
    data = bytearray(good)
    # Half of the bits in the first blocks, where the structure is.
    at = draw.randrange(min(len(data), 1000) if seed % 2 else len(data))
    data[at] ^= 1 << draw.randrange(8)
    with pytest.raises(CorruptError):
        restore(tmp_path / "flipped", bytes(data))


@pytest.mark.parametrize("seed", range(100))
def test_a_file_that_is_cut_short_or_goes_on_is_found(good: bytes, tmp_path: Path, seed: int) -> None:
    draw = random.Random(seed)
    cut = draw.randrange(len(good))
    data = good + good[cut : cut + 100] if seed % 10 == 0 else good[:cut]
    with pytest.raises(CorruptError, match=r"cut short|it is not a snapshot|follows its end"):
        restore(tmp_path / "cut", data)


@pytest.mark.parametrize("version", [0, 2, 3, 255, 1 << 31])
def test_another_version_of_the_format_is_refused_by_number(good: bytes, tmp_path: Path, version: int) -> None:
    head, parts = split(good)
    with pytest.raises(CorruptError, match=f"its format is {version}; this version reads format 1"):
        restore(tmp_path / "other", join(head, parts, version))


@pytest.mark.parametrize(("key", "value"), [("stepdown", "9.9.9"), ("source", "0" * 64)])
def test_another_stepdown_is_refused_by_name(good: bytes, tmp_path: Path, key: str, value: str) -> None:
    head, parts = split(good)
    other = json.dumps(json.loads(head) | {key: value}).encode()
    with pytest.raises(
        CorruptError, match=r"stepdown .+ wrote it, this is stepdown .+: go on with that one, or run anew"
    ):
        restore(tmp_path / "other", join(other, parts))


def said_of(path: Path, data: bytes) -> str:
    """Live from a file that may be made up; return what is said if it is refused, or breaks an invariant."""
    try:
        core = restore(path, data)
        core.run_until(min(core.day + DAYS, core.end))
    except StepdownError as error:
        return str(error)
    return ""


@pytest.mark.parametrize("seed", range(200))
def test_what_somebody_made_up_with_the_right_hashes_crashes_nothing(good: bytes, tmp_path: Path, seed: int) -> None:
    draw = random.Random(seed)
    head, parts = split(good)
    parts = list(parts)
    kind = seed % 5
    wanted = draw.choice([2, 5, 6, 7, 8, 9])
    at = draw.choice([k for k, (section, payload) in enumerate(parts) if section == wanted and payload])
    section, payload = parts[at]
    garbled = bytearray(payload)
    if kind == 0:  # some bytes
        for _ in range(draw.randint(1, 20)):
            garbled[draw.randrange(len(garbled))] = draw.choice([0, 1, 127, 128, 255, draw.randrange(256)])
    elif kind == 1:  # a stretch
        start = draw.randrange(len(garbled))
        garbled[start : start + 40] = draw.randbytes(40)
    elif kind == 2:  # shorter or longer
        garbled = garbled[: draw.randrange(len(garbled))] if draw.random() < 0.5 else garbled + draw.randbytes(9)
    elif kind == 3:  # all of it
        garbled = bytearray(draw.randbytes(min(len(garbled), 4096)))
    parts[at] = (section, bytes(garbled))
    if kind == 4:  # a block missing, twice or elsewhere; or a head that says something else
        parts[at] = (section, payload)
        what = draw.randrange(4)
        if what == 0:
            del parts[at]
        elif what == 1:
            parts.insert(at, parts[at])
        elif what == 2:
            draw.shuffle(parts)
        else:
            said = json.loads(head)
            key = draw.choice(["day", "since", "rows", "cases", "seed", "plan"])
            said[key] = draw.choice([0, -1, 1, 1 << 31, (1 << 63) - 1, said["day"] + 1, "x"])
            head = json.dumps(said).encode()
    said = said_of(tmp_path / "made-up", join(head, parts))
    assert "the engine broke" not in said
    assert "\n" not in said


@pytest.mark.parametrize("name", ["../evil", "/evil", "a/../../evil", ".evil", "a//b", ""])
def test_a_file_that_is_carried_along_lands_nowhere_else(good: bytes, tmp_path: Path, name: str) -> None:
    head, parts = split(good)
    parts = [(section, name.encode() if section == 10 else payload) for section, payload in parts]
    with pytest.raises(CorruptError, match="a file whose name is not allowed"):
        restore(tmp_path / "evil-one", join(head, parts))
    assert sorted(p.name for p in tmp_path.iterdir()) == ["evil-one"]


def test_what_is_no_snapshot_is_told_in_one_sentence(tmp_path: Path) -> None:
    for data in (b"", b"STEP", b"PK\x03\x04" * 100, b"STEPDOWN" + b"\xff" * 100):
        with pytest.raises(CorruptError):
            restore(tmp_path / "none", data)
    with pytest.raises(CorruptError, match="it is a folder"):
        _core.Simulation.restore(tmp_path, threads=1, check=False)
    with pytest.raises(OSError, match="No such file"):
        _core.Simulation.restore(Path("nowhere"), threads=1, check=False)

"""Commands that are given something damaged: what they may answer, and that they touch nothing but what they were given."""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import os
import shutil
import stat
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from stepdown.cli import invoke
from stepdown.results.manifest import MANIFEST

from . import harness

if TYPE_CHECKING:
    import random
    from collections.abc import Iterable

__all__ = ["Place", "command", "swap", "tree_damaged"]

BUG = 70

LONGEST = 8000
"""Longest line on stderr [characters]."""


def _refused(said: str, code: int) -> bool:
    """Whether the last line is the refusal that ``--json`` asks for."""
    last = said.strip().rpartition("\n")[2]
    if not last.startswith("{"):
        return False
    refusal = json.loads(last)
    return refusal["exit_code"] == code and bool(refusal["error"])


def command(arguments: Iterable[object], *, allowed: Iterable[int]) -> int:
    """Give a command line, and return its exit code, which must be one of those allowed, with sentences that are safe to print."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = invoke([str(word) for word in arguments])
    said = err.getvalue()
    if code == BUG:
        found = next(Path(tempfile.gettempdir()).glob("stepdown-bug-*"))
        said += found.read_text()
        found.unlink()
    assert code in (0, *allowed), f"code {code}: {said}"
    assert code == 0 or said.startswith("stepdown: ") or "\nstepdown: " in said or _refused(said, code), (
        f"code {code} without a sentence: {said}"
    )
    for text in (out.getvalue(), said):
        for line in text.split("\n"):
            assert line.isprintable(), f"a control character reaches the terminal: {line[:300]!r}"
    assert max(map(len, said.split("\n"))) < LONGEST, f"a line of {len(said)} characters: {said[:300]}"
    return code


class Place:
    """A folder in which something damaged is put, beside neighbours that must stay as they are.

    Parameters
    ----------
    home
        An empty folder. Temporary files of commands go into it, too, and the process works in it.
    ours
        Names in its folder `here` that a command may write.
    """

    def __init__(self, home: Path, *ours: str) -> None:
        self.home, self.here, self.ours = home, home / "outer" / "here", ours
        self._known: dict[str, bytes] = {}
        self._temporary = home / "temporary"
        for folder in (self.here, self._temporary, home / "cwd"):
            folder.mkdir(parents=True, exist_ok=True)
        for folder in (home, home / "outer", self.here):
            for name in ("evil", "neighbour"):
                (folder / name).write_text(f"{name} of {folder.name}")
        self._known = self._seen()

    def enter(self) -> None:
        """Make this the place where the process works and puts what is temporary."""
        os.chdir(self.home / "cwd")
        tempfile.tempdir = str(self._temporary)

    def clear(self) -> None:
        """Remove whatever a command may write."""
        for name in self.ours:
            path = self.here / name
            if path.is_symlink() or not path.is_dir():
                path.unlink(missing_ok=True)
            else:
                shutil.rmtree(path)

    def put(self, whole: Path, name: str) -> Path:
        """Copy a folder that is whole to a name, where there is nothing."""
        return Path(shutil.copytree(whole, self.here / name))

    def hold(self) -> None:
        """Refuse any change but of what is ours."""
        found = self._seen()
        for name, data in self._known.items():  # as it was, for the next input
            if found.get(name) != data and data != b"folder":
                (self.home / name).write_bytes(data)
        assert found == self._known, f"changed outside: {sorted(found.items() ^ self._known.items())}"
        left = [path.name for path in self._temporary.iterdir()]
        assert not left, f"left in the temporary folder: {left}"

    def _seen(self) -> dict[str, bytes]:
        """Return each file that isn't ours, with its content."""
        found = {}
        for at, folders, files in os.walk(self.home):
            folder = Path(at)
            if folder == self._temporary:
                folders.clear()
                continue
            names = [*folders, *files]
            if folder == self.here:
                names = [name for name in names if name not in self.ours]
                folders[:] = [name for name in folders if name not in self.ours]
            for name in names:
                path = folder / name
                plain = stat.S_ISREG(path.lstat().st_mode)
                found[str(path.relative_to(self.home))] = path.read_bytes() if plain else b"folder"
        return found


def swap(one: Path, other: Path) -> None:
    """Exchange two files, if both are there."""
    if one == other or not one.is_file() or not other.is_file():
        return
    held = one.with_name("swapped-for-a-moment")
    one.rename(held)
    other.rename(one)
    held.rename(other)


def tree_damaged(draw: random.Random, folder: Path, files: list[str]) -> None:
    """Damage a folder as disks and people do: a file garbled, swapped, emptied, away, a folder, a link or a pipe instead of it."""
    for _ in range(draw.choice([1, 1, 2])):
        path = folder / draw.choice(files)
        if path.is_symlink() or not path.is_file():
            continue
        kind = draw.randrange(12)
        if kind < 5:
            path.write_bytes(harness.damaged(draw, path.read_bytes()))
        elif kind == 5:
            swap(path, folder / draw.choice(files))
        elif kind == 6:
            path.write_bytes(b"")
        elif kind == 7:
            (folder / "more").write_bytes(draw.randbytes(100))
        else:
            path.unlink()
            if kind == 8:
                path.mkdir()
                (path / "inside").write_text("x")
            elif kind == 9:
                path.symlink_to(draw.choice(["nowhere", path.name, "/etc/hostname", "../evil", "/dev/zero"]))
            elif kind == 10:
                os.mkfifo(path)


def facts_of(path: Path) -> dict[str, object]:
    """Return what a manifest says of a file's bytes."""
    data = path.read_bytes()
    return {"bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}


def files_of(folder: Path) -> list[str]:
    """Return the names of the files in a folder, in order."""
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def data_of(folder: Path) -> list[str]:
    """Return the names of the files but the manifest, in order."""
    return [name for name in files_of(folder) if name != MANIFEST]

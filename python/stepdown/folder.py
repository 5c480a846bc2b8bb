"""Folders that are there whole or not at all.

A folder is written aside (``.NAME.partial`` beside where it will stand), synced, and renamed when everything is in it.
Who writes it holds a lock, so that what a dead process left behind can be told from what a living one is writing.
"""

from __future__ import annotations

import fcntl
import os
import shutil
from typing import TYPE_CHECKING, Self

from stepdown.errors import OutputExistsError

if TYPE_CHECKING:
    from pathlib import Path
    from types import TracebackType

__all__ = ["Aside", "sync"]


def sync(path: Path) -> None:
    """Make sure that a file, or the names in a folder, have reached the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


class Aside:
    """A folder that is being written aside: renamed into place if the ``with`` block ends well, else removed.

    Parameters
    ----------
    target
        Where the folder will stand.
    overwrite
        Whether a folder that is there already is replaced; without it, one is refused before anything is written.

    Raises
    ------
    OutputExistsError
        There is something at ``target``, or another run is writing there.
    """

    def __init__(self, target: Path, *, overwrite: bool = False) -> None:
        self.target = target.absolute()
        self.path = self.target.parent / f".{self.target.name}.partial"
        self._overwrite = overwrite
        self._lock = -1

    def __enter__(self) -> Self:
        self._refuse_what_is_there()
        self.target.parent.mkdir(parents=True, exist_ok=True)
        self.path.mkdir(exist_ok=True)
        self._lock = os.open(self.path, os.O_RDONLY)
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(self._lock)
            message = f"{self.target}: another run is writing it now; choose another folder, or wait"
            raise OutputExistsError(message) from None
        self._clear()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if error is None:
                self._commit()
            else:
                shutil.rmtree(self.path)
        finally:
            os.close(self._lock)

    def _refuse_what_is_there(self) -> None:
        if os.path.lexists(self.target) and not self._overwrite:
            message = f"{self.target}: it is there already; choose another folder, or ask to overwrite it"
            raise OutputExistsError(message)
        if os.path.lexists(self.target) and not (self.target / "manifest.json").is_file():
            message = f"{self.target}: it is not the folder of a run, so it is not overwritten; choose another folder"
            raise OutputExistsError(message)

    def _clear(self) -> None:
        """Remove what a dead process left behind."""
        for old in self.path.iterdir():
            if old.is_dir():
                shutil.rmtree(old)
            else:
                old.unlink()

    def _commit(self) -> None:
        for folder in sorted(p for p in self.path.rglob("*") if p.is_dir()):
            sync(folder)
        sync(self.path)
        replaced = self.path.with_name(f".{self.target.name}.replaced")
        if os.path.lexists(self.target):
            shutil.rmtree(replaced, ignore_errors=True)
            self.target.rename(replaced)
        self.path.rename(self.target)
        sync(self.target.parent)
        shutil.rmtree(replaced, ignore_errors=True)

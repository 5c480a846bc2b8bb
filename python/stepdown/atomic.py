"""Atomic output: folders and files that exist either completely or not at all.

`StagedDir` writes a folder under a temporary name (``.NAME.partial`` beside its final place), syncs it to disk, and renames it once
it is complete. Single files are written in the same way (``FILE.aside``). The writer holds a lock on ``.NAME.lock`` that ends with
its process, so that the remains of a dead process can be told from the work of a living one.
"""

from __future__ import annotations

import os
import shutil
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Self

from filelock import FileLock, Timeout

from stepdown.errors import OutputExistsError, StepdownError, StorageError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import TracebackType

__all__ = ["SNAPSHOTS", "StagedDir", "sync", "write_text", "written"]

COMMITTED = "manifest.json"
"""A folder that may be replaced has one: it is the work of this package."""


SNAPSHOTS = "snapshots"
"""A staged directory with a snapshot in this folder can be resumed, and is not removed unasked."""


def sync(path: Path) -> None:
    """Make sure that a file, or the names in a folder, have reached the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _reason(error: OSError) -> str:
    return os.strerror(error.errno) if error.errno else str(error)


@contextmanager
def written(path: Path) -> Iterator[Path]:
    """Write a file atomically: yield a temporary path; when the block ends well, sync the file and rename it.

    Raises
    ------
    OSError
        The file can't be written; the error names it, and nothing of it is left.
    """
    aside = path.with_name(f"{path.name}.aside")
    try:
        yield aside
        sync(aside)
        aside.replace(path)
        sync(path.parent)
    except OSError as error:
        raise OSError(error.errno, _reason(error), str(path)) from error
    finally:
        aside.unlink(missing_ok=True)


def write_text(path: Path, text: str) -> None:
    """Write a text file atomically."""
    with written(path) as aside:
        aside.write_text(text, encoding="utf-8", newline="\n")


class StagedDir:
    """A folder that is written under a temporary name, and renamed into place if the ``with`` block ends well, else removed.

    Parameters
    ----------
    target
        Where the folder will stand.
    overwrite
        Whether a folder that is there already is replaced; without it, one is refused before anything is written.
    resume
        Whether to go on with what a dead process left aside, instead of clearing it away.

    Attributes
    ----------
    path
        Where to write meanwhile.
    keep
        Whether a failure leaves what was written, to be resumed; at first, it doesn't.

    Raises
    ------
    OutputExistsError
        There is something at ``target``, or another run is writing there.
    StorageError
        The disk is full, or the folder can't be written.
    """

    def __init__(self, target: Path, *, overwrite: bool = False, resume: bool = False) -> None:
        self.target = target.absolute()
        self.path = self._beside("partial")
        self.keep = False
        self._replaced = self._beside("replaced")
        self._overwrite = overwrite
        self._resume = resume
        self._lock = FileLock(self._beside("lock"))

    def __enter__(self) -> Self:
        try:
            self.target.parent.mkdir(parents=True, exist_ok=True)
            self._lock.acquire(blocking=False)
        except Timeout:
            message = f"{self.target}: another run is writing it now; choose another folder, or wait"
            raise OutputExistsError(message) from None
        except OSError as error:
            raise self._sentence(self.target, error) from error
        try:
            self._settle()
            self._refuse_what_is_there()
            self._begin()
        except OSError as error:
            self._unlock()
            raise (error if isinstance(error, StepdownError) else self._sentence(self.target, error)) from None
        except BaseException:
            self._unlock()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if error is None:
                try:
                    self._commit()
                except OSError as failure:
                    error = failure
            if error is not None and not self.keep:
                shutil.rmtree(self.path, ignore_errors=True)
        finally:
            self._unlock()
        if isinstance(error, OSError) and not isinstance(error, StepdownError):
            raise self._sentence(self._concerned(error), error) from error

    def settle(self) -> None:
        """Remove what a process left that died after its folder was complete: its lock, and the folder that it replaced."""
        try:
            self._lock.acquire(blocking=False)
        except Timeout:
            return
        try:
            self._settle()
        finally:
            self._unlock()

    def _beside(self, what: str) -> Path:
        return self.target.parent / f".{self.target.name}.{what}"

    def _unlock(self) -> None:
        """Release the lock. Its file is removed first, while no other process can hold it."""
        Path(self._lock.lock_file).unlink(missing_ok=True)
        self._lock.release()

    def _concerned(self, error: OSError) -> str:
        """Return the name of the file that an error of the ``with`` block concerns."""
        file = Path(os.fsdecode(error.filename)) if error.filename else self.path
        if file == self.path:
            return str(self.target)
        return f"{self.target}: {file.relative_to(self.path)}" if file.is_relative_to(self.path) else str(file)

    def _sentence(self, what: object, error: OSError) -> StorageError:
        left = f"what was written is kept for stepdown resume {self.target}" if self.keep else "nothing is left behind"
        return StorageError(f"{what} can't be read or written ({_reason(error)}); {left}")

    def _settle(self) -> None:
        """Finish or undo a replacement that a dead process began."""
        if self._replaced.exists():
            if os.path.lexists(self.target):
                shutil.rmtree(self._replaced)
            else:
                self._replaced.rename(self.target)

    def _refuse_what_is_there(self) -> None:
        if os.path.lexists(self.target) and not self._overwrite:
            message = f"{self.target}: it is there already; choose another folder, or ask to overwrite it"
            raise OutputExistsError(message)
        if os.path.lexists(self.target) and not (self.target / COMMITTED).is_file():
            message = f"{self.target}: it is not the folder of a run, so it is not overwritten; choose another folder"
            raise OutputExistsError(message)

    def _begin(self) -> None:
        """Make the staged directory, and clear what a dead process left in it that could be mistaken for complete files."""
        if self._resume:
            for stray in self.path.rglob("*.aside"):
                stray.unlink()
            return
        if not self._overwrite and any((self.path / SNAPSHOTS).glob("*.snapshot")):
            message = (
                f"{self.target}: an interrupted run is kept there; stepdown resume {self.target} finishes it; "
                "or choose another folder, or ask to overwrite it"
            )
            raise OutputExistsError(message)
        if self.path.exists():
            shutil.rmtree(self.path)
        self.path.mkdir()

    def _commit(self) -> None:
        for folder in sorted(p for p in self.path.rglob("*") if p.is_dir()):
            sync(folder)
        sync(self.path)
        if os.path.lexists(self.target):
            self.target.rename(self._replaced)
        try:
            self.path.rename(self.target)
        except OSError:
            if self._replaced.exists():
                self._replaced.rename(self.target)
            raise
        sync(self.target.parent)
        shutil.rmtree(self._replaced, ignore_errors=True)

"""Atomic output: folders and files that exist either completely or not at all, and that never take the place of anything else.

`StagedDir` writes a folder under a temporary name (``.NAME.partial`` beside its final place), syncs it to disk, and renames it once
it is complete. Single files are written in the same way (``FILE.PID.aside``). The writer holds a lock on ``.NAME.lock`` that ends
with its process, so that the remains of a dead process can be told from the work of a living one.

Nothing is replaced unless that was asked for, whenever it came; and then only what this package wrote: a folder whose manifest is
one of ours, and which holds no file that its manifest doesn't name.
"""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
import stat
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from filelock import FileLock, Timeout

from stepdown.errors import OutputExistsError, StepdownError, StorageError, UsageError, asking
from stepdown.records import Record, RecordError, parse, plain_file, typed

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import TracebackType

__all__ = [
    "JOURNAL",
    "SNAPSHOTS",
    "StagedDir",
    "kind_of_file",
    "refuse_file",
    "refuse_inside_a_run",
    "refuse_name",
    "sync",
    "write_text",
    "written",
]

COMMITTED = "manifest.json"
"""Name of the manifest, which a folder has when it is complete."""

SNAPSHOTS = "snapshots"
"""A staged directory with a snapshot in this folder can be resumed, and is not removed unasked."""

JOURNAL = "journal.json"
"""Name of the journal in a staged directory; it goes when the folder has its name."""

_UNFINISHED = (JOURNAL, SNAPSHOTS, "parts")
"""What a run removes at its end, and a kill may leave."""

_STRAY = (".DS_Store", "Thumbs.db", "desktop.ini")
"""Files that a file manager leaves in any folder: nobody's work."""


class _Ours(Record):
    """What the manifest of a run or export says, whatever its version."""

    stepdown: str
    code: dict[str, Any]
    scenario: dict[str, Any]
    files: dict[str, Any]
    sha256: str

    @property
    def what(self) -> str:
        """What the folder is: an export's manifest says how it was rounded."""
        return "the export" if "rounding" in (self.model_extra or {}) else "the run"


def sync(path: Path) -> None:
    """Make sure that a file, or the names in a folder, have reached the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _reason(error: OSError) -> str:
    return os.strerror(error.errno) if error.errno else str(error)


def kind_of_file(path: Path) -> str | None:
    """Say what stands at a path, links followed: "file", "folder", "device", "pipe" or "socket"; nothing if nothing does.

    Examples
    --------
    >>> kind_of_file(Path(os.devnull)), kind_of_file(Path("/"))
    ('device', 'folder')
    """
    try:
        mode = path.stat().st_mode
    except (FileNotFoundError, NotADirectoryError):
        return None
    kinds = {
        stat.S_IFREG: "file",
        stat.S_IFDIR: "folder",
        stat.S_IFIFO: "pipe",
        stat.S_IFSOCK: "socket",
    }
    return kinds.get(stat.S_IFMT(mode), "device")


def _manifest(folder: Path) -> _Ours | None:
    """Return the manifest of a folder, if it is one that this package wrote."""
    try:
        return typed(_Ours, parse(plain_file(folder / COMMITTED)))
    except (OSError, RecordError):
        return None


def refuse_inside_a_run(path: Path) -> None:
    """Refuse to write into the folder of a run: it would no longer be what its manifest says.

    Raises
    ------
    OutputExistsError
        A folder above `path` is that of a run, complete or not.
    """
    for folder in Path(os.path.realpath(path)).parents:
        partial = folder.name.startswith(".") and folder.name.endswith(".partial") and (folder / JOURNAL).is_file()
        if partial or _manifest(folder) is not None:
            message = f"{path}: it lies inside {folder}, the folder of a run; choose a place outside it"
            raise OutputExistsError(message)


def refuse_file(path: Path, *, overwrite: bool = False, how: str | None = None) -> None:
    """Refuse to write a file where one is, unless it may be replaced, or where something else is or a run's folder.

    Parameters
    ----------
    path
        Where the file will be.
    overwrite
        Whether a file that is there may be replaced.
    how
        How a user asks for that, if not by a flag of that name; empty, if it can't be asked for.

    Raises
    ------
    OutputExistsError
        There is something at `path` that is not replaced, or it lies inside the folder of a run.
    """
    refuse_name(path)
    refuse_inside_a_run(path)
    how = f"give {asking('overwrite', True)} to replace it" if how is None else how
    kind = kind_of_file(path)
    if kind not in (None, "file"):
        message = f"{path}: it is a {kind}; choose the name of a file"
        raise OutputExistsError(message)
    if kind is not None and not overwrite:
        message = f"{path}: it is there already; choose another file{f', or {how}' if how else ''}"
        raise OutputExistsError(message)


def refuse_name(path: Path) -> None:
    """Refuse a path that isn't UTF-8, which Python and the disk may know: what reads and writes tables can't open it.

    Raises
    ------
    UsageError
        It is such a path.
    """
    try:
        str(path).encode()
    except UnicodeEncodeError:
        message = f"{path}: the path is not UTF-8; choose another"
        raise UsageError(message) from None


def _publish(aside: Path, path: Path) -> None:
    """Give a file its name, unless something has that name.

    Raises
    ------
    FileExistsError
        Something is there.
    """
    try:
        os.link(aside, path)
    except FileExistsError:
        raise
    except OSError:
        # The disk knows no hard links: the name is taken by an empty file, which nobody else can have taken meanwhile.
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY))
        aside.replace(path)


@contextlib.contextmanager
def written(path: Path, *, overwrite: bool = True) -> Iterator[Path]:
    """Write a file atomically: yield a temporary path; when the block ends well, sync the file and give it its name.

    Parameters
    ----------
    path
        Where the file will be. A symbolic link is followed.
    overwrite
        Whether a file that is there by then is replaced.

    Raises
    ------
    OutputExistsError
        There is a folder, a device or a pipe at `path`; or anything, which may have come while the file was written, and overwriting was not
        asked for.
    OSError
        The file can't be written; the error names it, and nothing of it is left.
    """
    place = Path(os.path.realpath(path))
    if (kind := kind_of_file(place)) not in (None, "file"):
        message = f"{path}: it is a {kind}; choose the name of a file"
        raise OutputExistsError(message)
    aside = place.with_name(f"{place.name}.{os.getpid()}.aside")
    try:
        yield aside
        sync(aside)
        if overwrite:
            aside.replace(place)
        else:
            _publish(aside, place)
        sync(place.parent)
    except FileExistsError as error:
        if isinstance(error, StepdownError):
            raise
        message = f"{path}: it is there already; choose another file"
        raise OutputExistsError(message) from None
    except OSError as error:
        if isinstance(error, StepdownError):
            raise
        raise OSError(error.errno, _reason(error), str(path)) from error
    finally:
        aside.unlink(missing_ok=True)


def write_text(path: Path, text: str, *, overwrite: bool = True) -> None:
    """Write a text file atomically."""
    with written(path, overwrite=overwrite) as aside:
        aside.write_text(text, encoding="utf-8", newline="\n")


class StagedDir:
    """A folder that is written under a temporary name, and renamed into place if the ``with`` block ends well, else removed.

    Parameters
    ----------
    target
        Where the folder will stand. A symbolic link is followed. An empty folder may be there.
    overwrite
        Whether a run or export that is there already is replaced; without it, one is refused before anything is written.
    resume
        Whether to go on with what a dead process left aside, instead of clearing it away.

    Attributes
    ----------
    path
        Where to write meanwhile.
    keep
        Whether a failure leaves what was written, to be resumed; at first, it doesn't.
    lasting
        Whether a folder that is complete, but whose place has been taken meanwhile, is left to be resumed.

    Raises
    ------
    OutputExistsError
        There is something at ``target``, or another run is writing there.
    StorageError
        The disk is full, or the folder can't be written.
    """

    def __init__(self, target: Path, *, overwrite: bool = False, resume: bool = False, lasting: bool = False) -> None:
        self.target = Path(os.path.realpath(target))
        self.path = self._beside("partial")
        self.keep = False
        self.lasting = lasting
        self._replaced = self._beside("replaced")
        self._overwrite = overwrite
        self._resume = resume
        self._lock = FileLock(self._beside("lock"))
        self._before: tuple[int, int, bytes] | None = None

    def __enter__(self) -> Self:
        refuse_name(self.target)
        refuse_inside_a_run(self.target)
        died = os.path.lexists(self._lock.lock_file)
        try:
            self.target.parent.mkdir(parents=True, exist_ok=True)
            self._lock.acquire(blocking=False)
        except Timeout:
            self._refuse_a_place_without_files()
            message = f"{self.target}: another run is writing it now; choose another folder, or wait"
            raise OutputExistsError(message) from None
        except FileExistsError as error:
            # A file stands where a folder above the target would have to.
            raise self._sentence(self.target, NotADirectoryError(errno.ENOTDIR, "")) from error
        except OSError as error:
            raise self._sentence(self.target, error) from error
        try:
            self._settle()
            self._refuse_what_is_there()
            self._before = self._there()
            self._begin(died=died)
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
        if isinstance(error, OSError) and kind is None:
            raise (
                error if isinstance(error, StepdownError) else self._sentence(self._concerned(error), error)
            ) from None
        if isinstance(error, OSError) and not isinstance(error, StepdownError):
            raise self._sentence(self._concerned(error), error) from error

    def _refuse_a_place_without_files(self) -> None:
        """Tell a place where no file can be made, such as ``/proc``, from one where another run holds the lock.

        Raises
        ------
        StorageError
            It is such a place.
        """
        probe = self._beside(f"{os.getpid()}.aside")
        try:
            probe.touch()
            probe.unlink()
        except OSError as error:
            raise self._sentence(self.target, error) from None

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
        """Release the lock. Its file is removed first, while no other process can hold it.

        It stays where a dead process has left a staged directory without a journal: it shows whose that is.
        """
        if not self.path.exists() or self.keep or _told(self.path):
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
        if _manifest(self.target) is not None:
            (self.target / JOURNAL).unlink(missing_ok=True)
        if self._replaced.is_dir() and not self._replaced.is_symlink() and next(self._replaced.iterdir(), None) is None:
            self._replaced.rmdir()
        elif _manifest(self._replaced) is not None:
            if _manifest(self.target) is not None:
                _remove(self._replaced)
            elif not os.path.lexists(self.target):
                self._replaced.rename(self.target)

    def _there(self) -> tuple[int, int, bytes] | None:
        """Return what tells the run at the target from any other; nothing if none is there."""
        if _manifest(self.target) is None:
            return None
        found = self.target.stat()
        return found.st_dev, found.st_ino, (self.target / COMMITTED).read_bytes()

    def _refuse_what_is_there(self) -> None:
        """Refuse to take the place of anything but an empty folder, or a run that is to be overwritten."""
        if not os.path.lexists(self.target):
            return
        kind = kind_of_file(self.target)
        if kind != "folder":
            message = f"{self.target}: it is a {kind}; choose another folder"
            raise OutputExistsError(message)
        if self.target.is_mount():
            message = f"{self.target}: a disk is mounted there; choose a folder on it"
            raise OutputExistsError(message)
        if next(self.target.iterdir(), None) is None:
            return
        manifest = _manifest(self.target)
        if manifest is None:
            message = (
                f"{self.target}: it is there already, and is not the folder of a run, so it is not overwritten; "
                "choose another folder"
            )
            raise OutputExistsError(message)
        if not self._overwrite:
            other = (
                "take it away first"
                if self._resume
                else f"choose another folder, or give {asking('overwrite', True)} to replace {manifest.what}"
            )
            message = f"{self.target}: it is there already; {other}"
            raise OutputExistsError(message)
        if (stranger := _stranger(self.target, manifest)) is not None:
            message = (
                f"{self.target}: it holds {stranger}, which no run wrote, so it is not overwritten; "
                "move that away, or choose another folder"
            )
            raise OutputExistsError(message)
        if os.path.lexists(self._replaced):
            message = f"{self._replaced}: it is in the way of overwriting {self.target.name}; move it away"
            raise OutputExistsError(message)

    def _begin(self, *, died: bool) -> None:
        """Make the staged directory, and clear what a dead process left in it that could be mistaken for complete files."""
        if self._resume:
            for stray in self.path.rglob("*.aside"):
                stray.unlink()
            return
        kept = any((self.path / SNAPSHOTS).glob("*.snapshot")) or (self.path / COMMITTED).is_file()
        if not self._overwrite and kept:
            message = (
                f"{self.target}: an interrupted run is kept there; stepdown resume {self.target} finishes it; "
                f"or choose another folder, or give {asking('overwrite', True)} to begin again"
            )
            raise OutputExistsError(message)
        if os.path.lexists(self.path):
            whose = died or _told(self.path) or (self.path.is_dir() and next(self.path.iterdir(), None) is None)
            if self.path.is_symlink() or not self.path.is_dir() or not whose:
                message = f"{self.path}: it is not what a run left, so it is not removed; move it away, or choose another folder"
                raise OutputExistsError(message)
            shutil.rmtree(self.path)
        self.path.mkdir()

    def _commit(self) -> None:
        for folder in sorted(p for p in self.path.rglob("*") if p.is_dir()):
            sync(folder)
        sync(self.path)
        try:
            self._take_place()
        except OSError:
            self.keep |= self.lasting
            raise
        sync(self.target.parent)
        (self.target / JOURNAL).unlink(missing_ok=True)
        if self._before is not None:
            with contextlib.suppress(OSError):
                _remove(self._replaced)

    def _take_place(self) -> None:
        """Rename the folder. What has come to its place meanwhile stays: a folder's rename replaces only an empty folder."""
        if self._before is not None:
            try:
                self._refuse_what_is_there()
                same = self._there() in (None, self._before)
            except OutputExistsError:
                same = False
            if not same:
                raise self._taken()
            if os.path.lexists(self.target):
                self.target.rename(self._replaced)
        try:
            self.path.rename(self.target)
        except OSError as error:
            if self._before is not None and not os.path.lexists(self.target):
                self._replaced.rename(self.target)
            if os.path.lexists(self.target) and kind_of_file(self.path) == "folder":
                raise self._taken() from error
            raise

    def _taken(self) -> OutputExistsError:
        kept = (
            f"the finished run is kept: take away what came, and stepdown resume {self.target} puts the run there"
            if self.lasting
            else "nothing was written; choose another folder"
        )
        return OutputExistsError(f"{self.target}: something came there while it was being written; {kept}")


def _remove(folder: Path) -> None:
    """Remove the folder of a run, its manifest last: what is left by a process that dies meanwhile is known for what it is."""
    for path in folder.iterdir():
        if path.name == COMMITTED:
            continue
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink()
    shutil.rmtree(folder)


def _told(partial: Path) -> bool:
    """Return whether a staged directory says by itself that a run wrote it."""
    return (partial / JOURNAL).is_file() or _manifest(partial) is not None


def _stranger(folder: Path, manifest: _Ours) -> str | None:
    """Return a file in the folder of a run that the run did not write, if there is one."""
    known = {COMMITTED, *manifest.files}
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder)
        ours = str(name) in known or name.parts[0] in _UNFINISHED or path.name in _STRAY
        if not ours and (path.is_symlink() or not path.is_dir()):
            return str(name)
    return None

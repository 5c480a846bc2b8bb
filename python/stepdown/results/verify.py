"""Verifies the folder of a run: recomputes every hash and checks every invariant that the files can show."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from stepdown import _core
from stepdown.atomic import JOURNAL, refuse_name
from stepdown.errors import CorruptError, InvariantError, ResourceError, lacking
from stepdown.records import RecordError, plain_file
from stepdown.results import manifest as manifests
from stepdown.results.hashes import fault
from stepdown.results.invariants import INVARIANTS
from stepdown.results.run import MANIFEST, Results

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

__all__ = ["Finding", "Verdict", "check_file", "check_hashes", "verify"]


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong: in which file, and what was found and expected."""

    file: str
    what: str

    def __str__(self) -> str:
        return f"{self.file}: {self.what}"


@dataclass(frozen=True)
class Verdict:
    """What verifying a folder found.

    Attributes
    ----------
    folder
        The folder.
    files
        Number of files whose bytes were read and hashed.
    invariants
        Names of the invariants that were checked; none if a hash was wrong already.
    findings
        What is wrong; empty if nothing is.
    unchecked
        What can't be checked, because the machine lacks memory, threads or open files: it may be right or wrong.
    """

    folder: Path
    files: int
    invariants: tuple[str, ...]
    findings: tuple[Finding, ...]
    unchecked: tuple[Finding, ...] = ()

    def __bool__(self) -> bool:
        """Whether everything was checked and nothing is wrong."""
        return not self.findings and not self.unchecked


def check_file(folder: Path, name: str, facts: Mapping[str, Any]) -> Finding | None:
    """Check one file against what the manifest says of it.

    Raises
    ------
    ResourceError
        The machine lacks what it takes to look.
    """
    try:
        found = fault(folder, name, facts)
    except OSError as error:
        if (lack := lacking(error)) is not None:
            raise lack from None
        found = f"it can't be read ({error.strerror})"
    return None if found is None else Finding(name, found)


def _hashes(folder: Path, files: Mapping[str, Mapping[str, Any]]) -> Iterator[Finding]:
    # The journal goes last, when the folder has its name: a process that dies just then leaves it, beside whole data.
    known = {folder / name for name in (*files, MANIFEST, JOURNAL)}
    for name, facts in files.items():
        if finding := check_file(folder, name, facts):
            yield finding
    for path in sorted(folder.rglob("*")):
        if path not in known and (path.is_symlink() or not path.is_dir()):
            name = os.fsencode(path.relative_to(folder)).decode("utf-8", "backslashreplace")
            yield Finding(name, "the file is not in the manifest; allowed: what the run wrote")


def _manifest(folder: Path) -> dict[str, Any] | Finding:
    """Return the manifest, or what is wrong with it.

    Raises
    ------
    CorruptError
        The folder is missing, or has no manifest.
    ResourceError
        The machine lacks what it takes to look.
    """
    refuse_name(folder)
    try:
        return manifests.checked(plain_file(folder / MANIFEST))
    except RecordError as error:
        return Finding(MANIFEST, str(error))
    except OSError as error:
        if (lack := lacking(error)) is not None:
            raise lack from None
        message = f"{folder}: it is not the folder of a run: {MANIFEST} can't be read ({error.strerror})"
        raise CorruptError(message) from None


def check_hashes(folder: Path) -> tuple[Finding, ...]:
    """Check the manifest's seal and keys, and every file against the manifest.

    A manifest that is broken is the only finding: what it says of the others can't be trusted.

    Raises
    ------
    CorruptError
        The folder is missing, or has no manifest.
    ResourceError
        The machine lacks what it takes to look.
    """
    said = _manifest(folder)
    return (said,) if isinstance(said, Finding) else tuple(_hashes(folder, said["files"]))


def _breaches(name: str, run: Results) -> Iterator[Finding]:
    """Check one invariant; data that isn't what the schema says breaks it, whatever else it is.

    Raises
    ------
    ResourceError
        The machine lacks what it takes to look.
    """
    try:
        yield from (Finding(file, what) for file, what in INVARIANTS[name](run))
    except ResourceError:
        raise
    except (pa.ArrowException, CorruptError, InvariantError, ArithmeticError, LookupError, OSError, RuntimeError,
            TypeError, ValueError, MemoryError) as error:  # fmt: skip
        if (lack := lacking(error)) is not None:
            raise lack from None
        said = (str(error).splitlines() or [type(error).__name__])[0]
        yield Finding(MANIFEST, f"{name} can't be checked: the data is not what the schema says ({said[:300]})")


def verify(folder: Path | str) -> Verdict:
    """Check every hash of a run's folder, then every invariant that its files can show.

    An export is checked by its hashes alone.

    Raises
    ------
    CorruptError
        The folder is missing, or has no manifest.

    Examples
    --------
    >>> verdict = verify("runs/baseline")  # doctest: +SKIP
    >>> bool(verdict), [str(finding) for finding in verdict.findings]  # doctest: +SKIP
    (False, ['daily/2024.arrow: it has 53355 bytes; the manifest says 53356'])
    """
    folder = Path(folder)
    try:
        findings = check_hashes(folder)
    except ResourceError as error:
        return Verdict(folder, 0, (), (), (Finding(".", f"can't check: {error}"),))
    if findings:
        return Verdict(folder, 0, (), findings)
    run = Results(folder)
    files = len(run.manifest["files"]) + 1
    if "rounding" in run.manifest:
        return Verdict(folder, files, (), ())
    broken: list[Finding] = []
    unchecked: list[Finding] = []
    checked = []
    for name in INVARIANTS:
        if name == "indicators" and (broken or run.manifest["stepdown"] != _core.version()):
            continue  # nothing can be measured on broken data, and another version may have measured otherwise
        try:
            found = list(_breaches(name, run))
        except ResourceError as error:
            unchecked.append(Finding(".", f"can't check {name}: {error}"))
            if name == "columns":
                break
            continue
        broken += found
        checked.append(name)
        if found and name == "columns":
            break  # the others read these columns
    return Verdict(folder, files, tuple(checked), tuple(broken), tuple(unchecked))

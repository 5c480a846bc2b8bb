"""Verifies the folder of a run: recomputes every hash and checks every invariant that the files can show."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from stepdown import _core
from stepdown.errors import CorruptError, InvariantError
from stepdown.results import manifest_seal
from stepdown.results.invariants import INVARIANTS
from stepdown.results.run import FORMAT, MANIFEST, Results, digest

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
    """

    folder: Path
    files: int
    invariants: tuple[str, ...]
    findings: tuple[Finding, ...]

    def __bool__(self) -> bool:
        """Whether nothing is wrong."""
        return not self.findings


def check_file(folder: Path, name: str, facts: Mapping[str, Any]) -> Finding | None:
    """Check one file against what the manifest says of it."""
    path = folder / name
    if not path.is_file():
        return Finding(name, f"the file is missing; the manifest says {facts['bytes']} bytes")
    if (size := path.stat().st_size) != facts["bytes"]:
        return Finding(name, f"it has {size} bytes; the manifest says {facts['bytes']}")
    if (found := digest(path)) != facts["sha256"]:
        return Finding(name, f"its SHA-256 is {found}; the manifest says {facts['sha256']}")
    return None


def _hashes(folder: Path, files: Mapping[str, Mapping[str, Any]]) -> Iterator[Finding]:
    known = {folder / name for name in (*files, MANIFEST)}
    for name, facts in files.items():
        if finding := check_file(folder, name, facts):
            yield finding
    for path in sorted(folder.rglob("*")):
        if path not in known and not path.is_dir():
            yield Finding(str(path.relative_to(folder)), "the file is not in the manifest; allowed: what the run wrote")


def check_hashes(folder: Path) -> tuple[Finding, ...]:
    """Check the manifest's seal, and every file against the manifest.

    A manifest whose seal is broken is the only finding: what it says of the others can't be trusted.

    Raises
    ------
    CorruptError
        The folder is missing, or has no manifest.
    """
    try:
        data = (folder / MANIFEST).read_bytes()
    except OSError as error:
        message = f"{folder}: it is not the folder of a run: {MANIFEST} can't be read ({error.strerror})"
        raise CorruptError(message) from None
    if broken := manifest_seal.fault(data):
        return (Finding(MANIFEST, broken),)
    manifest = Results(folder).manifest
    if manifest.get("format") != FORMAT:
        return (Finding(MANIFEST, f"its format is {manifest.get('format')}; this version reads {FORMAT}"),)
    if unsaid := [key for key in ("files", "start", "end", "stepdown") if key not in manifest]:
        return (Finding(MANIFEST, f"it does not say {unsaid[0]!r}"),)
    return tuple(_hashes(folder, manifest["files"]))


def _breaches(name: str, run: Results) -> Iterator[Finding]:
    """Check one invariant; data that isn't what the schema says breaks it, whatever else it is."""
    try:
        yield from (Finding(file, what) for file, what in INVARIANTS[name](run))
    except (pa.ArrowException, InvariantError, TypeError, ValueError) as error:
        yield Finding(
            MANIFEST, f"{name} can't be checked: the data is not what the schema says ({str(error).splitlines()[0]})"
        )


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
    findings = check_hashes(folder)
    if findings:
        return Verdict(folder, 0, (), findings)
    run = Results(folder)
    files = len(run.manifest["files"]) + 1
    if "rounding" in run.manifest:
        return Verdict(folder, files, (), ())
    broken: list[Finding] = []
    checked = []
    for name in INVARIANTS:
        if name == "indicators" and (broken or run.manifest["stepdown"] != _core.version()):
            continue  # nothing can be measured on broken data, and another version may have measured otherwise
        found = list(_breaches(name, run))
        broken += found
        checked.append(name)
        if found and name == "columns":
            break  # the others read these columns
    return Verdict(folder, files, tuple(checked), tuple(broken))

"""Store of finished calibration runs: one line of JSON for each, so that no run is ever repeated."""

from __future__ import annotations

import json
import math
import os
from typing import TYPE_CHECKING

from stepdown.errors import CorruptError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

__all__ = ["RunStore"]


class RunStore:
    """Finished runs by key: a line of JSON each, appended and synced when the run has ended.

    A line that a dying process has left half-written is dropped: that run is made again.

    Parameters
    ----------
    path
        The file; it is made if it isn't there.

    Raises
    ------
    CorruptError
        A line, other than the last, can't be read.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._known: dict[str, dict[str, float]] = {}
        whole = 0
        for line in self._lines():
            self._read(line)
            whole += len(line)
        if path.exists() and path.stat().st_size != whole:
            os.truncate(path, whole)
        self._file = path.open("ab")

    def _lines(self) -> Iterator[bytes]:
        """Return the lines that were written to their end."""
        if self._path.exists():
            with self._path.open("rb") as file:
                yield from (line for line in file if line.endswith(b"\n"))

    def _read(self, line: bytes) -> None:
        try:
            row = json.loads(line)
            self._known[row["key"]] = {
                id: math.nan if value is None else float(value) for id, value in row["targets"].items()
            }
        except (ValueError, KeyError, TypeError, AttributeError):
            number = len(self._known) + 1
            message = f"{self._path}: line {number} is not a finished run; take the file away to begin again"
            raise CorruptError(message) from None

    def __len__(self) -> int:
        return len(self._known)

    def get(self, key: str) -> dict[str, float] | None:
        """Return the targets of a run, if it was made."""
        return self._known.get(key)

    def add(self, key: str, targets: Mapping[str, float]) -> None:
        """Note a finished run: when this returns, it is on the disk."""
        known = {id: None if math.isnan(value) else value for id, value in targets.items()}
        self._file.write(json.dumps({"key": key, "targets": known}, separators=(",", ":")).encode() + b"\n")
        self._file.flush()
        os.fsync(self._file.fileno())
        self._known[key] = dict(targets)

    def close(self) -> None:
        """Close the file."""
        self._file.close()

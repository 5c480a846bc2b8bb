"""Store of finished calibration runs: one line of JSON for each, so that no run is ever repeated."""

from __future__ import annotations

import json
import math
import os
from typing import TYPE_CHECKING

from stepdown.errors import CorruptError, StorageError, lacking
from stepdown.records import Record, RecordError, plain_file, read_lines

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

__all__ = ["RunStore"]


MOST = 1 << 32
"""Largest store that is read [bytes]: a run has some hundred."""


class _Row(Record, extra="forbid"):
    """A finished run: its key, and each target, if it is known."""

    key: str
    targets: dict[str, float | None]


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
        A line, other than the last, is no finished run.
    StorageError, ResourceError
        The file can't be read.
    """

    def __init__(self, path: Path) -> None:
        try:
            data = plain_file(path, most=MOST)
            rows = read_lines(_Row, data, what="a finished run")
        except FileNotFoundError:
            data, rows = b"", []
        except RecordError as fault:
            message = f"{path}: {fault}; take the file away to begin again"
            raise CorruptError(message) from None
        except OSError as error:
            raise lacking(error) or StorageError(f"{path}: it can't be read ({error.strerror})") from None
        self._known = {
            row.key: {id: math.nan if value is None else value for id, value in row.targets.items()} for row in rows
        }
        if not data.endswith(b"\n") and data:
            os.truncate(path, data.rfind(b"\n") + 1)
        self._file = path.open("ab")

    def __len__(self) -> int:
        return len(self._known)

    def get(self, key: str) -> dict[str, float] | None:
        """Return the targets of a run, if it was made."""
        return self._known.get(key)

    def add(self, key: str, targets: Mapping[str, float]) -> None:
        """Note a finished run: when this returns, it is on the disk."""
        known = {id: float(value) if math.isfinite(value) else None for id, value in targets.items()}
        self._file.write(json.dumps({"key": key, "targets": known}, separators=(",", ":")).encode() + b"\n")
        self._file.flush()
        os.fsync(self._file.fileno())
        self._known[key] = {id: math.nan if value is None else value for id, value in known.items()}

    def close(self) -> None:
        """Close the file."""
        self._file.close()

"""Copies the result of a calibration into the evidence: best values into the parameter tables, the posterior beside them."""

from __future__ import annotations

import csv
import io
import math
import re
from typing import TYPE_CHECKING

from stepdown.atomic import write_text
from stepdown.calibration import report
from stepdown.errors import CorruptError
from stepdown.evidence.loader import COLUMNS, FOLDER

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["apply"]

FIRST = re.compile(r"Put at \S+ at first; moved in [^;]*$")
"""How a note ends whose value was fitted before."""


def apply(folder: Path, evidence: Path = FOLDER) -> int:
    """Write best values into the evidence's parameters, and the posterior beside them; return how many values moved.

    A note keeps what its value was before anything was fitted.

    Parameters
    ----------
    folder
        What a calibration left.
    evidence
        Folder of the evidence.

    Raises
    ------
    CorruptError
        The folder has no whole calibration, or one of parameters that the evidence doesn't have.
    """
    best, posterior = _best(folder), report.held(folder, "posterior.csv")
    if len(_rows(posterior)) == 0:
        message = f"{folder}: no draw of its posterior was left by its own run; there is nothing to ship"
        raise CorruptError(message)
    missing, moved, changed = set(best), 0, {}
    for path in sorted((evidence / "parameters").glob("*.csv")):
        lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
        for number, line in enumerate(lines):
            fields = dict(zip(COLUMNS, next(csv.reader([line])), strict=True))
            if fields["id"] not in best:
                continue
            missing.discard(fields["id"])
            value = best[fields["id"]]
            if float(value) == float(fields["value"]):
                continue
            moved += 1
            lines[number] = _line(fields | {"value": value, "note": _note(fields["note"], fields["value"])})
        changed[path] = "".join(lines)
    if missing:
        message = f"{folder}: {', '.join(sorted(missing))}: not in the evidence"
        raise CorruptError(message)
    for path, text in changed.items():
        write_text(path, text)
    write_text(evidence / "posterior.csv", posterior)
    return moved


def _best(folder: Path) -> dict[str, str]:
    """Return the best value of each parameter, as the calibration wrote it.

    Raises
    ------
    CorruptError
        A row has no id, or a value that is no number.
    """
    found = {}
    for number, row in enumerate(_rows(report.held(folder, "best.csv")), 2):
        try:
            id, value = row["id"], row["value"]
            whole = math.isfinite(float(value))
        except (KeyError, TypeError, ValueError):
            whole = False
        if not whole:
            message = f"{folder / 'best.csv'}:{number}: allowed: an id and a number"
            raise CorruptError(message)
        found[id] = value
    return found


def _note(note: str, value: str) -> str:
    """Return a note that says what the value was before it was fitted.

    Examples
    --------
    >>> _note("Weekly rounds", "14")
    'Weekly rounds. Put at 14 at first; moved in the calibration'
    >>> _note("Weekly rounds. Put at 28 at first; moved in the fit to levels and flows", "14")
    'Weekly rounds. Put at 28 at first; moved in the calibration'
    """
    if FIRST.search(note):
        return re.sub(r"moved in [^;]*$", "moved in the calibration", note)
    return f"{note.rstrip('. ')}. Put at {value} at first; moved in the calibration"


def _rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(text.splitlines()))


def _line(fields: dict[str, str]) -> str:
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerow(fields[column] for column in COLUMNS)
    return out.getvalue()

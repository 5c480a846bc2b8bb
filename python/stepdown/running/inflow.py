"""The source of a run's people: everyone in the population, a recorded inflow, or a record that the run makes first."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stepdown import inflow as recorded
from stepdown.atomic import kind_of_file, refuse_file
from stepdown.errors import CorruptError, UsageError

if TYPE_CHECKING:
    from stepdown import _core
    from stepdown.progress import Reporter
    from stepdown.scenario import Scenario

__all__ = ["InflowSource"]


class InflowSource:
    """Where the people of a run come from.

    Parameters
    ----------
    given
        File of a recorded inflow that the run reads.
    record
        File to which the run's own inflow is recorded first.
    overwrite
        Whether a file at `record` is replaced.
    resumed
        Whether the run begins again: if it had written its record before, that is kept.

    Raises
    ------
    UsageError
        Both files are given.
    OutputExistsError
        There is something at `record`, and overwriting was not asked for.
    """

    def __init__(
        self, given: Path | str | None, record: Path | str | None, *, overwrite: bool, resumed: bool = False
    ) -> None:
        if given is not None and record is not None:
            message = "record_inflow: the run reads a record already; allowed: inflow or record_inflow"
            raise UsageError(message)
        if record is not None:
            refuse_file(Path(record), overwrite=overwrite or resumed)
        self._known = recorded.read(given) if given is not None else None
        self._record = record
        self._overwrite = overwrite
        self._resumed = resumed
        self._seconds = 0.0

    def of(
        self, scenario: Scenario, seed: int, replicate: int, threads: int, progress: Reporter
    ) -> _core.Inflow | None:
        """Return the recorded inflow of the run, making it first if that was asked for; nothing if everyone is simulated."""
        if self._record is not None:
            began = time.perf_counter()
            self._known = recorded.record(
                scenario,
                seed=seed,
                replicate=replicate,
                threads=threads,
                progress=lambda day: progress.update("recording", day - scenario.first, scenario.end - scenario.first),
            )
            if not (self._resumed and self._is_there(self._known)):
                recorded.write(self._known, self._record, overwrite=self._overwrite and self._may_go())
            self._seconds = time.perf_counter() - began
        return self._known

    def _is_there(self, known: _core.Inflow) -> bool:
        """Return whether the record's file has the same record already."""
        path = Path(self._record or "")
        return kind_of_file(path) == "file" and path.read_bytes() == known.to_bytes()

    def _may_go(self) -> bool:
        """Return whether what is in the record's place may be replaced: where a journal names it, only another record."""
        path = Path(self._record or "")
        if self._resumed and kind_of_file(path) == "file":
            try:
                recorded.read(path)
            except (CorruptError, UsageError):
                return False
        return True

    def described(self) -> dict[str, Any] | None:
        """Return the manifest's entry for the record; nothing if everyone was simulated."""
        if self._known is None:
            return None
        return {"recorded": self._record is not None, "sha256": recorded.digest(self._known)}

    def timings(self) -> dict[str, float]:
        """Return the time spent on recording, if any [s]."""
        return {"inflow": self._seconds} if self._record is not None else {}

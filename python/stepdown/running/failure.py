"""The folder that a run leaves when a rule breaks its contract: ``NAME.failed``, which records what happened."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
from typing import TYPE_CHECKING, Any

from stepdown.atomic import write_text
from stepdown.records import Record, RecordError, Whole, parse, plain_file, typed

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from stepdown.decisions.overrides import AgentOverrides
    from stepdown.errors import StepdownError
    from stepdown.scenario import Scenario

__all__ = ["Failure"]

FAILURE, SCENARIO = "failure.json", "scenario.toml"
"""Files of the folder."""


class _Said(Record):
    """What ``failure.json`` says."""

    error: str
    message: str
    scenario: str
    seed: Whole | None = None
    replicate: Whole | None = None
    agents: list[dict[str, Any]]
    rules: list[dict[str, Any]]


class Failure:
    """The folder ``NAME.failed`` beside the folder of a run.

    It has ``failure.json`` (what was said, by which rules of which code, of which run) and ``scenario.toml``. The next run
    that succeeds takes it away.
    """

    def __init__(self, target: Path) -> None:
        self.path = target.absolute().with_name(f"{target.name}.failed")

    def write(
        self, error: StepdownError, scenario: Scenario, agent_overrides: AgentOverrides, run: Mapping[str, Any]
    ) -> None:
        """Record what happened, unless a folder that no run left has the name, or the disk doesn't take it."""
        if os.path.lexists(self.path) and not self._is_ours():
            return
        said = {
            "error": type(error).__name__,
            "message": str(error),
            "scenario": scenario.name,
            **run,
            "agents": [given.record() for given in agent_overrides.given],
            "rules": [active.record() for active in agent_overrides.rules],
        }
        # What broke the run is what its user has to hear, not that it couldn't be recorded.
        with contextlib.suppress(OSError):
            self.path.mkdir(parents=True, exist_ok=True)
            write_text(self.path / SCENARIO, scenario.to_toml())
            write_text(self.path / FAILURE, json.dumps(said, indent=2, ensure_ascii=False) + "\n")

    def forget(self) -> None:
        """Remove what an earlier run left."""
        if self._is_ours():
            with contextlib.suppress(OSError):
                shutil.rmtree(self.path)

    def _is_ours(self) -> bool:
        """Return whether the folder is one that a run left, with nothing else in it."""
        if self.path.is_symlink() or not self.path.is_dir():
            return False
        paths = list(self.path.iterdir())
        if any(path.is_symlink() or not path.is_file() for path in paths):
            return False  # what is written through a link lands elsewhere
        names = {path.name for path in paths}
        if not names <= {FAILURE, SCENARIO}:
            return False
        try:
            typed(_Said, parse(plain_file(self.path / FAILURE)))
        except (OSError, RecordError):
            return not names
        return True

"""The folder that a run leaves when a rule breaks its contract: ``NAME.failed``, which records what happened."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING, Any

from stepdown.atomic import write_text

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from stepdown.decisions.overrides import AgentOverrides
    from stepdown.errors import StepdownError
    from stepdown.scenario import Scenario

__all__ = ["Failure"]


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
        """Record what happened."""
        self.path.mkdir(parents=True, exist_ok=True)
        said = {
            "error": type(error).__name__,
            "message": str(error),
            "scenario": scenario.name,
            **run,
            "agents": [given.record() for given in agent_overrides.given],
            "rules": [active.record() for active in agent_overrides.rules],
        }
        write_text(self.path / "scenario.toml", scenario.to_toml())
        write_text(self.path / "failure.json", json.dumps(said, indent=2, ensure_ascii=False) + "\n")

    def forget(self) -> None:
        """Remove what an earlier run left."""
        if (self.path / "failure.json").is_file():
            shutil.rmtree(self.path)

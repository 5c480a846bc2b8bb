"""An agent-based microsimulation of England's secure mental-health pathway.

Examples
--------
Run a hundredth of England for five years, and read the result::

    import stepdown

    results = stepdown.run(stepdown.load("baseline", population=0.01, years=5), seed=7, out="runs/try")
    results.indicator("occupancy", group="tier")
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from stepdown.model import SecureCareModel
    from stepdown.results import Results
    from stepdown.results.verify import verify
    from stepdown.running.reproduce import reproduce
    from stepdown.running.run import run
    from stepdown.scenario import Scenario, load

__all__ = ["Results", "Scenario", "SecureCareModel", "load", "reproduce", "run", "verify"]

_HOME = {
    "Results": "stepdown.results",
    "Scenario": "stepdown.scenario",
    "SecureCareModel": "stepdown.model",
    "load": "stepdown.scenario",
    "reproduce": "stepdown.running.reproduce",
    "run": "stepdown.running.run",
    "verify": "stepdown.results.verify",
}


def __getattr__(name: str) -> Any:
    """Fetch a public name when it is first asked for: Mesa and pyarrow take a second to import."""
    if name not in _HOME:
        raise AttributeError(f"module 'stepdown' has no attribute {name!r}")
    return getattr(import_module(_HOME[name]), name)


def __dir__() -> list[str]:
    return [*globals(), *_HOME]

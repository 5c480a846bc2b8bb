"""Scenarios: TOML files that say what differs from a parent, and nothing else.

Unknown keys are refused with the nearest name. A loaded scenario is resolved: nothing inherited, nothing implied.
"""

from stepdown.scenario.files import HOME, names
from stepdown.scenario.json_schema import json_schema
from stepdown.scenario.loading import load
from stepdown.scenario.model import (
    EARLIEST,
    EPOCH,
    HORIZON,
    TIERS,
    BedStep,
    Programme,
    Scenario,
    Step,
    day,
    financial_year,
    on,
    year_start,
)
from stepdown.scenario.reach import NATIONAL, matching_units, places_by_name

__all__ = [
    "EARLIEST",
    "EPOCH",
    "HOME",
    "HORIZON",
    "NATIONAL",
    "TIERS",
    "BedStep",
    "Programme",
    "Scenario",
    "Step",
    "day",
    "financial_year",
    "json_schema",
    "load",
    "matching_units",
    "names",
    "on",
    "places_by_name",
    "year_start",
]

"""`stepdown init` and `stepdown validate`: create a scenario file, and check one."""

import json
from pathlib import Path
from typing import Annotated

import typer

from stepdown import scenario
from stepdown.atomic import kind_of_file, refuse_file, write_text
from stepdown.cli import options, output
from stepdown.errors import ScenarioError, StepdownError, UsageError
from stepdown.evidence import load as load_evidence

STARTER = """\
#:schema ./scenario.schema.json
title   = "Twenty-eight days, and places to go to"
extends = "baseline"
why     = "What does it take to keep a 28-day limit on prison transfers: more supported places, or more beds?"

# A lever has a value, and may have a first day, an end, a ramp and areas. `stepdown explain levers` lists them all.
[levers.supported_places]
value     = 500
from      = 2025-04-01
ramp_days = 365

[[levers.beds.medium]]
from          = 2026-04-01
beds          = 12
collaborative = "West Midlands"
sex           = "male"

# Any number of the evidence can be replaced by id. `stepdown explain institution.commissioner.gain_share` says what it is.
[parameters]
"institution.commissioner.gain_share" = 0.6
"""


def init(
    folder: Annotated[Path, typer.Argument(help="Folder to write into; it may exist.")],
    *,
    as_json: output.Json = False,
) -> None:
    """Write a starter scenario and the JSON Schema with which editors complete its keys.

    Example: stepdown init my-study
    """
    files = {
        "scenario.toml": STARTER,
        "scenario.schema.json": json.dumps(scenario.json_schema(), ensure_ascii=False, indent=2) + "\n",
    }
    if (kind := kind_of_file(folder)) not in (None, "folder"):
        raise UsageError(f"{folder} is a {kind}; allowed: a folder")
    for name in files:
        refuse_file(folder / name, how="a folder without it")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in files.items():
            write_text(folder / name, text, overwrite=False)
    except StepdownError:
        raise
    except OSError as error:
        raise UsageError(f"{folder}: can't be written ({error.strerror})") from None
    if as_json:
        output.data_json({"folder": str(folder), "files": sorted(files)})
    else:
        output.data(str(folder / "scenario.toml"))
        output.log(f"next: stepdown validate {folder / 'scenario.toml'}")


def validate(
    scenarios: Annotated[
        list[str],
        typer.Argument(
            help="Names or paths of scenarios.", metavar="SCENARIO...", autocompletion=options.scenario_names
        ),
    ],
    *,
    resolved: Annotated[
        bool,
        typer.Option("--resolved", help="Print each scenario in full, with everything that it inherits or implies."),
    ] = False,
    allow_code: options.AllowCode = False,
    as_json: output.Json = False,
) -> None:
    """Check scenarios and the agents that they name, and compile each with the evidence: a valid scenario can be run.

    Example: stepdown validate scenarios/bradley.toml
    """
    loaded_scenarios: list[scenario.Scenario] = []
    faults: list[str] = []
    for name in scenarios:
        try:
            loaded_scenarios.append(scenario.load(name))
        except ScenarioError as error:
            faults += error.faults
    if faults:
        raise ScenarioError(*faults)
    # Mesa takes most of a second to import: only the commands that need it wait.
    from stepdown import plan
    from stepdown.decisions.overrides import overrides_of

    found = []
    for name, loaded in zip(scenarios, loaded_scenarios, strict=True):
        compiled = plan.compile(loaded, overrides_of(loaded, allow_code=allow_code), source=name)
        idle = plan.without_effect(loaded, compiled)
        for sentence in idle:
            output.warn(f"{name}: {sentence}")
        found.append(
            {
                "scenario": name,
                "title": loaded.title,
                "plan": compiled.digest,
                "evidence": load_evidence().digest,
                "bytes": len(compiled.json),
                "without_effect": idle,
                "resolved": loaded.to_toml(),
            }
        )
    if as_json:
        output.data_json(found)
    elif resolved:
        output.data("\n".join(str(one["resolved"]) for one in found).rstrip("\n"))
    else:
        for one in found:
            output.data(f"{one['scenario']}: valid, plan {str(one['plan'])[:12]}")

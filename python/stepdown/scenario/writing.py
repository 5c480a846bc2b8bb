"""Writes a scenario in full, and the JSON Schema with which editors complete one."""

import json
from datetime import date
from typing import Any

from stepdown import evidence, levers
from stepdown.evidence import institutions, world
from stepdown.scenario.model import TIERS, BedStep, Scenario, Step
from stepdown.scenario.reach import places_by_name


def _value(value: object) -> str:
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, list):
        return f"[{', '.join(_value(v) for v in value)}]"
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    return repr(value)


def to_toml(scenario: Scenario) -> str:
    """Return a scenario as TOML, fully resolved."""
    lines = [
        f"{key} = {_value(getattr(scenario, key))}"
        for key in ("title", "why", "name", "world", "population", "exact", "capacity", "demography", "draw")
    ]
    lines += ["", "[calendar]"] + [f"{key} = {_value(value)}" for key, value in scenario.calendar.model_dump().items()]
    if scenario.parameters:
        lines += ["", "[parameters]"] + [
            f'"{id}" = {_value(value)}' for id, value in sorted(scenario.parameters.items())
        ]
    written: dict[str, list[Step] | list[BedStep]] = {
        **{f"levers.{name}": scenario.steps(name) for name in levers.load()},
        **{f"levers.beds.{tier}": scenario.bed_steps(tier) for tier in TIERS},
    }
    for header, steps in written.items():
        for step in steps:
            keys = step.model_dump(by_alias=True, exclude_none=True)
            lines += ["", f"[[{header}]]"] + [f"{key} = {_value(value)}" for key, value in keys.items()]
    for use in scenario.rules.use:
        keys = use.model_dump(exclude_none=True)
        lines += ["", "[[rules.use]]"] + [f"{key} = {_value(value)}" for key, value in keys.items()]
    return "\n".join(lines) + "\n"


def json_schema() -> dict[str, Any]:
    """Return the JSON Schema of a scenario file, for editors: a file may leave out what its parent says."""
    schema = Scenario.model_json_schema(by_alias=True)
    schema["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    schema["title"] = "A scenario of stepdown"
    schema["properties"] = {
        "extends": {
            "type": "string",
            "description": "Scenario from which this one differs: a name, or a path to a .toml file.",
        },
        **schema["properties"],
    }
    schema["required"] = ["title", "why"]
    schema["properties"]["world"]["enum"] = list(world.worlds())
    models = schema["$defs"]
    models["Calendar"].pop("required")
    for key in ("Levers", "Beds"):
        step = "BedStep" if key == "Beds" else "Step"
        for name, field in models[key]["properties"].items():
            if name != "beds":
                one = {"$ref": f"#/$defs/{step}"}
                models[key]["properties"][name] = {
                    "description": field["description"],
                    "anyOf": [one, {"type": "array", "items": one}, {"const": "off"}],
                }
    for name, lever in levers.load().items():
        if lever.words:
            models["Levers"]["properties"][name]["description"] += f" One of: {', '.join(lever.words)}."
    places = institutions.load()
    commissioners = [commissioner.name for commissioner in places.commissioners]
    units = [name for unit in places.units for name in (unit.site, unit.name)]
    _complete(models["Step"], "areas", {"type": "array", "items": {"enum": list(places_by_name(places))}})
    _complete(models["BedStep"], "collaborative", {"enum": commissioners})
    _complete(models["BedStep"], "unit", {"enum": list(dict.fromkeys(units))})
    ids = sorted(evidence.load().parameters)
    schema["properties"]["parameters"] = {
        "type": "object",
        "description": "Evidence replaced, by id.",
        "properties": {id: {"type": "number", "description": _describe(id)} for id in ids},
        "additionalProperties": {"type": "object", "description": "The first words of ids, written unquoted."},
    }
    return schema


def _complete(model: dict[str, Any], key: str, allowed: dict[str, Any]) -> None:
    """Say which names a key allows, so that an editor can offer them."""
    model["properties"][key] = {"description": model["properties"][key]["description"], **allowed}


def _describe(id: str) -> str:
    parameter = evidence.load()[id]
    return f"{parameter.name} [{parameter.unit}]; {parameter.value:g} ({parameter.low:g} to {parameter.high:g})."

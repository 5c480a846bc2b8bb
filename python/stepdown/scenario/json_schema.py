"""The JSON Schema of a scenario file, with which editors complete and check one."""

from typing import Any

from stepdown import evidence, levers
from stepdown.evidence import institutions, world
from stepdown.scenario.model import Scenario
from stepdown.scenario.reach import NATIONAL, places_by_name


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
    _complete(models["Step"], "areas", {"type": "array", "items": {"enum": [*places_by_name(places), NATIONAL]}})
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

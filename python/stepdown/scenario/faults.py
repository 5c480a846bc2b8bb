"""Describes what is wrong with a scenario: file, line and key, what was found and what is allowed."""

import json
import re
from collections.abc import Mapping
from datetime import date
from typing import Any, get_args

from pydantic import BaseModel, ValidationError

from stepdown.errors import ScenarioError
from stepdown.evidence.loader import nearest
from stepdown.scenario.files import LONGEST, NEVER_INHERITED, Document, Path_, refuse
from stepdown.scenario.model import TIERS, Scenario


def _inner(annotation: object) -> type[BaseModel] | None:
    """Return the model in the type of a field: itself, or what a list holds."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((found for part in get_args(annotation) if (found := _inner(part)) is not None), None)


def _model_at(path: Path_, root: type[BaseModel]) -> type[BaseModel] | None:
    """Return the model whose keys are allowed at a path."""
    model = root
    for part in path:
        if isinstance(part, int):
            continue
        field = next((f for n, f in model.model_fields.items() if part in (n, f.alias)), None)
        if field is None:
            return None
        inner = _inner(field.annotation)
        if inner is None:
            return None
        model = inner
    return model


def _shown(found: object) -> str:
    """Return a value as the file would write it, cut where it is long."""
    try:
        plain = isinstance(found, date | int | float) and not isinstance(found, bool)
        text = str(found) if plain else json.dumps(found, default=str)
    except (
        ValueError,
        TypeError,
        RecursionError,
    ):  # a number of thousands of digits; a value from Python that holds itself
        text = "a number of too many digits" if isinstance(found, int) else f"a {type(found).__name__}"
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}..."


def _explain(error: Mapping[str, Any], path: Path_, root: type[BaseModel]) -> str:
    """Return what is wrong with a value, in the words of a user."""
    kind, found, context = error["type"], error["input"], error.get("ctx", {})
    shown = _shown(found)
    if kind == "extra_forbidden":
        model = _model_at(path[:-1], root)
        allowed = [f.alias or n for n, f in model.model_fields.items()] if model else []
        hint = nearest(str(path[-1]), allowed)
        return f"not known{hint}" if hint else f"not known; allowed: {', '.join(allowed)}"
    plain = {
        "missing": "missing",
        "string_pattern_mismatch": f"{shown}; allowed: {'package:Name' if ':' in context.get('pattern', '') else 'letters, digits, spaces, _ . and -, a letter or digit first'}",
        "string_too_short": "empty",
        "too_short": "empty; allowed: at least one, or leave the key out",
        "float_parsing": f"{shown} is not a number",
        "float_type": f"{shown} is not a number",
        "finite_number": f"{shown} is not a finite number",
        "int_parsing": f"{shown} is not a whole number",
        "int_type": f"{shown} is not a whole number",
        "int_from_float": f"{shown} is not a whole number",
        "string_type": f"{shown} is not text",
        "model_type": f"{shown} is not a table",
        "model_attributes_type": f"{shown} is not a table",
        "dict_type": f"{shown} is not a table",
        "list_type": f"{shown} is not a list",
    }
    if kind in plain:
        return f"{plain[kind]}{_right_form(found, path)}"
    if kind == "literal_error":
        allowed = re.findall(r"'([^']*)'", context["expected"])
        return f"{shown}; allowed: {', '.join(allowed)}{nearest(str(found), allowed)}"
    bounds = {
        "greater_than": "above",
        "greater_than_equal": "at least",
        "less_than": "below",
        "less_than_equal": "at most",
    }
    if kind in bounds:
        return f"{shown}; allowed: {bounds[kind]} {next(iter(context.values())):.12g}"
    if kind == "value_error":
        return str(context["error"]) if "error" in context else str(error["msg"])
    return f"{shown}: {error['msg'][:1].lower()}{error['msg'][1:]}"


def _right_form(found: object, path: Path_) -> str:
    """Return how a lever is written, where something else stands in its place."""
    if len(path) < 2 or path[0] != "levers":
        return ""
    if path[1] == "beds":
        rows = found if isinstance(found, list) else [found]
        tiers = [str(row.get("tier", "")).split(" ")[0] for row in rows if isinstance(row, dict)]
        tier = next((tier for tier in tiers if tier in TIERS), "medium")
        return f"; did you mean [[levers.beds.{tier}]], with from and beds?"
    if len(path) == 2 and isinstance(found, int | float | str) and not isinstance(found, bool):
        return f"; did you mean {path[1]} = {{ value = {_shown(found)} }}?"
    return ""


def _written(document: Document, path: Path_) -> tuple[Path_, bool]:
    """Return a path as the file writes it (one table needs no number), and whether all of it is there."""
    node: Any = document.data
    found: Path_ = ()
    for at, part in enumerate(path):
        if part == 0 and isinstance(node, dict):
            continue
        try:
            node = node[part]
        except (KeyError, IndexError, TypeError):
            return found + path[at:], False
        found += (part,)
    return found, True


def blame(chain: list[Document], path: Path_, what: str) -> ScenarioError:
    """Return the error, with the file and the line that wrote a key (or left it out)."""
    if path[:1] and path[0] in NEVER_INHERITED:
        chain = chain[:1]
    for document in chain:
        written, whole = _written(document, path)
        if whole or len(written) < len(path):
            return refuse(document.label, written, what, document.line(written))
    for document in chain:
        if path[:1] and path[0] in document.data:
            return refuse(document.label, path, what, document.line(path))
    return refuse(chain[0].label, path, what, None)


def _is_field(path: Path_, key: str, root: type[BaseModel]) -> bool:
    """Return whether a model has a key at a path, whatever the file wrote there."""
    model = _model_at(path, root)
    return model is not None and any(key in (name, field.alias) for name, field in model.model_fields.items())


def _keys_of(place: Path_, data: Mapping[str, Any], root: type[BaseModel]) -> Path_:
    """Return the place of a fault by the keys of the data, without the names of a union's branches among them."""
    node: Any = data
    found: Path_ = ()
    for part in place:
        inside: Any = node if isinstance(node, dict | list) else {}
        if part in (inside if isinstance(inside, dict) else range(len(inside))):
            node = inside[part]
        elif not isinstance(part, int) and not _is_field(found, part, root):
            continue
        found += (part,)
    return found


def refusal(
    error: ValidationError,
    chain: list[Document],
    data: Mapping[str, Any],
    label: str | None = None,
    root: type[BaseModel] = Scenario,
) -> ScenarioError:
    """Return the faults that validation found in data, one sentence each. `label` stands for the file where there is none."""
    found: dict[Path_, str] = {}
    slips: set[Path_] = set()
    missing: dict[Path_, None] = {}
    for fault in error.errors(include_url=False):
        path = _keys_of(fault["loc"], data, root)
        what = _explain(fault, path, root)
        if fault["type"] == "value_error" and (inner := re.match(r"([a-z_]+): (.*)", what)):
            path, what = (*path, inner[1]), inner[2]
        # A union reports one error per branch: the first says enough.
        if any(path[: len(earlier)] == earlier for earlier in found):
            continue
        found[path] = what
        if fault["type"] == "missing":
            missing[path] = None
        if fault["type"] == "extra_forbidden" and (hint := re.search(r"did you mean (\w+)\?$", what)):
            slips.add((*path[:-1], hint[1]))
    inherited = [path for path in missing if len(path) == 1 and path[0] not in NEVER_INHERITED]
    if len(inherited) > 1 and root is Scenario and not any("extends" in document.data for document in chain):
        # Without a parent, all that a parent would say is missing: that is one fault.
        for path in inherited[1:]:
            del found[path]
        found[inherited[0]] += '; did you forget extends = "baseline"?'
    # A misspelt key is not also a missing one.
    told = {path: what for path, what in found.items() if not (path in missing and path in slips)}
    if label:
        return together([refuse(label, path, what, None) for path, what in told.items()])
    return together([blame(chain, path, what) for path, what in told.items()])


def fault_paths(error: ValidationError, data: Mapping[str, Any], root: type[BaseModel] = Scenario) -> list[Path_]:
    """Return the keys of all faults that validation found in data."""
    return [path for fault in error.errors(include_url=False) if (path := _keys_of(fault["loc"], data, root))]


def together(errors: list[ScenarioError]) -> ScenarioError:
    """Return one error with the faults of several."""
    return ScenarioError(*(fault for error in errors for fault in error.faults))

"""The texts of `stepdown explain` about what there is to see: observations, agents and their attributes, tables, words."""

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from stepdown import _core, evidence, levers
from stepdown.agents import KINDS, Institution, Patient
from stepdown.decisions import language
from stepdown.results.schema import schema

FLAG = "flag: 0 or 1"
SEEN = {"case": "the person whom it is about", "option": "what is on offer"}
"""Groups of observations that decisions have, and what they say something of."""
ENGINE = {
    "case": "rust/core/src/choices/columns.rs (declared), rust/core/src/decisions/observation.rs (filled)",
    "option": "rust/core/src/choices/columns.rs (declared), rust/core/src/phases/matching.rs (filled)",
}
PEOPLE = {"caseload": "rust/core/src/caseload/readout.rs", "population": "rust/core/src/population/readout.rs"}
"""Columns of people as Python sees them, and the file of the engine that declares them."""


@cache
def readers() -> Mapping[str, tuple[str, ...]]:
    """Return the decisions whose declared scores read each reference.

    Examples
    --------
    >>> readers()["case.ready_days"]
    ('discharge', 'engagement')
    """
    loaded = evidence.load()
    found: dict[str, list[str]] = {}
    for decision in language.decisions():
        declared = language.read(decision, loaded)
        named = {ref for row in (*declared.scores, *declared.delay) for factor in row.factors for ref in factor.refs}
        for reference in named:
            found.setdefault(reference, []).append(decision)
    return {reference: tuple(decisions) for reference, decisions in found.items()}


@cache
def observations() -> Mapping[str, dict[str, Any]]:
    """Return what decisions may look at of a person and of what is on offer, by name: ``case.x`` and ``option.x``."""
    found = {}
    for group, columns in (("case", _core.columns()), ("option", _core.option_columns())):
        for name, unit, meaning in columns:
            reference = f"{group}.{name}"
            found[reference] = _observation(group, name, unit, meaning)
    return found


def _observation(group: str, name: str, unit: str, meaning: str) -> dict[str, Any]:
    reference = f"{group}.{name}"
    words = _core.vocabulary(reference)
    null = reference in language.nullable()
    short = name if group == "case" else reference
    return {
        "observation": reference,
        "what": f"{meaning} An observation of {SEEN[group]}, as at the start of the phase.",
        "type": "code" if words else FLAG if unit == "flag" else "number",
        "unit": "" if words or unit == "flag" else unit,
        "can be null": "yes: a score that names it needs a row known(...), a rule sees nan" if null else "no",
        "words": ", ".join(words or ()),
        "read by": ", ".join(readers().get(reference, ())) or "no declared score; any may name it",
        "in a score": f"is({reference},{words[0]})" if words else reference,
        "in a rule": f'@rule(reads=("{short}",)), then cases.{short}'
        + (f', or cases.is_("{short}", "{words[0]}")' if words else ""),
        "engine": ENGINE[group],
    }


@cache
def attributes() -> Mapping[str, dict[str, Any]]:
    """Return the attributes of institutions, by kind and name: ``responsible_clinician.threshold``."""
    found = {}
    for kind, owner in KINDS.items():
        for name, declared in owner.attributes().items():
            moved = [lever.name for lever in levers.load().values() if lever.target == f"{kind}.{name}"]
            decisions = [decision for decision, (decider, _, _) in language.decisions().items() if decider == kind]
            scored = [d for d in decisions if d in readers().get(f"agent.{name}", ())]
            found[f"{kind}.{name}"] = {
                "attribute": f"{kind}.{name}",
                "what": f"{declared.meaning}. An attribute of each {owner.__name__}, which can be set on the agent during a run.",
                "type": "code" if declared.unit == "code" else FLAG if declared.unit == "flag" else "number",
                "unit": "" if declared.unit in ("code", "flag") else declared.unit,
                "parameter": declared.evidence or "",
                "levers": ", ".join(moved),
                "read by": ", ".join([*(f"scores of {d}, as agent.{name}" for d in scored)]) or "the engine",
                "acts on": ", ".join(
                    decision
                    for decision in language.decisions()
                    if f"{kind}.{name}" in language.described_by(decision)[1]
                ),
                "python": _python(owner),
                "engine": "rust/core/src/agents.rs",
            }
    return found


def agents() -> dict[str, dict[str, Any]]:
    """Return what each kind of agent is, by kind: patients too."""
    owners: list[type[Institution | Patient]] = [*KINDS.values(), Patient]
    return {owner.kind: _agent(owner) for owner in owners}


def _agent(owner: type[Institution] | type[Patient]) -> dict[str, Any]:
    decides = [decision for decision, (kind, _, _) in language.decisions().items() if kind == owner.kind]
    if owner.kind == "commissioner":
        decides.append("commissioning")
    held = [name.partition(".")[2] for name in attributes() if name.startswith(f"{owner.kind}.")]
    return {
        "agent": owner.kind,
        "class": owner.__name__,
        "what": (owner.__doc__ or "").split("\n")[0],
        "decides": ", ".join(decides) or "nothing: its attributes act",
        "attributes": ", ".join(held),
        "python": _python(owner),
    }


def _python(owner: type) -> str:
    return f"{language.SOURCE}agents/{owner.__module__.rpartition('.')[2]}.py"


@cache
def columns() -> Mapping[str, dict[str, Any]]:
    """Return the columns of a run's tables and of people in a model, by table and name: ``spells.unit``, ``caseload.place``."""
    found = {}
    for table in schema()["tables"]:
        for column in table["columns"]:
            found[f"{table['table']}.{column['name']}"] = {
                "column": f"{table['table']}.{column['name']}",
                "what": column["description"],
                "type": column["type"],
                "unit": column["unit"] or "",
                "words of": column["vocabulary"] or "",
                "file": table["files"],
            }
    for group, described in (("caseload", _core.caseload_columns()), ("population", _core.population_columns())):
        for person in described:
            found.setdefault(
                f"{group}.{person['name']}",
                {
                    "column": f"{group}.{person['name']}",
                    "what": person["description"],
                    "type": person["kind"],
                    "unit": person["unit"],
                    "words of": person["vocabulary"] or "",
                    "python": f'model.{group}.columns["{person["name"]}"] (docs/mesa.md); no decision reads it by this name',
                    "engine": PEOPLE[group],
                },
            )
    return found


@cache
def words() -> Mapping[str, dict[str, Any]]:
    """Return the words of the data, with what each means and in which columns it stands."""
    found: dict[str, dict[str, Any]] = {}
    for vocabulary, meant in _core.codes().items():
        holders = [name for name, column in columns().items() if column["words of"] == vocabulary]
        for _, word, meaning in meant:
            row = found.setdefault(word, {"word": word})
            row[vocabulary] = meaning
            named = row.get("columns", "").split(", ")
            row["columns"] = ", ".join(dict.fromkeys(filter(None, [*named, *holders])))
    return found


def under(topic: str) -> Iterator[dict[str, Any]]:
    """Yield what is named under a group: ``case``, ``option``, a kind of agent, a table, ``caseload`` or ``population``."""
    for found in (observations(), attributes(), columns()):
        yield from (row for name, row in found.items() if name.startswith(f"{topic}."))

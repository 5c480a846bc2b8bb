"""The scores of decisions: rows in the engine's language, read, checked, described and compiled for the engine.

An agent declares a decision as a `stepdown.agents.choices.Choice`. Each of its options has a score over columns of the case
(``case.x``), attributes of the agent (``agent.x``), levers (``lever.x``) and what is on offer (``option.x``). The scores are
the rows of ``evidence/choices/NAME.csv``, and their coefficients are parameters. The engine parses the terms
(`stepdown._core.parse_term`) and evaluates them; this module checks what the engine doesn't know, which is parameters and units.
`stepdown.decisions.reference` evaluates the parsed terms a second time, and the engine is tested against it.

The language, all of it::

    row     option, term, parameter id         score of an option = sum of parameter x term; the default has no rows
    term    1 | factor | factor*factor
    factor  ref | ref-ref | log1p(ref) | pos(ref-ref) | is(ref,CODE) | known(ref)
    ref     case.x | agent.x | lever.x | option.x
    delay   rows of the option `delay` add to ln days; its term `sigma` is their standard deviation
"""

import math
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from stepdown import _core, levers
from stepdown.agents import KINDS, Patient
from stepdown.agents.choices import Choice
from stepdown.errors import EvidenceError
from stepdown.evidence.loader import FOLDER, Evidence, Parameter, nearest, read_rows

COLUMNS = ("option", "term", "parameter")
DELAY = "delay"
SIGMA = "sigma"


@dataclass(frozen=True, slots=True)
class Factor:
    """A factor of a term, as the engine has parsed it.

    Parameters
    ----------
    function
        What is done with the references: ``value``, ``difference``, ``log1p``, ``pos``, ``is`` or ``known``.
    refs
        One reference, or two for a difference.
    code
        The code that ``is`` compares with.
    """

    function: str
    refs: tuple[str, ...]
    code: int | None = None

    @property
    def needs(self) -> tuple[str, ...]:
        """References that must have a value."""
        return () if self.function == "known" else self.refs


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a choice: `parameter` x `term` is added to the score of `option`."""

    option: str
    term: str
    parameter: str
    line: int
    factors: tuple[Factor, ...]


@dataclass(frozen=True, slots=True)
class Declared:
    """A decision with its rows: what the engine is given."""

    choice: Choice
    kind: str
    agent: str
    scores: tuple[Row, ...]
    delay: tuple[Row, ...]
    sigma: str | None


@cache
def references(kind: str) -> dict[str, str]:
    """Return what the choices of an agent of `kind` may name: reference and unit."""
    known = {f"case.{name}": unit for name, unit, _ in _core.columns()}
    known |= {f"option.{name}": unit for name, unit, _ in _core.option_columns()}
    known |= {f"lever.{lever.name}": lever.unit for lever in levers.load().values() if lever.engine}
    if kind in KINDS:
        known |= {f"agent.{name}": declared.unit for name, declared in KINDS[kind].attributes().items()}
    return known


@cache
def nullable() -> frozenset[str]:
    """Return the references whose value may be missing."""
    return frozenset(_core.nullable())


@cache
def _names(kind: str, group: str) -> tuple[str, ...]:
    """Return what an agent of a kind may name after ``agent.`` or ``lever.``."""
    known = (reference.partition(".") for reference in references(kind))
    return tuple(name for found, _, name in known if found == group)


def parse(term: str, kind: str) -> tuple[Factor, ...]:
    """Return the factors of a term that an agent of `kind` may use: none for the term ``1``.

    Raises
    ------
    ValueError
        If the text is not a term, names what isn't there, or subtracts values of different units.

    Examples
    --------
    >>> parse("is(case.legal,s3)*case.reading", "responsible_clinician")
    (Factor(function='is', refs=('case.legal',), code=2), Factor(function='value', refs=('case.reading',), code=None))
    """
    parsed = _core.parse_term(term, attributes=_names(kind, "agent"), levers=_names(kind, "lever"))
    for _, refs, _ in parsed:
        units = [references(kind)[ref] for ref in refs]
        if len(set(units)) > 1:
            raise ValueError(f"{'-'.join(refs)}: units {' and '.join(units)} differ; nothing is converted")
    return tuple(Factor(function, tuple(refs), code) for function, refs, code in parsed)


def _parsed(term: str, kind: str, where: str) -> tuple[Factor, ...]:
    try:
        return parse(term, kind)
    except ValueError as error:
        raise EvidenceError(f"{where}: {error}") from None


def _unit(factors: tuple[Factor, ...], base: str, kind: str) -> str:
    """Return the unit that the parameter of a term must have: `base` per unit of the term; a flag has none."""
    units = [base]
    for factor in factors:
        if factor.function == "log1p":
            units.append("ln")
        elif factor.function not in ("is", "known") and references(kind)[factor.refs[0]] != "flag":
            units.append(references(kind)[factor.refs[0]])
    return "/".join(units)


def _check_nulls(rows: list[Row], where: str) -> None:
    for row in rows:
        for ref in sorted({ref for factor in row.factors for ref in factor.needs} & nullable()):
            known = Factor("known", (ref,))
            if not any(other.option == row.option and known in other.factors for other in rows):
                raise EvidenceError(
                    f"{where}:{row.line}: {row.term}: {ref} can be null, so option {row.option!r} needs a row with known({ref})"
                )


@cache
def decisions() -> dict[str, tuple[str, str, Choice]]:
    """Return each decision that the engine executes: name to (kind of agent, name of its class, choice)."""
    found: dict[str, tuple[str, str, Choice]] = {}
    owners: dict[str, type] = {**KINDS, Patient.kind: Patient}
    for kind, owner in owners.items():
        for value in vars(owner).values():
            if isinstance(value, Choice):
                found[value.scores] = (kind, owner.__name__, value)
    return {name: found[name] for name in _core.options() if name in found}


def read(decision: str, evidence: Evidence, folder: Path = FOLDER) -> Declared:
    """Read the rows of a decision and check them: language, columns, nulls, units of the parameters.

    Raises
    ------
    EvidenceError
        With file, line and term: what was found and what is allowed.
    """
    try:
        kind, agent, choice = decisions()[decision]
    except KeyError:
        allowed = ", ".join(decisions())
        raise EvidenceError(
            f"{decision!r} is not a decision with scores; allowed: {allowed}{nearest(decision, decisions())}"
        ) from None
    labels = [option.label for option in choice.options]
    file = f"choices/{decision}.csv"
    scores: list[Row] = []
    delay: list[Row] = []
    sigma: str | None = None
    for line, row in read_rows(folder / "choices" / f"{decision}.csv", COLUMNS):
        where = f"{file}:{line}: {row['term']}"
        option, base = row["option"], "ln d" if row["option"] == DELAY else "logit"
        if option != DELAY and option not in labels[1:]:
            others = [*labels[1:], DELAY]
            raise EvidenceError(f"{where}: option {option!r}; allowed: {', '.join(others)}{nearest(option, others)}")
        try:
            parameter = evidence[row["parameter"]]
        except EvidenceError as error:
            raise EvidenceError(f"{where}: {error}") from None
        if option == DELAY and row["term"] == SIGMA:
            factors: tuple[Factor, ...] = ()
            sigma = parameter.id
        else:
            factors = _parsed(row["term"], kind, where)
            compiled = Row(option, row["term"], parameter.id, line, factors)
            rows = delay if option == DELAY else scores
            if any(other.option == option and other.term == row["term"] for other in rows):
                raise EvidenceError(f"{where}: option {option!r} has the term twice")
            rows.append(compiled)
        if (unit := _unit(factors, base, kind)) != parameter.unit:
            raise EvidenceError(
                f"{where}: {parameter.id} is in {parameter.unit}; allowed: {unit}, nothing is converted"
            )
    if missing := [label for label in labels[1:] if not any(row.option == label for row in scores)]:
        raise EvidenceError(
            f"{file}: option {missing[0]!r} has no row; allowed: at least one for each option but the default"
        )
    if bool(delay) != (sigma is not None):
        raise EvidenceError(f"{file}: a delay needs rows and a row with the term {SIGMA}")
    _check_nulls(scores, file)
    _check_nulls(delay, file)
    return Declared(choice, kind, agent, tuple(scores), tuple(delay), sigma)


def _spare(evidence: Evidence, named: set[str]) -> None:
    for id, parameter in evidence.parameters.items():
        if id.startswith("choice.") and id not in named:
            raise EvidenceError(
                f"{parameter.file}:{parameter.line}: {id}: no choice names it; allowed: a row in choices/*.csv"
            )


def choices_plan(evidence: Evidence, folder: Path = FOLDER) -> dict[str, Any]:
    """Return the section ``choices`` of a plan: every declared decision with the values of its parameters.

    The plan's levers must name every lever that the engine reads, with no steps where the scenario leaves it neutral.

    Raises
    ------
    EvidenceError
        If a row can't be used, or a parameter ``choice.*`` is named by no row.
    """
    plan: dict[str, Any] = {}
    named: set[str] = set()
    for decision in decisions():
        declared = read(decision, evidence, folder)
        plan[decision] = compiled(declared, evidence)
        named |= {row.parameter for row in (*declared.scores, *declared.delay)}
        named |= {declared.sigma} if declared.sigma else set()
    _spare(evidence, named)
    return plan


def compiled(declared: Declared, evidence: Evidence) -> dict[str, Any]:
    """Return one decision as a plan holds it."""
    scores = [
        {"option": row.option, "term": row.term, "parameter": row.parameter, "value": evidence.value(row.parameter)}
        for row in declared.scores
    ]
    delay = [
        {"term": row.term, "parameter": row.parameter, "value": evidence.value(row.parameter)} for row in declared.delay
    ]
    return {
        "agent": declared.kind,
        "rows": scores,
        "delay": {"rows": delay, "sigma": evidence.value(declared.sigma)} if declared.sigma else None,
    }


def variant(own: Choice, base: Choice, evidence: Evidence) -> dict[str, Any]:
    """Return a choice that a subclass declares in place of its base's, as a plan holds it.

    Raises
    ------
    EvidenceError
        If it is another decision's, or a parameter, term or option can't be used.
    """
    where = f"choice {base.scores}"
    if own.scores != base.scores or own.options is not base.options:
        raise EvidenceError(
            f"{where}: a subclass declares {own.scores} in its place; allowed: {base.scores}, with but(...)"
        )
    declared = read(base.scores, evidence)
    rows = compiled(declared, evidence)["rows"]
    known = {row["parameter"] for row in rows}
    for id in own.coefficients:
        if id not in known:
            raise EvidenceError(
                f"{where}: coefficients: {id} is not one of its parameters{nearest(id, known)}; allowed: {', '.join(sorted(known))}"
            )
    for row in rows:
        row["value"] = float(own.coefficients.get(row["parameter"], row["value"]))
    added = list(declared.scores)
    for line, (option, term, value) in enumerate(own.terms, 1):
        if not isinstance(option, base.options) or not option:
            allowed = ", ".join(str(o) for o in list(base.options)[1:])
            raise EvidenceError(f"{where}: terms: option {option!r}; allowed: {allowed}")
        if not math.isfinite(value):
            raise EvidenceError(f"{where}: terms: {term}: {value} is not a number")
        same = next((row for row in rows if row["option"] == option.label and row["term"] == term), None)
        if same is not None:
            same["value"] += float(value)
            continue
        row = Row(
            option.label, term, f"own.{base.scores}.{line}", line, _parsed(term, declared.kind, f"{where}: terms")
        )
        added.append(row)
        rows.append({"option": row.option, "term": term, "parameter": row.parameter, "value": float(value)})
    _check_nulls(added, f"{where}: terms")
    default = next(iter(base.options))
    if default in own.without:
        raise EvidenceError(f"{where}: without: {default.label!r} is the default, which always stays")
    return {"options": [o.label for o in base.options if o not in own.without], "rows": rows}


SOURCE = "python/stepdown/"
"""Where the package is in the project."""
PHASES = "rust/core/src/phases/"
"""Where the phases of the day are in the project."""


def engine_file(function: str) -> str:
    """Return the file of a phase's function.

    Examples
    --------
    >>> engine_file("matching::fundable")
    'rust/core/src/phases/matching.rs'
    """
    return f"{PHASES}{function.partition('::')[0]}.rs"


@cache
def phases() -> tuple[dict[str, Any], ...]:
    """Return the phases of the day, in order: number, name, what each does, its file and function, the decisions asked in it.

    Examples
    --------
    >>> phases()[4]["name"], phases()[4]["file"], phases()[4]["function"], phases()[4]["decisions"]
    ('reviews', 'rust/core/src/phases/reviews.rs', 'review', ['review', 'engagement', 'coding'])
    """
    return tuple(
        {
            "phase": number,
            "name": name,
            "does": does.removeprefix(f"{name}: "),
            "file": engine_file(function),
            "function": function.partition("::")[2],
            "decisions": [decision for decision, (_, _, choice) in decisions().items() if name in choice.phases],
        }
        for number, (name, does, function) in enumerate(_core.phases(), 1)
    )


def before(decision: str) -> dict[str, str]:
    """Return the decisions that may lead to a decision, each with who comes from it.

    Examples
    --------
    >>> before("discharge")
    {'review': 'who is ready to leave', 'hearing': 'a discharge that is deferred'}
    """
    return {
        name: choice.leads_to[decision] for name, (_, _, choice) in decisions().items() if decision in choice.leads_to
    }


def _described(row: Row, parameter: Parameter) -> dict[str, Any]:
    return {
        "term": row.term,
        "parameter": parameter.id,
        "value": parameter.value,
        "unit": parameter.unit,
        "low": parameter.low,
        "high": parameter.high,
        "source": parameter.source,
        "confidence": parameter.confidence,
        "note": parameter.note,
    }


def _referred(declared: Declared, group: str) -> list[str]:
    """Return the names after ``lever.`` or ``agent.`` in the scores and the delay of a decision."""
    refs = {ref for row in (*declared.scores, *declared.delay) for factor in row.factors for ref in factor.refs}
    return sorted(ref.partition(".")[2] for ref in refs if ref.startswith(f"{group}."))


@cache
def described_by(decision: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the levers and the attributes (``kind.name``) that act on a decision, as the evidence has it."""
    from stepdown import evidence

    moved, attributes = acting(read(decision, evidence.load()))
    return tuple(moved), tuple(attributes)


def acting(declared: Declared) -> tuple[list[str], list[str]]:
    """Return the levers and the attributes that act on a decision: through its scores, or through who is asked and what is on offer."""
    named = declared.choice.acted_on_by
    mine = [f"{declared.kind}.{name}" for name in _referred(declared, "agent")]
    attributes = [*mine, *(one for one in named if "." in one and not one.startswith("lever.") and one not in mine)]
    found = {one.partition(".")[2] for one in named if one.startswith("lever.")} | set(_referred(declared, "lever"))
    found |= {lever.name for lever in levers.load().values() if lever.target in attributes}
    found |= {one for one in named if "." not in one}
    return sorted(found), attributes


def describe(decision: str, evidence: Evidence, folder: Path = FOLDER) -> dict[str, Any]:
    """Return the description of a decision.

    Who decides, when in the day, about whom; what each option does and when it is open; every term with its source.

    Raises
    ------
    EvidenceError
        As `read`.
    """
    declared = read(decision, evidence, folder)
    meanings = [meaning for _, _, meaning in _core.answers()[decision]]
    owner = Patient if declared.kind == Patient.kind else KINDS[declared.kind]
    named = [row.parameter for row in (*declared.scores, *declared.delay)]
    moved, attributes = acting(declared)
    return {
        "decision": decision,
        "agent": declared.agent,
        "kind": declared.kind,
        "asked_of": declared.choice.asked_of,
        "phases": [phase for phase in phases() if phase["name"] in declared.choice.phases],
        "begins": declared.choice.begins,
        "before": before(decision),
        "after": dict(declared.choice.leads_to),
        "then": declared.choice.then,
        "law": declared.choice.law,
        "engine": dict(zip(("allowed by", "done by"), declared.choice.engine, strict=True)),
        "python": f"{SOURCE}agents/{owner.__module__.rpartition('.')[2]}.py",
        "file": f"{SOURCE}evidence/choices/{decision}.csv",
        "levers": moved,
        "attributes": [one.removeprefix(f"{declared.kind}.") for one in attributes],
        "parameters": sorted({f"{SOURCE}evidence/{evidence[id].file}" for id in named}),
        "options": [
            {
                "code": int(option),
                "option": option.label,
                "allowed": declared.choice.allowed[option],
                "does": meanings[option],
                "rows": [
                    _described(row, evidence[row.parameter]) for row in declared.scores if row.option == option.label
                ],
            }
            for option in declared.choice.options
        ],
        "delay": [_described(row, evidence[row.parameter]) for row in declared.delay],
        "sigma": evidence.value(declared.sigma) if declared.sigma else None,
    }

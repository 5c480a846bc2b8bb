"""Finds what uses each parameter: the engine's source, the scores of decisions, and the attributes of agents.

    python -m stepdown.decisions.parameter_users rust/core/src > python/stepdown/evidence/users.csv

An installed package contains no Rust source, so what is found there is recorded in ``users.csv``, and a test compares that file
with the source. The parameters of decisions and agents are read from the evidence itself whenever they are asked for.
"""

import csv
import re
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from stepdown import levers
from stepdown.decisions import language
from stepdown.errors import EvidenceError, UsageError
from stepdown.evidence import institutions
from stepdown.evidence.loader import FOLDER, Evidence, read_rows
from stepdown.vocabulary import SECURE

_STRUCT = re.compile(r"^pub struct (\w+) \{\n(.*?)^\}", re.MULTILINE | re.DOTALL)
_FIELD = re.compile(r"^    pub (?:r#)?(\w+): ([\w:]+),", re.MULTILINE)
_TESTS = re.compile(r"^#\[cfg\(test\)\]\n(?:pub(?:\(\w+\))? )?mod \w+ \{.*", re.MULTILINE | re.DOTALL)
_TEST_FILE = re.compile(r"^#\[cfg\(test\)\]\n(?:pub(?:\(\w+\))? )?mod (\w+);", re.MULTILINE)
_COMMENT = re.compile(r"//.*")
_DECLARED = "plan/parameters.rs"
_LEVER = re.compile(r"\blever\.(\w+)")


@dataclass(frozen=True, slots=True)
class Field:
    """A parameter as the engine declares it: the id, and the struct that has it."""

    id: str
    struct: str


def sources(engine: Path) -> dict[str, str]:
    """Return the code of the engine by file, without comments and tests."""
    texts = {path: path.read_text(encoding="utf-8") for path in sorted(engine.rglob("*.rs"))}
    tests = {path.with_name(f"{name}.rs") for path, text in texts.items() for name in _TEST_FILE.findall(text)}
    return {
        path.relative_to(engine).as_posix(): _COMMENT.sub("", _TESTS.sub("", text))
        for path, text in texts.items()
        if path not in tests
    }


def fields(code: Mapping[str, str]) -> Iterator[Field]:
    """Yield every parameter that the engine's structs declare, from ``Parameters`` down."""
    structs = {name: _FIELD.findall(body) for text in code.values() for name, body in _STRUCT.findall(text)}

    def below(struct: str, path: tuple[str, ...]) -> Iterator[Field]:
        for name, kind in structs[struct]:
            last = kind.split("::")[-1]
            if last in structs:
                yield from below(last, (*path, name))
            else:
                yield Field(".".join((*path, name)), struct)

    yield from below("Parameters", ())


def in_engine(engine: Path) -> dict[str, tuple[str, ...]]:
    """Return the files of the engine that read each parameter: those that know its struct, or its group, and its name.

    Parameters
    ----------
    engine
        Folder of the engine's source, ``rust/core/src``.

    Raises
    ------
    UsageError
        If there is no such source in the folder.
    """
    code = sources(engine)
    if _DECLARED not in code:
        message = f"{engine}: no source of the engine; allowed: rust/core/src"
        raise UsageError(message)
    found = {}
    for field in fields(code):
        *groups, name = field.id.split(".")
        knows = re.compile(rf"\b{field.struct}\b|\b(?:p|inputs|parameters)\.{groups[0]}\b")
        reads = re.compile(rf"\.(?:r#)?{name}\b(?!\()")
        found[field.id] = tuple(file for file, text in code.items() if knows.search(text) and reads.search(text))
    return found


def read_engine(folder: Path = FOLDER) -> dict[str, tuple[str, ...]]:
    """Return the files of the engine that read each parameter, as they were written down."""
    return {row["id"]: tuple(row["files"].split()) for _, row in read_rows(folder / "users.csv", ("id", "files"))}


def users(evidence: Evidence) -> dict[str, tuple[str, ...]]:
    """Return who uses each parameter: decisions, attributes of agents, levers, files of the engine.

    Examples
    --------
    >>> from stepdown import evidence
    >>> users(evidence.load())["institution.commissioner.limit"]
    ('attribute commissioner.limit', 'lever transfer_limit')
    >>> users(evidence.load())["relapse.year1"]
    ('rust/core/src/hazards/relapse.rs',)
    """
    found: dict[str, list[str]] = {id: [] for id in evidence.parameters}

    def note(id: str, user: str, where: str) -> None:
        if id not in found:
            message = f"{where}: the parameter {id} is not known"
            raise EvidenceError(message)
        if user not in found[id]:
            found[id].append(user)

    for decision in language.decisions():
        where, declared = f"choices/{decision}.csv", language.read(decision, evidence)
        for row in (*declared.scores, *declared.delay):
            note(row.parameter, f"decision {decision}", where)
            for lever in _LEVER.findall(row.term):
                note(row.parameter, f"lever {lever}", where)
        if declared.sigma:
            note(declared.sigma, f"decision {decision}", where)
    for given in institutions.load().agents:
        target = f"{given['kind']}.{given['attribute']}"
        note(given["parameter"], f"attribute {target}", "tables/agents.csv")
        for lever in levers.load().values():
            if lever.target == target:
                note(given["parameter"], f"lever {lever.name}", "tables/levers.csv")
    for tier in SECURE:
        for kind in ("beds", "open"):
            id = f"institution.{kind}.{tier.split()[0]}"
            note(id, "beds of units", "tables/units.csv")
            note(id, "lever beds", "tables/units.csv")
    for id, files in read_engine().items():
        for file in files:
            note(id, f"rust/core/src/{file}", "users.csv")
    return {id: tuple(by) for id, by in found.items()}


def main(engine: Path) -> None:
    """Write who reads what in the engine, as CSV."""
    out = csv.writer(sys.stdout, lineterminator="\n")
    out.writerow(("id", "files"))
    for id, files in sorted(in_engine(engine).items()):
        out.writerow((id, " ".join(files)))


if __name__ == "__main__":
    main(Path(sys.argv[1]))

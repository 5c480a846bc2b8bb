"""Scenario files: where they are, what they inherit, and on which line each key is."""

import json
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from stepdown.atomic import kind_of_file
from stepdown.errors import ScenarioError, printable
from stepdown.evidence.loader import nearest
from stepdown.numbers import comma

NEVER_INHERITED = ("title", "why", "name")
"""Keys that a scenario says of itself."""

Path_ = tuple[str | int, ...]
"""Where a key stands: keys, and numbers of tables in lists."""

LONGEST = 80
"""Longest finding that a sentence shows in full [characters]."""

LARGEST = 1 << 20
"""Largest file that is read [bytes]: a thousand times what a scenario needs."""

DEEPEST = 32
"""How deep tables and lists may be nested, and how many parts a key may have."""

HOME = Path(__file__).parents[1] / "scenarios"
"""The project's own scenarios."""


def names() -> list[str]:
    """Return the names of the project's own scenarios."""
    return sorted(path.stem for path in HOME.glob("*.toml"))


@dataclass(frozen=True)
class Document:
    """One TOML file: how to speak of it, where it is, what it says, and on which line each key is."""

    label: str
    path: Path
    data: dict[str, Any]
    lines: Mapping[Path_, int]

    def line(self, path: Path_) -> int | None:
        """Return the line of a key, or of the nearest table above it that is written down."""
        while path:
            for written in (path, (*path, 0)):
                if written in self.lines:
                    return self.lines[written]
            path = path[:-1]
        return None


_PART = re.compile(r"""[A-Za-z0-9_-]+|"(?:[^"\\\n]|\\.)*"|'[^'\n]*'""")


def _skip(text: str, at: int) -> int:
    """Return the first place from `at` on that is not blank."""
    while text.startswith((" ", "\t"), at):
        at += 1
    return at


def _dotted(text: str, at: int) -> tuple[list[str], int]:
    """Return the parts of the dotted key that begins at a place of a line, and where it ends; no parts if there is none."""
    parts: list[str] = []
    while found := _PART.match(text, _skip(text, at)):
        parts.append(_plain(found[0]))
        at = _skip(text, found.end())
        if not text.startswith(".", at):
            return parts, at
        at += 1
    return [], at


def _plain(part: str) -> str:
    """Return a part of a key without its quotes."""
    if part.startswith('"') and "\\" in part:
        try:
            return str(tomllib.loads(f"x = {part}")["x"])
        except tomllib.TOMLDecodeError:
            return part[1:-1]
    return part.strip("\"'")


def _keys(text: str) -> Iterator[tuple[int, Path_, str]]:
    """Yield (line, path, text of the value) of every key and header of a TOML text, well-formed or not.

    Each line is read once, from left to right: the time is proportional to the length of the text.
    """
    tables: dict[Path_, int] = {}
    prefix: Path_ = ()

    def resolve(keys: list[str]) -> Path_:
        path: Path_ = ()
        for key in keys[: DEEPEST + 1]:
            path += (key,)
            if path in tables:
                path += (tables[path],)
        return path

    closing = ""
    for number, line in enumerate(text.split("\n"), start=1):
        if closing:
            closing = "" if closing in line else closing
            continue
        indent = len(line) - len(line.lstrip(" \t"))
        brackets = 2 if line.startswith("[[", indent) else 1 if line.startswith("[", indent) else 0
        keys, end = _dotted(line, indent + brackets)
        if not keys:
            continue
        if brackets:
            if not line.startswith("]" * brackets, end):
                continue
            if brackets == 2:
                array = (*resolve(keys[:-1]), keys[-1])
                tables[array] = tables.get(array, -1) + 1
            prefix = resolve(keys)
            yield number, prefix, ""
        elif line.startswith("=", end):
            value = line[end + 1 :].strip()
            yield number, prefix + tuple(keys[: DEEPEST + 1]), value.split("#")[0].strip()
            for quotes in ('"""', "'''"):
                if value.count(quotes) == 1:
                    closing = quotes


def _depth(value: object) -> int:
    """Return how deep tables and lists are nested, as far as it matters."""
    depth, level = 0, [value]
    while level and depth <= DEEPEST:
        level = [
            inner
            for outer in level
            if isinstance(outer, dict | list)
            for inner in (outer.values() if isinstance(outer, dict) else outer)
        ]
        depth += 1
    return depth


def spell(path: Path_) -> str:
    """Return a path as a reader writes it.

    Examples
    --------
    >>> spell(("levers", "beds", "medium", 2, "from"))
    'levers.beds.medium[2].from'
    """
    out = ""
    for part in path:
        written = (
            part if isinstance(part, int) or re.fullmatch(r"[\w.-]+", part) else json.dumps(part, ensure_ascii=False)
        )
        out += f"[{part}]" if isinstance(part, int) else f".{written}" if out else str(written)
    return printable(out, 2 * LONGEST)


def short(found: object) -> str:
    """Return what was found as Python writes it, cut where it is long."""
    text = repr(found)
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}..."


def refuse(label: str, path: Path_, what: str, line: int | None) -> ScenarioError:
    """Return the error of a key in a file."""
    at = f", line {line}" if line else ""
    where = f"{label}: {spell(path)}" if path else label
    return ScenarioError(f"{where}: {what}{at}")


def read_document(path: Path, label: str) -> Document:
    """Read one TOML file.

    Raises
    ------
    ScenarioError
        It can't be read, or isn't TOML.
    """
    try:
        kind = kind_of_file(path)
        if kind is None:
            message = f"{label}: there is no such file"
            raise ScenarioError(message)
        if kind not in ("file", "folder"):
            message = f"{label}: it is a {kind}; allowed: a file"
            raise ScenarioError(message)
        if path.stat().st_size > LARGEST:
            message = f"{label}: it has {path.stat().st_size:,} bytes; allowed: at most {LARGEST:,}"
            raise ScenarioError(message)
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        message = f"{label}: byte {error.start} is not UTF-8"
        raise ScenarioError(message) from None
    except OSError as error:
        message = f"{label}: can't be read ({error.strerror})"
        raise ScenarioError(message) from None
    lines: dict[Path_, int] = {}
    for number, key, _ in _keys(text):
        if len(key) > DEEPEST:
            raise refuse(label, (), f"a key has more than {DEEPEST} parts", number)
        lines.setdefault(key, number)
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise _not_toml(label, text, str(error)) from None
    except ValueError:
        raise refuse(label, (), "a number has more digits than can be read", None) from None
    except RecursionError:
        raise refuse(label, (), "brackets are nested too deep to be read", None) from None
    if _depth(data) > DEEPEST:
        raise refuse(label, (), f"tables and lists are nested deeper than {DEEPEST}", None)
    return Document(label, path, data, lines)


def _not_toml(label: str, text: str, message: str) -> ScenarioError:
    what, _, place = message.partition(" (at ")
    found = re.match(r"line (\d+)", place)
    number = int(found[1]) if found else text.count("\n") + (not text.endswith("\n"))
    for line, path, value in _keys(text):
        if line == number and re.fullmatch(r"\d{4}-\d{1,2}-\d{1,2}", value):
            return refuse(label, path, f"{value} is not a date (YYYY-MM-DD)", line)
        if line == number and (hint := comma(value)):
            return refuse(label, path, f"{value} is not a number{hint}", line)
    return refuse(label, (), f"not TOML: {what[:1].lower()}{what[1:]}", number)


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except (OSError, ValueError):  # a name too long, or one that no file can have
        return False


def find(name_or_path: str | Path, beside: Path | None = None) -> tuple[Path, str]:
    """Return where a scenario is, and how to speak of it.

    A word names a file beside the one that extends it, or one of the project's own scenarios; anything with a slash or
    that ends with ``.toml`` is a path.
    """
    text = str(name_or_path)
    if isinstance(name_or_path, Path) or text.endswith(".toml") or "/" in text or "\\" in text:
        path = (beside / text) if beside else Path(text)
        return path, str(path)
    if beside and _is_file(beside / f"{text}.toml"):
        return beside / f"{text}.toml", str(beside / f"{text}.toml")
    path = HOME / f"{text}.toml"
    if not _is_file(path):
        message = f"scenario {short(text)} is not known{nearest(text, names())}; allowed: a path to a .toml file, or {', '.join(names())}"
        raise ScenarioError(message)
    return path, f"scenarios/{text}.toml"


def read_chain(name_or_path: str | Path) -> list[Document]:
    """Return a scenario and its ancestors, the child first."""
    chain: list[Document] = []
    path, label = find(name_or_path)
    while True:
        document = read_document(path, label)
        seen = [d.path.resolve() for d in chain]
        if document.path.resolve() in seen:
            child = chain[-1]
            raise refuse(
                child.label, ("extends",), f"{child.data['extends']!r} leads back to {label}", child.line(("extends",))
            )
        chain.append(document)
        parent = document.data.get("extends")
        if parent is None:
            return chain
        line = document.line(("extends",))
        if not isinstance(parent, str):
            raise refuse(label, ("extends",), f"{short(parent)} is not the name of a scenario", line)
        try:
            path, found = find(parent, beside=document.path.parent)
        except ScenarioError as error:
            raise refuse(label, ("extends",), str(error), line) from None
        if not _is_file(path):
            raise refuse(label, ("extends",), f"there is no file {found}", line)
        label = found


def _flat(tree: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for key, value in tree.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", value


def merge(chain: list[Document]) -> dict[str, Any]:
    """Lay the child over its ancestors: tables merge, everything else is replaced; a lever is replaced whole."""
    merged: dict[str, Any] = {}
    for document in reversed(chain):
        for key, value in document.data.items():
            if key in NEVER_INHERITED and document is not chain[0]:
                continue
            if key == "parameters" and isinstance(value, dict):
                merged[key] = merged.get(key, {}) | dict(_flat(value))
            elif isinstance(value, dict) and isinstance(merged.get(key), dict):
                merged[key] = merged[key] | value
            else:
                merged[key] = value
    merged.pop("extends", None)
    merged.setdefault("name", chain[0].path.stem)
    return merged

"""Scenario files: where they are, what they inherit, and on which line each key is."""

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from stepdown.errors import ScenarioError
from stepdown.evidence.loader import nearest

NEVER_INHERITED = ("title", "why", "name")
"""Keys that a scenario says of itself."""

Path_ = tuple[str | int, ...]
"""Where a key stands: keys, and numbers of tables in lists."""

LONGEST = 80
"""Longest finding that a sentence shows in full [characters]."""
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


_HEADER = re.compile(r"\s*(\[\[?)\s*([^\]]+?)\s*\]\]?\s*(#.*)?$")
_KEY = re.compile(
    r"""\s*((?:[A-Za-z0-9_-]+|"[^"]*"|'[^']*')(?:\s*\.\s*(?:[A-Za-z0-9_-]+|"[^"]*"|'[^']*'))*)\s*=\s*(.*)"""
)


def _dotted(key: str) -> list[str]:
    return [part.strip("\"'") for part in re.findall(r""""[^"]*"|'[^']*'|[A-Za-z0-9_-]+""", key)]


def _keys(text: str) -> Iterator[tuple[int, Path_, str]]:
    """Yield (line, path, text of the value) of every key and header of a TOML text, well-formed or not."""
    tables: dict[Path_, int] = {}
    prefix: Path_ = ()

    def resolve(keys: list[str]) -> Path_:
        path: Path_ = ()
        for key in keys:
            path += (key,)
            if path in tables:
                path += (tables[path],)
        return path

    closing = ""
    for number, line in enumerate(text.splitlines(), start=1):
        if closing:
            closing = "" if closing in line else closing
            continue
        if header := _HEADER.match(line):
            keys = _dotted(header[2])
            if header[1] == "[[":
                array = (*resolve(keys[:-1]), keys[-1])
                tables[array] = tables.get(array, -1) + 1
            prefix = resolve(keys)
            yield number, prefix, ""
        elif key := _KEY.match(line):
            yield number, prefix + tuple(_dotted(key[1])), key[2].split("#")[0].strip()
            for quotes in ('"""', "'''"):
                if key[2].count(quotes) == 1:
                    closing = quotes


def spell(path: Path_) -> str:
    """Return a path as a reader writes it.

    Examples
    --------
    >>> spell(("levers", "beds", "medium", 2, "from"))
    'levers.beds.medium[2].from'
    """
    out = ""
    for part in path:
        out += f"[{part}]" if isinstance(part, int) else f".{part}" if out else part
    return out


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
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        message = f"{label}: there is no such file"
        raise ScenarioError(message) from None
    except UnicodeDecodeError as error:
        message = f"{label}: byte {error.start} is not UTF-8"
        raise ScenarioError(message) from None
    except OSError as error:
        message = f"{label}: can't be read ({error.strerror})"
        raise ScenarioError(message) from None
    lines: dict[Path_, int] = {}
    for number, key, _ in _keys(text):
        lines.setdefault(key, number)
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise _not_toml(label, text, str(error)) from None
    except ValueError:
        raise refuse(label, (), "a number has more digits than can be read", None) from None
    except RecursionError:
        raise refuse(label, (), "brackets are nested too deep to be read", None) from None
    return Document(label, path, data, lines)


def _not_toml(label: str, text: str, message: str) -> ScenarioError:
    what, _, place = message.partition(" (at ")
    found = re.match(r"line (\d+)", place)
    number = int(found[1]) if found else len(text.splitlines())
    for line, path, value in _keys(text):
        if line == number and re.fullmatch(r"\d{4}-\d{1,2}-\d{1,2}", value):
            return refuse(label, path, f"{value} is not a date (YYYY-MM-DD)", line)
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

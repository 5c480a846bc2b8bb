"""Reads the JSON files that say what other files hold, strictly and by type: manifests, journals, records of a failure.

What a file says is never trusted: it is a plain file of some megabytes at most, UTF-8, JSON without doubled keys or numbers that
aren't, not nested deeply, and each key has the type that a `Record` declares. Otherwise it is refused in one sentence.
"""

from __future__ import annotations

import json
import os
import re
import stat
from datetime import date
from typing import TYPE_CHECKING, Annotated, Any, NoReturn, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from stepdown.errors import CorruptError, lacking

if TYPE_CHECKING:
    from pathlib import Path

__all__ = [
    "Day",
    "FileName",
    "Record",
    "RecordError",
    "Sha256",
    "Whole",
    "fault",
    "inside",
    "parse",
    "plain_file",
    "read",
    "read_lines",
    "typed",
]

MOST = 1 << 26
"""Largest file that is read as a record [bytes]: a manifest of a hundred years has some 100 kB."""

DEEPEST = 50
"""Deepest nesting of a record."""

SHOWN = 60
"""Characters of a value that a sentence shows."""


class RecordError(ValueError):
    """What is wrong with the content of a record, without the name of its file."""


class Record(BaseModel):
    """A record, or a part of one. Types are strict; a record of a later version may have more keys."""

    model_config = ConfigDict(strict=True, frozen=True, extra="allow", allow_inf_nan=False)


R = TypeVar("R", bound=Record)

_NAME = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]*(/[A-Za-z0-9_-][A-Za-z0-9._-]*)*")


def _file_name(name: str) -> str:
    if len(name) > 200 or _NAME.fullmatch(name) is None:
        message = "allowed: a name inside the folder, of letters, digits and ._-"
        raise ValueError(message)
    return name


def _day(text: str) -> str:
    try:
        found = date.fromisoformat(text) if len(text) == len("YYYY-MM-DD") else None
    except ValueError:
        found = None
    if found is None or not 1900 <= found.year < 2200:
        message = "allowed: a date (YYYY-MM-DD) from 1900 to 2199"
        raise ValueError(message)
    return text


FileName = Annotated[str, AfterValidator(_file_name)]
"""Name of a file inside the folder: relative, with ``/``, no part of which is hidden or leads upwards."""

Day = Annotated[str, AfterValidator(_day)]
"""A date, as YYYY-MM-DD."""

Sha256 = Annotated[str, Field(pattern="^[0-9a-f]{64}$")]
"""A SHA-256 in hexadecimal."""

Whole = Annotated[int, Field(ge=0, lt=1 << 64)]
"""A whole number that fits into 64 bits."""


def plain_file(path: Path, *, most: int = MOST) -> bytes:
    """Read a plain file: neither a folder nor a pipe that never ends, and not larger than `most` [bytes].

    Raises
    ------
    OSError
        It can't be read.
    RecordError
        It is not a plain file, or too large.
    """
    handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    with os.fdopen(handle, "rb") as file:
        facts = os.fstat(handle)
        if not stat.S_ISREG(facts.st_mode):
            message = "it is not a plain file"
            raise RecordError(message)
        if facts.st_size > most:
            message = f"it has {facts.st_size} bytes; allowed: at most {most}"
            raise RecordError(message)
        return file.read()


def inside(folder: Path, name: str) -> Path:
    """Return the path of a file in a folder, if neither its name nor a symbolic link leads out of the folder.

    Raises
    ------
    RecordError
        It would lie elsewhere.
    """
    path = folder / name
    try:
        home, lies = os.path.realpath(folder), os.path.realpath(path)
    except ValueError:
        lies = home = ""
    if not home or os.path.commonpath([home, lies]) != home or lies == home:
        message = "it leads out of the folder; allowed: files inside it"
        raise RecordError(message)
    return path


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        message = f"it says {short(twice)} twice"
        raise RecordError(message)
    return found


def _no_number(text: str) -> NoReturn:
    message = f"{text} is not a number"
    raise RecordError(message)


def _depth(data: str) -> int:
    """Return how deeply brackets are nested outside of strings."""
    deepest = depth = 0
    for mark in re.finditer(r'"(?:[^"\\]|\\.)*+(?:"|\Z)|[\[{]|[\]}]', data, re.DOTALL):
        if mark[0] in "[{":
            depth += 1
            deepest = max(deepest, depth)
        elif mark[0] in "]}":
            depth -= 1
    return deepest


def parse(data: bytes) -> dict[str, Any]:
    """Return the object that the bytes are as JSON.

    Raises
    ------
    RecordError
        They are not, or not strictly.

    Examples
    --------
    >>> parse(b'{"seed": 7}')
    {'seed': 7}
    """
    try:
        text = data.decode("utf-8")
        deep = _depth(text) > DEEPEST
        found = None if deep else json.loads(text, object_pairs_hook=_once, parse_constant=_no_number)
    except RecordError:
        raise
    except (ValueError, RecursionError) as error:
        message = f"it is not JSON ({str(error).splitlines()[0][:200]})"
        raise RecordError(message) from None
    if deep:
        message = f"it is nested more than {DEEPEST} deep"
        raise RecordError(message)
    if not isinstance(found, dict):
        message = f"it is {short(found)}; allowed: an object"
        raise RecordError(message)
    return found


def short(value: object) -> str:
    """Return a value as a sentence shows it: escaped, and cut."""
    text = ascii(value) if not isinstance(value, int) or abs(value) < 1 << 128 else "a number beyond all bounds"
    return text if len(text) <= SHOWN else f"{text[: SHOWN - 3]}..."


def fault(error: ValidationError) -> str:
    """Return the first thing that is wrong, as a sentence: key, found and allowed."""
    first = error.errors(include_url=False)[0]
    key = ".".join(_plain_key(part) for part in first["loc"] if part != "[key]")
    if first["type"] == "missing":
        return f"it does not say {key!r}"
    said = "allowed: an object" if first["type"] == "model_type" else first["msg"].removeprefix("Value error, ")
    said = said[:1].lower() + said[1:]
    return f"{key}: {short(first['input'])}; {said}" if key else f"{short(first['input'])}; {said}"


def _plain_key(part: int | str) -> str:
    return str(part) if isinstance(part, int) or part.isidentifier() else short(part)


def typed(model: type[R], value: object) -> R:
    """Return a value as a record.

    Raises
    ------
    RecordError
        It isn't one.
    """
    try:
        return model.model_validate(value)
    except ValidationError as error:
        raise RecordError(fault(error)) from None


def read(model: type[R], path: Path, *, why: str = "") -> R:
    """Return the record that a file is.

    Raises
    ------
    CorruptError
        It is none, or can't be read; `why` is added to the sentence.
    ResourceError
        The machine lacks what it takes to read it.
    """
    try:
        return typed(model, parse(plain_file(path)))
    except RecordError as error:
        message = f"{path}: {error}{why}"
    except OSError as error:
        if (lack := lacking(error)) is not None:
            raise lack from None
        message = f"{path}: it can't be read ({error.strerror}){why}"
    raise CorruptError(message)


def read_lines(model: type[R], data: bytes, *, what: str) -> list[R]:
    """Return the records that the lines of a file are, one each; a last line that a dying process left half-written doesn't count.

    Raises
    ------
    RecordError
        A line is not `what` it should be; the sentence names it by its number, from 1.
    """
    found = []
    for number, line in enumerate(data.split(b"\n")[:-1], 1):
        try:
            found.append(typed(model, parse(line)))
        except RecordError as error:
            message = f"line {number} is not {what} ({error})"
            raise RecordError(message) from None
    return found

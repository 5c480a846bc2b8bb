"""The columns that estimands work on: words as small integers, dates as days, rows sorted by person and time.

Days are counted from 1 January 1970. People are rows of `stepdown.estimands.history.History.people`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from stepdown.agents.options import Hearing
from stepdown.vocabulary import LEGAL, some

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from stepdown.estimands.survival import Days, Flags

__all__ = [
    "EVENTS",
    "LABELS",
    "NEVER",
    "UNKNOWN",
    "Events",
    "Spells",
    "Stays",
    "code",
    "coded",
    "days",
    "labelled",
    "latest",
    "numbers",
    "upcoming",
    "upcoming_row",
]

LABELS = tuple(dict.fromkeys((*LEGAL, *(answer.label for answer in Hearing))))
"""Words before and after an event that estimands look at: legal statuses, with the same codes, and answers of the tribunal."""

EVENTS = some("event", "status", "hearing", "recall", "charge", "reconviction", "grave offence", "abscond", "suicide")
"""Kinds of event that estimands look at; of the first three, what was before and after as well."""

NEVER = int(np.iinfo(np.int64).max)
"""Day of what doesn't happen in the run."""

UNKNOWN = int(np.iinfo(np.int64).min)
"""A day that isn't known, or doesn't apply."""

_SPAN = 1 << 20
"""More than any day: a person's rank times this, plus a day, sorts by person and day."""


def code(words: Sequence[str], *wanted: str) -> list[int]:
    """Return the codes of some words.

    Examples
    --------
    >>> code(LEGAL, "s2", "s3")
    [1, 2]
    """
    return [words.index(word) for word in wanted]


def coded(column: pa.ChunkedArray, words: Sequence[str]) -> NDArray[np.int8]:
    """Return each row's code; -1 for what is missing or another word."""
    if not pa.types.is_dictionary(column.type):
        column = column.dictionary_encode()
    column = column.unify_dictionaries().combine_chunks()
    parts = column.chunks if isinstance(column, pa.ChunkedArray) else [column]
    known = {word: number for number, word in enumerate(words)}
    out = [np.zeros(0, np.int8)]
    for part in parts:
        lookup = np.array([known.get(word, -1) for word in part.dictionary.to_pylist()] + [-1], np.int8)
        out.append(lookup[pc.fill_null(part.indices, len(lookup) - 1).to_numpy()])
    return np.concatenate(out)


def labelled(column: pa.ChunkedArray) -> NDArray[np.int64]:
    """Return a number for each word, in the order of the words; -1 for what is missing."""
    words = pc.unique(column.cast(pa.string())).drop_null().sort()
    rows = pc.index_in(column.cast(pa.string()), value_set=words, skip_nulls=True)
    return np.asarray(pc.fill_null(rows, -1).to_numpy(), dtype=np.int64)


def days(column: pa.ChunkedArray) -> Days:
    """Return dates as days since 1970; `UNKNOWN` where missing."""
    numbers = column.cast(pa.int32()).cast(pa.int64())
    return np.asarray(pc.fill_null(numbers, int(UNKNOWN)).to_numpy(), dtype=np.int64)


def numbers(column: pa.ChunkedArray) -> NDArray[np.int64]:
    """Return whole numbers; -1 where missing."""
    return np.asarray(pc.fill_null(column.cast(pa.int64()), -1).to_numpy(), dtype=np.int64)


@dataclass(frozen=True, eq=False)
class Spells:
    """Spells in order of person and time, a column each; people are rows of `History.people`."""

    person: NDArray[np.int64]
    place: NDArray[np.int8]
    source: NDArray[np.int8]
    destination: NDArray[np.int8]
    legal: NDArray[np.int8]
    legal_end: NDArray[np.int8]
    start: Days
    end: Days
    secure_start: Days
    provider_start: Days
    follows: Flags
    """Whether the spell before is the same person's and ends on the day on which this one starts."""


@dataclass(frozen=True, eq=False)
class Stays:
    """Spells joined to stays, in order of person and time.

    Attributes
    ----------
    person
        Row of the person.
    first, last
        Rows of the first and the last spell in `Spells`.
    start
        First day, known also for who was there before the run.
    end
        Day after the last; that of the end of the run if it is open.
    ended
        Whether it ended within the run.
    """

    person: NDArray[np.int64]
    first: NDArray[np.int64]
    last: NDArray[np.int64]
    start: Days
    end: Days
    ended: Flags

    def where(self, keep: Flags) -> Stays:
        """Return some of the stays."""
        return Stays(
            self.person[keep], self.first[keep], self.last[keep], self.start[keep], self.end[keep], self.ended[keep]
        )


@dataclass(frozen=True, eq=False)
class Events:
    """Events of one kind, in order of person and day; what was before and after by its code in `LABELS`."""

    person: NDArray[np.int64]
    day: Days
    before: NDArray[np.int8]
    after: NDArray[np.int8]
    revived: Flags
    """Whether it came about as a sentence ended or a case fell: a status that lay under another is in force again."""

    def next(self, person: NDArray[np.int64], day: Days) -> Days:
        """Return the day of each person's first event on or after a day; `NEVER` if there is none."""
        return upcoming(self.person, self.day, person, day)


def upcoming_row(of: NDArray[np.int64], when: Days, person: NDArray[np.int64], day: Days) -> NDArray[np.int64]:
    """Return, for each person, the row of the first of somebody's sorted days on or after a day; -1 if there is none."""
    if not len(of):
        return np.full(len(person), -1)
    at = np.searchsorted(of * _SPAN + when, person * _SPAN + day, side="left")
    near = np.minimum(at, len(of) - 1)
    return np.where((at < len(of)) & (of[near] == person), near, -1)


def upcoming(of: NDArray[np.int64], when: Days, person: NDArray[np.int64], day: Days) -> Days:
    """Return, for each person, the first of somebody's sorted days on or after a day; `NEVER` if there is none."""
    row = upcoming_row(of, when, person, day)
    return np.where(row >= 0, when[row], NEVER) if len(of) else np.full(len(person), NEVER)


def latest(of: NDArray[np.int64], when: Days, person: NDArray[np.int64], day: Days) -> NDArray[np.int64]:
    """Return, for each person, the row of the last of somebody's sorted days on or before a day; -1 if there is none."""
    at = np.searchsorted(of * _SPAN + when, person * _SPAN + day, side="right") - 1
    if not len(of):
        return np.full(len(person), -1)
    return np.where((at >= 0) & (of[np.maximum(at, 0)] == person), at, -1)

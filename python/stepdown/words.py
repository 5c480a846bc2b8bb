"""Words at the border: a name that nobody knows is refused with those that are allowed, the nearest first."""

from __future__ import annotations

from difflib import SequenceMatcher
from typing import TYPE_CHECKING, TypeVar

from stepdown.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["by_nearness", "edits", "known", "meant"]

T = TypeVar("T")

LONGEST = 200
"""Letters of a word that are looked at: no name is longer."""

BEGUN = 4
"""Letters of a name that say which is meant."""


def by_nearness(word: str, allowed: Iterable[object]) -> list[str]:
    """Return words, the nearest to a given one first, those that are as near in their own order.

    Examples
    --------
    >>> by_nearness("occupanci", ["deaths", "occupancy", "recalls"])[0]
    'occupancy'
    """

    def far(other: str) -> float:
        return -SequenceMatcher(None, word.lower(), other.lower()).ratio()

    return sorted(map(str, allowed), key=far)


def edits(one: str, other: str) -> int:
    """Return how many letters have to be added, left out, changed or swapped with the next to make one word of the other.

    Examples
    --------
    >>> edits("dischrage", "discharge"), edits("kitten", "sitting")
    (1, 3)
    """
    older: list[int] = []
    before = list(range(len(other) + 1))
    for row, letter in enumerate(one, 1):
        now = [row]
        for column, its in enumerate(other, 1):
            least = min(before[column - 1] + (letter != its), before[column] + 1, now[column - 1] + 1)
            swapped = row > 1 and column > 1 and letter == other[column - 2] and one[row - 2] == its
            now.append(min(least, older[column - 2] + 1) if swapped else least)
        older, before = before, now
    return before[-1]


def meant(word: str, words: Iterable[object]) -> str | None:
    """Return the word that was probably meant: at most a third of its letters are otherwise, or it is only begun; nothing if none is so near.

    Of names with dots that begin alike, only what is after the last dot counts.

    Examples
    --------
    >>> meant("relapse.rat", ["relapse.rate", "recovery.rate"]), meant("disch", ["discharge"]), meant("nonsense", ["none"])
    ('relapse.rate', 'discharge', None)
    """
    said = word.lower()[:LONGEST]
    best: tuple[int, str] | None = None
    for name in map(str, words):
        head, dot, tail = said.rpartition(".")
        other = name.lower()
        alike = bool(dot) and other.startswith(head + dot) and "." not in other[len(head) + 1 :]
        one, its = (tail, other[len(head) + 1 :]) if alike else (said, other)
        most = max(len(one), 3) // 3
        if (
            abs(len(one) - len(its)) <= most
            and (found := edits(one, its)) <= most
            and (best is None or found < best[0])
        ):
            best = found, name
    if best is not None:
        return best[1]
    return next((name for name in map(str, words) if len(said) >= BEGUN and name.lower().startswith(said)), None)


def known(what: str, given: T, allowed: Iterable[T], where: str = "") -> T:
    """Return a name that is allowed, or refuse it.

    Parameters
    ----------
    what
        What the name is of: ``"area"``, ``"indicator"``.
    given
        The name.
    allowed
        Every name that is known.
    where
        In what it is looked for, for the message: ``" in runs/baseline"``.

    Raises
    ------
    UsageError
        It is none of them; the message lists them, the nearest first.

    Examples
    --------
    >>> known("group", "teir", ["all", "tier"])
    Traceback (most recent call last):
    ...
    stepdown.errors.UsageError: group 'teir' is not known; allowed: tier, all; did you mean tier?
    """
    names = list(allowed)
    if given not in names:
        near = meant(str(given), names)
        hint = f"; did you mean {near}?" if near else ""
        listed = ", ".join(by_nearness(str(given), names))
        raise UsageError(f"{what} {given!r} is not known{where}; allowed: {listed}{hint}")
    return given

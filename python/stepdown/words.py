"""Words at the border: a name that nobody knows is refused with those that are allowed, the nearest first."""

from __future__ import annotations

from difflib import SequenceMatcher, get_close_matches
from typing import TYPE_CHECKING, TypeVar

from stepdown.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["by_nearness", "known", "meant"]

T = TypeVar("T")

LONGEST = 200
"""Letters of a word that are looked at: no name is longer."""

NEAR = 0.75
"""Least likeness of a name to a word that means it, as `difflib` measures it: two letters of four that are swapped."""

NEAR_AFTER_A_DOT = 0.6
"""The same of what is after the last dot, where all before it is right."""

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


def meant(word: str, words: Iterable[object]) -> str | None:
    """Return the word that was probably meant: the nearest, or one that is only begun; nothing if none is near.

    Of names with dots that begin alike, only what is after the last dot counts.

    Examples
    --------
    >>> meant("relapse.rat", ["relapse.rate", "recovery.rate"]), meant("disch", ["discharge"]), meant("nonsense", ["none"])
    ('relapse.rate', 'discharge', None)
    """
    said = word.lower()[:LONGEST]
    head, dot, tail = said.rpartition(".")
    siblings: dict[str, str] = {}
    others: dict[str, str] = {}
    for name in map(str, words):
        group, _, last = name.lower().rpartition(".")
        alike = bool(dot) and group == head
        (siblings if alike else others).setdefault(last if alike else name.lower(), name)
    for part, names, least in ((tail, siblings, NEAR_AFTER_A_DOT), (said, others, NEAR)):
        if near := get_close_matches(part, names, n=1, cutoff=least):
            return names[near[0]]
    begun = [] if len(said) < BEGUN else [*siblings.values(), *others.values()]
    return next((name for name in begun if name.lower().startswith(said)), None)


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

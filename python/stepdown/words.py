"""Words at the border: a name that nobody knows is refused with those that are allowed, the nearest first."""

from __future__ import annotations

from difflib import SequenceMatcher, get_close_matches
from typing import TYPE_CHECKING, TypeVar

from stepdown.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["by_nearness", "known"]

T = TypeVar("T")


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
        near = get_close_matches(str(given), [str(name) for name in names], n=1)
        hint = f"; did you mean {near[0]}?" if near else ""
        listed = ", ".join(by_nearness(str(given), names))
        raise UsageError(f"{what} {given!r} is not known{where}; allowed: {listed}{hint}")
    return given

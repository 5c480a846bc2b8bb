"""The words of the data: places, legal statuses and other vocabularies, as the engine declares them.

The engine is the only place where a word is written. Python reads whole vocabularies and the groups that the law makes of them
here, and names single words through `some`, which refuses one that the engine doesn't have.
"""

from functools import cache

from stepdown import _core


@cache
def words(vocabulary: str) -> tuple[str, ...]:
    """Return the words of a vocabulary, in order of their codes in the engine.

    Parameters
    ----------
    vocabulary
        Its name, such as ``place`` or ``legal status``; `stepdown schema` lists them.

    Raises
    ------
    KeyError
        If the engine has no such vocabulary.

    Examples
    --------
    >>> words("sex")
    ('male', 'female')
    """
    return tuple(word for _, word, _ in _core.codes()[vocabulary])


def some(vocabulary: str, *wanted: str) -> tuple[str, ...]:
    """Return some words of a vocabulary.

    Raises
    ------
    ValueError
        If one of them is not a word of the vocabulary, with those that are.

    Examples
    --------
    >>> some("place", "PICU")
    ('PICU',)
    """
    known = words(vocabulary)
    for word in wanted:
        if word not in known:
            raise ValueError(f"{word!r} is not a {vocabulary}; allowed: {', '.join(known)}")
    return wanted


@cache
def group(vocabulary: str, name: str) -> tuple[str, ...]:
    """Return the words that the law puts into a group, in order of their codes.

    Raises
    ------
    KeyError
        If the engine has no such group.

    Examples
    --------
    >>> group("place", "prison")
    ('prison (remand)', 'prison (sentenced)')
    """
    return tuple(_core.groups()[vocabulary][name])


ORDERS = "commissioners' orders"
"""What commissioners order beside programmes, as the table `programmes` names it."""

SEXES = words("sex")
"""Both sexes."""
ETHNICITIES = words("ethnicity")
"""The ethnic groups of the census."""
AGES = words("age band")
"""Five-year age bands, youngest first."""

PLACES = words("place")
"""Every place where a person can be."""
SECURE = group("place", "secure")
"""The secure tiers, the most secure first."""
TIERS = (*SECURE, *some("place", "PICU"))
"""The tiers whose beds this pathway commissions: secure care and PICU."""
HOSPITAL = group("place", "hospital")
"""Hospital wards of any kind."""
AWOL = some("place", "absent without leave")
"""Absence without leave."""
PRISON = group("place", "prison")
"""Prison, before sentence and after."""
COMMUNITY = group("place", "community")
"""Places in the community."""

LEGAL = words("legal status")
"""Every legal status."""
RESTRICTED = group("legal status", "restricted")
"""Statuses with restrictions: leave, transfer and discharge need the Ministry's consent."""
CONDITIONAL = some("legal status", "conditional discharge", "conditional discharge with deprivation of liberty")
"""Statuses of who was discharged on conditions."""

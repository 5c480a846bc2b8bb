"""Spread between runs: how sure a mean over seeds and draws is, and which of the two makes it unsure."""

from __future__ import annotations

import math

__all__ = ["half_width", "student"]

Z = 1.959963984540054
"""Quantile of the normal distribution at 0.975."""


def student(freedom: int) -> float:
    """Return the quantile of Student's t at 0.975.

    Exact for one and two degrees of freedom, Fisher and Cornish's expansion for more (to 0.1%).

    Examples
    --------
    >>> [round(student(n), 2) for n in (1, 2, 3, 9, 100)]
    [12.71, 4.3, 3.18, 2.26, 1.98]
    """
    if freedom == 1:
        return math.tan(0.475 * math.pi)
    if freedom == 2:
        return 0.95 * math.sqrt(2.0 / (1.0 - 0.95**2))
    z = Z
    terms = (
        (z**3 + z) / 4,
        (5 * z**5 + 16 * z**3 + 3 * z) / 96,
        (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384,
        (79 * z**9 + 776 * z**7 + 1482 * z**5 - 1920 * z**3 - 945 * z) / 92160,
    )
    return z + math.fsum(term * float(freedom) ** -power for power, term in enumerate(terms, 1))


def half_width(deviation: float, runs: int) -> float:
    """Return half the width of the 95% interval of a mean over runs, from their standard deviation.

    Examples
    --------
    >>> round(half_width(1.0, 4), 2)
    1.59
    """
    return student(runs - 1) * deviation / math.sqrt(runs)

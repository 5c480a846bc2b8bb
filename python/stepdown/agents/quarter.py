"""What a commissioner sees of a quarter that has ended."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any


@dataclass(frozen=True, slots=True)
class Money:
    """A payer's money at the close of a quarter, as in the table ``budgets``; in a sample, that of the sample.

    Attributes
    ----------
    budget
        What public funds give it in the year [£].
    spent, forecast
        Spent so far this year, and by its end, if it goes on as it is committed now [£].
    reserve
        Kept of earlier years; below 0 if overspent [£].
    left
        What it may still commit itself to; below 0 if it is committed to more than there is [£/a].
    refused
        People and wards that it refused something in the quarter for want of money [count].
    """

    budget: float
    spent: float
    forecast: float
    reserve: float
    left: float
    refused: int


@dataclass(frozen=True, slots=True)
class Quarter:
    """What a commissioner sees of the quarter that has ended: the close of its last day.

    Attributes
    ----------
    last
        Last day of the quarter.
    rows
        Figures by tier and sex, as in the table ``daily`` of the output.
    money
        Its money; none before the first reported day.
    places
        By area of its own: who waits in prison, and places and teams, open and taken, as in the table ``areas``; none before the first
        reported day.
    terms
        What its contract makes of a bed, by tier [£/d]: ``price``; ``open_bed``, paid full or empty, and released when a ward closes;
        ``occupied_day``, paid besides; ``released`` to it when a patient leaves; ``spot``, the price outside the contract. Besides what
        opening and closing a ward costs for each of its beds [£]: ``open_cost``, ``close_cost``.
    step_down
        By area of its own: patients in medium and low secure care who are ready to leave and for whom nothing is arranged, ``ready``,
        and those of them with ``no_place``, ``no_team`` and ``no_funding`` [persons]; then, under the name of what can be bought, how
        much of it that programmes and orders have bought is free or going to open [count].
    on_offer
        What can be bought: ``price`` of a day [£/d], ``set_up``, once [£], and ``days`` until it is open [d].

    Examples
    --------
    >>> row = {"tier": "low secure", "sex": "male", "occupied": 40, "waiting": 3, "ready": 9, "no_place": 4, "no_team": 0}
    >>> quarter = Quarter(date(2024, 6, 30), (row | {"no_consent": 1, "no_funding": 4, "no_bed": 0, "no_prison": 0},))
    >>> quarter.total("occupied"), quarter.ready["place"], quarter.waits
    (40, 4, {('low secure', 'male'): 3})
    """

    last: date
    rows: tuple[Mapping[str, Any], ...]
    money: Money | None = None
    places: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    terms: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    step_down: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    on_offer: Mapping[str, Mapping[str, float]] = field(default_factory=dict)

    def total(self, figure: str, *, tier: str | None = None, sex: str | None = None) -> int:
        """Return a figure (``beds``, ``occupied``, ``waiting``, ``ready``, ...), over all tiers and sexes or some."""
        return sum(int(row[figure]) for row in self.rows if tier in (None, row["tier"]) and sex in (None, row["sex"]))

    @property
    def ready(self) -> dict[str, int]:
        """Patients ready to leave: ``all``, and by what they lack, of which one may lack several [persons]."""
        lacking = ("place", "team", "consent", "funding", "bed", "prison")
        return {"all": self.total("ready"), **{what: self.total(f"no_{what}") for what in lacking}}

    @property
    def released(self) -> float:
        """What one patient's leaving releases to it, on the mean of those who are ready [£/d]."""
        paid = (row for row in self.rows if row["tier"] in self.terms)
        ready = [(int(row["ready"]), self.terms[row["tier"]]["released"]) for row in paid]
        count = sum(number for number, _ in ready)
        return sum(number * pounds for number, pounds in ready) / count if count else 0.0

    @property
    def waits(self) -> dict[tuple[str, str], int]:
        """People who wait for a bed, by tier and sex [persons]."""
        return {(row["tier"], row["sex"]): int(row["waiting"]) for row in self.rows}

"""Commissioners and aftercare funders: the bodies that pay for beds, supported places and community teams."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from stepdown.agents.choices import Choice, Commissioning, Discharge, Placement
from stepdown.agents.institution import Institution, attribute
from stepdown.errors import UsageError
from stepdown.evidence import institutions
from stepdown.evidence.loader import nearest
from stepdown.vocabulary import words


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
        ``occupied_day``, paid besides; ``released`` to it when a patient leaves; ``spot``, the price outside the contract.

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

    def total(self, figure: str, *, tier: str | None = None, sex: str | None = None) -> int:
        """Return a figure (``beds``, ``occupied``, ``waiting``, ``ready``, ...), over all tiers and sexes or some."""
        return sum(int(row[figure]) for row in self.rows if tier in (None, row["tier"]) and sex in (None, row["sex"]))

    @property
    def ready(self) -> dict[str, int]:
        """Patients ready to leave: ``all``, and by what they lack, of which one may lack several [persons]."""
        lacking = ("place", "team", "consent", "funding", "bed", "prison")
        return {"all": self.total("ready"), **{what: self.total(f"no_{what}") for what in lacking}}

    @property
    def waits(self) -> dict[tuple[str, str], int]:
        """People who wait for a bed, by tier and sex [persons]."""
        return {(row["tier"], row["sex"]): int(row["waiting"]) for row in self.rows}


class Commissioner(Institution):
    """Pays for secure beds under its contract, and places those who have been accepted."""

    kind = "commissioner"
    contract = attribute(
        f"Contract: {', '.join(f'{code} {word}' for code, word in enumerate(words('contract')))}",
        unit="code",
        evidence="institution.commissioner.contract",
    )
    gain_share = attribute(
        "Share of a saving that the commissioner keeps", unit="share", evidence="institution.commissioner.gain_share"
    )
    cquin = attribute(
        "Share of the contract's value that depends on goals", unit="share", evidence="institution.commissioner.cquin"
    )
    clustering = attribute(
        "Reach of a price by need group in the contract",
        unit="share",
        evidence="institution.commissioner.clustering",
    )
    limit = attribute(
        "Days within which a prisoner in need must be in hospital; 0 for none",
        unit="d",
        evidence="institution.commissioner.limit",
    )
    breach_cost = attribute(
        "What a day of a prisoner over the limit costs it, paid to public funds",
        unit="£/d",
        evidence="institution.commissioner.breach_cost",
    )
    spot_budget = attribute(
        "Most of its money that may go to beds outside the contract",
        unit="£/a",
        evidence="institution.commissioner.spot_budget",
    )
    local_first = attribute("Own units are offered first", unit="flag", evidence="institution.commissioner.local_first")
    funding = attribute(
        "What public funds give in a year, over what was spent in the year before the first reported day",
        unit="ratio",
        evidence="institution.commissioner.funding",
    )
    fair_share = attribute(
        "Share of what collaboratives are given that a formula would give it",
        unit="share",
        evidence="institution.commissioner.fair_share",
    )
    placement = Choice(
        Placement,
        asked_of="accepted people and the places free, in order of priority",
        scores="placement",
        phases=("matching",),
        leads_to={
            "warrant": "a prisoner, once both reports are in",
            "review": "everyone else, once admitted",
        },
        then="phase 8, moves, admits",
        engine=(("matching::offers",), ("matching::give_out",)),
        acted_on_by=(
            "commissioner.limit",
            "commissioner.breach_cost",
            "commissioner.spot_budget",
            "commissioner.fair_share",
            "commissioner.funding",
            "commissioner.local_first",
            "aftercare_funder.picu_beds",
            "beds",
        ),
        law="Restricted patients need the Ministry's consent to move down a tier; who waits for it is passed over, and keeps the place in the queue.",
        allowed={
            Placement.WAIT: "always",
            Placement.OWN: "a bed of the tier is free in a unit of one's own",
            Placement.OTHER: "a bed of the tier is free in another commissioner's unit, and there is money for it, or no unit of one's own, a recall, or the limit is past",
            Placement.SPOT: "a bed of the tier is free in another's independent unit, and there is money for it",
        },
    )

    @property
    def units(self) -> list[dict[str, Any]]:
        """Units whose contract the commissioner holds: name, tier, sex, beds, occupied, held."""
        return [unit for unit in self.model.core.units() if unit["commissioner"] == self.name]

    @property
    def beds(self) -> int:
        """Open beds in those units."""
        return sum(int(unit["beds"]) for unit in self.units)

    @property
    def funders(self) -> list["AftercareFunder"]:
        """The aftercare funders of the areas whose medium and low secure care it commissions."""
        places = institutions.load()
        found = self.model.institutions[AftercareFunder.kind]
        mine = {area.name for area in places.areas if places.commissioners[area.collaborative].name == self.name}
        return [funder for funder in found if isinstance(funder, AftercareFunder) and funder.name in mine]

    def change_beds(self, unit: str, change: int) -> None:
        """Order beds of one of the units to be opened (above 0) or closed (below 0).

        Whole wards close after their notice, once their patients have left or been moved; beds that are fewer than a ward are shut as
        they fall empty, and release no fixed cost. Beds that were to close stay open first; others open when they are fitted out and
        staffed. See ``docs/money.md``.

        Raises
        ------
        UsageError
            If the unit isn't the commissioner's, or more beds would close than there are.
        """
        found = {row["name"]: row for row in self.units}
        if unit not in found:
            raise UsageError(
                f"{unit!r} is not a unit of {self.name}{nearest(unit, found)}; allowed: {', '.join(found)}"
            )
        if found[unit]["beds"] + change < 0:
            raise UsageError(f"{unit}: {-change} beds would close; allowed: up to {found[unit]['beds']}")
        self.model.core.change_beds(int(found[unit]["index"]), change)

    def commissioning(self, quarter: Quarter) -> Commissioning:
        """Decide on beds, places, teams and money, four times a year, in ordinary Python.

        The baseline keeps what there is. A subclass reads the quarter's figures, opens or closes beds, sets attributes of
        this or other agents (supported places, capacity of teams, contract), and returns what it did.
        """
        del quarter  # the baseline doesn't look
        return Commissioning.KEEP


class Collaborative(Commissioner):
    """A provider collaborative: holds the budget of medium and low secure care of its areas."""


class NationalCommissioner(Commissioner):
    """NHS England: commissions high secure care."""


class AftercareFunder(Institution):
    """An area's NHS and councils together: pay for acute, rehabilitation and aftercare under section 117."""

    kind = "aftercare_funder"
    supported_places = attribute(
        "Supported places for people of the pathway",
        unit="places",
        evidence="institution.aftercare_funder.supported_places",
    )
    picu_beds = attribute(
        "Intensive care beds for the pathway", unit="beds", evidence="institution.aftercare_funder.picu_beds"
    )
    acute_beds = attribute(
        "Acute beds for the pathway", unit="beds", evidence="institution.aftercare_funder.acute_beds"
    )
    open_rehab_beds = attribute(
        "Open rehabilitation beds for the pathway",
        unit="beds",
        evidence="institution.aftercare_funder.open_rehab_beds",
    )
    locked_rehab_beds = attribute(
        "Locked rehabilitation beds for the pathway",
        unit="beds",
        evidence="institution.aftercare_funder.locked_rehab_beds",
    )
    budget = attribute("Aftercare budget", unit="£/a", evidence="institution.aftercare_funder.budget")
    pooled = attribute(
        "Budgets are pooled with the collaborative's", unit="flag", evidence="institution.aftercare_funder.pooled"
    )
    discharge = Choice(
        Discharge,
        asked_of="people ready to leave, one question each; the area's funder answers for the collaborative, too",
        scores="discharge",
        phases=("matching",),
        begins="a stay on a rehabilitation ward that ends",
        leads_to={
            "consent": "restricted patients",
            "recall": "who has left, at contacts",
        },
        then="phase 8, moves, discharges on the same day whoever needs no consent",
        engine=(("matching::fundable",), ("matching::ask_funders", "matching::arrange")),
        acted_on_by=(
            "aftercare_funder.budget",
            "aftercare_funder.pooled",
            "aftercare_funder.supported_places",
            "aftercare_funder.open_rehab_beds",
            "aftercare_funder.locked_rehab_beds",
            "community_team.forensic_capacity",
            "community_team.mainstream_capacity",
            "community_team.excludes_pd",
            "commissioner.contract",
            "commissioner.gain_share",
            "commissioner.clustering",
            "commissioner.fair_share",
            "commissioner.funding",
        ),
        law=(
            "A supported place or ward must be free, and a team where one is needed; mainstream teams may exclude personality disorder. The "
            "collaborative can pay only for those who leave its secure care, either funder only within its budget."
        ),
        allowed={
            Discharge.NOT_YET: "always",
            Discharge.COLLABORATIVE_HOME_FORENSIC: "from secure care, within the budget or at no more than the bed costs",
            Discharge.COLLABORATIVE_SUPPORTED_FORENSIC: "from secure care, within the budget or at no more than the bed costs",
            Discharge.COLLABORATIVE_SUPPORTED_MAINSTREAM: "from secure care, within the budget or at no more than the bed costs",
            Discharge.AFTERCARE_HOME_FORENSIC: "within the budget",
            Discharge.AFTERCARE_HOME_MAINSTREAM: "within the budget",
            Discharge.AFTERCARE_SUPPORTED_FORENSIC: "within the budget",
            Discharge.AFTERCARE_SUPPORTED_MAINSTREAM: "within the budget",
            Discharge.AFTERCARE_REHABILITATION: "within the budget, from medium or low secure care, not under s37/41 or the CPIA",
        },
    )

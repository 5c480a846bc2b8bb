"""Commissioners and aftercare funders: the bodies that pay for beds, supported places and community teams."""

from collections.abc import Iterator
from typing import Any

from stepdown.agents.choices import Choice, Commissioning, Discharge, Placement
from stepdown.agents.institution import Institution, attribute
from stepdown.agents.quarter import Money, Quarter
from stepdown.errors import UsageError
from stepdown.evidence import institutions
from stepdown.evidence.loader import nearest
from stepdown.vocabulary import words

YEAR = 365.25
"""Days in a year."""


class Commissioner(Institution):
    """Pays for secure beds under its contract, and places those who have been accepted.

    Examples
    --------
    >>> from stepdown import SecureCareModel
    >>> model = SecureCareModel("baseline", seed=7, population=0.0005, years=1)
    >>> commissioner, *_ = model.institutions["commissioner"]
    >>> commissioner.placement.asked_of
    'accepted people and the places free, in order of priority'
    """

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
    open_above = attribute(
        "People waiting for beds of a tier, in wards, from which on it opens a ward",
        unit="wards",
        evidence="institution.commissioner.open_above",
    )
    close_above = attribute(
        "Empty beds of a tier, in wards, from which on it closes a ward where nobody waits",
        unit="wards",
        evidence="institution.commissioner.close_above",
    )
    payback = attribute(
        "Time within which what it spends once must come back",
        unit="d",
        evidence="institution.commissioner.payback",
    )
    held_up = attribute(
        "Patients who could leave and lack a place or a team, over all in its beds, from which on it buys some",
        unit="share",
        evidence="institution.commissioner.held_up",
    )
    kept_back = attribute(
        "Part of its budget that it doesn't commit, for what may come",
        unit="share",
        evidence="institution.commissioner.kept_back",
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
            "lever.transfer_priority",
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

    @property
    def left(self) -> float:
        """What it may still commit itself to, below 0 if it is committed to more than there is [£/a]: after what it has ordered today."""
        return self.model.core.left_over(self.index)

    def change_beds(self, unit: str, change: int, why: str = "unsaid") -> int:
        """Order beds of one of the units to be opened (above 0) or closed (below 0); return how many it comes to.

        Whole wards close after their notice, once their patients have left or been moved; beds that are fewer than a ward are shut as
        they fall empty, and release no fixed cost. Beds that were to close stay open first; others open when they are fitted out and
        staffed, if there is money for them. See ``docs/money.md``.

        Parameters
        ----------
        unit
            Name of the unit.
        change
            Beds [count].
        why
            A reason of the table ``orders``, where the order is logged.

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
        return self.model.core.change_beds(int(found[unit]["index"]), change, why)

    def buy(self, what: str, area: str, number: int, why: str = "unsaid") -> int:
        """Order places in one of its areas, or room in a team there (above 0), or give some up (below 0); return how many it comes to.

        The commissioner pays for setting them up, and from their opening on for the days on which they are taken; what it buys is
        there for everybody of the area. All are ordered, or none if there is no money for them, which is logged as a refusal. What is
        given up is no longer paid for: who lives there stays, and the area's aftercare funder pays.

        Parameters
        ----------
        what
            ``supported places``, ``forensic teams``, ``mainstream teams`` (people whom they follow up) or ``rehabilitation beds``.
        area
            Name of the area.
        number
            How many [count].
        why
            A reason of the table ``orders``, where the order is logged.
        """
        return self.model.core.order_places(self.index, what, area, number, why)

    def move_to_spot(self, tier: str, beds: int, why: str = "unsaid") -> None:
        """Add to the money for beds outside the contract (`spot_budget`) what so many beds of a tier cost in a year, or take it back."""
        self.model.core.order_spot(self.index, tier, beds, why)

    def commissioning(self, quarter: Quarter) -> Commissioning:
        """Decide on wards, places, teams and money, four times a year, in ordinary Python; say what was done.

        The baseline's rule. Its thresholds are the commissioner's attributes; what it does, and why it does nothing, is in the table
        ``orders``.

        1. Close a ward of a tier and sex where nobody waits and enough beds are empty (``close_above``), if what the contract pays
           for open beds brings back the cost of closing within ``payback``.
        2. Where enough of its patients could leave and lack a place or a team (``held_up``), buy them: as many as are lacking, if what
           one patient's leaving releases to it pays for one; else as many as money that is left over pays for.
        3. Open a ward where more wait than its wards that are to open will take (``open_above``), with money that is left over; where
           there isn't so much, buy one more bed outside the contract.

        Money is left over beyond a part of the budget (``kept_back``). What a contract releases decides: under block nothing but a
        closed ward does, under payment by results whoever leaves.
        """
        if quarter.money is None:
            return Commissioning.KEEP
        done: list[Commissioning] = []
        wanted = False
        for step in (self._close_wards, self._buy_step_down, self._open_wards):
            for answer in step(quarter, quarter.money):
                wanted |= answer is Commissioning.KEEP
                done += [answer] if answer is not Commissioning.KEEP else []
        if not done:
            poor = "overspent" if self.left < 0 else "no money"
            self.model.core.order_nothing(self.index, poor if wanted else "no need")
        return done[0] if done else Commissioning.KEEP

    def _spare(self, money: Money) -> float:
        """Money beyond what it keeps back [£/a]."""
        return self.left - self.kept_back * money.budget

    def _close_wards(self, quarter: Quarter, _: Money) -> Iterator[Commissioning]:
        """Close a ward of each tier and sex that has too many empty beds; say what was done, or `KEEP` where it doesn't pay."""
        for (tier, sex), waiting in quarter.waits.items():
            units = self._own(tier, sex)
            if waiting or not units:
                continue
            empty = {u["name"]: u["beds"] - u["closing"] - u["occupied"] - u["held"] for u in units}
            most = max(units, key=lambda unit: empty[unit["name"]])
            terms, ward = quarter.terms[tier], most["ward"]
            large = most["beds"] - most["closing"] > ward
            if large and sum(empty.values()) >= self.close_above * ward:
                pays = terms["open_bed"] * self.payback >= terms["close_cost"]
                closed = self.change_beds(most["name"], -ward, "empty beds") if pays else 0
                yield Commissioning.CLOSE_BEDS if closed else Commissioning.KEEP

    def _buy_step_down(self, quarter: Quarter, money: Money) -> Iterator[Commissioning]:
        """Buy places and teams that patients lack who could leave; say what was done, or `KEEP` where there is no money."""
        for what, lacking, answer in (
            ("supported places", "place", Commissioning.BUY_PLACES),
            ("forensic teams", "team", Commissioning.BUY_TEAM),
        ):
            if quarter.ready[lacking] <= self.held_up * quarter.total("occupied") or what not in quarter.on_offer:
                continue
            price, set_up = (quarter.on_offer[what][key] for key in ("price", "set_up"))
            saves = quarter.released >= price + set_up / self.payback
            for area, here in quarter.step_down.items():
                short = here[f"no_{lacking}"] - here[what]
                if short <= 0:
                    continue
                paid = short if saves else min(short, int(self._spare(money) / (price * YEAR + set_up)))
                bought = self.buy(what, area, paid, "pays for itself" if saves else "left over") if paid > 0 else 0
                yield answer if bought else Commissioning.KEEP

    def _open_wards(self, quarter: Quarter, money: Money) -> Iterator[Commissioning]:
        """Open a ward, or buy a bed outside the contract, where too many wait; say what was done, or `KEEP` where there is no money."""
        for (tier, sex), waiting in quarter.waits.items():
            units = self._own(tier, sex)
            if not units:
                continue
            terms = quarter.terms[tier]
            fullest = max(units, key=lambda unit: unit["occupied"] / max(unit["beds"], 1))
            ward = fullest["ward"]
            if waiting - sum(unit["opening"] for unit in units) <= self.open_above * ward:
                continue
            spare = self._spare(money)
            if spare >= ward * max(terms["open_bed"] * YEAR, terms["open_cost"]):
                opened = self.change_beds(fullest["name"], ward, "queue")
                yield Commissioning.OPEN_BEDS if opened else Commissioning.KEEP
            elif spare < terms["spot"] * YEAR or self.spot_budget <= 0:
                yield Commissioning.KEEP
            elif self.model.core.spot_left(self.index, tier) < 0:
                self.move_to_spot(tier, 1, "queue")
                yield Commissioning.BUY_BEDS

    def _own(self, tier: str, sex: str) -> list[dict[str, Any]]:
        """Its units of a tier and sex."""
        return [unit for unit in self.units if (unit["tier"], unit["sex"]) == (tier, sex)]


class Collaborative(Commissioner):
    """A provider collaborative: holds the budget of medium and low secure care of its areas.

    Examples
    --------
    >>> from stepdown import SecureCareModel
    >>> model = SecureCareModel("baseline", seed=7, population=0.0005, years=1)
    >>> sum(type(agent) is Collaborative for agent in model.institutions["commissioner"])
    15
    """


class NationalCommissioner(Commissioner):
    """NHS England: commissions high secure care.

    Examples
    --------
    >>> from stepdown import SecureCareModel
    >>> model = SecureCareModel("baseline", seed=7, population=0.0005, years=1)
    >>> [agent.name for agent in model.institutions["commissioner"] if type(agent) is NationalCommissioner]
    ['NHS England']
    """


class AftercareFunder(Institution):
    """An area's NHS and councils together: pay for acute, rehabilitation and aftercare under section 117.

    Examples
    --------
    >>> from stepdown import SecureCareModel
    >>> model = SecureCareModel("baseline", seed=7, population=0.0005, years=1)
    >>> aftercare_funder, *_ = model.institutions["aftercare_funder"]
    >>> aftercare_funder.open_rehab_beds
    9.0
    """

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

"""The options of every decision, as the engine declares them.

This file is written by ``make generate`` from ``rust/core/src/codes/decision.rs``, and a test holds it to the engine: change the
declaration there, not here.
"""

from enum import IntEnum
from typing import Self


class Options(IntEnum):
    """The options of a decision: a code, which is permanent, and the label that the data carries. 0 is the default."""

    label: str

    def __new__(cls, code: int, label: str) -> Self:
        """Make a member of a code and a label."""
        option = int.__new__(cls, code)
        option._value_ = code
        option.label = label
        return option


class Disposal(Options):
    """Criminal court: what becomes of a defendant with a disorder."""

    COMMUNITY = 0, "community"
    """Convicted without an order: freed from remand and no longer waiting for a bed; a patient held for the court stays under s3 if still ill and is discharged if not, and any other detained patient stays as before. After a finding of unfitness or insanity, a supervision order and no conviction."""
    TREATMENT = 1, "community with treatment"
    """As community, and at home under a mental health treatment requirement, unless a conditional discharge or a CTO goes on."""
    CUSTODY = 2, "custody"
    """A prison sentence from today: taken to prison from home, bail, s35, s36 or s38; under s48/49 the patient stays in hospital, now under s47/49. A wait for a bed that began in prison goes on, one for the court's order ends."""
    S35 = 3, "s35"
    """Remanded to hospital for a report, in the first bed that is free; without one within the court's limit the case is adjourned. The charge stays open, and the court sits again when the remand ends."""
    S36 = 4, "s36"
    """As s35, for treatment."""
    S38 = 5, "s38"
    """Convicted, under an interim hospital order, in the bed where the patient is or the first that is free within the court's limit; the charge stays open, and the court sits again when the order ends."""
    S37 = 6, "s37"
    """Convicted, under a hospital order: at once in the bed where the patient is, else in the first that is free; without one within the court's limit the charge is open again and the case is adjourned."""
    S37S41 = 7, "s37/41"
    """As s37, under restrictions: leave, moves and discharge need the Ministry's consent. After a finding of unfitness or insanity it is the CPIA's order, and no conviction."""
    S37_41 = 7, "s37/41"
    """The former name of `S37S41`."""
    S45A = 8, "s45A"
    """As s37, under restrictions and with a prison sentence: until its end the patient may be remitted to prison, from then on the patient is detained under notional s37."""


class Referral(Options):
    """In-reach, court liaison or acute ward: refer to a tier, or hold."""

    HOLD = 0, "hold"
    """Not referred: asked again after a while. For a patient of an acute ward, nothing more is asked for in this stay."""
    HIGH = 1, "refer to high"
    """Referred to high secure care: the statutory clock starts, and its commissioner's assessment team is asked."""
    MEDIUM = 2, "refer to medium"
    """Referred to medium secure care: the statutory clock starts, and its commissioner's assessment team is asked."""
    LOW = 3, "refer to low"
    """Referred to low secure care: the statutory clock starts, and its commissioner's assessment team is asked."""
    PICU = 4, "refer to PICU"
    """Referred to a psychiatric intensive care unit: the statutory clock starts, and the commissioner's assessment team is asked."""


class Assessment(Options):
    """Receiving unit: accept at a tier, refuse, or ask for another assessment."""

    REFUSE = 0, "refuse"
    """Not accepted, and the refusal is counted: referred anew after a while, and given up after too many refusals. A step down is assessed again after a while, a step up is given up at once."""
    HIGH = 1, "accept at high"
    """Accepted for high secure care: joins the queue for a bed, and for a prisoner two medical reports are asked for; a defendant whose bed needs an order joins the queue when the court makes it."""
    MEDIUM = 2, "accept at medium"
    """As accept at high, for medium secure care."""
    LOW = 3, "accept at low"
    """As accept at high, for low secure care."""
    PICU = 4, "accept at PICU"
    """As accept at high, for a psychiatric intensive care unit, whose beds are given out without a placement decision."""
    ANOTHER = 5, "another assessment"
    """Assessed once more by the same team when its capacity allows, at the cost of another assessment."""


class Warrant(Options):
    """Ministry of Justice: grant, query or refuse a transfer or remission."""

    QUERY = 0, "query"
    """The Ministry asks back and decides again after a while; until then the bed stays held, or the remission asked for."""
    GRANT = 1, "grant"
    """A prisoner's warrant is issued and the admission to the held bed is planned; if the warrant lapses first, it is asked for anew. A patient's day of return to prison or to court is planned."""
    REFUSE = 2, "refuse"
    """A prisoner's wait ends: the held bed is given back and the referral dropped, until the illness is noticed anew. A patient is no longer ready to return, and goes back to the leave that was held."""


class Placement(Options):
    """Commissioner: which of the free beds, or wait."""

    WAIT = 0, "wait"
    """Takes none of the free beds: stays in the queue, and is looked at again tomorrow."""
    OWN = 1, "own unit"
    """A bed of one's own commissioner is held: the admission is planned, but for a prisoner both reports and the Ministry's warrant come first."""
    OTHER = 2, "other area"
    """As own unit, in a bed of another commissioner, at the full price of its tier; it counts as out of area."""
    SPOT = 3, "spot purchase"
    """As own unit, in another commissioner's independent unit, at the price of a spot purchase and from the money for these; it counts as out of area."""


class Review(Options):
    """Responsible clinician: stay, leave, step up, step down, ready, remit."""

    STAY = 0, "stay"
    """Nothing changes; a patient who is ready loses hope."""
    MORE_LEAVE = 1, "more leave"
    """The next grade of leave, and more hope; for a restricted patient the Ministry is asked for consent to it first."""
    LESS_LEAVE = 2, "less leave"
    """A grade of leave is taken away. Who is ready is so no longer, but keeps the leave: the place and team that are arranged, or the bed that is held, are given back."""
    STEP_UP = 3, "step up"
    """The tier above is asked for an assessment, and for a restricted patient the Ministry for consent to the move; until that is settled, reviews change nothing."""
    STEP_DOWN = 4, "step down"
    """Ready, and lacks the next bed: the tier below is asked for an assessment, and for a restricted patient the Ministry for consent to the move."""
    READY = 5, "ready"
    """Ready to leave for the community or rehabilitation, and lacks a place, a team and funding, and under restrictions consent; funders are asked from the next day on."""
    REMIT = 6, "remit"
    """Ready to go back to prison, or to court where there is no sentence: the Ministry is asked for a warrant of remission."""


class Consent(Options):
    """Ministry of Justice: leave, transfer, discharge, absolute discharge."""

    REFUSE = 0, "refuse"
    """No longer ready for a discharge or a step down: place, team or bed are given back, and the leave that was held goes on. Any other move is given up. Leave, and conditions in the community, stay as they are."""
    GRANT = 1, "grant"
    """Leave: the next grade of it, and more hope. Transfer: a bed may be held. Discharge: leaves on the same day if place and team are arranged. Absolute discharge: the conditions end."""


class Hearing(Options):
    """First-tier Tribunal: discharge or not."""

    NO_DISCHARGE = 0, "no discharge"
    """Nothing changes: the patient stays detained, or on conditions, until the next application or reference is heard."""
    CONDITIONAL = 1, "conditional discharge"
    """Discharged on conditions at once: to what is arranged, else home, with a mainstream team if one has room. The conditions may deprive of liberty where that is lawful."""
    DEFERRED = 2, "deferred conditional discharge"
    """Ready, and no consent of the Ministry is needed: discharged on conditions once funders have arranged place and team, and heard again if that takes long."""
    ABSOLUTE = 3, "absolute discharge"
    """Discharged at once and without an order, to what is arranged or else home; for a patient on conditional discharge, the conditions end."""
    DISCHARGE = 4, "discharge"
    """Discharged at once and without an order, to what is arranged, else home, with a mainstream team if one has room."""
    NOT_ENTITLED = 5, "notify: not entitled"
    """Tells the Ministry that a transferred prisoner would not be discharged; nothing follows from it."""
    ENTITLED = 6, "notify: entitled"
    """Tells the Ministry that a transferred prisoner would be discharged: who can be remitted becomes ready, and the Ministry, asked for the warrant of remission, can't refuse it."""


class Discharge(Options):
    """Funders: who pays for which place and team, or not yet."""

    NOT_YET = 0, "not yet"
    """Nobody pays yet: what is missing is noted, and funders are asked again after a while."""
    COLLABORATIVE_HOME_FORENSIC = 1, "collaborative: home, forensic team"
    """Leaves for home with a forensic team, paid by the collaborative: today, or, under restrictions, with the team's room kept until the Ministry consents."""
    COLLABORATIVE_SUPPORTED_FORENSIC = 2, "collaborative: supported, forensic team"
    """As collaborative: home, forensic team, but to a supported place."""
    COLLABORATIVE_SUPPORTED_MAINSTREAM = 3, "collaborative: supported, mainstream team"
    """As collaborative: home, forensic team, but to a supported place and with a mainstream team."""
    AFTERCARE_HOME_FORENSIC = 4, "aftercare: home, forensic team"
    """Leaves for home with a forensic team, paid by the aftercare funder: today, or, under restrictions, with the team's room kept until the Ministry consents."""
    AFTERCARE_HOME_MAINSTREAM = 5, "aftercare: home, mainstream team"
    """As aftercare: home, forensic team, but with a mainstream team."""
    AFTERCARE_SUPPORTED_FORENSIC = 6, "aftercare: supported, forensic team"
    """As aftercare: home, forensic team, but to a supported place."""
    AFTERCARE_SUPPORTED_MAINSTREAM = 7, "aftercare: supported, mainstream team"
    """As aftercare: home, forensic team, but to a supported place and with a mainstream team."""
    AFTERCARE_REHABILITATION = 8, "aftercare: rehabilitation ward"
    """Leaves today for an open or, for some, a locked rehabilitation ward, without a community team and under the same order; paid by the aftercare funder."""


class Recall(Options):
    """Community team: watch, ask for recall, recall, admit."""

    WATCH = 0, "watch"
    """Nothing but the next contact."""
    ASK = 1, "ask for recall"
    """Recalled, as the Ministry is taken to agree: joins the queue for a medium or low secure bed without an assessment, stays in the community until one is free, and is then detained under the order from before."""
    CTO = 2, "recall under CTO"
    """Recalled and the order revoked at once: detained again under the order from before, and admitted to an acute ward; who was in secure care, and isn't old, may be referred there from it."""
    VOLUNTARY = 3, "voluntary admission"
    """Admitted to an acute ward, under s2 unless a conditional discharge, a CTO or a licence goes on; who was in secure care, and isn't old, may be referred there from it."""


class Engagement(Options):
    """Patient: engage, withhold, be anxious about discharge, take up employment support."""

    ENGAGE = 0, "engage"
    """At a review, engagement rises a step; at a contact in the community, employment support is not taken up."""
    WITHHOLD = 1, "withhold"
    """At a review, engagement falls a step; at a contact in the community, employment support is not taken up."""
    ANXIOUS = 2, "anxious about discharge"
    """At a review, engagement and hope fall a step."""
    WORK = 3, "take up employment support"
    """At a contact in the community, employment support begins: the aftercare funder pays for it, and work becomes likelier."""
    EMPLOYMENT = 3, "take up employment support"
    """The former name of `WORK`."""


class Commissioning(Options):
    """Commissioner, quarterly: open, close, buy, move money."""

    KEEP = 0, "keep"
    """Says that nothing was changed. An answer is a word only, and changes nothing by itself."""
    OPEN_BEDS = 1, "open beds"
    """Says that beds were opened, which the method itself does with `change_beds`."""
    CLOSE_BEDS = 2, "close beds"
    """Says that beds were closed, which the method itself does with `change_beds`; wards close after their notice."""
    BUY_PLACES = 3, "buy places"
    """Says that supported places were bought, which the method itself does with `buy`."""
    BUY_TEAM = 4, "buy team"
    """Says that room in teams was bought, which the method itself does with `buy`."""
    BUY_BEDS = 5, "buy beds outside"
    """Says that money was moved to beds outside the contract, which the method itself does with `move_to_spot`."""


class Coding(Options):
    """Responsible clinician: which need group a patient is coded as, where a price depends on it."""

    STANDARD = 0, "code standard"
    """Coded as of the standard group: an occupied day is paid its price."""
    COMPLEX = 1, "code complex"
    """Coded as of the complex group: an occupied day is paid more."""

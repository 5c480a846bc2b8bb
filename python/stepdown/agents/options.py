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
    """A sentence in the community, or none."""
    TREATMENT = 1, "community with treatment"
    """A community order with a mental health treatment requirement."""
    CUSTODY = 2, "custody"
    """A prison sentence."""
    S35 = 3, "s35"
    """Remand to hospital for a report."""
    S36 = 4, "s36"
    """Remand to hospital for treatment (Crown Court)."""
    S38 = 5, "s38"
    """Interim hospital order."""
    S37 = 6, "s37"
    """Hospital order."""
    S37S41 = 7, "s37/41"
    """Hospital order with restriction (Crown Court)."""
    S37_41 = 7, "s37/41"
    """The former name of `S37S41`."""
    S45A = 8, "s45A"
    """Hospital direction with a prison sentence (Crown Court)."""


class Referral(Options):
    """In-reach, court liaison or acute ward: refer to a tier, or hold."""

    HOLD = 0, "hold"
    """Nothing yet; looked at again."""
    HIGH = 1, "refer to high"
    """Refer to high secure care."""
    MEDIUM = 2, "refer to medium"
    """Refer to medium secure care."""
    LOW = 3, "refer to low"
    """Refer to low secure care."""
    PICU = 4, "refer to PICU"
    """Refer to a psychiatric intensive care unit."""


class Assessment(Options):
    """Receiving unit: accept at a tier, refuse, or ask for another assessment."""

    REFUSE = 0, "refuse"
    """Not accepted."""
    HIGH = 1, "accept at high"
    """Accepted for high secure care."""
    MEDIUM = 2, "accept at medium"
    """Accepted for medium secure care."""
    LOW = 3, "accept at low"
    """Accepted for low secure care."""
    PICU = 4, "accept at PICU"
    """Accepted for a psychiatric intensive care unit."""
    ANOTHER = 5, "another assessment"
    """Assessed once more."""


class Warrant(Options):
    """Ministry of Justice: grant, query or refuse a transfer or remission."""

    QUERY = 0, "query"
    """The Ministry asks back, and answers later."""
    GRANT = 1, "grant"
    """The warrant is issued."""
    REFUSE = 2, "refuse"
    """The warrant is refused."""


class Placement(Options):
    """Commissioner: which of the free beds, or wait."""

    WAIT = 0, "wait"
    """None of them: waits on."""
    OWN = 1, "own unit"
    """A bed of one's own collaborative."""
    OTHER = 2, "other area"
    """A bed of another collaborative."""
    SPOT = 3, "spot purchase"
    """A bed bought outside the contract."""


class Review(Options):
    """Responsible clinician: stay, leave, step up, step down, ready, remit."""

    STAY = 0, "stay"
    """Nothing changes."""
    MORE_LEAVE = 1, "more leave"
    """The next grade of leave."""
    LESS_LEAVE = 2, "less leave"
    """A grade of leave is taken away; who is ready is so no longer."""
    STEP_UP = 3, "step up"
    """Referred to the tier above."""
    STEP_DOWN = 4, "step down"
    """Referred to the tier below."""
    READY = 5, "ready"
    """Ready to leave for the community or rehabilitation."""
    REMIT = 6, "remit"
    """To go back to prison or court."""


class Consent(Options):
    """Ministry of Justice: leave, transfer, discharge, absolute discharge."""

    REFUSE = 0, "refuse"
    """The Ministry refuses."""
    GRANT = 1, "grant"
    """The Ministry agrees."""


class Hearing(Options):
    """First-tier Tribunal: discharge or not."""

    NO_DISCHARGE = 0, "no discharge"
    """The patient stays detained, or on conditions."""
    CONDITIONAL = 1, "conditional discharge"
    """Discharged on conditions, at once."""
    DEFERRED = 2, "deferred conditional discharge"
    """Discharged on conditions once place and team are there."""
    ABSOLUTE = 3, "absolute discharge"
    """Discharged absolutely."""
    DISCHARGE = 4, "discharge"
    """Discharged from detention."""
    NOT_ENTITLED = 5, "notify: not entitled"
    """Tells the Ministry that a transferred prisoner would not be discharged."""
    ENTITLED = 6, "notify: entitled"
    """Tells the Ministry that a transferred prisoner would be discharged."""


class Discharge(Options):
    """Funders: who pays for which place and team, or not yet."""

    NOT_YET = 0, "not yet"
    """Nobody pays yet."""
    COLLABORATIVE_HOME_FORENSIC = 1, "collaborative: home, forensic team"
    """The collaborative pays a forensic team; home."""
    COLLABORATIVE_SUPPORTED_FORENSIC = 2, "collaborative: supported, forensic team"
    """The collaborative pays a supported place and a forensic team."""
    COLLABORATIVE_SUPPORTED_MAINSTREAM = 3, "collaborative: supported, mainstream team"
    """The collaborative pays a supported place and a mainstream team."""
    AFTERCARE_HOME_FORENSIC = 4, "aftercare: home, forensic team"
    """The aftercare funder pays a forensic team; home."""
    AFTERCARE_HOME_MAINSTREAM = 5, "aftercare: home, mainstream team"
    """The aftercare funder pays a mainstream team; home."""
    AFTERCARE_SUPPORTED_FORENSIC = 6, "aftercare: supported, forensic team"
    """The aftercare funder pays a supported place and a forensic team."""
    AFTERCARE_SUPPORTED_MAINSTREAM = 7, "aftercare: supported, mainstream team"
    """The aftercare funder pays a supported place and a mainstream team."""
    AFTERCARE_REHABILITATION = 8, "aftercare: rehabilitation ward"
    """The aftercare funder pays a rehabilitation ward."""


class Recall(Options):
    """Community team: watch, ask for recall, recall, admit."""

    WATCH = 0, "watch"
    """Seen again; nothing else."""
    ASK = 1, "ask for recall"
    """The Ministry is asked to recall a conditionally discharged patient."""
    CTO = 2, "recall under CTO"
    """Recalled under the community treatment order."""
    VOLUNTARY = 3, "voluntary admission"
    """Admitted to an acute ward, informally or under s2."""


class Engagement(Options):
    """Patient: engage, withhold, be anxious about discharge, take up employment support."""

    ENGAGE = 0, "engage"
    """Takes part in treatment."""
    WITHHOLD = 1, "withhold"
    """Withdraws from treatment."""
    ANXIOUS = 2, "anxious about discharge"
    """Withdraws, for fear of leaving."""
    WORK = 3, "take up employment support"
    """Takes up employment support."""
    EMPLOYMENT = 3, "take up employment support"
    """The former name of `WORK`."""


class Commissioning(Options):
    """Commissioner, quarterly: open, close, buy, move money."""

    KEEP = 0, "keep"
    """Nothing changes."""
    OPEN_BEDS = 1, "open beds"
    """Opens beds."""
    CLOSE_BEDS = 2, "close beds"
    """Closes beds as they fall empty."""
    BUY_PLACES = 3, "buy places"
    """Buys supported places."""
    BUY_TEAM = 4, "buy team"
    """Buys capacity of a team."""

"""Choices: the declarations by which agents say what they decide, and the options of every decision.

An agent declares each of its decisions once, as a class attribute of type `Choice`, which names the options and the file of
scores. The engine evaluates the scores; `stepdown.decisions.language` reads and checks them.

Examples
--------
>>> from stepdown.agents import ResponsibleClinician
>>> ResponsibleClinician.review.options is Review
True
>>> Review.STEP_DOWN.label
'step down'
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
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
    """What becomes of a defendant with a disorder."""

    COMMUNITY = 0, "community"
    TREATMENT = 1, "community with treatment"
    CUSTODY = 2, "custody"
    S35 = 3, "s35"
    S36 = 4, "s36"
    S38 = 5, "s38"
    S37 = 6, "s37"
    S37_41 = 7, "s37/41"
    S45A = 8, "s45A"


class Referral(Options):
    """Where an identified person is referred to."""

    HOLD = 0, "hold"
    HIGH = 1, "refer to high"
    MEDIUM = 2, "refer to medium"
    LOW = 3, "refer to low"
    PICU = 4, "refer to PICU"


class Assessment(Options):
    """What the receiving unit answers to a referral."""

    REFUSE = 0, "refuse"
    HIGH = 1, "accept at high"
    MEDIUM = 2, "accept at medium"
    LOW = 3, "accept at low"
    PICU = 4, "accept at PICU"
    ANOTHER = 5, "another assessment"


class Warrant(Options):
    """What the Ministry answers to a request for a warrant."""

    QUERY = 0, "query"
    GRANT = 1, "grant"
    REFUSE = 2, "refuse"


class Placement(Options):
    """Where an accepted person goes."""

    WAIT = 0, "wait"
    OWN = 1, "own unit"
    OTHER = 2, "other area"
    SPOT = 3, "spot purchase"


class Review(Options):
    """What comes out of a review."""

    STAY = 0, "stay"
    MORE_LEAVE = 1, "more leave"
    LESS_LEAVE = 2, "less leave"
    STEP_UP = 3, "step up"
    STEP_DOWN = 4, "step down"
    READY = 5, "ready"
    REMIT = 6, "remit"


class Consent(Options):
    """What the Ministry answers about a restricted patient."""

    REFUSE = 0, "refuse"
    GRANT = 1, "grant"


class Hearing(Options):
    """What the tribunal decides."""

    NO_DISCHARGE = 0, "no discharge"
    CONDITIONAL = 1, "conditional discharge"
    DEFERRED = 2, "deferred conditional discharge"
    ABSOLUTE = 3, "absolute discharge"
    DISCHARGE = 4, "discharge"
    NOT_ENTITLED = 5, "notify: not entitled"
    ENTITLED = 6, "notify: entitled"


class Discharge(Options):
    """Which funder pays for which place and which team."""

    NOT_YET = 0, "not yet"
    COLLABORATIVE_HOME_FORENSIC = 1, "collaborative: home, forensic team"
    COLLABORATIVE_SUPPORTED_FORENSIC = 2, "collaborative: supported, forensic team"
    COLLABORATIVE_SUPPORTED_MAINSTREAM = 3, "collaborative: supported, mainstream team"
    AFTERCARE_HOME_FORENSIC = 4, "aftercare: home, forensic team"
    AFTERCARE_HOME_MAINSTREAM = 5, "aftercare: home, mainstream team"
    AFTERCARE_SUPPORTED_FORENSIC = 6, "aftercare: supported, forensic team"
    AFTERCARE_SUPPORTED_MAINSTREAM = 7, "aftercare: supported, mainstream team"
    AFTERCARE_REHABILITATION = 8, "aftercare: rehabilitation ward"


class Recall(Options):
    """What a community team does about a person at rising risk."""

    WATCH = 0, "watch"
    ASK = 1, "ask for recall"
    CTO = 2, "recall under CTO"
    VOLUNTARY = 3, "voluntary admission"


class Engagement(Options):
    """How a patient meets what is offered."""

    ENGAGE = 0, "engage"
    WITHHOLD = 1, "withhold"
    ANXIOUS = 2, "anxious about discharge"
    EMPLOYMENT = 3, "take up employment support"


class Commissioning(Options):
    """What a commissioner does with its quarter's figures."""

    KEEP = 0, "keep"
    OPEN_BEDS = 1, "open beds"
    CLOSE_BEDS = 2, "close beds"
    BUY_PLACES = 3, "buy places"
    BUY_TEAM = 4, "buy team"


@dataclass(frozen=True, slots=True)
class Choice:
    """A decision, declared as a class attribute of the agent that makes it.

    Parameters
    ----------
    options
        What can be answered; the option with code 0 is the default.
    asked_of
        Who is asked about, and when.
    scores
        Name of the decision, and of its file in ``evidence/choices``.
    """

    options: type[Options]
    asked_of: str
    scores: str
    coefficients: Mapping[str, float] = field(default_factory=dict)
    terms: tuple[tuple[Options, str, float], ...] = ()
    without: frozenset[Options] = frozenset()

    def but(
        self,
        *,
        coefficients: Mapping[str, float] | None = None,
        terms: Iterable[tuple[Options, str, float]] = (),
        without: Iterable[Options] = (),
    ) -> "Choice":
        """Return another choice for a subclass: executed by the engine, as fast as the declared one.

        Parameters
        ----------
        coefficients
            Parameters replaced, by id.
        terms
            Terms added: option, term in the language of choices, and its coefficient [logit per unit of the term]; to one
            that is there already, the coefficient is added.
        without
            Options left out; the default stays. Where the law allows none of those that are left, all are asked.

        Examples
        --------
        >>> from stepdown.agents import ResponsibleClinician
        >>> class Brisk(ResponsibleClinician):
        ...     review = ResponsibleClinician.review.but(
        ...         terms=[(Review.READY, "1", 0.5)], without=[Review.REMIT]
        ...     )
        """
        return replace(
            self,
            coefficients={**self.coefficients, **(coefficients or {})},
            terms=(*self.terms, *terms),
            without=self.without | frozenset(without),
        )

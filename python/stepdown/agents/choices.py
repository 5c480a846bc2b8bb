"""Choices: the declarations by which agents say what they decide, of whom, when, and what the law leaves open.

An agent declares each of its decisions once, as a class attribute of type `Choice`, which names the options and the file of
scores. The options themselves are the engine's (`stepdown.agents.options`) and can be imported from here. The engine evaluates
the scores; `stepdown.decisions.language` reads and checks them.

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

from stepdown.agents.options import (
    Assessment,
    Coding,
    Commissioning,
    Consent,
    Discharge,
    Disposal,
    Engagement,
    Hearing,
    Options,
    Placement,
    Recall,
    Referral,
    Review,
    Warrant,
)

__all__ = [
    "Assessment",
    "Choice",
    "Coding",
    "Commissioning",
    "Consent",
    "Discharge",
    "Disposal",
    "Engagement",
    "Hearing",
    "Options",
    "Placement",
    "Recall",
    "Referral",
    "Review",
    "Warrant",
]


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
    phases
        Phases of the day in which it is asked, in order.
    law
        What the law lets the agent answer, in a sentence or two.
    allowed
        When each answer is open; an answer that isn't is left out before the choice.
    begins
        What brings somebody here besides another decision.
    leads_to
        Decisions that may follow for the same person, each with who comes to it.
    then
        What happens to everyone else, without another decision.
    engine
        Functions of the engine, as ``phase file::function``: those that say what may be answered, and those that do what was.
    acted_on_by
        What acts on it besides its scores: attributes of agents (``kind.name``), which say who is asked when, about how many, and what
        is on offer; levers that phases read (``lever.name``); and the programmes of beds (``beds``).
    """

    options: type[Options]
    asked_of: str
    scores: str
    phases: tuple[str, ...] = ()
    law: str = ""
    allowed: Mapping[Options, str] = field(default_factory=dict)
    begins: str = ""
    leads_to: Mapping[str, str] = field(default_factory=dict)
    then: str = ""
    engine: tuple[tuple[str, ...], tuple[str, ...]] = ((), ())
    acted_on_by: tuple[str, ...] = ()
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

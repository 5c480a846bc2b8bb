"""A cautious responsible clinician: nobody is ready or moves down in the first year of a tier, unless the reading is quiet.

python examples/cautious_clinician.py
"""

from stepdown.agents import ResponsibleClinician
from stepdown.agents.choices import Review
from stepdown.decisions.rules import Array, Cases, Day, rule
from stepdown.examples import compare


class Cautious(ResponsibleClinician):
    """Reviews as declared, but holds on to people who have not been in the tier for long."""

    @rule(reads=("tier_days", "reading", "agent.threshold"))
    def review(cls, cases: Cases, day: Day) -> Array:
        scores = day.scores(cases)
        early = (cases.tier_days < 365) & ~(cases.reading < cases.agent.threshold - 1)
        scores[Review.READY] -= 2.0 * early
        scores[Review.STEP_DOWN] -= 2.0 * early
        return day.choose(scores)


INDICATORS = {"stay_mean": "tier", "patients": "tier", "waiting": "tier"}

if __name__ == "__main__":
    print(compare([Cautious], INDICATORS))

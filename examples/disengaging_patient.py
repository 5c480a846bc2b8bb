"""A patient who disengages when discharge is near: the longer in secure care, the more anxious about leaving it.

python examples/disengaging_patient.py
"""

from stepdown.agents import Patient
from stepdown.agents.choices import Engagement
from stepdown.decisions.rules import Case, OneDay, rule
from stepdown.examples import compare


class Disengaging(Patient):
    """Meets what is offered as declared, but is anxious when it is time to go; tried out one patient at a time."""

    @rule(reads=("discharge_near", "secure_days"), form="each")
    def engagement(cls, case: Case, day: OneDay) -> int:
        scores = day.scores(case)
        if case.discharge_near:
            scores[Engagement.ANXIOUS] += 0.5 * min(case.secure_days / 365, 4)
        return day.choose(scores)


INDICATORS = {"discharges": "all", "readmitted_1_year": "all", "recalls": "all", "stay_mean": "tier"}

if __name__ == "__main__":
    print(compare([Disengaging], INDICATORS))

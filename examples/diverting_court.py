"""A court that diverts when a report is there: with one from liaison and diversion, treatment in the community over custody.

python examples/diverting_court.py
"""

from stepdown.agents import CriminalCourt
from stepdown.agents.choices import Disposal
from stepdown.decisions.rules import Array, Cases, Day, rule
from stepdown.examples import compare


class Diverting(CriminalCourt):
    """Disposes as declared, but where the law allows it, and a report is there, it leans to treatment."""

    @rule(reads=("report", "grave"))
    def disposal(cls, cases: Cases, day: Day) -> Array:
        scores = day.scores(cases)
        divert = (cases.report == 1) & (cases.grave == 0) & day.mask[Disposal.TREATMENT]
        scores[Disposal.TREATMENT] += 2.0 * divert
        scores[Disposal.CUSTODY] -= 1.0 * divert
        return day.choose(scores)


INDICATORS = {"prison_receptions": "all", "transfers": "all", "charges": "all"}

if __name__ == "__main__":
    print(compare([Diverting], INDICATORS))

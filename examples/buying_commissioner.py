"""A commissioner that buys step-down: when more than a tenth of its patients are ready and can't leave, it buys places.

python examples/buying_commissioner.py
"""

from stepdown.agents import Collaborative, Quarter
from stepdown.agents.choices import Commissioning
from stepdown.examples import compare

THRESHOLD = 0.1
SHARE = 0.05


class Buying(Collaborative):
    """Looks at its quarter's figures, four times a year, in ordinary Python."""

    def commissioning(self, quarter: Quarter) -> Commissioning:
        if quarter.total("ready") <= THRESHOLD * quarter.total("occupied"):
            return Commissioning.KEEP
        for funder in self.funders:
            funder.supported_places *= 1 + SHARE
        return Commissioning.BUY_PLACES


INDICATORS = {"ready": "tier", "discharges": "all", "patients": "tier"}

if __name__ == "__main__":
    print(compare([Buying], INDICATORS))

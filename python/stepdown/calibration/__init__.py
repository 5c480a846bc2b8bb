"""Calibration: fits the free parameters of a configuration to published targets and reports how well that worked.

`calibrate` runs or resumes a calibration and `apply` copies its result into the evidence. The package also measures how much each
parameter influences the headline results (`stepdown.calibration.influence`).
"""

from stepdown.calibration.apply import apply
from stepdown.calibration.calibrate import calibrate

__all__ = ["apply", "calibrate"]

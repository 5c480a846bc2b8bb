"""Calibration: fits declared free parameters to published targets, on recorded inflow, and says how well that went."""

from stepdown.calibration.adopt import adopt
from stepdown.calibration.fitting import calibrate

__all__ = ["adopt", "calibrate"]

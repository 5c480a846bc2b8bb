"""Calibration: fits declared free parameters to published targets, on recorded inflow, and says how well that went."""

from stepdown.calibration.apply import apply
from stepdown.calibration.calibrate import calibrate

__all__ = ["apply", "calibrate"]

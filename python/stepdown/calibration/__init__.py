"""Calibration: fits declared free parameters to published targets, on recorded inflow, and says how well that went."""

from stepdown.calibration.fitting import calibrate

__all__ = ["calibrate"]

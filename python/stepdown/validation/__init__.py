"""Validation: runs compared with published figures.

`stepdown.validation.scoring` scores runs against the targets, `stepdown.validation.series` compares them with published series by
year, and `stepdown.validation.plots` draws those comparisons.
"""

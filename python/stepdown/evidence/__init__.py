"""The evidence: parameters with their sources, tables of institutions and people, scores of choices."""

from stepdown.evidence.loader import Evidence, Parameter, load, nearest

__all__ = ["Evidence", "Parameter", "load", "nearest"]

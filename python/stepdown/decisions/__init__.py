"""Decisions: how agents choose, and how a researcher replaces what they do.

`stepdown.decisions.language` reads the scores of declared choices, `stepdown.decisions.reference` evaluates them a second time.
`stepdown.decisions.rules` lets an agent's subclass decide in Python, `stepdown.decisions.overrides` resolves which agents are
overridden by which subclasses, `stepdown.decisions.entry_points` finds subclasses in installed packages, and
`stepdown.decisions.rng_guard` reports rules that draw from unkeyed random generators.
"""

"""Runs on disk: from a scenario to a folder of results that is there whole or not at all.

`stepdown.running.run` starts and resumes runs and `stepdown.running.session` executes one. The other modules are its parts: the
journal of what is closed, the checkpoints, the writer of tables, signals, the source of the inflow, the burn-in cache, what is left
of a failure, and the comparison of a run with its repetition.
"""

"""Health economics: what a policy costs and gains, how sure that is, and what it would be worth to know more.

Everything is over arrays of draws × replicates × arms; `sweep` fills them from the result set of an experiment. Draws are of the
parameters, and their spread is what isn't known; replicates are chance, which more runs take away, and which is taken out.
"""

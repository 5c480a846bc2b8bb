"""A report of a run, a comparison or an experiment: one page that needs nothing else, or files of its charts and tables; needs Altair."""

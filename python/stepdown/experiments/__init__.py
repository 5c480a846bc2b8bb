"""Experiments: many runs that answer one question, planned, run on any machine, and compared in pairs.

A file says what is asked (`config`), which becomes a plan of tasks on the disk (`plan`). A task is run at most once (`task`), by
processes here (`local`), by Dask (`dask_engine`) or by the job arrays of a cluster (`job_arrays`). What tasks leave is one set of
Parquet files (`result_set`), which `compare` answers from. Nothing is imported here: most of it takes a while to load.
"""

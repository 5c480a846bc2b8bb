"""Runs a plan on Dask: a cluster on this machine, one that runs already, or one that dask-jobqueue starts on Slurm.

Futures return what became of each task and nothing else: what tasks leave is on the disk that all workers share, so a worker that
dies, or a client that goes, costs no more than the tasks that were being done.
"""

from __future__ import annotations

import contextlib
from collections import Counter
from typing import TYPE_CHECKING, Any

from stepdown.errors import StepdownError, UsageError
from stepdown.experiments.local import bundles, task_memory
from stepdown.experiments.task import Outcome, do_all

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from stepdown.experiments.plan import Group, Plan
    from stepdown.progress import Reporter

__all__ = ["LOCAL", "SLURM", "client", "execute"]

LOCAL, SLURM = "local", "slurm"
"""Words for a cluster on this machine, and for one that dask-jobqueue starts; anything else is the address of one that runs."""

OWN = 256 << 20
"""What a worker of Dask holds itself [bytes]."""

LIMITS = ("target", "spill", "pause", "terminate")
"""Parts of its memory at which a worker would do something about it: a run's memory is not Dask's to manage."""

ANSWER = 10.0
"""Time within which a scheduler must answer [s]."""

DEATHS = 3
"""Workers that a bundle of tasks may take with it before Dask gives it back to us."""


@contextlib.contextmanager
def client(made: Plan, where: str, workers: int, **options: Any) -> Iterator[Any]:
    """Yield a client of a cluster: one that is started and ended here, or one that runs.

    Parameters
    ----------
    made
        The plan: its tasks say how much memory a worker needs.
    where
        ``"local"``, ``"slurm"``, or the address of a scheduler.
    workers
        How many workers, one thread each; those of a cluster that runs are its own.
    **options
        What is handed on to dask-jobqueue: ``queue``, ``account``, ``walltime``, ...

    Raises
    ------
    UsageError
        No scheduler answers at the address.
    """
    import dask
    from distributed import Client, LocalCluster

    memory = task_memory(made)
    # A worker that grows beyond what was measured is not restarted in the middle of a run.
    quiet: dict[str, Any] = {f"distributed.worker.memory.{key}": False for key in LIMITS}
    quiet |= {"distributed.scheduler.allowed-failures": DEATHS}
    with dask.config.set(quiet), contextlib.ExitStack() as ends:
        if where == LOCAL:
            cluster = LocalCluster(
                n_workers=workers, threads_per_worker=1, processes=True, dashboard_address=None, memory_limit=None
            )
            found = Client(ends.enter_context(cluster))
        elif where == SLURM:
            from dask_jobqueue import SLURMCluster

            asked = {"cores": 1, "processes": 1, "memory": f"{(memory + OWN) // 2**20}MiB"} | options
            # Workers read no configuration of ours.
            asked["job_script_prologue"] = [
                *(f"export DASK_DISTRIBUTED__WORKER__MEMORY__{key.upper()}=False" for key in LIMITS),
                *options.get("job_script_prologue", []),
            ]
            cluster = ends.enter_context(SLURMCluster(**asked))
            cluster.scale(workers)
            found = Client(cluster)
        else:
            try:
                found = Client(where, timeout=ANSWER)
            except (OSError, ValueError, TimeoutError) as error:
                message = f"{where}: no scheduler of Dask answers ({type(error).__name__}); allowed: its address, as in tcp://HOST:8786"
                raise UsageError(message) from None
        yield ends.enter_context(found)


def execute(
    made: Plan, groups: Sequence[Group], *, client: Any, progress: Reporter, workers: int = 1
) -> Iterator[Outcome]:
    """Do groups of tasks on a cluster; yield what became of each task.

    Parameters
    ----------
    made
        The plan, in a folder that all workers see under the same name.
    groups
        Which tasks.
    client
        A client of `distributed`.
    progress
        Who is told how far it is.
    workers
        How many workers there will be, if that is known: groups are parted so that all have something to do.

    Raises
    ------
    StepdownError
        A worker could not do tasks at all.
    """
    from distributed import as_completed
    from distributed.scheduler import KilledWorker

    total = sum(map(len, groups))
    ended = 0
    workers = max(1, workers, len(client.nthreads()))
    killed: Counter[str] = Counter()
    waiting = bundles(groups, workers)
    folder = str(made.folder.absolute())
    progress.update("tasks", 0, total, unit="tasks")
    while waiting:
        # A task decides by itself whether it has been done: nothing that Dask remembers may answer for it.
        futures = {client.submit(do_all, folder, ids, pure=False): ids for ids in waiting}
        waiting = []
        for future in as_completed(futures):
            ids = futures.pop(future)
            error = future.exception()
            if isinstance(error, KilledWorker):
                done = [id for id in ids if made.commit_file(id).exists()]
                killed.update(ids)
                most = made.facts.attempts
                left = [id for id in ids if id not in done and max(len(made.attempts_of(id)), killed[id]) < most]
                outcomes = [Outcome(id, "done") for id in done]
                outcomes += [
                    Outcome(id, "given up", "its workers died") for id in ids if id not in done and id not in left
                ]
                waiting += [(id,) for id in left]
            elif isinstance(error, StepdownError):
                raise error
            elif error is not None:
                message = f"a worker could not do its tasks: {type(error).__name__}: {error}"
                raise StepdownError(message)
            else:
                outcomes = [Outcome(*outcome) for outcome in future.result()]
                again = [
                    outcome.id
                    for outcome in outcomes
                    if outcome.word == "failed" and len(made.attempts_of(outcome.id)) < made.facts.attempts
                ]
                outcomes = [outcome for outcome in outcomes if outcome.id not in again]
                waiting += [(id,) for id in again]
            future.release()
            ended += len(outcomes)
            progress.update("tasks", ended, total, unit="tasks")
            yield from outcomes

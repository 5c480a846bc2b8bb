"""Writes a plan as a job array for Slurm, PBS or Grid Engine: a script that can be read, and a file with the tasks of each index.

Nothing has to stay alive while the jobs wait: each index does its line of tasks with ``stepdown task``, which skips what is done.
"""

from __future__ import annotations

import math
import shlex
from dataclasses import dataclass
from typing import TYPE_CHECKING

from stepdown.atomic import write_text
from stepdown.errors import UsageError
from stepdown.experiments.local import task_memory
from stepdown.numbers import real, whole
from stepdown.words import known

if TYPE_CHECKING:
    from pathlib import Path

    from stepdown.experiments.plan import Group, Plan

__all__ = ["SCHEDULERS", "Script", "emit", "packed"]

MOST = 1000
"""Indexes of an array: many sites allow no more."""

SPARE = 3.0
"""How many times the expected time a job is granted."""

WARNING = 120
"""How long before its end a job is told, so that it can keep a snapshot [s]."""

LEAST_MINUTES = 10
"""Least time that is asked for [min]."""

HEADS = {
    "slurm": """\
#SBATCH --job-name={name}
#SBATCH --array=1-{indexes}
#SBATCH --cpus-per-task=1
#SBATCH --mem={memory}M
#SBATCH --time={minutes}
#SBATCH --output={logs}/%A-%a.log
#SBATCH --open-mode=append
#SBATCH --requeue
#SBATCH --signal=B:USR1@{warning}
""",
    "pbs": """\
#PBS -N {name}
#PBS -J 1-{indexes}
#PBS -l select=1:ncpus=1:mem={memory}mb
#PBS -l walltime={clock}
#PBS -j oe
#PBS -o {logs}/
#PBS -r y
""",
    "sge": """\
#$ -N {name}
#$ -t 1-{indexes}
#$ -l h_vmem={memory}M
#$ -l h_rt={clock}
#$ -l s_rt={soft}
#$ -j y
#$ -o {logs}/
#$ -r y
#$ -notify
#$ -S /bin/bash
""",
}
"""What each scheduler is asked for."""

INDEXES = {"slurm": "SLURM_ARRAY_TASK_ID", "pbs": "PBS_ARRAY_INDEX", "sge": "SGE_TASK_ID"}
"""Variable with the index of a job in its array."""

REQUEUES = {
    "slurm": 'scontrol requeue "$SLURM_JOB_ID"',
    "pbs": 'qrerun "$PBS_JOBID"',
    "sge": "code=99 # Grid Engine queues a job that ends with this again",
}
"""How a job is queued again that was stopped at a snapshot."""

BODY = """\
# Emitted by stepdown sweep emit: {tasks} tasks in {indexes} jobs, some {each} min each. It may be edited, and submitted again at any
# time: what is done is skipped, what was begun goes on.
line=${index}
{stepdown} task {folder} --bundle {bundle} --line "$line" --threads 1 &
task=$!
again=
trap 'again=1; kill -USR1 "$task" 2> /dev/null' USR1      # time is nearly up: the run stops at a snapshot, and ends with 75
trap 'kill -TERM "$task" 2> /dev/null' TERM USR2 XCPU     # the job is cancelled: it stops likewise, and isn't queued again
{timer}while kill -0 "$task" 2> /dev/null; do wait "$task"; done # a signal ends one wait
wait "$task"
code=$?
{end}if [ "$code" = 75 ] && [ -n "$again" ]; then {requeue}
fi
exit "$code"
"""

SUBMIT = {"slurm": "sbatch", "pbs": "qsub", "sge": "qsub"}
"""Command that submits a script."""

SCHEDULERS = tuple(HEADS)
"""Schedulers for which scripts are written."""


@dataclass(frozen=True)
class Script:
    """What was written.

    Attributes
    ----------
    path, bundle
        The script, and the file with the tasks of each index.
    submit
        Command that submits it.
    indexes, tasks
        Jobs of the array, and tasks in all of them.
    """

    path: Path
    bundle: Path
    submit: str
    indexes: int
    tasks: int


def packed(groups: list[Group], seconds: float, recording: float, minutes: float, most: int) -> list[list[str]]:
    """Return the ids of tasks by index: whole groups, for so many minutes or more where there would be too many indexes.

    Parameters
    ----------
    groups
        The tasks, those that share a recorded inflow together.
    seconds, recording
        Expected time of a task, and of recording an inflow [s].
    minutes
        How long an index should take [min].
    most
        How many indexes there may be.

    Examples
    --------
    >>> from stepdown.experiments.plan import Task
    >>> groups = [tuple(Task(f"{k}{arm}", arm, 0, k, 1, None) for arm in "ab") for k in range(3)]
    >>> packed(groups, 60, 0, 4, 1000)
    [['0a', '0b', '1a', '1b'], ['2a', '2b']]
    """

    def takes(group: Group) -> float:
        return seconds * len(group) + recording * any(task.inflow is not None for task in group)

    size = max(60 * minutes, sum(map(takes, groups)) / most * 1.0001)
    found: list[list[str]] = []
    filled = math.inf
    for group in groups:
        if filled + takes(group) > size and (len(found) < most or not found):
            found.append([])
            filled = 0.0
        found[-1] += [task.id for task in group]
        filled += takes(group)
    return found


def emit(
    made: Plan,
    scheduler: str,
    *,
    minutes: float = 20.0,
    most: int = MOST,
    replicates: int | None = None,
    stepdown: str = "stepdown",
) -> Script:
    """Write what is left of a plan as a job array into its folder.

    Parameters
    ----------
    made
        The plan; it has been probed.
    scheduler
        ``"slurm"``, ``"pbs"`` or ``"sge"``.
    minutes
        How long an index should take [min].
    most
        How many indexes the array may have.
    replicates
        Only tasks of the first so many replicates.
    stepdown
        The command on the nodes.

    Raises
    ------
    UsageError
        The scheduler isn't known, nothing is left, or the plan wasn't probed.
    """
    known("scheduler", scheduler, SCHEDULERS)
    minutes, most = real("minutes", minutes, 0, above=True), whole("most", most, 1)
    costs, groups = made.facts.costs, made.left(replicates=replicates)
    if costs is None:
        message = f"{made.folder}: what a task takes isn't known; allowed: a plan that stepdown plan has probed"
        raise UsageError(message)
    if not groups:
        message = f"{made.folder}: no task is left that could be emitted; stepdown sweep status {made.folder} says what became of them"
        raise UsageError(message)
    indexes = packed(groups, costs.seconds, costs.recording, minutes, most)
    folder = made.folder.absolute()
    logs = folder / "logs"
    logs.mkdir(exist_ok=True)
    bundle, path = folder / f"{scheduler}.tasks", folder / f"{scheduler}.sh"
    write_text(bundle, "\n".join(" ".join(ids) for ids in indexes) + "\n")
    took = [
        costs.seconds * len(ids)
        + costs.recording * len({made.tasks[id].inflow for id in ids if made.tasks[id].inflow is not None})
        for ids in indexes
    ]
    granted = max(LEAST_MINUTES, math.ceil(SPARE * max(took) / 60))
    tasks = sum(map(len, indexes))
    filled = {
        "name": f"sweep-{made.folder.name}"[:40],
        "indexes": len(indexes),
        "memory": math.ceil(1.2 * task_memory(made) / 2**20),
        "minutes": granted,
        "clock": _clock(60 * granted),
        "soft": _clock(60 * granted - WARNING),
        "warning": WARNING,
        "logs": shlex.quote(str(logs)),
        "tasks": tasks,
        "each": math.ceil(sum(took) / len(took) / 60),
        "index": INDEXES[scheduler],
        "stepdown": stepdown,
        "folder": shlex.quote(str(folder)),
        "bundle": shlex.quote(str(bundle)),
        "requeue": REQUEUES[scheduler],
        # PBS says nothing before the time is up.
        "timer": f"(sleep {60 * granted - WARNING} && kill -USR1 $$) &\ntimer=$!\n" if scheduler == "pbs" else "",
        "end": 'kill "$timer" 2> /dev/null\n' if scheduler == "pbs" else "",
    }
    write_text(path, "#!/bin/bash\n" + (HEADS[scheduler] + BODY).format(**filled))
    return Script(path, bundle, f"{SUBMIT[scheduler]} {shlex.quote(str(path))}", len(indexes), tasks)


def _clock(seconds: int) -> str:
    """Return a time as hours, minutes and seconds.

    Examples
    --------
    >>> _clock(5400)
    '01:30:00'
    """
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"

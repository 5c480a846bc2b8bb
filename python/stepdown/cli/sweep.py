"""`stepdown sweep`: runs the tasks of a plan, says how far it is, goes on, and writes scripts for clusters."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from stepdown.cli import options, output
from stepdown.cli.plan import AllowLarge, Base, Draws, Out, Processes, Replicates, Years, drawn_up, lines
from stepdown.errors import PartlyFailedError

if TYPE_CHECKING:
    from stepdown.experiments.plan import Plan

sweep = typer.Typer(
    name="sweep",
    help="Run the tasks of an experiment here, by Dask, or as a job array; each is done once, whatever ends it before.",
    no_args_is_help=False,
    rich_markup_mode=None,
)

Sweep = Annotated[Path, typer.Argument(metavar="SWEEP", help="Folder of the sweep.")]


@sweep.command()
def run(
    file: Annotated[str, typer.Argument(metavar="FILE", help="Experiment or scenario; or the folder of a sweep.")],
    *,
    out: Out = None,
    base: Base = None,
    replicates: Replicates = None,
    draws: Draws = None,
    population: options.Population = None,
    years: Years = None,
    workers: Processes = 0,
    allow_large: AllowLarge = False,
    as_json: output.Json = False,
) -> None:
    """Draw up the plan of an experiment, unless that was done, and do its tasks.

    Example: stepdown sweep run bradley --population 0.01 --years 2 --replicates 10
    """
    from stepdown.experiments.config import load_experiment
    from stepdown.experiments.costs import forecast, refuse_large
    from stepdown.experiments.local import fitting
    from stepdown.experiments.plan import PLAN, open_plan
    from stepdown.progress import reporter

    with reporter() as progress:
        if (Path(file) / PLAN).is_file():
            made = open_plan(file)
        else:
            experiment = load_experiment(
                file, base=base, replicates=replicates, draws=draws, population=population, years=years
            )
            made = drawn_up(experiment, out, progress)
        expected = forecast(made, fitting(made, workers or None))
        if not allow_large:
            refuse_large(made, expected)
        for line in lines(made, expected):
            progress.note(line)
    _do(made, workers, as_json=as_json)


@sweep.command()
def resume(
    folder: Sweep,
    *,
    workers: Processes = 0,
    retry: Annotated[
        bool, typer.Option("--retry", help="Try tasks again that have had all their attempts: their notes are removed.")
    ] = False,
    as_json: output.Json = False,
) -> None:
    """Do what is left of a sweep: begun runs go on from their snapshots.

    Example: stepdown sweep resume sweeps/my-study
    """
    from stepdown.experiments.plan import open_plan

    made = open_plan(folder)
    if retry:
        for id in made.given_up():
            for note in made.attempts_of(id):
                note.unlink(missing_ok=True)
    _do(made, workers, as_json=as_json)


def _do(made: "Plan", workers: int, *, as_json: bool) -> None:
    """Do what is left of a plan, here, and say what has become of it.

    Raises
    ------
    PartlyFailedError
        Some tasks have failed.
    """
    import time

    from stepdown.experiments.local import execute, fitting
    from stepdown.progress import reporter

    made.refuse_other_code()
    began, done = time.perf_counter(), 0
    with reporter() as progress:
        left = made.left()
        if left:
            for outcome in execute(made, left, workers=fitting(made, workers or None), progress=progress):
                done += outcome.word == "done"
                if outcome.why:
                    progress.note(f"{outcome.id}: {outcome.word}: {outcome.why}")
    seconds = time.perf_counter() - began
    if done:
        output.log(f"{done:,} tasks in {seconds:.0f} s: {done / seconds * 3600:,.0f} an hour")
    told(made, as_json=as_json)


def told(made: "Plan", *, as_json: bool, failures: bool = False) -> None:
    """Print how complete a sweep is.

    Raises
    ------
    PartlyFailedError
        Some tasks have had all their attempts.
    """
    from stepdown.experiments import task

    given_up, rows = made.given_up(), task.failures(made)
    complete = made.completeness()
    if as_json:
        arms = {name: {"done": have, "of": of} for name, (have, of) in complete.items()}
        output.data_json({"folder": str(made.folder), "scenarios": arms, "given_up": given_up, "attempts": rows})
    else:
        for name, (have, of) in complete.items():
            output.data(f"{name}: {have} of {of} tasks")
        for row in rows if failures else ():
            output.data(
                f"{row['task']} ({row['scenario']}, draw {row['draw']}, replicate {row['replicate']}), attempt {row['attempt']} on {row['host']}: {row['reason']}"
            )
            for line in row["lines"]:
                output.data(f"    {line}")
    if given_up:
        message = (
            f"{len(given_up)} of {len(made.tasks)} tasks failed; stepdown sweep status {made.folder} says why, "
            f"stepdown sweep resume {made.folder} --retry tries them again"
        )
        raise PartlyFailedError(message)


@sweep.command()
def status(folder: Sweep, *, as_json: output.Json = False) -> None:
    """Say how many tasks of each scenario are done, and why others failed.

    Example: stepdown sweep status sweeps/my-study
    """
    from stepdown.experiments.plan import open_plan

    told(open_plan(folder), as_json=as_json, failures=True)

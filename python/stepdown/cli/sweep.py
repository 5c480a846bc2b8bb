"""`stepdown sweep`: runs the tasks of a plan, says how far it is, goes on, and writes scripts for clusters."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from stepdown.cli import optional, options, output
from stepdown.cli.plan import AllowLarge, Base, Draws, Out, Processes, Replicates, Years, drawn_up, lines
from stepdown.errors import PartlyFailedError, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from stepdown.experiments.plan import Group, Plan
    from stepdown.experiments.task import Outcome

sweep = typer.Typer(
    name="sweep",
    help="Run the tasks of an experiment here, on Dask or as a job array; each is completed once, whatever interrupts it.",
    no_args_is_help=False,
    rich_markup_mode=None,
)

Sweep = Annotated[Path, typer.Argument(metavar="SWEEP", help="Folder of the sweep.")]
Dask = Annotated[
    str | None,
    typer.Option(
        metavar="WHERE",
        help="Do the tasks on Dask: 'local', 'slurm' (by dask-jobqueue), or the address of a scheduler that runs.",
    ),
]
DaskOption = Annotated[
    list[str] | None,
    typer.Option(metavar="KEY=VALUE", help="An option of dask-jobqueue's cluster, as queue=long; may be given again."),
]
UntilPrecise = Annotated[
    bool,
    typer.Option("--until-precise", help="Stop as soon as every outcome with a half_width is that precise."),
]


@sweep.command()
def run(
    file: Annotated[
        str,
        typer.Argument(
            metavar="FILE",
            help="Experiment or scenario; or the folder of a sweep.",
            autocompletion=options.scenario_names,
        ),
    ],
    *,
    out: Out = None,
    base: Base = None,
    replicates: Replicates = None,
    draws: Draws = None,
    population: options.Population = None,
    years: Years = None,
    workers: Processes = 0,
    dask: Dask = None,
    dask_option: DaskOption = None,
    until_precise: UntilPrecise = False,
    allow_large: AllowLarge = False,
    as_json: output.Json = False,
) -> None:
    """Plan an experiment, unless it is planned already, and do its tasks.

    Example: stepdown sweep run bradley --years 5 --replicates 5
    """
    from stepdown.experiments.config import load_experiment
    from stepdown.experiments.costs import forecast, refuse_large
    from stepdown.experiments.local import fitting
    from stepdown.experiments.plan import PLAN, open_plan
    from stepdown.experiments.precise import refuse_imprecise
    from stepdown.progress import reporter

    _refuse_lone_options(dask, dask_option)
    with reporter() as progress:
        if (Path(file) / PLAN).is_file():
            given: dict[str, object] = {"--out": out, "--base": base, "--replicates": replicates, "--draws": draws}
            given |= {"--population": population, "--years": years}
            if said := [name for name, value in given.items() if value is not None]:
                message = f"{said[0]}: {file} is the folder of a sweep, whose plan is there; allowed: with an experiment or scenario"
                raise UsageError(message)
            made = open_plan(file)
        else:
            experiment = load_experiment(
                file, base=base, replicates=replicates, draws=draws, population=population, years=years
            )
            if until_precise:
                refuse_imprecise(experiment)
            made = drawn_up(experiment, out, progress)
        if not until_precise:
            made.want(None)
        expected = forecast(made, (workers or 1) if dask else fitting(made, workers or None))
        if not allow_large:
            refuse_large(made, expected)
        for line in lines(made, expected):
            progress.note(line)
    _do(made, workers, dask, dask_option or [], until_precise=until_precise, as_json=as_json)


@sweep.command()
def resume(
    folder: Sweep,
    *,
    workers: Processes = 0,
    dask: Dask = None,
    dask_option: DaskOption = None,
    until_precise: UntilPrecise = False,
    retry: Annotated[
        bool,
        typer.Option("--retry", help="Try again the tasks that have used all their attempts, and remove their notes."),
    ] = False,
    as_json: output.Json = False,
) -> None:
    """Do the remaining tasks of a sweep; runs that were started continue from their snapshots.

    Example: stepdown sweep resume sweeps/my-study
    """
    from stepdown.experiments.plan import open_plan

    _refuse_lone_options(dask, dask_option)
    made = open_plan(folder)
    if retry:
        for id in made.given_up():
            for note in made.attempts_of(id):
                note.unlink(missing_ok=True)
    _do(made, workers, dask, dask_option or [], until_precise=until_precise, as_json=as_json)


def _do(
    made: "Plan", workers: int, dask: str | None, dask_options: list[str], *, until_precise: bool, as_json: bool
) -> None:
    """Do what is left of a plan, here or on Dask, and say what has become of it.

    Raises
    ------
    PartlyFailedError
        Some tasks have failed.
    """
    import time
    from contextlib import ExitStack
    from functools import partial

    from stepdown.experiments import precise
    from stepdown.experiments.local import execute, fitting
    from stepdown.progress import reporter

    made.refuse_other_code()
    began, done = time.perf_counter(), 0
    with ExitStack() as ends, reporter() as progress:
        if until_precise:
            precise.next_replicates(made)  # refuses a plan without what is to be precise
        some: Callable[[Sequence[Group]], Iterator[Outcome]]
        if not until_precise and not made.left():
            some = partial(execute, made, workers=1, progress=progress)  # nothing is left to do: no cluster is begun
        elif dask is None:
            some = partial(execute, made, workers=fitting(made, workers or None), progress=progress)
        else:
            with optional.extra("sweep run --dask", "dask"):
                from stepdown.experiments import dask_engine

                number = fitting(made, workers or None) if dask == dask_engine.LOCAL else workers or 1
                client = ends.enter_context(dask_engine.client(made, dask, number, **_options_of_dask(dask_options)))
            some = partial(dask_engine.execute, made, client=client, progress=progress, workers=number)
        outcomes = precise.until_precise(made, some) if until_precise else some(made.left())
        for outcome in outcomes:
            done += outcome.word == "done"
            if outcome.why:
                progress.note(f"{outcome.id}: {outcome.word}: {outcome.why}")
    seconds = time.perf_counter() - began
    if done:
        output.log(f"{done:,} tasks in {seconds:.0f} s: {done / seconds * 3600:,.0f} an hour")
    if until_precise:
        _say_precision(made)
    told(made, as_json=as_json)


def _refuse_lone_options(dask: str | None, given: list[str] | None) -> None:
    """Refuse options of dask-jobqueue's cluster where it begins none, and words for a cluster that there isn't.

    Raises
    ------
    UsageError
        There are some.
    """
    if dask is not None and dask not in ("local", "slurm") and ":" not in dask:
        message = f"--dask {dask!r}; allowed: local, slurm, or the address of a scheduler, as in tcp://HOST:8786"
        raise UsageError(message)
    if given and dask != "slurm":
        message = f"--dask-option {given[0]}: no cluster is begun that it could belong to; allowed: with --dask slurm"
        raise UsageError(message)


def _options_of_dask(given: list[str]) -> dict[str, Any]:
    """Return options of dask-jobqueue by their keys; lists are written as in Python.

    Raises
    ------
    UsageError
        One has no ``=``.
    """
    import ast

    found: dict[str, Any] = {}
    for one in given:
        key, sign, value = one.partition("=")
        if not sign or not key.isidentifier():
            message = f"--dask-option {one!r}; allowed: KEY=VALUE, as queue=long"
            raise UsageError(message)
        try:
            found[key] = ast.literal_eval(value)
        except (ValueError, SyntaxError):
            found[key] = value
    return found


def _say_precision(made: "Plan") -> None:
    """Say how precise each difference is, and whether that is as asked."""
    from stepdown.experiments.compare import precisions
    from stepdown.experiments.statistics import LEAST_VARIED

    for arm, outcome, found in precisions(made):
        asked = outcome.half_width or 0.0
        verdict = f"enough at {found.enough}" if found.enough is not None else f"not yet: some {found.next} are needed"
        if not found.varied:
            verdict += f", as fewer than {LEAST_VARIED} lie off the median"
        output.log(
            f"{arm}, {outcome.name}: ± {output.figure(found.half_width)} with {found.replicates} replicates "
            f"(± {output.figure(asked)} asked for): {verdict}"
        )


def told(made: "Plan", *, as_json: bool, failures: bool = False) -> None:
    """Print how complete a sweep is.

    Raises
    ------
    PartlyFailedError
        Some tasks have had all their attempts.
    """
    from stepdown.experiments import task

    task.tidy(made)
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
    """Show how many tasks of each scenario are done, and why others failed.

    Example: stepdown sweep status sweeps/my-study
    """
    from stepdown.experiments.plan import open_plan

    told(open_plan(folder), as_json=as_json, failures=True)


@sweep.command()
def emit(
    folder: Sweep,
    *,
    scheduler: Annotated[str, typer.Option("--for", help="Scheduler: slurm, pbs or sge.")],
    minutes: Annotated[
        float,
        typer.Option(
            parser=options.minutes, metavar="MINUTES", help="How many minutes a job of the array should take."
        ),
    ] = 20.0,
    most: Annotated[
        int, typer.Option(parser=options.whole(1, 1_000_000), metavar="N", help="Maximum number of jobs in an array.")
    ] = 1000,
    until_precise: UntilPrecise = False,
    as_json: output.Json = False,
) -> None:
    """Write the remaining tasks of a sweep as a job array: a readable script, and a file with the tasks of each job.

    Example: stepdown sweep emit sweeps/my-study --for slurm
    """
    from stepdown.experiments.job_arrays import emit as write
    from stepdown.experiments.plan import open_plan
    from stepdown.experiments.precise import next_replicates

    made = open_plan(folder)
    made.refuse_other_code()
    wanted = None
    if until_precise:
        wanted, enough = next_replicates(made)
        _say_precision(made)
        if enough:
            made.want(wanted)
    script = write(made, scheduler, minutes=minutes, most=most, replicates=wanted, stepdown=_command())
    output.log(f"{script.tasks} tasks in {script.indexes} jobs; {script.submit}")
    if as_json:
        output.data_json({key: str(value) if isinstance(value, Path) else value for key, value in vars(script).items()})
    else:
        output.data(str(script.path))


def _command() -> str:
    """Return the command `stepdown` of this Python, as a script calls it."""
    import shlex
    import sys

    beside = Path(sys.executable).parent / "stepdown"
    return shlex.quote(str(beside)) if beside.exists() else f"{shlex.quote(sys.executable)} -m stepdown"

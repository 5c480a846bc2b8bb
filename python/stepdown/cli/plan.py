"""`stepdown plan`: turns an experiment into tasks, and says what they will take."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from stepdown.cli import options, output
from stepdown.errors import UsageError

if TYPE_CHECKING:
    from stepdown.experiments.config import Experiment
    from stepdown.experiments.costs import Forecast
    from stepdown.experiments.plan import Plan
    from stepdown.progress import Reporter

GIB, MIB = 1 << 30, 1 << 20

SHOWN_IDLE = 5
"""Steps of levers that do nothing, as they are listed."""

File = Annotated[str, typer.Argument(metavar="FILE", help="Experiment (TOML), or a scenario: it and its parent.")]
Out = Annotated[Path | None, typer.Option(help="Folder of the sweep; by default sweeps/NAME.")]
Base = Annotated[str | None, typer.Option(help="Scenario that the others are compared with.")]
Replicates = Annotated[
    int | None,
    typer.Option(
        parser=options.whole(1, 100_000),
        metavar="N",
        help="Number of replicates of each scenario and draw, instead of the file's.",
    ),
]
Draws = Annotated[
    int | None,
    typer.Option(
        parser=options.whole(0, 100_000),
        metavar="N",
        help="Number of draws of all parameters, instead of the file's; 0 for none.",
    ),
]
Years = Annotated[
    int | None,
    typer.Option(parser=options.whole(1, 100), metavar="N", help="Number of years to report, instead of the file's."),
]
AllowLarge = Annotated[
    bool,
    typer.Option("--allow-large", help="Allow more than 5,000 tasks, 48 processor hours or half of the free disk."),
]
Processes = Annotated[
    int,
    typer.Option(
        "--workers",
        parser=options.whole(0, 4096),
        metavar="N",
        help="Processes, one thread each; 0 for as many as there are processors and memory for.",
    ),
]


def plan(
    file: File,
    *,
    out: Out = None,
    base: Base = None,
    replicates: Replicates = None,
    draws: Draws = None,
    population: options.Population = None,
    years: Years = None,
    workers: Processes = 0,
    pilot: Annotated[
        bool,
        typer.Option(
            "--pilot",
            help="Do the first tasks of the base (4 draws, 3 replicates), and say how many replicates suffice.",
        ),
    ] = False,
    tasks: Annotated[bool, typer.Option("--tasks", help="Print every task and its status.")] = False,
    allow_large: AllowLarge = False,
    as_json: output.Json = False,
) -> None:
    """Turn an experiment into a plan of tasks, and estimate their time, memory and disk from a short probe.

    Example: stepdown plan my-study/experiment.toml --out sweeps/my-study
    """
    from stepdown.experiments.config import load_experiment
    from stepdown.experiments.costs import forecast, refuse_large
    from stepdown.experiments.local import fitting
    from stepdown.progress import reporter

    experiment = load_experiment(
        file, base=base, replicates=replicates, draws=draws, population=population, years=years
    )
    with reporter() as progress:
        made = drawn_up(experiment, out, progress)
        number = fitting(made, workers or None)
        expected = forecast(made, number)
        if not allow_large:
            refuse_large(made, expected)
        found = _pilot(made, number, progress) if pilot else []
    if tasks:
        _print_tasks(made, as_json=as_json)
        return
    if as_json:
        output.data_json(described(made, expected) | {"suggested": found})
        return
    for line in lines(made, expected):
        output.log(line)
    for row in found:
        output.log(_suggestion(row))
    output.data(str(made.folder))


def drawn_up(experiment: "Experiment", out: Path | None, progress: "Reporter") -> "Plan":
    """Return the plan of an experiment, probed if it hasn't been."""
    from stepdown.experiments.costs import probe
    from stepdown.experiments.plan import draw_up, with_costs

    folder = out if out is not None else Path("sweeps") / experiment.name
    made = draw_up(experiment, folder)
    if made.facts.costs is None:
        progress.update("probing", 0, 1, unit="probes")
        made = with_costs(made, probe(experiment))
    return made


def described(made: "Plan", expected: "Forecast | None") -> dict[str, Any]:
    """Return a plan as JSON has it."""
    return {
        "folder": str(made.folder),
        "scenarios": {name: arm.values for name, arm in made.arms.items()},
        "draws": made.facts.draws,
        "tasks": len(made.tasks),
        "done": len(made.committed()),
        "forecast": None if expected is None else vars(expected),
    }


def lines(made: "Plan", expected: "Forecast | None") -> list[str]:
    """Return what is said of a plan."""
    arms, most = made.facts.arms, max(arm.replicates for arm in made.facts.arms)
    draws = _counted(made.facts.draws, "draw") if made.facts.draws else "the best values"
    done = len(made.committed())
    said = [
        f"{_counted(len(made.tasks), 'task')}: {_counted(len(arms), 'scenario')} × {draws} × {_counted(most, 'replicate')}"
        + (f"; {done:,} are done" if done else "")
    ]
    idle = [what for arm in arms for what in (f"{arm.name}: {one}" for one in arm.without_effect)]
    said += idle[:SHOWN_IDLE] + (
        [f"and {len(idle) - SHOWN_IDLE} more that do nothing"] if len(idle) > SHOWN_IDLE else []
    )
    if expected is not None and expected.tasks:
        records = f" on {_counted(expected.records, 'recorded inflow')}" if expected.records else ""
        said.append(
            f"the {expected.tasks:,} that are left{records} take some {_time(expected.hours)} of one processor, "
            f"{_time(expected.elapsed)} with {expected.workers} at a time; {_size(expected.memory)} of memory; "
            f"{_size(expected.disk)} on disk"
        )
    return said


def _counted(number: int, what: str) -> str:
    """Return a number of things, in words.

    Examples
    --------
    >>> _counted(1, "draw"), _counted(2000, "draw")
    ('1 draw', '2,000 draws')
    """
    return f"{number:,} {what}{'' if number == 1 else 's'}"


def _time(hours: float) -> str:
    """Return a time in the unit that suits it.

    Examples
    --------
    >>> _time(0.005), _time(0.5), _time(30)
    ('18 s', '30 min', '30 h')
    """
    if hours < 1 / 30:
        return f"{hours * 3600:.0f} s"
    return f"{hours * 60:.0f} min" if hours < 2 else f"{hours:.0f} h"


def _size(amount: float) -> str:
    return f"{amount / GIB:.1f} GiB" if amount >= GIB else f"{amount / MIB:.1f} MiB"


def _pilot(made: "Plan", workers: int, progress: "Reporter") -> list[dict[str, Any]]:
    """Do the first tasks of the base, and return how many replicates the variances of the outcomes suggest.

    Raises
    ------
    UsageError
        The plan has too few draws or replicates to tell.
    """
    from stepdown.experiments.compare import suggestions
    from stepdown.experiments.local import execute

    draws, replicates = list(made.draws)[:4], range(min(3, made.arms[made.base].replicates))
    if len(draws) < 2 or len(replicates) < 2:
        message = (
            f"{made.folder}: {len(draws)} draws and {len(replicates)} replicates tell nothing of replicates; "
            "allowed: at least 2 draws of 2 replicates"
        )
        raise UsageError(message)
    wanted = {(made.base, draw, replicate) for draw in draws for replicate in replicates}
    groups = [tuple(task for task in group if (task.arm, task.draw, task.replicate) in wanted) for group in made.left()]
    for _ in execute(made, [group for group in groups if group], workers=workers, progress=progress):
        pass
    return suggestions(made)


def _suggestion(row: dict[str, Any]) -> str:
    if row["replicates"] is None:
        return f"{row['outcome']}: unknown in too many runs to tell"
    beyond = " or more" if row["parameters"] == 0 else ""
    return (
        f"{row['outcome']}: {row['replicates']}{beyond} replicates a draw (chance {output.figure(row['chance'])}, "
        f"parameters {output.figure(row['parameters'])}, from {row['runs']} runs)"
    )


def _print_tasks(made: "Plan", *, as_json: bool) -> None:
    done, failed = made.committed(), set(made.given_up())
    rows = [
        {
            "task": task.id,
            "scenario": task.arm,
            "draw": task.draw,
            "replicate": task.replicate,
            "seed": task.seed,
            "state": "done" if id in done else "given up" if id in failed else "to do",
        }
        for id, task in made.tasks.items()
    ]
    output.data_json(rows) if as_json else output.data(output.columns(rows, list(rows[0])))

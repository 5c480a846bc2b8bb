"""`stepdown explain`: describes the model, and explains a decision that it has made."""

from datetime import date
from typing import Annotated

import typer

from stepdown.cli import options, output
from stepdown.errors import UsageError
from stepdown.scenario import load


def explain(
    topic: Annotated[
        str,
        typer.Argument(
            help="A decision, a lever, an agent, an observation (case.reading), a parameter or how ids begin (relapse), an "
            "estimand, a target, an indicator, a table, a column, a place, a word of the data (s47/49), or a list: topics lists them."
        ),
    ],
    *,
    person: Annotated[
        int | None,
        typer.Option(
            parser=options.whole(0, options.MOST_PEOPLE),
            metavar="ID",
            help="Explain a decision about this person: run the scenario up to --day.",
        ),
    ] = None,
    when: Annotated[
        date | None,
        typer.Option(
            "--day", parser=options.day, metavar="YYYY-MM-DD", help="Day of that decision; belongs to --person."
        ),
    ] = None,
    scenario: Annotated[
        str, typer.Option(help="Scenario in which a number is shown, or that is run for --person: a name or a path.")
    ] = "baseline",
    seed: options.Seed = 1,
    replicate: options.Replicate = 0,
    draw: options.Draw = None,
    population: options.Population = None,
    threads: options.Threads = 0,
    as_json: output.Json = False,
) -> None:
    """Explain how the model works: the order of the day, decisions and where to change them, what they see, numbers and their sources, and words.

    For a number, also print its value in --scenario and in --draw, what uses it, and how much it moves the results.
    With --person and --day, run the scenario up to that day and show the decision: inputs, scores, draws and answer.

    Example: stepdown explain discharge
    """
    if (person is None) != (when is None):
        raise UsageError("--person and --day belong together; allowed: both or neither")
    # Mesa takes most of a second to import: only the commands that need it wait.
    from stepdown.cli import explain_model

    given = {"population": population, "draw": draw}
    overrides = {key: value for key, value in given.items() if value is not None}
    if person is None or when is None:
        explain_model.model(topic, load(scenario, **overrides), as_json=as_json)
        return
    explain_model.decision(
        topic, person, when, scenario, overrides, seed=seed, replicate=replicate, threads=threads, as_json=as_json
    )

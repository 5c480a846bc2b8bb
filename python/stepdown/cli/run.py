"""`stepdown run` and `stepdown resume`: run one scenario with one seed and replicate into one folder, and finish a stopped run."""

import shlex
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from stepdown.cli import options, output
from stepdown.scenario import load

if TYPE_CHECKING:
    from stepdown.results import Results


Start = Annotated[
    date | None,
    typer.Option(
        parser=options.day, metavar="YYYY-MM-DD", help="First reported day, a 1 April, instead of the scenario's."
    ),
]
Years = Annotated[
    int | None,
    typer.Option(
        parser=options.whole(1, 100), metavar="N", help="Number of years to report, instead of the scenario's."
    ),
]
SnapshotAt = Annotated[
    list[date] | None,
    typer.Option(
        parser=options.day,
        metavar="YYYY-MM-DD",
        help="Write a snapshot of the morning of this day beside the results; can be repeated.",
    ),
]


def run(
    scenario: options.ScenarioName,
    *,
    seed: options.Seed = 1,
    replicate: options.Replicate = 0,
    population: options.Population = None,
    start: Start = None,
    years: Years = None,
    draw: options.Draw = None,
    threads: options.Threads = 0,
    out: Annotated[Path | None, typer.Option(help="Folder for the results; runs/NAME by default.")] = None,
    check: Annotated[bool, typer.Option("--check", help="Check the invariants every day, which is slower.")] = False,
    overwrite: Annotated[
        bool,
        typer.Option(
            "--overwrite",
            help="Replace the results of an earlier run, whatever it left to be resumed, and an earlier recorded inflow.",
        ),
    ] = False,
    inflow: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Read the inflow from this file instead of simulating the population: the same results in less time.",
        ),
    ] = None,
    record_inflow: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Write the inflow to this file, for other runs with the same people, seed and replicate.",
        ),
    ] = None,
    allow_code: options.AllowCode = False,
    snapshot: Annotated[
        Path | None,
        typer.Option("--from", metavar="SNAPSHOT", help="Continue from a snapshot, with its seed and replicate."),
    ] = None,
    snapshot_every: options.SnapshotEvery = 10.0,
    snapshot_at: SnapshotAt = None,
    burn_in_cache: Annotated[
        bool,
        typer.Option(
            "--burn-in-cache/--no-cache",
            "--settled-cache",
            help="Take the burn-in from an earlier run with the same past, or store it for later runs.",
        ),
    ] = False,
    or_resume: Annotated[
        bool,
        typer.Option(
            "--resume",
            help="Continue this run if it was started, and do nothing if it is complete: for jobs that a scheduler queues again.",
        ),
    ] = False,
    as_json: output.Json = False,
) -> None:
    """Run a scenario and write its results, completely or not at all.

    Example: stepdown run bradley --years 5 --out runs/bradley
    """
    overrides = {"population": population, "start": start, "years": years, "draw": draw}
    loaded = load(scenario, **{key: value for key, value in overrides.items() if value is not None})
    # Mesa takes most of a second to import: only the commands that need it wait.
    from stepdown.progress import reporter
    from stepdown.running.run import run as run_scenario

    results = run_scenario(
        loaded,
        out=out,
        seed=seed,
        replicate=replicate,
        threads=threads or None,
        check=check,
        overwrite=overwrite,
        allow_code=allow_code,
        progress=reporter(),
        inflow=inflow,
        record_inflow=record_inflow,
        snapshot=snapshot,
        snapshot_every=60 * snapshot_every or None,
        snapshot_at=snapshot_at or (),
        burn_in_cache=burn_in_cache,
        source=scenario,
        or_resume=or_resume,
    )
    told(results, scenario, as_json=as_json)


def resume(
    folder: Annotated[Path, typer.Argument(help="Folder that the run was to write.")],
    *,
    threads: options.Threads = 0,
    snapshot_every: options.SnapshotEvery = 10.0,
    allow_code: options.AllowCode = False,
    record_inflow: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="File for the recorded inflow, as it was given to stepdown run."),
    ] = None,
    inflow: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="File of the recorded inflow that the run reads, as it was given to stepdown run."
        ),
    ] = None,
    snapshot: Annotated[
        Path | None,
        typer.Option(
            "--from", metavar="SNAPSHOT", help="Snapshot from which the run continues, as it was given to stepdown run."
        ),
    ] = None,
    as_json: output.Json = False,
) -> None:
    """Finish a run that was stopped or killed. The bytes are the same as if it had not been interrupted.

    Example: stepdown resume runs/try
    """
    from stepdown.progress import reporter
    from stepdown.running.run import resume as resume_run

    results = resume_run(
        folder,
        threads=threads or None,
        progress=reporter(),
        allow_code=allow_code,
        snapshot_every=60 * snapshot_every or None,
        record_inflow=record_inflow,
        inflow=inflow,
        snapshot=snapshot,
    )
    told(results, as_json=as_json)


HEADLINES = {
    "patients": "people in a bed of the pathway",
    "prisoners_waiting": "prisoners waiting for hospital",
    "over_28_days_from_need": "of these, for more than 28 days",
    "transfers": "prisoners transferred in a year",
    "ready": "patients ready to leave",
    "discharges": "discharges to the community in a year",
    "spending": "spending in a year [£m]",
}
"""Indicators that a run ends with, as means over its years, and how they are called there."""


def headlines(results: "Results") -> list[tuple[str, str]]:
    """Return the headline results of a run: what each is, and its mean over the years for all England."""
    import pyarrow.compute as pc

    from stepdown.results.indicators import ENGLAND

    found = []
    for name, what in HEADLINES.items():
        table = results.indicator(name)
        mean = pc.mean(table.filter(pc.equal(table["area"], ENGLAND))["value"]).as_py()
        if mean is not None:
            found.append((what, output.figure(mean / 1e6 if name == "spending" else mean)))
    return found


def told(results: "Results", scenario: str = "", *, as_json: bool) -> None:
    """Print where the results are; say the headline results, how fast the run was, what its rules cost, and what to do next."""
    from stepdown.progress import speed

    manifest = results.manifest
    counts, seconds = manifest["counts"], manifest["timings"]["total"]
    days = (date.fromisoformat(manifest["end"]) - date.fromisoformat(manifest["settling"])).days
    output.log(speed(counts["started"], days, counts["person_days"], seconds))
    for asked in manifest["rules"]:
        cost = f"{asked['cases']:,} cases in {asked['seconds']:.1f} s"
        output.log(f"rule {asked['rule']} ({asked['form']}): {cost}")
        if not asked["safe_for_paired_comparison"]:
            output.log(f"rule {asked['rule']} draws from {asked['draws_from']}: not safe for paired comparison")
    figures = headlines(results)
    widest = max((len(what) for what, _ in figures), default=0)
    for what, figure in figures:
        output.log(f"{what:<{widest}}  {figure:>8}")
    if scenario in ("", "baseline"):
        output.log("one run says nothing of a policy; next: stepdown init my-study")
    else:
        output.log(
            f"what it changes, in pairs of runs with intervals; next: stepdown sweep run {shlex.quote(scenario)} --replicates 5"
        )
    if as_json:
        output.data_json(manifest)
    else:
        output.data(str(results.path))

"""`stepdown compare`: what a scenario changes, in pairs of runs in which the same people live, with intervals."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from stepdown.atomic import refuse_file
from stepdown.cli import optional, options, output
from stepdown.errors import UsageError

if TYPE_CHECKING:
    import pyarrow as pa

    from stepdown.experiments.plan import OutcomeFacts, Plan

SHOWN = ("scenario", "indicator", "level", "area", "year", "base", "mean", "difference", "low", "high", "pairs", "gain")
"""Columns of the table of differences."""

STEPS = ("indicator", "step", "value", "low", "high", "alone", "last", "pairs")
"""Columns of a waterfall."""

SHOWN_PEOPLE = 10
"""Rows of people, and of groups at either end, that are shown unless it is said."""

NO_GAIN = 1.5
"""Up to here pairing has told hardly more than runs of other people would have."""


def compare(
    places: Annotated[
        list[Path], typer.Argument(metavar="SWEEP | RUN OTHER", help="Folder of a sweep; or folders of two runs.")
    ],
    *,
    scenario: Annotated[
        list[str] | None, typer.Option(help="Only this scenario against the base; can be repeated.")
    ] = None,
    indicator: Annotated[
        list[str] | None,
        typer.Option(help="Only this indicator; can be repeated. By default, the outcomes of the experiment."),
    ] = None,
    group: Annotated[str, typer.Option(help="Group by which cells are broken down: all, tier, sex, ...")] = "all",
    area: Annotated[str, typer.Option(help="An area, or England; 'each' for every area.")] = "England",
    each_year: Annotated[
        bool, typer.Option("--each-year", help="Show each year as well as the mean of all years.")
    ] = False,
    waterfall: Annotated[
        bool, typer.Option("--waterfall", help="Decompose the effect of the package into those of its parts.")
    ] = False,
    most: Annotated[
        int,
        typer.Option(
            parser=options.whole(0, 100_000),
            metavar="N",
            help="Show only the N rows that differ most relative to their error; 0 for all.",
        ),
    ] = 0,
    displaced: Annotated[
        bool,
        typer.Option(
            "--displaced",
            help="Who gains and who waits longer, by tier, home area and sex; of runs whose folders are kept.",
        ),
    ] = False,
    affected: Annotated[
        int,
        typer.Option(
            parser=options.whole(0, 100_000),
            metavar="N",
            help="The N people whose lives differ most between two runs, and why.",
        ),
    ] = 0,
    person: Annotated[
        int | None,
        typer.Option(
            parser=options.whole(0, options.MOST_PEOPLE),
            metavar="ID",
            help="One person's histories in two runs, side by side.",
        ),
    ] = None,
    incomplete: Annotated[
        bool, typer.Option("--incomplete", help="Compare the pairs that are complete, where tasks are missing.")
    ] = False,
    out: Annotated[
        Path | None, typer.Option(help="Write every cell of every indicator to this Parquet file instead.")
    ] = None,
    picture: Annotated[
        Path | None, typer.Option(help="Draw the differences that are shown into this .svg or .png file, too.")
    ] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace an earlier file.")] = False,
    as_json: output.Json = False,
) -> None:
    """Compare the scenarios of a sweep with its base: mean paired differences with 95% intervals, and how much precision pairing gained.

    For two runs, compare the people: whose lives differ most, and why.

    Example: stepdown compare sweeps/bradley --indicator prisoners_waiting --each-year
    """
    import pyarrow as pa

    from stepdown.experiments import compare as comparing
    from stepdown.experiments.result_set import ResultSet

    if len(places) > 1 or (affected or person is not None):
        _two_runs(places, affected or SHOWN_PEOPLE, person, displaced=displaced, most=most, as_json=as_json)
        return
    results = ResultSet(places[0])
    if displaced:
        for arm in comparing.others(results.plan, scenario):
            comparing.refuse_incomplete(results.plan, [results.plan.base, arm], incomplete=incomplete)
            pairs = results.pairs(arm)
            _displaced(arm, pairs, results.plan.completeness()[arm][1], most, as_json=as_json)
        return
    if waterfall:
        table = _only(comparing.waterfall(results, incomplete=incomplete), indicator)
        _waterfall(table, results.plan, as_json=as_json)
        return
    if out is not None:
        refuse_file(out, overwrite=overwrite)
        rows = _write(comparing.compare(results, scenario, years=True, incomplete=incomplete), out, overwrite=overwrite)
        output.data_json({"file": str(out), "rows": rows}) if as_json else output.data(str(out))
        return
    where = None if area == "each" else area
    if indicator or group != "all" or area != "England":
        names = indicator or _told_apart(comparing.looked_at(results.plan), group)
        tables = list(
            comparing.compare(
                results, scenario, indicators=names, area=where, group=group, years=each_year, incomplete=incomplete
            )
        )
    else:
        tables = [
            table
            for outcome in comparing.looked_at(results.plan)
            for table in comparing.compare(
                results,
                scenario,
                indicators=[outcome.indicator],
                area=outcome.area,
                group=outcome.group,
                level=outcome.level,
                years=each_year,
                incomplete=incomplete,
            )
        ]
    table = pa.concat_tables(tables)
    if most:
        table = comparing.most_changed(table, most)
    if picture is not None:
        _draw(picture, table, results.plan, overwrite=overwrite)
    _differences(table, results.plan, as_json=as_json)


CALLED = {
    "prisoners_waiting": "prisoners waiting for hospital",
    "wait_clinical_mean": "mean wait for transfer",
    "ready": "patients ready to leave",
    "readmitted_1_year": "readmitted within a year",
    "grave_offences": "grave offences",
    "spending": "spending [£]",
    "qalys": "QALYs on the pathway",
}
"""How indicators are called on a picture."""


def _draw(path: Path, table: "pa.Table", made: "Plan", *, overwrite: bool) -> None:
    """Draw differences into a file.

    Raises
    ------
    UsageError
        The ending is of no picture, or a file is there.
    """
    if path.suffix not in (".svg", ".png"):
        raise UsageError(f"--picture {path}; allowed: a name that ends with .svg or .png")
    refuse_file(path, overwrite=overwrite)
    with optional.extra("--picture", "calibrate"):
        from stepdown.experiments.picture import draw
    draw(path, table.to_pylist(), made.facts.title, CALLED, overwrite=overwrite)


def _told_apart(outcomes: "list[OutcomeFacts]", group: str) -> list[str]:
    """Return the indicators that are looked at where none is named: those that are told apart by a group.

    Raises
    ------
    UsageError
        None of them is.
    """
    from stepdown.results.indicators import INDICATORS

    looked_at = list(dict.fromkeys(outcome.indicator for outcome in outcomes))
    groups = {indicator.name: indicator.groups for indicator in INDICATORS}
    if not (found := [name for name in looked_at if group in groups[name]]):
        allowed = sorted({group for name in looked_at for group in groups[name]})
        message = f"--group {group}: no outcome of the experiment is told apart by it; allowed: {', '.join(allowed)}, or another --indicator"
        raise UsageError(message)
    return found


def _two_runs(
    places: list[Path], number: int, person: int | None, *, displaced: bool, most: int, as_json: bool
) -> None:
    """Compare two runs person by person.

    Raises
    ------
    UsageError
        There aren't two, or not the same people live in them.
    """
    from stepdown.experiments import histories
    from stepdown.results import Results

    if len(places) != 2:
        message = f"{len(places)} folders; allowed: that of one sweep, or those of two runs (a sweep keeps them with keep = ['run'], in its folder runs)"
        raise UsageError(message)
    one, other = (Results(place) for place in places)
    if displaced:
        _displaced(other.path.name, [(one, other)], 1, most, as_json=as_json)
        return
    if person is None:
        rows = histories.affected(one, other, number).to_pylist()
        if as_json:
            output.data_json(rows)
        elif rows:
            shown = [
                row | {key: round(value) for key, value in row.items() if isinstance(value, float)} for row in rows
            ]
            output.data(output.columns(shown, list(shown[0])))
        else:
            output.warn("nobody spends another number of days in any place")
        return
    found = histories.parting(one, other, person)
    events = [histories.history(run, person) for run in (one, other)]
    keys = ("day", "before", "after", "same")
    rows = [dict(zip(keys, row, strict=True)) for row in histories.side_by_side(*events)]
    if as_json:
        output.data_json({"person": person, "parts": found.day, "why": found.why, "said": found.said, "events": rows})
        return
    output.data(output.columns(rows, keys))
    output.data(f"{found.why}, {found.day}: {found.said}" if found.day is not None else found.said)


def _displaced(arm: str, pairs: Any, of: int, most: int, *, as_json: bool) -> None:
    """Print whose waits have grown and shrunk most, and how many admissions are avoided."""
    from stepdown.results.avoided import avoided
    from stepdown.results.displacement import displaced

    if not pairs:
        message = f"{arm}: no pair of runs is done; allowed: one at least"
        raise UsageError(message)
    before, after = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
    waits = [row for row in displaced(before, after).to_pylist() if row["change"] is not None]
    people = avoided(before, after).to_pylist()
    if as_json:
        output.data_json({"scenario": arm, "pairs": len(pairs), "of": of, "waits": waits, "admissions": people})
        return
    number = most or SHOWN_PEOPLE
    shown = waits if len(waits) <= 2 * number else [*waits[:number], *waits[-number:]]
    for rows in (shown, people):
        if rows:
            output.data(
                output.columns(
                    [
                        {
                            key: "" if value is None else output.figure(value) if isinstance(value, float) else value
                            for key, value in row.items()
                        }
                        for row in rows
                    ],
                    list(rows[0]),
                )
            )
    longer, shorter = (sum(sign * row["change"] > 0 for row in waits) for sign in (1, -1))
    output.log(
        f"{arm}: {longer} groups wait longer and {shorter} shorter, in {len(pairs)} of {of} pairs; waits in days, longest growth first"
    )


def _write(tables: Any, out: Path, *, overwrite: bool) -> int:
    """Write tables to a Parquet file as they come; return the rows."""
    import pyarrow.parquet as pq

    from stepdown.atomic import written
    from stepdown.experiments.compare import SCHEMA

    rows = 0
    with written(out, overwrite=overwrite) as aside, pq.ParquetWriter(aside, SCHEMA) as file:
        for table in tables:
            file.write_table(table)
            rows += table.num_rows
    return rows


def _differences(table: "pa.Table", made: "Plan", *, as_json: bool) -> None:
    from stepdown.experiments.compare import gains

    rows = table.to_pylist()
    if as_json:
        complete = {name: {"done": have, "of": of} for name, (have, of) in made.completeness().items()}
        output.data_json({"base": made.base, "complete": complete, "differences": rows})
        return
    if not rows:
        output.warn("no such cell is known in a pair of runs")
        return
    shown = [_shown(row, SHOWN) for row in rows]
    kept = [
        key
        for key in SHOWN
        if key in ("scenario", "indicator")
        or len({row[key] for row in shown}) > 1
        or key not in ("level", "area", "year")
    ]
    output.data(output.columns(shown, kept))
    _said(made)
    if (gain := gains(table)) is not None:
        output.log(
            f"pairing: the median difference varies {output.figure(gain)} times less than one of unpaired runs"
            + (": on these outcomes it hardly helps" if gain < NO_GAIN else "")
        )
    rare = [row for row in rows if row["pairs"] > 1 and 2 * row["differ"] < row["pairs"]]
    if rare:
        output.log(
            f"{len(rare)} of {len(rows)} differences are none in more than half of the pairs: "
            "their intervals are too narrow; allowed: a greater population, more years, or more replicates"
        )
    controlled = [row for row in rows if row["control"] is not None]
    if controlled:
        output.log(
            f"{len(controlled)} of {len(rows)} differences take {controlled[0]['control']} runs of the base as a control variate"
        )


def _said(made: "Plan") -> None:
    """Say how complete a sweep is, with every mean."""
    complete = made.completeness()
    said = ", ".join(f"{name} {have} of {of} tasks" for name, (have, of) in list(complete.items())[:8])
    output.log(f"base {made.base}; {said}" + (f", and {len(complete) - 8} more" if len(complete) > 8 else ""))


def _shown(row: dict[str, Any], keys: tuple[str, ...]) -> dict[str, Any]:
    """Return a row as a table shows it: with three or four figures, and how many of the pairs there are."""
    shown = {
        key: "" if row[key] is None else output.figure(row[key]) if isinstance(row[key], float) else row[key]
        for key in keys
    }
    if "year" in shown and row["year"] is None:
        shown["year"] = "mean"
    return shown | {"pairs": f"{row['pairs']} of {row['of']}"}


def _only(table: "pa.Table", indicators: list[str] | None) -> "pa.Table":
    """Return the rows of some outcomes, or of all.

    Raises
    ------
    UsageError
        If one of them isn't an outcome of the experiment.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    names = sorted(set(table["indicator"].to_pylist()))
    for name in indicators or ():
        if name not in names:
            raise UsageError(
                f"--indicator {name}: a waterfall has the experiment's outcomes; allowed: {', '.join(names)}"
            )
    return table.filter(pc.is_in(table["indicator"], pa.array(indicators))) if indicators else table


def _waterfall(table: "pa.Table", made: "Plan", *, as_json: bool) -> None:
    rows = table.to_pylist()
    if as_json:
        output.data_json(rows)
        return
    output.data(output.columns([_shown(row, STEPS) for row in rows], STEPS))
    _said(made)

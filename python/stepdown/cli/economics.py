"""`stepdown economics`: what the scenarios of a sweep cost and give, how sure that is, and what it would be worth to know more."""

from pathlib import Path
from typing import Annotated, Any

import typer

from stepdown.cli import output
from stepdown.errors import UsageError

MILLION = 1e6

SHOWN = 20
"""Groups of parameters that are printed."""


def _pounds(found: object) -> float:
    """Read what a QALY is worth."""
    try:
        value = float(str(found))
    except ValueError:
        value = -1.0
    if not 0 <= value < float("inf"):
        raise typer.BadParameter(f"{found!r}; allowed: a number of pounds, 0 or more")
    return value


def _rate(found: object) -> float:
    """Read a discount rate."""
    try:
        value = float(str(found))
    except ValueError:
        value = -1.0
    if not 0 <= value <= 1:
        raise typer.BadParameter(f"{found!r}; allowed: a number from 0 to 1")
    return value


def economics(
    sweep: Annotated[Path, typer.Argument(metavar="SWEEP", help="Folder of a sweep.")],
    *,
    scenario: Annotated[
        list[str] | None, typer.Option(help="Only this scenario beside the base; may be given again.")
    ] = None,
    perspective: Annotated[
        str, typer.Option(help="Whose costs count: health (and social care), public (with justice), society.")
    ] = "health",
    threshold: Annotated[
        float | None,
        typer.Option(parser=_pounds, metavar="POUNDS", help="What a QALY is worth, in place of the evidence's."),
    ] = None,
    discount: Annotated[
        float | None,
        typer.Option(parser=_rate, metavar="RATE", help="Discount rate a year, in place of the evidence's."),
    ] = None,
    parameter: Annotated[
        list[str] | None,
        typer.Option(
            metavar="PREFIX",
            help="Value of knowing these parameters: how ids begin, several joined by +; may be given again.",
        ),
    ] = None,
    study: Annotated[
        list[str] | None,
        typer.Option(
            metavar="ID=PEOPLE[:SD]",
            help="Value of a study of so many people; of a mean, with the standard deviation between them.",
        ),
    ] = None,
    incomplete: Annotated[
        bool, typer.Option("--incomplete", help="Leave out replicates that aren't done in all scenarios.")
    ] = False,
    export: Annotated[
        Path | None, typer.Option(help="Also write matrices for R's voi and BCEA into this folder.")
    ] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace earlier files.")] = False,
    as_json: output.Json = False,
) -> None:
    """Tell costs by payer, QALYs, ICERs, acceptability and value of information of a sweep, with the noise of replicates taken out.

    Example: stepdown economics sweeps/places --perspective public
    """
    from stepdown.economics.export import export as write
    from stepdown.economics.summary import curve, document
    from stepdown.economics.sweep import costs_and_effects, parameters_of
    from stepdown.experiments.result_set import ResultSet

    results = ResultSet(sweep)
    found = costs_and_effects(results, scenario, perspective=perspective, discount=discount, incomplete=incomplete)
    ids: tuple[str, ...] = ()
    values: Any = None
    if len(found.draws) > 1:
        ids, values = parameters_of(results.plan, found.draws)
    elif parameter or study or export:
        message = (
            f"{sweep}: it has {len(found.draws)} draw; allowed: two or more draws of the parameters for what is unknown"
        )
        raise UsageError(message)
    said = document(found, threshold=threshold, ids=ids, parameters=values, asked=parameter or (), studies=study or ())
    if export is not None:
        files = write(
            export,
            found.arms,
            found.costs,
            found.effects,
            curve().tolist(),
            ids=ids,
            parameters=values,
            overwrite=overwrite,
        )
        said["files"] = [str(file) for file in files]
    if as_json:
        output.data_json(_plain(said))
        return
    _tell(said)


def _plain(said: Any) -> Any:
    """Return a document without NaN, which JSON doesn't know."""
    if isinstance(said, dict):
        return {key: _plain(value) for key, value in said.items()}
    if isinstance(said, list):
        return [_plain(value) for value in said]
    return None if isinstance(said, float) and said != said else said


def _tell(said: dict[str, Any]) -> None:
    """Print a document as tables, in £ million."""
    rows = [
        {
            "scenario": row["arm"],
            "cost £m": _millions(row["cost"]),
            "QALYs": output.figure(row["effect"]),
            "status": row["status"],
            "against": row["against"] or "",
            "more £m": _millions(row["more_cost"]),
            "more QALYs": _figure(row["more_effect"]),
            "£ a QALY": _figure(row["icer"]),
        }
        for row in said["icers"]
    ]
    output.data(output.columns(rows, list(rows[0])))
    output.data("")
    rows = [
        {
            "scenario": row["arm"],
            "beside the base": row["what"] + (" (QALYs)" if row["what"] == "qalys" else " (£m)"),
            **{
                key: (_figure if row["what"] == "qalys" else _millions)(row[key])
                for key in ("difference", "low", "high")
            },
        }
        for row in said["differences"]
    ]
    output.data(output.columns(rows, list(rows[0])))
    if "acceptability" in said:
        _tell_unknown(said)
    _say(said)


def _tell_unknown(said: dict[str, Any]) -> None:
    """Print what depends on draws: acceptability and value of information."""
    output.data("")
    rows = [
        {
            "£ a QALY": _figure(row["threshold"]),
            "best": row["best"],
            "likely to be": _figure(row["frontier"]),
            **{
                arm: _figure(
                    row["naive"][arm] if row["corrected"][arm] != row["corrected"][arm] else row["corrected"][arm]
                )
                for arm in said["arms"]
            },
            "noise": _figure(row["noise"]),
        }
        for row in said["acceptability"]
    ]
    output.data(output.columns(rows, list(rows[0])))
    worth: list[dict[str, Any]] = [
        {"to know": f"everything ({name})", **_worth(value)} for name, value in said["evpi"].items()
    ]
    worth += [{"to know": name, **_worth(value)} for name, value in list(said.get("evppi", {}).items())[:SHOWN]]
    worth += [{"to know": f"a study: {text}", **_worth(value)} for text, value in said.get("evsi", {}).items()]
    output.data("")
    output.data(output.columns(worth, list(worth[0])))


def _worth(value: dict[str, Any]) -> dict[str, str]:
    shown = {"worth £m": "value", "error": "error", "low": "low", "high": "high"}
    return {name: _millions(value[key]) for name, key in shown.items()} | {"noise": _figure(value["noise"])}


def _say(said: dict[str, Any]) -> None:
    """Say what the tables rest on."""
    output.log(
        f"{said['draws']} draws × {said['replicates']:g} replicates × {len(said['arms'])} scenarios; all England and all reported years, "
        f"discounted; costs: {said['perspective']}; a QALY at £{said['threshold']:,.0f}"
    )
    if not said["common"]:
        output.log(
            "QALYs are of people while they are on the pathway: who is kept from it seems to lose health; "
            'allowed: keep = ["people", "spells", "ledger"] in the experiment, for health of the same people in all scenarios'
        )
    if "evpi" not in said:
        output.log("with one draw of the parameters nothing can be said of what is unknown; allowed: draws = 100, say")
    elif "evppi" not in said:
        output.log(
            f"with {said['draws']} draws of the parameters nothing can be said of what it is worth to know some; "
            f"allowed: {said['least']} or more"
        )
    if "corrected" not in said.get("evpi", {"corrected": None}):
        output.log(
            "with one replicate of each draw noise can't be taken out of acceptability and value; allowed: two or more"
        )
    elif "evpi" in said:
        value = said["evpi"]["corrected"]
        output.log(
            f"{100 * value['noise']:.0f}% of the variance of differences between scenarios is noise of replicates; "
            "'corrected' has taken it out, and probabilities too"
        )


def _millions(value: float) -> str:
    return _figure(value / MILLION)


def _figure(value: float) -> str:
    return "" if value != value else output.figure(value)

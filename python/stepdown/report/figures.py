"""The figures of a report: each a chart, one sentence that says what is to be seen, and the table that the chart is drawn from.

A figure that can't be made from what was given says in one line why, and is never an empty chart.
"""

from __future__ import annotations

import csv
import math
from collections import Counter
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any, NamedTuple

import altair as alt
import numpy as np
import pyarrow as pa
import pyarrow.dataset as ds

from stepdown import evidence
from stepdown.charts.theme import LIGHT
from stepdown.economics.cost_effectiveness import acceptability, icers, net_benefit
from stepdown.economics.value_of_information import evppi
from stepdown.estimands.history import History
from stepdown.estimands.survival import kaplan_meier
from stepdown.evidence import ranking
from stepdown.evidence.draws import drawn
from stepdown.experiments.compare import FIRST_LOOKED_AT, looked_at, waterfall
from stepdown.experiments.histories import affected
from stepdown.report.answer import UNITS
from stepdown.results.common_health import common_health
from stepdown.results.indicators import ENGLAND
from stepdown.results.uncertainty import variance_components
from stepdown.vocabulary import HOSPITAL, SECURE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from numpy.typing import NDArray

    from stepdown.economics.cost_effectiveness import Acceptability
    from stepdown.report.answer import Answer, Key
    from stepdown.results.run import Results

    Numbers = NDArray[np.float64]
    Rows = list[dict[str, Any]]

__all__ = ["FIGURES", "Figure", "LeftOut", "figures", "headline", "number"]

WIDTH = 420
"""Width of what a chart plots [px]; with labels it fits a page, and a phone's screen turned."""

ROW = 24
"""Height of a row of a chart [px]."""

SHOWN_ARMS = len(LIGHT.categories)
"""Scenarios that colours tell apart."""

WAIT = "wait_clinical_mean"
"""What is looked at by area and by group of people: how long prisoners wait for a bed."""

BY_AREA = (WAIT, "prisoners_waiting")
"""What maps show: how long people wait, and how many."""

OVER_TIME = ("prisoners_waiting", "ready", "occupancy", "discharges")
"""What is drawn over time where an experiment names no outcomes."""

GROUPS = ("sex", "ethnicity", "legal status")
"""By what it is told who gains."""

FLOWS = 14
"""Moves that are drawn, those of most people."""

POINTS = 150
"""Points of a survival curve, at most: it is a step function, and a screen shows no more."""

TOP = 12
"""Assumptions that are listed, and parameters that are drawn in a tornado: the most influential."""

LEAST_DRAWS = 20
"""Draws from which parts of uncertainty are given to parameters."""

THRESHOLDS = tuple(range(0, 70_001, 2_500))
"""What a QALY may be worth on the curves [£/QALY]: up to HM Treasury's 70,000. An axis; nothing in the model depends on it."""

VALUED_AT = 25_000
"""Where the value of information is drawn [£/QALY]: the middle of NICE's 20,000 to 30,000."""

SHADE = 0.25
"""Opacity of bands."""

INFLUENCE_ON = {
    "occupancy": "occupied.all",
    "ready": "delayed",
    "wait_clinical_mean": "wait.clinical.mean",
    "prisoners_waiting": "wait.clinical.mean",
    "admissions": "transfers",
    "discharges": "stay.medium.residents.over_5_years",
    "readmitted_1_year": "readmission.secure.persons_per_follow_up",
    "spending": "spending.secure_inpatient",
}
"""The result of the ranking of parameters that is nearest to an indicator."""

NAMES = {
    "prisoners_waiting": "Prisoners waiting for hospital",
    "wait_clinical_mean": "Mean wait of prisoners for hospital",
    "admissions": "Admissions to secure care",
    "ready": "Patients ready to leave",
    "occupancy": "Occupancy of beds",
    "discharges": "Discharges to the community",
    "readmitted_1_year": "Readmitted within a year",
    "grave_offences": "Grave offences",
    "spending": "Spending",
    "qalys": "QALYs of people on the pathway",
}
"""How indicators are called; the others go by their own names."""


@dataclass(frozen=True)
class Figure:
    """A chart with what belongs to it.

    Attributes
    ----------
    id
        Short name, for links and files.
    title, said
        What it is, and in one sentence what is to be seen.
    chart
        A chart of Altair's; nothing where the table says it all.
    rows
        The table: rows with the same keys, which are its heads.
    """

    id: str
    title: str
    said: str
    chart: Any
    rows: Rows


@dataclass(frozen=True)
class LeftOut:
    """A figure that can't be made from what was given, and why."""

    title: str
    why: str


class Headline(NamedTuple):
    """The answer in one sentence, and in a few more."""

    first: str
    more: list[str]


def number(value: float, *, sign: bool = False) -> str:
    """Return a number for a reader: three figures, millions and billions as such.

    Examples
    --------
    >>> number(-44.41, sign=True), number(2617093607.0), number(0.0853), number(1234.5)
    ('−44.4', '2.62bn', '0.0853', '1,234')
    """
    if math.isnan(value):
        return "unknown"
    mark = "−" if value < 0 else "+" if sign and value > 0 else ""
    size = abs(value)
    for least, by, unit in ((1e9, 1e9, "bn"), (1e6, 1e6, "m")):
        if size >= least:
            return f"{mark}{size / by:.3g}{unit}"
    return mark + (f"{size:,.0f}" if size >= 200 else f"{size:.3g}")


def name_of(indicator: str) -> str:
    """Return how an indicator is called.

    Examples
    --------
    >>> name_of("ready"), name_of("deaths_in_care")
    ('Patients ready to leave', 'Deaths in care')
    """
    return NAMES.get(indicator, indicator.replace("_", " ").capitalize())


def measured(value: float, unit: str, *, sign: bool = False) -> str:
    """Return a number with its unit.

    Examples
    --------
    >>> measured(0.913, "share"), measured(-2.5e6, "£", sign=True), measured(41.2, "d"), measured(-0.02, "share", sign=True)
    ('91.3%', '−£2.5m', '41.2 days', '−2 points')
    """
    if unit == "share":
        return f"{number(100 * value, sign=sign)} points" if sign else f"{number(100 * value)}%"
    if unit == "£":
        text = number(value, sign=sign)
        return f"{text[0]}£{text[1:]}" if text[:1] in "−+" else f"£{text}"
    return f"{number(value, sign=sign)} {'days' if unit == 'd' else unit}"


def _outcomes(answer: Answer) -> list[str]:
    """Return the indicators that are looked at first, as far as they are there."""
    names = list(FIRST_LOOKED_AT)
    if answer.results is not None:
        asked = [one.indicator for one in looked_at(answer.results.plan)]
        names = list(dict.fromkeys([*asked, *names]))
    return [name for name in names if (ENGLAND, "all") in answer.cells(name)]


def headline(answer: Answer) -> Headline:
    """Return the answer in plain sentences: with intervals of what changes, or of what is."""
    names = _outcomes(answer)
    if not answer.others:
        said = [_level(answer, name) for name in names]
        return Headline(said[0], said[1:4])
    arm = answer.others[0]
    clear: list[str] = []
    rest: list[str] = []
    for name in names:
        found = answer.differences(arm, name)
        sentence = _change(answer, arm, name, found)
        (clear if found.low[0] * found.high[0] > 0 else rest).append(sentence)
    said = clear + rest
    more = said[1:3] + [
        _change(answer, other, names[0], answer.differences(other, names[0])) for other in answer.others[1:]
    ]
    return Headline(said[0], more)


def _level(answer: Answer, name: str) -> str:
    values = np.array(list(answer.over_years(answer.base, name).values()))
    text = f"{name_of(name)}: {measured(float(values.mean()), UNITS[name])} on average over {_span(answer, name)}"
    return text + (
        f", between {measured(float(values.min()), UNITS[name])} and {measured(float(values.max()), UNITS[name])} in {len(values)} runs."
        if len(values) > 1
        else ", in one run, so without an interval."
    )


def _span(answer: Answer, name: str) -> str:
    years = answer.years(name)
    return f"{years[0]}/{(years[0] + 1) % 100:02d} to {years[-1]}/{(years[-1] + 1) % 100:02d}" if years else "no year"


def _change(answer: Answer, arm: str, name: str, found: Any) -> str:
    unit, change, base = UNITS[name], float(found.difference[0]), float(found.base[0])
    if math.isnan(change):
        return f"{name_of(name)}: not known in both {arm} and {answer.base}."
    size = measured(abs(change), unit, sign=unit == "share").lstrip("+")
    moved = f"{'up' if change > 0 else 'down'} by {size}" if change else "the same"
    text = f"{name_of(name)}: {moved} under {arm}, from {measured(base, unit)}"
    low, high = float(found.low[0]), float(found.high[0])
    if math.isnan(low):
        return f"{text}; one pair of runs, so without an interval."
    between = f"{measured(low, unit, sign=True)} to {measured(high, unit, sign=True)}"
    return f"{text} (95% interval of the change: {between}; {int(found.pairs[0])} pairs of runs)."


# What is drawn.


def _data(rows: Rows) -> Any:
    return alt.InlineData(
        values=[{k: None if isinstance(v, float) and math.isnan(v) else v for k, v in row.items()} for row in rows]
    )


def _arms(answer: Answer, arms: Sequence[str] | None = None) -> Any:
    """Return the colours of scenarios: the same in every chart; the base is grey where others are beside it."""
    names = list(answer.arms[: SHOWN_ARMS + 1])
    colours = [LIGHT.published, *LIGHT.categories] if len(names) > 1 else [LIGHT.categories[0]]
    of = dict(zip(names, colours, strict=False))
    shown = [arm for arm in names if arms is None or arm in arms]
    legend = (
        alt.Legend(title=None, orient="top", columns=3, columnPadding=24, symbolOpacity=1) if len(shown) > 1 else None
    )
    return alt.Scale(domain=shown, range=[of[arm] for arm in shown]), legend


def _colour(answer: Answer, field: str = "scenario:N", arms: Sequence[str] | None = None) -> Any:
    scale, legend = _arms(answer, arms)
    return alt.Color(field, scale=scale, legend=legend)


def _named(field: str, order: Sequence[str] | None = None) -> Any:
    """Return an axis of names, in their order, every one of which is written."""
    return alt.Y(f"{field}:N", sort=order, title=None, axis=alt.Axis(labelOverlap=False))


def _beside(arms: Sequence[str]) -> dict[str, Any]:
    """Return what puts scenarios one below the other within a row, where there are several."""
    return {"yOffset": alt.YOffset("scenario:N", sort=list(arms))} if len(arms) > 1 else {}


def _interval(value: float) -> float | None:
    return None if math.isnan(value) else value


def changes(answer: Answer) -> Iterator[Figure | LeftOut]:
    """Yield what changes in England, outcome by outcome, with intervals."""
    title = "What changes"
    if not answer.others:
        yield LeftOut(title, "one scenario was given; a second one would be compared with it")
        return
    rows: Rows = []
    for arm in answer.others:
        for name in _outcomes(answer):
            found = answer.differences(arm, name)
            base = float(found.base[0])
            if not base or math.isnan(base):
                continue
            rows.append(
                {
                    "scenario": arm,
                    "outcome": name_of(name),
                    "unit": UNITS[name],
                    "base": base,
                    "change": float(found.difference[0]),
                    "low": _interval(float(found.low[0])),
                    "high": _interval(float(found.high[0])),
                    "relative change": float(found.difference[0]) / base,
                    "pairs": int(found.pairs[0]),
                }
            )
    drawn_rows = [
        row | {"from": row["low"] / row["base"], "to": row["high"] / row["base"]} if row["low"] is not None else row
        for row in rows
    ]
    drawn_rows = [row for row in drawn_rows if row["scenario"] in answer.arms[: SHOWN_ARMS + 1]]
    base_chart = alt.Chart(_data(drawn_rows)).encode(
        _named("outcome"),
        _colour(answer, arms=answer.others),
        **_beside(answer.others),
    )
    lines = base_chart.mark_rule(strokeWidth=3).encode(
        alt.X("from:Q", axis=alt.Axis(format="+.3~%", tickCount=5, title="change against the base")), alt.X2("to:Q")
    )
    points = base_chart.mark_point(filled=True, size=60, opacity=1).encode(alt.X("relative change:Q"))
    zero = alt.Chart(alt.InlineData(values=[{"x": 0}])).mark_rule(color=LIGHT.ink).encode(x="x:Q")
    step = max(ROW, 13 * len(answer.others))
    chart = (zero + lines + points).properties(width=WIDTH, height=step * len({row["outcome"] for row in rows}))
    clear = sum(row["low"] is not None and row["low"] * row["high"] > 0 for row in rows)
    yield Figure(
        "changes",
        title,
        f"Change of each outcome against {answer.base}, as a mean over the years, with its 95% interval over pairs of runs; {clear} of {len(rows)} intervals leave out no change at all.",
        chart,
        rows,
    )


def over_time(answer: Answer) -> Iterator[Figure | LeftOut]:
    """Yield each outcome year by year, as a fan where there are several runs: what chance makes, and what the parameters make."""
    names: tuple[str, ...] = OVER_TIME
    if answer.results is not None and answer.results.plan.facts.outcomes:
        names = tuple(dict.fromkeys(one.indicator for one in answer.results.plan.facts.outcomes))[:4]
    arms = answer.arms[: SHOWN_ARMS + 1]
    rows, charts = [], []
    for name in names:
        of: Rows = []
        for arm in arms:
            values = answer.values(name)[arm]
            for year in answer.years(name):
                known = values.get((ENGLAND, "all", year), {})
                if not known:
                    continue
                keys = sorted(known)
                found = variance_components(
                    np.array([[known[key] for key in keys]]), np.array([key[1] for key in keys], np.int64)
                )
                mean, chance, parameters = (float(found[key][0]) for key in ("mean", "monte_carlo", "parameters"))
                if math.isnan(chance) and len(keys) > 1:  # a single run of each draw: both together
                    chance, parameters = math.nan, float(np.std([known[key] for key in keys], ddof=1))
                wide = 1.96 * np.nan_to_num(chance), 1.96 * math.hypot(np.nan_to_num(chance), np.nan_to_num(parameters))
                of.append(
                    {
                        "scenario": arm,
                        "outcome": name_of(name),
                        "unit": UNITS[name],
                        "year": year,
                        "mean": mean,
                        "SD of chance": _interval(chance),
                        "SD of parameters": _interval(parameters),
                        "runs": len(keys),
                        "wide": wide,
                    }
                )
        if not of:
            continue
        drawn_rows = [
            {k: v for k, v in row.items() if k != "wide"}
            | {
                "low": row["mean"] - row["wide"][1],
                "high": row["mean"] + row["wide"][1],
                "chance low": row["mean"] - row["wide"][0],
                "chance high": row["mean"] + row["wide"][0],
            }
            for row in of
        ]
        axis = alt.Axis(title=None, format=_form(name, [row["mean"] for row in of]), tickCount=5)
        years = answer.years(name)
        x = alt.X(
            "year:Q",
            axis=alt.Axis(title=None, format="d", values=years[:: max(1, len(years) // 5)]),
            scale=alt.Scale(domain=[years[0], max(years[-1], years[0] + 1)]),
        )
        base = alt.Chart(_data(drawn_rows)).encode(x, _colour(answer, arms=arms))
        fan = alt.Chart(_data([row for row in drawn_rows if row["scenario"] == answer.base])).encode(x)
        y = alt.Y("mean:Q", axis=axis, scale=alt.Scale(zero=False))
        layers = []
        if any(row["runs"] > 1 for row in of):
            for end, dark in (("", 0.5), ("chance ", 1.0)):
                band = fan.mark_area(opacity=SHADE * dark, color=LIGHT.published)
                layers.append(
                    band.encode(alt.Y(f"{end}low:Q", axis=axis, scale=alt.Scale(zero=False)), alt.Y2(f"{end}high:Q"))
                )
        layers.append(base.mark_line(point=alt.OverlayMarkDef(size=25, filled=True)).encode(y))
        charts.append(
            alt.layer(*layers).properties(
                width=WIDTH,
                height=130,
                title=alt.TitleParams(f"{name_of(name)} [{UNITS[name]}]", fontSize=11, fontWeight="normal"),
            )
        )
        rows += [{k: v for k, v in row.items() if k != "wide"} for row in of]
    if not charts:
        yield LeftOut("Year by year", "none of the outcomes is in the runs")
        return
    runs = max(row["runs"] for row in rows)
    bands = (
        "one run of each scenario, so there is no band"
        if runs == 1
        else f"the band is where 95% of the runs of {answer.base} lie, by chance alone: no draw of the parameters was given"
        if answer.draws == 1
        else f"the dark band is chance alone, the light one chance and parameters together: 95% of the runs of {answer.base} lie in it"
        if any(row["SD of chance"] is not None for row in rows)
        else f"the band holds 95% of the draws of {answer.base}, chance and parameters together: with one run of each draw they can't be told apart"
    )
    chart = alt.vconcat(*charts, spacing=14).resolve_scale(color="shared")
    yield Figure("over-time", "Year by year", f"Financial years are named by their 1 April; {bands}.", chart, rows)


def _form(name: str, values: Sequence[float]) -> str:
    """Return how an axis writes an indicator's values."""
    most = max(map(abs, values))
    return ".1%" if UNITS[name] == "share" else ".3~s" if most >= 10_000 else ",.0f" if most >= 20 else ",.2~f"


@cache
def tiles() -> dict[str, tuple[str, int, int]]:
    """Return short name, row and column of each area on the map of tiles."""
    text = (files("stepdown.report") / "area_tiles.csv").read_text(encoding="utf-8")
    return {
        row["area"]: (short(row["area"]), int(row["row"]), int(row["col"])) for row in csv.DictReader(text.splitlines())
    }


def short(area: str) -> str:
    """Return the short name of an area.

    Examples
    --------
    >>> short("North East and North Cumbria"), short("Devon"), short("Buckinghamshire, Oxfordshire and Berkshire West")
    ('NENC', 'DEV', 'BOBW')
    """
    big = [letter for letter in area if letter.isupper()]
    return "".join(big) if len(big) > 1 else area[:3].upper()


def maps(answer: Answer) -> Iterator[Figure | LeftOut]:
    """Yield maps of the 42 areas: of the change under each scenario, or of the level where there is only one."""
    indicator = next((name for name in BY_AREA if len(answer.cells(name)) > 1), None)
    if indicator is None:
        yield LeftOut("Map of the areas", "the runs have no waits by area")
        return
    cells = [(area, "all") for area in tiles() if (area, "all") in answer.cells(indicator)]
    unit = UNITS[indicator]
    for k, arm in enumerate(answer.others[:SHOWN_ARMS] or (answer.base,)):
        rows: Rows = []
        if answer.others:
            found = answer.differences(arm, indicator, cells=cells)
            for j, (area, _) in enumerate(cells):
                rows.append(
                    {
                        "area": area,
                        "short": tiles()[area][0],
                        "base": float(found.base[j]),
                        "scenario": float(found.mean[j]),
                        "change": float(found.difference[j]),
                        "low": _interval(float(found.low[j])),
                        "high": _interval(float(found.high[j])),
                    }
                )
            shown = "change"
        else:
            for area, _ in cells:
                values = answer.over_years(arm, indicator, area=area)
                rows.append({"area": area, "short": tiles()[area][0], "mean": float(np.mean(list(values.values())))})
            shown = "mean"
        rows = [row for row in rows if not math.isnan(row[shown])]
        if not rows:
            continue
        largest = max(abs(row[shown]) for row in rows) or 1.0
        chart = _tiles(
            rows, shown, largest, f"{'change' if answer.others else 'mean'} [{'days' if unit == 'd' else unit}]"
        )
        if answer.others:
            up, down = (sum(sign * row["change"] > 0 for row in rows) for sign in (1, -1))
            what = f"{name_of(indicator)}, {arm} against {answer.base}: longer in {up} areas (orange), shorter in {down} (blue); "
            what += "an area has few people a year, so look at the intervals in the table before naming one."
        else:
            most, least = (pick(rows, key=lambda row: float(row["mean"])) for pick in (max, min))
            what = f"{name_of(indicator)}: from {measured(least['mean'], unit)} in {least['area']} to {measured(most['mean'], unit)} in {most['area']}."
        yield Figure(
            "map" if k == 0 else f"map-{k + 1}",
            f"Map of the areas{f': {arm}' if len(answer.others) > 1 else ''}",
            what,
            chart,
            rows,
        )


def _tile(value: float, *, sign: bool) -> str:
    """Return a number for a tile, which has room for little.

    Examples
    --------
    >>> _tile(-9.818, sign=True), _tile(0.0495, sign=True), _tile(123.4, sign=False)
    ('−9.8', '0', '123')
    """
    rounded = round(value, 1 if abs(value) < 100 else 0)
    return number(rounded, sign=sign) if rounded else "0"


def _tiles(rows: Rows, shown: str, largest: float, legend: str) -> Any:
    placed = [
        row
        | {
            "row": tiles()[row["area"]][1],
            "column": tiles()[row["area"]][2],
            "text": _tile(row[shown], sign=shown == "change"),
            "far": row[shown] / largest,
        }
        for row in rows
    ]
    two_sided = shown == "change"
    scale = (
        alt.Scale(domain=[-largest, 0, largest], range=list(LIGHT.diverging))
        if two_sided
        else alt.Scale(domain=[0, largest], range=list(LIGHT.sequential))
    )
    base = alt.Chart(_data(placed)).encode(
        alt.X("column:O", axis=None, scale=alt.Scale(padding=0.04)),
        alt.Y("row:O", axis=None, scale=alt.Scale(padding=0.04)),
    )
    # Text on a tile is of a fixed colour, as the tile is: dark mode doesn't change either.
    ink = alt.condition(
        "datum.far < -0.88" if two_sided else "datum.far > 0.68", alt.value("#fdfdfd"), alt.value("#101418")
    )
    boxes = base.mark_rect(cornerRadius=3).encode(
        alt.Color(
            f"{shown}:Q", scale=scale, legend=alt.Legend(title=legend, orient="top", gradientLength=200, tickCount=4)
        ),
        alt.Description("area:N"),
    )
    names = base.mark_text(dy=-7, fontSize=10, aria=False).encode(alt.Text("short:N"), color=ink)
    values = base.mark_text(dy=8, fontSize=11, fontWeight="bold", aria=False).encode(alt.Text("text:N"), color=ink)
    return (boxes + names + values).properties(width=460, height=460)


def gains(answer: Answer) -> Iterator[Figure | LeftOut]:
    """Yield who gains and who waits longer: by sex, ethnicity and legal status, and the areas at either end."""
    title = "Who gains, and who waits longer"
    if not answer.others:
        yield LeftOut(title, "one scenario was given")
        return
    rows: Rows = []
    for arm in answer.others[:SHOWN_ARMS]:
        for group in GROUPS:
            cells = [cell for cell in answer.cells(WAIT, group) if cell[0] == ENGLAND]
            found = answer.differences(arm, WAIT, group, cells) if cells else None
            for k, (_, level) in enumerate(cells):
                rows.append(_gain(arm, group, level, found, k))
        cells = [cell for cell in answer.cells(WAIT) if cell[0] != ENGLAND]
        if cells:
            found = answer.differences(arm, WAIT, "all", cells)
            known = [k for k in np.argsort(found.difference) if not math.isnan(found.difference[k])]
            for k in dict.fromkeys([*known[:3], *known[-3:]]):
                rows.append(_gain(arm, "area (the three at either end)", cells[k][0], found, int(k)))
    rows = [row for row in rows if not math.isnan(row["change"])]
    if not rows:
        yield LeftOut(title, "the runs have no waits by group")
        return
    panels = []
    arms = answer.others[:SHOWN_ARMS]
    for group in dict.fromkeys(row["by"] for row in rows):
        of = [row for row in rows if row["by"] == group]
        order = list(dict.fromkeys(row["group"] for row in of))
        if group.startswith("area"):
            order = sorted(order, key=lambda one: float(np.mean([row["change"] for row in of if row["group"] == one])))
        base = alt.Chart(_data(of)).encode(
            _named("group", order),
            _colour(answer, arms=arms),
            **_beside(arms),
        )
        axis = alt.Axis(title="change of the mean wait [days]", format="+,.3~f", tickCount=5)
        zero = alt.Chart(alt.InlineData(values=[{"x": 0}])).mark_rule(color=LIGHT.ink).encode(x="x:Q")
        lines = base.mark_rule(strokeWidth=2).encode(alt.X("low:Q", axis=axis), alt.X2("high:Q"))
        points = base.mark_point(filled=True, size=50, opacity=1).encode(alt.X("change:Q", axis=axis))
        panels.append(
            (zero + lines + points).properties(
                width=WIDTH - 60,
                height=max(ROW - 4, 11 * len(arms)) * len(order),
                title=alt.TitleParams(f"by {group}", fontSize=11, fontWeight="normal"),
            )
        )
    longer, shorter = (
        sum(sign * row["change"] > 0 and row["low"] is not None and row["low"] * row["high"] > 0 for row in rows)
        for sign in (1, -1)
    )
    said = f"Change of the mean wait of prisoners for hospital, from need identified to admission: of {len(rows)} groups, {shorter} clearly wait shorter and {longer} clearly longer (their intervals leave out no change). Of areas, only the three at either end are drawn."
    yield Figure("who", title, said, alt.vconcat(*panels, spacing=12).resolve_scale(color="shared"), rows)


def _gain(arm: str, group: str, level: str, found: Any, k: int) -> dict[str, Any]:
    return {
        "scenario": arm,
        "by": group,
        "group": level,
        "before": float(found.base[k]),
        "after": float(found.mean[k]),
        "change": float(found.difference[k]),
        "low": _interval(float(found.low[k])),
        "high": _interval(float(found.high[k])),
        "pairs": int(found.pairs[k]),
    }


def parts(answer: Answer) -> Iterator[Figure | LeftOut]:
    """Yield the waterfall of a package: what each part adds, averaged over all orders."""
    title = "What each part of the package adds"
    if answer.results is None or not answer.results.plan.facts.parts:
        yield LeftOut(title, "there is no package to take apart: an experiment with [package] has one")
        return
    table = waterfall(answer.results, incomplete=True).to_pylist()
    charts, rows = [], []
    for outcome in list(dict.fromkeys(row["indicator"] for row in table))[:3]:
        at, of = 0.0, []
        for row in (row for row in table if row["indicator"] == outcome):
            whole = row["step"] in ("base", "package")
            start = 0.0 if whole else at
            at = row["value"] if whole else at + row["value"]
            of.append(
                {
                    "outcome": outcome,
                    "step": row["step"],
                    "value": row["value"],
                    "low": row["low"],
                    "high": row["high"],
                    "alone": row["alone"],
                    "last": row["last"],
                    "pairs": row["pairs"],
                    "start": start,
                    "end": at,
                    "kind": "whole" if whole else "more" if row["value"] > 0 else "less",
                    "text": number(row["value"], sign=not whole),
                }
            )
        levels = [row["end"] for row in of]
        floor = 0.0 if min(levels) <= 0 else max(0.0, min(levels) - 1.5 * (max(levels) - min(levels)))
        drawn_rows = [
            row | {"start": max(row["start"], floor) if row["kind"] == "whole" else row["start"]} for row in of
        ]
        base = alt.Chart(_data(drawn_rows)).encode(_named("step"))
        scale = alt.Scale(
            domain=["whole", "more", "less"], range=[LIGHT.published, LIGHT.categories[1], LIGHT.categories[0]]
        )
        bars = base.mark_bar().encode(
            alt.X("start:Q", scale=alt.Scale(zero=False, nice=True), axis=alt.Axis(title=None, tickCount=5)),
            alt.X2("end:Q"),
            alt.Color("kind:N", scale=scale, legend=None),
        )
        said = (
            base.mark_text(align="left", dx=5)
            .encode(alt.X("right:Q"), alt.Text("text:N"))
            .transform_calculate(right="max(datum.start, datum.end)")
        )
        charts.append(
            (bars + said).properties(
                width=WIDTH,
                height=ROW * len(of),
                title=alt.TitleParams(outcome.replace("_", " "), fontSize=11, fontWeight="normal"),
            )
        )
        rows += [
            {key: value for key, value in row.items() if key not in ("start", "end", "kind", "text")} for row in of
        ]
    yield Figure(
        "package",
        title,
        "From the base to the package: what each part adds, averaged over all orders in which the parts can come; base and parts add up to the package. Where all bars are far from 0 the axis doesn't begin there.",
        alt.vconcat(*charts, spacing=14),
        rows,
    )


def flows(answer: Answer) -> Iterator[Figure | LeftOut]:
    """Yield how many people move from where to where, under each scenario."""
    title = "Who moves where"
    arms = [arm for arm in answer.arms[: SHOWN_ARMS + 1] if answer.runs.get(arm)]
    if not arms:
        yield LeftOut(title, 'the folders of the runs were not kept (keep = ["run"] in the experiment keeps them)')
        return
    moves = {arm: _moves(list(answer.runs[arm].values())) for arm in arms}
    totals = sum(moves.values(), Counter())
    most = [move for move, _ in totals.most_common() if set(move) & set(HOSPITAL)][:FLOWS]
    rows: Rows = [
        {"move": f"{one} to {other}", "scenario": arm, "people a year": moves[arm][one, other]}
        | (
            {f"change against {answer.base}": moves[arm][one, other] - moves[arms[0]][one, other]}
            if len(arms) > 1
            else {}
        )
        for one, other in most
        for arm in arms
    ]
    base = alt.Chart(_data(rows)).encode(_named("move"))
    axis = alt.Axis(title="moves a year, all of England (each step is tenfold)", format=",.0f", tickCount=5)
    x = alt.X("people a year:Q", axis=axis, scale=alt.Scale(type="log"))
    lines = base.mark_line(color=LIGHT.muted, strokeWidth=1).encode(x, alt.Detail("move:N"))
    points = base.mark_point(filled=True, size=60, opacity=0.9).encode(x, _colour(answer, arms=arms))
    layers = [points]
    said = f"The {len(most)} commonest moves into, within and out of hospital, each year."
    if len(arms) > 1:
        changed = {move: moves[arms[1]][move] - moves[arms[0]][move] for move in most}
        notes = [{"move": f"{one} to {other}", "text": number(changed[one, other], sign=True)} for one, other in most]
        text = alt.Chart(_data(notes)).mark_text(align="left", color=LIGHT.ink)
        layers = [lines, points, text.encode(_named("move"), alt.Text("text:N"), x=alt.value(WIDTH - 72))]
        one, other = max(most, key=lambda move: abs(changed[move]))
        said += (
            f" At the right, the change under {arms[1]}; it is greatest from {one} to {other}, "
            f"{number(changed[one, other], sign=True)} a year."
        )
    chart = alt.layer(*layers).properties(width=WIDTH - 80, height=ROW * len(most))
    yield Figure("flows", title, said, chart, rows)


def _moves(runs: Sequence[Results]) -> Counter[tuple[str, str]]:
    """Return moves a year by place and destination, a mean over runs, in all of England."""
    found: Counter[tuple[str, str]] = Counter()
    for run in runs:
        table = run.table("spells", columns=["place", "destination"])
        words = pa.table({name: table[name].cast(pa.string()) for name in table.column_names})
        counts = words.group_by(["place", "destination"], use_threads=False).aggregate([([], "count_all")])
        years = (run.end_day - run.start_day) / 365.25
        for row in counts.to_pylist():
            if row["destination"] is not None and row["destination"] != row["place"]:
                found[row["place"], row["destination"]] += row["count_all"] / years / run.share / len(runs)
    return found


def stays(answer: Answer) -> Iterator[Figure | LeftOut]:
    """Yield the survival of stays: of those admitted within the run, what share is still there after some time."""
    title = "How long stays last"
    arms = [arm for arm in answer.arms[: SHOWN_ARMS + 1] if answer.runs.get(arm)]
    if not arms:
        yield LeftOut(title, "the folders of the runs were not kept")
        return
    rows: Rows = []
    for arm in arms:
        histories = [History(run) for run in answer.runs[arm].values()]
        for tier in SECURE:
            of = [(history, history.tier_stays[tier]) for history in histories]
            new = [(stay.start >= history.start) & (stay.end > stay.start) for history, stay in of]
            end = np.concatenate([(stay.end - stay.start)[mine] for (_, stay), mine in zip(of, new, strict=True)])
            ended = np.concatenate([stay.ended[mine] for (_, stay), mine in zip(of, new, strict=True)])
            if not len(end) or not ended.any():
                continue
            curve = kaplan_meier(end, ended)
            picked = np.unique(np.linspace(0, len(curve.times) - 1, POINTS).astype(int))
            rows.append({"tier": tier, "scenario": arm, "years": 0.0, "share still there": 1.0, "at risk": len(end)})
            rows += [
                {
                    "tier": tier,
                    "scenario": arm,
                    "years": round(float(curve.times[k]) / 365.25, 3),
                    "share still there": round(float(curve.survival[k]), 4),
                    "at risk": int(curve.at_risk[k]),
                }
                for k in picked
            ]
    if not rows:
        yield LeftOut(title, "nobody who was admitted to secure care has left it within the runs")
        return
    panels = []
    for tier in dict.fromkeys(row["tier"] for row in rows):
        chart = alt.Chart(_data([row for row in rows if row["tier"] == tier])).mark_line(interpolate="step-after")
        x = alt.X("years:Q", axis=alt.Axis(title="years since admission", tickCount=6))
        y = alt.Y(
            "share still there:Q", axis=alt.Axis(title=None, format=".0%", tickCount=4), scale=alt.Scale(domain=[0, 1])
        )
        panels.append(
            chart.encode(x, y, _colour(answer, arms=arms)).properties(
                width=WIDTH, height=120, title=alt.TitleParams(tier, fontSize=11, fontWeight="normal")
            )
        )
    seen = [row for row in rows if row["scenario"] == arms[0]]
    medians = [
        f"{tier} {next((number(row['years']) + ' years' for row in seen if row['tier'] == tier and row['share still there'] <= 0.5), 'longer than the run shows')}"
        for tier in dict.fromkeys(row["tier"] for row in seen)
    ]
    said = f"Of people admitted within the run, the share who are still in the tier after a time (Kaplan and Meier). Half have left after, in {arms[0]}: {'; '.join(medians)}."
    yield Figure("stays", title, said, alt.vconcat(*panels, spacing=12).resolve_scale(color="shared"), rows)


class _Money(NamedTuple):
    """Costs of all payers [£] and effects [QALY] over the years, not discounted, draws × replicates × arms."""

    draws: list[int]
    costs: Numbers
    effects: Numbers
    common: bool


def _money(answer: Answer) -> _Money | None:
    """Return costs and QALYs of each run that all scenarios share; nothing where there is none."""
    shared = sorted(set.intersection(*(set(keys) for keys in answer.keys.values())))
    if len(answer.arms) < 2 or not shared or not answer.years("qalys") or not answer.years("spending"):
        return None
    kept = all(key in answer.runs.get(arm, {}) for key in shared for arm in answer.arms)
    draws = sorted({draw for _, draw, _ in shared})
    of = {draw: [key for key in shared if key[1] == draw] for draw in draws}
    shape = (len(draws), max(map(len, of.values())), len(answer.arms))
    costs, effects = np.full(shape, np.nan), np.full(shape, np.nan)
    for at, draw in enumerate(draws):
        for j, key in enumerate(of[draw]):
            costs[at, j] = [_sum(answer, arm, "spending", key) for arm in answer.arms]
            effects[at, j] = _health(answer, key) if kept else [_sum(answer, arm, "qalys", key) for arm in answer.arms]
    return _Money(draws, costs, effects, kept)


def _sum(answer: Answer, arm: str, indicator: str, key: Key) -> float:
    values = answer.values(indicator)[arm]
    return sum(values.get((ENGLAND, "all", year), {}).get(key, 0.0) for year in answer.years(indicator))


def _health(answer: Answer, key: Key) -> list[float]:
    """Return the QALYs of everyone who meets the pathway in any scenario."""
    table = common_health([answer.runs[arm][key] for arm in answer.arms])
    each = table.num_rows // len(answer.arms)
    return [float(np.sum(table["qalys"].slice(k * each, each).to_numpy())) for k in range(len(answer.arms))]


def money(answer: Answer) -> Iterator[Figure | LeftOut]:
    """Yield the cost-effectiveness plane with its table of ratios, the acceptability curves and their frontier, the tornado, and EVPPI."""
    titles = {
        "plane": "Costs and health",
        "curves": "How likely each scenario is the best for its money",
        "tornado": "Which parameters the answer depends on",
        "worth": "What it would be worth to know more",
    }
    found = _money(answer)
    if found is None:
        why = "one scenario was given" if not answer.others else "no run of all scenarios has both money and QALYs"
        yield from (LeftOut(title, why) for title in titles.values())
        return
    arms = list(answer.arms)
    colours = answer.arms[: SHOWN_ARMS + 1]
    points_of = [np.nanmean(x, axis=1) if len(found.draws) > 1 else x[0] for x in (found.costs, found.effects)]
    cost, effect = (values - values[:, [0]] for values in points_of)
    unit = "draw" if len(found.draws) > 1 else "replicate"
    points: Rows = [
        {"scenario": arm, unit: j, "more cost, £m": float(cost[j, k]) / 1e6, "more QALYs": float(effect[j, k])}
        for k, arm in enumerate(arms)
        if k
        for j in range(len(cost))
        if not math.isnan(cost[j, k])
    ]
    means: Rows = [
        {
            "scenario": arm,
            "more cost, £m": float(np.nanmean(cost[:, k])) / 1e6,
            "more QALYs": float(np.nanmean(effect[:, k])),
        }
        for k, arm in enumerate(arms)
        if k
    ]
    axes = (
        alt.X("more QALYs:Q", axis=alt.Axis(format="+,.4~f", tickCount=5)),
        alt.Y("more cost, £m:Q", axis=alt.Axis(format="+,.4~f", tickCount=5)),
    )
    cloud = (
        alt.Chart(_data([row for row in points if row["scenario"] in colours]))
        .mark_point(filled=True, size=25, opacity=0.5)
        .encode(*axes, _colour(answer, arms=answer.others))
    )
    middle = (
        alt.Chart(_data([row for row in means if row["scenario"] in colours]))
        .mark_point(filled=True, size=130, opacity=1, shape="diamond")
        .encode(*axes, _colour(answer, arms=answer.others))
    )
    zeros = alt.Chart(_data([{"more QALYs": 0.0, "more cost, £m": 0.0}])).mark_rule(color=LIGHT.muted)
    cross = [zeros.encode(axes[0]), zeros.encode(axes[1])]
    table = icers(arms, *(np.nanmean(values, axis=1).mean(axis=0) for values in (found.costs, found.effects)))
    rows: Rows = [
        {
            "scenario": row.arm,
            "cost, £m": row.cost / 1e6,
            "QALYs": row.effect,
            "status": row.status,
            "against": row.against or "",
            "more cost, £m": _interval(row.more_cost / 1e6),
            "more QALYs": _interval(row.more_effect),
            "ICER, £/QALY": _interval(row.icer),
        }
        for row in table
    ]
    health = (
        "everyone who meets the pathway in any scenario"
        if found.common
        else "people while they are on the pathway only (the folders of the runs were not kept), so who leaves it seems to lose"
    )
    yield Figure(
        "plane",
        titles["plane"],
        f"More cost and more QALYs than {answer.base} over all years, not discounted, a point for each {unit} and a diamond for the mean; costs are those of all payers, QALYs those of {health}.",
        alt.layer(*cross, cloud, middle).properties(width=WIDTH, height=300),
        rows,
    )
    if len(found.draws) < LEAST_DRAWS:
        why = f"it takes {LEAST_DRAWS} draws of the parameters at least, and there {'is one' if len(found.draws) == 1 else f'are {len(found.draws)}'}"
        yield from (LeftOut(titles[key], why) for key in ("curves", "tornado", "worth"))
        return
    curves = acceptability(found.costs, found.effects, THRESHOLDS)
    yield _curves(answer, curves, titles["curves"])
    yield from _parameters(answer, found, titles)


def _curves(answer: Answer, curves: Acceptability, title: str) -> Figure:
    likely = curves.naive if np.isnan(curves.corrected).any() else curves.corrected
    rows: Rows = [
        {
            "£/QALY": float(threshold),
            "scenario": arm,
            "probability": float(likely[j, k]),
            "has the greatest mean net benefit": bool(curves.best[j] == k),
        }
        for j, threshold in enumerate(curves.thresholds)
        for k, arm in enumerate(answer.arms)
    ]
    shown = [row for row in rows if row["scenario"] in answer.arms[: SHOWN_ARMS + 1]]
    x = alt.X("£/QALY:Q", axis=alt.Axis(title="what a QALY is worth [£]", format=",.0f", tickCount=5))
    y = alt.Y(
        "probability:Q",
        axis=alt.Axis(title="probability of being the best", format=".0%"),
        scale=alt.Scale(domain=[0, 1]),
    )
    lines = alt.Chart(_data(shown)).mark_line().encode(x, y, _colour(answer))
    best = [row for row in shown if row["has the greatest mean net benefit"]]
    front = alt.Chart(_data(best)).mark_point(size=45, color=LIGHT.ink, opacity=1).encode(x, y)
    noise = "with" if likely is curves.naive else "without"
    said = f"Cost-effectiveness acceptability curves by what a QALY is worth, {noise} the noise of replicates; circles mark the frontier: the scenario with the greatest mean net benefit."
    return Figure("curves", title, said, (lines + front).properties(width=WIDTH, height=240), rows)


def _parameters(answer: Answer, found: _Money, titles: dict[str, str]) -> Iterator[Figure | LeftOut]:
    """Yield how the net benefit of the first scenario goes with parameters, and what knowing each would be worth."""
    known = evidence.load()
    sets = [drawn(known, draw) for draw in found.draws]
    chosen = []
    for id in ranking.read():
        values = np.array([one.value(id) for one in sets])
        if np.ptp(values) > 0:
            chosen.append((id, values))
        if len(chosen) == TOP:
            break
    benefit = np.nanmean(net_benefit(found.costs, found.effects, VALUED_AT), axis=1)
    gain = (benefit[:, 1] - benefit[:, 0]) / 1e6
    rows: Rows = []
    for id, values in chosen:
        order = np.argsort(values, kind="stable")
        third = len(order) // 3
        low, high = (float(gain[order[part]].mean()) for part in (slice(None, third), slice(-third, None)))
        error = math.sqrt(2 / third) * float(gain.std(ddof=1))
        rows.append(
            {
                "parameter": id,
                "low third, £m": low,
                "high third, £m": high,
                "difference, £m": high - low,
                "error of the difference, £m": error,
            }
        )
    rows.sort(key=lambda row: -abs(row["difference, £m"]))
    base = alt.Chart(_data(rows)).encode(_named("parameter"))
    axis = alt.Axis(title=f"net benefit of {answer.others[0]}, £m", format=",.3~f", tickCount=5)
    bars = base.mark_rule(strokeWidth=8, color=LIGHT.published).encode(
        alt.X("low third, £m:Q", axis=axis), alt.X2("high third, £m:Q")
    )
    ends = [
        base.mark_point(filled=True, opacity=1, size=70, color=colour).encode(alt.X(f"{end} third, £m:Q", axis=axis))
        for end, colour in (("low", LIGHT.categories[0]), ("high", LIGHT.categories[1]))
    ]
    yield Figure(
        "tornado",
        titles["tornado"],
        f"Net benefit of {answer.others[0]} beside {answer.base} at £{VALUED_AT:,} a QALY: the mean of the draws in which the parameter is in its lowest third (blue) and in its highest (orange), for the {len(rows)} parameters that rank highest in the evidence. A difference below twice its error (see the table) may be chance.",
        alt.layer(bars, *ends).properties(width=WIDTH - 40, height=ROW * len(rows)),
        rows,
    )
    money_of = net_benefit(found.costs, found.effects, VALUED_AT)
    worth: Rows = []
    for id, values in chosen:
        value = evppi(money_of, values[:, None])
        worth.append(
            {
                "parameter": id,
                "EVPPI, £m": value.value / 1e6,
                "low, £m": value.low / 1e6,
                "high, £m": value.high / 1e6,
            }
        )
    worth.sort(key=lambda row: -row["EVPPI, £m"])
    base = alt.Chart(_data(worth)).encode(_named("parameter"))
    axis = alt.Axis(title="value of knowing the parameter, £m", format=",.3~f", tickCount=5)
    chart = (
        base.mark_bar(color=LIGHT.belief).encode(alt.X("EVPPI, £m:Q", axis=axis))
        + base.mark_rule(color=LIGHT.ink).encode(alt.X("low, £m:Q"), alt.X2("high, £m:Q"))
    ).properties(width=WIDTH - 40, height=ROW * len(worth))
    yield Figure(
        "worth",
        titles["worth"],
        f"Expected value of perfect information on one parameter at a time, at £{VALUED_AT:,} a QALY, over all years and all of England, with 95% intervals; of the {len(worth)} parameters that rank highest.",
        chart,
        worth,
    )


def by_area(answer: Answer) -> Iterator[Figure | LeftOut]:
    """Yield small multiples: prisoners waiting in each area, year by year."""
    title = "Area by area"
    name = "prisoners_waiting"
    areas = [area for area in tiles() if (area, "all") in answer.cells(name)]
    if not areas or len(answer.years(name)) < 2:
        yield LeftOut(title, "the runs have one year, or no areas")
        return
    arms = answer.arms[: SHOWN_ARMS + 1]
    rows: Rows = []
    for arm in arms:
        values = answer.values(name)[arm]
        for area in areas:
            for year in answer.years(name):
                if known := values.get((area, "all", year)):
                    rows.append(
                        {
                            "area": area,
                            "short": tiles()[area][0],
                            "scenario": arm,
                            "year": year,
                            "people waiting": float(np.mean(list(known.values()))),
                        }
                    )
    years = answer.years(name)
    chart = (
        alt.Chart(_data(rows))
        .mark_line(strokeWidth=1.5)
        .encode(
            alt.X(
                "year:Q",
                axis=alt.Axis(
                    title=None,
                    format="d",
                    values=[years[0], years[-1]],
                    grid=False,
                    labelExpr="slice(toString(datum.value), 2)",
                    labelFontSize=9,
                ),
                scale=alt.Scale(domain=[years[0] - 0.5, years[-1] + 0.5]),
            ),
            alt.Y("people waiting:Q", axis=alt.Axis(title=None, tickCount=3, labelFontSize=9)),
            _colour(answer, arms=arms),
            alt.Facet(
                "short:N",
                columns=6,
                sort=[tiles()[area][0] for area in areas],
                header=alt.Header(title=None, labelFontSize=10, labelPadding=2),
                spacing=12,
            ),
        )
        .properties(width=66, height=46)
    )
    yield Figure(
        "areas",
        title,
        "Prisoners whose need for hospital is identified and who wait, in each area, year by year, on one scale; areas go from north to south, and their short names are spelt out in the table.",
        chart,
        rows,
    )


def person(answer: Answer) -> Iterator[Figure | LeftOut]:
    """Yield the two timelines of the person whose life differs most between the base and the first scenario."""
    title = "One person, twice"
    arm = answer.others[0] if answer.others else None
    kept = answer.kept(arm) if arm else []
    if arm is None or not kept:
        yield LeftOut(title, "it takes two scenarios whose run folders are there")
        return
    one, other = kept[0]
    found = affected(one, other, 1).to_pylist()
    if not found:
        yield LeftOut(title, "nobody's life differs between the two runs")
        return
    who = found[0]["person"]
    rows: Rows = []
    for name, run in ((answer.base, one), (arm, other)):
        table = run.table("spells", columns=["place", "start", "end"], where=ds.field("person") == who)
        for row in sorted(table.to_pylist(), key=lambda row: row["start"]):
            rows.append(
                {
                    "scenario": name,
                    "place": str(row["place"]),
                    "from": row["start"].isoformat(),
                    "to": row["end"].isoformat(),
                }
            )
    places = list(dict.fromkeys(row["place"] for row in rows))
    names = (answer.base, arm)
    chart = (
        alt.Chart(_data(rows))
        .mark_bar(height=9)
        .encode(
            alt.X("from:T", axis=alt.Axis(title=None, format="%Y", tickCount=8)),
            alt.X2("to:T"),
            _named("place", places),
            _colour(answer, arms=names),
            yOffset=alt.YOffset("scenario:N", sort=list(names)),
        )
        .properties(width=WIDTH, height=28 * len(places))
    )
    why = f" {found[0]['said'][:1].upper()}{found[0]['said'][1:]}." if found[0]["said"] else ""
    yield Figure(
        "person",
        title,
        f"The simulated person whose life differs most between {answer.base} and {arm} (number {who}): where they are, and when.{why} One person shows how a policy works, not how well.",
        chart,
        rows,
    )


def assumptions(answer: Answer) -> Iterator[Figure | LeftOut]:
    """Yield the parameters that each headline figure depends on most, with their ranges and sources."""
    title = "The assumptions behind the figures"
    ranked = ranking.read()
    if not ranked:
        yield LeftOut(title, "the evidence has no ranking of its parameters")
        return
    known = evidence.load()
    outputs: dict[str, str] = {}
    for name in _outcomes(answer):
        if name in INFLUENCE_ON:
            outputs.setdefault(INFLUENCE_ON[name], name_of(name))
    rows: Rows = []
    for output, name in outputs.items():
        effects = [
            effect
            for of in ranked.values()
            for effect in of
            if effect.output == output and effect.clear and effect.id in known.parameters
        ]
        for effect in sorted(effects, key=lambda one: -one.share)[:4]:
            parameter = known[effect.id]
            rows.append(
                {
                    "figure": name,
                    "measured by": output,
                    "assumption": parameter.name,
                    "parameter": effect.id,
                    "value": parameter.value,
                    "low": parameter.low,
                    "high": parameter.high,
                    "unit": parameter.unit,
                    "moves it by": effect.effect,
                    "of": effect.base,
                    "share of the spread": effect.share,
                    "confidence": parameter.confidence,
                    "source": parameter.source,
                }
            )
    if not rows:
        yield LeftOut(title, "no parameter stands out of the noise for these figures")
        return
    drawn_rows = [
        row | {"label": row["parameter"], "relative": row["moves it by"] / row["of"] if row["of"] else 0.0}
        for row in rows
    ]
    panels = []
    for name in dict.fromkeys(row["figure"] for row in rows):
        of = [row for row in drawn_rows if row["figure"] == name]
        bars = (
            alt.Chart(_data(of))
            .mark_bar(color=LIGHT.belief)
            .encode(
                alt.X("relative:Q", axis=alt.Axis(title=None, format="+%", tickCount=4)),
                _named("label"),
            )
        )
        panels.append(
            bars.properties(
                width=240, height=18 * len(of), title=alt.TitleParams(name, fontSize=11, fontWeight="normal")
            )
        )
    said = "What each figure moves by when one parameter goes from the low to the high end of its range, all others at their best values, as a part of the figure; the four that matter most for each (screened on a run of a tenth of England). Confidence H is seen, M derived or old, L judgement; a source A is an assumption."
    yield Figure("assumptions", title, said, alt.vconcat(*panels, spacing=8), rows)


FIGURES: tuple[Callable[[Answer], Iterator[Figure | LeftOut]], ...] = (
    changes,
    over_time,
    maps,
    gains,
    parts,
    flows,
    stays,
    money,
    by_area,
    person,
    assumptions,
)
"""All figures, in their order."""


def figures(answer: Answer) -> tuple[list[Figure], list[LeftOut]]:
    """Return the figures that can be made from an answer, and those that can't."""
    found = [one for make in FIGURES for one in make(answer)]
    return [one for one in found if isinstance(one, Figure)], [one for one in found if isinstance(one, LeftOut)]

"""The dashboard's cells; marimo runs them again where what they rest on is changed."""
# ruff: noqa: ANN001, ANN202, N803 -- a cell is a function for marimo's sake; names between cells are its parameters

import marimo

app = marimo.App(width="medium", app_title="stepdown")


@app.cell
def _():
    import altair as alt
    import marimo as mo

    from stepdown.charts.theme import LIGHT, themed
    from stepdown.dashboard import arms as reading
    from stepdown.dashboard.serve import shown

    def drawn(chart):
        """Return a chart in the house theme, as marks and words of the page and not as a bitmap: screen readers find them."""
        return themed(chart).properties(usermeta={"embedOptions": {"renderer": "svg", "actions": False}})

    arms = {arm.name: arm for arm in shown()}
    return LIGHT, alt, arms, drawn, mo, reading


@app.cell
def _(arms, mo, reading):
    names, places, all_years = list(arms), reading.areas(arms.values()), reading.years(arms.values())
    scenario = mo.ui.dropdown(names, value=names[-1], label="Scenario", allow_select_none=False)
    against = mo.ui.dropdown(names, value=names[0], label="compared with", allow_select_none=False)
    area = mo.ui.dropdown(places, value=places[0], label="Area", allow_select_none=False)
    year = mo.ui.dropdown(
        {str(y): y for y in all_years}, value=str(all_years[-1]), label="Year", allow_select_none=False
    )
    indicator = mo.ui.dropdown(
        reading.indicators(arms.values()), value=reading.indicators(arms.values())[0], label="Over the years"
    )
    return against, area, indicator, scenario, year


@app.cell
def _(against, area, arms, mo, scenario, year):
    one, other = arms[scenario.value], arms[against.value]
    runs = f"{one.runs} run{'s' * (one.runs > 1)}" if one.runs == other.runs else f"{one.runs} and {other.runs} runs"
    small = min(one.share, other.share)
    chance = " A difference has chance in it; `stepdown compare` gives it an interval, from a sweep."
    note = (
        chance
        if small == 1.0
        else chance + f" **A sample of {small:.2%} of England: for trying out, it answers no question.**"
    )
    mo.vstack([
        mo.md(f"# {scenario.value} against {against.value}\n\n{area.value}, the year from 1 April {year.value}; {runs} each.{note}"),
        mo.hstack([scenario, against, area, year], justify="start", wrap=True),
    ])  # fmt: skip
    return one, other


@app.cell
def _(area, mo, one, other, reading, year):
    def told(value, unit):
        if unit == "£":
            return f"£{value / 1e6:,.1f} m"
        return f"{value:.1%}" if unit == "share" else f"{value:,.1f}" if abs(value) < 1000 else f"{value:,.0f}"

    rows = []
    for name in reading.indicators([one, other]):
        mine, theirs = (list(a.values(name, area.value, year.value).values()) for a in (one, other))
        if mine and theirs:
            unit = reading.unit(name)
            (a, low, high), (b, _, _) = reading.spread(mine[0]), reading.spread(theirs[0])
            change = "" if not b else f"{a / b - 1:+.1%}"
            rows.append({
                "indicator": name.replace("_", " "), "unit": unit, other.name if one is not other else "compared with": told(b, unit),
                one.name: told(a, unit), "difference": told(a - b, unit), "change": change,
                **({"5% to 95% of runs": f"{told(low, unit)} to {told(high, unit)}"} if one.runs > 1 else {}),
            })  # fmt: skip
    mo.ui.table(rows, selection=None, page_size=8, show_column_summaries=False, show_data_types=False)
    return


@app.cell
def _(LIGHT, alt, area, drawn, indicator, mo, one, other, reading):
    lines = []
    for arm in (other, one) if one is not other else (one,):
        for when, values in arm.values(indicator.value, area.value).items():
            mean, least, most = reading.spread(values)
            lines.append({"year": when, "scenario": arm.name, "value": mean, "low": least, "high": most})
    names_shown = list(dict.fromkeys(line["scenario"] for line in lines))
    colour = alt.Color(
        "scenario:N",
        title=None,
        scale=alt.Scale(domain=names_shown, range=[LIGHT.published, LIGHT.model][-len(names_shown) :]),
        legend=alt.Legend(orient="top"),
    )
    base = alt.Chart(alt.InlineData(values=lines)).encode(
        alt.X("year:Q", axis=alt.Axis(format="d", tickMinStep=1, grid=False), title=None), colour
    )
    band = base.mark_area(opacity=0.25).encode(alt.Y("low:Q"), alt.Y2("high:Q"))
    line = base.mark_line(point=True, strokeWidth=2).encode(
        alt.Y("value:Q", title=reading.unit(indicator.value), scale=alt.Scale(zero=False)),
        tooltip=["scenario:N", "year:Q", alt.Tooltip("value:Q", format=",.4~g")],
    )
    said = f"{indicator.value.replace('_', ' ')}, {area.value}"
    layers = band + line if one.runs + other.runs > 2 else line
    # Vega can't draw an axis of nothing.
    nothing = mo.md(f"Nothing is known of {said}: nobody was counted for it.")
    picture = drawn(layers.properties(width=680, height=260, title=said)) if lines else nothing
    mo.vstack([indicator, picture])
    return


@app.cell
def _(area, mo, one, reading):
    offered = reading.people(one.run, area.value) if one.run is not None else []
    person = mo.ui.dropdown(
        {str(p): p for p in offered}, value=str(offered[0]) if offered else None, label="Person, longest delays first"
    )
    return (person,)


@app.cell
def _(LIGHT, alt, drawn, mo, one, other, person, reading):
    if person.value is None:
        life = mo.md("## One person\n\nNo run whose people can be looked at is kept, or nobody's stay was delayed.")
    else:
        spells = [
            {"scenario": arm.name, **spell, "start": spell["start"].isoformat(), "end": spell["end"].isoformat()}
            for arm in ((other, one) if one is not other else (one,))
            if arm.run is not None
            for spell in reading.life(arm.run, person.value)
        ]
        bars = alt.Chart(alt.InlineData(values=spells)).mark_bar(height=12, color=LIGHT.belief, stroke="white").encode(
            alt.X("start:T", title=None, axis=alt.Axis(format="%Y", tickCount="year")),
            alt.X2("end:T"),
            alt.Y("place:N", title=None, axis=alt.Axis(labelOverlap=False)),
            tooltip=["place:N", "legal:N", "start:T", "end:T", "ready_days:Q", "ending:N"],
        ).properties(width=600, height=alt.Step(20))  # fmt: skip
        panels = [
            bars.transform_filter(alt.datum.scenario == name).properties(title=name)
            for name in dict.fromkeys(spell["scenario"] for spell in spells)
        ]
        life = mo.vstack([
            mo.md("## One person\n\nThe same person in either scenario, if the runs have one seed: each stay, and where."), person,
            drawn(alt.vconcat(*panels).resolve_scale(x="shared")),
            mo.ui.table(spells, selection=None, page_size=8, show_column_summaries=False, show_data_types=False),
        ])  # fmt: skip
    life  # noqa: B018 -- what the cell shows
    return


if __name__ == "__main__":
    app.run()

"""Charts of a calibration: the waves, marginal posteriors beside their priors, and the fit to each target."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import altair as alt
import numpy as np

from stepdown.charts.theme import LIGHT, save, titled

if TYPE_CHECKING:
    from pathlib import Path

    from stepdown.calibration.matching import Fit
    from stepdown.calibration.problem import Floats, Problem

__all__ = ["draw"]

COLUMNS = 3
"""Pictures of parameters in a row."""

WIDEST = 30
"""Characters in a line of a picture's title."""

PRIOR, POSTERIOR, BEST = LIGHT.published, LIGHT.belief, LIGHT.model


def _records(rows: list[dict[str, Any]]) -> alt.InlineData:
    """Return rows as data of a chart; what is missing is left out."""
    return alt.InlineData(
        values=[{k: v for k, v in row.items() if not (isinstance(v, float) and not np.isfinite(v))} for row in rows]
    )


def waves(problem: Problem, found: Fit) -> Any:
    """Return what is left of the space after each wave, and how implausible the runs of each stage are."""
    names = [stage.name for stage in found.stages]
    shares = [{"stage": s.name, "share": s.share} for s in found.stages if np.isfinite(s.share) and s.share > 0]
    left = (
        alt.Chart(_records(shares))
        .mark_line(point=alt.OverlayMarkDef(color=POSTERIOR), color=POSTERIOR)
        .encode(
            alt.X("stage:N", sort=names, title=None, axis=alt.Axis(labelAngle=0)),
            alt.Y(
                "share:Q",
                scale=alt.Scale(type="log"),
                title="share of the prior space",
                axis=alt.Axis(format="~g", tickCount=4),
            ),
        )
        .properties(width=640, height=160)
    )
    rows = [
        {"stage": stage.name, "target": target.id, "implausibility": float(stage.middle[at])}
        for stage in found.stages
        for at, target in enumerate(problem.targets)
    ]
    base = alt.Chart(_records(rows)).encode(
        alt.X("stage:N", sort=names, title=None, axis=alt.Axis(labelAngle=0)),
        alt.Y("target:N", sort=[t.id for t in problem.targets], title=None),
    )
    cells = base.mark_rect().encode(
        alt.Color(
            "implausibility:Q",
            scale=alt.Scale(domain=[0, 6], clamp=True),
            title="median implausibility [SD]",
        )
    )
    figures = base.mark_text(fontSize=10).encode(
        alt.Text("implausibility:Q", format=".1f"),
        color=alt.condition("datum.implausibility > 3.5", alt.value("white"), alt.value("black")),
    )
    told = (cells + figures).properties(width=640, height=20 * len(problem.targets))
    return alt.vconcat(
        titled(left, "What is left", "Share of the prior space that is not ruled out after each wave"),
        titled(
            told,
            "How far off the runs are",
            "Median implausibility of each stage's runs, by target; above 3 rules a point out",
        ),
    )


def _density(values: Floats, at: Floats, low: float, high: float) -> Floats:
    """Return the density of draws by a normal kernel, folded back at the ends of their range."""
    spread = max(float(np.std(values)), 1e-9 * (high - low))
    width = 1.06 * spread * len(values) ** -0.2
    folded = np.concatenate([values, 2 * low - values, 2 * high - values])
    heights = np.exp(-0.5 * ((at[:, None] - folded[None, :]) / width) ** 2).sum(axis=1)
    return np.asarray(heights / (len(values) * width * np.sqrt(2 * np.pi)))


def _lines(id: str) -> list[str]:
    """Return the id of a parameter as lines that are no wider than its picture.

    Examples
    --------
    >>> _lines("choice.discharge.aftercare_supported.constant")
    ['choice.discharge.', 'aftercare_supported.constant']
    """
    lines = [""]
    for part in re.findall(r"[^.]+\.?", id):
        if lines[-1] and len(lines[-1] + part) > WIDEST:
            lines.append("")
        lines[-1] += part
    return lines


def marginals(problem: Problem, found: Fit) -> Any:
    """Return prior, posterior and best value of each parameter."""
    best, draws = problem.told(found.best)[0], problem.told(found.points[found.draws]) if found.draws else []
    charts = []
    for free in problem.free:
        prior = free.prior
        at = np.linspace(prior.low, prior.high, 121)
        rows = [{"x": float(x), "y": float(y), "what": "prior"} for x, y in zip(at, prior.density(at), strict=True)]
        if draws:
            heights = _density(np.array([row[free.id] for row in draws]), at, prior.low, prior.high)
            rows += [{"x": float(x), "y": float(y), "what": "posterior"} for x, y in zip(at, heights, strict=True)]
        colours = alt.Color(
            "what:N",
            scale=alt.Scale(domain=["prior", "posterior", "best"], range=[PRIOR, POSTERIOR, BEST]),
            title=None,
            legend=alt.Legend(orient="top"),
        )
        curves = (
            alt.Chart(_records(rows))
            .mark_area(opacity=0.45, line=True)
            .encode(
                alt.X(
                    "x:Q",
                    title=None,
                    scale=alt.Scale(domain=[prior.low, prior.high], nice=False),
                    axis=alt.Axis(tickCount=4),
                ),
                alt.Y("y:Q", title=None, stack=None, axis=None),
                colours,
            )
        )
        line = (
            alt.Chart(_records([{"x": best[free.id], "what": "best"}]))
            .mark_rule(strokeWidth=2)
            .encode(x="x:Q", color=colours)
        )
        charts.append(
            (curves + line).properties(width=230, height=80, title=alt.TitleParams(_lines(free.id), fontSize=10))
        )
    grid = alt.concat(*charts, columns=COLUMNS)
    return titled(grid, "What is believed of each parameter", "Before the fit, after it, and the best value")


def fits(problem: Problem, found: Fit) -> Any:
    """Return how the best point and the posterior lie to each target, in units of its tolerance."""
    rows = []
    posterior = found.lived[found.draws].mean(axis=1)
    for at, target in enumerate(problem.targets):

        def place(value: float, target: Any = target) -> float:
            side = target.high - target.value if value > target.value else target.value - target.low
            return float((value - target.value) / side)

        value, among = float(np.mean(found.confirmed[:, at])), posterior[:, at]
        low, high = np.nanquantile(among, [0.05, 0.95]) if np.isfinite(among).any() else (np.nan, np.nan)
        rows.append(
            {
                "target": f"{target.id} {target.name}".strip(),
                "best": place(value),
                "low": place(float(low)),
                "high": place(float(high)),
                "told": f"{value:.4g} ({target.value:.4g})",
            }
        )
    return fit_picture(rows)


def fit_picture(rows: list[dict[str, Any]]) -> Any:
    """Return where each target's best value and interval lie, from rows of target, best, low, high [tolerances] and a text."""
    order = [str(row["target"]) for row in rows]
    base = alt.Chart(_records(rows)).encode(
        alt.Y("target:N", sort=order, title=None, axis=alt.Axis(labelOverlap=False))
    )
    axis = alt.Axis(values=[-2, -1, 0, 1, 2])
    title, scale = "distance from the published value, in tolerances", alt.Scale(domain=[-2.5, 2.5], clamp=True)
    band = (
        alt.Chart(_records([{"from": -1, "to": 1}]))
        .mark_rect(color=LIGHT.within, opacity=1)
        .encode(alt.X("from:Q", title=title, scale=scale, axis=axis), x2="to:Q")
    )
    spans = base.mark_rule(strokeWidth=5, color=POSTERIOR, opacity=0.5).encode(
        alt.X("low:Q", title=title, scale=scale, axis=axis), x2="high:Q"
    )
    dots = base.mark_point(filled=True, size=70, color=BEST, opacity=1).encode(
        alt.X("best:Q", title=title, scale=scale, axis=axis)
    )
    texts = base.mark_text(align="left", fontSize=10).encode(x=alt.value(648), text="told:N")
    whole = (band + spans + dots + texts).properties(width=640, height=24 * len(rows))
    return titled(
        whole,
        "How targets are met",
        "Dot: best point; bar: 90% of the posterior; shaded: within tolerance; right: model (published)",
    )


def draw(folder: Path, problem: Problem, found: Fit) -> None:
    """Draw all pictures: each as PNG and SVG, and one page of HTML that fetches nothing."""
    charts = {"waves": waves(problem, found), "posterior": marginals(problem, found), "fit": fits(problem, found)}
    for name, chart in charts.items():
        for form in ("png", "svg"):
            save(chart, folder / f"{name}.{form}")
    save(alt.vconcat(*charts.values()).resolve_scale(color="independent"), folder / "calibration.html")

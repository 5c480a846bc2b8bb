"""The page of a report: one HTML file without scripts, under a policy that lets nothing be fetched."""

from __future__ import annotations

import base64
import hashlib
import html
from typing import TYPE_CHECKING, Any

from stepdown.report.drawing import COLOURS, inline
from stepdown.report.figures import headline, number

if TYPE_CHECKING:
    from collections.abc import Sequence

    from stepdown.report.answer import Answer
    from stepdown.report.figures import Figure, LeftOut

__all__ = ["page"]

ROWS = 300
"""Rows of a table that the page shows; the files of tables have all."""

STYLE = """
:root { color-scheme: light dark; LIGHT --link: #0b5c8a }
@media screen and (prefers-color-scheme: dark) { :root { DARK --link: #8ccbea } }
* { box-sizing: border-box }
body { margin: 0; background: var(--background); color: var(--ink); font: 16px/1.5 Helvetica, Arial, sans-serif }
header, main, footer { max-width: 52rem; margin: 0 auto; padding: 0 1rem }
h1 { font-size: 1.5rem; line-height: 1.25; margin: 1.5rem 0 .25rem; overflow-wrap: anywhere }
h2 { font-size: 1.2rem; margin: 2.5rem 0 .25rem }
a { color: var(--link) }
a:focus-visible, summary:focus-visible, .chart:focus-visible { outline: 3px solid var(--link); outline-offset: 2px }
.skip { position: absolute; left: -99rem } .skip:focus { left: 1rem; top: .5rem; background: var(--background); padding: .5rem }
.first { font-size: 1.25rem; line-height: 1.4; margin: .75rem 0; padding: .75rem 1rem; border-left: 4px solid var(--link); background: var(--within) }
.muted { color: var(--muted) }
nav ul { columns: 2; padding-left: 1.2rem }
figure { margin: 0 }
.chart { overflow-x: auto; margin: .5rem 0 }
svg { display: block; height: auto; max-width: 100%; min-width: min(100%, 32rem) }
svg text { fill-opacity: 1 }
details { margin: .25rem 0 1rem } summary { cursor: pointer; color: var(--link) }
.table { overflow: auto; max-height: 28rem }
table { border-collapse: collapse; font-size: .8rem; font-variant-numeric: tabular-nums }
th, td { text-align: left; padding: .2rem .6rem .2rem 0; border-bottom: 1px solid var(--grid); vertical-align: top; white-space: nowrap }
td.number, th.number { text-align: right }
@media (max-width: 40rem) { nav ul { columns: 1 } svg { min-width: 30rem; max-width: none } .first { font-size: 1.1rem } .chart::after { content: "The chart goes on to the right: swipe."; font-size: .8rem; color: var(--muted); position: sticky; left: 0 } }
@media print {
  @page { size: A4; margin: 15mm }
  nav, details, .skip { display: none }
  body { font-size: 11pt }
  section { break-inside: avoid } h2 { break-after: avoid }
  .chart { overflow: visible } svg { max-width: 100%; max-height: 235mm; min-width: 0; margin: 0 auto 0 0 }
}
"""


def _style() -> str:
    light = " ".join(f"--{name}: {one};" for name, one, _ in COLOURS.values())
    dark = " ".join(f"--{name}: {other};" for name, _, other in COLOURS.values())
    return STYLE.replace("LIGHT", light).replace("DARK", dark)


def page(answer: Answer, figures: Sequence[Figure], left_out: Sequence[LeftOut]) -> str:
    """Return the page of a report.

    Parameters
    ----------
    answer
        What it is about.
    figures
        What is drawn, in order.
    left_out
        What can't be drawn, and why.

    Returns
    -------
    str
        HTML without scripts: charts are drawn as SVG whose marks have labels, each with its table; light or dark as the reader's
        system is. Nothing in it asks for anything outside it, and its policy would refuse that.
    """
    style = _style()
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    said = headline(answer)
    title = html.escape(answer.title)
    contents = "".join(f'<li><a href="#{one.id}">{html.escape(one.title)}</a></li>' for one in figures)
    return (
        '<!DOCTYPE html>\n<html lang="en-GB">\n<head>\n<meta charset="utf-8">\n'
        f"<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'sha256-{digest}'; "
        "base-uri 'none'; form-action 'none'\">\n"
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n<meta name="referrer" content="no-referrer">\n'
        f"<title>{title}</title>\n<style>{style}</style>\n</head>\n<body>\n"
        '<a class="skip" href="#main">Skip to the answer</a>\n'
        f'<header><h1>{title}</h1><p class="muted">{html.escape(_made_of(answer))}</p></header>\n<main id="main">\n'
        f'<p class="first">{html.escape(said.first)}</p>\n'
        + "".join(f"<p>{html.escape(sentence)}</p>\n" for sentence in said.more)
        + f'<nav aria-label="Figures"><ul>{contents}</ul></nav>\n'
        + "".join(map(_section, figures))
        + _left_out(left_out)
        + '</main>\n<footer><p class="muted">Simulated by stepdown, a model; its figures are as good as its assumptions. '
        "Intervals are over runs, and over parameters only where draws were given.</p></footer>\n</body>\n</html>\n"
    )


def _made_of(answer: Answer) -> str:
    runs = sum(map(len, answer.keys.values()))
    arms = len(answer.arms)
    draws = (
        f", {answer.draws} draws of the parameters"
        if answer.draws > 1
        else ", parameters at their best values"
        if answer.draws == 1
        else ""
    )
    return (
        f"{arms} scenario{'s' if arms > 1 else ''} ({', '.join(answer.arms)}), {runs} run{'s' if runs > 1 else ''}{draws}."
        + (f" All are compared with {answer.base}." if answer.others else "")
    )


def _section(figure: Figure) -> str:
    title, said = html.escape(figure.title), html.escape(figure.said)
    return (
        f'<section aria-labelledby="{figure.id}"><h2 id="{figure.id}">{title}</h2>\n<figure>\n<figcaption>{said}</figcaption>\n'
        f'<div class="chart" tabindex="0" role="region" aria-label="Chart: {html.escape(figure.title, quote=True)}">{inline(figure)}</div>\n</figure>\n'
        f"{_table(figure)}</section>\n"
    )


def _table(figure: Figure) -> str:
    rows = figure.rows[:ROWS]
    keys = list(rows[0]) if rows else []
    numeric = {key for key in keys if any(isinstance(row[key], int | float) for row in rows)}
    mark = {key: ' class="number"' if key in numeric else "" for key in keys}
    head = "".join(f'<th scope="col"{mark[key]}>{html.escape(key)}</th>' for key in keys)
    body = "".join(
        "<tr>" + "".join(f"<td{mark[key]}>{html.escape(_text(key, row[key]))}</td>" for key in keys) + "</tr>"
        for row in rows
    )
    count = (
        f"{len(figure.rows)} rows"
        if len(figure.rows) <= ROWS
        else f"the first {ROWS} of {len(figure.rows)} rows; the files of tables have all"
    )
    return (
        f"<details><summary>Table: {html.escape(figure.title)} ({count})</summary>"
        f'<div class="table" tabindex="0" role="region" aria-label="Table: {html.escape(figure.title, quote=True)}">'
        f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div></details>\n"
    )


def _text(key: str, value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return number(value)
    return str(value) if key == "year" or not isinstance(value, int) else f"{value:,}"


def _left_out(left_out: Sequence[LeftOut]) -> str:
    if not left_out:
        return ""
    lines = "".join(f"<li>{html.escape(one.title)}: {html.escape(one.why)}.</li>" for one in left_out)
    return f'<section aria-labelledby="left-out"><h2 id="left-out">What isn\'t shown, and why</h2><ul>{lines}</ul></section>\n'

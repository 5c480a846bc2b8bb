"""Writes the reference page of the parameters for the documentation."""

from collections.abc import Mapping, Sequence

from stepdown.decisions import parameter_users
from stepdown.evidence import ranking
from stepdown.evidence.loader import Evidence, Parameter

HEAD = ("Id", "What", "Value", "Unit", "Range", "Distribution", "Source", "Confidence", "Used by", "Rank", "Note")
INTRODUCTION = """\
# Parameters

Generated from the evidence tables by `make docs`; [evidence](evidence.md) says how to read them. Source `A` is an assumption,
`K` is known but not re-checked, `A<L5>` is arithmetic on L5; confidence is H (seen), M (derived or old) or L (judgement).
Hazards (1/a) are per person-year. The rank is that of the influence on the headline results, where it was measured.
"""


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


def _table(head: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> list[str]:
    lines = [f"| {' | '.join(head)} |", f"|{' --- |' * len(head)}"]
    return lines + [f"| {' | '.join(_cell(cell) for cell in row)} |" for row in rows]


def _row(parameter: Parameter, users: tuple[str, ...], effects: tuple[ranking.Effect, ...]) -> tuple[str, ...]:
    return (
        f"`{parameter.id}`",
        parameter.name,
        f"{parameter.value:g}",
        parameter.unit,
        "fixed" if parameter.low == parameter.high else f"{parameter.low:g} to {parameter.high:g}",
        parameter.distribution,
        parameter.source,
        parameter.confidence,
        ", ".join(f"`{user.rsplit('/', 1)[-1]}`" if "/" in user else user for user in users),
        str(effects[0].rank) if effects else "",
        parameter.note,
    )


def assumptions(evidence: Evidence, ranked: Mapping[str, tuple[ranking.Effect, ...]]) -> list[str]:
    """Return the assumptions by their influence, as a table: those of which an effect stands out of the noise."""
    rows = []
    for id, effects in ranked.items():
        clear = sorted((effect for effect in effects if effect.clear), key=lambda effect: -effect.share)
        if id not in evidence.parameters or evidence[id].keys[0] != "A" or not clear:
            continue
        moved = "; ".join(
            f"{e.output} {e.effect:+.3g} {e.unit} (of {e.base:.3g}, noise {e.error:.2g})" for e in clear[:3]
        )
        parameter = evidence[id]
        span = f"{parameter.low:g} to {parameter.high:g} {parameter.unit}"
        rows.append((str(effects[0].rank), f"`{id}`", parameter.name, span, parameter.confidence, moved))
    head = ("Rank", "Id", "What", "Range", "Confidence", "Moves most, from low to high")
    return _table(head, rows)


def parameters_page(evidence: Evidence) -> str:
    """Return every parameter and every source as Markdown: the assumptions by influence, then a table per file."""
    users, ranked = parameter_users.users(evidence), ranking.read()
    lines = [INTRODUCTION.rstrip()]
    if ranked:
        lines += ["", "## Assumptions by influence", "", *assumptions(evidence, ranked)]
    for file in sorted({parameter.file for parameter in evidence.parameters.values()}):
        title = file.removeprefix("parameters/").removesuffix(".csv").replace("_", " ")
        rows = [_row(p, users[p.id], ranked.get(p.id, ())) for p in evidence.parameters.values() if p.file == file]
        lines += ["", f"## {title.capitalize()}", "", *_table(HEAD, rows)]
    lines += ["", "## Sources", ""]
    lines += _table(("Key", "Publication"), list(evidence.sources.items()))
    return "\n".join(lines) + "\n"

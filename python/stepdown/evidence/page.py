"""Writes the reference of the parameters, for the documentation."""

from stepdown.evidence.loader import Evidence, Parameter


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


def _row(parameter: Parameter) -> str:
    span = "fixed" if parameter.low == parameter.high else f"{parameter.low:g} to {parameter.high:g}"
    cells = (
        f"`{parameter.id}`",
        parameter.name,
        f"{parameter.value:g}",
        parameter.unit,
        span,
        parameter.distribution,
        parameter.source,
        parameter.confidence,
        parameter.note,
    )
    return f"| {' | '.join(_cell(cell) for cell in cells)} |"


def parameters_page(evidence: Evidence) -> str:
    """Return every parameter and every source as Markdown, one table per file of the evidence."""
    head = ("Id", "What", "Value", "Unit", "Range", "Distribution", "Source", "Confidence", "Note")
    lines = [
        "# Parameters",
        "",
        "Generated from the evidence tables. Source `A` is an assumption, `K` is known but not re-checked, `A<L5>` is",
        "arithmetic on L5; confidence is H (seen), M (derived or old) or L (judgement). Hazards (1/a) are per person-year.",
    ]
    for file in sorted({parameter.file for parameter in evidence.parameters.values()}):
        title = file.removeprefix("parameters/").removesuffix(".csv").replace("_", " ")
        lines += ["", f"## {title.capitalize()}", "", f"| {' | '.join(head)} |", f"|{' --- |' * len(head)}"]
        lines += [_row(p) for p in evidence.parameters.values() if p.file == file]
    lines += ["", "## Sources", "", "| Key | Publication |", "| --- | --- |"]
    lines += [f"| {key} | {_cell(publication)} |" for key, publication in evidence.sources.items()]
    return "\n".join(lines) + "\n"

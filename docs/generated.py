"""Pages of the site that are written from the code: every command, the API, and every parameter."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

API = {
    "Running": ["stepdown.load", "stepdown.run", "stepdown.reproduce", "stepdown.verify", "stepdown.Results", "stepdown.Scenario"],
    "The Mesa model": ["stepdown.SecureCareModel"],
    "Agents": [
        f"stepdown.agents.{name}"
        for name in (
            "Clinician", "InReach", "CourtLiaison", "AcuteWard", "AssessmentTeam", "ResponsibleClinician", "CommunityTeam",
            "Court", "CriminalCourt", "Tribunal", "Ministry", "Commissioner", "Collaborative", "NationalCommissioner",
            "AftercareFunder", "Patient",
        )
    ],
    "Rules": ["stepdown.decisions.rules.Cases", "stepdown.decisions.rules.Day", "stepdown.decisions.rules.rule"],
}  # fmt: skip
"""What the reference of the API has, by heading."""

SECTIONS = {
    "howto": ("How to", ["../howto", "../scenarios", "../experiments", "../report", "../inflow", "../rules", "../mesa", "../snapshots", "../examples/*"]),
    "reference": ("Reference", ["../cli", "commands", "api", "../runs", "../schema", "parameters", "assumptions", "sources"]),
    "background": ("Background", ["../architecture", "../decisions", "../hazards", "../money", "../evidence", "../calibration", "../validation", "../limitations", "../records", "../[!i]*"]),
    "project": ("Project", ["../../README", "../../CHANGELOG", "../../CONTRIBUTING", "../../SECURITY", "../../benches/README"]),
}  # fmt: skip
"""Sections of the site: their titles and pages; a page that is named twice stands where it was named first."""


def section(title: str, pages: list[str], folder: Path, taken: set[Path]) -> str:
    """Return the page of a section, with its pages as a table of contents; `taken` are those that have a place already."""
    found = []
    for name in pages:
        for file in sorted(folder.glob(f"{name}.md")) if "*" in name else [folder / f"{name}.md"]:
            if (file := file.resolve()) not in taken:
                taken.add(file)
                found.append("/" + str(file.relative_to(folder.parents[1]).with_suffix("")))
    return "\n".join([f"# {title}", "", "```{toctree}", ":maxdepth: 1", "", *found, "```", ""])


def commands() -> str:
    """Return the page of every command, as each says of itself."""
    from stepdown.cli import command_line

    lines = [
        "# Commands",
        "",
        "As `stepdown COMMAND --help` prints them. [The command line](../cli.md) has manners and exit codes.",
        "",
    ]

    def tell(command: Any, path: list[str]) -> None:
        context = command.context_class(
            command, info_name=" ".join(path), parent=None, terminal_width=76, help_option_names=["-h", "--help"]
        )
        if hasattr(command, "commands"):
            inner = command.commands.items()
        else:
            inner = []
            lines.extend([f"## {' '.join(path)}", "", "```text", command.get_help(context), "```", ""])
        for name, one in inner:
            tell(one, [*path, name])

    tell(command_line(), ["stepdown"])
    return "\n".join(lines)


def api() -> str:
    """Return the page of the Python API: autodoc writes it from the docstrings."""
    lines = ["# Python API", "", "Every example on this page is a test.", ""]
    for heading, names in API.items():
        lines += [f"## {heading}", "", "```{eval-rst}"]
        for name in names:
            module, _, attribute = name.rpartition(".")
            if attribute[0].islower():
                lines += [f".. autofunction:: {module}.{attribute}", ""]
            else:
                members = (
                    "   :members:\n" if attribute in ("Results", "Scenario", "SecureCareModel", "Cases", "Day") else ""
                )
                lines += [f".. autoclass:: {module}.{attribute}", members]
        lines += ["```", ""]
    return "\n".join(lines)


def parameters() -> str:
    """Return the page of every parameter."""
    from stepdown import evidence
    from stepdown.cli.parameters_page import parameters_page

    return parameters_page(evidence.load())


def write(folder: Path) -> None:
    """Write the generated pages into a folder."""
    folder.mkdir(exist_ok=True)
    pages = {"commands": commands(), "api": api(), "parameters": parameters()}
    taken = {(folder.parent / f"{name}.md").resolve() for name in ("index", "tutorial", "parameters")}
    for name, (title, inside) in SECTIONS.items():
        rest = [page for other, (_, named) in SECTIONS.items() if other != name for page in named if "*" not in page]
        pages[name] = section(title, inside, folder, taken | {(folder / f"{page}.md").resolve() for page in rest})
    for name, text in pages.items():
        file = folder / f"{name}.md"
        if not file.exists() or file.read_text(encoding="utf-8") != text:
            file.write_text(text, encoding="utf-8")

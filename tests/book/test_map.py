"""The map is true: every hazard and decision has its head, purpose, parameters, test, row and page; only the day calls phases."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from stepdown import _core, errors, evidence
from stepdown.agents import KINDS, Patient, choices
from stepdown.agents.choices import Commissioning
from stepdown.evidence.loader import FOLDER
from stepdown.results.run import TABLES, YEARLY

ROOT = Path(__file__).parents[2]
CORE = ROOT / "rust" / "core" / "src"
HAZARDS = CORE / "hazards"
PHASES = CORE / "phases"
RUNS_PAGE = (ROOT / "docs" / "runs.md").read_text(encoding="utf-8")
COMMAND_PAGE = (ROOT / "docs" / "cli.md").read_text(encoding="utf-8")
HAZARD_PAGE = (ROOT / "docs" / "hazards.md").read_text(encoding="utf-8")
DECISION_PAGE = (ROOT / "docs" / "decisions.md").read_text(encoding="utf-8")
MODULE = (HAZARDS / "mod.rs").read_text(encoding="utf-8")
NAMES = sorted(path.stem for path in HAZARDS.glob("*.rs") if path.stem not in ("mod", "clock"))
POPULATION = ("demography", "illness", "offending")


def table(name: str) -> dict[str, list[str]]:
    """Return the rows of a page's table after a mark, by their first cell."""
    page = DECISION_PAGE if name == "decisions" else HAZARD_PAGE
    after = page.split(f"<!-- map: {name} -->\n", 1)[1]
    rows = []
    for line in after.splitlines():
        if not line.startswith("|"):
            break
        rows.append([cell.strip().strip("`") for cell in line.strip("|").split("|")])
    return {row[0]: row[1:] for row in rows[2:]}


def head(text: str) -> str:
    """Return the head of a Rust file as one line."""
    return " ".join(line.removeprefix("//!").strip() for line in text.splitlines() if line.startswith("//!"))


def fields(text: str, struct: str) -> set[str]:
    """Return the fields of a struct, without its documentation."""
    body = text.split(f"pub struct {struct} {{", 1)[1].split("\n}", 1)[0]
    return set(re.findall(r"^    pub (\w+):", body, re.MULTILINE))


def hazards() -> dict[str, tuple[str, str, str]]:
    """Return each hazard's variant, purpose and phase by its file, from the one list of hazards."""
    body = MODULE.split("\nhazards! {\n", 1)[1].split("\n}", 1)[0]
    lines = [re.fullmatch(r' {4}(\w+) = (\w+), (\w+), "(\w+)";', line) for line in body.splitlines()]
    return {line[2]: (line[1], line[3], line[4]) for line in lines if line}


def decisions() -> dict[str, tuple[str, str]]:
    """Return each decision's type and purpose by its name, from the one declaration of decisions."""
    text = (CORE / "codes" / "decision.rs").read_text(encoding="utf-8").split("\ndecisions! {\n", 1)[1]
    found = re.findall(r'^    (\w+) = \d+, "(\w+)", (\w+), ', text, re.MULTILINE)
    return {name: (kind, purpose) for kind, name, purpose in found}


def phase_files() -> dict[str, tuple[str, str]]:
    """Return the file and the function of each phase by its name, from the order of the day."""
    day = (CORE / "day.rs").read_text(encoding="utf-8").split("pub const PHASES", 1)[1].split("];", 1)[0]
    called = re.findall(r"\b([a-z]+)::([a-z]+)(?=\s*\)?[,)])", day)
    return dict(zip((name for name, *_ in _core.phases()), called, strict=True))


def code(path: Path) -> str:
    """Return a Rust file without its tests."""
    tests = re.compile(r"^#\[cfg\(test\)\]\n(?:pub(?:\(\w+\))? )?mod \w+ \{", re.MULTILINE)
    return tests.split(path.read_text(encoding="utf-8"))[0]


def test_every_hazard_has_a_file_a_variant_a_row_and_a_section() -> None:
    assert len(NAMES) == 14
    assert list(hazards()) == list(table("hazards"))
    assert sorted(hazards()) == NAMES
    assert re.findall(r"^### (\w+)$", HAZARD_PAGE, re.MULTILINE) == list(hazards())
    for name, row in table("hazards").items():
        assert row[0] == f"rust/core/src/hazards/{name}.rs"


@pytest.mark.parametrize("name", NAMES)
def test_a_hazard_says_what_happens_to_whom_from_which_evidence_and_what_is_drawn(name: str) -> None:
    text = (HAZARDS / f"{name}.rs").read_text(encoding="utf-8")
    said = head(text)
    assert re.match(r"\*\*[A-Z][\w ]+\*\*: [^?]+\?", said), "what happens, as a question"
    for part in ("Who: ", "Evidence: ", "Draws: "):
        assert said.count(part) == 1, part
    assert f"Purpose::{hazards()[name][1]}`]" in said


def test_every_hazard_draws_for_a_purpose_of_its_own() -> None:
    drawn = [purpose for _, purpose, _ in hazards().values()]
    assert len(set(drawn)) == len(drawn) == len(NAMES)
    declared = (CORE / "codes" / "purpose.rs").read_text(encoding="utf-8")
    for purpose in drawn:
        assert re.search(rf"^        {purpose} = \d+, ", declared, re.MULTILINE), purpose
    assert not set(drawn) & {purpose for _, purpose in decisions().values()}


@pytest.mark.parametrize("name", [name for name in NAMES if name != "fading"])
def test_the_parameters_of_a_hazard_are_all_read_and_all_there(name: str) -> None:
    text = (HAZARDS / f"{name}.rs").read_text(encoding="utf-8")
    plan = (CORE / "plan" / "parameters.rs").read_text(encoding="utf-8")
    named = table("hazards")[name][1]
    branch = named.split(".")[0]
    module, struct = re.findall(rf"pub {branch}: hazards::(\w+)::(\w+),", plan)[0]
    assert "#[serde(deny_unknown_fields)]\npub struct" in (HAZARDS / f"{module}.rs").read_text(encoding="utf-8")
    read = fields((HAZARDS / f"{module}.rs").read_text(encoding="utf-8"), struct)
    ids = {id.split(".", 1)[1] for id in evidence.load().parameters if id.startswith(f"{branch}.")}
    assert read == ids
    if not named.endswith(".*"):
        assert named.split(".", 1)[1] in ids
    assert module == name or f"use super::{module}::{struct}" in text
    assert f"`{branch}." in head(text)


def test_a_history_fades_on_the_caseload_at_the_rates_of_the_population() -> None:
    text = (HAZARDS / "fading.rs").read_text(encoding="utf-8")
    assert table("hazards")["fading"][1] == "justice.decay.*"
    plan = (CORE / "plan" / "population.rs").read_text(encoding="utf-8")
    assert "use crate::hazards::fading::Histories;" in plan
    assert "`justice.decay.*`" in head(text)
    read = fields(text, "Histories")
    assert read == {
        id.removeprefix("justice.decay.") for id in evidence.load().parameters if id.startswith("justice.decay.")
    }


@pytest.mark.parametrize("name", NAMES)
def test_a_hazard_has_a_rate_that_the_case_is_asked_for_and_a_test(name: str) -> None:
    text = (HAZARDS / f"{name}.rs").read_text(encoding="utf-8")
    code, _, tests = text.partition("#[cfg(test)]")
    assert "pub fn rate(" in code
    assert "#[test]" in tests
    assert "rate(" in tests
    assert f"{name}::rate(" in (CORE / "world" / "rates.rs").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", NAMES)
def test_the_page_of_hazards_names_phase_and_purpose(name: str) -> None:
    row = next(line for line in HAZARD_PAGE.splitlines() if line.startswith(f"| [{name}](#{name}) |"))
    _, phase, drawn, _ = [cell.strip() for cell in row.strip("|").split("|")]
    variant, purpose, taken_in = hazards()[name]
    assert (phase, drawn) == (taken_in, f"`{purpose}`")
    taking = [path.stem for path in PHASES.glob("*.rs") if re.search(rf"Hazard::{variant}\b", code(path))]
    assert taking == [phase]
    section = HAZARD_PAGE.split(f"\n### {name}\n", 1)[1].split("\n#", 1)[0]
    assert "Evidence: " in section.replace("\n", " ")
    assert "    rate = " in section


def test_every_hazard_of_the_population_has_its_row_and_its_head() -> None:
    text = (CORE / "population" / "rates.rs").read_text(encoding="utf-8")
    body = text.split("pub(super) enum Hazard {", 1)[1].split("\n}", 1)[0]
    named = [name.lower() for name in re.findall(r"^    (\w+),", body, re.MULTILINE)]
    assert list(table("population")) == named
    in_page = HAZARD_PAGE.split("## In the population", 1)[1].split("\n## ", 1)[0]
    assert re.findall(r"^\| (\w+) \|", in_page, re.MULTILINE)[1:] == named
    for module in POPULATION:
        said = head((CORE / "population" / f"{module}.rs").read_text(encoding="utf-8"))
        for part in ("Who: ", "Evidence: ", "Draws: "):
            assert said.count(part) == 1, (module, part)


def test_every_parameter_and_table_of_the_map_is_in_the_evidence() -> None:
    ids = set(evidence.load().parameters)
    tables = {path.stem for path in (FOLDER / "tables").glob("*.csv")}
    for rows in (table("hazards"), table("population")):
        for row in rows.values():
            for name in row[1].replace("`", "").split(", "):
                found = name in tables or name in ids or any(id.startswith(name.removesuffix("*")) for id in ids)
                assert found, name


def test_every_decision_has_its_row_its_agent_its_scores_and_its_page() -> None:
    rows = table("decisions")
    declared = {
        found.scores: kind
        for kind in (*KINDS.values(), Patient)
        for found in vars(kind).values()
        if isinstance(found, choices.Choice)
    }
    assert set(rows) == set(_core.options()) == {*declared, "commissioning"}
    assert len(rows) == 13
    assert list(rows) == list(decisions())
    for name, (agent, file, scores, *_) in rows.items():
        assert f"class {agent}" in (ROOT / file).read_text(encoding="utf-8"), name
        assert f"| `{name}` | {agent} |" in DECISION_PAGE
        if name in declared:
            assert declared[name].__name__ == agent
            assert f"`evidence/choices/{name}.csv`".replace("`", "") in scores
            assert any(id.startswith(f"choice.{name}.") for id in evidence.load().parameters)
    assert len(Commissioning) == len(_core.options()["commissioning"])


def test_every_decision_has_a_test_that_asks_it() -> None:
    for name, row in table("decisions").items():
        assert f'"{name}"' in (ROOT / row[4]).read_text(encoding="utf-8") or name == "commissioning"
    assert "def commissioning" in (ROOT / table("decisions")["commissioning"][4]).read_text(encoding="utf-8")


@pytest.mark.parametrize("name", [name for name in decisions() if name != "commissioning"])
def test_a_decision_is_asked_in_the_phases_of_its_row_by_the_function_that_says_what_is_allowed(name: str) -> None:
    kind, purpose = decisions()[name]
    named = re.findall(r"rust/core/src/phases/(\w+)\.rs` \(`(\w+)`\)", table("decisions")[name][3])
    assert {file for file, _ in named} <= {file for file, _ in phase_files().values()}
    answered = re.compile(rf"(?<![:\w]){kind}(?:>|::[A-Z])")
    assert {path.stem for path in PHASES.glob("*.rs") if path.stem != "law_table" and answered.search(code(path))} == {
        file for file, _ in named
    }
    for file, function in named:
        body = code(PHASES / f"{file}.rs").split(f"fn {function}(", 1)[1].split("\n}\n", 1)[0]
        assert answered.search(body), f"{file}::{function}"
        asks = "ask(" if name != "placement" else "rank("
        assert f"world.{asks}" in code(PHASES / f"{file}.rs")
    drawn = (CORE / "codes" / "purpose.rs").read_text(encoding="utf-8")
    assert re.search(rf"^        {purpose} = \d+, ", drawn, re.MULTILINE)


def test_every_phase_has_a_file_in_the_order_of_the_day() -> None:
    written = {path.stem for path in PHASES.glob("*.rs")} - {"mod", "law_table"}
    assert written == {file for file, _ in phase_files().values()}
    page = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (\d+) \| (\w+) \| `phases/(\w+)\.rs` \| `(\w+)` \|", page, re.MULTILINE)
    assert rows == [(str(k), name, *where) for k, (name, where) in enumerate(phase_files().items(), start=1)]


def test_only_the_day_calls_the_phases() -> None:
    assert len(phase_files()) == 12
    for module, function in phase_files().values():
        own = PHASES / f"{module}.rs"
        assert f"pub fn {function}(" in own.read_text(encoding="utf-8")
        for path in CORE.rglob("*.rs"):
            text = code(path)
            if path == own:
                called = re.findall(rf"(?<!fn )(?<![\w.:]){function}\(", text)
            elif path.name == "day.rs":
                continue
            else:
                called = re.findall(rf"\b{module}::{function}\b", text)
            assert not called, f"{path.name} calls {module}::{function}"


def test_the_exit_codes_of_the_page_are_those_of_the_errors() -> None:
    def kinds(kind: type[errors.StepdownError]) -> set[type[errors.StepdownError]]:
        return {kind}.union(*(kinds(k) for k in kind.__subclasses__()))

    listed = COMMAND_PAGE.split("| exit code | means |", 1)[1].split("\n\n", 1)[0]
    codes = {int(code) for code in re.findall(r"^\| (\d+) \|", listed, re.MULTILINE)}
    assert codes == {0, errors.BUG} | {kind.exit_code for kind in kinds(errors.StepdownError)}


def test_every_table_of_a_run_is_on_its_page() -> None:
    for name in TABLES:
        assert (f"| `{name}/YEAR.arrow` |" if name in YEARLY else f"| `{name}.parquet` |") in RUNS_PAGE

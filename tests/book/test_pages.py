"""The pages hold: their code runs, their commands can be understood, their links and paths lead somewhere."""

from __future__ import annotations

import doctest
import importlib
import io
import pkgutil
import re
import shlex
import shutil
import subprocess
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest

import stepdown
from stepdown.cli import command_line
from stepdown.experiments.config import load_experiment
from stepdown.scenario import load

ROOT = Path(__file__).parents[2]
PAGES = [
    ROOT / "README.md",
    ROOT / "CHANGELOG.md",
    *sorted(page for page in (ROOT / "docs").rglob("*.md") if page.parent.name != "reference"),
    ROOT / "benches" / "README.md",
    ROOT / "CONTRIBUTING.md",
    ROOT / "SECURITY.md",
]
PLACES = ("rust/", "python/", "tests/", "scenarios/", "docs/", "benches/", "examples/")


def hidden(path: Path) -> bool:
    """Return whether a path is none of the project's own: in a hidden folder, or one that is built or run."""
    return any(
        part.startswith(".") or part in ("target", "runs", "site", "dist", "reference")
        for part in path.relative_to(ROOT).parts
    )


def name_of(page: Path) -> str:
    return str(page.relative_to(ROOT))


def blocks(page: Path, *languages: str) -> list[str]:
    """Return the fenced blocks of a page in one of some languages."""
    found = re.findall(r"^```(\w*)\n(.*?)^```$", page.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    return [code for language, code in found if language in languages]


def prose(page: Path) -> str:
    """Return a page without its blocks of code."""
    text = re.sub(r"^```.*?^```$", "", page.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
    return re.sub(r"^    .*$", "", text, flags=re.MULTILINE)


def anchors(page: Path) -> set[str]:
    """Return the anchors of a page's headings, as forges make them."""
    headings = re.findall(r"^#+ (.+)$", prose(page), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def commands() -> list[tuple[str, str]]:
    lines = [
        (name_of(page), line.split("  #")[0].removeprefix("$ ").removesuffix(" &").strip())
        for page in PAGES
        for code in blocks(page, "bash", "console", "sh")
        for line in code.splitlines()
    ]
    return [(page, line) for page, line in lines if re.match(r"(\S*/)?(stepdown|make) ", line)]


@pytest.mark.parametrize("code", blocks(ROOT / "README.md", "python"))
def test_the_readmes_python_runs(
    code: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    told: dict[str, Any] = {}
    exec(compile(code, "README.md", "exec"), told)  # the block is the test
    assert capsys.readouterr().err == ""
    assert {"results", "model"} & set(told)


def test_the_python_on_the_page_of_mesa_runs() -> None:
    told: dict[str, Any] = {"__name__": "page"}
    for code in blocks(ROOT / "docs" / "mesa.md", "python"):
        exec(compile(code, "docs/mesa.md", "exec"), told)  # one block goes on where the other ended
    assert {(row["seed"], row["transfer_limit"]) for row in told["rows"]} == {(1, 14), (1, 28), (2, 14), (2, 28)}
    assert told["oldest"].agg("age", max) == told["secure"].agg("age", max)


def test_the_python_on_the_page_of_rules_runs_and_its_agents_decide() -> None:
    told: dict[str, Any] = {"__name__": "page"}
    for code in blocks(ROOT / "docs" / "rules.md", "python"):
        exec(compile(code, "docs/rules.md", "exec"), told)  # one block goes on where the other ended
    for clinician in ("Brisk", "Cautious", "Firm"):
        agents = [told[clinician], told["Trusting"]]
        model = stepdown.SecureCareModel(population=0.001, years=1, settle_days=0, agents=agents, seed=1)
        model.run_for(100)
        assert {active.name.partition(".")[0] for active in model.agent_overrides.rules} == {
            name for name in (clinician, "Trusting") if name != "Brisk"
        }
        assert all(active.cases > 0 for active in model.agent_overrides.rules)
        assert (model.caseload.columns["trust"] < 0.5).any(), "what a rule has set is there"


def test_the_python_of_the_recipes_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    for code in blocks(ROOT / "docs" / "howto.md", "python"):
        exec(compile(code, "docs/howto.md", "exec"), {"__name__": "page"})
    assert capsys.readouterr().out == "1\n"


def test_the_python_on_the_page_of_decisions_runs() -> None:
    told: dict[str, Any] = {"__name__": "page"}
    for code in blocks(ROOT / "docs" / "decisions.md", "python"):
        exec(compile(code, "docs/decisions.md", "exec"), told)
    told["model"].run_for(100)
    assert {type(agent) for agent in told["model"].institutions["commissioner"]} >= {told["Buyer"]}


def test_every_page_with_python_is_run() -> None:
    run = {
        "README.md",
        "docs/mesa.md",
        "docs/rules.md",
        "docs/decisions.md",
        "docs/money.md",
        "docs/validation.md",
        "docs/howto.md",
    }
    examples = {name_of(page) for page in (ROOT / "docs" / "examples").glob("*.md")}  # tests/rules/test_examples.py
    assert {name_of(page) for page in PAGES if blocks(page, "python")} == run | examples


@pytest.mark.parametrize("page", ["validation", "money"])
def test_the_python_on_pages_of_results_runs(
    page: str,
    small_run: stepdown.Results,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    (tmp_path / "runs").mkdir()
    (tmp_path / "runs" / "small").symlink_to(small_run.path)
    monkeypatch.chdir(tmp_path)
    for code in blocks(ROOT / "docs" / f"{page}.md", "python"):
        exec(compile(code, f"docs/{page}.md", "exec"), {"__name__": "page"})
    assert capsys.readouterr().out


WHOLE = [
    code
    for page in PAGES
    for code in blocks(page, "toml")
    if re.search(r"^title\b.*\n(?:.*\n)*?extends\b", code, re.MULTILINE)
]


@pytest.mark.parametrize("code", WHOLE)
def test_the_scenarios_on_the_pages_are_valid(code: str, tmp_path: Path) -> None:
    file = tmp_path / "example.toml"
    file.write_text(code, encoding="utf-8")
    assert load(file).title


def test_the_experiment_on_the_page_can_be_planned(tmp_path: Path) -> None:
    (code,) = (code for code in blocks(ROOT / "docs" / "experiments.md", "toml") if "scenarios" in code)
    file = tmp_path / "experiment.toml"
    file.write_text(code, encoding="utf-8")
    assert [arm.name for arm in load_experiment(file).arms] == ["baseline", "bradley", "supported"]


def test_no_block_of_a_page_is_in_a_language_that_nothing_runs() -> None:
    run = {"python", "toml", "bash", "console", "sh", "sql", "text", ""}
    for page in PAGES:
        found = re.findall(r"^```(\w*)$", page.read_text(encoding="utf-8"), re.MULTILINE)
        assert set(found) <= run, page.name


@pytest.mark.parametrize(("page", "line"), commands())
def test_a_command_on_a_page_can_be_understood(page: str, line: str) -> None:
    words = shlex.split(line)
    if words[0] == "make":
        targets = re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
        assert words[1] in targets, page
        return
    group: Any = command_line()
    command = group.commands[words[1]]
    command.make_context(words[1], words[2:])


def test_the_readme_begins_with_two_commands() -> None:
    first = blocks(ROOT / "README.md", "bash")[0]
    assert [line.split("  ")[0] for line in first.splitlines()] == ["make run", "make test"]


def test_the_readme_is_short_and_shows_the_policy_that_is_there() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert len(text.split()) <= 800
    assert (ROOT / "examples" / "places.toml").read_text(encoding="utf-8") in blocks(ROOT / "README.md", "toml")
    assert (ROOT / "examples" / "places.toml").read_text(encoding="utf-8") in blocks(
        ROOT / "docs" / "tutorial.md", "toml"
    )


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_link_leads_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)\s]+)\)", prose(page)):
        if re.match(r"[a-z]+:", target):
            continue
        path, _, anchor = target.partition("#")
        file = (page.parent / path).resolve() if path else page
        assert file.exists(), target
        assert file.is_relative_to(ROOT), target
        assert not anchor or anchor in anchors(file), target


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_path_on_a_page_is_there(page: Path) -> None:
    for name in re.findall(r"`([^`\s*]+)`", prose(page)):
        if name.startswith(PLACES) and name != "docs/parameters.md":  # that one is made by `make docs`
            assert (ROOT / name).exists(), name


SQL = [
    (name_of(page), statement.strip())
    for page in PAGES
    for code in blocks(page, "sql")
    for statement in code.split(";")
    if statement.strip()
]


@pytest.mark.parametrize(("page", "statement"), SQL)
def test_the_sql_on_the_pages_runs_in_duckdb(
    page: str, statement: str, exported: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    duckdb = pytest.importorskip("duckdb")
    monkeypatch.chdir(exported.parent)
    assert len(duckdb.sql(statement).fetchall()) > 0, page


def test_every_column_that_is_a_word_of_sql_is_named_on_the_page_of_the_data(exported: Path) -> None:
    duckdb = pytest.importorskip("duckdb")
    page = (ROOT / "docs" / "schema.md").read_text(encoding="utf-8")
    told = set(re.findall(r"`(\w+)`", re.search(r"^The columns (.*) are words of SQL", page, re.MULTILINE)[1]))  # type: ignore[index]
    reserved = set()
    for table in stepdown.results.schema()["tables"]:
        name = next(exported.rglob(f"{table['table']}*/*.parquet"), exported / f"{table['table']}.parquet")
        for column in table["columns"]:
            try:
                duckdb.sql(f"SELECT {column['name']} FROM '{name}'")
            except duckdb.ParserException:
                reserved.add(column["name"])
    # `primary` is a word of other dialects.
    assert reserved <= told <= reserved | {"from", "to", "end", "group", "primary"}


@pytest.fixture(scope="module")
def exported(small_run: stepdown.Results, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small run as Parquet, in a folder as the pages call it."""
    return stepdown.results.export_parquet(small_run, tmp_path_factory.mktemp("export") / "parquet")


@pytest.mark.parametrize("picture", sorted(path for path in ROOT.rglob("*.svg") if not hidden(path)), ids=name_of)
def test_every_picture_can_be_drawn(picture: Path) -> None:
    vl_convert, image = pytest.importorskip("vl_convert"), pytest.importorskip("PIL.Image")
    drawn = image.open(io.BytesIO(vl_convert.svg_to_png(picture.read_text(encoding="utf-8"))))
    assert min(drawn.size) > 100
    assert len(drawn.convert("RGB").getcolors(1 << 24)) > 8, "nothing is on it"
    if (rsvg := shutil.which("rsvg-convert")) is not None:
        done = subprocess.run([rsvg, str(picture)], capture_output=True, check=True)
        assert done.stdout.startswith(b"\x89PNG")


@pytest.mark.parametrize("picture", sorted(path for path in ROOT.rglob("*.svg") if not hidden(path)), ids=name_of)
def test_every_picture_is_well_formed(picture: Path) -> None:
    assert ET.parse(picture).getroot().tag == "{http://www.w3.org/2000/svg}svg"


def modules() -> list[str]:
    return [
        "stepdown",
        *(m.name for m in pkgutil.walk_packages(stepdown.__path__, "stepdown.") if "__main__" not in m.name),
    ]


@pytest.mark.parametrize("name", modules())
def test_the_examples_of_a_module_are_true(name: str) -> None:
    found = doctest.testmod(importlib.import_module(name), optionflags=doctest.NORMALIZE_WHITESPACE)
    assert found.failed == 0

"""A report says what the runs say and leaves out what they don't; in a real browser nothing is fetched, and everybody can read it."""

from __future__ import annotations

import io
import re
import zipfile
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

pytest.importorskip("altair")
pytest.importorskip("xlsxwriter")

from stepdown.cli import invoke
from stepdown.errors import CorruptError, UsageError
from stepdown.evidence import institutions
from stepdown.report.answer import Answer, opened
from stepdown.report.drawing import bitmap
from stepdown.report.figures import figures, headline, short, tiles
from stepdown.report.files import write
from stepdown.report.page import page
from stepdown.results.indicators import ENGLAND
from stepdown.running.run import run
from stepdown.scenario import load

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from stepdown.report.figures import Figure, LeftOut
    from stepdown.results import Results

    Made = tuple[list[Figure], list[LeftOut]]


KEEN = """
title = "Keen clinicians"
why = "Lives differ from the first day."
extends = "baseline"

[levers.clinician_threshold]
value = 2
"""


@pytest.fixture(scope="session")
def pair(hundredth: Results, tmp_path_factory: pytest.TempPathFactory) -> Answer:
    """Return the comparison of two runs of one person in a hundred."""
    folder = tmp_path_factory.mktemp("policies")
    (folder / "keen.toml").write_text(KEEN, encoding="utf-8")
    changed = load(folder / "keen.toml", population=0.01, years=2)
    other = run(changed, seed=7, threads=2, out=folder / "keen")
    return opened([hundredth.path, other.path])


def by_hand() -> Answer:
    """Return two scenarios of 24 draws and two replicates: 3 areas, 3 years; the second has 10 fewer waiting and costs £1m a year more."""
    rng = np.random.default_rng(1)
    keys = [(10 + draw, draw, replicate) for draw in range(1, 25) for replicate in range(2)]
    areas = [ENGLAND, *list(tiles())[:3]]
    read: dict[tuple[str, str], dict[str, dict[tuple[str, str, int], dict[tuple[int, int, int], float]]]] = {}
    levels = {
        "prisoners_waiting": 300.0,
        "wait_clinical_mean": 80.0,
        "ready": 600.0,
        "spending": 1e9,
        "qalys": 5e4,
        "occupancy": 0.9,
    }
    more = {"prisoners_waiting": -10.0, "wait_clinical_mean": -2.0, "spending": 1e6, "qalys": 60.0}
    for name, level in levels.items():
        read[name, "all"] = {"base": {}, "other": {}}
        for area in areas:
            for year in (2024, 2025, 2026):
                of_draw = dict(zip(range(1, 25), rng.normal(0, 0.02 * level, 24), strict=True))
                noise = {key: float(rng.normal(0, 0.005 * level)) for key in keys}
                base = {key: level + of_draw[key[1]] + noise[key] for key in keys}
                change = {key: more.get(name, 0.0) * (1 + 0.1 * float(rng.normal())) for key in keys}
                read[name, "all"]["base"][area, "all", year] = base
                read[name, "all"]["other"][area, "all", year] = {key: base[key] + change[key] for key in keys}
    return Answer("By hand", ("base", "other"), {}, {"base": keys, "other": list(keys)}, None, read)


@pytest.fixture(scope="session")
def drawn() -> Answer:
    return by_hand()


@pytest.fixture(scope="session")
def made(drawn: Answer) -> Made:
    return figures(drawn)


@pytest.fixture(scope="session")
def made_of_runs(pair: Answer) -> Made:
    return figures(pair)


def test_every_area_has_a_tile_of_its_own_and_a_short_name_of_its_own() -> None:
    assert set(tiles()) == {area.name for area in institutions.load().areas}
    places = [(row, column) for _, row, column in tiles().values()]
    assert len(set(places)) == len(places) == len({short(area) for area in tiles()})


def test_the_headline_has_the_paired_difference_and_its_interval(drawn: Answer) -> None:
    found = drawn.differences("other", "prisoners_waiting")
    before, after = (drawn.over_years(arm, "prisoners_waiting") for arm in drawn.arms)
    apart = np.array([after[key] - before[key] for key in before])
    by_draw = apart.reshape(24, 2).mean(axis=1)
    assert found.difference[0] == pytest.approx(by_draw.mean())
    assert found.error[0] == pytest.approx(by_draw.std(ddof=1) / np.sqrt(24))
    first = headline(drawn).first
    assert first.startswith(f"Prisoners waiting for hospital: down by {-by_draw.mean():.3g} people under other, from ")
    assert "95% interval of the change: −" in first and "48 pairs of runs" in first


def test_with_draws_the_fan_has_chance_and_parameters_apart_and_money_has_its_curves(made: Made) -> None:
    by = {figure.id: figure for figure in made[0]}
    assert {"changes", "over-time", "map", "plane", "curves", "tornado", "worth", "areas", "assumptions"} <= set(by)
    fan = [
        row
        for row in by["over-time"].rows
        if row["outcome"] == "Prisoners waiting for hospital" and row["scenario"] == "base"
    ]
    assert np.mean([row["SD of chance"] for row in fan]) == pytest.approx(1.5, rel=0.3)
    assert np.mean([row["SD of parameters"] for row in fan]) == pytest.approx(6.0, rel=0.3)
    assert {"Who moves where", "How long stays last", "One person, twice"} <= {one.title for one in made[1]}
    assert all(one.why for one in made[1])


def test_of_two_runs_everything_is_drawn_that_needs_no_draws(made_of_runs: Made) -> None:
    made, left_out = made_of_runs
    assert [figure.id for figure in made] == [
        "changes",
        "over-time",
        "map",
        "who",
        "flows",
        "stays",
        "plane",
        "areas",
        "person",
        "assumptions",
    ]
    assert len(left_out) == 4
    assert all(figure.rows for figure in made)


def test_one_run_has_no_comparison_and_no_interval(small_run: Results) -> None:
    alone = opened([small_run.path])
    made, left_out = figures(alone)
    assert {"changes", "plane"}.isdisjoint(figure.id for figure in made)
    assert "What changes" in {one.title for one in left_out}
    assert "without an interval" in headline(alone).first


def test_a_run_with_itself_changes_nothing(small_run: Results, tmp_path: Path) -> None:
    (tmp_path / "again").symlink_to(small_run.path, target_is_directory=True)
    with pytest.raises(UsageError, match="the same scenario, seed, draw and replicate"):
        opened([small_run.path, tmp_path / "again"])


def test_what_is_said_in_a_title_is_text_and_no_markup(drawn: Answer, made: Made) -> None:
    named = Answer("<script>alert(1)</script>", drawn.arms, {}, drawn.keys, None, drawn._read)
    text = page(named, *made)
    assert "<script" not in text and "&lt;script&gt;" in text


def test_the_page_is_under_a_policy_and_the_same_twice(drawn: Answer, made: Made, tmp_path: Path) -> None:
    for name in ("one.html", "other.html"):
        write(drawn, tmp_path / name, "html", drawn=made)
    text = (tmp_path / "one.html").read_text()
    assert text == (tmp_path / "other.html").read_text()
    assert "default-src 'none'" in text and "unsafe" not in text
    assert not re.search(r"<script|<link|\bsrc=|@import|https?://(?!www\.w3\.org)", text)
    assert len(text.encode()) < 1_500_000


def test_a_workbook_has_a_sheet_for_each_figure_and_the_same_bytes(drawn: Answer, made: Made, tmp_path: Path) -> None:
    for name in ("one.xlsx", "other.xlsx"):
        write(drawn, tmp_path / name, "xlsx", drawn=made)
    assert (tmp_path / "one.xlsx").read_bytes() == (tmp_path / "other.xlsx").read_bytes()
    with zipfile.ZipFile(tmp_path / "one.xlsx") as book:
        sheets = [name for name in book.namelist() if name.startswith("xl/worksheets/sheet")]
    assert len(sheets) == 1 + len(made[0])


@pytest.mark.parametrize(
    ("form", "begins"), [("png", b"\x89PNG"), ("svg", b"<svg"), ("pdf", b"%PDF"), ("csv", b"scenario,")]
)
def test_each_figure_can_be_a_file(drawn: Answer, made: Made, tmp_path: Path, form: str, begins: bytes) -> None:
    files, _ = write(drawn, tmp_path / "files", form, drawn=made)
    assert {file.stem for file in files} == {figure.id for figure in made[0]}
    assert (tmp_path / "files" / f"changes.{form}").read_bytes().startswith(begins)


def test_refusals_are_one_sentence_with_a_documented_code(
    small_run: Results, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for words, code, said in (
        ([str(tmp_path)], CorruptError.exit_code, "manifest"),
        ([str(small_run.path), "--format", "docx"], 2, "--format docx: allowed: html, xlsx, png, svg, pdf, csv"),
        ([str(small_run.path), "--out", "x.docx"], 2, "allowed: a file that ends with .html or .xlsx"),
        ([str(small_run.path), "--base", "nobody"], 2, "--base nobody: no scenario has that name; allowed: baseline"),
    ):
        assert invoke(["report", *words]) == code
        error = capsys.readouterr().err.strip()
        assert said in error and "\n" not in error


# In a browser.

BARE = """() => [...document.querySelectorAll('figure svg')].map(svg => {
  const marks = [...svg.querySelectorAll('[class*="mark-"][role="graphics-object"] path, [class*="mark-"][role="graphics-object"] text')];
  return [svg.getAttribute('aria-label'), marks.filter(mark => mark.getBoundingClientRect().width > 0 && /\\d|\\w/.test(mark.getAttribute('d') || mark.textContent)).length];
})"""
"""What each chart is called, and how many marks of it can be seen."""


@pytest.fixture(scope="module", params=["drawn", "pair"])
def file(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    of = {"drawn": "made", "pair": "made_of_runs"}[request.param]
    out = tmp_path_factory.mktemp("pages") / f"{request.param}.html"
    write(request.getfixturevalue(request.param), out, "html", drawn=request.getfixturevalue(of))
    return out


def test_nothing_is_fetched_nothing_fails_and_every_chart_is_drawn(file: Path, visit: Callable[..., Any]) -> None:
    with visit(file.as_uri()) as seen:
        assert (seen.requests, seen.outside, seen.errors) == ([file.as_uri()], [], [])
        charts = seen.page.evaluate(BARE)
        assert len(charts) == seen.page.locator("figure").count() > 5
        assert all(label and marks > 1 for label, marks in charts), charts
        assert seen.page.locator("details table").count() == len(charts)


def test_contrast_names_and_structure_are_as_the_guidelines_want(file: Path, visit: Callable[..., Any]) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    scheme = "dark" if file.stem == "drawn" else "light"
    with visit(file.as_uri(), color_scheme=scheme) as seen:
        seen.page.evaluate("document.querySelector('details').open = true")
        found = axe.run(seen.page, options={"runOnly": ["wcag2a", "wcag2aa", "wcag21aa", "best-practice"]})
        assert found.violations_count == 0, found.generate_report()


def test_everything_can_be_reached_by_keyboard(file: Path, visit: Callable[..., Any]) -> None:
    with visit(file.as_uri()) as seen:
        seen.page.keyboard.press("Tab")
        assert seen.page.evaluate("document.activeElement.className") == "skip"
        reached = set()
        for _ in range(80):
            seen.page.keyboard.press("Tab")
            reached.add(
                seen.page.evaluate(
                    "document.activeElement.getAttribute('aria-label') || document.activeElement.textContent"
                )
            )
        tables = seen.page.locator("summary").all_text_contents()
        assert set(tables) <= reached
        seen.page.locator("summary").first.focus()
        seen.page.keyboard.press("Enter")
        assert seen.page.locator("details").first.evaluate("one => one.open")


def test_on_a_phone_only_charts_scroll_sideways_and_print_has_no_cut_chart(
    file: Path, visit: Callable[..., Any]
) -> None:
    wide = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    with visit(file.as_uri(), width=390, height=844) as seen:
        assert seen.page.evaluate(wide) == 0
        seen.page.emulate_media(media="print")
        seen.page.set_viewport_size({"width": 680, "height": 900})
        assert seen.page.evaluate(wide) == 0
        cut = "[...document.querySelectorAll('.chart')].filter(one => one.scrollWidth > one.clientWidth + 1).length"
        assert seen.page.evaluate(cut) == 0


def test_a_chart_looks_as_another_renderer_draws_it(
    drawn: Answer, made: Made, tmp_path: Path, visit: Callable[..., Any]
) -> None:
    image = pytest.importorskip("PIL.Image")
    write(drawn, tmp_path / "page.html", "html", drawn=made)
    figure = next(figure for figure in made[0] if figure.id == "map")

    def grey(data: bytes) -> Any:
        shown = image.open(io.BytesIO(data)).convert("L")
        dark = np.argwhere(np.asarray(shown) < 250)
        (top, left), (bottom, right) = dark.min(axis=0), dark.max(axis=0)
        return np.asarray(shown.crop((left, top, right, bottom)).resize((48, 48)), float)

    with visit((tmp_path / "page.html").as_uri()) as seen:
        shot = seen.page.locator("section", has=seen.page.locator("#map")).locator("svg").screenshot()
        other = seen.page.locator("section", has=seen.page.locator("#plane")).locator("svg").screenshot()
    drawn_elsewhere = grey(bitmap(figure))
    assert np.abs(grey(shot) - drawn_elsewhere).mean() < 8
    assert np.abs(grey(other) - drawn_elsewhere).mean() > 12

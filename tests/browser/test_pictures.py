"""Every picture that a command or a bench draws: its labels lie inside it and on no other, in a browser whose fonts are wide."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

import numpy as np
import pytest

from stepdown.calibration.matching import Fit, Stage
from stepdown.calibration.priors import Prior
from stepdown.calibration.problem import Budget, Free, Problem, Target, Wave

pytest.importorskip("altair")

from stepdown.calibration import plots
from stepdown.charts import pathway
from stepdown.charts.theme import save
from stepdown.experiments.picture import draw as draw_differences
from stepdown.validation.plots import draw as draw_series
from stepdown.validation.series import compare

if TYPE_CHECKING:
    from collections.abc import Callable

    from stepdown.results import Results

ROOT = Path(__file__).parents[2]
DRAWN = sorted((ROOT / "docs").glob("*.svg"))
SMALLEST = 8
"""Least size of a letter [px]."""

LOOK = """() => {
  const frame = document.documentElement.getBoundingClientRect();
  const texts = [...document.querySelectorAll('text')].filter(text => text.textContent.trim());
  return [[frame.width, frame.height], texts.map(text => {
    const box = text.getBBox(), turn = text.getScreenCTM();
    const corner = (x, y) => { const p = new DOMPoint(x, y).matrixTransform(turn); return [p.x - frame.left, p.y - frame.top]; };
    const [l, t, r, b] = [box.x, box.y, box.x + box.width, box.y + box.height];
    return {text: text.textContent, size: parseFloat(getComputedStyle(text).fontSize),
            corners: [corner(l, t), corner(r, t), corner(r, b), corner(l, b)]};
  })];
}"""


def apart(one: Any, other: Any, slack: float = 1.5) -> bool:
    """Return whether two rectangles, turned or not, lie apart: a side of one of them parts them."""
    for box in (one, other):
        for side in (box[1] - box[0], box[3] - box[0]):
            along = side / np.linalg.norm(side)
            a, b = one @ along, other @ along
            if a.max() - slack <= b.min() + slack or b.max() - slack <= a.min() + slack:
                return True
    return False


def faults(file: Path, visit: Callable[..., Any]) -> list[str]:
    """Return what is wrong with the texts of a drawing, as a browser shows it."""
    ET.parse(file)
    with visit(file.as_uri()) as seen:
        (width, height), texts = seen.page.evaluate(LOOK)
        assert not seen.errors and not seen.outside
    assert texts
    boxes = [(text["text"], np.array(text["corners"])) for text in texts]
    found = [f"{text['text']!r} is set in {text['size']} px" for text in texts if text["size"] < SMALLEST]
    for text, box in boxes:
        if box.min() < 0 or box[:, 0].max() > width or box[:, 1].max() > height:
            found.append(f"{text!r} is cut off")
    least, most = (np.array([take(box, axis=0) for _, box in boxes]) for take in (np.min, np.max))
    meet = ((least[:, None] < most[None]) & (least[None] < most[:, None])).all(axis=2)
    pairs = [(boxes[a], boxes[b]) for a, b in zip(*np.nonzero(np.triu(meet, 1)), strict=True)]
    return found + [f"{a[0]!r} lies on {b[0]!r}" for a, b in pairs if not apart(a[1], b[1])]


@pytest.fixture(scope="module")
def fit() -> tuple[Problem, Fit]:
    """A fit by hand, with names and figures as long as the longest of the baseline's."""
    names = {
        "C09.decisions": "Final decisions of the tribunal on restricted patients",
        "drift.medium": "Occupied medium secure beds, years 16-20 over 1-5",
        "C06": "",
    }
    targets = tuple(Target(id, 0.376, 0.3, 0.45, spread=0.04, name=name) for id, name in names.items())
    ids = (
        "choice.discharge.aftercare_supported.constant",
        "relapse.prison",
        "tribunal.rate_restricted",
        "justice.served",
    )
    budget = Budget((Wave(9, 2),), rounds=1, draws=6, particles=32, seed=3)
    asked = Problem(tuple(Free(id, Prior("uniform", 0.1, 0.3, 0.5)) for id in ids), targets, no_simulator, budget)
    shaken = np.random.default_rng(1)
    points = shaken.uniform(0, 1, (12, len(ids)))
    stages = tuple(
        Stage(name, 12, share, least=np.zeros(3), middle=np.array([5.2, 2.9, 0.4]), checked=[])
        for name, share in (("wave 1", 0.93), ("wave 2", 0.0012), ("round 1", float("nan")))
    )
    lived = shaken.normal(0.35, 0.03, (12, 1, 3))
    names_of_stages = ["wave 1"] * 12
    noise = np.full(3, 0.01)
    return asked, Fit(points, names_of_stages, lived, noise, list(stages), [1, 2, 3], 0, points[0], lived[0])


def no_simulator(values: Any, replicate: int) -> dict[str, float]:
    raise AssertionError((values, replicate))


@pytest.mark.parametrize("file", DRAWN, ids=lambda file: file.stem)
def test_the_drawings_of_the_pages(file: Path, visit: Callable[..., Any]) -> None:
    assert faults(file, visit) == []


def test_the_fault_is_seen_where_there_is_one(tmp_path: Path, visit: Callable[..., Any]) -> None:
    texts = (
        '<text x="90" y="20">cut off at the right</text><text x="5" y="60">one</text><text x="8" y="62">other</text>'
    )
    file = tmp_path / "bad.svg"
    file.write_text(f'<svg xmlns="http://www.w3.org/2000/svg" width="100" height="100">{texts}</svg>', encoding="utf-8")
    assert faults(file, visit) == ["'cut off at the right' is cut off", "'one' lies on 'other'"]


def test_the_pictures_of_a_calibration(fit: Any, tmp_path: Path, visit: Callable[..., Any]) -> None:
    plots.draw(tmp_path, *fit)
    for name in ("waves", "posterior", "fit"):
        assert faults(tmp_path / f"{name}.svg", visit) == [], name
        assert_drawn(tmp_path / f"{name}.png")
    with visit((tmp_path / "calibration.html").as_uri()) as seen:
        seen.page.wait_for_selector("canvas, svg")
        assert not seen.errors and not seen.outside


def assert_drawn(file: Path) -> None:
    """Check that a bitmap is readable and that its border is empty, so that nothing is cut off at it."""
    from matplotlib.image import imread

    seen = imread(file)[..., :3]
    assert seen.std() > 0.01
    for edge in (seen[0], seen[-1], seen[:, 0], seen[:, -1]):
        assert np.ptp(edge, axis=0).max() < 0.02


def test_the_picture_of_published_series(small_run: Results, tmp_path: Path, visit: Callable[..., Any]) -> None:
    compared, _ = compare(small_run)
    assert compared
    draw_series(tmp_path / "series.svg", compared)
    draw_series(tmp_path / "series.png", compared)
    assert faults(tmp_path / "series.svg", visit) == []
    assert_drawn(tmp_path / "series.png")


def test_the_picture_of_stocks_and_flows(
    small_run: Results, tmp_path: Path, visit: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(str(ROOT / "benches"))
    bench: Any = __import__("stocks_and_flows")
    first = dict(list(bench.series(small_run, 2).items())[:21])
    found = {key: np.resize(values, 20) for key, values in first.items()}
    save(bench.picture(dict.fromkeys(bench.SCENARIOS, found)), tmp_path / "stocks.svg")
    assert faults(tmp_path / "stocks.svg", visit) == []
    sys.modules.pop("stocks_and_flows")


def test_the_picture_of_differences(tmp_path: Path, visit: Callable[..., Any]) -> None:
    names = ("ready", "out_of_area", "wait_clinical_within_28")
    figures = {"base": 2.6e9, "difference": -1.1e8, "low": -2.2e8, "high": -1e7}
    rows = [
        {"scenario": scenario, "indicator": name, "level": "supported accommodation", **figures}
        for scenario in ("places", "pathway-package")
        for name in names
    ]
    draw_differences(tmp_path / "differences.svg", rows, "Differences", {}, overwrite=False)
    assert faults(tmp_path / "differences.svg", visit) == []


def test_the_pathway_as_it_is_drawn_now(tmp_path: Path, visit: Callable[..., Any]) -> None:
    pathway.write(tmp_path)
    for name in ("pathway.svg", "moves.svg"):
        assert faults(tmp_path / name, visit) == [], name

"""The report of a sweep with a package: its parts, its pairs, and what is said of tasks that are missing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

pytest.importorskip("altair")
pytest.importorskip("xlsxwriter")

from stepdown.experiments.compare import compare
from stepdown.experiments.result_set import ResultSet
from stepdown.report.answer import opened
from stepdown.report.figures import figures

if TYPE_CHECKING:
    from stepdown.experiments.plan import Plan


def test_the_report_has_the_waterfall_and_the_differences_of_the_sweep(swept: Plan) -> None:
    answer = opened([swept.folder])
    by = {figure.id: figure for figure in figures(answer)[0]}
    assert {row["step"] for row in by["package"].rows} == {"base", "package", *swept.facts.parts}
    assert {"flows", "person", "plane"} <= set(by)
    arm = answer.others[0]
    [table] = compare(ResultSet(swept), [arm], indicators=["ready"], area="England", group="all")
    [row] = table.to_pylist()
    found = answer.differences(arm, "ready")
    assert found.difference[0] == pytest.approx(row["difference"])
    assert found.low[0] == pytest.approx(row["low"])

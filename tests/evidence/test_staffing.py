"""Staff for each setting and role are there once, in their range, with a source."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from stepdown.errors import EvidenceError
from stepdown.evidence.loader import FOLDER
from stepdown.evidence.staffing import ROLES, SETTINGS, staffing, vacancies

if TYPE_CHECKING:
    from pathlib import Path


def test_more_security_takes_more_nursing() -> None:
    nursing = [
        staffing()[tier]["nurse"] + staffing()[tier]["support worker"]
        for tier in ("high secure", "medium secure", "low secure")
    ]
    assert nursing == sorted(nursing, reverse=True)
    assert all(tuple(staffing()[setting]) == ROLES for setting in SETTINGS)


@pytest.mark.parametrize(
    ("table", "was", "put", "what"),
    [
        ("staffing", "medium secure,nurse,0.8,", "medium secure,nurse,8,", "allowed: 0 or more, within the range"),
        ("staffing", "medium secure,nurse,", "medium secure,porter,", "allowed: each once"),
        ("staffing", "high secure,nurse,", "high secure,psychiatrist,", "allowed: each once"),
        (
            "staffing",
            "medium secure,nurse,0.8,0.6,1.1,A,",
            "medium secure,nurse,0.8,0.6,1.1,Z9,",
            "is not a key of sources.csv",
        ),
        ("vacancies", "nurse,0.2,0.18,0.22", "nurse,1.2,0.18,2", "allowed: a share up to 1"),
    ],
)
def test_a_wrong_row_is_refused(tmp_path: Path, table: str, was: str, put: str, what: str) -> None:
    folder = tmp_path / "evidence"
    (folder / "tables").mkdir(parents=True)
    for name in ("sources.csv", "tables/staffing.csv", "tables/vacancies.csv"):
        shutil.copy(FOLDER / name, folder / name)
    file = folder / "tables" / f"{table}.csv"
    text = file.read_text(encoding="utf-8")
    assert was in text
    file.write_text(text.replace(was, put), encoding="utf-8")
    with pytest.raises(EvidenceError, match=what):
        staffing(folder) if table == "staffing" else vacancies(folder)


def test_a_role_that_is_missing_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / "evidence"
    (folder / "tables").mkdir(parents=True)
    shutil.copy(FOLDER / "sources.csv", folder / "sources.csv")
    lines = (FOLDER / "tables" / "staffing.csv").read_text(encoding="utf-8").splitlines()
    (folder / "tables" / "staffing.csv").write_text("\n".join(lines[:-1]) + "\n", encoding="utf-8")
    with pytest.raises(EvidenceError, match="mainstream team, social worker is missing"):
        staffing(folder)

"""What a waiting user reads."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stepdown.progress import Lines, speed

if TYPE_CHECKING:
    import pytest


def test_the_closing_line_has_two_figures() -> None:
    assert speed(100, 730, 73_000, 2.0) == "100 people × 730 days in 2.0 s = 36 k person-days/s"
    assert speed(1, 1, 1, 10.0) == "1 people × 1 days in 10 s = 0.1 person-days/s"


def test_lines_say_each_thing_once_and_the_time_left(capsys: pytest.CaptureFixture[str]) -> None:
    with Lines() as lines:
        lines.update("settling", 0, 100)
        lines.update("2024/25", 10, 100)
        lines.update("2024/25", 40, 100)
    said = capsys.readouterr()
    assert said.out == ""
    assert [line.split(":")[0] for line in said.err.splitlines()] == ["settling", "2024/25"]
    assert "s left" in said.err

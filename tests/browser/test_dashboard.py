"""`stepdown dashboard` in a browser: what is chosen is shown, nothing is asked of anybody else, and Ctrl-C ends it at once."""

from __future__ import annotations

import re
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest

from stepdown.cli import invoke
from stepdown.dashboard import arms as reading
from stepdown.results.indicators import ENGLAND

pytest.importorskip("marimo")

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from stepdown.results import Results

PATIENCE = 30_000
"""How long a page may take on a machine that is busy [ms]."""


@pytest.fixture(scope="module")
def server(hundredth: Results) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """Return the address of a dashboard over one run, and its process."""
    command = [sys.executable, "-m", "stepdown", "dashboard", str(hundredth.path), "--port", "0"]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    assert process.stderr is not None
    said = process.stderr.readline()
    try:
        yield re.findall(r"http://\S+", said)[0], process
    finally:
        process.kill()
        process.wait()
        process.stderr.close()


def test_what_is_chosen_is_shown_and_nothing_is_asked_of_anybody_else(
    server: tuple[str, Any], visit: Callable[..., Any]
) -> None:
    address, _ = server
    with visit(f"{address}/") as seen:
        page = seen.page
        page.wait_for_selector("h1 >> text=against", timeout=PATIENCE)
        page.wait_for_selector("text=A sample of 1.00% of England", timeout=PATIENCE)
        page.wait_for_selector("text=One person", timeout=PATIENCE)
        for label in ("Scenario", "compared with", "Area", "Year"):
            assert page.get_by_label(label, exact=True).count() == 1, label
        page.get_by_label("Area", exact=True).select_option("Greater Manchester")
        page.wait_for_selector("text=Greater Manchester, the year from", timeout=PATIENCE)
        page.get_by_label("Over the years").select_option("discharges")
        page.get_by_text("discharges, Greater Manchester").wait_for(timeout=PATIENCE)
        assert not seen.outside
        assert [said for said in seen.errors if not said.startswith("warning: ")] == []


def test_only_its_own_address_is_answered(server: tuple[str, Any]) -> None:
    address, _ = server
    foreign = urllib.request.Request(address, headers={"Host": "example.org"})
    with pytest.raises(urllib.error.HTTPError, match="421"):
        urllib.request.urlopen(foreign)
    with urllib.request.urlopen(f"{address}/") as answer:
        assert "connect-src 'self'" in answer.headers["content-security-policy"]


def test_a_busy_port_is_one_sentence(hundredth: Results, capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert invoke(["dashboard", str(hundredth.path), "--port", str(port)]) == 2
    said = capsys.readouterr().err
    assert f"--port: {port} can't be used (Address already in use); allowed: a free port" in said
    assert said.count("\n") == 1


def test_ctrl_c_ends_it_within_a_second(server: tuple[str, subprocess.Popen[str]]) -> None:
    _, process = server
    process.send_signal(signal.SIGINT)
    begun = time.monotonic()
    assert process.wait(timeout=10) == 0
    assert time.monotonic() - begun < 1.0
    assert process.stderr is not None and process.stderr.read() == ""


def test_figures_are_those_of_the_run(hundredth: Results) -> None:
    (arm,) = reading.read([hundredth.path])
    assert arm.share == pytest.approx(0.01) and arm.runs == 1
    rows = [
        row["value"]
        for row in hundredth.table("indicators").to_pylist()
        if (row["area"], row["group"], row["indicator"], row["year"])
        == (ENGLAND, "all", "discharges", hundredth.first_year)
    ]
    assert arm.values("discharges", ENGLAND)[hundredth.first_year] == rows
    assert reading.areas([arm])[0] == ENGLAND and len(reading.areas([arm])) == 43
    assert reading.indicators([arm])[0] == "ready"
    person = reading.people(arm.run, ENGLAND)[0] if arm.run else 0
    stays = reading.life(hundredth, person)
    assert stays and all(one["end"] == other["start"] for one, other in pairwise(stays))


def test_two_runs_of_one_scenario_have_two_names(hundredth: Results, tmp_path: Path) -> None:
    other = tmp_path / "again"
    other.symlink_to(hundredth.path)
    names = [arm.name for arm in reading.read([hundredth.path, other])]
    assert len(set(names)) == 2

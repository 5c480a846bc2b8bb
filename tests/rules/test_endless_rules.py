"""A rule that never returns: the first Ctrl-C waits for the day, a second always ends the run."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
import time
from typing import TYPE_CHECKING, Any

import pytest

from stepdown import SecureCareModel
from stepdown.agents import ResponsibleClinician
from stepdown.decisions.rules import rule
from stepdown.errors import StepdownError
from stepdown.running.signals import GRACE

if TYPE_CHECKING:
    from pathlib import Path

ENDLESS = {
    "in Python": "while True: pass",
    "which catches everything": """
        while True:
            try:
                while True: pass
            except BaseException: pass
""",
    "in C, which keeps the interpreter": 're.match("(a+)+$", "a" * 64 + "b")',
}
RULE = """
import re
from pathlib import Path
from stepdown.agents import ResponsibleClinician
from stepdown.decisions.rules import rule

class Endless(ResponsibleClinician):
    @rule(reads=())
    def review(cls, cases, day):
        Path("begun").touch()
        {}
"""
SCENARIO = """
title = "t"
why = "w"
extends = "baseline"
population = 0.0005

[calendar]
years = 1

[rules]
use = [{ agent = "endless.py:Endless" }]
"""


@pytest.mark.parametrize("body", ENDLESS.values(), ids=ENDLESS.keys())
def test_a_second_control_c_ends_the_command_whatever_a_rule_does(tmp_path: Path, body: str) -> None:
    (tmp_path / "endless.py").write_text(RULE.format(body), encoding="utf-8")
    (tmp_path / "endless.toml").write_text(SCENARIO, encoding="utf-8")
    command = [sys.executable, "-m", "stepdown", "run", "endless.toml", "--allow-code", "--out", "run"]
    with subprocess.Popen(command, cwd=tmp_path, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        while not (tmp_path / "begun").exists() and process.poll() is None:
            time.sleep(0.02)
        process.send_signal(signal.SIGINT)
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(timeout=0.5)
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=GRACE + 20) == 130
        said = process.stderr.read()
    assert said.splitlines()[-1].startswith("stepdown: interrupted")
    assert "Traceback" not in said


def test_a_second_control_c_interrupts_a_rule_of_a_model_which_is_then_refused() -> None:
    def endless(cls: Any, cases: Any, day: Any) -> Any:
        del cls, cases, day
        for after in (0.3, 1.3):
            threading.Timer(after, signal.raise_signal, args=(signal.SIGINT,)).start()
        end = time.monotonic() + 30
        while time.monotonic() < end:
            pass

    agent = type("Endless", (ResponsibleClinician,), {"review": rule(reads=())(endless)})
    model = SecureCareModel("baseline", seed=7, population=0.0005, years=1, settle_days=0, agents=[agent])
    with pytest.raises(KeyboardInterrupt):
        model.run_for(100)
    with pytest.raises(StepdownError, match="in the middle of a day"):
        model.run_for(1)

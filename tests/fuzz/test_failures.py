"""Records of runs that failed, damaged: taken away where a run left them, and nothing else with them."""

from __future__ import annotations

import json
import os
import shutil
from typing import TYPE_CHECKING

from stepdown.errors import RuleError
from stepdown.running.failure import Failure
from stepdown.scenario import load

from . import harness
from .commands import Place, files_of, tree_damaged

if TYPE_CHECKING:
    import random
    from collections.abc import Callable
    from pathlib import Path

    from .harness import Tally


def test_records_of_failures(fuzzed: Callable[..., Tally], tmp_path: Path) -> None:
    place = Place(tmp_path, "run.failed")
    failure = Failure(place.here / "run")
    baseline = load("baseline", population=0.0005, years=1)

    class Nobody:
        given: tuple[()] = ()
        rules: tuple[()] = ()

    def write() -> None:
        failure.write(RuleError("it broke"), baseline, Nobody(), {"seed": 7, "replicate": 0})  # type: ignore[arg-type]

    write()
    whole = tmp_path / "whole.failed"
    shutil.copytree(failure.path, whole)
    said, names = json.loads((whole / "failure.json").read_text()), files_of(whole)
    place = Place(tmp_path, "run.failed")

    def target(draw: random.Random) -> None:
        place.enter()
        place.clear()
        folder = place.put(whole, "run.failed")
        if draw.random() < 0.6:
            changed = json.dumps(harness.json_damaged(draw, said)).encode("utf-8", "surrogatepass")
            (folder / "failure.json").write_bytes(changed)
        else:
            tree_damaged(draw, folder, names)
        strangers = sorted(path.name for path in folder.iterdir() if path.name not in names)
        (failure.forget if draw.random() < 0.5 else write)()
        for name in strangers:
            assert os.path.lexists(folder / name), f"{name} was removed, and no run had left it"
        place.hold()

    fuzzed("failure", lambda draw: draw, target)

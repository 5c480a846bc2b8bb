"""A plan is run until its differences are as precise as was asked for, and is then complete."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from stepdown.cli import invoke
from stepdown.errors import UsageError
from stepdown.experiments import precise
from stepdown.experiments.compare import precisions
from stepdown.experiments.plan import Commit, OutcomeFacts, Plan
from stepdown.experiments.statistics import precision
from stepdown.experiments.task import Outcome

from .test_task import small

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from stepdown.experiments.plan import Group

NOISE = np.random.default_rng(3).normal(5, 1, 200)
"""A difference in each replicate."""


class Rounds:
    """A backend that lives nothing: it notes which replicates it was given, and that they are done."""

    def __init__(self, made: Plan) -> None:
        self.made, self.asked = made, []  # type: ignore[var-annotated]

    def __call__(self, groups: Sequence[Group]) -> Iterator[Outcome]:
        self.asked.append(max(task.replicate for group in groups for task in group) + 1)
        (self.made.folder / "commits").mkdir(exist_ok=True)
        for task in (task for group in groups for task in group):
            commit = Commit(
                id=task.id, arm=task.arm, draw=0, seed=1, replicate=task.replicate, files={}, seconds=1.0,
                peak_memory=1, host="here",
            )  # fmt: skip
            self.made.commit_file(task.id).write_text(commit.model_dump_json())
            part = self.made.part("indicators", task)
            part.parent.mkdir(parents=True)
            part.touch()
            yield Outcome(task.id, "done")

    def precisions(self, made: Plan) -> list[object]:
        done = sum(task.arm == "both" for task in made.committed().values())
        outcome = OutcomeFacts(indicator="ready", area="England", group="all", level="all", half_width=0.4)
        return [("both", outcome, precision(NOISE[:done], 0.4))]


@pytest.mark.parametrize(("most", "ends"), [(200, None), (20, 20)])
def test_replicates_are_added_until_the_rule_stops_or_the_plan_ends(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, most: int, ends: int | None
) -> None:
    made = small(tmp_path, replicates=most)
    rounds = Rounds(made)
    monkeypatch.setattr(precise, "precisions", rounds.precisions)
    outcomes = list(precise.until_precise(made, rounds))
    assert rounds.asked[0] == 15, "ten, and five that agree"
    assert rounds.asked == sorted(set(rounds.asked))
    stops = precision(NOISE, 0.4).enough
    assert stops is not None and stops > 15
    wanted = made.wanted
    assert wanted == (ends or wanted) and wanted is not None and wanted <= 2 * (stops + 5)
    assert len(outcomes) == 2 * wanted == 2 * rounds.asked[-1]
    assert set(made.completeness().values()) == {(wanted, wanted)}
    assert made.left() == []
    again = Rounds(made)
    assert list(precise.until_precise(made, again)) == [], "nothing is left to do"


def test_differences_of_a_sweep_are_held_against_what_was_asked(swept: Plan) -> None:
    found = {arm: one for arm, outcome, one in precisions(swept) if outcome.indicator == "ready"}
    assert set(found) == set(swept.arms) - {"baseline"}
    assert {one.replicates for one in found.values()} == {2}
    assert {one.next for one in found.values()} == {15}
    assert all(np.isfinite(one.half_width) for one in found.values())


def test_what_can_not_become_precise_is_refused(tmp_path: Path) -> None:
    made = small(tmp_path)
    with pytest.raises(UsageError, match="no difference is to be precise; allowed: outcomes with a half_width"):
        precise.next_replicates(made)
    assert invoke(["sweep", "resume", str(made.folder), "--until-precise", "--workers", "1"]) == 2
    assert invoke(["sweep", "run", "bradley", "--until-precise", "--out", str(tmp_path / "never")]) == 2
    assert not (tmp_path / "never").exists(), "before anything is probed"

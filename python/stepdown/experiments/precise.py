"""Runs a plan until named differences are as precise as was asked for, on any backend: a round of replicates, a look, the next."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stepdown.errors import UsageError
from stepdown.experiments.compare import precisions

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from stepdown.experiments.config import Experiment
    from stepdown.experiments.plan import Group, Plan
    from stepdown.experiments.task import Outcome

__all__ = ["next_replicates", "refuse_imprecise", "until_precise"]

NOTHING = "no difference is to be precise; allowed: outcomes with a half_width, and two scenarios or more"


def refuse_imprecise(experiment: Experiment) -> None:
    """Refuse an experiment in which no difference is to be brought to a half-width.

    Raises
    ------
    UsageError
        It is one.
    """
    if len(experiment.arms) < 2 or all(outcome.half_width is None for outcome in experiment.keys.outcomes):
        message = f"{experiment.name}: {NOTHING}"
        raise UsageError(message)


def next_replicates(made: Plan) -> tuple[int, bool]:
    """Return how many replicates are to be had before the stopping rule looks again, and whether they are enough.

    Raises
    ------
    UsageError
        The plan has no outcome with a half-width, or nothing to compare.
    """
    found = precisions(made)
    if not found:
        message = f"{made.folder}: {NOTHING}"
        raise UsageError(message)
    if all(one.enough is not None for _, _, one in found):
        # What the rule has looked ahead at counts, too: it is there.
        return max(one.replicates for _, _, one in found), True
    return max(one.next for _, _, one in found if one.enough is None), False


def until_precise(made: Plan, some: Callable[[Sequence[Group]], Iterator[Outcome]]) -> Iterator[Outcome]:
    """Do tasks until the differences are precise enough, or all that are planned are done; yield what became of each.

    Parameters
    ----------
    made
        The plan; its replicates are the most that are tried. How many were enough is written down in it.
    some
        Does groups of tasks, on whatever backend.
    """
    most = min(arm.replicates for arm in made.facts.arms)
    made.want(None)
    while True:
        wanted, enough = next_replicates(made)
        if enough or wanted >= most:
            made.want(min(wanted, most))
        groups = made.left(replicates=min(wanted, most))
        if groups:
            yield from some(groups)
        if enough or (not groups and wanted >= most):
            return
        if not groups and not enough:  # given up: without these replicates nothing can be said
            return

"""Agents that copy what is declared, for every decision, in both forms."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from stepdown.agents import KINDS, Collaborative, Commissioner, Institution, NationalCommissioner, Patient
from stepdown.agents.choices import Choice, Commissioning
from stepdown.decisions.rules import rule

if TYPE_CHECKING:
    from collections.abc import Callable

    from stepdown.agents import Quarter


def batch(cls: type, cases: Any, day: Any) -> Any:
    """Choose as declared."""
    del cls
    return day.choose(day.scores(cases))


def ranked(cls: type, cases: Any, day: Any) -> Any:
    """Rank as declared."""
    del cls
    return day.scores(cases)


def copy(kind: type[Institution | Patient], form: Any = "batch") -> type[Any]:
    """Return a subclass that decides by rules as its base has declared."""
    decide: dict[str, Callable[..., Any]] = {
        name: ranked if declared.scores == "placement" else batch
        for owner in kind.__mro__
        for name, declared in vars(owner).items()
        if isinstance(declared, Choice)
    }
    rules = {name: rule(reads=(), form=form)(how) for name, how in decide.items()}
    return type(f"Copied{kind.__name__}", (kind,), rules)


class Keeping(Collaborative):
    """Keeps to the baseline's rule."""

    def commissioning(self, quarter: Quarter) -> Commissioning:
        """Order what the baseline orders."""
        return super().commissioning(quarter)


def copies(form: Any = "batch") -> list[type[Any]]:
    """Return copies of all agents that decide: with them, all decisions are Python's."""
    kinds = [kind for kind in KINDS.values() if kind.choices() and kind is not Commissioner]
    return [copy(kind, form) for kind in (*kinds, Keeping, NationalCommissioner, Patient)]

"""Writes `stepdown.agents.options` from what the engine declares: ``make generate`` runs it.

The options of a decision are declared once, in ``rust/core/src/codes/decision.rs``. The module that is written from them is kept
with the sources, so that editors and type checkers know the members; a test holds it to the engine.
"""

from stepdown import _core

HEAD = '''"""The options of every decision, as the engine declares them.

This file is written by ``make generate`` from ``rust/core/src/codes/decision.rs``, and a test holds it to the engine: change the
declaration there, not here.
"""

from enum import IntEnum
from typing import Self


class Options(IntEnum):
    """The options of a decision: a code, which is permanent, and the label that the data carries. 0 is the default."""

    label: str

    def __new__(cls, code: int, label: str) -> Self:
        """Make a member of a code and a label."""
        option = int.__new__(cls, code)
        option._value_ = code
        option.label = label
        return option
'''

FORMER = {("disposal", "S37S41"): "S37_41", ("engagement", "WORK"): "EMPLOYMENT"}
"""Former names of members, which go on to work: by decision and name."""


def source() -> str:
    """Return the source of the module.

    Examples
    --------
    >>> "class Review(Options):" in source()
    True
    """
    meanings = {decision: meaning for _, decision, meaning in _core.codes()["decision"]}
    parts = [HEAD]
    for decision, answers in _core.answers().items():
        lines = [f"class {decision.capitalize()}(Options):", f'    """{meanings[decision]}"""', ""]
        for code, (member, label, meaning) in enumerate(answers):
            lines += [f'    {member} = {code}, "{label}"', f'    """{meaning}"""']
            if former := FORMER.get((decision, member)):
                lines += [f'    {former} = {code}, "{label}"', f'    """The former name of `{member}`."""']
        parts.append("\n".join(lines) + "\n")
    return "\n\n".join(parts)


if __name__ == "__main__":
    print(source(), end="")  # noqa: T201 -- the module's text is its result

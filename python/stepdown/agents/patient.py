"""Patients: handles on the rows of the caseload, made only when somebody asks for one."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from stepdown.choice import Choice, Engagement

if TYPE_CHECKING:
    from stepdown.model import SecureCareModel


@dataclass(frozen=True, slots=True)
class Patient:
    """A person on the caseload: a light handle on a row of the engine, which holds all state.

    Parameters
    ----------
    model
        The model that the person lives in.
    person
        Identity, as in the output.
    """

    model: "SecureCareModel"
    person: int

    kind: ClassVar[str] = "patient"
    engagement: ClassVar[Choice] = Choice(
        Engagement, asked_of="patients in treatment, near discharge, or offered work", scores="engagement"
    )

    def watch(self) -> None:
        """Have each decision about this person explained from now on; the engine watches one person at a time."""
        self.model.core.trace(self.person)

    def decisions(self) -> list[dict[str, Any]]:
        """Return the explained decisions since the person is watched: inputs, scores, draws, probabilities, answer."""
        return list(self.model.core.traces())

"""Patients: lightweight handles on the caseload's rows, and the user columns that a researcher may attach to them.

The engine holds everything about a patient. A `Patient` object is created only when a program asks for one, and it refers to a
row of the engine by identity.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, NoReturn

import mesa
import numpy as np

from stepdown.agents.choices import Choice, Engagement
from stepdown.agents.institution import StandIn, stand_in
from stepdown.errors import UndeclaredError, UsageError
from stepdown.evidence.loader import nearest

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from stepdown.engine import EngineModel

__all__ = ["Patient", "UserColumn", "column"]

_TYPES = {
    bool: ("flag", np.dtype(np.bool_)),
    int: ("count", np.dtype(np.int64)),
    float: ("number", np.dtype(np.float64)),
}


class UserColumn:
    """A column that a researcher attaches to patients: declared on a subclass of `Patient`, held by the engine.

    Parameters
    ----------
    meaning
        One line on what it is.
    unit
        Unit of the value.
    default
        Value of everybody until another is written; its type, `bool`, `int` or `float`, is the column's.
    """

    def __init__(self, meaning: str, *, unit: str, default: bool | float) -> None:
        if type(default) not in _TYPES:
            raise UsageError(f"column: a default of type {type(default).__name__}; allowed: bool, int, float")
        self.meaning = meaning
        self.unit = unit
        self.default = default
        self.name = ""
        self.__doc__ = f"{meaning} [{unit}]."

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    @property
    def kind(self) -> str:
        """Kind of the values: ``flag``, ``count`` or ``number``."""
        return _TYPES[type(self.default)][0]

    def __get__(self, patient: Patient | None, owner: type) -> Any:
        return self if patient is None else patient.model.caseload.value(self.name, patient.row)

    def __set__(self, patient: Patient, value: Any) -> None:
        patient.model.caseload.write(self.name, np.array([patient.row], dtype=np.uint32), value)

    def filled(self, value: Any, rows: int) -> NDArray[Any]:
        """Return values of the column's type, one for each of some rows."""
        wanted = _TYPES[type(self.default)][1]
        given = np.asarray(value)
        if not np.can_cast(given.dtype, wanted, "safe") and not (given.dtype.kind in "iu" and wanted.kind in "if"):
            raise UsageError(f"{self.name}: values of type {given.dtype}; allowed: {type(self.default).__name__}")
        if given.shape not in ((), (rows,)):
            raise UsageError(
                f"{self.name}: values of shape {given.shape} for {rows} rows; allowed: one for each, or one for all"
            )
        return np.ascontiguousarray(np.broadcast_to(given, (rows,)), dtype=wanted)


def column(meaning: str, *, unit: str, default: bool | float) -> Any:
    """Declare a user column on a subclass of `Patient`.

    Examples
    --------
    >>> class Trusting(Patient):
    ...     trust = column("Trust in the team", unit="0-1", default=0.5)
    >>> from stepdown import SecureCareModel
    >>> model = SecureCareModel("baseline", seed=7, population=0.001, years=1, settle_days=0, agents=[Trusting])
    >>> patient = model.patients[0]
    >>> patient.trust += 0.25
    >>> patient.trust
    0.75
    """
    return UserColumn(meaning, unit=unit, default=default)


class Patient(mesa.Agent):  # type: ignore[misc]  # Mesa is not typed
    """A person on the caseload: a light handle on a row of the engine, which holds all state.

    Every column of `SecureCareModel.caseload` can be read as an attribute, as it is on the present day: ``patient.place``,
    ``patient.age``. User columns can be set too; what belongs to the engine is changed by decisions only.

    Parameters
    ----------
    model
        The model that the person lives in.
    person
        Identity, as in the output.

    Examples
    --------
    >>> from stepdown import SecureCareModel
    >>> model = SecureCareModel("baseline", seed=7, population=0.002, years=1)
    >>> model.run_for(200)
    >>> patient, *_ = model.patients
    >>> patient.age > 0
    True
    """

    kind: ClassVar[str] = "patient"
    engagement: ClassVar[Choice] = Choice(
        Engagement,
        asked_of="patients in treatment, near discharge, or offered work",
        scores="engagement",
        phases=("reviews", "aftercare"),
        begins="a review day, a contact with employment support on offer",
        leads_to={
            "review": "its readings show the engagement",
        },
        then="engagement speeds treatment and lowers risk and relapse, support helps to find work",
        engine=(("reviews::review", "aftercare::contacts"), ("reviews::engage", "aftercare::live_on")),
        acted_on_by=("responsible_clinician.interval", "community_team.interval"),
        law="The law sets no limit; employment support is for people in the community who are not in work, where it is offered.",
        allowed={
            Engagement.ENGAGE: "always",
            Engagement.WITHHOLD: "always",
            Engagement.ANXIOUS: "in secure care, at a review",
            Engagement.WORK: "in the community, at a contact",
        },
    )
    pos: ClassVar[None] = None
    model: EngineModel
    person: int

    def __init__(self, model: EngineModel, person: int) -> None:  # Mesa would register it: people are the engine's
        self.__dict__["model"] = model
        self.__dict__["person"] = int(person)

    @classmethod
    def at(cls, model: EngineModel, person: int, row: int) -> Patient:
        """Return a handle on a row of the engine."""
        patient = cls.__new__(cls)
        patient.__dict__.update(model=model, person=person, row=row)
        return patient

    @property
    def unique_id(self) -> int:
        """Identity, as in the output."""
        return self.person

    def __getattr__(self, name: str) -> Any:
        # Only what isn't found otherwise comes here.
        if name == "row":
            row = self.model.caseload.row(self.person)
            if row is None:
                raise UsageError(f"person {self.person} is not on the caseload on {self.model.date}")
            self.__dict__["row"] = row
            return row
        if name.startswith("__") or name not in self.model.caseload.schema:
            known = () if name.startswith("__") else self.model.caseload.schema
            raise UndeclaredError(f"{type(self).__name__}.{name} is not declared{nearest(name, known)}")
        return self.model.caseload.value(name, self.row)

    def __setattr__(self, name: str, value: object) -> None:
        if name in self.columns():
            super().__setattr__(name, value)
        elif name in self.model.caseload.schema:
            self.model.caseload.write(name, np.array([self.row], dtype=np.uint32), value)
        else:
            raise UndeclaredError(
                f"{type(self).__name__}.{name} is not declared{nearest(name, self.columns())}; "
                "allowed: user columns, declared on a subclass with `column`"
            )

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Patient) and (self.model is other.model) and self.person == other.person

    def __hash__(self) -> int:
        return hash(self.person)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.person}>"

    @classmethod
    def columns(cls) -> dict[str, UserColumn]:
        """Return the columns that the class and its bases attach, by name, those of the bases first."""
        found: dict[str, UserColumn] = {}
        for owner in reversed(cls.__mro__):
            found |= {name: value for name, value in vars(owner).items() if isinstance(value, UserColumn)}
        return found

    @classmethod
    def create_agents(cls, model: EngineModel, n: int, *args: Any, **kwargs: Any) -> NoReturn:
        """Refuse: people come to the caseload through the model."""
        del model, n, args, kwargs
        raise UsageError(f"{cls.__name__}: people come to the caseload through the model; no handle makes one")

    def remove(self) -> NoReturn:
        """Refuse: people leave the caseload through the model."""
        raise UsageError(f"{type(self).__name__}: people leave the caseload through the model; no handle removes one")

    @classmethod
    def for_(cls, *, commissioner: str | None = None, area: str | None = None, region: str | None = None) -> StandIn:
        """Return the class as the override of the patients whose home is there; the others keep what is declared."""
        return stand_in(cls, commissioner=commissioner, area=area, region=region)

    def watch(self) -> None:
        """Record an explanation of each decision about this person from now on; the engine watches one person at a time."""
        self.model.core.trace(self.person)

    def decisions(self) -> list[dict[str, Any]]:
        """Return the explained decisions since the person is watched: inputs, scores, draws, probabilities, answer."""
        return list(self.model.core.traces())

"""The base class of all institutions: Mesa agents whose attributes are stored in the engine's columns.

An attribute is declared once with `attribute`. Reading or setting it on an agent reads or writes the engine's column, and any
state that is not declared is refused, because the engine could not see it and a snapshot would lose it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, NoReturn, Self, overload

import mesa

from stepdown.agents.choices import Choice
from stepdown.errors import UndeclaredError, UsageError
from stepdown.evidence.loader import nearest

if TYPE_CHECKING:
    from stepdown.engine import EngineModel

MESA_OWN = frozenset({"model", "unique_id", "pos", "cell"})
"""What Mesa itself sets on an agent."""


class Attribute:
    """A declared attribute: reading and setting it reads and writes the engine's column.

    Parameters
    ----------
    meaning
        One line on what it is.
    unit
        Unit of the value; ``flag`` for 0 or 1, ``code`` for a code.
    evidence
        Id of the parameter behind it: the value of each institution, or the total that is divided among them.
    default
        For an user attribute, in place of evidence: the value of each institution until another is set. Its type,
        `bool`, `int` or `float`, is the attribute's.
    """

    def __init__(self, meaning: str, *, unit: str, evidence: str | None = None, default: float | None = None) -> None:
        if (evidence is None) == (default is None):
            raise UsageError(f"attribute {meaning!r}: evidence or a default; allowed: one of them")
        self.meaning = meaning
        self.unit = unit
        self.evidence = evidence
        self.default = default
        self.name = ""
        self.__doc__ = f"{meaning} [{unit}]."

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    @overload
    def __get__(self, agent: None, owner: type) -> Self: ...
    @overload
    def __get__(self, agent: "Institution", owner: type) -> float: ...
    def __get__(self, agent: "Institution | None", owner: type) -> "Self | float":
        if agent is None:
            return self
        value = agent.model.core.attribute(agent.kind, self.name)[agent.index]
        return value if self.default is None else type(self.default)(value)

    def __set__(self, agent: "Institution", value: float) -> None:
        agent.model.core.set_attribute(agent.kind, agent.index, self.name, self._number(agent, value))

    def _number(self, agent: "Institution", value: object) -> float:
        """Return a value as a number; the engine refuses one that isn't finite."""
        try:
            if not isinstance(value, str):
                return float(value)  # type: ignore[arg-type]  # what isn't a number is refused
        except (TypeError, ValueError, OverflowError):
            pass
        raise UsageError(f"{type(agent).__name__}.{self.name}: {value!r}; allowed: a finite number")


def attribute(meaning: str, *, unit: str, evidence: str | None = None, default: float | None = None) -> Attribute:
    """Declare an attribute of an institution, with its unit and the parameter behind it.

    On a subclass of one's own, give a default in place of evidence: the engine then holds the attribute like any other, a
    `Choice` may name it, and the output has it.

    Examples
    --------
    >>> from stepdown import SecureCareModel
    >>> from stepdown.agents import ResponsibleClinician
    >>> class Sociable(ResponsibleClinician):
    ...     meetings = attribute("Meetings with the family", unit="1/a", default=4)
    >>> model = SecureCareModel("baseline", seed=7, population=0.001, years=1, settle_days=0, agents=[Sociable])
    >>> model.institutions["responsible_clinician"][0].meetings
    4
    """
    return Attribute(meaning, unit=unit, evidence=evidence, default=default)


@dataclass(frozen=True)
class StandIn:
    """A subclass that overrides some agents of its kind, picked by the name of a commissioner, area, region, unit or tier."""

    agent: type[Any]
    where: Mapping[str, str]


def stand_in(agent: type[Any], **where: str | None) -> StandIn:
    """Return a subclass as the override of those agents of its kind that match `where`."""
    return StandIn(agent, {key: value for key, value in where.items() if value is not None})


class Institution(mesa.Agent):  # type: ignore[misc]  # Mesa is not typed
    """An institution that decides: one row of its kind's columns in the engine.

    Its own state is its declared attributes. Anything else is refused: the engine could not see it, and a snapshot would
    lose it.
    """

    kind: ClassVar[str]
    model: "EngineModel"

    def __init__(self, model: "EngineModel", index: int, name: str) -> None:
        super().__init__(model)
        object.__setattr__(self, "_index", index)
        object.__setattr__(self, "_name", name)

    @property
    def index(self) -> int:
        """Row in the engine's columns of the kind."""
        found: int = self.__dict__["_index"]
        return found

    @property
    def name(self) -> str:
        """Name of the institution."""
        found: str = self.__dict__["_name"]
        return found

    def __setattr__(self, name: str, value: object) -> None:
        if name not in MESA_OWN and name not in self.attributes():
            raise UndeclaredError(self._refusal(name))
        super().__setattr__(name, value)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.name}>"

    def remove(self) -> NoReturn:
        """Refuse: institutions stay for the run."""
        raise UsageError(f"{type(self).__name__}: institutions stay for the run; none is removed")

    @classmethod
    def _refusal(cls, name: str) -> str:
        if name in cls.choices():
            return f"{cls.__name__}.{name} is a decision; allowed: another one in a subclass"
        allowed = ", ".join(cls.attributes())
        return f"{cls.__name__}.{name} is not declared{nearest(name, cls.attributes())}; allowed: {allowed}"

    @classmethod
    def attributes(cls) -> dict[str, Attribute]:
        """Return the declared attributes by name, those of the bases first."""
        found: dict[str, Attribute] = {}
        for owner in reversed(cls.__mro__):
            found |= {name: value for name, value in vars(owner).items() if isinstance(value, Attribute)}
        return found

    @classmethod
    def user_attributes(cls) -> dict[str, Attribute]:
        """Return the user attributes: those that have a default instead of evidence."""
        return {name: declared for name, declared in cls.attributes().items() if declared.default is not None}

    @classmethod
    def choices(cls) -> dict[str, Choice]:
        """Return the declared decisions by the name of their attribute."""
        found: dict[str, Choice] = {}
        for owner in reversed(cls.__mro__):
            found |= {name: value for name, value in vars(owner).items() if isinstance(value, Choice)}
        return found

    @classmethod
    def for_(
        cls,
        *,
        commissioner: str | None = None,
        area: str | None = None,
        region: str | None = None,
        unit: str | None = None,
        tier: str | None = None,
    ) -> StandIn:
        """Return the class as the override of some agents of its kind; the others keep what is declared.

        Parameters
        ----------
        commissioner, area, region
            Name of a commissioner, an area, a region.
        unit, tier
            Of responsible clinicians: name of a unit or site; ``high secure``, ``medium secure`` or ``low secure``.

        Examples
        --------
        >>> from stepdown.agents import ResponsibleClinician
        >>> class Cautious(ResponsibleClinician): ...
        >>> Cautious.for_(tier="low secure").where
        {'tier': 'low secure'}
        """
        return stand_in(cls, commissioner=commissioner, area=area, region=region, unit=unit, tier=tier)

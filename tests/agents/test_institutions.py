"""Institutions hold declared attributes, which are the engine's columns, and nothing else."""

from datetime import date

import mesa
import pytest

from stepdown.agents import (
    KINDS,
    AftercareFunder,
    Clinician,
    Collaborative,
    Commissioner,
    Court,
    Institution,
    NationalCommissioner,
    Quarter,
    ResponsibleClinician,
    attribute,
)
from stepdown.agents.choices import Choice, Commissioning, Review
from stepdown.decisions import language
from stepdown.errors import StepdownError, UndeclaredError, UsageError
from stepdown.evidence import institutions, load


class Columns:
    """The engine's columns of two responsible clinicians."""

    def __init__(self) -> None:
        self.values = {"threshold": [0.1, 0.2], "noise": [0.4, 0.4], "interval": [91.0, 91.0]}

    def attribute(self, kind: str, name: str) -> list[float]:
        assert kind == "responsible_clinician"
        return list(self.values[name])

    def set_attribute(self, kind: str, index: int, name: str, value: float) -> None:
        assert kind == "responsible_clinician"
        self.values[name][index] = value


class Model(mesa.Model):
    def __init__(self) -> None:
        super().__init__(rng=1)
        self.core = Columns()


@pytest.fixture
def clinician() -> ResponsibleClinician:
    return ResponsibleClinician(Model(), 1, "Unit 2")


def test_an_attribute_is_the_engines_column(clinician: ResponsibleClinician) -> None:
    assert clinician.threshold == 0.2
    clinician.threshold -= 0.5
    assert clinician.model.core.values["threshold"] == [0.1, pytest.approx(-0.3)]


@pytest.mark.parametrize("value", ["x", "0.5", None, [1.0], 10**400])
def test_what_is_no_number_is_refused_as_an_attribute(clinician: ResponsibleClinician, value: object) -> None:
    with pytest.raises(UsageError, match=r"^ResponsibleClinician.threshold: .+; allowed: a finite number$"):
        clinician.threshold = value  # type: ignore[assignment]
    assert clinician.threshold == 0.2


def test_undeclared_state_is_refused_with_the_nearest_name(clinician: ResponsibleClinician) -> None:
    with pytest.raises(UndeclaredError, match="ResponsibleClinician.treshold is not declared; did you mean threshold"):
        clinician.treshold = 1.0
    assert issubclass(UndeclaredError, AttributeError)
    assert issubclass(UndeclaredError, StepdownError)


def test_a_decision_is_replaced_in_a_subclass_not_on_an_agent(clinician: ResponsibleClinician) -> None:
    with pytest.raises(UndeclaredError, match="ResponsibleClinician.review is a decision"):
        clinician.review = None


def test_who_an_agent_is_cannot_be_changed(clinician: ResponsibleClinician) -> None:
    assert (clinician.name, clinician.index) == ("Unit 2", 1)
    with pytest.raises(AttributeError):
        clinician.name = "Unit 3"


def test_mesa_may_set_what_is_mesas(clinician: ResponsibleClinician) -> None:
    clinician.pos = (0, 0)
    assert clinician.unique_id == 1
    assert list(clinician.model.agents) == [clinician]


def test_the_declared_attributes_are_those_of_the_plan() -> None:
    evidence = load()
    rows = institutions.load()
    assert list(KINDS) == institutions.kinds(rows)
    for kind, owner in KINDS.items():
        columns = institutions.agents(kind, evidence, rows)
        assert list(owner.attributes()) == list(columns)


def test_every_attribute_has_its_parameter_in_its_unit() -> None:
    evidence = load()
    for owner in KINDS.values():
        for name, declared in owner.attributes().items():
            # A total that is divided in flags is a share of institutions.
            allowed = {declared.unit} | ({"share"} if declared.unit == "flag" else set())
            assert evidence[declared.evidence].unit in allowed, f"{owner.__name__}.{name}"
            assert declared.__doc__ == f"{declared.meaning} [{declared.unit}]."


def test_clinicians_courts_and_commissioners_decide() -> None:
    bases = {Clinician: 6, Court: 3, Commissioner: 1}
    for base, count in bases.items():
        assert sum(issubclass(owner, base) for owner in KINDS.values()) == count
    assert {name for owner in KINDS.values() for name in owner.choices()} == {
        "disposal",
        "referral",
        "assessment",
        "warrant",
        "placement",
        "review",
        "coding",
        "consent",
        "hearing",
        "discharge",
        "recall",
    }


def test_a_subclass_may_declare_more() -> None:
    class Cautious(ResponsibleClinician):
        caution = attribute("How cautious", unit="SD", evidence="institution.responsible_clinician.threshold")
        review = Choice(Review, asked_of="inpatients", scores="review")

    assert list(Cautious.attributes()) == ["threshold", "noise", "interval", "caution"]


def test_a_commissioner_keeps_what_there_is() -> None:
    quarter = Quarter(
        date(2024, 6, 30),
        ({"tier": "low secure", "sex": "male", "beds": 40}, {"tier": "low secure", "sex": "female", "beds": 12}),
    )
    assert quarter.total("beds") == 52
    assert quarter.total("beds", sex="female") == 12
    assert quarter.total("beds", tier="medium secure") == 0
    agent = Collaborative(Model(), 0, "South West")
    assert agent.commissioning(quarter) is Commissioning.KEEP
    assert issubclass(NationalCommissioner, Commissioner)
    assert not issubclass(AftercareFunder, Commissioner)


def test_institutions_are_mesa_agents() -> None:
    assert issubclass(Institution, mesa.Agent)
    assert language.decisions()["engagement"][1] == "Patient"

"""A set of patients behaves as Mesa's sets do, and works on columns."""

from __future__ import annotations

import copy
import random
from datetime import date
from typing import Any

import mesa
import numpy as np
import pytest

from stepdown import compat
from stepdown.agents import CommunityTeam, Patient, ResponsibleClinician, column
from stepdown.errors import LimitError, UndeclaredError, UsageError
from stepdown.model import SecureCareModel
from stepdown.people import patients as sets
from stepdown.people.patients import HandlesWarning, PatientSet

SMALL: dict[str, Any] = {"years": 1, "settle_days": 60, "population": 0.005, "seed": 11}


class Trusting(Patient):
    trust = column("Trust in the team", unit="0-1", default=0.5)
    visits = column("Visits of the family", unit="count", default=0)
    housed = column("Has a home to go to", unit="flag", default=False)

    def visited(self) -> int:
        self.visits += 1
        return int(self.visits)


@pytest.fixture(scope="module")
def model() -> SecureCareModel:
    model = SecureCareModel(**SMALL, agents=[Trusting])
    model.run_for(120)
    return model


@pytest.fixture
def patients(model: SecureCareModel) -> PatientSet:
    return model.patients


def test_a_set_of_patients_is_a_mesa_agent_set_of_mesa_agents(patients: PatientSet) -> None:
    assert isinstance(patients, compat.AgentSet)
    assert isinstance(patients[0], mesa.Agent)
    assert type(patients[0]) is Trusting


def test_the_models_agents_are_institutions_and_patients(model: SecureCareModel) -> None:
    institutions = [agent for kind in model.institutions.values() for agent in kind]
    assert list(model.agents) == [*institutions, *model.patients]
    assert len(model.agents) == len(institutions) + len(model.patients)
    assert set(model.agent_types) == {type(agent) for agent in model.agents} == set(model.agents_by_type)
    assert model.agents_by_type[Trusting] is model.patients
    assert model.patients[3] in model.agents
    assert institutions[0] in model.agents
    by_type = model.agents.groupby(type).count()
    assert by_type == {kind: len(agents) for kind, agents in model.agents_by_type.items()}


def test_agents_of_a_type_are_selected_from_everybody(model: SecureCareModel) -> None:
    assert model.agents.select(agent_type=Patient) == model.patients
    assert len(model.agents.select(agent_type=ResponsibleClinician)) == len(model.institutions["responsible_clinician"])
    assert len(model.agents.select(agent_type=mesa.Agent, at_most=5)) == 5
    assert len(model.agents.select(lambda agent: agent.unique_id == model.patients[0].person)) == 1


def test_where_a_function_of_a_patient_and_a_boolean_array_select_the_same(patients: PatientSet) -> None:
    ages, places = patients.get("age"), patients.get("place")
    wanted = (ages > 40) & np.isin(places, ["own home", "medium secure"])
    by_array = patients.select(wanted)
    by_where = patients.select(place=["own home", "medium secure"], age=lambda a: a > 40)
    by_handle = patients.select(lambda p: p.age > 40 and p.place in ("own home", "medium secure"))
    assert by_array == by_where == by_handle
    assert [p.person for p in by_where] == [p.person for p in patients if p in by_handle]
    assert (
        by_where.count()
        == np.count_nonzero(wanted)
        == patients.count(place={"own home", "medium secure"}, age=lambda a: a > 40)
    )


@pytest.mark.parametrize(("at_most", "found"), [(3, 3), (0, 0), (0.5, None), (1.0, None), (float("inf"), None)])
def test_at_most_means_what_it_means_in_mesa(patients: PatientSet, at_most: float, found: int | None) -> None:
    plain = [p for p in patients if p.age > 30]
    share = int(len(patients) * at_most) if isinstance(at_most, float) and at_most <= 1.0 else None
    expected = plain[: found if found is not None else share]
    assert [*patients.select(lambda p: p.age > 30, at_most)] == expected
    assert [*patients.select(age=lambda a: a > 30, at_most=at_most)] == expected


def test_dates_words_and_nothing_are_wanted_as_people_write_them(patients: PatientSet) -> None:
    born = patients[0].born
    assert isinstance(born, date)
    assert patients[0] in patients.select(born=born)
    assert patients.select(unit=None) == patients.select(secure=False)
    assert patients.select(release=None).count() + patients.count(release=lambda d: ~np.isnat(d)) == len(patients)


def test_a_set_within_a_set_stays_within_it(patients: PatientSet) -> None:
    secure = patients.select(secure=True)
    women = secure.select(sex="female")
    assert 0 < len(women) < len(secure)
    assert women & secure == women
    assert (secure - women) | women == secure
    assert women.select(np.zeros(len(women), dtype=bool)) == women.select(agent_type=CommunityTeam)


def test_values_are_what_the_handles_say(patients: PatientSet) -> None:
    some = patients.select(at_most=40)
    for name in some.caseload.schema:
        handles = [getattr(patient, name) for patient in some]
        values = some.get(name)
        if values.dtype.kind == "M":
            values = values.astype(object)
        assert all(a == b or (a != a and b != b) for a, b in zip(handles, values.tolist(), strict=True)), name
    assert some.get(["age", "sex"])[0] == [some[0].age, some[0].sex]
    assert some.get("unique_id").tolist() == [patient.unique_id for patient in some]
    assert some.get("hopes", "default", 3).tolist() == [3] * 40


def test_aggregates_are_those_of_numpy(patients: PatientSet) -> None:
    ages = np.array([patient.age for patient in patients])
    assert patients.agg("age", np.mean) == ages.mean()
    assert patients.agg("age", [min, max, len]) == [ages.min(), ages.max(), len(ages)]


@pytest.mark.parametrize("by", ["place", "sex", "unit", "deprivation", "secure", "born", "reading"])
def test_groups_are_those_of_mesa(patients: PatientSet, by: str) -> None:
    expected: dict[Any, list[Patient]] = {}
    for patient in patients.select(reading=lambda r: ~np.isnan(r)):
        expected.setdefault(getattr(patient, by), []).append(patient)
    groups = patients.select(reading=lambda r: ~np.isnan(r)).groupby(by)
    assert groups.count() == {key: len(some) for key, some in expected.items()}
    assert len(groups) == len(expected)
    assert groups.agg("age", np.sum) == {key: np.sum([p.age for p in some]) for key, some in expected.items()}
    assert {key: list(some) for key, some in groups} == expected
    assert groups.map(len) == groups.count()
    assert groups.map("count") == groups.count()
    assert isinstance(groups, compat.GroupBy)


def test_groups_are_made_of_functions_and_arrays_too(patients: PatientSet) -> None:
    by_function = patients.groupby(lambda p: p.age > 40, result_type="list")
    assert by_function.count() == patients.groupby(patients.get("age") > 40).count()
    assert all(isinstance(group, list) for _, group in by_function)
    with pytest.raises(UsageError, match=r"by: 3 keys for \d+ patients; allowed: one for each"):
        patients.groupby(np.zeros(3))


@pytest.mark.parametrize("ascending", [True, False])
@pytest.mark.parametrize("key", ["age", "area", "born", "deprivation", "secure"])
def test_an_order_is_mesas_order(patients: PatientSet, key: str, *, ascending: bool) -> None:
    expected = sorted(patients, key=lambda p: getattr(p, key), reverse=not ascending)
    assert [*patients.sort(key, ascending=ascending)] == expected
    assert [*patients.sort(lambda p: getattr(p, key), ascending=ascending)] == expected


def test_an_order_is_that_of_an_array_too(patients: PatientSet) -> None:
    for key in (patients.get("age"), patients.get("area"), patients.get("area").astype(str), patients.get("born")):
        for ascending in (True, False):
            expected = sorted(range(len(key)), key=key.__getitem__, reverse=not ascending)
            assert patients.sort(key, ascending=ascending).rows.tolist() == patients.rows[expected].tolist()


@pytest.mark.parametrize("ascending", [True, False])
def test_what_is_missing_comes_last(patients: PatientSet, *, ascending: bool) -> None:
    for key in ("unit", "release", "security"):
        column = patients.caseload.schema[key]
        missing = [
            value is None or value != value for value in patients.sort(key, ascending=ascending).get(key).tolist()
        ]
        assert missing == sorted(missing), column


def test_a_shuffle_is_the_keys_and_leaves_mesas_generator_alone(model: SecureCareModel) -> None:
    before, plain = model.random.getstate(), random.getstate()
    first, second = model.patients.shuffle(), model.patients.shuffle()
    assert first == second == model.patients
    assert [*first] != [*second] != [*model.patients]
    called: list[int] = []
    model.patients.shuffle_do(lambda p: called.append(p.person))
    assert sorted(called) == sorted(model.patients.get("person").tolist())
    model.agents.select(agent_type=CommunityTeam).shuffle_do("step")
    model.agents.shuffle()
    assert (model.random.getstate(), random.getstate()) == (before, plain)


def test_the_order_of_a_shuffle_is_the_same_in_every_run_and_leaves_out_nobodys_place() -> None:
    def orders() -> list[list[int]]:
        model = SecureCareModel(**SMALL)
        model.run_for(70)
        shuffled = [model.patients.shuffle().get("person").tolist() for _ in range(2)]
        model.step()
        return [*shuffled, model.patients.shuffle().get("person").tolist()]

    first, again = orders(), orders()
    assert first == again
    model = SecureCareModel(**SMALL)
    model.run_for(70)
    some = model.patients.select(age=lambda a: a > 35)
    kept = set(some.get("person").tolist())
    assert some.shuffle().get("person").tolist() == [person for person in first[0] if person in kept]


def test_a_method_and_a_function_are_called_with_handles(model: SecureCareModel) -> None:
    men = model.patients.select(sex="male", secure=True)
    before = men.get("visits")
    assert men.map("visited") == (before + 1).tolist()
    assert men.do("visited").get("visits").tolist() == (before + 2).tolist()
    assert men.map(lambda p, more: p.visits + more, more=1) == (before + 3).tolist()
    assert model.patients.select(sex="female").agg("visits", np.max) == 0


def test_columns_of_ones_own_are_written_for_all_for_each_and_for_one(model: SecureCareModel) -> None:
    some = model.patients.select(place="own home")
    some.set("trust", 0.25).set("housed", np.arange(len(some)) % 2 == 0).set("visits", 3)
    assert set(some.get("trust")) == {0.25}
    assert some.get("housed").tolist()[:3] == [True, False, True]
    some[1].housed = True
    assert some[1].housed is True
    assert set(model.patients.select(secure=True).get("trust")) == {0.5}
    kept = some[0]
    model.run_for(3)
    assert kept.trust == 0.25


def test_people_come_and_go_with_the_days_and_a_set_keeps_its_own() -> None:
    model = SecureCareModel(**SMALL)
    model.run_for(30)
    then, everybody = copy.copy(model.patients), set(model.patients.get("person").tolist())
    chosen = model.patients.select()
    model.run_for(600)
    now = set(model.patients.get("person").tolist())
    assert now - everybody and everybody - now
    assert set(chosen.get("person").tolist()) == everybody & now
    assert len(chosen) == len(everybody & now)
    assert then == model.patients
    gone = Patient(model, next(iter(everybody - now)))
    assert gone not in model.patients
    with pytest.raises(UsageError, match=r"person \d+ is not on the caseload on 20"):
        _ = gone.place


def test_a_handle_still_reads_somebody_who_has_died() -> None:
    model = SecureCareModel(**SMALL | {"population": 0.02})
    model.run_for(60)
    handles = [*model.patients]
    model.run_for(300)
    places = {handle.place for handle in handles if handle not in model.patients}
    assert "dead" in places
    assert places <= {"dead", "left"}


def test_many_handles_are_warned_about_and_very_many_are_refused(
    patients: PatientSet, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sets, "WARNED", 100)
    with pytest.warns(
        HandlesWarning, match=r"iterating: \d+ patients would each get a handle; columns do it at once: get,"
    ):
        iter(patients)
    with pytest.warns(HandlesWarning, match="select with a function of a patient"):
        patients.select(lambda p: p.secure)
    patients.select(secure=True).groupby("sex").agg("age", np.mean)
    monkeypatch.setattr(sets, "MOST", 101)
    with pytest.raises(LimitError, match="allowed: up to 101 handles"):
        patients.do("step")


def refusals() -> dict[str, tuple[Any, type[Exception], str]]:
    return {
        "read": (lambda p: p[0].hpoe, UndeclaredError, "Trusting.hpoe is not declared"),
        "state": (
            lambda p: setattr(p[0], "foo", 3),
            UndeclaredError,
            "Trusting.foo is not declared; allowed: user columns",
        ),
        "engine": (
            lambda p: setattr(p[0], "place", 3),
            UndeclaredError,
            "Trusting.place is the engine's: what changes it",
        ),
        "set": (lambda p: p.set("reading", 0.1), UndeclaredError, "allowed: trust, visits, housed"),
        "word": (lambda p: p.select(place="medium secur"), UsageError, "did you mean medium secure"),
        "column": (lambda p: p.select(plaec="dead"), UndeclaredError, "plaec is not a column; did you mean place"),
        "get": (lambda p: p.get("hoep"), UndeclaredError, "hoep is not a column"),
        "missing": (lambda p: p.get("hoep", "ignore"), UsageError, "handle_missing: ignore; allowed: error, default"),
        "date": (lambda p: p.select(born=3), UsageError, "born: 3; allowed: a date"),
        "number": (lambda p: p.select(age="old"), UsageError, "age: 'old'; allowed: a number"),
        "mask": (lambda p: p.select(np.ones(3, dtype=bool)), UsageError, r"filter_func: bool of shape \(3,\); allowed"),
        "ints": (lambda p: p.select(np.arange(len(p))), UsageError, "filter_func: int64 of shape"),
        "function": (lambda p: p.select(age=lambda a: a + 1), UsageError, "age: float64 of shape"),
        "text": (lambda p: p.set("trust", "much"), UsageError, "trust: values of type <U4; allowed: float"),
        "nan": (lambda p: p.set("trust", float("nan")), UsageError, "own column trust: NaN; allowed: finite numbers"),
        "half": (lambda p: p.set("visits", 0.5), UsageError, "visits: values of type float64; allowed: int"),
        "length": (lambda p: p.set("trust", np.zeros(2)), UsageError, r"trust: values of shape \(2,\) for \d+ rows"),
        "add": (lambda p: p.add(p[0]), UsageError, "add: people enter and leave the caseload through the model"),
        "discard": (lambda p: p.discard(p[0]), UsageError, "discard: people enter"),
        "remove": (lambda p: p.remove(p[0]), UsageError, "remove: people enter"),
        "clear": (lambda p: p.clear(), UsageError, "through the model"),
        "gone": (lambda p: p[0].remove(), UsageError, "people leave the caseload through the model"),
        "made": (lambda p: Trusting.create_agents(p.model, 3), UsageError, "people come to the caseload"),
        "all": (lambda p: p.sort("age", inplace=True), UsageError, "model.patients is everybody"),
        "pickle": (copy.deepcopy, UsageError, "can't be pickled"),
        "other": (lambda p: p & [1], UsageError, "goes together with another of the same model"),
        "agents": (lambda p: p.model.agents.add(3), UsageError, "institutions stay for the run"),
        "shut": (lambda p: p.model.institutions["tribunal"][0].remove(), UsageError, "none is removed"),
    }


@pytest.mark.parametrize("what", refusals())
def test_what_can_not_be_done_is_said_in_one_sentence(patients: PatientSet, what: str) -> None:
    wrong, kind, said = refusals()[what]
    with pytest.raises(kind, match=said):
        wrong(patients)


def test_a_set_of_ones_own_changes_in_place(patients: PatientSet) -> None:
    own = patients.select(sex="male")
    assert own.select(secure=True, inplace=True) is own
    assert own == patients.select(sex="male", secure=True)
    assert own.sort("age", ascending=True, inplace=True)[0].age == own.agg("age", min)
    assert own.shuffle(inplace=True) is own


@pytest.mark.parametrize("default", ["none", None, 1 + 1j])
def test_a_column_of_another_type_is_refused(default: Any) -> None:
    with pytest.raises(UsageError, match=r"column: a default of type \w+; allowed: bool, int, float"):
        column("Nothing", unit="1", default=default)


def test_a_column_of_the_engines_name_is_refused() -> None:
    class Placed(Patient):
        place = column("Where", unit="1", default=0)

    with pytest.raises(UsageError, match="Placed.place: a column of this name is the engine's"):
        SecureCareModel(**SMALL, agents=[Placed])

"""Measure sets of patients against plain numpy on the same columns: on a national caseload, and on a million rows.

python benches/sets.py
python benches/sets.py --population 0.1
"""

from __future__ import annotations

import argparse
import timeit
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from stepdown import SecureCareModel
from stepdown.people.caseload import Caseload, Today
from stepdown.people.columns import Columns
from stepdown.people.patients import PatientSet

if TYPE_CHECKING:
    from collections.abc import Callable

MANY = 1_000_000
BEST_OF = 7


class Repeated(Caseload):
    """A caseload whose rows are repeated until there are a million."""

    def __init__(self, real: Caseload) -> None:
        super().__init__(real.model, real.handle)
        self.real = real

    @cached_property
    def today(self) -> Today:
        """The repeated columns."""
        today = Today.__new__(Today)
        today.day = self.model.day
        today.rows = np.arange(MANY, dtype=np.uint32)
        today.columns = Columns(self.schema, lambda name: np.resize(self.real.columns[name], MANY))
        return today


def seconds(work: Callable[[], Any]) -> float:
    """Return the shortest time of a call [s]."""
    timer = timeit.Timer(work)
    number, _ = timer.autorange()
    return min(timer.repeat(BEST_OF, number)) / number


def compare(patients: PatientSet) -> None:
    """Print what each operation takes, and what numpy takes for the same."""
    columns, schema = patients.caseload.columns, patients.caseload.schema
    place, age, reading = columns["place"], columns["age"], columns["reading"]
    rows, medium = patients.rows, schema["place"].code("medium secure")
    mask = age > 40
    some, at = patients.select(mask), np.flatnonzero(mask)
    words = schema["place"].dictionary
    pairs: list[tuple[str, Callable[[], Any], Callable[[], Any]]] = [
        ("select by a word", lambda: patients.select(place="medium secure"), lambda: rows[place == medium]),
        (
            "select by a word and a function of a column",
            lambda: patients.select(place="medium secure", age=lambda a: a > 40),
            lambda: rows[(place == medium) & (age > 40)],
        ),
        ("select by an array", lambda: patients.select(mask), lambda: rows[mask]),
        ("count by a word", lambda: patients.count(place="medium secure"), lambda: np.count_nonzero(place == medium)),
        ("get words", lambda: patients.get("place"), lambda: words[place]),
        ("agg: mean", lambda: patients.agg("age", np.mean), lambda: np.mean(age)),
        ("agg: nanmax", lambda: patients.agg("reading", np.nanmax), lambda: np.nanmax(reading)),
        ("agg: mean of a selected set", lambda: some.agg("age", np.mean), lambda: np.mean(age[at])),
        ("groupby: count", lambda: patients.groupby("place").count(), lambda: np.unique(place, return_counts=True)),
        (
            "groupby: mean, by masks",
            lambda: patients.groupby("place").agg("age", np.mean),
            lambda: {key: np.mean(age[place == key]) for key in np.unique(place)},
        ),
        (
            "groupby: mean, by bincount",
            lambda: patients.groupby("place").agg("age", np.mean),
            lambda: np.bincount(place, weights=age) / np.bincount(place),
        ),
        ("sort", lambda: patients.sort("age"), lambda: rows[np.argsort(-age, kind="stable")]),
    ]
    print(f"\n| {len(patients):,} patients | set | numpy | ratio |\n| --- | ---: | ---: | ---: |")
    for name, of_set, of_numpy in pairs:
        ours, plain = seconds(of_set), seconds(of_numpy)
        print(f"| {name} | {ours * 1e3:.3f} ms | {plain * 1e3:.3f} ms | {ours / plain:.1f} |")


def main() -> None:
    """Measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--population", type=float, default=1.0)
    given = parser.parse_args()
    model = SecureCareModel("baseline", seed=1, population=given.population, years=1, threads=2)
    model.run_for(1100)
    patients = model.patients
    first = timeit.timeit(lambda: model.caseload.columns["age"], number=1)
    print(f"gathering a column of {len(patients):,} cases, once a day: {first * 1e3:.2f} ms")
    handles = patients.select(at_most=10_000)
    each = seconds(lambda: handles.do("step")) / len(handles)
    read = seconds(lambda: handles.map(lambda patient: patient.age)) / len(handles)
    print(f"a handle that does nothing: {each * 1e6:.2f} us; one that reads a column: {read * 1e6:.2f} us")
    compare(patients)
    compare(PatientSet(Repeated(model.caseload)))


if __name__ == "__main__":
    main()

"""The border: everything of the extension module is explained, and its draws are NumPy's."""

from __future__ import annotations

import inspect

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stepdown import _core
from stepdown.errors import ScenarioError, StepdownError

WORD = st.integers(min_value=0, max_value=2**64 - 1)


def test_every_name_is_documented() -> None:
    for name in _core.__all__:
        face = getattr(_core, name)
        assert inspect.getdoc(face), name
        if inspect.isclass(face):
            for method in vars(face):
                if not method.startswith("_"):
                    assert inspect.getdoc(getattr(face, method)), f"{name}.{method}"


@given(key=st.tuples(WORD, WORD), counter=st.tuples(st.integers(min_value=0, max_value=2**64 - 2), WORD, WORD, WORD))
def test_philox_is_numpys(key: tuple[int, int], counter: tuple[int, int, int, int]) -> None:
    numpy = np.random.Philox(key=np.array(key, dtype=np.uint64), counter=np.array(counter, dtype=np.uint64))
    assert _core.philox(key, (counter[0] + 1, *counter[1:])) == numpy.random_raw(4).tolist()


def test_a_plan_that_is_none_is_refused() -> None:
    with pytest.raises(ScenarioError, match="plan"):
        _core.Simulation(b"{}", seed=1, replicate=0, threads=1, check=True)


def test_exit_codes_are_those_documented() -> None:
    def kinds(kind: type[StepdownError]) -> set[type[StepdownError]]:
        return {kind}.union(*(kinds(k) for k in kind.__subclasses__()))

    assert {k.exit_code for k in kinds(StepdownError)} == {2, 3, 4, 5, 6, 7, 8, 9, 75, 130}

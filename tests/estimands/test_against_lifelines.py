"""Estimators of survival give what lifelines gives."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stepdown.estimands import survival

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # lifelines warns of the pandas that it is imported with
    from lifelines import AalenJohansenFitter, KaplanMeierFitter
    from lifelines.utils import qth_survival_time, restricted_mean_survival_time

pytestmark = pytest.mark.filterwarnings("ignore")


@st.composite
def people(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray]:
    """Draw days on which observation ends, and why: censored, the event, or death."""
    count = draw(st.integers(5, 60))
    end = draw(st.lists(st.integers(1, 40), min_size=count, max_size=count))
    cause = draw(st.lists(st.sampled_from([0, 1, 1, 2]), min_size=count, max_size=count))
    return np.array(end), np.array(cause)


@given(people())
def test_the_curve_of_kaplan_and_meier_is_that_of_lifelines(drawn: tuple[np.ndarray, np.ndarray]) -> None:
    end, cause = drawn
    event = cause == 1
    curve = survival.kaplan_meier(end, event)
    fitted = KaplanMeierFitter().fit(end, event)
    assert curve.survival == pytest.approx(fitted.survival_function_at_times(curve.times).to_numpy(), abs=1e-9)


@given(people(), st.integers(0, 2**32 - 1))
def test_the_curve_of_who_enters_late_is_that_of_lifelines(drawn: tuple[np.ndarray, np.ndarray], seed: int) -> None:
    end, cause = drawn
    entry = np.random.default_rng(seed).integers(0, end)  # before the end
    event = cause == 1
    entry[0], end[0], event[0] = 0, 41, False  # somebody is at risk on each day, as lifelines demands
    curve = survival.kaplan_meier(end, event, entry)
    fitted = KaplanMeierFitter().fit(end, event, entry=entry)
    expected = fitted.survival_function_at_times(curve.times).to_numpy()
    assert curve.survival == pytest.approx(expected, abs=1e-9)


@given(people(), st.sampled_from([0.1, 0.25, 0.5, 0.75]))
def test_quantiles_are_those_of_lifelines(drawn: tuple[np.ndarray, np.ndarray], share: float) -> None:
    end, cause = drawn
    curve = survival.kaplan_meier(end, cause == 1)
    fitted = KaplanMeierFitter().fit(end, cause == 1)
    # On the step itself rounding decides, here and there.
    if not np.any(np.isclose(curve.survival, 1 - share)):
        expected = qth_survival_time(1 - share, fitted.survival_function_)
        found = survival.quantile(curve, share).value
        assert (np.isinf(expected) and np.isnan(found)) or found == expected


@given(people())
def test_the_restricted_mean_is_that_of_lifelines(drawn: tuple[np.ndarray, np.ndarray]) -> None:
    end, cause = drawn
    curve = survival.kaplan_meier(end, cause == 1)
    found = survival.restricted_mean(curve, 30)
    fitted = KaplanMeierFitter().fit(end, cause == 1)
    assert found.value == pytest.approx(restricted_mean_survival_time(fitted, t=30), abs=1e-9)


@given(
    st.lists(
        st.tuples(st.integers(1, 400), st.sampled_from([0, 1, 1, 2])), min_size=5, max_size=60, unique_by=lambda p: p[0]
    )
)
def test_the_incidence_with_competing_death_is_that_of_lifelines(drawn: list[tuple[int, int]]) -> None:
    # Each on a day of their own: lifelines sets apart at random what falls on one day.
    end, cause = (np.array(column) for column in zip(*drawn, strict=True))
    found = survival.incidence(end, cause, 300)
    if found.known and (cause == 1).any():
        fitted = AalenJohansenFitter(calculate_variance=False).fit(end, cause, event_of_interest=1)
        assert found.value == pytest.approx(fitted.cumulative_density_.loc[:300].iloc[-1, 0], abs=1e-9)

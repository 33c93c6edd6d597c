"""Worked numbers; the intervals against scipy's χ²."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import chi2

from lineshaft.domain.maintenance.figures import (
    Tally,
    between_failures,
    figures,
    mean_time,
    share,
    union_h,
)


@given(st.floats(1, 1e5), st.integers(1, 400))
def test_mtbf_lies_between_the_bounds_of_chi_squared(hours: float, failures: int) -> None:
    found = between_failures(hours, failures)
    assert found.low == pytest.approx(2 * hours / chi2.ppf(0.975, 2 * failures + 2), rel=1e-6)
    assert found.high == pytest.approx(2 * hours / chi2.ppf(0.025, 2 * failures), rel=1e-6)


@given(st.floats(0.1, 1e4), st.integers(1, 400))
def test_mttr_lies_between_the_bounds_of_chi_squared(hours: float, repairs: int) -> None:
    found = mean_time(hours, repairs)
    assert found.low == pytest.approx(2 * hours / chi2.ppf(0.975, 2 * repairs), rel=1e-6)
    assert found.high == pytest.approx(2 * hours / chi2.ppf(0.025, 2 * repairs), rel=1e-6)


def test_thousands_of_failures_are_no_problem_of_underflow() -> None:
    found = between_failures(1000.0, 2000)
    assert found.low == pytest.approx(2000 / chi2.ppf(0.975, 4002), rel=1e-6)


def test_a_month_of_a_pump_worked_by_hand() -> None:
    # 720 h observed, 2 failures of 6 and 4 h down, 3 h of it repair each; 9 h planned of 15 h labour.
    found = figures(
        Tally(
            observed_h=720, failures=2, down_h=10, repairs=2, repair_h=6, corrective_h=6, preventive_h=9,
            due=4, on_time=3, cost=900,
        )
    )  # fmt: skip
    assert found.mtbf_h.value == 355
    assert found.mttr_h.value == 3
    assert found.availability == pytest.approx(710 / 720)
    assert found.inherent == pytest.approx(355 / 358)
    assert found.planned_share == pytest.approx(0.6)
    assert found.compliance.value == 0.75


def test_nothing_counted_says_nothing() -> None:
    found = figures(Tally())
    assert (found.mtbf_h.value, found.mttr_h.value, found.availability, found.planned_share) == (None,) * 4


def test_tallies_add_up_and_ratios_are_of_the_sums() -> None:
    one, two = Tally(observed_h=100, failures=1), Tally(observed_h=300, failures=1)
    assert figures(one + two).mtbf_h.value == 200


@given(st.integers(0, 50), st.integers(1, 50))
def test_a_share_lies_in_its_interval_within_0_and_1(hits: int, more: int) -> None:
    found = share(hits, hits + more)
    assert found.value is not None
    assert found.low is not None
    assert found.high is not None
    assert 0 <= found.low <= found.value <= found.high <= 1


def test_a_machine_does_not_stand_twice_at_once() -> None:
    assert union_h([(3, 4), (0, 2), (1, 3)]) == 4

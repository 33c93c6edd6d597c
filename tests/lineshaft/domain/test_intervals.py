"""Intervals against scipy's."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest, chi2

from lineshaft.domain.intervals import poisson_mean, wilson


@given(st.integers(0, 60), st.integers(0, 60))
def test_a_shares_interval_is_wilsons_and_holds_the_share(hits: int, misses: int) -> None:
    n = hits + misses
    if not n:
        return
    low, high = wilson(hits, n)
    told = binomtest(hits, n).proportion_ci(method="wilson")
    assert (low, high) == pytest.approx((told.low, told.high), abs=1e-9)
    assert 0 <= low <= hits / n <= high <= 1


@given(st.integers(0, 900), st.sampled_from([0.025, 0.5, 0.975]))
def test_a_counts_mean_is_half_of_chi_squared(count: int, chance: float) -> None:
    assert poisson_mean(count, chance) == pytest.approx(chi2.ppf(1 - chance, 2 * count + 2) / 2, rel=1e-6)

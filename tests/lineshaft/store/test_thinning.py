"""A thinned series has every peak, few points, and time that only goes on."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from lineshaft.store.thinning import Spread, thin

ROWS = st.lists(
    st.tuples(st.integers(0, 999), st.integers(-9, 9), st.integers(0, 5)), min_size=1, max_size=80
)


def spread(rows: list[tuple[int, int, int]]) -> Spread:
    """Of rows of (time, least, how much more the greatest is)."""
    ts, low, more = np.array(rows).T
    return Spread(ts, low.astype(float), (low + more).astype(float))


@given(ROWS, st.integers(1, 40))
def test_each_bucket_keeps_its_least_and_its_greatest_value(
    rows: list[tuple[int, int, int]], buckets: int
) -> None:
    width = 1000 / buckets
    ts, value = thin(spread(rows), 0, width)
    assert len(ts) == len(value) <= 2 * buckets
    assert ts.tolist() == sorted(ts.tolist())
    known = {(at, low) for at, low, _ in rows} | {(at, low + more) for at, low, more in rows}
    assert set(zip(ts.tolist(), value.tolist(), strict=True)) <= known
    for bucket in {at // width for at, _, _ in rows}:
        mine = [(low, low + more) for at, low, more in rows if at // width == bucket]
        kept = value[ts // width == bucket]
        assert kept.min() == min(low for low, _ in mine)
        assert kept.max() == max(high for _, high in mine)


def test_readings_that_have_room_stay_as_they_are() -> None:
    rows = [(at, at * at % 7, 0) for at in range(0, 1000, 10)]
    ts, value = thin(spread(rows), 0, 10)
    assert [*zip(ts.tolist(), value.tolist(), strict=True)] == [(at, low) for at, low, _ in rows]


def test_nothing_measured_gives_nothing() -> None:
    none = np.empty(0)
    ts, value = thin(Spread(none.astype(int), none, none), 0, 1)
    assert len(ts) == len(value) == 0

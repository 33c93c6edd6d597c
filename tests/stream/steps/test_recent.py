from collections import deque

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from stream.steps.recent import CONFLICT, DEPTH, NEW, SAME, Recent

Reading = tuple[int, int, float]
readings = st.lists(
    st.tuples(st.integers(0, 2), st.integers(0, 90), st.sampled_from([1.0, 2.0])), max_size=200
)


def sifted(recent: Recent, some: list[Reading]) -> list[int]:
    if not some:
        return []
    row, ts_us, value = zip(*some, strict=True)
    verdict = recent.sift(np.array(row, np.int32), np.array(ts_us, np.int64), np.array(value))
    return verdict.tolist()


def plain(some: list[Reading]) -> list[int]:
    """The definition, a reading at a time."""
    seen: dict[int, deque[tuple[int, float]]] = {}
    verdicts = []
    for row, ts_us, value in some:
        ring = seen.setdefault(row, deque(maxlen=DEPTH))
        same = [v for t, v in ring if t == ts_us]
        verdicts.append(NEW if not same else SAME if same[0] == value else CONFLICT)
        if not same:
            ring.append((ts_us, value))
    return verdicts


def fresh() -> Recent:
    recent = Recent()
    recent.grow(3)
    return recent


@given(readings, st.integers(1, 50))
def test_judges_as_the_definition_does_however_the_readings_are_cut(some: list[Reading], size: int) -> None:
    recent, found = fresh(), []
    for at in range(0, len(some), size):
        found += sifted(recent, some[at : at + size])
    assert found == plain(some)


def test_tells_a_repeat_from_a_contradiction() -> None:
    recent = fresh()
    assert sifted(recent, [(0, 1, 5.0), (0, 1, 5.0), (0, 1, 6.0), (1, 1, 6.0)]) == [NEW, SAME, CONFLICT, NEW]


def test_a_late_reading_among_live_ones_is_new() -> None:
    recent = fresh()
    sifted(recent, [(0, ts, 1.0) for ts in range(1_000, 1_040)])
    assert sifted(recent, [(0, 5, 1.0), (0, 6, 1.0), (0, 5, 1.0)]) == [NEW, NEW, SAME]


@given(readings)
def test_says_what_a_reading_contradicts(some: list[Reading]) -> None:
    if not some:
        return
    row, ts_us, value = zip(*some, strict=True)
    earlier: dict[int, float] = {}
    verdict = fresh().sift(np.array(row, np.int32), np.array(ts_us, np.int64), np.array(value), earlier)
    assert sorted(earlier) == np.flatnonzero(verdict == CONFLICT).tolist()
    assert all(was != some[at][2] for at, was in earlier.items())


def test_what_left_the_memory_within_one_look_is_new_again() -> None:
    once = [(0, ts, 1.0) for ts in range(DEPTH + 1)]
    assert sifted(fresh(), [*once, (0, 0, 1.0), (0, 2, 2.0)]) == [NEW] * (DEPTH + 2) + [CONFLICT]

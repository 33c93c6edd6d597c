from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from lineshaft.domain.rules.delays import UNSEEN, Delay, Limits, compare, delayed
from lineshaft.domain.rules.raising import Settings, Shown, annunciations, raises

S = 1_000_000
HOT = Limits(above=True, limits=(75.0, 85.0), deadband=1.0)


def steps_of(
    values: Sequence[float], ts_s: Sequence[float], cuts: Sequence[int], delay: Delay, min_reraise_s: float
) -> list[tuple[int, int]]:
    """(place, level) of what a series raises when it is taken in pieces."""
    value, ts_us = np.array(values, np.float64), (np.array(ts_s) * S).astype(np.int64)
    shown, held, found = Shown(), 0, []
    edges = [0, *sorted(min(cut, len(value)) for cut in cuts), len(value)]
    for start, end in pairwise(edges):
        if start == end:
            continue
        level = compare(value[start:end], HOT, held)
        held = int(level[-1])
        steps, shown = raises(level, ts_us[start:end], (delay, delay), min_reraise_s, shown)
        found += [(start + at, new) for at, new in steps]
    return found


def sample_by_sample(
    values: Sequence[float], ts_s: Sequence[float], delay: Delay, min_reraise_s: float
) -> list[tuple[int, int]]:
    """The same, told slowly and plainly."""
    passed, out, since, count = [False, False], [False, False], [0.0, 0.0], [0, 0]
    shown, raised_s, found = 0, float("-inf"), []
    for at, (value, now_s) in enumerate(zip(values, ts_s, strict=True)):
        for n, limit in enumerate(HOT.limits):
            new = value > limit or (passed[n] and value > limit - HOT.deadband)
            if new != passed[n] or at == 0:
                since[n], count[n] = now_s, 0
            passed[n], count[n] = new, count[n] + 1
            lasted = now_s - since[n]
            if new and lasted >= delay.on_s and count[n] >= delay.on_samples:
                out[n] = True
            elif not new and lasted >= delay.off_s:
                out[n] = False
        wanted = 2 if out[1] else 1 if out[0] else 0
        if wanted == shown or (wanted and not shown and now_s < raised_s + min_reraise_s):
            continue
        raised_s = raised_s if shown else now_s
        shown = wanted
        found.append((at, wanted))
    return found


series = st.lists(
    st.tuples(st.sampled_from([70.0, 74.0, 74.5, 75.5, 84.5, 86.0]), st.integers(0, 7)),
    min_size=1,
    max_size=60,
)
waits = st.builds(Delay, st.sampled_from([0.0, 5.0, 12.0]), st.sampled_from([0.0, 6.0]), st.integers(1, 3))


@given(series, waits, st.sampled_from([0.0, 20.0]), st.lists(st.integers(0, 60), max_size=8))
def test_cutting_a_series_changes_nothing_and_each_sample_decides_alike(
    samples: list[tuple[float, int]], delay: Delay, min_reraise_s: float, cuts: list[int]
) -> None:
    values = [value for value, _ in samples]
    ts_s = np.cumsum([gap for _, gap in samples]).tolist()
    expected = sample_by_sample(values, ts_s, delay, min_reraise_s)
    assert steps_of(values, ts_s, (), delay, min_reraise_s) == expected
    assert steps_of(values, ts_s, cuts, delay, min_reraise_s) == expected


def test_what_is_not_a_number_says_nothing() -> None:
    level = compare(np.array([76.0, np.nan, 74.5, 73.0, np.nan]), HOT)
    assert level.tolist() == [1, 1, 1, 0, 0]


def test_low_limits_are_passed_downwards() -> None:
    low = Limits(above=False, limits=(2.8, 2.0), deadband=0.1)
    assert compare(np.array([2.7, 2.85, 1.9, 2.05, 2.95]), low).tolist() == [1, 1, 2, 2, 0]


def test_a_limit_can_be_part_of_the_wrong_side() -> None:
    zones = Limits(above=True, limits=(3.0,), inclusive=True)
    assert compare(np.array([2.0, 3.0, 2.9]), zones).tolist() == [0, 1, 0]


def test_what_waits_says_when_it_counts() -> None:
    _, run = delayed(np.array([False, True]), np.array([0, 3]) * S, Delay(10.0, 5.0), UNSEEN)
    assert run.waits
    assert run.due_us(Delay(10.0, 5.0)) == 13 * S


def test_a_tag_that_chatters_at_ten_hertz_for_five_minutes_is_one_raise() -> None:
    ts_us = np.arange(3000) * (S // 10)
    value = np.where(np.arange(3000) % 2, 75.4, 74.6)
    found = annunciations(
        ts_us, value, Settings(Limits(above=True, limits=(75.0,), deadband=0.75), Delay(60.0, 60.0))
    )
    assert found.calls == 1
    assert found.raised_us.tolist() == [ts_us[1] + 60 * S]
    assert found.cleared_us.tolist() == [-1]


def test_what_still_holds_is_raised_again_once_the_least_time_is_over() -> None:
    ts_us, value = np.arange(100) * S, np.full(100, 70.0)
    value[[5, 6, 20]] = 80.0
    value[30:90] = 80.0
    found = annunciations(ts_us, value, Settings(HOT._replace(deadband=0.0), min_reraise_s=60.0))
    assert (found.raised_us // S).tolist() == [5, 65]
    assert (found.cleared_us // S).tolist() == [7, 90]


def test_getting_worse_is_a_call_and_getting_better_is_none() -> None:
    found = annunciations(np.arange(5) * S, np.array([76.0, 86.0, 80.0, 86.0, 70.0]), Settings(HOT))
    assert (found.calls, found.level.tolist()) == (3, [2])

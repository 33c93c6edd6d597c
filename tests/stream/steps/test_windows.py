"""Windows of devices whose time begins anew, beside others."""

import numpy as np

from lineshaft.wire.topics import SHARDS
from stream.rules.base import Readings
from stream.steps.windows import WINDOW_US, Windows, phase_of

STEADY, JUMPY = 0, 1
DEVICE_OF = np.array([STEADY, JUMPY], np.int32)
"""A signal each."""
NOW = 1_000_000
"""A window's number."""


def say(windows: Windows, pos: int, said: dict[int, list[int]]) -> None:
    """Readings of a stretch: by device the numbers of windows; each a message of its own."""
    device = np.array([one for one, numbers in said.items() for _ in numbers])
    window = np.array([number for numbers in said.values() for number in numbers])
    positions = np.arange(pos, pos + len(device))
    anew = windows.follow(device, window * WINDOW_US, positions)
    fresh = Readings(device.astype(np.int32), window * WINDOW_US, window.astype(float), positions)
    windows.add(windows.start_anew(anew, fresh, DEVICE_OF) if anew else fresh)


def closed(windows: Windows) -> list[tuple[int, int]]:
    """(series, window) of what is closed, the newest windows too."""
    found = windows.close(DEVICE_OF, np.ones(windows.room, np.bool_))
    return [] if found is None else list(zip(found.series.tolist(), found.window.tolist(), strict=True))


def of_two() -> Windows:
    windows = Windows()
    windows.grow(2)
    return windows


def test_open_windows_go_where_time_begins_anew_and_no_others() -> None:
    windows = of_two()
    say(windows, 1, {STEADY: [NOW], JUMPY: [NOW]})
    say(windows, 11, {STEADY: [NOW + 1], JUMPY: [NOW + 1, NOW - 5_000, NOW - 4_999]})
    say(windows, 21, {JUMPY: [NOW - 4_998]})
    assert closed(windows) == [
        (STEADY, NOW),
        (STEADY, NOW + 1),
        *((JUMPY, NOW - 5_000 + n) for n in range(3)),
    ]


def test_what_comes_after_the_tick_counts_again() -> None:
    windows = of_two()
    say(windows, 1, {JUMPY: [NOW]})
    say(windows, 11, {JUMPY: [NOW - 5_000]})
    nobody = np.zeros(windows.room, np.bool_)
    assert windows.close(DEVICE_OF, nobody) is None
    say(windows, 21, {JUMPY: [NOW - 4_999]})
    assert closed(windows) == [(JUMPY, NOW - 5_000), (JUMPY, NOW - 4_999)]


def test_time_may_begin_anew_again_and_again_between_two_ticks() -> None:
    windows = of_two()
    for turn in range(4):
        say(windows, 10 * turn + 1, {STEADY: [NOW + turn], JUMPY: [NOW - 5_000 * turn]})
    assert closed(windows) == [*((STEADY, NOW + turn) for turn in range(4)), (JUMPY, NOW - 15_000)]


def test_a_window_that_is_over_waits_for_others_that_are_about_to_follow_but_one_tick() -> None:
    windows = of_two()
    nobody = np.zeros(windows.room, np.bool_)
    say(windows, 1, {STEADY: [NOW], JUMPY: [NOW]})
    assert windows.close(DEVICE_OF, nobody) is None
    say(windows, 11, {STEADY: [NOW + 1]})
    assert windows.close(DEVICE_OF, nobody) is None
    say(windows, 21, {JUMPY: [NOW + 1]})
    both = windows.close(DEVICE_OF, nobody)
    assert both is not None
    assert both.series.tolist() == [STEADY, JUMPY]
    say(windows, 31, {STEADY: [NOW + 2]})
    assert windows.close(DEVICE_OF, nobody) is None
    alone = windows.close(DEVICE_OF, nobody)
    assert alone is not None
    assert alone.series.tolist() == [STEADY]


def test_a_shards_windows_begin_after_those_of_the_shard_before() -> None:
    begins = []
    for shard in range(SHARDS):
        windows = Windows(phase_us=phase_of(shard))
        windows.grow(1)
        # A reading each 100 ms of fifteen seconds.
        ts_us = NOW * WINDOW_US + np.arange(150) * 100_000
        row = np.zeros(len(ts_us), np.int32)
        windows.follow(row.astype(np.int64), ts_us, np.arange(len(ts_us)))
        windows.add(Readings(row, ts_us, np.ones(len(ts_us)), np.arange(len(ts_us))))
        found = windows.close(DEVICE_OF[:1], np.ones(1, np.bool_))
        assert found is not None
        assert set(found.features.readings[1:-1].tolist()) == {50}  # whole ones
        begins.append(found.phase_us)
    assert begins == sorted(set(begins))
    assert begins[-1] < WINDOW_US

"""Replays in time: shifted to now, paced, looped, together, and gone on with after a restart."""

import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import msgspec
import pytest

from edge.sources.base import Handed, Start
from edge.sources.replay import Replay, ReplayConfig
from lineshaft.domain.readings import Batch
from lineshaft.wire import codec

BASE_MS = 1_600_000_000_000


class Runner(threading.Event):
    """A stop that moves the clock on instead of waiting, and stops after some handed-over lots."""

    def __init__(self, clock: Any, lots: int) -> None:
        super().__init__()
        self._clock = clock
        self.lots = lots

    def wait(self, timeout: float | None = None) -> bool:
        self._clock.advance_s(timeout or 0)
        return self.is_set()


def config(**said: Any) -> ReplayConfig:
    known = {
        "id": "rig",
        "kind": "replay",
        "file": "rig.csv",
        "device": "rig-1",
        "time": {"column": "t", "format": "ms"},
        "columns": {"a": {"column": "a"}},
    }
    return msgspec.convert({**known, **said}, ReplayConfig)


def record(folder: Path, name: str, rows: Mapping[int, float]) -> None:
    (folder / name).write_text("t,a\n" + "".join(f"{BASE_MS + at},{value}\n" for at, value in rows.items()))


def opened(
    config: ReplayConfig, folder: Path, clock: Any, position: str | None = None, shared: Any = None
) -> Replay:
    return config.open(Start(position, clock, folder, {} if shared is None else shared))


def read(replay: Replay, clock: Any, lots: int = 10**9) -> tuple[list[tuple[int, float]], list[Handed]]:
    """(ms, value) of all readings of some lots, and the lots."""
    stop, handed, found = Runner(clock, lots), [], []
    for lot in replay.read(stop):
        handed.append(lot)
        for frame in lot.frames:
            for part in codec.decode(
                f"lineshaft/v1/s/a/{frame.device}/{frame.kind}", frame.body, "", clock()
            ):
                if isinstance(part, Batch):
                    found += list(zip((part.ts_us // 1000).tolist(), part.value.tolist(), strict=True))
        if len(handed) > lots:
            stop.set()
    return found, handed


def test_the_first_row_is_now_and_the_others_keep_their_distance(tmp_path: Path, clock: Any) -> None:
    record(tmp_path, "rig.csv", {0: 1, 1000: 2, 5000: 3})
    now_ms = clock() // 1000
    found, _ = read(opened(config(), tmp_path, clock), clock)
    assert found == [(now_ms, 1), (now_ms + 1000, 2), (now_ms + 5000, 3)]
    assert clock() // 1000 >= now_ms + 5000


def test_a_speed_makes_time_shorter(tmp_path: Path, clock: Any) -> None:
    record(tmp_path, "rig.csv", {0: 1, 10_000: 2})
    now_ms = clock() // 1000
    found, _ = read(opened(config(speed=10), tmp_path, clock), clock)
    assert found == [(now_ms, 1), (now_ms + 1000, 2)]


def test_no_reading_is_sent_before_its_time(tmp_path: Path, clock: Any) -> None:
    record(tmp_path, "rig.csv", {n * 100: n for n in range(100)})
    replay = opened(config(), tmp_path, clock)
    stop = Runner(clock, 10**9)
    for lot in replay.read(stop):
        for frame in lot.frames:
            for part in codec.decode("lineshaft/v1/s/a/rig-1/m", frame.body, "", clock()):
                assert isinstance(part, Batch)
                assert part.ts_us.max() <= clock()
                assert clock() - part.ts_us.min() < 600_000


def test_a_loop_goes_on_in_time(tmp_path: Path, clock: Any) -> None:
    record(tmp_path, "rig.csv", {0: 1, 1000: 2})
    now_ms = clock() // 1000
    found, _ = read(opened(config(loop=True), tmp_path, clock), clock, lots=6)
    assert found[:5] == [
        (now_ms, 1),
        (now_ms + 1000, 2),
        (now_ms + 2000, 1),
        (now_ms + 3000, 2),
        (now_ms + 4000, 1),
    ]


def test_recorded_times_are_sent_as_they_are_if_asked(tmp_path: Path, clock: Any) -> None:
    record(tmp_path, "rig.csv", {0: 1, 1000: 2})
    found, _ = read(opened(config(shift="none", speed=0), tmp_path, clock), clock)
    assert found == [(BASE_MS, 1), (BASE_MS + 1000, 2)]


def test_started_again_it_goes_on_with_the_next_row_now(tmp_path: Path, clock: Any) -> None:
    record(tmp_path, "rig.csv", {n * 1000: n for n in range(10)})
    first, handed = read(opened(config(loop=True), tmp_path, clock), clock, lots=4)
    clock.advance_s(3600)
    again_ms = clock() // 1000
    second, _ = read(opened(config(loop=True), tmp_path, clock, handed[-1].position), clock, lots=3)
    assert [value for _, value in first + second[:3]] == [float(n) for n in range(len(first) + 3)]
    assert second[0][0] == again_ms
    assert second[1][0] == again_ms + 1000


def test_a_group_keeps_its_members_apart_in_time_also_over_loops_and_restarts(
    tmp_path: Path, clock: Any
) -> None:
    record(tmp_path, "rig.csv", {0: 1, 4000: 2})
    record(tmp_path, "other.csv", {1000: 10, 2000: 20})
    both = [
        config(shift_group="g", loop=True),
        config(id="other", file="other.csv", shift_group="g", loop=True),
    ]
    shared: dict[str, object] = {}
    now_ms = clock() // 1000
    replays = [opened(one, tmp_path, clock, None, shared) for one in both]
    found = [read(replay, clock, lots=4)[0] for replay in replays]
    assert found[0][:3] == [(now_ms, 1), (now_ms + 4000, 2), (now_ms + 5000, 1)]
    assert found[1][:3] == [(now_ms + 1000, 10), (now_ms + 2000, 20), (now_ms + 6000, 10)]
    shared = {}
    now_ms = clock() // 1000
    ahead, behind = '{"lap":1,"row":0}', '{"lap":0,"row":1}'
    replays = [
        opened(one, tmp_path, clock, at, shared) for one, at in zip(both, (ahead, behind), strict=True)
    ]
    found = [read(replay, clock, lots=2)[0] for replay in reversed(replays)]
    assert found[0][0] == (now_ms, 20)
    assert found[1][0] == (now_ms + 3000, 1)


def test_newest_first_needs_sorting_and_gets_it(tmp_path: Path, clock: Any) -> None:
    record(tmp_path, "rig.csv", {2000: 3, 1000: 2, 0: 1})
    found, _ = read(opened(config(order="sort", shift="none", speed=0), tmp_path, clock), clock)
    assert [value for _, value in found] == [1, 2, 3]


def test_a_finished_replay_stays_finished(tmp_path: Path, clock: Any) -> None:
    record(tmp_path, "rig.csv", {0: 1, 1000: 2})
    _, handed = read(opened(config(), tmp_path, clock), clock)
    found, _ = read(opened(config(), tmp_path, clock, handed[-1].position), clock)
    assert found == []


def test_a_file_that_is_gone_is_an_error_of_the_file_system(tmp_path: Path, clock: Callable[[], int]) -> None:
    with pytest.raises(FileNotFoundError, match=r"no file is called 'rig\.csv'"):
        opened(config(), tmp_path, clock)

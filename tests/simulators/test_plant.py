import numpy as np
import orjson
import pytest

from lineshaft.domain.machines import KINDS, vibration_limits
from lineshaft.domain.readings import Batch
from lineshaft.wire import codec
from simulators.base import SECOND_US, Message
from simulators.machines import LEVELS, MACHINES
from simulators.plant import Plant

START = 1_795_294_800 * SECOND_US
MINUTE = 60 * SECOND_US


@pytest.fixture(scope="module")
def half_hour() -> list[Message]:
    return Plant(7, START, START).step(START + 30 * MINUTE)


def test_the_levels_cover_the_signals_of_each_kind() -> None:
    for kind, levels in LEVELS.items():
        assert set(levels) == {s.name for s in KINDS[kind].signals} - {"state", "count"}


def test_a_healthy_machine_is_in_vibration_zone_a_however_worn() -> None:
    for kind, levels in LEVELS.items():
        limits = vibration_limits(kind)
        assert limits
        assert levels["vib"].run * 1.3 + levels["vib"].wander < limits[0]


def test_there_are_24_machines_of_4_kinds_on_4_lines() -> None:
    assert len({machine.id for machine in MACHINES}) == 24
    assert len({machine.kind for machine in MACHINES}) == 4
    assert len({machine.line for machine in MACHINES}) == 4


def test_the_same_seed_tells_the_same_story_however_it_is_asked() -> None:
    whole = Plant(7, START, START).step(START + MINUTE)
    world = Plant(7, START, START)
    parts = [m for k in range(1, 301) for m in world.step(START + k * SECOND_US // 5)]
    assert parts == whole
    assert Plant(8, START, START).step(START + MINUTE) != whole


def test_a_restarted_world_goes_on() -> None:
    whole = Plant(7, START, START + 36 * MINUTE).step(START + 40 * MINUTE)
    rest = Plant(7, START, START + 39 * MINUTE).step(START + 40 * MINUTE)
    assert rest == whole[-len(rest) :]
    assert len(rest) == 24 * 60


def test_every_message_decodes_without_a_reject(half_hour: list[Message]) -> None:
    for message in half_hour[:5_000]:
        topic = f"lineshaft/v1/hangzhou/plant-1/{message.device}/m"
        (batch,) = codec.decode(topic, orjson.dumps(message.body), "", message.sent_us)
        assert isinstance(batch, Batch)
        assert not batch.quality.any()
        assert batch.ts_us.max() <= message.sent_us


def test_a_working_machine_stays_within_its_limits_most_of_the_time(half_hour: list[Message]) -> None:
    values: dict[tuple[str, str], list[float]] = {}
    for message in half_hour:
        kind = message.device.split("-")[0]
        for name, value in zip(message.body["n"], message.body["r"][0][1:], strict=True):
            if name != "state" and value is not None:
                values.setdefault((kind, name), []).append(value)
    for kind, machine in KINDS.items():
        for signal in machine.signals if kind in LEVELS else ():
            if signal.high is not None:
                outside = (np.array(values[kind, signal.name]) > signal.high).mean()
                assert outside < 0.15, (kind, signal.name, outside)


def test_signals_of_a_machine_move_together_with_its_load(half_hour: list[Message]) -> None:
    rows = [
        message.body["r"][0][1:]
        for message in half_hour
        if message.device == "motor-103" and len(message.body["n"]) == 4
    ]
    current, speed = np.array(rows)[:, 2], np.array(rows)[:, 3]
    running = current > 50
    assert np.corrcoef(current[running], speed[running])[0, 1] < -0.3


def test_pieces_are_counted_from_midnight_and_never_backwards(half_hour: list[Message]) -> None:
    counts = [
        message.body["r"][0][1 + message.body["n"].index("count")]
        for message in half_hour
        if message.device == "press-105" and "count" in message.body["n"]
    ]
    assert counts == sorted(counts)
    assert 150 < counts[-1] - counts[0] < 300

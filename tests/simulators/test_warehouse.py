from collections import Counter

import orjson
import pytest

from lineshaft.domain.readings import Reads
from lineshaft.wire import codec
from simulators import epc
from simulators.base import SECOND_US, Message
from simulators.warehouse import ANTENNAS, READERS, ZONES, Warehouse

START = 1_795_294_800 * SECOND_US
MINUTE = 60 * SECOND_US
ZONE_OF = {(a.reader, a.port): a.zone for a in ANTENNAS}


@pytest.fixture(scope="module")
def two_minutes() -> list[Message]:
    return Warehouse(7, START, START).step(START + 2 * MINUTE)


def true_zones(world: Warehouse, at_us: int) -> dict[str, str]:
    tags, x, y = world.where(at_us)
    inside = {}
    for tag, tag_x, tag_y in zip(tags, x, y, strict=True):
        for zone in ZONES:
            if abs(tag_x - zone.x) <= zone.half_x and abs(tag_y - zone.y) <= zone.half_y:
                inside[tag] = zone.id
    return inside


def test_every_message_decodes_without_a_reject(two_minutes: list[Message]) -> None:
    for message in two_minutes:
        topic = f"lineshaft/v1/hangzhou/warehouse-1/{message.device}/rfid"
        (reads,) = codec.decode(topic, orjson.dumps(message.body), "", message.sent_us)
        assert isinstance(reads, Reads)
        assert reads.ts_us.max() <= message.sent_us


def test_the_same_seed_tells_the_same_story_however_it_is_asked(two_minutes: list[Message]) -> None:
    world = Warehouse(7, START, START + MINUTE)
    parts = [m for k in range(1, 301) for m in world.step(START + MINUTE + k * SECOND_US // 5)]
    assert parts == [m for m in two_minutes if m.sent_us > START + MINUTE]


def test_readers_miss_tags_and_read_their_neighbours(two_minutes: list[Message]) -> None:
    world = Warehouse(7, START, START)
    right = stray = expected = 0
    for message in two_minutes:
        zones = true_zones(world, message.sent_us)
        mine = {a.zone for a in ANTENNAS if a.reader == message.device}
        here = {tag for tag, zone in zones.items() if zone in mine}
        seen = {read["epc"] for read in message.body["reads"]}
        expected += len(here)
        right += len(seen & here)
        stray += len({tag for tag in seen if tag in zones} - here)
    assert 0.5 < right / expected < 0.98
    assert 0.02 < stray / right < 0.4


def test_a_stray_read_is_weaker_than_a_right_one(two_minutes: list[Message]) -> None:
    world = Warehouse(7, START, START)
    strength: dict[bool, list[float]] = {True: [], False: []}
    for message in two_minutes:
        zones = true_zones(world, message.sent_us)
        for read in message.body["reads"]:
            if read["epc"] in zones:
                right = ZONE_OF[message.device, read["ant"]] == zones[read["epc"]]
                strength[right].append(read["rssi"])
    means = {right: sum(values) / len(values) for right, values in strength.items()}
    assert means[True] > means[False] + 2.0


def test_pallets_pass_through_every_kind_of_zone() -> None:
    world = Warehouse(7, START, START)
    counts = Counter(true_zones(world, START).values())
    assert set(counts) == {zone.id for zone in ZONES}
    assert all(counts[zone.id] <= zone.capacity for zone in ZONES)
    assert {a.reader for a in ANTENNAS} == set(READERS)


def test_tags_are_those_of_the_standard(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(epc, "COMPANY", 614_141)
    # The standard's own example is item 812345, serial 6789 with filter 3; ours has filter 2.
    assert epc.sgtin_96(812_345, 6789) == "3054257BF7194E4000001A85"

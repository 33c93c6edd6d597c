"""Foreign messages in a shard: what several gateways bring counts once, and a bound vehicle moves."""

import json
from collections import Counter

from journal_rows import START_MS
from lineshaft.domain.plant import Name, Plant, Vehicle, to_document
from lineshaft.domain.readings import DeviceKey
from lineshaft.store.journal import CONTROL_SHARD, Row
from stream.chunk import Chunk
from stream.steps.shard import ShardState

NOW_US = START_MS * 1000


def row(pos: int, topic: str, agent: str, said: object, **properties: object) -> Row:
    body = json.dumps(said).encode()
    return Row(pos, 3, NOW_US + pos, "hall1", agent, None, None, None, topic, dict(properties), body)


def test_a_packet_by_three_gateways_is_stored_once_and_the_books_say_so() -> None:
    payload = {"latitude_i": 559_748_544, "longitude_i": 373_418_112}
    packets = [
        row(n, f"msh/EU/2/json/L/!{n}", "meshtastic", {
            "from": 7, "id": 42 + n // 4, "type": "position", "payload": payload,
            "timestamp": START_MS / 1000 + n,
        }, dialect="meshtastic")
        for n in range(1, 5)
    ]  # fmt: skip
    bundle = ShardState(3).step(Chunk(3, 1, 4, packets))
    assert len(bundle.fixes) == 2
    books: Counter[str] = Counter()
    for key, count in bundle.counts.items():
        books[key.result] += count.readings
    assert books == {"decoded": 4, "stored": 2, "duplicate_same": 2}


def test_a_bound_vehicle_moves_and_a_forged_dialect_on_our_topics_is_not_heeded() -> None:
    phone = DeviceKey("hall1", "owntracks", "alice-phone")
    plant = Plant(vehicles=(Vehicle("van-3", "van", Name("v", "v"), phone, 30.0),))
    document = json.dumps(to_document(plant)).encode()
    fix = {"_type": "location", "lat": 30.2, "lon": 120.1, "tst": START_MS // 1000}
    rows = [
        Row(1, CONTROL_SHARD, NOW_US, *[None] * 5, "_/plant", None, document),
        row(2, "owntracks/alice/phone", "owntracks", fix, dialect="owntracks", device="alice-phone"),
        row(3, "lineshaft/v1/hall1/owntracks/x/m", "owntracks", {"temp": 3}, dialect="owntracks"),
    ]
    bundle = ShardState(3).step(Chunk(3, 1, 3, rows))
    [track] = bundle.tracks
    assert bundle.devices[track.device] == (phone, "van-3")
    assert len(bundle.readings) == 1

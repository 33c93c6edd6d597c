"""A journal to run the flows on: the simulated worlds, compressed into what ingest would have appended.

With all that can happen to a flow: plant changes, planned shipments, models and labels, repeats, late rows,
rubbish, and a clock that passes a full hour, at which states are kept.
"""

import json
import re
import zlib
from collections.abc import Iterator
from random import Random
from typing import Any

import orjson

from lineshaft.domain.plant import Plant, from_document, parse, to_document
from lineshaft.store.journal import CONTROL_SHARD, Entry
from lineshaft.wire.topics import shard_of
from model_rows import row, saying
from simulators.base import SECOND_US, Message
from simulators.describe import SITE, text
from simulators.worlds import WORLDS

START_US = 1_790_006_300 * SECOND_US
"""A hundred seconds before a full hour."""
STRETCH_S = 60
"""Worlds compute a minute at once; that is much quicker than second by second."""
CELLS = 7
"""Agents that the machines are spread over, so that shards are too."""

MODELS = {
    0.2: row(saying(0.9, above=0.02)),
    0.4: row(saying(0.3), version=2, role="challenger"),
    0.6: row(saying(0.3), version=2),
    0.8: row(saying(0.3), version=2, role="advisory"),
}
"""Share of the time → the row of a model that comes, is swapped, and demoted then."""


def recording(seconds: int, seed: int) -> list[Entry]:
    """The rows of so many seconds; people's acknowledgements are for who knows the alarms to add."""
    chance = Random(seed)  # noqa: S311 - a recording is no secret
    plant = described()
    told = iter(_told(seconds, seed))
    message = next(told, None)
    rows = [control(START_US, "_/plant", to_document(plant))]
    for second in range(1, seconds + 1):
        now_us = START_US + second * SECOND_US
        while message and message[1].sent_us <= now_us:
            rows += _arrived(*message, now_us, chance)
            message = next(told, None)
        rows += _changes(second, seconds, plant)
        rows.append(control(now_us, "_/tick", None))
    return rows


def _changes(second: int, seconds: int, plant: Plant) -> Iterator[Entry]:
    """What people change in a second: the plant, models, labels, shipments."""
    now_us = START_US + second * SECOND_US
    if second == seconds // 4:
        yield control(now_us, "_/plant", _narrowed(plant))
    if second == seconds * 3 // 4:
        yield control(now_us, "_/plant", to_document(plant))
    for share, body in MODELS.items():
        if second == int(seconds * share):
            yield control(now_us, "_/model", json.loads(body))
    if second == seconds // 2:
        label = {"machine": min(plant.machines), "verdict": "true", "to": now_us // 1000}
        yield control(now_us, "_/label", label)
    if second % 30 == 10:
        yield control(now_us, "_/shipment", _order(plant, second // 30, now_us))


def control(at_us: int, topic: str, body: dict[str, Any] | None) -> Entry:
    """A control row."""
    raw = b"" if body is None else json.dumps(body).encode()
    return Entry(CONTROL_SHARD, at_us, None, None, None, None, None, topic, None, raw)


def described() -> Plant:
    """The plant of the simulated worlds, its machines on several agents."""
    cells = re.sub(r"plant-1/([\w-]+)", lambda found: f"{_cell(found[1])}/{found[1]}", text())
    found = parse(cells)
    assert isinstance(found, Plant), found
    return found


def _told(seconds: int, seed: int) -> list[tuple[str, Message]]:
    """Each world's messages with the agent that sends them, in order of time."""
    found = []
    for name, make in WORLDS.items():
        world = make(seed, START_US, START_US)
        for until in range(STRETCH_S, seconds + STRETCH_S, STRETCH_S):
            stretch = world.step(START_US + min(until, seconds) * SECOND_US)
            found += [(_cell(one.device) if name == "plant" else f"{name}-1", one) for one in stretch]
    return sorted(found, key=lambda one: one[1].sent_us)


def _cell(device: str) -> str:
    return f"cell-{zlib.crc32(device.encode()) % CELLS}"


def _arrived(agent: str, message: Message, now_us: int, chance: Random) -> Iterator[Entry]:
    """A message as it comes; some come again, broken, or late."""
    body = orjson.dumps(message.body)
    yield _entry(agent, message, body, now_us)
    lot = chance.random()
    if lot < 0.01:
        yield _entry(agent, message, body, now_us)
    elif lot < 0.02:
        yield _entry(agent, message, body[: len(body) // 2], now_us)
    elif lot < 0.03:
        late = {**message.body, "ts": int(str(message.body["ts"])) - 1_800_000}
        yield _entry(agent, message, orjson.dumps(late), now_us, lane=1)


def _entry(agent: str, message: Message, body: bytes, now_us: int, lane: int = 0) -> Entry:
    topic = f"lineshaft/v1/{SITE}/{agent}/{message.device}/{message.kind}"
    return Entry(shard_of(SITE, agent), now_us, SITE, agent, "b", lane, None, topic, None, body)


def _narrowed(plant: Plant) -> dict[str, Any]:
    """The same plant, but what is normal is too much for every other machine."""
    document = to_document(plant)
    areas = [area for site in document["sites"] for area in site["areas"]]
    machines = [one for area in areas for line in area.get("lines", []) for one in line["machines"]]
    for machine in machines[::2]:
        for signal in machine["signals"]:
            if signal["name"] in {"temp", "current"}:
                signal.update(low_low=None, low=None, high=1.0, high_high=None)
    return to_document(from_document(document))


def _order(plant: Plant, number: int, now_us: int) -> dict[str, Any]:
    document = to_document(plant)
    return {
        "id": f"S-{number}",
        "vehicle": document["vehicles"][number % len(document["vehicles"])]["id"],
        "route": document["routes"][number % len(document["routes"])]["id"],
        "reference": f"order {number}",
        "customer": "Yongda Motors",
        "planned_departure_ms": now_us // 1000 - 7_200_000,
        "planned_arrival_ms": now_us // 1000 - 1_200_000,
    }

"""Makes journal rows for tests of the shard's steps."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np

from lineshaft.domain.plant import Plant, to_document
from lineshaft.store.journal import CONTROL_SHARD, Row
from stream.chunk import Chunk

START_MS = 1_790_000_000_000


@dataclass
class Writer:
    """A journal in memory: rows get the next position, and time stands where it was put."""

    now_ms: int = START_MS
    rows: list[Row] = field(default_factory=list)

    def control(self, topic: str, body: bytes = b"") -> None:
        self._add(CONTROL_SHARD, (None, None), topic, body, None)

    def plant(self, plant: Plant) -> None:
        self.control("_/plant", json.dumps(to_document(plant)).encode())

    def tick(self, seconds: int = 1) -> None:
        for _ in range(seconds):
            self.now_ms += 1000
            self.control("_/tick")

    def message(self, device: str, kind: str, body: object, lane: int | None = 0) -> None:
        agent, name = device.split("/")
        topic = f"lineshaft/v1/hangzhou/{agent}/{name}/{kind}"
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        self._add(3, ("hangzhou", agent), topic, raw, lane)

    def readings(
        self, device: str, rows: Sequence[Sequence[object]], names: Sequence[str], **more: int
    ) -> None:
        lane = more.pop("lane", 0)
        ts = more.pop("ts", self.now_ms)
        self.message(device, "m", {"v": 1, "ts": ts, "n": list(names), "r": [list(r) for r in rows]}, lane)

    def _add(
        self, shard: int, place: tuple[str | None, str | None], topic: str, body: bytes, lane: int | None
    ) -> None:
        pos = len(self.rows) + 1
        self.rows.append(Row(pos, shard, self.now_ms * 1000, *place, "b", lane, pos, topic, None, body))


def chunks(rows: Sequence[Row], sizes: Iterable[int], shard: int = 3) -> list[Chunk]:
    """The rows cut into chunks of these sizes, again and again until they are used up."""
    sizes = list(sizes)
    found, at, turn = [], 0, 0
    while at < len(rows):
        some = list(rows[at : at + sizes[turn % len(sizes)]])
        found.append(Chunk(shard, some[0].pos, some[-1].pos, some))
        at, turn = at + len(some), turn + 1
    return found


def noise(seed: int, count: int) -> list[float]:
    return np.random.default_rng(seed).normal(size=count).tolist()

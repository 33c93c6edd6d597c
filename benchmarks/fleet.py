"""What a fleet costs: vehicles in a shard's step, with geofences, trips and a planned route each.

    python -m benchmarks.fleet [--vehicles 1000] [--every-s 5] [--minutes 10]

Runs the 16 shards' steps over a journal made in memory, in chunks of a second, as the flow does; gives the
CPU time as a share of the time the journal spans, of one core. Database and broker are not in it.
"""

import argparse
import json
import math
import time
from collections.abc import Iterator
from typing import Any

import msgspec

from lineshaft.domain.plant import Name, Plant, Route, RouteStop, Site, Vehicle, to_document
from lineshaft.domain.readings import DeviceKey
from lineshaft.store.journal import CONTROL_SHARD, Row
from lineshaft.wire import gps
from lineshaft.wire.topics import SHARDS, shard_of
from stream.chunk import Chunk
from stream.steps.shard import ShardState

START_MS = 1_790_000_000_000
AGENTS = 40
FENCES = 200
STOPS_EVERY_S, STANDS_S = 600, 200


def place(vehicle: int, second: float) -> tuple[float, float, float, float]:
    """Where a vehicle is, its speed and heading: round a circle of its own, standing for 200 s of 600."""
    drives_s = STOPS_EVERY_S - STANDS_S
    drives = second // STOPS_EVERY_S * drives_s + min(second % STOPS_EVERY_S, drives_s)
    turn = vehicle + drives / 400.0
    lat = 30.0 + vehicle % 25 * 0.05 + 0.04 * math.sin(turn)
    lon = 120.0 + vehicle // 25 * 0.05 + 0.04 * math.cos(turn)
    speed = 0.0 if second % STOPS_EVERY_S > drives_s else 11.0
    return lat, lon, speed, math.degrees(turn) % 360


def plant_of(count: int) -> Plant:
    """So many vehicles on one route."""
    stops = (RouteStop(Name("a", "a"), 30.0, 120.0, 400), RouteStop(Name("b", "b"), 31.2, 122.0, 400))
    path = tuple((30.0 + 0.012 * n, 120.0 + 0.02 * n) for n in range(100))
    vehicles = tuple(
        Vehicle(f"v{n}", "truck", Name("v", "v"), DeviceKey("hz", f"fleet-{n % AGENTS}", f"v{n}"), 5.0)
        for n in range(count)
    )
    return Plant(
        sites=(Site("hz", Name("hz", "hz"), "UTC", None, (), ()),),
        routes=(Route("r", Name("r", "r"), stops, path),),
        vehicles=vehicles,
    )


def control(count: int, start_ms: int) -> Iterator[tuple[str, bytes]]:
    """The description, the geofences and the plans, as control rows."""
    yield "_/plant", msgspec.json.encode(to_document(plant_of(count)))
    for n in range(FENCES):
        at = [30.0 + n % 25 * 0.05, 120.04 + n // 25 * 0.05]
        fence = {"key": f"f{n}", "name": "f", "kind": "circle", "points": [at], "radius_m": 500}
        yield "_/fence", msgspec.json.encode(fence)
    for n in range(count):
        order = {"id": f"s{n}", "vehicle": f"v{n}", "route": "r", "planned_departure_ms": start_ms}
        yield "_/shipment", msgspec.json.encode(order)


def journal(count: int, every_s: int, seconds: int, start_ms: int = START_MS) -> Iterator[list[Row]]:
    """The journal's rows, a second at a time."""
    pos = 0

    def row(shard: int, now_ms: int, topic: str, body: bytes, agent: str | None = None) -> Row:
        nonlocal pos
        pos += 1
        site = "hz" if agent else None
        return Row(pos, shard, now_ms * 1000, site, agent, "b", 0, pos, topic, None, body)

    yield [row(CONTROL_SHARD, start_ms, topic, body) for topic, body in control(count, start_ms)]
    for second in range(seconds):
        now_ms = start_ms + second * 1000
        rows = []
        for n in range(second % every_s, count, every_s):
            agent = f"fleet-{n % AGENTS}"
            lat, lon, speed, heading = place(n, second)
            fix: dict[str, object] = {
                "dt": 0,
                "lat": lat,
                "lon": lon,
                "spd": speed,
                "hdg": heading,
                "acc": 5,
                "ign": True,
            }
            topic = f"lineshaft/v1/hz/{agent}/v{n}/gps"
            rows.append(row(shard_of("hz", agent), now_ms, topic, gps.encode(now_ms, [fix]), agent))
        yield [*rows, row(CONTROL_SHARD, now_ms + 999, "_/tick", b"")]


def measure(count: int, every_s: int, seconds: int) -> dict[str, Any]:
    """Run the steps; the description and the plans are not in the time."""
    states = [ShardState(shard) for shard in range(SHARDS)]
    spent = 0.0
    found = {"fixes": 0, "etas": 0, "legs": 0, "visits": 0, "facts": 0}
    for number, rows in enumerate(journal(count, every_s, seconds)):
        first, last = rows[0].pos, rows[-1].pos
        mine = [[row for row in rows if row.shard in {shard, CONTROL_SHARD}] for shard in range(SHARDS)]
        begun = time.process_time()
        for state, some in zip(states, mine, strict=True):
            bundle = state.step(Chunk(state.shard, first, last, some))
            for name in found:
                found[name] += len(getattr(bundle, name))
        if number:
            spent += time.process_time() - begun
    share = spent / seconds
    per_fix_us = spent / max(found["fixes"], 1) * 1e6
    return {
        "vehicles": count, "every_s": every_s, "seconds": seconds, "core_share": round(share, 4),
        "per_fix_us": round(per_fix_us, 1), **found,
    }  # fmt: skip


def main() -> int:
    """Print the figures; 1 where a thousand vehicles at five seconds cost more than a fifth of a core."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--vehicles", type=int, default=1_000)
    parser.add_argument("--every-s", type=int, default=5)
    parser.add_argument("--minutes", type=float, default=10)
    options = parser.parse_args()
    result = measure(options.vehicles, options.every_s, round(options.minutes * 60))
    print(json.dumps(result))
    return 1 if result["core_share"] > 0.2 else 0


if __name__ == "__main__":
    raise SystemExit(main())

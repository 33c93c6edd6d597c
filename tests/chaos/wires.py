"""Bad weather on the wires, as rows: cuts, silence, latency, loss, little bandwidth, broken packets."""

import contextlib
import math
import time
from collections.abc import Callable, Iterator
from typing import Any

from chaos import net
from chaos.fault import Deed, Fault, Figures
from chaos.proxy import Proxy
from chaos.system import System

Wire = Callable[[System], Proxy]
LONG_S = 90.0
"""To recover from a partition of minutes: the agents' backoff is 30 s then, their patience up to 60 s."""


def to_broker(seconds: float, begin: Callable[[Proxy], object]) -> Deed:
    """Bad weather between the agents and the broker."""
    return lambda system: _weather(system.to_broker, seconds, begin)


def to_database(seconds: float, begin: Callable[[Proxy], object]) -> Deed:
    """Bad weather between ingest and the database."""
    return lambda system: _weather(system.to_database, seconds, begin)


def from_broker(seconds: float, begin: Callable[[Proxy], object]) -> Deed:
    """Bad weather between the broker and ingest."""
    return lambda system: _weather(system.from_broker, seconds, begin)


def _weather(wire: Proxy, seconds: float, begin: Callable[[Proxy], object]) -> None:
    begin(wire)
    time.sleep(seconds)
    if any(weather.slice_bytes for weather in wire.weather.values()):
        wire.reset()  # in the middle of a packet
    wire.clear()


def poor(wire_of: Wire, seconds: float, begin: Callable[[Proxy], object]) -> Deed:
    """A wire that is poor but works: nobody may hang up more than once a minute."""

    def happen(system: System) -> Figures:
        wire = wire_of(system)
        with _steady(system, wire, seconds) as figures:
            begin(wire)
            time.sleep(seconds)
        wire.clear()
        return figures

    return happen


def lossy(wire_of: Wire, seconds: float, percent: int) -> Deed:
    """A wire that loses packets, likewise."""

    def happen(system: System) -> Figures:
        wire = wire_of(system)
        with _steady(system, wire, seconds) as figures, net.loss(wire, percent) as how:
            time.sleep(seconds)
        wire.clear()
        return figures | {"loss": how}

    return happen


@contextlib.contextmanager
def _steady(system: System, wire: Proxy, seconds: float) -> Iterator[dict[str, Any]]:
    """Watch a wire: gives its figures, and sees that there is no storm of reconnects."""
    most = wire.open * math.ceil(seconds / 60)
    accepted, before = wire.accepted, _messages(system)
    figures: dict[str, Any] = {}
    yield figures
    now = _messages(system)
    figures.update({what: count - before[what] for what, count in now.items()})
    figures.update(reconnects_meanwhile=wire.accepted - accepted, connections=wire.open)
    assert figures["reconnects_meanwhile"] <= most, f"a storm: {figures}"


def _messages(system: System) -> dict[str, int]:
    """What ingest has counted so far: what came for the first time, and what came again."""
    with system.connect() as conn:
        row = conn.execute(
            "SELECT coalesce(sum(messages) FILTER (WHERE result = 'journaled'), 0)::bigint,"
            " coalesce(sum(messages) FILTER (WHERE result IN ('duplicate', 'ahead')), 0)::bigint"
            " FROM ingest_count"
        ).fetchone()
    first, again = row or (0, 0)
    return {"journaled": int(str(first)), "came_again": int(str(again))}


def _agents(system: System) -> Proxy:
    return system.to_broker


def _ingest(system: System) -> Proxy:
    return system.from_broker


def _database(system: System) -> Proxy:
    return system.to_database


FAULTS = (
    Fault("N1 agents cut off long enough for the late lane", to_broker(15, Proxy.drop)),
    Fault("N1 agents cut off, silently", to_broker(5, Proxy.drop), is_long=True),
    Fault("N1 agents held up, then delivered", to_broker(4, Proxy.hold)),
    Fault("N1 agents cut off, with RST", to_broker(0, Proxy.reset)),
    Fault("N1 database away, silently", to_database(5, Proxy.drop)),
    Fault("N1 ingest cut off from the broker, silently", from_broker(5, Proxy.drop)),
    Fault("N1 ingest held up, then delivered", from_broker(4, Proxy.hold)),
    Fault("N1 ingest cut off from the broker, with RST", from_broker(0, Proxy.reset)),
    Fault("N1 database held up, then delivered", to_database(4, Proxy.hold)),
    Fault("N1 database away, with RST", to_database(0, Proxy.reset)),
    Fault("N1 agents cut off for 2 minutes", to_broker(120, Proxy.drop), recover_s=LONG_S, is_long=True),
    Fault("N1 ingest cut off for 1 minute", from_broker(60, Proxy.drop), recover_s=LONG_S, is_long=True),
    Fault("N1 database away for 1 minute", to_database(60, Proxy.drop), recover_s=LONG_S, is_long=True),
    Fault("N2 the broker's answers lost to the agents", to_broker(6, lambda wire: wire.drop("down"))),
    Fault("N2 what agents say lost", to_broker(6, lambda wire: wire.drop("up")), is_long=True),
    Fault("N2 ingest's answers lost to the broker", from_broker(6, lambda wire: wire.drop("up"))),
    Fault("N2 what the broker says lost to ingest", from_broker(6, lambda wire: wire.drop("down"))),
    Fault("N2 the database's answers lost", to_database(4, lambda wire: wire.drop("down"))),
    Fault("N2 what ingest says lost", to_database(4, lambda wire: wire.drop("up")), is_long=True),
    Fault("N3 300 ms ± 100 ms to the broker", poor(_agents, 5, lambda wire: wire.delay(0.3, 0.1))),
    Fault("N3 300 ms ± 100 ms to ingest", poor(_ingest, 5, lambda wire: wire.delay(0.3, 0.1))),
    Fault("N3 50 ms ± 20 ms to the database", poor(_database, 4, lambda wire: wire.delay(0.05, 0.02))),
    Fault("N3 20 % loss to the broker", lossy(_agents, 6, 20)),
    Fault("N3 20 % loss to ingest", lossy(_ingest, 6, 20)),
    Fault("N3 64 kbit/s to the broker", poor(_agents, 6, lambda wire: wire.throttle(64_000))),
    Fault(
        "N3 8 kbit/s to the broker, less than is said", poor(_agents, 20, lambda wire: wire.throttle(8_000))
    ),
    Fault("N3 a minute of 20 % loss", lossy(_agents, 60, 20), recover_s=LONG_S, is_long=True),
    Fault(
        "N3 a minute of 64 kbit/s",
        poor(_agents, 60, lambda wire: wire.throttle(64_000)),
        recover_s=LONG_S,
        is_long=True,
    ),
    Fault("N4 one byte at a time to the broker", to_broker(3, lambda wire: wire.slice(1))),
    Fault("N4 one byte at a time to ingest", from_broker(3, lambda wire: wire.slice(1))),
    Fault("N4 seven bytes at a time to the database", to_database(3, lambda wire: wire.slice(7))),
)

"""Bad weather on the wires, as rows: cuts, silence, latency, broken packets."""

import time
from collections.abc import Callable

from chaos.fault import Deed, Fault
from chaos.proxy import Proxy


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


FAULTS = (
    Fault("N1 agents cut off long enough for the late lane", to_broker(15, Proxy.drop)),
    Fault("N1 agents cut off, silently", to_broker(5, Proxy.drop), is_long=True),
    Fault("N1 agents held up, then delivered", to_broker(4, Proxy.hold)),
    Fault("N1 agents cut off, with RST", to_broker(0, Proxy.reset)),
    Fault("N1 database away, silently", to_database(5, Proxy.drop)),
    Fault("N1 ingest cut off from the broker, silently", from_broker(5, Proxy.drop)),
    Fault("N1 ingest cut off from the broker, with RST", from_broker(0, Proxy.reset)),
    Fault("N1 database held up, then delivered", to_database(4, Proxy.hold)),
    Fault("N1 database away, with RST", to_database(0, Proxy.reset)),
    Fault("N2 the broker's and server's answers lost", to_broker(6, lambda wire: wire.drop("down"))),
    Fault("N2 the database's answers lost", to_database(4, lambda wire: wire.drop("down"))),
    Fault("N3 300 ms ± 100 ms to the broker", to_broker(5, lambda wire: wire.delay(0.3, 0.1))),
    Fault("N3 50 ms ± 20 ms to the database", to_database(4, lambda wire: wire.delay(0.05, 0.02))),
    Fault("N4 one byte at a time to the broker", to_broker(3, lambda wire: wire.slice(1))),
    Fault("N4 seven bytes at a time to the database", to_database(3, lambda wire: wire.slice(7))),
)

"""The faults of the wires, and kills inside the commit window. Adding one is adding a row.

Each begins, lasts, and is cleared; then every agent must get on: what it had numbered by then is committed
within a bound.
"""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from chaos import oracle
from chaos.proxy import Proxy
from chaos.system import System
from waiting import wait_until

RECOVER_S = 45.0
"""Until all is committed again: the longest pauses are the agent's own, 4 s doubled, and its backoff."""


@dataclass(frozen=True)
class Fault:
    """One row: what is done to which wire, and for how long."""

    name: str
    wire: str  # "broker": agents ↔ broker; "database": ingest ↔ database
    seconds: float
    begin: Callable[[Proxy], object]


NETWORK = (
    Fault("N1 agents cut off, silently", "broker", 6, Proxy.drop),
    Fault("N1 agents held up, then delivered", "broker", 5, Proxy.hold),
    Fault("N1 agents cut off, with RST", "broker", 0, Proxy.reset),
    Fault("N1 database away, silently", "database", 6, Proxy.drop),
    Fault("N1 database held up, then delivered", "database", 5, Proxy.hold),
    Fault("N1 database away, with RST", "database", 0, Proxy.reset),
    Fault("N2 the broker's and server's answers lost", "broker", 6, lambda wire: wire.drop("down")),
    Fault("N2 the database's answers lost", "database", 4, lambda wire: wire.drop("down")),
    Fault("N3 300 ms ± 100 ms to the broker", "broker", 6, lambda wire: wire.delay(0.3, 0.1)),
    Fault("N3 50 ms ± 20 ms to the database", "database", 4, lambda wire: wire.delay(0.05, 0.02)),
    Fault("N4 one byte at a time to the broker", "broker", 3, lambda wire: wire.slice(1)),
    Fault("N4 seven bytes at a time to the database", "database", 3, lambda wire: wire.slice(7)),
)


def strike(system: System, fault: Fault) -> dict[str, Any]:
    """Let a fault happen and pass; what it did.

    Raises:
        AssertionError: the agents do not get on again.
    """
    wire = system.to_broker if fault.wire == "broker" else system.to_database
    accepted = wire.accepted
    fault.begin(wire)
    time.sleep(fault.seconds)
    if fault.name.startswith("N4"):
        wire.reset()  # in the middle of a packet
    wire.clear()
    recovered_s = recover(system, fault.name)
    return {"fault": fault.name, "recovered_s": recovered_s, "reconnects": wire.accepted - accepted}


def recover(system: System, after: str) -> float:
    """Wait until every agent has committed what it has numbered by now; how long that took."""
    begun = time.monotonic()
    numbered = {agent: oracle.waiting(system.outbox(agent))[0] for agent in system.agents}

    def is_committed() -> bool:
        for agent, target in numbered.items():
            now, uncommitted = oracle.waiting(system.outbox(agent))
            if now - uncommitted < target:
                return False
        return True

    wait_until(is_committed, f"all is committed after: {after}", within_s=RECOVER_S, alive=system.process)
    return round(time.monotonic() - begun, 1)


def kill_around_commit(system: System, *, is_committed: bool) -> dict[str, Any]:
    """Kill ingest with its COMMIT on the wire (C2): it reaches the database, or it does not.

    Either way ingest never hears an answer, so nothing of the batch was acknowledged.
    """
    struck = threading.Event()
    wire = system.to_database

    def tap(piece: bytes) -> bool:
        if b"COMMIT" not in piece or struck.is_set():
            return True
        if is_committed:
            wire.drop("down")
        struck.set()
        return is_committed

    wire.tap = tap
    assert struck.wait(20), "ingest never said COMMIT"
    time.sleep(0.05)  # the database reads it
    in_flight = sum(oracle.waiting(system.outbox(agent))[1] for agent in system.agents)
    kill = system.kill("ingest", in_flight)
    assert kill is not None
    wire.clear()
    wait_until(lambda: kill.ready_s is not None, "ingest is ready again", within_s=60, alive=system.process)
    name = f"C2 killed with its COMMIT {'done' if is_committed else 'under way'}"
    return {"fault": name, "recovered_s": recover(system, name), "reconnects": 0}

"""What can happen besides a kill, as a table. Adding a fault is adding a row.

Each happens and passes; then every agent must get on: what it had numbered by then is committed within a
bound. Names begin with the fault's id in the list of faults (docs/faults.md).
"""

import contextlib
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import psutil
import psycopg

from chaos import oracle
from chaos.proxy import Proxy
from chaos.system import STOP_S, System
from lineshaft.runtime import ports, state
from waiting import wait_until

RECOVER_S = 45.0
"""Until all is committed again: the longest pauses are the agent's own, 4 s doubled, and its backoff."""
FROZEN_S = 6.0
"""Less than the supervisor's patience of 15 s, after which it kills."""
ENDS_S = 10.0
"""What a service has from SIGTERM to its end."""

Deed = Callable[[System], None]


@dataclass(frozen=True)
class Fault:
    """One row: its name, and what makes it happen and pass."""

    name: str
    happen: Deed


def strike(system: System, fault: Fault) -> dict[str, Any]:
    """Let a fault happen and pass, and see the agents get on.

    Raises:
        AssertionError: they do not, or the fault itself says what went wrong.
    """
    accepted = system.to_broker.accepted + system.to_database.accepted
    fault.happen(system)
    recovered_s = recover(system, fault.name)
    reconnects = system.to_broker.accepted + system.to_database.accepted - accepted
    return {"fault": fault.name, "recovered_s": recovered_s, "reconnects": reconnects}


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


def to_broker(seconds: float, begin: Callable[[Proxy], object]) -> Deed:
    """Bad weather between the agents and the broker."""
    return lambda system: _weather(system.to_broker, seconds, begin)


def to_database(seconds: float, begin: Callable[[Proxy], object]) -> Deed:
    """Bad weather between ingest and the database."""
    return lambda system: _weather(system.to_database, seconds, begin)


def _weather(wire: Proxy, seconds: float, begin: Callable[[Proxy], object]) -> None:
    begin(wire)
    time.sleep(seconds)
    if any(weather.slice_bytes for weather in wire.weather.values()):
        wire.reset()  # in the middle of a packet
    wire.clear()


def commit_under_way(system: System) -> None:
    """Kill ingest when it has said COMMIT, and the database does not hear it."""
    _kill_at_commit(system, is_heard=False)


def commit_done(system: System) -> None:
    """Kill ingest when the database has committed, and ingest does not hear it: nothing is acknowledged."""
    _kill_at_commit(system, is_heard=True)


def _kill_at_commit(system: System, *, is_heard: bool) -> None:
    struck = threading.Event()
    wire = system.to_database

    def tap(piece: bytes) -> bool:
        if b"COMMIT" not in piece or struck.is_set():
            return not struck.is_set() or is_heard
        if is_heard:
            wire.drop("down")
        struck.set()
        return is_heard

    wire.tap = tap
    assert struck.wait(20), "ingest never said COMMIT"
    time.sleep(0.05)  # the database reads it
    kill = system.kill("ingest")
    assert kill is not None
    wire.clear()
    system.until_back([kill])


def everything(system: System) -> None:
    """Kill every process at the same moment."""
    kills = [system.kill(name) for name in system.pids()]
    system.until_back([kill for kill in kills if kill])


def terminate(*services: str) -> Deed:
    """Ask services to end under load: each must, within its time and with code 0, and come back."""

    def happen(system: System) -> None:
        pids = {name: pid for name, pid in system.pids().items() if name in services}
        ended = [psutil.Process(pid) for pid in pids.values()]
        for process in ended:
            process.terminate()
        _, alive = psutil.wait_procs(ended, timeout=ENDS_S)
        assert not alive, f"not ended within {ENDS_S:g} s: {alive}"
        wait_until(
            lambda: all(system.pids().get(name, pid) != pid for name, pid in pids.items()),
            f"{' and '.join(services)} are back",
            within_s=STOP_S,
            alive=system.process,
        )
        rows = {row["service"]: row["last_exit"] for row in state.read(system.data_dir)["services"]}
        assert all(rows[name] == "exit code 0" for name in pids), rows

    return happen


def freeze(*services: str) -> Deed:
    """Stop processes as a debugger or a moving virtual machine does, and let them go on."""

    def happen(system: System) -> None:
        pids = system.pids()
        with contextlib.ExitStack() as stack:
            for name in services:
                stack.enter_context(_frozen(psutil.Process(pids[name])))
            time.sleep(FROZEN_S)

    return happen


@contextlib.contextmanager
def _frozen(process: psutil.Process) -> Iterator[None]:
    process.suspend()
    try:
        yield
    finally:
        process.resume()


def two_ingests(system: System) -> None:
    """A second ingest while the first one sleeps; then both, each throwing the other out of the broker."""
    first = psutil.Process(system.pids()["ingest"])
    environ = first.environ() | {"LINESHAFT_METRICS_PORT": str(ports.choose(["second"])["second"])}
    with (system.data_dir / "logs" / "ingest-second.log").open("ab") as log:
        second = subprocess.Popen(
            [sys.executable, "-m", "stream.ingest"], env=environ, stdin=subprocess.DEVNULL, stderr=log
        )
    try:
        with _frozen(first):
            time.sleep(FROZEN_S)
            recover(system, "a second ingest took over")
        time.sleep(FROZEN_S)
    finally:
        second.terminate()
        assert second.wait(ENDS_S) == 0


def lock(table: str, seconds: float) -> Deed:
    """Another session holds a table against everyone."""

    def happen(system: System) -> None:
        with psycopg.connect(system.database_url) as conn:
            conn.execute(f"LOCK TABLE lineshaft.{table} IN ACCESS EXCLUSIVE MODE".encode())
            time.sleep(seconds)

    return happen


# Ingest is killed with some time between: who dies soon after being ready, again and again, is made to wait.
FAULTS = (
    Fault("C1 everything at once", everything),
    Fault("C3 SIGTERM under load", terminate("ingest", "flow", "plant", "notify", "upkeep", "edge-agent-1")),
    Fault("C4 ingest and an agent frozen", freeze("ingest", "edge-agent-2")),
    Fault("C2 killed with its COMMIT done", commit_done),
    Fault("C4 flow, plant and web frozen", freeze("flow", "plant", "web")),
    Fault("C4 broker frozen", freeze("broker")),
    Fault("C4 postmaster frozen", freeze("postgres")),
    Fault("C4 a second ingest, and the first one back", two_ingests),
    Fault("C2 killed with its COMMIT under way", commit_under_way),
    Fault("O1 agents cut off long enough for the late lane", to_broker(15, Proxy.drop)),
    Fault("O6 the readings locked", lock("reading", 5)),
    Fault("O6 the journal locked", lock("journal", 5)),
    Fault("C2 killed with its COMMIT done, again", commit_done),
    Fault("N1 agents cut off, silently", to_broker(5, Proxy.drop)),
    Fault("N1 agents held up, then delivered", to_broker(4, Proxy.hold)),
    Fault("N1 agents cut off, with RST", to_broker(0, Proxy.reset)),
    Fault("N1 database away, silently", to_database(5, Proxy.drop)),
    Fault("C2 killed with its COMMIT under way, again", commit_under_way),
    Fault("N1 database held up, then delivered", to_database(4, Proxy.hold)),
    Fault("N1 database away, with RST", to_database(0, Proxy.reset)),
    Fault("N2 the broker's and server's answers lost", to_broker(6, lambda wire: wire.drop("down"))),
    Fault("N2 the database's answers lost", to_database(4, lambda wire: wire.drop("down"))),
    Fault("N3 300 ms ± 100 ms to the broker", to_broker(5, lambda wire: wire.delay(0.3, 0.1))),
    Fault("N3 50 ms ± 20 ms to the database", to_database(4, lambda wire: wire.delay(0.05, 0.02))),
    Fault("N4 one byte at a time to the broker", to_broker(3, lambda wire: wire.slice(1))),
    Fault("N4 seven bytes at a time to the database", to_database(3, lambda wire: wire.slice(7))),
)

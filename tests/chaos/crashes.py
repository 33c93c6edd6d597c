"""Ends and pauses of processes beside the random kills, as rows."""

import contextlib
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator

import psutil

from chaos.fault import Deed, Fault, recover
from chaos.patience import longer, wait_until
from chaos.proxy import Proxy
from chaos.system import STOP_S, System
from lineshaft.runtime import ports, state

FROZEN_S = 6.0
"""Less than the supervisor's patience of 15 s, after which it kills."""
LONG_FROZEN_S = 30.0
ENDS_S = 10.0
"""What a service has from SIGTERM to its end."""
PUBLISH = 3
"""The first four bits of that MQTT packet."""
STRUCK_S = 20.0
"""Until a service under load does what a trap waits for."""


def commit_under_way(system: System) -> None:
    """Kill ingest when it has said COMMIT, and the database does not hear it."""
    _kill_ingest_at(system, system.to_database, lambda piece: b"COMMIT" in piece, is_heard=False)


def commit_done(system: System) -> None:
    """Kill ingest when the database has committed, and ingest does not hear it: nothing is acknowledged."""
    _kill_ingest_at(system, system.to_database, lambda piece: b"COMMIT" in piece, is_heard=True)


def acknowledged(system: System) -> None:
    """Kill ingest when it has acknowledged, and its mark does not get out."""

    def is_mark_alone(piece: bytes) -> bool:
        return piece[0] >> 4 == PUBLISH and b"/_/mark" in piece

    _kill_ingest_at(system, system.from_broker, is_mark_alone, is_heard=False)


def _kill_ingest_at(system: System, wire: Proxy, is_it: Callable[[bytes], bool], *, is_heard: bool) -> None:
    struck = threading.Event()

    def tap(piece: bytes) -> bool:
        if struck.is_set() or not is_it(piece):
            return not struck.is_set() or is_heard
        if is_heard:
            wire.drop("down")
        struck.set()
        return is_heard

    wire.tap = tap
    assert struck.wait(longer(STRUCK_S)), "ingest never came to that point"
    time.sleep(0.05)  # who is to hear it, does
    kill = system.kill("ingest")
    assert kill is not None
    wire.clear()
    system.until_back([kill])


def everything(system: System) -> None:
    """Kill every process at the same moment."""
    kills = [system.kill(name) for name in system.pids()]
    system.until_back([kill for kill in kills if kill])


def supervisor(how: signal.Signals) -> Deed:
    """End the supervisor itself, and start it again."""
    return lambda system: {"all_ready_s": system.restart(how=how)}


def terminate(*services: str) -> Deed:
    """Ask services to end under load: each must, within its time and with code 0, and come back."""

    def happen(system: System) -> None:
        pids = {name: pid for name, pid in system.pids().items() if name in services}
        ended = [psutil.Process(pid) for pid in pids.values()]
        for process in ended:
            process.terminate()
        _, alive = psutil.wait_procs(ended, timeout=longer(ENDS_S))
        assert not alive, f"not ended within {longer(ENDS_S):g} s: {alive}"
        wait_until(
            lambda: all(system.pids().get(name, pid) != pid for name, pid in pids.items()),
            f"{' and '.join(services)} are back",
            within_s=STOP_S,
            alive=system.process,
        )
        rows = {row["service"]: row["last_exit"] for row in state.read(system.data_dir)["services"]}
        assert all(rows[name] == "exit code 0" for name in pids), rows

    return happen


def freeze(*services: str, seconds: float = FROZEN_S) -> Deed:
    """Stop processes as a debugger or a moving virtual machine does, and let them go on."""

    def happen(system: System) -> None:
        pids = system.pids()
        with contextlib.ExitStack() as stack:
            for name in services:
                stack.enter_context(_frozen(psutil.Process(pids[name])))
            time.sleep(seconds)

    return happen


@contextlib.contextmanager
def _frozen(process: psutil.Process) -> Iterator[None]:
    process.suspend()
    try:
        yield
    finally:
        with contextlib.suppress(psutil.NoSuchProcess):  # the supervisor's patience may have ended
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
        assert second.wait(longer(ENDS_S)) == 0


# Ingest is killed with some time between: who dies soon after being ready, again and again, is made to wait.
FAULTS = (
    Fault("C1 everything at once", everything),
    Fault("C3 SIGTERM under load", terminate("ingest", "flow", "plant", "notify", "upkeep", "edge-agent-1")),
    Fault("C4 ingest and an agent frozen", freeze("ingest", "edge-agent-2")),
    Fault("C2 killed between COPY and COMMIT", commit_under_way),
    Fault("C4 flow, plant and web frozen", freeze("flow", "plant", "web")),
    Fault("C4 broker frozen", freeze("broker")),
    Fault("C4 postmaster frozen", freeze("postgres")),
    Fault("C2 killed between COMMIT and PUBACK", commit_done),
    Fault("C4 a second ingest, and the first one back", two_ingests),
    Fault("C2 killed between PUBACK and mark", acknowledged),
    Fault("C1 the supervisor killed, and started again", supervisor(signal.SIGKILL)),
    Fault("C3 the supervisor told to stop, and started again", supervisor(signal.SIGTERM), is_long=True),
    *(
        Fault(f"C4 {name} frozen for 30 s", freeze(name, seconds=LONG_FROZEN_S), is_long=True)
        for name in (
            "postgres",
            "broker",
            "ingest",
            "flow",
            "plant",
            "upkeep",
            "notify",
            "web",
            "edge-agent-2",
        )
    ),
)

"""One load at a time through the whole system: flat out, or at a rate with its delays."""

import contextlib
import json
import secrets
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks import figures, watch
from benchmarks.browser import BROWSERS, Browsers, browser_s
from benchmarks.load import SITE
from benchmarks.system import EDGE, SOURCE, System
from benchmarks.watch import Made
from lineshaft.store.database import Connection

DRAIN_S = 300.0
LOOK_S = 0.02
GENERATED = "bench-%"
"""Names of the generator's agents; the real one beside them tells its state, which is counted too."""
# What the shard flow has stored of ours, counted by it in the transaction of the rows.
STORED = (
    "SELECT coalesce(sum(readings), 0)::bigint FROM flow_count"
    " WHERE site = %s AND agent LIKE %s AND result = 'stored'"
)
LAG = "SELECT (SELECT pos FROM journal_head) - coalesce(min(pos), 0) FROM sink_position WHERE sink = 'shard'"


@dataclass(frozen=True)
class Wanted:
    """What is to be measured."""

    per_message: int
    rate: float = 0.0
    """Readings a second; 0: flat out."""
    seconds: float = 10.0
    agents: int = 100
    window: int = 100


@dataclass
class Sending:
    """The generator at work in its own process."""

    boot: str
    log: Path
    process: "subprocess.Popen[bytes]"
    said: dict[str, Any] = field(default_factory=dict)

    def wait(self) -> None:
        """Until all it sent is committed.

        Raises:
            RuntimeError: it failed, or something does not get committed.
        """
        out, _ = self.process.communicate()
        if self.process.returncode:
            raise RuntimeError("the load generator failed")
        self.said = json.loads(out)

    def made(self) -> Made:
        """What it made when."""
        with np.load(self.log) as log:
            return Made.of(log["agent"], log["made_ms"])


@contextmanager
def sending(system: System, wanted: Wanted) -> Iterator[Sending]:
    """Start the generator; ended at the end, if it has not ended itself."""
    boot = secrets.token_hex(6)
    with tempfile.TemporaryDirectory(prefix="lineshaft-bench-") as folder:
        log = Path(folder, "log.npz")
        command = [
            *(sys.executable, "-m", "benchmarks.load", "--url", system.broker_url, "--boot", boot),
            *("--per-message", str(wanted.per_message), "--rate", str(wanted.rate)),
            *("--seconds", str(wanted.seconds), "--agents", str(wanted.agents)),
            *("--window", str(wanted.window), "--log", str(log)),
        ]
        with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
            try:
                yield Sending(boot, log, process)
            finally:
                process.terminate()


def flat_out(system: System, wanted: Wanted) -> dict[str, Any]:
    """As fast as the windows allow: from the first message's making to the commit of the last results."""
    processes = system.processes()
    with system.connect() as conn:
        before, size = stored(conn), figures.disk(conn)
        meter = figures.Meter.start(processes)
        with sending(system, wanted) as load:
            load.wait()
            expected = load.said["readings"]
            until_stored(conn, before + expected)
            took_s = time.time() - load.said["begin_s"]
            used = {**meter.used_s(), "generator": load.said["cpu_s"]}
        grown = figures.disk(conn).since(size, expected)
    # A burst's readings are a little ahead of the clock: the next ones must not have their instants again.
    time.sleep(max(0.0, load.said["last_ms"] / 1000 - time.time()))
    messages = load.said["messages"]
    return {
        "readings_a_message": wanted.per_message,
        "seconds": round(took_s, 2),
        "messages_s": round(messages / took_s),
        "readings_s": round(expected / took_s),
        "cores": {name: round(cpu / took_s, 3) for name, cpu in used.items()},
        "cpu_us_a_message": {name: round(cpu / messages * 1e6, 1) for name, cpu in used.items()},
        "memory_mb": figures.memory(processes),
        "bytes_a_reading": grown,
        "messages": messages,
        "resent": load.said["resent"],
    }


def edge(system: System, wanted: Wanted, number: int) -> dict[str, Any]:
    """One real agent with its outbox on disk, fed as fast as it takes: until the last results are committed.

    Args:
        system: it has the agent.
        wanted: how large messages are, and for how long its source prints.
        number: of the run, from 1.
    """
    processes = system.processes()
    folder = system.data_dir / SOURCE
    with system.connect() as conn:
        before, meter = stored(conn, EDGE), figures.Meter.start(processes)
        order = {"per_message": wanted.per_message, "seconds": wanted.seconds}
        draft = folder / f"{number}.draft"
        draft.write_text(json.dumps(order), encoding="utf-8")
        draft.rename(folder / f"{number}.json")
        deadline = time.monotonic() + wanted.seconds + DRAIN_S
        while not (done := folder / f"{number}.done").exists() and time.monotonic() < deadline:
            time.sleep(LOOK_S)
        said = json.loads(done.read_text(encoding="utf-8"))
        readings = said["messages"] * wanted.per_message
        until_stored(conn, before + readings, EDGE)
        took_s = time.time() - said["begin_s"]
        used = meter.used_s()
    return {
        "readings_a_message": wanted.per_message,
        "messages": said["messages"],
        "messages_s": round(said["messages"] / took_s),
        "readings_s": round(readings / took_s),
        "seconds": round(took_s, 2),
        "cores": {name: round(cpu / took_s, 3) for name, cpu in used.items()},
        "cpu_us_a_message": {name: round(cpu / said["messages"] * 1e6, 1) for name, cpu in used.items()},
        "memory_mb": figures.memory(processes),
    }


@dataclass
class Pressure:
    """How far the results were behind, and how much memory everything took, looked at each second."""

    lag: list[int] = field(default_factory=list)
    memory_mb: list[float] = field(default_factory=list)

    def look(self, system: System, conn: Connection) -> None:
        """Once."""
        row = conn.execute(LAG).fetchone()
        self.lag.append(int(row[0]) if row else 0)
        self.memory_mb.append(figures.memory(system.processes())["all"])


def steady(system: System, wanted: Wanted) -> dict[str, Any]:
    """At a rate: how long until each message is committed, can be queried, and is in a browser."""
    processes, pressure = system.processes(), Pressure()
    meter = figures.Meter.start(processes)
    machines = list(range(0, wanted.agents, max(1, wanted.agents // BROWSERS)))[:BROWSERS]
    with contextlib.ExitStack() as stack:
        conn = stack.enter_context(system.connect())
        before, restarts = stored(conn), system.restarts()
        results = stack.enter_context(watch.queryable(system.connect()))
        browsers = stack.enter_context(Browsers(system, machines))
        load = stack.enter_context(sending(system, wanted))
        journal = stack.enter_context(watch.committed(system.connect(), load.boot))
        while load.process.poll() is None:
            pressure.look(system, conn)
            time.sleep(1)
        load.wait()
        until_stored(conn, before + load.said["readings"])
        took_s = time.time() - load.said["begin_s"]
        used = {**meter.used_s(), "generator": load.said["cpu_s"]}
        time.sleep(1.0)  # the browsers' turn to hear of the last ones
        made = load.made()
    return {
        "readings_a_message": wanted.per_message,
        "asked_readings_s": wanted.rate,
        "readings_s": round(load.said["readings"] / took_s),
        "seconds": round(took_s, 2),
        "journal": figures.percentiles(watch.journal_s(made, journal)),
        "queryable": figures.percentiles(watch.queryable_s(made, results, wanted.per_message)),
        "browser": figures.percentiles(browser_s(made, browsers)),
        "cores": {name: round(cpu / took_s, 3) for name, cpu in used.items()},
        "memory_mb": figures.memory(processes),
        "most_memory_mb": max(pressure.memory_mb),
        "most_behind_messages": max(pressure.lag),
        "restarts": system.restarts() - restarts,
        "messages": load.said["messages"],
        "resent": load.said["resent"],
        "generator_late_s": load.said["worst_late_s"],
    }


def stored(conn: Connection, agents: str = GENERATED) -> int:
    """Readings that are stored, as the flow counts them, of agents whose names are like that."""
    row = conn.execute(STORED, (SITE, agents)).fetchone()
    return int(row[0]) if row else 0


def until_stored(conn: Connection, expected: int, agents: str = GENERATED) -> None:
    """Wait until the results of so many readings are committed.

    Raises:
        RuntimeError: it takes too long: something is lost, or stands still.
    """
    deadline = time.monotonic() + DRAIN_S
    while stored(conn, agents) < expected:
        if time.monotonic() > deadline:
            raise RuntimeError(f"{stored(conn, agents)} of {expected} readings are stored")
        time.sleep(LOOK_S)


# By the rows themselves, not by anybody's count of them.
_ROWS = """
    SELECT count(*), coalesce(sum(n), 0)::bigint FROM (
        SELECT count(*) AS n FROM reading JOIN signal USING (signal_id) JOIN device USING (device_id)
        WHERE device.site = %s GROUP BY signal_id, ts) AS each_instant
"""


def books(system: System, sent: int) -> dict[str, int]:
    """What was sent, and what rows there are of it: none missing, none twice."""
    with system.connect() as conn:
        conn.execute("SET work_mem = '256MB'")
        different, rows = conn.execute(_ROWS, (SITE,)).fetchone() or (0, 0)
    return {"readings_sent": sent, "rows": rows, "lost": sent - different, "doubled": rows - different}

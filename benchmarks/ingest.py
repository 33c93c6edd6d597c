"""How fast readings get from a device to the database, and how soon: `python -m benchmarks.ingest`.

Two phases on one machine with everything on it, the generator too:

- *steady*: readings a second as asked for, from 100 agents, one message of 100 readings each a second; how
  long from a message's making until its journal row is committed (the mark), and until its results are.
- *full*: as fast as the window of 1,000 uncommitted messages allows; readings a second, from the first
  message to the commit of the last one's results.

Nothing is left out of the times: the generator, the network, the broker and the flow are in them.
"""

import argparse
import json
import os
import platform
import secrets
import sys
import tempfile
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.load import READINGS, ROWS, SITE, Load, now_us
from benchmarks.system import System, cpu_s, memory_mb, running
from lineshaft.store.database import Connection

POLL_S = 0.01
DRAIN_S = 120.0

# What the shard flow has stored of ours, counted by it in the transaction of the rows.
STORED = "SELECT coalesce(sum(readings), 0)::bigint FROM flow_count WHERE site = %s AND result = 'stored'"
NEWEST = """
    SELECT d.agent, (extract(epoch FROM l.ts) * 1000000)::bigint
    FROM latest_reading l JOIN signal s USING (signal_id) JOIN device d USING (device_id)
    WHERE d.site = %s AND s.name = 'temp'
"""


@dataclass
class Watch:
    """Looks how far the results are, in a thread of its own with a connection of its own."""

    system: System
    load: Load
    stored_s: list[float] = field(default_factory=list)
    """Message made → its results visible to another connection, in seconds; up to 10 ms too long."""
    _seen: dict[str, int] = field(default_factory=dict)
    _stop: threading.Event = field(default_factory=threading.Event)

    def run(self) -> None:
        """Until `stop`: each agent's newest stored time is that of its newest stored message."""
        with self.system.connect() as conn:
            while not self._stop.wait(POLL_S):
                rows = conn.execute(NEWEST, (SITE,)).fetchall()
                at_us = now_us()
                for agent, newest_us in rows:
                    if newest_us > self._seen.get(agent, 0):
                        self._seen[agent] = newest_us
                        self.stored_s.append((at_us - newest_us) / 1e6)

    def stop(self) -> None:
        """End the thread soon."""
        self._stop.set()


def steady(system: System, load: Load, rate: int, seconds: float) -> dict[str, Any]:
    """Offer messages at a rate and see when they are committed."""
    watch = Watch(system, load)
    thread = threading.Thread(target=watch.run)
    thread.start()
    load.committed_s.clear()
    every_s = READINGS / rate
    # Each agent's rows are spread over the time since its last message.
    spacing_us = max(1, int(every_s * len(load.agents) / ROWS * 0.9 * 1e6))
    begin, number, late = time.monotonic(), 0, 0
    while time.monotonic() - begin < seconds:
        wait_s = begin + number * every_s - time.monotonic()
        if wait_s > 0:
            time.sleep(wait_s)
        elif wait_s < -0.1:
            late += 1
        if load.offer(spacing_us):
            number += 1
    made_s = time.monotonic() - begin
    drain(system, load)
    watch.stop()
    thread.join()
    return {
        "readings_s": round(number * READINGS / made_s),
        "asked_s": rate,
        "late_messages": late,
        "journal_s": percentiles(load.committed_s),
        "stored_s": percentiles(watch.stored_s),
    }


def full(system: System, load: Load, seconds: float) -> dict[str, Any]:
    """Offer as much as the window takes."""
    with system.connect() as conn:
        before = stored(conn)
    begin = time.monotonic()
    number = 0
    while time.monotonic() - begin < seconds:
        if load.offer(5):
            number += 1
        else:
            time.sleep(0.001)
    drain(system, load)
    took_s = time.monotonic() - begin
    with system.connect() as conn:
        made = stored(conn) - before
    return {"readings_s": round(made / took_s), "messages": number, "seconds": round(took_s, 2)}


def drain(system: System, load: Load) -> None:
    """Wait until everything sent is stored.

    Raises:
        RuntimeError: it takes too long: something is lost, or stands still.
    """
    deadline = time.monotonic() + DRAIN_S
    with system.connect() as conn:
        while load.in_flight or stored(conn) < load.sent * READINGS:
            load.again_if_stalled()
            if time.monotonic() > deadline:
                found = f"{stored(conn)} of {load.sent * READINGS} readings stored"
                raise RuntimeError(f"{found}, {load.in_flight} messages not committed")
            time.sleep(0.02)


def stored(conn: Connection) -> int:
    """Readings of the benchmark's agents that are in the database."""
    row = conn.execute(STORED, (SITE,)).fetchone()
    return int(row[0]) if row else 0


def percentiles(seconds: list[float]) -> dict[str, float]:
    """p50, p95 and p99 in milliseconds, and of how many."""
    if not seconds:
        return {"n": 0}
    p50, p95, p99 = np.percentile(seconds, [50, 95, 99]) * 1000
    return {"n": len(seconds), "p50_ms": round(p50, 1), "p95_ms": round(p95, 1), "p99_ms": round(p99, 1)}


def measure(system: System, wanted: argparse.Namespace) -> dict[str, Any]:
    """Both phases, with the CPU and memory of each process over both."""
    processes = system.processes()
    # A boot of its own: a database that has seen an earlier run takes this one for new.
    with Load(system.broker_url, wanted.agents, secrets.token_hex(6)) as load:
        phases: dict[str, Any] = {}
        for name, run in (
            ("steady", lambda: steady(system, load, wanted.rate, wanted.seconds)),
            ("full", lambda: full(system, load, wanted.full_seconds)),
        ):
            before, begin = {n: cpu_s(p) for n, p in processes.items()}, time.monotonic()
            phases[name] = run()
            took_s = time.monotonic() - begin
            phases[name]["cpu"] = {n: round((cpu_s(p) - before[n]) / took_s, 3) for n, p in processes.items()}
        with system.connect() as conn:
            surplus = stored(conn) - load.sent * READINGS
        memory = {name: round(memory_mb(process), 1) for name, process in processes.items()}
        books = {
            "readings_sent": load.sent * READINGS,
            "surplus_stored": surplus,
            "messages_resent": load.resent,
        }
    return {
        "machine": {
            "cpu": platform.processor() or platform.machine(),
            "cores": os.cpu_count(),
            "python": platform.python_version(),
        },
        "readings_a_message": READINGS,
        **phases,
        "memory_mb": memory | {"all": round(sum(memory.values()), 1)},
        "books": books,
    }


def table(found: dict[str, Any]) -> str:
    """The figures for people."""
    lines = []
    steady_, full_ = found["steady"], found["full"]
    lines.append(f"steady  {steady_['readings_s']:>9,} readings/s ({steady_['asked_s']:,} asked for)")
    for what in ("journal_s", "stored_s"):
        at = {"p50_ms": 0, "p95_ms": 0, "p99_ms": 0} | steady_[what]
        lines.append(
            f"        made → {what[:-2]:<8} p50 {at['p50_ms']:>7} ms"
            f"  p95 {at['p95_ms']:>7} ms  p99 {at['p99_ms']:>7} ms"
        )
    lines.append(f"full    {full_['readings_s']:>9,} readings/s over {full_['seconds']} s")
    lines.append(f"books   {found['books']}")
    lines.append(f"{'process':<12}{'cores steady':>14}{'cores full':>12}{'memory MB':>12}")
    for name, memory in found["memory_mb"].items():
        steady_cpu, full_cpu = steady_["cpu"].get(name, ""), full_["cpu"].get(name, "")
        lines.append(f"{name:<12}{steady_cpu:>14}{full_cpu:>12}{memory:>12}")
    return "\n".join(lines)


def main(arguments: list[str] | None = None) -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.ingest", description=__doc__.split("\n")[0])
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")
    parser.add_argument("--rate", type=int, default=10_000, help="readings a second of the steady phase")
    parser.add_argument("--seconds", type=float, default=20.0, help="how long the steady phase lasts")
    parser.add_argument(
        "--full-seconds", type=float, default=10.0, help="how long the full phase offers messages"
    )
    parser.add_argument("--agents", type=int, default=100)
    parser.add_argument("--data-dir", type=Path, help="an empty folder to keep (default: a temporary one)")
    wanted = parser.parse_args(arguments)
    database_url = os.environ.get("LINESHAFT_DATABASE_URL", "")
    broker_url = os.environ.get("LINESHAFT_BROKER_URL", "")
    with tempfile.TemporaryDirectory(prefix="lineshaft-bench-") as temporary:
        folder = wanted.data_dir or Path(temporary) / "data"
        with running(folder, broker_url, database_url) as system:
            found = measure(system, wanted)
    print(json.dumps(found, indent=1) if wanted.json else table(found))
    return 0


if __name__ == "__main__":
    sys.exit(main())

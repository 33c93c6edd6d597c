"""How fast the shard flow goes from the journal to the tables, and how long a reading takes on its way.

    python -m benchmarks.flow --url postgresql://… [--readings-per-message 100] [--json]

It fills the journal of an empty migrated database with messages of many machines and ticks of one a second,
starts the flow as a process of its own, and watches `sink_position`. With `--rate` it appends at that pace
instead, and measures how long after its receipt a row is committed (as the flow's own histogram counts it).
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
import urllib.request
from typing import Any

import msgspec
import numpy as np

from lineshaft.clock import system_clock
from lineshaft.runtime import ports
from lineshaft.store import bundles, journal
from lineshaft.store.database import Connection, connect
from lineshaft.wire.topics import SHARDS, shard_of

SIGNALS = ("temp", "vib", "current", "pressure", "flow")
DEVICES = 200
APPEND = 500


def bodies(per_message: int, rng: np.random.Generator, ts_ms: int) -> bytes:
    """One message of `per_message` readings."""
    names = SIGNALS[: min(len(SIGNALS), per_message)]
    rows = max(per_message // len(names), 1)
    values = (50 + rng.normal(size=(rows, len(names)))).round(3).tolist()
    return msgspec.json.encode(
        {"v": 1, "ts": ts_ms, "n": names, "r": [[10 * n, *row] for n, row in enumerate(values)]}
    )


def entry(device: int, number: int, body: bytes, now_us: int) -> journal.Entry:
    """A journal row of one of the devices, eight to an agent."""
    agent = f"agent-{device // 8}"
    topic = f"lineshaft/v1/bench/{agent}/machine-{device}/m"
    return journal.Entry(shard_of("bench", agent), now_us, "bench", agent, "b", 0, number, topic, None, body)


def tick(now_us: int) -> journal.Entry:
    """A control row that moves time on."""
    return journal.Entry(-1, now_us, None, None, None, None, None, "_/tick", None, b"")


def fill(conn: Connection, messages: int, per_message: int) -> int:
    """Fill the journal as if the messages had come at 1,000 a second; gives the last position."""
    rng, start_us = np.random.default_rng(7), system_clock()
    first = 0
    for at in range(0, messages, APPEND):
        now_us = start_us + at * 1_000
        some = [
            entry((at + n) % DEVICES, at + n, bodies(per_message, rng, now_us // 1000 + n), now_us)
            for n in range(min(APPEND, messages - at))
        ]
        if at % 1_000 == 0:
            some.append(tick(now_us))
        first = journal.append(conn, some) + len(some) - 1
        conn.commit()
    return first


def pace(conn: Connection, rate: float, per_message: int, seconds: float) -> int:
    """Append messages at a rate, as ingest does: small commits; gives the last position."""
    rng = np.random.default_rng(7)
    begun, sent, ticked, last = time.monotonic(), 0, 0, 0
    while (passed := time.monotonic() - begun) < seconds:
        due = int(passed * rate) - sent
        now_us = system_clock()
        some = [
            entry((sent + n) % DEVICES, sent + n, bodies(per_message, rng, now_us // 1000), now_us)
            for n in range(due)
        ]
        if int(passed) >= ticked:
            some, ticked = [*some, tick(now_us)], ticked + 1
        if some:
            last = journal.append(conn, some) + len(some) - 1
            conn.commit()
        sent += due
        time.sleep(0.005)
    return last


def start(url: str, folder: str, port: int) -> subprocess.Popen[bytes]:
    """The flow as a process of its own."""
    environment = {
        **os.environ, "LINESHAFT_DATABASE_URL": url, "LINESHAFT_DATA_DIR": folder,
        "LINESHAFT_METRICS_PORT": str(port), "LINESHAFT_LOG_LEVEL": "WARNING",
    }  # fmt: skip
    return subprocess.Popen([sys.executable, "-m", "stream.flow"], env=environment)


def reached(conn: Connection) -> int:
    """The position that all shards have written."""
    found = bundles.positions(conn)
    conn.rollback()
    return min(found.values()) if len(found) == SHARDS else 0


def metrics(port: int) -> dict[str, float]:
    """The flow's own figures."""
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=5) as answer:
        lines = answer.read().decode().splitlines()
    return {
        name: float(value) for name, _, value in (line.rpartition(" ") for line in lines if line[0] != "#")
    }


def quantile(found: dict[str, float], share: float) -> float:
    """The upper edge of the histogram's bucket that a share of the commits is within, in seconds."""
    name = "lineshaft_flow_latency_seconds"
    total = found[f"{name}_count"]
    edges = [key for key in found if key.startswith(f"{name}_bucket")]
    return next(float(key.split('"')[1]) for key in edges if found[key] >= share * total)


def measure(arguments: argparse.Namespace) -> dict[str, Any]:
    """Run one measurement."""
    per_message = arguments.readings_per_message
    port = ports.choose(["flow"])["flow"]
    with connect(arguments.url) as conn, tempfile.TemporaryDirectory() as folder:
        last = 0 if arguments.rate else fill(conn, arguments.messages, per_message)
        process = start(arguments.url, folder, port)
        try:
            while (first := reached(conn)) == 0 and last:
                time.sleep(0.002)
            begun = time.monotonic()
            if arguments.rate:
                last = pace(conn, arguments.rate / per_message, per_message, arguments.seconds)
            while reached(conn) < last:
                time.sleep(0.01)
            took = time.monotonic() - begun
            found = metrics(port)
        finally:
            process.terminate()
            process.wait(30)
    commits = found["lineshaft_flow_commits_total"]
    result: dict[str, Any] = {
        "readings_per_message": per_message,
        "commits": commits,
        "flow_cpu_s": round(found["process_cpu_seconds_total"], 2),
        "flow_memory_mb": round(found["process_resident_memory_bytes"] / 1e6),
        "seconds_in_commits": round(found["lineshaft_flow_commit_seconds_sum"], 2),
    }
    if arguments.rate:
        return {
            **result,
            "readings_s": arguments.rate,
            "latency_p50_below_s": quantile(found, 0.5),
            "latency_p99_below_s": quantile(found, 0.99),
        }
    return {**result, "readings_s": round((last - first) / (last / arguments.messages) * per_message / took)}


def main() -> None:
    """Measure, and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--url", required=True, help="an empty migrated database, as its owner")
    parser.add_argument("--messages", type=int, default=20_000, help="how many are in the journal")
    parser.add_argument("--readings-per-message", type=int, default=100)
    parser.add_argument("--rate", type=float, default=0.0, help="readings a second; measures latency instead")
    parser.add_argument("--seconds", type=float, default=20.0, help="how long, with --rate")
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    result = measure(arguments)
    if arguments.json:
        print(json.dumps(result))
    else:
        for name, value in result.items():
            print(f"{name:24} {value}")


if __name__ == "__main__":
    main()

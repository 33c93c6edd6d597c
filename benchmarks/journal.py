"""Ceilings of the way into the journal: `python -m benchmarks.journal`.

- *parse*: bytes of a broker to messages, one core, no network;
- *append*: messages to committed journal rows, as ingest does it, by the size of its batches;
- *way*: broker to journal, with everything on this machine but the flow, as fast as the generator may.

All for messages of one reading; CPU of each process in microseconds a message.
"""

import argparse
import json
import os
import secrets
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from threading import Event
from typing import Any

import psutil

from benchmarks import mqtt
from benchmarks.load import Generator, Plan
from lineshaft.broker.message import Message
from lineshaft.broker.parser import Parser
from lineshaft.runtime import broker, ports
from lineshaft.store.database import connect
from lineshaft.store.migrate import migrate
from stream.append import Appender
from stream.ledger import Arrival
from stream.settings import StreamSettings

AGENTS = 100
BODY = b'{"v":1,"ts":1763700000000,"n":["temp"],"r":[[0,21.5]]}'
BATCHES = (20, 200, 2_000)
CHUNK = 64 * 1024
START_S = 20.0


def stream_of(count: int) -> bytes:
    """What a broker sends for messages of `AGENTS` agents in turn."""
    packets = []
    for n in range(count):
        agent, seq = f"bench-{n % AGENTS:03}", n // AGENTS + 1
        fixed = {"boot": "a1b2c3d4e5f6", "lane": "live", "agent": agent, "seq": str(seq), "lo": "1"}
        extra = mqtt.user_properties(fixed)
        rest = mqtt.text(f"lineshaft/v1/bench/{agent}/machine/m") + (n % 65_535 + 1).to_bytes(2, "big")
        rest += mqtt.varint(len(extra)) + extra + BODY
        packets.append(b"\x32" + mqtt.varint(len(rest)) + rest)
    return b"".join(packets)


def parsed(count: int) -> tuple[list[Message], float]:
    """The messages, and the microseconds each took."""
    came, parser = stream_of(count), Parser()
    begin = time.process_time()
    found = [packet for at in range(0, len(came), CHUNK) for packet in parser.feed(came[at : at + CHUNK])]
    took_us = (time.process_time() - begin) / count * 1e6
    return [packet for packet in found if isinstance(packet, Message)], took_us


def append(settings: StreamSettings, size: int, count: int) -> dict[str, float]:
    """Commit messages in batches of a size."""
    messages, _ = parsed(count)
    now_us = time.time_ns() // 1000
    boot = secrets.token_hex(6)  # nobody has sent under it: all are new
    arrivals = [Arrival(m._replace(properties=[("boot", boot), *m.properties[1:]]), now_us) for m in messages]
    appender = Appender(settings, Event())
    appender.append([])
    begin_s, begin_cpu = time.perf_counter(), time.process_time()
    for at in range(0, count, size):
        appender.append(arrivals[at : at + size])
    took_s, cpu = time.perf_counter() - begin_s, time.process_time() - begin_cpu
    appender.close()
    return {"messages_s": round(count / took_s), "ingest_us": round(cpu / count * 1e6, 1)}


def way(settings: StreamSettings, server: int, seconds: float) -> dict[str, Any]:
    """From the generator to the journal."""
    environment = {
        **os.environ,
        "LINESHAFT_DATABASE_URL": settings.database_url,
        "LINESHAFT_BROKER_URL": settings.broker_url,
        "LINESHAFT_METRICS_PORT": "0",
    }
    old = _backends(settings)
    ingest = subprocess.Popen(
        [sys.executable, "-m", "stream.ingest"], env=environment, stderr=subprocess.DEVNULL
    )
    try:
        processes = {"ingest": ingest.pid, "broker": server, "postgres": _new_backend(settings, old)}
        generator = Generator(Plan(settings.broker_url, per_message=1, seconds=seconds, agents=AGENTS))
        before, begin_s = {name: _cpu_s(pid) for name, pid in processes.items()}, time.perf_counter()
        generator.run()
        took_s, count = time.perf_counter() - begin_s, len(generator.agent_of)
        generator.close()
        each = {name: (_cpu_s(pid) - before[name]) / count * 1e6 for name, pid in processes.items()}
        return {
            "messages_s": round(count / took_s),
            **{f"{name}_us": round(used, 1) for name, used in each.items()},
        }
    finally:
        ingest.terminate()
        ingest.wait(10)


def _backends(settings: StreamSettings) -> set[int]:
    """The database's processes that serve an ingest."""
    with connect(settings.database_url) as conn:
        rows = conn.execute("SELECT pid FROM pg_stat_activity WHERE application_name = 'lineshaft ingest'")
        return {pid for (pid,) in rows}


def _new_backend(settings: StreamSettings, old: set[int]) -> int:
    deadline = time.monotonic() + START_S
    while time.monotonic() < deadline:
        new = _backends(settings) - old
        if new:
            return new.pop()
        time.sleep(0.1)
    raise TimeoutError("ingest has no connection to the database")


def _cpu_s(pid: int) -> float:
    times = psutil.Process(pid).cpu_times()
    return float(times.user + times.system)


def measure(database_url: str, seconds: float, count: int) -> dict[str, Any]:
    """All three; the database is migrated and written to."""
    migrate(database_url)
    access = broker.Access("bench", secrets.token_hex(8), ("readwrite #",))
    account, port = broker.runs_as(), ports.choose(["broker"])["broker"]
    with tempfile.TemporaryDirectory(prefix="lineshaft-bench-") as folder:
        Path(folder).chmod(0o711)  # the broker may run under an account of its own
        command = broker.prepare(Path(folder) / "broker", port, [access], account)
        server = subprocess.Popen(command, cwd="/", stderr=subprocess.DEVNULL, **account.spawn_arguments())
        try:
            while ports.is_free(port):
                time.sleep(0.05)
            settings = StreamSettings(
                database_url, "", "lineshaft", access.url(port), "", 0, "WARNING", ingest_rate=0
            )
            return {
                "parse_us": round(parsed(count)[1], 1),
                "append": {str(size): append(settings, size, min(count, size * 200)) for size in BATCHES},
                "way": way(settings, server.pid, seconds),
            }
        finally:
            server.terminate()
            server.wait(10)


def main(arguments: list[str] | None = None) -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.journal", description=__doc__.split("\n")[0])
    parser.add_argument("--database", required=True, help="URL of an empty database, which is written to")
    parser.add_argument("--seconds", type=float, default=8.0, help="how long the whole way is loaded")
    parser.add_argument("--messages", type=int, default=100_000, help="of the other two")
    wanted = parser.parse_args(arguments)
    print(json.dumps(measure(wanted.database, wanted.seconds, wanted.messages), indent=1))
    return 0


if __name__ == "__main__":
    sys.exit(main())

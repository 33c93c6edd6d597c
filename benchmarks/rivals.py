"""What a user would pick instead, under the same load, on the same broker and database settings.

A row is a loop of some fifty lines (`naive.py`), and a flow in Node-RED (`node_red.py`). Neither asks the
generator to wait, so each gets a fixed number of messages that the broker can hold, flat out; the clock runs
from the first one's making to the commit of the last row.
"""

import json
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

from benchmarks import figures, node_red
from benchmarks.bare import Bare, bare
from lineshaft.runtime import ports
from lineshaft.store.database import Connection

MESSAGES = {1: 20_000, 10: 20_000, 100: 4_000}
"""For each size: some seconds' work for the slowest, and less than the broker's queue holds."""
STILL_S = 10.0
"""Without a new row for so long, what is missing is lost."""

_TABLE = """
    DROP TABLE IF EXISTS rival;
    CREATE TABLE rival (ts timestamptz NOT NULL, signal_id integer NOT NULL, quality smallint NOT NULL,
                        value double precision NOT NULL, pos bigint NOT NULL);
    CREATE INDEX ON rival (signal_id, ts);
"""

Command = Callable[[Bare, Path], list[str]]


@dataclass(frozen=True)
class Rival:
    """Something to run instead."""

    name: str
    command: Command


def rivals_without_npm() -> list[Rival]:
    """Those that need nothing but this repository."""
    return [Rival("paho and executemany", _naive)]


def rivals() -> tuple[list[Rival], list[str]]:
    """Those that can run here, and why others cannot."""
    found = rivals_without_npm()
    folder = node_red.installed()
    if folder is None:
        return found, ["Node-RED is left out: it needs npm, and npm's registry"]
    found.append(Rival(f"Node-RED {node_red.version(folder)}", _node_red))
    return found, []


def _naive(on: Bare, _: Path) -> list[str]:
    return [
        *(sys.executable, "-m", "benchmarks.naive"),
        *("--broker", on.broker_url, "--database", on.database_url),
    ]


def _node_red(on: Bare, here: Path) -> list[str]:
    folder = node_red.installed() or here
    port = ports.choose(["node-red"])["node-red"]
    return node_red.prepare(folder, here, broker=on.broker_url, database=on.database_url, port=port)


def measure(
    folder: Path, sizes: Sequence[int] = (1, 10, 100), share: float = 1.0, database_url: str = ""
) -> dict[str, Any]:
    """Each rival with each size.

    Args:
        folder: an empty one.
        sizes: readings a message.
        share: of `MESSAGES`.
        database_url: of a server's database; default: an embedded one.
    """
    some, notes = rivals()
    with bare(folder / "servers", database_url) as on:
        rows = [
            one(on, rival, size, int(MESSAGES[size] * share), folder / "rival")
            for rival in some
            for size in sizes
        ]
    return {"rows": rows, "notes": notes}


def one(on: Bare, rival: Rival, size: int, messages: int, folder: Path) -> dict[str, Any]:
    """One rival with messages of one size."""
    folder.mkdir(exist_ok=True)
    with ExitStack() as stack:
        conn = stack.enter_context(on.connect())
        conn.execute(_TABLE)
        log = stack.enter_context((folder / "log").open("ab"))
        process = subprocess.Popen(rival.command(on, folder), stdout=log, stderr=log)
        stack.callback(_stop, process)
        _until_it_listens(on, conn, process)
        processes = on.processes() | {"consumer": psutil.Process(process.pid)}
        meter = figures.Meter.start(processes)
        said = _send(on.broker_url, size, messages)
        stored, until_s = _until_still(conn, said["readings"])
        used = {**meter.used_s(), "generator": said["cpu_s"]}
        memory = figures.memory(processes)
    took_s = until_s - said["begin_s"]
    return {
        "name": rival.name,
        "readings_a_message": size,
        "messages_s": round(stored / size / took_s),
        "readings_s": round(stored / took_s),
        "lost": said["readings"] - stored,
        "cores": {name: round(cpu / took_s, 3) for name, cpu in used.items()},
        "memory_mb": memory,
    }


def _stop(process: "subprocess.Popen[bytes]") -> None:
    process.terminate()
    try:
        process.wait(15)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait(5)


def _send(url: str, size: int, messages: int) -> dict[str, Any]:
    command = [
        *(sys.executable, "-m", "benchmarks.load", "--url", url, "--no-marks"),
        *("--per-message", str(size), "--messages", str(messages)),
    ]
    done = subprocess.run(command, stdout=subprocess.PIPE, check=True)
    said: dict[str, Any] = json.loads(done.stdout)
    return said


def _count(conn: Connection) -> int:
    (count,) = conn.execute("SELECT count(*) FROM rival").fetchone() or (0,)
    return int(count)


def _until_it_listens(on: Bare, conn: Connection, process: "subprocess.Popen[bytes]") -> None:
    """Send a message now and then until one comes out at the other end; then begin anew."""
    deadline = time.monotonic() + 90
    while not _count(conn):
        if process.poll() is not None or time.monotonic() > deadline:
            raise RuntimeError("the consumer did not start")
        _send(on.broker_url, 1, 1)
        time.sleep(0.3)
    time.sleep(1.0)
    conn.execute("TRUNCATE rival")


def _until_still(conn: Connection, expected: int) -> tuple[int, float]:
    """Rows that have come, and when the last of them was seen (epoch seconds)."""
    count, at_s = 0, time.time()
    while count < expected and time.time() - at_s < STILL_S:
        now = _count(conn)
        if now != count:
            count, at_s = now, time.time()
        time.sleep(0.05)
    return count, at_s

"""From a reading beyond its limit to the webhook's 2xx, on the whole system; outages, kills and a storm.

    python -m benchmarks.notify [--alarms 60] [--down-s 60] [--background 20] [--json]

Readings go over MQTT to the running monitor (embedded database and broker, all services); a receiver in this
process answers. The storm's 10,000 alarms are written as the plant flow writes them, in ten sites.
"""

import argparse
import json
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Event, Lock, Thread
from typing import Any

import numpy as np
import orjson
from psycopg.types.json import Jsonb

from benchmarks.bodies import MIDDLES, SIGNALS
from benchmarks.load import DEVICE, SITE
from benchmarks.system import System, running
from lineshaft import logs, sealing
from lineshaft.broker.client import Link
from lineshaft.clock import system_clock
from lineshaft.domain.alarms import Condition, ConditionChange
from lineshaft.store import alarm_changes

MACHINES = 100
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"  # noqa: S105 - of this run's own receiver
STORM, SITES, STORM_S = 10_000, 10, 10.0
LATEST_S = 180.0


@dataclass
class Receiver:
    """Two endpoints of one server: `/a`, which may be away, and `/b`, which never is."""

    away: Event = field(default_factory=Event)
    got: list[tuple[str, str, float, dict[str, Any]]] = field(default_factory=list)
    """Endpoint, id, when, what was said: of those that were answered with 2xx."""
    made: dict[str, float] = field(default_factory=dict)
    """Message's id → when it was put into the outbox."""
    refused: list[tuple[str, float]] = field(default_factory=list)
    lock: Lock = field(default_factory=Lock)

    def of(self, endpoint: str, kind: str = "firing") -> dict[str, tuple[float, dict[str, Any]]]:
        """Source → when it was first told at an endpoint, and the message."""
        found: dict[str, tuple[float, dict[str, Any]]] = {}
        for where, _, at, said in self.got:
            if where == endpoint and said["kind"] == kind:
                for alarm in said["alarms"]:
                    found.setdefault(alarm["source"], (at, alarm))
        return found

    def since_made(self, endpoint: str, names: set[str]) -> list[float]:
        """Seconds from the outbox to the 2xx, of the first messages about some sources."""
        with self.lock:
            return [
                at - self.made[key]
                for where, key, at, said in self.got
                if where == endpoint and {alarm["source"] for alarm in said["alarms"]} <= names
            ]

    def repeats(self) -> int:
        """How many messages came more than once, under the same id and endpoint."""
        return len(self.got) - len({(where, key) for where, key, *_ in self.got})


def serve(sink: Receiver) -> ThreadingHTTPServer:
    """The receiver's server, running."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length", 0)))
            endpoint, key = self.path.strip("/"), self.headers["webhook-id"]
            is_away = endpoint == "a" and sink.away.is_set()
            self.send_response(503 if is_away else 204)
            self.end_headers()
            said = orjson.loads(body)
            with sink.lock:
                sink.made[key] = datetime.fromisoformat(said["timestamp"]).timestamp()
                if is_away:
                    sink.refused.append((key, system_clock() / 1e6))
                else:
                    sink.got.append((endpoint, key, system_clock() / 1e6, said["data"]))

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    Thread(target=server.serve_forever, daemon=True).start()
    return server


def tell_all(system: System, port: int) -> None:
    """One policy: every alarm by itself to both endpoints."""
    seal = sealing.find({"LINESHAFT_DATA_DIR": str(system.data_dir)})
    with system.connect() as conn:
        for key in ("a", "b"):
            address = {"url": f"http://127.0.0.1:{port}/{key}", "secret": SECRET}
            conn.execute(
                "INSERT INTO contact (key, channel, name, sealed, shown, updated, by)"
                " VALUES (%s, 'webhook', %s, %s, '', now(), 'benchmark')",
                (key, key, seal.close(address)),
            )
        put_setting(conn, "network", "allowed", {"entries": ["127.0.0.0/8"]})
        put_policy(conn, ["source", "rule"])


def put_policy(conn: Any, group_by: list[str]) -> None:
    """Every alarm to both endpoints, in these groups, at the usual pace."""
    to = [{"kind": "contact", "key": key} for key in ("a", "b")]
    put_setting(conn, "policy", "default", {"name": "benchmark", "to": to, "group_by": group_by})


def put_setting(conn: Any, kind: str, key: str, document: dict[str, Any]) -> None:
    """A document as the API would write it."""
    conn.execute(
        "INSERT INTO delivery_setting VALUES (%s, %s, %s, now(), 'benchmark')"
        " ON CONFLICT (kind, key) DO UPDATE SET document = excluded.document",
        (kind, key, Jsonb(document)),
    )
    conn.execute("SELECT pg_notify('notification', 'settings')")


class Machines:
    """Speaks for all machines of the plant."""

    def __init__(self, link: Link) -> None:
        self._link = link
        self.stamped: dict[str, float] = {}
        """Machine → instant of the reading that made the alarm due, seconds."""

    def say(self, number: int, temp: float | None = None) -> None:
        """One message of two rows; with a temperature, both are beyond the limit or both within."""
        now_ms = system_clock() // 1000
        row = [*(MIDDLES if temp is None else (temp, *MIDDLES[1:]))]
        body = {"v": 1, "ts": now_ms - 100, "n": list(SIGNALS), "r": [[0, *row], [100, *row]]}
        topic = f"lineshaft/v1/{SITE}/bench-{number:03}/{DEVICE}/m"
        self._link.publish(topic, orjson.dumps(body), content_type="application/json")
        if temp is not None and temp > 200:
            self.stamped[f"machine-{number:03}"] = now_ms / 1000

    def chatter(self, stop: Event, per_s: float) -> None:
        """What a plant says anyway, until told to stop."""
        number = 0
        while not stop.wait(1 / per_s):
            self.say(60 + number % 40)
            number += 1


def until(condition: Callable[[], bool], what: str, within_s: float = LATEST_S) -> float:
    """Wait, looking ten times a second; gives how long it took.

    Raises:
        RuntimeError: it did not come true in time.
    """
    began = time.monotonic()
    while not condition():
        if time.monotonic() - began > within_s:
            raise RuntimeError(f"{what}: not within {within_s:g} s")
        time.sleep(0.1)
    return time.monotonic() - began


def latency(sink: Receiver, machines: Machines, numbers: range) -> dict[str, Any]:
    """Alarms one after another, each to both endpoints."""
    for number in numbers:
        machines.say(number, 250.0)
        time.sleep(0.2)
    names = {f"machine-{number:03}" for number in numbers}
    until(lambda: names <= set(sink.of("b")), "every alarm at the endpoint")
    took = [sink.of("b")[name][0] - machines.stamped[name] for name in names]
    return {
        "alarms": len(took),
        "p50_s": _part(took, 50),
        "p95_s": _part(took, 95),
        "max_s": _part(took, 100),
        "of_it_notifier_p95_s": _part(sink.since_made("b", names), 95),
    }


def outage(sink: Receiver, machines: Machines, numbers: range, down_s: float) -> dict[str, Any]:
    """One endpoint answers 503 for a while; the other must not notice."""
    sink.away.set()
    began = time.monotonic()
    for number in numbers:
        machines.say(number, 250.0)
        time.sleep(max(0.2, down_s / 2 / len(numbers)))
    names = {f"machine-{number:03}" for number in numbers}
    until(lambda: names <= set(sink.of("b")), "every alarm at the other endpoint")
    others = [sink.of("b")[name][0] - machines.stamped[name] for name in names]
    time.sleep(max(0.0, down_s - (time.monotonic() - began)))
    tried = {key for key, _ in sink.refused}
    sink.away.clear()
    took = until(lambda: names <= set(sink.of("a")), "every alarm at the endpoint that is back")
    delivered = {key for where, key, *_ in sink.got if where == "a"}
    return {
        "down_s": down_s,
        "alarms": len(names),
        "all_delivered_after_s": round(took, 2),
        "tried_meanwhile": len(sink.refused),
        "same_ids": tried <= delivered,
        "other_p95_s": _part(others, 95),
        "of_it_notifier_p95_s": _part(sink.since_made("b", names), 95),
    }


def kills(system: System, sink: Receiver, machines: Machines, numbers: range) -> dict[str, Any]:
    """The notifier is killed again and again while alarms come."""
    repeats = sink.repeats()
    for n, number in enumerate(numbers):
        machines.say(number, 250.0)
        time.sleep(0.4)
        if n % 4 == 2:
            until(lambda: "notify" in system.processes(), "the notifier to kill")
            system.processes()["notify"].kill()
    names = {f"machine-{number:03}" for number in numbers}
    until(lambda: names <= set(sink.of("a")) and names <= set(sink.of("b")), "every alarm at both")
    time.sleep(2.0)
    return {
        "alarms": len(names),
        "kills": len(numbers) // 4,
        "missed": sum(len(names - set(sink.of(where))) for where in ("a", "b")),
        "repeats": sink.repeats() - repeats,
    }


def storm(system: System, sink: Receiver) -> dict[str, Any]:
    """10,000 alarms in 10 s over ten sites, and then all of them once more."""
    with system.connect() as conn:
        conn.autocommit = False
        put_policy(conn, ["site"])
        conn.commit()
        time.sleep(2.0)
        before = len(sink.got)
        changes = _changes()
        began = time.monotonic()
        for n in range(0, STORM, 100):
            alarm_changes.apply(conn, changes[n : n + 100])
            conn.commit()
            time.sleep(max(0.0, began + (n + 100) / STORM * STORM_S - time.monotonic()))
        written_s = time.monotonic() - began

        def told() -> int:
            return sum(
                said["count"]
                for where, _, _, said in sink.got[before:]
                if where == "b" and said["kind"] == "firing"
            )

        # What comes after the first message's longest wait is in the next one, an interval later.
        until(lambda: told() >= STORM, "every alarm of the storm in some message", 2 * LATEST_S)
        messages = sum(1 for where, *_ in sink.got[before:] if where == "b")
        alarm_changes.apply(conn, changes)
        conn.commit()
        time.sleep(5.0)
        again = sum(1 for where, *_ in sink.got[before:] if where == "b") - messages
        row = conn.execute("SELECT count(*) FROM alarm_journal WHERE event = 'raise'").fetchone()
    return {
        "alarms": STORM,
        "written_s": round(written_s, 2),
        "in_journal": int(row[0]) if row else 0,
        "messages_a_channel": messages,
        "by_sending_again": again,
    }


def _changes() -> list[ConditionChange]:
    now_us, first = system_clock(), 1 << 40
    return [
        ConditionChange(
            Condition(f"tag-{n}", "threshold:temp", active=True, priority=3, message="alarm.high", value=9.0),
            f"site-{n % SITES}",
            now_us + n,
            first + n,
        )
        for n in range(STORM)
    ]


def _part(seconds: list[float], percent: float) -> float:
    return round(float(np.percentile(seconds, percent)), 3)


def measure(options: argparse.Namespace) -> Iterator[tuple[str, Any]]:
    """All of it on one running system, part by part."""
    sink, stop = Receiver(), Event()
    server = serve(sink)
    with (
        tempfile.TemporaryDirectory(prefix="lineshaft-notify-") as folder,
        running(Path(folder) / "data", agents=MACHINES) as system,
        Link(system.broker_url, "benchmark-notify") as link,
    ):
        tell_all(system, server.server_port)
        until(lambda: link.is_up, "the broker")
        machines = Machines(link)
        talk = Thread(target=machines.chatter, args=(stop, options.background), daemon=True)
        talk.start()
        time.sleep(8.0)  # the notifier reads what was set every five
        n = options.alarms // 3
        yield "background_readings_s", options.background * 2 * len(SIGNALS)
        yield "latency", latency(sink, machines, range(n))
        yield "outage", outage(sink, machines, range(n, 2 * n), options.down_s)
        yield "kills", kills(system, sink, machines, range(2 * n, 3 * n))
        stop.set()
        yield "storm", storm(system, sink)
    server.shutdown()


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.notify", description=__doc__.split("\n")[0])
    parser.add_argument("--alarms", type=int, default=60, help="machines that alarm: a third for each part")
    parser.add_argument("--down-s", type=float, default=60.0, help="how long the endpoint is away")
    parser.add_argument("--background", type=float, default=20.0, help="messages a second beside them")
    parser.add_argument("--json", action="store_true", help="JSON instead of lines")
    options = parser.parse_args()
    logs.configure("benchmarks", "WARNING")
    found = {}
    for part, figures in measure(options):
        found[part] = figures
        if not options.json:
            print(f"{part}: {figures}", flush=True)
    if options.json:
        print(json.dumps(found, indent=1))


if __name__ == "__main__":
    main()

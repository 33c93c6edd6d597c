"""What tests of delivery put into the database, and a receiver of webhooks that keeps what it got."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

from psycopg.types.json import Jsonb

from lineshaft.domain.alarms import Condition, ConditionChange
from lineshaft.sealing import Seal
from lineshaft.store import alarm_changes
from lineshaft.store.database import Connection

KEY = "a key that only tests know and that is long enough"
SEAL = Seal([KEY])
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


@dataclass
class Got:
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def key(self) -> str:
        return self.headers["webhook-id"]

    @property
    def data(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.body)["data"]
        return found


@dataclass
class Receiver:
    """Answers with `status`, or as `answers` says."""

    got: list[Got] = field(default_factory=list)
    status: int = 204
    answers: Callable[[BaseHTTPRequestHandler], None] | None = None
    port: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hook"


@contextmanager
def receiver(port: int = 0) -> Iterator[Receiver]:
    sink = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length", 0)))
            sink.got.append(Got(self.path, {k.lower(): v for k, v in self.headers.items()}, body))
            if sink.answers:
                sink.answers(self)
                return
            self.send_response(sink.status)
            self.send_header("location", "http://127.0.0.1:1/elsewhere")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, *_: object) -> None:
            pass  # who hangs up while it is answered is part of the tests

    with Server(("127.0.0.1", port), Handler) as server:
        sink.port = server.server_port
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield sink
        finally:
            server.shutdown()
            thread.join()


def put_setting(conn: Connection, kind: str, key: str, document: dict[str, Any]) -> None:
    conn.execute(
        "INSERT INTO delivery_setting (kind, key, document, updated, by) VALUES (%s, %s, %s, now(), 'test')"
        " ON CONFLICT (kind, key) DO UPDATE SET document = excluded.document",
        (kind, key, Jsonb(document)),
    )
    conn.commit()


def put_contact(
    conn: Connection, key: str, channel: str, address: dict[str, str], owner: str | None = None
) -> None:
    conn.execute(
        "INSERT INTO contact (key, channel, owner, name, sealed, shown, updated, by)"
        " VALUES (%s, %s, %s, %s, %s, '', now(), 'test')",
        (key, channel, owner, key, SEAL.close(address)),
    )
    conn.commit()


def put_person(conn: Connection, login: str, role: str = "operator", language: str = "en") -> None:
    conn.execute(
        "INSERT INTO person (login, name, role, password, language, created)"
        " VALUES (%s, %s, %s, 'x', %s, now())",
        (login, login, role, language),
    )
    conn.commit()


def webhook_policy(conn: Connection, sink: Receiver, **more: Any) -> None:
    """Everything goes to a receiver on this machine, at once, and to nobody else."""
    put_contact(conn, "hook", "webhook", {"url": sink.url, "secret": SECRET})
    put_setting(conn, "network", "allowed", {"entries": ["127.0.0.0/8"]})
    pace = {"wait_s": 0, "wait_most_s": 0, "interval_s": 60, "group_by": ["source"]}
    to = [{"kind": "contact", "key": "hook"}]
    put_setting(conn, "policy", "default", {"name": "All", "to": to, **pace, **more})


def alarm(
    conn: Connection,
    pos: int,
    at_us: int,
    source: str = "pump-101",
    *,
    active: bool = True,
    priority: int = 2,
    rule: str = "threshold:temp",
) -> None:
    """A condition changes, and its alarm with it."""
    condition = Condition(
        source, rule, active, priority, "alarm.high", 91.5, 85.0, {"signal": "temp", "unit": "Cel"}
    )
    alarm_changes.apply(conn, [ConditionChange(condition, "hangzhou", at_us, pos)])
    conn.commit()

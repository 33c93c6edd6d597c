"""The database goes and comes back; the process stops when told."""

import contextlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator

import httpx
import psycopg
import pytest
from websockets.sync.client import connect

from fix_api import log_in_at
from lineshaft.runtime import ports
from waiting import wait_until

pytestmark = pytest.mark.database


@contextlib.contextmanager
def away(url: str) -> Iterator[None]:
    """Nobody reaches the database meanwhile."""
    server, name = url.rsplit("/", 1)
    with psycopg.connect(f"{server}/postgres", autocommit=True) as conn:
        conn.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false".encode())
        conn.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", (name,))
        try:
            yield
        finally:
            conn.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true".encode())


def test_screens_go_on_with_what_was_last_known_and_say_so(server: str, seeded_url: str) -> None:
    cookie = {"Cookie": log_in_at(server)}
    with connect(f"ws://{server}/api/live/ws", additional_headers=cookie, compression=None) as line:

        def heartbeat() -> bool:
            message = json.loads(line.recv(timeout=20))
            return bool(message["db"]) if message["t"] == "hb" else heartbeat()

        line.send(json.dumps({"op": "sub", "topics": ["machines"]}))
        wait_until(heartbeat, "a heartbeat with the database there")
        with away(seeded_url):
            wait_until(lambda: not heartbeat(), "a heartbeat without it")
            ready = httpx.get(f"http://{server}/readyz", timeout=10)
            assert (ready.status_code, ready.json()["ok"]) == (503, False)
            assert httpx.get(f"http://{server}/livez").status_code == 200
            line.send(json.dumps({"op": "sub", "topics": ["machines"]}))
            rows = next(
                message["data"]
                for message in (json.loads(line.recv(timeout=20)) for _ in range(20))
                if message["t"] == "snapshot"
            )
            assert rows[0]["key"] == "pump-101"
            refused = httpx.get(f"http://{server}/api/v1/zones", headers=cookie, timeout=20)
            assert (refused.status_code, refused.json()["error"]["code"]) == (503, "unavailable")
        wait_until(heartbeat, "a heartbeat with the database back", within_s=40)
    wait_until(lambda: httpx.get(f"http://{server}/readyz", timeout=10).status_code == 200, "ready again")


def test_the_process_ends_well_when_told_with_a_line_open(seeded_url: str) -> None:
    port = ports.choose(["web"])["web"]
    environ = os.environ | {
        "LINESHAFT_DATABASE_URL": seeded_url,
        "LINESHAFT_DATABASE_ROLE": "lineshaft_web",
        "LINESHAFT_WEB_PORT": str(port),
    }
    web = subprocess.Popen([sys.executable, "-m", "api"], env=environ)
    try:
        wait_until(lambda: not ports.is_free(port), "the API listens", alive=web)
        address = f"127.0.0.1:{port}"
        cookie = {"Cookie": log_in_at(address)}
        with connect(f"ws://{address}/api/live/ws", additional_headers=cookie) as line:
            line.send(json.dumps({"op": "sub", "topics": ["kpi"]}))
            line.recv(timeout=20)
            web.send_signal(signal.SIGTERM)
            assert web.wait(20) == 0
    finally:
        web.kill()
        web.wait()

"""What each process shows about itself over HTTP: `/metrics`, `/livez`, `/readyz`.

`/livez` judges the process alone, never the database: else an outage of the database would restart
everything that waits for it. `/readyz` runs the given checks.
"""

import json
from collections.abc import Callable, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

from prometheus_client import REGISTRY, Gauge, generate_latest

from lineshaft import __version__

Check = Callable[[], str | None]
"""Gives None when all is well, else one sentence that says what is wrong."""

BUILD = Gauge("lineshaft_build_info", "1, with the version of the software as a label", ["version"])
BUILD.labels(__version__).set(1)


CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"


def figures() -> bytes:
    """All of this process, in Prometheus' text format (`CONTENT_TYPE`)."""
    return generate_latest(REGISTRY)


def serve(port: int, checks: Mapping[str, Check], *, host: str = "127.0.0.1") -> ThreadingHTTPServer:
    """Serve this process's health and metrics in a thread of its own.

    Args:
        port: 0 takes a free one (`server.server_port`).
        checks: name → check, run at each `/readyz`.
        host: the address to bind.

    Returns:
        The running server; `shutdown()` ends it.
    """

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if self.path == "/metrics":
                self._answer(200, figures(), CONTENT_TYPE)
            elif self.path == "/livez":
                self._answer(200, b'{"ok":true}', "application/json")
            elif self.path == "/readyz":
                faults = {name: check() for name, check in checks.items()}
                body = json.dumps({"ok": not any(faults.values()), "checks": faults}).encode()
                self._answer(503 if any(faults.values()) else 200, body, "application/json")
            else:
                self._answer(404, b"{}", "application/json")

        def _answer(self, status: int, body: bytes, kind: str) -> None:
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Probes come every second; they are not events."""

    server = ThreadingHTTPServer((host, port), Handler)
    server.daemon_threads = True
    Thread(target=server.serve_forever, name="metrics", daemon=True).start()
    return server

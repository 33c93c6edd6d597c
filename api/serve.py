"""Runs the web process's application until it is told to stop."""

import signal
import socket

import uvicorn
from fastapi import FastAPI

from api.settings import ApiSettings
from lineshaft import stopping

GRACE_S = 5
LARGEST_WORD = 64 * 1024
"""Bytes of one message a browser may send."""


def serve(app: FastAPI, settings: ApiSettings) -> None:
    """Serve until SIGTERM or SIGINT, then let running requests end; returns, so that the exit code is 0."""
    # uvicorn hands a signal on when it has shut down; the default would end the process with its number.
    signal.signal(signal.SIGTERM, _done)
    signal.signal(signal.SIGINT, _done)
    config = uvicorn.Config(
        app,
        host=settings.host,
        port=settings.port,
        log_config=None,
        access_log=False,
        server_header=False,
        ws_max_size=LARGEST_WORD,
        ws_per_message_deflate=False,  # on a local network it costs more than it saves
        timeout_graceful_shutdown=GRACE_S,
        proxy_headers=bool(settings.proxies),
        forwarded_allow_ips=settings.proxies or None,
    )
    _Server(config).run()


class _Server(uvicorn.Server):
    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        stopping.within()  # what a lifespan waits for at its end has no limit of its own
        await super().shutdown(sockets)


def _done(*_: object) -> None:
    """The server has shut down already."""

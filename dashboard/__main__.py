"""The web process: the API and the screens in one application with one login."""

import os

import uvicorn

from api.app import create, seal
from api.settings import ApiSettings
from dashboard.app import build
from lineshaft import logs
from lineshaft.clock import system_clock


def main() -> None:
    """Serve until SIGTERM; uvicorn then lets running requests end and closes the live sockets."""
    settings = ApiSettings.from_environ(os.environ)
    logs.configure("web", os.environ.get("LINESHAFT_LOG_LEVEL", "INFO"))
    server = create(settings, system_clock)
    build(server, system_clock)
    seal(server)  # after Dash, so that the gate stands outermost
    uvicorn.run(
        server,
        host=settings.host,
        port=settings.port,
        log_config=None,
        access_log=False,
        ws_per_message_deflate=False,  # on a local network it costs more than it saves
        timeout_graceful_shutdown=5,
    )


if __name__ == "__main__":
    main()

"""How the flows' processes begin: with their settings, a way to stop, and a database that answers."""

import os
import threading
import time
from collections.abc import Callable
from functools import partial
from typing import TypeVar

import structlog

from lineshaft import logs, stopping
from lineshaft.store.database import Connection, ConnectionLost, connect
from stream.settings import StreamSettings

log = structlog.get_logger()

RETRY_S = 1.0

Answer = TypeVar("Answer")


def run_process(service: str, run: Callable[[StreamSettings, Callable[[], bool]], None]) -> None:
    """Run a service as a process: until SIGTERM or SIGINT."""
    settings = StreamSettings.from_environment(os.environ)
    logs.configure(service, settings.log_level)
    stop = threading.Event()
    stopping.when_told(stop.set)
    run(settings, stop.is_set)


def dial(settings: StreamSettings, service: str) -> Callable[[], Connection]:
    """What gives a service its connections."""
    return partial(
        connect,
        settings.database_url,
        role=settings.database_role,
        schema=settings.database_schema,
        application=f"lineshaft {service}",
    )


def ask_when_there(
    connect: Callable[[], Connection], ask: Callable[[Connection], Answer], should_stop: Callable[[], bool]
) -> Answer | None:
    """What the database answers, as soon as it is there; None when the process should stop before."""
    while not should_stop():
        try:
            with connect() as conn:
                return ask(conn)
        except ConnectionLost as error:
            log.warning("database_lost", part="start", why=str(error))
            time.sleep(RETRY_S)
    return None

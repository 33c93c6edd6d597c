"""`python -m simulators.office`: the office of the demonstration, until it is told to stop."""

import logging
import os
import sys
import threading
from pathlib import Path

import structlog

from lineshaft import logs, metrics, settings, stopping
from lineshaft.broker.client import SERVER_RETRY_S, Link
from lineshaft.clock import Clock, system_clock
from simulators.base import SECOND_US
from simulators.office.api import Api, AwayError
from simulators.office.day import Office
from simulators.office.drivers import Drivers

LOOK_S = 15.0
TELL_S = 5.0
SEED = 7

log = structlog.get_logger()


def main() -> int:
    """Work until told to stop."""
    environ = os.environ
    logs.configure("office", settings.text(environ, "LINESHAFT_LOG_LEVEL", "INFO"))
    logging.getLogger("httpx").setLevel(logging.WARNING)  # it tells of each request
    stop = threading.Event()
    stopping.when_told(stop.set)
    password = (
        Path(settings.text(environ, "LINESHAFT_OFFICE_PASSWORD_FILE")).read_text(encoding="utf-8").strip()
    )
    url, broker = (settings.text(environ, f"LINESHAFT_{name}") for name in ("WEB_URL", "BROKER_URL"))
    api = Api(url, settings.text(environ, "LINESHAFT_OFFICE_LOGIN"), password)
    metrics.serve(int(settings.text(environ, "LINESHAFT_METRICS_PORT")), {})
    with Link(broker, "lineshaft-demo-trackers", retry_s=SERVER_RETRY_S) as link:
        drivers = Drivers(api, link.publish)
        run(Office(api, SEED), drivers, system_clock, stop)
    api.close()
    return 0


def run(office: Office, drivers: Drivers, clock: Clock, stop: threading.Event) -> None:
    """Look and tell, each in its own time; what does not answer is asked again."""
    looked_us = 0
    while not stop.is_set():
        now_us = clock()
        if now_us - looked_us >= LOOK_S * SECOND_US:
            looked_us = now_us
            try:
                office.look(now_us // 1000)
                drivers.look(now_us)
            except AwayError as error:
                log.info("not yet", why=str(error))
        drivers.tell(clock())
        stop.wait(TELL_S)


if __name__ == "__main__":
    sys.exit(main())

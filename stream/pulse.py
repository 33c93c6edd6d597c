"""Says every 2 s that a process is alive, in the database, and serves its health over HTTP."""

import threading
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import TYPE_CHECKING, Self

import structlog

from lineshaft import metrics
from lineshaft.clock import SECOND_US, Clock, monotonic_clock
from lineshaft.store import beats
from lineshaft.store.database import Connection, ConnectionLost

if TYPE_CHECKING:
    from http.server import ThreadingHTTPServer

log = structlog.get_logger()

Detail = Callable[[], Mapping[str, object]]


class Pulse:
    """Beats in the background from entering the context to leaving it; a lost database does not end it."""

    def __init__(  # noqa: PLR0913 - each is a fact of its own about the process, and all have names
        self,
        service: str,
        *,
        connect: Callable[[], Connection],
        clock: Clock,
        metrics_port: int,
        detail: Detail = dict,
        checks: Mapping[str, metrics.Check] | None = None,
    ) -> None:
        """Nothing happens before the context is entered.

        Args:
            service: ingest, flow, plant, upkeep, notify.
            connect: gives a connection for the beats alone.
            clock: now.
            metrics_port: of /livez, /readyz and /metrics; 0 takes a free one.
            detail: small figures for the System page.
            checks: of /readyz, besides the database's.
        """
        self._service = service
        self._connect = connect
        self._clock = clock
        self._detail = detail
        self._checks = {"database": self._database, **(checks or {})}
        self._port = metrics_port
        self._server: ThreadingHTTPServer | None = None
        self._beaten_us = 0
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="pulse", daemon=True)

    def __enter__(self) -> Self:
        self._server = metrics.serve(self._port, self._checks)
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        self._thread.join()
        if self._server:
            self._server.shutdown()
            self._server.server_close()

    def _run(self) -> None:
        started_us = self._clock()
        while not self._stop.is_set():
            try:
                with self._connect() as conn:
                    self._beat(conn, started_us)
            except ConnectionLost as error:
                log.warning("database_lost", part="pulse", why=str(error))
                self._stop.wait(beats.EVERY_S)

    def _beat(self, conn: Connection, started_us: int) -> None:
        while not self._stop.is_set():
            beats.beat(conn, self._service, started_us, self._clock(), self._detail())
            self._beaten_us = monotonic_clock()
            self._stop.wait(beats.EVERY_S)

    def _database(self) -> str | None:
        silent_s = (monotonic_clock() - self._beaten_us) / SECOND_US
        return None if silent_s < 2.5 * beats.EVERY_S else "the database does not answer"

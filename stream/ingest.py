"""Ingest: from the broker into the journal. What it has acknowledged is on disk, once, in order.

A network thread puts messages into the inbox; the loop here takes whatever has arrived, commits it, and only
then acknowledges, in the order of arrival, each message on the connection it came by. There is no timer
between: while one batch commits, the next one gathers.

Lost database: nothing is acknowledged, the inbox fills, the broker waits. Lost broker: the link comes back by
itself. Killed at any point: what was not committed was not acknowledged, and what was comes as a duplicate.
"""

import os
from threading import Event

import structlog

from lineshaft import logs, metrics
from lineshaft.broker.client import SERVER_RETRY_S, Link, Message
from lineshaft.clock import SECOND_US, Clock, monotonic_clock, system_clock
from lineshaft.stopping import when_told
from lineshaft.store import beats
from lineshaft.wire import marks as mark_codec
from lineshaft.wire import topics
from stream import ingest_metrics
from stream.admission import Arrival
from stream.append import Appender
from stream.inbox import Inbox
from stream.marking import marks
from stream.settings import StreamSettings

CLIENT_ID = "lineshaft-ingest"
"""Stable: the broker keeps this session, and what it could not deliver, while ingest restarts."""
SESSION_EXPIRY_S = 24 * 3600
RECEIVE_MAXIMUM = 2_000
"""The default of 20 in flight gives 378 messages/s; all that is in flight comes again after a kill."""
BATCH_MESSAGES, BATCH_BYTES = 2_000, 8 << 20
INBOX_MESSAGES, INBOX_BYTES = 10_000, 32 << 20

_log = structlog.get_logger(__name__)


def run(settings: StreamSettings, stopping: Event, clock: Clock = system_clock) -> None:
    """Ingest until told to stop; the batch at hand is finished, the rest was not acknowledged."""
    inbox = Inbox(INBOX_MESSAGES, INBOX_BYTES)
    appender = Appender(settings, stopping, clock)
    broker_up = Event()

    def came(message: Message) -> None:
        inbox.put(Arrival(message, clock()))

    def up(generation: int) -> None:
        ingest_metrics.CONNECTED.set(1)
        if generation > 1:
            ingest_metrics.RECONNECTS.inc()
        broker_up.set()

    def down(_: int) -> None:
        ingest_metrics.CONNECTED.set(0)

    link = Link(
        settings.broker_url,
        CLIENT_ID,
        on_up=up,
        on_down=down,
        on_message=came,
        receive_maximum=RECEIVE_MAXIMUM,
        clean_start=False,
        session_expiry_s=SESSION_EXPIRY_S,
        retry_s=SERVER_RETRY_S,
    )
    link.subscribe(topics.EVERYTHING, qos=1, retain_handling=1)
    checks: dict[str, metrics.Check] = {
        "database": lambda: None if appender.is_connected else "no connection to the database",
        "broker": lambda: None if link.is_up else "no connection to the broker",
    }
    server = metrics.serve(settings.metrics_port, checks)
    try:
        appender.append([])  # first the cursors: a message before them could not be judged
        with link:
            try:
                _loop(inbox, appender, link, broker_up)
            finally:
                inbox.close()  # else the network thread could wait for room for ever
    finally:
        appender.close()
        server.shutdown()


def _loop(inbox: Inbox, appender: Appender, link: Link, broker_up: Event) -> None:
    started_us = appender.clock()
    beat_us = 0
    while not appender.stopping.is_set():
        arrivals = inbox.take(BATCH_MESSAGES, BATCH_BYTES, _wait_s(appender))
        if appender.append(arrivals):
            for arrival in arrivals:
                link.ack(arrival.message)
        if broker_up.is_set():
            broker_up.clear()
            appender.marking.everyone(appender.ledger, appender.clock())
        _publish_marks(appender, link)
        ingest_metrics.INBOX.set(len(inbox))
        ingest_metrics.POSITION.set(appender.pos)
        if monotonic_clock() - beat_us >= beats.EVERY_S * SECOND_US:
            beat_us = monotonic_clock()
            detail = {"connected": link.is_up, "inbox": len(inbox), "pos": appender.pos}
            appender.beat(started_us, detail)


def _wait_s(appender: Appender) -> float:
    """How long nothing needs doing if nothing arrives: until the next tick or the next mark."""
    now_us = appender.clock()
    next_us = (now_us // SECOND_US + 1) * SECOND_US
    mark_us = appender.marking.next_us()
    if mark_us is not None:
        next_us = min(next_us, mark_us)
    return max(0.0, (next_us - now_us) / SECOND_US)


def _publish_marks(appender: Appender, link: Link) -> None:
    due = appender.marking.take_due(appender.clock())
    for (site, agent), mark in marks(appender.ledger, appender.db, due):
        link.publish(topics.mark_topic(site, agent), mark_codec.encode(mark), retain=True)
        ingest_metrics.MARKS.inc()


def main() -> int:
    """Run as a process."""
    settings = StreamSettings.from_environment(os.environ)
    logs.configure("ingest", settings.log_level)
    stopping = Event()
    when_told(stopping.set)
    _log.info("started")
    run(settings, stopping)
    _log.info("stopped")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())

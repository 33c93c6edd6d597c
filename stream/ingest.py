"""Ingest: from the broker into the journal. What it has acknowledged is on disk, once, in order.

A network thread puts messages into the inbox; the loop here takes whatever has arrived, commits it, and only
then acknowledges, in the order of arrival, each message on the connection it came by. There is no timer
between: while one batch commits, the next one gathers.

Lost database: nothing is acknowledged, the inbox fills, the broker waits. Lost broker: the link comes back by
itself. Killed at any point: what was not committed was not acknowledged, and what was comes as a duplicate.
"""

import os
from threading import Event
from typing import NamedTuple

import structlog

from lineshaft import logs, metrics
from lineshaft.broker.inlet import Inlet
from lineshaft.broker.message import Message
from lineshaft.broker.packets import Terms
from lineshaft.clock import SECOND_US, Clock, monotonic_clock, system_clock
from lineshaft.stopping import when_told
from lineshaft.store import beats
from lineshaft.wire import marks as mark_codec
from lineshaft.wire import topics
from stream import ingest_metrics
from stream.append import Appender
from stream.foreign import Foreign
from stream.inbox import Inbox
from stream.ledger import Arrival
from stream.marking import marks
from stream.rival import Rival
from stream.settings import StreamSettings

CLIENT_ID = "lineshaft-ingest"
"""Stable: the broker keeps this session, and what it could not deliver, while ingest restarts."""
SESSION_EXPIRY_S = 24 * 3600
RECEIVE_MAXIMUM = 2_000
"""The default of 20 in flight gives 378 messages/s; all that is in flight comes again after a kill."""
BATCH_MESSAGES, BATCH_BYTES = 2_000, 8 << 20
INBOX_MESSAGES, INBOX_BYTES = 10_000, 32 << 20
BUSY_MESSAGES, GATHER_S = 16, 0.01
"""After so many at once, more are let come before the next commit, which costs as much as 100 messages."""
ASIDE_S = 0.5

_log = structlog.get_logger(__name__)


class _Ears(NamedTuple):
    """What ingest hears by."""

    inbox: Inbox
    link: Inlet
    """Our own topics."""
    foreign: Foreign


def run(settings: StreamSettings, stopping: Event, clock: Clock = system_clock) -> None:
    """Ingest until told to stop; the batch at hand is finished, the rest was not acknowledged."""
    started_us = clock()
    inbox = Inbox(INBOX_MESSAGES, INBOX_BYTES)
    appender = Appender(settings, stopping, started_us, clock)
    rival = Rival(settings, started_us, clock)
    broker_up = Event()

    def came(messages: list[Message]) -> None:
        now_us = clock()
        inbox.put([Arrival(message, now_us) for message in messages])

    def up(generation: int) -> None:
        ingest_metrics.CONNECTED.set(1)
        if generation > 1:
            ingest_metrics.RECONNECTS.inc()
        broker_up.set()

    def down(_: int) -> None:
        ingest_metrics.CONNECTED.set(0)

    link = Inlet(
        settings.broker_url,
        CLIENT_ID,
        Terms(RECEIVE_MAXIMUM, clean_start=False, session_expiry_s=SESSION_EXPIRY_S),
        on_messages=came,
        on_up=up,
        on_down=down,
        has_room=lambda: inbox.has_room,
        may_connect=rival.may_work,
    )
    link.subscribe(topics.EVERYTHING, qos=1, retain_handling=1)
    foreign = Foreign(settings.broker_url, inbox, clock, rival.may_work)
    checks: dict[str, metrics.Check] = {
        "database": lambda: None if appender.is_connected else "no connection to the database",
        "broker": lambda: None if link.is_up else "no connection to the broker",
        "rival": lambda: "another ingest, started later, is at work" if rival.is_at_work else None,
    }
    server = metrics.serve(settings.metrics_port, checks)
    try:
        _work(_Ears(inbox, link, foreign), appender, broker_up, rival)
    finally:
        server.shutdown()
        server.server_close()


def _work(ears: _Ears, appender: Appender, broker_up: Event, rival: Rival) -> None:
    try:
        appender.append([])  # first the cursors: a message before them could not be judged
        appender.beat({"connected": False})  # whoever we take the session from should know why
        with ears.link:
            _loop(ears, appender, broker_up, rival)
    finally:
        ears.foreign.close()
        appender.close()


def _loop(ears: _Ears, appender: Appender, broker_up: Event, rival: Rival) -> None:
    inbox, link, foreign = ears
    beat_us = monotonic_clock()
    while not appender.stopping.is_set():
        if rival.is_at_work:
            inbox.clear()  # what is in it was not acknowledged, and comes to the other
            appender.stopping.wait(ASIDE_S)
            continue
        arrivals = inbox.take(BATCH_MESSAGES, BATCH_BYTES, _wait_s(appender))
        if appender.append(arrivals):
            link.ack([arrival.message for arrival in arrivals if not arrival.link])
            foreign.ack(arrivals)
        if BUSY_MESSAGES <= len(arrivals) < BATCH_MESSAGES:
            appender.stopping.wait(GATHER_S)
        if broker_up.is_set():
            broker_up.clear()
            appender.marking.everyone(appender.ledger, monotonic_clock())
            beat_us = 0
        _publish_marks(appender, link)
        ingest_metrics.INBOX.set(len(inbox))
        ingest_metrics.POSITION.set(appender.pos)
        if monotonic_clock() - beat_us >= beats.EVERY_S * SECOND_US:
            beat_us = monotonic_clock()
            appender.beat({"connected": link.is_up, "inbox": len(inbox), "pos": appender.pos})
            foreign.heed(appender.foreign_topics())


def _wait_s(appender: Appender) -> float:
    """How long nothing needs doing if nothing arrives: until the next tick or the next mark."""
    wait_us = SECOND_US - appender.clock() % SECOND_US
    mark_us = appender.marking.next_us()
    if mark_us is not None:
        wait_us = min(wait_us, mark_us - monotonic_clock())
    return max(0.0, wait_us / SECOND_US)


def _publish_marks(appender: Appender, link: Inlet) -> None:
    now_us = monotonic_clock()
    due = appender.marking.take_due(now_us)
    for agent, mark in marks(appender.ledger, appender.db, due):
        if link.publish(topics.mark_topic(*agent), mark_codec.encode(mark), retain=True):
            ingest_metrics.MARKS.inc()
        elif link.is_up:  # choked; without a connection all are told once there is one
            appender.marking.put_off(agent, now_us)


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

"""Takes messages from the outbox and delivers them, each until it arrives or its tries are used up."""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from threading import Event

import structlog
from prometheus_client import Counter, Histogram

from lineshaft.clock import SECOND_US, Clock
from lineshaft.store import alarm_changes, notifications
from lineshaft.store.database import Connection, ConnectionLost, listen
from lineshaft.store.notifications import ROUTES, Notification
from lineshaft.wire import alert
from stream.notify.base import Channel, DeliveryError

log = structlog.get_logger()

MINUTE_S, HOUR_S = 60, 3600
SCHEDULE_S = (5, 5 * MINUTE_S, 30 * MINUTE_S, 2 * HOUR_S, 5 * HOUR_S, 10 * HOUR_S, 14 * HOUR_S, 20 * HOUR_S)
"""How long to wait after each failed try (Standard Webhooks); after the last one the message is dead."""
JITTER = 0.1
"""Of a wait: those that failed together need not come back together."""
LEASE_S = 60.0
BATCH = 50
POLL_S = 1.0
RETRY_S = 1.0

DELIVERED = Counter(
    "lineshaft_notifications_total", "Messages by what became of a try", ["channel", "result"]
)
LATENCY = Histogram(
    "lineshaft_notification_latency_seconds",
    "From the alarm's change to its delivery",
    ["channel"],
    buckets=(0.1, 0.25, 0.5, 1, 2.5, 5, 10, 60, 600, 3600),
)


def wait_s(attempts: int, chance: float) -> float | None:
    """Seconds until the next try after so many failed ones; None where there is none.

    >>> wait_s(1, 0.5), wait_s(2, 0.5), wait_s(9, 0.5)
    (5.0, 300.0, None)
    """
    if attempts > len(SCHEDULE_S):
        return None
    return SCHEDULE_S[attempts - 1] * (1 + JITTER * (2 * chance - 1))


@dataclass(slots=True)
class Worker:
    """Delivers through its channels; several of them side by side share the work."""

    channels: Sequence[Channel]
    clock: Clock
    chance: Callable[[], float] = field(default=random.random)
    """0 … 1, for the jitter."""

    def follow(self, conn: Connection, should_stop: Callable[[], bool]) -> None:
        """Deliver what is due and wait for more, until it should stop.

        Raises:
            ConnectionLost: what was taken is due again when its lease ends.
        """
        while not should_stop():
            if self.deliver_due(conn):
                continue
            for _ in listen(conn, ("notification",), POLL_S):
                break

    def deliver_due(self, conn: Connection) -> int:
        """One round: gives how many messages were taken."""
        ready = {channel.name: channel for channel in self.channels if channel.is_ready}
        for channel in ready.values():
            if channel.wants_all():
                self._show_all(conn, channel)
        if not ready:
            return 0
        taken = notifications.claim(conn, list(ready), self.clock(), LEASE_S, BATCH)
        for notification in taken:
            self._deliver(conn, ready[notification.channel], notification)
        return len(taken)

    def _deliver(self, conn: Connection, channel: Channel, notification: Notification) -> None:
        key = notification.notification_id
        if channel.latest_only and notifications.is_superseded(conn, key):
            notifications.set_delivered(conn, key, self.clock(), "superseded")
            DELIVERED.labels(channel.name, "superseded").inc()
            return
        try:
            channel.deliver(notification)
        except DeliveryError as error:
            self._fail(conn, notification, str(error))
            return
        notifications.set_delivered(conn, key, self.clock())
        DELIVERED.labels(channel.name, "delivered").inc()
        LATENCY.labels(channel.name).observe(
            max(self.clock() / SECOND_US - notification.body["ts"] / 1000, 0)
        )

    def _fail(self, conn: Connection, notification: Notification, why: str) -> None:
        now_us = self.clock()
        wait = wait_s(notification.attempts + 1, self.chance())
        next_us = None if wait is None else now_us + round(wait * SECOND_US)
        notifications.set_failed(conn, notification.notification_id, why, next_us, now_us)
        result = "dead" if wait is None else "failed"
        DELIVERED.labels(notification.channel, result).inc()
        log.warning("delivery_failed", target=notification.target, result=result, why=why)

    def _show_all(self, conn: Connection, channel: Channel) -> None:
        target_of = ROUTES[channel.name]
        try:
            for alarm in alarm_changes.open_alarms(conn):
                channel.show(target_of(alarm), alert.body_of(alarm))
        except DeliveryError as error:
            # The connection that forgot is gone again; the next one will ask for all.
            log.warning("restore_failed", channel=channel.name, why=str(error))


def run(worker: Worker, connect: Callable[[], Connection], stop: Event) -> None:
    """Work until told to stop; a lost database is waited for."""
    while not stop.is_set():
        try:
            with connect() as conn:
                worker.follow(conn, stop.is_set)
        except ConnectionLost as error:
            log.warning("database_lost", part="notify", why=str(error))
            stop.wait(RETRY_S)

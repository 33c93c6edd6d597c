"""Takes messages from the outbox and delivers them, each until it arrives or its tries are used up.

Each target has a lane of its own: its messages go one after another, and wait for nobody else's. The network
is spoken to in threads; what became of a try is booked by the one thread that has the database.
"""

import random
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from queue import SimpleQueue
from threading import Event, Semaphore

import structlog
from prometheus_client import Counter, Gauge, Histogram

from lineshaft.clock import SECOND_US, Clock
from lineshaft.store import alarm_changes, notifications
from lineshaft.store.circuits import Broken, keep_circuit
from lineshaft.store.database import Connection, ConnectionLost, listen
from lineshaft.store.notifications import ROUTES, Claim, Failure, Notification
from lineshaft.wire import alert
from stream.notify.base import Channel, DeliveryError, GoneError, RefusedError
from stream.notify.circuit import Circuit
from stream.notify.digest import merged

log = structlog.get_logger()

JITTER = 0.1
"""Of a wait: those that failed together need not come back together."""
LEASE_S = 60.0
POLL_S = 1.0
BUSY_POLL_S = 0.05
RETRY_S = 1.0
LANES = 16
"""Targets that are spoken to at the same time."""
SICK_LANES = 4
"""Of them those whose last try failed: however many time out, the others are not kept waiting."""

DELIVERED = Counter(
    "lineshaft_notifications_total", "Messages by what became of a try", ["channel", "result"]
)
LATENCY = Histogram(
    "lineshaft_notification_latency_seconds",
    "From the alarm's change to its delivery",
    ["channel"],
    buckets=(0.1, 0.25, 0.5, 1, 2.5, 5, 10, 60, 600, 3600),
)
OPEN_CIRCUITS = Gauge("lineshaft_notification_circuits_open", "Targets that do not answer", ["channel"])


def wait_s(schedule_s: Sequence[int], attempts: int, chance: float) -> float | None:
    """Seconds until the next try after so many failed ones; None where there is none.

    >>> wait_s((5, 300), 1, 0.5), wait_s((5, 300), 2, 0.5), wait_s((5, 300), 3, 0.5)
    (5.0, 300.0, None)
    """
    if attempts > len(schedule_s):
        return None
    return schedule_s[attempts - 1] * (1 + JITTER * (2 * chance - 1))


@dataclass(slots=True, frozen=True)
class Lane:
    """A target that a thread speaks to, and what it brings back."""

    is_whole: bool
    done: SimpleQueue[tuple[list[Notification], DeliveryError | None]] = field(default_factory=SimpleQueue)
    """Messages that were tried together, and why they did not arrive, if they did not."""
    booked: Semaphore = field(default_factory=lambda: Semaphore(0))
    """Whether the last ones are written down: the next ones wait for it, so that who is killed between
    them repeats one. A channel that is whole takes the same message twice without harm, and does not wait."""
    news: Event = field(default_factory=Event)
    is_over: Event = field(default_factory=Event)
    """Nothing more is to be tried."""

    def bring(self, those: list[Notification], error: DeliveryError | None) -> None:
        """Tell what became of some messages, and wait until that is written down."""
        self.done.put((those, error))
        self.news.set()
        if not self.is_whole:
            self.booked.acquire()


@dataclass(slots=True)
class Worker:
    """Delivers through its channels; several of them side by side share the work."""

    channels: Sequence[Channel]
    clock: Clock
    chance: Callable[[], float] = field(default=random.random)
    """0 … 1, for the jitter."""
    circuits: dict[str, Circuit] = field(default_factory=dict)
    """Lane → its circuit, where a try has failed."""
    _pool: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(LANES, "lane"))
    _busy: dict[str, tuple[Lane, Future[list[Notification]]]] = field(default_factory=dict)
    """Lane → what its thread brings, and in the end gives back untried."""
    _news: Event = field(default_factory=Event)

    def follow(self, conn: Connection, should_stop: Callable[[], bool]) -> None:
        """Deliver what is due and wait for more, until it should stop.

        Raises:
            ConnectionLost: what was taken is due again when its lease ends.
        """
        while not should_stop():
            if self.start_due(conn) + self.book_done(conn):
                continue
            for _ in listen(conn, ("notification",), BUSY_POLL_S if self._busy else POLL_S):
                break
        for lane, _ in self._busy.values():
            lane.is_over.set()
        self._finish(conn)

    def deliver_due(self, conn: Connection) -> int:
        """One round, to its end: gives how many messages were taken."""
        taken = self.start_due(conn)
        self._finish(conn)
        return taken

    def start_due(self, conn: Connection) -> int:
        """Hand what is due to the lanes that are free; gives how many messages were taken."""
        ready = {channel.name: channel for channel in self.channels if channel.is_ready}
        for channel in ready.values():
            if channel.wants_all():
                self._show_all(conn, channel)
        if not ready:
            return 0
        now_us = self.clock()
        by_lane: dict[str, list[Notification]] = {}
        for notification in (*self._claim(conn, ready, now_us), *self._probes(conn, ready, now_us)):
            by_lane.setdefault(_lane(ready[notification.channel], notification.target), []).append(
                notification
            )
        for lane, those in by_lane.items():
            channel = ready[those[0].channel]
            fresh = self._without_superseded(conn, channel, those)
            if fresh:
                under_way = Lane(channel.is_whole, news=self._news)
                self._busy[lane] = under_way, self._pool.submit(_deliver, under_way, channel, fresh)
        return sum(map(len, by_lane.values()))

    def book_done(self, conn: Connection) -> int:
        """Book what the lanes have brought back; gives how many tries that were."""
        booked = 0
        for name, (lane, future) in list(self._busy.items()):
            is_done = future.done()  # asked first: what it brought before that is all there is
            while not lane.done.empty():
                those, error = lane.done.get()
                booked += len(those)
                try:
                    self._book(conn, name, those, error)
                finally:
                    lane.booked.release()
            if is_done:
                del self._busy[name]
                left = future.result()
                if left:
                    notifications.release(conn, [one.notification_id for one in left])
        return booked

    def close(self) -> None:
        """Wait for what is under way; what was not booked is due again when its lease ends."""
        for lane, _ in self._busy.values():
            lane.is_over.set()
            lane.booked.release()
        self._pool.shutdown(wait=True, cancel_futures=True)

    def _finish(self, conn: Connection) -> None:
        while self._busy:
            self._news.wait(BUSY_POLL_S)
            self._news.clear()
            self.book_done(conn)

    def _book(
        self, conn: Connection, lane: str, those: list[Notification], error: DeliveryError | None
    ) -> None:
        if error is None:
            self._succeed(conn, lane, those)
        else:
            self._fail(conn, lane, those, error)

    def _claim(self, conn: Connection, ready: dict[str, Channel], now_us: int) -> list[Notification]:
        sick = [lane for lane, one in self.circuits.items() if one.failures and not one.is_open]
        sick_busy = sum(1 for lane in self._busy if lane in self.circuits and self.circuits[lane].failures)
        closed = {*self._busy, *(lane for lane, one in self.circuits.items() if one.is_open)}
        if sick_busy >= SICK_LANES:
            closed |= set(sick)
        if len(self._busy) >= LANES:
            return []
        whole = [channel.name for channel in ready.values() if channel.is_whole]
        return notifications.claim(conn, Claim(list(ready), whole, sorted(closed), LEASE_S), now_us)

    def _probes(self, conn: Connection, ready: dict[str, Channel], now_us: int) -> list[Notification]:
        """One message for each target that did not answer and may be asked again."""
        found = []
        for lane, circuit in list(self.circuits.items()):
            name, _, target = lane.partition("\n")
            if not circuit.is_open or circuit.probe_us > now_us or lane in self._busy or name not in ready:
                continue
            if ready[name].is_whole:
                circuit.opened_us = None  # its connection says by itself whether it is there
                continue
            probe = notifications.claim_probe(conn, name, target, now_us, LEASE_S)
            if probe is None:
                self._close(conn, lane)
            else:
                found.append(probe)
        return found[:SICK_LANES]

    def _without_superseded(
        self, conn: Connection, channel: Channel, those: list[Notification]
    ) -> list[Notification]:
        if not channel.latest_only:
            return those
        fresh = []
        for one in those:
            if notifications.is_superseded(conn, one.notification_id):
                notifications.set_delivered(conn, one.notification_id, self.clock(), "superseded")
                DELIVERED.labels(channel.name, "superseded").inc()
            else:
                fresh.append(one)
        return fresh

    def _succeed(self, conn: Connection, lane: str, those: list[Notification]) -> None:
        now_us = self.clock()
        for n, one in enumerate(those):
            note = f"in the digest {those[0].notification_id}" if n else None
            notifications.set_delivered(conn, one.notification_id, now_us, note)
            DELIVERED.labels(one.channel, "delivered").inc()
            if not one.is_digest and "ts" in one.body:
                LATENCY.labels(one.channel).observe(max(now_us / SECOND_US - one.body["ts"] / 1000, 0))
        if lane in self.circuits:
            self._close(conn, lane)
            name, _, target = lane.partition("\n")
            notifications.revive(conn, name, target, now_us)

    def _fail(self, conn: Connection, lane: str, those: list[Notification], error: DeliveryError) -> None:
        channel = next(one for one in self.channels if one.name == those[0].channel)
        circuit = self.circuits.get(lane) or Circuit()
        was_open, now_us = circuit.is_open, self.clock()
        for one in those:
            failure = self._failure(channel, one, error, counts=not was_open)
            notifications.set_failed(conn, one.notification_id, failure, now_us)
            result = "dead" if failure.next_us is None else "failed"
            DELIVERED.labels(one.channel, result).inc()
            log.warning(
                "delivery_failed", channel=one.channel, target=one.target, result=result, why=failure.why
            )
        if isinstance(error, RefusedError | GoneError):
            return  # the target answers, or will never
        circuit.fail(str(error), now_us, self.chance())
        self.circuits[lane] = circuit
        if circuit.opened_us is not None:
            name, _, target = lane.partition("\n")
            why = circuit.why[:500]
            broken = Broken(name, target, circuit.failures, circuit.opened_us, circuit.probe_us, why)
            keep_circuit(conn, name, target, broken)
            self._count_circuits()

    def _failure(self, channel: Channel, one: Notification, error: DeliveryError, *, counts: bool) -> Failure:
        """When to try again. Tries at a target known not to answer use up none, but time goes on."""
        now_us, why = self.clock(), str(error)
        if isinstance(error, GoneError):
            return Failure(why, None)
        is_late = now_us - one.created_us > sum(channel.schedule_s) * SECOND_US
        wait = wait_s(channel.schedule_s, max(one.attempts + counts, 1), self.chance())
        next_us = None if wait is None or is_late else now_us + round(wait * SECOND_US)
        return Failure(why, next_us, counts)

    def _close(self, conn: Connection, lane: str) -> None:
        circuit = self.circuits.pop(lane, None)
        if circuit and circuit.is_open:
            name, _, target = lane.partition("\n")
            keep_circuit(conn, name, target, None)
            self._count_circuits()

    def _count_circuits(self) -> None:
        for channel in self.channels:
            lanes = [lane for lane, one in self.circuits.items() if one.is_open]
            OPEN_CIRCUITS.labels(channel.name).set(
                sum(1 for lane in lanes if lane.partition("\n")[0] == channel.name)
            )

    def _show_all(self, conn: Connection, channel: Channel) -> None:
        target_of = ROUTES[channel.name]
        try:
            for alarm in alarm_changes.open_alarms(conn):
                channel.show(target_of(alarm), alert.body_of(alarm))
        except DeliveryError as error:
            # The connection that forgot is gone again; the next one will ask for all.
            log.warning("restore_failed", channel=channel.name, why=str(error))


def _lane(channel: Channel, target: str) -> str:
    return channel.name if channel.is_whole else f"{channel.name}\n{target}"


def _deliver(lane: Lane, channel: Channel, those: list[Notification]) -> list[Notification]:
    """In a lane's thread: one after another, until one fails in a way that the next would; gives the rest."""
    digests = [one for one in those if one.is_digest]
    parts = [[one] for one in those if not one.is_digest] + ([digests] if digests else [])
    for n, part in enumerate(parts):
        if lane.is_over.is_set():
            return [one for rest in parts[n:] for one in rest]
        error = _try(channel, part)
        lane.bring(part, error)
        if error is not None and not isinstance(error, RefusedError | GoneError):
            return [one for rest in parts[n + 1 :] for one in rest]
    return []


def _try(channel: Channel, part: list[Notification]) -> DeliveryError | None:
    """Deliver messages as one; gives why they did not arrive, if they did not."""
    try:
        channel.deliver(merged(part))
    except DeliveryError as error:
        return error
    except Exception as error:
        # One broken message or channel must not end the others' deliveries.
        log.exception("channel_failed", channel=channel.name)
        return RefusedError(f"{type(error).__name__} in the channel")
    return None


def run(worker: Worker, connect: Callable[[], Connection], stop: Event) -> None:
    """Work until told to stop; a lost database is waited for."""
    while not stop.is_set():
        try:
            with connect() as conn:
                worker.follow(conn, stop.is_set)
        except ConnectionLost as error:
            log.warning("database_lost", part="notify", why=str(error))
            stop.wait(RETRY_S)
    worker.close()

"""Composes an agent: sources → steps → outbox ⇢ uplink.

Sources run in threads of their own and only queue; the network thread only queues; everything else (disk,
window, sending) happens in the one thread that runs `Agent.run`, so nothing needs a lock.
"""

import hashlib
import random
import sqlite3
import threading
from collections.abc import Callable
from pathlib import Path

import msgspec
import structlog

from edge import counters, status
from edge.config import Agent as Description
from edge.feed import Feed
from edge.inbox import Inbox, Marked, Published, Put, Up, Wake
from edge.outbox import Limits, Outbox
from edge.sources.base import Start
from edge.uplink import Uplink
from lineshaft.broker.client import Link
from lineshaft.clock import SECOND_US, Clock, monotonic_clock
from lineshaft.wire import events
from lineshaft.wire.topics import Topic, mark_topic

GATHER_US = 50_000
"""Messages that come this close together share one flush to disk."""
GATHER_LOTS = 200
REST_S = 0.5
"""The longest sleep: stalls and statuses are looked at this often."""
STATE_US = 30 * SECOND_US
FINISH_S = 3.0
"""For each of the three things to be finished at the end: a stop takes at most 10 s."""

log = structlog.get_logger()


class Agent:
    """A running agent; made and run in the same thread."""

    def __init__(self, description: Description, broker_url: str, data_dir: Path, clock: Clock) -> None:
        """Opens the outbox and the sources; sends nothing yet.

        Raises:
            OSError: the folder cannot be written.
            sqlite3.Error: the outbox cannot be opened.
        """
        config = description.config
        self._site, self._agent = config.site, config.agent
        self._clock = clock
        self._config_sha256 = hashlib.sha256(msgspec.json.encode(description.sources)).hexdigest()
        limits = Limits(max_bytes=config.outbox.max_bytes, max_s=config.outbox.max_hours * 3600)
        topic = str(Topic(self._site, self._agent, self._agent, "evt"))
        filler = topic, events.encode(clock() // 1000, [])
        self.outbox = Outbox.open(data_dir / "outbox.sqlite3", limits, clock, filler)
        self._inbox = Inbox()
        self._stop = threading.Event()
        self._link = self._make_link(broker_url)
        spread = random.Random()  # noqa: S311 — spreads retries, no secret
        self._uplink = Uplink(self.outbox, self._link, self._site, self._agent, spread)
        self._feeds = self._make_feeds(description)
        self._tell_of_damage()
        self._held: list[Put] = []
        self._keep_at_us = 0
        self._said_us = 0
        self._said: dict[str, str] = {}
        self._disk_fault = ""
        self._answered: int | None = None

    def _make_link(self, broker_url: str) -> Link:
        inbox = self._inbox
        link = Link(
            broker_url,
            f"lineshaft-{self._site}-{self._agent}",
            on_up=lambda generation: inbox.say(Up(generation)),
            on_message=lambda message: inbox.say(Marked(message.body)),
            on_published=lambda mid, reason: inbox.say(Published(mid, reason)),
            will=status.will(self.outbox, self._site, self._agent),
            manual_ack=False,
        )
        link.subscribe(mark_topic(self._site, self._agent))
        return link

    def _tell_of_damage(self) -> None:
        """Say, once, that the file was damaged and what could not be read of it."""
        missing = self.outbox.missing
        if missing is None:
            return
        log.error("outbox_damaged", missing=missing, boot=self.outbox.boot)
        counters.DROPPED.labels("damaged").inc(missing)
        text = f"the outbox was damaged; {missing} messages could not be read, it lies beside the new one"
        self._uplink.report("edge.damaged", text, {"missing": missing})

    def _make_feeds(self, description: Description) -> dict[str, Feed]:
        shared: dict[str, object] = {}
        feeds = {}
        for source in description.sources:
            start = Start(self.outbox.position(source.id), self._clock, description.folder, shared)
            feeds[source.id] = Feed(source, start, self._inbox, self._stop)
        return feeds

    def stop(self) -> None:
        """End the run; may be called from a signal handler or another thread."""
        self._stop.set()
        self._inbox.say(Wake())

    def not_ready(self) -> str | None:
        """Why the broker is not reached, or not for long; None where it is."""
        return self._link.fault or (None if self._link.is_up else "the broker is not reached")

    def run(self) -> None:
        """Read, keep and send until told to stop; what is kept by then is sent after the next start."""
        log.info("agent_starts", boot=self.outbox.boot, run=self.outbox.run)
        for feed in self._feeds.values():
            feed.open()
        with self._link:
            for feed in self._feeds.values():
                feed.start()
            self._loop(self._stop.is_set)
            self._finish(lambda: all(feed.join(0) for feed in self._feeds.values()))
            self._keep()
            self._say_goodbye()
        self.outbox.close()
        log.info("agent_ends", boot=self.outbox.boot, run=self.outbox.run)

    def _say_goodbye(self) -> None:
        """Say that this is a planned end; a polite disconnect keeps the broker from saying the will."""
        self._finish(
            lambda: not self._uplink.unanswered or not self._link.is_up
        )  # it would queue behind them
        goodbye = status.offline(self.outbox, "stop", self._clock())
        mid = self._link.publish(status.topic_of(self._site, self._agent), goodbye, retain=True)
        self._finish(lambda: mid is None or self._answered == mid or not self._link.is_up)

    def _finish(self, is_over: Callable[[], bool]) -> None:
        """Go on without sending until something is over, but not for long."""
        until_us = monotonic_clock() + round(FINISH_S * SECOND_US)
        while not is_over() and monotonic_clock() < until_us:
            self._heed_all(0.02)

    def _loop(self, is_over: Callable[[], bool]) -> None:
        is_busy = False
        trimmed_us = 0
        while not is_over():
            self._heed_all(self._wait_s(is_busy=is_busy))
            now_us, monotonic_us = self._clock(), monotonic_clock()
            if self._held and monotonic_us >= self._keep_at_us:
                self._keep()
            if monotonic_us - trimmed_us > SECOND_US:
                trimmed_us = monotonic_us
                self._trim()
                counters.show(self.outbox, now_us)
            is_busy = self._uplink.drain(monotonic_us) > 0
            self._say_state(now_us)

    def _wait_s(self, *, is_busy: bool) -> float:
        """How long to sleep: not at all while there is more to send, else until what is held must be kept."""
        if is_busy:
            return 0
        if not self._held:
            return REST_S
        return max(0.0, (self._keep_at_us - monotonic_clock()) / SECOND_US)

    def _heed_all(self, wait_s: float) -> None:
        for word in self._inbox.take(wait_s):
            try:
                self._heed(word)
            except (
                sqlite3.OperationalError
            ) as error:  # the server will repeat its mark, the broker its answer
                self._complain(error)

    def _complain(self, error: sqlite3.OperationalError) -> None:
        self._disk_fault = f"outbox: {error}"
        counters.WRITE_FAULTS.inc()
        log.error("outbox_not_written", why=str(error))

    def _heed(self, word: Put | Up | Published | Marked | Wake) -> None:
        match word:
            case Put():
                if not self._held:
                    self._keep_at_us = monotonic_clock() + GATHER_US
                self._held.append(word)
                if len(self._held) == GATHER_LOTS:
                    self._keep_at_us = 0
            case Up():
                self._uplink.heed_up()
                self._said_us = 0
            case Published():
                self._answered = word.mid
                self._uplink.heed_published(word.mid, word.reason, monotonic_clock())
            case Marked():
                self._uplink.heed_mark(word.body, monotonic_clock())

    def _keep(self) -> None:
        """Write what was handed over, all of it in one transaction; if the disk fails it is tried again."""
        if not self._held:
            return
        messages = [
            (str(Topic(self._site, self._agent, frame.device, frame.kind)), frame.body)
            for lot in self._held
            for frame in lot.frames
        ]
        positions = {lot.source: lot.position for lot in self._held if lot.position}
        try:
            self.outbox.put(self._uplink.lane_for(self._clock()), messages, positions)
        except sqlite3.OperationalError as error:
            self._complain(error)
            self._keep_at_us = monotonic_clock() + SECOND_US  # the sources wait meanwhile
            return
        self._disk_fault = ""
        counters.ISSUED.inc(len(messages))
        self._inbox.kept(len(self._held))
        held, self._held = self._held, []
        for lot in held:
            if lot.on_kept is not None:
                lot.on_kept()

    def _trim(self) -> None:
        try:
            dropped = self.outbox.trim()
        except sqlite3.OperationalError as error:
            log.error("outbox_not_trimmed", why=str(error))  # noqa: TRY400 — as above
            return
        if dropped:
            counters.DROPPED.labels("full").inc(dropped)
            log.error("outbox_full", dropped=dropped)

    def _say_state(self, now_us: int) -> None:
        """Say how things are: after connecting, when a source's status changes, and every 30 s."""
        sources = {name: feed.status for name, feed in self._feeds.items()}
        faults = {"outbox": self._disk_fault, "uplink": self._uplink.fault, "link": self._link.fault}
        sources.update({name: fault for name, fault in faults.items() if fault})
        is_due = not self._said_us or abs(now_us - self._said_us) > STATE_US or sources != self._said
        if not is_due or not self._link.is_up:
            return
        body = status.state(self.outbox, sources, self._config_sha256, now_us)
        topic = status.topic_of(self._site, self._agent)
        if self._link.publish(topic, body, retain=True) is not None:
            self._said_us, self._said = now_us, sources

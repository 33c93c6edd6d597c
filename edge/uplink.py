"""Sends what the outbox keeps, in order, and hears from the server what is safe.

Driven by the agent's one thread: it hands over what the link said (`heed_…`) and lets it send (`drain`).
What to send when is decided in `window.py`; here are only the outbox, the link and the wire between them.
"""

import random

import structlog

from edge.outbox import Outbox, Row, size_of
from edge.window import MESSAGES, Verdict, Window
from lineshaft.broker.client import Link
from lineshaft.clock import SECOND_US
from lineshaft.wire import events, marks
from lineshaft.wire.envelope import Envelope, Lane, to_properties
from lineshaft.wire.topics import Topic

AT_ONCE = 64
"""Live messages sent between two looks at what the link said; a quarter of that for the late lane."""
LATE_PER_S = 2_000
"""A backlog is drained no faster, so that the server keeps up with what is live."""
BEHIND_US = 10 * SECOND_US
"""A live lane that waits longer than this is behind: what comes now goes to the late lane."""
NOBODY = 0x10
REFUSED = 0x80
FOR_GOOD = {0x87, 0x90, 0x99}
"""Not authorized, topic name invalid, payload invalid: the same bytes will be refused again."""

log = structlog.get_logger()


class Uplink:
    """The sending half of an agent."""

    def __init__(self, outbox: Outbox, link: Link, site: str, agent: str, spread: random.Random) -> None:
        self._outbox = outbox
        self._link = link
        self._site, self._agent = site, agent
        self._window = Window(spread, outbox.db)
        for lane, window in self._window.lanes.items():
            window.committed = window.sent = outbox.committed[lane]
        self._unacked: dict[int, tuple[Lane, int]] = {}
        self._late_tokens = 0.0
        self._late_us = 0
        self.fault = ""
        """What the broker said against us, for the agent's status."""

    @property
    def unanswered(self) -> int:
        """Messages that the broker has not answered."""
        return len(self._unacked)

    def lane_for(self, now_us: int) -> Lane:
        """The lane of what is written now: late while the live lane is behind."""
        waiting = self._outbox.after(Lane.LIVE, self._outbox.committed[Lane.LIVE], 1)
        is_behind = bool(waiting) and now_us - waiting[0].made_us > BEHIND_US
        return Lane.LATE if is_behind else Lane.LIVE

    def heed_up(self) -> None:
        """A new connection: everything beyond the mark goes out again."""
        self._unacked.clear()
        self._window.connect()

    def heed_mark(self, body: bytes, monotonic_us: int) -> None:
        """The server says what is committed."""
        mark = marks.decode(body)
        if mark is None:
            log.warning("mark_unreadable", length=len(body))
            return
        outbox = self._outbox
        lo = {lane: outbox.lo(lane) for lane in Lane}
        verdict = self._window.heed(mark, outbox.boot, outbox.issued, lo, monotonic_us)
        if verdict is Verdict.ADVANCED:
            outbox.note_mark(mark.db, {Lane.LIVE: mark.live, Lane.LATE: mark.late})
        elif verdict is Verdict.BEYOND:
            log.error("outbox_is_an_old_copy", boot=outbox.boot, mark=repr(mark), issued=repr(outbox.issued))
            outbox.renew()
            self._window.renew()

    def heed_published(self, mid: int, reason: int, monotonic_us: int) -> None:
        """The broker took a message, or said why not. Taken is not safe: only the mark says that."""
        lane, seq = self._unacked.pop(mid, (None, 0))
        if lane is None:
            return
        window = self._window.lanes[lane]
        if reason == NOBODY:
            window.probe(monotonic_us)
        elif reason < REFUSED:
            window.probing = False
            self.fault = ""
        elif not window.probing:  # find out which one it is, one at a time
            window.probe(monotonic_us)
        elif seq == window.committed + 1:
            self._refuse(lane, seq, reason, monotonic_us)

    def drain(self, monotonic_us: int) -> int:
        """Send some of what may be sent now, four live to one late; how many."""
        for lane in self._window.tick(monotonic_us):
            log.warning("no_progress", lane=lane.name, committed=self._outbox.committed[lane])
        if not self._link.is_up or len(self._unacked) >= MESSAGES:
            return 0
        live = self._send(Lane.LIVE, AT_ONCE, monotonic_us)
        self._refill(monotonic_us)
        most = min(AT_ONCE // 4 if live == AT_ONCE else AT_ONCE, int(self._late_tokens))
        late = self._send(Lane.LATE, most, monotonic_us)
        self._late_tokens -= late
        return live + late

    def _send(self, lane: Lane, most: int, monotonic_us: int) -> int:
        window = self._window.lanes[lane]
        sent = 0
        while sent < most and window.sent < self._outbox.issued[lane] and window.room(monotonic_us):
            rows = self._outbox.after(lane, window.sent, min(most - sent, window.room(monotonic_us)))
            for row in rows:
                if not self._publish(lane, row):
                    return sent
                window.take(row.seq, size_of(row.topic, row.body), monotonic_us)
                sent += 1
            if not rows:
                break
        return sent

    def _publish(self, lane: Lane, row: Row) -> bool:
        lo = min(self._outbox.lo(lane), row.seq)
        envelope = Envelope(self._outbox.boot, lane, row.seq, lo, self._agent)
        is_report = row.topic.endswith(("/state", "/meta"))
        mid = self._link.publish(row.topic, row.body, retain=is_report, properties=to_properties(envelope))
        if mid is None:
            return False
        self._unacked[mid] = (lane, row.seq)
        return True

    def _refill(self, monotonic_us: int) -> None:
        """Earn the right to send late messages, at most a second's worth."""
        earned = (monotonic_us - self._late_us) / SECOND_US * LATE_PER_S
        self._late_tokens = min(LATE_PER_S, self._late_tokens + earned)
        self._late_us = monotonic_us

    def _refuse(self, lane: Lane, seq: int, reason: int, monotonic_us: int) -> None:
        """The broker says no to the first message: put it aside if it always will, else wait longer."""
        window = self._window.lanes[lane]
        rows = self._outbox.after(lane, seq - 1, 1)
        substitute = str(Topic(self._site, self._agent, self._agent, "evt"))
        self.fault = f"the broker refuses messages, reason 0x{reason:02x}"
        log.error("message_refused", lane=lane.name, seq=seq, reason=reason)
        if not rows or reason not in FOR_GOOD or rows[0].topic == substitute:
            window.refuse(monotonic_us)
            return
        said: dict[str, object] = {"topic": rows[0].topic, "reason": reason, "bytes": len(rows[0].body)}
        event: dict[str, object] = {"code": "edge.refused", "sev": "high", "text": self.fault, "data": said}
        self._outbox.replace(lane, seq, reason, (substitute, events.encode(rows[0].made_us // 1000, [event])))
        window.probe(monotonic_us)

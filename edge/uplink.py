"""Sends what the outbox keeps, in order, and hears from the server what is safe.

Driven by the agent's one thread: it hands over what the link said (`heed_…`) and lets it send (`drain`).
What to send when is decided in `window.py`; here are only the outbox, the link and the wire between them.
"""

import random

import structlog

from edge import counters
from edge.outbox import Outbox
from edge.outbox_file import Row, size_of
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
HEAR_US = 2 * SECOND_US
"""After a start, how long to wait for the server's word, which comes at once where the server has ever said
one. It tells whether our file is an old copy, whose numbers were given to other messages already."""
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
        self._held = dict(outbox.issued)
        """What stood in the file when it was opened: of an old copy, the server has these same messages."""
        self._sent = dict(outbox.issued)
        """The highest seq that can have been sent, by lane: all that an earlier run left, and what this one
        has sent. What was only numbered since cannot be committed."""
        self._is_heard = outbox.run == 1
        self._up_us: int | None = None
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
        self._up_us = None
        counters.CONNECTS.inc()

    def heed_mark(self, body: bytes, monotonic_us: int) -> None:
        """The server says what is committed."""
        mark = marks.decode(body)
        if mark is None:
            log.warning("mark_unreadable", length=len(body))
            return
        self._is_heard = True
        outbox = self._outbox
        lo = {lane: outbox.lo(lane) for lane in Lane}
        verdict = self._window.heed(mark, outbox.boot, self._sent, lo, monotonic_us)
        if verdict is Verdict.ADVANCED:
            self._note(mark)
        elif verdict is Verdict.BEYOND:
            self._renew(mark)

    def _note(self, mark: marks.Mark) -> None:
        committed = {Lane.LIVE: mark.live, Lane.LATE: mark.late}
        for lane, seq in committed.items():
            counters.COMMITTED.inc(max(0, seq - self._outbox.committed[lane]))
        if mark.db != self._outbox.db:  # before it is noted: told twice is better than never
            for lane, seq in committed.items():
                self._tell_of_gone(lane, seq)
        self._outbox.note_mark(mark.db, committed)

    def _tell_of_gone(self, lane: Lane, seq: int) -> None:
        """The server lacks messages that are no longer held, and nothing that is held would tell it so: do.

        It was restored from a backup. A message says by its `lo` what is gone, if there is ever another one.
        """
        last = self._outbox.lo(lane) - 1
        if seq >= last or self._outbox.issued[lane] > last:
            return
        log.error("messages_gone", lane=lane.name, first=seq + 1, last=last)
        text = f"the server lacks {last - seq} messages that are no longer kept here"
        self.report("edge.gone", text, {"lane": lane.name.lower(), "first": seq + 1, "last": last}, lane)

    def _renew(self, mark: marks.Mark) -> None:
        """Our file is an old copy: begin a new boot, and say so.

        What it held when it was opened, up to the mark, is committed. What came since was given numbers that
        the server knows from other messages: it is sent under new ones.
        """
        outbox = self._outbox
        log.error("outbox_is_an_old_copy", boot=outbox.boot, mark=repr(mark), issued=repr(outbox.issued))
        said = {Lane.LIVE: mark.live, Lane.LATE: mark.late}
        beyond = {lane.name.lower(): said[lane] - self._sent[lane] for lane in Lane}
        outbox.renew({lane: min(said[lane], self._held[lane]) for lane in Lane})
        self._window.renew()
        self._sent = dict.fromkeys(Lane, 0)
        self._held = dict.fromkeys(Lane, 0)
        text = "the outbox is an old copy; what it kept after the copy was made, and had not sent, is lost"
        self.report("edge.old_copy", text, {"boot": outbox.boot, "beyond": beyond})

    def report(self, code: str, text: str, said: dict[str, object], lane: Lane = Lane.LIVE) -> None:
        """Put an event of the agent itself into the outbox."""
        topic = str(Topic(self._site, self._agent, self._agent, "evt"))
        event: dict[str, object] = {"code": code, "sev": "high", "text": text, "data": said}
        self._outbox.put(lane, [(topic, events.encode(self._outbox.now_ms, [event]))], {})

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
        if not self._link.is_up or len(self._unacked) >= MESSAGES or not self._may_begin(monotonic_us):
            return 0
        live = self._send(Lane.LIVE, AT_ONCE, monotonic_us)
        self._refill(monotonic_us)
        most = min(AT_ONCE // 4 if live == AT_ONCE else AT_ONCE, int(self._late_tokens))
        late = self._send(Lane.LATE, most, monotonic_us)
        self._late_tokens -= late
        return live + late

    def _may_begin(self, monotonic_us: int) -> bool:
        """Whether the server has said how far we are, or has had the time to."""
        if self._up_us is None:
            self._up_us = monotonic_us
        return self._is_heard or monotonic_us - self._up_us >= HEAR_US

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
        counters.SENT.labels("again" if row.seq <= self._sent[lane] else "first").inc()
        self._sent[lane] = max(self._sent[lane], row.seq)
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
        counters.REFUSED.inc()
        self._outbox.replace(lane, seq, reason, (substitute, events.encode(rows[0].made_us // 1000, [event])))
        window.probe(monotonic_us)

"""Decides what to send, and when to send it again. Pure: numbers, sizes and instants in, decisions out.

The server's mark is the only word on what is safe. Beyond it a lane may have a bounded number of messages
under way; it goes back to the mark on a new connection, when the server repeats its mark (it saw a message
ahead of its turn), and when nothing has moved for a while.
"""

import random
from collections import deque
from dataclasses import dataclass, field
from enum import Enum, auto

from lineshaft.clock import SECOND_US
from lineshaft.wire.envelope import Lane
from lineshaft.wire.marks import Mark

MESSAGES = 1_000
"""Under way beyond the mark, both lanes together."""
BYTES = 8 * 1024 * 1024
LATE_SHARE = 4
"""One part in four for the late lane, so that a backlog never takes all the room."""
FIRST_STALL_S = 4.0
LAST_STALL_S = 60.0
REPEAT_S = 1.0
"""A repeated mark is heeded once in this time: what is still under way makes the server repeat it again."""
PROBE_S = 1.0
"""Nobody listens, or the broker refuses: one message at a time, this far apart, until it is heard."""


@dataclass(slots=True)
class LaneWindow:
    """One lane: what is committed, what was sent since."""

    messages: int
    bytes: int
    spread: random.Random
    committed: int = 0
    sent: int = 0
    stall_s: float = FIRST_STALL_S
    probing: bool = False
    asking: bool = False
    """Nothing has moved for too long, and nobody has said that anything was lost: one message at a time until
    something moves. A server that waits for its database has all that was sent; it shall not get it again."""
    hold_until_us: int = 0
    _moved_us: int = 0
    _wait_us: int = 0
    _flight: deque[tuple[int, int]] = field(default_factory=deque)
    _flight_bytes: int = 0
    _aside: list[tuple[int, int]] = field(default_factory=list)
    """What was under way when it began to ask."""
    _doubted: int = 0
    """Up to here messages are under way that were sent before it asked."""

    @property
    def in_flight(self) -> int:
        """Messages sent beyond the mark."""
        return len(self._flight)

    def room(self, now_us: int) -> int:
        """How many messages may be sent now; sizes count as they are sent."""
        if now_us < self.hold_until_us or self._flight_bytes >= self.bytes:
            return 0
        most = 1 if self.probing or self.asking else self.messages
        return max(0, most - len(self._flight))

    def take(self, seq: int, size: int, now_us: int) -> None:
        """Note a message as sent."""
        if not self._flight:
            self._start_waiting(now_us)
        self.sent = seq
        if seq > self.committed:
            self._flight.append((seq, size))
            self._flight_bytes += size

    def advance(self, seq: int, now_us: int) -> bool:
        """Move the mark; True where that is progress. A mark that goes back is the truth too."""
        is_progress = seq > self.committed
        self.committed = seq
        while self._flight and self._flight[0][0] <= seq:
            self._flight_bytes -= self._flight.popleft()[1]
        if is_progress:
            self._take_back()
            self.sent = max(self.sent, seq)
            self.stall_s, self.probing, self.asking = FIRST_STALL_S, False, False
            self._start_waiting(now_us)
        return is_progress

    def _take_back(self) -> None:
        """Something has moved while it asked: what was sent before is believed to be under way again."""
        for seq, size in self._aside:
            if seq > max(self.committed, self.sent):
                self.take(seq, size, self._moved_us)
                self._doubted = seq
        self._aside.clear()

    def rewind(self, to: int) -> None:
        """Send again from the message after `to`."""
        self.sent = to
        self._flight.clear()
        self._flight_bytes = 0
        self._aside.clear()
        self._doubted = 0

    def is_stalled(self, now_us: int) -> bool:
        """Whether something is under way and nothing has moved for too long."""
        return bool(self._flight) and now_us - self._moved_us >= self._wait_us

    def give_up_waiting(self) -> None:
        """Ask with the message after the mark, and wait twice as long the next time.

        If the server answers, and then nothing moves again, what was sent before is lost: all goes out again.
        """
        aside = self._aside.copy() if self.asking else list(self._flight)
        self.asking = self._doubted <= self.committed
        self.rewind(self.committed)
        if self.asking:
            self._aside = aside
        self.stall_s = min(LAST_STALL_S, self.stall_s * 2)

    def probe(self, now_us: int) -> None:
        """Go back to the mark, and send one message at a time until one is heard."""
        self.rewind(self.committed)
        self.probing = True
        self.hold_until_us = now_us + round(PROBE_S * SECOND_US)

    def refuse(self, now_us: int) -> None:
        """The broker took a message and said no: go back, and leave it in peace for longer each time."""
        self.probe(now_us)
        self.hold_until_us = now_us + round(self.stall_s * SECOND_US)
        self.stall_s = min(LAST_STALL_S, self.stall_s * 2)

    def _start_waiting(self, now_us: int) -> None:
        self._moved_us = now_us
        self._wait_us = round(self.stall_s * self.spread.uniform(1, 1.25) * SECOND_US)


class Verdict(Enum):
    """What a mark means for the outbox."""

    OTHER_BOOT = auto()
    """About another outbox file: nothing to do."""
    ADVANCED = auto()
    """More is committed, or as much as before."""
    BEYOND = auto()
    """More is committed than was ever sent: this file is an old copy, and must begin a new boot."""


class Window:
    """Both lanes of an agent against the server's marks."""

    def __init__(self, spread: random.Random, db: str = "") -> None:
        late = MESSAGES // LATE_SHARE
        self.lanes = {
            Lane.LIVE: LaneWindow(MESSAGES - late, BYTES - BYTES // LATE_SHARE, spread),
            Lane.LATE: LaneWindow(late, BYTES // LATE_SHARE, spread),
        }
        self.db = db
        """The journal that the last mark spoke for."""
        self._last: Mark | None = None
        self._repeated_us = 0

    def connect(self) -> None:
        """A new connection: what was under way on the old one may be lost.

        One message goes first: a broker that has just come back may have forgotten who listened, and ingest
        comes back a moment later than we do. Sent to nobody, all would have to be sent again.
        """
        for lane in self.lanes.values():
            lane.rewind(lane.committed)
            lane.asking, lane.probing = False, True
        self._last = None

    def renew(self) -> None:
        """A new boot: nothing of it is committed."""
        for lane in self.lanes.values():
            lane.committed = 0
            lane.rewind(0)
        self._last = None

    def heed(
        self, mark: Mark, boot: str, issued: dict[Lane, int], lo: dict[Lane, int], now_us: int
    ) -> Verdict:
        """Take in a mark.

        Args:
            mark: the server's word.
            boot: ours.
            issued: the highest seq that can have been sent, by lane.
            lo: the lowest seq still held, by lane.
            now_us: a monotonic instant.
        """
        is_other_db = bool(self.db) and mark.db != self.db
        self.db = mark.db
        said = {Lane.LIVE: mark.live, Lane.LATE: mark.late}
        verdict = Verdict.OTHER_BOOT
        if mark.boot == boot:
            if any(said[lane] > issued[lane] for lane in Lane):
                return Verdict.BEYOND
            self._apply(mark, said, now_us)
            verdict = Verdict.ADVANCED
        if is_other_db:  # restored from a backup: what it lost stands in our oldest rows
            for lane, window in self.lanes.items():
                window.rewind(lo[lane] - 1)
        return verdict

    def _apply(self, mark: Mark, said: dict[Lane, int], now_us: int) -> None:
        moved = [window.advance(said[lane], now_us) for lane, window in self.lanes.items()]
        is_repeat = mark == self._last and not any(moved)
        self._last = mark
        if is_repeat and now_us - self._repeated_us >= REPEAT_S * SECOND_US:
            self._repeated_us = now_us
            for window in self.lanes.values():
                window.rewind(window.committed)

    def tick(self, now_us: int) -> list[Lane]:
        """Send again in the lanes where nothing has moved for too long; gives those lanes."""
        stalled = [lane for lane, window in self.lanes.items() if window.is_stalled(now_us)]
        for lane in stalled:
            self.lanes[lane].give_up_waiting()
        return stalled

"""What to send and when to send it again, without a disk or a network."""

import random

from hypothesis import given, settings
from hypothesis import strategies as st

from edge.window import BYTES, MESSAGES, Verdict, Window
from lineshaft.wire.envelope import Lane
from lineshaft.wire.marks import Mark

S = 1_000_000
ALL = {Lane.LIVE: 5_000, Lane.LATE: 5_000}
LO = {Lane.LIVE: 1, Lane.LATE: 1}


def window() -> Window:
    return Window(random.Random(1), "db1")  # noqa: S311 — spreads waits


def send(window: Window, lane: Lane, now_us: int, size: int = 100) -> int:
    """Send all there is room for; how many."""
    state, count = window.lanes[lane], 0
    while state.room(now_us) and state.sent < ALL[lane]:
        state.take(state.sent + 1, size, now_us)
        count += 1
    return count


def mark(live: int = 0, late: int = 0, db: str = "db1", boot: str = "b1") -> Mark:
    return Mark(db, boot, live, late)


def heed(window: Window, said: Mark, now_us: int) -> Verdict:
    return window.heed(said, "b1", ALL, LO, now_us)


def test_both_lanes_together_send_at_most_a_thousand_beyond_the_mark() -> None:
    w = window()
    assert send(w, Lane.LIVE, 0) + send(w, Lane.LATE, 0) == MESSAGES
    heed(w, mark(live=10), S)
    assert send(w, Lane.LIVE, S) == 10


def test_large_messages_are_bounded_by_their_bytes() -> None:
    w = window()
    count = send(w, Lane.LIVE, 0, size=100_000) + send(w, Lane.LATE, 0, size=100_000)
    assert BYTES // 100_000 <= count <= BYTES // 100_000 + 2


def test_without_progress_it_goes_back_after_four_seconds_then_eight() -> None:
    w = window()
    send(w, Lane.LIVE, 0)
    assert w.tick(3_900_000) == []
    assert w.tick(5 * S) == [Lane.LIVE]
    assert w.lanes[Lane.LIVE].sent == 0
    send(w, Lane.LIVE, 5 * S)
    assert w.tick(12_900_000) == []
    assert w.tick(15 * S) == [Lane.LIVE]


def test_without_progress_one_message_asks_until_something_moves() -> None:
    w = window()
    assert send(w, Lane.LIVE, 0) == 750
    w.tick(5 * S)
    assert send(w, Lane.LIVE, 5 * S) == 1
    heed(w, mark(live=750), 6 * S)  # the server had it all, and was waiting for its database
    assert w.lanes[Lane.LIVE].sent == 750
    assert send(w, Lane.LIVE, 6 * S) == 750


def test_what_was_under_way_before_it_asked_is_sent_again_only_if_nothing_moves_after_the_answer() -> None:
    w = window()
    send(w, Lane.LIVE, 0)
    w.tick(5 * S)
    send(w, Lane.LIVE, 5 * S)
    heed(w, mark(live=1), 6 * S)
    assert (w.lanes[Lane.LIVE].sent, w.lanes[Lane.LIVE].in_flight) == (750, 749)
    assert w.tick(12 * S) == [Lane.LIVE]
    assert w.lanes[Lane.LIVE].sent == 1
    assert send(w, Lane.LIVE, 12 * S) == 750


def test_waits_end_at_a_minute_and_begin_anew_with_progress() -> None:
    w = window()
    for n in range(10):
        send(w, Lane.LIVE, n * 100 * S)
        assert w.tick(n * 100 * S + 59 * S) == ([Lane.LIVE] if n < 4 else [])
        w.tick(n * 100 * S + 76 * S)
    send(w, Lane.LIVE, 2000 * S)
    heed(w, mark(live=1), 2001 * S)
    send(w, Lane.LIVE, 2001 * S)
    assert w.tick(2004 * S) == []
    assert w.tick(2007 * S) == [Lane.LIVE]


def test_a_lane_with_nothing_under_way_never_stalls() -> None:
    w = window()
    send(w, Lane.LIVE, 0)
    heed(w, mark(live=750), S)
    assert w.tick(1000 * S) == []


def test_a_repeated_mark_sends_it_back_once_a_second() -> None:
    w = window()
    heed(w, mark(live=5), 10 * S)
    send(w, Lane.LIVE, 10 * S)
    heed(w, mark(live=5), 11 * S)
    assert w.lanes[Lane.LIVE].sent == 5
    send(w, Lane.LIVE, 11 * S)
    sent = w.lanes[Lane.LIVE].sent
    heed(w, mark(live=5), 11 * S + 200_000)
    assert w.lanes[Lane.LIVE].sent == sent
    heed(w, mark(live=5), 12 * S + 200_000)
    assert w.lanes[Lane.LIVE].sent == 5


def test_the_retained_mark_after_a_connect_is_no_repeat() -> None:
    w = window()
    heed(w, mark(live=5), 10 * S)
    w.connect()
    send(w, Lane.LIVE, 12 * S)
    sent = w.lanes[Lane.LIVE].sent
    heed(w, mark(live=5), 12 * S)
    assert w.lanes[Lane.LIVE].sent == sent


def test_another_journal_gets_all_that_is_still_held() -> None:
    w = window()
    heed(w, mark(live=100), 0)
    assert w.heed(mark(live=90, db="db2"), "b1", ALL, {Lane.LIVE: 40, Lane.LATE: 1}, S) is Verdict.ADVANCED
    assert (w.lanes[Lane.LIVE].sent, w.lanes[Lane.LIVE].committed, w.db) == (39, 90, "db2")


def test_a_mark_beyond_what_was_issued_and_one_of_another_boot_are_told() -> None:
    w = window()
    assert heed(w, mark(live=5_001), 0) is Verdict.BEYOND
    assert heed(w, mark(live=7, boot="b0"), 0) is Verdict.OTHER_BOOT
    assert w.lanes[Lane.LIVE].committed == 0


def test_with_nobody_listening_one_message_a_second_is_sent() -> None:
    w = window()
    send(w, Lane.LIVE, 0)
    w.lanes[Lane.LIVE].probe(0)
    assert send(w, Lane.LIVE, 500_000) == 0
    assert send(w, Lane.LIVE, S) == 1
    heed(w, mark(live=1), 2 * S)
    assert send(w, Lane.LIVE, 2 * S) == 750


def test_a_refusal_is_left_in_peace_longer_each_time() -> None:
    state = window().lanes[Lane.LIVE]
    state.refuse(0)
    assert (state.room(3 * S), state.room(4 * S)) == (0, 1)
    state.refuse(4 * S)
    assert (state.room(11 * S), state.room(12 * S)) == (0, 1)


class Journey:
    """A server that takes only the next message, a network that loses, and an agent that hears its marks."""

    def __init__(self, chance: random.Random) -> None:
        self.window = Window(chance, "db1")
        self.state = self.window.lanes[Lane.LIVE]
        self.issued = {Lane.LIVE: 30, Lane.LATE: 0}
        self.chance = chance
        self.way: list[int] = []
        self.cursor = self.now_us = 0

    def send(self) -> None:
        while self.state.room(self.now_us) and self.state.sent < self.issued[Lane.LIVE]:
            self.state.take(self.state.sent + 1, 10, self.now_us)
            self.way.append(self.state.sent)

    def deliver(self) -> None:
        for seq in self.way:
            self.cursor += seq == self.cursor + 1
        self.way.clear()

    def lose(self) -> None:
        if self.way:
            self.way.pop(self.chance.randrange(len(self.way)))

    def mark(self) -> None:
        self.window.heed(mark(live=self.cursor), "b1", self.issued, LO, self.now_us)
        assert self.state.committed == self.cursor

    def stall(self) -> None:
        self.now_us += 100 * S
        self.window.tick(self.now_us)

    def cut(self) -> None:
        self.way.clear()
        self.window.connect()


@settings(deadline=None)
@given(
    st.lists(st.sampled_from(["send", "deliver", "lose", "mark", "stall", "cut"]), max_size=60), st.randoms()
)
def test_whatever_is_lost_all_arrives_in_order_at_last(steps: list[str], chance: random.Random) -> None:
    journey = Journey(chance)
    for step in [*steps, *["stall", "send", "deliver", "mark"] * 3]:
        journey.now_us += 1000
        getattr(journey, step)()
        assert journey.state.in_flight <= MESSAGES
    assert (journey.cursor, journey.state.committed) == (30, 30)

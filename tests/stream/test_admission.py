import random
from collections import Counter

from hypothesis import given, settings
from hypothesis import strategies as st

from lineshaft.broker.message import Message
from lineshaft.store.accounting import Count
from lineshaft.store.cursors import Gap, LaneKey, Stand, Step
from lineshaft.wire.envelope import Envelope, Lane, to_properties
from lineshaft.wire.topics import shard_of
from stream.admission import admit
from stream.ledger import BURST_S, Arrival, Ledger, Verdict

TOPIC = "lineshaft/v1/s/a/d/m"
KEY = LaneKey("s", "a", "b1", 0)
NOW = 1_763_700_000_000_000


def message(topic: str, body: bytes, properties: list[tuple[str, str]], *, retained: bool = False) -> Message:
    return Message(topic, body, properties, "", retained=retained, mid=1, qos=1, generation=1)


def numbered(
    seq: int,
    lo: int = 1,
    *,
    boot: str = "b1",
    lane: Lane = Lane.LIVE,
    topic: str = TOPIC,
    body: bytes = b"{}",
    agent: str = "a",
    retained: bool = False,
) -> Arrival:
    properties = to_properties(Envelope(boot, lane, seq, lo, agent))
    return Arrival(message(topic, body, properties, retained=retained), NOW + seq)


def plain(topic: str = TOPIC, body: bytes = b"{}", *, retained: bool = False) -> Arrival:
    return Arrival(message(topic, body, [], retained=retained), NOW)


def at(seq: int, **more: float) -> Ledger:
    return Ledger({KEY: Stand(seq, NOW - 1)}, **more)  # type: ignore[arg-type]  # keywords of the test's own


def results(verdict: Verdict) -> dict[str, int]:
    counted: Counter[str] = Counter()
    for count, messages in verdict.messages.items():
        counted[count.result + (f":{count.code}" if count.code else "")] += messages
    return dict(counted)


def test_the_next_messages_are_journaled_in_order_and_move_the_cursor_once() -> None:
    verdict = admit(at(4), [numbered(5), numbered(6)])
    assert [(e.boot, e.lane, e.seq, e.shard) for e in verdict.entries] == [
        ("b1", 0, 5, shard_of("s", "a")),
        ("b1", 0, 6, shard_of("s", "a")),
    ]
    assert verdict.steps == {KEY: Step(4, 6)}
    assert verdict.sequenced[Count("s", "a", "journaled")] == 2


def test_a_repeat_is_counted_and_kept_out() -> None:
    verdict = admit(at(4), [numbered(4), numbered(5), numbered(5)])
    assert results(verdict) == {"duplicate": 2, "journaled": 1}
    assert verdict.repeated == {KEY}


def test_a_message_ahead_is_discarded_and_answered() -> None:
    verdict = admit(at(4), [numbered(7), numbered(8)])
    assert results(verdict) == {"ahead": 2}
    assert verdict.ahead == {KEY}
    assert not verdict.steps
    assert not verdict.entries


def test_an_unknown_boot_starts_at_its_lowest_held_message() -> None:
    verdict = admit(at(4), [numbered(3, 3, boot="b2"), numbered(4, 3, boot="b2")])
    key = KEY._replace(boot="b2")
    assert [entry.seq for entry in verdict.entries] == [3, 4]
    assert verdict.steps == {key: Step(None, 4)}
    assert verdict.gaps == [Gap(key, 1, 2, "edge_dropped")]


def test_an_unknown_boot_that_does_not_start_with_its_lowest_is_sent_back() -> None:
    verdict = admit(Ledger(), [numbered(9, 1)])
    assert verdict.ahead == {KEY}
    assert not verdict.steps


def test_what_the_agent_no_longer_holds_is_booked_and_passed_over() -> None:
    verdict = admit(at(4), [numbered(10, 8)])
    assert verdict.gaps == [Gap(KEY, 5, 7, "edge_dropped")]
    assert verdict.steps == {KEY: Step(4, 7)}
    assert results(verdict) == {"ahead": 1}  # 8 and 9 are still held, and come again


def test_after_a_restore_a_gap_at_an_older_cursor_is_the_servers() -> None:
    verdict = admit(at(4, restored_us=NOW), [numbered(8, 8)])
    assert [gap.cause for gap in verdict.gaps] == ["server_restored"]


def test_lanes_and_boots_do_not_touch_one_another() -> None:
    verdict = admit(at(4), [numbered(1, lane=Lane.LATE), numbered(5), numbered(1, boot="b2")])
    assert len(verdict.entries) == len(verdict.steps) == 3


def test_a_refused_message_keeps_its_place_in_the_order() -> None:
    arrivals = [
        numbered(5, body=bytes(131_073)),
        numbered(6, topic="lineshaft/v1/s/a/press 1/m"),
        numbered(7, topic="lineshaft/v1/s/a/d/m/more"),
        numbered(8),
    ]
    verdict = admit(at(4), arrivals)
    assert results(verdict) == {"refused:oversize": 1, "refused:topic": 2, "journaled": 1}
    assert verdict.steps == {KEY: Step(4, 8)}
    assert [(letter.code, letter.seq) for letter in verdict.letters] == [
        ("oversize", 5),
        ("topic", 6),
        ("topic", 7),
    ]


def test_an_envelope_of_another_agent_is_refused_and_moves_nothing() -> None:
    verdict = admit(at(4), [numbered(5, agent="b")])
    assert results(verdict) == {"refused:agent_mismatch": 1}
    assert not verdict.steps


def test_a_broken_envelope_is_refused() -> None:
    broken = Arrival(message(TOPIC, b"", [("boot", "b1"), ("seq", "x")]), NOW)
    assert results(admit(at(4), [broken])) == {"refused:envelope": 1}


def test_foreign_topics_have_nobody_to_count_for() -> None:
    verdict = admit(Ledger(), [plain("lineshaft/v1/x"), plain("lineshaft/v1/a b/c/d/m")])
    assert verdict.messages == {Count("", "", "refused", "topic"): 2}


def test_the_servers_own_topics_are_skipped() -> None:
    own = ["lineshaft/v1/s/a/_/mark", "lineshaft/v1/s/_alerts/p/high", "lineshaft/v1/s/a/d/cmd"]
    assert admit(Ledger(), [plain(topic) for topic in own]) == Verdict()


def test_a_message_without_envelope_is_journaled_each_time() -> None:
    verdict = admit(Ledger(), [plain(), plain()])
    assert [(e.site, e.agent, e.boot, e.lane, e.seq) for e in verdict.entries] == [
        ("s", "a", None, None, None)
    ] * 2
    assert not verdict.sequenced


def test_an_unchanged_retained_state_is_counted_but_not_journaled() -> None:
    state = "lineshaft/v1/s/a/d/state"
    ledger = Ledger()
    first = admit(ledger, [plain(state, b"1")])  # published live, kept by the broker
    ledger.settle(first, NOW)
    again = admit(ledger, [plain(state, b"1", retained=True), plain(state, b"2", retained=True)])
    assert results(again) == {"duplicate": 1, "journaled": 1}


def test_a_retained_copy_with_an_envelope_moves_no_cursor() -> None:
    verdict = admit(at(4), [numbered(500, 400, retained=True)])
    assert not verdict.steps
    assert not verdict.gaps
    assert results(verdict) == {"journaled": 1}


def test_what_else_a_message_carries_is_kept_in_a_storable_form() -> None:
    arrival = numbered(5)
    extra = [*arrival.message.properties, ("ce", "zstd"), ("note", "a\0b\ud800")]
    carrying = arrival.message._replace(properties=extra, content_type="application/cbor")
    entry = admit(at(4), [arrival._replace(message=carrying)]).entries[0]
    assert entry.properties == {"ce": "zstd", "note": "a\ufffdb?", "content_type": "application/cbor"}


def test_who_sends_faster_than_allowed_for_long_is_refused_and_keeps_its_place() -> None:
    ledger = at(0, rate=2)
    flood = [numbered(seq)._replace(received_us=NOW) for seq in range(1, 2 * BURST_S + 4)]
    verdict = admit(ledger, flood)
    assert results(verdict) == {"journaled": 2 * BURST_S, "refused:rate": 3}
    assert verdict.steps == {KEY: Step(0, len(flood))}
    assert verdict.letters[0].detail == "more than 2 messages a second for long"
    ledger.settle(verdict, NOW)
    later = [plain()._replace(received_us=NOW + 1_000_000) for _ in range(3)]
    assert results(admit(ledger, later)) == {"journaled": 2, "refused:rate": 1}


def test_what_is_not_committed_has_cost_an_agent_nothing() -> None:
    ledger = at(0, rate=1)
    flood = [numbered(seq)._replace(received_us=NOW) for seq in range(1, BURST_S + 1)]
    assert results(admit(ledger, flood)) == results(admit(ledger, flood)) == {"journaled": BURST_S}


def test_repeats_and_other_agents_cost_an_agent_nothing() -> None:
    ledger = at(1, rate=1 / BURST_S)
    other = [plain("lineshaft/v1/s/b/d/m")]
    verdict = admit(ledger, [numbered(1)] * 5 + other + [numbered(2), numbered(3)])
    assert results(verdict) == {"duplicate": 5, "journaled": 2, "refused:rate": 1}


@settings(max_examples=200, deadline=None)
@given(st.integers(0, 2**32), st.integers(1, 60), st.floats(0, 0.5), st.integers(1, 7))
def test_a_lossy_repeating_network_loses_nothing_doubles_nothing_and_keeps_the_order(
    seed: int, count: int, loss: float, most: int
) -> None:
    """An agent that resends from its mark, over a network that drops, repeats and restarts at will."""
    chance = random.Random(seed)  # noqa: S311 — a network, not a secret
    ledger = Ledger()
    journal: list[int | None] = []
    mark = 0
    for _ in range(1000):
        if mark == count:
            break
        window = range(mark + 1, min(mark + 8, count) + 1)
        sent = [numbered(seq, 1) for seq in window for _ in range(chance.choice([1, 1, 2]))]
        sent = [arrival for arrival in sent if chance.random() >= loss]
        for start in range(0, len(sent), most):
            verdict = admit(ledger, sent[start : start + most])
            assert sum(verdict.messages.values()) == len(sent[start : start + most])
            if chance.random() < 0.2:
                continue  # the transaction failed: nothing of it happened
            ledger.settle(verdict, NOW)
            journal += [entry.seq for entry in verdict.entries]
        stand = ledger.cursors.get(KEY)
        mark = stand.seq if stand else 0
    assert journal == list(range(1, count + 1))

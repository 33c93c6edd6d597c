"""Decides what becomes of each message that arrives, without doing any of it. Pure.

The shell (`stream.ingest`) gives it what is committed and what has arrived, writes the verdict in one
transaction, and only then acknowledges. If the transaction fails, the verdict is forgotten: nothing in here
has changed.

The rules, for a message of one lane whose cursor stands at c (0 where the lane is unknown):

- lo > c + 1: the agent no longer holds c + 1 … lo - 1; they are booked as lost, and c becomes lo - 1;
- seq <= c: a repeat, counted as duplicate;
- seq = c + 1: the next one; journaled, or refused with a reason, and the cursor moves either way;
- seq > c + 1: one ahead, because something before it was lost on the way. Counted and discarded, and answered
  by one mark, which makes the agent send again from c + 1. Kept unacknowledged, it would fill the broker's
  window.

Messages without an envelope have no cursor; they come at least once.
"""

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import NamedTuple

from lineshaft.broker.client import Message
from lineshaft.store.accounting import Count, Tally
from lineshaft.store.cursors import Gap, LaneKey, Stand, Step
from lineshaft.store.dead_letters import Letter, storable
from lineshaft.store.journal import CONTROL_SHARD, Entry, Properties
from lineshaft.wire import envelope, limits, topics
from lineshaft.wire.envelope import Envelope
from lineshaft.wire.rejected import Rejected

TICK_TOPIC = "_/tick"
ENVELOPE_NAMES = frozenset(envelope.Envelope._fields)
RETAINED_KINDS = frozenset(("state", "meta"))
EXTRAS = 32
EXTRA_LENGTH = 1024
"""A broker takes user properties of any number and length; the journal does not."""


class Arrival(NamedTuple):
    """A message and when it came."""

    message: Message
    received_us: int
    fault: Rejected | None = None
    """Why the database would not take it, found out by a try."""


@dataclass(slots=True)
class Ledger:
    """What is committed, as far as this process knows."""

    cursors: dict[LaneKey, Stand] = field(default_factory=dict)
    retained: dict[str, bytes] = field(default_factory=dict)
    """Topic → SHA-256 of the last journaled retained body."""
    restored_us: int = 0
    """When the server last came back from a backup; 0 if never."""

    def settle(self, verdict: "Verdict", now_us: int) -> None:
        """Take over a verdict that is committed."""
        for key, step in verdict.steps.items():
            self.cursors[key] = Stand(step.seq, now_us)
        self.retained.update(verdict.retained)


@dataclass(slots=True)
class Verdict:
    """What is to be written for some arrivals, all in one transaction."""

    entries: list[Entry] = field(default_factory=list)
    steps: dict[LaneKey, Step] = field(default_factory=dict)
    gaps: list[Gap] = field(default_factory=list)
    letters: list[Letter] = field(default_factory=list)
    retained: dict[str, bytes] = field(default_factory=dict)
    messages: Counter[Count] = field(default_factory=Counter)
    sequenced: Counter[Count] = field(default_factory=Counter)
    repeated: set[LaneKey] = field(default_factory=set)
    """Lanes of duplicates: their agent may have missed its mark."""
    ahead: set[LaneKey] = field(default_factory=set)
    """Lanes of discarded messages: their agent has to go back."""

    def tallies(self) -> Mapping[Count, Tally]:
        """The counts as the books take them."""
        return {count: Tally(n, self.sequenced[count]) for count, n in self.messages.items()}


def admit(ledger: Ledger, arrivals: Iterable[Arrival]) -> Verdict:
    """Decide about messages in the order they arrived; the ledger is only read."""
    verdict = Verdict()
    for arrival in arrivals:
        if not topics.is_server_own(arrival.message.topic):
            _admit_one(ledger, verdict, arrival)
    return verdict


def tick(now_us: int) -> Entry:
    """The row that tells steps what time it is."""
    return Entry(CONTROL_SHARD, now_us, None, None, None, None, None, TICK_TOPIC, None, b"")


class _Place(NamedTuple):
    """Whose message it is, as far as its topic tells; no device and kind where it is not of the contract."""

    site: str
    agent: str
    device: str | None
    kind: str | None
    shard: int


def _admit_one(ledger: Ledger, verdict: Verdict, arrival: Arrival) -> None:
    message = arrival.message
    place = _place(message.topic)
    if place is None:
        _refuse(verdict, arrival, None, None, Rejected("topic", f"expected {topics.ROOT}/site/agent/…"))
        return
    sender = envelope.from_properties(message.properties, place.agent)
    if isinstance(sender, Rejected):
        _refuse(verdict, arrival, place, None, sender)
    elif sender is None:
        _admit_unnumbered(ledger, verdict, arrival, place)
    else:
        _admit_numbered(ledger, verdict, arrival, place, sender)


def _admit_numbered(
    ledger: Ledger, verdict: Verdict, arrival: Arrival, place: _Place, sender: Envelope
) -> None:
    key = LaneKey(place.site, place.agent, sender.boot, int(sender.lane))
    step, stand = verdict.steps.get(key), ledger.cursors.get(key)
    cursor = step.seq if step else stand.seq if stand else 0
    if sender.seq <= cursor:
        verdict.repeated.add(key)
        verdict.messages[Count(place.site, place.agent, "duplicate")] += 1
    elif arrival.message.retained:
        # The broker's own copy of an old publish: its lo says nothing about what the agent holds now.
        _admit_unnumbered(ledger, verdict, arrival, place)
    else:
        if sender.lo > cursor + 1:
            verdict.gaps.append(Gap(key, cursor + 1, sender.lo - 1, _cause(ledger, stand)))
            cursor = sender.lo - 1
            _move(ledger, verdict, key, cursor)
        if sender.seq > cursor + 1:
            verdict.ahead.add(key)
            verdict.messages[Count(place.site, place.agent, "ahead")] += 1
        else:
            _move(ledger, verdict, key, sender.seq)
            verdict.sequenced[_admit_next(verdict, arrival, place, sender)] += 1


def _admit_next(verdict: Verdict, arrival: Arrival, place: _Place, sender: Envelope) -> Count:
    """The next message of its lane: into the journal, or refused for good. Gives what it was counted as."""
    fault = _fault(arrival, place)
    if fault is not None:
        return _refuse(verdict, arrival, place, sender, fault)
    return _journal(verdict, arrival, place, sender)


def _admit_unnumbered(ledger: Ledger, verdict: Verdict, arrival: Arrival, place: _Place) -> None:
    """A message that is in no order: journaled, unless the broker only repeats what it still holds."""
    message = arrival.message
    fault = _fault(arrival, place)
    if fault is not None:
        _refuse(verdict, arrival, place, None, fault)
    elif message.retained and hashlib.sha256(message.body).digest() == verdict.retained.get(
        message.topic, ledger.retained.get(message.topic)
    ):
        verdict.messages[Count(place.site, place.agent, "duplicate")] += 1
    else:
        _journal(verdict, arrival, place, None)


def _journal(verdict: Verdict, arrival: Arrival, place: _Place, sender: Envelope | None) -> Count:
    message = arrival.message
    boot, lane, seq = (sender.boot, int(sender.lane), sender.seq) if sender else (None, None, None)
    verdict.entries.append(
        Entry(
            place.shard, arrival.received_us, place.site, place.agent, boot, lane, seq,
            message.topic, _extras(message), message.body,
        )
    )  # fmt: skip
    if message.retained or place.kind in RETAINED_KINDS:
        verdict.retained[message.topic] = hashlib.sha256(message.body).digest()
    count = Count(place.site, place.agent, "journaled")
    verdict.messages[count] += 1
    return count


def _refuse(
    verdict: Verdict, arrival: Arrival, place: _Place | None, sender: Envelope | None, fault: Rejected
) -> Count:
    boot, lane, seq = (sender.boot, int(sender.lane), sender.seq) if sender else (None, None, None)
    site, agent, device = (place.site, place.agent, place.device) if place else (None, None, None)
    verdict.letters.append(
        Letter(
            arrival.received_us, "ingest", arrival.message.topic, fault.code, fault.detail,
            arrival.message.body, site=site, agent=agent, device=device, boot=boot, lane=lane, seq=seq,
        )
    )  # fmt: skip
    count = Count(site or "", agent or "", "refused", fault.code)
    verdict.messages[count] += 1
    return count


def _move(ledger: Ledger, verdict: Verdict, key: LaneKey, seq: int) -> None:
    """Note a cursor's new place; what it is expected to be in the database stays that of the first move."""
    step, stand = verdict.steps.get(key), ledger.cursors.get(key)
    expected = step.expected if step else stand.seq if stand else None
    verdict.steps[key] = Step(expected, seq)


def _cause(ledger: Ledger, stand: Stand | None) -> str:
    """Why messages are gone: what was committed after a restored backup is the server's own loss."""
    last_us = stand.updated_us if stand else 0
    return "server_restored" if last_us < ledger.restored_us else "edge_dropped"


def _fault(arrival: Arrival, place: _Place) -> Rejected | None:
    """What ingest refuses for itself; all else about a body is for the flow to judge."""
    body = arrival.message.body
    if place.kind is None:
        return Rejected("topic", f"expected {topics.ROOT}/site/agent/device/kind")
    if len(body) > limits.BODY_BYTES:
        return Rejected("oversize", f"{len(body)} bytes, allowed are {limits.BODY_BYTES}")
    return arrival.fault


@lru_cache(maxsize=65_536)
def _place(topic: str) -> _Place | None:
    """Whose topic it is. A bad one below an agent's own name keeps its place in the order."""
    parsed = topics.parse(topic)
    if parsed is not None:
        shard = topics.shard_of(parsed.site, parsed.agent)
        return _Place(parsed.site, parsed.agent, parsed.device, parsed.kind, shard)
    levels = topic.split("/")
    if topic.startswith(f"{topics.ROOT}/") and len(levels) > 3:
        site, agent = levels[2:4]
        if topics.LEVEL.fullmatch(site) and topics.LEVEL.fullmatch(agent):
            return _Place(site, agent, None, None, topics.shard_of(site, agent))
    return None


def _extras(message: Message) -> Properties:
    """What a message carried beside its envelope, in a form the journal can store; mostly nothing."""
    extras: dict[str, object] = {
        storable(name)[:EXTRA_LENGTH]: storable(value)[:EXTRA_LENGTH]
        for name, value in message.properties
        if name not in ENVELOPE_NAMES
    }
    if message.content_type and message.content_type != "application/json":
        extras["content_type"] = storable(message.content_type)[:EXTRA_LENGTH]
    return dict(list(extras.items())[:EXTRAS]) or None

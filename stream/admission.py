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

Messages without an envelope, all foreign ones among them, have no cursor; they come at least once.

A message costs a few microseconds here, 20,000 times a second: what its topic tells is looked up, and what
its lane has in common with the last message is kept for the batch.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import NamedTuple

from lineshaft.broker.message import Message
from lineshaft.store.accounting import Count
from lineshaft.store.cursors import Gap, LaneKey, Stand, Step
from lineshaft.store.dead_letters import Letter, storable
from lineshaft.store.journal import CONTROL_SHARD, Entry, Properties
from lineshaft.wire import door, envelope, limits, topics
from lineshaft.wire.dialects import shard_topic
from lineshaft.wire.door import Door
from lineshaft.wire.envelope import Envelope
from lineshaft.wire.rejected import Rejected
from stream.ledger import Agent, Arrival, Ledger, Purse, Verdict

TICK_TOPIC = "_/tick"
ENVELOPE_NAMES = frozenset(envelope.Envelope._fields)
RETAINED_KINDS = frozenset(("state", "meta"))
FOREIGN = "foreign"
"""Stands for the kind of a message that has none."""
PLAIN_TYPES = frozenset(("", "application/json"))
CACHED_LENGTH = 400
"""Longer than any topic of the contract: nobody can fill the memory with what is looked up."""
EXTRAS = 32
EXTRA_LENGTH = 1024
"""A broker takes user properties of any number and length; the journal does not."""


def admit(ledger: Ledger, arrivals: Iterable[Arrival]) -> Verdict:
    """Decide about messages in the order they arrived; the ledger is only read."""
    desk = _Desk(ledger)
    for arrival in arrivals:
        topic = arrival.message.topic
        if arrival.door is not None:
            desk.take_foreign(arrival, arrival.door)
            continue
        place = _place(topic) if len(topic) <= CACHED_LENGTH else _place.__wrapped__(topic)
        if place is None:
            expected = f"expected {topics.ROOT}/site/agent/…"
            desk.refuse(arrival, None, None, Rejected("topic", expected))
        elif not place.is_server_own:
            desk.judge(arrival, place)
    return desk.close()


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
    is_server_own: bool = False


@dataclass(slots=True)
class _Lane:
    """How a lane stands after the messages so far."""

    key: LaneKey
    stand: Stand | None
    cursor: int
    purse: Purse
    moved: bool = False
    journaled: int = 0
    repeated: int = 0
    ahead: int = 0


@dataclass(slots=True)
class _Desk:
    """One batch being judged."""

    ledger: Ledger
    verdict: Verdict = field(default_factory=Verdict)
    lanes: dict[tuple[str, str, str, int], _Lane] = field(default_factory=dict)

    def judge(self, arrival: Arrival, place: _Place) -> None:
        """A message of a known agent."""
        sender = envelope.from_properties(arrival.message.properties, place.agent)
        if sender is None:
            self._take_unnumbered(arrival, place)
        elif isinstance(sender, Rejected):
            self.refuse(arrival, place, None, sender)
        else:
            key = (place.site, place.agent, sender.boot, sender.lane)
            lane = self.lanes.get(key) or self._lane(LaneKey(*key), arrival.received_us)
            if sender.seq == lane.cursor + 1 and not arrival.message.retained:
                lane.cursor, lane.moved = sender.seq, True
                self._take_next(arrival, place, sender, lane)
            else:
                self._take_other(arrival, place, sender, lane)

    def take_foreign(self, arrival: Arrival, entrance: Door) -> None:
        """A message of another dialect: journaled as it is, with the door it came in by."""
        shard = topics.shard_of_foreign(shard_topic(entrance.dialect, arrival.message.topic))
        named = entrance.device or None
        self._take_unnumbered(arrival, _Place(entrance.site, entrance.agent, named, FOREIGN, shard))

    def close(self) -> Verdict:
        """The verdict, with what was counted by lane."""
        verdict = self.verdict
        for lane in self.lanes.values():
            if lane.moved:
                verdict.steps[lane.key] = Step(lane.stand.seq if lane.stand else None, lane.cursor)
            if lane.repeated:
                verdict.repeated.add(lane.key)
            if lane.ahead:
                verdict.ahead.add(lane.key)
            site, agent, *_ = lane.key
            journaled = Count(site, agent, "journaled")
            counts = ((journaled, lane.journaled), (Count(site, agent, "duplicate"), lane.repeated),
                      (Count(site, agent, "ahead"), lane.ahead))  # fmt: skip
            for count, messages in counts:
                if messages:
                    verdict.messages[count] += messages
            if lane.journaled:
                verdict.sequenced[journaled] += lane.journaled
        return verdict

    def refuse(
        self, arrival: Arrival, place: _Place | None, sender: Envelope | None, fault: Rejected
    ) -> Count:
        """Set a message aside, with its reason."""
        boot, lane, seq = (sender.boot, int(sender.lane), sender.seq) if sender else (None, None, None)
        site, agent, device = (place.site, place.agent, place.device) if place else (None, None, None)
        self.verdict.letters.append(
            Letter(
                arrival.received_us, "ingest", arrival.message.topic, fault.code, fault.detail,
                arrival.message.body, site=site, agent=agent, device=device, boot=boot, lane=lane, seq=seq,
                properties=None if arrival.door is None else _beside(arrival),
            )
        )  # fmt: skip
        count = Count(site or "", agent or "", "refused", fault.code)
        self.verdict.messages[count] += 1
        return count

    def _lane(self, key: LaneKey, now_us: int) -> _Lane:
        stand = self.ledger.cursors.get(key)
        lane = _Lane(key, stand, stand.seq if stand else 0, self._purse(key[:2], now_us))
        self.lanes[key] = lane
        return lane

    def _purse(self, agent: Agent, now_us: int) -> Purse:
        """The agent's purse for this batch, one for all its lanes."""
        purse = self.verdict.purses.get(agent)
        if purse is None:
            purse = self.ledger.purse(agent, now_us)
            if self.ledger.rate:
                self.verdict.purses[agent] = purse
        return purse

    def _take_next(self, arrival: Arrival, place: _Place, sender: Envelope, lane: _Lane) -> None:
        """The next message of its lane: into the journal, or refused for good."""
        message = arrival.message
        fault = _fault(arrival, place) or (self._too_fast() if lane.purse.left < 1 else None)
        if fault is not None:
            self.verdict.sequenced[self.refuse(arrival, place, sender, fault)] += 1
            return
        lane.purse.left -= 1
        lane.journaled += 1
        is_plain = len(message.properties) == len(ENVELOPE_NAMES) and message.content_type in PLAIN_TYPES
        self.verdict.entries.append(
            Entry(
                place.shard, arrival.received_us, place.site, place.agent,
                sender.boot, int(sender.lane), sender.seq,
                message.topic, None if is_plain else _extras(message), message.body,
            )
        )  # fmt: skip
        if place.kind in RETAINED_KINDS:
            self._retain(message)

    def _take_other(self, arrival: Arrival, place: _Place, sender: Envelope, lane: _Lane) -> None:
        """A message of a lane that is not simply the next."""
        if sender.seq <= lane.cursor:
            lane.repeated += 1
        elif arrival.message.retained:
            # The broker's own copy of an old publish: its lo says nothing about what the agent holds now.
            self._take_unnumbered(arrival, place)
        else:
            if sender.lo > lane.cursor + 1:
                cause = _cause(self.ledger, lane.stand)
                self.verdict.gaps.append(Gap(lane.key, lane.cursor + 1, sender.lo - 1, cause))
                lane.cursor, lane.moved = sender.lo - 1, True
            if sender.seq > lane.cursor + 1:
                lane.ahead += 1
            else:
                lane.cursor, lane.moved = sender.seq, True
                self._take_next(arrival, place, sender, lane)

    def _take_unnumbered(self, arrival: Arrival, place: _Place) -> None:
        """A message that is in no order: journaled, unless the broker only repeats what it still holds."""
        message = arrival.message
        fault = _fault(arrival, place)
        purse = self._purse((place.site, place.agent), arrival.received_us)
        if fault is not None or purse.left < 1:
            self.refuse(arrival, place, None, fault or self._too_fast())
        elif message.retained and hashlib.sha256(message.body).digest() == self.verdict.retained.get(
            message.topic, self.ledger.retained.get(message.topic, b"")
        ):
            self.verdict.messages[Count(place.site, place.agent, "duplicate")] += 1
        else:
            purse.left -= 1
            self.verdict.entries.append(
                Entry(
                    place.shard, arrival.received_us, place.site, place.agent, None, None, None,
                    message.topic, _beside(arrival), message.body,
                )
            )  # fmt: skip
            self.verdict.messages[Count(place.site, place.agent, "journaled")] += 1
            if message.retained or place.kind in RETAINED_KINDS:
                self._retain(message)

    def _retain(self, message: Message) -> None:
        self.verdict.retained[message.topic] = hashlib.sha256(message.body).digest()

    def _too_fast(self) -> Rejected:
        return Rejected("rate", f"more than {self.ledger.rate:g} messages a second for long")


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
    if topics.is_server_own(topic):
        return _Place("", "", None, None, CONTROL_SHARD, is_server_own=True)
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


def _beside(arrival: Arrival) -> Properties:
    """What is written beside a message; its door last, for no sender may choose that."""
    extras = _extras(arrival.message)
    return extras if arrival.door is None else {**(extras or {}), **door.to_properties(arrival.door)}


def _extras(message: Message) -> Properties:
    """What a message carried beside its envelope, in a form the journal can store; mostly nothing."""
    extras: dict[str, object] = {
        storable(name)[:EXTRA_LENGTH]: storable(value)[:EXTRA_LENGTH]
        for name, value in message.properties
        if name not in ENVELOPE_NAMES
    }
    if message.content_type not in PLAIN_TYPES:
        extras["content_type"] = storable(message.content_type)[:EXTRA_LENGTH]
    return dict(list(extras.items())[:EXTRAS]) or None

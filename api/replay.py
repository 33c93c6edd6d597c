"""Replays dead letters: decodes them with today's code and appends what is missing from the tables.

Nothing is doubled: what of a message is stored already, by whatever message it came, is left out. For that to
be known, the results must have caught up with the journal first, with the replay before this one too; and
only one replay goes on at a time. The flow takes a replayed row as it is (decision 0010).
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Final

from lineshaft.domain.readings import Batch, Decoded, DeviceKey, Event, Fixes, Identity, Reads
from lineshaft.store import letter_replays as replays
from lineshaft.store.database import AsyncConnection
from lineshaft.store.letter_replays import Message
from lineshaft.wire import again, limits, topics
from lineshaft.wire.again import Key
from lineshaft.wire.codec import decode, decode_foreign
from lineshaft.wire.dialects import shard_topic
from lineshaft.wire.door import Door, from_properties
from lineshaft.wire.rejected import Rejected

MOST: Final = 200
"""Letters decided about in one request; a page goes on from where it ended."""
PATIENCE_S: Final = 5.0
LOOK_S: Final = 0.05

NOT_OURS: Final = frozenset(("envelope", "agent_mismatch"))
"""Refused for its sender: the agent was not told that it is committed, and sends it again itself."""
OF_THE_FORM: Final = frozenset(("ce", "content_type"))
"""Properties that say how a body is written: not those of one written anew."""

Lookup = Callable[[AsyncConnection, DeviceKey, Sequence[Key]], Awaitable[set[Key]]]
LOOKUPS: MappingProxyType[type, Lookup] = MappingProxyType(
    {
        Batch: replays.stored_readings,
        Reads: replays.stored_reads,
        Fixes: replays.stored_fixes,
        Event: replays.stored_events,
    }
)


class BehindError(Exception):
    """The results are behind the journal; what is stored cannot be told yet."""


@dataclass(slots=True, frozen=True)
class Outcome:
    """What became of a letter."""

    id: int
    result: str
    """replayed, stored_already, still_rejected, replayed_before, no_body or not_replayable."""
    detail: str = ""
    pos: int | None = None
    """Where what was missing stands in the journal now."""


@dataclass(slots=True)
class _Todo:
    """A message to append."""

    message: Message
    parts: list[tuple[str, bytes]]
    """(topic, body) of each message to write; one, but of what is left of a foreign message."""
    properties: dict[str, Any]
    rest: list[Rejected]
    """What of it cannot be used today either, where it is not in the body."""


@dataclass(slots=True)
class Replay:
    """One replay of some letters, in one transaction."""

    now_us: int
    outcomes: dict[int, Outcome] = field(default_factory=dict)
    todo: list[_Todo] = field(default_factory=list)
    _known: dict[tuple[DeviceKey, type], set[Key]] = field(default_factory=dict)
    """What is stored, and what earlier messages of this replay will store."""
    _done: set[int] = field(default_factory=set)

    async def decide(self, conn: AsyncConnection, letters: Sequence[int]) -> None:
        """Find out what is to be done about each letter.

        Raises:
            BehindError: see there.
        """
        await replays.lock(conn)
        await _wait(conn)
        for message in await replays.messages(conn, letters):
            if message.letter in self._done:
                continue  # a letter before was about the same message
            self._done.update(message.siblings)
            outcome = _refused(message) or await self._message(conn, message)
            if outcome is not None:
                self.outcomes[message.letter] = outcome

    async def append(self, conn: AsyncConnection) -> None:
        """Do it; the journal is held from here to the end of the transaction."""
        settled = [
            letter for one in self.outcomes.values() if one.result == "stored_already" for letter in (one.id,)
        ]
        await replays.settle(conn, settled, self.now_us)
        for one in self.todo:
            for fault in one.rest:
                await replays.still_rejected(conn, one.message.letter, fault, self.now_us)
        for one in self.todo:
            pos = await self._write(conn, one)
            result = "replayed" if pos is not None else "replayed_before"
            for letter in one.message.siblings:
                self.outcomes[letter] = Outcome(letter, result, pos=pos)

    async def _write(self, conn: AsyncConnection, one: _Todo) -> int | None:
        message, door = one.message, _door(one.message)
        if door is not None:
            shard = topics.shard_of_foreign(shard_topic(door.dialect, message.topic))
            return await replays.append_foreign(
                conn,
                message.siblings,
                shard=shard,
                messages=one.parts,
                properties=one.properties,
                now_us=self.now_us,
            )
        place = topics.parse(message.topic)
        return await replays.append(
            conn,
            message.siblings,
            shard=topics.shard_of(place.site, place.agent) if place else 0,
            body=one.parts[0][1],
            properties=one.properties,
            now_us=self.now_us,
        )

    async def _message(self, conn: AsyncConnection, message: Message) -> Outcome | None:
        """Decide about one message; None where it is to be appended."""
        encoding, door = str(message.properties.get("ce", "")), _door(message)
        sent = (message.topic, message.body or b"", encoding, message.received_us)
        parts = decode_foreign(door, *sent) if door else decode(*sent)
        faults = [part for part in parts if isinstance(part, Rejected)]
        good = [part for part in parts if not isinstance(part, Rejected | Identity)]
        if not good and faults:
            return Outcome(message.letter, "still_rejected", f"{faults[0].code}: {faults[0].detail}")
        missing = [left for part in good if (left := await self._left(conn, part)) is not None]
        if not missing:
            if faults:
                return Outcome(message.letter, "still_rejected", f"{faults[0].code}: {faults[0].detail}")
            return Outcome(message.letter, "stored_already")
        properties = {**message.properties, "letter": message.letter, "received_us": message.received_us}
        if message.pos is not None:
            properties["of"] = message.properties.get("of", message.pos)
        whole = len(missing) == len(good) and all(a is b for a, b in zip(missing, good, strict=True))
        if whole:
            self.todo.append(_Todo(message, [(message.topic, message.body or b"")], properties, []))
        else:
            kept = {name: value for name, value in properties.items() if name not in OF_THE_FORM}
            rest = again.apart(missing) if door else [(message.topic, again.encode(missing))]
            self.todo.append(_Todo(message, rest, kept, faults))
        return None

    async def _left(self, conn: AsyncConnection, part: Decoded) -> Decoded | None:
        """What of a part is not stored yet."""
        lookup, keys = LOOKUPS.get(type(part)), again.keys(part)
        if lookup is None or not keys:
            return None
        known = self._known.setdefault((part.device, type(part)), set())
        known |= await lookup(conn, part.device, keys)
        return again.left(part, known)


def _refused(message: Message) -> Outcome | None:
    """Why a letter cannot be replayed at all; None where it can."""
    reasons = (
        (message.is_replayed, "replayed_before", ""),
        (message.is_control or message.stage == "plant", "not_replayable", "it is no message of a device"),
        (message.code in NOT_OURS, "not_replayable", "its sender still has it and sends it again"),
        (message.body is None, "no_body", "its body was not kept, and the journal has dropped it"),
        (
            topics.parse(message.topic) is None and _door(message) is None,
            "still_rejected",
            "topic: not of the contract, and nobody says in which dialect it is",
        ),
        (
            message.stage == "ingest" and len(message.body or b"") > limits.BODY_BYTES,
            "still_rejected",
            "oversize: larger than the contract allows",
        ),
    )
    return next((Outcome(message.letter, result, why) for holds, result, why in reasons if holds), None)


def _door(message: Message) -> Door | None:
    """The door a foreign message came in by; None for one of our own contract."""
    if message.topic.startswith(f"{topics.ROOT}/"):  # who speaks our contract may not call itself foreign
        return None
    return from_properties(message.site or "", message.agent or "", message.properties)


async def _wait(conn: AsyncConnection) -> None:
    """Until the results have all that the journal holds now."""
    head = await replays.head(conn)
    for _ in range(round(PATIENCE_S / LOOK_S)):
        if await replays.passed(conn) >= head:
            return
        await asyncio.sleep(LOOK_S)
    behind = head - await replays.passed(conn)
    raise BehindError(f"the results are {behind} positions behind; replay once they have caught up")

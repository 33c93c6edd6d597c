"""Bytes of a broker in, packets out; how the bytes were cut makes no difference. Pure.

Written for a stream of small messages: what repeats from message to message (topics, the agent's name, …) is
decoded once, and properties are split at once instead of read one by one, where that gives the same.

Bytes that are no UTF-8 become replacement characters: such a message is for its reader to refuse, the stream
behind it goes on. What breaks the framing is a `ProtocolError`: nothing behind it can be trusted.
"""

from collections.abc import Callable
from functools import lru_cache
from typing import NamedTuple

from lineshaft.broker import packets
from lineshaft.broker.message import Message
from lineshaft.broker.packets import Connack, Farewell, Pong, ProtocolError, Puback, Suback, Unsuback

Packet = Message | Connack | Suback | Unsuback | Puback | Pong | Farewell

PACKET_BYTES = 1 << 20
"""Announced as the largest packet we take. Brokers of ours pass 256 KiB, and what is a little too large
should still arrive, to be refused with a reason."""

_CACHED_BYTES = 128
_FIXED = {
    0x01: 1, 0x02: 4, 0x11: 4, 0x13: 2, 0x17: 1, 0x18: 4, 0x19: 1, 0x21: 2, 0x22: 2, 0x23: 2, 0x24: 1,
    0x25: 1, 0x27: 4, 0x28: 1, 0x29: 1, 0x2A: 1,
}  # fmt: skip
"""Property → its bytes, where they are a number of fixed width (2.2.2.2)."""
_TEXTS = frozenset((0x03, 0x08, 0x12, 0x15, 0x1A, 0x1C, 0x1F))
_BYTES = frozenset((0x09, 0x16))
_SUBSCRIPTION_ID = 0x0B

Pairs = list[tuple[str, str]]


class Properties(NamedTuple):
    """The properties of a packet: user properties in order, of the others the last by its number."""

    pairs: Pairs
    numbers: dict[int, int]
    texts: dict[int, str]


class Parser:
    """Holds what is left of a packet until the rest of it comes."""

    def __init__(self, generation: int = 1, packet_bytes: int = PACKET_BYTES) -> None:
        """Take the bytes of one connection.

        Args:
            generation: of the connection, for its messages.
            packet_bytes: the largest packet that is taken.
        """
        self._generation = generation
        self._most = packet_bytes
        self._parts: list[bytes] = []
        self._held = 0
        self._needed = 2

    def feed(self, chunk: bytes) -> list[Packet]:
        """The packets that are complete with these bytes, in order.

        Raises:
            ProtocolError: the connection has to end; the parser is of no more use.
        """
        self._parts.append(chunk)
        self._held += len(chunk)
        if self._held < self._needed:  # joined only when it helps: a large packet may come in crumbs
            return []
        stream = b"".join(self._parts) if len(self._parts) > 1 else chunk
        found: list[Packet] = []
        at = 0
        while True:
            start, stop = self._bounds(stream, at)
            if stop > len(stream):
                break
            first = stream[at]
            if first & 0xF0 == 0x30:
                found.append(self._message(stream, first, start, stop))
            else:
                found += _other(first, stream[start:stop])
            at = stop
        self._parts = [stream[at:]]
        self._held, self._needed = len(stream) - at, stop - at
        return found

    def _bounds(self, stream: bytes, at: int) -> tuple[int, int]:
        """Where the rest of the packet at `at` begins and ends; the end is beyond the stream if it is cut."""
        length, shift, i = 0, 0, at + 1
        while i < len(stream):
            byte = stream[i]
            i += 1
            length |= (byte & 0x7F) << shift
            if byte < 0x80:
                if length > self._most:
                    raise ProtocolError(
                        packets.TOO_LARGE, f"a packet of {length} bytes, allowed are {self._most}"
                    )
                return i, i + length
            shift += 7
            if shift == 28:
                raise ProtocolError(packets.MALFORMED, "a packet's length is longer than 4 bytes")
        return i, len(stream) + 1

    def _message(self, stream: bytes, first: int, start: int, stop: int) -> Message:
        """A publish (3.3)."""
        qos = first >> 1 & 3
        if qos > 1:
            raise ProtocolError(packets.QOS, f"a message of QoS {qos}, which was not asked for")
        at = start + 2 + (stream[start] << 8 | stream[start + 1]) if stop - start > 2 else stop
        body_at = at + 2 * qos
        if body_at >= stop:
            raise ProtocolError(packets.MALFORMED, "a message ends within its header")
        mid = (stream[at] << 8 | stream[at + 1]) if qos else 0
        if qos and not mid:
            raise ProtocolError(packets.PROTOCOL, "a message of QoS 1 without a number")
        pairs: Pairs
        if stream[body_at]:
            length, begin = _varint(stream, body_at, stop)
            body_at = begin + length
            if body_at > stop:
                raise ProtocolError(packets.MALFORMED, "a message's properties end beyond it")
            pairs, content_type = _split(stream[begin:body_at])
        else:
            body_at += 1
            pairs, content_type = [], ""
        raw = stream[start + 2 : at]
        topic = _text_cached(raw) if len(raw) <= _CACHED_BYTES else _text(raw)
        if not topic:  # only an alias could stand for it
            raise ProtocolError(packets.PROTOCOL, "a message without a topic")
        return Message(
            topic, stream[body_at:stop], pairs, content_type, bool(first & 1), mid, qos, self._generation
        )


def properties(block: bytes) -> Properties:
    """Read properties one by one (2.2.2).

    Raises:
        ProtocolError: they are cut off, or one of them is unknown.
    """
    found = Properties([], {}, {})
    at, stop = 0, len(block)
    while at < stop:
        kind = block[at]
        at += 1
        if kind == packets.USER_PROPERTY:
            name, at = _counted(block, at)
            value, at = _counted(block, at)
            found.pairs.append((_text(name), _text(value)))
        elif kind in _TEXTS:
            value, at = _counted(block, at)
            found.texts[kind] = _text(value)
        elif kind in _FIXED:
            width = _FIXED[kind]
            if at + width > stop:
                raise ProtocolError(packets.MALFORMED, "properties are cut off")
            found.numbers[kind] = int.from_bytes(block[at : at + width], "big")
            at += width
        elif kind in _BYTES:
            _, at = _counted(block, at)
        elif kind == _SUBSCRIPTION_ID:
            found.numbers[kind], at = _varint(block, at, stop)
        else:
            raise ProtocolError(packets.MALFORMED, f"an unknown property 0x{kind:02x}")
    return found


def _split(block: bytes) -> tuple[Pairs, str]:
    """A message's user properties and its content type.

    `&` and a zero begin every user property with a name shorter than 256 bytes. If each piece between two of
    them is exactly one such property, reading them one by one would have found the same. If one is not, they
    are read one by one.
    """
    first, *rest = block.split(b"&\0")
    pairs: list[tuple[str, str] | None] = [
        _pair_cached(piece) if len(piece) <= _CACHED_BYTES else _pair(piece) for piece in rest
    ]
    if None in pairs or len(first) > _CACHED_BYTES:
        return _of_message(properties(block))
    content_type = ""
    if first:
        try:
            others, content_type = _front_cached(first)
        except ProtocolError:  # it only begins there, and holds what looked like a user property
            return _of_message(properties(block))
        pairs = [*others, *pairs]
    return pairs, content_type  # type: ignore[return-value]  # there is no None among them


def _pair(piece: bytes) -> tuple[str, str] | None:
    """One user property behind its first two bytes; None if it is anything else."""
    if not piece:
        return None
    value_at = piece[0] + 3
    if value_at > len(piece) or (piece[value_at - 2] << 8 | piece[value_at - 1]) != len(piece) - value_at:
        return None
    return _text(piece[1 : value_at - 2]), _text(piece[value_at:])


def _front(block: bytes) -> tuple[Pairs, str]:
    return _of_message(properties(block))


def _of_message(found: Properties) -> tuple[Pairs, str]:
    if packets.TOPIC_ALIAS in found.numbers:
        raise ProtocolError(packets.PROTOCOL, "a topic alias, which we did not allow")
    return found.pairs, found.texts.get(packets.CONTENT_TYPE, "")


def _text(raw: bytes) -> str:
    return raw.decode("utf-8", "replace")


_text_cached = lru_cache(16_384)(_text)
_pair_cached = lru_cache(4_096)(_pair)
_front_cached = lru_cache(256)(_front)


def _other(first: int, rest: bytes) -> list[Packet]:
    """Any packet that is no message."""
    kind = first >> 4
    if first & 0x0F or kind not in _READ:
        raise ProtocolError(packets.PROTOCOL, f"a packet that begins with 0x{first:02x}, which none may")
    try:
        return [_READ[kind](rest)]
    except IndexError as error:
        raise ProtocolError(packets.MALFORMED, f"a packet of kind {kind} is cut off") from error


def _connack(rest: bytes) -> Connack:
    length, at = _varint(rest, 2, len(rest))
    numbers = properties(rest[at : at + length]).numbers
    return Connack(
        bool(rest[0] & 1),
        rest[1],
        numbers.get(packets.RECEIVE_MAXIMUM, 65_535),
        numbers.get(packets.SERVER_KEEPALIVE),
    )


def _suback(rest: bytes) -> Suback:
    length, at = _varint(rest, 2, len(rest))
    return Suback(rest[0] << 8 | rest[1], rest[at + length :])


def _unsuback(rest: bytes) -> Unsuback:
    return Unsuback(rest[0] << 8 | rest[1])


def _puback(rest: bytes) -> Puback:
    return Puback(rest[0] << 8 | rest[1], rest[2] if len(rest) > 2 else 0)


def _pong(_: bytes) -> Pong:
    return Pong()


def _farewell(rest: bytes) -> Farewell:
    if len(rest) < 2:
        return Farewell(rest[0] if rest else 0, "")
    length, at = _varint(rest, 1, len(rest))
    return Farewell(rest[0], properties(rest[at : at + length]).texts.get(packets.REASON_STRING, ""))


_READ: dict[int, Callable[[bytes], Packet]] = {
    packets.CONNACK: _connack,
    packets.SUBACK: _suback,
    packets.UNSUBACK: _unsuback,
    packets.PUBACK: _puback,
    packets.PINGRESP: _pong,
    packets.DISCONNECT: _farewell,
}


def _varint(stream: bytes, at: int, stop: int) -> tuple[int, int]:
    """A variable byte integer and where it ends."""
    number = 0
    for i in range(4):
        if at + i >= stop:
            raise ProtocolError(packets.MALFORMED, "a number is cut off")
        byte = stream[at + i]
        number |= (byte & 0x7F) << 7 * i
        if byte < 0x80:
            return number, at + i + 1
    raise ProtocolError(packets.MALFORMED, "a number is longer than 4 bytes")


def _counted(block: bytes, at: int) -> tuple[bytes, int]:
    """Bytes behind their count of two bytes, and where they end."""
    begin = at + 2
    stop = begin + int.from_bytes(block[at:begin], "big")
    if begin > len(block) or stop > len(block):
        raise ProtocolError(packets.MALFORMED, "properties are cut off")
    return block[begin:stop], stop

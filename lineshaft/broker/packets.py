"""MQTT 5 as bytes, the part an `Inlet` needs: packets to send, and the words of those that come. Pure.

The sections named are those of the OASIS standard, MQTT Version 5.0.
"""

import struct
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from lineshaft.broker.address import Address
from lineshaft.broker.message import Subscription

CONNECT, CONNACK, PUBLISH, PUBACK, SUBSCRIBE, SUBACK, PINGRESP, DISCONNECT = 1, 2, 3, 4, 8, 9, 13, 14
UNSUBSCRIBE, UNSUBACK = 10, 11

SESSION_EXPIRY, RECEIVE_MAXIMUM, MAXIMUM_PACKET = 0x11, 0x21, 0x27
CONTENT_TYPE, REASON_STRING, SERVER_KEEPALIVE, TOPIC_ALIAS = 0x03, 0x1F, 0x13, 0x23
USER_PROPERTY = 0x26

MALFORMED, PROTOCOL, TAKEN_OVER, TOO_LARGE, QOS = 0x81, 0x82, 0x8E, 0x95, 0x9B
FAILURE = 0x80
"""Reason codes from here on are refusals."""

PINGREQ = b"\xc0\x00"


class ProtocolError(Exception):
    """What came is not MQTT 5, or more than we can take: the connection has to end, with this reason code."""

    def __init__(self, reason: int, what: str) -> None:
        super().__init__(f"{what} (reason 0x{reason:02x})")
        self.reason = reason


class Terms(NamedTuple):
    """What a client asks for when it connects."""

    receive_maximum: int
    """Un-acked messages the broker may have under way to us (its default of 20 gives 378 messages/s)."""
    clean_start: bool = False
    """Forget the session of the last connection."""
    session_expiry_s: int = 0
    """How long the broker keeps the session of a lost connection."""
    keepalive_s: int = 30
    """The broker gives us up after 1.5 times this silence."""


class Connack(NamedTuple):
    """The broker's answer to a connect."""

    session_present: bool
    reason: int
    receive_maximum: int
    """Un-acked QoS 1 messages it takes from us at a time."""
    keepalive_s: int | None
    """The keepalive it wants instead of ours."""


class Suback(NamedTuple):
    """The broker's answer to a subscribe: a granted QoS, or a refusal, for each filter."""

    mid: int
    reasons: bytes


class Unsuback(NamedTuple):
    """The broker's answer to an unsubscribe; a filter it did not know is no fault."""

    mid: int


class Puback(NamedTuple):
    """The broker has a message of ours, or says why not."""

    mid: int
    reason: int


class Pong(NamedTuple):
    """The broker is there."""


class Farewell(NamedTuple):
    """The broker ends the connection, and says why."""

    reason: int
    text: str


def connect(client_id: str, address: Address, terms: Terms, maximum_packet: int) -> bytes:
    """The first packet of a connection (3.1); topic aliases are not announced, so none may come."""
    flags = 0x02 if terms.clean_start else 0
    login = b""
    if address.user:
        flags |= 0x80
        login += _text(address.user)
    if address.password:
        flags |= 0x40
        login += _text(address.password)
    extra = struct.pack(
        ">BIBHBI",
        SESSION_EXPIRY, terms.session_expiry_s,
        RECEIVE_MAXIMUM, terms.receive_maximum,
        MAXIMUM_PACKET, maximum_packet,
    )  # fmt: skip
    head = _text("MQTT") + struct.pack(">BBH", 5, flags, terms.keepalive_s)
    return _packet(CONNECT << 4, head + varint(len(extra)) + extra + _text(client_id) + login)


def subscribe(mid: int, subscriptions: Iterable[Subscription]) -> bytes:
    """Ask for topics (3.8)."""
    filters = b"".join(_text(s.filter) + bytes((s.qos | s.retain_handling << 4,)) for s in subscriptions)
    return _packet(SUBSCRIBE << 4 | 2, struct.pack(">H", mid) + b"\0" + filters)


def unsubscribe(mid: int, filters: Iterable[str]) -> bytes:
    """Have no more of topics that a session still asks for (3.10)."""
    return _packet(UNSUBSCRIBE << 4 | 2, struct.pack(">H", mid) + b"\0" + b"".join(map(_text, filters)))


def publish(topic: str, body: bytes, mid: int, *, retain: bool) -> bytes:
    """A message of QoS 1 (3.3)."""
    return _packet(PUBLISH << 4 | 2 | retain, _text(topic) + struct.pack(">H", mid) + b"\0" + body)


def pubacks(mids: Sequence[int]) -> bytes:
    """Acknowledge messages, in this order, as one piece (3.4: two bytes of rest mean success).

    >>> pubacks([1, 258]).hex()
    '4002000140020102'
    """
    words = [0x4002] * (2 * len(mids))
    words[1::2] = mids
    return struct.pack(f">{len(words)}H", *words)


def disconnect(reason: int = 0) -> bytes:
    """Say goodbye (3.14); 0 makes the broker forget a will."""
    return _packet(DISCONNECT << 4, bytes((reason,)))


def varint(number: int) -> bytes:
    """A variable byte integer (1.5.5).

    >>> varint(0).hex(), varint(128).hex(), varint(268_435_455).hex()
    ('00', '8001', 'ffffff7f')
    """
    encoded = bytearray()
    while True:
        number, low = number >> 7, number & 0x7F
        encoded.append(low | 0x80 if number else low)
        if not number:
            return bytes(encoded)


def _packet(first: int, rest: bytes) -> bytes:
    return bytes((first,)) + varint(len(rest)) + rest


def _text(text: str) -> bytes:
    encoded = text.encode()
    return struct.pack(">H", len(encoded)) + encoded

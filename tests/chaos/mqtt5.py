"""As much of MQTT 5 as a device needs, bytes in and bytes out, for tests of many or of broken devices.

Written from the standard and owing nothing to the clients in the product: what it sends and how it is
answered is the broker's and the product's own doing.
"""

import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

CONNACK, PUBLISH, PUBACK, SUBACK, PINGRESP, DISCONNECT = 2, 3, 4, 9, 13, 14
PINGREQ = b"\xc0\x00"
USER_PROPERTY, CONTENT_TYPE, RECEIVE_MAXIMUM, SESSION_EXPIRY = 0x26, 0x03, 0x21, 0x11
MOST_LENGTH_BYTES = 4


class Packet(NamedTuple):
    """One packet as it came."""

    kind: int
    flags: int
    body: bytes


class Publish(NamedTuple):
    """What a PUBLISH says."""

    topic: str
    body: bytes
    qos: int
    mid: int
    retained: bool


def connect(client_id: str, login: str, password: str, keepalive_s: int = 60, *, clean: bool = True) -> bytes:
    """A CONNECT with a login."""
    flags = 0xC0 | (0x02 if clean else 0)
    extra = b"" if clean else struct.pack(">BI", SESSION_EXPIRY, 3600)
    head = b"\x00\x04MQTT\x05" + struct.pack(">BH", flags, keepalive_s) + _sized(extra)
    return packet(0x10, head + text(client_id) + text(login) + text(password))


def subscribe(mid: int, topic_filter: str, qos: int = 1) -> bytes:
    """A SUBSCRIBE to one filter."""
    return packet(0x82, struct.pack(">HB", mid, 0) + text(topic_filter) + bytes([qos]))


def publish(
    topic: str,
    body: bytes,
    *,
    mid: int = 0,
    properties: Iterable[tuple[str, str]] = (),
    retain: bool = False,
    content_type: str = "",
) -> bytes:
    """A PUBLISH: QoS 1 with a packet number, QoS 0 without."""
    extra = b"".join(bytes([USER_PROPERTY]) + text(name) + text(value) for name, value in properties)
    if content_type:
        extra += bytes([CONTENT_TYPE]) + text(content_type)
    number = struct.pack(">H", mid) if mid else b""
    return packet(
        0x30 | (2 if mid else 0) | (1 if retain else 0), text(topic) + number + _sized(extra) + body
    )


def puback(mid: int) -> bytes:
    """A PUBACK."""
    return b"\x40\x02" + struct.pack(">H", mid)


def packet(first: int, body: bytes) -> bytes:
    """A packet of any kind."""
    return bytes([first]) + length(len(body)) + body


def length(number: int) -> bytes:
    """A length as MQTT writes it, seven bits a byte.

    >>> length(0), length(321)
    (b'\\x00', b'\\xc1\\x02')
    """
    digits = bytearray()
    while True:
        number, digit = divmod(number, 128)
        digits.append(digit | (128 if number else 0))
        if not number:
            return bytes(digits)


def text(string: str) -> bytes:
    """A string as MQTT writes it; lone surrogates go out as they are, which no broker should take."""
    raw = string.encode("utf-8", "surrogatepass")
    return struct.pack(">H", len(raw)) + raw


def _sized(extra: bytes) -> bytes:
    return length(len(extra)) + extra


def read_publish(packet_: Packet) -> Publish:
    """What a PUBLISH says, its properties left out."""
    body = packet_.body
    end = 2 + int.from_bytes(body[:2], "big")
    topic = body[2:end].decode()
    qos = packet_.flags >> 1 & 3
    mid = int.from_bytes(body[end : end + 2], "big") if qos else 0
    end += 2 if qos else 0
    found = _length_at(body, end)
    assert found is not None, "a PUBLISH without properties' length"
    size, end = found
    return Publish(topic, body[end + size :], qos, mid, bool(packet_.flags & 1))


def reason(packet_: Packet) -> int:
    """The reason code of a PUBACK, CONNACK or DISCONNECT; 0 where it is left out."""
    at = {PUBACK: 2, CONNACK: 1, DISCONNECT: 0}[packet_.kind]
    return packet_.body[at] if len(packet_.body) > at else 0


@dataclass(slots=True)
class Parser:
    """Cuts what arrives into packets, however it was cut on the way."""

    _rest: bytearray = field(default_factory=bytearray)

    def feed(self, piece: bytes) -> Iterator[Packet]:
        """The packets that are whole now."""
        self._rest += piece
        at = 0
        while at < len(self._rest):
            found = _length_at(self._rest, at + 1)
            if found is None or len(self._rest) < found[0] + found[1]:
                break
            size, begin = found
            yield Packet(self._rest[at] >> 4, self._rest[at] & 15, bytes(self._rest[begin : begin + size]))
            at = begin + size
        del self._rest[:at]


def _length_at(raw: bytes | bytearray, at: int) -> tuple[int, int] | None:
    """The length that stands somewhere, and where what it measures begins; None while it is not whole."""
    number = 0
    for place in range(MOST_LENGTH_BYTES):
        if at + place >= len(raw):
            return None
        digit = raw[at + place]
        number |= (digit & 127) << 7 * place
        if not digit & 128:
            return number, at + place + 1
    raise ValueError("no length is of more than four bytes")

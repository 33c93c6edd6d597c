"""As much of MQTT 5 as a load generator needs: packets as bytes, and bytes as packets. Pure.

Neither the product's client nor a library: paho takes 100 µs a message, and would be what is measured.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import starmap

CONNACK, PUBLISH, PUBACK, SUBACK = 2, 3, 4, 9
RECEIVE_MAXIMUM = 0x21
MOST = 65_535
# CONNACK's properties that come before the one we look for, with the length of their values.
_LENGTHS = {0x11: 4, 0x13: 2, 0x21: 2, 0x22: 2, 0x24: 1, 0x25: 1, 0x27: 4, 0x28: 1, 0x29: 1, 0x2A: 1}
_TEXTS = {0x12, 0x15, 0x16, 0x1A, 0x1C, 0x1F}


def varint(number: int) -> bytes:
    r"""A length as MQTT writes it.

    >>> varint(5), varint(321)
    (b'\x05', b'\xc1\x02')
    """
    out = bytearray()
    while True:
        number, low = divmod(number, 128)
        out.append(low | 128 if number else low)
        if not number:
            return bytes(out)


SHORT = tuple(map(varint, range(16_384)))
"""The lengths that occur, made once."""


def text(words: str | bytes) -> bytes:
    """A string with its length before it."""
    raw = words.encode() if isinstance(words, str) else words
    return len(raw).to_bytes(2, "big") + raw


def pair(name: str, value: str) -> bytes:
    r"""A user property.

    >>> pair("seq", "7")
    b'&\x00\x03seq\x00\x017'
    """
    return b"&" + text(name) + text(value)


def connect(client_id: str, login: str, password: str) -> bytes:
    """CONNECT with a clean start and a window as large as there is."""
    properties = bytes([RECEIVE_MAXIMUM]) + MOST.to_bytes(2, "big")
    head = (
        text("MQTT") + bytes([5, 0b11000010]) + (60).to_bytes(2, "big") + varint(len(properties)) + properties
    )
    rest = head + text(client_id) + text(login) + text(password)
    return b"\x10" + varint(len(rest)) + rest


def subscribe(packet_id: int, topic: str) -> bytes:
    """SUBSCRIBE at QoS 1 to one filter."""
    rest = packet_id.to_bytes(2, "big") + b"\x00" + text(topic) + b"\x01"
    return b"\x82" + varint(len(rest)) + rest


def puback(packet_id: bytes) -> bytes:
    """PUBACK: taken."""
    return b"\x40\x02" + packet_id


PING = b"\xc0\x00"


def user_properties(pairs: dict[str, str]) -> bytes:
    """Several user properties."""
    return b"".join(starmap(pair, pairs.items()))


def receive_maximum(connack: bytes) -> int:
    """How many messages a server takes unacknowledged, from the body of its CONNACK.

    Raises:
        ConnectionRefusedError: it does not let us in.
    """
    if connack[1]:
        raise ConnectionRefusedError(f"the broker says 0x{connack[1]:02x}")
    at, end = 3, 3 + connack[2]
    while at < end:
        kind = connack[at]
        if kind == RECEIVE_MAXIMUM:
            return int.from_bytes(connack[at + 1 : at + 3], "big")
        if kind in _TEXTS:
            at += 3 + int.from_bytes(connack[at + 1 : at + 3], "big")
        else:
            at += 1 + _LENGTHS.get(kind, 1)
    return MOST


def message(body: bytes) -> tuple[str, bytes, bytes]:
    """Topic, packet id and payload in the body of a QoS 1 PUBLISH."""
    topic_end = 2 + int.from_bytes(body[:2], "big")
    length, at = _number(body, topic_end + 2)
    return body[2:topic_end].decode(), body[topic_end : topic_end + 2], body[at + length :]


def _number(raw: bytes, at: int) -> tuple[int, int]:
    number, shift = 0, 0
    while True:
        byte = raw[at]
        number, shift, at = number | (byte & 127) << shift, shift + 7, at + 1
        if byte < 128:
            return number, at


@dataclass(slots=True)
class Splitter:
    """Cuts what a socket gave into packets."""

    rest: bytes = field(default=b"")

    def pubacks(self, came: bytes) -> tuple[int, int]:
        """Count the messages acknowledged, for a connection where nothing else comes: taken, and refused."""
        raw = self.rest + came
        whole = len(raw) // 4
        # All of them of the short form, as is usual: counted without looking at each.
        if raw[::4] == b"\x40" * -(-len(raw) // 4) and raw[1::4].count(2) == -(-(len(raw) - 1) // 4):
            self.rest = raw[whole * 4 :]
            return whole, 0
        taken = refused = 0
        for kind, body in self.packets(came):
            if kind == PUBACK:
                bad = len(body) > 2 and body[2] >= 0x80
                taken, refused = taken + (not bad), refused + bad
        return taken, refused

    def packets(self, came: bytes) -> Iterator[tuple[int, bytes]]:
        """The packets that are whole: kind and body."""
        raw, at = self.rest + came, 0
        while len(raw) - at >= 2:
            head = raw[at + 1 : at + 5]
            if all(byte >= 128 for byte in head):
                break  # the length itself is cut off
            length, begin = _number(raw, at + 1)
            if begin + length > len(raw):
                break
            yield raw[at] >> 4, raw[begin : begin + length]
            at = begin + length
        self.rest = raw[at:]

import contextlib
import itertools
import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lineshaft.broker import packets
from lineshaft.broker.message import Message
from lineshaft.broker.packets import Connack, Farewell, Pong, ProtocolError, Puback, Suback
from lineshaft.broker.parser import Packet, Parser, _of_message, _split, properties


def text(words: str) -> bytes:
    return struct.pack(">H", len(words.encode())) + words.encode()


def framed(first: int, rest: bytes) -> bytes:
    return bytes((first,)) + packets.varint(len(rest)) + rest


def block(pairs: list[tuple[str, str]], content_type: str = "", expiry_s: int | None = None) -> bytes:
    found = b"" if expiry_s is None else b"\x02" + struct.pack(">I", expiry_s)
    found += b"\x03" + text(content_type) if content_type else b""
    return found + b"".join(b"&" + text(name) + text(value) for name, value in pairs)


def published(message: Message, expiry_s: int | None = None) -> bytes:
    extra = block(message.properties, message.content_type, expiry_s)
    number = struct.pack(">H", message.mid) if message.qos else b""
    rest = text(message.topic) + number + packets.varint(len(extra)) + extra + message.body
    return framed(0x30 | message.qos << 1 | message.retained, rest)


words = st.text(st.characters(exclude_categories=["Cs"]), max_size=20) | st.just("&\0") | st.just("x" * 300)
messages = st.builds(
    lambda topic, body, pairs, kind, retained, mid: Message(
        topic or "t", body, pairs, kind, retained=retained, mid=mid, qos=min(mid, 1), generation=1
    ),
    words,
    st.binary(max_size=300),
    st.lists(st.tuples(words, words), max_size=6),
    words,
    st.booleans(),
    st.integers(0, 65_535),
)
others: list[tuple[bytes, Packet]] = [
    (
        framed(0x20, b"\1\0\0"),
        Connack(session_present=True, reason=0, receive_maximum=65_535, keepalive_s=None),
    ),
    (
        framed(0x20, b"\0\0\6\x21\0\x14\x13\0\x0a"),
        Connack(session_present=False, reason=0, receive_maximum=20, keepalive_s=10),
    ),
    (framed(0x90, b"\0\1\0\1\x87"), Suback(1, b"\1\x87")),
    (framed(0x40, b"\1\2"), Puback(258, 0)),
    (framed(0x40, b"\1\2\x87\0"), Puback(258, 0x87)),
    (framed(0xD0, b""), Pong()),
    (framed(0xE0, b""), Farewell(0, "")),
    (framed(0xE0, b"\x8e\5\x1f\0\2no"), Farewell(0x8E, "no")),
]


def cut(stream: bytes, places: list[int]) -> list[bytes]:
    ends = sorted({place % (len(stream) + 1) for place in places} | {0, len(stream)})
    return [stream[begin:end] for begin, end in itertools.pairwise(ends)]


@settings(deadline=None)
@given(
    st.lists(messages.map(lambda m: (published(m), m)) | st.sampled_from(others), max_size=8),
    st.lists(st.integers(0, 10_000), max_size=30),
)
def test_any_cut_of_the_stream_gives_the_same_packets(
    sent: list[tuple[bytes, Packet]], places: list[int]
) -> None:
    parser = Parser()
    stream = b"".join(raw for raw, _ in sent)
    found = [packet for piece in cut(stream, places) for packet in parser.feed(piece)]
    assert found == [packet for _, packet in sent]


@settings(deadline=None)
@given(messages, st.integers(0, 2**32 - 1))
def test_byte_by_byte_is_the_same_too_with_any_other_property_in_front(
    message: Message, expiry_s: int
) -> None:
    parser = Parser()
    stream = published(message, expiry_s)
    assert [packet for byte in stream for packet in parser.feed(bytes((byte,)))] == [message]


@settings(max_examples=500, deadline=None)
@given(st.binary(max_size=400), st.lists(st.integers(0, 400), max_size=5))
def test_rubbish_is_a_clear_error_or_a_packet_and_never_a_crash(stream: bytes, places: list[int]) -> None:
    parser = Parser()
    with contextlib.suppress(ProtocolError):
        for piece in cut(stream, places):
            parser.feed(piece)


@settings(max_examples=500, deadline=None)
@given(messages, st.data())
def test_a_damaged_message_is_an_error_or_another_message_and_never_a_crash(
    message: Message, data: st.DataObject
) -> None:
    stream = bytearray(published(message))
    for _ in range(data.draw(st.integers(1, 4))):
        stream[data.draw(st.integers(0, len(stream) - 1))] = data.draw(st.integers(0, 255))
    parser = Parser()
    try:
        found = parser.feed(bytes(stream))
    except ProtocolError:
        return
    assert all(isinstance(packet, tuple) for packet in found)


@settings(max_examples=500, deadline=None)
@given(
    st.lists(
        st.sampled_from([b"&\0", b"\1a", b"\0\1", b"&", b"\x03", b"\0\2ab", b"\x02\0\0\0\1", b"x"]),
        max_size=12,
    )
)
def test_splitting_properties_gives_what_reading_them_one_by_one_gives(pieces: list[bytes]) -> None:
    raw = b"".join(pieces)
    try:
        expected = _of_message(properties(raw))
    except ProtocolError:
        with pytest.raises(ProtocolError):
            _split(raw)
    else:
        assert _split(raw) == expected


def test_bytes_that_are_no_text_do_not_break_the_stream() -> None:
    rest = b"\0\2\xff\xfe" + b"\0\1" + b"\x08" + b"&\0\1\xff\0\2a\x80" + b"body"
    parser = Parser()
    bad, good = parser.feed(framed(0x32, rest) + framed(0xD0, b""))
    assert isinstance(bad, Message)
    assert (bad.topic, bad.properties, bad.body) == ("\ufffd\ufffd", [("\ufffd", "a\ufffd")], b"body")
    assert good == Pong()


@pytest.mark.parametrize(
    ("stream", "reason"),
    [
        (framed(0x34, b"\0\1t\0\1\0"), packets.QOS),
        (framed(0x36, b"\0\1t\0\1\0"), packets.QOS),
        (framed(0x32, b"\0\1t\0\0\0"), packets.PROTOCOL),  # no number
        (framed(0x30, b"\0\0\0"), packets.PROTOCOL),  # no topic, as if there were an alias
        (framed(0x30, b"\0\1t\3\x23\0\1"), packets.PROTOCOL),  # an alias
        (framed(0x30, b"\0\x09t\0"), packets.MALFORMED),
        (framed(0x30, b"\0\1t\x09\x03"), packets.MALFORMED),
        (framed(0x30, b""), packets.MALFORMED),
        (framed(0x30, b"\0\1t\2\x7f\0"), packets.MALFORMED),  # an unknown property
        (framed(0x50, b"\0\1"), packets.PROTOCOL),  # PUBREC
        (framed(0xF0, b""), packets.PROTOCOL),  # AUTH
        (framed(0x41, b"\0\1"), packets.PROTOCOL),
        (framed(0x40, b"\0"), packets.MALFORMED),
        (b"\x30\xff\xff\xff\xff\x01", packets.MALFORMED),
        (b"\x30" + packets.varint(2_000_000), packets.TOO_LARGE),
    ],
)
def test_what_breaks_the_rules_ends_the_connection_with_its_reason(stream: bytes, reason: int) -> None:
    with pytest.raises(ProtocolError) as caught:
        Parser().feed(stream)
    assert caught.value.reason == reason


def test_a_large_message_in_crumbs_is_joined_once() -> None:
    message = Message("t", bytes(900_000), [], "", retained=False, mid=1, qos=1, generation=1)
    stream, parser = published(message), Parser()
    crumbs = [stream[at : at + 100] for at in range(0, len(stream), 100)]
    assert [packet for crumb in crumbs for packet in parser.feed(crumb)] == [message]

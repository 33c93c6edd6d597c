"""Journal rows as PostgreSQL's binary COPY, made in bulk.

A row is a count of fields, and each field its length and its bytes. What changes from message to message
comes first, packed at once; what an agent's messages on one topic have in common is packed once and kept.
"""

import struct
from collections.abc import Iterable
from functools import lru_cache
from typing import TYPE_CHECKING, Final

import orjson

from lineshaft.store.copy import EPOCH_US

if TYPE_CHECKING:
    from lineshaft.store.journal import Entry

_Fixed = tuple[int, str | None, str | None, str | None, int | None, str]
"""Shard, site, agent, boot, lane, topic."""

COLUMNS: Final = "n, received, seq, properties, body, shard, site, agent, boot, lane, topic"

_HEADER: Final = b"PGCOPY\n\xff\r\n\0" + bytes(8)
_TRAILER: Final = b"\xff\xff"
_NULL: Final = b"\xff\xff\xff\xff"
_NUMBERED: Final = struct.Struct(">hiiiqiqii")
"""Count of fields; length and value of n, received and seq; a null for properties; the body's length."""
_UNNUMBERED: Final = struct.Struct(">hiiiqi")
_LENGTH: Final = struct.Struct(">i")
_JSONB: Final = b"\x01"
"""The version that stands before a jsonb's text."""
_TOPIC_LENGTH: Final = 400
"""Longer ones are not kept: nobody should fill the memory with them."""


def encoded(entries: Iterable["Entry"]) -> bytes:
    """Entries as one binary COPY of `COLUMNS`; n counts from 0."""
    parts = [_HEADER]
    for n, (shard, received_us, site, agent, boot, lane, seq, topic, properties, body) in enumerate(entries):
        make = _common if len(topic) <= _TOPIC_LENGTH else _common.__wrapped__
        common = make((shard, site, agent, boot, lane, topic))
        if seq is not None and properties is None:
            front = _NUMBERED.pack(11, 4, n, 8, received_us - EPOCH_US, 8, seq, -1, len(body))
            parts += (front, body, common)
        else:
            front = _UNNUMBERED.pack(11, 4, n, 8, received_us - EPOCH_US, -1 if seq is None else 8)
            number = b"" if seq is None else seq.to_bytes(8, "big", signed=True)
            extra = None if properties is None else _JSONB + orjson.dumps(properties)
            parts += (front, number, _field(extra), _field(body), common)
    parts.append(_TRAILER)
    return b"".join(parts)


@lru_cache(maxsize=16_384)
def _common(fixed: _Fixed) -> bytes:
    shard, site, agent, boot, lane, topic = fixed
    number = _NULL if lane is None else struct.pack(">ih", 2, lane)
    return b"".join(
        (struct.pack(">ih", 2, shard), _text(site), _text(agent), _text(boot), number, _text(topic))
    )


def _text(text: str | None) -> bytes:
    return _field(None if text is None else text.encode("utf-8", "replace"))


def _field(raw: bytes | None) -> bytes:
    return _NULL if raw is None else _LENGTH.pack(len(raw)) + raw

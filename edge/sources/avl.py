"""Teltonika's AVL packets: Codec 8, 8 Extended and 16, as trackers send them over TCP. Pure.

A packet is four zeros, a length, the codec's id, the number of records, the records, the number again, and
a CRC-16/IBM over all between length and CRC.
Source: wiki.teltonika-gps.com/view/Teltonika_Data_Sending_Protocols.
"""

import struct
from typing import NamedTuple

CODEC_8, CODEC_8E, CODEC_16 = 0x08, 0x8E, 0x10
CODECS = (CODEC_8, CODEC_8E, CODEC_16)
HEAD, TAIL = 8, 4
MOST_BYTES = 16_384
"""Of a packet; trackers send 1,280 at most."""
SIZES = (1, 2, 4, 8)
DEGREE = 1e7


class AvlError(ValueError):
    """What came is not a packet that can be read; it has to be sent again, or never will be."""


class Record(NamedTuple):
    """One record of a tracker, as it stands in the packet."""

    ts_ms: int
    priority: int
    lat: float
    lon: float
    alt_m: int
    angle_deg: int
    satellites: int
    speed_kmh: int
    event: int
    io: dict[int, int]
    """AVL id → its value, without a sign; ids of a length of their own are left out."""


def crc16(packet: bytes) -> int:
    """CRC-16/IBM (polynomial 0xA001, reflected, from 0).

    >>> hex(crc16(b"123456789"))
    '0xbb3d'
    """
    crc = 0
    for byte in packet:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ 0xA001 if crc & 1 else crc >> 1
    return crc


def length_of(head: bytes) -> int:
    """The length of a whole packet by its first eight bytes.

    Raises:
        AvlError: it is no packet, or too long for one.
    """
    zeros, length = struct.unpack(">II", head)
    if zeros or not 3 <= length <= MOST_BYTES:
        raise AvlError(f"a packet begins with {head.hex()}, expected four zeros and a length")
    return HEAD + int(length) + TAIL


def decode(packet: bytes) -> list[Record]:
    """The records of a whole packet; none of a codec that carries no positions (commands, photos).

    Raises:
        AvlError: the CRC or the counts are wrong, or it is cut off.
    """
    body = packet[HEAD:-TAIL]
    if int.from_bytes(packet[-TAIL:], "big") != crc16(body):
        raise AvlError("the CRC is wrong")
    if body[0] not in CODECS:
        return []
    try:
        records, at = [], 2
        for _ in range(body[1]):
            record, at = _record(body, at)
            records.append(record)
        if at != len(body) - 1 or body[at] != len(records):
            raise AvlError(f"{len(records)} records end at byte {at} of {len(body)}")
    except (struct.error, IndexError) as error:
        raise AvlError("it is cut off") from error
    return records


def _record(body: bytes, at: int) -> tuple[Record, int]:
    ts_ms, priority, lon, lat, alt, angle, satellites, speed = struct.unpack_from(">QBiihHBH", body, at)
    codec, at = body[0], at + 24
    wide = "H" if codec == CODEC_8E else "B"
    id_form = "B" if codec == CODEC_8 else "H"
    (event,) = struct.unpack_from(">" + id_form, body, at)
    at += struct.calcsize(">" + id_form) + (codec == CODEC_16)  # generation type
    at += struct.calcsize(">" + wide)  # the total: the groups say it again
    io: dict[int, int] = {}
    for size in SIZES:
        (count,) = struct.unpack_from(">" + wide, body, at)
        at += struct.calcsize(">" + wide)
        for _ in range(count):
            (key,) = struct.unpack_from(">" + id_form, body, at)
            at += struct.calcsize(">" + id_form)
            if at + size > len(body):
                raise AvlError("it is cut off")
            io[key] = int.from_bytes(body[at : at + size], "big")
            at += size
    if codec == CODEC_8E:
        at = _skip_long(body, at)
    place = (lat / DEGREE, lon / DEGREE, alt, angle, satellites, speed)
    return Record(ts_ms, priority, *place, event, io), at


def _skip_long(body: bytes, at: int) -> int:
    """Pass over the values of any length (beacons, texts)."""
    (count,) = struct.unpack_from(">H", body, at)
    at += 2
    for _ in range(count):
        _, length = struct.unpack_from(">HH", body, at)
        at += 4 + length
    return at

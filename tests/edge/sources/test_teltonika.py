"""Trackers over TCP: let in, heard, and acknowledged only once their records are kept."""

import contextlib
import json
import queue
import socket
import struct
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from edge.sources.avl import CODEC_8, CODEC_8E, AvlError, crc16, decode
from edge.sources.base import Handed, Start
from edge.sources.teltonika import Teltonika, TeltonikaConfig

IMEI = "356307042441013"
TS_MS = 1_790_000_000_000


def record(ts_ms: int = TS_MS, *, wide: bool = False, place: tuple[float, float] = (30.25, 120.5)) -> bytes:
    lat, lon = (round(degrees * 1e7) for degrees in place)
    satellites = 0 if place == (0, 0) else 9
    head = struct.pack(">QBiihHBH", ts_ms, 1, lon, lat, 17, 113, satellites, 72)
    if not wide:
        io = bytes((240, 3, 2, 239, 1, 240, 1, 1, 66)) + struct.pack(">H", 11_922) + bytes((0, 0))
        return head + io
    io = struct.pack(">HHH", 240, 2, 1) + struct.pack(">HB", 239, 0)
    io += struct.pack(">HHH", 1, 66, 11_922) + struct.pack(">HH", 0, 0)
    return head + io + struct.pack(">HHH", 1, 385, 3) + b"abc"


def packet(*records: bytes, codec: int = CODEC_8) -> bytes:
    body = bytes((codec, len(records))) + b"".join(records) + bytes((len(records),))
    return struct.pack(">II", 0, len(body)) + body + struct.pack(">I", crc16(body))


@pytest.mark.parametrize(("codec", "wide"), [(CODEC_8, False), (CODEC_8E, True)])
def test_records_of_both_codecs_are_read(codec: int, wide: bool) -> None:  # noqa: FBT001 - a case
    found = decode(packet(record(wide=wide), record(TS_MS + 1_000, wide=wide), codec=codec))
    assert [one.ts_ms for one in found] == [TS_MS, TS_MS + 1_000]
    assert (found[0].lat, found[0].lon, found[0].speed_kmh) == (30.25, 120.5, 72)
    assert found[0].io[66] == 11_922
    assert found[0].io[239] == (0 if wide else 1)


def test_no_piece_of_a_packet_is_taken_for_one() -> None:
    whole = packet(record(), record())
    for cut in range(12, len(whole) - 4):
        body = whole[8:cut]
        with pytest.raises(AvlError):
            decode(struct.pack(">II", 0, len(body)) + body + struct.pack(">I", crc16(body)))
    with pytest.raises(AvlError, match="CRC"):
        decode(whole[:-1] + bytes((whole[-1] ^ 1,)))


@contextlib.contextmanager
def listening(clock: Any, **config: Any) -> Iterator[tuple[Teltonika, "queue.SimpleQueue[Handed]"]]:
    source = TeltonikaConfig(id="trucks", kind="teltonika", port=0, host="127.0.0.1", **config).open(
        Start(None, clock, Path())
    )
    handed: queue.SimpleQueue[Handed] = queue.SimpleQueue()
    stop = threading.Event()

    def read() -> None:
        for one in source.read(stop):
            handed.put(one)

    thread = threading.Thread(target=read)
    thread.start()
    try:
        yield source, handed
    finally:
        stop.set()
        thread.join(5)
    assert not thread.is_alive()


def call(source: Teltonika, imei: str = IMEI) -> tuple[socket.socket, bytes]:
    peer = socket.create_connection(("127.0.0.1", source.port), timeout=5)
    peer.sendall(struct.pack(">H", len(imei)) + imei.encode())
    return peer, peer.recv(1)


def test_records_are_acknowledged_when_they_are_kept_and_not_before(clock: Any) -> None:
    with listening(clock, devices={IMEI: "truck-7"}) as (source, handed):
        peer, answer = call(source)
        assert answer == b"\x01"
        whole = packet(record(), record(TS_MS + 1_000, place=(0, 0)))
        for at in range(0, len(whole), 11):
            peer.sendall(whole[at : at + 11])
        one = handed.get(timeout=5)
        peer.settimeout(0.3)
        with pytest.raises(TimeoutError):
            peer.recv(4)
        assert one.on_kept is not None
        one.on_kept()
        peer.settimeout(5)
        assert peer.recv(4) == struct.pack(">I", 2)
        peer.close()
    gps, readings = one.frames
    assert (gps.device, gps.kind, readings.kind) == ("truck-7", "gps", "m")
    first, second = json.loads(gps.body)["fixes"]
    assert (first["spd"], first["ign"], first["fix"]) == (pytest.approx(20.0), True, 3)
    assert (second["lat"], second["fix"], second["dt"]) == (0.0, 0, 1_000)
    assert json.loads(readings.body)[0]["values"] == {"ignition": 1, "movement": 1, "supply_v": 11.922}


def test_a_broken_packet_is_asked_for_again(clock: Any) -> None:
    with listening(clock) as (source, handed):
        peer, _ = call(source)
        whole = packet(record())
        peer.sendall(whole[:-1] + bytes((whole[-1] ^ 1,)))
        assert peer.recv(4) == bytes(4)
        peer.sendall(whole)
        assert handed.get(timeout=5).frames[0].device == IMEI
        peer.close()
    assert "1 packets" in source.fault()


def test_strangers_and_rubbish_are_hung_up_on(clock: Any) -> None:
    with listening(clock, devices={IMEI: "truck-7"}, only_known=True) as (source, _):
        peer, answer = call(source, "999999999999999")
        assert (answer, peer.recv(1)) == (b"\x00", b"")
        peer.close()
        with socket.create_connection(("127.0.0.1", source.port), timeout=5) as rubbish:
            rubbish.sendall(b"GET / HTTP/1.1\r\n\r\n")
            assert rubbish.recv(1) == b""
        again, answer = call(source)
        assert answer == b"\x01"
        again.close()
    assert "1 calls of unknown trackers" in source.fault()


def test_a_tracker_whose_clock_was_never_set_keeps_what_it_reads(clock: Any) -> None:
    with listening(clock) as (source, handed):
        peer, _ = call(source)
        peer.sendall(packet(record(1_072_915_200_000, place=(0, 0))))
        (frame,) = handed.get(timeout=5).frames
        peer.close()
    assert (frame.kind, json.loads(frame.body)["supply_v"]) == ("m", 11.922)

"""A receiver's sentences: over TCP, a serial line, from a file; and those that are wrong."""

import json
import os
import pty
import socket
import threading
from pathlib import Path
from typing import Any

import pytest

from edge.sources.base import Handed, Start
from edge.sources.nmea import NmeaConfig, checksum
from lineshaft.domain.readings import Fixes
from lineshaft.wire import codec


def sentence(text: str) -> str:
    return f"${text}*{checksum(text):02X}\r\n"


RMC = "GNRMC,1235{second:02}.00,A,4807.038,S,01131.000,W,022.4,084.4,230324,,"
GGA = "GNGGA,1235{second:02}.00,4807.038,S,01131.000,W,1,08,1.5,545.4,M,46.9,M,,"


def track(count: int) -> str:
    return "".join(sentence(GGA.format(second=n)) + sentence(RMC.format(second=n)) for n in range(count))


def reading(tmp_path: Path, clock: Any, position: str | None = None, **config: Any) -> Any:
    return NmeaConfig(id="gps", kind="nmea", device="ferry-1", **config).open(
        Start(position, clock, tmp_path)
    )


def fix_of(handed: Handed) -> dict[str, Any]:
    (frame,) = handed.frames
    body = json.loads(frame.body)
    return {"ts": body["ts"], **body["fixes"][0]}


def test_a_file_gives_fixes_and_goes_on_where_it_was(tmp_path: Path, clock: Any) -> None:
    (tmp_path / "track.nmea").write_text(track(5))
    found = list(reading(tmp_path, clock, file="track.nmea").read(threading.Event()))
    assert fix_of(found[0]) == {
        "ts": 1_711_197_300_000, "dt": 0, "lat": -48.1173, "lon": -11.5166667, "fix": 3, "spd": 11.524,
        "hdg": 84.4, "sat": 8, "hdop": 1.5,
    }  # fmt: skip
    rest = list(reading(tmp_path, clock, found[2].position, file="track.nmea").read(threading.Event()))
    assert [fix_of(one)["ts"] for one in rest] == [1_711_197_303_000, 1_711_197_304_000]
    (frame,) = found[0].frames
    (fixes,) = codec.decode("lineshaft/v1/s/a/ferry-1/gps", frame.body, "", clock())
    assert isinstance(fixes, Fixes)
    assert fixes.accuracy_m.tolist() == [7.5]


def test_wrong_sentences_are_counted_and_no_fix_is_none(tmp_path: Path, clock: Any) -> None:
    lines = [
        sentence(RMC.format(second=1)).replace("4807", "4907"),
        sentence("GNRMC,123502.00,V,,,,,,,230324,,"),
        sentence("GNRMC,123502.00,A,9907.038,N,01131.000,X,,,230324,,"),
        sentence("GNRMC,993502.00,A,4807.038,N,01131.000,E,,,230324,,"),
        "$GNRMC,1235\r\n", "rubbish\r\n", "\xff\xfe\r\n", sentence("GNRMC"), sentence("GNRMC,1,A"),
        sentence("GNTXT,01,01,02,hello"), sentence(RMC.format(second=9)),
    ]  # fmt: skip
    (tmp_path / "bad.nmea").write_text("".join(lines), encoding="latin-1")
    source = reading(tmp_path, clock, file="bad.nmea")
    found = list(source.read(threading.Event()))
    assert [fix_of(one)["ts"] for one in found] == [1_711_197_309_000]
    assert "6 sentences" in source.fault()


def test_a_receiver_is_read_over_tcp_and_its_end_is_told(tmp_path: Path, clock: Any) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]

        def serve() -> None:
            peer, _ = server.accept()
            with peer:
                text = track(3).encode()
                for at in range(0, len(text), 7):
                    peer.sendall(text[at : at + 7])

        thread = threading.Thread(target=serve)
        thread.start()
        found = []
        with pytest.raises(OSError, match="hung up"):
            found.extend(reading(tmp_path, clock, tcp=f"127.0.0.1:{port}").read(threading.Event()))
        thread.join()
    assert [fix_of(one)["dt"] for one in found] == [0, 0, 0]


def test_a_serial_line_is_read(tmp_path: Path, clock: Any) -> None:
    ours, theirs = pty.openpty()
    try:
        source = reading(tmp_path, clock, serial=os.ttyname(theirs), baud=9_600)
        stop = threading.Event()
        given = source.read(stop)
        threading.Thread(target=lambda: os.write(ours, track(2).encode())).start()
        assert fix_of(next(given))["ts"] == 1_711_197_300_000
        stop.set()
        given.close()
    finally:
        os.close(ours)
        os.close(theirs)


@pytest.mark.parametrize("config", [{}, {"tcp": "x"}, {"tcp": "a:1", "file": "b"}, {"file": "b", "baud": 7}])
def test_what_cannot_be_used_is_named(tmp_path: Path, config: dict[str, Any]) -> None:
    assert list(NmeaConfig(id="gps", kind="nmea", device="f", **config).flaws(tmp_path))

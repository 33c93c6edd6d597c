"""Reads a GNSS receiver that speaks NMEA 0183: over TCP, a serial port, or from a recorded file.

    - id: ferry
      kind: nmea
      device: ferry-1
      tcp: "192.168.1.20:10110"     # or serial: /dev/ttyUSB0, baud: 4800; or file: track.nmea

RMC tells place, speed (knots), course and date; GGA of the same second tells quality, satellites and HDOP. A
sentence whose checksum is wrong is not believed. From a file the position is kept: it goes on where it was.
"""

import math
import os
import re
import socket
import termios
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from threading import Event

import msgspec

from edge.frame import Frame
from edge.sources.base import Flaw, Handed, SourceConfig, Start
from lineshaft.wire.topics import LEVEL

KNOT_MS = 1852 / 3600
LINE_BYTES = 512
"""NMEA allows 82; receivers' own sentences are longer."""
WAIT_S = 1.0
SILENT_S = 60.0
BAUDS = (4_800, 9_600, 19_200, 38_400, 57_600, 115_200)
_SENTENCE = re.compile(r"\$([A-Z0-9]{5}),([^*$]*)\*([0-9A-Fa-f]{2})\s*")


class NmeaConfig(SourceConfig, frozen=True, kw_only=True):
    """A receiver."""

    device: str
    tcp: str = ""
    serial: str = ""
    baud: int = 4_800
    file: str = ""

    def flaws(self, folder: Path) -> Iterator[Flaw]:
        """See the base."""
        yield from super().flaws(folder)
        if sum(map(bool, (self.tcp, self.serial, self.file))) != 1:
            yield Flaw((), "expected one of tcp, serial and file", "give one of them")
        if self.tcp and not re.fullmatch(r"\S+:\d{1,5}", self.tcp):
            yield Flaw(("tcp",), f"{self.tcp!r} is no address", "host:port")
        if self.baud not in BAUDS:
            yield Flaw(("baud",), f"{self.baud} is no rate", f"one of {', '.join(map(str, BAUDS))}")
        if not LEVEL.fullmatch(self.device):
            yield Flaw(("device",), f"{self.device!r} is no device", "letters, digits, '_', '.', '-'")

    def open(self, start: Start) -> "Nmea":
        """See the base."""
        return Nmea(self, start)


@dataclass(slots=True)
class Sight:
    """What the sentences so far say; of GGA what is needed beside RMC."""

    second: str = ""
    quality: int | None = None
    satellites: int | None = None
    hdop: float | None = None

    def take(self, line: str) -> tuple[int, dict[str, object]] | None:
        """Take a sentence in; gives the time in ms and the fix where it completes one.

        Raises:
            ValueError: its checksum or its form is wrong.

        >>> one = Sight()
        >>> one.take("$GPGGA,123519,4807.038,N,01131.000,E,1,08,0.9,545.4,M,46.9,M,,*47")
        >>> one.take("$GPRMC,123519,A,4807.038,N,01131.000,E,022.4,084.4,230324,003.1,W*6D")[0]
        1711197319000
        """
        found = _SENTENCE.fullmatch(line)
        if found is None:
            if line.startswith(("$", "!")):
                raise ValueError(f"no sentence: {line[:80]!r}")
            return None
        kind, rest, said = found.groups()
        if checksum(f"{kind},{rest}") != int(said, 16):
            raise ValueError(f"the checksum of {line[:80]!r} is wrong")
        fields = rest.split(",")
        if kind.endswith("GGA"):
            self.second, self.quality = fields[0][:6], int(fields[5] or 0)
            self.satellites = int(fields[6]) if fields[6] else None
            self.hdop = float(fields[7]) if fields[7] else None
        return self._fix(fields) if kind.endswith("RMC") else None

    def _fix(self, fields: list[str]) -> tuple[int, dict[str, object]] | None:
        if fields[1] != "A" or not fields[2] or not fields[8]:  # no fix, or no date yet
            return None
        day, clock = fields[8], fields[0]
        when = datetime.strptime(f"{day}{clock[:6]}", "%d%m%y%H%M%S").replace(tzinfo=UTC)
        ts_ms = round((when.timestamp() + float(f"0{clock[6:]}")) * 1000)
        fix: dict[str, object] = {
            "dt": 0, "lat": degrees(fields[2], fields[3]), "lon": degrees(fields[4], fields[5]), "fix": 3,
        }  # fmt: skip
        if fields[6]:
            fix["spd"] = round(float(fields[6]) * KNOT_MS, 3)
        if fields[7]:
            fix["hdg"] = float(fields[7])
        if self.second == clock[:6] and self.quality:
            told = {"sat": self.satellites, "hdop": self.hdop}
            fix |= {name: value for name, value in told.items() if value is not None}
        return ts_ms, fix


class Nmea:
    """A receiver that is read."""

    def __init__(self, config: NmeaConfig, start: Start) -> None:
        self._config, self._folder, self._position = config, start.folder, int(start.position or 0)
        self._wrong = 0

    def fault(self) -> str:
        """What is wrong: sentences whose checksum or form is."""
        return f"{self._wrong} sentences are wrong" if self._wrong else ""

    def read(self, stop: Event) -> Iterator[Handed]:
        """Give each fix as a frame.

        Raises:
            OSError: the receiver is away, or silent for a minute.
        """
        sight = Sight()
        for line, position in self._lines(stop):
            try:
                found = sight.take(line)
            except (ValueError, IndexError):
                self._wrong += 1
                continue
            if found is not None:
                ts_ms, fix = found
                body = msgspec.json.encode({"v": 1, "ts": ts_ms, "fixes": [fix]})
                yield Handed([Frame(self._config.device, "gps", body)], position)

    def _lines(self, stop: Event) -> Iterator[tuple[str, str]]:
        if self._config.file:
            with (self._folder / self._config.file).open("rb") as file:
                file.seek(self._position)
                while not stop.is_set() and (line := file.readline(LINE_BYTES)):
                    yield line.decode("ascii", "replace").strip(), str(file.tell())
        elif self._config.tcp:
            host, _, port = self._config.tcp.rpartition(":")
            with socket.create_connection((host, int(port)), timeout=10) as peer:
                peer.settimeout(WAIT_S)
                yield from ((line, "") for line in _split(peer.recv, stop))
        else:
            with _serial(self._config.serial, self._config.baud) as port_:
                yield from ((line, "") for line in _split(lambda size: _some(port_, size), stop))


def checksum(text: str) -> int:
    """The XOR of all characters between `$` and `*`.

    >>> hex(checksum("GPGLL,5057.970,N,00146.110,E,142451,A"))
    '0x27'
    """
    found = 0
    for letter in text:
        found ^= ord(letter)
    return found


def degrees(said: str, side: str) -> float:
    """Degrees of `ddmm.mmmm` and N, S, E or W.

    Raises:
        ValueError: it is none.

    >>> degrees("4807.038", "N"), degrees("01131.000", "W")
    (48.1173, -11.5166667)
    """
    whole, minutes = divmod(float(said), 100)
    if not math.isfinite(whole) or minutes >= 60 or side not in {"N", "S", "E", "W"}:
        raise ValueError(f"{said!r} {side!r} is no place")
    found = round(whole + minutes / 60, 7)
    return -found if side in {"S", "W"} else found


def _split(receive: Callable[[int], bytes], stop: Event) -> Iterator[str]:
    """Lines of a stream.

    Raises:
        OSError: it has ended, or is silent for too long.
    """
    held, silent_s = b"", 0.0
    while not stop.is_set():
        try:
            said = receive(4_096)
        except TimeoutError:
            silent_s += WAIT_S
            if silent_s >= SILENT_S:
                raise OSError(f"silent for {SILENT_S:.0f} s") from None
            continue
        if not said:
            raise OSError("the receiver hung up")
        silent_s = 0.0
        *lines, held = (held + said).split(b"\n")
        held = held[-LINE_BYTES:]
        yield from (line.decode("ascii", "replace").strip() for line in lines)


@contextmanager
def _serial(path: str, baud: int) -> Iterator[int]:
    """A serial port in raw mode, 8N1; reads wait a second at most."""
    port = os.open(path, os.O_RDONLY | os.O_NOCTTY)
    try:
        rate = getattr(termios, f"B{baud}")
        how = termios.tcgetattr(port)
        how[0], how[1], how[3] = 0, 0, 0
        how[2] = termios.CS8 | termios.CREAD | termios.CLOCAL
        how[4] = how[5] = rate
        how[6][termios.VMIN], how[6][termios.VTIME] = 0, round(10 * WAIT_S)
        termios.tcsetattr(port, termios.TCSANOW, how)
        yield port
    except termios.error as error:
        raise OSError(f"{path} is no serial port: {error}") from error
    finally:
        os.close(port)


def _some(port: int, size: int) -> bytes:
    """Bytes of a serial port; nothing within a second is no end."""
    said = os.read(port, size)
    if not said:
        raise TimeoutError
    return said

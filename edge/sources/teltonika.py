"""Listens for Teltonika trackers over TCP (Codec 8, 8 Extended, 16).

    - id: trucks
      kind: teltonika
      port: 5027
      devices: {"356307042441013": truck-7}   # IMEI → device; the others are called by their IMEI
      only_known: false                       # true: nobody else is let in

A tracker deletes what is acknowledged. So the acknowledgement goes out when the records are in the outbox,
not before; one that was not acknowledged sends them again, and the server drops what it has.
"""

import selectors
import socket
import threading
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from threading import Event
from typing import Any

import msgspec
import structlog

from edge.frame import Frame
from edge.sources.avl import HEAD, AvlError, Record, decode, length_of
from edge.sources.base import Flaw, Handed, SourceConfig, Start
from lineshaft.wire.dialects.teltonika import reading
from lineshaft.wire.dialects.values import KMH, SET_US
from lineshaft.wire.topics import LEVEL

LOOK_S = 0.2
MOST_TRACKERS = 5_000
LET_IN, NOT_LET_IN = b"\x01", b"\x00"
IGNITION, JAMMING, HDOP, ODD_HDOP = 239, 249, 182, 65_535
CHUNK = 65_536

log = structlog.get_logger()


class TeltonikaConfig(SourceConfig, frozen=True, kw_only=True):
    """A port that trackers call."""

    port: int
    host: str = "0.0.0.0"  # noqa: S104 - trackers come from outside
    devices: dict[str, str] = msgspec.field(default_factory=dict)
    only_known: bool = False

    def flaws(self, folder: Path) -> Iterator[Flaw]:
        """See the base."""
        yield from super().flaws(folder)
        if not 0 <= self.port <= 65_535:
            yield Flaw(("port",), f"{self.port} is no port", "1 to 65535")
        for imei, name in self.devices.items():
            if not LEVEL.fullmatch(name):
                yield Flaw(("devices", imei), f"{name!r} is no device", "letters, digits, '_', '.', '-'")

    def open(self, start: Start) -> "Teltonika":
        """See the base."""
        return Teltonika(self, start)


@dataclass(slots=True)
class Tracker:
    """A connection."""

    peer: socket.socket
    device: str = ""
    """Empty until it has said its IMEI."""
    held: bytearray = field(default_factory=bytearray)


class Teltonika:
    """The listener and those who called."""

    def __init__(self, config: TeltonikaConfig, start: Start) -> None:
        """Listen.

        Raises:
            OSError: the port is taken.
        """
        self._config, self._clock = config, start.clock
        self._listener = socket.create_server((config.host, config.port), backlog=128)
        self._listener.setblocking(False)  # noqa: FBT003 - the socket's own way
        self.port: int = self._listener.getsockname()[1]
        self._bell, self._wake = socket.socketpair()
        self._kept: deque[tuple[Tracker, int]] = deque()
        self._lock = threading.Lock()
        self._faults = 0
        self._strangers = 0

    def fault(self) -> str:
        """What is wrong: packets that could not be read, strangers that were not let in."""
        said = []
        if self._faults:
            said.append(f"{self._faults} packets could not be read")
        if self._strangers:
            said.append(f"{self._strangers} calls of unknown trackers")
        return "; ".join(said)

    def read(self, stop: Event) -> Iterator[Handed]:
        """Serve trackers until told to stop."""
        with selectors.DefaultSelector() as eyes, self._listener, self._bell, self._wake:
            eyes.register(self._listener, selectors.EVENT_READ)
            eyes.register(self._bell, selectors.EVENT_READ)
            try:
                while not stop.is_set():
                    for key, _ in eyes.select(LOOK_S):
                        if key.fileobj is self._listener:
                            self._let_call(eyes)
                        elif key.fileobj is self._bell:
                            self._bell.recv(CHUNK)
                        else:
                            yield from self._hear(eyes, key.data)
                    self._acknowledge()
            finally:
                for key in list(eyes.get_map().values()):
                    if isinstance(key.data, Tracker):
                        key.data.peer.close()

    def _let_call(self, eyes: selectors.BaseSelector) -> None:
        peer, _ = self._listener.accept()
        if len(eyes.get_map()) > MOST_TRACKERS:
            peer.close()
            return
        peer.setblocking(False)  # noqa: FBT003 - likewise
        eyes.register(peer, selectors.EVENT_READ, Tracker(peer))

    def _hear(self, eyes: selectors.BaseSelector, tracker: Tracker) -> Iterator[Handed]:
        """Take in what a tracker says; hang up where it makes no sense."""
        try:
            said = tracker.peer.recv(CHUNK)
            if said:
                tracker.held += said
                yield from self._packets(tracker)
                return
        except BlockingIOError:
            return
        except AvlError as error:
            self._faults += 1
            log.warning("tracker_unreadable", source=self._config.id, device=tracker.device, why=str(error))
        except OSError as error:
            log.info("tracker_lost", source=self._config.id, device=tracker.device, why=str(error))
        eyes.unregister(tracker.peer)
        tracker.peer.close()

    def _packets(self, tracker: Tracker) -> Iterator[Handed]:
        held = tracker.held
        if not tracker.device and not self._greet(tracker):
            return
        while len(held) >= HEAD:
            length = length_of(bytes(held[:HEAD]))
            if len(held) < length:
                return
            packet = bytes(held[:length])
            del held[:length]
            try:
                records = decode(packet)
            except AvlError as error:
                self._faults += 1
                log.warning(
                    "packet_unreadable", source=self._config.id, device=tracker.device, why=str(error)
                )
                tracker.peer.sendall(bytes(4))  # none was taken: it sends them again
                continue
            if records:
                yield Handed(
                    frames_of(tracker.device, records), on_kept=partial(self._keep, tracker, len(records))
                )

    def _greet(self, tracker: Tracker) -> bool:
        """Let a tracker in by its IMEI; False while it has not said it."""
        held = tracker.held
        if len(held) < 2:
            return False
        length = int.from_bytes(held[:2], "big")
        if not 5 <= length <= 32:
            raise AvlError(f"it begins with {bytes(held[:8]).hex()}, expected the length of an IMEI")
        if len(held) < 2 + length:
            return False
        imei = bytes(held[2 : 2 + length]).decode("ascii", "replace")
        del held[: 2 + length]
        name = self._config.devices.get(imei, "" if self._config.only_known else imei)
        if not LEVEL.fullmatch(name):
            self._strangers += 1
            tracker.peer.sendall(NOT_LET_IN)
            raise AvlError(f"IMEI {imei!r} is not known")
        tracker.device = name
        tracker.peer.sendall(LET_IN)
        return True

    def _keep(self, tracker: Tracker, records: int) -> None:
        """Called by the agent's own thread once records are on disk."""
        self._kept.append((tracker, records))
        with self._lock:
            try:
                self._wake.send(b".")
            except OSError:  # the source has ended meanwhile
                return

    def _acknowledge(self) -> None:
        while self._kept:
            tracker, records = self._kept.popleft()
            try:
                tracker.peer.sendall(records.to_bytes(4, "big"))
            except OSError as error:  # it sends them again
                log.info("tracker_lost", source=self._config.id, device=tracker.device, why=str(error))


def frames_of(device: str, records: list[Record]) -> list[Frame]:
    """The records of a packet as messages of ours: fixes, and readings beside them."""
    frames: list[Frame] = []
    fixes: list[dict[str, object]] = []
    rows: list[dict[str, Any]] = []
    base_ms = records[0].ts_ms
    for record in records:
        values = dict(reading(str(key), one) for key, one in record.io.items())
        if record.ts_ms * 1000 < SET_US:  # its clock was never set: what it reads is of now
            frames.append(Frame(device, "m", msgspec.json.encode(values)))
            continue
        rows.append({"ts": record.ts_ms, "values": values})
        fixes.append(_fix(record, base_ms))
    if fixes:
        first_ms = base_ms if base_ms * 1000 >= SET_US else rows[0]["ts"]
        fixes = [{**fix, "dt": row["ts"] - first_ms} for fix, row in zip(fixes, rows, strict=True)]
        frames.append(Frame(device, "gps", msgspec.json.encode({"v": 1, "ts": first_ms, "fixes": fixes})))
        told = [row for row in rows if row["values"]]
        if told:
            frames.append(Frame(device, "m", msgspec.json.encode(told)))
    return frames


def _fix(record: Record, base_ms: int) -> dict[str, object]:
    hdop, ignition = record.io.get(HDOP), record.io.get(IGNITION)
    fix: dict[str, object] = {
        "dt": record.ts_ms - base_ms, "lat": record.lat, "lon": record.lon, "alt": record.alt_m,
        "spd": record.speed_kmh * KMH, "hdg": record.angle_deg, "sat": record.satellites,
        "fix": 3 if record.satellites else 0,
    }  # fmt: skip
    if hdop is not None and hdop != ODD_HDOP:
        fix["hdop"] = hdop / 10
    if ignition is not None:
        fix["ign"] = bool(ignition)
    if record.io.get(JAMMING):
        fix["jam"] = True
    return fix

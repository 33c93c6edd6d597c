"""Thousands of devices in one process: each a connection of its own, an agent with its own numbering.

The edge's side of the contract at its smallest: a message is kept in memory until the mark names it; after a
connect, a repeated mark or a stall everything beyond the mark goes out again. A lost connection is made
again at once, and after a failure by the product's own backoff (1 s doubled to 30 s, full jitter).
"""

import asyncio
import contextlib
import functools
import json
import random
import socket
import struct
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from chaos import mqtt5
from lineshaft.broker.backoff import Backoff

WINDOW = 20
STALL_S = 4.0
RESET = struct.pack("ii", 1, 0)
MARK, LAST_MID = "_/mark", 65_535


@dataclass
class Fleet:
    """The devices, and what is common to them."""

    url: str
    site: str
    count: int
    every_s: float
    """Between two messages of one device."""
    devices: list["Device"] = field(default_factory=list)
    is_speaking: bool = False
    refused: int = 0
    """Connections that the broker did not take, and messages."""
    _tasks: set["asyncio.Task[None]"] = field(default_factory=set)

    async def start(self, at_once: int = 200) -> None:
        """Connect all, some at a time, and let them speak when they are."""
        boot = f"b{random.randrange(16**8):08x}"  # noqa: S311 - a name
        self.devices = [Device(self, f"d{number:05}", boot) for number in range(self.count)]
        for begin in range(0, self.count, at_once):
            some = self.devices[begin : begin + at_once]
            for device in some:
                device.reconnect()
            await self.until(functools.partial(_are_up, some), 60)
        self.is_speaking = True
        for device in self.devices:
            device.speak_in(random.uniform(0, self.every_s))  # noqa: S311 - spread

    async def until(self, condition: Callable[[], object], within_s: float) -> float:
        """Wait for a condition; how long it took.

        Raises:
            TimeoutError: not in time.
        """
        begun = time.monotonic()
        while not condition():
            if time.monotonic() - begun > within_s:
                raise TimeoutError(f"not within {within_s:g} s: {self.state()}")
            await asyncio.sleep(0.02)
        return time.monotonic() - begun

    @property
    def up(self) -> int:
        """Devices with a connection and a subscription."""
        return sum(device.is_up for device in self.devices)

    @property
    def issued(self) -> int:
        """Messages made."""
        return sum(device.issued for device in self.devices)

    @property
    def waiting(self) -> int:
        """Messages that no mark has named."""
        return sum(device.issued - device.marked for device in self.devices)

    def state(self) -> str:
        """How it stands."""
        connections = f"{self.up} of {self.count} up, {self.refused} refused"
        return f"{connections}; {self.issued} messages issued, {self.waiting} of them not marked"

    def reset(self) -> int:
        """Cut every connection with RST at the same moment; how many there were."""
        found = [device for device in self.devices if device.transport is not None]
        for device in found:
            device.cut()
        return len(found)

    def close(self) -> None:
        """Let all go without coming back."""
        for device in self.devices:
            device.is_over = True
            device.cut()
        for task in self._tasks:
            task.cancel()

    def keep(self, task: "asyncio.Task[None]") -> None:
        """Hold on to a task while it runs."""
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


@dataclass(eq=False)
class Device(asyncio.Protocol):
    """One agent with one machine, and its connection."""

    fleet: Fleet
    name: str
    boot: str
    issued: int = 0
    marked: int = 0
    sent: int = 0
    connects: int = 0
    is_up: bool = False
    is_over: bool = False
    transport: asyncio.Transport | None = None
    back_s: float = 0.0
    """When it was last up again, monotonic."""
    resent: int = 0
    _held: deque[bytes] = field(default_factory=deque)
    _parser: mqtt5.Parser = field(default_factory=mqtt5.Parser)
    _backoff: Backoff = field(default_factory=lambda: Backoff(base_s=1, cap_s=30))
    _ms: int = 0
    _moved_s: float = 0.0
    _last_mark: bytes = b""
    _was_up: bool = False

    @property
    def root(self) -> str:
        """Its topics begin so."""
        return f"lineshaft/v1/{self.fleet.site}/{self.name}"

    def reconnect(self) -> None:
        """Try until there is a connection."""
        self.fleet.keep(asyncio.get_running_loop().create_task(self._connect()))

    async def _connect(self) -> None:
        address = urlsplit(self.fleet.url)
        loop = asyncio.get_running_loop()
        while not self.is_over:
            with contextlib.suppress(OSError, TimeoutError):
                async with asyncio.timeout(10):
                    await loop.create_connection(lambda: self, address.hostname, address.port)
                return
            await asyncio.sleep(self._backoff.next_s())

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Say who we are."""
        assert isinstance(transport, asyncio.Transport)
        address = urlsplit(self.fleet.url)
        self.transport, self._parser = transport, mqtt5.Parser()
        self.connects += 1
        client_id = f"{self.fleet.site}-{self.name}"
        transport.write(mqtt5.connect(client_id, address.username or "", address.password or ""))

    def data_received(self, data: bytes) -> None:
        """Heed what the broker says."""
        for packet in self._parser.feed(data):
            self._heed(packet)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncio's name for it
        """Come again."""
        was_up, self._was_up, self.is_up, self.transport = self._was_up, False, False, None
        if self.is_over:
            return
        if was_up:
            self.reconnect()  # at once: everybody does
        else:
            self.fleet.refused += 1
            asyncio.get_running_loop().call_later(self._backoff.next_s(), self.reconnect)

    def cut(self) -> None:
        """End the connection with RST."""
        self.is_up = False
        if self.transport is not None:
            connection = self.transport.get_extra_info("socket")
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
            self.transport.abort()

    def speak_in(self, seconds: float) -> None:
        """Make a message soon, and then one after the other."""
        asyncio.get_running_loop().call_later(seconds, self._speak)

    def _speak(self) -> None:
        if self.is_over or not self.fleet.is_speaking:
            return
        self.issued += 1
        self._ms = max(self._ms + 1, time.time_ns() // 1_000_000)
        body = {"v": 1, "ts": self._ms, "n": ["id"], "r": [[0, self.issued]]}
        self._held.append(json.dumps(body, separators=(",", ":")).encode())
        if self.sent > self.marked and time.monotonic() - self._moved_s > STALL_S:
            self._go_back()
        self._send()
        self.speak_in(self.fleet.every_s)

    def nudge(self) -> None:
        """Send again what no mark has named, if nothing has moved for long; for who no longer speaks."""
        if self.issued > self.marked and self.is_up and time.monotonic() - self._moved_s > STALL_S:
            self._go_back()
            self._send()

    def _go_back(self) -> None:
        self.resent += max(0, self.sent - self.marked)
        self.sent = self.marked
        self._moved_s = time.monotonic()

    def _send(self) -> None:
        if not self.is_up or self.transport is None:
            return
        if self.sent == self.marked:
            self._moved_s = time.monotonic()
        while self.sent < min(self.issued, self.marked + WINDOW):
            self.sent += 1
            properties = (
                ("boot", self.boot), ("lane", "live"), ("seq", str(self.sent)), ("lo", str(self.marked + 1)),
                ("agent", self.name),
            )  # fmt: skip
            mid = self.sent % LAST_MID + 1
            body = self._held[self.sent - self.marked - 1]
            self.transport.write(
                mqtt5.publish(f"{self.root}/machine/m", body, mid=mid, properties=properties)
            )

    def _heed(self, packet: mqtt5.Packet) -> None:
        assert self.transport is not None
        if packet.kind == mqtt5.CONNACK:
            if mqtt5.reason(packet):
                self.cut()
                return
            self.transport.write(mqtt5.subscribe(1, f"{self.root}/{MARK}"))
        elif packet.kind == mqtt5.SUBACK:
            self._backoff.reset()
            self.is_up, self._was_up, self.back_s, self._last_mark = True, True, time.monotonic(), b""
            self._go_back()
            self._send()
        elif packet.kind == mqtt5.PUBLISH:
            said = mqtt5.read_publish(packet)
            if said.mid:
                self.transport.write(mqtt5.puback(said.mid))
            self._heed_mark(said.body)
        elif packet.kind == mqtt5.PUBACK and mqtt5.reason(packet) >= 128:
            self.fleet.refused += 1

    def _heed_mark(self, body: bytes) -> None:
        mark = json.loads(body)
        if mark["boot"] != self.boot:
            return
        is_repeat, self._last_mark = body == self._last_mark, body
        while self.marked < mark["live"]:
            self._held.popleft()
            self.marked += 1
            self._moved_s = time.monotonic()
        self.sent = max(self.sent, self.marked)
        if is_repeat:
            self._go_back()
        self._send()


def _are_up(devices: list[Device]) -> bool:
    return all(device.is_up for device in devices)

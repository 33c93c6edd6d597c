"""A TCP proxy that misbehaves on command, between two programs that do not know of it.

Runs in an event loop of its own thread; its methods may be called from anywhere and take effect at once, on
the connections that are open and those to come. The two directions are `up` (client to server) and `down`.
"""

import asyncio
import random
import socket
import struct
import threading
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any, Literal, Self

Direction = Literal["up", "down"]
BOTH: tuple[Direction, ...] = ("up", "down")
CHUNK = 65_536
SEGMENT = 1_460
"""What is lost or sent at a time, where that counts: an Ethernet frame's worth."""
REPEAT_S = 0.2
"""Linux's shortest wait before it sends a lost segment again; what is behind it waits too."""
RESET = struct.pack("ii", 1, 0)
"""SO_LINGER of no time: closing then sends RST."""

Tap = Callable[[bytes], bool]
"""Sees what goes up; False keeps it, and all that follows on the connection, from going on."""


@dataclass
class Weather:
    """What happens to one direction."""

    held: bool = False
    """Nothing goes on; it is delivered when this ends: a short partition, as TCP heals it."""
    dropped: bool = False
    """Bytes vanish; a connection that lost some is reset when this ends: a long partition."""
    delay_s: float = 0.0
    spread_s: float = 0.0
    slice_bytes: int = 0
    """So many bytes a segment at most; 0: as they come."""
    bytes_s: float = 0.0
    """So many bytes a second on each connection; 0: as fast as they come."""
    loss: float = 0.0
    """The share of segments that are lost, and come by TCP's repeat: the first after 0.2 s, then doubled."""

    @property
    def stops(self) -> bool:
        """Whether nothing gets through."""
        return self.held or self.dropped


@dataclass(eq=False)
class _Connection:
    writers: dict[Direction, asyncio.StreamWriter]
    lost: bool = False
    tapped: bool = False
    over: bool = False


@dataclass
class Proxy:
    """One listening port in front of a server; use as a context."""

    target: Callable[[], int]
    """The server's port on this machine, asked for at each connection."""
    port: int = 0
    weather: dict[Direction, Weather] = field(default_factory=lambda: {way: Weather() for way in BOTH})
    accepted: int = 0
    tap: Tap | None = None
    _open: set[_Connection] = field(default_factory=set)
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)
    _cleared: asyncio.Condition = field(default_factory=asyncio.Condition)
    _loop: asyncio.AbstractEventLoop = field(default_factory=asyncio.new_event_loop)
    _thread: threading.Thread | None = None
    _server: asyncio.Server | None = None

    def __enter__(self) -> Self:
        self._thread = threading.Thread(target=self._loop.run_forever, name="proxy", daemon=True)
        self._thread.start()
        self._run(self._listen())
        return self

    def __exit__(self, *_: object) -> None:
        self._run(self._close())
        self._loop.call_soon_threadsafe(self._loop.stop)
        if self._thread:
            self._thread.join()
        self._loop.close()

    def hold(self, *ways: Direction) -> None:
        """Stop delivering in some directions (default both); `clear` delivers what waited."""
        for way in ways or BOTH:
            self.weather[way].held = True

    def drop(self, *ways: Direction) -> None:
        """Let bytes vanish in some directions (default both); `clear` resets who lost some."""
        for way in ways or BOTH:
            self.weather[way].dropped = True

    def delay(self, seconds: float, spread_s: float = 0.0) -> None:
        """Deliver later, in both directions, in order."""
        for weather in self.weather.values():
            weather.delay_s, weather.spread_s = seconds, spread_s

    def slice(self, size: int) -> None:
        """Deliver in segments of so many bytes, in both directions."""
        for weather in self.weather.values():
            weather.slice_bytes = size

    def throttle(self, bits_s: float) -> None:
        """Deliver at most so many bits a second in each direction of each connection."""
        for weather in self.weather.values():
            weather.bytes_s = bits_s / 8

    def lose(self, share: float) -> None:
        """Lose segments, as far as a program can tell: what one holds, and all behind it, comes later."""
        for weather in self.weather.values():
            weather.loss = share

    @property
    def open(self) -> int:
        """Connections there are now."""
        return len(self._open)

    def reset(self) -> int:
        """Cut every connection with RST; how many there were."""
        return int(self._run(self._reset(lambda _: True)))

    def clear(self) -> None:
        """Fair weather again."""
        self.weather = {way: Weather() for way in BOTH}
        self.tap = None
        self._run(self._reset(lambda connection: connection.lost or connection.tapped))

    def _run(self, doing: Coroutine[Any, Any, Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(doing, self._loop).result(10)

    async def _listen(self) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def _close(self) -> None:
        if self._server:
            self._server.close()
        await self._reset(lambda _: True)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _reset(self, which: Callable[[_Connection], bool]) -> int:
        found = [connection for connection in self._open if which(connection)]
        for connection in found:
            connection.over = True
            for writer in connection.writers.values():
                _cut(writer)
        async with self._cleared:
            self._cleared.notify_all()
        return len(found)

    async def _until(self, is_so: Callable[[], bool]) -> None:
        async with self._cleared:
            await self._cleared.wait_for(is_so)

    async def _serve(self, client: asyncio.StreamReader, to_client: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        if task:
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        self.accepted += 1
        # Behind a partition there is no server to connect to.
        await self._until(lambda: not any(weather.stops for weather in self.weather.values()))
        try:
            server, to_server = await asyncio.open_connection("127.0.0.1", self.target())
        except OSError:
            _cut(to_client)
            return
        connection = _Connection({"up": to_server, "down": to_client})
        self._open.add(connection)
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._pump("up", client, connection))
                group.create_task(self._pump("down", server, connection))
        except* OSError:  # one end has gone without a goodbye, so the other hears none
            for writer in connection.writers.values():
                _cut(writer)
        finally:
            self._open.discard(connection)
            for writer in connection.writers.values():
                writer.close()

    async def _pump(self, way: Direction, reader: asyncio.StreamReader, connection: _Connection) -> None:
        writer = connection.writers[way]
        while piece := await reader.read(CHUNK):
            await self._until(lambda: connection.over or not self.weather[way].held)
            if connection.tapped or self._is_tapped(way, piece, connection):
                continue
            if self.weather[way].dropped:
                connection.lost = True
                continue
            await self._deliver(self.weather[way], piece, writer)
        # A goodbye does not get through bad weather either.
        await self._until(lambda: connection.over or not (self.weather[way].stops or connection.lost))
        if connection.over:
            raise ConnectionResetError
        writer.write_eof()

    def _is_tapped(self, way: Direction, piece: bytes, connection: _Connection) -> bool:
        tap = self.tap
        connection.tapped = way == "up" and tap is not None and not tap(piece)
        return connection.tapped

    async def _deliver(self, weather: Weather, piece: bytes, writer: asyncio.StreamWriter) -> None:
        if weather.delay_s:
            spread_s = random.uniform(-weather.spread_s, weather.spread_s)  # noqa: S311 - weather, no secret
            await asyncio.sleep(max(0.0, weather.delay_s + spread_s))
        size = weather.slice_bytes or (SEGMENT if weather.loss or weather.bytes_s else len(piece))
        for begin in range(0, len(piece), size):
            segment = piece[begin : begin + size]
            if weather.loss:
                await asyncio.sleep(_lost_s(weather.loss))
            writer.write(segment)
            await writer.drain()
            if weather.bytes_s:
                await asyncio.sleep(len(segment) / weather.bytes_s)
            elif weather.slice_bytes:
                await asyncio.sleep(0)  # let it leave as a segment of its own


def _lost_s(share: float) -> float:
    """How much later a segment comes that is lost by chance, and its repeats too."""
    times = 0
    while random.random() < share:  # noqa: S311 - weather, no secret
        times += 1
    return REPEAT_S * (2**times - 1)


def _cut(writer: asyncio.StreamWriter) -> None:
    connection = writer.get_extra_info("socket")
    if connection is not None and not writer.is_closing():
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
    writer.transport.abort()

"""Asks a service whether it lives, without waiting long and without a library.

A probe that raises counts as no answer.
"""

import asyncio
import struct
from collections.abc import Awaitable, Callable

from lineshaft.runtime.ports import HOST

Probe = Callable[[], Awaitable[bool]]
"""Whether the service answers now; bounded by `TIMEOUT_S`."""

TIMEOUT_S = 3.0

SSL_REQUEST = struct.pack("!ii", 8, 80_877_103)
"""The shortest question a PostgreSQL server answers (with one letter), before any login."""

PROTOCOL_3 = 3 << 16


def http(port: int, path: str, host: str = HOST) -> Probe:
    """A service that answers GET `path` with 200."""

    async def ask() -> bool:
        request = f"GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n"
        return (await _talk(port, request.encode(), 12, host)).endswith(b" 200")

    return ask


def postgres(port: int) -> Probe:
    """A PostgreSQL server whose postmaster forks."""

    async def ask() -> bool:
        return await _talk(port, SSL_REQUEST, 1) in {b"N", b"S"}

    return ask


def accepts_logins(port: int) -> Probe:
    """A PostgreSQL server past its recovery: it asks for a password, and no longer says it is starting."""
    name = b"user\0postgres\0database\0postgres\0\0"
    startup = struct.pack("!ii", 8 + len(name), PROTOCOL_3) + name

    async def ask() -> bool:
        return await _talk(port, startup, 1) == b"R"  # R: authentication request; E: error

    return ask


def listens(port: int) -> Probe:
    """A server that takes a connection."""

    async def ask() -> bool:
        return await _talk(port, b"", 0) == b""

    return ask


async def _talk(port: int, words: bytes, length: int, host: str = HOST) -> bytes:
    async with asyncio.timeout(TIMEOUT_S):
        reader, writer = await asyncio.open_connection(host, port)
        try:
            writer.write(words)
            return await reader.readexactly(length)
        finally:
            writer.close()

import asyncio
import time
from itertools import pairwise

import pytest

from lineshaft.store import beats
from lineshaft.store.database import ConnectionLost, connect, connect_async, pool

pytestmark = pytest.mark.database


def test_a_session_is_in_utc_and_sees_the_schema(database_url: str) -> None:
    with connect(database_url, application="x") as conn:
        row = conn.execute(
            "SELECT current_setting('timezone'), current_setting('search_path'),"
            " current_setting('statement_timeout'), current_setting('application_name')"
        ).fetchone()
    assert row == ("UTC", "lineshaft, public", "30s", "x")


def test_a_statement_that_hangs_is_a_lost_connection(database_url: str) -> None:
    with connect(database_url, timeout_s=0.05) as conn, pytest.raises(ConnectionLost):
        conn.execute("SELECT pg_sleep(5)")


def test_a_server_that_is_away_is_a_lost_connection() -> None:
    with pytest.raises(ConnectionLost):
        connect("postgresql://a:b@127.0.0.1:1/x")


async def test_the_web_reads_the_beats_of_services(database_url: str) -> None:
    with connect(database_url) as conn:
        beats.beat(conn, "ingest", 1_000_000, 2_000_000, {"connected": True})
        beats.beat(conn, "ingest", 1_000_000, 4_000_000, {"connected": False})
    async with await connect_async(database_url) as aconn:
        await beats.beat_async(aconn, "web", 1, 2)
        found = await beats.every(aconn)
    assert [(b.service, b.seen_us, b.detail) for b in found] == [
        ("ingest", 4_000_000, {"connected": False}),
        ("web", 2, {}),
    ]


async def test_a_pool_that_is_asked_tries_again_soon_however_long_the_database_is_away() -> None:
    tries: list[float] = []

    async def refuse(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        tries.append(time.monotonic())
        writer.close()

    server = await asyncio.start_server(refuse, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    connections = pool(f"postgresql://a:b@127.0.0.1:{port}/x")
    async with server, connections:
        begun = time.monotonic()
        while time.monotonic() < begun + 12:
            with pytest.raises(ConnectionLost):
                await connections.getconn(timeout=0.5)
    assert max(later - earlier for earlier, later in pairwise([*tries, begun + 12])) < 3.5


async def test_a_pool_gives_connections_of_the_same_kind(database_url: str) -> None:
    connections = pool(database_url)
    await connections.open()
    try:
        async with connections.connection() as conn:
            row = await (await conn.execute("SELECT pos FROM journal_head")).fetchone()
        assert row == (0,)
    finally:
        await connections.close()

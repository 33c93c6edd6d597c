"""Hears at once when a sink has committed, instead of asking again and again."""

from collections.abc import AsyncIterator

from lineshaft.store.database import connect_async


async def notices(url: str, *, role: str, schema: str) -> AsyncIterator[str]:
    """What sinks say on channel `live` as they commit: `sink:position`. One connection, until it is lost.

    Raises:
        ConnectionLost: it is lost; what was said meanwhile is not repeated.
    """
    async with await connect_async(url, role=role, schema=schema, application="lineshaft web live") as conn:
        await conn.set_autocommit(True)
        await conn.execute("LISTEN live")
        async for notice in conn.notifies():
            yield notice.payload

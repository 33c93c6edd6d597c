"""The live line: a WebSocket, a stream of events for where sockets are blocked, and one snapshot."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Query, Request, WebSocket
from starlette.exceptions import HTTPException
from starlette.responses import Response, StreamingResponse
from starlette.websockets import WebSocketDisconnect

from api.deps import READERS, TheWeb, allow
from api.gate import SESSION_OVER
from api.live.client import Client
from api.web import Web

router = APIRouter(tags=["live"])

SLOW_S = 30.0
"""A browser that does not take a message for this long is let go; it will come again."""
SESSION_EVERY_S = 10.0
LONGEST_WORD = 4096

FULL = 1013
"""WebSocket close code: try again later."""
FORBIDDEN = 4403
UNREADABLE = 1007

_TOPICS = "kpi, machines, alarms, groups, vehicles, shipments, zones, moves, system, or machine:{key}"


class SessionOverError(Exception):
    """The person behind the line may no longer look."""


@router.websocket("/ws")
async def talk(socket: WebSocket) -> None:
    """The browser says `{"op":"sub","topics":[…],"rate":2}` or `{"op":"pause"}`; it hears what changes."""
    web: Web = socket.app.state.web
    await socket.accept()
    who = socket.scope.get("state", {}).get("principal")
    if who is None or who.role not in READERS:
        await socket.close(FORBIDDEN if who else SESSION_OVER)
        return
    client = web.hub.join()
    if client is None:
        await socket.close(FULL)
        return
    try:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(_listen(socket, client, web))
            tasks.create_task(_tell(socket, client))
            tasks.create_task(_watch(web, client, socket.scope["state"]["token"]))
    except* SessionOverError:
        await _close(socket, SESSION_OVER)
    except* ValueError:
        await _close(socket, UNREADABLE)
    except* (WebSocketDisconnect, TimeoutError, OSError):
        pass  # it is gone, or will not take a word: there is nobody to tell
    finally:
        web.hub.leave(client)


@router.get("/snapshot", response_class=Response, **allow(READERS))
async def show_snapshot(
    web: TheWeb, topic: Annotated[str, Query(max_length=80, description=_TOPICS)]
) -> Response:
    """All that a topic shows now, in the same words as the live line, from where a browser can go on."""
    if not await web.feed.fresh(topic):
        raise HTTPException(404, f"nothing is known of topic {topic!r}")
    return Response(
        web.hub.full_snapshot(topic), media_type="application/json", headers={"cache-control": "no-store"}
    )


@router.get("/sse", response_class=StreamingResponse, **allow(READERS))
async def stream(
    request: Request, web: TheWeb, topics: Annotated[str, Query(max_length=1000, description=_TOPICS)]
) -> Response:
    """The same messages as events, for proxies that block WebSockets; topics by commas."""
    client = web.hub.join()
    if client is None:
        raise HTTPException(503, "too many browsers are on the live line")
    web.hub.subscribe(client, topics.split(","))
    events = _events(web, client, request.scope["state"]["token"])
    return StreamingResponse(events, media_type="text/event-stream", headers={"cache-control": "no-store"})


async def _listen(socket: WebSocket, client: Client, web: Web) -> None:
    while True:
        word = await socket.receive_text()
        if len(word) > LONGEST_WORD:
            raise ValueError("too long")
        said: Any = orjson.loads(word)
        op = said.get("op") if isinstance(said, dict) else None
        if op == "pause":
            client.pause()
        elif op == "sub" and isinstance(said.get("topics"), list):
            client.gap_s = _gap_s(said.get("rate"))
            web.hub.subscribe(client, said["topics"])


async def _tell(socket: WebSocket, client: Client) -> None:
    while True:
        for text in await client.take():
            async with asyncio.timeout(SLOW_S):
                await socket.send_text(text)
        if client.gap_s:
            await asyncio.sleep(client.gap_s)


async def _watch(web: Web, client: Client, token: str) -> None:
    """See that the session goes on; a page that is shown keeps it alive, a hidden one does not."""
    while True:
        await asyncio.sleep(SESSION_EVERY_S)
        if not client.paused and await web.door.principal(token) is None:
            raise SessionOverError
        if client.paused and not await web.door.is_open(token):
            raise SessionOverError


async def _events(web: Web, client: Client, token: str) -> AsyncIterator[str]:
    watching = asyncio.create_task(_watch(web, client, token))
    try:
        while not watching.done():
            messages: list[str] = []
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(SESSION_EVERY_S):
                    messages = await client.take()
            for text in messages:
                yield f"data: {text}\n\n"
        yield 'event: over\ndata: {"t":"over"}\n\n'
    finally:
        watching.cancel()
        with contextlib.suppress(asyncio.CancelledError, SessionOverError):
            await watching
        web.hub.leave(client)


async def _close(socket: WebSocket, code: int) -> None:
    with contextlib.suppress(RuntimeError, OSError, WebSocketDisconnect):
        await socket.close(code)


def _gap_s(rate: object) -> float:
    """Seconds between sendings for a browser that wants at most `rate` a second; 0: as they come.

    >>> _gap_s(1), _gap_s(None), _gap_s("fast"), _gap_s(0.001)
    (1.0, 0.0, 0.0, 10.0)
    """
    if isinstance(rate, bool) or not isinstance(rate, int | float) or rate <= 0 or rate >= 10:
        return 0.0
    return min(10.0, 1 / rate)

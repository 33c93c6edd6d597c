"""Tries a rule beside the screens: one at a time, told how far it is, ended where nobody waits any more."""

import asyncio
import threading
from collections.abc import AsyncIterator
from dataclasses import asdict, dataclass, field
from typing import Any, Final

import orjson
from fastapi import Request

from api.web import Web
from lineshaft.domain.rules import Rule
from lineshaft.domain.rules.trial import Trial
from lineshaft.store.database import ConnectionLost, connect
from lineshaft.store.tried import LONGEST_S, TrialError, try_rule
from lineshaft.store.tried_inputs import Span

MEDIA_TYPE: Final = "text/event-stream"
LOOK_S: Final = 0.25
"""How often is told how far it is, and looked whether somebody still waits."""
_one: Final = asyncio.Semaphore(1)
"""It reads millions of rows, and the screens share these cores."""


class StoppedError(Exception):
    """Nobody waits for it any more."""


@dataclass(slots=True)
class Running:
    """A trial in its thread."""

    web: Web
    rule: Rule
    span: Span
    done: float = 0.0
    _stop: threading.Event = field(default_factory=threading.Event)

    def run(self) -> Trial | None:
        """In a thread and with a connection of its own: the screens do not wait for it."""
        settings = self.web.settings
        try:
            with connect(
                settings.database_url, role=settings.database_role, schema=settings.database_schema,
                application="lineshaft backtest", timeout_s=LONGEST_S,
            ) as conn:  # fmt: skip
                return try_rule(conn, self.rule, self.span, self._heed)
        except StoppedError:
            return None

    def stop(self) -> None:
        """End it, at its next slice of time."""
        self._stop.set()

    def _heed(self, done: float) -> None:
        self.done = done
        if self._stop.is_set():
            raise StoppedError


async def follow(request: Request, running: Running) -> AsyncIterator[float | Trial | None]:
    """How far it is, while it runs, and then what came of it; None while another one has its turn.

    Raises:
        TrialError: it cannot be tried.
    """
    waiting = asyncio.ensure_future(_one.acquire())
    try:
        while not waiting.done():
            await asyncio.wait({waiting}, timeout=LOOK_S)
            yield None
    except BaseException:
        if not waiting.cancel():
            _one.release()
        raise
    task = asyncio.ensure_future(asyncio.to_thread(running.run))
    task.add_done_callback(lambda _: _one.release())
    try:
        while not task.done():
            yield running.done
            await asyncio.wait({task}, timeout=LOOK_S)
            if await request.is_disconnected():
                return
        found = await task
        if found is not None:
            yield found
    finally:
        running.stop()


async def told(request: Request, running: Running) -> AsyncIterator[bytes]:
    """The same as server-sent events: {waiting}, {done}, and at last {trial} or {error}."""
    try:
        async for one in follow(request, running):
            yield _event(_said(one))
    except TrialError as error:
        yield _event({"error": {"code": error.key, "message": str(error)}})
    except ConnectionLost:
        yield _event({"error": {"code": "unavailable", "message": "the database is away"}})


def _said(one: float | Trial | None) -> dict[str, Any]:
    if one is None:
        return {"waiting": True}
    return {"trial": asdict(one)} if isinstance(one, Trial) else {"done": round(one, 3)}


def _event(said: dict[str, Any]) -> bytes:
    return b"data: " + orjson.dumps(said) + b"\n\n"

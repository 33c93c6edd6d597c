"""Puts the API together: `create` gives an application with its routes, `seal` closes it to strangers."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterable
from importlib.metadata import version

from fastapi import APIRouter, FastAPI
from starlette.exceptions import HTTPException

from api.document import describe
from api.errors import add_handlers
from api.gate import Gate
from api.routes import (
    alarm_acts,
    alarm_figures,
    alarms,
    assets,
    books,
    carriers,
    dead_letters,
    deliveries,
    devices,
    eta_accuracy,
    fences,
    freight,
    hand_over,
    health,
    items,
    labels,
    lanes,
    live,
    machines,
    maintenance,
    maintenance_plans,
    models,
    notifications,
    notify_settings,
    orders,
    parts,
    planning,
    rules,
    session,
    shipments,
    system,
    tracking,
    vehicles,
    work_doing,
    work_orders,
    work_requests,
    work_steps,
)
from api.settings import ApiSettings
from api.web import assemble
from lineshaft.clock import Clock

ROUTES = (
    session,
    assets,
    machines,
    models,
    labels,
    rules,
    work_orders,
    work_steps,
    work_doing,
    work_requests,
    maintenance,
    maintenance_plans,
    parts,
    devices,
    alarms,
    alarm_figures,
    alarm_acts,
    hand_over,
    notifications,
    notify_settings,
    items,
    vehicles,
    fences,
    lanes,
    shipments,
    deliveries,
    carriers,
    eta_accuracy,
    orders,
    freight,
    planning,
    tracking,
    system,
    books,
    dead_letters,
)
"""The nouns of /api/v1, in the order of the document."""


def create(settings: ApiSettings, clock: Clock) -> FastAPI:
    """The application with all API routes; it does nothing before it is started, and `seal` comes last.

    Its `state.web` holds what routes share.
    """
    web = assemble(settings, clock)

    @contextlib.asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        await web.pool.open()  # does not wait: the screens come up without a database, and say so
        feeding = asyncio.create_task(web.feed.run(), name="feed")
        try:
            yield
        finally:
            while not feeding.done():  # the pool's waiting can lose a cancellation before Python 3.12
                feeding.cancel()
                await asyncio.wait({feeding}, timeout=1)
            await web.pool.close()

    app = FastAPI(
        title="Lineshaft",
        version=version("lineshaft"),
        summary="Machine health, alarms, stock and arrival times from one stream.",
        description="Instants are epoch milliseconds; what is unknown is null; lists come as {items: […]}."
        " Errors are {error: {code, message, id}}. Each operation's x-roles say who may use it.",
        openapi_url="/api/openapi.json",
        # The viewers load themselves from a CDN, which a closed plant does not have.
        docs_url=None,
        redoc_url=None,
        lifespan=lifespan,
    )
    app.state.web = web
    app.openapi = lambda: describe(app)  # type: ignore[method-assign]  # the documented way to extend it
    v1 = APIRouter(prefix="/api/v1")
    for noun in ROUTES:
        v1.include_router(noun.router)
    app.include_router(v1)
    app.include_router(live.router, prefix="/api/live")
    app.include_router(health.router)
    add_handlers(app)
    return app


def seal(app: FastAPI, script_hashes: Iterable[str] = ()) -> None:
    """Add what must come last: 404 for unknown API paths, and outermost the gate with session and origin.

    Args:
        app: of `create`, with everything else already on it.
        script_hashes: `sha256-…` of the inline scripts its pages may run.
    """

    @app.api_route(
        "/api/{rest:path}",
        methods=["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"],
        include_in_schema=False,
    )
    async def nothing(rest: str) -> None:
        raise HTTPException(404, f"there is no /api/{rest[:100]}")

    app.add_middleware(Gate, door=app.state.web.door, script_hashes=tuple(script_hashes))

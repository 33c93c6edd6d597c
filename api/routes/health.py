"""What watches the process asks: is it alive, can it serve, and its figures. No log-in."""

import asyncio
from typing import Any

from fastapi import APIRouter
from prometheus_client import CONTENT_TYPE_LATEST, Gauge, generate_latest
from starlette.responses import Response

from api.deps import Json, TheWeb
from api.schemas import HealthOut
from api.web import Web
from lineshaft import __version__
from lineshaft.store import alarms, system
from lineshaft.store.database import ConnectionLost

router = APIRouter(tags=["health"])

ANYBODY: dict[str, Any] = {"openapi_extra": {"x-roles": ["anonymous"]}}

PATIENCE_S = 2.0

_build = Gauge("lineshaft_build_info", "The software's version.", ["version"])
_active = Gauge("lineshaft_alarms_active", "Alarms that are not normal again.", ["priority"])
_browsers = Gauge("lineshaft_web_browsers", "Browsers on the live line.")
_database = Gauge("lineshaft_web_database_up", "1 while the web process reaches the database.")


@router.get("/livez", response_model=HealthOut, **ANYBODY)
async def live() -> Json:
    """Whether the process answers; never asks the database, or its outage would restart everything."""
    return Json(HealthOut(ok=True, checks={}))


@router.get("/readyz", response_model=HealthOut, **ANYBODY)
async def ready(web: TheWeb) -> Json:
    """Whether it can serve: 503 while the database is away, with the reason."""
    checks = {"database": await _fault(web)}
    is_ready = not any(checks.values())
    return Json(HealthOut(ok=is_ready, checks=checks), 200 if is_ready else 503)


@router.get("/metrics", response_class=Response, **ANYBODY)
async def show_metrics(web: TheWeb) -> Response:
    """Figures in Prometheus' text format."""
    _build.labels(__version__).set(1)
    _browsers.set(len(web.hub.clients))
    _database.set(web.hub.database)
    try:
        async with web.pool.connection(timeout=PATIENCE_S) as conn:
            counts = await alarms.counts(conn)
    except ConnectionLost:
        _active.clear()  # unknown is not zero
    else:
        by_priority = (counts.critical, counts.high, counts.medium, counts.low)
        for priority, count in enumerate(by_priority, 1):
            _active.labels(str(priority)).set(count)
    return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)


async def _fault(web: Web) -> str | None:
    try:
        async with asyncio.timeout(PATIENCE_S), web.pool.connection(timeout=PATIENCE_S) as conn:
            await system.flavour(conn)  # any small question of the schema
    except (TimeoutError, *ConnectionLost) as error:
        return f"the database does not answer: {type(error).__name__}"
    return None

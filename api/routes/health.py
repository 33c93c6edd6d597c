"""What watches the process asks: is it alive, can it serve, and its figures. No log-in."""

import asyncio
import math
import shutil
from typing import Any

from fastapi import APIRouter
from prometheus_client import Gauge
from starlette.responses import Response

from api.deps import Json, TheWeb
from api.figures import FIGURES
from api.schemas import HealthOut
from api.web import Web
from lineshaft import metrics
from lineshaft.store import alarms, letters, system
from lineshaft.store.database import ConnectionLost

router = APIRouter(tags=["health"])

ANYBODY: dict[str, Any] = {"openapi_extra": {"x-roles": ["anonymous"]}}

PATIENCE_S = 2.0

_active = Gauge("lineshaft_alarms_active", "Alarms that are not normal again.", ["priority"])
_browsers = Gauge("lineshaft_web_browsers", "Browsers on the live line.")
_database = Gauge("lineshaft_web_database_up", "1 while the web process reaches the database.")
_pool = Gauge("lineshaft_db_pool_in_use", "Connections of the web process that are in use.")
_disk = Gauge("lineshaft_disk_free_ratio", "Free part of the file system of the data folder, 0 to 1.")
_disk.set(math.nan)  # unknown where the web process has no data folder


@router.get("/livez", response_model=HealthOut, **ANYBODY)
async def live() -> Json:
    """Whether the process answers; never asks the database, or its outage would restart everything."""
    return Json(HealthOut(ok=True, checks={}))


@router.get("/readyz", response_model=HealthOut, **ANYBODY)
async def ready(web: TheWeb) -> Json:
    """Whether it can serve: 503 while the database is away; and whether the books balance."""
    checks = await _faults(web)
    # Books that do not balance are a fault to be seen; the screens that show it can be served all the same.
    return Json(HealthOut(ok=not any(checks.values()), checks=checks), 503 if checks["database"] else 200)


@router.get("/metrics", response_class=Response, **ANYBODY)
async def show_metrics(web: TheWeb) -> Response:
    """Figures in Prometheus' text format."""
    _browsers.set(len(web.hub.clients))
    _database.set(web.hub.database)
    _pool.set(web.pool.get_stats().get("pool_size", 0) - web.pool.get_stats().get("pool_available", 0))
    if web.settings.data_dir:
        disk = shutil.disk_usage(web.settings.data_dir)
        _disk.set(disk.free / disk.total)
    try:
        async with web.pool.connection(timeout=PATIENCE_S) as conn:
            counts = await alarms.counts(conn)
            FIGURES.show(await web.bookkeeper.look(conn), await system.lags(conn), await letters.totals(conn))
    except ConnectionLost:
        _active.clear()  # unknown is not zero
        FIGURES.forget()
    else:
        by_priority = (counts.critical, counts.high, counts.medium, counts.low)
        for priority, count in enumerate(by_priority, 1):
            _active.labels(str(priority)).set(count)
    return Response(metrics.figures(), media_type=metrics.CONTENT_TYPE)


async def _faults(web: Web) -> dict[str, str | None]:
    try:
        async with asyncio.timeout(PATIENCE_S), web.pool.connection(timeout=PATIENCE_S) as conn:
            books = await web.bookkeeper.look(conn)
    except (TimeoutError, *ConnectionLost) as error:
        return {"database": f"the database does not answer: {type(error).__name__}", "books": None}
    return {"database": None, "books": "; ".join(books.faults) or None}

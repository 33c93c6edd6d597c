"""Geofences: planners draw them, the stream watches them, everyone sees who visits."""

from typing import Annotated

from fastapi import APIRouter, Path, Query
from starlette.exceptions import HTTPException

from api import examples_fleet as examples
from api.deps import PLANNERS, READERS, Conn, Json, TheSpan, TheWeb, Who, allow, found
from api.examples import items
from api.schemas_fleet import FenceInput
from lineshaft.domain.fences import Fence, FenceError, fence_of
from lineshaft.store import audit, fences
from lineshaft.store.fences import FenceRow, VisitRow
from lineshaft.store.rows import Items

router = APIRouter(tags=["logistics"])

Key = Annotated[str, Path(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$")]


@router.get("/fences", response_model=Items[FenceRow], **allow(READERS, items(examples.FENCE)))
async def list_fences(conn: Conn) -> Json:
    """Every geofence that holds."""
    return Json(Items(await fences.listing(conn)))


@router.get("/visits", response_model=Items[VisitRow], **allow(READERS, items(examples.VISIT)))
async def list_visits(
    conn: Conn,
    span: TheSpan,
    vehicle: Annotated[str | None, Query(max_length=64)] = None,
    fence: Annotated[str | None, Query(max_length=64)] = None,
) -> Json:
    """Who visited which geofence, the newest first; a drive-by is no visit."""
    return Json(Items(await fences.visits(conn, span, vehicle=vehicle, fence=fence)))


@router.put("/fences/{key}", response_model=FenceRow, **allow(PLANNERS, examples.FENCE))
async def put_fence(key: Key, body: FenceInput, conn: Conn, web: TheWeb, who: Who) -> Json:
    """Draw a geofence, or change it: a new version, which holds from now on."""
    before = await fences.one(conn, key)
    deed = who.deed(
        "fence.put",
        key,
        before=None if before is None else {"version": before.version, "name": before.name},
        after=body.model_dump(),
    )
    fence = _fence(key, body)
    await audit.append(conn, deed, web.clock())
    await fences.put(conn, fence, who.login, web.clock())
    return Json(found(await fences.one(conn, key), "fence"))


@router.delete("/fences/{key}", response_model=FenceRow, **allow(PLANNERS, examples.FENCE))
async def remove_fence(key: Key, conn: Conn, web: TheWeb, who: Who) -> Json:
    """Take a geofence away; its visits stay on record."""
    held = found(await fences.one(conn, key), "fence")
    deed = who.deed("fence.remove", key, before={"version": held.version, "name": held.name})
    await audit.append(conn, deed, web.clock())
    await fences.remove(conn, key, who.login, web.clock())
    return Json(held)


def _fence(key: str, body: FenceInput) -> Fence:
    try:
        return fence_of({"key": key, **body.model_dump()})
    except FenceError as error:
        raise HTTPException(422, str(error)) from error

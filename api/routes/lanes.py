"""Lanes' ways: how the road goes from a lane's first place to its last, as people import it."""

from typing import Annotated

from fastapi import APIRouter, Path, Request
from starlette.exceptions import HTTPException

from api import examples_fleet as examples
from api.deps import PLANNERS, READERS, Conn, Json, TheWeb, Who, allow, found
from api.examples import items
from lineshaft.domain.ways import RoadWay, WayError, simplified
from lineshaft.store import audit, ways
from lineshaft.store.rows import Items
from lineshaft.store.ways import WayRow
from lineshaft.wire.ways import from_file

router = APIRouter(tags=["logistics"])

_LANE = "A route's key, or the facilities (else stops) a lane leads from and to: `dock-a>dock-b`."
Lane = Annotated[str, Path(pattern=r"^[^@\x00-\x1f][^\x00-\x1f]{0,199}$", description=_LANE)]


@router.get("/lanes", response_model=Items[WayRow], **allow(READERS, items(examples.LANE)))
async def list_lanes(conn: Conn) -> Json:
    """The lanes whose way was imported."""
    return Json(Items(await ways.listing(conn)))


@router.put("/lanes/{lane}/way", response_model=WayRow, **allow(PLANNERS, examples.LANE))
async def put_way(lane: Lane, request: Request, conn: Conn, web: TheWeb, who: Who) -> Json:
    """Import a lane's way (the body is GPX, or GeoJSON with lines); who leaves next goes by it."""
    try:
        source, points = from_file(await request.body())
    except WayError as error:
        raise HTTPException(422, str(error)) from error
    way = RoadWay(lane, simplified(points), source=source)
    before = await ways.one(conn, lane)
    deed = who.deed(
        "lane.way",
        lane,
        before={"source": before.source, "length_m": before.length_m} if before else None,
        after={"source": source, "points": len(way.points)},
    )
    await audit.append(conn, deed, web.clock())
    await ways.put(conn, way, who.login, web.clock())
    return Json(found(await ways.one(conn, lane), "way"))


@router.delete("/lanes/{lane}/way", response_model=WayRow, **allow(PLANNERS, examples.LANE))
async def remove_way(lane: Lane, conn: Conn, web: TheWeb, who: Who) -> Json:
    """Forget an imported way: what the plant or the routing server says holds again."""
    held = found(await ways.one(conn, lane), "way")
    before = {"source": held.source, "length_m": held.length_m}
    await audit.append(conn, who.deed("lane.forget", lane, before=before), web.clock())
    await ways.remove(conn, lane, web.clock())
    return Json(held)

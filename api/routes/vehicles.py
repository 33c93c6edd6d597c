"""Vehicles and the routes they drive."""

from typing import Annotated

from fastapi import APIRouter, Path

from api import examples
from api.deps import READERS, Conn, Json, TheSpan, TheWeb, allow
from api.schemas import Document
from lineshaft.store import plants, shipments, vehicles
from lineshaft.store.rows import Items
from lineshaft.store.vehicles import Trail, VehicleRow

router = APIRouter(tags=["logistics"])


@router.get("/vehicles", response_model=Items[VehicleRow], **allow(READERS, examples.items(examples.VEHICLE)))
async def list_vehicles(conn: Conn, web: TheWeb) -> Json:
    """Every vehicle with its last fix and what it carries."""
    loads = await shipments.listing(conn, web.clock())
    return Json(Items(await vehicles.listing(conn, loads)))


@router.get("/vehicles/{key}/trail", response_model=Trail, **allow(READERS, examples.TRAIL))
async def show_trail(key: Annotated[str, Path(max_length=64)], conn: Conn, span: TheSpan) -> Json:
    """Where a vehicle was, at most 500 fixes over the span."""
    return Json(await vehicles.trail(conn, key, span))


@router.get("/routes", response_model=Items[Document], **allow(READERS, examples.items(examples.ROUTE)))
async def list_routes(conn: Conn) -> Json:
    """Routes with their stops and the way between them; a path that was not given is empty."""
    version = await plants.current(conn)
    return Json(Items(version.document.get("routes", []) if version else []))

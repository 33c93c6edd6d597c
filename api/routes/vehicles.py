"""Vehicles and the routes they drive."""

from typing import Annotated

from fastapi import APIRouter, Path

from api import examples, examples_fleet
from api.deps import READERS, Conn, Json, TheSpan, TheWeb, allow
from api.schemas import Document
from lineshaft.store import plants, shipments, tracks, vehicles
from lineshaft.store.rows import Items
from lineshaft.store.tracks import LegRow, Way, Word
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


@router.get("/vehicles/{key}/way", response_model=Way, **allow(READERS, examples_fleet.WAY))
async def show_way(key: Annotated[str, Path(max_length=64)], conn: Conn, span: TheSpan) -> Json:
    """Where a vehicle was and how fast, at most 2,000 fixes over the span: what a day is replayed from."""
    return Json(await tracks.way(conn, key, span))


@router.get(
    "/vehicles/{key}/legs",
    response_model=Items[LegRow],
    **allow(READERS, examples.items(examples_fleet.LEG)),
)
async def list_legs(key: Annotated[str, Path(max_length=64)], conn: Conn, span: TheSpan) -> Json:
    """Trips and stops of a vehicle that are over, in the order of time."""
    return Json(Items(await tracks.legs(conn, key, span)))


@router.get(
    "/vehicles/{key}/words",
    response_model=Items[Word],
    **allow(READERS, examples.items(examples_fleet.WORD)),
)
async def list_words(key: Annotated[str, Path(max_length=64)], conn: Conn) -> Json:
    """What a vehicle's tracker said last beside its place."""
    return Json(Items(await tracks.words(conn, key)))


@router.get("/routes", response_model=Items[Document], **allow(READERS, examples.items(examples.ROUTE)))
async def list_routes(conn: Conn) -> Json:
    """Routes with their stops and the way between them; a path that was not given is empty."""
    version = await plants.current(conn)
    return Json(Items(version.document.get("routes", []) if version else []))

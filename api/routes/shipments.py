"""Shipments: where they are to go, and when they will be there."""

from typing import Annotated

from fastapi import APIRouter, Path
from starlette.exceptions import HTTPException

from api import examples
from api.deps import PLANNERS, READERS, Conn, Json, TheWeb, Who, allow, found
from api.schemas import ShipmentInput
from lineshaft.domain.plant import Plant, from_document
from lineshaft.store import audit, plants, shipments
from lineshaft.store.rows import Items
from lineshaft.store.shipments import ShipmentRow

router = APIRouter(tags=["logistics"])


@router.get(
    "/shipments", response_model=Items[ShipmentRow], **allow(READERS, examples.items(examples.SHIPMENT))
)
async def list_shipments(conn: Conn, web: TheWeb) -> Json:
    """Shipments that are not over and those that arrived within the hour; the latest-running first."""
    return Json(Items(await shipments.listing(conn, web.clock())))


@router.get("/shipments/{shipment_id}", response_model=ShipmentRow, **allow(READERS, examples.SHIPMENT))
async def show_shipment(shipment_id: Annotated[str, Path(max_length=64)], conn: Conn) -> Json:
    """One shipment, whatever its state."""
    return Json(found(await shipments.one(conn, shipment_id), "shipment"))


@router.post("/shipments", status_code=201, response_model=ShipmentRow, **allow(PLANNERS, examples.SHIPMENT))
async def plan(body: ShipmentInput, conn: Conn, web: TheWeb, who: Who) -> Json:
    """Plan a shipment for a vehicle on a route."""
    version = await plants.current(conn)
    plant = from_document(version.document) if version else Plant()
    if body.vehicle not in plant.vehicle_of:
        raise HTTPException(422, f"vehicle: no {body.vehicle!r} in the plant")
    if body.route not in plant.route_of:
        raise HTTPException(422, f"route: no {body.route!r} in the plant")
    if body.planned_arrival_ms <= body.planned_departure_ms:
        raise HTTPException(422, "planned_arrival_ms is not after planned_departure_ms")
    order = body.model_dump()
    deed = audit.Deed(by=who.login, peer=who.peer, action="shipment.plan", object=body.id, after=order)
    await audit.append(conn, deed, web.clock())
    if not await shipments.plan(conn, order, web.clock()):
        raise HTTPException(409, f"there is a shipment {body.id} already")
    return Json(found(await shipments.one(conn, body.id), "shipment"), 201)

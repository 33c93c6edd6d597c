"""Shipments: where they are to go, when they will be there, and what became of them on the way."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query
from starlette.exceptions import HTTPException

from api import examples, examples_logistics
from api.deps import PLANNERS, READERS, Conn, Json, Me, TheWeb, Who, allow, found
from api.schemas_logistics import (
    ConditionOut,
    EtaChangeOut,
    JourneyOut,
    MilestoneOut,
    ShipmentChange,
    ShipmentInput,
)
from lineshaft.domain.geometry import distance_m
from lineshaft.domain.journeys import OPEN, Shipment, ShipmentState
from lineshaft.domain.journeys import planned as planned_of
from lineshaft.domain.plant import Name, Plant, from_document
from lineshaft.domain.signals import quantity
from lineshaft.domain.stops import to_documents
from lineshaft.domain.tracking import town_of
from lineshaft.store import audit, carriers, journeys, plants, readings, shipments
from lineshaft.store.database import AsyncConnection
from lineshaft.store.journeys import EtaPoint, StopEta
from lineshaft.store.rows import Items
from lineshaft.store.sessions import Principal
from lineshaft.store.shipments import ShipmentRow

router = APIRouter(tags=["logistics"])

HAULIERS = (*READERS, "carrier")
"""Carriers see their own loads, and no others."""
Key = Annotated[str, Path(max_length=64)]
_CONDITION_POINTS = 400
_UNIT = "SSCC or EPC of a pallet: only the shipments it is in, whatever their state."


@router.get(
    "/shipments", response_model=Items[ShipmentRow], **allow(HAULIERS, examples.items(examples.SHIPMENT))
)
async def list_shipments(
    conn: Conn,
    web: TheWeb,
    me: Me,
    unit: Annotated[str | None, Query(max_length=64, description=_UNIT)] = None,
) -> Json:
    """Shipments that are not over and those that arrived within the hour; the latest-running first."""
    mine = await _carriers_of(conn, me)
    if unit is not None:
        rows = [await shipments.one(conn, key) for key in await journeys.shipment_of(conn, unit)]
        return Json(Items([row for row in rows if row and (mine is None or row.carrier in mine)]))
    rows_now = await shipments.listing(conn, web.clock())
    return Json(Items([row for row in rows_now if mine is None or row.carrier in mine]))


@router.get("/shipments/{shipment_id}", response_model=ShipmentRow, **allow(HAULIERS, examples.SHIPMENT))
async def show_shipment(shipment_id: Key, conn: Conn, me: Me) -> Json:
    """One shipment, whatever its state."""
    return Json(await _mine(conn, shipment_id, me))


@router.get(
    "/shipments/{shipment_id}/journey",
    response_model=JourneyOut,
    **allow(HAULIERS, examples_logistics.JOURNEY),
)
async def show_journey(shipment_id: Key, conn: Conn, web: TheWeb, me: Me) -> Json:
    """All of a shipment: stops, milestones, cargo, how its arrival time and its condition changed, alarms."""
    row = await _mine(conn, shipment_id, me)
    whole = found(await shipments.whole(conn, shipment_id), "shipment")
    etas = await journeys.eta_history(conn, shipment_id)
    between = await journeys.stop_etas(conn, shipment_id)
    epcs = [unit.epc for unit in whole.cargo if unit.epc]
    return Json(
        JourneyOut(
            shipment=row,
            stops=to_documents(whole.stops),
            cargo=[asdict(unit) for unit in whole.cargo],
            limits=[asdict(limit) for limit in whole.limits],
            proof=asdict(whole.proof) if whole.proof else None,
            milestones=milestones(whole, etas[-1] if etas else None, between),
            etas=etas,
            eta_changes=await _changes(conn, whole),
            items=await journeys.carried(conn, epcs) if epcs else [],
            alarms=await journeys.alarms(conn, shipment_id),
            conditions=await _conditions(conn, whole, web.clock()),
            complaints=await journeys.complaints(conn, shipment_id),
        )
    )


@router.post("/shipments", status_code=201, response_model=ShipmentRow, **allow(PLANNERS, examples.SHIPMENT))
async def plan(body: ShipmentInput, conn: Conn, web: TheWeb, who: Who) -> Json:
    """Plan a shipment, for a vehicle on a route or with stops of its own."""
    order = body.model_dump()
    await check(conn, order)
    deed = audit.Deed(by=who.login, peer=who.peer, action="shipment.plan", object=body.id, after=order)
    await audit.append(conn, deed, web.clock())
    if not await shipments.plan(conn, order, web.clock()):
        raise HTTPException(409, f"there is a shipment {body.id} already")
    return Json(found(await shipments.one(conn, body.id), "shipment"), 201)


@router.patch(
    "/shipments/{shipment_id}",
    status_code=202,
    response_model=examples_logistics.Told,
    **allow(PLANNERS, examples_logistics.TOLD),
)
async def change(shipment_id: Key, body: ShipmentChange, conn: Conn, web: TheWeb, who: Who) -> Json:
    """Change a shipment's plan; it shows as soon as the flow has taken it in."""
    before = await _open(conn, shipment_id)
    order = shipments.to_document(before) | body.model_dump(exclude_unset=True)
    await check(conn, order)
    changed = body.model_dump(exclude_unset=True)
    deed = audit.Deed(
        by=who.login, peer=who.peer, action="shipment.change", object=shipment_id, after=changed
    )
    await audit.append(conn, deed, web.clock())
    return Json({"pos": await shipments.change(conn, order, web.clock())}, 202)


@router.delete(
    "/shipments/{shipment_id}",
    status_code=202,
    response_model=examples_logistics.Told,
    **allow(PLANNERS, examples_logistics.TOLD),
)
async def cancel(shipment_id: Key, conn: Conn, web: TheWeb, who: Who) -> Json:
    """Call a shipment off; it stays on record."""
    order = shipments.to_document(await _open(conn, shipment_id)) | {"state": ShipmentState.CANCELLED.value}
    deed = audit.Deed(by=who.login, peer=who.peer, action="shipment.cancel", object=shipment_id)
    await audit.append(conn, deed, web.clock())
    return Json({"pos": await shipments.change(conn, order, web.clock())}, 202)


async def check(conn: AsyncConnection, order: dict[str, Any]) -> Shipment:
    """The shipment of a document, which has to fit the plant.

    Raises:
        HTTPException: 422, with what is wrong.
    """
    version = await plants.current(conn)
    plant = from_document(version.document) if version else Plant()
    if order.get("vehicle") and order["vehicle"] not in plant.vehicle_of:
        raise HTTPException(422, f"vehicle: no {order['vehicle']!r} in the plant")
    if order.get("route") and order["route"] not in plant.route_of:
        raise HTTPException(422, f"route: no {order['route']!r} in the plant")
    if not order.get("route") and not order.get("stops"):
        raise HTTPException(422, "route or stops: one of them has to say where it goes")
    if order.get("carrier") and not await carriers.is_known(conn, order["carrier"]):
        raise HTTPException(422, f"carrier: no {order['carrier']!r}")
    try:
        shipment = planned_of(order, 0, 0)
    except (KeyError, TypeError, ValueError) as error:
        raise HTTPException(422, str(error)) from error
    leaves, comes = shipment.planned_departure_us, shipment.planned_arrival_us
    if leaves is not None and comes is not None and comes <= leaves:
        raise HTTPException(422, "planned_arrival_ms is not after planned_departure_ms")
    return shipment


def milestones(
    shipment: Shipment, eta: EtaPoint | None, between: Sequence[StopEta] = ()
) -> list[MilestoneOut]:
    """Planned, expected and actual instants of each stop, and of the proof of delivery."""
    found: list[MilestoneOut] = []
    leave, come = _ms(shipment.planned_departure_us), _ms(shipment.planned_arrival_us)
    expected = eta.p50 if eta and shipment.state in OPEN else None
    until = {one.stop: one.p50 for one in between} if shipment.state in OPEN else {}
    if not shipment.stops:
        found.append(MilestoneOut("", "depart", leave, None, _ms(shipment.departed_us)))
        found.append(MilestoneOut("", "arrive", come, expected, _ms(shipment.arrived_us)))
    for n, stop in enumerate(shipment.stops):
        last = n == len(shipment.stops) - 1
        promised = _ms(stop.planned_arrive_us if stop.planned_arrive_us is not None else stop.to_us)
        estimated = expected if last else until.get(stop.id)
        found.append(MilestoneOut(stop.id, "arrive", promised, estimated, _ms(stop.arrived_us)))
        if not last or shipment.has_arrived:  # where it ends its vehicle leaves as well, once it is there
            planned = _ms(stop.planned_depart_us) or (leave if n == 0 else None)
            found.append(MilestoneOut(stop.id, "depart", planned, None, _ms(stop.departed_us)))
    signed = shipment.proof.at_ms if shipment.proof else None
    return [
        *found,
        MilestoneOut(shipment.stops[-1].id if shipment.stops else "", "proof", None, None, signed),
    ]


async def _changes(conn: AsyncConnection, shipment: Shipment) -> list[EtaChangeOut]:
    """Why its arrival time changed; where it stood is named by its own stops, else by the plant's towns."""
    changes = await journeys.eta_changes(conn, shipment.shipment_id)
    version = await plants.current(conn) if any(one.lat is not None for one in changes) else None
    plant = from_document(version.document) if version else Plant()

    def place(lat: float | None, lon: float | None) -> Name | None:
        if lat is None or lon is None:
            return None
        for stop in shipment.stops:
            if distance_m(stop.lat, stop.lon, lat, lon) <= 2 * stop.radius_m:
                return Name(stop.name or stop.id, stop.name_zh or stop.name or stop.id)
        return town_of(plant, lat, lon)

    return [EtaChangeOut(**asdict(one), place=place(one.lat, one.lon)) for one in changes]


async def _conditions(conn: AsyncConnection, shipment: Shipment, now_us: int) -> list[ConditionOut]:
    """What the signals with limits were, from departure to arrival, where the limits count."""
    names = [limit.signal for limit in shipment.limits]
    traces, units = {}, {}
    if names and shipment.vehicle:
        units = await journeys.units(conn, shipment.vehicle, names)
        since_us, until_us = shipment.departed_us, shipment.arrived_us or now_us
        if since_us is not None and since_us < until_us:
            span = readings.Span(since_us, until_us)
            found = await readings.series(conn, shipment.vehicle, names, span, _CONDITION_POINTS)
            traces = {trace.signal: trace for trace in found.series}
    out = []
    for limit in shipment.limits:
        trace = traces.get(limit.signal) or readings.Trace(limit.signal, [], [])
        out.append(
            ConditionOut(
                **asdict(limit),
                unit=units.get(limit.signal) or quantity(limit.signal).unit,
                ts=trace.ts,
                value=trace.value,
            )
        )
    return out


def _ms(instant_us: int | None) -> int | None:
    return None if instant_us is None else instant_us // 1000


async def _open(conn: AsyncConnection, shipment_id: str) -> Shipment:
    shipment = found(await shipments.whole(conn, shipment_id), "shipment")
    if shipment.state not in OPEN:
        raise HTTPException(409, f"{shipment_id} is {shipment.state}")
    return shipment


async def _carriers_of(conn: AsyncConnection, me: Principal) -> set[str] | None:
    """The carriers whose loads a person may see; None: all."""
    return await carriers.of_login(conn, me.login) if me.role == "carrier" else None


async def _mine(conn: AsyncConnection, shipment_id: str, me: Principal) -> ShipmentRow:
    row = await shipments.one(conn, shipment_id)
    mine = await _carriers_of(conn, me)
    if row is not None and mine is not None and row.carrier not in mine:
        row = None  # another's load is not told apart from none
    return found(row, "shipment")

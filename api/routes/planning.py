"""Planning: which vehicle takes which shipments in which order, beside what is planned now; accepting it."""

import asyncio
from dataclasses import asdict
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

from fastapi import APIRouter
from starlette.exceptions import HTTPException

from api import examples, examples_planning, touring
from api.deps import PLANNERS, READERS, Conn, Json, TheWeb, Who, allow, found
from api.schemas_planning import RoutePlanInput, RoutePlanOut
from lineshaft.domain.dispatch import Spot
from lineshaft.domain.journeys import Shipment, ShipmentState
from lineshaft.planning import PlannerMissingError
from lineshaft.store import audit, freight, route_plans, shipments, vehicles
from lineshaft.store.route_plans import RoutePlanRow
from lineshaft.store.rows import Items

router = APIRouter(tags=["planning"])

ONE_AT_A_TIME = asyncio.Lock()
"""A plan takes a core for as long as was asked: a second one waits for nobody, it is refused."""


@router.get(
    "/plans", response_model=Items[RoutePlanOut], **allow(READERS, examples.items(examples_planning.PLAN))
)
async def list_plans(conn: Conn) -> Json:
    """The latest plans, the newest first."""
    return Json(Items(await route_plans.listing(conn)))


@router.get("/plans/{plan_id}", response_model=RoutePlanOut, **allow(READERS, examples_planning.PLAN))
async def show_plan(plan_id: UUID, conn: Conn) -> Json:
    """One plan, with all that it assumes."""
    return Json(found(await route_plans.one(conn, plan_id), "plan"))


@router.post(
    "/plans", status_code=201, response_model=RoutePlanOut, **allow(PLANNERS, examples_planning.PLAN)
)
async def make(body: RoutePlanInput, web: TheWeb, who: Who) -> Json:
    """Plan a day's tours: what is under way stays; nothing changes until the plan is accepted."""
    if ONE_AT_A_TIME.locked():
        raise HTTPException(409, "another plan is being made; try again in some seconds")
    async with ONE_AT_A_TIME:
        async with web.pool.connection() as conn:
            rows = [row for row in await shipments.listing(conn, web.clock()) if row.arrived is None]
            whole = await freight.by_ids(conn, [row.id for row in rows])
            seen = {row.key: (row.lat, row.lon) for row in await vehicles.listing(conn, rows)}
        etas = {row.id: row.eta_p50 * 1000 for row in rows if row.eta_p50 is not None}
        try:
            positions = {
                key: Spot(lat, lon) for key, (lat, lon) in seen.items() if lat is not None and lon is not None
            }
            day = touring.day_of(body, touring.Known(whole, etas, positions), web.clock())
            # No connection is held while it computes.
            plan = await asyncio.to_thread(touring.find, day)
        except touring.NothingToPlanError as error:
            raise HTTPException(422, str(error)) from error
        except PlannerMissingError as error:
            raise HTTPException(501, f"planning is not installed: {error}") from error
        now_us = web.clock()
        key = str(uuid5(NAMESPACE_URL, f"lineshaft/plan/{who.login}/{now_us}"))
        row = RoutePlanRow(key, body.model_dump(), asdict(plan), who.login, now_us // 1000, None, None)
        async with web.pool.connection() as conn:
            await route_plans.add(conn, row)
    return Json(row, 201)


@router.post(
    "/plans/{plan_id}/accept", response_model=RoutePlanOut, **allow(PLANNERS, examples_planning.PLAN)
)
async def accept(plan_id: UUID, conn: Conn, web: TheWeb, who: Who) -> Json:
    """Take a plan: each shipment gets its vehicle and times, and the flows are told; all, or nothing."""
    row = found(await route_plans.one(conn, plan_id), "plan")
    tours = row.found["proposed"]["tours"]
    for tour in tours:
        if tour["load_kg"] > (tour["capacity_kg"] or 0):
            raise HTTPException(409, f"{tour['vehicle']} cannot carry {tour['load_kg']} kg")
    legs = {leg["shipment"]: (tour, leg) for tour in tours for leg in tour["visits"]}
    known = {one.shipment_id: one for one in await freight.by_ids(conn, legs)}
    gone = [key for key in legs if key not in known or known[key].state is not ShipmentState.PLANNED]
    if gone:
        raise HTTPException(409, f"not planned any more: {', '.join(gone[:5])}; plan again")
    deed = who.deed("plan.accept", str(plan_id), after={"shipments": sorted(legs)})
    await audit.append(conn, deed, web.clock())
    if not await route_plans.accept(conn, plan_id, who.login, web.clock()):
        raise HTTPException(409, "this plan was accepted before")
    accepted = found(await route_plans.one(conn, plan_id), "plan")
    for key, (tour, leg) in sorted(legs.items()):
        await shipments.change(conn, replanned(known[key], tour, leg), web.clock())
    return Json(accepted)


def replanned(shipment: Shipment, tour: dict[str, Any], leg: dict[str, Any]) -> dict[str, Any]:
    """A shipment's document with the vehicle and times of a tour; what was promised stays promised."""
    document = shipments.to_document(shipment)
    document |= {"vehicle": tour["vehicle"], "planned_departure_ms": tour["leave"]}
    calls = {one["stop"]: one["arrive"] for one in leg.get("stops", ())}
    # Without an appointment the planned arrival is the promise itself.
    for stop in document["stops"]:
        if stop["to_ms"] is not None and stop["id"] in calls:
            stop["planned_arrive_ms"] = calls[stop["id"]]
    last = max(calls.values(), default=leg["arrive"])
    if shipment.grace_us == 0 and last > tour["leave"]:
        document["planned_arrival_ms"] = last
    return document

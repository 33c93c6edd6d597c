"""Work orders: what has to be done at a machine, from an alarm, a request, a plan or by hand."""

from dataclasses import replace
from typing import Annotated, Literal
from uuid import UUID, uuid4

from fastapi import APIRouter, Depends, Query
from starlette.exceptions import HTTPException

from api import examples, examples_maintenance
from api.deps import READERS, WORKERS, Conn, Json, Limit, Me, TheWeb, allow, found
from api.hand import TheHand
from api.schemas_maintenance import WorkOrderInput
from lineshaft.domain.maintenance.orders import UNFINISHED, due_us, id_of_alarm
from lineshaft.store import teams, work_evidence, work_orders
from lineshaft.store.database import AsyncConnection
from lineshaft.store.rows import MILLIS_US, Items
from lineshaft.store.work_orders import Line, NewOrder, Sought, WorkOrderRow

router = APIRouter(tags=["maintenance"])

State = Literal["open", "in_progress", "on_hold", "done", "cancelled"]
PRIORITY = 3
"""Of an order by hand where nobody says."""


def _sought(
    me: Me,
    *,
    state: Annotated[list[State] | None, Query(description="Default: what is not finished.")] = None,
    machine: Annotated[str | None, Query(max_length=200)] = None,
    mine: Annotated[bool, Query(description="Mine, or of a team I am in; overdue: only what is.")] = False,
    overdue: bool = False,
) -> Sought:
    return Sought(
        states=tuple(state) if state else UNFINISHED,
        machine=machine,
        of=me.login if mine else None,
        overdue=overdue,
    )


TheSought = Annotated[Sought, Depends(_sought)]


@router.get(
    "/work-orders",
    response_model=Items[WorkOrderRow],
    **allow(READERS, examples.items(examples_maintenance.ORDER)),
)
async def list_orders(conn: Conn, web: TheWeb, sought: TheSought, limit: Limit = 500) -> Json:
    """Work orders: the unfinished by due date, then the latest finished."""
    return Json(Items(await work_orders.listing(conn, sought, limit, web.clock())))


@router.post(
    "/work-orders",
    status_code=201,
    response_model=WorkOrderRow,
    **allow(WORKERS, examples_maintenance.ORDER),
)
async def add_order(body: WorkOrderInput, hand: TheHand) -> Json:
    """Make an order, of an alarm with its evidence or by hand; 200 where it was made before."""
    if body.team is not None and not await teams.is_team(hand.conn, body.team):
        raise HTTPException(422, f"team: there is no {body.team!r}")
    if body.alarm_id is not None:
        order = await _of_alarm(hand.conn, body, body.alarm_id, hand.now_us)
    else:
        order = await _by_hand(hand.conn, body, hand.id_of("order"), hand.now_us)
    made = await work_orders.add(hand.conn, order, hand.login, hand.now_us)
    if made:
        said = body.model_dump(mode="json", exclude_defaults=True)
        await hand.note("work_order.add", str(order.id), after=said)
    row = found(await work_orders.one(hand.conn, order.id, hand.now_us), "work order")
    return Json(row, 201 if made else 200)


async def _of_alarm(conn: AsyncConnection, body: WorkOrderInput, alarm_id: UUID, now_us: int) -> NewOrder:
    """An order of an alarm: the same however often it is asked for, until it is cancelled."""
    told = found(await work_evidence.of_alarm(conn, alarm_id), "alarm")
    order = _said(body, body.priority or told.priority, now_us)
    return replace(
        order,
        id=id_of_alarm(alarm_id, told.cancelled),
        machine=told.source,
        site=told.site,
        origin="alarm",
        evidence=told.evidence,
        fault_from_us=told.raised * MILLIS_US,
        alarms=(alarm_id,),
    )


async def _by_hand(conn: AsyncConnection, body: WorkOrderInput, order_id: UUID, now_us: int) -> NewOrder:
    if body.machine is None or not body.title:
        raise HTTPException(422, "say machine and title, or alarm_id")
    site = await work_orders.site_of(conn, body.machine)
    if site is None:
        raise HTTPException(422, f"machine: no {body.machine!r} in the plant")
    return replace(
        _said(body, body.priority or PRIORITY, now_us), id=order_id, machine=body.machine, site=site
    )


def _said(body: WorkOrderInput, priority: int, now_us: int) -> NewOrder:
    """What the person said of an order; where it is and what it is of comes from elsewhere."""
    return NewOrder(
        id=uuid4(),
        machine="",
        origin="person",
        title=body.title,
        detail=body.detail,
        kind=body.kind,
        priority=priority,
        due_us=due_us(priority, now_us) if body.due is None else body.due * MILLIS_US,
        assignee=body.assignee,
        team=body.team,
        estimate_h=body.estimate_h,
        checks=tuple(Line(text) for text in body.checks if text),
    )

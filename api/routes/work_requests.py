"""Requests: an operator says that a machine needs somebody; who plans says yes, with an order, or no."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from starlette.exceptions import HTTPException

from api import examples, examples_maintenance
from api.deps import READERS, REQUESTERS, WORKERS, Conn, Json, Limit, allow, found
from api.hand import Hand, TheHand
from api.schemas_maintenance import AnswerInput, RequestInput
from lineshaft.domain.maintenance.orders import due_us, id_of_request
from lineshaft.store import teams, work_evidence, work_orders, work_requests
from lineshaft.store.rows import MILLIS_US, Items
from lineshaft.store.work_orders import NewOrder
from lineshaft.store.work_requests import Answer, NewRequest, RequestRow

router = APIRouter(tags=["maintenance"])


@router.get(
    "/work-requests",
    response_model=Items[RequestRow],
    **allow(READERS, examples.items(examples_maintenance.REQUEST)),
)
async def list_requests(
    conn: Conn,
    *,
    waiting: Annotated[bool, Query(description="Only those nobody has answered.")] = False,
    machine: Annotated[str | None, Query(max_length=200)] = None,
    limit: Limit = 200,
) -> Json:
    """Requests, those that wait the longest first."""
    return Json(Items(await work_requests.listing(conn, waiting=waiting, machine=machine, limit=limit)))


@router.post(
    "/work-requests",
    status_code=201,
    response_model=RequestRow,
    **allow(REQUESTERS, examples_maintenance.REQUEST),
)
async def ask(body: RequestInput, hand: TheHand) -> Json:
    """Say that a machine needs somebody; 200 where it was said with this key before."""
    machine = body.machine
    if body.alarm_id is not None:
        machine = found(await work_evidence.of_alarm(hand.conn, body.alarm_id), "alarm").source
    elif machine is None or await work_orders.site_of(hand.conn, machine) is None:
        raise HTTPException(422, f"machine: no {machine!r} in the plant")
    request = NewRequest(
        id=hand.id_of("request"),
        machine=str(machine),
        text=body.text,
        priority=body.priority,
        alarm_id=body.alarm_id,
    )
    made = await work_requests.add(hand.conn, request, hand.login, hand.now_us)
    if made:
        said = body.model_dump(mode="json", exclude_defaults=True)
        await hand.note("work_request.add", request.machine, said)
    row = found(await work_requests.one(hand.conn, request.id), "request")
    return Json(row, 201 if made else 200)


@router.post(
    "/work-requests/{request_id}/answer",
    response_model=RequestRow,
    **allow(WORKERS, examples_maintenance.REQUEST),
)
async def answer(request_id: UUID, body: AnswerInput, hand: TheHand) -> Json:
    """Accept a request, which makes its order, or decline it with the reason."""
    asked = found(await work_requests.one(hand.conn, request_id), "request")
    if not body.accept and not body.answer:
        raise HTTPException(422, "answer: say why it is declined")
    order_id = await _accept(hand, asked, body) if body.accept else None
    if not await work_requests.answer(
        hand.conn, request_id, Answer(hand.login, body.answer, order_id), hand.now_us
    ):
        raise HTTPException(409, f"request {asked.number} was answered already")
    said = body.model_dump(mode="json", exclude_defaults=True)
    await hand.note("work_request.answer", asked.machine, said)
    return Json(found(await work_requests.one(hand.conn, request_id), "request"))


async def _accept(hand: Hand, asked: RequestRow, body: AnswerInput) -> UUID:
    if body.team is not None and not await teams.is_team(hand.conn, body.team):
        raise HTTPException(422, f"team: there is no {body.team!r}")
    told = await work_evidence.of_alarm(hand.conn, UUID(asked.alarm_id)) if asked.alarm_id else None
    priority = body.priority or asked.priority
    order = NewOrder(
        id=id_of_request(UUID(asked.id)),
        machine=asked.machine,
        site=await work_orders.site_of(hand.conn, asked.machine) or "",
        title=asked.text.splitlines()[0][:200],
        origin="request",
        priority=priority,
        due_us=due_us(priority, hand.now_us),
        team=body.team,
        assignee=body.assignee,
        request_id=UUID(asked.id),
        evidence=told.evidence if told else None,
        fault_from_us=(told.raised if told else asked.at) * MILLIS_US,
        alarms=(UUID(asked.alarm_id),) if asked.alarm_id else (),
        note=body.answer,
    )
    await work_orders.add(hand.conn, order, hand.login, hand.now_us)
    return order.id

"""One work order: read whole, moved and changed by who has seen its latest version."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Header
from starlette.exceptions import HTTPException

from api import examples_maintenance
from api.deps import READERS, WORKERS, Conn, Json, TheWeb, allow, found
from api.hand import TheHand
from api.schemas_maintenance import ChangeInput, StepInput
from lineshaft.domain.failure_modes import FAILURE_MODES
from lineshaft.domain.maintenance.closing import ACTIONS, CAUSES
from lineshaft.domain.maintenance.orders import REASONED, Act
from lineshaft.store import teams, work_changes, work_detail
from lineshaft.store.database import AsyncConnection
from lineshaft.store.rows import MILLIS_US
from lineshaft.store.work_changes import Finding, ImpossibleError, RoleError, Seen, SeenOldError, Step
from lineshaft.store.work_detail import WorkOrder

router = APIRouter(tags=["maintenance"])


def _version(
    if_match: Annotated[
        str | None, Header(pattern=r'^(W/)?"?\d{1,9}"?$', description="The version that was seen.")
    ] = None,
) -> int:
    if if_match is None:
        raise HTTPException(428, "say which version you have seen: If-Match")
    return int(if_match.removeprefix("W/").strip('"'))


Version = Annotated[int, Depends(_version)]


@router.get(
    "/work-orders/{order_id}",
    response_model=WorkOrder,
    **allow(READERS, examples_maintenance.ORDER_DETAIL),
)
async def show_order(order_id: UUID, conn: Conn, web: TheWeb) -> Json:
    """One order with everything that belongs to it."""
    return await whole(conn, order_id, web.clock())


async def whole(conn: AsyncConnection, order_id: UUID, now_us: int, status: int = 200) -> Json:
    """The order as an answer, with its version as ETag."""
    row = found(await work_detail.one(conn, order_id, now_us), "work order")
    answer = Json(row, status)
    answer.headers["etag"] = f'"{row.version}"'
    return answer


async def locked(conn: AsyncConnection, order_id: UUID, version: int | None = None) -> Seen:
    """The order, kept from others until the transaction ends.

    Raises:
        HTTPException: 404 there is none, 412 somebody was faster.
    """
    try:
        return found(await work_changes.seen(conn, order_id, version), "work order")
    except SeenOldError as error:
        raise HTTPException(412, str(error)) from error


@router.post(
    "/work-orders/{order_id}/steps",
    response_model=WorkOrder,
    **allow(WORKERS, examples_maintenance.ORDER_DETAIL),
)
async def take_step(order_id: UUID, body: StepInput, hand: TheHand, version: Version) -> Json:
    """Start, hold, resume, close, cancel or reopen; closing writes the label that models learn from."""
    order = await locked(hand.conn, order_id, version)
    step = Step(Act(body.act), hand.login, hand.role, body.why)
    if step.act in REASONED and not body.why:
        raise HTTPException(422, f"why: say why you {body.act} it")
    finding = await _finding(hand.conn, order, body) if step.act is Act.CLOSE else None
    await hand.note(
        f"work_order.{step.act}",
        order.name,
        body.model_dump(mode="json", exclude_defaults=True),
        before={"state": order.state, "version": order.version},
        reason=body.why,
    )
    try:
        await work_changes.take_step(hand.conn, order, step, hand.now_us, finding)
    except ImpossibleError as error:
        raise HTTPException(409, str(error)) from error
    except RoleError as error:
        raise HTTPException(403, str(error)) from error
    return await whole(hand.conn, order_id, hand.now_us)


async def _finding(conn: AsyncConnection, order: Seen, body: StepInput) -> Finding:
    """What was found.

    Raises:
        HTTPException: 422 it leaves out what models and figures need, or names what there is not.
    """
    for name, value, known in (
        ("mode", body.mode, FAILURE_MODES),
        ("cause", body.cause, CAUSES),
        ("action", body.action, ACTIONS),
    ):
        if value is not None and value not in known:
            raise HTTPException(422, f"{name}: there is no {value!r}; see /maintenance/codes")
    if await work_changes.is_corrective(conn, order.id) and (body.verdict is None or body.action is None):
        raise HTTPException(422, "say verdict and action: what you found is what the alarms learn from")
    return Finding(
        body.verdict,
        body.mode,
        body.cause,
        body.action,
        body.found,
        None if body.fault_from is None else body.fault_from * MILLIS_US,
        None if body.down_min is None else body.down_min * 60,
    )


@router.patch(
    "/work-orders/{order_id}",
    response_model=WorkOrder,
    **allow(WORKERS, examples_maintenance.ORDER_DETAIL),
)
async def change_order(order_id: UUID, body: ChangeInput, hand: TheHand, version: Version) -> Json:
    """Plan it anew: title, detail, priority, due, who, how long, what else it costs."""
    to = _changes(body)
    if to.get("team") and not await teams.is_team(hand.conn, to["team"]):
        raise HTTPException(422, f"team: there is no {to['team']!r}")
    order = await locked(hand.conn, order_id, version)
    try:
        before = await work_changes.change(hand.conn, order, to, hand.login, hand.now_us)
    except ImpossibleError as error:
        raise HTTPException(409, str(error)) from error
    if before:
        after = {name: to[name] for name in before}
        await hand.note("work_order.change", order.name, after, before=before)
    return await whole(hand.conn, order_id, hand.now_us)


def _changes(body: ChangeInput) -> dict[str, Any]:
    said = body.model_dump(exclude_unset=True)
    return {
        name: (value or None) if name in {"assignee", "team"} else value
        for name, value in said.items()
        if value is not None or name in {"assignee", "team"}
    }

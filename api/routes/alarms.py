"""Alarms: what a person must act on, and their acknowledgement."""

from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Query
from starlette.exceptions import HTTPException

from api import examples
from api.deps import ACKNOWLEDGERS, READERS, Conn, Json, Limit, TheWeb, Who, allow, found
from api.schemas import AckInput
from lineshaft.store import alarms, audit
from lineshaft.store.alarms import AlarmEntry, AlarmNotOpenError, AlarmRow
from lineshaft.store.rows import Items

router = APIRouter(tags=["alarms"])

State = Annotated[Literal["active", "all"], Query(description="active: not normal again.")]
Source = Annotated[str | None, Query(max_length=200, description="Only alarms of this asset or device.")]


@router.get("/alarms", response_model=Items[AlarmRow], **allow(READERS, examples.items(examples.ALARM)))
async def list_alarms(conn: Conn, state: State = "active", limit: Limit = 500, source: Source = None) -> Json:
    """Alarms; active ones the most urgent first, all of them the newest first."""
    return Json(Items(await alarms.listing(conn, state, limit, source=source)))


@router.get("/alarms/{alarm_id}", response_model=AlarmRow, **allow(READERS, examples.ALARM))
async def show_alarm(alarm_id: UUID, conn: Conn) -> Json:
    """One alarm."""
    return Json(found(await alarms.one(conn, alarm_id), "alarm"))


@router.get(
    "/alarms/{alarm_id}/history",
    response_model=Items[AlarmEntry],
    **allow(READERS, examples.items(examples.ALARM_ENTRY)),
)
async def show_history(alarm_id: UUID, conn: Conn) -> Json:
    """What happened to an alarm."""
    return Json(Items(await alarms.history(conn, alarm_id)))


@router.post("/alarms/{alarm_id}/ack", response_model=AlarmRow, **allow(ACKNOWLEDGERS, examples.ALARM))
async def acknowledge(alarm_id: UUID, body: AckInput, conn: Conn, web: TheWeb, who: Who) -> Json:
    """Acknowledge an alarm: someone has seen it and knows what to do."""
    before = found(await alarms.one(conn, alarm_id), "alarm")
    deed = audit.Deed(
        by=who.login,
        peer=who.peer,
        action="alarm.ack",
        object=str(alarm_id),
        before={"state": before.state, "source": before.source, "rule": before.rule},
        reason=body.comment or None,
    )
    await audit.append(conn, deed, web.clock())
    try:
        row = await alarms.acknowledge(conn, alarm_id, who.login, body.comment or None, web.clock())
    except AlarmNotOpenError as error:
        raise HTTPException(409, str(error)) from error
    return Json(found(row, "alarm"))

"""Alarms: what a person must act on, what is kept from them for a while, and what was."""

from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Query
from starlette.exceptions import HTTPException

from api import examples, examples_alarms
from api.deps import READERS, Conn, Json, Limit, allow, found
from lineshaft.domain.alarm_states import State
from lineshaft.store import alarms
from lineshaft.store.alarms import AlarmCounts, AlarmEntry, AlarmPage, AlarmRow, CursorError, Filters
from lineshaft.store.rows import MILLIS_US, Items

router = APIRouter(tags=["alarms"])

Tab = Annotated[
    Literal["active", "shelved", "history", "all"],
    Query(
        description="active: to do something about; shelved: kept from that list (shelved, suppressed, out of"
        " service); history: normal again."
    ),
]
Text = Annotated[str | None, Query(max_length=200)]
Instant = Annotated[int | None, Query(ge=0, le=4_102_444_800_000, description="Epoch ms, of the raise.")]
Cursor = Annotated[str | None, Query(max_length=100, description="`next` of the page before.")]


@router.get("/alarms", response_model=AlarmPage, **allow(READERS, examples_alarms.PAGE))
async def list_alarms(  # noqa: PLR0913, PLR0917 - a filter each
    conn: Conn,
    state: Tab = "active",
    limit: Limit = 500,
    cursor: Cursor = None,
    source: Annotated[Text, Query(description="Only alarms of this asset or device.")] = None,
    site: Text = None,
    line: Text = None,
    priority: Annotated[int | None, Query(ge=1, le=4)] = None,
    rule: Annotated[Text, Query(description="`threshold:temp`, or all of a kind: `threshold`.")] = None,
    stands: Annotated[State | None, Query(description="Only those in this very state.")] = None,
    group: Annotated[Text, Query(description="Of this group: `id` of /alarm-groups.")] = None,
    from_ts: Instant = None,
    to_ts: Instant = None,
    text: Annotated[Text, Query(description="In source, name, rule, comment or what is named.")] = None,
) -> Json:
    """Alarms; those of now the most urgent first and all of them, page by page; others the newest first."""
    wanted = Filters(
        source=source,
        site=site,
        line=line,
        priority=priority,
        rule=rule,
        state=stands,
        group=group,
        from_us=None if from_ts is None else from_ts * MILLIS_US,
        to_us=None if to_ts is None else to_ts * MILLIS_US,
        text=text or None,
    )
    try:
        return Json(await alarms.page(conn, state, wanted, limit, cursor))
    except CursorError as error:
        raise HTTPException(422, str(error)) from error


@router.get("/alarms/counts", response_model=AlarmCounts, **allow(READERS, examples_alarms.COUNTS))
async def count_alarms(conn: Conn) -> Json:
    """How many there are, however many a list shows."""
    return Json(await alarms.counts(conn))


@router.get("/alarms/{alarm_id}", response_model=AlarmRow, **allow(READERS, examples_alarms.ALARM))
async def show_alarm(alarm_id: UUID, conn: Conn) -> Json:
    """One alarm."""
    return Json(found(await alarms.one(conn, alarm_id), "alarm"))


@router.get(
    "/alarms/{alarm_id}/history",
    response_model=Items[AlarmEntry],
    **allow(READERS, examples.items(examples_alarms.ALARM_ENTRY)),
)
async def show_history(alarm_id: UUID, conn: Conn) -> Json:
    """What happened to an alarm: every transition, with who, when and why."""
    return Json(Items(await alarms.history(conn, alarm_id)))

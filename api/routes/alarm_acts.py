"""What people do to alarms: seen by everybody at once, and met again by every replay."""

from typing import Final
from uuid import UUID

from fastapi import APIRouter
from starlette.exceptions import HTTPException

from api import examples_alarms
from api.deps import ACKNOWLEDGERS, MAINTAINERS, Conn, Json, Me, TheWeb, Who, allow, found
from api.schemas_alarms import (
    AckInput,
    CommentInput,
    ReasonInput,
    RefusedOut,
    ReturnInput,
    ShelveInput,
    SomeAckInput,
    SomeOut,
)
from lineshaft.clock import SECOND_US
from lineshaft.domain.alarms import Event
from lineshaft.store import alarm_acts, alarms, audit
from lineshaft.store.alarm_acts import Deed
from lineshaft.store.alarms import AlarmRow
from lineshaft.store.database import AsyncConnection

router = APIRouter(tags=["alarms"])

SHELF_HOURS: Final = {"operator": 8, "supervisor": 24, "maintainer": 24, "admin": 7 * 24}
"""For how long a role may put an alarm aside: a shift, a day, and no longer than a week."""

WHY_NOT: Final = {
    "state": "the alarm is {state}: that cannot be done to it",
    "unseen": "the alarm has come up again since you looked: look once more",
}


@router.post("/alarms/ack", response_model=SomeOut, **allow(ACKNOWLEDGERS, examples_alarms.SOME))
async def acknowledge_some(body: SomeAckInput, conn: Conn, web: TheWeb, who: Who) -> Json:
    """Acknowledge many alarms; says which of them it could not."""
    now_us = web.clock()
    told = audit.Deed(
        by=who.login,
        peer=who.peer,
        action="alarm.ack",
        object=f"{len(body.ids)} alarms",
        after={"ids": [str(one) for one in body.ids]},
        reason=body.comment or None,
    )
    await audit.append(conn, told, now_us)
    deed = Deed(event=Event.ACK, by=who.login, comment=body.comment or None, at_us=now_us)
    done = await alarm_acts.do(conn, body.ids, deed)
    rows = await alarms.some(conn, [alarm.alarm_id for alarm in done.alarms])
    return Json(SomeOut(rows, [RefusedOut(str(key), why) for key, why in done.refused.items()]))


@router.post("/alarms/{alarm_id}/ack", response_model=AlarmRow, **allow(ACKNOWLEDGERS, examples_alarms.ALARM))
async def acknowledge(alarm_id: UUID, body: AckInput, conn: Conn, web: TheWeb, who: Who) -> Json:
    """Acknowledge an alarm: someone has seen it and knows what to do."""
    comment, now_us = body.comment or None, web.clock()
    deed = Deed(event=Event.ACK, by=who.login, comment=comment, at_us=now_us, seen_pos=body.seen_pos)
    return await _done(conn, alarm_id, deed, who)


@router.post(
    "/alarms/{alarm_id}/unack", response_model=AlarmRow, **allow(ACKNOWLEDGERS, examples_alarms.ALARM)
)
async def take_back(alarm_id: UUID, body: ReasonInput, conn: Conn, web: TheWeb, who: Who) -> Json:
    """Take an acknowledgement back: others have to see it."""
    deed = Deed(event=Event.UNACK, by=who.login, comment=body.reason, at_us=web.clock())
    return await _done(conn, alarm_id, deed, who)


@router.post(
    "/alarms/{alarm_id}/comment", response_model=AlarmRow, **allow(ACKNOWLEDGERS, examples_alarms.ALARM)
)
async def comment(alarm_id: UUID, body: CommentInput, conn: Conn, web: TheWeb, who: Who) -> Json:
    """Say something about an alarm."""
    deed = Deed(event=Event.COMMENT, by=who.login, comment=body.comment, at_us=web.clock())
    return await _done(conn, alarm_id, deed, who)


@router.post(
    "/alarms/{alarm_id}/reset", response_model=AlarmRow, **allow(ACKNOWLEDGERS, examples_alarms.ALARM)
)
async def reset(alarm_id: UUID, body: ReturnInput, conn: Conn, web: TheWeb, who: Who) -> Json:
    """Let a latched alarm go, which somebody has acknowledged."""
    deed = Deed(event=Event.RESET, by=who.login, comment=body.reason or None, at_us=web.clock())
    return await _done(conn, alarm_id, deed, who)


@router.post(
    "/alarms/{alarm_id}/shelve", response_model=AlarmRow, **allow(ACKNOWLEDGERS, examples_alarms.SHELVED)
)
async def shelve(  # noqa: PLR0913, PLR0917 - two of them are who asks
    alarm_id: UUID, body: ShelveInput, conn: Conn, web: TheWeb, who: Who, me: Me
) -> Json:
    """Put an alarm aside for a while: it comes back by itself. It goes on underneath."""
    most = SHELF_HOURS[me.role]
    if body.minutes > most * 60:
        raise HTTPException(422, f"your role, {me.role}, may shelve for {most} hours at most")
    now_us = web.clock()
    deed = Deed(
        event=Event.SHELVE,
        by=who.login,
        comment=body.reason,
        at_us=now_us,
        until_us=now_us + body.minutes * 60 * SECOND_US,
        one_shot=body.one_shot,
    )
    return await _done(conn, alarm_id, deed, who)


@router.post(
    "/alarms/{alarm_id}/unshelve", response_model=AlarmRow, **allow(ACKNOWLEDGERS, examples_alarms.ALARM)
)
async def unshelve(alarm_id: UUID, body: ReturnInput, conn: Conn, web: TheWeb, who: Who) -> Json:
    """Bring an alarm back before its time."""
    deed = Deed(event=Event.UNSHELVE, by=who.login, comment=body.reason or None, at_us=web.clock())
    return await _done(conn, alarm_id, deed, who)


@router.post(
    "/alarms/{alarm_id}/out-of-service", response_model=AlarmRow, **allow(MAINTAINERS, examples_alarms.ALARM)
)
async def take_out(alarm_id: UUID, body: ReasonInput, conn: Conn, web: TheWeb, who: Who) -> Json:
    """Take an alarm out of service until it is given back."""
    deed = Deed(event=Event.TAKE_OUT, by=who.login, comment=body.reason, at_us=web.clock())
    return await _done(conn, alarm_id, deed, who)


@router.post(
    "/alarms/{alarm_id}/return", response_model=AlarmRow, **allow(MAINTAINERS, examples_alarms.ALARM)
)
async def give_back(alarm_id: UUID, body: ReturnInput, conn: Conn, web: TheWeb, who: Who) -> Json:
    """Give an alarm back to service."""
    deed = Deed(event=Event.GIVE_BACK, by=who.login, comment=body.reason or None, at_us=web.clock())
    return await _done(conn, alarm_id, deed, who)


async def _done(conn: AsyncConnection, alarm_id: UUID, deed: Deed, who: Who) -> Json:
    before = found(await alarms.one(conn, alarm_id), "alarm")
    told = audit.Deed(
        by=who.login,
        peer=who.peer,
        action=f"alarm.{deed.event}",
        object=str(alarm_id),
        before={"state": before.state, "source": before.source, "rule": before.rule},
        reason=deed.comment,
    )
    await audit.append(conn, told, deed.at_us)
    done = await alarm_acts.do(conn, [alarm_id], deed)
    for why in done.refused.values():
        raise HTTPException(409, WHY_NOT[why].format(state=before.state))
    return Json(found(await alarms.one(conn, done.alarms[0].alarm_id), "alarm"))

"""What people do to alarms: seen by everybody at once, and met again by every replay."""

from dataclasses import dataclass
from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter, Depends
from starlette.exceptions import HTTPException

from api import examples_alarms
from api.deps import ACKNOWLEDGERS, MAINTAINERS, Actor, Conn, Json, Me, TheWeb, Who, allow, found
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
from lineshaft.domain.alarm_states import Event
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


@dataclass(slots=True, frozen=True)
class Doer:
    """Who does something to one alarm, and when."""

    conn: AsyncConnection
    who: Actor
    now_us: int

    async def do(  # noqa: PLR0913 - what an act may say
        self,
        alarm_id: UUID,
        event: Event,
        comment: str,
        *,
        seen_pos: int | None = None,
        until_us: int | None = None,
        one_shot: bool = False,
    ) -> Json:
        """Do it, with a line in the audit; gives the alarm as it is then.

        Raises:
            HTTPException: 404 there is no such alarm, 409 it does not allow this as it is.
        """
        before = found(await alarms.one(self.conn, alarm_id), "alarm")
        deed = Deed(
            event=event, by=self.who.login, comment=comment or None, at_us=self.now_us, seen_pos=seen_pos,
            until_us=until_us, one_shot=one_shot,
        )  # fmt: skip
        was = {"state": before.state, "source": before.source, "rule": before.rule}
        told = self.who.deed(f"alarm.{event}", str(alarm_id), before=was, reason=deed.comment)
        await audit.append(self.conn, told, deed.at_us)
        done = await alarm_acts.do(self.conn, [alarm_id], deed)
        for why in done.refused.values():
            raise HTTPException(409, WHY_NOT[why].format(state=before.state))
        return Json(found(await alarms.one(self.conn, done.alarms[0].alarm_id), "alarm"))


def _doer(conn: Conn, web: TheWeb, who: Who) -> Doer:
    return Doer(conn, who, web.clock())


TheDoer = Annotated[Doer, Depends(_doer)]


@router.post("/alarms/ack", response_model=SomeOut, **allow(ACKNOWLEDGERS, examples_alarms.SOME))
async def acknowledge_some(body: SomeAckInput, conn: Conn, web: TheWeb, who: Who) -> Json:
    """Acknowledge many alarms; says which of them it could not."""
    now_us = web.clock()
    ids = {"ids": [str(one) for one in body.ids]}
    told = who.deed("alarm.ack", f"{len(body.ids)} alarms", after=ids, reason=body.comment or None)
    await audit.append(conn, told, now_us)
    deed = Deed(event=Event.ACK, by=who.login, comment=body.comment or None, at_us=now_us)
    done = await alarm_acts.do(conn, body.ids, deed)
    rows = await alarms.some(conn, [alarm.alarm_id for alarm in done.alarms])
    return Json(SomeOut(rows, [RefusedOut(str(key), why) for key, why in done.refused.items()]))


@router.post("/alarms/{alarm_id}/ack", response_model=AlarmRow, **allow(ACKNOWLEDGERS, examples_alarms.ALARM))
async def acknowledge(alarm_id: UUID, body: AckInput, doer: TheDoer) -> Json:
    """Acknowledge an alarm: someone has seen it and knows what to do."""
    return await doer.do(alarm_id, Event.ACK, body.comment, seen_pos=body.seen_pos)


@router.post(
    "/alarms/{alarm_id}/unack", response_model=AlarmRow, **allow(ACKNOWLEDGERS, examples_alarms.ALARM)
)
async def take_back(alarm_id: UUID, body: ReasonInput, doer: TheDoer) -> Json:
    """Take an acknowledgement back: others have to see it."""
    return await doer.do(alarm_id, Event.UNACK, body.reason)


@router.post(
    "/alarms/{alarm_id}/comment", response_model=AlarmRow, **allow(ACKNOWLEDGERS, examples_alarms.ALARM)
)
async def comment(alarm_id: UUID, body: CommentInput, doer: TheDoer) -> Json:
    """Say something about an alarm."""
    return await doer.do(alarm_id, Event.COMMENT, body.comment)


@router.post(
    "/alarms/{alarm_id}/reset", response_model=AlarmRow, **allow(ACKNOWLEDGERS, examples_alarms.ALARM)
)
async def reset(alarm_id: UUID, body: ReturnInput, doer: TheDoer) -> Json:
    """Let a latched alarm go, which somebody has acknowledged."""
    return await doer.do(alarm_id, Event.RESET, body.reason)


@router.post(
    "/alarms/{alarm_id}/shelve", response_model=AlarmRow, **allow(ACKNOWLEDGERS, examples_alarms.SHELVED)
)
async def shelve(alarm_id: UUID, body: ShelveInput, doer: TheDoer, me: Me) -> Json:
    """Put an alarm aside for a while: it comes back by itself. It goes on underneath."""
    most = SHELF_HOURS[me.role]
    if body.minutes > most * 60:
        raise HTTPException(422, f"your role, {me.role}, may shelve for {most} hours at most")
    until_us = doer.now_us + body.minutes * 60 * SECOND_US
    return await doer.do(alarm_id, Event.SHELVE, body.reason, until_us=until_us, one_shot=body.one_shot)


@router.post(
    "/alarms/{alarm_id}/unshelve", response_model=AlarmRow, **allow(ACKNOWLEDGERS, examples_alarms.ALARM)
)
async def unshelve(alarm_id: UUID, body: ReturnInput, doer: TheDoer) -> Json:
    """Bring an alarm back before its time."""
    return await doer.do(alarm_id, Event.UNSHELVE, body.reason)


@router.post(
    "/alarms/{alarm_id}/out-of-service", response_model=AlarmRow, **allow(MAINTAINERS, examples_alarms.ALARM)
)
async def take_out(alarm_id: UUID, body: ReasonInput, doer: TheDoer) -> Json:
    """Take an alarm out of service until it is given back."""
    return await doer.do(alarm_id, Event.TAKE_OUT, body.reason)


@router.post(
    "/alarms/{alarm_id}/return", response_model=AlarmRow, **allow(MAINTAINERS, examples_alarms.ALARM)
)
async def give_back(alarm_id: UUID, body: ReturnInput, doer: TheDoer) -> Json:
    """Give an alarm back to service."""
    return await doer.do(alarm_id, Event.GIVE_BACK, body.reason)

"""What people were told and what became of it; who is on call; silences; and a person's own inbox."""

from datetime import timedelta
from typing import Annotated
from uuid import UUID, uuid4
from zoneinfo import ZoneInfoNotFoundError

import msgspec
from fastapi import APIRouter, Path, Query
from starlette.exceptions import HTTPException

from api import examples
from api import examples_notifications as shown
from api.deps import EVERYONE, READERS, Conn, Json, Limit, Me, TheWeb, Who, allow, found
from api.schemas_notifications import CountOut, IdsInput, OnCallOut, RotaInput, SentOut, SilenceInput
from lineshaft.clock import SECOND_US
from lineshaft.domain.delivery.rota import Rota, stretches
from lineshaft.store import audit, contacts, delivery_settings, inbox, notification_rows, silences
from lineshaft.store.inbox import InboxRow
from lineshaft.store.notification_rows import CircuitRow, NotificationRow, Test, Which
from lineshaft.store.rows import Items
from lineshaft.store.silences import NewSilence, SilenceRow

router = APIRouter(tags=["notifications"])

KEEPERS = ("supervisor", "maintainer", "admin")
"""Who sets who is told of what."""
LONGEST_SILENCE_MS = 30 * 86_400_000


@router.get(
    "/notifications",
    response_model=Items[NotificationRow],
    **allow((*KEEPERS, "auditor"), examples.items(shown.NOTIFICATION)),
)
async def list_notifications(
    conn: Conn,
    which: Annotated[Which, Query(description="What became of them.")] = "all",
    limit: Limit = 200,
    mqtt: Annotated[bool, Query(description="The broker's topics as well.")] = False,  # noqa: FBT002 - a query
) -> Json:
    """Messages and their receipts, the newest first."""
    return Json(Items(await notification_rows.listing(conn, which, limit, mqtt=mqtt)))


@router.get(
    "/notifications/circuits",
    response_model=Items[CircuitRow],
    **allow((*KEEPERS, "auditor"), examples.items(shown.CIRCUIT)),
)
async def list_circuits(conn: Conn) -> Json:
    """Targets that do not answer; what is for them is delivered within a minute of their return."""
    return Json(Items(await notification_rows.circuits(conn)))


@router.post("/notifications/replay", response_model=CountOut, **allow(KEEPERS, shown.COUNT))
async def replay(body: IdsInput, conn: Conn, web: TheWeb, who: Who) -> Json:
    """Give dead messages their tries again, under the same ids: all of them, or those named."""
    ids = _uuids(body.ids)
    deed = audit.Deed(
        by=who.login, peer=who.peer, action="notification.replay", object=",".join(body.ids)[:500]
    )
    await audit.append(conn, deed, web.clock())
    return Json(CountOut(await notification_rows.replay(conn, ids, web.clock())))


@router.post("/notifications/test", response_model=SentOut, **allow(READERS, shown.SENT))
async def send_test(conn: Conn, web: TheWeb, me: Me) -> Json:
    """Send me a test, on the screens."""
    test = Test(uuid4(), "browser", me.login, me.language, _test_body(me.login, web.clock()))
    await notification_rows.put_test(conn, test, web.clock())
    return Json(SentOut(str(test.key)))


@router.post("/contacts/{key}/test", response_model=SentOut, **allow(READERS, shown.SENT))
async def send_test_to(key: Annotated[str, Path(max_length=64)], conn: Conn, web: TheWeb, me: Me) -> Json:
    """Send a test to a contact: an own one, or as someone who sets who is told."""
    contact = found(await contacts.one(conn, key), "contact")
    if contact.owner != me.login and me.role not in KEEPERS:
        raise HTTPException(403, "it is somebody else's")
    test = Test(uuid4(), contact.channel, key, contact.language, _test_body(me.login, web.clock()))
    await notification_rows.put_test(conn, test, web.clock())
    return Json(SentOut(str(test.key)))


@router.get("/on-call", response_model=Items[OnCallOut], **allow(READERS, examples.items(shown.ON_CALL)))
async def list_on_call(
    conn: Conn, web: TheWeb, days: Annotated[int, Query(ge=0, le=60, description="How far ahead.")] = 0
) -> Json:
    """Who is on call now, and in the days ahead."""
    now_us = web.clock()
    until_us = now_us + max(round(timedelta(days=days).total_seconds()), 1) * SECOND_US
    rows = []
    for row in await delivery_settings.listing(conn, "rota"):
        try:
            rota = msgspec.convert(row.document | {"key": row.key}, Rota, strict=False)
            for one in stretches(rota, now_us, until_us):
                rows.append(OnCallOut(row.key, one.person, one.start_us // 1000, one.end_us // 1000))  # noqa: PERF401 - of several rotas
        except (msgspec.ValidationError, ZoneInfoNotFoundError):
            continue  # whoever edits it is told; the others are on call all the same
    return Json(Items(rows))


@router.post(
    "/on-call/preview", response_model=Items[OnCallOut], **allow(KEEPERS, examples.items(shown.ON_CALL))
)
async def preview_on_call(
    body: RotaInput, web: TheWeb, days: Annotated[int, Query(ge=1, le=60, description="How far ahead.")] = 7
) -> Json:
    """Who would be on call in the days ahead by a rota that is not kept."""
    rota = msgspec.convert(body.document() | {"key": ""}, Rota, strict=False)
    now_us = web.clock()
    until_us = now_us + round(timedelta(days=days).total_seconds()) * SECOND_US
    return Json(Items([
        OnCallOut("", one.person, one.start_us // 1000, one.end_us // 1000)
        for one in stretches(rota, now_us, until_us)
    ]))  # fmt: skip


@router.get("/silences", response_model=Items[SilenceRow], **allow(READERS, examples.items(shown.SILENCE)))
async def list_silences(
    conn: Conn,
    web: TheWeb,
    past: Annotated[bool, Query(description="Those that are over as well.")] = False,  # noqa: FBT002 - a query
) -> Json:
    """Silences and maintenance windows, the latest first."""
    return Json(Items(await silences.listing(conn, web.clock(), past=past)))


@router.post("/silences", status_code=201, response_model=CountOut, **allow(KEEPERS, shown.COUNT))
async def add_silence(body: SilenceInput, conn: Conn, web: TheWeb, who: Who) -> Json:
    """Tell nobody of what matches for a time; gives the silence's id as `count`."""
    if not 0 < body.to_ms - body.from_ms <= LONGEST_SILENCE_MS:
        raise HTTPException(422, "to_ms: expected after from_ms, at most 30 days")
    if not body.matchers and not body.assets:
        raise HTTPException(422, "matchers: expected some, or assets; this would silence the whole works")
    silence = NewSilence(body.matchers, body.assets, body.from_ms * 1000, body.to_ms * 1000, body.reason)
    key = await silences.add(conn, silence, who.login, web.clock())
    deed = audit.Deed(
        by=who.login, peer=who.peer, action="silence.add", object=str(key), after=body.model_dump(),
        reason=body.reason,
    )  # fmt: skip
    await audit.append(conn, deed, web.clock())
    return Json(CountOut(key), 201)


@router.delete("/silences/{silence_id}", response_model=CountOut, **allow(KEEPERS, shown.COUNT))
async def end_silence(
    silence_id: Annotated[int, Path(ge=1, le=2**62)], conn: Conn, web: TheWeb, who: Who
) -> Json:
    """End a silence now; it stays on record."""
    if not await silences.end(conn, silence_id, who.login, web.clock()):
        raise HTTPException(404, "no such silence that is not over")
    deed = audit.Deed(by=who.login, peer=who.peer, action="silence.end", object=str(silence_id))
    await audit.append(conn, deed, web.clock())
    return Json(CountOut(1))


@router.get("/inbox", response_model=Items[InboxRow], **allow(EVERYONE, examples.items(shown.INBOX)))
async def list_inbox(conn: Conn, me: Me, limit: Limit = 30) -> Json:
    """What I was told on the screens, the newest first."""
    return Json(Items(await inbox.latest(conn, me.login, limit)))


@router.post("/inbox/seen", response_model=CountOut, **allow(EVERYONE, shown.COUNT))
async def see_inbox(body: IdsInput, conn: Conn, web: TheWeb, me: Me) -> Json:
    """I have seen these, or all."""
    return Json(CountOut(await inbox.see(conn, me.login, _uuids(body.ids), web.clock())))


def _uuids(ids: list[str]) -> list[UUID]:
    try:
        return [UUID(one) for one in ids]
    except ValueError as error:
        raise HTTPException(422, "ids: expected UUIDs") from error


def _test_body(by: str, now_us: int) -> dict[str, object]:
    return {"v": 1, "kind": "test", "by": by, "count": 0, "alarms": [], "worst": 4, "ts": now_us // 1000}

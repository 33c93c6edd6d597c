"""What people do on a work order: tick, write, work by the clock, take parts, take photos."""

from typing import Annotated
from urllib.parse import quote
from uuid import UUID

from fastapi import APIRouter, Path, Query, Request
from starlette.exceptions import HTTPException
from starlette.responses import Response

from api import examples_maintenance
from api.deps import READERS, REQUESTERS, WORKERS, Conn, Json, TheWeb, allow, found
from api.hand import TheHand
from api.routes.work_steps import locked, whole
from api.schemas_maintenance import (
    CheckInput,
    CheckLineInput,
    NoteInput,
    OrderPartInput,
    TimeInput,
    TimerInput,
)
from lineshaft.domain.maintenance.files import LARGEST, MOST, tidy_name, type_of
from lineshaft.domain.maintenance.orders import UNFINISHED
from lineshaft.domain.maintenance.stock import NotThereError
from lineshaft.store import parts, work_doing, work_files
from lineshaft.store.parts import Movement
from lineshaft.store.work_changes import ImpossibleError
from lineshaft.store.work_detail import FileRow, WorkOrder
from lineshaft.store.work_doing import Note, Spent
from lineshaft.store.work_files import NewFile

router = APIRouter(tags=["maintenance"])

WORK = allow(WORKERS, examples_maintenance.ORDER_DETAIL)
N = Annotated[int, Path(ge=0, le=999)]


@router.put("/work-orders/{order_id}/checks/{n}", response_model=WorkOrder, **WORK)
async def tick(order_id: UUID, n: N, body: CheckInput, hand: TheHand) -> Json:
    """Tick a line of the checklist, or take it back; who ticked it first stands there."""
    order = await locked(hand.conn, order_id)
    if order.state not in UNFINISHED:
        raise HTTPException(409, f"{order.name} is {order.state}")
    by = hand.login if body.done else None
    if not await work_doing.tick(hand.conn, order_id, n, by, hand.now_us):
        raise HTTPException(404, "no such line")
    return await whole(hand.conn, order_id, hand.now_us)


@router.post("/work-orders/{order_id}/checks", status_code=201, response_model=WorkOrder, **WORK)
async def add_line(order_id: UUID, body: CheckLineInput, conn: Conn, web: TheWeb) -> Json:
    """Add a line to the checklist."""
    order = await locked(conn, order_id)
    if order.state not in UNFINISHED:
        raise HTTPException(409, f"{order.name} is {order.state}")
    await work_doing.add_check(conn, order_id, body.text)
    return await whole(conn, order_id, web.clock(), 201)


@router.post(
    "/work-orders/{order_id}/notes",
    status_code=201,
    response_model=WorkOrder,
    **allow(REQUESTERS, examples_maintenance.ORDER_DETAIL),
)
async def write(order_id: UUID, body: NoteInput, hand: TheHand) -> Json:
    """Write a comment."""
    await locked(hand.conn, order_id)
    note = Note(hand.id_of("note"), hand.login, body.text)
    await work_doing.write(hand.conn, order_id, note, hand.now_us)
    return await whole(hand.conn, order_id, hand.now_us, 201)


@router.put("/work-orders/{order_id}/timer", response_model=WorkOrder, **WORK)
async def run_timer(order_id: UUID, body: TimerInput, hand: TheHand) -> Json:
    """Begin or stop working on it; what one worked on before stops by itself."""
    order = await locked(hand.conn, order_id)
    try:
        if body.running:
            await work_doing.start_timer(hand.conn, order, hand.login, hand.now_us)
        else:
            await work_doing.stop_timer(hand.conn, order_id, hand.login, hand.now_us)
    except ImpossibleError as error:
        raise HTTPException(409, str(error)) from error
    return await whole(hand.conn, order_id, hand.now_us)


@router.post("/work-orders/{order_id}/times", status_code=201, response_model=WorkOrder, **WORK)
async def book_time(order_id: UUID, body: TimeInput, hand: TheHand) -> Json:
    """Write down time that was worked without the timer."""
    await locked(hand.conn, order_id)
    spent = Spent(hand.id_of("time"), hand.login, body.minutes, body.note)
    await work_doing.book_time(hand.conn, order_id, spent, hand.now_us)
    return await whole(hand.conn, order_id, hand.now_us, 201)


@router.post("/work-orders/{order_id}/parts", status_code=201, response_model=WorkOrder, **WORK)
async def move_part(
    order_id: UUID,
    body: OrderPartInput,
    hand: TheHand,
) -> Json:
    """Use, give back, reserve or free a part for it."""
    order = await locked(hand.conn, order_id)
    if order.state not in UNFINISHED and body.what != "return":
        raise HTTPException(409, f"{order.name} is {order.state}")
    movement = Movement(
        id=hand.id_of("movement"),
        part=body.part,
        what=body.what,
        amount=body.amount,
        order_id=order_id,
    )
    try:
        booked = await parts.move(hand.conn, movement, hand.login, hand.now_us)
    except NotThereError as error:
        raise HTTPException(409, f"{body.part}: {error}") from error
    if booked is None:
        raise HTTPException(422, f"part: there is no {body.part!r}")
    said = {"order": order.name, "what": body.what, "amount": body.amount}
    await hand.note("part.move", body.part, after=said)
    return await whole(hand.conn, order_id, hand.now_us, 201)


@router.post(
    "/work-orders/{order_id}/files",
    status_code=201,
    response_model=FileRow,
    **allow(WORKERS, examples_maintenance.FILE),
)
async def add_file(
    order_id: UUID,
    request: Request,
    hand: TheHand,
    *,
    name: Annotated[str, Query(max_length=200)] = "photo",
) -> Json:
    """Add a photo or a PDF: the body is the file itself; what it is, is found in its content."""
    body = await request.body()
    media_type = type_of(body)
    if media_type is None:
        raise HTTPException(415, "this is no JPEG, PNG, WebP, GIF or PDF")
    if len(body) > LARGEST:
        raise HTTPException(413, f"a file has at most {LARGEST} bytes")
    order = await locked(hand.conn, order_id)
    if await work_files.count(hand.conn, order_id) >= MOST:
        raise HTTPException(409, f"{order.name} has {MOST} files already")
    file = NewFile(hand.id_of("file"), tidy_name(name, media_type), media_type, body)
    row = found(await work_files.add(hand.conn, order_id, file, hand.login, hand.now_us), "file")
    said = {"file": row.name, "type": row.type, "size": row.size}
    await hand.note("work_order.file", order.name, after=said)
    return Json(row, 201)


@router.get("/work-orders/{order_id}/files/{file_id}", response_class=Response, **allow(READERS))
async def show_file(order_id: UUID, file_id: UUID, conn: Conn) -> Response:
    """A file's content. A browser may show it, and run nothing in it."""
    file = found(await work_files.content(conn, order_id, file_id), "file")
    way = "inline" if file.type.startswith("image/") else "attachment"
    headers = {
        "content-disposition": f"{way}; filename*=UTF-8''{quote(file.name)}",
        "content-security-policy": "default-src 'none'; sandbox",
        "x-content-type-options": "nosniff",
        "cross-origin-resource-policy": "same-origin",
        "cache-control": "private, max-age=31536000, immutable",
        "etag": f'"{file.sha256[:32]}"',
    }
    return Response(file.body, media_type=file.type, headers=headers)

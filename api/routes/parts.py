"""Spare parts and their movements."""

from typing import Annotated

from fastapi import APIRouter, Path
from starlette.exceptions import HTTPException

from api import examples, examples_maintenance
from api.deps import READERS, STOREKEEPERS, Conn, Json, Limit, allow, found
from api.hand import TheHand
from api.schemas_maintenance import MovementInput, PartInput
from lineshaft.store import parts
from lineshaft.store.parts import Movement, MovementRow, Part, PartRow
from lineshaft.store.rows import Items

router = APIRouter(tags=["maintenance"])

Key = Annotated[str, Path(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$")]


@router.get(
    "/parts", response_model=Items[PartRow], **allow(READERS, examples.items(examples_maintenance.PART))
)
async def list_parts(conn: Conn, *, short: bool = False) -> Json:
    """Parts with their stock, those that are short first, or only those."""
    return Json(Items(await parts.listing(conn, short_only=short)))


@router.put("/parts/{part}", response_model=PartRow, **allow(STOREKEEPERS, examples_maintenance.PART))
async def put_part(part: Key, body: PartInput, hand: TheHand) -> Json:
    """Write a part down, new or changed; its stock changes by movements only."""
    before = await parts.one(hand.conn, part)
    said = body.model_dump()
    await parts.put(hand.conn, Part(part=part, **said | {"kinds": tuple(body.kinds)}))
    old = {name: getattr(before, name) for name in ("location", "minimum", "unit_cost")} if before else None
    await hand.note("part.put", part, said, before=old)
    return Json(found(await parts.one(hand.conn, part), "part"))


@router.get(
    "/parts/{part}/movements",
    response_model=Items[MovementRow],
    **allow(READERS, examples.items(examples_maintenance.MOVEMENT)),
)
async def list_movements(part: Key, conn: Conn, limit: Limit = 200) -> Json:
    """What came, went, was counted and reserved, the newest first."""
    return Json(Items(await parts.movements(conn, part, limit)))


@router.post(
    "/parts/{part}/movements",
    status_code=201,
    response_model=PartRow,
    **allow(STOREKEEPERS, examples_maintenance.PART),
)
async def book(part: Key, body: MovementInput, hand: TheHand) -> Json:
    """Book what came in, or what was counted, and why it differs; what an order takes is booked on it."""
    if body.what == "receive" and body.amount == 0:
        raise HTTPException(422, "amount: nothing came")
    movement = Movement(
        id=hand.id_of("movement"), part=part, what=body.what, amount=body.amount, note=body.note
    )
    booked = found(await parts.move(hand.conn, movement, hand.login, hand.now_us), "part")
    if body.what == "count" and booked.hand and not body.note:
        raise HTTPException(422, f"note: the books differ by {booked.hand:+g}: say why")
    await hand.note("part.move", part, {"what": body.what, "amount": body.amount}, reason=body.note)
    return Json(found(await parts.one(hand.conn, part), "part"), 201)

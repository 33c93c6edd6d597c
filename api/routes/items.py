"""Storage zones, tagged items and their moves."""

from dataclasses import fields
from typing import Annotated

from fastapi import APIRouter, Path, Query

from api import examples
from api.deps import READERS, Conn, Json, Limit, allow, found
from api.schemas import ItemOut
from lineshaft.store import items
from lineshaft.store.items import ItemRow, MoveRow, ZoneRow
from lineshaft.store.rows import Items

router = APIRouter(tags=["items"])

EPC_MOVES = 200


@router.get("/zones", response_model=Items[ZoneRow], **allow(READERS, examples.items(examples.ZONE)))
async def list_zones(conn: Conn) -> Json:
    """Storage zones and how much is in them."""
    return Json(Items(await items.zones(conn)))


@router.get("/items", response_model=Items[ItemRow], **allow(READERS, examples.items(examples.ITEM)))
async def list_items(
    conn: Conn,
    zone: Annotated[str | None, Query(max_length=64)] = None,
    q: Annotated[
        str | None, Query(max_length=128, pattern=r"^[^\x00]*$", description="Part of an EPC.")
    ] = None,
    limit: Limit = 200,
) -> Json:
    """Items, those in sight first; of one zone, or whose EPC holds a text."""
    return Json(Items(await items.listing(conn, zone=zone, query=q, limit=limit)))


@router.get(
    "/items/{epc}", response_model=ItemOut, **allow(READERS, examples.ITEM | {"moves": [examples.MOVE]})
)
async def show_item(epc: Annotated[str, Path(max_length=128)], conn: Conn) -> Json:
    """One item, where it was and when."""
    item = found(await items.one(conn, epc.upper()), "item")
    known = {one.name: getattr(item, one.name) for one in fields(item)}
    return Json(ItemOut(**known, moves=await items.moves(conn, epc=item.epc, limit=EPC_MOVES)))


@router.get("/moves", response_model=Items[MoveRow], **allow(READERS, examples.items(examples.MOVE)))
async def list_moves(conn: Conn, limit: Limit = 50) -> Json:
    """The latest moves of all items."""
    return Json(Items(await items.moves(conn, limit=limit)))

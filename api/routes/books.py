"""The books: what came in, what became of it, and what is under way; all of it adds up, or says why not."""

from typing import Annotated

from fastapi import APIRouter, Query

from api import examples_system as examples
from api.deps import READERS, Conn, Json, Limit, allow
from api.examples import items
from lineshaft.store import accounting
from lineshaft.store.accounting import Books, LaneRow
from lineshaft.store.rows import Items

router = APIRouter(prefix="/accounting", tags=["system"])

Name = Annotated[str, Query(pattern=r"^[A-Za-z0-9_.-]{0,64}$")]


@router.get("", response_model=Books, **allow(READERS, examples.BOOKS))
async def show_books(conn: Conn) -> Json:
    """The books: all that came in, by what became of it; balanced, or with the faults named."""
    return Json(await accounting.books_async(conn))


@router.get("/lanes", response_model=Items[LaneRow], **allow(READERS, items(examples.LANE)))
async def list_lanes(conn: Conn, site: Name = "", agent: Name = "", limit: Limit = 200) -> Json:
    """How far each queue of each agent's outbox is committed, and what of it was lost; last moved first."""
    return Json(Items(await accounting.lanes(conn, site, agent, limit)))

"""How the system fares: services and rates, the books, and what could not be used."""

from typing import Annotated

from fastapi import APIRouter, Query

from api import examples
from api.deps import READERS, Conn, Json, Limit, TheWeb, allow
from api.live.vitals import SystemRow
from lineshaft.store import accounting, letters
from lineshaft.store.accounting import Books
from lineshaft.store.letters import DeadLetter, Wanted
from lineshaft.store.rows import Items

router = APIRouter(tags=["system"])


@router.get("/system", response_model=SystemRow, **allow(READERS, examples.SYSTEM))
async def show_system(conn: Conn, web: TheWeb) -> Json:
    """Every service's state, the rates of the last seconds, and how far the flows have come."""
    return Json(await web.vitals.row(conn))


@router.get("/accounting", response_model=Books, **allow(READERS, examples.BOOKS))
async def show_books(conn: Conn) -> Json:
    """The books: all that came in, by what became of it; balanced, or with the faults named."""
    return Json(await accounting.books_async(conn))


@router.get(
    "/dead-letters",
    response_model=Items[DeadLetter],
    **allow(READERS, examples.items(examples.DEAD_LETTER)),
)
async def list_dead_letters(
    conn: Conn, limit: Limit = 100, code: Annotated[str, Query(pattern=r"^[a-z_]{0,32}$")] = ""
) -> Json:
    """The newest messages that could not be used, with the reason of each."""
    return Json(Items(await letters.listing(conn, Wanted(code=code), limit)))

"""How the system fares: services and rates, the books, and what could not be used."""

from fastapi import APIRouter

from api import examples_system as examples
from api.deps import READERS, Conn, Json, TheWeb, allow
from api.live.vitals import SystemRow

router = APIRouter(tags=["system"])


@router.get("/system", response_model=SystemRow, **allow(READERS, examples.SYSTEM))
async def show_system(conn: Conn, web: TheWeb) -> Json:
    """Every service's state, the rates of the last seconds, and how far the flows have come."""
    return Json(await web.vitals.row(conn))

"""Machines as they are now."""

from typing import Annotated

from fastapi import APIRouter, Path, Query

from api import examples
from api.deps import READERS, Conn, Json, TheWeb, allow, found
from lineshaft.store import episodes, machines, usual
from lineshaft.store.episodes import Past
from lineshaft.store.machines import Machine, MachineRow
from lineshaft.store.rows import Items
from lineshaft.store.usual import Usual

router = APIRouter(tags=["machines"])

Key = Annotated[str, Path(max_length=64)]


@router.get("/machines", response_model=Items[MachineRow], **allow(READERS, examples.items(examples.MACHINE)))
async def list_machines(conn: Conn) -> Json:
    """Every machine in plant order, with state, health and its alarms."""
    return Json(Items(await machines.machines(conn)))


@router.get("/machines/{key}", response_model=Machine, **allow(READERS, examples.MACHINE_DETAIL))
async def show_machine(key: Key, conn: Conn) -> Json:
    """One machine with its signals and what its score is made of."""
    return Json(found(await machines.machine(conn, key), "machine"))


@router.get("/machines/{key}/past", response_model=Past, **allow(READERS, examples.PAST))
async def show_past(
    key: Key, conn: Conn, web: TheWeb, limit: Annotated[int, Query(ge=1, le=100)] = 6
) -> Json:
    """What was like it before, here and at machines of the same kind, and how often the alarms were right."""
    return Json(found(await episodes.past(conn, key, web.clock(), limit), "machine"))


@router.get("/machines/{key}/usual", response_model=Usual, **allow(READERS, examples.USUAL))
async def show_usual(key: Key, conn: Conn, web: TheWeb) -> Json:
    """Where its signals lay in the last 24 hours while it did what it does now and nothing was odd."""
    return Json(found(await usual.usual(conn, key, web.clock()), "machine"))

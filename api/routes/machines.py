"""Machines as they are now."""

from typing import Annotated

from fastapi import APIRouter, Path

from api import examples
from api.deps import READERS, Conn, Json, allow, found
from lineshaft.store import machines
from lineshaft.store.machines import Machine, MachineRow
from lineshaft.store.rows import Items

router = APIRouter(tags=["machines"])


@router.get("/machines", response_model=Items[MachineRow], **allow(READERS, examples.items(examples.MACHINE)))
async def list_machines(conn: Conn) -> Json:
    """Every machine in plant order, with state, health and its alarms."""
    return Json(Items(await machines.machines(conn)))


@router.get("/machines/{key}", response_model=Machine, **allow(READERS, examples.MACHINE_DETAIL))
async def show_machine(key: Annotated[str, Path(max_length=64)], conn: Conn) -> Json:
    """One machine with its signals and what its score is made of."""
    return Json(found(await machines.machine(conn, key), "machine"))

"""Devices, and the adoption of one that nobody described."""

from typing import Annotated

from fastapi import APIRouter, Path, Query
from starlette.exceptions import HTTPException

from api import examples
from api.adopt import AdoptError, adopted
from api.deps import MAINTAINERS, READERS, Conn, Json, TheWeb, Who, allow, found
from api.schemas import AdoptedOut, AdoptInput
from lineshaft.domain.plant import Plant, to_document
from lineshaft.store import audit, devices, plants
from lineshaft.store.devices import DeviceRow
from lineshaft.store.rows import Items

router = APIRouter(tags=["devices"])

_UNASSIGNED = "Only devices that were heard and speak for no asset yet."


@router.get("/devices", response_model=Items[DeviceRow], **allow(READERS, examples.items(examples.DEVICE)))
async def list_devices(
    conn: Conn, web: TheWeb, *, unassigned: Annotated[bool, Query(description=_UNASSIGNED)] = False
) -> Json:
    """Devices that were heard or described, the latest heard first."""
    return Json(Items(await devices.listing(conn, web.clock(), unassigned=unassigned)))


@router.post(
    "/devices/{device_id}/adopt",
    status_code=201,
    response_model=AdoptedOut,
    **allow(MAINTAINERS, {"key": "pump-109", "version": 3}),
)
async def adopt(
    device_id: Annotated[int, Path(ge=1, le=2**31 - 1)], body: AdoptInput, conn: Conn, web: TheWeb, who: Who
) -> Json:
    """Describe a device as a machine, a reader or a vehicle: a new version of the plant."""
    device = found(await devices.one(conn, device_id, web.clock()), "device")
    if device.asset:
        raise HTTPException(409, f"the device already speaks for {device.asset}")
    version = await plants.current(conn)
    try:
        plant, key = adopted(version.document if version else to_document(Plant()), device, body)
    except AdoptError as error:
        raise HTTPException(422, str(error)) from error
    deed = audit.Deed(
        by=who.login,
        peer=who.peer,
        action="device.adopt",
        object=f"{device.site}/{device.agent}/{device.device}",
        after={"key": key, "kind": body.kind, "line": body.line},
    )
    await audit.append(conn, deed, web.clock())
    applied = await plants.apply(conn, plant, who.login, web.clock())
    return Json(AdoptedOut(key, applied or 0), 201)

"""Labels: what people found at machines. Models learn from them and are graded by them."""

from typing import Annotated

from fastapi import APIRouter, Path, Query
from starlette.exceptions import HTTPException

from api import examples
from api.deps import MAINTAINERS, READERS, Conn, Json, Limit, TheWeb, Who, allow, found
from api.schemas import LabelInput
from lineshaft.store import audit, labels
from lineshaft.store.labels import Label, LabelRow
from lineshaft.store.rows import Items

router = APIRouter(tags=["models"])


@router.get("/labels", response_model=Items[LabelRow], **allow(READERS, examples.items(examples.LABEL)))
async def list_labels(
    conn: Conn, machine: Annotated[str | None, Query(max_length=64)] = None, limit: Limit = 200
) -> Json:
    """Labels that stand, the newest first; of one machine, or of all."""
    return Json(Items(await labels.listing(conn, machine, limit)))


@router.post("/labels", status_code=201, response_model=LabelRow, **allow(MAINTAINERS, examples.LABEL))
async def add_label(body: LabelInput, conn: Conn, web: TheWeb, who: Who) -> Json:
    """Say what was found at a machine; the stream learns that it was mended."""
    if not await labels.is_machine(conn, body.machine):
        raise HTTPException(422, f"machine: no {body.machine!r} in the plant")
    if body.to_ts < body.from_ts:
        raise HTTPException(422, "to_ts is before from_ts")
    label = Label(**body.model_dump())
    deed = audit.Deed(
        by=who.login, peer=who.peer, action="label.add", object=body.machine, after=body.model_dump()
    )
    await audit.append(conn, deed, web.clock())
    row = await labels.add(conn, label, who.login, web.clock())
    if row is None:
        raise HTTPException(409, f"{body.machine} has a label of {body.source} {body.reference} already")
    return Json(row, 201)


@router.delete("/labels/{label_id}", response_model=LabelRow, **allow(MAINTAINERS, examples.LABEL))
async def withdraw_label(
    label_id: Annotated[int, Path(ge=1, le=2**62)], conn: Conn, web: TheWeb, who: Who
) -> Json:
    """Take a label back; it stays on record."""
    row = found(await labels.withdraw(conn, label_id, web.clock()), "label")
    deed = audit.Deed(by=who.login, peer=who.peer, action="label.withdraw", object=str(label_id))
    await audit.append(conn, deed, web.clock())
    return Json(row)

"""What arrives: proofs of delivery with their pictures, complaints; and shipments by the sheet."""

from typing import Annotated

from fastapi import APIRouter, Path, Request
from starlette.exceptions import HTTPException
from starlette.responses import Response

from api import examples_logistics
from api.deps import PLANNERS, READERS, Conn, Json, TheWeb, Who, allow, found
from api.routes.shipments import check
from api.schemas_logistics import ComplaintInput, FileOut, MistakeOut, ProofInput, SheetInput, SheetOut
from lineshaft.domain.cargo import proof_of
from lineshaft.domain.journeys import ShipmentEvent, transition
from lineshaft.domain.sheets import read
from lineshaft.store import audit, carriers, proofs, shipments

router = APIRouter(tags=["logistics"])

ABROAD = ("vehicle", "route", "carrier")
"""Columns that name what has to be known already."""
RECEIVERS = ("warehouse", "planner", "admin")
"""Who takes goods over, or hears from those who did."""
Key = Annotated[str, Path(max_length=64)]


@router.post(
    "/shipments/{shipment_id}/proof",
    status_code=202,
    response_model=examples_logistics.Told,
    **allow(RECEIVERS, examples_logistics.TOLD),
)
async def prove(shipment_id: Key, body: ProofInput, conn: Conn, web: TheWeb, who: Who) -> Json:
    """Say that a receiver has signed; the shipment is delivered as soon as the flow has taken it in."""
    shipment = found(await shipments.whole(conn, shipment_id), "shipment")
    if transition(shipment.state, ShipmentEvent.PROVE) is None:
        raise HTTPException(409, f"{shipment_id} is {shipment.state}")
    if body.file and not await proofs.one(conn, body.file):
        raise HTTPException(422, "file: there is no such picture; put it at /proof-files first")
    said = body.model_dump()
    deed = audit.Deed(by=who.login, peer=who.peer, action="shipment.prove", object=shipment_id, after=said)
    await audit.append(conn, deed, web.clock())
    return Json({"pos": await shipments.sign(conn, shipment_id, proof_of(said), web.clock())}, 202)


@router.post(
    "/shipments/{shipment_id}/complaints",
    status_code=201,
    response_model=ComplaintInput,
    **allow(RECEIVERS, {"what": "two cartons crushed"}),
)
async def complain(shipment_id: Key, body: ComplaintInput, conn: Conn, web: TheWeb, who: Who) -> Json:
    """Write down what a receiver complained about: the carrier's scorecard counts it."""
    found(await shipments.one(conn, shipment_id), "shipment")
    deed = audit.Deed(
        by=who.login, peer=who.peer, action="shipment.complaint", object=shipment_id, after=body.model_dump()
    )
    await audit.append(conn, deed, web.clock())
    await carriers.complain(conn, shipment_id, body.what, who.login, web.clock())
    return Json(body.model_dump(), 201)


@router.post(
    "/proof-files",
    status_code=201,
    response_model=FileOut,
    **allow(RECEIVERS, examples_logistics.FILE),
)
async def put_file(request: Request, conn: Conn, web: TheWeb, who: Who) -> Json:
    """Keep a signature or photograph (the body is the picture, its type in Content-Type); gives its key."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    content = await request.body()
    if not proofs.is_of(kind, content):
        raise HTTPException(415, f"expected one of {', '.join(proofs.KINDS)}, got {kind or 'nothing'}")
    return Json({"key": await proofs.keep(conn, kind, content, who.login, web.clock())}, 201)


@router.get(
    "/proof-files/{file_key}",
    response_class=Response,
    **allow(READERS),
)
async def show_file(file_key: Key, conn: Conn) -> Response:
    """A signature or photograph."""
    file = found(await proofs.one(conn, file_key), "picture")
    kept = {
        "cache-control": "private, max-age=86400",
        "content-security-policy": "default-src 'none'; sandbox",
    }
    return Response(file.content, headers=kept, media_type=file.kind)


@router.post(
    "/shipments/import",
    status_code=201,
    response_model=SheetOut,
    **allow(PLANNERS, examples_logistics.SHEET),
)
async def take_sheet(body: SheetInput, conn: Conn, web: TheWeb, who: Who) -> Json:
    """Plan the shipments of a CSV sheet: all of them, or none and a report of what is wrong where."""
    sheet = read(body.csv, body.zone)
    mistakes = [MistakeOut(*one) for one in sheet.mistakes]
    good = []
    for order in sheet.orders:
        try:
            await check(conn, order)
        except HTTPException as error:
            column, _, why = str(error.detail).partition(": ")
            said = (column, why) if column in ABROAD else ("id", str(error.detail))
            mistakes.append(MistakeOut(sheet.rows[order["id"]], *said))
        else:
            good.append(order)
    if mistakes and not body.keep_good_rows:
        return Json(SheetOut([], [], mistakes), 422)
    deed = audit.Deed(
        by=who.login,
        peer=who.peer,
        action="shipment.import",
        object=f"{len(good)} shipments",
        after={"ids": [order["id"] for order in good]},
    )
    await audit.append(conn, deed, web.clock())
    came: dict[bool, list[str]] = {True: [], False: []}
    for order in good:
        came[await shipments.plan(conn, order, web.clock())].append(order["id"])
    return Json(SheetOut(came[True], came[False], mistakes), 201)

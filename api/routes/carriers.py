"""Carriers: who they are, and how well they deliver."""

from typing import Annotated

from fastapi import APIRouter, Path

from api import examples, examples_logistics
from api.deps import PLANNERS, READERS, Conn, Json, TheSpan, TheWeb, Who, allow
from api.schemas_logistics import CarrierInput
from lineshaft.domain.scorecards import Load, Scorecard, scorecards
from lineshaft.store import audit, carriers
from lineshaft.store.carriers import CarrierRow
from lineshaft.store.rows import Items

router = APIRouter(tags=["logistics"])


@router.get(
    "/carriers",
    response_model=Items[CarrierRow],
    **allow(READERS, examples.items(examples_logistics.CARRIER)),
)
async def list_carriers(conn: Conn) -> Json:
    """All carriers, by name."""
    return Json(Items(await carriers.listing(conn)))


@router.get(
    "/carriers/scorecards",
    response_model=Items[Scorecard],
    **allow(READERS, examples.items(examples_logistics.SCORECARD)),
)
async def show_scorecards(conn: Conn, span: TheSpan) -> Json:
    """What the loads that arrived in a span came to, a card a carrier; shares with Wilson's 95 % interval."""
    return Json(Items(scorecards(await carriers.loads(conn, span.from_us, span.to_us))))


@router.get(
    "/carriers/{carrier}/loads",
    response_model=Items[Load],
    **allow(READERS, examples.items(examples_logistics.LOAD)),
)
async def list_loads(carrier: Annotated[str, Path(max_length=64)], conn: Conn, span: TheSpan) -> Json:
    """The loads of a carrier that arrived in a span, the latest first: what its scorecard counts."""
    found = await carriers.loads(conn, span.from_us, span.to_us, carrier)
    return Json(Items(found[::-1][:1000]))


@router.put("/carriers/{carrier}", response_model=CarrierRow, **allow(PLANNERS, examples_logistics.CARRIER))
async def put_carrier(
    carrier: Annotated[str, Path(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$")],
    body: CarrierInput,
    conn: Conn,
    web: TheWeb,
    who: Who,
) -> Json:
    """Write a carrier down, new or changed; its logins are the people who see its loads, and no others."""
    row = CarrierRow(carrier, **body.model_dump())
    deed = audit.Deed(
        by=who.login, peer=who.peer, action="carrier.put", object=carrier, after=body.model_dump()
    )
    await audit.append(conn, deed, web.clock())
    await carriers.put(conn, row)
    return Json(row)

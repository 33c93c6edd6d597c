"""Tracking links: made and taken back by people, opened by whoever has one: one shipment is seen, no more."""

from typing import Annotated
from uuid import UUID, uuid4

from fastapi import APIRouter, Path
from starlette.exceptions import HTTPException
from starlette.responses import Response

from api import examples, examples_logistics
from api.deps import Conn, Json, Peer, TheWeb, Who, allow, found
from api.errors import error
from api.schemas_logistics import LinkInput, LinkOut, PlaceOut, TrackedOut
from api.web import Web
from lineshaft import sealing
from lineshaft.domain.journeys import Shipment
from lineshaft.domain.plant import Name, Plant, from_document
from lineshaft.domain.tracking import HOLDS_US, link_of, token_of, town_of
from lineshaft.settings import SettingsError
from lineshaft.store import audit, plants, shipments, tracking
from lineshaft.store.database import AsyncConnection
from lineshaft.store.rows import Items
from lineshaft.store.shipments import ShipmentRow
from lineshaft.store.tracking import TrackingLink

router = APIRouter(tags=["logistics"])

LINKERS = ("planner", "supervisor", "admin")
Key = Annotated[str, Path(max_length=64)]
DAY_US = 86_400_000_000
PURPOSE = "tracking links"
PRIVATE = {
    "cache-control": "no-store",
    "x-robots-tag": "noindex, nofollow",
    "referrer-policy": "no-referrer",
}


@router.post(
    "/shipments/{shipment_id}/tracking-links",
    status_code=201,
    response_model=LinkOut,
    **allow(LINKERS, examples_logistics.LINK),
)
async def make_link(shipment_id: Key, body: LinkInput, conn: Conn, web: TheWeb, who: Who) -> Json:
    """Make a link by which a customer follows this shipment, and nothing else, without a login."""
    found(await shipments.one(conn, shipment_id), "shipment")
    link_id, now_us = uuid4(), web.clock()
    expires_us = now_us + body.days * DAY_US
    key = _keys(web)[0]
    deed = who.deed("tracking.link", shipment_id, after={"link": str(link_id), "days": body.days})
    await audit.append(conn, deed, now_us)
    await tracking.add(conn, link_id, shipment_id, who.login, (now_us, expires_us))
    made = TrackingLink(link_id, expires_us // 1000, None, who.login, now_us // 1000)
    return Json(_shown(made, key), 201)


@router.get(
    "/shipments/{shipment_id}/tracking-links",
    response_model=Items[LinkOut],
    **allow(LINKERS, examples.items(examples_logistics.LINK)),
)
async def list_links(shipment_id: Key, conn: Conn, web: TheWeb) -> Json:
    """The links of a shipment that still open it; none where there is no key to sign them with."""
    found(await shipments.one(conn, shipment_id), "shipment")
    links = await tracking.listing(conn, shipment_id, web.clock())
    return Json(Items([_shown(one, key) for key in _keys(web, needed=False)[:1] for one in links]))


@router.delete("/shipments/{shipment_id}/tracking-links/{link_id}", status_code=204, **allow(LINKERS))
async def revoke_link(shipment_id: Key, link_id: UUID, conn: Conn, web: TheWeb, who: Who) -> Response:
    """Let a link open nothing any more."""
    deed = who.deed("tracking.revoke", shipment_id, before={"link": str(link_id)})
    if not await tracking.revoke(conn, link_id, shipment_id, web.clock()):
        raise HTTPException(404, "no such link")
    await audit.append(conn, deed, web.clock())
    return Response(status_code=204)


@router.get("/tracking/{token}", include_in_schema=False)
async def show_tracked(
    token: Annotated[str, Path(max_length=128)], conn: Conn, web: TheWeb, peer: Peer
) -> Response:
    """What a link shows; one that is over, taken back or made up is as one that never was."""
    waiting_s = web.turnstile.wait_s(peer, web.clock())
    if waiting_s:
        return error(429, "asked too often", {"retry-after": str(waiting_s)} | PRIVATE)
    link_id = link_of(token, _keys(web, needed=False))
    shipment_id = await tracking.opened(conn, link_id, web.clock()) if link_id else None
    shipment = await shipments.whole(conn, shipment_id) if shipment_id else None
    if shipment is None:
        return error(404, "no such link", PRIVATE)
    shown = Json(await _tracked(conn, shipment, web.clock()))
    shown.headers.update(PRIVATE)
    return shown


async def _tracked(conn: AsyncConnection, shipment: Shipment, now_us: int) -> TrackedOut:
    version = await plants.current(conn)
    plant = from_document(version.document) if version else Plant()
    row = await shipments.one(conn, shipment.shipment_id)
    heard = row.eta_ts if row else None
    holds = row is not None and heard is not None and now_us - heard * 1000 <= HOLDS_US
    sites = list(plant.sites)
    return TrackedOut(
        reference=shipment.reference,
        state=shipment.state.value,
        eta=_eta(row) if row and holds else None,
        arrived=_ms(shipment.arrived_us),
        updated=heard,
        now=now_us // 1000,
        zone=sites[0].timezone if sites else "UTC",
        stops=_places(shipment, plant),
    )


def _eta(row: ShipmentRow) -> dict[str, int] | None:
    if row.eta_p10 is None or row.eta_p50 is None or row.eta_p90 is None:
        return None
    return {"p10": row.eta_p10, "p50": row.eta_p50, "p90": row.eta_p90}


def _places(shipment: Shipment, plant: Plant) -> list[PlaceOut]:
    """Towns, not addresses: names of stops are of gates and people."""
    if shipment.stops:
        return [
            PlaceOut(
                _words(town_of(plant, stop.lat, stop.lon)),
                stop.kind.value,
                _ms(stop.promised_us),
                _ms(stop.arrived_us),
            )
            for stop in shipment.stops
        ]
    route = plant.route_of.get(shipment.route or "")
    if route is None:
        return []
    first, last = route.stops[0], route.stops[-1]
    return [
        PlaceOut(_words(first.name), "pickup", None, None),
        PlaceOut(_words(last.name), "delivery", _ms(shipment.promised_us), _ms(shipment.arrived_us)),
    ]


def _words(name: Name | None) -> dict[str, str] | None:
    return {"en": name.en, "zh": name.zh} if name else None


def _shown(link: TrackingLink, key: bytes) -> LinkOut:
    path = f"/t/{token_of(link.link_id, key)}"
    return LinkOut(str(link.link_id), path, link.expires, link.revoked, link.by, link.at)


def _keys(web: Web, *, needed: bool = True) -> list[bytes]:
    """Keys to sign links with; without one none was ever made, so there is none to open."""
    settings = {sealing.VARIABLE: web.settings.secret_key, "LINESHAFT_DATA_DIR": web.settings.data_dir}
    try:
        return sealing.signing_keys(settings, PURPOSE)
    except SettingsError as wrong:
        if not needed:
            return []
        raise HTTPException(409, "there is no key to sign links with: set LINESHAFT_SECRET_KEY") from wrong


def _ms(instant_us: int | None) -> int | None:
    return None if instant_us is None else instant_us // 1000

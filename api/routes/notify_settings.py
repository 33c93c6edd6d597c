"""Who is told of what, when and by which way: policies, rotas, teams, inhibitions, wishes and contacts."""

import base64
import ipaddress
import secrets
from typing import Annotated, Any

from fastapi import APIRouter, Path
from pydantic import BaseModel
from starlette.exceptions import HTTPException

from api import examples
from api import examples_notifications as shown
from api.deps import EVERYONE, READERS, Actor, Conn, Json, Me, TheWeb, Who, allow, found
from api.routes.notifications import KEEPERS
from api.schemas_notifications import (
    ContactInput,
    ContactOut,
    CountOut,
    InhibitionInput,
    NetworkInput,
    PolicyInput,
    PreferenceInput,
    RotaInput,
    TeamInput,
)
from api.web import Web
from lineshaft import sealing
from lineshaft.domain.delivery import targets
from lineshaft.settings import SettingsError
from lineshaft.store import audit, contacts, delivery_settings
from lineshaft.store.contacts import ContactRow, Sealed
from lineshaft.store.database import AsyncConnection
from lineshaft.store.delivery_settings import SettingRow
from lineshaft.store.rows import Items
from lineshaft.store.sessions import Principal

router = APIRouter(tags=["notifications"])

ADMINS = ("admin",)
Key = Annotated[str, Path(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.@-]{0,63}$")]
SETTING = allow(KEEPERS, shown.SETTING)


@router.get("/policies", response_model=Items[SettingRow], **allow(READERS, examples.items(shown.SETTING)))
async def list_policies(conn: Conn) -> Json:
    """Who is told of which alarms, in which groups and at what pace."""
    return Json(Items(await delivery_settings.listing(conn, "policy")))


@router.put("/policies/{key}", response_model=SettingRow, **SETTING)
async def put_policy(key: Key, body: PolicyInput, conn: Conn, web: TheWeb, who: Who) -> Json:
    """Add a policy, or change it."""
    return Json(await _put(conn, web, who, ("policy", key), body))


@router.delete("/policies/{key}", response_model=CountOut, **allow(KEEPERS, shown.COUNT))
async def remove_policy(key: Key, conn: Conn, web: TheWeb, who: Who) -> Json:
    """Take a policy away; the audit keeps what it said."""
    return Json(await _remove(conn, web, who, ("policy", key)))


@router.get("/rotas", response_model=Items[SettingRow], **allow(READERS, examples.items(shown.ROTA)))
async def list_rotas(conn: Conn) -> Json:
    """Who takes turns on call."""
    return Json(Items(await delivery_settings.listing(conn, "rota")))


@router.put("/rotas/{key}", response_model=SettingRow, **allow(KEEPERS, shown.ROTA))
async def put_rota(key: Key, body: RotaInput, conn: Conn, web: TheWeb, who: Who) -> Json:
    """Add a rota, or change it."""
    document = body.model_dump()
    document["overrides"] = [
        {"person": one.person, "from_us": one.from_ms * 1000, "to_us": one.to_ms * 1000}
        for one in body.overrides
    ]
    return Json(await _put(conn, web, who, ("rota", key), document))


@router.delete("/rotas/{key}", response_model=CountOut, **allow(KEEPERS, shown.COUNT))
async def remove_rota(key: Key, conn: Conn, web: TheWeb, who: Who) -> Json:
    """Take a rota away."""
    return Json(await _remove(conn, web, who, ("rota", key)))


@router.get("/teams", response_model=Items[SettingRow], **allow(READERS, examples.items(shown.TEAM)))
async def list_teams(conn: Conn) -> Json:
    """People under one name."""
    return Json(Items(await delivery_settings.listing(conn, "team")))


@router.put("/teams/{key}", response_model=SettingRow, **allow(KEEPERS, shown.TEAM))
async def put_team(key: Key, body: TeamInput, conn: Conn, web: TheWeb, who: Who) -> Json:
    """Add a team, or change it."""
    return Json(await _put(conn, web, who, ("team", key), body))


@router.delete("/teams/{key}", response_model=CountOut, **allow(KEEPERS, shown.COUNT))
async def remove_team(key: Key, conn: Conn, web: TheWeb, who: Who) -> Json:
    """Take a team away."""
    return Json(await _remove(conn, web, who, ("team", key)))


@router.get(
    "/inhibitions", response_model=Items[SettingRow], **allow(READERS, examples.items(shown.INHIBITION))
)
async def list_inhibitions(conn: Conn) -> Json:
    """Which alarms mute which others."""
    return Json(Items(await delivery_settings.listing(conn, "inhibition")))


@router.put("/inhibitions/{key}", response_model=SettingRow, **allow(KEEPERS, shown.INHIBITION))
async def put_inhibition(key: Key, body: InhibitionInput, conn: Conn, web: TheWeb, who: Who) -> Json:
    """Add an inhibition, or change it."""
    return Json(await _put(conn, web, who, ("inhibition", key), body))


@router.delete("/inhibitions/{key}", response_model=CountOut, **allow(KEEPERS, shown.COUNT))
async def remove_inhibition(key: Key, conn: Conn, web: TheWeb, who: Who) -> Json:
    """Take an inhibition away."""
    return Json(await _remove(conn, web, who, ("inhibition", key)))


@router.get("/preference", response_model=SettingRow, **allow(EVERYONE, shown.PREFERENCE))
async def show_preference(conn: Conn, me: Me) -> Json:
    """What I want to be told by which way, and when not."""
    row = await delivery_settings.one(conn, "preference", me.login)
    return Json(row or SettingRow("preference", me.login, PreferenceInput().model_dump(), 0, me.login))


@router.put("/preference", response_model=SettingRow, **allow(EVERYONE, shown.PREFERENCE))
async def put_preference(body: PreferenceInput, conn: Conn, web: TheWeb, who: Who) -> Json:
    """Say what I want to be told by which way, and when not."""
    return Json(await _put(conn, web, who, ("preference", who.login), body))


@router.get("/notifications/network", response_model=SettingRow, **allow(ADMINS, shown.NETWORK))
async def show_network(conn: Conn) -> Json:
    """What webhooks and chats may reach inside, beside all that is public."""
    row = await delivery_settings.one(conn, "network", "allowed")
    return Json(row or SettingRow("network", "allowed", {"entries": []}, 0, "lineshaft"))


@router.put("/notifications/network", response_model=SettingRow, **allow(ADMINS, shown.NETWORK))
async def put_network(body: NetworkInput, conn: Conn, web: TheWeb, who: Who) -> Json:
    """Allow hosts inside: CIDR ranges, and names such as `*.plant.local`."""
    for entry in body.entries:
        if not _is_entry(entry):
            raise HTTPException(422, f"entries: {entry!r} is neither a range nor a name")
    return Json(await _put(conn, web, who, ("network", "allowed"), body))


@router.get("/contacts", response_model=Items[ContactRow], **allow(READERS, examples.items(shown.CONTACT)))
async def list_contacts(conn: Conn, me: Me) -> Json:
    """Where messages can go: all for who sets that, else my own. Nothing secret is shown."""
    owner = None if me.role in (*KEEPERS, "auditor") else me.login
    return Json(Items(await contacts.listing(conn, owner)))


@router.put("/contacts/{key}", response_model=ContactOut, **allow(READERS, shown.CONTACT_OUT))
async def put_contact(key: Key, body: ContactInput, conn: Conn, web: TheWeb, me: Me, who: Who) -> Json:  # noqa: PLR0913, PLR0917 - what the framework hands over
    """Add a contact or change it: everybody an own e-mail address, an administrator everything."""
    before = await contacts.one(conn, key)
    if me.role != "admin" and not _is_own(body, before, me):
        raise HTTPException(403, "only an administrator may do this; your own e-mail address you may")
    address, secret = await _address(conn, web, key, body)
    shown_as = targets.shown(body.channel, address["address" if body.channel == "email" else "url"])
    sealed = Sealed(
        key, body.channel, body.owner, body.name, body.language, _seal(web).close(address), shown_as
    )
    deed = audit.Deed(
        by=who.login, peer=who.peer, action="contact.put", object=key,
        before={"shown": before.shown} if before else None,
        after={"channel": body.channel, "owner": body.owner, "name": body.name, "shown": shown_as},
    )  # fmt: skip
    await audit.append(conn, deed, web.clock())
    await contacts.put(conn, sealed, who.login, web.clock())
    return Json(ContactOut(key, shown_as, secret))


@router.delete("/contacts/{key}", response_model=CountOut, **allow(READERS, shown.COUNT))
async def remove_contact(key: Key, conn: Conn, web: TheWeb, me: Me, who: Who) -> Json:
    """Take a contact away, and its secrets with it."""
    before = found(await contacts.one(conn, key), "contact")
    if me.role != "admin" and before.owner != me.login:
        raise HTTPException(403, "it is somebody else's")
    deed = audit.Deed(by=who.login, peer=who.peer, action="contact.remove", object=key)
    await audit.append(conn, deed, web.clock())
    await contacts.remove(conn, key, who.login, web.clock())
    return Json(CountOut(1))


async def _put(
    conn: AsyncConnection, web: Web, who: Actor, name: tuple[str, str], body: BaseModel | dict[str, Any]
) -> SettingRow | None:
    kind, key = name
    document = body.model_dump() if isinstance(body, BaseModel) else body
    before = await delivery_settings.one(conn, kind, key)
    deed = audit.Deed(
        by=who.login, peer=who.peer, action=f"{kind}.put", object=key,
        before=before.document if before else None, after=document,
    )  # fmt: skip
    await audit.append(conn, deed, web.clock())
    return await delivery_settings.put(conn, kind, key, document, who.login, web.clock())


async def _remove(conn: AsyncConnection, web: Web, who: Actor, name: tuple[str, str]) -> CountOut:
    kind, key = name
    before = found(await delivery_settings.one(conn, kind, key), kind)
    deed = audit.Deed(
        by=who.login, peer=who.peer, action=f"{kind}.remove", object=key, before=before.document
    )
    await audit.append(conn, deed, web.clock())
    await delivery_settings.remove(conn, kind, key)
    return CountOut(1)


async def _address(
    conn: AsyncConnection, web: Web, key: str, body: ContactInput
) -> tuple[dict[str, str], str | None]:
    """What is to be sealed, and the webhook's secret where it is new."""
    sealed = await contacts.sealed_of(conn, key)
    try:
        kept = _seal(web).open(sealed) if sealed else {}
    except sealing.SealError:
        kept = {}  # it cannot be used as it is; whoever changes it mends it
    name = "address" if body.channel == "email" else "url"
    given = body.address or kept.get(name, "")
    wrong = targets.problem(body.channel, given)
    if wrong:
        raise HTTPException(422, f"address: {wrong}")
    if body.channel != "webhook":
        return {name: given}, None
    if kept.get("secret") and not body.rotate:
        return {name: given, **{one: kept[one] for one in ("secret", "secret_before") if one in kept}}, None
    secret = f"whsec_{base64.b64encode(secrets.token_bytes(32)).decode()}"
    before = {"secret_before": kept["secret"]} if kept.get("secret") else {}
    return {name: given, "secret": secret, **before}, secret


def _is_own(body: ContactInput, before: ContactRow | None, me: Principal) -> bool:
    return body.channel == "email" and body.owner == me.login and (before is None or before.owner == me.login)


def _seal(web: Web) -> sealing.Seal:
    try:
        return sealing.find(
            {sealing.VARIABLE: web.settings.secret_key, "LINESHAFT_DATA_DIR": web.settings.data_dir}
        )
    except SettingsError as error:
        raise HTTPException(
            409, "there is no key to seal addresses with: set LINESHAFT_SECRET_KEY"
        ) from error


def _is_entry(entry: str) -> bool:
    if "/" not in entry:
        return bool(entry) and all(letter.isalnum() or letter in "-._*:" for letter in entry)
    try:
        ipaddress.ip_network(entry, strict=False)
    except ValueError:
        return False
    return True

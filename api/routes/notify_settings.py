"""Who is told of what, when and by which way: policies, rotas, teams, inhibitions, wishes and contacts."""

import base64
import secrets
from collections.abc import Awaitable, Callable
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
    PersonOut,
    PolicyInput,
    PreferenceInput,
    ReceiverInput,
    RotaInput,
    TeamInput,
)
from api.web import Web
from lineshaft import sealing
from lineshaft.domain.delivery import targets
from lineshaft.settings import SettingsError
from lineshaft.store import audit, contacts, delivery_settings, people
from lineshaft.store.contacts import ContactRow, Sealed
from lineshaft.store.database import AsyncConnection
from lineshaft.store.delivery_settings import SettingRow
from lineshaft.store.rows import Items
from lineshaft.store.sessions import Principal

router = APIRouter(tags=["notifications"])

ADMINS = ("admin",)
Key = Annotated[str, Path(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.@-]{0,63}$")]


LISTED = {
    "policies": ("policy", shown.SETTING, "Who is told of which alarms, in which groups and at what pace."),
    "rotas": ("rota", shown.ROTA, "Who takes turns on call."),
    "teams": ("team", shown.TEAM, "People under one name."),
    "inhibitions": ("inhibition", shown.INHIBITION, "Which alarms mute which others."),
}
"""Path → kind of document, an example of one, and what they say."""


def _lister(kind: str) -> Callable[..., Awaitable[Json]]:
    async def list_them(conn: Conn) -> Json:
        return Json(Items(await delivery_settings.listing(conn, kind)))

    return list_them


def _remover(kind: str) -> Callable[..., Awaitable[Json]]:
    async def remove_one(key: Key, conn: Conn, web: TheWeb, who: Who) -> Json:
        before = found(await delivery_settings.one(conn, kind, key), kind)
        await audit.append(conn, who.deed(f"{kind}.remove", key, before=before.document), web.clock())
        await delivery_settings.remove(conn, kind, key)
        return Json(CountOut(1))

    return remove_one


for _path, (_kind, _example, _what) in LISTED.items():
    router.get(
        f"/{_path}",
        name=f"list_{_path}",
        description=_what,
        response_model=Items[SettingRow],
        **allow(READERS, examples.items(_example)),
    )(_lister(_kind))
    router.delete(
        f"/{_path}/{{key}}",
        name=f"remove_{_kind}",
        description="Take it away; the audit keeps what it said.",
        response_model=CountOut,
        **allow(KEEPERS, shown.COUNT),
    )(_remover(_kind))


@router.put("/policies/{key}", response_model=SettingRow, **allow(KEEPERS, shown.SETTING))
async def put_policy(key: Key, body: PolicyInput, conn: Conn, web: TheWeb, who: Who) -> Json:
    """Add a policy, or change it."""
    for n, receiver in enumerate(body.to):
        await _check(conn, f"to.{n}.key", receiver)
    for n, step in enumerate(body.escalation):
        for m, receiver in enumerate(step.to):
            await _check(conn, f"escalation.{n}.to.{m}.key", receiver)
    return Json(await _put(conn, web, who, ("policy", key), body))


@router.put("/rotas/{key}", response_model=SettingRow, **allow(KEEPERS, shown.ROTA))
async def put_rota(key: Key, body: RotaInput, conn: Conn, web: TheWeb, who: Who) -> Json:
    """Add a rota, or change it."""
    known = {one.login for one in await people.every(conn) if one.disabled is None}
    for n, layer in enumerate(body.layers):
        _check_people(f"layers.{n}.people", layer.people, known)
    for n, override in enumerate(body.overrides):
        _check_people(f"overrides.{n}.person", [override.person], known)
        if override.to_ms <= override.from_ms:
            raise HTTPException(422, f"overrides.{n}.to_ms: expected after from_ms")
    return Json(await _put(conn, web, who, ("rota", key), body.document()))


@router.put("/teams/{key}", response_model=SettingRow, **allow(KEEPERS, shown.TEAM))
async def put_team(key: Key, body: TeamInput, conn: Conn, web: TheWeb, who: Who) -> Json:
    """Add a team, or change it."""
    known = {one.login for one in await people.every(conn) if one.disabled is None}
    _check_people("people", body.people, known)
    return Json(await _put(conn, web, who, ("team", key), body))


@router.put("/inhibitions/{key}", response_model=SettingRow, **allow(KEEPERS, shown.INHIBITION))
async def put_inhibition(key: Key, body: InhibitionInput, conn: Conn, web: TheWeb, who: Who) -> Json:
    """Add an inhibition, or change it."""
    return Json(await _put(conn, web, who, ("inhibition", key), body))


@router.get(
    "/people", response_model=Items[PersonOut], **allow((*KEEPERS, "auditor"), examples.items(shown.PERSON))
)
async def list_people(conn: Conn) -> Json:
    """Who may log in, to choose who is told."""
    return Json(
        Items([
            PersonOut(one.login, one.name, one.role)
            for one in await people.every(conn)
            if one.disabled is None
        ])
    )  # fmt: skip


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
        if not targets.is_entry(entry):
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
    deed = who.deed(
        "contact.put",
        key,
        before={"shown": before.shown} if before else None,
        after={"channel": body.channel, "owner": body.owner, "name": body.name, "shown": shown_as},
    )
    await audit.append(conn, deed, web.clock())
    await contacts.put(conn, sealed, who.login, web.clock())
    return Json(ContactOut(key, shown_as, secret))


@router.delete("/contacts/{key}", response_model=CountOut, **allow(READERS, shown.COUNT))
async def remove_contact(key: Key, conn: Conn, web: TheWeb, me: Me, who: Who) -> Json:
    """Take a contact away, and its secrets with it."""
    before = found(await contacts.one(conn, key), "contact")
    if me.role != "admin" and before.owner != me.login:
        raise HTTPException(403, "it is somebody else's")
    await audit.append(conn, who.deed("contact.remove", key), web.clock())
    await contacts.remove(conn, key, who.login, web.clock())
    return Json(CountOut(1))


def _check_people(where: str, logins: list[str], known: set[str]) -> None:
    """Refuse a login that nobody has: who is on call by a slip of the pen is called by nobody.

    Raises:
        HTTPException: 422.
    """
    for login in logins:
        if login not in known:
            raise HTTPException(422, f"{where}: nobody may log in as {login!r}")


async def _check(conn: AsyncConnection, where: str, receiver: ReceiverInput) -> None:
    """Refuse a receiver that there is not.

    Raises:
        HTTPException: 422.
    """
    key, is_there = receiver.key, True
    match receiver.kind:
        case "role":
            is_there = key in people.ROLES
        case "person":
            person = await people.find(conn, key)
            is_there = person is not None and person.disabled is None
        case "contact":
            contact = await contacts.one(conn, key)
            is_there = contact is not None and contact.owner is None
        case "team" | "rota":
            is_there = await delivery_settings.one(conn, receiver.kind, key) is not None
    if not is_there:
        raise HTTPException(422, f"{where}: there is no {receiver.kind} {key!r}")


async def _put(
    conn: AsyncConnection, web: Web, who: Actor, name: tuple[str, str], body: BaseModel | dict[str, Any]
) -> SettingRow | None:
    kind, key = name
    document = body.model_dump() if isinstance(body, BaseModel) else body
    before = await delivery_settings.one(conn, kind, key)
    deed = who.deed(f"{kind}.put", key, before=before.document if before else None, after=document)
    await audit.append(conn, deed, web.clock())
    return await delivery_settings.put(conn, kind, key, document, who.login, web.clock())


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

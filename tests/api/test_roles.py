"""Every route by every kind of person, made from the OpenAPI document: a route without roles fails here."""

import re

import httpx
import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute, iter_route_contexts

from api.deps import Allowed
from api.gate import OPEN
from fix_api import ALARM, ROLES, As

pytestmark = pytest.mark.database

FILLED = {
    "alarm_id": ALARM,
    "device_id": "1",
    "key": "pump-101",
    "epc": "30AA",
    "letter_id": "1",
    "label_id": "1",
    "model_id": "1",
    "silence_id": "1",
    "shipment_id": "SH-1",
    "file_key": "0" * 64,
    "carrier": "hangyun",
    "order_id": ALARM,
    "request_id": ALARM,
    "plan_id": ALARM,
    "file_id": ALARM,
    "link_id": ALARM,
    "n": "0",
    "note_id": "1",
    "number": "INV-1",
    "rule_id": "vibration",
    "part": "seal-45",
    "team": "mechanics",
    "lane": "hz-sh",
}
LIVES_ON = "/api/live/sse"
"""Has no end of its own; the others answer."""


def operations(app: FastAPI) -> list[tuple[str, str, set[str]]]:
    return [
        (method.upper(), path, set(of.get("x-roles", ())))
        for path, methods in app.openapi()["paths"].items()
        for method, of in methods.items()
    ]


def filled(path: str) -> str:
    return re.sub(r"{(\w+)}", lambda found: FILLED[found[1]], path)


async def call(client: httpx.AsyncClient, method: str, path: str) -> int:
    return (await client.request(method, filled(path))).status_code


def test_every_route_says_who_may_use_it(app: FastAPI) -> None:
    silent = [f"{method} {path}" for method, path, roles in operations(app) if not roles]
    assert silent == []


def test_what_a_route_says_is_what_it_checks(app: FastAPI) -> None:
    said = {path: roles for _, path, roles in operations(app) if roles != {"anonymous"}}
    for one in iter_route_contexts(app.routes):
        if one.path in said and isinstance(one.route, APIRoute):
            checks = [dep.dependency for dep in one.route.dependencies]
            [allowed] = [check for check in checks if isinstance(check, Allowed)]
            wanted = one.route.openapi_extra or {}
            assert allowed.roles == set(wanted["x-roles"])


def test_only_the_open_routes_are_for_anybody(app: FastAPI) -> None:
    anybody = {(method, path) for method, path, roles in operations(app) if roles == {"anonymous"}}
    assert anybody < OPEN


async def test_a_stranger_gets_nowhere(app: FastAPI, anonymous: httpx.AsyncClient) -> None:
    for method, path, roles in operations(app):
        status = await call(anonymous, method, path)
        if roles == {"anonymous"}:
            assert status != 401 or path == "/api/v1/login", path
        else:
            assert status == 401, f"{method} {path}"


@pytest.mark.parametrize("role", ROLES)
async def test_a_role_gets_what_it_may_and_no_more(app: FastAPI, logged_in: As, role: str) -> None:
    client = await logged_in(role)
    for method, path, roles in operations(app):
        if "anonymous" in roles or path in {LIVES_ON, "/api/v1/logout"}:
            continue
        status = await call(client, method, path)
        if role in roles:
            assert status not in {401, 403, 500}, f"{method} {path}: {status}"
        else:
            assert status == 403, f"{method} {path}: {status}"

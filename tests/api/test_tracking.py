"""Tracking links: one shipment and nothing else, and no way to tell a dead link from one that never was."""

from collections.abc import AsyncIterator
from dataclasses import replace
from uuid import UUID

import httpx
import pytest
from fastapi import FastAPI

from api.settings import ApiSettings
from dashboard import tracking
from fix_api import PASSWORD, client_of, running
from fix_clock import FakeClock
from lineshaft import sealing
from lineshaft.domain.tracking import token_of

pytestmark = pytest.mark.database

KEY = "k" * 40
ORDER = {
    "id": "SH-secret-1",
    "reference": "PO-4711",
    "customer": "Harbour Foods",
    "carrier": "hangyun",
    "driver": "Wang",
    "orders": ["SO-9"],
    "stops": [
        {"id": "gate-3", "name": "Gate 3, Wang's yard", "lat": 30.3, "lon": 120.2, "kind": "pickup"},
        {"id": "dock-9", "name": "Dock 9", "lat": 31.0, "lon": 125.0, "to_ms": 1_795_310_800_000},
    ],
    "cargo": [{"sscc": "376104250021234569", "epc": "30AA"}],
    "limits": [{"signal": "temperature", "high": 8}],
}


@pytest.fixture
async def site(settings: ApiSettings, clock: FakeClock) -> AsyncIterator[FastAPI]:
    """The application with a key to sign with, and the page."""
    async with running(replace(settings, secret_key=KEY), clock) as app:
        yield app


@pytest.fixture
async def planner(site: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    async with client_of(site) as client:
        await client.post("/api/v1/login", json={"login": "planner", "password": PASSWORD})
        await client.put("/api/v1/carriers/hangyun", json={"name": "Hangyun"})
        assert (await client.post("/api/v1/shipments", json=ORDER)).status_code == 201
        yield client


@pytest.fixture
async def customer(site: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    async with client_of(site) as client:
        yield client


LINKS = "/api/v1/shipments/SH-secret-1/tracking-links"


async def test_a_link_shows_its_shipment_and_nothing_else(
    planner: httpx.AsyncClient, customer: httpx.AsyncClient
) -> None:
    made = (await planner.post(LINKS, json={"days": 2})).json()
    answer = await customer.get(made["path"].replace("/t/", "/api/v1/tracking/"))
    assert answer.status_code == 200
    assert answer.headers["x-robots-tag"] == "noindex, nofollow"
    assert answer.headers["cache-control"] == "no-store"
    said = answer.json()
    assert set(said) == {"reference", "state", "eta", "arrived", "updated", "now", "zone", "stops"}
    assert [set(stop) for stop in said["stops"]] == [{"name", "kind", "promised", "arrived"}] * 2
    hidden = ("SH-secret", "hangyun", "Wang", "SO-9", "gate", "Dock", "30AA", "3761", "temperature", "30.3")
    for secret in hidden:
        assert secret not in answer.text
    assert (await customer.get("/api/v1/shipments/SH-secret-1")).status_code == 401


async def test_what_opens_nothing_answers_alike(
    planner: httpx.AsyncClient, customer: httpx.AsyncClient, clock: FakeClock
) -> None:
    revoked, over = [(await planner.post(LINKS, json={"days": 1})).json() for _ in range(2)]
    assert (await planner.delete(f"{LINKS}/{revoked['id']}")).status_code == 204
    assert [one["id"] for one in (await planner.get(LINKS)).json()["items"]] == [over["id"]]
    foreign = token_of(UUID(over["id"]), b"another installation's key, say!")
    never = token_of(UUID(int=5), sealing.signing_keys({sealing.VARIABLE: KEY}, "tracking links")[0])
    flipped = over["path"].removeprefix("/t/")[:-1] + ("A" if over["path"][-1] != "A" else "B")
    clock.advance_s(86_401)
    tokens = [one["path"].removeprefix("/t/") for one in (revoked, over)] + [foreign, never, flipped, "x"]
    said = set()
    for token in tokens:
        answer = await customer.get(f"/api/v1/tracking/{token}")
        body = answer.json()["error"]
        said.add((answer.status_code, body["code"], body["message"]))
    assert said == {(404, "not_found", "no such link")}


async def test_a_link_cannot_be_made_of_two_nor_opened_by_a_shipments_or_a_links_name(
    planner: httpx.AsyncClient, customer: httpx.AsyncClient
) -> None:
    assert (await planner.post("/api/v1/shipments", json={**ORDER, "id": "SH-other"})).status_code == 201
    other = LINKS.replace("SH-secret-1", "SH-other")
    one, two = [(await planner.post(path, json={"days": 1})).json() for path in (LINKS, other)]
    mine, theirs = (link["path"].removeprefix("/t/") for link in (one, two))
    mixed = [mine[:cut] + theirs[cut:] for cut in (20, 22, 24, len(mine) - 8)]
    for token in [*mixed, "SH-other", one["id"], mine + "A", mine[:-2], mine.swapcase()]:
        answer = await customer.get(f"/api/v1/tracking/{token}")
        assert answer.status_code == 404, token
    assert (await planner.delete(f"{other}/{one['id']}")).status_code == 404
    assert (await customer.get(f"/api/v1/tracking/{mine}")).status_code == 200


async def test_who_asks_too_often_has_to_wait(customer: httpx.AsyncClient) -> None:
    answers = [await customer.get("/api/v1/tracking/x") for _ in range(61)]
    assert [one.status_code for one in answers[-2:]] == [404, 429]
    assert int(answers[-1].headers["retry-after"]) >= 1


def test_the_page_is_a_page_in_both_languages_without_a_script() -> None:
    now = 1_795_300_000_000
    away = {"name": {"en": "Hangzhou", "zh": "杭州"}, "kind": "pickup", "promised": None, "arrived": now}
    told = {
        "reference": "<PO>",
        "state": "underway",
        "eta": {"p10": now, "p50": now + 1, "p90": now + 2},
        "arrived": None,
        "updated": now - 300_000,
        "now": now,
        "zone": "Asia/Shanghai",
        "stops": [away, {"name": None, "kind": "delivery", "promised": now, "arrived": None}],
    }
    english, chinese = tracking.page("en", told), tracking.page("zh-CN", told)
    assert "Last position: 5 min ago" in english
    assert "Hangzhou" in english
    assert "杭州" in chinese
    assert "&lt;PO&gt;" in english
    assert "<script" not in english + chinese
    assert "no current position" in tracking.page("en", told | {"eta": None})

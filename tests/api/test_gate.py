"""Who gets through the door, and what everything that goes out of it carries."""

from collections.abc import AsyncIterator

import httpx
import pytest
from fastapi import FastAPI, Request, Response

from api.gate import local_path
from api.settings import ApiSettings
from fix_api import ALARM, PASSWORD, As, client_of, running
from fix_clock import FakeClock

pytestmark = pytest.mark.database


async def log_in(client: httpx.AsyncClient, login: str, password: str) -> httpx.Response:
    return await client.post("/api/v1/login", json={"login": login, "password": password})


async def test_a_page_leads_to_the_login_and_back(anonymous: httpx.AsyncClient) -> None:
    answer = await anonymous.get("/alarms?state=all&q=a b")
    assert answer.status_code == 303
    assert answer.headers["location"] == "/login?next=/alarms%3Fstate%3Dall%26q%3Da%2520b"


@pytest.mark.parametrize("path", ["/api/v1/me", "/api/typo", "/_dash-layout", "/_dash-update-component"])
async def test_a_program_is_told_401(anonymous: httpx.AsyncClient, path: str) -> None:
    answer = await anonymous.get(path)
    assert answer.status_code == 401
    assert answer.json()["error"]["code"] == "unauthenticated"


async def test_health_and_figures_need_no_session(anonymous: httpx.AsyncClient) -> None:
    assert (await anonymous.get("/livez")).json()["ok"] is True
    assert (await anonymous.get("/readyz")).json() == {
        "ok": True,
        "checks": {"database": None, "books": None},
    }
    figures = (await anonymous.get("/metrics")).text
    assert 'lineshaft_alarms_active{priority="2"} 1.0' in figures
    assert "lineshaft_build_info{version=" in figures
    assert (
        'lineshaft_http_request_duration_seconds_count{method="GET",route="/livez",status="200"}' in figures
    )


async def test_the_cookie_is_for_this_site_and_for_no_script(anonymous: httpx.AsyncClient) -> None:
    cookie = (await log_in(anonymous, "viewer", PASSWORD)).headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    assert "Path=/" in cookie


async def test_with_tls_the_cookie_is_bound_to_the_host(settings: ApiSettings, clock: FakeClock) -> None:
    strict = ApiSettings(settings.database_url, tls=True)
    async with running(strict, clock) as app, client_of(app) as client:
        answer = await log_in(client, "viewer", PASSWORD)
    assert answer.headers["set-cookie"].startswith("__Host-lineshaft_session=")
    assert "Secure" in answer.headers["set-cookie"]
    assert "max-age" in answer.headers["strict-transport-security"]


async def test_a_wrong_password_and_an_unknown_login_look_the_same(anonymous: httpx.AsyncClient) -> None:
    wrong, unknown, odd = [
        await log_in(anonymous, login, "not the password")
        for login in ("viewer", "nobody", "No\x00body'; --")
    ]
    assert [one.status_code for one in (wrong, unknown, odd)] == [401, 401, 401]
    assert wrong.json()["error"]["message"] == unknown.json()["error"]["message"]


async def test_an_account_waits_longer_with_each_failure_and_then_may_again(
    anonymous: httpx.AsyncClient, clock: FakeClock
) -> None:
    for _ in range(5):
        assert (await log_in(anonymous, "viewer", "wrong")).status_code == 401
    waiting = await log_in(anonymous, "viewer", PASSWORD)
    assert (waiting.status_code, waiting.headers["retry-after"]) == (429, "60")
    clock.advance_s(61)
    assert (await log_in(anonymous, "viewer", "wrong")).status_code == 401
    waiting = await log_in(anonymous, "viewer", PASSWORD)
    assert (waiting.status_code, waiting.headers["retry-after"]) == (429, "120")
    assert (await log_in(anonymous, "operator", PASSWORD)).status_code == 204
    clock.advance_s(121)
    assert (await log_in(anonymous, "viewer", PASSWORD)).status_code == 204


async def test_logging_out_ends_the_session_on_the_server(app: FastAPI, logged_in: As) -> None:
    client = await logged_in("viewer")
    cookies = dict(client.cookies)
    assert (await client.post("/api/v1/logout")).status_code == 204
    async with client_of(app) as thief:
        thief.cookies.update(cookies)
        assert (await thief.get("/api/v1/me")).status_code == 401


async def test_logging_in_again_ends_the_session_before(app: FastAPI, logged_in: As) -> None:
    client = await logged_in("viewer")
    cookies = dict(client.cookies)
    assert (await log_in(client, "viewer", PASSWORD)).status_code == 204
    assert (await client.get("/api/v1/me")).status_code == 200
    async with client_of(app) as thief:
        thief.cookies.update(cookies)
        assert (await thief.get("/api/v1/me")).status_code == 401


@pytest.mark.parametrize(("away_s", "status"), [(29 * 60, 200), (31 * 60, 401)])
async def test_a_session_nobody_uses_is_over(
    logged_in: As, clock: FakeClock, away_s: int, status: int
) -> None:
    client = await logged_in("viewer")
    clock.advance_s(away_s)
    assert (await client.get("/api/v1/me")).status_code == status


async def test_a_session_is_over_after_twelve_hours_however_used(logged_in: As, clock: FakeClock) -> None:
    client = await logged_in("viewer")
    for _ in range(12 * 4 - 1):
        clock.advance_s(15 * 60)
        assert (await client.get("/api/v1/me")).status_code == 200
    clock.advance_s(15 * 60)
    assert (await client.get("/api/v1/me")).status_code == 401


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"origin": "https://evil.example"}, 403),
        ({"origin": "null"}, 403),
        ({"sec-fetch-site": "cross-site"}, 403),
        ({"origin": "http://plant.test"}, 200),
        ({}, 200),
    ],
)
async def test_another_sites_page_changes_nothing(
    logged_in: As, headers: dict[str, str], status: int
) -> None:
    client = await logged_in("operator")
    answer = await client.post(f"/api/v1/alarms/{ALARM}/ack", json={}, headers=headers)
    assert answer.status_code == status


async def test_a_configured_origin_may(settings: ApiSettings, clock: FakeClock) -> None:
    proxied = ApiSettings(settings.database_url, origins=("https://plant.example",))
    async with running(proxied, clock) as app, client_of(app) as client:
        body = {"login": "viewer", "password": PASSWORD}
        headers = {"origin": "https://plant.example"}
        assert (await client.post("/api/v1/login", json=body, headers=headers)).status_code == 204


async def test_a_body_is_small_and_says_so(anonymous: httpx.AsyncClient) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        yield b"{}"

    large = await anonymous.post("/api/v1/login", content=b"x" * (1024 * 1024 + 1))
    endless = await anonymous.post("/api/v1/login", content=pieces())
    assert (large.status_code, endless.status_code) == (413, 413)


async def test_every_answer_carries_the_security_headers(anonymous: httpx.AsyncClient) -> None:
    for path in ("/livez", "/", "/api/typo"):
        headers = (await anonymous.get(path)).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert "frame-ancestors 'none'" in headers["content-security-policy"]
        assert "script-src 'self';" in headers["content-security-policy"]


@pytest.mark.parametrize(
    "wanted",
    ["//evil.example", "/\\evil.example", "https://evil.example", "javascript:alert(1)", "", None, "/\nx"],
)
def test_only_a_path_of_this_site_is_gone_to(wanted: str | None) -> None:
    assert local_path(wanted) == "/"


async def test_a_fault_is_told_by_its_id_alone(app: FastAPI, logged_in: As) -> None:
    client = await logged_in("viewer")

    async def fail(_: Request) -> Response:
        raise RuntimeError("the secret inner thing")

    app.router.add_route("/boom", fail)
    answer = await client.get("/boom")
    assert answer.status_code == 500
    assert "secret" not in answer.text
    assert answer.json()["error"]["id"]

"""The API on a real database with one of each thing in it, called in process or through a real server."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from datetime import timedelta
from threading import Thread

import httpx
import psycopg
import pytest
import uvicorn
from fastapi import FastAPI

from api.app import create, seal
from api.settings import ApiSettings
from fix_clock import FakeClock
from lineshaft import passwords
from lineshaft.clock import Clock, system_clock, to_datetime
from lineshaft.domain.plant import Plant
from lineshaft.runtime import ports
from lineshaft.store import people, plants
from lineshaft.store.database import connect_async
from waiting import wait_until

PASSWORD = "a good password"
ALARM = "0f0e6c3c-55a1-5a57-9f0e-2f6f6f3f1d11"
ROLES = people.ROLES

As = Callable[[str], Awaitable[httpx.AsyncClient]]
"""Role → a client that is logged in as someone with it."""


@pytest.fixture
def seeded_url(database_url: str, plant: Plant, clock: FakeClock) -> str:
    """A database with the small plant, a person of each role, and something measured of everything."""
    asyncio.run(_describe(database_url, plant, clock()))
    with psycopg.connect(database_url, options="-c search_path=lineshaft,public") as conn:
        _measure(conn, clock())
    return database_url


@pytest.fixture
def settings(seeded_url: str) -> ApiSettings:
    return ApiSettings(seeded_url, database_role="lineshaft_web")


@pytest.fixture
async def app(settings: ApiSettings, clock: FakeClock) -> AsyncIterator[FastAPI]:
    """The sealed application, started."""
    async with running(settings, clock) as app:
        yield app


@contextlib.asynccontextmanager
async def running(settings: ApiSettings, clock: Clock) -> AsyncIterator[FastAPI]:
    app = create(settings, clock)
    seal(app)
    async with app.router.lifespan_context(app):
        yield app


@pytest.fixture
async def anonymous(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    async with client_of(app) as client:
        yield client


@pytest.fixture
async def logged_in(app: FastAPI) -> AsyncIterator[As]:
    async with contextlib.AsyncExitStack() as stack:

        async def log_in(role: str) -> httpx.AsyncClient:
            client = await stack.enter_async_context(client_of(app))
            answer = await client.post("/api/v1/login", json={"login": role, "password": PASSWORD})
            assert answer.status_code == 204, answer.text
            return client

        yield log_in


def client_of(app: FastAPI) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(app, raise_app_exceptions=False, client=("10.1.2.3", 4711))
    return httpx.AsyncClient(transport=transport, base_url="http://plant.test")


@pytest.fixture
def server(seeded_url: str) -> Iterator[str]:
    """A real server with the real clock; its address, `127.0.0.1:port`."""
    app = create(ApiSettings(seeded_url, database_role="lineshaft_web"), system_clock)
    seal(app)
    with served(app) as address:
        yield address


@contextlib.contextmanager
def served(app: FastAPI) -> Iterator[str]:
    port = ports.choose(["web"])["web"]
    config = uvicorn.Config(app, port=port, log_config=None, ws_per_message_deflate=False)
    server = uvicorn.Server(config)
    thread = Thread(target=server.run)
    thread.start()
    try:
        wait_until(lambda: server.started, "the server listens")
        yield f"127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join(15)


def log_in_at(address: str, role: str = "operator") -> str:
    """The session cookie of a person, from a real server."""
    answer = httpx.post(f"http://{address}/api/v1/login", json={"login": role, "password": PASSWORD})
    assert answer.status_code == 204, answer.text
    return f"lineshaft_session={answer.cookies['lineshaft_session']}"


async def _describe(url: str, plant: Plant, now_us: int) -> None:
    hashed = passwords.hashed(PASSWORD)
    async with await connect_async(url) as conn:
        for role in ROLES:
            await people.add(conn, people.Person(role, role.title(), role, hashed, "en", None), now_us)
        await plants.apply(conn, plant, "test", now_us)


def _measure(conn: psycopg.Connection[tuple[object, ...]], now_us: int) -> None:
    now = to_datetime(now_us)
    device = {name: key for key, name in conn.execute("SELECT device_id, device FROM device").fetchall()}
    conn.execute(
        "INSERT INTO device (site, agent, device, first_seen, last_seen, state)"
        " VALUES ('hangzhou', 'plant-1', 'pump-109', %(now)s, %(now)s, '{\"online\": true}')",
        {"now": now},
    )
    conn.execute(
        "INSERT INTO signal (device_id, name, first_seen) SELECT device_id, 'temp', %s FROM device", (now,)
    )
    conn.execute("UPDATE device SET first_seen = %(now)s, last_seen = %(now)s", {"now": now})
    [signal] = conn.execute(
        "SELECT signal_id FROM signal WHERE device_id = %s", (device["pump-101"],)
    ).fetchall()
    conn.execute(
        "INSERT INTO reading (ts, signal_id, quality, value, pos)"
        " SELECT %s - (600 - n) * interval '1 second', %s, 0, CASE n WHEN 300 THEN 99 ELSE 60 + n %% 7 END, 5"
        " FROM generate_series(0, 599) AS n",
        (now, signal[0]),
    )
    conn.execute("INSERT INTO latest_reading VALUES (%s, %s, 61.5, NULL, 0, 5)", (signal[0], now))
    conn.execute(
        "INSERT INTO latest_score VALUES (%s, %s, 0.25, 80.5, 'B', 'RUN', %s,"
        ' \'[{"signal": "vib", "share": 0.6}]\', \'adaptive\', 5)',
        (device["pump-101"], now, now - timedelta(hours=1)),
    )
    conn.execute(
        "UPDATE latest_score SET probability = 0.02, anomaly = true, mode = 'RUN', basis = 'own',"
        " p_fail_24h = 0.03, rul_p10_s = 400000, rul_p50_s = 700000, rul_p90_s = 1500000,"
        ' diagnosis = \'[{"mode": "bearing", "likelihood": 0.7, "evidence":'
        ' [{"signal": "vib", "change": "up", "size": 6.1}]}]\', advice = \'bearing\','
        ' sensor_faults = \'[{"signal": "flow", "fault": "frozen", "since": 1}]\','
        ' evidence_from = ts, models = \'{"state": "ensemble-1"}\''
    )
    conn.execute(
        "INSERT INTO score VALUES (%s, %s, 0.25, 80.5, 'B', '[]', 'adaptive', 5)",
        (now - timedelta(seconds=5), device["pump-101"]),
    )
    conn.execute(
        "INSERT INTO latest_fix VALUES (%s, %s, 30.5, 120.5, 20.0, 45.0, 5.0, 'MOVING', %s, 1000, 5)",
        (device["truck-01"], now, now),
    )
    conn.execute(
        "INSERT INTO fix VALUES (%s, %s, 30.5, 120.5, 20.0, 45.0, 5.0, 0, 5)",
        (now - timedelta(seconds=5), device["truck-01"]),
    )
    conn.execute(
        "INSERT INTO item (epc, zone, since, last_seen, present, pos)"
        " VALUES ('30AA', 'dock-1', %(now)s, %(now)s, true, 5)",
        {"now": now},
    )
    conn.execute("INSERT INTO move VALUES (5, 0, %s, '30AA', 'store-1', 'dock-1')", (now,))
    conn.execute(
        "INSERT INTO shipment VALUES ('SH-1', 'truck-01', 'hz-sh', 'order 1', 'Acme', 'underway',"
        " %(now)s, %(now)s, %(now)s, NULL, %(now)s, 5)",
        {"now": now},
    )
    conn.execute(
        "INSERT INTO latest_eta VALUES ('SH-1', %(now)s, %(now)s, %(late)s, %(late)s, 5000, 20, 'pace', 5)",
        {"now": now, "late": now + timedelta(minutes=30)},
    )
    conn.execute(
        "INSERT INTO alarm (alarm_id, source, site, rule, priority, state, raised, updated, value, threshold,"
        " message, arguments, raised_pos, pos) VALUES (%s, 'pump-101', 'hangzhou', 'threshold:temp', 2,"
        " 'unacknowledged', %s, %s, 78, 75, 'alarm.high', '{\"signal\": \"temp\"}', 5, 5)",
        (ALARM, now, now),
    )
    conn.execute(
        "INSERT INTO dead_letter (received, stage, topic, code, detail, length, sha256, body, version)"
        " VALUES (%s, 'flow', 'lineshaft/v1/a/b/c/m', 'json', 'not JSON', 3, '\\x00', 'abc', '0')",
        (now,),
    )
    conn.execute(
        "INSERT INTO sink_position SELECT 'shard', n, 5, %(now)s FROM generate_series(0, 15) AS n"
        " UNION ALL SELECT 'plant', 0, 5, %(now)s",
        {"now": now},
    )
    conn.execute("UPDATE journal_head SET pos = 5, control = 5")
    conn.commit()

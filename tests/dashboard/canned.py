"""A small server of rows made up here, for looking at the screens alone: `python tests/dashboard/canned.py PORT`.

It speaks the API's shapes and the live protocol, keeps no books and has no database. It is never shipped; the
tests of the whole journey (tests/e2e) use the real one.
"""

import asyncio
import math
import sys
import time
from typing import Any

import uvicorn
from fastapi import FastAPI, Request, WebSocket
from fastapi.responses import JSONResponse, RedirectResponse

from dashboard.app import build
from lineshaft.clock import system_clock

Row = dict[str, Any]
STATES = ["RUN", "RUN", "RUN", "IDLE", "RUN", "SETUP", "RUN", "RUN", "MAINT", "RUN", "RUN", "DOWN"]
KINDS = ["pump", "motor", "press", "conveyor"]
BORN = int(time.time() * 1000)


def now() -> int:
    return int(time.time() * 1000)


def machine(n: int) -> Row:
    state: str | None = STATES[n % 12]
    silent = n == 17
    if n == 22:
        state = None
    alarm = {1: 1, 11: 2, 14: 3, 20: 4}.get(n)
    return {
        "key": f"{KINDS[n // 6]}-{n % 6 + 1}",
        "name": {"en": f"{KINDS[n // 6].title()} {n % 6 + 1}", "zh": f"{'泵电压输'[n // 6]}机 {n % 6 + 1}"},
        "kind": KINDS[n // 6],
        "site": "hangzhou",
        "area": "machining",
        "line": f"line-{n // 6 + 1}",
        "state": "OFFLINE" if silent else state,
        "state_since": BORN - 60_000 * (n + 1) ** 2,
        "health": None if state is None else 98 - 3 * n % 40 - (45 if alarm == 1 else 0),
        "score": None if state is None else round(0.1 + 0.03 * math.sin(now() / 5000 + n), 3),
        "zone": "ABC"[n % 3],
        "ts": None if state is None else now() - (260_000 if silent else 400),
        "every_ms": 1000,
        "alarms": {"priority": alarm, "count": 1 if alarm else 0},
    }


SIGNALS = [
    ("state", {"en": "State", "zh": "状态"}, "", "state", 0, None, None, None, None),
    (
        "temp",
        {"en": "Bearing temperature", "zh": "轴承温度"},
        "Cel",
        "temperature",
        1,
        None,
        None,
        75.0,
        85.0,
    ),
    ("vib", {"en": "Vibration", "zh": "振动"}, "mm/s", "vibration", 2, None, None, 4.5, 7.2),
    ("current", {"en": "Current", "zh": "电流"}, "A", "current", 2, None, None, 48.0, 55.0),
    ("pressure", {"en": "Pressure", "zh": "压力"}, "bar", "pressure", 2, 2.0, 2.8, 7.5, 8.5),
    ("flow", {"en": "Flow", "zh": "流量"}, "L/min", "flow", 1, None, 60.0, None, None),
]
BASE = {"temp": 62.0, "vib": 4.2, "current": 40.0, "pressure": 5.0, "flow": 90.0}


def value(name: str, ts: int) -> float:
    wave = math.sin(ts / 60_000) + 0.3 * math.sin(ts / 7000)
    return round(BASE[name] * (1 + 0.08 * wave), 3)


def detail(key: str) -> Row:
    row = next(row for n in range(24) if (row := machine(n))["key"] == key)
    at = now() - 300
    names = ("name", "label", "unit", "quantity", "decimals", "low_low", "low", "high", "high_high")
    signals = []
    for one in SIGNALS:
        signal = dict(zip(names, one, strict=True)) | {"every_ms": 1000, "ts": at, "quality": 0}
        text = one[0] == "state"
        signals.append(
            signal | {"value": None if text else value(one[0], at), "text": row["state"] if text else None}
        )
    shares = [
        {"signal": "vib", "share": 0.61},
        {"signal": "temp", "share": 0.27},
        {"signal": "flow", "share": 0.12},
    ]
    return row | {"contributors": shares, "model": "adaptive-1", "signals": signals}


ACKED: dict[str, str] = {}


def alarm(n: int, source: str, rule: str, priority: int, message: str, **arguments: Any) -> Row:
    given = next((machine(m)["name"] for m in range(24) if machine(m)["key"] == source), source)
    return {
        "id": f"a{n}",
        "source": source,
        "source_name": given,
        "site": "hangzhou",
        "rule": rule,
        "priority": priority,
        "state": "acknowledged" if f"a{n}" in ACKED else ["unacknowledged", "returned"][n == 4],
        "raised": BORN - n * 400_000,
        "updated": BORN,
        "cleared": None,
        "acked": None,
        "acked_by": "admin" if f"a{n}" in ACKED else None,
        "comment": ACKED.get(f"a{n}"),
        "value": arguments.get("value"),
        "threshold": arguments.get("threshold"),
        "message": message,
        "arguments": arguments,
        "count": n,
    }


def alarms() -> list[Row]:
    return [
        alarm(
            1,
            "pump-2",
            "threshold:temp",
            1,
            "alarm.high",
            signal="temp",
            value=87.3,
            threshold=85.0,
            unit="Cel",
        ),
        alarm(
            2,
            "motor-6",
            "threshold:vib",
            2,
            "alarm.high",
            signal="vib",
            value=7.9,
            threshold=7.1,
            unit="mm/s",
        ),
        alarm(3, "press-3", "anomaly", 3, "alarm.anomaly", contributors=[{"signal": "vib", "share": 0.6}]),
        alarm(4, "conveyor-3", "stale:load", 4, "alarm.stale", signal="load", threshold=10.0, unit="s"),
        alarm(5, "truck-04", "late:SH-4", 3, "alarm.late", reference="PO 4711-4", value=42.0, unit="min"),
    ]


def vehicle(n: int) -> Row:
    turn = now() / 60_000 + n
    silent = n == 6
    return {
        "key": f"truck-{n:02d}",
        "name": f"Truck {n}",
        "kind": "truck",
        "ts": None if n == 12 else now() - (900_000 if silent else 2000),
        "lat": None if n == 12 else 30.4 + 0.5 * math.sin(turn * 0.05 + n),
        "lon": None if n == 12 else 120.7 + 0.9 * math.cos(turn * 0.05 + n),
        "speed_ms": 18.0,
        "heading_deg": (40.0 * n + turn) % 360,
        "trip_state": "STOPPED" if n % 5 == 0 else "MOVING",
        "state_since": BORN,
        "odometer_m": 1000.0,
        "every_ms": 5000,
        "shipment": None,
    }


def shipment(n: int) -> Row:
    late = {4: 42, 2: 8, 9: 25}.get(n, -6) * 60_000
    planned = BORN + 3_600_000 + n * 600_000
    known = n != 8
    return {
        "id": f"SH-{n}",
        "vehicle": f"truck-{n:02d}",
        "route": "hz-sh",
        "reference": f"PO 4711-{n}",
        "customer": "Acme Automotive Components",
        "state": "arrived" if n == 1 else "underway",
        "planned_departure": BORN - 3_600_000,
        "planned_arrival": planned,
        "departed": BORN - 3_500_000,
        "arrived": BORN - 100_000 if n == 1 else None,
        "eta_p10": planned + late - 600_000 if known else None,
        "eta_p50": planned + late if known else None,
        "eta_p90": planned + late + 900_000 if known else None,
        "eta_ts": now() - 2000,
        "remaining_m": 84_000.0 - n * 1000,
        "late_ms": max(late, 0),
    }


ZONES = [
    ("dock-1", "Dock 1", 200, 187),
    ("dock-2", "Dock 2", 200, 41),
    ("rack-a", "Rack A", 800, 512),
    ("out", "Outbound", None, 12),
]


def zones() -> list[Row]:
    return [
        {
            "key": key,
            "name": {"en": name, "zh": name},
            "area": "warehouse",
            "capacity": most,
            "present": here,
            "last_ts": now() - 4000,
        }
        for key, name, most, here in ZONES
    ]


def moves() -> list[Row]:
    last = (now() - BORN) // 3000
    return [
        {
            "id": f"m{n}",
            "ts": BORN + n * 3000,
            "epc": f"urn:epc:id:sgtin:0614141.107346.{2000 + n}",
            "from_zone": [None, "dock-1", "rack-a"][n % 3],
            "to_zone": ["dock-1", "rack-a", "out"][n % 3],
        }
        for n in range(max(0, last - 50), last)
    ]


def service(name: str) -> Row:
    return {
        "service": name,
        "state": "up",
        "seen": now() - 900,
        "started": BORN - 7_200_000,
        "detail": {"pos": 120_400},
    }


def system() -> Row:
    return {
        "services": [service(name) for name in ("ingest", "flow", "plant", "upkeep", "notify", "web")],
        "rates": {"messages_s": 24.1, "readings_in_s": 142.0, "stored_s": 141.0, "rejected_s": 0.0},
        "journal": {"head": 120_412, "shard_pos": 120_410, "plant_pos": 120_400},
        "database": {"flavour": "plain", "bytes": 88_000_000},
        "dead_letters": 3,
        "version": "0.1.0",
    }


def kpi() -> Row:
    return {
        "machines": {"total": 24, "down": 2, "offline": 2, "alarming": 4},
        "alarms": {"1": 1, "2": 1, "3": 2, "4": 1, "unacked": 5 - len(ACKED)},
        "vehicles": {"total": 12, "moving": 9, "silent": 1},
        "shipments": {"underway": 10, "late": 2},
        "items": {"present": 752},
        "readings_s": 140.0 + now() // 1000 % 7,
    }


TREE = [
    {
        "key": "hangzhou",
        "level": "site",
        "kind": "",
        "name": {"en": "Hangzhou works", "zh": "杭州工厂"},
        "children": [
            {
                "key": "machining",
                "level": "area",
                "kind": "",
                "name": {"en": "Machining", "zh": "机加工"},
                "children": [
                    {
                        "key": f"line-{n}",
                        "level": "line",
                        "kind": "",
                        "name": {"en": f"Line {n}", "zh": f"产线 {n}"},
                        "children": [],
                    }
                    for n in (1, 2, 3, 4)
                ],
            }
        ],
    }
]
STOPS = [
    ("Hangzhou", 30.27, 120.15),
    ("Shanghai", 31.23, 121.47),
    ("Ningbo", 29.87, 121.55),
    ("Nanjing", 32.06, 118.8),
]
ROUTES = [
    {
        "id": f"r{n}",
        "name": name,
        "stops": [
            {"name": {"en": "Hangzhou", "zh": "杭州"}, "lat": 30.27, "lon": 120.15, "radius_m": 800},
            {"name": name, "lat": lat, "lon": lon, "radius_m": 800},
        ],
        "path": None,
    }
    for n, (name, lat, lon) in enumerate(STOPS[1:])
]
ME = {"login": "admin", "name": "Ada Zhang", "role": "admin", "language": "en"}


def topic(name: str) -> Any:
    if name.startswith("machine:"):
        key, at = name.partition(":")[2], now() - 300
        return detail(key) | {"points": {signal: [[at, value(signal, at)]] for signal in BASE}}
    made: dict[str, Any] = {
        "kpi": kpi,
        "machines": lambda: [machine(n) for n in range(24)],
        "alarms": alarms,
        "system": system,
        "vehicles": lambda: [vehicle(n) for n in range(1, 13)],
        "shipments": lambda: [shipment(n) for n in range(1, 11)],
        "zones": zones,
        "moves": moves,
    }
    return made[name]()


LISTS = {
    "machines": "machines",
    "alarms": "alarms",
    "vehicles": "vehicles",
    "shipments": "shipments",
    "zones": "zones",
    "moves": "moves",
}


def add_reads(app: FastAPI) -> None:
    @app.get("/api/v1/{path:path}")
    async def read(path: str, request: Request) -> Any:
        query = request.query_params
        if request.cookies.get("lineshaft_session") != "canned":
            return JSONResponse({"error": {"code": "unauthorized", "message": "log in"}}, 401)
        if path in LISTS:
            return {"items": topic(LISTS[path])}
        ones: dict[str, Any] = {
            "me": ME,
            "system": system(),
            "assets": {"items": TREE},
            "routes": {"items": ROUTES},
            "plant": {
                "version": 1,
                "sites": [{"id": "hangzhou", "name": "Hangzhou works", "timezone": "Asia/Shanghai"}],
            },
            "items": {
                "items": [
                    {
                        "epc": f"urn:epc:id:sgtin:0614141.107346.{2000 + n}",
                        "zone": "dock-1",
                        "since": BORN,
                        "last_seen": now() - 9000,
                        "present": n != 2,
                    }
                    for n in range(6)
                ]
            },
            "accounting": {
                "balanced": True,
                "messages": {
                    "received": 120_500,
                    "journaled": 120_412,
                    "duplicate": 60,
                    "ahead": 28,
                    "refused": 0,
                },
                "readings": {
                    "decoded": 700_300,
                    "stored": 700_200,
                    "duplicate_same": 90,
                    "duplicate_conflict": 2,
                    "rejected": 8,
                    "dropped": 0,
                },
                "in_flight": {"messages": 4, "positions": 2},
                "gaps": [],
                "agents": [],
            },
            "devices": {
                "items": [
                    {
                        "id": 9,
                        "site": "hangzhou",
                        "agent": "plant-1",
                        "device": "new-press",
                        "asset": None,
                        "first_seen": BORN,
                        "last_seen": now() - 800,
                        "signals": ["temp", "vib"],
                        "online": True,
                        "report": {},
                    },
                    {
                        "id": 1,
                        "site": "hangzhou",
                        "agent": "plant-1",
                        "device": "pump-1",
                        "asset": "pump-1",
                        "first_seen": BORN,
                        "last_seen": now() - 800,
                        "signals": ["temp", "vib", "flow"],
                        "online": True,
                        "report": {},
                    },
                ]
            },
            "dead-letters": {
                "items": [
                    {
                        "id": 3,
                        "received": BORN - 5000,
                        "stage": "flow",
                        "topic": "lineshaft/v1/hangzhou/plant-1/m/pump-1",
                        "device": "pump-1",
                        "code": "bad_utf8",
                        "detail": "byte 0xff at 12",
                        "readings": None,
                        "length": 80,
                        "body_preview": "",
                        "pos": 4,
                    }
                ]
            },
        }
        if path in ones:
            return ones[path]
        parts = path.split("/")
        if parts[0] == "machines":
            return detail(parts[1])
        if parts[-1] == "series":
            low, high = int(query["from_ts"]), int(query["to_ts"])
            ts = list(range(low, high, (high - low) // 600))
            return {
                "from_ts": low,
                "to_ts": high,
                "source": "raw",
                "series": [
                    {"signal": name, "ts": ts, "value": [value(name, at) for at in ts]}
                    for name in query.getlist("signal")
                ],
            }
        if parts[-1] == "trail":
            return {"ts": [1, 2, 3], "lat": [30.2, 30.4, 30.6], "lon": [120.1, 120.5, 120.6]}
        if parts[0] == "items" and parts[1].startswith("urn"):
            return {
                "epc": parts[1],
                "zone": "rack-a",
                "since": BORN,
                "last_seen": now() - 9000,
                "present": True,
                "moves": [
                    {"ts": BORN - 90_000, "from_zone": None, "to_zone": "dock-1"},
                    {"ts": BORN, "from_zone": "dock-1", "to_zone": "rack-a"},
                ],
            }
        return JSONResponse({"error": {"code": "not_found", "message": "not found", "id": "e1"}}, 404)


def add_writes(app: FastAPI) -> None:
    @app.post("/api/v1/login")
    async def login(body: Row) -> JSONResponse:
        if body["password"] != "canned":
            return JSONResponse({"error": {"code": "wrong", "message": "wrong"}}, 401)
        answer = JSONResponse(ME)
        answer.set_cookie("lineshaft_session", "canned")
        return answer

    @app.post("/api/v1/logout")
    async def logout() -> JSONResponse:
        answer = JSONResponse({})
        answer.delete_cookie("lineshaft_session")
        return answer

    @app.put("/api/v1/me/language")
    async def language() -> Row:
        return {}

    @app.post("/api/v1/alarms/{key}/ack")
    async def ack(key: str, body: Row) -> Row:
        ACKED[key] = body["comment"]
        return {"id": key}

    @app.post("/api/v1/devices/{key}/adopt")
    async def adopt(key: str) -> Row:
        return {"id": key}


def add_live(app: FastAPI) -> None:
    epoch = f"e{BORN}"

    async def push(socket: WebSocket, wanted: list[str], fresh: list[str]) -> None:
        seq: dict[str, int] = {}
        while True:
            for name in fresh:
                seq[name] = 1
                await socket.send_json(
                    {
                        "t": "snapshot",
                        "topic": name,
                        "epoch": epoch,
                        "seq": 1,
                        "ts": now(),
                        "data": topic(name),
                    }
                )
            fresh.clear()
            await asyncio.sleep(0.5)
            for name in wanted:
                seq[name] = seq.get(name, 1) + 1
                rows = topic(name)
                rows = rows if isinstance(rows, list) else [rows]
                await socket.send_json(
                    {
                        "t": "delta",
                        "topic": name,
                        "epoch": epoch,
                        "seq": seq[name],
                        "ts": now(),
                        "rows": rows,
                        "gone": [],
                    }
                )

    @app.websocket("/api/live/ws")
    async def live(socket: WebSocket) -> None:
        await socket.accept()
        if socket.cookies.get("lineshaft_session") != "canned":
            await socket.close(4401)
            return
        wanted: list[str] = []
        fresh: list[str] = []
        task = asyncio.create_task(push(socket, wanted, fresh))
        try:
            async for said in socket.iter_json():
                wanted[:] = said.get("topics", [])
                fresh[:] = wanted
        finally:
            task.cancel()


def create() -> FastAPI:
    app = FastAPI()
    add_writes(app)
    add_reads(app)
    add_live(app)
    build(app, system_clock)

    @app.middleware("http")
    async def gate(request: Request, after: Any) -> Any:
        path = request.url.path
        known = request.cookies.get("lineshaft_session") == "canned"
        if known or path.startswith(("/api", "/login", "/assets")):
            return await after(request)
        return RedirectResponse(f"/login?next={path}", 303)

    return app


if __name__ == "__main__":
    uvicorn.run(create(), port=int(sys.argv[1]), log_level="warning")

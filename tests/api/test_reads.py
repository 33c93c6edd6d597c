"""Every read gives what the store has, in the shape the OpenAPI document promises."""

from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute, iter_route_contexts
from pydantic import TypeAdapter

from fix_api import ALARM, As
from fix_clock import FakeClock

pytestmark = pytest.mark.database

READS = {
    "/api/v1/me": "/api/v1/me",
    "/api/v1/assets": "/api/v1/assets",
    "/api/v1/plant": "/api/v1/plant",
    "/api/v1/assets/{key}/series": "/api/v1/assets/pump-101/series?signal=temp",
    "/api/v1/assets/{key}/scores": "/api/v1/assets/pump-101/scores",
    "/api/v1/machines": "/api/v1/machines",
    "/api/v1/machines/{key}": "/api/v1/machines/pump-101",
    "/api/v1/machines/{key}/past": "/api/v1/machines/pump-101/past",
    "/api/v1/machines/{key}/usual": "/api/v1/machines/pump-101/usual",
    "/api/v1/models": "/api/v1/models",
    "/api/v1/labels": "/api/v1/labels",
    "/api/v1/work-orders": "/api/v1/work-orders?state=open&mine=true",
    "/api/v1/work-requests": "/api/v1/work-requests?waiting=true",
    "/api/v1/parts": "/api/v1/parts",
    "/api/v1/parts/{part}/movements": "/api/v1/parts/seal-45/movements",
    "/api/v1/maintenance/plans": "/api/v1/maintenance/plans",
    "/api/v1/maintenance/codes": "/api/v1/maintenance/codes",
    "/api/v1/maintenance/figures": "/api/v1/maintenance/figures?by=line",
    "/api/v1/maintenance/teams": "/api/v1/maintenance/teams",
    "/api/v1/machines/{key}/trust": "/api/v1/machines/pump-101/trust",
    "/api/v1/devices": "/api/v1/devices",
    "/api/v1/alarms": "/api/v1/alarms",
    "/api/v1/alarms/{alarm_id}": f"/api/v1/alarms/{ALARM}",
    "/api/v1/alarms/{alarm_id}/evidence": f"/api/v1/alarms/{ALARM}/evidence",
    "/api/v1/alarms/{alarm_id}/history": f"/api/v1/alarms/{ALARM}/history",
    "/api/v1/zones": "/api/v1/zones",
    "/api/v1/items": "/api/v1/items",
    "/api/v1/items/{epc}": "/api/v1/items/30aa",
    "/api/v1/moves": "/api/v1/moves",
    "/api/v1/vehicles": "/api/v1/vehicles",
    "/api/v1/vehicles/{key}/trail": "/api/v1/vehicles/truck-01/trail",
    "/api/v1/vehicles/{key}/way": "/api/v1/vehicles/truck-01/way",
    "/api/v1/vehicles/{key}/legs": "/api/v1/vehicles/truck-01/legs",
    "/api/v1/vehicles/{key}/words": "/api/v1/vehicles/truck-01/words",
    "/api/v1/fences": "/api/v1/fences",
    "/api/v1/visits": "/api/v1/visits?vehicle=truck-01",
    "/api/v1/routes": "/api/v1/routes",
    "/api/v1/lanes": "/api/v1/lanes",
    "/api/v1/shipments": "/api/v1/shipments",
    "/api/v1/shipments/{shipment_id}": "/api/v1/shipments/SH-1",
    "/api/v1/system": "/api/v1/system",
    "/api/v1/accounting": "/api/v1/accounting",
    "/api/v1/accounting/lanes": "/api/v1/accounting/lanes?site=a",
    "/api/v1/dead-letters": "/api/v1/dead-letters",
    "/api/v1/dead-letters/counts": "/api/v1/dead-letters/counts",
    "/api/v1/dead-letters/{letter_id}": "/api/v1/dead-letters/1",
    "/api/v1/rules": "/api/v1/rules",
    "/api/v1/rules/schema": "/api/v1/rules/schema",
    "/api/v1/alarms/counts": "/api/v1/alarms/counts",
    "/api/v1/alarm-groups": "/api/v1/alarm-groups",
    "/api/v1/alarm-performance": "/api/v1/alarm-performance",
    "/api/v1/notifications": "/api/v1/notifications",
    "/api/v1/notifications/circuits": "/api/v1/notifications/circuits",
    "/api/v1/on-call": "/api/v1/on-call",
    "/api/v1/silences": "/api/v1/silences",
    "/api/v1/inbox": "/api/v1/inbox",
    "/api/v1/policies": "/api/v1/policies",
    "/api/v1/rotas": "/api/v1/rotas",
    "/api/v1/teams": "/api/v1/teams",
    "/api/v1/inhibitions": "/api/v1/inhibitions",
    "/api/v1/preference": "/api/v1/preference",
    "/api/v1/notifications/network": "/api/v1/notifications/network",
    "/api/v1/contacts": "/api/v1/contacts",
    "/api/v1/carriers": "/api/v1/carriers",
    "/api/v1/carriers/scorecards": "/api/v1/carriers/scorecards",
    "/api/v1/eta-accuracy": "/api/v1/eta-accuracy",
    "/api/v1/orders": "/api/v1/orders",
    "/api/v1/at-risk": "/api/v1/at-risk",
    "/api/v1/tariffs": "/api/v1/tariffs",
    "/api/v1/freight-costs": "/api/v1/freight-costs",
    "/api/v1/invoices": "/api/v1/invoices",
    "/api/v1/plans": "/api/v1/plans",
    "/api/v1/alarm-suggestions": "/api/v1/alarm-suggestions?source=pump-101&rule=threshold:temp",
    "/api/v1/people": "/api/v1/people",
    "/api/v1/hand-over-facts": "/api/v1/hand-over-facts?site=hangzhou",
    "/api/v1/hand-over-notes": "/api/v1/hand-over-notes?site=hangzhou&start=1700000000000",
    "/api/v1/machines/{key}/at-risk": "/api/v1/machines/pump-101/at-risk",
    "/api/v1/shipments/{shipment_id}/journey": "/api/v1/shipments/SH-1/journey",
    "/api/v1/carriers/{carrier}/loads": "/api/v1/carriers/hangyun/loads",
    "/api/v1/shipments/{shipment_id}/tracking-links": "/api/v1/shipments/SH-1/tracking-links",
}

ELSEWHERE = {
    "/api/v1/models/{model_id}",
    "/api/v1/work-orders/{order_id}",
    "/api/v1/work-orders/{order_id}/files/{file_id}",
    "/api/v1/rules/{rule_id}",
    "/api/v1/orders/{order_id}",
    "/api/v1/plans/{plan_id}",
    "/api/v1/carriers/{carrier}/invoices/{number}",
    "/api/v1/proof-files/{file_key}",
}
"""Need a trained model, an order, a rule, …: see the tests of these nouns."""


def model_of(app: FastAPI, path: str) -> Any:
    found = [one.route for one in iter_route_contexts(app.routes) if one.path == path]
    [route] = [one for one in found if isinstance(one, APIRoute) and "GET" in one.methods]
    return route.response_model


async def read(logged_in: As, path: str) -> Any:
    answer = await (await logged_in("viewer")).get(path)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_every_read_is_tried_here(app: FastAPI) -> None:
    documented = {path for path, of in app.openapi()["paths"].items() if "get" in of and "/v1/" in path}
    assert documented == set(READS) | ELSEWHERE


@pytest.mark.parametrize("path", READS)
async def test_an_answer_is_of_the_documented_shape(app: FastAPI, logged_in: As, path: str) -> None:
    readers = app.openapi()["paths"][path]["get"]["x-roles"]
    answer = await (await logged_in("viewer" if "viewer" in readers else "admin")).get(READS[path])
    assert answer.status_code == 200, answer.text
    TypeAdapter(model_of(app, path)).validate_json(answer.content, strict=False)


async def test_a_machine_row_says_what_is_known(logged_in: As, clock: FakeClock) -> None:
    pump, motor = (await read(logged_in, "/api/v1/machines"))["items"]
    now_ms = clock() // 1000
    assert pump == {
        "key": "pump-101",
        "name": {"en": "Coolant pump 1", "zh": "Coolant pump 1"},
        "kind": "pump",
        "site": "hangzhou",
        "area": "machining",
        "line": "line-1",
        "state": "RUN",
        "state_since": now_ms - 3_600_000,
        "health": 80.5,
        "score": 0.25,
        "zone": "B",
        "anomaly": True,
        "basis": "own",
        "p_fail_24h": 0.03,
        "p_fail_7d": None,
        "rul_p10_s": 400_000.0,
        "rul_p50_s": 700_000.0,
        "rul_p90_s": 1_500_000.0,
        "failure_mode": "bearing",
        "advice": "bearing",
        "ts": now_ms,
        "every_ms": 1000.0,
        "alarms": {"priority": 2, "count": 1},
    }
    assert (motor["state"], motor["ts"], motor["alarms"]) == (None, None, {"priority": None, "count": 0})


async def test_a_machine_lists_described_and_heard_signals(logged_in: As) -> None:
    machine = await read(logged_in, "/api/v1/machines/pump-101")
    signals = {signal["name"]: signal for signal in machine["signals"]}
    assert signals["temp"]["value"] == 61.5
    assert (signals["temp"]["high"], signals["temp"]["decimals"]) == (75, 1)
    assert signals["flow"]["ts"] is None
    assert machine["contributors"] == [{"signal": "vib", "share": 0.6}]
    assert machine["diagnosis"][0]["evidence"] == [{"signal": "vib", "change": "up", "size": 6.1}]
    assert machine["sensor_faults"] == [{"signal": "flow", "fault": "frozen", "since": 1}]
    assert machine["models"] == {"state": "ensemble-1"}
    assert machine["evidence_from"] == machine["ts"]
    assert machine["timezone"] == "Asia/Shanghai"


async def test_the_tree_is_in_plant_order(logged_in: As) -> None:
    [site] = (await read(logged_in, "/api/v1/assets"))["items"]
    assert site["name"]["zh"] == "杭州工厂"
    assert [child["key"] for child in site["children"]] == ["machining", "warehouse", "truck-01"]
    line = site["children"][0]["children"][0]
    assert [child["key"] for child in line["children"]] == ["pump-101", "motor-102"]


async def test_a_thinned_series_keeps_the_peak(logged_in: As, clock: FakeClock) -> None:
    now_ms = clock() // 1000
    path = f"/api/v1/assets/pump-101/series?signal=temp&from_ts={now_ms - 600_000}&to_ts={now_ms}&points=20"
    found = await read(logged_in, path)
    [trace] = found["series"]
    assert found["source"] == "raw"
    assert len(trace["ts"]) <= 20
    assert trace["ts"] == sorted(trace["ts"])
    peak = trace["value"].index(99.0)
    assert trace["ts"][peak] == now_ms - 300_000
    assert min(trace["value"]) == 60


async def test_a_series_with_room_gives_each_reading(logged_in: As, clock: FakeClock) -> None:
    now_ms = clock() // 1000
    path = f"/api/v1/assets/pump-101/series?signal=temp&signal=none&from_ts={now_ms - 600_000}&to_ts={now_ms}"
    trace, none = (await read(logged_in, path + "&points=2000"))["series"]
    assert len(trace["ts"]) == 600
    assert none == {"signal": "none", "ts": [], "value": []}


@pytest.mark.parametrize("hours", [24, 24 * 30])
async def test_a_long_span_shows_what_is_not_rolled_up_yet(
    logged_in: As, clock: FakeClock, settings: Any, hours: int
) -> None:
    import psycopg  # noqa: PLC0415

    with psycopg.connect(settings.database_url, options="-c search_path=lineshaft,public") as conn:
        conn.execute(
            "INSERT INTO reading_1m SELECT date_trunc('minute', ts), signal_id, count(*), sum(value),"
            " min(value), max(value) FROM reading"
            " WHERE ts < (SELECT date_trunc('minute', max(ts)) FROM reading) GROUP BY 1, 2"
        )
    now_ms = clock() // 1000
    path = f"/api/v1/assets/pump-101/series?signal=temp&from_ts={now_ms - hours * 3_600_000}&to_ts={now_ms}"
    found = await read(logged_in, path)
    assert found["source"] == ("1m" if hours == 24 else "1h")
    assert max(found["series"][0]["value"]) == 99
    if hours == 24:
        assert found["series"][0]["ts"][-1] > now_ms - 300_000


async def test_a_vehicle_carries_its_shipment(logged_in: As) -> None:
    [truck] = (await read(logged_in, "/api/v1/vehicles"))["items"]
    assert truck["shipment"]["id"] == "SH-1"
    assert truck["shipment"]["late_ms"] == 30 * 60_000
    assert (await read(logged_in, "/api/v1/vehicles/truck-01/trail"))["lat"] == [30.5]


async def test_unassigned_devices_are_those_that_were_heard(logged_in: As) -> None:
    [device] = (await read(logged_in, "/api/v1/devices?unassigned=true"))["items"]
    assert (device["device"], device["asset"], device["signals"]) == ("pump-109", None, ["temp"])
    assert device["online"] is True


async def test_items_are_found_by_part_of_their_epc(logged_in: As) -> None:
    assert [one["epc"] for one in (await read(logged_in, "/api/v1/items?q=0a"))["items"]] == ["30AA"]
    assert (await read(logged_in, "/api/v1/items?q=zz"))["items"] == []
    assert (await read(logged_in, "/api/v1/items/30AA"))["moves"][0]["to_zone"] == "dock-1"


async def test_the_system_says_who_is_up(logged_in: As) -> None:
    system = await read(logged_in, "/api/v1/system")
    assert system["journal"] == {"head": 5, "shard_pos": 5, "plant_pos": 5}
    assert system["dead_letters"] == 1
    assert system["database"]["bytes"] > 0


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/api/v1/machines/none", 404),
        ("/api/v1/alarms/not-a-uuid", 422),
        ("/api/v1/items/none", 404),
        ("/api/v1/shipments/none", 404),
        ("/api/v1/assets/pump-101/series", 422),
        ("/api/v1/assets/pump-101/series?signal=temp&points=5000", 422),
        ("/api/v1/assets/pump-101/scores?from_ts=5&to_ts=4", 422),
        ("/api/v1/assets/pump-101/scores?from_ts=0&to_ts=99999999999999999", 422),
        ("/api/v1/alarms?state=some", 422),
        ("/api/v1/items?q=%00", 422),
        ("/api/typo", 404),
        ("/api/v1/machines/%00", 422),
    ],
)
async def test_what_cannot_be_answered_is_an_error_of_our_shape(
    logged_in: As, path: str, status: int
) -> None:
    answer = await (await logged_in("viewer")).get(path)
    assert answer.status_code == status
    error = answer.json()["error"]
    assert set(error) == {"code", "message", "id"}
    assert error["id"]

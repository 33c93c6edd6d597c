"""Requests, parts, plans, trust and figures through the API."""

from typing import Any

import httpx
import psycopg
import pytest

from api.settings import ApiSettings
from fix_api import ALARM, As
from fix_clock import FakeClock
from lineshaft.store import plan_orders
from lineshaft.store.database import connect

pytestmark = pytest.mark.database

PLAN = {"machine": "pump-101", "title": "Grease", "way": "calendar", "every": 1.0, "unit": "week",
        "starts": "2023-11-20", "checks": [{"text": "Lock out"}]}  # fmt: skip


async def post(client: httpx.AsyncClient, path: str, body: object, status: int = 201) -> dict[str, Any]:
    answer = await client.post(f"/api/v1/{path}", json=body)
    assert answer.status_code == status, answer.text
    said: dict[str, Any] = answer.json()
    return said


async def closed(client: httpx.AsyncClient, alarm: str, **found: object) -> dict[str, Any]:
    """An order of an alarm, started and closed."""
    order = (await client.post("/api/v1/work-orders", json={"alarm_id": alarm})).json()
    path = f"/api/v1/work-orders/{order['id']}/steps"
    for version, body in enumerate(({"act": "start"}, {"act": "close", "action": "cleaned", **found}), 1):
        answer = await client.post(path, json=body, headers={"if-match": str(version)})
        assert answer.status_code == 200, answer.text
    after: dict[str, Any] = answer.json()
    return after


async def test_a_request_becomes_an_order_once_or_is_declined_with_a_reason(logged_in: As) -> None:
    operator, supervisor = await logged_in("operator"), await logged_in("supervisor")
    asked = await post(operator, "work-requests", {"machine": "pump-101", "text": "It squeals"})
    other = await post(operator, "work-requests", {"alarm_id": ALARM, "text": "Too hot"})
    path = f"work-requests/{asked['id']}/answer"
    taken = await post(supervisor, path, {"accept": True, "assignee": "maintainer"}, 200)
    assert (taken["state"], taken["order"], taken["order_state"]) == ("accepted", 1, "open")
    await post(supervisor, path, {"accept": True}, 409)
    order = (await operator.get(f"/api/v1/work-orders/{taken['order_id']}")).json()
    assert (order["title"]["en"], order["origin"], order["request"]) == (
        "It squeals",
        "request",
        "It squeals",
    )
    path = f"work-requests/{other['id']}/answer"
    await post(supervisor, path, {"accept": False}, 422)
    assert (await post(supervisor, path, {"accept": False, "answer": "known"}, 200))["state"] == "declined"
    assert (await operator.get("/api/v1/work-requests?waiting=true")).json()["items"] == []
    await post(operator, "work-requests", {"machine": "pump-9", "text": "x"}, 422)
    await post(operator, path, {"accept": True}, 403)


async def test_stock_is_what_its_movements_add_up_to_and_a_shortage_shows(logged_in: As) -> None:
    client = await logged_in("maintainer")
    seal = {"name": "Shaft seal", "minimum": 2.0, "unit_cost": 42.0}
    assert (await client.put("/api/v1/parts/seal-45", json=seal)).json()["short"] == 2.0
    await post(client, "parts/seal-45/movements", {"what": "receive", "amount": 5.0})
    order = await post(client, "work-orders", {"machine": "pump-101", "title": "Seal leaks"})
    path = f"work-orders/{order['id']}/parts"
    kept = await post(client, path, {"part": "seal-45", "what": "reserve", "amount": 4.0})
    assert kept["parts"][0] | {"name": ""} == {
        "part": "seal-45", "name": "", "unit": "", "location": "", "used": 0.0, "reserved": 4.0,
        "on_hand": 5.0, "cost": 0.0,
    }  # fmt: skip
    [part] = (await client.get("/api/v1/parts?short=true")).json()["items"]
    assert (part["on_hand"], part["reserved"], part["short"]) == (5.0, 4.0, 1.0)
    used = await post(client, path, {"part": "seal-45", "amount": 3.0})
    assert (used["parts"][0]["reserved"], used["cost"]["parts"]) == (1.0, 126.0)
    await post(client, path, {"part": "seal-45", "amount": 9.0}, 409)
    done = await client.post(
        f"/api/v1/work-orders/{order['id']}/steps",
        json={"act": "close", "verdict": "true", "action": "replaced"},
        headers={"if-match": "1"},
    )
    assert (done.json()["parts"][0]["used"], done.json()["parts"][0]["reserved"]) == (3.0, 0.0)
    moves = (await client.get("/api/v1/parts/seal-45/movements")).json()["items"]
    assert sorted(row["what"] for row in moves) == ["receive", "release", "reserve", "use"]
    counted = {"what": "count", "amount": 1.0}
    await post(client, "parts/seal-45/movements", counted, 422)  # the books say 2: not without a reason
    assert (await post(client, "parts/seal-45/movements", {"what": "count", "amount": 2.0}))["on_hand"] == 2.0
    counted["note"] = "one was rusty"
    assert (await post(client, "parts/seal-45/movements", counted))["on_hand"] == 1.0


async def test_a_plan_makes_its_order_once_as_it_comes_due(
    logged_in: As, settings: ApiSettings, clock: FakeClock
) -> None:
    client = await logged_in("supervisor")
    plan = await post(client, "maintenance/plans", PLAN)
    assert plan["next"][0] == 1_700_438_400_000  # 20 November 2023, 08:00 in Shanghai
    with connect(settings.database_url, role="lineshaft_upkeep") as conn:
        assert plan_orders.make_due(conn, clock()) == 0
        six_days = clock() + 6 * 86_400_000_000
        assert [plan_orders.make_due(conn, six_days) for _ in range(2)] == [1, 0]
    [order] = (await client.get("/api/v1/work-orders")).json()["items"]
    assert (order["kind"], order["origin"], order["due"], order["checks"]) == (
        "preventive", "plan", plan["next"][0], 1,
    )  # fmt: skip
    stop = await client.put(f"/api/v1/maintenance/plans/{plan['id']}", json=PLAN | {"active": False})
    assert stop.status_code == 428
    path = f"/api/v1/maintenance/plans/{plan['id']}"
    stopped = await client.put(path, json=PLAN | {"active": False}, headers={"if-match": "1"})
    assert (stopped.json()["active"], stopped.json()["unfinished"]) == (False, 1)
    assert (await client.put(path, json=PLAN, headers={"if-match": "1"})).status_code == 412


async def change(client: httpx.AsyncClient, plan: dict[str, Any], **said: object) -> dict[str, Any]:
    body = PLAN | said
    headers = {"if-match": str(plan["version"])}
    answer = await client.put(f"/api/v1/maintenance/plans/{plan['id']}", json=body, headers=headers)
    assert answer.status_code == 200, answer.text
    after: dict[str, Any] = answer.json()
    return after


async def test_a_plan_of_another_rhythm_makes_orders_that_those_before_do_not_hide(
    logged_in: As, settings: ApiSettings, clock: FakeClock
) -> None:
    client = await logged_in("supervisor")
    plan = await post(client, "maintenance/plans", PLAN | {"unit": "day", "starts": "2023-11-14"})
    day_us = 86_400_000_000
    with connect(settings.database_url, role="lineshaft_upkeep") as conn:
        for n in range(1, 4):
            assert plan_orders.make_due(conn, clock() + n * day_us) == 1
            conn.execute("RESET ROLE")
            conn.execute("UPDATE work_order SET state = 'done', finished = now()")
            conn.commit()
            conn.execute("SET ROLE lineshaft_upkeep")
        clock.advance_s(3 * 86_400)
        client = await logged_in("supervisor")  # that session is over
        await change(client, plan, unit="week", starts="2023-11-14")  # week 1 is no more that of day 1
        assert plan_orders.make_due(conn, clock()) == 0
        assert plan_orders.make_due(conn, clock() + 7 * day_us) == 1


async def test_a_plan_that_goes_on_after_a_stop_does_not_count_what_passed_meanwhile(
    logged_in: As, settings: ApiSettings, clock: FakeClock
) -> None:
    client = await logged_in("supervisor")
    plan = await post(client, "maintenance/plans", PLAN | {"starts": "2023-11-14", "active": False})
    clock.advance_s(40 * 86_400)
    client = await logged_in("supervisor")  # that session is over
    await change(client, plan, starts="2023-11-14")
    with connect(settings.database_url, role="lineshaft_upkeep") as conn:
        assert plan_orders.make_due(conn, clock()) == 0
        assert plan_orders.make_due(conn, clock() + 7 * 86_400_000_000) == 1
        assert conn.execute("SELECT skipped FROM work_order").fetchall() == [(0,)]


@pytest.mark.parametrize("signal", ["current", "count"])
async def test_hours_since_the_last_order_count_on_in_another_rhythm_not_with_another_signal(
    logged_in: As, settings: ApiSettings, signal: str
) -> None:
    client = await logged_in("supervisor")
    meter = {"way": "running", "starts": None, "signal": "current", "every": 500.0}
    plan = await post(client, "maintenance/plans", PLAN | meter)
    with connect(settings.database_url) as conn:
        conn.execute("UPDATE maintenance_plan SET meter_total = 1700, made = 2")
        conn.commit()
    after = await change(client, plan, **meter | {"signal": signal, "every": 250.0})
    assert (after["meter_total"], after["left"]) == ((200.0, 50.0) if signal == "current" else (0.0, 250.0))


async def test_an_alarms_evidence_says_what_may_be_wrong_and_what_to_do(
    logged_in: As, settings: ApiSettings
) -> None:
    client = await logged_in("viewer")
    path = f"/api/v1/alarms/{ALARM}/evidence"
    now = (await client.get(path)).json()
    assert (now["alarm"]["rule"], now["advice"]) == ("threshold:temp", "bearing")
    assert now["score"]["health"] == 80.5
    assert now["score"]["diagnosis"][0]["mode"] == "bearing"
    with psycopg.connect(settings.database_url, options="-c search_path=lineshaft,public") as conn:
        conn.execute(
            "UPDATE alarm SET state = 'normal', cleared = raised - interval '1 hour',"
            " arguments = arguments || %s::jsonb",
            ('{"mode": "cavitation"}',),
        )
    then = (await client.get(path)).json()  # what the machine is thought to be now says nothing of then
    assert (then["score"], then["advice"]) == (None, "check_suction")


@pytest.mark.parametrize(
    "change", [{"machine": "truck-01"}, {"starts": "2023-02-31"}, {"starts": None}, {"way": "counter"},
               {"every": 1.5}, {"team": "nobody"}, {"parts": [{"part": "no such"}]}]
)  # fmt: skip
async def test_a_plan_that_cannot_be_is_refused(logged_in: As, change: dict[str, object]) -> None:
    await post(await logged_in("supervisor"), "maintenance/plans", PLAN | change, 422)


async def test_closing_with_a_code_changes_how_far_the_machines_alarms_are_trusted(
    logged_in: As, settings: ApiSettings
) -> None:
    client = await logged_in("maintainer")
    path = "/api/v1/machines/pump-101/trust"
    together, rule = (await client.get(path)).json()["rules"]
    assert (together["alarms"], together["precision"], rule["rule"]) == (1, None, "threshold:temp")
    await closed(client, ALARM, verdict="true", mode="overheating")
    assert (await client.get(path)).json()["rules"][1] == rule | {
        "confirmed": 1, "waiting": 0, "precision": 1.0, "low": pytest.approx(0.2065, abs=1e-4), "high": 1.0,
    }  # fmt: skip
    with psycopg.connect(settings.database_url, options="-c search_path=lineshaft,public") as conn:
        found = conn.execute(
            "INSERT INTO alarm (alarm_id, source, site, rule, priority, state, raised, updated, cleared,"
            " message, arguments, raised_pos, pos) SELECT gen_random_uuid(), source, site, rule, 3, 'normal',"
            " raised - interval '9 days', updated - interval '9 days', updated - interval '9 days', message,"
            " arguments, 4, 4 FROM alarm RETURNING alarm_id::text"
        ).fetchone()
        conn.execute(  # at the same time as the fault, and of something else
            "INSERT INTO alarm (alarm_id, source, site, rule, priority, state, raised, updated, message,"
            " arguments, raised_pos, pos) SELECT gen_random_uuid(), source, site, 'stale', 3, state, raised,"
            " updated, 'alarm.stale', '{}', 4, 4 FROM alarm WHERE alarm_id = %s",
            (ALARM,),
        )
    assert found
    await closed(client, found[0], verdict="no_fault_found")
    _, after, silent = (await client.get(path)).json()["rules"]
    assert (after["confirmed"], after["refuted"], after["precision"]) == (1, 1, 0.5)
    assert (silent["rule"], silent["confirmed"], silent["waiting"]) == ("stale", 0, 1)


async def test_figures_are_sums_with_their_n_and_the_backlog_is_in_weeks(
    logged_in: As, clock: FakeClock
) -> None:
    client = await logged_in("admin")
    team = {"name": "Mechanics", "members": ["maintainer"], "hours_week": 40.0, "rate_hour": 100.0}
    await client.put("/api/v1/maintenance/teams/mechanics", json=team)
    await client.put("/api/v1/maintenance/terms", json={"currency": "EUR", "rate_hour": 60.0})
    order = await post(client, "work-orders", {"alarm_id": ALARM, "team": "mechanics", "estimate_h": 2.0})
    waiting = {"machine": "motor-102", "title": "Belt", "estimate_h": 20.0, "team": "mechanics"}
    await post(client, "work-orders", waiting)
    await post(client, f"work-orders/{order['id']}/times", {"minutes": 30.0})
    clock.advance_s(600)
    await closed(client, ALARM, verdict="true", mode="bearing", down_min=5.0)
    span = f"from_ts={clock() // 1000 - 7_200_000}&to_ts={clock() // 1000 + 1}"
    figures = (await client.get(f"/api/v1/maintenance/figures?by=machine&{span}")).json()
    pump, motor = figures["rows"]
    assert (pump["tally"]["failures"], motor["tally"]["failures"], figures["plant"]["tally"]["failures"]) == (
        1, 0, 1,
    )  # fmt: skip
    assert pump["tally"]["cost"] == 50.0
    assert pump["tally"]["down_h"] == pytest.approx(5 / 60)
    assert pump["figures"]["mtbf_h"]["n"] == 1
    assert motor["figures"]["mtbf_h"]["value"] is None
    assert (figures["backlog"]["orders"], figures["backlog"]["weeks"], figures["currency"]) == (1, 0.5, "EUR")


async def test_a_machine_that_was_never_heard_was_not_observed(
    logged_in: As, settings: ApiSettings, clock: FakeClock
) -> None:
    with psycopg.connect(settings.database_url, options="-c search_path=lineshaft,public") as conn:
        conn.execute("UPDATE device SET first_seen = NULL, last_seen = NULL WHERE device = 'motor-102'")
        conn.execute("UPDATE device SET first_seen = first_seen - interval '1 hour'")
    span = f"from_ts={clock() // 1000 - 7_200_000}&to_ts={clock() // 1000}"
    client = await logged_in("viewer")
    figures = (await client.get(f"/api/v1/maintenance/figures?by=machine&{span}")).json()
    pump, motor = figures["rows"]
    assert pump["tally"]["observed_h"] == pytest.approx(1.0, abs=0.01)
    assert (motor["tally"]["observed_h"], motor["figures"]["availability"]) == (0.0, None)

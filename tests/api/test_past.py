"""What a machine's page says of the past: like episodes, how often alarms were right, what is usual."""

from datetime import timedelta

import psycopg
import pytest

from api.settings import ApiSettings
from fix_api import As
from fix_clock import FakeClock
from lineshaft.clock import to_datetime

pytestmark = pytest.mark.database


def past(settings: ApiSettings, clock: FakeClock) -> None:
    """Bearing damage at two pumps, once found; an odd day of another kind; a fault without a warning."""
    now = to_datetime(clock())
    with psycopg.connect(settings.database_url, options="-c search_path=lineshaft,public") as conn:
        conn.execute("UPDATE device SET first_seen = %s", (now - timedelta(weeks=2),))
        conn.execute("UPDATE asset SET kind = 'pump' WHERE key = 'motor-102'")
        for n, (machine, mode, signal) in enumerate(
            [
                ("pump-101", "bearing", "vib"),
                ("motor-102", "bearing", "vib"),
                ("pump-101", "leak", "pressure"),
            ]
        ):
            raised = now - timedelta(days=10 + n)
            conn.execute(
                "INSERT INTO alarm (alarm_id, source, site, rule, priority, state, raised, updated, cleared,"
                " message, arguments, raised_pos, pos) VALUES (gen_random_uuid(), %s, 'hangzhou', 'anomaly',"
                " 3, 'normal', %s, %s, %s, 'alarm.anomaly',"
                " jsonb_build_object('mode', %s::text, 'contributors',"
                " jsonb_build_array(jsonb_build_object('signal', %s::text, 'share', 0.9))), 5, 5)",
                (machine, raised, raised, raised + timedelta(hours=3), mode, signal),
            )
        conn.execute(
            "INSERT INTO label (machine, began, ended, mode, verdict, source, reference, by, at) VALUES"
            " ('pump-101', %(found)s, %(found)s, 'bearing', 'true', 'work_order', 'WO-1', 'ann', %(found)s),"
            " ('motor-102', %(lone)s, %(lone)s, 'bearing', 'true', 'person', '', 'ann', %(lone)s)",
            {"found": now - timedelta(days=10) + timedelta(hours=2), "lone": now - timedelta(days=40)},
        )


async def test_the_past_that_is_like_the_present_comes_first_with_what_was_found(
    logged_in: As, settings: ApiSettings, clock: FakeClock
) -> None:
    past(settings, clock)
    said = (await (await logged_in("viewer")).get("/api/v1/machines/pump-101/past")).json()
    assert [(row["machine"], row["mode"], row["verdict"], row["warned"]) for row in said["episodes"]] == [
        ("pump-101", "bearing", "true", True),
        ("motor-102", "bearing", None, True),
        ("motor-102", "bearing", "true", False),
    ]
    assert said["episodes"][0]["reference"] == "WO-1"
    trust = said["trust"]
    assert (trust["alarms"], trust["confirmed"], trust["refuted"]) == (3, 1, 0)
    assert trust["lead_s"] == 7200
    assert trust["precision"] is trust["false_alarms_week"] is None  # one word is not enough


async def test_a_machine_that_is_well_shows_its_own_past_only(
    logged_in: As, settings: ApiSettings, clock: FakeClock
) -> None:
    past(settings, clock)
    with psycopg.connect(settings.database_url, options="-c search_path=lineshaft,public") as conn:
        conn.execute("UPDATE latest_score SET anomaly = false, diagnosis = '[]'")
    said = (await (await logged_in("viewer")).get("/api/v1/machines/pump-101/past")).json()
    assert [(row["machine"], row["mode"]) for row in said["episodes"]] == [
        ("pump-101", "bearing"),
        ("pump-101", "leak"),
    ]


async def test_usual_is_where_a_signal_lay_in_the_present_mode_outside_of_episodes(
    logged_in: As, settings: ApiSettings, clock: FakeClock
) -> None:
    now = to_datetime(clock())
    with psycopg.connect(settings.database_url, options="-c search_path=lineshaft,public") as conn:
        conn.execute("DELETE FROM score")
        conn.execute(
            "INSERT INTO score (ts, device_id, score, health, contributors, model, pos, mode, anomaly)"
            " SELECT date_trunc('minute', %s::timestamptz) - n * interval '1 minute', device_id,"
            " 0, 100, '[]', 'm', 5,  CASE WHEN n > 100 THEN 'IDLE' ELSE 'RUN' END, n < 20"
            " FROM device, generate_series(0, 200) AS n WHERE device = 'pump-101'",
            (now,),
        )
        conn.execute(
            "INSERT INTO reading_1m (bucket, signal_id, n, low, high, total)"
            " SELECT date_trunc('minute', %s::timestamptz) - (n + 1) * interval '1 minute', signal_id, 60,"
            "  CASE WHEN n > 100 THEN 20 WHEN n < 20 THEN 90 ELSE 60 END,"
            "  CASE WHEN n > 100 THEN 21 WHEN n < 20 THEN 99 ELSE 62 END, 3600"
            " FROM signal JOIN device USING (device_id), generate_series(0, 200) AS n"
            " WHERE device = 'pump-101' AND name = 'temp'",
            (now,),
        )
    client = await logged_in("viewer")
    said = (await client.get("/api/v1/machines/pump-101/usual")).json()
    assert said["mode"] == "RUN"
    assert said["signals"] == [{"signal": "temp", "low": 60.0, "high": 62.0, "minutes": 81}]
    assert (await client.get("/api/v1/machines/no-such/usual")).status_code == 404
    assert (await client.get("/api/v1/machines/no-such/past")).status_code == 404

import psycopg
import pytest
from psycopg.types.json import Jsonb

from fix_api import As
from lineshaft.clock import to_datetime

pytestmark = pytest.mark.database

S = 1_000_000
START_US = 1_795_290_000 * S
STOPS = [
    {"id": "works", "lat": 30.3, "lon": 120.2, "kind": "pickup"},
    {"id": "dock", "lat": 30.4, "lon": 120.5, "name": "East dock", "name_zh": "东仓"},
    {"id": "port", "lat": 30.5, "lon": 120.9},
]
REASONS = (
    {"code": "eta.stood", "minutes": 18, "stood_min": 25, "lat": 30.4001, "lon": 120.5001},
    {"code": "eta.stood", "minutes": 12, "stood_min": 12, "lat": -40.0, "lon": 10.0},
    {"code": "eta.rest", "minutes": -45, "rest_min": -45},
    None,
)


def tell(database_url: str) -> None:
    """Arrival times of the load SH-9, each a minute after the one before."""
    with psycopg.connect(database_url) as conn:
        for n, reason in enumerate(REASONS):
            detail = {"stops": [["dock", *[START_US + (30 + n) * 60 * S + off for off in (0, 1000, 2000)]]]}
            values = (
                to_datetime(START_US + n * 60 * S),
                Jsonb(detail | ({"reason": reason} if reason else {})),
            )
            for table in ("eta", "latest_eta"):
                conn.execute(
                    f"INSERT INTO {table} (shipment_id, ts, eta_p10, eta_p50, eta_p90, remaining_m, pace_ms,"  # noqa: S608 - one of two names above
                    " model, pos, detail) VALUES ('SH-9', %(ts)s, %(ts)s, %(ts)s, %(ts)s, 1, 1, 'lane-1', 1,"
                    " %(detail)s)"
                    + (
                        " ON CONFLICT (shipment_id) DO UPDATE SET detail = excluded.detail" * (table != "eta")
                    ),
                    dict(zip(("ts", "detail"), values, strict=True)),
                )


async def test_a_journey_says_why_its_arrival_time_changed_and_when_it_is_at_each_stop(
    logged_in: As, database_url: str
) -> None:
    planner = await logged_in("planner")
    answer = await planner.post("/api/v1/shipments", json={"id": "SH-9", "stops": STOPS})
    assert answer.status_code == 201, answer.text
    tell(database_url)
    journey = (await planner.get("/api/v1/shipments/SH-9/journey")).json()
    told = [(one["code"], one["minutes"], one["for_min"], one["place"]) for one in journey["eta_changes"]]
    assert told == [
        ("eta.rest", -45, -45, None),
        ("eta.stood", 12, 12, None),
        ("eta.stood", 18, 25, {"en": "East dock", "zh": "东仓"}),
    ]
    expected = {(one["stop"], one["kind"]): one["estimated"] for one in journey["milestones"]}
    assert expected["dock", "arrive"] == (START_US + 33 * 60 * S + 1000) // 1000

import psycopg
import pytest

from fix_api import As
from fix_clock import FakeClock
from lineshaft.clock import to_datetime

pytestmark = pytest.mark.database

MINUTE_US = 60_000_000


async def test_accuracy_of_what_arrived_and_politely_nothing_before(
    logged_in: As, seeded_url: str, clock: FakeClock
) -> None:
    operator, now_us = await logged_in("operator"), clock()
    nothing = (await operator.get("/api/v1/eta-accuracy", params={"to_ts": 86_400_000})).json()
    assert (nothing["arrivals"], nothing["whole"], nothing["few"]) == (0, None, True)
    with psycopg.connect(seeded_url, options="-c search_path=lineshaft,public") as conn:
        conn.execute(
            "INSERT INTO shipment (shipment_id, reference, customer, state, route, arrived, updated, pos)"
            " VALUES ('A-1', '', '', 'arrived', 'hz-sh', %s, now(), 1)",
            (to_datetime(now_us - MINUTE_US),),
        )
        told = [to_datetime(now_us + minutes * MINUTE_US) for minutes in (-91, -20, 9, 30)]
        conn.execute(
            "INSERT INTO eta (ts, shipment_id, eta_p10, eta_p50, eta_p90, remaining_m, pace_ms, model, pos)"
            " VALUES (%s, 'A-1', %s, %s, %s, 1, 1, 'lane-1', 1)",
            told,
        )
    found = (await operator.get("/api/v1/eta-accuracy")).json()
    assert (found["arrivals"], found["few"], found["whole"]["mae_min"]) == (1, True, 10.0)
    assert [(one["group"], one["coverage"]) for one in found["by_lane"]] == [("hz-sh", 1.0)]
    assert [one["group"] for one in found["by_actual"]] == ["1-2"]

"""Settings suggested for an alarm that calls too often, from its own readings."""

import asyncio
from typing import Any

import psycopg
import pytest

from api.settings import ApiSettings
from fix_api import As
from fix_clock import FakeClock
from lineshaft.domain.rules import Tuning, from_json
from lineshaft.store.calming import BUILT_IN
from stream.rules.threshold import DELAYS

pytestmark = pytest.mark.database


def test_what_is_tried_begins_from_what_the_flow_does() -> None:
    assert tuple(BUILT_IN) == (DELAYS.on_s, DELAYS.off_s, DELAYS.on_samples)


def write_chatter(url: str, now_us: int) -> None:
    """An hour of temp around its limit of 75: a minute above, a minute well below."""
    with psycopg.connect(url, options="-c search_path=lineshaft,public") as conn:
        conn.execute(
            "INSERT INTO reading (ts, signal_id, value, quality, pos)"
            " SELECT to_timestamp(%s::float8 / 1e6 - n), (SELECT s.signal_id FROM signal s JOIN device d"
            " USING (device_id) JOIN asset a USING (asset_id) WHERE a.key = 'pump-101' AND s.name = 'temp'),"
            " CASE WHEN n %% 60 < 20 THEN 75.6 ELSE 73.0 END, 0, 1 FROM generate_series(7200, 3600, -1) AS n",
            (now_us,),
        )


async def test_an_alarm_that_chatters_is_told_what_would_calm_it(
    logged_in: As, settings: ApiSettings, clock: FakeClock
) -> None:
    await asyncio.to_thread(write_chatter, settings.database_url, clock())
    client = await logged_in("viewer")
    asked: dict[str, Any] = {"from_ts": clock() // 1000 - 8_000_000, "to_ts": clock() // 1000}
    asked |= {"source": "pump-101", "rule": "threshold:temp"}
    answer = await client.get("/api/v1/alarm-suggestions", params=asked)
    assert answer.status_code == 200, answer.text
    [found] = answer.json()["items"]
    assert found["calls_before"] >= 50
    assert found["calls_after"] <= 5
    assert isinstance(from_json(found["document"]), Tuning)
    none = await client.get("/api/v1/alarm-suggestions", params=asked | {"rule": "anomaly"})
    assert none.json() == {"items": []}

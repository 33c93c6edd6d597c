import orjson
import psycopg
import pytest

from lineshaft.clock import to_datetime
from lineshaft.store import eta_accuracy
from lineshaft.store.database import connect_async
from lineshaft.store.readings import Span

pytestmark = pytest.mark.database

MINUTE_US = 60_000_000
START_US = 1_790_000_000 * 1_000_000


def at_us(minute: int) -> int:
    return START_US + minute * MINUTE_US


def arrived(conn: psycopg.Connection, key: str, minute: int, due: int, told: dict[int, int]) -> None:
    """A shipment that arrived; what was told of it: minute → minute of the median, ten wide."""
    stops = [
        {"id": "works"},
        {"id": "mid", "arrived_ms": at_us(30) // 1000},
        {"id": "port", "to_ms": at_us(due) // 1000},
    ]
    conn.execute(
        "INSERT INTO shipment (shipment_id, reference, customer, state, stops, arrived, updated, pos)"
        " VALUES (%s, '', '', 'arrived', %s, %s, now(), 1)",
        (key, orjson.dumps(stops).decode(), to_datetime(at_us(minute))),
    )
    for pos, (when, median) in enumerate(told.items()):
        ends = (to_datetime(at_us(median + off)) for off in (-5, 0, 5))
        mid = {"stops": [["mid", at_us(20), at_us(29), at_us(40)]]} if when < 30 else None
        conn.execute(
            "INSERT INTO eta"
            " (ts, shipment_id, eta_p10, eta_p50, eta_p90, remaining_m, pace_ms, model, pos, detail)"
            " VALUES (%s, %s, %s, %s, %s, 1, 1, 'lane-1', %s, %s)",
            (to_datetime(at_us(when)), key, *ends, pos, mid and orjson.dumps(mid).decode()),
        )


async def test_what_was_told_is_joined_to_ends_and_stops(database_url: str) -> None:
    with psycopg.connect(database_url) as conn:
        arrived(conn, "A", 100, 120, {0: 90, 1: 91, 50: 110, 99: 100, 101: 300})
    async with await connect_async(database_url) as conn:
        rows = await eta_accuracy.told(conn, Span(at_us(0), at_us(200)))
        assert await eta_accuracy.told(conn, Span(at_us(101), at_us(200))) == []
    minutes = [(row.lane, (row.ts * 1000 - START_US) // MINUTE_US) for row in rows]
    # Minute 1 is of the same ten minutes as 0; what was told after the arrival is none.
    assert sorted(minutes) == [
        ("works>port", 0),
        ("works>port", 50),
        ("works>port", 99),
        ("works>port · mid", 0),
    ]
    stop = next(row for row in rows if row.lane.endswith("mid"))
    assert (stop.p50, stop.arrived) == (at_us(29) // 1000, at_us(30) // 1000)


async def test_a_warning_counts_from_when_it_was_not_taken_back(database_url: str) -> None:
    with psycopg.connect(database_url) as conn:
        arrived(conn, "late", 200, 120, {0: 110, 20: 130, 40: 115, 60: 150, 80: 190})
        arrived(conn, "unwarned", 200, 120, {0: 110})
        arrived(conn, "well", 100, 120, {0: 130, 50: 100})
    async with await connect_async(database_url) as conn:
        found = {one.trip: one for one in await eta_accuracy.courses(conn, Span(at_us(0), at_us(300)))}
    minute_ms = 60_000
    assert found["late"].warned_ms == 140 * minute_ms
    assert found["late"].wandered_ms == (20 + 15 + 35 + 40) * minute_ms
    assert (found["unwarned"].late, found["unwarned"].warned_ms) == (True, None)
    assert (found["well"].late, found["well"].warned_ms) == (False, None)

from collections.abc import AsyncIterator

import pytest

from lineshaft.clock import to_datetime
from lineshaft.domain.journeys import arrive, depart, planned
from lineshaft.store import shipments
from lineshaft.store.database import AsyncConnection, connect, connect_async

pytestmark = pytest.mark.database

NOW = 1_763_700_000_000_000
MINUTE = 60_000_000
ORDER = {"id": "SH-1", "vehicle": "truck-01", "route": "hz-sh", "planned_arrival_ms": NOW // 1000}


@pytest.fixture
async def web(database_url: str) -> AsyncIterator[AsyncConnection]:
    conn = await connect_async(database_url, role="lineshaft_web")
    async with conn:
        yield conn


async def test_a_planned_shipment_is_there_at_once_and_in_the_journal(web: AsyncConnection) -> None:
    assert await shipments.plan(web, ORDER, NOW)
    assert not await shipments.plan(web, ORDER, NOW)
    await web.commit()
    rows = await shipments.listing(web, NOW)
    assert [(row.id, row.state, row.planned_arrival, row.late_ms) for row in rows] == [
        ("SH-1", "planned", NOW // 1000, None)
    ]
    cursor = await web.execute("SELECT topic FROM journal")
    assert await cursor.fetchall() == [("_/shipment",)]


async def test_the_expected_arrival_says_how_late_it_will_be(database_url: str, web: AsyncConnection) -> None:
    with connect(database_url) as conn:
        shipments.write(conn, [depart(planned(ORDER, NOW, 1), NOW, 2)])
        eta = to_datetime(NOW + 20 * MINUTE)
        conn.execute(
            "INSERT INTO latest_eta (shipment_id, ts, eta_p10, eta_p50, eta_p90, remaining_m, pace_ms, model,"
            " pos)"
            " VALUES ('SH-1', %s, %s, %s, %s, 5000, 15, 'test', 3)",
            (to_datetime(NOW), eta, eta, eta),
        )
        conn.commit()
    row = await shipments.one(web, "SH-1")
    assert row
    assert (row.state, row.late_ms, row.remaining_m, row.eta_p50) == (
        "underway",
        1_200_000,
        5000,
        (NOW + 20 * MINUTE) // 1000,
    )


async def test_an_arrived_shipment_stays_for_an_hour_with_its_real_delay(
    database_url: str, web: AsyncConnection
) -> None:
    with connect(database_url) as conn:
        shipments.write(conn, [arrive(planned(ORDER, NOW, 1), NOW + 3 * MINUTE, 2)])
        assert shipments.open_ones(conn) == {}
        assert shipments.ended_ids(conn) == {"SH-1"}
        conn.commit()
    assert [row.late_ms for row in await shipments.listing(web, NOW + 50 * MINUTE)] == [180_000]
    assert await shipments.listing(web, NOW + 64 * MINUTE) == []


def test_shipments_come_back_as_they_were_written(database_url: str) -> None:
    shipment = depart(planned(ORDER, NOW, 1), NOW + 5, 2)
    with connect(database_url) as conn:
        shipments.write(conn, [shipment])
        assert shipments.open_ones(conn) == {"SH-1": shipment}

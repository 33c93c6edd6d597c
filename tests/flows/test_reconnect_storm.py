"""A small storm in the ordinary suite; `make storm` has 5,000 devices and the whole system."""

import asyncio
from pathlib import Path

import pytest

from chaos.devices import Fleet
from streaming import rows, running
from waiting import wait_until

pytestmark = [pytest.mark.database, pytest.mark.broker]

DEVICES, EVERY_S = 500, 2.0


async def cut_twice(fleet: Fleet) -> None:
    """All at once, and again in the middle of coming back."""
    await fleet.start()
    await asyncio.sleep(EVERY_S)
    fleet.reset()
    await fleet.until(lambda: fleet.up > fleet.count // 10, 10)
    fleet.reset()
    await fleet.until(lambda: fleet.up == fleet.count, 30)
    fleet.is_speaking = False
    for device in fleet.devices:
        device.nudge()
    await fleet.until(lambda: not fleet.waiting, 30)


async def test_all_devices_come_back_at_once_and_nothing_is_lost_or_doubled(
    database_url: str, own_broker_url: str, tmp_path: Path
) -> None:
    fleet = Fleet(own_broker_url, "storm", DEVICES, EVERY_S)
    with running(database_url, own_broker_url, tmp_path):
        try:
            await cut_twice(fleet)
        finally:
            fleet.close()
        wait_until(
            lambda: (
                rows(database_url, "SELECT sum(readings)::int FROM flow_count WHERE result = 'stored'")
                == [(fleet.issued,)]
            ),
            "all is stored",
        )
    found = rows(
        database_url,
        "SELECT count(*), count(DISTINCT (signal_id, value)), count(DISTINCT signal_id) FROM reading",
    )
    assert found == [(fleet.issued, fleet.issued, DEVICES)]
    assert fleet.issued >= DEVICES
    assert rows(database_url, "SELECT count(*) FROM gap") == [(0,)]

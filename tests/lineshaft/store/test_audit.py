"""The audit is a chain: adding holds it, changing or taking out a row breaks it."""

from collections.abc import AsyncIterator

import pytest

from fix_clock import FakeClock
from lineshaft.store import audit
from lineshaft.store.database import AsyncConnection, connect_async

pytestmark = pytest.mark.database


@pytest.fixture
async def conn(database_url: str, clock: FakeClock) -> AsyncIterator[AsyncConnection]:
    async with await connect_async(database_url) as conn:
        for n in range(4):
            deed = audit.Deed(
                by="ann",
                peer="10.0.0.1",
                action="alarm.ack",
                object=f"alarm-{n}",
                before={"state": "unacknowledged", "value": 1.5},
                after={"state": "acknowledged", "名": "值"},
                reason="seen",
            )
            await audit.append(conn, deed, clock.advance_s(0.123456))
        yield conn


async def test_an_untouched_chain_holds(conn: AsyncConnection) -> None:
    assert await audit.first_broken(conn) is None


async def test_a_changed_row_is_found(conn: AsyncConnection) -> None:
    await conn.execute("UPDATE audit SET by = 'bob' WHERE audit_id = 2")
    assert await audit.first_broken(conn) == 2


async def test_a_missing_row_is_found(conn: AsyncConnection) -> None:
    await conn.execute("DELETE FROM audit WHERE audit_id = 3")
    assert await audit.first_broken(conn) == 4


async def test_a_rolled_back_deed_leaves_no_hole(conn: AsyncConnection, clock: FakeClock) -> None:
    deed = audit.Deed(by="ann", peer="", action="login", object="ann")
    await conn.commit()
    await audit.append(conn, deed, clock())
    await conn.rollback()
    await audit.append(conn, deed, clock())
    assert await audit.first_broken(conn) is None

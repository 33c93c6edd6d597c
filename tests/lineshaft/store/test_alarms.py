from collections.abc import AsyncIterator
from uuid import UUID, uuid4

import psycopg
import pytest

from lineshaft.domain.alarms import Condition, ConditionChange
from lineshaft.domain.plant import Plant
from lineshaft.store import alarm_changes, alarms, plants
from lineshaft.store.database import AsyncConnection, Connection, connect, connect_async

pytestmark = pytest.mark.database

NOW = 1_763_700_000_000_000


@pytest.fixture
async def web(database_url: str) -> AsyncIterator[AsyncConnection]:
    conn = await connect_async(database_url, role="lineshaft_web")
    async with conn:
        yield conn


def raise_alarm(
    conn: Connection, pos: int, source: str = "pump-101", priority: int = 3, **other: object
) -> None:
    condition = Condition(source, "threshold:temp", True, priority, "alarm.high", 91.5, 85.0, dict(other))  # noqa: FBT003 - a field
    alarm_changes.apply(conn, [ConditionChange(condition, "hangzhou", NOW + pos * 1000, pos)])
    conn.commit()


async def test_active_alarms_come_worst_and_newest_first_with_the_names_of_their_source(
    database_url: str, web: AsyncConnection, plant: Plant
) -> None:
    await plants.apply(web, plant, "li", NOW)
    await web.commit()
    with connect(database_url) as conn:
        raise_alarm(conn, 1, signal="temp")
        raise_alarm(conn, 2, "hangzhou/gw/unknown")
        raise_alarm(conn, 3, "motor-102", 2)
    rows = await alarms.listing(web)
    assert [(row.source, row.source_name["en"]) for row in rows] == [
        ("motor-102", "Main motor"),
        ("hangzhou/gw/unknown", "hangzhou/gw/unknown"),
        ("pump-101", "Coolant pump 1"),
    ]
    assert [row.source for row in await alarms.listing(web, "all", source="pump-101")] == ["pump-101"]
    last = rows[-1]
    assert (last.raised, last.value, last.threshold, last.arguments) == (
        NOW // 1000 + 1,
        91.5,
        85.0,
        {"signal": "temp"},
    )
    assert (last.cleared, last.acked, last.count, last.state) == (None, None, 1, "unacknowledged")


async def test_an_acknowledgement_is_written_everywhere_at_once(
    database_url: str, web: AsyncConnection
) -> None:
    with connect(database_url) as conn:
        raise_alarm(conn, 1)
    key = UUID((await alarms.listing(web))[0].id)
    row = await alarms.acknowledge(web, key, "li", "on my way", NOW + 5_000_000)
    await web.commit()
    assert row
    assert (row.state, row.acked_by, row.comment, row.acked) == (
        "acknowledged",
        "li",
        "on my way",
        (NOW + 5_000_000) // 1000,
    )
    history = await alarms.history(web, key)
    assert [(one.event, one.to_state, one.by) for one in history] == [
        ("raise", "unacknowledged", "stream"),
        ("ack", "acknowledged", "li"),
    ]
    cursor = await web.execute("SELECT topic, convert_from(body, 'UTF8')::jsonb->>'seen_pos' FROM journal")
    assert await cursor.fetchall() == [("_/ack", "1")]
    cursor = await web.execute("SELECT body->>'st' FROM notification ORDER BY pos")
    assert [body for (body,) in await cursor.fetchall()] == ["open", "ack"]


async def test_what_is_acknowledged_or_unknown_cannot_be_acknowledged(
    database_url: str, web: AsyncConnection
) -> None:
    with connect(database_url) as conn:
        raise_alarm(conn, 1)
    key = UUID((await alarms.listing(web))[0].id)
    await alarms.acknowledge(web, key, "li", None, NOW)
    await web.commit()
    with pytest.raises(alarms.AlarmNotOpenError, match="is acknowledged"):
        await alarms.acknowledge(web, key, "wu", None, NOW)
    assert await alarms.acknowledge(web, uuid4(), "wu", None, NOW) is None


async def test_counts_by_priority(database_url: str, web: AsyncConnection) -> None:
    with connect(database_url) as conn:
        raise_alarm(conn, 1)
        raise_alarm(conn, 2, "motor-102", 2)
    assert await alarms.counts(web) == alarms.AlarmCounts(0, 1, 1, 0, 2)


def test_the_database_refuses_a_second_active_alarm_of_a_source_and_rule(database_url: str) -> None:
    with connect(database_url) as conn:
        raise_alarm(conn, 1)
        with pytest.raises(psycopg.errors.UniqueViolation):
            conn.execute(
                "INSERT INTO alarm SELECT (jsonb_populate_record(a, jsonb_build_object("
                " 'alarm_id', gen_random_uuid(), 'state', 'returned'))).* FROM alarm AS a"
            )


def test_the_same_change_again_changes_nothing(database_url: str) -> None:
    condition = Condition("pump-101", "zone", True, 3, "alarm.zone")  # noqa: FBT003 - a field
    change = ConditionChange(condition, "hangzhou", NOW, 1)
    with connect(database_url) as conn:
        assert alarm_changes.apply(conn, [change]) == 1
        assert alarm_changes.apply(conn, [change]) == 0
        conn.commit()

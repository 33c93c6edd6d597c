from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest

from lineshaft.domain.alarm_states import Event
from lineshaft.domain.alarms import Condition, ConditionChange
from lineshaft.domain.plant import Plant
from lineshaft.store import alarm_acts, alarm_changes, alarms, plants
from lineshaft.store.alarm_acts import Deed, Done
from lineshaft.store.database import AsyncConnection, Connection, connect, connect_async

pytestmark = pytest.mark.database

NOW = 1_763_700_000_000_000


@pytest.fixture
async def web(database_url: str) -> AsyncIterator[AsyncConnection]:
    conn = await connect_async(database_url, role="lineshaft_web")
    async with conn:
        yield conn


async def do(web: AsyncConnection, key: UUID, event: Event, **more: Any) -> Done:
    deed = Deed(event=event, by="li", at_us=NOW + 5_000_000, **({"comment": None} | more))
    done = await alarm_acts.do(web, [key], deed)
    await web.commit()
    return done


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
    await do(web, key, Event.ACK, comment="on my way")
    row = await alarms.one(web, key)
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
    cursor = await web.execute(
        "SELECT topic, convert_from(body, 'UTF8')::jsonb->'alarms'->0->>'seen_pos' FROM journal"
    )
    assert await cursor.fetchall() == [("_/alarm", "1")]
    cursor = await web.execute("SELECT body->>'st' FROM notification ORDER BY pos")
    assert [body for (body,) in await cursor.fetchall()] == ["open", "ack"]


async def test_what_is_acknowledged_or_unknown_cannot_be_acknowledged(
    database_url: str, web: AsyncConnection
) -> None:
    with connect(database_url) as conn:
        raise_alarm(conn, 1)
    key = UUID((await alarms.listing(web))[0].id)
    await do(web, key, Event.ACK)
    assert (await do(web, key, Event.ACK)).refused == {key: "state"}
    unknown = await do(web, uuid4(), Event.ACK)
    assert (unknown.alarms, unknown.refused) == ([], {})


async def test_counts_by_priority(database_url: str, web: AsyncConnection) -> None:
    with connect(database_url) as conn:
        raise_alarm(conn, 1)
        raise_alarm(conn, 2, "motor-102", 2)
    assert await alarms.counts(web) == alarms.AlarmCounts(0, 1, 1, 0, 2, 0)


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


def names(rows: list[alarms.AlarmRow]) -> list[str]:
    return [row.source for row in rows]


async def test_what_is_put_aside_leaves_the_list_and_stands_in_another(
    database_url: str, web: AsyncConnection
) -> None:
    with connect(database_url) as conn:
        for pos, source in enumerate(("a", "b", "c"), 1):
            raise_alarm(conn, pos, source)
    first, second, _ = [UUID(row.id) for row in reversed(await alarms.listing(web))]
    await do(web, first, Event.SHELVE, comment="noisy", until_us=NOW + 60_000_000)
    await do(web, second, Event.TAKE_OUT, comment="mended today")
    assert names(await alarms.listing(web)) == ["c"]
    assert names(await alarms.listing(web, "shelved")) == ["b", "a"]
    shelved = await alarms.one(web, first)
    assert shelved
    assert shelved.shelved == {
        "until": NOW // 1000 + 60_000,
        "by": "li",
        "why": "noisy",
        "at": NOW // 1000 + 5000,
        "one_shot": False,
    }
    out = await alarms.one(web, second)
    assert out
    assert out.out_of_service
    assert out.out_of_service["why"] == "mended today"
    assert (await alarms.counts(web)).hidden == 2


async def test_all_that_is_open_comes_page_by_page_and_each_once(
    database_url: str, web: AsyncConnection
) -> None:
    with connect(database_url) as conn:
        for pos in range(1, 12):
            raise_alarm(conn, pos, f"m-{pos}", 1 + pos % 3)
    found, cursor, pages = [], None, 0
    while True:
        page = await alarms.page(web, "active", limit=4, cursor=cursor)
        found += page.items
        cursor, pages = page.next, pages + 1
        if cursor is None:
            break
    assert pages == 3
    assert [(row.priority, row.raised) for row in found] == sorted(
        ((row.priority, row.raised) for row in found), key=lambda one: (one[0], -one[1])
    )
    assert len({row.id for row in found}) == 11
    with pytest.raises(alarms.CursorError):
        await alarms.page(web, "active", cursor="2.x.y")


async def test_filters_find_by_place_kind_time_and_words(
    database_url: str, web: AsyncConnection, plant: Plant
) -> None:
    await plants.apply(web, plant, "li", NOW)
    await web.commit()
    with connect(database_url) as conn:
        raise_alarm(conn, 1, signal="temp")
        raise_alarm(conn, 2, "motor-102", 2)

    async def found(**wanted: Any) -> list[str]:
        return names((await alarms.page(web, "all", alarms.Filters(**wanted))).items)

    assert await found(line="line-1") == ["motor-102", "pump-101"]
    assert await found(line="line-9") == []
    assert await found(priority=2) == ["motor-102"]
    assert await found(rule="threshold") == await found(rule="threshold:temp") == ["motor-102", "pump-101"]
    assert await found(rule="thresh") == []
    assert await found(from_us=NOW + 2000) == ["motor-102"]
    assert await found(to_us=NOW + 2000) == ["pump-101"]
    assert await found(text="COOLANT") == ["pump-101"]
    assert await found(state="unacknowledged", site="hangzhou", source="pump-101") == ["pump-101"]

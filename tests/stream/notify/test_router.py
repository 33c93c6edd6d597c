import asyncio
from collections.abc import Iterator
from typing import Any

import pytest

from delivery_rows import SEAL, alarm, put_contact, put_person, put_setting, receiver, webhook_policy
from fix_clock import FakeClock
from lineshaft.clock import system_clock
from lineshaft.domain.alarm_states import Event
from lineshaft.domain.alarms import Act
from lineshaft.domain.plant import Plant
from lineshaft.store import alarm_changes, plants
from lineshaft.store.database import Connection, connect, connect_async
from stream.notify.browser import Browser
from stream.notify.contacts import Book
from stream.notify.router import Router
from stream.notify.webhook import Webhook
from stream.notify.worker import Worker

pytestmark = pytest.mark.database


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock(system_clock())


@pytest.fixture
def conn(database_url: str) -> Iterator[Connection]:
    with connect(database_url) as conn:
        yield conn


@pytest.fixture
def role(database_url: str) -> Iterator[Connection]:
    with connect(database_url, role="lineshaft_notify") as conn:
        yield conn


def book(database_url: str) -> Book:
    return Book(lambda: connect(database_url, role="lineshaft_notify"), lambda: SEAL, lambda: 0)


def outbox(conn: Connection) -> list[tuple[Any, ...]]:
    rows = conn.execute(
        "SELECT channel, target, body->>'kind', (body->>'count')::int, language FROM notification"
        " WHERE channel <> 'mqtt' ORDER BY created, channel, target"
    ).fetchall()
    conn.commit()
    return rows


def routed(role: Connection, clock: FakeClock) -> Router:
    router = Router(clock)
    router.load(role)
    while router.step(role):
        pass
    return router


def again(router: Router, role: Connection) -> None:
    """As `routed`, with what people have set meanwhile."""
    router.looked_us = -(1 << 62)
    while router.step(role):
        pass


def test_an_alarm_reaches_a_webhook_signed_and_in_words(
    database_url: str, conn: Connection, role: Connection, clock: FakeClock, plant: Plant
) -> None:
    async def describe() -> None:
        async with await connect_async(database_url) as web:
            await plants.apply(web, plant, "li", clock())

    asyncio.run(describe())
    with receiver() as sink:
        webhook_policy(conn, sink)
        alarm(conn, 1, clock())
        routed(role, clock)
        hook = Webhook(book(database_url), "https://plant.example", clock=clock)
        assert Worker([hook], clock).deliver_due(role) == 1
    [got] = sink.got
    assert got.data["title"] == "Alarm: Coolant pump 1, Temperature high: 91.5 °C, limit 85 °C"
    assert got.data["link"] == "https://plant.example/machines/pump-101"
    assert "What to do" in got.data["text"]
    assert got.data["alarms"][0]["priority"] == 2
    key = conn.execute("SELECT notification_id::text FROM notification WHERE channel = 'webhook'").fetchone()
    assert key == (got.key,)


def test_a_change_is_told_once_however_often_it_is_said_and_routed(
    conn: Connection, role: Connection, clock: FakeClock
) -> None:
    with receiver() as sink:
        webhook_policy(conn, sink)
    alarm(conn, 1, clock())
    routed(role, clock)
    alarm(conn, 1, clock())
    routed(role, clock)
    assert outbox(conn) == [("webhook", "hook", "firing", 1, "en")]


def test_what_a_crash_interrupts_is_routed_once_afterwards(
    conn: Connection, role: Connection, clock: FakeClock
) -> None:
    with receiver() as sink:
        webhook_policy(conn, sink)
    alarm(conn, 1, clock())
    lost = Router(clock)
    lost.load(role)
    lost.meet(lost.look(role))
    lost.tell()
    lost.keep(role)
    role.rollback()
    assert outbox(conn) == []
    routed(role, clock)
    assert outbox(conn) == [("webhook", "hook", "firing", 1, "en")]


def test_its_end_is_told_after_the_interval_and_then_the_group_is_forgotten(
    conn: Connection, role: Connection, clock: FakeClock
) -> None:
    with receiver() as sink:
        webhook_policy(conn, sink)
    alarm(conn, 1, clock())
    router = routed(role, clock)
    alarm(conn, 2, clock(), active=False)
    again(router, role)
    assert len(outbox(conn)) == 1
    clock.advance_s(61)
    again(router, role)
    assert [row[2] for row in outbox(conn)] == ["firing", "resolved"]
    clock.advance_s(61)
    again(router, role)
    assert conn.execute("SELECT count(*) FROM delivery_group").fetchone() == (0,)


def test_people_are_told_by_role_each_in_their_language_and_by_the_ways_they_chose(
    conn: Connection, role: Connection, clock: FakeClock
) -> None:
    put_person(conn, "li", "supervisor", "zh-CN")
    put_person(conn, "ann", "viewer")
    put_contact(conn, "li-mail", "email", {"address": "li@plant.example"}, "li")
    put_setting(conn, "preference", "li", {"channels": {"browser": 0, "email": 2}})
    alarm(conn, 1, clock())
    router = routed(role, clock)
    clock.advance_s(2)
    again(router, role)
    assert outbox(conn) == [("email", "li-mail", "firing", 1, "zh-CN")]


def test_in_quiet_hours_only_the_critical_comes_and_the_rest_when_they_are_over(
    conn: Connection, role: Connection, clock: FakeClock
) -> None:
    minute = clock() // 60_000_000 % 1440
    quiet = [{"start_min": minute, "end_min": (minute + 10) % 1440}]
    put_person(conn, "li", "supervisor")
    put_contact(conn, "li-mail", "email", {"address": "li@plant.example"}, "li")
    put_setting(conn, "preference", "li", {"quiet": quiet, "channels": {"browser": 0}})
    to = [{"kind": "person", "key": "li"}]
    pace = {"wait_s": 0, "wait_most_s": 0, "interval_s": 60, "group_by": ["source"]}
    put_setting(conn, "policy", "default", {"to": to, **pace})
    alarm(conn, 1, clock(), "pump-101")
    alarm(conn, 2, clock(), "pump-102", priority=1)
    router = routed(role, clock)
    assert len(outbox(conn)) == 1
    clock.advance_s(700)
    again(router, role)
    assert len(outbox(conn)) == 2


def test_when_nobody_acknowledges_the_next_one_is_told_until_somebody_does(
    conn: Connection, role: Connection, clock: FakeClock
) -> None:
    put_person(conn, "boss", "supervisor")
    steps = [{"after_s": after_s, "to": [{"kind": "person", "key": "boss"}]} for after_s in (300, 600)]
    with receiver() as sink:
        webhook_policy(conn, sink, escalation=steps)
    alarm(conn, 1, clock())
    router = routed(role, clock)
    clock.advance_s(299)
    again(router, role)
    assert len(outbox(conn)) == 1
    clock.advance_s(2)
    again(router, role)
    assert outbox(conn)[1:] == [("browser", "boss", "escalated", 1, "en")]
    conn.execute("UPDATE alarm SET state = 'acknowledged'")
    conn.commit()
    clock.advance_s(600)
    again(router, role)
    assert len(outbox(conn)) == 2


def test_what_is_shelved_silenced_or_caused_by_another_is_told_to_nobody(
    conn: Connection, role: Connection, clock: FakeClock
) -> None:
    with receiver() as sink:
        webhook_policy(conn, sink, wait_s=1)
    for n, source in enumerate(("line-1", "pump-101", "pump-102", "pump-103"), 1):
        alarm(conn, n, clock(), source)
    conn.execute("UPDATE alarm SET state = 'shelved' WHERE source = 'pump-102'")
    conn.execute(
        "UPDATE alarm SET cause_id = (SELECT alarm_id FROM alarm WHERE source = 'line-1')"
        " WHERE source = 'pump-101'"
    )
    conn.execute(
        "INSERT INTO silence (matchers, begins, ends, reason, by, created) VALUES"
        " ('{\"source\": [\"*-103\"]}', now() - interval '1 h', now() + interval '1 h', '', 'li', now())"
    )
    conn.commit()
    router = routed(role, clock)
    clock.advance_s(2)
    again(router, role)
    rows = conn.execute("SELECT body->'group'->>'source' FROM notification WHERE channel = 'webhook'")
    assert rows.fetchall() == [("line-1",)]


def test_a_digest_is_one_message(
    database_url: str, conn: Connection, role: Connection, clock: FakeClock
) -> None:
    put_person(conn, "li", "supervisor")
    with receiver() as sink:
        webhook_policy(conn, sink, to=[{"kind": "person", "key": "li"}])
        conn.execute("UPDATE contact SET owner = 'li'")
        put_setting(
            conn, "preference", "li", {"digest_s": 3600, "digest_above": 1, "channels": {"browser": 0}}
        )
        for n in range(1, 4):
            alarm(conn, n, clock(), f"pump-{n}")
        routed(role, clock)
        worker = Worker([Webhook(book(database_url), "", clock=clock)], clock)
        assert worker.deliver_due(role) == 0
        clock.advance_s(3600)
        assert worker.deliver_due(role) == 3
        assert [(got.data["kind"], got.data["count"]) for got in sink.got] == [("digest", 3)]


def test_the_screens_are_told_through_the_inbox(
    database_url: str, conn: Connection, role: Connection, clock: FakeClock
) -> None:
    put_person(conn, "li", "supervisor")
    alarm(conn, 1, clock())
    router = routed(role, clock)
    clock.advance_s(2)
    again(router, role)
    with Browser(lambda: connect(database_url, role="lineshaft_notify"), clock) as browser:
        assert Worker([browser], clock).deliver_due(role) == 1
    assert conn.execute("SELECT login, body->>'kind', seen FROM inbox").fetchall() == [("li", "firing", None)]


def test_one_process_routes_and_a_broken_setting_does_not_end_it(
    database_url: str, conn: Connection, role: Connection, clock: FakeClock
) -> None:
    from lineshaft.store import routing  # noqa: PLC0415 - beside its only use

    put_setting(conn, "policy", "broken", {"to": "everybody"})
    assert routing.become_router(role)
    with connect(database_url, role="lineshaft_notify") as second:
        assert not routing.become_router(second)
    assert list(routed(role, clock).policies) == ["default"]


def test_what_comes_back_after_it_was_acknowledged_is_told_again(
    conn: Connection, role: Connection, clock: FakeClock
) -> None:
    with receiver() as sink:
        webhook_policy(conn, sink)
    alarm(conn, 1, clock())
    router = routed(role, clock)
    [[key]] = conn.execute("SELECT alarm_id FROM alarm").fetchall()
    alarm_changes.apply(conn, [Act(key, Event.ACK, "li", None, clock(), 1, 2)])
    alarm(conn, 3, clock(), active=False)
    alarm(conn, 4, clock())
    again(router, role)
    assert len(outbox(conn)) == 1
    clock.advance_s(61)
    again(router, role)
    assert [row[2] for row in outbox(conn)] == ["firing", "firing"]
    ids = conn.execute(
        "SELECT count(DISTINCT alarm_id) FROM notification WHERE channel = 'webhook'"
    ).fetchone()
    assert ids == (2,)

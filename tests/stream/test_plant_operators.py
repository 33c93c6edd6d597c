"""People and the plant flow at once, on a real database: what stands there is what the journal says."""

import random
import threading
from uuid import UUID

import pytest

from lineshaft.domain.alarm_states import ACTS, Event, State
from lineshaft.domain.alarm_steps import rebuild
from lineshaft.store import alarm_acts, alarm_changes, alarm_rows
from lineshaft.store.alarm_acts import Deed
from lineshaft.store.database import Connection, connect, connect_async
from plant_facts import START_US, at_us, hot, pass_frontier, tables, tick
from plant_flow import advance, loaded, tables_after

pytestmark = pytest.mark.database

SOURCES = ("press-1", "press-2")


def made_again(conn: Connection) -> int:
    """Every alarm is what its journal's lines make, but for the cause; gives how many there are."""
    conn.rollback()
    rows = conn.execute(alarm_rows.COLUMNS + " FROM alarm AS m").fetchall()
    alarms = [alarm_rows.alarm_of(row) for row in rows]
    lines = alarm_rows.lines(conn, [alarm.alarm_id for alarm in alarms])
    for alarm in alarms:
        assert rebuild(lines[alarm.alarm_id]) == alarm
    return len(alarms)


async def act(url: str, event: Event, alarm_id: UUID, now_us: int) -> bool:
    deed = Deed(event=event, by="li", comment="why not", at_us=now_us, until_us=now_us + 3_000_000)
    async with await connect_async(url, role="lineshaft_web") as conn:
        return bool((await alarm_acts.do(conn, [alarm_id], deed)).alarms)


def storm(url: str, stop: threading.Event) -> None:
    """Conditions come and go, and the flow takes them one by one."""
    chance = random.Random(8)  # noqa: S311 - a script, not a secret
    state = loaded(url)
    with connect(url) as conn:
        for n in range(40):
            source = chance.choice(SOURCES)
            hot(conn, active=chance.random() < 0.6, priority=chance.randint(1, 4), source=source)
            pass_frontier(conn, tick(conn, at_us(2 * n)))
            conn.commit()
            advance(url, state)
    stop.set()


async def test_the_alarms_made_of_their_journal_are_those_that_stand_there(database_url: str) -> None:
    chance = random.Random(7)  # noqa: S311 - a script, not a secret
    stop = threading.Event()
    thread = threading.Thread(target=storm, args=(database_url, stop))
    thread.start()
    acts = 0
    with connect(database_url) as conn:
        while not stop.is_set():
            keys = [key for (key,) in conn.execute("SELECT alarm_id FROM alarm").fetchall()]
            conn.rollback()
            if keys:
                acts += await act(database_url, chance.choice(ACTS), chance.choice(keys), at_us(acts))
        thread.join()
        pass_frontier(conn, tick(conn, at_us(10_000)))  # long after every shelving's end
        conn.commit()
        advance(database_url, loaded(database_url))
        assert acts
        assert conn.execute("SELECT count(*) FROM alarm_act").fetchone() == (0,)
        assert made_again(conn) > 1
        assert conn.execute("SELECT count(*) FROM alarm WHERE shelved IS NOT NULL").fetchone() == (0,)
        lived = tables(conn)
        # Whoever was quicker then, the journal alone makes the same.
        assert tables_after(database_url, conn, 7, restart=True) == lived


async def test_an_act_upon_a_closed_alarm_is_for_the_one_that_was_raised_before_it(database_url: str) -> None:
    """The operator saw the old one closed; the journal says that it had come up again."""
    with connect(database_url) as conn:
        hot(conn)
        pass_frontier(conn, hot(conn, active=False))
        conn.commit()
        state = advance(database_url, loaded(database_url))
        [(old,)] = conn.execute("SELECT alarm_id FROM alarm").fetchall()
        assert await act(database_url, Event.ACK, old, START_US)
        pass_frontier(conn, tick(conn, at_us(1)))
        conn.commit()
        advance(database_url, state)
        hot(conn)  # the flow is behind
        conn.commit()
        assert await act(database_url, Event.TAKE_OUT, old, START_US)
        row = conn.execute("SELECT alarm_id FROM alarm WHERE state = 'out_of_service'").fetchone()
        assert row == (old,)
        pass_frontier(conn, tick(conn, at_us(2)))
        conn.commit()
        advance(database_url, state, cut=1)
        rows = conn.execute("SELECT state, active, alarm_id = %s FROM alarm ORDER BY raised_pos", (old,))
        assert rows.fetchall() == [("normal", False, True), ("out_of_service", True, False)]
        assert made_again(conn) == 2
        lived = tables(conn)
        assert tables_after(database_url, conn, 10_000, restart=False) == lived


async def test_a_shelving_ends_by_the_tick_and_its_end_survives_a_restart(database_url: str) -> None:
    with connect(database_url) as conn:
        pass_frontier(conn, hot(conn))
        conn.commit()
        state = advance(database_url, loaded(database_url))
        [(key,)] = conn.execute("SELECT alarm_id FROM alarm").fetchall()
        now_us = at_us(10)
        assert await act(database_url, Event.SHELVE, key, now_us)
        pass_frontier(conn, tick(conn, now_us + 2_999_999))
        conn.commit()
        advance(database_url, state)
        assert [alarm.state for alarm in alarm_changes.settled(conn)] == [State.SHELVED]
        conn.rollback()
        pass_frontier(conn, tick(conn, now_us + 3_000_000))
        conn.commit()
        advance(database_url, loaded(database_url))  # another process
        assert [alarm.state for alarm in alarm_changes.settled(conn)] == [State.UNACKNOWLEDGED]
        rows = conn.execute("SELECT event, by FROM alarm_journal ORDER BY alarm_journal_id").fetchall()
        assert rows[-1] == ("expire", "stream")

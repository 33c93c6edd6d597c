import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from uuid import UUID

import pytest

from lineshaft.domain.alarm_states import Event
from lineshaft.store import alarm_acts, alarms, facts
from lineshaft.store.alarm_acts import Deed
from lineshaft.store.database import Connection, connect, connect_async
from plant_facts import START_US, at_us, control, expect, hot, pass_frontier, tables, tell, tick
from plant_flow import STREAM, advance, loaded, tables_after
from waiting import wait_until

pytestmark = pytest.mark.database


async def ack(url: str, alarm_id: str, *, by: str = "li", now_us: int = START_US) -> bool:
    conn = await connect_async(url, role="lineshaft_web")
    async with conn:
        deed = Deed(event=Event.ACK, by=by, comment="on my way", at_us=now_us)
        done = await alarm_acts.do(conn, [UUID(alarm_id)], deed)
        return bool(done.alarms)


async def active(url: str) -> list[alarms.AlarmRow]:
    conn = await connect_async(url, role="lineshaft_web")
    async with conn:
        return await alarms.listing(conn)


def a_busy_hour(conn: Connection) -> None:
    """Alarms that come and go, a tag that moves, a shipment that is late and arrives, and a broken fact."""
    hot(conn)
    tell(conn, "presence", "gate-1", seen("dock-1", present=True))
    hot(conn, priority=2)
    tell(conn, "presence", "gate-2", seen("store-1", present=True))
    plan = {"id": "SH-1", "vehicle": "truck-01", "planned_arrival_ms": START_US // 1000}
    control(conn, "_/shipment", plan, START_US)
    tell(conn, "departure", "truck-01", {"shipment_id": "SH-1", "at_us": START_US})
    for n in range(3):
        expect(conn, "SH-1", START_US + 20 * 60_000_000, made_us=START_US + n * 30_000_000)
    tell(conn, "presence", "gate-1", {"epc": "30AA"})
    tell(conn, "presence", "gate-1", seen("dock-1", present=False))
    hot(conn, active=False)
    hot(conn)
    tell(conn, "arrival", "truck-01", {"shipment_id": "SH-1", "at_us": START_US + 5})
    tell(conn, "presence", "gate-2", seen("store-1", present=False))
    stops = [{"id": "works", "lat": 30.3, "lon": 120.2}, {"id": "port", "lat": 30.5, "lon": 120.9}]
    control(conn, "_/shipment", {"id": "SH-2", "vehicle": "truck-02", "stops": stops}, START_US)
    for n, (kind, stop) in enumerate((("arrival", "port"), ("departure", "port"))):
        tell(conn, kind, "truck-02", {"shipment_id": "SH-2", "at_us": START_US + n, "stop": stop})
    pass_frontier(conn, hot(conn, source="hall1/gw/press-9"))
    conn.commit()


def seen(zone: str, *, present: bool) -> dict[str, object]:
    return {"epc": "30AA", "zone": zone, "present": present, "last_seen_us": START_US}


async def test_facts_become_alarms_moves_and_shipments(database_url: str) -> None:
    with connect(database_url) as conn:
        a_busy_hour(conn)
        advance(database_url, loaded(database_url))
        rows = await active(database_url)
        assert {(row.source, row.rule, row.priority, row.state, row.count) for row in rows} == {
            ("press-1", "threshold:temp", 3, "unacknowledged", 2),
            ("hall1/gw/press-9", "threshold:temp", 3, "unacknowledged", 1),
            ("truck-01", "late:SH-1", 3, "returned", 1),
        }
        assert conn.execute("SELECT from_zone, to_zone FROM move ORDER BY pos").fetchall() == [
            (None, "dock-1"),
            ("dock-1", "store-1"),
        ]
        assert conn.execute("SELECT zone, present FROM item").fetchall() == [("store-1", False)]
        shipments = conn.execute("SELECT state, vehicle FROM shipment ORDER BY vehicle").fetchall()
        assert shipments == [("arrived", "truck-01"), ("arrived", "truck-02")]
        assert conn.execute("SELECT stage, code FROM dead_letter").fetchall() == [("plant", "shape")]


@pytest.mark.parametrize("cut", [1, 3, 10_000])
def test_results_do_not_depend_on_chunks_or_restarts(database_url: str, cut: int) -> None:
    with connect(database_url) as conn:
        a_busy_hour(conn)
        whole = tables_after(database_url, conn, 10_000, restart=False)
        assert tables_after(database_url, conn, cut, restart=True) == whole


async def test_a_replay_brings_back_what_operators_did(database_url: str) -> None:
    with connect(database_url) as conn:
        pass_frontier(conn, hot(conn))
        conn.commit()
        advance(database_url, loaded(database_url))
        await ack(database_url, (await active(database_url))[0].id)
        pass_frontier(conn, hot(conn, priority=2))
        conn.commit()
        advance(database_url, loaded(database_url))
        await ack(database_url, (await active(database_url))[0].id)
        pass_frontier(conn, hot(conn, active=False))
        conn.commit()
        advance(database_url, loaded(database_url))
        lived = tables(conn)
        assert await active(database_url) == []
        assert tables_after(database_url, conn, 10_000, restart=False) == lived
        assert tables_after(database_url, conn, 1, restart=True) == lived


@pytest.mark.parametrize("script", ["clear", "clear raise", "worse", "clear raise clear"])
async def test_the_journals_order_counts_not_who_was_quicker(database_url: str, script: str) -> None:
    """An acknowledgement is written while the flow has yet to read what happened before it."""
    changes = {"clear": {"active": False}, "raise": {}, "worse": {"priority": 2}}
    with connect(database_url) as conn:
        pass_frontier(conn, hot(conn))
        conn.commit()
        state = advance(database_url, loaded(database_url))
        seen_alarm = (await active(database_url))[0].id
        for change in script.split():
            hot(conn, **changes[change])
        conn.commit()
        await ack(database_url, seen_alarm)
        pass_frontier(conn, tick(conn, at_us(99)))
        conn.commit()
        advance(database_url, state, cut=1)
        lived = tables(conn)
        assert tables_after(database_url, conn, 10_000, restart=False) == lived
        assert (
            conn.execute("SELECT state FROM alarm WHERE state <> 'normal'").fetchall()
            == {
                "clear": [],
                "clear raise": [("unacknowledged",)],
                "worse": [("unacknowledged",)],
                "clear raise clear": [("returned",)],
            }[script]
        )


async def test_stream_and_operator_at_once_never_leave_two_active_alarms(database_url: str) -> None:
    rounds = 30
    stop = threading.Event()
    with connect(database_url) as conn:

        def stream() -> None:
            state = loaded(database_url)
            with connect(database_url) as own:
                for n in range(rounds * 2):
                    pass_frontier(own, hot(own, active=n % 2 == 0))
                    own.commit()
                    advance(database_url, state)
            stop.set()

        thread = threading.Thread(target=stream)
        thread.start()
        acked = 0
        while not stop.is_set():
            rows = await active(database_url)
            assert len(rows) <= 1
            for row in rows:
                acked += await ack(database_url, row.id)
        thread.join()
        pass_frontier(conn, tick(conn, START_US))
        conn.commit()
        advance(database_url, loaded(database_url))
        assert acked
        lived = tables(conn)
        assert tables_after(database_url, conn, 7, restart=True) == lived


def test_a_second_writer_is_noticed(database_url: str) -> None:
    with connect(database_url) as conn:
        pass_frontier(conn, hot(conn))
        conn.commit()
    first, second = loaded(database_url), loaded(database_url)
    advance(database_url, first)
    with connect(database_url) as conn:
        pass_frontier(conn, hot(conn, active=False))
        conn.commit()
    with pytest.raises(Exception, match="expected 0, found 1"):
        advance(database_url, second)


def test_the_process_turns_a_fact_into_an_alarm_within_a_second_and_survives_a_kill(
    database_url: str, tmp_path: Path
) -> None:
    with connect(database_url) as conn:
        pass_frontier(conn, tick(conn, START_US))
        conn.commit()
        for ending, code in ((signal.SIGKILL, -signal.SIGKILL), (signal.SIGTERM, 0)):
            with started(database_url, tmp_path / "log") as process:
                # The quickest of four: the first waits for the process, and other tests run beside.
                taken_s = min(time_to_alarm(conn, f"press-{ending}-{n}", process) for n in range(4))
                assert taken_s < 1
                process.send_signal(ending)
                assert process.wait(10) == code
        lived = tables(conn)
        assert tables_after(database_url, conn, 10_000, restart=False) == lived


def test_the_position_is_written_down_although_nothing_follows(database_url: str, tmp_path: Path) -> None:
    with connect(database_url) as conn, started(database_url, tmp_path / "log") as process:
        for n in range(3):
            time_to_alarm(conn, f"press-{n}", process)
            end = tick(conn, START_US)  # without content, right behind a commit
            pass_frontier(conn, end)
            conn.commit()
            wait_until(partial(has_reached, conn, end), "the plant's position", within_s=5, alive=process)


def has_reached(conn: Connection, pos: int) -> bool:
    conn.rollback()
    return facts.plant_position(conn) >= pos


def test_lost_connections_are_made_again(database_url: str, tmp_path: Path) -> None:
    with connect(database_url) as conn, started(database_url, tmp_path / "log") as process:
        time_to_alarm(conn, "press-1", process)
        lost = conn.execute(
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
            " WHERE application_name = 'lineshaft plant' AND datname = current_database()"
        ).fetchone()
        assert lost is not None
        assert lost[0] >= 3  # the reader's, the sink's and the pulse's
        time_to_alarm(conn, "press-2", process)
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0


@contextmanager
def started(url: str, log: Path) -> Iterator[subprocess.Popen[bytes]]:
    environ = {**os.environ, "LINESHAFT_DATABASE_URL": url, "LINESHAFT_DATABASE_ROLE": STREAM}
    with log.open("ab") as out:
        process = subprocess.Popen([sys.executable, "-m", "stream.plant"], env=environ, stderr=out)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def time_to_alarm(conn: Connection, source: str, process: subprocess.Popen[bytes]) -> float:
    """Seconds from a fact's commit until its alarm can be read."""
    pass_frontier(conn, hot(conn, source=source))
    conn.commit()
    began = time.monotonic()
    wait_until(partial(alarm_count, conn, source), "an alarm", alive=process)
    return time.monotonic() - began


def alarm_count(conn: Connection, source: str) -> int:
    conn.rollback()
    row = conn.execute("SELECT count(*) FROM alarm WHERE source = %s", (source,)).fetchone()
    return int(row[0]) if row else 0

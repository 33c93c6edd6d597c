"""The shard flow as a process, on a real database: journal rows in, tables out, whatever happens to it."""

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from journal_rows import Writer, noise
from lineshaft.domain.plant import Plant
from lineshaft.store import bundles, journal
from lineshaft.store.database import Connection, connect
from lineshaft.wire.topics import SHARDS, shard_of
from waiting import wait_until

pytestmark = pytest.mark.database

TABLES = {
    "reading": "SELECT d.device, s.name, r.ts, r.value, r.quality, r.pos FROM reading r"
    " JOIN signal s USING (signal_id) JOIN device d USING (device_id)",
    "text": "SELECT d.device, s.name, r.ts, r.value, r.quality, r.pos FROM reading_text r"
    " JOIN signal s USING (signal_id) JOIN device d USING (device_id)",
    "latest_reading": "SELECT d.device, s.name, r.ts, r.value, r.text, r.pos FROM latest_reading r"
    " JOIN signal s USING (signal_id) JOIN device d USING (device_id)",
    "score": "SELECT d.device, r.ts, r.score, r.health, r.zone, r.contributors, r.pos FROM score r"
    " JOIN device d USING (device_id)",
    "latest_score": "SELECT d.device, r.ts, r.score, r.health, r.state, r.state_since, r.pos"
    " FROM latest_score r JOIN device d USING (device_id)",
    "read": "SELECT d.device, r.ts, r.antenna, r.epc, r.rssi_dbm, r.count, r.pos FROM rfid_read r"
    " JOIN device d USING (device_id)",
    "presence": "SELECT d.device, p.zone, p.epc, p.since, p.last_seen, p.reads, p.present, p.pos"
    " FROM presence p JOIN device d USING (device_id)",
    "fix": "SELECT d.device, f.ts, f.lat, f.lon, f.speed_ms, f.flags, f.pos FROM fix f"
    " JOIN device d USING (device_id)",
    "latest_fix": "SELECT d.device, f.ts, f.lat, f.lon, f.trip_state, f.odometer_m, f.pos FROM latest_fix f"
    " JOIN device d USING (device_id)",
    "event": "SELECT pos, n, code, detail FROM event",
    "fact": "SELECT pos, shard, n, ts, kind, source, body FROM fact",
    "eta": "SELECT shipment_id, ts, eta_p10, eta_p50, eta_p90, remaining_m, pos FROM eta",
    "latest_eta": "SELECT shipment_id, ts, eta_p50, pos FROM latest_eta",
    "count": "SELECT shard, site, agent, result, code, messages, readings FROM flow_count",
    "letter": "SELECT pos, code, readings, topic, length FROM dead_letter",
}


@pytest.fixture
def conn(database_url: str) -> Iterator[Connection]:
    with connect(database_url) as connection:
        yield connection


@contextmanager
def running(database_url: str, folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    environment = {
        **os.environ,
        "LINESHAFT_DATABASE_URL": database_url,
        "LINESHAFT_DATABASE_ROLE": "lineshaft_stream",
        "LINESHAFT_DATA_DIR": str(folder),
    }
    with (folder / "flow.log").open("ab") as log:
        process = subprocess.Popen([sys.executable, "-m", "stream.flow"], env=environment, stderr=log)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def keep(conn: Connection, writer: Writer, *, after: int = 0) -> int:
    """Append the writer's rows behind a position to the journal; gives the last position."""
    entries = [
        journal.Entry(*row[1:])._replace(
            shard=row.shard if row.site is None else shard_of(row.site, row.agent or "")
        )
        for row in writer.rows[after:]
    ]
    journal.append(conn, entries)
    conn.commit()
    return len(writer.rows)


def wait_for(conn: Connection, pos: int, process: subprocess.Popen[bytes], folder: Path) -> None:
    wait_until(
        lambda: reaches(conn, pos), "all is written", within_s=60, alive=process, log=folder / "flow.log"
    )


def reaches(conn: Connection, pos: int) -> bool:
    found = bundles.positions(conn)
    conn.rollback()
    return len(found) == SHARDS and min(found.values()) >= pos


def tables(conn: Connection) -> dict[str, list[str]]:
    found = {name: sorted(map(repr, conn.execute(query).fetchall())) for name, query in TABLES.items()}
    conn.rollback()
    return found


def a_morning(plant: Plant, seconds: int = 240) -> Writer:
    """Machines, one of them getting sick, one nobody described; a tag; a truck under way; and rubbish."""
    writer = Writer()
    writer.plant(plant)
    start = writer.now_ms
    order = {
        "id": "S1",
        "route": "hz-sh",
        "planned_departure_ms": start,
        "planned_arrival_ms": start + 7_200_000,
    }
    writer.message(
        "fleet-1/truck-01", "evt", {"ts": start, "events": [{"code": "shipment.planned", "data": order}]}
    )
    heat, shake = noise(1, seconds), noise(2, seconds)
    for second in range(seconds):
        hot = 20.0 if second > 180 else 0.0
        for device in ("plant-1/pump-101", "plant-1/newcomer"):
            rows = [
                [0, 60 + heat[second] + hot, 1 + 0.05 * shake[second], "RUN" if second % 30 == 0 else None]
            ]
            writer.readings(device, rows, ["temp", "vib", "state"])
        if second % 5 == 0:
            fix = {"lat": 30.27 + second * 1e-4, "lon": 120.15 + second * 1e-4, "spd": 14.0}
            writer.message("fleet-1/truck-01", "gps", {"ts": writer.now_ms, "fixes": [fix]})
        if second < 60:
            reads = [{"epc": "3074257BF7194E4000001A85", "ant": 1, "rssi": -54.2, "n": 1}]
            writer.message("warehouse-1/gate-1", "rfid", {"ts": writer.now_ms, "reads": reads})
        if second % 50 == 0:
            writer.message("plant-1/pump-101", "m", b"{not json")
            writer.readings("plant-1/pump-101", [[0, 10.0]], ["temp"], lane=1, ts=writer.now_ms - 3_600_000)
        writer.tick()
    return writer


def test_a_morning_in_the_journal_becomes_rows_in_every_table(
    database_url: str, conn: Connection, plant: Plant, tmp_path: Path
) -> None:
    last = keep(conn, a_morning(plant))
    with running(database_url, tmp_path) as process:
        wait_for(conn, last, process, tmp_path)
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 0
    found = tables(conn)
    assert {name for name, rows in found.items() if not rows} == set()
    kinds = {row[0] for row in conn.execute("SELECT DISTINCT kind FROM fact").fetchall()}
    assert kinds == {"condition", "presence", "event", "departure"}
    totals = dict(
        conn.execute("SELECT result, sum(readings)::int FROM flow_count GROUP BY result").fetchall()
    )
    stored = sum(len(found[name]) for name in ("reading", "text", "read", "fix", "event"))
    assert totals["stored"] == stored
    assert len(found["letter"]) == 5


def test_killed_again_and_again_it_writes_what_it_would_have_written(
    database_url: str, conn: Connection, plant: Plant, tmp_path: Path
) -> None:
    morning = a_morning(plant)
    last = len(morning.rows)
    written = 0
    for part in (300, 500, 700, last):
        with running(database_url, tmp_path) as process:
            now = Writer(rows=morning.rows[:part])
            written = keep(conn, now, after=written)
            wait_for(conn, written, process, tmp_path)
        if part == 500:
            shutil.rmtree(tmp_path / "recovery")
    interrupted = tables(conn)
    conn.execute(
        "TRUNCATE reading, reading_text, latest_reading, score, latest_score, rfid_read, presence, fix,"
        " latest_fix, event, fact, eta, latest_eta, flow_count, dead_letter, sink_position"
    )
    conn.commit()
    (tmp_path / "again").mkdir()
    with running(database_url, tmp_path / "again") as process:
        wait_for(conn, last, process, tmp_path / "again")
    whole = tables(conn)
    assert {name: len(rows) for name, rows in interrupted.items()} == {n: len(r) for n, r in whole.items()}
    assert interrupted == whole


def test_without_its_recovery_store_it_derives_the_state_anew_and_doubles_nothing(
    database_url: str, conn: Connection, plant: Plant, tmp_path: Path
) -> None:
    last = keep(conn, a_morning(plant, 60))
    for _ in range(2):
        with running(database_url, tmp_path) as process:
            wait_for(conn, last, process, tmp_path)
            more = Writer(rows=[])
            more.now_ms += 3_600_000
            more.tick()
            before = tables(conn)
            last += keep(conn, more)
            wait_for(conn, last, process, tmp_path)
            process.send_signal(signal.SIGTERM)
            assert process.wait(20) == 0
        shutil.rmtree(tmp_path / "recovery")
    after = tables(conn)
    assert after["reading"] == before["reading"]
    assert after["event"] == before["event"]

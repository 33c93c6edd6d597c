from collections.abc import Iterator

import numpy as np
import pytest

from lineshaft.domain.readings import DeviceKey, Event
from lineshaft.domain.results import (
    Bundle,
    Count,
    CountKey,
    Device,
    EventRow,
    Evidence,
    Fact,
    Finding,
    MachineRow,
    Outlook,
    ReadingRows,
    ReadRows,
    ReportRow,
    SensorFault,
    Series,
    Share,
    TextRow,
)
from lineshaft.store import bundles
from lineshaft.store.bundles import FEW_READINGS, Memory, PositionError, write
from lineshaft.store.database import Connection, ConnectionLost, connect

pytestmark = pytest.mark.database

T_US = 1_790_000_000_000_000
PUMP = DeviceKey("hangzhou", "plant-1", "pump-101")
STORED = CountKey("hangzhou", "plant-1", "stored", "")


@pytest.fixture
def conn(database_url: str) -> Iterator[Connection]:
    with connect(database_url, role="lineshaft_stream") as connection:
        yield connection


def readings(values: list[float], pos: int) -> ReadingRows:
    count = len(values)
    return ReadingRows(
        series=np.zeros(count, np.int32),
        ts_us=T_US + np.arange(count) + pos,
        value=np.array(values),
        quality=np.zeros(count, np.uint8),
        flags=np.zeros(count, np.uint8),
        pos=np.full(count, pos),
    )


def bundle(first_pos: int = 1, last_pos: int = 10, shard: int = 3) -> Bundle:
    return Bundle(
        shard,
        first_pos,
        last_pos,
        T_US,
        devices=(Device(PUMP, None),),
        series=(Series(0, "temp"), Series(0, "state")),
        readings=readings([1.0, 2.0], first_pos),
        counts={STORED: Count(1, 2)},
    )


def one(conn: Connection, query: str) -> object:
    row = conn.execute(query.encode()).fetchone()
    conn.rollback()
    return row[0] if row else None


def test_a_bundle_is_written_once_however_often_it_comes(conn: Connection) -> None:
    memory = Memory()
    assert write(conn, [bundle()], memory).readings == 2
    assert write(conn, [bundle()], memory).readings == 0
    assert write(conn, [bundle()], Memory()).readings == 0
    assert write(conn, [bundle(), bundle(11, 20)], memory).readings == 2
    assert one(conn, "SELECT count(*) FROM reading") == 4
    assert one(conn, "SELECT readings FROM flow_count") == 4
    assert one(conn, "SELECT value FROM latest_reading") == 2.0
    assert bundles.positions(conn) == {3: 20}


def test_a_writer_that_is_behind_another_writes_nothing_and_finds_out(conn: Connection) -> None:
    one_writer, other = Memory(), Memory()
    write(conn, [bundle()], one_writer)
    write(conn, [bundle(11, 20)], other)
    with pytest.raises(ConnectionLost):
        write(conn, [bundle(11, 30)], one_writer)  # what it believes is not so any more
    assert one(conn, "SELECT count(*) FROM reading") == 4
    with pytest.raises(PositionError):
        write(conn, [bundle(11, 30)], one_writer)
    assert write(conn, [bundle(21, 30)], one_writer).bundles == 1


def test_many_readings_and_few_go_in_alike(conn: Connection) -> None:
    memory, many = Memory(), bundle(11, 20)
    write(conn, [bundle()], memory)
    many.readings = readings([3.0] * (FEW_READINGS + 1), 11)
    write(conn, [many], memory)
    assert one(conn, "SELECT sum(value) FROM reading") == 3 * (FEW_READINGS + 2)


@pytest.mark.parametrize(("first", "last"), [(5, 20), (12, 20)], ids=["straddles", "leaves a gap"])
def test_a_bundle_that_does_not_go_on_where_the_tables_are_is_refused_whole(
    conn: Connection, first: int, last: int
) -> None:
    memory = Memory()
    write(conn, [bundle()], memory)
    with pytest.raises(PositionError):
        write(conn, [bundle(first, last)], memory)
    assert one(conn, "SELECT count(*) FROM reading") == 2
    assert write(conn, [bundle(11, 20)], memory).bundles == 1


def test_bad_rows_are_set_aside_with_their_reason_and_the_rest_goes_in(
    conn: Connection, database_url: str
) -> None:
    bad = bundle()
    bad.texts = [TextRow(1, T_US + n, 0, 0, text, 2) for n, text in enumerate(("RUN", "a\0b", "IDLE"))]
    bad.events = [
        EventRow(0, 3, n, Event(PUMP, T_US, code, "info", "", {})) for n, code in enumerate(("ok", "no\0"))
    ]
    bad.reads = ReadRows(
        device=np.zeros(2, np.int32),
        ts_us=np.full(2, T_US),
        antenna=np.array([1, 2], np.int32),
        epcs=("AABB", "\0"),
        rssi_dbm=np.array([np.nan, -50.0]),
        count=np.ones(2, np.int32),
        pos=np.full(2, 4),
    )
    bad.facts = [Fact(5, n, T_US, "event", source, {}) for n, source in enumerate(("x", "\0"))]
    bad.counts = {STORED: Count(4, 9)}
    written = write(conn, [bundle(shard=7), bad], Memory())
    assert (written.bundles, written.letters) == (2, 4)
    assert one(conn, "SELECT array_agg(value ORDER BY ts) FROM reading_text") == ["RUN", "IDLE"]
    assert one(conn, "SELECT array_agg(code) FROM event") == ["ok"]
    assert one(conn, "SELECT array_agg(epc) FROM rfid_read") == ["AABB"]
    assert one(conn, "SELECT array_agg(source) FROM fact") == ["x"]
    assert one(conn, "SELECT count(*) FROM reading") == 4
    with connect(database_url) as owner:  # the stream may write dead letters, not read them
        letters = one(owner, "SELECT array_agg(pos ORDER BY pos) FROM dead_letter WHERE code = 'internal'")
    assert letters == [2, 3, 4, 5]
    assert one(conn, "SELECT sum(readings)::int FROM flow_count WHERE result = 'rejected'") == 3
    assert one(conn, "SELECT readings FROM flow_count WHERE result = 'stored' AND shard = 3") == 6


def test_a_device_is_bound_to_its_asset_where_it_is_described(conn: Connection, database_url: str) -> None:
    with connect(database_url) as owner:
        owner.execute(
            "INSERT INTO asset (key, site, level, name) VALUES ('pump-101', 'hangzhou', 'work_unit', 'Pump')"
        )
        owner.commit()
    described = bundle()
    described.devices = (Device(PUMP, "pump-101"),)
    write(conn, [described], Memory())
    assert one(conn, "SELECT key FROM device JOIN asset USING (asset_id)") == "pump-101"


def test_only_judged_windows_become_scores_and_the_last_word_is_the_latest(conn: Connection) -> None:
    told = bundle()
    row = MachineRow(0, T_US, 0.4, 90.0, "B", "RUN", T_US, (Share("temp", 1.0),), "m-1", 5, judged=True)
    told.machines = [row, row._replace(state="OFFLINE", pos=6, judged=False)]
    told.reports = [ReportRow(0, "state", T_US, {"online": True}), ReportRow(0, "meta", T_US, {"model": "x"})]
    write(conn, [told], Memory())
    assert one(conn, "SELECT count(*) FROM score") == 1
    assert one(conn, "SELECT state FROM latest_score") == "OFFLINE"
    assert one(conn, "SELECT contributors FROM latest_score") == [{"signal": "temp", "share": 1.0}]
    assert one(conn, "SELECT state || meta FROM device") == {"online": True, "model": "x"}


def test_history_says_what_is_to_be_expected_and_the_latest_says_why(conn: Connection) -> None:
    told = bundle()
    row = MachineRow(0, T_US, 0.4, 90.0, "B", "RUN", T_US, (Share("temp", 1.0),), "m-1", 5, judged=True)
    finding = Finding("bearing", 0.7, (Evidence("vib", "up", 6.1),))
    told.machines = [
        row._replace(
            probability=0.5,
            anomaly=True,
            mode="RUN",
            basis="own",
            outlook=Outlook(0.25, None, 1.0, 2.0, 3.0),
            diagnosis=(finding,),
            advice="bearing",
            sensor_faults=(SensorFault("flow", "frozen", T_US),),
            evidence_from_us=T_US - 1_000_000,
            models=(("state", "m-1"),),
        )
    ]
    write(conn, [told], Memory())
    outlook = "probability, anomaly, mode, basis, p_fail_24h, p_fail_7d, rul_p10_s, rul_p50_s, rul_p90_s"
    for table in ("score", "latest_score"):
        found = conn.execute(f"SELECT {outlook} FROM {table}").fetchone()  # noqa: S608 - both are ours
        assert found == (0.5, True, "RUN", "own", 0.25, None, 1.0, 2.0, 3.0)
    why = conn.execute("SELECT diagnosis, advice, sensor_faults, models FROM latest_score").fetchone()
    evidence = [{"signal": "vib", "change": "up", "size": 6.1}]
    assert why == (
        [{"mode": "bearing", "likelihood": 0.7, "evidence": evidence}],
        "bearing",
        [{"signal": "flow", "fault": "frozen", "since": T_US // 1000}],
        {"state": "m-1"},
    )


def test_ids_of_a_transaction_that_was_rolled_back_are_forgotten(conn: Connection) -> None:
    memory = Memory()
    write(conn, [bundle()], memory)
    other = bundle(11, 20)
    other.devices = (Device(DeviceKey("hangzhou", "plant-1", "new"), None),)
    with pytest.raises(PositionError):
        write(conn, [other, bundle(30, 40)], memory)
    assert write(conn, [other], memory).readings == 2
    assert one(conn, "SELECT count(DISTINCT signal_id) FROM reading") == 2

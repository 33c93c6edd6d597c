"""`lineshaft train` from a stored past: a challenger with honest figures, or a sentence why not."""

import asyncio
import hashlib
import json

import pytest

from fix_clock import FakeClock
from lineshaft import model_command
from lineshaft.clock import SECOND_US, to_datetime
from lineshaft.detect.prognosis.failure import unpack
from lineshaft.domain.plant import Plant
from lineshaft.store import labels, plants
from lineshaft.store.database import connect, connect_async
from lineshaft.store.labels import Label
from stream import train

pytestmark = pytest.mark.database

DAY_US = 86_400 * SECOND_US
DAYS = 50
FAULTS = [7, 13, 18, 24, 29, 35, 40, 46]
"""Days, of the pump; three days before each its score and its temperature rise."""


@pytest.fixture
def start_us(database_url: str, plant: Plant, clock: FakeClock) -> int:
    """A past of two machines, every half hour; from when."""
    start_us = clock() // DAY_US * DAY_US - DAYS * DAY_US
    asyncio.run(_describe(database_url, plant, start_us))
    with connect(database_url) as conn:
        asked = {"start": to_datetime(start_us), "rows": DAYS * 48, "faults": FAULTS}
        conn.execute("SELECT setseed(0.5)")
        conn.execute(
            "INSERT INTO signal (device_id, name, first_seen) SELECT device_id, 'temp', %(start)s FROM device"
            " WHERE device IN ('pump-101', 'motor-102')",
            asked,
        )
        conn.execute(
            "CREATE TEMP TABLE past AS SELECT d.device_id, s.signal_id, n,"
            " %(start)s + n * interval '30 min' AS ts, CASE WHEN d.device = 'pump-101'"
            " THEN coalesce((SELECT greatest(1 - (f - n / 48.0) / 3, 0) FROM"
            " unnest(%(faults)s::int[]) AS f WHERE f > n / 48.0 ORDER BY f LIMIT 1), 0) ELSE 0 END AS worn"
            " FROM device d JOIN signal s USING (device_id), generate_series(0, %(rows)s - 1) AS n",
            asked,
        )
        conn.execute(
            "INSERT INTO score (ts, device_id, score, health, zone, contributors, model, pos, mode)"
            " SELECT ts + interval '5 s', device_id, 0.1 * random() + 0.7 * worn, 90 - 50 * worn, 'A', '[]',"
            " 'test', 1, 'RUN' FROM past"
        )
        conn.execute(
            "INSERT INTO reading_1m (bucket, signal_id, n, total, low, high)"
            " SELECT ts, signal_id, 1, v, v, v FROM (SELECT *, 60 + random() + 15 * worn AS v FROM past) AS p"
        )
        conn.commit()
    return start_us


async def _describe(url: str, plant: Plant, start_us: int) -> None:
    async with await connect_async(url) as conn:
        await plants.apply(conn, plant, "test", start_us)


async def _label(url: str, start_us: int, days: list[int]) -> None:
    async with await connect_async(url) as conn:
        for day in days:
            from_ts = (start_us + day * DAY_US) // 1000
            one = Label(
                machine="pump-101", from_ts=from_ts, to_ts=from_ts + 3_600_000, mode="bearing",
                verdict="true", source="import",
            )  # fmt: skip
            await labels.add(conn, one, "test", start_us)
        await conn.commit()


def test_a_past_with_labelled_faults_gives_a_challenger(
    database_url: str, start_us: int, capsys: pytest.CaptureFixture[str]
) -> None:
    asyncio.run(_label(database_url, start_us, FAULTS))
    environ = {"LINESHAFT_DATABASE_URL": database_url}
    assert train.main(["--why", "first try"], environ) == 0
    said = capsys.readouterr().out
    assert said.startswith("failure-all-1: ")
    with connect(database_url) as conn:
        row = conn.execute("SELECT role, sha256, artefact, metrics, threshold FROM model").fetchone()
        assert row
        role, sha256, artefact, metrics, threshold = row
        [(body,)] = conn.execute("SELECT body FROM journal WHERE topic = '_/model'").fetchall()
        assert conn.execute("SELECT why FROM model_event").fetchall() == [("first try",)]
    assert role == "challenger"
    assert hashlib.sha256(artefact).hexdigest() == sha256 == json.loads(body)["sha256"]
    model = unpack(artefact, sha256)
    assert model.metrics == metrics
    assert metrics["faults_learned"] == len(FAULTS)
    assert metrics["found"] == metrics["faults"] == 2
    assert metrics["precision"] >= 0.5
    assert 0 < threshold <= 1
    assert model_command.main(["promote", "failure-all-1", "--why", "good"], environ) == 0
    assert model_command.main(["promote", "failure-all-1", "--why", "good"], environ) == 1
    assert model_command.main(["rollback", "--why", "bad"], environ) == 1
    assert model_command.main(["list"], environ) == 0
    out = capsys.readouterr()
    assert "failure-all-1            champion    precision - of 0 judged" in out.out
    assert "no failure of kind '*' was champion before" in out.err


def test_without_enough_labels_it_says_so_and_keeps_nothing(
    database_url: str, start_us: int, capsys: pytest.CaptureFixture[str]
) -> None:
    asyncio.run(_label(database_url, start_us, FAULTS[:2]))
    environ = {"LINESHAFT_DATABASE_URL": database_url}
    assert train.main([], environ) == 1
    assert "2 labelled faults within the stored past, expected at least 4" in capsys.readouterr().err
    assert train.main(["--kind", "press"], environ) == 1
    assert "nothing is stored of machines of kind 'press'" in capsys.readouterr().err
    with connect(database_url) as conn:
        assert conn.execute("SELECT count(*) FROM model").fetchone() == (0,)

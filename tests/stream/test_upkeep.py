import os
import signal
import subprocess
import sys

import pytest

from lineshaft.settings import SettingsError
from lineshaft.store.database import connect
from lineshaft.store.upkeep import Keep
from stream.settings import keep_from_environment
from stream.upkeep import Job, Rounds
from waiting import wait_until

SECOND = 1_000_000


def test_every_job_is_done_at_once_and_then_at_its_own_pace() -> None:
    slow, quick = Job("slow", 60, lambda *_: 0), Job("quick", 5, lambda *_: 0)
    rounds = Rounds((slow, quick))
    assert rounds.take_due(0) == [slow, quick]
    assert rounds.take_due(4 * SECOND) == []
    assert not rounds.is_due(4 * SECOND)
    assert rounds.take_due(5 * SECOND) == [quick]
    rounds.again(slow, 6 * SECOND)
    assert rounds.take_due(6 * SECOND) == [slow]


def test_spans_come_from_the_environment() -> None:
    assert keep_from_environment({}) == Keep()
    keep = keep_from_environment({"LINESHAFT_KEEP_READINGS_DAYS": "7", "LINESHAFT_KEEP_JOURNAL_GB": "0.5"})
    assert (keep.series_days, keep.journal_bytes) == (7, 1 << 29)
    with pytest.raises(SettingsError, match="KEEP_MINUTES_DAYS"):
        keep_from_environment({"LINESHAFT_KEEP_MINUTES_DAYS": "0"})


@pytest.mark.database
def test_the_process_keeps_up_survives_a_lost_connection_and_ends_with_0(database_url: str) -> None:
    environment = {
        **os.environ,
        "LINESHAFT_DATABASE_URL": database_url,
        "LINESHAFT_DATABASE_ROLE": "lineshaft_upkeep",
    }
    with connect(database_url) as conn:
        conn.execute("UPDATE journal_head SET pos = 5000000")
    process = subprocess.Popen(
        [sys.executable, "-m", "stream.upkeep"], env=environment, stderr=subprocess.DEVNULL
    )

    def ask(query: bytes) -> object:
        with connect(database_url) as conn:
            row = conn.execute(query).fetchone()
        return row and row[0]

    try:
        wait_until(lambda: ask(b"SELECT to_regclass('journal_000000007')"), "partitions", alive=process)
        seen = ask(b"SELECT seen FROM service_beat WHERE service = 'upkeep'")
        ask(
            b"SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            b" WHERE application_name = 'lineshaft upkeep' AND datname = current_database()"
        )
        wait_until(
            lambda: ask(b"SELECT seen FROM service_beat WHERE service = 'upkeep'") != seen,
            "a beat after the loss",
            alive=process,
        )
    finally:
        process.send_signal(signal.SIGTERM)
    assert process.wait(10) == 0

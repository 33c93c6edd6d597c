"""The storm, small: nothing is lost, and all of it is what the figures are made of."""

from threading import Event

import pytest

from benchmarks.alarm_storm import flow, tell
from lineshaft.store.database import connect

pytestmark = pytest.mark.database


def test_every_alarm_of_a_storm_is_in_the_journal_once(database_url: str) -> None:
    sources = [f"area-{n % 10}-machine-{n}" for n in range(600)]
    over, lags_s = Event(), list[float]()
    with connect(database_url) as conn:
        ends = [tell(conn, sources[:300]), tell(conn, sources[300:])]
        over.set()
        flow(database_url, over, ends, lags_s)
        found = conn.execute(
            "SELECT count(*), count(DISTINCT a.source) FROM alarm_journal j JOIN alarm a USING (alarm_id)"
            " WHERE j.event = 'raise' AND j.to_state = 'unacknowledged' AND a.state = 'unacknowledged'"
        ).fetchone()
    assert found == (600, 600)
    assert len(lags_s) == 600

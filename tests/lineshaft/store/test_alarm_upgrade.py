"""Alarms from before the whole machine: their lines make them; what the flow had not reached waits."""

from uuid import UUID

import pytest

from lineshaft.domain.alarm_states import Event, State
from lineshaft.domain.alarm_steps import rebuild
from lineshaft.store import alarm_changes, alarm_rows, migrate
from lineshaft.store.database import connect

pytestmark = pytest.mark.database

FIRST, SECOND = (UUID(int=n) for n in (1, 2))
AT = "2026-01-01 00:00:0"


def test_older_alarms_are_made_of_their_lines_and_an_act_ahead_waits(
    empty_database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    every = migrate.available
    with monkeypatch.context() as patch:
        patch.setattr(migrate, "available", lambda flavour: [m for m in every(flavour) if m.number < 70])
        migrate.migrate(empty_database_url)
    with connect(empty_database_url) as conn:
        for key, state, pos in ((FIRST, "acknowledged", 9), (SECOND, "returned", 4)):
            conn.execute(
                "INSERT INTO alarm (alarm_id, source, site, rule, priority, state, raised, updated, cleared,"
                " acked, acked_by, value, message, arguments, raised_pos, pos)"
                " VALUES (%s, %s, 's', 'zone', 2, %s, %s, %s, %s, %s, %s, 1.5, 'alarm.zone', '{}', 3, %s)",
                (key, str(key), state, AT + "3", AT + str(pos), None if key == FIRST else AT + "4",
                 AT + "9" if key == FIRST else None, "li" if key == FIRST else None, pos),
            )  # fmt: skip
            conn.execute(
                "INSERT INTO alarm_journal (alarm_id, at, event, from_state, to_state, by, value, pos)"
                " VALUES (%s, %s, 'raise', 'normal', 'unacknowledged', 'stream', 1.5, 3)",
                (key, AT + "3"),
            )
        conn.cursor().executemany(
            "INSERT INTO alarm_journal (alarm_id, at, event, from_state, to_state, by, value, pos)"
            " VALUES (%s, %s, %s, 'unacknowledged', %s, %s, 1.5, %s)",
            [
                (FIRST, AT + "9", "ack", "acknowledged", "li", 9),
                (SECOND, AT + "4", "clear", "returned", "stream", 4),
            ],
        )
        conn.execute("INSERT INTO sink_position (sink, shard, pos, updated) VALUES ('plant', 0, 5, now())")
        conn.commit()
    migrate.migrate(empty_database_url)
    with connect(empty_database_url) as conn:
        found = {alarm.alarm_id: alarm for alarm in alarm_changes.settled(conn)}
        assert {key: alarm.state for key, alarm in found.items()} == {
            FIRST: State.UNACKNOWLEDGED,  # where the flow stands
            SECOND: State.RETURNED,
        }
        lines = alarm_rows.lines(conn, [SECOND])
        assert rebuild(lines[SECOND]) == found[SECOND]
        rows = conn.execute("SELECT * FROM alarm_act").fetchall()
        act = alarm_changes.act_of(*rows[0])
        assert (act.event, act.pos, act.seen_pos) == (Event.ACK, 9, 3)
        alarm_changes.apply(conn, [act])
        row = conn.execute("SELECT state, acked_by FROM alarm WHERE alarm_id = %s", (FIRST,)).fetchone()
        assert row == ("acknowledged", "li")
        assert conn.execute("SELECT count(*) FROM alarm_act").fetchone() == (0,)
